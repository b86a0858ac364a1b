"""Pools against torch, OpenCV, scipy and scikit-image."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

import invarsig as iv
from benchmarks.row import Row, Sides

SHAPE = (32, 64, 112, 112)
VOLUMES = (8, 16, 32, 64, 64)
PLANES = (16, 512, 512)

Peers = Mapping[str, Callable[[], Any]]


def rows() -> Iterator[Row]:
    """Pools over pictures with many channels, over volumes and over planes, single precision."""
    for kind, wanted in (
        ("max", {(2, 2): 0.75, (3, 2): 0.75, (9, 1): 0.35, (9, 4): 0.40}),
        ("mean", {(2, 2): 1.0, (3, 2): 0.85, (9, 1): 0.25}),
    ):
        for (window, stride), at_most in wanted.items():
            name = f"{kind} pool {window}/{stride}"
            yield Row(name, _pictures(kind, window, stride), at_most, 2.0)
        for window, stride in ((2, 2), (3, 2), (9, 1)):
            at_most = 0.25 if kind == "max" else 1.0
            name = f"{kind} pool {window}/{stride}, channels last"
            yield Row(name, _channels_last(kind, window, stride), at_most, 2.0)
            name = f"{kind} pool {window}/{stride} along y alone"
            yield Row(name, _along_y(kind, window, stride), at_most, 2.0)
        for window, stride in ((2, 2), (3, 1)):
            at_most = 0.55 if kind == "max" else 0.30
            name = f"{kind} pool {window}/{stride} of volumes"
            yield Row(name, _volumes(kind, window, stride), at_most, 2.0)
    yield Row("max pool 9/1 of large planes, periodic", _periodic_planes)
    yield Row("median pool 5/1", _medians)
    yield Row("L^3 pool 5/1", _norms)


def _pool(kind: str, window: int, stride: int, dims: str) -> iv.Operator:
    pool = iv.MaxPool if kind == "max" else iv.MeanPool
    return pool(dict.fromkeys(dims, window), dict.fromkeys(dims, stride))


def _sides(op: iv.Operator, x: Any, peers: Peers) -> Sides:
    return Sides(lambda: op(x).values, peers, x.nbytes + op(x).nbytes)


def _pictures(kind: str, window: int, stride: int) -> Callable[[], Sides]:
    def prepare() -> Sides:
        values = np.random.default_rng(0).standard_normal(SHAPE, dtype=np.float32)
        x = iv.label(values, "item", "channel", iv.Axis("y"), iv.Axis("x"))
        peers = {
            **_torch(kind, values, (window, window), stride),
            **_opencv(kind, values, window, stride),
        }
        return _sides(_pool(kind, window, stride, "yx"), x, peers)

    return prepare


def _channels_last(kind: str, window: int, stride: int) -> Callable[[], Sides]:
    """The same pictures, with what is pooled before the last axis in memory."""

    def prepare() -> Sides:
        shape = (SHAPE[0], *SHAPE[2:], SHAPE[1])
        values = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
        x = iv.label(values, "item", iv.Axis("y"), iv.Axis("x"), "channel")
        peers = {
            name: lambda peer=peer: peer().permute(0, 2, 3, 1)
            for name, peer in _torch(
                kind, np.moveaxis(values, -1, 1), (window, window), stride
            ).items()
        }
        return _sides(_pool(kind, window, stride, "yx"), x, peers)

    return prepare


def _along_y(kind: str, window: int, stride: int) -> Callable[[], Sides]:
    def prepare() -> Sides:
        values = np.random.default_rng(0).standard_normal(SHAPE, dtype=np.float32)
        x = iv.label(values, "item", "channel", iv.Axis("y"), iv.Axis("x"))
        peers = _torch(kind, values, (window, 1), (stride, 1))
        return _sides(_pool(kind, window, stride, "y"), x, peers)

    return prepare


def _volumes(kind: str, window: int, stride: int) -> Callable[[], Sides]:
    def prepare() -> Sides:
        values = np.random.default_rng(0).standard_normal(VOLUMES, dtype=np.float32)
        x = iv.label(values, "item", "channel", iv.Axis("z"), iv.Axis("y"), iv.Axis("x"))
        peers = _torch(kind, values, (window,) * 3, stride)
        return _sides(_pool(kind, window, stride, "zyx"), x, peers)

    return prepare


def _torch(kind: str, values: np.ndarray, window: tuple[int, ...], stride: Any) -> Peers:
    """Torch's pool of (items, channels, ...), with both of its orders of memory."""
    try:
        import torch
    except ImportError:
        return {}
    rank = len(window)
    name = f"{'max' if kind == 'max' else 'avg'}_pool{rank}d"
    pool = getattr(torch.nn.functional, name)
    last = torch.channels_last if rank == 2 else torch.channels_last_3d
    orders = {"torch channels_last": last}
    if max(window) <= 3:  # of wide windows it takes ten to a hundred times as long
        orders["torch"] = torch.contiguous_format

    def peer(order: Any) -> Callable[[], Any]:
        given = torch.from_numpy(values).contiguous(memory_format=order)

        def pooled() -> Any:
            with torch.inference_mode():
                return pool(given, window, stride)

        return pooled

    return {name: peer(order) for name, order in orders.items()}


def _opencv(kind: str, values: np.ndarray, window: int, stride: int) -> Peers:
    """OpenCV's filter of each plane, or its decimation by areas where those are the windows."""
    try:
        import cv2
    except ImportError:
        return {}
    planes = values.reshape(-1, *values.shape[2:])
    size = tuple((n - window) // stride + 1 for n in planes.shape[1:])
    kernel, anchor = np.ones((window, window), np.uint8), (0, 0)

    def filtered(plane: np.ndarray) -> np.ndarray:
        if kind == "mean" and window == stride:
            return cv2.resize(plane, size[::-1], interpolation=cv2.INTER_AREA)
        if kind == "mean":
            dense = cv2.blur(plane, (window, window), anchor=anchor)
        else:
            dense = cv2.dilate(plane, kernel, anchor=anchor)
        return dense[::stride, ::stride][: size[0], : size[1]]

    def pooled() -> np.ndarray:
        out = np.empty((len(planes), *size), values.dtype)
        for plane, into in zip(planes, out, strict=True):
            into[:] = filtered(plane)
        return out.reshape(*values.shape[:2], *size)

    return {"OpenCV": pooled}


def _planes() -> tuple[np.ndarray, Any]:
    values = np.random.default_rng(0).standard_normal(PLANES)
    axes = [iv.Axis(dim, period=512.0) for dim in "yx"]
    return values, iv.label(values, "channel", *axes)


def _periodic_planes() -> Sides:
    from scipy import ndimage

    values, x = _planes()
    peer = lambda: ndimage.maximum_filter(values, (1, 9, 9), mode="wrap")  # noqa: E731
    return _sides(_pool("max", 9, 1, "yx"), x, {"scipy.ndimage": peer})


def _medians() -> Sides:
    from scipy import ndimage

    values, x = _planes()
    op = iv.MedianPool({"y": 5, "x": 5}, {"y": 1, "x": 1})
    peer = lambda: ndimage.median_filter(values[:4], (1, 5, 5), mode="wrap")  # noqa: E731
    return _sides(op, x[:4], {"scipy.ndimage": peer})


def _norms() -> Sides:
    from scipy import ndimage

    values, x = _planes()
    op = iv.LpPool({"y": 5, "x": 5}, {"y": 1, "x": 1}, power=3)

    def peer() -> np.ndarray:
        sums = ndimage.uniform_filter(abs(values[:4]) ** 3, (1, 5, 5), mode="wrap")
        return np.cbrt(sums)

    return _sides(op, x[:4], {"scipy.ndimage": peer})
