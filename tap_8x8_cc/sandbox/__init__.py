"""A simulated contact center behind the 8x8 Historical Analytics API, for development and tests."""
