"""By how many pixels may a photograph move before a network trained on ImageNet answers otherwise?

Needs `pip install 'invarsig[models]'`.
"""

import numpy as np

from invarsig.errors import MissingError
from invarsig.experiments import Collection
from invarsig.experiments.moved_photographs import classifier, normalized

try:
    network = classifier()
except MissingError as error:
    print(error)
    raise SystemExit from None

for name, path in list(Collection.found().photographs().items())[2:6]:
    picture = normalized(path, 320)
    windows = np.stack([picture[:, 32:256, left : left + 224] for left in range(33)])
    answers = network(windows).argmax(axis=-1)
    changed = np.flatnonzero(answers != answers[0])
    first = f"first at {changed[0]} px" if changed.size else "at none"
    print(f"{name}: {len(set(answers.tolist()))} answers within 32 px, another one {first}")
