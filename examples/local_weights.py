"""What does weight sharing save? Two digit networks of the same widths."""

from invarsig.experiments import Collection
from invarsig.experiments.network_answers import asked_digits, networks_of

data = Collection.found()
digits = asked_digits(data, reduced=True)

for kind in ("convolutional", "local"):
    found = networks_of(data, 1, medium="digits", kind=kind, layers=2)[0]
    net = found.operator()
    right = [
        (net(digits.at((0, d))).argmax("class").to_numpy() == digits.truth).mean()
        for d in (0, 2, 4)
    ]
    print(
        f"{kind}, {found.parameters} weights: right in "
        + ", ".join(f"{r:.0%}" for r in right)
        + " at 0, 2 and 4 px"
    )
