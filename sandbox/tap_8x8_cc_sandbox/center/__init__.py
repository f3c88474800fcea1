"""The contact center: who works there, and what happened."""
