"""Does averaging over all shifts help a classifier? Digits on periodic axes, moved and averaged."""

from itertools import product
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

import invarsig as iv
from invarsig.experiments.classifier import Classifier

DATA = Path(__file__).parents[1] / "data"

with np.load(DATA / "handwritten" / "digits8x8.npz") as arrays:
    digits, truth = arrays["images"] / 16, arrays["labels"]


def placed(images, right):
    """Place digits on a dark periodic picture of 16 x 16 pixels, right of its middle."""
    values = np.pad(images, [(0, 0), (4, 4), (4 + right, 4 - right)])
    return iv.label(values, "image", *(iv.Axis(dim, unit="px", period=16.0) for dim in "yx"))


def trained(shifts):
    """Train a logistic regression on digits moved along x."""
    rows = np.concatenate([placed(digits[:1000], d).values.reshape(1000, -1) for d in shifts])
    model = LogisticRegression(max_iter=60, tol=1e-2).fit(rows, np.tile(truth[:1000], len(shifts)))
    return Classifier(model.predict_proba, 10, ("y", "x"))


ring = [iv.Translate(y=y, x=x) for y, x in product(range(16), range(16))]
one = trained([0])
ways = {"one place": one, "within 2 px": trained(range(-2, 3))}
ways["one place, mean over all 256 shifts"] = iv.compose.orbit_mean(one, ring, back=False)

for name, op in ways.items():
    error = float(iv.invariance_error(op, placed(digits[1000:1010], 0), iv.Translate(x=1)))
    first, far = (op(placed(digits[1000:1100], d)).values.argmax(1) for d in (0, 4))
    right = [np.mean(each == truth[1000:1100]) for each in (first, far)]
    print(f"{name}: error {error:.1g}, {right[0]:.0%} right, {right[1]:.0%} at 4 px")
