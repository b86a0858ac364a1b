"""A transformer that learns translation by augmentation, next to a convolutional network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, estimated
from invarsig.experiments.expectations import Expectation, above
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

__all__ = ["TransformerAugmentation"]

_NETS: Final[dict[str, dict[str, Any]]] = {
    f"{kind}, {training}": {"medium": "digits", "kind": kind, "training": training, **own}
    for kind, own in (
        ("transformer", {}),
        ("convolutional", {"downsampling": "max", "pooled": ("y", "x"), "layers": 3}),
    )
    for training in ("still", "moved")
}
_WORDS: Final = {
    "transformer, still": "transformer, at rest", "transformer, moved": "transformer, moved",
    "convolutional, still": "convolutional, at rest",
    "convolutional, moved": "convolutional, moved",
}  # fmt: skip
_PRIMARY = "answers kept, transformer less convolutional network, both trained on moved pictures"


class TransformerAugmentation(Experiment):
    """A transformer and a convolutional network, trained on digits at rest or moved."""

    name: ClassVar[str] = "transformer-augmentation"
    number: ClassVar[int] = 26
    claim: ClassVar[str] = (
        "A transformer knows nothing of translation, and augmentation teaches it as much as a "
        "convolutional network has built in."
    )
    question: ClassVar[str] = (
        "At equal training, how many of its answers does a transformer keep when a digit moves, "
        "trained at rest and on moved digits, next to a convolutional network?"
    )
    design: ClassVar[str] = (
        "A transformer (patches of 4 x 4 px, 16 features, encoded places, two blocks of "
        "self-attention with two heads and a perceptron, mean over the patches; 6986 weights) and "
        "a convolutional network (three layers with a max pool of 2 each, global pooling; 4978 "
        "weights). Three seeds each, the same budget (600 steps of 64), on 1198 handwritten digits "
        "of 8 x 8 px in 16 x 16 px, at rest or moved at random by up to 2 px. Asked are 599 other "
        "digits, moved by 1 and 2 px in four directions. The unit is the digit. Five points fewer "
        "answers kept count as as much."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {_PRIMARY: above(-5, "points")}
    headline: ClassVar[str] = (
        "After the same training on moved digits, the answers kept by a transformer less those "
        "kept by a convolutional network are {value}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Dosovitskiy et al. (2021), An image is worth 16x16 words, arXiv:2010.11929.",
        "Touvron et al. (2021), Training data-efficient image transformers, arXiv:2012.12877.",
    )
    parts: ClassVar[tuple[str, ...]] = ("handwritten", "textures", "networks")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Answers over (way, network, direction, distance, image)."""
        nets = groups(data, _NETS, self.reduced)
        return by_distance(nets, asked_digits(data, self.reduced), progress)

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Compare answers kept and right answers, after both trainings."""
        near = slice(1, SEEN)
        same = kept(found["answer"]).sel(distance=near).mean("distance")
        hits = right(found["answer"], found["truth"])

        def of(name: str, values: xr.DataArray, unit: str = "points") -> Effect:
            return estimated(name, unit, values, of="digits", rng=rng)

        effects = [of(_PRIMARY, same.sel(way="transformer, moved")
                      - same.sel(way="convolutional, moved"))]  # fmt: skip
        for kind in ("transformer", "convolutional"):
            gain = same.sel(way=f"{kind}, moved") - same.sel(way=f"{kind}, still")
            effects.append(of(f"answers kept, gained by augmentation, {kind}", gain))
        for way, words in _WORDS.items():
            effects += [
                of(f"answers kept, {words}", same.sel(way=way), "%"),
                of(f"right at rest, {words}", hits.sel(way=way, distance=0), "%"),
                of(f"right up to 2 px, {words}",
                   hits.sel(way=way, distance=near).mean("distance"), "%"),
            ]  # fmt: skip
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Give each digit, once moved, what the transformer answers to another one."""
        moved = (found["way"] == "transformer, moved") & (found["distance"] > 0)
        return answers_anew(found, rng, moved)

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Answers kept over the distance."""
        same = kept(found["answer"]).mean("image")
        lines = [
            charts.Curve(words, found["distance"].to_numpy(), same.sel(way=way).to_numpy())
            for way, words in _WORDS.items()
        ]
        told = "; ".join(f"{line.label} {np.asarray(line.y)[2]:.0f} %" for line in lines)
        return [
            Figure(
                "Answers that stay, by architecture and training",
                "Mean of three networks each; the moved training went up to 2 px.",
                charts.curves(
                    f"{self.name}-kept", lines, x_label="moved by, px", y_label="answers kept, %",
                    y_range=(0.0, 103.0), alternative=f"Answers kept at 2 px: {told}.",
                ),
            )
        ]  # fmt: skip


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    told = [
        f"{words}: {by[f'answers kept, {words}']:.0f} % kept, {by[f'right at rest, {words}']:.0f} "
        f"% right at rest and {by[f'right up to 2 px, {words}']:.0f} % moved"
        for words in _WORDS.values()
    ]
    return f"Trained as said, up to 2 px: {'; '.join(told)}."
