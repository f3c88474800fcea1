"""A simulator of nights: one seed is one world, and each night of it is checked."""
