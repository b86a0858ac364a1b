"""Does a note recognizer hear a resampled note as transposed?

Needs `pip install onnxruntime` and `pip install --no-deps basic-pitch`.
"""

import numpy as np

import invarsig as iv
from invarsig.errors import MissingError
from invarsig.experiments import Collection
from invarsig.experiments.packaged_weights import NOTE_RECOGNIZER, OnnxNetwork
from invarsig.experiments.recognized_notes import heard, played_faster

try:
    recognizer = OnnxNetwork.of(NOTE_RECOGNIZER)
except MissingError as error:
    print(error)
    raise SystemExit from None

semitones = (0, 0.5, 1, 2, 5, 12)
for name, midi, path in Collection.found().notes("cello")[::4]:
    note = iv.read_audio(path, mono=True, rate=22050).to_numpy()[:20000]
    moved = [played_faster(note, each) for each in semitones]
    pages = [np.pad(each, (6000, 43844 - 6000 - len(each))) for each in moved]
    rest, *keys = heard(recognizer, pages).tolist()
    told = ", ".join(f"{k:g}: {key - rest:+d}" for k, key in zip(semitones[1:], keys, strict=True))
    print(f"{name} {midi}: heard as {rest}; semitones up and what is heard: {told}")
