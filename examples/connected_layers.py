"""Which answers survive a shift? The same digits through a flat and through a pooled last layer."""

from invarsig.experiments import Collection
from invarsig.experiments.network_answers import asked_digits, networks_of

data = Collection.found()
digits = asked_digits(data, reduced=True)
kinds = {"kind": "convolutional", "downsampling": "max", "layers": 3}

for head, pooled in (("fully connected", ()), ("global pooling", ("y", "x"))):
    for training in ("still", "moved"):
        own = {"medium": "digits", "pooled": pooled, "training": training, **kinds}
        net = networks_of(data, 1, **own)[0].operator()
        rest = net(digits.at((0, 0))).argmax("class")
        kept = [float((net(digits.at((0, d))).argmax("class") == rest).mean()) for d in (1, 2, 4)]
        print(f"{head}, trained on {training} digits: " + ", ".join(f"{k:.0%}" for k in kept))
