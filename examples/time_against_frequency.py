"""The same bank and pool along time and along frequency of a sentence: where does it fold more?"""

from pathlib import Path

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"
OUT = Path(__file__).parent / "output"

speech = iv.read_audio(DATA / "speech" / "goforward.flac")
spectrogram = iv.Spectrogram(window=0.032, hop=0.008, output="dB", floor=-60.0)
pipeline = spectrogram >> iv.gabor_pool("frequency", "time")

# Along frequency means the pipeline after the spectrogram, which creates that axis.
diagnosis = iv.diagnose(pipeline, speech, along=["time", "frequency"])
for dim, axis in diagnosis.axes.items():
    share = float(axis.folded_energy / axis.output_energy)
    print(f"along {dim}: {share:.2%} of the output's energy has folded")

OUT.mkdir(exist_ok=True)
print("Wrote", diagnosis.to_html(OUT / "time_against_frequency.html"))
