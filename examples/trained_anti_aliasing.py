"""Augmentation, anti-aliased pools, or both? Textures in a window that moves by a pixel."""

from invarsig.experiments import Collection
from invarsig.experiments.network_answers import asked_pictures, networks_of

data = Collection.found()
textures = asked_pictures(data, "textures", reduced=True)

for training in ("still", "moved"):
    for way, name in (("max", "max pools"), ("max_blur", "blurred max pools")):
        own = {"medium": "textures", "downsampling": way, "training": training}
        net = networks_of(data, 1, **own)[0].operator()
        first, then = (net(textures.at(by)).argmax("class") for by in ((0, 0), (0, 1)))
        right = (then.to_numpy() == textures.truth).mean()
        print(
            f"{name}, trained on {training} pictures: {float((first == then).mean()):.0%} of the "
            f"answers stay, {right:.0%} are right"
        )
