"""Does augmentation help on pictures of another kind? Digits alone, in noise and over a texture."""

from invarsig.experiments import Collection
from invarsig.experiments.network_answers import asked_digits, networks_of

data = Collection.found()
own = {"medium": "digits", "kind": "convolutional", "downsampling": "max", "layers": 3}
nets = {
    training: networks_of(data, 1, training=training, pooled=(), **own)[0].operator()
    for training in ("still", "moved")
}

for clutter in ("alone", "noise", "texture"):
    digits = asked_digits(data, reduced=True, clutter=clutter, noise=0.3)
    right = {
        training: (net(digits.at((0, 2))).argmax("class").to_numpy() == digits.truth).mean()
        for training, net in nets.items()
    }
    print(
        f"{clutter}, moved by 2 px: right in {right['still']:.0%}, and in {right['moved']:.0%} "
        "after a training on moved digits"
    )
