"""How many training pictures does pooling save? Networks trained on few digits."""

from invarsig.experiments import Collection
from invarsig.experiments.network_answers import networks_of

data = Collection.found()
ways = {"pools": ("max", ("y", "x")), "no pools": ("stride", ())}

for size in (50, 100, 200, 400):
    right = {}
    for name, (way, pooled) in ways.items():
        own = {"medium": "digits", "training": "placed", "items": size}
        nets = networks_of(data, downsampling=way, pooled=pooled, **own)
        right[name] = sum(net.accuracy_moved for net in nets) / len(nets)
    print(f"{size} pictures: " + ", ".join(f"{name} {r:.0%}" for name, r in right.items()))
