"""The HTTP API in front of the contact center."""
