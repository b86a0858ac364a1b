"""Operators to take into torch: what each of them is as a module."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
import xarray as xr

from invarsig.adapters.torch_forms import FORMS
from invarsig.axes import promoted, require_labels
from invarsig.errors import MissingError, ParameterError
from invarsig.operators import (
    Add,
    Concatenate,
    Graph,
    Join,
    Multiply,
    Operator,
    Parallel,
    Pipeline,
    Residual,
    Sum,
)
from invarsig.operators.base import require_operator
from invarsig.operators.composed import Composed
from invarsig.operators.graph import INPUT

__all__ = ["to_torch"]

# How far a module may be off its operator, relative to the largest value.
_SAME = 1e-10


def to_torch(op: Operator, x: xr.DataArray) -> Any:
    """Make a module of torch of an operator, pipeline or graph.

    The last axes of the tensor that the module takes are the dims of `x`, in their order and with
    their sizes; axes before them are a batch. The last axes of what it gives are the dims of
    ``op(x)``. Kernels are buffers, so nothing of it is trained, and gradients flow through it.
    A linear operator becomes a product of spectra (exactly, with its own borders) or its matrix;
    both are found by running it on impulses.

    Parameters
    ----------
    op
        Any linear operator; pointwise functions (`Relu`, `LeakyRelu`, `Gelu`, `Softplus`,
        `Sigmoid`, `Tanh`, `Modulus`, `Square`, `Power`, `Log`, `Log1p`, `Decibel`), `MaxPool`,
        `GlobalPool`, `Spectrogram`; and `Pipeline`, `Graph`, `Parallel`, `Sum`, `Residual` and
        front ends that are made of these.
    x
        A labeled input: its axes, and whether it is in single precision, hold for the module. The
        module is compared with the operator on it.

    Returns
    -------
    torch.nn.Module
        In evaluation mode; ``dims_in`` and ``dims_out`` name its axes.

    Raises
    ------
    MissingError
        If torch is not installed.
    ParameterError
        If an operator has no form in torch; the message names it.

    Examples
    --------
    >>> import pytest; torch = pytest.importorskip("torch")
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.arange(8.0), "time")
    >>> blur = iv.BlurPool(taps=3, stride={"time": 2}, boundary="zero")
    >>> module = iv.to_torch(blur >> iv.Relu(), x)
    >>> module(torch.ones(2, 8)).numpy().round(9).tolist()
    [[0.75, 1.0, 1.0, 1.0], [0.75, 1.0, 1.0, 1.0]]
    """
    torch = _torch()
    require_operator(op)
    require_labels(x, "iv.to_torch")
    wide = promoted(x.to_numpy())
    double = x.copy(data=wide.astype(np.complex128 if wide.dtype.kind == "c" else np.float64))
    module, y = _built(op, double)
    module.dims_in, module.dims_out = tuple(map(str, x.dims)), tuple(map(str, y.dims))
    single = wide.dtype in (np.dtype(np.float32), np.dtype(np.complex64))
    return module.to(torch.float32).eval() if single else module.eval()


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise MissingError(
            "iv.to_torch needs torch, which is not installed; install it by "
            "pip install 'invarsig[torch]'."
        ) from error
    return torch


def _built(op: Operator, x: xr.DataArray) -> tuple[Any, xr.DataArray]:
    """A module, and what the operator gives; an error where the two are not the same."""
    from torch import nn

    if isinstance(op, Pipeline):
        stages = []
        for stage in op.stages:
            module, x = _built(stage, x)
            stages.append(module)
        return nn.Sequential(*stages), x
    if isinstance(op, Composed):
        return _built(op.body, x)
    y = op(x)
    if isinstance(op, Graph):
        return _graph(op, x), y
    if isinstance(op, (Parallel, Sum, Residual)):
        return _branches(op, x, y), y
    noise = _noise(x)
    for form in FORMS:
        module = form(op, x, y)
        if module is not None and max(_off(module, x, y), _off(module, noise, op(noise))) <= _SAME:
            return module, y
    raise ParameterError(
        f"{op} has no form in torch; take it out, or put a torch module in its place."
    )


def _noise(x: xr.DataArray) -> xr.DataArray:
    """Noise within the range of an input: on silence any two filters are the same."""
    values, rng = x.to_numpy(), np.random.default_rng(0)
    size = float(np.abs(values[np.isfinite(values)]).max(initial=0.0)) or 1.0
    if values.dtype.kind == "c":
        return x.copy(data=size * np.exp(2j * np.pi * rng.uniform(size=values.shape)))
    low = 0.0 if values.min(initial=0.0) >= 0 else -size
    return x.copy(data=rng.uniform(low, size, values.shape))


def _off(module: Any, x: xr.DataArray, y: xr.DataArray) -> float:
    """How far a module is from the operator, relative to the largest value."""
    import torch

    with torch.no_grad():
        try:
            made = module(torch.from_numpy(np.ascontiguousarray(x.to_numpy()))).numpy()
        except RuntimeError:  # sizes that do not meet: this form is of another operator
            return float("inf")
    wanted = y.to_numpy()
    if made.shape != wanted.shape:
        return float("inf")
    same = (made == wanted) | (np.isnan(made) & np.isnan(wanted))
    with np.errstate(invalid="ignore"):
        gap = np.where(same, 0.0, np.abs(made - wanted))
    whole = float(np.abs(wanted[np.isfinite(wanted)]).max(initial=0.0)) or 1.0
    return float(np.nan_to_num(gap, nan=np.inf).max(initial=0.0)) / whole


def _branches(op: Any, x: xr.DataArray, y: xr.DataArray) -> Any:
    from invarsig.adapters.modules.joins import Branches

    if isinstance(op, Residual):
        module, part = _built(op.body, x)
        order = [part.dims.index(dim) for dim in x.dims]
        return Branches([module], [order], skip=True)
    parts = list(op.operators.values()) if isinstance(op, Parallel) else list(op.operators)
    built = [_built(each, x) for each in parts]
    dims = built[0][1].dims
    orders = [[part.dims.index(dim) for dim in dims] for _, part in built]
    axis = y.dims.index(op.dim) - y.ndim if isinstance(op, Parallel) else None
    return Branches([module for module, _ in built], orders, axis=axis)


def _graph(op: Graph, x: xr.DataArray) -> Any:
    from invarsig.adapters.modules.joins import Nodes

    found, steps = {INPUT: x}, []
    for node in op.nodes:
        values = [found[name] for name in node.sources]
        if isinstance(node.op, Join):
            found[node.name] = node(values)
            module = _join(node.op, values, found[node.name])
        else:
            module, found[node.name] = _built(node.op, values[0])
        steps.append((node.name, module, node.sources))
    return Nodes(steps, INPUT)


def _join(join: Join, values: Sequence[xr.DataArray], y: xr.DataArray) -> Any:
    from invarsig.adapters.modules.joins import Joined

    orders = [[v.dims.index(dim) if dim in v.dims else None for dim in y.dims] for v in values]
    if isinstance(join, Add):
        return Joined(lambda ts: reduce(lambda a, b: a + b, ts), orders)
    if isinstance(join, Multiply):
        return Joined(lambda ts: reduce(lambda a, b: a * b, ts), orders)
    if isinstance(join, Concatenate):
        import torch

        axis = y.dims.index(join.dim) - y.ndim
        return Joined(lambda ts: torch.cat(list(ts), axis), orders)
    raise ParameterError(
        f"{join} has no form in torch; replace it by Add, Multiply or Concatenate."
    )
