"""Augmentation by translation: whether it helps on other kinds of pictures than it showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, estimated
from invarsig.experiments.expectations import Expectation, below
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.network_answers import (
    asked_digits,
    by_distance,
    groups,
    interval_rows,
    kept,
    ratio_of_means,
    right,
)
from invarsig.experiments.nulls import shuffled

__all__ = ["AugmentationInKind"]

_KINDS: Final = {
    "alone": "as in the training",
    "noise": "noise of 30 % of the peak",
    "texture": "a texture behind",
    "thick": "strokes a pixel thicker",
}
_NETS: Final[dict[str, dict[str, Any]]] = {
    training: {
        "medium": "digits", "kind": "convolutional", "downsampling": "max", "pooled": (),
        "training": training, "layers": 3,
    }
    for training in ("still", "moved")
}  # fmt: skip
_PRIMARY = "gain on unusual pictures over gain on typical ones"
_NOISE = 0.3


class AugmentationInKind(Experiment):
    """Digit networks trained at rest and on moved digits, asked about digits unlike those."""

    name: ClassVar[str] = "augmentation-in-kind"
    number: ClassVar[int] = 21
    claim: ClassVar[str] = (
        "Training on moved pictures helps only on pictures of the kind that it was shown."
    )
    question: ClassVar[str] = (
        "How many more answers are right on moved digits after a training that moved them: on "
        "digits like those of the training, and on digits in noise, over a texture, or thicker?"
    )
    design: ClassVar[str] = (
        "Three convolutional layers with a max pool of 2 each and a fully connected layer, three "
        "seeds, trained on 1198 handwritten digits of 8 x 8 px at rest on black, 16 x 16 px, or "
        "moved at random by up to 2 px. Asked are 599 other digits, moved by 1 and 2 px in four "
        "directions: on black as in the training; in noise of 30 % of the peak; over a texture at "
        "rest of half the contrast; and with strokes a pixel thicker (a maximum over 2 x 2). The "
        "gain is the share of right answers after the moved training less that after the one at "
        "rest; unusual is the mean of the three other kinds. The unit is the digit. Only the kind "
        "that was shown is helped if the gain on the others is less than half of that on it."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {_PRIMARY: below(0.5)}
    headline: ClassVar[str] = (
        "On digits of other kinds than it was trained on, a network gains {value} times as many "
        "right answers from augmentation as on digits of that kind."
    )
    sources: ClassVar[tuple[str, ...]] = (
        (
            "Azulay & Weiss (2019), Why do deep convolutional networks generalize so poorly to "
            "small image transformations?, arXiv:1805.12177."
        ),
    )
    parts: ClassVar[tuple[str, ...]] = ("handwritten", "textures", "networks")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Answers over (kind, way, network, direction, distance, image)."""
        nets = groups(data, _NETS, self.reduced)
        rows = []
        for kind in _KINDS:
            clutter = "alone" if kind == "thick" else kind
            pictures = asked_digits(data, self.reduced, clutter, _NOISE)
            pictures = pictures.thicker() if kind == "thick" else pictures
            rows.append(by_distance(nets, pictures, progress, (0, 1, 2)))
        return xr.concat(rows, xr.Variable("kind", list(_KINDS)), data_vars=["answer"])

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Compare the gain on the kind of the training with that on others."""
        hits = right(found["answer"], found["truth"])
        gain = hits.sel(way="moved") - hits.sel(way="still")
        gain = gain.sel(distance=slice(1, None)).mean("distance")
        typical = gain.sel(kind="alone").to_numpy()
        other = gain.sel(kind=list(_KINDS)[1:]).mean("kind").to_numpy()
        effects = [
            estimated(
                _PRIMARY, "1", np.stack([other, typical], axis=1), of="digits", rng=rng,
                statistic=ratio_of_means,
            )
        ]  # fmt: skip
        same = kept(found["answer"]).sel(distance=slice(1, None)).mean("distance")
        for kind, words in _KINDS.items():
            own = gain.sel(kind=kind)
            effects.append(estimated(f"gain, {words}", "points", own, of="digits", rng=rng))
            for way, trained in (("still", "at rest"), ("moved", "on moved pictures")):
                for what, values in (("right", hits.sel(distance=0)), ("answers kept", same)):
                    name = f"{what}{' at rest' * (what == 'right')}, {words}, trained {trained}"
                    one = values.sel(kind=kind, way=way)
                    effects.append(estimated(name, "%", one, of="digits", rng=rng))
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle of which kind the pictures of each digit are."""
        return shuffled(found, ["answer"], "kind", rng, unit="image")

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Right answers on moved digits of each kind, after both trainings."""
        hits = right(found["answer"], found["truth"]).sel(distance=slice(1, None)).mean("distance")
        words = {"still": "trained at rest", "moved": "trained on moved digits"}
        rows = interval_rows(
            {
                f"{_KINDS[kind]}, {words[way]}": hits.sel(kind=kind, way=way).to_numpy()
                for kind in _KINDS for way in words
            },
            self.seed, group=lambda label: label.rsplit(", ", 1)[1],
        )  # fmt: skip
        told = "; ".join(f"{row.label} {row.value:.0f} %" for row in rows)
        return [
            Figure(
                "Right answers on moved digits, by the kind of picture",
                "Digits moved by 1 and 2 px, mean of three networks with 95 % intervals over "
                "digits.",
                charts.intervals(
                    f"{self.name}-right", rows, x_label="right answers, %",
                    alternative=f"Right answers on moved digits: {told}.",
                ),
            )
        ]  # fmt: skip


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    told = [f"{words} {round(by[f'gain, {words}'])}" for words in _KINDS.values()]
    return f"Points of right answers gained by a training on moved digits: {'; '.join(told)}."
