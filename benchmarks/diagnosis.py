"""How long the diagnosis of a minute of sound takes, and how much memory.

A recording of 60 s at 22.05 kHz through five stages: a spectrogram with windows of 1024 samples, a
bank of 8 filters, modulus, max pool and tanh. The default shifts along time, worked by segments.
"""

from __future__ import annotations

import resource
import time

import invarsig as iv

RATE, SECONDS = 22050, 60


def main() -> None:
    axis = iv.Axis("time", step=1 / RATE, size=RATE * SECONDS, unit="s")
    x = iv.power_law_noise(axis, exponent=0.5, rng=1)
    spectrogram = iv.Spectrogram.in_samples(x, window=1024, hop=256, output="dB", floor=-60.0)
    op = spectrogram >> iv.models.gabor_pool("frequency", "time") >> iv.Tanh()
    op(x.isel(time=slice(RATE)))  # compiled, and memory warm
    started, worked = time.perf_counter(), time.process_time()
    found = iv.diagnose(op, x, "time")
    took, work = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    segments = found["time"].attrs["segments"]
    print(
        f"{SECONDS} s of sound, {len(op)} stages, {segments} segments: {took:.1f} s, "
        f"{work:.1f} s of the processors, {peak:.2f} GiB"
    )


if __name__ == "__main__":
    main()
