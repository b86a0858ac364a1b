"""Signals with a known spectrum, on which the effect of aliasing is visible.

Each takes the axes that it is defined on, so one call makes a sound, a picture or a spectrogram.
Frequencies are in the axis' own unit (Hz on seconds, cycles per pixel on pixels) and never above
Nyquist: a signal must be sampled cleanly before it can alias.

A chirp passes through every frequency once, clicks hold all of them at once, a grating holds one, a
zone plate shows each at its own place, and power-law noise has the spectrum of natural sounds and
pictures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axis, label
from invarsig.errors import ParameterError

__all__ = ["chirp", "clicks", "grating", "power_law_noise", "zone_plate"]


def chirp(axis: Axis, low: float, high: float) -> xr.DataArray:
    """Glide from one frequency to another.

    ``x(t) = sin(2 pi (low t + (high - low) t**2 / (2 T)))`` with t from the start of the axis
    and T its length: the frequency at t is ``low + (high - low) t / T``.

    Parameters
    ----------
    axis
        Axis of the signal, n samples long.
    low, high
        Frequency at its start and at its end, in the axis' unit of frequency (Hz on seconds).
        A glide may fall.

    Returns
    -------
    xarray.DataArray
        Shape (n,) over the axis' dim, in [-1, 1].

    Raises
    ------
    ParameterError
        If a frequency is negative or above Nyquist.

    Examples
    --------
    >>> x = chirp(Axis("time", step=1 / 8000, size=8000, unit="s"), 100.0, 4000.0)
    >>> x.sizes["time"], x.time.attrs["units"]
    (8000, 's')
    """
    _check_axes([axis])
    for name, frequency in (("low", low), ("high", high)):
        if frequency < 0:
            unit = axis.frequency_unit
            raise ParameterError(f"{name}={frequency:g} {unit} is negative; give 0 {unit} or more.")
        _check_frequency(axis, frequency, name)
    along = _from(axis, 0.0)
    turns = low * along + (high - low) * along**2 / (2 * axis.size * abs(axis.step))
    return label(np.sin(2 * np.pi * turns), axis, name="chirp")


def clicks(axis: Axis, every: float, *, first: float = 0.0) -> xr.DataArray:
    """Place a single sample of 1 at equal distances, in silence.

    ``x(t) = 1`` at ``t = first + k every``, with t from the start of the axis, else 0. Where the
    axis is periodic and its period is not a multiple of `every`, the last gap is a shorter one.

    Parameters
    ----------
    axis
        Axis of the signal, n samples long.
    every
        Distance between clicks, in the axis' unit: a whole number of samples.
    first
        Place of the first click after the start of the axis: a whole number of samples.

    Returns
    -------
    xarray.DataArray
        Shape (n,) over the axis' dim; 0 or 1.

    Raises
    ------
    ParameterError
        If a distance is not a whole number of samples, `every` is less than one, or no click falls
        on the axis.

    Examples
    --------
    >>> clicks(Axis("time", step=0.5, size=6, unit="s"), every=1.5, first=0.5).values.tolist()
    [0.0, 1.0, 0.0, 0.0, 1.0, 0.0]
    """
    _check_axes([axis])
    stride = _whole_samples(axis, every, "every")
    offset = _whole_samples(axis, first, "first")
    unit = axis.length_unit
    if stride < 1:
        raise ParameterError(
            f"every={every:g} {unit} along {axis.dim!r} is not a distance; give at least one "
            f"sample, {abs(axis.step):g} {unit}."
        )
    if not 0 <= offset < axis.size:
        raise ParameterError(
            f"first={first:g} {unit} does not lie on the axis {axis.dim!r}, which is "
            f"{axis.size * abs(axis.step):g} {unit} long; give a place on it."
        )
    values = np.zeros(axis.size)
    values[offset::stride] = 1.0
    return label(values, axis, name="clicks")


def grating(*axes: Axis, frequency: Mapping[str, float], phase: float = 0.0) -> xr.DataArray:
    """Draw a plane wave: one frequency along each axis.

    ``x = cos(2 pi (f_1 t_1 + f_2 t_2 + ...) + phase)`` with t_i the position along axis i. Over
    one axis it is a tone, over y and x a sine grating, over frequency and time a ripple. On a
    periodic axis it closes on itself if ``f_i * period`` is a whole number.

    Parameters
    ----------
    *axes
        Axes of the signal, n_1, n_2, ... samples long.
    frequency
        From dim to frequency in that axis' unit of frequency (cycles/px on pixels). A dim
        that is left out has 0; the sign gives the direction.
    phase
        In radians.

    Returns
    -------
    xarray.DataArray
        Shape (n_1, n_2, ...) over the axes' dims, in [-1, 1].

    Raises
    ------
    ParameterError
        If a frequency is above Nyquist, or names a dim that does not exist.

    Examples
    --------
    >>> y, x = Axis("y", size=2, unit="px"), Axis("x", size=4, unit="px", period=4.0)
    >>> grating(y, x, frequency={"x": 0.25}).round(9).values[0].tolist()
    [1.0, 0.0, -1.0, -0.0]
    """
    _check_axes(axes)
    dims = [axis.dim for axis in axes]
    unknown = [dim for dim in frequency if dim not in dims]
    if unknown:
        raise ParameterError(
            f"frequency names {unknown[0]!r}, but the axes are {', '.join(map(repr, dims))}."
        )
    for axis in axes:
        _check_frequency(axis, frequency.get(axis.dim, 0.0), "frequency")
    waves = [frequency.get(axis.dim, 0.0) * axis.positions() for axis in axes]
    return label(np.cos(2 * np.pi * _summed(waves) + phase), *axes, name="grating")


def zone_plate(*axes: Axis, high: float | None = None) -> xr.DataArray:
    """Draw rings whose frequency grows with the distance from the middle.

    ``x = cos(pi high r**2 / R)`` with r the distance from the middle sample (number ``n // 2``
    along each axis) and R half the length of the longest axis. The frequency along an axis at
    distance d along it is ``high d / R``: each place shows its own, up to `high`.

    Parameters
    ----------
    *axes
        Axes of the picture, n_1, n_2, ... samples long, all in one unit.
    high
        Frequency at distance R, in the axes' unit of frequency (cycles/px on pixels); by
        default the lowest Nyquist frequency of the axes.

    Returns
    -------
    xarray.DataArray
        Shape (n_1, n_2, ...) over the axes' dims, in [-1, 1].

    Raises
    ------
    ParameterError
        If the axes differ in unit, or `high` is not above 0 or is above Nyquist.

    Examples
    --------
    >>> picture = zone_plate(Axis("y", size=64, unit="px"), Axis("x", size=64, unit="px"))
    >>> float(picture.sel(y=32, x=32)), picture.dims
    (1.0, ('y', 'x'))
    """
    _check_axes(axes)
    units = {axis.length_unit for axis in axes}
    if len(units) > 1:
        raise ParameterError(
            f"A distance over axes in {' and '.join(sorted(map(repr, units)))} means nothing; "
            "give axes in one unit."
        )
    top = min(0.5 / abs(axis.step) for axis in axes) if high is None else high
    if not top > 0:
        unit = axes[0].frequency_unit
        raise ParameterError(f"high={top:g} {unit} makes no rings; give more than 0 {unit}.")
    for axis in axes:
        _check_frequency(axis, top, "high")
    radius = max(axis.size * abs(axis.step) for axis in axes) / 2
    squares = [_from(axis, axis.size // 2) ** 2 for axis in axes]
    return label(np.cos(np.pi * top * _summed(squares) / radius), *axes, name="zone_plate")


def power_law_noise(
    *axes: Axis,
    exponent: float = 1.0,
    channels: int | None = None,
    rng: np.random.Generator | int,
) -> xr.DataArray:
    """Draw Gaussian noise whose amplitude spectrum falls as a power of frequency.

    ``X[k] = W[k] |f[k]|**-exponent``, ``X[0] = 0``, with W the spectrum of white noise and ``|f|``
    the length of the vector of frequencies, each in cycles per *sample* of its axis (a vector of
    hertz and seconds has no length). 0 is white; 1 in amplitude, 2 in power, is that of natural
    pictures [1]_; 0.5 is "pink".

    Along a periodic axis the noise is exactly periodic. Along any other, noise of twice the
    length is cut in half, so that its ends do not meet.

    Parameters
    ----------
    *axes
        Axes of the noise, n_1, n_2, ... samples long.
    exponent
        Of the amplitude spectrum.
    channels
        Number of independent draws, along a dim "channel" in front; None gives one without
        that dim.
    rng
        Random generator, or a seed for one.

    Returns
    -------
    xarray.DataArray
        Shape ([channels,] n_1, n_2, ...), real; each channel has mean 0 and mean square 1.

    Raises
    ------
    ParameterError
        If there are fewer than two samples, `channels` is less than one, `exponent` is not
        finite or `rng` is None.

    References
    ----------
    .. [1] D. J. Field, "Relations between the statistics of natural images and the response
       properties of cortical cells", J. Opt. Soc. Am. A 4, 2379 (1987).
       https://doi.org/10.1364/JOSAA.4.002379

    Examples
    --------
    >>> around = [Axis(dim, size=64, unit="px", period=64.0) for dim in ("y", "x")]
    >>> noise = power_law_noise(*around, exponent=1.0, channels=4, rng=0)
    >>> dict(noise.sizes), noise.y.attrs["period"]
    ({'channel': 4, 'y': 64, 'x': 64}, 64.0)
    """
    _check_axes(axes)
    _check_noise(axes, exponent, channels, rng)
    made = [axis.size if axis.periodic else 2 * axis.size for axis in axes]
    over = tuple(range(1, len(axes) + 1))
    white = np.random.default_rng(rng).standard_normal((channels or 1, *made))
    spectrum = np.fft.rfftn(white, axes=over) * _power_law(made, exponent)
    whole = np.fft.irfftn(spectrum, s=made, axes=over)
    noise = whole[(slice(None), *(slice(axis.size) for axis in axes))]
    noise = noise - noise.mean(axis=over, keepdims=True)
    noise = noise / np.sqrt((noise**2).mean(axis=over, keepdims=True))
    if channels is None:
        return label(noise[0], *axes, name="power_law_noise")
    return label(noise, "channel", *axes, name="power_law_noise")


def _power_law(sizes: list[int], exponent: float) -> np.ndarray:
    """Gain of every bin of a real transform, 0 for the mean."""
    frequencies = [np.fft.fftfreq(size) for size in sizes[:-1]] + [np.fft.rfftfreq(sizes[-1])]
    squared = _summed([frequency**2 for frequency in frequencies])
    squared.flat[0] = 1.0
    gain = squared ** (-exponent / 2)
    gain.flat[0] = 0.0
    return np.asarray(gain / gain.max())


def _check_noise(
    axes: tuple[Axis, ...],
    exponent: float,
    channels: int | None,
    rng: np.random.Generator | int | None,
) -> None:
    """Refuse arguments that give no noise, or noise that cannot be drawn again."""
    if math.prod(axis.size for axis in axes) < 2:
        raise ParameterError("Noise without its mean needs at least two samples; give longer axes.")
    parameters.finite(exponent, "exponent")
    if channels is not None and channels < 1:
        raise ParameterError(f"channels={channels} leaves nothing; give at least 1.")
    if channels is not None and any(axis.dim == "channel" for axis in axes):
        raise ParameterError("An axis is named 'channel' already; rename it, or omit channels.")
    if rng is None:
        raise ParameterError("rng=None cannot be repeated; give a seed, or a numpy Generator.")


def _check_axes(axes: tuple[Axis, ...] | list[Axis]) -> None:
    """Refuse axes that no signal can be defined on."""
    if not axes:
        raise ParameterError("A signal needs at least one axis.")
    dims = [axis.dim for axis in axes]
    for axis in axes:
        if dims.count(axis.dim) > 1:
            raise ParameterError(f"The dim {axis.dim!r} is given twice; rename one axis.")
        if axis.size < 1:
            raise ParameterError(f"The axis {axis.dim!r} has {axis.size} samples; give it a size.")


def _check_frequency(axis: Axis, frequency: float, name: str) -> None:
    """Refuse a frequency that the axis cannot hold."""
    nyquist, unit = 0.5 / abs(axis.step), axis.frequency_unit
    if not abs(frequency) <= nyquist * (1 + 1e-12):
        raise ParameterError(
            f"{name}={frequency:g} {unit} is not within the Nyquist frequency of {axis.dim!r}, "
            f"{nyquist:g} {unit} at a step of {axis.in_words(abs(axis.step))}; lower it, or "
            "take a finer axis."
        )


def _whole_samples(axis: Axis, length: float, name: str) -> int:
    """Express a length in samples of the axis, whatever its direction."""
    step, unit = abs(axis.step), axis.length_unit
    samples = length / step
    if not math.isfinite(samples):
        raise ParameterError(f"{name}={length:g} {unit} along {axis.dim!r} is not a length.")
    if abs(samples - round(samples)) > 1e-6 * max(1.0, abs(samples)):
        below, above = math.floor(samples) * step, math.ceil(samples) * step
        raise ParameterError(
            f"{name}={length:g} {unit} along {axis.dim!r} is {samples:.6g} samples of {step:g} "
            f"{unit}; give a whole number of samples, {below:.9g} or {above:.9g} {unit}."
        )
    return round(samples)


def _from(axis: Axis, origin: float) -> np.ndarray:
    """Distances along the axis from its sample number `origin`, in its unit."""
    return abs(axis.step) * (np.arange(axis.size) - origin)


def _summed(parts: list[np.ndarray]) -> np.ndarray:
    """Outer sum: one dimension for each part."""
    total = np.zeros(())
    for part in parts:
        total = total[..., np.newaxis] + part
    return total
