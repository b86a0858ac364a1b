"""Front ends for sound, adapted to the sampling rate, in decibels."""

from __future__ import annotations

import math

import xarray as xr

from invarsig import parameters
from invarsig.axes import LengthLike, axis_of, in_axis_unit, read_length
from invarsig.errors import ParameterError
from invarsig.models.seconds import require_seconds
from invarsig.operators import ConstantQ, Decibel, MelSpectrogram, Operator

__all__ = ["cqt", "log_mel"]


def _whole(x: xr.DataArray, over: str, given: LengthLike, what: str) -> float:
    """The nearest length that is a whole number of samples, at least one."""
    axis, said = axis_of(x, over), f"{what} along {over!r}"
    length = in_axis_unit(read_length(given, said, wanted="a length above 0"), axis)
    parameters.positive(length, said, wanted="a length above 0")
    return max(round(length / abs(axis.step)), 1) * abs(axis.step)


def log_mel(
    x: xr.DataArray,
    *,
    window: LengthLike = 0.025,
    hop: LengthLike = 0.01,
    bands: int = 40,
    floor: float = -80.0,
    over: str = "time",
) -> Operator:
    """Log-mel spectrogram: powers of mel bands, in dB.

    Window and hop are rounded to whole samples of `x`. A hop of two fifths of the window, the usual
    one, is not safe for shifts between its multiples: see `safe_hop`.

    Parameters
    ----------
    x
        Labeled sound; only its sampling rate is read.
    window, hop
        In seconds, or with a unit, "25 ms".
    bands
        Number of mel bands from 0 to the Nyquist frequency.
    floor
        Levels below are raised to it, in dB of full scale.
    over
        The dim of time.

    Returns
    -------
    Operator
        Of sound along `over`, to levels in dB over mel bands and time.

    Raises
    ------
    AxisError
        If time is in another unit than seconds.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.zeros(11025), iv.Axis("time", step=1 / 11025, unit="s"))
    >>> y = log_mel(x)(x)
    >>> dict(y.sizes), float(y.max())
    ({'mel': 40, 'time': 98}, -80.0)

    References
    ----------
    Davis & Mermelstein (1980), doi:10.1109/TASSP.1980.1163420.
    """
    require_seconds(x, over, "log_mel")
    lengths = _whole(x, over, window, "window"), _whole(x, over, hop, "hop")
    return MelSpectrogram(*lengths, bands, over=over) >> Decibel(floor=floor)


def cqt(
    x: xr.DataArray,
    *,
    low: float = 32.70319566257483,
    octaves: int = 7,
    bands_per_octave: int = 12,
    hop: LengthLike = 0.01,
    floor: float = -80.0,
    over: str = "time",
) -> Operator:
    """Constant-Q spectrogram: magnitudes of bins evenly in octaves, in dB.

    Of the requested octaves, the bins that stay below the Nyquist frequency of `x` are used. The
    hop is rounded to whole samples.

    Parameters
    ----------
    x
        Labeled sound; only its sampling rate is read.
    low
        Lowest frequency in Hz (the axis' unit of frequency); by default the note C1.
    octaves, bands_per_octave
        Largest number of octaves, and bins in each.
    hop
        In seconds (the unit of the axis), or with a unit.
    floor
        Levels below are raised to it, in dB.
    over
        The dim of time.

    Returns
    -------
    Operator
        Of sound along `over`, to levels in dB over octaves and time.

    Raises
    ------
    ParameterError
        If not even the lowest bin lies below the Nyquist frequency.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> time = iv.Axis("time", step=1 / 4000, unit="s", period=1.0)
    >>> x = iv.label(np.cos(2 * np.pi * 440 * np.arange(4000) / 4000), time)
    >>> y = cqt(x, low=110.0)(x)
    >>> y.sizes["frequency"], float(y.mean("time").idxmax().round(6))
    (50, 440.0)

    References
    ----------
    Brown (1991), doi:10.1121/1.400476.
    """
    nyquist = 0.5 / abs(axis_of(x, over).step)
    # A bin reaches as far beyond its frequency as the next one.
    highest = math.floor(bands_per_octave * math.log2(nyquist / low) - 1 + 1e-9)
    if highest < 0:
        raise ParameterError(
            f"The lowest bin, at {low:g}, reaches beyond the Nyquist frequency of {nyquist:g} "
            f"along {over!r}; give a lower low."
        )
    bands = min(octaves * bands_per_octave, highest + 1)
    transform = ConstantQ(
        low,
        bands,
        bands_per_octave,
        hop=_whole(x, over, hop, "hop"),
        output="magnitude",
        over=over,
    )
    return transform >> Decibel(of="amplitude", floor=floor)
