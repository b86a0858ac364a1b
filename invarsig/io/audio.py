"""Recordings to labeled arrays: the time axis in seconds comes from the file's own rate.

What libsndfile reads it reads well; what it does not report is that a file is *cut off*: such a
file silently decodes into a shorter recording. Here it is refused (`audio_length` explains how it
is detected).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axis, label
from invarsig.errors import ParameterError, ReadError
from invarsig.io.audio_length import length_promise
from invarsig.io.source import as_text, readable

__all__ = ["read_audio"]


def read_audio(
    path: str | os.PathLike[str],
    *,
    rate: float | None = None,
    mono: bool = False,
    start: float = 0.0,
    duration: float | None = None,
    dtype: Any = np.float64,
) -> xr.DataArray:
    """Read a recording: WAV, FLAC, OGG, MP3 and whatever else libsndfile knows.

    ``x[k] = stored[k] / 2**(bits - 1)`` for integers of that many bits, in [-1, 1); stored
    floating-point numbers are kept unchanged.

    Parameters
    ----------
    path
        Path of the file.
    rate
        Resample to this rate, in Hz, with soxr's band-limited interpolation ("soxr_hq",
        through librosa). None keeps the rate of the file.
    mono
        Mix the channels to their mean. By default they are kept.
    start, duration
        Section to read, in seconds, to the nearest sample. The axis keeps the recording's own
        time: it begins at `start`.
    dtype
        float64 or float32. The default is float64, in which every measure of this package reaches
        its floor; 24-bit recordings fit either exactly.

    Returns
    -------
    xarray.DataArray
        Dims ("time",) for one channel, ("channel", "time") for several. `time` is in seconds
        with ``units="s"``. Its name is the stem of the file's name, its attribute ``source``
        the file's name.

    Raises
    ------
    ReadError
        If the file is missing, empty, not a recording, damaged, or shorter than its header states
        (an MP3 of constant bit rate without a frame count states nothing), or is an MP3 of variable
        bit rate without a frame count.
    ParameterError
        If the section does not lie within the recording, or `rate` or `dtype` is not a rate or a
        type of signal.

    Examples
    --------
    >>> import soundfile, tempfile
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
    file = readable(path)
    values, first, own_rate = _decoded(file, start, duration, precision)
    if mono:
        values = values.mean(axis=0, keepdims=True)
    if rate is not None and rate != own_rate:
        values = _resampled(values, own_rate, rate)
    time = Axis("time", start=first / own_rate, step=1 / (rate or own_rate), unit="s")
    axes = (time,) if len(values) == 1 else ("channel", time)
    samples = values[0] if len(values) == 1 else values
    name = as_text(file.name)
    return label(samples, *axes, name=as_text(file.stem), attrs={"source": name})


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


def _decoded(
    file: Path, start: float, duration: float | None, dtype: np.dtype[Any]
) -> tuple[np.ndarray, int, int]:
    """Decode a section: samples (channel, time), the number of its first frame, the rate."""
    import soundfile

    try:
        with file.open("rb") as content:
            promise = length_promise(content)
        # soundfile cannot encode a name that is not UTF-8; Windows has no such names.
        name = os.fsencode(file) if os.name == "posix" else str(file)
        with soundfile.SoundFile(name) as sound:
            if promise.broken:
                raise ReadError(f"The file {str(file)!r} {promise.broken}.")
            if sound.frames == 0:
                raise ReadError(f"The file {str(file)!r} holds no samples; export it again.")
            first, count = _section(file, sound.frames, sound.samplerate, start, duration)
            # The MP3 decoder seeks by a table of hundredths, and lands only near the frame.
            skipped = first if sound.format == "MP3" else 0
            sound.seek(first - skipped)
            values = sound.read(skipped + count, dtype=dtype.name, always_2d=True).T[:, skipped:]
            if values.shape[1] < count and promise.counted:
                there = first + values.shape[1]
                raise ReadError(
                    f"The file {str(file)!r} is cut off: it states {sound.frames} samples and "
                    f"ends after {there}. Fetch it again."
                )
            return np.ascontiguousarray(values), first, int(sound.samplerate)
    except (ReadError, ParameterError):
        raise
    # soundfile raises its own RuntimeErrors, and TypeErrors for a file that is named ".raw".
    except (OSError, RuntimeError, TypeError, ValueError, MemoryError) as error:
        raise ReadError(
            f"The file {str(file)!r} cannot be decoded as sound ({error}): it is damaged, cut off "
            "or not a recording. Fetch it again, or convert it to WAV or FLAC."
        ) from error


def _section(
    file: Path, frames: int, rate: int, start: float, duration: float | None
) -> tuple[int, int]:
    """First frame and number of frames of a section."""
    first = round(start * rate)
    count = frames - first if duration is None else round(duration * rate)
    if duration is not None and count == 0:
        raise ParameterError(
            f"duration={duration:g} s is less than one sample of {1 / rate:g} s; give more."
        )
    if first >= frames or first + count > frames:
        end = "its end" if duration is None else f"{start + duration:g} s"
        raise ParameterError(
            f"The section from {start:g} s to {end} does not lie within {str(file)!r}, which lasts "
            f"{frames / rate:g} s; choose start and duration within it."
        )
    return first, count


def _resampled(values: np.ndarray, own_rate: int, rate: float) -> np.ndarray:
    """Resample to another rate."""
    import librosa

    out = librosa.resample(values, orig_sr=own_rate, target_sr=rate, res_type="soxr_hq", axis=-1)
    if out.shape[-1] == 0:
        raise ParameterError(f"At rate={rate:g} Hz no sample is left; give a higher rate.")
    return np.asarray(out)
