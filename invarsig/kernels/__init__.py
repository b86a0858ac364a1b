"""The hot loops, on plain arrays without labels."""
