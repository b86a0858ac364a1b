"""Pooling as a prior: how many training pictures it saves."""

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
from invarsig.experiments.network_answers import answers, asked_digits, networks_of, right
from invarsig.experiments.network_pictures import SEEN, windows
from invarsig.experiments.nulls import shuffled

__all__ = ["PoolingPrior"]

_HEADS: Final[dict[str, dict[str, Any]]] = {
    "pooled": {"downsampling": "max", "pooled": ("y", "x")},
    "unpooled": {"downsampling": "stride", "pooled": ()},
}
_WORDS: Final = {
    "pooled": "max pools and global pooling", "unpooled": "strides and a fully connected layer",
}  # fmt: skip
_SIZES: Final = (50, 100, 200, 400)
_PRIMARY = "right answers gained by pooling"


class PoolingPrior(Experiment):
    """Networks with pools and without, trained on few digits at random places."""

    name: ClassVar[str] = "pooling-prior"
    number: ClassVar[int] = 25
    claim: ClassVar[str] = (
        "Pooling is a strong prior: where place does not matter, a network that pools needs fewer "
        "training pictures."
    )
    question: ClassVar[str] = (
        "Trained on 50 to 400 digits, each at a place of its own, how often is a network right "
        "with pools and with none?"
    )
    design: ClassVar[str] = (
        "Three convolutional layers (8, 16, 24 features of 3 x 3, zero padding, rectified): with a "
        "max pool of 2 each and global pooling at the end, or with strides of 2 and a fully "
        "connected layer, so with no pool. Three seeds each, each with digits of its own, the same "
        "for both: 50, 100, 200 or 400 handwritten digits of 8 x 8 px, each at one random place up "
        "to 2 px from the middle of 16 x 16 px; the same budget (600 steps of 64). Asked are 599 "
        "other digits, each at one random place. The unit is the digit; the gain is the mean over "
        "the four sizes."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PRIMARY: above(0, "points"),
        **{f"{_PRIMARY}, {size} pictures": above(0, "points") for size in _SIZES},
    }
    headline: ClassVar[str] = (
        "Trained on 50 to 400 digits at random places, pools change the share of right answers by "
        "{value}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Goodfellow, Bengio & Courville (2016), Deep learning, section 9.4.",
    )
    parts: ClassVar[tuple[str, ...]] = ("handwritten", "textures", "networks")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Answers over (head, size, network, image)."""
        pictures = asked_digits(data, self.reduced)
        places = rng.integers(-SEEN, SEEN + 1, (len(pictures.wide), 2))
        placed = {"placed": windows(pictures.wide, places)}
        most = 1 if self.reduced else None
        rows = []
        for own in _HEADS.values():
            nets = {
                str(size): networks_of(
                    data, most, medium="digits", training="placed", items=size, **own
                )
                for size in _SIZES
            }
            rows.append(answers(nets, placed, progress).isel(move=0, drop=True))
        answer = xr.concat(rows, xr.Variable("head", list(_HEADS))).rename(way="size")
        answer = answer.assign_coords(size=("size", list(_SIZES), {"units": "pictures"}))
        return xr.Dataset({"answer": answer, "truth": ("image", pictures.truth)})

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Say how much pooling gains at each size, and how many pictures reach half."""
        hits = right(found["answer"], found["truth"])
        gain = hits.sel(head="pooled") - hits.sel(head="unpooled")

        def of(name: str, values: xr.DataArray, unit: str) -> Effect:
            return estimated(name, unit, values, of="digits", rng=rng)

        effects = [
            of(_PRIMARY, gain.mean("size"), "points"),
            *(of(f"{_PRIMARY}, {size} pictures", gain.sel(size=size), "points")
              for size in _SIZES),
            *(of(f"right, {words}, {size} pictures", hits.sel(head=head, size=size), "%")
              for head, words in _WORDS.items() for size in _SIZES),
        ]  # fmt: skip
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle which network answered about each digit."""
        return shuffled(found, ["answer"], "head", rng, unit="image")

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Right answers over the number of training pictures."""
        hits = right(found["answer"], found["truth"]).mean("image")
        lines = [
            charts.Curve(words, np.array(_SIZES), hits.sel(head=head).to_numpy())
            for head, words in _WORDS.items()
        ]
        told = "; ".join(
            f"{line.label} {', '.join(f'{each:.0f}' for each in np.asarray(line.y))} %"
            for line in lines
        )
        return [
            Figure(
                "Right answers over the number of training pictures",
                "Mean of three networks each, trained on digits at random places and asked about "
                "others.",
                charts.curves(
                    f"{self.name}-right", lines, x_label="training pictures", x_scale="log",
                    y_label="right answers, %", y_range=(0.0, 103.0),
                    alternative=f"Right answers after 50, 100, 200 and 400 pictures: {told}.",
                ),
            )
        ]  # fmt: skip


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    told = []
    for words in _WORDS.values():
        hits = [f"{by[f'right, {words}, {size} pictures']:.0f}" for size in _SIZES]
        told.append(f"{words} {', '.join(hits)} %")
    return f"Right after 50, 100, 200 and 400 training pictures: {'; '.join(told)}."
