"""How much does one pixel change? Textures through three pools of the same weights."""

from pathlib import Path

import numpy as np

import invarsig as iv
from invarsig.experiments.classifier import linear_classifier

DATA = Path(__file__).parents[1] / "data" / "textures"

# Patches of 24 x 24 px, without mean and of unit spread: even ones to train, odd ones to ask.
pictures = [iv.read_image(path, gray=True).values for path in sorted(DATA.glob("*.png"))]
cut = [p[:504, :504].reshape(21, 24, 21, 24).swapaxes(1, 2).reshape(-1, 24, 24) for p in pictures]
patches = np.concatenate([each[:100] for each in cut]).astype(np.float32)
patches -= patches.mean(axis=(1, 2), keepdims=True)
patches /= patches.std(axis=(1, 2), keepdims=True)
truth = np.repeat(np.arange(len(cut)), 100)

ring = [iv.Axis(dim, unit="px", period=24.0) for dim in ("y", "x")]  # they are periodic
known, asked = (iv.label(patches[start::2], "image", *ring) for start in (0, 1))
kernels = [kernel.astype(np.float32) for kernel in iv.models.random_kernels(known, (8, 32), rng=0)]
places = [iv.Translate(x=d) for d in range(5)]
pools = {"max": "max pool", "max_blur": "max, then blurred", "alias_free": "alias-free"}

for kind, name in pools.items():
    features = iv.models.cnn(kernels, downsampling=kind) >> iv.GlobalPool(("y", "x"), "mean")
    op = features >> linear_classifier(features(known), truth[::2], ("features_2",))
    changed = float(iv.measures.top1_change(op, asked, places, over="class"))
    same = iv.measures.consistency(
        op, asked, places, over="class", truth=iv.label(truth[1::2], "image")
    )
    print(
        f"{name}: a pixel changes {changed:.1%} of the answers, {float(same):.1%} of pairs agree, "
        f"{float(same.accuracy):.1%} are right"
    )
