"""Which reports a stream needs."""
