"""A report read whole."""
