"""Does augmentation make a transformer as invariant as a convolutional network?"""

from invarsig.experiments import Collection
from invarsig.experiments.network_answers import asked_digits, networks_of

data = Collection.found()
digits = asked_digits(data, reduced=True)
kinds = {
    "transformer": {"kind": "transformer"},
    "convolutional": {"downsampling": "max", "pooled": ("y", "x"), "layers": 3},
}

for name, own in kinds.items():
    for training in ("still", "moved"):
        net = networks_of(data, 1, medium="digits", training=training, **own)[0].operator()
        rest, moved = (net(digits.at(by)).argmax("class") for by in ((0, 0), (0, 2)))
        print(
            f"{name}, trained on {training} digits: {float((rest == moved).mean()):.0%} of the "
            "answers survive 2 px"
        )
