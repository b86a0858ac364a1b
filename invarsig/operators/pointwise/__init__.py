"""Pointwise operators: the same function of every sample."""
