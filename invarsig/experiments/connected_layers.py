"""Fully connected layers after convolutions: whether they make the answer invariant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, estimated
from invarsig.experiments.expectations import Expectation, Limited, above
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.network_answers import (
    answers_anew,
    asked_digits,
    by_distance,
    groups,
    kept,
    right,
)
from invarsig.experiments.network_pictures import SEEN

__all__ = ["ConnectedLayers"]

_NETS: Final[dict[str, dict[str, Any]]] = {
    f"{head}, {training}": {
        "medium": "digits", "kind": "convolutional", "downsampling": "max",
        "pooled": pooled, "training": training, "layers": 3,
    }
    for head, pooled in (("connected", ()), ("pooled", ("y", "x")))
    for training in ("still", "moved")
}  # fmt: skip
_WORDS: Final = {
    "connected, still": "fully connected, trained at rest",
    "pooled, still": "global pooling, trained at rest",
    "connected, moved": "fully connected, trained on moved pictures",
    "pooled, moved": "global pooling, trained on moved pictures",
}
_KEPT = "answers kept up to 2 px, {}"


class ConnectedLayers(Experiment):
    """Trained digit networks with two last layers and two trainings, moved pixel by pixel."""

    name: ClassVar[str] = "connected-layers"
    number: ClassVar[int] = 19
    claim: ClassVar[str] = (
        "Convolutions are equivariant, and the fully connected layers after them turn that into "
        "invariance."
    )
    question: ClassVar[str] = (
        "How many of its answers does a trained network keep when a digit moves by a pixel or two, "
        "with a fully connected layer or global pooling at its end, trained on digits at rest or "
        "on moved ones?"
    )
    design: ClassVar[str] = (
        "Three layers of 3 x 3 convolutions (8, 16, 24 features, zero padding, bias, rectified, "
        "max pool 2), then a layer that is fully connected over all places, or one after the mean "
        "over all places. Three seeds each, trained with the same budget (600 steps of 64) on the "
        "same 1198 handwritten digits of 8 x 8 px in the middle of 16 x 16 px, or moved at random "
        "by up to 2 px. Asked are 599 other digits, moved by 0 to 4 px in four directions. An "
        "answer is kept if it is the same as at rest. The unit is the digit; intervals speak of "
        "these networks. Nine answers in ten count as invariance."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _KEPT.format(_WORDS["connected, still"]): above(90, "%"),
        _KEPT.format(_WORDS["pooled, still"]): above(90, "%"),
    }
    limited: ClassVar[Limited | None] = Limited(
        "for moves that the training had shown", _KEPT.format(_WORDS["connected, moved"])
    )
    headline: ClassVar[str] = (
        "Moved by one or two pixels, a network with a fully connected layer keeps {value} of its "
        "answers; trained on digits moved as far, {limited}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Lenc & Vedaldi (2015), Understanding image representations, arXiv:1411.5908.",
        "Kauderer-Abrams (2017), Quantifying translation-invariance, arXiv:1801.01450.",
        "Lin, Chen & Yan (2014), Network in network, arXiv:1312.4400.",
    )
    parts: ClassVar[tuple[str, ...]] = ("handwritten", "textures", "networks")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Answers over (way, network, direction, distance, image)."""
        return by_distance(groups(data, _NETS, self.reduced), asked_digits(data, self.reduced),
                           progress)  # fmt: skip

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Say how many answers stay near and far, and how many are right."""
        same = kept(found["answer"])
        hits = right(found["answer"], found["truth"])

        def of(name: str, values: xr.DataArray, unit: str = "%") -> Effect:
            return estimated(name, unit, values, of="digits", rng=rng)

        near, far = slice(1, SEEN), slice(SEEN + 1, None)
        effects = []
        for way, words in _WORDS.items():
            own = same.sel(way=way)
            effects += [
                of(_KEPT.format(words), own.sel(distance=near).mean("distance")),
                of(f"answers kept at 3 and 4 px, {words}", own.sel(distance=far).mean("distance")),
                of(f"right at rest, {words}", hits.sel(way=way, distance=0)),
                of(f"right up to 2 px, {words}",
                   hits.sel(way=way, distance=near).mean("distance")),
            ]  # fmt: skip
        for training, words in (("still", "at rest"), ("moved", "on moved pictures")):
            gain = same.sel(way=f"pooled, {training}") - same.sel(way=f"connected, {training}")
            effects.append(
                of(f"answers kept up to 2 px, global pooling less fully connected, trained {words}",
                   gain.sel(distance=near).mean("distance"), "points")
            )  # fmt: skip
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Give each digit, once moved, the answers of another one."""
        return answers_anew(found, rng)

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Answers kept over the distance, for both last layers and trainings."""
        same = kept(found["answer"]).mean("image")
        lines = [
            charts.Curve(words, found["distance"].to_numpy(), same.sel(way=way).to_numpy())
            for way, words in _WORDS.items()
        ]
        told = "; ".join(f"{line.label} {np.asarray(line.y)[2]:.0f} %" for line in lines)
        return [
            Figure(
                "Answers that stay when a digit moves",
                "Share of the digits whose answer is the same as at rest, mean of three networks "
                "each. Training on moved digits went up to 2 px.",
                charts.curves(
                    f"{self.name}-kept", lines, x_label="moved by, px", y_label="answers kept, %",
                    y_range=(0.0, 103.0), marks=((90.0, "nine in ten"),),
                    alternative=f"Answers kept at 2 px: {told}.",
                ),
            )
        ]  # fmt: skip


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    still, moved = (by[_KEPT.format(_WORDS[f"connected, {each}"])] for each in ("still", "moved"))
    pooled = by[_KEPT.format(_WORDS["pooled, still"])]
    hits = by[f"right at rest, {_WORDS['connected, still']}"]
    return (
        f"Trained at rest, the fully connected network is right on {hits:.0f} % of digits at rest "
        f"and keeps {still:.0f} % of its answers when they move by 1 or 2 px; with global pooling "
        f"in its place {pooled:.0f} % stay. Trained on moved digits, the fully connected one keeps "
        f"{moved:.0f} %."
    )
