"""The hot loops, on plain arrays: they know nothing of labels."""
