"""Benchmarks: what the tap costs, as ratios to what the same work must cost."""
