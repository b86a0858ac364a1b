"""EQ-T: equivariance to translation in decibels of a signal's range, and its ceiling."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Action, Translate
from invarsig.axes import axis_of, difference, promoted, require_values
from invarsig.errors import DimError, DtypeError, ParameterError
from invarsig.kernels.lanczos import lanczos_moved, lanczos_reach
from invarsig.kernels.levels import exponent_of, scaled
from invarsig.measures.equivariance import actions_of
from invarsig.measures.norms import energy, norm_of
from invarsig.measures.protocols import (
    Comparison,
    Protocol,
    choose_protocol,
    compare,
    floor_of,
)
from invarsig.operators import Operator
from invarsig.operators.base import require_operator

__all__ = ["Interpolation", "eqt", "random_translations"]

Interpolation = Literal["exact", "lanczos"]


def random_translations(
    x: xr.DataArray,
    dims: str | Sequence[str],
    *,
    count: int = 16,
    largest: float = 0.125,
    whole: bool = False,
    rng: np.random.Generator | int,
) -> list[Translate]:
    """Draw translations for EQ-T: uniform, up to a share of each axis to either side.

    Parameters
    ----------
    x
        Labeled array, whose axes they are for.
    dims
        Dims to move along, jointly.
    count
        How many.
    largest
        Share of the axis, above 0 and at most 1.
    whole
        Whether they are rounded to whole samples of `x`: the "integer" version.
    rng
        Random generator, or a seed for one.

    Returns
    -------
    list of Translate

    Raises
    ------
    ParameterError
        If the count, the share or `rng` are not as described.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([0.0] * 64, iv.Axis("x", unit="px", period=64.0))
    >>> iv.measures.random_translations(x, "x", count=3, whole=True, rng=1)
    [Translate(x=0), Translate(x=7), Translate(x=-6)]

    References
    ----------
    Karras et al. (2021), arXiv:2106.12423, appendix E.
    """
    parameters.count(count, "count", " translations")
    if not isinstance(rng, (int, np.integer, np.random.Generator)):
        raise ParameterError(f"rng={rng!r} cannot be repeated; give a seed, or a numpy Generator.")
    if not 0 < largest <= 1:
        raise ParameterError(
            f"largest={largest!r} is not a share of an axis; give 0 < largest <= 1."
        )
    generator = np.random.default_rng(rng)
    axes = [axis_of(x, dim) for dim in ((dims,) if isinstance(dims, str) else dims)]
    moves = []
    for _ in range(count):
        drawn = {a.dim: generator.uniform(-largest, largest) * a.size for a in axes}
        if whole:
            drawn = {dim: float(round(shift)) + 0.0 for dim, shift in drawn.items()}
        moves.append(Translate.in_samples(x, drawn))
    return moves


def eqt(
    op: Operator,
    x: xr.DataArray,
    action: Action | Iterable[Action],
    *,
    signal_range: float | None = None,
    interpolation: Interpolation = "exact",
    protocol: Protocol | None = None,
    keep: Sequence[str] = (),
) -> xr.DataArray:
    """EQ-T in decibels: ``20 lg(range) - 10 lg(mean of (f(g x) - g f(x))²)``.

    The mean is over all actions and samples that are compared, inside the logarithm: a peak
    signal-to-noise ratio, the higher the better. With whole shifts it is the published EQ-T, with
    fractional ones EQ-T_frac (`random_translations` draws either).

    *Ceiling.* As published, the output is moved by a Lanczos kernel of six taps
    (``interpolation="lanczos"``). Between samples that is not a translation, and even a perfect
    operator then scores 32 to 53 dB, according to the picture. The coordinate ``ceiling`` says what
    a perfect operator would have scored on this very output; with ``interpolation="exact"`` on a
    periodic axis that is round-off, 290 dB or more.

    *Blind to* the content: the error is relative to the range and not to the signal, so a faint
    output scores well, and one with outliers too. The mean over shifts hides which of them fail;
    whole multiples of the stride never do.

    Parameters
    ----------
    op
        Operator or pipeline f, with a real output.
    x
        Labeled array.
    action
        One action, or several, over which the square error is averaged.
    signal_range
        Range of the output's values, from darkest to brightest; by default that of ``f(x)``.
        Karras et al. take 2, for pictures from -1 to 1.
    interpolation
        How the output is moved: "exact" as `Translate` does, or "lanczos" as published, and
        compared where the six taps fit. The input is moved exactly in either case.
    protocol, keep
        As for `equivariance_error`. "lanczos" is for the periodic protocol.

    Returns
    -------
    xarray.DataArray
        In dB, with the coordinate ``ceiling``; infinite where both ways agree exactly, and NaN
        where the output has no range.

    Raises
    ------
    DtypeError
        If the output is complex, and has no range.
    ParameterError
        If a parameter is unknown, or "lanczos" is used with an action or a protocol that it does
        not support.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=256, unit="px", period=256.0), rng=1)
    >>> moves = iv.measures.random_translations(x, "x", rng=2)
    >>> perfect = iv.SpectralPool(stride={"x": 2})
    >>> bool(iv.measures.eqt(perfect, x, moves) > 250)
    True
    >>> score = iv.measures.eqt(perfect, x, moves, interpolation="lanczos")
    >>> float(score) < 45, bool(abs(score - score.ceiling) < 1e-6)
    (True, True)

    References
    ----------
    Karras et al. (2021), arXiv:2106.12423, section 2.2 and appendix E.
    """
    require_values(x, "eqt")
    require_operator(op)
    y = op(x)
    several = actions_of(action, x)
    span = _checked(y, several, signal_range, interpolation, keep)
    # In units of the range: squares of very faint and very loud results lose their digits.
    unit = int(exponent_of(np.array(span)).ravel()[0])
    span = math.ldexp(span, -unit)
    level = float(energy(_at(y, unit))) / max(y.size, 1)
    errors, counts, best, weight = [], 0, 0.0, 0
    for each in several:
        chosen = choose_protocol(protocol, x, y, each)
        if interpolation == "exact":
            found = compare(op, x, each, chosen, y=y)
            perfect = _share_of_level(op, x, y, each, chosen) * level
        else:
            found, share = _by_lanczos(op, x, y, each, chosen)
            perfect = share * level
        gap = _at(found.difference, unit)
        errors.append(energy(gap, keep))
        count = gap.size
        best, weight = best + perfect * count, weight + count
        counts += count // int(np.prod([gap.sizes[dim] for dim in keep], dtype=int))
    total = errors[0]
    for one in errors[1:]:
        total = total + one
    score = _in_decibels(total.to_numpy() / counts, span)
    out = total.copy(data=score).assign_coords(ceiling=float(_in_decibels(best / weight, span)))
    out.attrs = {
        "units": "dB",
        "signal_range": math.ldexp(span, unit),
        "interpolation": interpolation,
    }
    return out.rename("eqt")


def _in_decibels(square: np.ndarray | float, span: float) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(20 * np.log10(span) - 10 * np.log10(square))


def _checked(
    y: xr.DataArray,
    actions: Sequence[Action],
    signal_range: float | None,
    interpolation: str,
    keep: Sequence[str],
) -> float:
    """Check what is given, and find the range."""
    if y.dtype.kind == "c":
        raise DtypeError(
            "EQ-T needs the range of a real output, and this is complex; >> Modulus()."
        )
    parameters.one_of("interpolation", interpolation, Interpolation)
    if interpolation == "lanczos" and not all(isinstance(one, Translate) for one in actions):
        raise ParameterError("The Lanczos kernel translates, and not every action is a Translate.")
    for dim in keep:
        if dim not in y.dims:
            raise DimError(f"keep names {dim!r}, which the output lacks; it has {tuple(y.dims)}.")
    if signal_range is None:
        values = y.to_numpy()
        span = float(values.max()) - float(values.min())
        return span if span != 0 else float("nan")
    parameters.positive(signal_range, "signal_range", wanted="a number above 0")
    return float(signal_range)


def _share_of_level(
    op: Operator, x: xr.DataArray, y: xr.DataArray, action: Action, protocol: Protocol
) -> float:
    """Mean square error of a perfect operator, over the output's own mean square."""

    def measure(found: Comparison) -> xr.DataArray:
        gap = found.difference
        return xr.DataArray(float(norm_of(gap)) / gap.size**0.5 / _root_mean_square(y))

    return float(floor_of(op, x, y, action, protocol, measure)) ** 2


def _by_lanczos(
    op: Operator, x: xr.DataArray, y: xr.DataArray, action: Action, protocol: Protocol
) -> tuple[Comparison, float]:
    """Both paths, the second by Lanczos, and a perfect operator's share of the level."""
    if protocol != "periodic":
        raise ParameterError(
            f"interpolation='lanczos' is for the periodic protocol, and this is {protocol!r}; "
            "make the axes periodic, or use interpolation='exact'."
        )
    assert isinstance(action, Translate)
    exact, last, where = action.on_output(y), y, {}
    for dim in action.required:
        if dim in y.dims:
            axis, place = axis_of(y, dim), int(y.get_axis_num(dim))
            shift = action.samples(axis)
            where[dim] = lanczos_reach(axis.size, shift)
            last = last.copy(data=lanczos_moved(promoted(last.to_numpy()), place, shift))
    first = op(action(x)).isel(where)
    if first.size == 0:
        raise ParameterError(f"{action} leaves nothing to compare; give smaller shifts.")
    last, exact = last.isel(where), exact.isel(where)
    off = float(norm_of(difference(exact, last))) / last.size**0.5
    perfect = float(off / _root_mean_square(y)) ** 2
    return Comparison(first, last, y.isel(where)), perfect


def _at(y: xr.DataArray, unit: int) -> xr.DataArray:
    """Values in units of a power of two."""
    return y.copy(data=scaled(promoted(y.to_numpy()), -unit))


def _root_mean_square(y: xr.DataArray) -> float:
    """NaN for silence."""
    size = float(norm_of(y)) / max(y.size, 1) ** 0.5
    return size if size != 0 else np.nan
