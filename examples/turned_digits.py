"""Does pooling help a network to bear small rotations?"""

from invarsig.experiments import Collection
from invarsig.experiments.network_answers import asked_digits, networks_of
from invarsig.experiments.resampled_pictures import resampled

data = Collection.found()
digits = asked_digits(data, reduced=True)
own = {"kind": "convolutional", "pooled": ("y", "x"), "training": "still", "layers": 3}

for way in ("max", "stride"):
    net = networks_of(data, 1, medium="digits", downsampling=way, **own)[0].operator()
    rest = net(digits.at((0, 0))).argmax("class")
    for degrees in (5, 10, 20, 30):
        turned = net(resampled(digits.wide, degrees=degrees)).argmax("class")
        print(f"{way}, turned by {degrees} degrees: {float((turned == rest).mean()):.0%} stay")
