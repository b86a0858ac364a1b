"""Strided convolutions in place of max pools, in trained networks."""

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
    asked_pictures,
    by_distance,
    groups,
    interval_rows,
    kept,
    right,
)
from invarsig.experiments.network_pictures import SEEN

__all__ = ["TrainedStrides"]

_MEDIA = ("digits", "textures")
_WAYS: Final = {
    "stride": "strided convolution", "max": "max pool", "max_blur": "max, blurred",
    "polyphase": "polyphase selection",
}  # fmt: skip
_PRIMARY = "right answers, strided convolution less max pool"


class TrainedStrides(Experiment):
    """Networks that downsample in four ways, trained alike on digits and textures."""

    name: ClassVar[str] = "trained-strides"
    number: ClassVar[int] = 23
    claim: ClassVar[str] = (
        "Max pooling can be replaced by a convolution with a stride without a loss in accuracy."
    )
    question: ClassVar[str] = (
        "At equal training, how often is a network right that downsamples by strides, by max "
        "pools, by blurred ones or by polyphase selection, and how many of its answers stay when "
        "the picture moves?"
    )
    design: ClassVar[str] = (
        "Three convolutional layers (8, 16, 24 features of 3 x 3, zero padding, rectified) that "
        "halve the picture by their own stride, by a max pool of 2, by a dense max blurred by 1 2 "
        "1, or by the polyphase component of the largest norm; global pooling at the end. Three "
        "seeds each, the same budget (600 steps of 64 pictures at rest). Digits: 1198 handwritten "
        "ones on black to train, 599 others to ask; textures: five kinds, windows of 16 x 16 px, "
        "left halves to train, right ones to ask. Right answers are counted at rest, answers kept "
        "after moves of 1 and 2 px in four directions. The unit is the picture, of both media. A "
        "loss of less than a point counts as none."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PRIMARY: above(-1, "points"),
        **{f"{_PRIMARY}, {medium}": above(-1, "points") for medium in _MEDIA},
    }
    headline: ClassVar[str] = (
        "Strided convolutions in place of max pools change the share of right answers by {value}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Springenberg et al. (2015), Striving for simplicity, arXiv:1412.6806.",
        "Chaman & Dokmanić (2021), Truly shift-invariant networks, arXiv:2011.14214.",
    )
    parts: ClassVar[tuple[str, ...]] = ("handwritten", "textures", "networks")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Answers over (way, network, direction, distance, image) of both media."""
        rows = []
        for medium in _MEDIA:
            ways: dict[str, dict[str, Any]] = {
                way: {
                    "medium": medium, "kind": "convolutional", "downsampling": way,
                    "training": "still", "layers": 3, "pooled": ("y", "x"),
                }
                for way in _WAYS
            }  # fmt: skip
            nets = groups(data, ways, self.reduced)
            pictures = asked_pictures(data, medium, self.reduced)
            found = by_distance(nets, pictures, progress, tuple(range(SEEN + 1)))
            rows.append(found.assign_coords(medium=("image", [medium] * found.sizes["image"])))
        return xr.concat(rows, "image")

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Compare accuracy at rest and answers kept with those of the max pool."""
        hits = right(found["answer"], found["truth"]).sel(distance=0)
        same = kept(found["answer"]).sel(distance=slice(1, None)).mean("distance")
        medium = found["medium"].to_numpy()
        effects = []
        for what, values in (("right answers", hits), ("answers kept", same)):
            for way, words in _WAYS.items():
                own = values.sel(way=way).to_numpy()
                more = own - values.sel(way="max").to_numpy()
                if way != "max":
                    name = f"{what}, {words} less max pool"
                    effects.append(estimated(name, "points", more, of="pictures", rng=rng))
                for each in _MEDIA:
                    here = medium == each
                    if way != "max":
                        effects.append(
                            estimated(
                                f"{what}, {words} less max pool, {each}", "points", more[here],
                                of="pictures", rng=rng,
                            )
                        )  # fmt: skip
                    effects.append(
                        estimated(
                            f"{what}, {words}, {each}", "%", own[here], of="pictures", rng=rng
                        )
                    )
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Give each picture what the strided network answers to another one."""
        return answers_anew(found, rng, found["way"] == "stride")

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Answers kept and right answers of each way, on both media."""
        hits = right(found["answer"], found["truth"]).sel(distance=0)
        same = kept(found["answer"]).sel(distance=slice(1, None)).mean("distance")
        medium = found["medium"].to_numpy()
        figures = []
        for what, values, label in (
            ("right", hits, "right answers at rest, %"), ("kept", same, "answers kept, %"),
        ):  # fmt: skip
            rows = interval_rows(
                {
                    f"{words}, {each}": values.sel(way=way).to_numpy()[medium == each]
                    for each in _MEDIA for way, words in _WAYS.items()
                },
                self.seed, group=lambda text: text.rsplit(", ", 1)[1],
            )  # fmt: skip
            told = "; ".join(f"{row.label} {row.value:.1f} %" for row in rows)
            figures.append(
                Figure(
                    "Right answers at rest" if what == "right" else "Answers that stay",
                    "Mean of three networks each, trained on pictures at rest, with 95 % "
                    "intervals over pictures.",
                    charts.intervals(f"{self.name}-{what}", rows, x_label=label,
                                     alternative=f"{label}: {told}."),
                )
            )  # fmt: skip
        return figures


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    told = [
        f"{words} {by[f'right answers, {words}, digits']:.0f} and "
        f"{by[f'answers kept, {words}, digits']:.0f} % of digits, "
        f"{by[f'right answers, {words}, textures']:.0f} and "
        f"{by[f'answers kept, {words}, textures']:.0f} % of textures"
        for words in _WAYS.values()
    ]
    return f"Right at rest, and answers kept after 1 and 2 px: {'; '.join(told)}."
