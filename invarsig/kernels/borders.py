"""Borders: what a window covers beyond the first and the last sample.

``periodic`` wraps, ``reflect`` mirrors about the edge sample, ``symmetric`` mirrors about the edge
and repeats it, ``edge`` repeats the edge sample, ``zero`` meets zeros, and ``("constant", c)``
meets the value c. These are the names of `numpy.pad`, with ``periodic`` for its "wrap" and ``zero``
for its default. Other packages call them:

========= ================= ============ ===============
here      scipy.ndimage     torch        ONNX
========= ================= ============ ===============
periodic  wrap, grid-wrap   circular     wrap
reflect   mirror            reflect      reflect
symmetric reflect           --           --
edge      nearest           replicate    edge
zero      constant          zeros        constant
========= ================= ============ ===============
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np

__all__ = [
    "BOUNDARIES",
    "OTHER_NAMES",
    "Border",
    "Boundary",
    "padded",
    "padded_indices",
    "sources_of",
    "value_beyond",
]

Boundary = Literal["periodic", "reflect", "symmetric", "edge", "zero", "valid"]
BOUNDARIES: tuple[str, ...] = get_args(Boundary)

Border = str | tuple[str, float]
"""One of the names, or ``("constant", value)``."""

OTHER_NAMES = {
    "wrap": "'periodic'",
    "circular": "'periodic'",
    "grid-wrap": "'periodic'",
    "mirror": "'reflect'",
    "replicate": "'edge'",
    "nearest": "'edge'",
    "zeros": "'zero'",
    "same": "'zero'",
    "constant": "'zero', or ('constant', value)",
}
"""What other packages call a border, and what it is called here."""

_MODES: dict[str, Any] = {
    "periodic": "wrap",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "edge": "edge",
}


def value_beyond(border: Border | None) -> float | None:
    """The value that every sample beyond the ends has; None where they are samples of the array.

    Examples
    --------
    >>> value_beyond("zero"), value_beyond(("constant", 2.0)), value_beyond("edge")
    (0.0, 2.0, None)
    """
    if isinstance(border, tuple):
        return float(border[1])
    return 0.0 if border == "zero" else None


def padded(values: np.ndarray, axis: int, before: int, after: int, border: Border) -> np.ndarray:
    """Extend an array along one axis; negative widths remove samples."""
    size = values.shape[axis]
    if before > 0 or after > 0:
        if border == "valid":
            raise ValueError("a valid window meets no border")
        widths = [(0, 0)] * values.ndim
        widths[axis] = (max(before, 0), max(after, 0))
        value = value_beyond(border)
        if value is None:
            values = np.pad(values, widths, mode=_MODES[str(border)])
        else:
            values = np.pad(values, widths, constant_values=value)
    # Samples are removed last: what comes in from the border is that of the whole array.
    keep = [slice(None)] * values.ndim
    start = max(-before, 0)
    keep[axis] = slice(start, max(start, max(before, 0) + size + after))
    return values[tuple(keep)]


def padded_indices(size: int, before: int, after: int, border: Border) -> np.ndarray:
    """Where each sample of an extended axis comes from; -1 where it is the border's own value.

    A loop that reads its samples through this needs no extended copy of the array.

    Examples
    --------
    >>> padded_indices(4, 2, 1, "reflect").tolist(), padded_indices(3, 1, 1, "zero").tolist()
    ([2, 1, 0, 1, 2, 3, 2], [-1, 0, 1, 2, -1])
    """
    if border == "valid" and (before > 0 or after > 0):
        raise ValueError("a valid window meets no border")
    return sources_of(np.arange(-before, size + after), size, border)


def sources_of(places: np.ndarray, size: int, border: Border) -> np.ndarray:
    """Which samples of an axis stand for places, some of them beyond its ends; -1 for none.

    Examples
    --------
    >>> sources_of(np.array([[-1, 0], [3, 4]]), 4, "reflect").tolist()
    [[1, 0], [3, 2]]
    """
    if value_beyond(border) is not None:
        return np.where((places >= 0) & (places < size), places, -1)
    if border == "periodic":
        return np.asarray(places % size)
    if border == "edge":
        return np.asarray(np.clip(places, 0, size - 1))
    if border in ("reflect", "symmetric"):
        period = 2 * size if border == "symmetric" else max(2 * (size - 1), 1)
        folded = places % period
        return np.asarray(np.minimum(folded, period - folded - (border == "symmetric")))
    return places
