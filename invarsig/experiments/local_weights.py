"""Shared weights against weights of their own at each place, in trained networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, decibels_of, estimated
from invarsig.experiments.expectations import Expectation, above, below
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.laws import Law
from invarsig.experiments.network_answers import (
    Pictures,
    answers_anew,
    asked_digits,
    by_distance,
    groups,
    kept,
    right,
)
from invarsig.experiments.network_pictures import SEEN
from invarsig.models.trained import TrainedNetwork
from invarsig.operators import Convolve

__all__ = ["LocalWeights"]

_KINDS: Final = {"convolutional": "shared weights", "local": "weights of their own"}
_PRIMARY = "right answers, shared weights less weights of their own"


class LocalWeights(Experiment):
    """A convolutional and a locally connected digit network of the same widths, trained alike."""

    name: ClassVar[str] = "local-weights"
    number: ClassVar[int] = 24
    claim: ClassVar[str] = "Sharing weights saves parameters at no loss in accuracy."
    question: ClassVar[str] = (
        "How often is a convolutional network right on moved digits, next to one whose taps differ "
        "at each place, and how many weights does each have?"
    )
    design: ClassVar[str] = (
        "Two layers of 3 x 3 taps (8 and 16 features, zero padding, bias, rectified, max pool 2), "
        "shared over all places or not, then a fully connected layer: 3818 weights with sharing, "
        "94754 without. Three seeds each, the same budget (600 steps of 64), on the same 1198 "
        "handwritten digits, moved at random by up to 2 px. Asked are 599 other digits, at rest "
        "and moved by 1 and 2 px in four directions. The unit is the digit. A loss of less than a "
        "point counts as none."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {_PRIMARY: above(-1, "points")}
    headline: ClassVar[str] = (
        "With a twenty-fifth of the weights, sharing them changes the share of right answers by "
        "{value}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "LeCun (1989), Generalization and network design strategies.",
        "Gregor & LeCun (2010), arXiv:1006.0448.",
    )
    parts: ClassVar[tuple[str, ...]] = ("handwritten", "textures", "networks")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Answers over (way, network, direction, distance, image)."""
        ways: dict[str, dict[str, Any]] = {
            kind: {"medium": "digits", "kind": kind, "training": "moved", "layers": 2}
            for kind in _KINDS
        }
        nets = groups(data, ways, self.reduced)
        pictures = asked_digits(data, self.reduced)
        found = by_distance(nets, pictures, progress)
        return found.assign(
            weights=("way", [own[0].parameters for own in nets.values()]),
            moved_kernel=("image", _moved_kernel(nets["convolutional"][0], pictures)),
        )

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Compare right answers within the moves of the training, and beyond."""
        hits = right(found["answer"], found["truth"])
        same = kept(found["answer"])
        near, far = slice(0, SEEN), slice(SEEN + 1, None)
        gain = hits.sel(way="convolutional") - hits.sel(way="local")
        effects = [
            estimated(name, "points", gain.sel(distance=own).mean("distance"), of="digits", rng=rng)
            for name, own in ((_PRIMARY, near), (f"{_PRIMARY}, 3 and 4 px", far))
        ]
        for kind, words in _KINDS.items():
            for what, values in (("right", hits), ("answers kept", same)):
                for part, own in (("up to 2 px", near), ("at 3 and 4 px", far)):
                    effects.append(
                        estimated(
                            f"{what} {part}, {words}", "%",
                            values.sel(way=kind, distance=own).mean("distance"),
                            of="digits", rng=rng,
                        )
                    )  # fmt: skip
        return effects, _sentence(found, effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Give each digit what the shared weights answer to another one."""
        return answers_anew(found, rng, found["way"] == "convolutional")

    def laws(self, found: xr.Dataset) -> Sequence[Law]:
        """A shared kernel may move instead of the signal: their convolution commutes."""
        error = decibels_of(found["moved_kernel"])
        name = "moving a trained kernel and moving the digit give the same"
        return (Law.of(name, error, below(-200, "dB")),)

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Right answers over the distance."""
        hits = right(found["answer"], found["truth"]).mean("image")
        lines = [
            charts.Curve(
                f"{words}: {int(found['weights'].sel(way=kind))} weights",
                found["distance"].to_numpy(), hits.sel(way=kind).to_numpy(),
            )
            for kind, words in _KINDS.items()
        ]  # fmt: skip
        told = "; ".join(
            f"{line.label}, {np.asarray(line.y)[0]:.0f} % at rest and "
            f"{np.asarray(line.y)[-1]:.0f} % at 4 px"
            for line in lines
        )
        return [
            Figure(
                "Right answers with shared weights and without",
                "Mean of three networks each, trained on digits moved by up to 2 px.",
                charts.curves(
                    f"{self.name}-right", lines, x_label="moved by, px",
                    y_label="right answers, %", y_range=(0.0, 103.0),
                    alternative=f"Right answers: {told}.",
                ),
            )
        ]  # fmt: skip


def _moved_kernel(net: TrainedNetwork, pictures: Pictures) -> np.ndarray:
    """Difference of moving the first layer's kernels by a pixel from moving the digits."""
    kernels = np.pad(net.weights["kernel_1"][:, 0].astype(np.float64), [(0, 0), (1, 1), (1, 1)])

    def convolved(values: np.ndarray, x: xr.DataArray) -> np.ndarray:
        kernel = xr.DataArray(values, dims=("features", "y", "x"))
        return Convolve(kernel, boundary="zero", channels=("features",))(x).to_numpy()

    moved_kernel = convolved(np.roll(kernels, 1, axis=-1), pictures.at((0, 0)))
    moved_digit = convolved(kernels, pictures.at((0, 1)))
    level = np.linalg.norm(moved_digit.reshape(len(moved_digit), -1), axis=1)
    gap = (moved_kernel - moved_digit).reshape(len(moved_digit), -1)
    return np.asarray(np.linalg.norm(gap, axis=1) / level)


def _sentence(found: xr.Dataset, effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    told = [
        f"{words} ({int(found['weights'].sel(way=kind))}): {by[f'right up to 2 px, {words}']:.1f} "
        f"% right within the moves of the training, {by[f'right at 3 and 4 px, {words}']:.1f} % "
        "beyond"
        for kind, words in _KINDS.items()
    ]
    return "; ".join(told)[0].upper() + "; ".join(told)[1:] + "."
