"""Which changes of appearance change an answer? Contrast and brightness of digits."""

from invarsig.experiments import Collection
from invarsig.experiments.network_answers import asked_digits, networks_of

data = Collection.found()
digits = asked_digits(data, reduced=True).at((0, 0))
own = {"kind": "convolutional", "downsampling": "max", "pooled": ("y", "x"), "layers": 3}
net = networks_of(data, 1, medium="digits", training="moved", **own)[0].operator()
rest = net(digits).argmax("class")

for contrast in (2.0, 0.75, 0.5):
    kept = net(contrast * digits).argmax("class") == rest
    print(f"{contrast} times the contrast: {float(kept.mean()):.0%} of the answers stay")
for level in (0.1, 0.25):
    kept = net(digits + level).argmax("class") == rest
    print(f"brighter by {level}: {float(kept.mean()):.0%} of the answers stay")
