"""Modules of torch that do what operators do, on tensors whose last axes are labeled dims."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from invarsig.adapters.linear_forms import Matrix, Ring
from invarsig.errors import AxisError

__all__ = ["Filter", "Frames", "OnDims", "Plainly", "Product", "Windows"]


def _reals(values: np.ndarray) -> Any:
    """Numbers as a real tensor, complex ones as pairs: casting a module would lose their phase."""
    if np.iscomplexobj(values):
        values = np.stack([values.real, values.imag], axis=-1)
    return torch.from_numpy(np.array(values, dtype=np.float64))


def _gathered(t: Any, axis: int, places: Any, outside: float = 0.0) -> Any:
    """Samples along an axis; the place after the last one is what lies beyond the ends."""
    beyond = torch.full_like(t.narrow(axis, 0, 1), outside)
    return torch.cat([t, beyond], axis).index_select(axis, places)


def _promoted(t: Any, kernel: Any) -> tuple[Any, Any]:
    """Both in the wider precision of the two."""
    wide = torch.promote_types(t.real.dtype, kernel.dtype)
    return t.to(wide.to_complex() if t.is_complex() else wide), kernel.to(wide)


class Plainly(nn.Module):  # type: ignore[misc]
    """A function of single samples."""

    function: Callable[[Any], Any]
    text: str

    def __init__(self, function: Callable[[Any], Any], text: str) -> None:
        super().__init__()
        self.function, self.text = function, text

    def forward(self, t: Any) -> Any:
        """Apply it."""
        return self.function(t)

    def extra_repr(self) -> str:
        """The operator."""
        return self.text


class OnDims(nn.Module):  # type: ignore[misc]
    """A module of the core axes, put on axes with names: the others are its batch.

    Parameters
    ----------
    inner
        From ``(items, *core)`` to ``(items, *made)``.
    before, core, made, after
        Dims of the input, those that `inner` takes, those that it gives, and dims of the result.
    sizes
        Sizes of the dims of the input.
    """

    inner: Any
    rank: int
    dims: tuple[str, ...]
    sizes: tuple[int, ...]
    ahead: list[int]
    behind: list[int]
    count: int
    made: int

    def __init__(
        self,
        inner: Any,
        before: Sequence[str],
        core: Sequence[str],
        made: Sequence[str],
        after: Sequence[str],
        sizes: Sequence[int],
    ) -> None:
        super().__init__()
        self.inner, self.rank = inner, len(before)
        self.dims, self.sizes = tuple(before), tuple(sizes)
        others = [dim for dim in before if dim not in core]
        self.ahead = [before.index(dim) for dim in (*others, *core)]
        self.behind = [[*others, *made].index(dim) for dim in after]
        self.count, self.made = len(others), len(made)

    def forward(self, t: Any) -> Any:
        """Bring the core axes last, apply, and bring the result's axes in order."""
        lead = t.ndim - self.rank
        if lead < 0 or tuple(t.shape[lead:]) != self.sizes:
            raise AxisError(
                f"{self.inner} was made for the sizes {self.sizes} along {self.dims}, which come "
                f"last, and is given a tensor of shape {tuple(t.shape)}; make another one by "
                "iv.to_torch from an input of that size."
            )
        t = t.permute([*range(lead), *(lead + k for k in self.ahead)])
        batch = t.shape[: lead + self.count]
        y = self.inner(t.reshape(-1, *t.shape[lead + self.count :]))
        y = y.reshape((*batch, *y.shape[1:]))
        return y.permute([*range(lead), *(lead + k for k in self.behind)])


class Filter(nn.Module):  # type: ignore[misc]
    """A shift-invariant filter, by products of spectra."""

    rank: int
    real: bool

    def __init__(self, ring: Ring) -> None:
        super().__init__()
        self.register_buffer("response", _reals(ring.response))
        for number, (whole, kept) in enumerate(zip(ring.extensions, ring.kept, strict=True)):
            self.register_buffer(f"extension_{number}", torch.from_numpy(whole))
            self.register_buffer(f"kept_{number}", torch.from_numpy(kept))
        self.rank, self.real = len(ring.kept), ring.real

    def forward(self, t: Any) -> Any:
        """Extend, filter, and keep some samples."""
        lone, last = not t.is_complex() and self.real, tuple(range(-self.rank, 0))
        t, response = _promoted(t, self.response)
        for number in range(self.rank):
            t = _gathered(t, 1 + number, getattr(self, f"extension_{number}"))
        response = torch.view_as_complex(response)
        spectra = torch.fft.fftn(t, dim=last)
        new = response.ndim - self.rank
        spectra = spectra.reshape(len(t), *(1,) * new, *spectra.shape[1:])
        y = torch.fft.ifftn(spectra * response, dim=last)
        for number in range(self.rank):
            y = y.index_select(1 + new + number, getattr(self, f"kept_{number}"))
        return y.real if lone else y


class Product(nn.Module):  # type: ignore[misc]
    """A linear map, by its entries that are not 0."""

    sizes: tuple[int, ...]
    shape: tuple[int, int]
    complex: bool

    def __init__(self, matrix: Matrix, columns: int) -> None:
        super().__init__()
        places = np.stack([matrix.rows, matrix.columns])
        self.register_buffer("places", torch.from_numpy(places.astype(np.int64)))
        self.register_buffer("values", _reals(matrix.values))
        self.sizes = tuple(matrix.sizes)
        self.shape = (int(np.prod(matrix.sizes)), columns)
        self.complex = np.iscomplexobj(matrix.values)

    def forward(self, t: Any) -> Any:
        """Multiply."""
        t, values = _promoted(t, self.values)
        flat = t.reshape(len(t), -1).T
        parts = values.unbind(-1) if self.complex else (values,)
        made = [self._times(part, flat) for part in parts]
        y = made[0] + 1j * made[1] if self.complex else made[0]
        return y.T.reshape(len(t), *self.sizes)

    def _times(self, values: Any, flat: Any) -> Any:
        whole = torch.sparse_coo_tensor(self.places, values, self.shape, check_invariants=False)
        if flat.is_complex():
            return torch.complex(
                torch.sparse.mm(whole, flat.real.contiguous()),
                torch.sparse.mm(whole, flat.imag.contiguous()),
            )
        return torch.sparse.mm(whole, flat)


class Windows(nn.Module):  # type: ignore[misc]
    """The largest value of each window, along one axis after another.

    Parameters
    ----------
    places
        For each axis the samples ``(windows, width)``; the number of samples stands for what lies
        beyond the ends.
    outside
        The value of that, for each axis.
    """

    outside: tuple[float, ...]
    rank: int

    def __init__(self, places: Sequence[np.ndarray], outside: Sequence[float]) -> None:
        super().__init__()
        self.outside = tuple(outside)
        for number, each in enumerate(places):
            self.register_buffer(f"places_{number}", torch.from_numpy(each.astype(np.int64)))
        self.rank = len(places)

    def forward(self, t: Any) -> Any:
        """Take the largest."""
        for number in range(self.rank):
            places = getattr(self, f"places_{number}")
            wide = _gathered(t, 1 + number, places.reshape(-1), self.outside[number])
            t = wide.unflatten(1 + number, places.shape).amax(2 + number)
        return t


class Frames(nn.Module):  # type: ignore[misc]
    """Short-time spectra, and what is made of them: ``(items, time)`` to ``(items, bins, frames)``.

    Parameters
    ----------
    places
        Samples ``(frames, width)``; the number of samples stands for a zero.
    weights, turns
        The window, and the phase of each bin.
    function
        What is made of complex spectra.
    """

    def __init__(
        self,
        places: np.ndarray,
        weights: np.ndarray,
        turns: np.ndarray,
        function: Callable[[Any], Any],
    ) -> None:
        super().__init__()
        self.register_buffer("places", torch.from_numpy(places.astype(np.int64)))
        self.register_buffer("weights", _reals(weights))
        self.register_buffer("turns", _reals(turns))
        self.function = function

    def forward(self, t: Any) -> Any:
        """Cut frames, weigh them, transform."""
        t, weights = _promoted(t, self.weights)
        wide = _gathered(t, 1, self.places.reshape(-1)).unflatten(1, self.places.shape)
        spectra = torch.fft.rfft(wide * weights, dim=-1) * torch.view_as_complex(self.turns)
        return self.function(spectra.transpose(-1, -2))
