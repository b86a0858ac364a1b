"""Which hop is safe for what? Power and its logarithm, from the window alone and on speech."""

from pathlib import Path

import numpy as np

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"
WINDOW = 512

speech = iv.read_audio(DATA / "speech" / "goforward.flac").isel(time=slice(0, 32768))
speech.time.attrs["period"] = 32768 / 16000

# What a hop folds is what lies beyond the band that it keeps, in a spectrogram at a finer hop.
fine = iv.Spectrogram.in_samples(speech, window=WINDOW, hop=8)(speech).isel(frequency=slice(1, -1))
shown = {"power": fine, "log": 10 * np.log10(fine / float(fine.max()) + 1e-8)}

for part in (2, 4, 8, 16):
    alone = 10 * np.log10(iv.aliasing.hop_folding("hann", WINDOW, hop=WINDOW // part))
    print(f"hop = window / {part}: {alone:.1f} dB from the window alone", end="")
    for name, y in shown.items():
        power = iv.fold(y - y.mean("time"), "time", WINDOW // part // 8)
        folded = 1 - power.sel(image=0).sum() / power.sum()
        print(f", {10 * np.log10(float(folded)):.1f} dB of the {name} of speech", end="")
    print()

quality = 1 / (2 ** (1 / 12) - 1)
print("safe at -40 dB: a hop of", iv.aliasing.safe_hop("hann", WINDOW, db=-40.0), "samples, and")
print(iv.aliasing.safe_bins_per_octave(quality, db=-40.0), "bins per octave at the quality of 12")
