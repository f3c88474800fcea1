"""Streams and their state."""
