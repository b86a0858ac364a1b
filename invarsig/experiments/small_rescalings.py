"""Small rescalings and what they do to the answers of trained networks, next to small shifts."""

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
from invarsig.experiments.resampled_pictures import resampled

__all__ = ["SmallRescalings"]

_NETS: Final[dict[str, dict[str, Any]]] = {
    training: {
        "medium": "digits", "kind": "convolutional", "downsampling": "max",
        "pooled": ("y", "x"), "training": training, "layers": 3,
    }
    for training in ("moved", "still")
}  # fmt: skip
_WORDS: Final = {"moved": "trained on moved digits", "still": "trained at rest"}
_PERCENT: Final = (5, 10, 20)
# A digit of 8 px grows at its edge by 4 px times the factor less 1.
_HALF = 4.0
_PRIMARY = "answers changed by a rescaling of 5 or 10 %, trained on moved digits"


class SmallRescalings(Experiment):
    """Digits made a little larger or smaller, and moved by as much, before trained networks."""

    name: ClassVar[str] = "small-rescalings"
    number: ClassVar[int] = 27
    claim: ClassVar[str] = "Rescaling a picture by a few percent changes what a network answers."
    question: ClassVar[str] = (
        "How many answers of trained networks change when a digit grows or shrinks by 5 to 20 %, "
        "and how many when it moves by as much as its edge then does?"
    )
    design: ClassVar[str] = (
        "Three convolutional layers with a max pool of 2 each and global pooling, three seeds, "
        "trained on 1198 handwritten digits of 8 x 8 px in 16 x 16 px, at rest or moved at random "
        "by up to 2 px; never rescaled. 599 other digits are resampled by cubic splines about "
        "the middle, to 0.8 to 1.2 of their size, or moved along x by 4 px times the same "
        "percentage, which is by how much the edge of a rescaled digit moves: 0.2 to 0.8 px. An "
        "answer is changed if it differs from that at rest. The unit is the digit. More than one "
        "answer in twenty counts as a change."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PRIMARY: above(5, "%"),
        "answers changed by a rescaling of 5 or 10 %, trained at rest": above(5, "%"),
    }
    headline: ClassVar[str] = (
        "A rescaling by 5 or 10 % changes {value} of the answers of a network that was trained on "
        "moved digits."
    )
    sources: ClassVar[tuple[str, ...]] = (
        (
            "Azulay & Weiss (2019), Why do deep convolutional networks generalize so poorly to "
            "small image transformations?, arXiv:1805.12177."
        ),
    )
    parts: ClassVar[tuple[str, ...]] = ("handwritten", "textures", "networks")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Answers over (way, network, move, image)."""
        pictures = asked_digits(data, self.reduced)
        moved = {"rest": pictures.at((0, 0))}
        for percent in _PERCENT:
            for sign in (-1, 1):
                part = sign * percent / 100
                moved[f"scale {sign * percent}"] = resampled(pictures.wide, scale=1 + part)
                moved[f"shift {sign * percent}"] = resampled(pictures.wide, across=_HALF * part)
        answer = answers(groups(data, _NETS, self.reduced), moved, progress)
        return xr.Dataset({"answer": answer, "truth": ("image", pictures.truth)})

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Say how many answers change, and how many are right."""
        changed = 100 - kept(found["answer"], "move", "rest")
        hits = right(found["answer"], found["truth"])

        def of(name: str, values: xr.DataArray) -> Effect:
            return estimated(name, "%", values, of="digits", rng=rng)

        effects = []
        for way, words in _WORDS.items():
            for kind, what in (("scale", "a rescaling of"), ("shift", "the shift of an edge by")):
                small = _moves(kind, _PERCENT[:2])
                effects.append(
                    of(f"answers changed by {what} 5 or 10 %, {words}",
                       changed.sel(way=way, move=small).mean("move"))
                )  # fmt: skip
                effects += [
                    of(f"answers changed by {what} {percent} %, {words}",
                       changed.sel(way=way, move=_moves(kind, (percent,))).mean("move"))
                    for percent in _PERCENT
                ]  # fmt: skip
            effects.append(of(f"right at rest, {words}", hits.sel(way=way, move="rest")))
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Rescale by nothing: the answers at rest."""
        rest = found["answer"].sel(move="rest", drop=True)
        return found.assign(answer=rest.broadcast_like(found["answer"]))

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Changed answers over the percentage, by rescalings and by shifts."""
        changed = 100 - kept(found["answer"], "move", "rest").mean("image")
        lines = []
        for way, words in _WORDS.items():
            for kind, what in (("scale", "rescaled"), ("shift", "shifted as far")):
                values = [
                    float(changed.sel(way=way, move=_moves(kind, (percent,))).mean())
                    for percent in _PERCENT
                ]
                lines.append(charts.Curve(f"{what}, {words}", np.array(_PERCENT), values))
        told = "; ".join(f"{line.label} {np.asarray(line.y)[1]:.1f} %" for line in lines)
        return [
            Figure(
                "Answers that a small rescaling changes",
                "Mean over growing and shrinking, or both directions, and three networks each. "
                "A shift is as far as the edge of a digit moves when it is rescaled.",
                charts.curves(
                    f"{self.name}-changed", lines, x_label="rescaled by, %",
                    y_label="answers changed, %", marks=((5.0, "one in twenty"),),
                    alternative=f"Answers changed at 10 %: {told}.",
                ),
            )
        ]  # fmt: skip


def _moves(kind: str, percents: Sequence[int]) -> list[str]:
    return [f"{kind} {sign * percent}" for percent in percents for sign in (-1, 1)]


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    told = [
        f"{words}: {by[f'answers changed by a rescaling of 5 %, {words}']:.1f}, "
        f"{by[f'answers changed by a rescaling of 10 %, {words}']:.1f} and "
        f"{by[f'answers changed by a rescaling of 20 %, {words}']:.1f} % (by shifts as far "
        f"{by[f'answers changed by the shift of an edge by 5 %, {words}']:.1f}, "
        f"{by[f'answers changed by the shift of an edge by 10 %, {words}']:.1f} and "
        f"{by[f'answers changed by the shift of an edge by 20 %, {words}']:.1f} %)"
        for words in _WORDS.values()
    ]
    return f"Answers changed by rescalings of 5, 10 and 20 %, {'; '.join(told)}."
