"""Settings: their schema, their values, where they come from."""
