"""How far may speech move along frequency before a trained detector stops hearing it?

Needs `pip install 'invarsig[models]'`.
"""

import numpy as np

import invarsig as iv
from invarsig.errors import MissingError
from invarsig.experiments import Collection
from invarsig.experiments.detected_speech import answers_of
from invarsig.experiments.packaged_weights import SPEECH_DETECTOR, OnnxNetwork

try:
    detector = OnnxNetwork.of(SPEECH_DETECTOR)
except MissingError as error:
    print(error)
    raise SystemExit from None

path = Collection.found().paths("speech")[0]
speech = iv.read_audio(path, mono=True, rate=16000)
shifts = (0, 25, 100, 400, 1600)
moved = [iv.FrequencyShift(float(hertz))(speech).to_numpy() for hertz in shifts]
rest, *others = answers_of(detector, np.stack(moved))
print(f"{path.stem}: speech in {rest.mean():.0%} of the blocks of 32 ms")
for hertz, each in zip(shifts[1:], others, strict=True):
    print(f"all frequencies {hertz} Hz higher: {np.mean(each == rest):.0%} of the answers stay")
