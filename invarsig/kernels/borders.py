"""Borders: what a window covers beyond the first and the last sample.

``periodic`` wraps, ``reflect`` mirrors about the edge sample, ``symmetric`` mirrors about the edge
and repeats it, ``zero`` meets zeros (the names of `numpy.pad`).
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np

__all__ = ["BOUNDARIES", "Boundary", "padded"]

Boundary = Literal["periodic", "reflect", "symmetric", "zero", "valid"]
BOUNDARIES: tuple[str, ...] = get_args(Boundary)

_MODES: dict[str, Any] = {
    "periodic": "wrap",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "zero": "constant",
}


def padded(values: np.ndarray, axis: int, before: int, after: int, boundary: str) -> np.ndarray:
    """Extend an array along one axis; negative widths remove samples."""
    size = values.shape[axis]
    if before > 0 or after > 0:
        if boundary == "valid":
            raise ValueError("a valid window meets no border")
        widths = [(0, 0)] * values.ndim
        widths[axis] = (max(before, 0), max(after, 0))
        values = np.pad(values, widths, mode=_MODES[boundary])
    # Samples are removed last: what comes in from the border is that of the whole array.
    keep = [slice(None)] * values.ndim
    start = max(-before, 0)
    keep[axis] = slice(start, max(start, max(before, 0) + size + after))
    return values[tuple(keep)]
