"""Timings against peers; run `python -m benchmarks`."""
