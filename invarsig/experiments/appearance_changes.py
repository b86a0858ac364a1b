"""Changes of appearance that keep the concept: crops, contrast, brightness, gray levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, estimated
from invarsig.experiments.expectations import Expectation, above
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.network_answers import (
    answers,
    answers_anew,
    asked_pictures,
    groups,
    interval_rows,
    kept,
    right,
)
from invarsig.experiments.resampled_pictures import resampled

__all__ = ["AppearanceChanges"]

_MEDIA = ("digits", "textures")
_CHANGES: Final = {
    "crop": "cropped to 7/8 and enlarged",
    "contrast": "half the contrast",
    "brightness": "brighter by a quarter of the range",
    "gamma": "other gray levels (gamma 0.6)",
}
_SHIFT = "moved by 1 px"
_PRIMARY = "answers kept, mean of four changes"


class AppearanceChanges(Experiment):
    """Pictures that are cropped or whose gray levels change, before trained networks."""

    name: ClassVar[str] = "appearance-changes"
    number: ClassVar[int] = 29
    claim: ClassVar[str] = (
        "A crop, or another contrast, brightness or color, does not change the concept, and so "
        "not the answer of a trained network."
    )
    question: ClassVar[str] = (
        "How many answers of trained networks stay when a picture is cropped, or its contrast, "
        "its brightness or its gray levels change?"
    )
    design: ClassVar[str] = (
        "Three convolutional layers with a max pool of 2 each and global pooling, three seeds, "
        "trained on moved pictures of 16 x 16 px: 1198 handwritten digits, or windows of the left "
        "halves of five textures. Asked are 599 other digits, and windows of the right halves, "
        "after four changes: cropped to 7/8 and enlarged again by cubic splines; half the "
        "contrast about the picture's mean; brighter by a quarter of its range; and its gray "
        "levels, from 0 to 1, to the power of 0.6. A color picture made gray is such a change for "
        "networks that see gray. A move by a pixel stands beside them. An answer is kept if it is "
        "the same as before. The unit is the picture, of both media. Nine answers in ten count as "
        "no change."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PRIMARY: above(90, "%"),
        **{f"answers kept, {words}": above(90, "%") for words in _CHANGES.values()},
    }
    headline: ClassVar[str] = (
        "After a crop, or a change of contrast, brightness or gray levels, trained networks keep "
        "{value} of their answers."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Chen et al. (2020), A simple framework for contrastive learning, arXiv:2002.05709.",
        "Hendrycks & Dietterich (2019), Benchmarking neural network robustness, arXiv:1903.12261.",
    )
    parts: ClassVar[tuple[str, ...]] = ("handwritten", "textures", "networks")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Answers over (way, network, move, image) of both media."""
        rows = []
        for medium in _MEDIA:
            nets = groups(
                data,
                {"moved": {
                    "medium": medium, "kind": "convolutional", "downsampling": "max",
                    "pooled": ("y", "x"), "training": "moved", "layers": 3,
                }},
                self.reduced,
            )  # fmt: skip
            pictures = asked_pictures(data, medium, self.reduced)
            rest = pictures.at((0, 0))
            moved = {"rest": rest, **_changed(rest), _SHIFT: pictures.at((0, 1))}
            moved["crop"] = resampled(pictures.wide, scale=8 / 7)
            answer = answers(nets, moved, progress)
            one = xr.Dataset({"answer": answer, "truth": ("image", pictures.truth)})
            rows.append(one.assign_coords(medium=("image", [medium] * one.sizes["image"])))
        return xr.concat(rows, "image").isel(way=0, drop=True)

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Say how many answers stay after each change, and how many are right."""
        same = kept(found["answer"], "move", "rest")
        hits = right(found["answer"], found["truth"])
        medium = found["medium"].to_numpy()

        def of(name: str, values: xr.DataArray) -> list[Effect]:
            parts = {name: values.to_numpy()}
            parts |= {f"{name}, {each}": values.to_numpy()[medium == each] for each in _MEDIA}
            return [
                estimated(words, "%", own, of="pictures", rng=rng) for words, own in parts.items()
            ]

        effects = of(_PRIMARY, same.sel(move=list(_CHANGES)).mean("move"))
        for change, words in (*_CHANGES.items(), (_SHIFT, _SHIFT)):
            effects += of(f"answers kept, {words}", same.sel(move=change))
            effects += of(f"right, {words}", hits.sel(move=change))
        effects += of("right, unchanged", hits.sel(move="rest"))
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Give each picture, once changed, the answers to another one."""
        return answers_anew(found, rng)

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Answers kept after each change, on both media."""
        same = kept(found["answer"], "move", "rest")
        medium = found["medium"].to_numpy()
        rows = interval_rows(
            {
                f"{words}, {each}": same.sel(move=change).to_numpy()[medium == each]
                for each in _MEDIA for change, words in (*_CHANGES.items(), (_SHIFT, _SHIFT))
            },
            self.seed, group=lambda label: label.rsplit(", ", 1)[1],
        )  # fmt: skip
        told = "; ".join(f"{row.label} {row.value:.0f} %" for row in rows)
        return [
            Figure(
                "Answers that stay when the appearance changes",
                "Mean of three networks each, with 95 % intervals over pictures.",
                charts.intervals(
                    f"{self.name}-kept", rows, x_label="answers kept, %",
                    marks=((90.0, "nine in ten"),), alternative=f"Answers kept: {told}.",
                ),
            )
        ]  # fmt: skip


def _changed(x: xr.DataArray) -> dict[str, xr.DataArray]:
    """Pictures after each change of their gray levels, by its name."""
    over = ("y", "x")
    low, high = x.min(over), x.max(over)
    middle, wide = x.mean(over), high - low
    return {
        "contrast": (x - middle) * 0.5 + middle,
        "brightness": x + 0.25 * wide,
        "gamma": low + wide * ((x - low) / wide) ** 0.6,
    }


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    told = [
        f"{words} {by[f'answers kept, {words}, digits']:.0f} and "
        f"{by[f'answers kept, {words}, textures']:.0f} %"
        for words in (*_CHANGES.values(), _SHIFT)
    ]
    return f"Answers kept, of digits and of textures: {'; '.join(told)}."
