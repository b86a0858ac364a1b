"""How large may the hop of a spectrogram be? The folded share of real speech at four hops."""

from pathlib import Path

import numpy as np

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"

speech = iv.read_audio(DATA / "speech" / "goforward.flac").isel(time=slice(0, 40960))
speech.time.attrs["period"] = 40960 / 16000

for part in (2, 4, 8, 16):
    op = iv.Spectrogram.in_samples(speech, window=512, hop=512 // part)
    orbit = iv.orbit(op, speech, "time")
    power = op(speech)
    moving = ((power - power.mean("time")) ** 2).sum()
    share = 10 * np.log10(float(orbit.folded_energy.sum() / moving))
    print(f"hop = window / {part}: {share:.1f} dB of what fluctuates has folded")
