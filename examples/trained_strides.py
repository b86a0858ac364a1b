"""Strides, max pools or a choice of phase: what does a trained network keep when a digit moves?"""

from invarsig.experiments import Collection
from invarsig.experiments.network_answers import asked_digits, networks_of

data = Collection.found()
digits = asked_digits(data, reduced=True)

for way in ("stride", "max", "max_blur", "polyphase"):
    own = {"medium": "digits", "kind": "convolutional", "pooled": ("y", "x"), "layers": 3}
    found = networks_of(data, 1, downsampling=way, training="still", **own)[0]
    net = found.operator()
    rest, moved = (net(digits.at(by)).argmax("class") for by in ((0, 0), (1, 0)))
    print(
        f"{way}: right in {found.accuracy:.0%} at rest, and {float((rest == moved).mean()):.0%} "
        "of the answers survive a pixel"
    )
