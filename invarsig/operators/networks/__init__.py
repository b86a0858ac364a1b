"""Layers of neural networks, over named dims."""
