"""What a report becomes: columns, typed values, keys. Pure."""
