"""Small rotations and rescalings: whether pooling makes the class invariant to them."""

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
from invarsig.experiments.network_answers import answers, asked_digits, groups, kept, right
from invarsig.experiments.nulls import shuffled
from invarsig.experiments.resampled_pictures import resampled

__all__ = ["TurnedDigits"]

_NETS: Final[dict[str, dict[str, Any]]] = {
    way: {
        "medium": "digits", "kind": "convolutional", "downsampling": way, "training": "still",
        "pooled": ("y", "x"), "layers": 3,
    }
    for way in ("max", "stride")
}  # fmt: skip
_WORDS: Final = {"max": "max pools", "stride": "strides"}
_TURNS: Final = (5, 10, 20, 30)
_SCALES: Final = (0.85, 0.93, 1.07, 1.15)
_PRIMARY = "answers kept when turned or rescaled a little, max pools less strides"


class TurnedDigits(Experiment):
    """Digits turned and rescaled a little, before networks with max pools and without."""

    name: ClassVar[str] = "turned-digits"
    number: ClassVar[int] = 28
    claim: ClassVar[str] = (
        "Pooling makes the answer of a network invariant to small rotations and changes of scale, "
        "too."
    )
    question: ClassVar[str] = (
        "How many more answers stay with max pools than with strides when a digit is turned by 5 "
        "to 30 degrees, or rescaled by 7 to 15 %?"
    )
    design: ClassVar[str] = (
        "Three convolutional layers (8, 16, 24 features of 3 x 3, zero padding, rectified) that "
        "halve the picture by max pools of 2 or by their own stride; global pooling at the end. "
        "Three seeds each, the same budget (600 steps of 64), on the same 1198 handwritten digits "
        "of 8 x 8 px at rest in 16 x 16 px. 599 other digits are resampled by cubic splines about "
        "the middle: turned by 5, 10, 20 and 30 degrees either way, or rescaled to 0.85, 0.93, "
        "1.07 and 1.15. An answer is kept if it is the same as at rest. Small is up to 10 degrees, "
        "and all rescalings. The unit is the digit."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PRIMARY: above(0, "points"),
        "answers kept when turned up to 10 degrees, max pools": above(90, "%"),
        "answers kept when rescaled, max pools": above(90, "%"),
    }
    headline: ClassVar[str] = (
        "When digits are turned or rescaled a little, the answers kept with max pools less those "
        "kept with strides are {value}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Goodfellow, Bengio & Courville (2016), Deep learning, section 9.3.",
        "Lenc & Vedaldi (2015), arXiv:1411.5908.",
    )
    parts: ClassVar[tuple[str, ...]] = ("handwritten", "textures", "networks")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Answers over (way, network, move, image)."""
        pictures = asked_digits(data, self.reduced)
        moved = {"rest": pictures.at((0, 0))}
        for turn in _TURNS:
            for sign in (-1, 1):
                moved[_turned(sign * turn)] = resampled(pictures.wide, degrees=sign * turn)
        for scale in _SCALES:
            moved[f"scaled {scale}"] = resampled(pictures.wide, scale=scale)
        answer = answers(groups(data, _NETS, self.reduced), moved, progress)
        return xr.Dataset({"answer": answer, "truth": ("image", pictures.truth)})

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Compare answers kept with max pools and with strides."""
        same = kept(found["answer"], "move", "rest")
        hits = right(found["answer"], found["truth"])
        small = [_turned(sign * turn) for turn in _TURNS[:2] for sign in (-1, 1)]
        sized = [f"scaled {scale}" for scale in _SCALES]
        parts = {
            "turned or rescaled a little": small + sized,
            "turned up to 10 degrees": small,
            "turned by 20 and 30 degrees": [
                _turned(sign * turn) for turn in _TURNS[2:] for sign in (-1, 1)
            ],
            "rescaled": sized,
        }
        effects = []
        for words, moves in parts.items():
            own = same.sel(move=moves).mean("move")
            gain = own.sel(way="max") - own.sel(way="stride")
            name = f"answers kept when {words}, max pools less strides"
            effects.append(estimated(name, "points", gain, of="digits", rng=rng))
            effects += [
                estimated(f"answers kept when {words}, {way_words}", "%", own.sel(way=way),
                          of="digits", rng=rng)
                for way, way_words in _WORDS.items()
            ]  # fmt: skip
        for way, words in _WORDS.items():
            effects.append(
                estimated(f"right at rest, {words}", "%", hits.sel(way=way, move="rest"),
                          of="digits", rng=rng)
            )  # fmt: skip
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle which network answered about each digit."""
        return shuffled(found, ["answer"], "way", rng, unit="image")

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Answers kept over the angle."""
        same = kept(found["answer"], "move", "rest").mean("image")
        turns = np.array([0, *_TURNS])
        lines = []
        for way, words in _WORDS.items():
            own = same.sel(way=way)
            values = [
                100.0,
                *(float(own.sel(move=[_turned(-t), _turned(t)]).mean()) for t in _TURNS),
            ]
            lines.append(charts.Curve(words, turns, values))
        told = "; ".join(f"{line.label} {np.asarray(line.y)[2]:.0f} %" for line in lines)
        return [
            Figure(
                "Answers that stay when a digit is turned",
                "Mean over both directions and three networks each, trained on digits at rest.",
                charts.curves(
                    f"{self.name}-kept", lines, x_label="turned by, degrees",
                    y_label="answers kept, %", y_range=(0.0, 103.0),
                    alternative=f"Answers kept at 10 degrees: {told}.",
                ),
            )
        ]  # fmt: skip


def _turned(degrees: int) -> str:
    return f"turned {degrees}"


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}

    def pair(words: str) -> str:
        return " and ".join(
            f"{by[f'answers kept when {words}, {each}']:.0f}" for each in _WORDS.values()
        )

    return (
        "With max pools and with strides, answers kept in percent: "
        f"{pair('turned up to 10 degrees')} turned up to 10 degrees, "
        f"{pair('turned by 20 and 30 degrees')} by 20 and 30 degrees, {pair('rescaled')} rescaled "
        "by 7 to 15 %."
    )
