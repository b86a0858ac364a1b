"""The spectrum of a labeled array along one dim, with its frequencies in the axis' unit."""

from __future__ import annotations

import numpy as np
import xarray as xr

from invarsig.axes import axis_of, plain, promoted

__all__ = ["spectrum"]


def spectrum(x: xr.DataArray, dim: str) -> xr.DataArray:
    """Discrete Fourier transform along a dim: ``X_k = (1/n) sum_t x(t) exp(-2 pi i k t / n)``.

    Scaled so that a cosine of amplitude a is a / 2 at its frequency (a at 0 and at the Nyquist
    frequency), and so that ``sum |X_k|^2``, over all frequencies, is the mean of ``|x|^2``.

    Parameters
    ----------
    x
        Labeled array.
    dim
        Dim to transform; all others are kept.

    Returns
    -------
    xarray.DataArray
        Complex, over ``{dim}_frequency`` in place of `dim`: from 0 to the Nyquist frequency of a
        real array, from minus to plus that of a complex one; in `Axis.frequency_unit` (Hz where the
        axis is in seconds). Phases count from the first sample.

    Raises
    ------
    DimError
        If `x` has no such dim.
    AxisError
        If the axis is not uniform.

    Examples
    --------
    >>> import invarsig as iv
    >>> t = np.arange(8) / 8
    >>> x = iv.label(3 * np.cos(2 * np.pi * 2 * t), iv.Axis("time", step=1 / 8, unit="s"))
    >>> found = spectrum(x, "time")
    >>> found.time_frequency.values.tolist(), found.time_frequency.attrs["units"]
    ([0.0, 1.0, 2.0, 3.0, 4.0], 'Hz')
    >>> abs(found).values.round(12).tolist()
    [0.0, 0.0, 1.5, 0.0, 0.0]

    References
    ----------
    Oppenheim & Schafer (2010), Discrete-time signal processing, chapter 8.
    """
    from scipy import fft

    axis = axis_of(x, dim)
    values, place = promoted(plain(x, x.dims)), int(x.get_axis_num(dim))
    step = abs(axis.step)
    if axis.step < 0:
        values = np.flip(values, place)
    if values.dtype.kind == "c":
        found = fft.fftshift(fft.fft(values, axis=place), axes=place)
        frequencies = fft.fftshift(fft.fftfreq(axis.size, step))
    else:
        found = fft.rfft(values, axis=place)
        frequencies = fft.rfftfreq(axis.size, step)
    name = f"{dim}_frequency"
    dims = tuple(name if each == dim else each for each in x.dims)
    kept = {key: each.variable for key, each in x.coords.items() if dim not in each.dims}
    coordinate = xr.Variable(name, frequencies, {"units": axis.frequency_unit})
    out = xr.DataArray(found / axis.size, {**kept, name: coordinate}, dims, x.name)
    return out.assign_attrs(x.attrs)
