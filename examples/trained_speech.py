"""Along which axis may a word move before a trained recognizer hears another one?"""

import numpy as np

from invarsig.experiments import Collection
from invarsig.experiments.network_answers import networks_of
from invarsig.experiments.network_pictures import spoken

data = Collection.found()
words = spoken(data)
own = words.isel(word=np.flatnonzero(words["voice"] == "carlo"))
found = {net.name: net for net in networks_of(data, medium="words", pooled=())}
net = found["words-convolutional-max-flat-still-carlo"].operator()  # it never heard this voice
rest = net(own).argmax("class")

for dim, steps in (("time", (2, 4, 8)), ("mel", (1, 2, 4))):
    for step in steps:
        kept = float((net(own.roll({dim: step})).argmax("class") == rest).mean())
        change = float(((own.roll({dim: step}) - own) ** 2).sum() / (own**2).sum()) ** 0.5
        print(f"{step} steps along {dim}, a change by {change:.2f}: {kept:.0%} of the answers stay")
