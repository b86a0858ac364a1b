"""Blurs with a stride against torch (depthwise convolution) and OpenCV."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import invarsig as iv
from benchmarks.row import Row, Sides
from invarsig.operators.pooling.blur_pool import binomial

SHAPE = (32, 64, 112, 112)
"""Pictures with many channels, in single precision."""


def rows() -> Iterator[Row]:
    """Binomial blurs in the plane, with a stride and without, and along one axis."""
    for taps, stride, at_most in ((3, 2, 0.40), (5, 2, 0.40), (7, 2, 0.45), (5, 1, None)):
        yield Row(f"blur {taps}/{stride}", _planes(taps, stride), at_most, 2.0)
    for dim in ("y", "x"):
        yield Row(f"blur 5/2 along {dim} alone", _line(5, dim), None, 2.0)
    yield Row("blur 5/2 of pictures with the channel last", _channel_last(5), None, 2.0)


def _planes(taps: int, stride: int) -> Callable[[], Sides]:
    def prepare() -> Sides:
        values = np.random.default_rng(0).standard_normal(SHAPE, dtype=np.float32)
        x = iv.label(values, "item", "channel", iv.Axis("y"), iv.Axis("x"))
        op = iv.BlurPool(taps, {"y": stride, "x": stride}, "zero")
        column = line = binomial(taps).astype(np.float32)
        peers = {
            **_torch(values, np.outer(column, line), (stride, stride)),
            **_opencv(values, column, line, (stride, stride)),
        }
        return Sides(lambda: op(x).values, peers, values.nbytes + op(x).nbytes)

    return prepare


def _line(taps: int, dim: str) -> Callable[[], Sides]:
    def prepare() -> Sides:
        values = np.random.default_rng(0).standard_normal(SHAPE, dtype=np.float32)
        x = iv.label(values, "item", "channel", iv.Axis("y"), iv.Axis("x"))
        op = iv.BlurPool(taps, {dim: 2}, "zero")
        one, own = np.ones(1, np.float32), binomial(taps).astype(np.float32)
        (column, strides) = (own, (2, 1)) if dim == "y" else (one, (1, 2))
        line = own if dim == "x" else one
        peers = {
            **_torch(values, np.outer(column, line), strides),
            **_opencv(values, column, line, strides),
        }
        return Sides(lambda: op(x).values, peers, values.nbytes + op(x).nbytes)

    return prepare


def _channel_last(taps: int) -> Callable[[], Sides]:
    def prepare() -> Sides:
        items, channels, *space = SHAPE
        rng = np.random.default_rng(0)
        values = rng.standard_normal((items, *space, channels), dtype=np.float32)
        x = iv.label(values, "item", iv.Axis("y"), iv.Axis("x"), "channel")
        op = iv.BlurPool(taps, {"y": 2, "x": 2}, "zero")
        line = binomial(taps).astype(np.float32)
        front = _torch(np.moveaxis(values, -1, 1), np.outer(line, line), (2, 2))
        peers = {name: _with_channel_last(peer) for name, peer in front.items()}
        return Sides(lambda: op(x).values, peers, values.nbytes + op(x).nbytes)

    return prepare


def _with_channel_last(peer: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: peer().permute(0, 2, 3, 1)


def _torch(
    values: np.ndarray, kernel: np.ndarray, strides: tuple[int, int]
) -> dict[str, Callable[[], Any]]:
    """A depthwise convolution, in both layouts."""
    try:
        import torch
    except ImportError:
        return {}
    channels = values.shape[1]
    weight = torch.from_numpy(np.tile(kernel, (channels, 1, 1, 1)))
    pads = tuple(size // 2 for size in kernel.shape)
    made = {}
    for name in ("contiguous", "channels_last"):
        layout = torch.channels_last if name == "channels_last" else torch.contiguous_format
        x = torch.from_numpy(values).contiguous(memory_format=layout)
        taps = weight.contiguous(memory_format=layout)

        def blurred(x: Any = x, taps: Any = taps) -> Any:
            with torch.inference_mode():
                return torch.nn.functional.conv2d(x, taps, None, strides, pads, groups=channels)

        made[f"torch {name}"] = blurred
    return made


def _opencv(
    values: np.ndarray, column: np.ndarray, line: np.ndarray, strides: tuple[int, int]
) -> dict[str, Callable[[], Any]]:
    """Plane by plane, of which every s-th sample is kept."""
    try:
        import cv2
    except ImportError:
        return {}
    planes = values.reshape(-1, *values.shape[2:])
    keep = tuple(slice(None, None, stride) for stride in strides)
    room = np.empty(planes.shape[1:], np.float32)
    out = np.empty((len(planes), *room[keep].shape), np.float32)

    def blurred() -> np.ndarray:
        for plane, kept in zip(planes, out, strict=True):
            cv2.sepFilter2D(plane, -1, line, column, room, borderType=cv2.BORDER_CONSTANT)
            kept[:] = room[keep]
        return out.reshape(*values.shape[:2], *out.shape[1:])

    return {"OpenCV": blurred}
