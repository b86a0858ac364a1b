"""Folding: which frequencies of the lift meet in one frequency of the output."""

from __future__ import annotations

import numpy as np
import xarray as xr

from invarsig.axes import Axis, axis_of, center_of, on_axes
from invarsig.errors import AxisError
from invarsig.operators.fields import whole_number
from invarsig.spectra import fold_axis, image_numbers

__all__ = ["fold", "folded_share"]


def fold(x: xr.DataArray, dim: str, factor: int) -> xr.DataArray:
    """Split the power of a signal by the image it becomes when every s-th sample is kept.

    ``P[m, j] = |X[K]|² / (s² M)`` with ``K = j + q M`` the bins that fold onto output bin j, and m
    the number of output sampling rates between K and the frequency that j stands for. Image 0
    is the baseband; all others fold. Summed over everything but image 0 this is the orbit
    variance of the subsampled signal.

    Parameters
    ----------
    x
        Labelled array, periodic along `dim`: a signal, or the lift of an operator.
    dim
        The axis that is thinned.
    factor
        Every how many samples are kept (s); it divides the number of samples.

    Returns
    -------
    xarray.DataArray
        Without `dim`, with "image" (whole numbers) and ``{dim}_frequency`` (the output's
        frequencies in cycles per unit; of complex channels, relative to their centre). Its sum
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
    factor = whole_number(factor, f"The factor along {dim!r}")
    if axis.size % factor:
        raise AxisError(
            f"{axis.size} samples along {dim!r} are no multiple of the factor {factor}; crop the "
            "axis."
        )
    coarse = axis.size // factor
    center = center_of(x, dim)
    numbers = image_numbers(axis.size, factor, center)
    half = factor // 2
    images = np.arange(-half, half + 1)
    # Output bins in rising order around the one nearest to the centre.
    middle = np.rint(np.asarray(center) * factor * coarse).astype(int)
    order = (middle[..., None] + np.arange(coarse) - coarse // 2) % coarse

    def folded(values: np.ndarray) -> np.ndarray:
        from scipy import fft

        spectrum = fft.fft(values, axis=-1)
        power = fold_axis(spectrum.real**2 + spectrum.imag**2, factor) / (factor**2 * coarse)
        # Each image of an output bin is one of the bins that fold onto it.
        out = np.zeros((*power.shape[:-2], images.size, coarse))
        np.put_along_axis(out, np.broadcast_to(numbers + half, power.shape), power, axis=-2)
        places = np.broadcast_to(order[..., None, :], out.shape)
        return np.take_along_axis(out, places, axis=-1)

    step = 1 / (coarse * factor * abs(axis.step))
    frequency = Axis(f"{dim}_frequency", -(coarse // 2) * step, step, coarse, axis.frequency_unit)
    image = Axis("image", -float(half), 1.0, images.size, "1")
    out = on_axes(folded, x, (axis,), (image, frequency))
    return out.assign_coords(image=images).rename("power")


def folded_share(folded: xr.DataArray, dim: str) -> xr.DataArray:
    """Share of the power at each output frequency that has folded onto it, 0 to 1.

    Parameters
    ----------
    folded
        Result of `fold`.
    dim
        The axis that was thinned.

    Returns
    -------
    xarray.DataArray
        Over ``{dim}_frequency``; NaN where there is no power.
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
