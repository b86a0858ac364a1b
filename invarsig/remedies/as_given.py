"""The error of a move, of a pipeline as given on a signal as given."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.axes import Axes, axis_of, difference, promoted
from invarsig.commutator import Align, moved_last
from invarsig.kernels.interpolation import HALF_WIDTH, is_whole
from invarsig.measures.known_samples import Indexers
from invarsig.measures.norms import Norm, relative, usual_norm
from invarsig.measures.protocols import interior
from invarsig.operators import Join, Operator, Plan
from invarsig.operators.rates import Rates
from invarsig.remedies.course import Course

__all__ = [
    "compared_as_given",
    "error_as_given",
    "is_blind",
    "region_of",
    "rolled",
    "strides_met",
]


def error_as_given(
    op: Operator,
    x: xr.DataArray,
    y: xr.DataArray,
    move: Translate,
    *,
    first: xr.DataArray | None = None,
    align: Align = "fourier",
    inside: bool = True,
    norm: Norm | None = None,
) -> float:
    """Relative error of a move: roll the input, run the pipeline, compare with the rolled output.

    Both are rolled, along axes that end as well, by any length: whole samples change places, and
    fractions go by the Fourier rule. Results are compared where neither a border nor the seam that
    rolling makes has a part in them, relative to the output there.

    A fraction by the Fourier rule would ring from the seam, where one end meets the other, over the
    whole axis, as 1 over the distance: 25 dB above what folded was seen. So before it is rolled by
    a fraction, an axis that ends is led down to its mean by half a cosine, over samples that are
    not compared.

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
    norm
        As for `equivariance_error`.

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
    gap, reference = compared_as_given(op, x, y, move, first=first, align=align, inside=inside)
    return float(relative(gap, reference, usual_norm(op, norm), (), move.required))


def compared_as_given(
    op: Operator,
    x: xr.DataArray,
    y: xr.DataArray,
    move: Translate,
    *,
    first: xr.DataArray | None = None,
    align: Align = "fourier",
    inside: bool = True,
    plan: Plan | None = None,
) -> tuple[xr.DataArray, xr.DataArray]:
    """What `error_as_given` compares: the difference, and the output, over the same region."""
    where = region_of(op, x, y, move, plan) if inside else {}
    first = op(rolled(x, move, where)) if first is None else first
    around = Translate(move.shifts, boundary="periodic")
    soft = _without_lost_periods(y, move)
    for dim, kept in where.items():
        shift = move.samples(axis_of(y, dim))
        if not is_whole(shift):
            low, high = math.ceil(kept.start - shift), math.floor(kept.stop - 1 - shift)
            soft = _led_down(soft, dim, low - HALF_WIDTH, high + HALF_WIDTH)
    last = moved_last(soft, first, around, align)
    return difference(first, last).isel(where), y.isel(where)


def rolled(x: xr.DataArray, move: Translate, ending: Iterable[str] = ()) -> xr.DataArray:
    """Roll a signal, along axes that end as well: by fractions without ringing along `ending`."""
    soft = _without_lost_periods(x, move)
    for dim in ending:
        axis = axis_of(x, dim)
        if not axis.periodic and not is_whole(move.samples(axis)):
            soft = _led_down(soft, dim, 0, x.sizes[dim] - 1)
    return Translate(move.shifts, boundary="periodic")(soft)


def _led_down(x: xr.DataArray, dim: str, low: int, high: int) -> xr.DataArray:
    """Lead a signal down to its mean at two samples, over as many as a fraction takes part of."""
    place = np.arange(x.sizes[dim])
    ramp = np.clip(np.minimum(place - low, high - place) / HALF_WIDTH, 0, 1)
    shape = [-1 if name == dim else 1 for name in x.dims]
    weights = np.sin(np.pi / 2 * ramp).reshape(shape) ** 2
    values = promoted(x.to_numpy())
    mean = values.mean(axis=x.get_axis_num(dim), keepdims=True)
    return x.copy(data=mean + (weights * (values - mean)).astype(values.dtype))


def region_of(
    op: Operator, x: xr.DataArray, y: xr.DataArray, move: Translate, plan: Plan | None = None
) -> Indexers:
    """Output samples that neither a border nor the seam of a roll has reached, for ``isel``.

    Along an axis that wraps through every stage there is neither, and all of it is compared.
    """
    own = op.plan(Axes.of(x)) if plan is None else plan

    def wraps(dim: str) -> bool:
        after = dim not in y.dims or axis_of(y, dim).periodic
        return axis_of(x, dim).periodic and after and own.shares(dim)

    ending = {dim: length for dim, length in move.shifts.items() if not wraps(dim)}
    return interior(op, x, y, Translate(ending), plan=own) if ending else {}


def strides_met(op: Operator, x: xr.DataArray, dims: Sequence[str]) -> dict[str, int]:
    """Smallest whole shift along each dim, up to the output or to where the dim is lost.

    It moves every result by whole samples: the total stride where rates only go down.
    """
    course, met = Course.of(op), [(Rates(), Axes.of(x))]
    for node, inputs in zip(course.nodes, course.inputs, strict=True):
        before = [met[k] for k in inputs]
        after = node.after([axes for _, axes in before])
        if isinstance(node.op, Join):
            rates = Rates.joined(before, after)
        else:
            rates = before[0][0].then(node.op.plan(before[0][1]))
        met.append((rates, after))
    return {dim: math.lcm(*(rates.whole.get(dim, 1) for rates, _ in met)) for dim in dims}


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
