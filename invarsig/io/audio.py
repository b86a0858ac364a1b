"""Recordings to labeled arrays: the time axis in seconds comes from the file's own rate.

What libsndfile reads it reads well; what it does not report is that a file is *cut off*, or longer
than it states: such a file silently decodes into a shorter recording. Here it is refused
(`audio_length` says what a file states, and `audio_section` compares it with what is decoded).
"""

from __future__ import annotations

import math
import os
from fractions import Fraction
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axis, label, lazy_labels
from invarsig.errors import ParameterError
from invarsig.io.audio_section import decoded
from invarsig.io.by_section import sections_of
from invarsig.io.recording import Recording
from invarsig.io.source import as_text, readable

__all__ = ["open_audio", "read_audio"]


def read_audio(
    path: str | os.PathLike[str],
    *,
    rate: float | None = None,
    mono: bool = False,
    start: float = 0.0,
    duration: float | None = None,
    dtype: Any = np.float64,
    max_bytes: int = 2**30,
) -> xr.DataArray:
    """Read a recording: WAV, AIFF, FLAC, Ogg (Vorbis and Opus) or MP3, by its content.

    ``x[k] = stored[k] / 2**(bits - 1)`` for integers of that many bits, in [-1, 1); stored
    floating-point numbers are kept unchanged.

    Parameters
    ----------
    path
        Path of the file.
    rate
        Resample to this rate, in Hz, with soxr's band-limited interpolation ("soxr_hq",
        through librosa), to all samples ``k / rate`` within the recording. None keeps the rate of
        the file.
    mono
        Mix the channels to their mean. By default they are kept.
    start, duration
        Section to read, in seconds, to the nearest sample. The axis keeps the recording's own
        time: it begins at `start`. A section that ends before the recording does is checked up to
        its own end, and no further.
    dtype
        float64 or float32. The default is float64, in which every measure of this package reaches
        its floor; 24-bit recordings fit either exactly.
    max_bytes
        The most bytes that the samples may take, by default 1 GiB: at 44.1 kHz that is 50 minutes
        of one channel in float64. A small file can hold many hours.

    Returns
    -------
    xarray.DataArray
        Dims ("time",) for one channel, ("channel", "time") for several. `time` is in seconds
        with ``units="s"``. Its name is the stem of the file's name, its attribute ``source``
        the file's name.

    Raises
    ------
    ReadError
        If the file is missing, empty, not a recording, damaged, or shorter or longer than it
        states; if nothing in it would tell (other containers and codings, an MP3 that does not
        count its frames); if it holds several recordings; or if it takes more than `max_bytes`. A
        WAV or FLAC that leaves its length open, as one from a pipe does, is read to its end.
    ParameterError
        If the section does not lie within the recording, or `rate` or `dtype` is not a rate or a
        type of signal.

    Examples
    --------
    >>> import soundfile, tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "two notes.wav"
    ...     soundfile.write(file, [[0.5, 0.0], [-0.25, 0.0], [0.0, 0.125]], 8000)
    ...     x = read_audio(file)
    >>> x.dims, x.name, x.values[0].tolist()
    (('channel', 'time'), 'two notes', [0.5, -0.25, 0.0])
    >>> x.time.values.tolist(), x.time.attrs["units"]
    ([0.0, 0.000125, 0.00025], 's')
    """
    precision = _precision(dtype)
    _check_request(rate, start, duration)
    max_bytes = parameters.count(max_bytes, "max_bytes", " bytes")
    file = readable(path)
    values, first, own_rate = decoded(file, start, duration, mono, precision, max_bytes)
    if rate is not None and rate != own_rate:
        values = _resampled(values, own_rate, float(rate), max_bytes)
    time = Axis("time", start=first / own_rate, step=1 / (rate or own_rate), unit="s")
    axes = (time,) if len(values) == 1 else ("channel", time)
    samples = values[0] if len(values) == 1 else values
    name = as_text(file.name)
    return label(samples, *axes, name=as_text(file.stem), attrs={"source": name})


def open_audio(
    path: str | os.PathLike[str],
    *,
    mono: bool = False,
    start: float = 0.0,
    duration: float | None = None,
    dtype: Any = np.float64,
    chunks: Any = None,
    max_bytes: int = 2**30,
) -> xr.DataArray:
    """Open a recording without reading it: sections of it are decoded when they are used.

    ``open_audio(path).isel(time=slice(a, b)).load()`` holds the samples of
    ``read_audio(path).isel(time=slice(a, b))``, to the last bit. Hours of sound take no memory, nor
    do their labels, which are computed where they are read.

    The file is checked as by `read_audio`: what it states of itself when it is opened, and that
    neither less nor more is there when its end is first read. WAV, AIFF, FLAC and Ogg Vorbis are
    sought. MP3, Opus and blocks of ADPCM are decoded in order, so that sections in order take one
    pass, and others begin anew. A file that leaves its length open is decoded once, to count.

    Parameters
    ----------
    path, mono, start, duration, dtype
        As for `read_audio`.
    chunks
        Sizes of chunks, such as ``{"time": 2**20}``: then the values are a dask array, which
        operators keep lazy. None leaves them to be read as xarray reads a file.
    max_bytes
        The most bytes that one section may take, by default 1 GiB: `load` of more is refused.

    Returns
    -------
    xarray.DataArray
        Lazy, with the dims, coordinates, name and attributes that `read_audio` gives.

    Raises
    ------
    ReadError
        As `read_audio` does; where a section is used, if it is cut off, if the file has changed
        since, or if the section takes more than `max_bytes`.
    ParameterError
        If the section does not lie within the recording, or `dtype` is not a type of signal.

    Examples
    --------
    >>> import soundfile, tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "ramp.wav"
    ...     soundfile.write(file, np.arange(8000) / 2**15, 8000)
    ...     x = open_audio(file)
    ...     section = x.isel(time=slice(4000, 4003)).load()
    >>> x.sizes["time"], (section.values * 2**15).tolist(), section.time.values.tolist()
    (8000, [4000.0, 4001.0, 4002.0], [0.5, 0.500125, 0.50025])
    """
    precision = _precision(dtype)
    _check_request(None, start, duration)
    limit = parameters.count(max_bytes, "max_bytes", " bytes")
    file = readable(path)
    found = Recording.opened(file, start, duration, mono, precision, limit)
    step = 1 / found.rate
    time = Axis("time", start=found.first / found.rate, step=step, size=found.count, unit="s")
    dims = ("time",) if found.channels == 1 else ("channel", "time")
    out = xr.DataArray(
        sections_of(found, dims),
        lazy_labels(time),
        name=as_text(file.stem),
        attrs={"source": as_text(file.name)},
    )
    return out if chunks is None else out.chunk(chunks)


def _precision(dtype: Any) -> np.dtype[Any]:
    """Type of the samples: single or double precision."""
    try:
        precision: np.dtype[Any] = np.dtype(dtype)
    except TypeError as error:
        raise ParameterError(
            f"dtype={dtype!r} is not a type; give 'float64' or 'float32'."
        ) from error
    if precision not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise ParameterError(
            f"dtype={precision} is not a type of samples; give 'float64' or 'float32'."
        )
    return precision


def _check_request(rate: float | None, start: float, duration: float | None) -> None:
    """Check the rate, time and length before a file is opened."""
    if rate is not None:
        parameters.positive(rate, "rate", " Hz", wanted="a sampling rate above 0 Hz")
    parameters.finite(start, "start", " s", least=0, wanted="0 s or later, in the recording")
    if duration is not None:
        parameters.positive(duration, "duration", " s", wanted="a length above 0 s")


def _resampled(values: np.ndarray, own_rate: int, rate: float, max_bytes: int) -> np.ndarray:
    """Resample to another rate: every sample whose time lies within the recording.

    ``ceil(n rate / own_rate)`` samples, in exact arithmetic.
    """
    import librosa

    ratio = Fraction(rate) / own_rate
    count = math.ceil(values.shape[-1] * ratio)
    if values.shape[-1] * ratio < 1:
        raise ParameterError(
            f"At rate={rate:g} Hz a recording of {values.shape[-1] / own_rate:g} s has no sample "
            "left; give a higher rate."
        )
    if len(values) * count * values.itemsize > max_bytes:
        raise ParameterError(
            f"At rate={rate:g} Hz {count} samples of {len(values)} channels would take more than "
            f"max_bytes={max_bytes:,}; give a lower rate, or allow more bytes."
        )
    # soxr rounds the length: behind zeros, which it assumes there anyway, the last sample is kept.
    padded = np.pad(values, ((0, 0), (0, math.ceil(1 / ratio) + 1)))
    out = librosa.resample(
        padded, orig_sr=own_rate, target_sr=rate, res_type="soxr_hq", axis=-1, fix=False
    )
    return np.ascontiguousarray(out[:, :count])
