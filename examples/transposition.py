"""Is a cello's note at another pitch the same, moved along log-frequency? Resampled, and played."""

from pathlib import Path

import numpy as np

import invarsig as iv

NOTES = Path(__file__).parents[1] / "data" / "instruments"

constant_q = iv.ConstantQ(
    low=82.4, bands=216, bands_per_octave=36, quality=17.0, hop=32 / 22050, boundary="zero",
    output="magnitude",
)  # fmt: skip


def spectrum(x):
    """Mean magnitudes over the middle 0.2 s."""
    y = constant_q(x)
    return y.isel(time=np.flatnonzero(abs(y.time - x.time.mean()) < 0.1)).mean("time")


low, high = (iv.read_audio(NOTES / f"cello_{midi:03}.flac") for midi in (52, 55))
up = iv.Transpose.in_semitones(3, origin=float(low.time.mean()))

for name, other in (("resampled", up(low)), ("really played", high)):
    found = iv.measures.best_translation(
        spectrum(other), spectrum(low), "frequency", most=0.9, gain=True
    )
    cents, level = 1200 * float(found.length), float(iv.decibels(found))
    print(f"E, {name} as G: fits best moved by {cents:.0f} cents, and is off by {level:.1f} dB")
