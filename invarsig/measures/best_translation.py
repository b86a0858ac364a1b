"""Best translation: how close one result is to another one moved along an axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import (
    Axis,
    axis_of,
    bin_rule,
    difference,
    middle_of_band,
    promoted,
    require_dims,
    require_values,
)
from invarsig.errors import BorderError
from invarsig.kernels.interpolation import is_whole, moved
from invarsig.kernels.rounding import rounded_down, rounded_up
from invarsig.measures.norms import Norm, relative
from invarsig.spectra import translated

__all__ = ["best_translation"]

_CANDIDATES = 3


def best_translation(
    first: xr.DataArray,
    last: xr.DataArray,
    dim: str,
    *,
    most: float | None = None,
    gain: bool = False,
    norm: Norm = "centered",
) -> xr.DataArray:
    """Relative error of the translation that fits best: ``min_d ||first - T_d last|| / ||first||``.

    What a move looks like along an axis, where it may not be a translation: a transposed sound
    along frequencies in hertz or in mel. The length d is found by cross-correlation, and between
    the samples by interpolation around the three best.

    All lengths are compared over the same part of the axis: as far from its ends as the largest of
    them. The relevant content must lie there: along hertz, a `most` below the lowest partial. The
    interpolator treats the axis as mirrored at its ends. Where all features oscillate along the
    axis with a period of less than some four samples, a length one whole period off may be found.

    *Floor.* A fraction of a sample is an interpolation, with the 33 taps of `Translate`; the
    coordinate ``floor`` is its error on this result at the length found, against a sinc over the
    whole, mirrored axis. Where bands lie too far apart for the peaks, no interpolation is right,
    and the error is above its floor for that reason alone: compare with more bands.

    *Blind to* the size of the length, and to whether it is the one expected; with a gain also to
    level.

    Parameters
    ----------
    first
        The target, ``f(g x)``.
    last
        What is moved, ``f(x)``, on the same grid.
    dim
        Dim to move along; all others are unchanged.
    most
        Largest length, to either side, in the axis' unit (octaves on a log2 axis); by default a
        quarter of the axis.
    gain
        Whether `last` may also be multiplied by one number above 0 that fits best.
    norm
        As for `equivariance_error`, over the part that is compared.

    Returns
    -------
    xarray.DataArray
        Relative, not in dB (see `decibels`), with the coordinates ``length`` in the axis' unit,
        ``gain`` and ``floor``. NaN where there is no energy.

    Raises
    ------
    DimError, AxisError
        If the two stand on different grids.
    BorderError
        If the largest length leaves nothing of the axis.

    Examples
    --------
    >>> import invarsig as iv
    >>> f = np.arange(100.0)
    >>> bump = lambda at, width: np.exp(-0.5 * ((f - at) / width) ** 2)
    >>> axis = iv.Axis("frequency", step=10.0, unit="Hz")
    >>> moved, plain = iv.label(3 * bump(53.4, 4), axis), iv.label(bump(50, 4), axis)
    >>> error = best_translation(moved, plain, "frequency", most=100.0, gain=True)
    >>> float(error.length.round(2)), float(error.gain.round(2)), bool(error < 1e-3)
    (34.0, 3.0, True)
    >>> wider = iv.label(bump(53.4, 5), axis)
    >>> float(best_translation(wider, plain, "frequency", most=100.0, norm="total").round(3))
    0.182

    References
    ----------
    Knapp & Carter (1976), The generalized correlation method for estimation of time delay.
    """
    require_values(first, "best_translation")
    require_values(last, "best_translation")
    for y in (first, last):
        require_dims(y, [dim], "best_translation")
    parameters.one_of("norm", norm, Norm)
    difference(first, last)  # which says how the grids differ
    axis = axis_of(first, dim)
    reach = _reach(axis, most)
    margin = int(rounded_up(reach))
    inside = {dim: slice(margin, axis.size - margin)}
    if axis.size <= 2 * margin:
        raise BorderError(
            f"Along {dim!r} nothing is left to compare: lengths up to "
            f"{axis.in_words(reach * abs(axis.step))} take {margin} samples off either "
            f"end, of {axis.size}. Give a smaller most=, or more of the axis."
        )
    ordered = last.transpose(*first.dims)
    wanted = first.isel(inside)
    place = int(first.get_axis_num(dim))
    search = _Search(
        np.moveaxis(promoted(wanted.to_numpy()), place, -1),
        np.moveaxis(promoted(ordered.to_numpy()), place, -1),
        margin,
        gain,
        middle_of_band(bin_rule(ordered, dim)),
    )
    shift = search.best(reach)
    own = search.gain_at(shift)
    fitted = wanted.copy(data=np.moveaxis(own * search.at(shift), -1, place))
    error = relative(difference(wanted, fitted), wanted, norm)
    perfect = own * _whole_axis(ordered, dim, shift).isel(inside)
    floor = relative(difference(perfect, fitted), wanted, norm)
    round_off = float(np.finfo(promoted(wanted.to_numpy()[:0]).dtype).eps)
    length = xr.Variable((), shift * axis.step, {"units": axis.length_unit, "along": dim})
    out = error.assign_coords(
        length=length,
        gain=own,
        floor=float(np.maximum(floor.to_numpy(), round_off)),
    )
    out.attrs = {"norm": norm, "units": "1"}
    return out.rename("translation_error")


def _reach(axis: Axis, most: float | None) -> float:
    """The largest length in samples."""
    if most is None:
        return axis.size / 4
    unit = axis.length_unit or "the unit of the axis"
    parameters.positive(most, "most", wanted=f"a length above 0 to search up to, in {unit}")
    return abs(axis.samples(float(most)))


@dataclass(frozen=True)
class _Search:
    """The target, what is moved, and how close they are; the axis is the last one.

    Parameters
    ----------
    wanted
        ``(..., n - 2 margin)``.
    moved
        ``(..., n)``.
    margin
        Samples left out at either end.
    gain
        Whether a gain is free.
    center
        Center frequencies of complex channels, in cycles per sample.
    """

    wanted: np.ndarray
    moved: np.ndarray
    margin: int
    gain: bool
    center: np.ndarray

    def at(self, shift: float) -> np.ndarray:
        """The moved array, inside."""
        end = self.moved.shape[-1] - self.margin
        if np.isnan(shift):
            return np.full_like(self.wanted, np.nan)
        if is_whole(shift):
            return np.asarray(self.moved[..., self.margin - round(shift) : end - round(shift)])
        wide = moved(self.moved, self.moved.ndim - 1, shift, "reflect", self.center)
        return wide[..., self.margin : end]

    def gain_at(self, shift: float) -> float:
        """The gain that fits best there: 1 where it is not free."""
        if not self.gain:
            return 1.0
        there = self.at(shift)
        return max(_inner(there, self.wanted), 0.0) / (_inner(there, there) or np.nan)

    def residual(self, shift: float) -> float:
        """Energy of the residual."""
        off = self.wanted - self.gain_at(shift) * self.at(shift)
        return _inner(off, off)

    def best(self, reach: float) -> float:
        """The shift of the least residual: whole samples first, then around the best of them."""
        from scipy import optimize

        most = int(rounded_down(reach))
        whole = np.arange(-most, most + 1)
        left = np.array([self.residual(float(shift)) for shift in whole])
        if not np.isfinite(left).all():
            return math.nan
        tried = {float(shift): float(energy) for shift, energy in zip(whole, left, strict=True)}
        for near in whole[np.argsort(left, kind="stable")[:_CANDIDATES]]:
            bounds = (max(near - 1.0, -reach), min(near + 1.0, reach))
            found = optimize.minimize_scalar(
                self.residual, bounds=bounds, method="bounded", options={"xatol": 1e-7}
            )
            tried[float(found.x)] = float(found.fun)
        return min(tried, key=lambda shift: tried[shift])


def _inner(a: np.ndarray, b: np.ndarray) -> float:
    """Real part of the inner product, in double precision."""
    return float(np.sum((np.conj(a) * b).real, dtype=np.float64))


def _whole_axis(y: xr.DataArray, dim: str, shift: float) -> xr.DataArray:
    """Translation by a sinc over the whole, mirrored axis: what the interpolator stands for."""
    place = int(y.get_axis_num(dim))
    values = promoted(y.to_numpy())
    if np.isnan(shift):
        return y.copy(data=np.full_like(values, np.nan))
    double = np.concatenate([values, np.flip(values, axis=place)], axis=place)
    moved = translated(double, place, shift, middle_of_band(bin_rule(y, dim)))
    return y.copy(data=np.take(moved, np.arange(y.sizes[dim]), axis=place))
