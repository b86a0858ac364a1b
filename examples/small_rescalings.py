"""How many answers change when a digit grows by a few percent?"""

from invarsig.experiments import Collection
from invarsig.experiments.network_answers import asked_digits, networks_of
from invarsig.experiments.resampled_pictures import resampled

data = Collection.found()
digits = asked_digits(data, reduced=True)
own = {"kind": "convolutional", "downsampling": "max", "pooled": ("y", "x"), "layers": 3}
net = networks_of(data, 1, medium="digits", training="moved", **own)[0].operator()
rest = net(digits.at((0, 0))).argmax("class")

for percent in (-20, -10, -5, 5, 10, 20):
    larger = resampled(digits.wide, scale=1 + percent / 100)
    changed = float((net(larger).argmax("class") != rest).mean())
    print(f"rescaled by {percent} %: {changed:.1%} of the answers change")
