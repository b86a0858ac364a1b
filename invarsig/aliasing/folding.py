"""Folding: which frequencies of the lift coincide at one frequency of the output."""

from __future__ import annotations

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axis, axis_of, center_of, on_axes
from invarsig.errors import AxisError
from invarsig.operators.units import raised_attrs
from invarsig.spectra import image_numbers

__all__ = ["fold", "folded_share"]


def fold(x: xr.DataArray, dim: str, factor: int) -> xr.DataArray:
    """Split the power of a signal by the image it becomes when every s-th sample is kept.

    ``P[m, j] = |X[K]|² / (s² M)`` with ``K = j + q M`` the bins that fold onto output bin j, and m
    the number of output sampling rates between K and the frequency that j stands for. Image 0 is
    the baseband; all others fold. Summed over everything but image 0 this is the orbit variance of
    the subsampled signal.

    Parameters
    ----------
    x
        Labeled array, periodic along `dim`: a signal, or the lift of an operator.
    dim
        The axis that is decimated.
    factor
        Decimation factor s, which divides the number of samples.

    Returns
    -------
    xarray.DataArray
        Without `dim`, with "image" (whole numbers) and ``{dim}_frequency`` (the output's
        frequencies in cycles per unit; of complex channels, relative to their center). Its sum
        is the energy of a subsampled signal whose images do not interfere.

    Raises
    ------
    AxisError
        If `factor` does not divide the number of samples.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.cos(0.75 * np.pi * np.arange(16)), iv.Axis("x", unit="px", period=16.0))
    >>> iv.fold(x, "x", 2).sum("x_frequency").to_series().round(3).to_dict()
    {-1: 2.0, 0: 0.0, 1: 2.0}

    References
    ----------
    Oppenheim & Schafer, Discrete-time signal processing, section 4.6.
    """
    axis = axis_of(x, dim)
    factor = parameters.count(factor, f"The factor along {dim!r}")
    if axis.size % factor:
        raise AxisError(
            f"{axis.size} samples along {dim!r} are not a multiple of the factor {factor}; crop "
            "the axis."
        )
    coarse = axis.size // factor
    center = center_of(x, dim)
    numbers = image_numbers(axis.size, factor, center)
    half = factor // 2
    images = np.arange(-half, half + 1)
    # Output bins in rising order around the one nearest to the center.
    middle = np.rint(np.asarray(center) * factor * coarse).astype(int)
    order = (middle[..., None] + np.arange(coarse) - coarse // 2) % coarse

    # Bin of the fine spectrum at each image and output bin; where there is none, one beyond all.
    source = np.full((*numbers.shape[:-2], images.size, coarse), axis.size)
    fine = np.broadcast_to(np.arange(axis.size).reshape(factor, coarse), numbers.shape)
    np.put_along_axis(source, numbers + half, fine, axis=-2)
    source = np.take_along_axis(source, np.broadcast_to(order[..., None, :], source.shape), axis=-1)

    def folded(values: np.ndarray) -> np.ndarray:
        power = _powers(values)
        power /= factor**2 * coarse
        if source.ndim == 2:
            return np.asarray(power[..., source])
        flat = np.broadcast_to(source, (*values.shape[:-1], *source.shape[-2:]))
        gathered = np.take_along_axis(power, flat.reshape(*values.shape[:-1], -1), axis=-1)
        return gathered.reshape(flat.shape)

    step = 1 / (coarse * factor * abs(axis.step))
    frequency = Axis(f"{dim}_frequency", -(coarse // 2) * step, step, coarse, axis.frequency_unit)
    image = Axis("image", -float(half), 1.0, images.size, "1")
    out = on_axes(folded, x, (axis,), (image, frequency))
    out = out.assign_coords(image=images).rename("power")
    out.attrs = raised_attrs(x.attrs, 2)
    return out


def _powers(values: np.ndarray) -> np.ndarray:
    """Power of each bin along the last axis, and a zero after them."""
    from scipy import fft

    size, real = values.shape[-1], values.dtype.kind != "c"
    spectrum = fft.rfft(values, axis=-1) if real else fft.fft(values, axis=-1)
    there = spectrum.shape[-1]
    power = np.zeros((*values.shape[:-1], size + 1))
    np.square(spectrum.real, out=power[..., :there])
    power[..., :there] += spectrum.imag**2
    # Of a real signal bins k and size - k have the same power.
    power[..., there:size] = power[..., size - there : 0 : -1]
    return power


def folded_share(folded: xr.DataArray, dim: str) -> xr.DataArray:
    """Share of the power at each output frequency that has folded onto it, 0 to 1.

    Parameters
    ----------
    folded
        Result of `fold`.
    dim
        The axis that was decimated.

    Returns
    -------
    xarray.DataArray
        Over ``{dim}_frequency``; NaN where there is no power.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> wave = np.cos(2 * np.pi * 6 / 16 * np.arange(16))  # above the new Nyquist frequency
    >>> x = iv.label(wave, iv.Axis("x", unit="px", period=16.0))
    >>> op = iv.Subsample(stride={"x": 2})
    >>> share = folded_share(iv.fold(iv.lift(op, x, "x"), "x", 2), "x")
    >>> float(share.max().round(6))
    1.0
    """
    others = [d for d in folded.dims if d not in ("image", f"{dim}_frequency")]
    power = folded.sum(others, skipna=False)
    total = power.sum("image", skipna=False)
    return (
        (1 - power.sel(image=0) / total.where(total > 0))
        .clip(0, 1)
        .drop_vars("image")
        .rename("folded_share")
    )
