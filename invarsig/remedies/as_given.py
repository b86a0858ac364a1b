"""The error of a move, of a pipeline as given on a signal as given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.axes import Axes, axis_of, difference
from invarsig.commutator import Align, moved_last
from invarsig.errors import BorderError
from invarsig.kernels.interpolation import is_whole
from invarsig.measures.equivariance import relative
from invarsig.measures.known_samples import Indexers
from invarsig.measures.protocols import interior
from invarsig.operators import Operator
from invarsig.operators.base import stages_of

__all__ = ["error_as_given", "has_region", "is_blind", "region_of", "rolled", "strides_met"]


def error_as_given(
    op: Operator,
    x: xr.DataArray,
    y: xr.DataArray,
    move: Translate,
    *,
    first: xr.DataArray | None = None,
    align: Align = "fourier",
    inside: bool = True,
) -> float:
    """Relative error of a move: roll the input, run the pipeline, compare with the rolled output.

    Both are rolled, along axes that end as well, by any length: whole samples change places, and
    fractions go by the Fourier rule. Results are compared where neither a border nor the seam that
    rolling makes has a part in them, relative to the output there without its mean.

    Parameters
    ----------
    op
        The pipeline, with its own boundaries.
    x, y
        The signal, and ``op(x)``.
    move
        By how much to roll, along any dims at once; its own boundary is not used.
    first
        ``op`` of the rolled input, where it is known already.
    align
        As for `commutator`.
    inside
        False compares the whole output, the seam and the borders with it.

    Raises
    ------
    BorderError
        If there is no such region: a stage depends on a whole axis that ends, or the signal is too
        short.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.cos(np.arange(64.0)), iv.Axis("x"))  # an axis that ends
    >>> op = iv.BlurPool(taps=3, stride={"x": 1}, boundary="zero")
    >>> bool(error_as_given(op, x, op(x), iv.Translate(x=5)) < 1e-12)
    True
    """
    first = op(rolled(x, move)) if first is None else first
    where = region_of(op, x, y, move) if inside else {}
    around = Translate(move.shifts, boundary="periodic")
    last = moved_last(_without_lost_periods(y, move), first, around, align)
    gap = difference(first, last).isel(where)
    return float(relative(gap, y.isel(where), "centered"))


def rolled(x: xr.DataArray, move: Translate) -> xr.DataArray:
    """Roll a signal, along axes that end as well."""
    return Translate(move.shifts, boundary="periodic")(_without_lost_periods(x, move))


def region_of(op: Operator, x: xr.DataArray, y: xr.DataArray, move: Translate) -> Indexers:
    """Output samples that neither a border nor the seam of a roll has reached, for ``isel``.

    Along an axis that wraps through every stage there is neither, and all of it is compared.
    """
    plan = op.plan(Axes.of(x))

    def wraps(dim: str) -> bool:
        after = dim not in y.dims or axis_of(y, dim).periodic
        return axis_of(x, dim).periodic and after and plan.shares(dim)

    ending = {dim: length for dim, length in move.shifts.items() if not wraps(dim)}
    return interior(op, x, y, Translate(ending)) if ending else {}


def has_region(op: Operator, x: xr.DataArray, y: xr.DataArray, move: Translate) -> bool:
    """Whether anything is left between the borders."""
    try:
        region_of(op, x, y, move)
    except BorderError:
        return False
    return True


def strides_met(op: Operator, x: xr.DataArray, dims: Sequence[str]) -> dict[str, int]:
    """Total stride along each dim, up to the output or to where the dim is lost."""
    axes, met = Axes.of(x), dict.fromkeys(dims, 1)
    for stage in stages_of(op):
        plan = stage.plan(axes)
        met = {dim: by * plan.stride.get(dim, 1) for dim, by in met.items()}
        axes = plan.after(axes)
    return met


def is_blind(move: Translate, x: xr.DataArray, strides: dict[str, int]) -> bool:
    """Whether a roll shows nothing: along every dim it is a multiple of the total stride."""
    return all(
        is_whole(move.samples(axis_of(x, dim)) / strides[dim])
        for dim, length in move.shifts.items()
        if length
    )


def _without_lost_periods(x: xr.DataArray, move: Translate) -> xr.DataArray:
    """Drop periods that a crop has left behind: a roll needs none, and they forbid it."""
    for dim in move.shifts:
        given = dim in x.dims and dim in x.coords and "period" in x[dim].attrs
        if given and not axis_of(x, dim).periodic:
            attrs = {key: value for key, value in x[dim].attrs.items() if key != "period"}
            x = x.assign_coords({dim: (dim, np.asarray(x[dim]), attrs)})
    return x
