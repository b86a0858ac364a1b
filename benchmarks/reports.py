"""Whole reports as processes, to be compared with those of another revision (``--against``)."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.process_row import Command, Commands, ProcessRow

DATA = Path(__file__).parents[1] / "data"
RATE, SECONDS = 44100, 300
MINUTE = """
import invarsig as iv
axis = iv.Axis("time", step=1 / 22050, size=22050 * 60, unit="s")
x = iv.power_law_noise(axis, exponent=0.5, rng=1)
spectrogram = iv.Spectrogram.in_samples(x, window=1024, hop=256, output="dB", floor=-60.0)
iv.diagnose(spectrogram >> iv.models.gabor_pool("frequency", "time") >> iv.Tanh(), x, "time")
"""


def rows() -> Iterator[ProcessRow]:
    """Reports of short inputs and of a long one, and a diagnosis alone."""
    short = {"CPU": 0.33, "peak memory": 0.4}
    yield ProcessRow("report of a recording and a picture", _report_of_both, short, runs=3)
    long = {"CPU": 0.25, "peak memory": 0.4}
    yield ProcessRow("report of five minutes of stereo", _report_of_five_minutes, long, runs=2)
    minute = Commands(Command([sys.executable, "-c", MINUTE]), {})
    yield ProcessRow("diagnosis of a minute of sound", lambda: minute, {}, runs=2)


def _report_of_both() -> Commands:
    """The example of the README."""
    return _report([DATA / "speech/goforward.flac", DATA / "images/camera.png"])


def _report_of_five_minutes() -> Commands:
    """Music and speech, one after the other and again from the start, mixed to two channels."""
    import soundfile as sf

    parts = []
    for path in sorted([*DATA.glob("music/*.flac"), *DATA.glob("speech/*.flac")]):
        values, rate = sf.read(path, dtype="float32", always_2d=True)
        places = np.arange(len(values) * RATE // rate) * rate / RATE
        parts.append(np.interp(places, np.arange(len(values)), values.mean(axis=1)))
    sound = np.resize(np.concatenate(parts), RATE * (SECONDS + 1))
    early, late = sound[: RATE * SECONDS], sound[RATE:]
    stereo = np.stack([0.7 * early + 0.3 * late, 0.4 * early - 0.5 * late], axis=1)
    path = Path(tempfile.mkdtemp()) / "five-minutes.wav"
    sf.write(path, 0.9 * stereo / np.abs(stereo).max(), RATE, subtype="PCM_16")
    return _report([path])


def _report(inputs: list[Path]) -> Commands:
    out = Path(tempfile.mkdtemp()) / "report.html"
    given = [str(path) for path in inputs]
    return Commands(
        Command([sys.executable, "-m", "invarsig", "report", *given, "--out", str(out)]), {}
    )
