"""Registering each input to a frame of reference before a fixed operator is applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.axes import Axis, axis_of, is_chunked, on_blocks, promoted
from invarsig.compose.frames import CenterOfMass, Frame
from invarsig.compose.moved import MovedInput
from invarsig.compose.phase_correlation import PhaseCorrelation
from invarsig.errors import DimError, ParameterError
from invarsig.kernels.interpolation import moved
from invarsig.operators.base import Operator, require_operator
from invarsig.operators.fields import parts_field
from invarsig.operators.noise import noise_picture
from invarsig.spectra import translated

__all__ = ["Canonicalized", "canonicalize"]


@dataclass(frozen=True)
class Canonicalized(MovedInput):
    """A body that is applied to each input in its canonical position: ``y = f(T_-d(x) x)``.

    The frame finds the translation d(x) of each batch item, and the item is moved back by it. Where
    ``d(T_a x) = d(x) + a`` the result is invariant to translations, whatever f is; moved by d(x)
    again it is equivariant, ``T_d(x) f(T_-d(x) x)``. It is as good as the frame: where the shift
    that is found is a fraction, the input is interpolated; where it jumps, the result does; and
    where an axis ends, what is moved beyond the end is lost and zeros come in.

    A spatial transformer learns the frame together with f.

    Parameters
    ----------
    body
        Operator or pipeline f.
    frame
        `CenterOfMass`, `PhaseCorrelation`, or a `Frame` of your own.
    back
        Whether the result is moved to where the input was.

    Raises
    ------
    DimError
        If the input lacks a dim of the frame, or the result lacks one that distinguishes the items
        to be moved back.

    Notes
    -----
    The reach is infinite along the dims of the frame. Without `back` the coordinates of the
    result are relative to the frame.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([0.0, 1.0, 3.0, 0.0, 0.0, 0.0], iv.Axis("x", period=6.0))
    >>> pool = iv.Subsample(stride={"x": 2})
    >>> fixed = Canonicalized(pool, PhaseCorrelation(x))
    >>> move = iv.Translate(x=3)
    >>> pool(x).values.tolist(), pool(move(x)).values.tolist()
    ([0.0, 3.0, 0.0], [0.0, 0.0, 1.0])
    >>> fixed(x).values.tolist(), fixed(move(x)).values.tolist()
    ([0.0, 3.0, 0.0], [0.0, 3.0, 0.0])

    References
    ----------
    Jaderberg, Simonyan, Zisserman & Kavukcuoglu (2015), Spatial transformer networks,
    arXiv:1506.02025; Kaba et al. (2022), Equivariance with learned canonicalization functions,
    arXiv:2211.06489.
    """

    body: Operator
    frame: Frame = parts_field()
    back: bool = False

    linear = False

    def __post_init__(self) -> None:
        require_operator(self.body)
        if not isinstance(self.frame, Frame):
            raise ParameterError(
                f"{self.frame!r} is not a frame; give one such as CenterOfMass(('y', 'x'))."
            )

    @property
    def _moved(self) -> tuple[str, ...]:
        return self.frame.dims

    @property
    def _runs(self) -> int:
        return 1

    @property
    def _along(self) -> tuple[str, ...]:
        return self.frame.jointly

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        offset = self.frame.offset(x)
        y = self.body(_moved_each(x, {dim: -length for dim, length in offset.items()}))
        return _moved_each(y, offset) if self.back else y

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """By center of mass and by phase correlation, item by item and for all channels at once."""
        from invarsig.operators.pooling.max_pool import MaxPool

        picture = noise_picture(rng)
        pool = MaxPool(window={"x": 2})
        yield cls(pool, CenterOfMass(("y", "x"), power=2.0)), picture
        yield cls(pool, CenterOfMass("x", ("channel",), whole=True), back=True), picture
        reference = noise_picture(rng).isel(channel=0, drop=True)
        yield cls(pool, PhaseCorrelation(reference)), picture
        yield cls(pool, PhaseCorrelation(reference, ("channel",), upsample=10)), picture


def _moved_each(x: xr.DataArray, lengths: Mapping[str, xr.DataArray]) -> xr.DataArray:
    """Translate each batch item by its own lengths; an item without a length becomes NaN."""
    batch = next(iter(lengths.values())).dims
    missing = [dim for dim in batch if dim not in x.dims]
    if missing:
        raise DimError(
            f"The items along {missing[0]!r} are registered one by one, and the result has lost "
            "that dim, so it cannot be moved back; make the frame joint over it."
        )
    kept = {dim: length for dim, length in lengths.items() if dim in x.dims}
    if not kept:
        return x
    if is_chunked(x) or any(is_chunked(length) for length in kept.values()):
        return _moved_in_blocks(x, kept)
    ordered = x.transpose(*batch, ...)
    each = {dim: length.transpose(*batch).to_numpy().ravel() for dim, length in kept.items()}
    values = promoted(ordered.to_numpy())
    items = values.reshape(-1, *values.shape[len(batch) :]).copy()
    unknown = ~np.all([np.isfinite(length) for length in each.values()], axis=0)
    items[unknown] = np.nan
    if values.dtype.kind == "c":
        for number in np.flatnonzero(~unknown):
            # Each channel turns by the center frequency that it carries.
            place = np.unravel_index(number, values.shape[: len(batch)])
            move = Translate({dim: float(length[number]) for dim, length in each.items()})
            items[number] = move(ordered.isel(dict(zip(batch, map(int, place), strict=True))))
    else:
        for dim, length in each.items():
            along = int(ordered.get_axis_num(dim)) - len(batch) + 1
            _move_along(items, along, axis_of(x, dim), length)
    return ordered.copy(data=items.reshape(values.shape)).transpose(*x.dims)


def _moved_in_blocks(x: xr.DataArray, lengths: Mapping[str, xr.DataArray]) -> xr.DataArray:
    """The same of chunked arrays: each block with the lengths of its items."""
    chunks: dict[Any, Any] = dict(zip(x.dims, x.chunks or x.shape, strict=True))
    names = tuple(lengths)
    each = [
        length.chunk({dim: chunks[dim] for dim in length.dims}).reset_coords(drop=True)
        for length in lengths.values()
    ]

    def moved_block(block: xr.DataArray, *own: xr.DataArray) -> xr.DataArray:
        return _moved_each(block, dict(zip(names, own, strict=True)))

    return on_blocks(moved_block, x.chunk(chunks), names, "Canonicalized", each)


def _move_along(items: np.ndarray, place: int, axis: Axis, lengths: np.ndarray) -> None:
    """Translate real items in place, those with equal lengths together, as `Translate` does."""
    for length in np.unique(lengths[np.isfinite(lengths)]):
        here, samples = lengths == length, axis.samples(float(length))
        if axis.periodic:
            items[here] = translated(items[here], place, samples)
        else:
            items[here] = moved(items[here], place, samples, "zero")


def canonicalize(op: Operator, frame: Frame, *, back: bool = False) -> Canonicalized:
    """Register each input to a frame of reference before an operator is applied.

    Parameters
    ----------
    op
        Operator or pipeline.
    frame
        `CenterOfMass`, `PhaseCorrelation`, or a `Frame` of your own.
    back
        Whether the result is moved to where the input was: equivariant rather than invariant.

    Returns
    -------
    Canonicalized
        An operator.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, period=64.0), rng=1)
    >>> pool = iv.MaxPool(window={"x": 4})
    >>> fixed = canonicalize(pool, iv.CenterOfMass("x"))
    >>> move = iv.Translate(x=5)
    >>> [float(iv.invariance_error(op, x, move)) < 1e-12 for op in (pool, fixed)]
    [False, True]
    """
    return Canonicalized(op, frame, back)
