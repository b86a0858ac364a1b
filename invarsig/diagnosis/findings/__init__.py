"""Findings about an axis, one in each file; `invarsig.diagnosis.axis` lists them in page order."""
