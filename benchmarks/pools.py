"""Pools against torch (channels last) and OpenCV."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import invarsig as iv
from benchmarks.row import Row, Sides

SHAPE = (32, 64, 112, 112)


def rows() -> Iterator[Row]:
    """Max pools over pictures with many channels, single precision."""
    for window, stride, at_most in ((2, 2, 0.75), (3, 2, 0.75), (9, 1, 0.35), (9, 4, 0.40)):
        yield Row(f"max pool {window}/{stride}", _max_pool(window, stride), at_most, 2.0)


def _max_pool(window: int, stride: int) -> Callable[[], Sides]:
    def prepare() -> Sides:
        values = np.random.default_rng(0).standard_normal(SHAPE, dtype=np.float32)
        x = iv.label(values, "item", "channel", iv.Axis("y"), iv.Axis("x"))
        op = iv.MaxPool({"y": window, "x": window}, {"y": stride, "x": stride})
        moved = values.nbytes + op(x).nbytes
        return Sides(lambda: op(x).values, _peers(values, window, stride), moved)

    return prepare


def _peers(values: np.ndarray, window: int, stride: int) -> dict[str, Callable[[], Any]]:
    try:
        import torch
    except ImportError:
        return {}
    last = torch.from_numpy(values).contiguous(memory_format=torch.channels_last)

    def pooled() -> Any:
        with torch.inference_mode():
            return torch.nn.functional.max_pool2d(last, window, stride)

    return {"torch channels_last": pooled}
