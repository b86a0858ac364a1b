"""Where does the box of a text detector go when the word moves?

Needs `pip install 'invarsig[models]'`.
"""

import numpy as np

from invarsig.errors import MissingError
from invarsig.experiments.moved_boxes import box_of
from invarsig.experiments.packaged_weights import TEXT_DETECTOR, OnnxNetwork
from invarsig.experiments.rendered_words import Word

try:
    detector = OnnxNetwork.of(TEXT_DETECTOR)
except MissingError as error:
    print(error)
    raise SystemExit from None

word = Word("aliasing", "DejaVuSerif", 32)


def box(page):
    """The box of a gray page: top, left, bottom, right."""
    planes = np.repeat((2 * page - 1)[None, None], 3, axis=1).astype(np.float32)
    return box_of(detector(planes)[0][0, 0])


rest = box(word.at(0, 0))
for across in (1, 2, 4, 8, 16, 32):
    moved = box(word.at(0, across)) - [0, across, 0, across]
    print(f"moved by {across} px: edges off by {(moved - rest).astype(int).tolist()} px")
