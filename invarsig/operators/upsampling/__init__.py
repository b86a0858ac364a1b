"""Upsampling: operators whose result has more samples than their input."""
