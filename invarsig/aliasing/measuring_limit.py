"""The measuring limit of a move by a part of a sample: what interpolation adds to an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.prepared_axis import PreparedAxis
from invarsig.axes import axis_of
from invarsig.kernels.interpolation import is_whole
from invarsig.measures.known_samples import Indexers
from invarsig.measures.moved_along import moved_along, sinc_along
from invarsig.measures.norms import Norm, relative
from invarsig.measures.protocols import Comparison, floor_of, interpolation
from invarsig.operators import Operator

__all__ = ["limit_of_rolling", "measuring_limit"]


def measuring_limit(
    along: Mapping[str, PreparedAxis],
    y: xr.DataArray,
    move: Translate,
    where: Indexers,
    norm: Norm = "centered",
) -> float:
    r"""The error that interpolation alone adds to that of a move, away from the ends.

    A part of a sample is interpolated by 33 taps t along axes that end. A sinc over the whole,
    mirrored axis, g, is the other guess at what lies between the samples. By how much the two
    differ in what is compared is the limit:

    .. math:: \lVert f(t x) - f(g x) - (t f(x) - g f(x)) \rVert / \lVert f(x) \rVert

    Of a linear filter at the rate of its input both differences are the same. Where the signal is
    moved by whole samples there is only the second, of the output.

    Parameters
    ----------
    along
        The pipeline, for each dim from where that first exists.
    y
        Its output.
    move
        The move, in the unit of each axis.
    where
        The part of the output that is compared.
    norm
        What errors are relative to, as for `equivariance_error`.

    Returns
    -------
    float
        Relative to the output without its mean; 0 where nothing is interpolated.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=256), exponent=1.0, rng=1)
    >>> op, where = iv.Apply(abs, over="x"), {"x": slice(40, -40)}
    >>> along = {"x": PreparedAxis.of(op, x, "x")}
    >>> [
    ...     round(measuring_limit(along, op(x), iv.Translate(x=by), where), 3)
    ...     for by in (0.5, 1.0)
    ... ]
    [0.024, 0.0]
    """
    after = [dim for dim in move.shifts if dim in y.dims and _in_between(y, dim, move)]
    before = [dim for dim in move.shifts if _in_between(along[dim].given, dim, move)]
    if not before:
        if not (after and where):
            return 0.0
        found = interpolation(y, move, after)
        return float(relative(found.difference, found.reference, norm, (), move.required))
    short, long = _both(y, after, move)
    gap = long - short
    for dims in _together(along, before):
        first = along[dims[0]]
        short, long = (first.given_op(each) for each in _both(first.given, dims, move))
        gap = gap + (short - long).transpose(*y.dims).data
    return float(relative(gap.isel(where), y.isel(where), norm, (), move.required))


def limit_of_rolling(
    op: Operator, x: xr.DataArray, y: xr.DataArray, move: Translate, norm: Norm = "centered"
) -> float:
    """What a fractional shift of the whole output owes to its own ends; at least rounding."""

    def measure(found: Comparison) -> xr.DataArray:
        return relative(found.difference, found.reference, norm, (), move.required)

    return float(floor_of(op, x, y, move, "roll", measure))


def _in_between(z: xr.DataArray, dim: str, move: Translate) -> bool:
    """Whether a move along an axis that ends is not one of whole samples."""
    axis = axis_of(z, dim)
    return not axis.periodic and not is_whole(move.samples(axis))


def _both(
    z: xr.DataArray, dims: Sequence[str], move: Translate
) -> tuple[xr.DataArray, xr.DataArray]:
    """An array, moved along some dims by 33 taps, and by a sinc over the whole, mirrored axis."""
    short, long = z, z
    for dim in dims:
        shift = move.samples(axis_of(z, dim))
        short, long = moved_along(short, dim, shift), sinc_along(long, dim, shift)
    return short, long


def _together(along: Mapping[str, PreparedAxis], dims: Sequence[str]) -> list[list[str]]:
    """Dims that first exist at the same stage."""
    found: dict[int, list[str]] = {}
    for dim in dims:
        found.setdefault(along[dim].skipped, []).append(dim)
    return list(found.values())
