"""Anti-aliased pooling against augmentation, and both, in trained networks."""

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
    asked_pictures,
    by_distance,
    groups,
    interval_rows,
    kept,
    right,
)
from invarsig.experiments.network_pictures import SEEN
from invarsig.experiments.nulls import shuffled

__all__ = ["TrainedAntiAliasing"]

_MEDIA = ("digits", "textures")
_WAYS: Final = {
    "neither": ("max", "still"), "augmentation": ("max", "moved"),
    "anti-aliasing": ("max_blur", "still"), "both": ("max_blur", "moved"),
}  # fmt: skip
_PRIMARY = "answers kept, both less augmentation alone"


class TrainedAntiAliasing(Experiment):
    """Networks with max pools, blurred or not, trained on pictures at rest or moved."""

    name: ClassVar[str] = "trained-anti-aliasing"
    number: ClassVar[int] = 22
    claim: ClassVar[str] = (
        "Anti-aliased pooling makes a network more consistent even where augmentation has taught "
        "it the shifts."
    )
    question: ClassVar[str] = (
        "At equal training, how many answers stay when a picture moves by a pixel or two, with "
        "blurred max pools, with augmentation, with both, and how many are right?"
    )
    design: ClassVar[str] = (
        "Three convolutional layers (8, 16, 24 features of 3 x 3, zero padding, rectified), each "
        "followed by a max pool of 2, or by a dense max blurred by 1 2 1 before its stride; global "
        "pooling at the end. Three seeds each, the same budget (600 steps of 64 pictures), on "
        "pictures at rest or moved at random by up to 2 px. Digits: 1198 handwritten ones on black "
        "to train, 599 others to ask. Textures: five kinds, windows of 16 x 16 px, left halves to "
        "train, right ones to ask; new content comes in as they move. Moves of 1 and 2 px in four "
        "directions. The unit is the picture, of both media."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PRIMARY: above(0, "points"),
        **{f"{_PRIMARY}, {medium}": above(0, "points") for medium in _MEDIA},
        "answers kept, anti-aliasing less neither": above(0, "points"),
        "right answers, both less augmentation alone": above(0, "points"),
    }
    headline: ClassVar[str] = (
        "Added to augmentation, anti-aliased pooling changes the share of answers that survive a "
        "move of 1 or 2 px by {value}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Zhang (2019), Making convolutional networks shift-invariant again, arXiv:1904.11486.",
        "Azulay & Weiss (2019), arXiv:1805.12177.",
    )
    parts: ClassVar[tuple[str, ...]] = ("handwritten", "textures", "networks")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Answers over (way, network, direction, distance, image) of both media."""
        rows = []
        for medium in _MEDIA:
            ways: dict[str, dict[str, Any]] = {
                name: {
                    "medium": medium, "kind": "convolutional", "downsampling": way,
                    "training": training, "layers": 3, "pooled": ("y", "x"),
                }
                for name, (way, training) in _WAYS.items()
            }  # fmt: skip
            nets = groups(data, ways, self.reduced)
            pictures = asked_pictures(data, medium, self.reduced)
            found = by_distance(nets, pictures, progress, tuple(range(SEEN + 1)))
            rows.append(found.assign_coords(medium=("image", [medium] * found.sizes["image"])))
        return xr.concat(rows, "image")

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Compare what stays and what is right with each, and with both."""
        moved = slice(1, None)
        same = kept(found["answer"]).sel(distance=moved).mean("distance")
        hits = right(found["answer"], found["truth"])
        measured = {
            "answers kept": same,
            "right answers": hits.sel(distance=moved).mean("distance"),
        }
        pairs = {
            "both less augmentation alone": ("both", "augmentation"),
            "augmentation less neither": ("augmentation", "neither"),
            "anti-aliasing less neither": ("anti-aliasing", "neither"),
            "both less neither": ("both", "neither"),
        }
        effects = []
        for what, values in measured.items():
            for name, (more, less) in pairs.items():
                gain = values.sel(way=more) - values.sel(way=less)
                effects += _by_medium(f"{what}, {name}", "points", gain, rng)
        for way in _WAYS:
            for what, values in (
                *measured.items(), ("right at rest", hits.sel(distance=0)),
            ):  # fmt: skip
                effects += _by_medium(f"{what}, {way}", "%", values.sel(way=way), rng)
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle which of the networks answered about each picture."""
        return shuffled(found, ["answer"], "way", rng, unit="image")

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Answers kept by each, on both media, with how many are right."""
        same = kept(found["answer"]).sel(distance=slice(1, None)).mean("distance")
        hits = right(found["answer"], found["truth"]).sel(distance=slice(1, None))
        labeled = {}
        for medium in _MEDIA:
            own = np.asarray(found["medium"] == medium)
            for way in _WAYS:
                good = float(hits.sel(way=way)[..., own].mean())
                label = f"{way}: right in {good:.0f} %, {medium}"
                labeled[label] = same.sel(way=way).to_numpy()[own]
        rows = interval_rows(labeled, self.seed, group=lambda label: label.rsplit(", ", 1)[1])
        told = "; ".join(f"{row.label}: {row.value:.1f} %" for row in rows)
        return [
            Figure(
                "Answers that stay, with augmentation, anti-aliasing, both and neither",
                "Share of answers that are the same after moves of 1 and 2 px as at rest, with "
                "95 % intervals over pictures; beside it how many are right after the move.",
                charts.intervals(
                    f"{self.name}-kept", rows, x_label="answers kept, %",
                    alternative=f"Answers kept: {told}.",
                ),
            )
        ]  # fmt: skip


def _by_medium(
    name: str, unit: str, values: xr.DataArray, rng: np.random.Generator
) -> list[Effect]:
    """An effect over all pictures, and over those of each medium."""
    medium = values["medium"].to_numpy()
    parts = {name: values.to_numpy()}
    parts |= {f"{name}, {each}": values.to_numpy()[medium == each] for each in _MEDIA}
    return [estimated(words, unit, own, of="pictures", rng=rng) for words, own in parts.items()]


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    told = [
        f"{medium}: "
        + ", ".join(
            f"{way} {by[f'answers kept, {way}, {medium}']:.0f} % kept and "
            f"{by[f'right answers, {way}, {medium}']:.0f} % right"
            for way in _WAYS
        )
        for medium in _MEDIA
    ]
    return f"After moves of 1 and 2 px, of {'; of '.join(told)}."
