"""The orbit: all outputs as the input moves through one stride, each shifted back."""

from __future__ import annotations

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.folding import fold
from invarsig.aliasing.lift import default_divisor, folding_explains, lift, total_stride
from invarsig.axes import center_of, promoted
from invarsig.errors import ParameterError
from invarsig.kernels.interpolation import is_whole
from invarsig.kernels.levels import exponent_of
from invarsig.operators import Operator
from invarsig.operators.base import require_operator
from invarsig.operators.units import raised_attrs
from invarsig.spectra import phases

__all__ = ["is_too_faint", "mean_and_variance", "orbit", "shifted_back"]

# Exponent of two of the faintest squares that keep their digits.
_FAINTEST = -900


def orbit(op: Operator, x: xr.DataArray, dim: str, *, divisor: int | None = None) -> xr.Dataset:
    """Measure the orbit of an operator along a periodic axis, beside its spectrum's prediction.

    The orbit is ``o_k = T_-k/S f(T_k x)`` for k = 0 ... S - 1. Its mean is the unfolded baseband of
    the lift Z, and its variance is exactly the folded energy of Z:
    ``sum_n var[n] = sum_j sum_(m != 0) |Z[K_m(j)]|² / (S² M)``. The variance is measured by
    shifting, the folded energy comes from the lift's spectrum: two routes to one number.

    Shifts back use the one-sided phasor in the Nyquist bin (`invarsig.spectra`), so the identity
    holds in every bin.

    Parameters
    ----------
    op
        Operator or pipeline of total stride S along `dim`.
    x
        Labeled array, periodic along `dim`.
    dim
        The axis to move along.
    divisor
        Move by multiples of this divisor r of S; the identity holds for each. By default an
        eighth of the hop for a front end, and 1 otherwise.

    Returns
    -------
    xarray.Dataset
        ``orbit_mean`` and ``variance`` over the dims of ``op(x)``; ``folded_energy`` over
        ``{dim}_frequency`` in place of `dim`; ``explained_error``, see `folding_explains`.
        Variance and folded energy are comparable after summing over `dim` and
        ``{dim}_frequency``.

    Raises
    ------
    AxisError
        If the axis is not periodic.
    UnexplainedError
        If a rate goes up, so that there is no lift: `images` splits such outputs.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.random.default_rng(1).standard_normal(24), iv.Axis("x", period=24.0))
    >>> o = iv.orbit(iv.MaxPool(window={"x": 4}), x, "x")
    >>> bool(np.isclose(o.variance.sum(), o.folded_energy.sum(), rtol=1e-12))
    True
    """
    require_operator(op)
    op = op.on(x)
    stride = total_stride(op, x, dim)
    step = default_divisor(op, x, dim) if divisor is None else divisor
    if step < 1 or stride % step:
        raise ParameterError(
            f"The divisor {step} does not divide the total stride {stride} along {dim!r}."
        )
    count = stride // step
    first = op(x)
    spread = first.real.assign_attrs()
    spread.attrs = raised_attrs(first.attrs, 2)
    mean, variance = mean_and_variance(op, x, dim, step, first)
    folded = fold(lift(op, x, dim, divisor=step), dim, count)
    images = folded.image.values
    energy = folded.isel(image=np.flatnonzero(images != 0)).sum("image", skipna=False)
    check = folding_explains(op, x, dim)
    if is_too_faint(first) or not np.isfinite(variance).all():
        # Squares that lie outside the range of floating point say nothing.
        variance, energy = np.full_like(variance, np.nan), energy * np.nan
    real = not np.iscomplexobj(first)
    return xr.Dataset(
        {
            "orbit_mean": first.copy(data=mean.real if real else mean),
            "variance": spread.copy(data=variance),
            "folded_energy": energy,
            "explained_error": check.variable,
        },
        attrs={
            "dim": dim,
            "stride": stride,
            "divisor": step,
            "explained": check.attrs["explained"] and bool(np.isfinite(variance).all()),
        },
    )


def mean_and_variance(
    op: Operator, x: xr.DataArray, dim: str, step: int, first: xr.DataArray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of an orbit over multiples of a step, by shifting; `first` is ``op(x)``."""
    count = total_stride(op, x, dim) // step
    start = _wide(first)
    # Deviations from the first output: their variance loses nothing to a large mean.
    total = np.zeros_like(start)
    squares = np.zeros(start.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(1, count):
            y = op(Translate.in_samples(x, {dim: k * step})(x))
            away = shifted_back(y, dim, k / count) - start
            total += away
            squares += away.real**2 + away.imag**2
        variance = np.maximum(squares / count - np.abs(total / count) ** 2, 0.0)
    return start + total / count, variance


def is_too_faint(y: xr.DataArray) -> bool:
    """Whether squares of a result lie below the range of floating point, and say nothing."""
    level = int(exponent_of(promoted(y.to_numpy())).ravel()[0])
    return 2 * level < _FAINTEST


def _wide(y: xr.DataArray) -> np.ndarray:
    return promoted(y.to_numpy()).astype(np.complex128)


def shifted_back(y: xr.DataArray, dim: str, shift: float) -> np.ndarray:
    """Translate back by any number of output samples, with the one-sided phasor: a group."""
    from scipy import fft

    place = int(y.get_axis_num(dim))
    if is_whole(shift):
        return np.roll(_wide(y), -round(shift), axis=place)
    spectrum = np.moveaxis(fft.fft(_wide(y), axis=place), place, -1)
    turn = phases(y.sizes[dim], -shift, center=center_of(y, dim))
    return np.moveaxis(fft.ifft(spectrum * turn, axis=-1), -1, place)
