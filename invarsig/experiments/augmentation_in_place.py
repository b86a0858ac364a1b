"""Augmentation by translation: whether it helps beyond the moves that it showed."""

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
    ratio_of_means,
    right,
)
from invarsig.experiments.network_pictures import SEEN
from invarsig.experiments.nulls import shuffled

__all__ = ["AugmentationInPlace"]

_HEADS: Final[dict[str, dict[str, Any]]] = {
    "fully connected": {"kind": "convolutional", "downsampling": "max", "pooled": ()},
    "global pooling": {"kind": "convolutional", "downsampling": "max", "pooled": ("y", "x")},
    "transformer": {"kind": "transformer"},
}
_TRAININGS: Final = ("still", "moved")
_BEYOND = "gain beyond what was seen over gain within, {}"


class AugmentationInPlace(Experiment):
    """Digit networks trained at rest and on moved digits, moved within that range and beyond."""

    name: ClassVar[str] = "augmentation-in-place"
    number: ClassVar[int] = 20
    claim: ClassVar[str] = (
        "Training on moved pictures makes a network invariant only to the moves that it was shown."
    )
    question: ClassVar[str] = (
        "How many more answers are right on moved digits after a training that moved them, for "
        "moves as far as in the training and for moves twice as far?"
    )
    design: ClassVar[str] = (
        "Three architectures (three convolutional layers with a max pool of 2 each, then a fully "
        "connected layer or global pooling; a transformer of 4 x 4 patches with encoded places), "
        "three seeds each, trained with the same budget on 1198 handwritten digits of 8 x 8 px at "
        "rest in the middle of 16 x 16 px, or moved at random by up to 2 px along each axis. Asked "
        "are 599 other digits moved by 1 and 2 px, as seen, and by 3 and 4 px, beyond; in four "
        "directions. The gain is the share of right answers after the moved training less that "
        "after the one at rest. The fully connected one decides, as nothing in its last layer "
        "helps it. The unit is the digit. "
        "Only what was shown is helped if the gain beyond is less than half of that within."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _BEYOND.format(head): below(0.5) for head in _HEADS
    }
    headline: ClassVar[str] = (
        "Beyond the moves of the training, a fully connected network gains {value} times as many "
        "right answers from augmentation as within them."
    )
    sources: ClassVar[tuple[str, ...]] = (
        (
            "Azulay & Weiss (2019), Why do deep convolutional networks generalize so poorly to "
            "small image transformations?, arXiv:1805.12177."
        ),
        "Engstrom et al. (2019), Exploring the landscape of spatial robustness, arXiv:1712.02779.",
    )
    parts: ClassVar[tuple[str, ...]] = ("handwritten", "textures", "networks")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Answers over (way, network, direction, distance, image)."""
        ways = {
            f"{head}, {training}": {"medium": "digits", "training": training, **own}
            | ({} if "downsampling" not in own else {"layers": 3})
            for head, own in _HEADS.items()
            for training in _TRAININGS
        }
        nets = groups(data, ways, self.reduced)
        return by_distance(nets, asked_digits(data, self.reduced), progress)

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Compare the gain within the moves of the training with that beyond."""
        effects = []
        for head in _HEADS:
            near, far = _gains(found, head)
            both = np.stack([far, near], axis=1)
            effects += [
                estimated(
                    _BEYOND.format(head), "1", both, of="digits", rng=rng, statistic=ratio_of_means
                ),
                estimated(f"gain within 2 px, {head}", "points", near, of="digits", rng=rng),
                estimated(f"gain at 3 and 4 px, {head}", "points", far, of="digits", rng=rng),
            ]
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle how far each digit was moved."""
        moved = [each for each in found["distance"].to_numpy().tolist() if each]
        return shuffled(found, ["answer"], "distance", rng, unit="image", labels=moved)

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Right answers over the distance, after both trainings."""
        hits = right(found["answer"], found["truth"]).mean("image")
        lines = [
            charts.Curve(
                f"{head}, {'moved' if training == 'moved' else 'at rest'}",
                found["distance"].to_numpy(), hits.sel(way=f"{head}, {training}").to_numpy(),
            )
            for head in _HEADS for training in _TRAININGS
        ]  # fmt: skip
        told = "; ".join(f"{line.label} {np.asarray(line.y)[-1]:.0f} %" for line in lines)
        return [
            Figure(
                "Right answers within the moves of the training and beyond",
                "Mean of three networks each, trained at rest or on digits moved by up to 2 px.",
                charts.curves(
                    f"{self.name}-right", lines, x_label="moved by, px",
                    y_label="right answers, %", y_range=(0.0, 103.0),
                    alternative=f"Right answers at 4 px: {told}.",
                ),
            )
        ]  # fmt: skip


def _gains(found: xr.Dataset, head: str) -> tuple[np.ndarray, np.ndarray]:
    """Points gained by the moved training for each digit: within its moves, and beyond."""
    hits = right(found["answer"], found["truth"])
    gain = hits.sel(way=f"{head}, moved") - hits.sel(way=f"{head}, still")
    near, far = slice(1, SEEN), slice(SEEN + 1, None)
    return tuple(gain.sel(distance=own).mean("distance").to_numpy() for own in (near, far))  # type: ignore[return-value]


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    told = [
        f"{head} {by[f'gain within 2 px, {head}']:.0f} and {by[f'gain at 3 and 4 px, {head}']:.0f}"
        for head in _HEADS
    ]
    return (
        "A training that moves digits by up to 2 px gains, in points of right answers at 1 and 2 "
        f"px and at 3 and 4 px: {'; '.join(told)}."
    )
