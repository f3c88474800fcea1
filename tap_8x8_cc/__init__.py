"""Singer tap for the 8x8 Contact Center Historical Analytics API."""
