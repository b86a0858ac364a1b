"""Pooling and subsampling."""
