"""Tests of the tap, of its sandbox, and of the project around them."""
