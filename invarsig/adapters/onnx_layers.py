"""Operators of ONNX for what a remedy adds: low-passes, selection by norm, changes of rate.

Each equals the operator of invarsig of the same meaning to the rounding of the file's precision.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from invarsig.adapters.onnx_runner import Opsets
from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.kernels.borders import Border
from invarsig.operators import BlurPool, Filtered, KaiserDecimate, PolyphasePool, SpectralPool
from invarsig.operators.pooling.tap_pool import TapPool
from invarsig.remedies.on_ring import OnRing

__all__ = ["Layers", "filtered_in"]

# Beyond how many axes onnxruntime has no convolution.
_RANK = 5

# Borders as modes of ONNX's Pad.
_MODES: dict[Border, str] = {"reflect": "reflect", "edge": "edge", "periodic": "wrap"}


def filtered_in(op: Any) -> Filtered | None:
    """The nonlinearity between filters that an operator is; None for another one."""
    inner = op.op if isinstance(op, OnRing) else op
    return inner if isinstance(inner, Filtered) else None


@dataclass
class Layers:
    """Operators that are put into a file, one after another, behind a result of it.

    Parameters
    ----------
    at
        The name of the place, which begins the names of what is added.
    dims
        Dims of the result's axes after the batch.
    dtype
        The type of its values.
    opsets
        Versions of the file's operators.
    nodes, constants
        What has been added.
    chosen
        Which component a selection kept, by the name of the result of the selection.
    fixed
        Whether what was added holds for this size of the input alone.
    """

    at: str
    dims: tuple[str, ...]
    dtype: np.dtype[Any]
    opsets: Opsets
    nodes: list[Any] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    fixed: bool = False

    def added(self, op: Any, axes: Axes, source: str) -> str:
        """Put in what does what an operator does; give the name of the result.

        Raises
        ------
        ParameterError
            If it has no form as operators of ONNX.
        """
        if isinstance(op, (BlurPool, KaiserDecimate)):
            for dim, taps in op._taps().items():
                border = _border(op, dim, axes)
                source = self._taps(source, dim, taps, op.stride[dim], border, axes)
            return source
        inner = op.op if isinstance(op, OnRing) else op
        if isinstance(inner, SpectralPool) and inner == SpectralPool(stride=inner.stride):
            for dim, by in inner.stride.items():
                source = self.resampled(source, dim, axes.counted(dim).size, down=by)
            return source
        if isinstance(inner, PolyphasePool) and set(inner.dims) == set(self.dims):
            return self._selected(source, inner, axes)
        raise ParameterError(f"{op} has no form as operators of ONNX")

    def resampled(self, source: str, dim: str, size: int, *, up: int = 1, down: int = 1) -> str:
        """An ideal low-pass on an axis whose ends meet, and another rate: a product of matrices."""
        self.fixed = True
        return self._times(source, dim, _resampling(size, up, down), f"rate of {dim}")

    def _node(self, kind: str, inputs: Sequence[str], what: str, **attributes: Any) -> str:
        """One more operator; the name of its result."""
        from onnx import helper

        count = len(self.nodes) + 1
        name = f"{self.at}/{what.replace(' ', '_')}_{count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name, **attributes))
        return name

    def _constant(self, values: np.ndarray, what: str) -> str:
        name = f"{self.at}/{what.replace(' ', '_')}_{len(self.nodes) + 1}_values"
        self.constants[name] = values
        return name

    def _axis(self, dim: str) -> int:
        return 1 + self.dims.index(dim)

    def _taps(
        self, source: str, dim: str, taps: np.ndarray, stride: int, border: Border, axes: Axes
    ) -> str:
        """A low-pass along one axis, each channel by itself, then every s-th sample."""
        axis, rank = self._axis(dim), 1 + len(self.dims)
        if axis < 2 or rank > _RANK:
            raise ParameterError(
                f"a low-pass along {dim!r} has no form as a convolution of a tensor over "
                f"{', '.join(self.dims)}"
            )
        before = (len(taps) - 1) // 2 if border != "valid" else 0
        behind = len(taps) - 1 - before if border != "valid" else 0
        pads = [0] * (2 * (rank - 2))
        pads[axis - 2], pads[axis - 2 + rank - 2] = before, behind
        if border not in ("zero", "valid"):
            source = self._padded(source, axis, before, behind, border)
            pads = [0] * len(pads)
        count, shape = axes.counted(self.dims[0]).size, [1] * rank
        shape[axis] = len(taps)
        shape[0] = count
        kernel = np.broadcast_to(taps.reshape([-1 if k == axis else 1 for k in range(rank)]), shape)
        return self._node(
            "Conv",
            [source, self._constant(np.ascontiguousarray(kernel, self.dtype), f"low-pass {dim}")],
            f"low-pass {dim}",
            group=count,
            kernel_shape=shape[2:],
            pads=pads,
            strides=[stride if k == axis else 1 for k in range(2, rank)],
        )

    def _padded(self, source: str, axis: int, before: int, behind: int, border: Border) -> str:
        """An axis continued beyond its ends."""
        mode, version, rank = _MODES.get(border), self.opsets.version(""), 1 + len(self.dims)
        if mode is None or (mode == "wrap" and version < 19):
            raise ParameterError(
                f"a border that is {border!r} has no form in version {version} of ONNX's operators"
            )
        pads = [0] * (2 * rank)
        pads[axis], pads[axis + rank] = before, behind
        if version < 11:
            return self._node("Pad", [source], "border", mode=mode, pads=pads)
        amounts = self._constant(np.asarray(pads, np.int64), "border")
        return self._node("Pad", [source, amounts], "border", mode=mode)

    def _times(self, source: str, dim: str, matrix: np.ndarray, what: str) -> str:
        """One axis multiplied by a matrix, from the right."""
        axis, rank = self._axis(dim), 1 + len(self.dims)
        if axis == rank - 2:
            left = self._constant(np.ascontiguousarray(matrix.T, self.dtype), what)
            return self._node("MatMul", [left, source], what)
        order = [k for k in range(rank) if k != axis] + [axis]
        right = self._constant(np.ascontiguousarray(matrix, self.dtype), what)
        if axis == rank - 1:
            return self._node("MatMul", [source, right], what)
        turned = self._node("Transpose", [source], what, perm=order)
        made = self._node("MatMul", [turned, right], what)
        return self._node("Transpose", [made], what, perm=np.argsort(order).tolist())

    def _selected(self, source: str, op: PolyphasePool, axes: Axes) -> str:
        """Every s-th sample from where the norm is largest, for each item of the batch."""
        parts = self._components(source, op.stride, axes)
        rank = 1 + len(self.dims)
        norms = [self._norm(part, op.norm, list(range(1, rank))) for part in parts]
        joined = self._node("Concat", norms, "norms", axis=1)
        chosen = self._node("ArgMax", [joined], "chosen", axis=1, keepdims=1)
        return self._taken(parts, chosen)

    def _taken(self, parts: Sequence[str], chosen: str) -> str:
        """The component that was chosen."""
        made = parts[0]
        for place, part in enumerate(parts[1:], 1):
            number = self._constant(np.asarray(place, np.int64), "component")
            this = self._node("Equal", [chosen, number], "is chosen")
            made = self._node("Where", [this, part, made], "selected")
        return made

    def _components(self, source: str, stride: Mapping[str, int], axes: Axes) -> list[str]:
        """The samples of each phase."""
        self.fixed = True
        for dim, by in stride.items():
            more = -axes.counted(dim).size % by
            if more:
                source = self._padded(source, self._axis(dim), 0, more, "edge")
        where = np.asarray([self._axis(dim) for dim in stride], np.int64)
        steps = np.asarray(list(stride.values()), np.int64)
        ends = np.full(len(stride), np.iinfo(np.int32).max, np.int64)
        found = []
        for first in itertools.product(*map(range, stride.values())):
            bounds = (np.asarray(first, np.int64), ends, where, steps)
            held = [
                self._constant(values, f"phase {name}")
                for name, values in zip(("starts", "ends", "axes", "steps"), bounds, strict=True)
            ]
            found.append(self._node("Slice", [source, *held], "phase"))
        return found

    def _norm(self, part: str, norm: str, axes: list[int]) -> str:
        """The norm of each item, with all axes kept."""
        kind = {"l2": "ReduceL2", "l1": "ReduceL1", "linf": "ReduceMax"}[norm]
        if norm == "linf":
            part = self._node("Abs", [part], "norm")
        if self.opsets.version("") < 18:
            return self._node(kind, [part], "norm", axes=axes, keepdims=1)
        over = self._constant(np.asarray(axes, np.int64), "norm axes")
        return self._node(kind, [part, over], "norm", keepdims=1)


def _border(op: TapPool, dim: str, axes: Axes) -> Border:
    named = op.boundary.get(dim) if isinstance(op.boundary, Mapping) else op.boundary
    wraps = axes.placed(dim) and axes[dim].periodic
    return named or ("periodic" if wraps else "valid")


def _resampling(size: int, up: int, down: int) -> np.ndarray:
    """The matrix ``(before, after)``; an axis is continued to a multiple by its last sample."""
    whole = -(-size // down) * down
    eye = np.eye(size)
    filled = np.concatenate([eye, np.repeat(eye[:, -1:], whole - size, axis=1)], axis=1)
    after = whole * up // down
    half = (min(whole, after) + 1) // 2
    made: np.ndarray = np.fft.irfft(np.fft.rfft(filled)[:, :half], after) * (after / whole)
    return made
