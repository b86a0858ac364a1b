"""HMAX: simple cells and their parameter table."""
