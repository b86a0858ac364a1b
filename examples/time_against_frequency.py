"""Delay a sentence, or raise its pitch: does its spectrogram move along the axis?"""

from pathlib import Path

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"

speech = iv.read_audio(DATA / "speech" / "goforward.flac").isel(time=slice(8000, 24000))
speech.time.attrs["period"] = 1.0  # make it periodic: then the theory is exact

power = iv.Spectrogram(window=0.032, hop=0.008)
for hops in (1.0, 0.5):
    error = iv.equivariance_error(power, speech, iv.Translate(time=0.008 * hops))
    print(f"Delayed by {hops} hops, it is off by {float(error):.2g} of its spectrogram, moved.")

del speech.time.attrs["period"]  # a shortened axis is not periodic
up = iv.Transpose.in_semitones(3, origin=float(speech.time.mean()))
shorter = iv.Transpose(up.octaves, up.origin, frequency=())  # the same in time alone

common = {"hop": 0.002, "boundary": "zero", "output": "magnitude"}
axes = {
    "linear": ("frequency", iv.Spectrogram(window=0.064, **common), 90.0),
    "mel": ("mel", iv.MelSpectrogram(window=0.064, bands=128, **common), 1.3),
    "log": ("frequency", iv.ConstantQ(low=65.4, bands=80, **common), 0.5),
}
for name, (dim, front_end, most) in axes.items():
    pair = [front_end(up(speech)), shorter.on_output(front_end(speech))]
    middle = [each.sel(time=abs(each.time - up.origin) < 0.3) for each in pair]
    error = iv.measures.best_translation(*middle, dim, most=most)
    print(f"Raised by 3 semitones, along a {name} axis no translation fits better than", end=" ")
    print(f"{float(iv.decibels(error)):.1f} dB")
