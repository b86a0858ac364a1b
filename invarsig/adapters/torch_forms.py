"""What single operators are in torch; None of a form that does not suit an operator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from invarsig.adapters.linear_forms import extension, matrix_of, ring_of
from invarsig.axes import Axes
from invarsig.kernels.borders import value_beyond
from invarsig.operators import GlobalPool, MaxPool, Operator, Spectrogram
from invarsig.operators.frontends.spectrogram import tapered
from invarsig.operators.windows import Span

__all__ = ["FORMS"]


def _on_dims(inner: Any, op: Operator, x: xr.DataArray, y: xr.DataArray, made: Any) -> Any:
    from invarsig.adapters.modules.forms import OnDims

    core = [axis.dim for axis in op.plan(Axes.of(x)).in_axes]
    return OnDims(inner, list(map(str, x.dims)), core, made, list(map(str, y.dims)), x.shape)


def _pointwise(op: Operator, _x: xr.DataArray, _y: xr.DataArray) -> Any:
    from invarsig.adapters.modules.forms import Plainly
    from invarsig.adapters.torch_functions import pointwise_function

    function = pointwise_function(op)
    return None if function is None else Plainly(function, str(op))


def _pool(op: Operator, x: xr.DataArray, y: xr.DataArray) -> Any:
    from invarsig.adapters.modules.forms import Plainly, Windows

    if isinstance(op, MaxPool):
        spans = op._spans(Axes.of(x))
        steps = [op.dilation.get(span.axis.dim, 1) for span in spans]
        places = [_windows(span, step) for span, step in zip(spans, steps, strict=True)]
        outside = [value_beyond(span.boundary) or 0.0 for span in spans]
        return _on_dims(Windows(places, outside), op, x, y, op.dims)
    if not isinstance(op, GlobalPool) or op.kind == "median":
        return None
    last, power = tuple(range(1, 1 + len(op.dims))), op.power
    functions: dict[str, Callable[[Any], Any]] = {
        "mean": lambda t: t.mean(last),
        "sum": lambda t: t.sum(last),
        "max": lambda t: t.amax(last),
        "lp": lambda t: (t.abs() ** power).mean(last) ** (1 / power),
    }
    return _on_dims(Plainly(functions[op.kind], str(op)), op, x, y, ())


def _windows(span: Span, step: int = 1) -> np.ndarray:
    """Samples of each window, every `step`-th; the number of samples stands for what is beyond."""
    before, after = span.pads
    boundary = span.boundary if value_beyond(span.boundary) is None else "zero"
    whole = extension(span.axis.size, before, after, boundary)
    first = span.stride * np.arange(span.size)
    return np.asarray(whole[first[:, None] + np.arange(0, span.window, step)])


def _frames(op: Operator, x: xr.DataArray, y: xr.DataArray) -> Any:
    from invarsig.adapters.modules.forms import Frames
    from invarsig.adapters.torch_functions import squared

    if not isinstance(op, Spectrogram):
        return None
    (span,) = op._spans(Axes.of(x))
    length, least = span.window, 10 ** (op.floor / 10)
    functions: dict[str, Callable[[Any], Any]] = {
        "complex": lambda z: z,
        "magnitude": lambda z: z.abs(),
        "power": squared,
        "dB": lambda z: 10 * (squared(z) + least).log10(),
    }
    turns = np.exp(2j * np.pi * np.arange(length // 2 + 1) * (length // 2) / length)
    frames = Frames(_windows(span), tapered(op.taper, length), turns, functions[op.output])
    return _on_dims(frames, op, x, y, (op.frequency, op.over))


def _ring(op: Operator, x: xr.DataArray, y: xr.DataArray) -> Any:
    from invarsig.adapters.modules.forms import Filter

    ring = ring_of(op, op.plan(Axes.of(x))) if op.linear else None
    return None if ring is None else _on_dims(Filter(ring), op, x, y, ring.made)


def _matrix(op: Operator, x: xr.DataArray, y: xr.DataArray) -> Any:
    from invarsig.adapters.modules.forms import Product

    plan = op.plan(Axes.of(x))
    if not op.linear:
        return None
    matrix = matrix_of(op, x, plan)
    count = int(np.prod([axis.size for axis in plan.in_axes]))
    return _on_dims(Product(matrix, count), op, x, y, matrix.made)


FORMS = (_pointwise, _pool, _frames, _ring, _matrix)
"""In the order in which they are tried."""
