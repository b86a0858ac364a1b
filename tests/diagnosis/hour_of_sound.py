"""Diagnose an hour of sound at 44.1 kHz, opened lazily, and print what it took.

Usage: python hour_of_sound.py FOLDER [MINUTES]
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import soundfile

import invarsig as iv

RATE = 44_100


def write(path: Path, minutes: float) -> None:
    """Noise whose level and color change every ten seconds, with a burst in the middle."""
    rng, parts = np.random.default_rng(0), int(6 * minutes)
    with soundfile.SoundFile(path, "w", RATE, 1, subtype="PCM_16") as sound:
        for number in range(parts):
            values = rng.standard_normal(10 * RATE) * (0.02 + 0.01 * (number % 5))
            sound.write(
                values + (0.3 * np.sin(np.arange(10 * RATE)) if number == parts // 2 else 0)
            )


def main() -> None:
    """Write it, diagnose it, and say how much memory and time that took."""
    minutes = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    path = Path(sys.argv[1]) / "hour.wav"
    write(path, minutes)
    pipeline = (
        iv.BlurPool(taps=5, stride={"time": 2}) >> iv.Relu() >> iv.MaxPool(window={"time": 2})
    )
    began, used = time.perf_counter(), time.process_time()
    x = iv.open_audio(path)
    found = iv.diagnose(pipeline, x, "time", shifts=[1 / RATE, 2.5 / RATE])["time"]
    said = {
        "samples": x.size,
        "segments": found.attrs["segments"],
        "measured": found["measured"].values.tolist(),
        "seconds": time.perf_counter() - began,
        "processor": time.process_time() - used,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
