"""Examples of schedulers that run the tap, and a playground to try them in."""
