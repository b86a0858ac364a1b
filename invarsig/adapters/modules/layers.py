"""Layers of torch for what a remedy adds: low-passes, polyphase selection, changes of rate.

Each equals the operator of invarsig of the same meaning to rounding, is differentiable where that
is, and adds no key to a ``state_dict``: taps are buffers that are not saved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from invarsig.errors import ParameterError
from invarsig.kernels.borders import Border
from invarsig.operators import BlurPool, Filtered, KaiserDecimate, PolyphasePool, SpectralPool
from invarsig.operators.pooling.tap_pool import TapPool
from invarsig.remedies.on_ring import OnRing

__all__ = ["Resample", "Select", "SelectAlike", "Taps", "around", "layers_of"]


class Taps(nn.Module):  # type: ignore[misc]
    """A low-pass by taps along one axis, then every s-th sample.

    Parameters
    ----------
    axis
        Which axis, counted from the last one: -1 and below.
    taps
        The weights.
    stride
        The stride s.
    boundary
        What lies beyond the ends: as for `invarsig.BlurPool`.
    """

    axis: int
    stride: int
    boundary: Border

    def __init__(self, axis: int, taps: np.ndarray, stride: int, boundary: Border) -> None:
        super().__init__()
        self.axis, self.stride, self.boundary = axis, stride, boundary
        self.register_buffer("taps", torch.from_numpy(np.array(taps)), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Filter, and keep every s-th sample."""
        taps: Any = self.taps
        x = x.movedim(self.axis, -1)
        wide = _extended(x, len(taps), self.stride, self.boundary)
        kernel = taps.to(x.dtype)[None, None]
        made = nn.functional.conv1d(wide.reshape(-1, 1, wide.shape[-1]), kernel, stride=self.stride)
        return made.reshape(*x.shape[:-1], -1).movedim(-1, self.axis)

    def extra_repr(self) -> str:
        """Taps, stride, and boundary."""
        taps: Any = self.taps
        return f"{len(taps)} taps, axis={self.axis}, stride={self.stride}, {self.boundary}"


def _extended(x: torch.Tensor, count: int, stride: int, boundary: Border) -> torch.Tensor:
    """The last axis, continued by what the taps read beyond its ends."""
    size = x.shape[-1]
    if boundary == "valid":
        return x
    before = (count - 1) // 2
    after = (-(-size // stride) - 1) * stride - before + count - size
    if boundary == "zero":
        return nn.functional.pad(x, (before, after))
    place = torch.arange(-before, size + after, device=x.device)
    if boundary == "periodic":
        place = place % size
    elif boundary == "reflect":
        place = place % max(2 * size - 2, 1)
        place = torch.minimum(place, 2 * size - 2 - place)
    elif boundary == "symmetric":
        place = place % (2 * size)
        place = torch.minimum(place, 2 * size - 1 - place)
    else:
        raise ParameterError(f"A boundary {boundary!r} has no form as a layer.")
    return x.index_select(-1, place)


class Resample(nn.Module):  # type: ignore[misc]
    """An ideal low-pass on an axis whose ends meet, and another rate; the Nyquist bin is dropped.

    Parameters
    ----------
    axis
        Which axis, counted from the last one.
    up, down
        By how much the rate goes up, or down.
    fill
        Continue the axis to a multiple of `down` by its last sample.
    """

    axis: int
    up: int
    down: int
    fill: bool

    def __init__(self, axis: int, *, up: int = 1, down: int = 1, fill: bool = False) -> None:
        super().__init__()
        self.axis, self.up, self.down, self.fill = axis, up, down, fill

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Resample."""
        x = x.movedim(self.axis, -1)
        if self.fill:
            x = _filled(x, self.down)
        before = x.shape[-1]
        if before % self.down:
            raise ParameterError(f"{before} samples are not a multiple of the stride {self.down}.")
        after = before * self.up // self.down
        half = (min(before, after) + 1) // 2
        spectrum = torch.fft.rfft(x)[..., :half]
        return torch.fft.irfft(spectrum, after).mul(after / before).movedim(-1, self.axis)

    def extra_repr(self) -> str:
        """Axis and rate."""
        return f"axis={self.axis}, up={self.up}, down={self.down}"


def _filled(x: torch.Tensor, multiple: int) -> torch.Tensor:
    more = -x.shape[-1] % multiple
    return torch.cat([x, x[..., -1:].expand(*x.shape[:-1], more)], -1) if more else x


class Select(nn.Module):  # type: ignore[misc]
    """Every s-th sample from where the norm is largest: one choice for each item of the batch.

    Parameters
    ----------
    axes, strides
        The axes that are decimated, counted from the last one, and by how much.
    """

    axes: tuple[int, ...]
    strides: tuple[int, ...]
    norm: str

    def __init__(self, axes: Sequence[int], strides: Sequence[int], norm: str = "l2") -> None:
        super().__init__()
        self.axes, self.strides, self.norm = tuple(axes), tuple(strides), norm
        self.chosen: torch.Tensor | None = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Choose, and keep the choice for branches that follow it."""
        parts = self.components(x)
        flat = parts.detach().double().flatten(2)
        order = {"l2": 2.0, "l1": 1.0, "linf": float("inf")}[self.norm]
        self.chosen = torch.linalg.vector_norm(flat, order, dim=2).argmax(1)
        return self.taken(parts, self.chosen)

    def components(self, x: torch.Tensor) -> torch.Tensor:
        """The polyphase components, along a second axis."""
        found = [x]
        for axis, by in zip(self.axes, self.strides, strict=True):
            finer = []
            for each in found:
                wide = _filled(each.movedim(axis, -1), by)
                finer += [wide[..., k::by].movedim(-1, axis) for k in range(by)]
            found = finer
        return torch.stack(found, 1)

    @staticmethod
    def taken(parts: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
        """One component for each item."""
        return parts[torch.arange(len(parts), device=parts.device), chosen]

    def extra_repr(self) -> str:
        """Axes and strides."""
        return f"axes={self.axes}, strides={self.strides}"


class SelectAlike(nn.Module):  # type: ignore[misc]
    """Every s-th sample from where another layer has chosen to begin."""

    def __init__(self, other: Select) -> None:
        super().__init__()
        # In a tuple it is no submodule: it has its own place in the network.
        self._other = (other,)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Take what the other layer chose in this pass."""
        (other,) = self._other
        assert other.chosen is not None
        return other.taken(other.components(x), other.chosen)


def layers_of(op: Any, dims: Sequence[str], periodic: Sequence[str]) -> list[nn.Module]:
    """Layers that do what an operator does.

    Parameters
    ----------
    op
        The operator.
    dims
        Dims of a tensor's axes after the batch.
    periodic
        Dims whose axes wrap.

    Raises
    ------
    ParameterError
        If it has no form as layers.
    """
    place = {dim: k - len(dims) for k, dim in enumerate(dims)}
    if isinstance(op, (BlurPool, KaiserDecimate)):
        return [
            Taps(place[dim], taps, op.stride[dim], _boundary(op, dim, periodic))
            for dim, taps in op._taps().items()
        ]
    inner, filled = (op.op, True) if isinstance(op, OnRing) else (op, False)
    if isinstance(inner, SpectralPool) and inner == SpectralPool(stride=inner.stride):
        return [Resample(place[d], down=by, fill=filled) for d, by in inner.stride.items()]
    if isinstance(inner, PolyphasePool) and set(inner.dims) == set(dims):
        axes = [place[dim] for dim in inner.stride]
        return [Select(axes, list(inner.stride.values()), inner.norm)]
    raise ParameterError(f"{op} has no form as layers of torch.")


def _boundary(op: TapPool, dim: str, periodic: Sequence[str]) -> Border:
    named = op.boundary.get(dim) if isinstance(op.boundary, Mapping) else op.boundary
    return named or ("periodic" if dim in periodic else "valid")


def around(op: Any, dims: Sequence[str]) -> tuple[list[nn.Module], list[nn.Module]] | None:
    """Layers before and after a nonlinearity that is `Filtered`; None for another operator."""
    inner = op.op if isinstance(op, OnRing) else op
    if not isinstance(inner, Filtered):
        return None
    place = {dim: k - len(dims) for k, dim in enumerate(dims)}
    up: list[nn.Module] = [Resample(place[dim], up=inner.up) for dim in inner.over]
    down: list[nn.Module] = [Resample(place[dim], down=inner.up) for dim in inner.over]
    return up, down
