"""Does augmentation help beyond the shifts that it showed? It showed up to 2 px."""

from invarsig.experiments import Collection
from invarsig.experiments.network_answers import asked_digits, networks_of

data = Collection.found()
digits = asked_digits(data, reduced=True)

for training in ("still", "moved"):
    own = {"medium": "digits", "kind": "convolutional", "downsampling": "max", "layers": 3}
    net = networks_of(data, 1, training=training, pooled=(), **own)[0].operator()
    for distance in range(5):
        answer = net(digits.at((distance, 0))).argmax("class").to_numpy()
        print(
            f"trained on {training} digits, moved by {distance} px: right in "
            f"{(answer == digits.truth).mean():.0%}"
        )
