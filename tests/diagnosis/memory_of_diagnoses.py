"""Diagnose in limited memory, and print what was allowed and what it took.

Usage: python memory_of_diagnoses.py PIPELINE SAMPLES MEGABYTES
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import numpy as np

import invarsig as iv

RATE = 16_000


def resident() -> int:
    """Bytes of this process that are in memory."""
    return 4096 * int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])


def pool(_x):
    """Blur, rectify, pool."""
    return iv.BlurPool(taps=5, stride={"time": 2}) >> iv.Relu() >> iv.MaxPool({"time": 4})


def spectra(x):
    """Windows of 16 ms, and a pool over time."""
    return iv.Spectrogram.in_samples(x, window=256, hop=64) >> iv.MaxPool({"time": 2})


def mel(x):
    """Log-mel features."""
    return iv.models.log_mel(x)


def bank(_x):
    """Six Gabor filters, their moduli, a pool."""
    frequencies = np.geomspace(200.0, 3000.0, 6)
    return iv.MorletBank("time", frequencies) >> iv.Modulus() >> iv.MeanPool({"time": 16})


def own(_x):
    """A function that invarsig cannot look into."""
    return iv.Apply(lambda values: np.sqrt(np.abs(values) + 1e-3)) >> iv.MaxPool({"time": 4})


def maps(_x):
    """Maps, one after the other, pooled along the longitude."""
    return iv.GaussianBank({"lon": [3.0, 6.0]}) >> iv.MaxPool({"lon": 2})


PIPELINES = {each.__name__: each for each in (pool, spectra, mel, bank, own, maps)}


def signal(name: str, size: int):
    """Noise over time, or maps of noise."""
    values = np.random.default_rng(0).standard_normal(size)
    if name != "maps":
        return iv.label(values, iv.Axis("time", step=1 / RATE, unit="s"))
    axis = iv.Axis("lon", step=1.0, unit="degrees_east")
    return iv.label(values[: size // 512 * 512].reshape(-1, 4, 128), "item", "lat", axis)


def main() -> None:
    """Diagnose, and print."""
    name, size, allowed = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) * 1e6
    x = signal(name, size)
    op, along = PIPELINES[name](x), "lon" if name == "maps" else "time"
    shifts = [float(abs(iv.axis_of(x, along).step)) * k for k in (1, 2.5)]
    iv.diagnose(op, signal(name, 8192), along, shifts=shifts)  # loads the libraries
    before, peak, done = resident(), [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.002):
            peak[0] = max(peak[0], resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    told = {"allowed": allowed, "input": x.nbytes}
    try:
        found = iv.diagnose(op, x, along, shifts=shifts, max_memory=allowed)
        told["notes"] = found.tree["input_1"].attrs["notes"].splitlines()[0]
        told["segments"] = int(found[along].attrs.get("segments", 1))
    except iv.errors.ParameterError as error:
        told["refused"] = str(error)
    done.set()
    watcher.join()
    sys.stdout.write(json.dumps(told | {"peak": peak[0] - before}) + "\n")


if __name__ == "__main__":
    main()
