"""HMAX: simple cells and the table that they are made by."""
