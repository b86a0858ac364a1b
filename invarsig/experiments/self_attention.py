"""Self-attention on patches: which encoding of positions keeps which shifts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing import attribute
from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, decibels_of, estimated
from invarsig.experiments.expectations import Expectation, above, below
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.laws import Law
from invarsig.experiments.nulls import shuffled
from invarsig.measures import equivariance_error, invariance_error
from invarsig.models import vision_transformer
from invarsig.operators import GlobalPool
from invarsig.operators.networks.self_attention import Position

__all__ = ["AttentionOnPatches"]

_POSITIONS: Final[dict[Position, str]] = {
    "none": "no positions",
    "relative": "relative positions",
    "absolute": "absolute positions",
}
_BOTH = ("y", "x")
_PATCH = 8
_PRIMARY = "their mean, no positions, pixels"


class AttentionOnPatches(Experiment):
    """A transformer's stem with three encodings, moved by pixels and by whole patches."""

    name: ClassVar[str] = "self-attention"
    number: ClassVar[int] = 16
    claim: ClassVar[str] = (
        "Self-attention without absolute positions treats all places alike, so a vision "
        "transformer is shift invariant."
    )
    question: ClassVar[str] = (
        "Which shifts does the stem of a vision transformer keep, without positions, with relative "
        "and with absolute ones, and which stage breaks the others?"
    )
    design: ClassVar[str] = (
        "Photographs and textures, grey, without their mean and of unit spread, as rings; patches "
        "of 8 x 8 pixels projected to 16 features, then two blocks of self-attention (two heads) "
        "and perceptrons with random weights, drawn for each picture. The picture moves along x. "
        "Measured: the equivariance error of the tokens, and the invariance error of their mean "
        "over all places, relative without the mean; the share of the patch embedding in the error "
        "at 1 px. Shifts come in pixels, so the worst of 1, 2, 4 and 6 px counts; invariant is "
        "what "
        "the mean over all places has to be, and without positions, as the claim says."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PRIMARY: below(-20, "dB"),
        **{
            f"{what}, {words}, pixels": below(-20, "dB")
            for words in ("no positions", "relative positions")
            for what in ("tokens", "their mean")
            if f"{what}, {words}, pixels" != _PRIMARY
        },
        "tokens, absolute positions, 1 patch": above(-20, "dB"),
    }
    headline: ClassVar[str] = (
        "Moved by a few pixels, a vision transformer's stem without positions changes the mean of "
        "its tokens by {value}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Dosovitskiy et al. (2021), An image is worth 16x16 words, arXiv:2010.11929.",
        "Romero & Cordonnier (2021), Group equivariant self-attention, arXiv:2010.00977.",
    )
    parts: ClassVar[tuple[str, ...]] = ("images", "textures")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure errors over (picture, position, shift), and the share of the embedding."""
        side, most = (64, 4) if self.reduced else (96, None)
        paths = [*data.paths("images"), *data.paths("textures")][:most]
        shifts = [1, 2, 4, 6, 7, 8, 9, 12, 15, 16, 17, 20, 23, 24]
        seeds = rng.integers(2**32, size=len(paths)).tolist()
        moved, pooled, share = [], [], []
        for place, path in enumerate(paths):
            progress(path.stem, place / len(paths))
            x = _standardized(data.picture(path, side))
            found = [_of(x, position, shifts, seeds[place]) for position in _POSITIONS]
            moved.append([each[0] for each in found])
            pooled.append([each[1] for each in found])
            share.append([each[2] for each in found])
        over = ("picture", "position", "length")
        return xr.Dataset(
            {
                "equivariance_error": (over, np.array(moved)),
                "invariance_error": (over, np.array(pooled)),
                "embedding_share": (over[:2], np.array(share)),
            },
            coords={
                "picture": [path.stem for path in paths],
                "position": list(_POSITIONS),
                "length": ("length", np.array(shifts, dtype=float), {"units": "px"}),
            },
        )

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Say what whole patches and single pixels cost."""
        tokens, mean = (
            decibels_of(found[name]) for name in ("equivariance_error", "invariance_error")
        )

        def of(name: str, values: xr.DataArray, unit: str = "dB") -> Effect:
            return estimated(name, unit, values, of="pictures", rng=rng)

        effects = []
        inside = [1.0, 2.0, 4.0, 6.0]
        for position in ("none", "relative"):
            words, own = _POSITIONS[position], tokens.sel(position=position)
            pooled = mean.sel(position=position, length=inside).max("length")
            effects += [
                of(f"tokens, {words}, pixels", own.sel(length=inside).max("length")),
                of(f"their mean, {words}, pixels", pooled),
            ]
        absolute = tokens.sel(position="absolute", length=8.0)
        share = 100 * found["embedding_share"].sel(position="none")
        effects += [
            of("tokens, absolute positions, 1 patch", absolute),
            of("share of the patch embedding, no positions, 1 px", share, "%"),
        ]
        value = {effect.name: effect.value for effect in effects}
        sentence = (
            "Moved by whole patches, tokens without positions move exactly (a law), and with "
            "absolute ones they err by "
            f"{value['tokens, absolute positions, 1 patch']:.1f} dB. Moved by pixels they err by "
            f"up to {value['tokens, no positions, pixels']:.1f} dB without positions and "
            f"{value['tokens, relative positions, pixels']:.1f} dB with relative ones, their mean "
            f"by {value['their mean, no positions, pixels']:.1f} and "
            f"{value['their mean, relative positions, pixels']:.1f} dB; the stride of the patch "
            f"embedding makes {value['share of the patch embedding, no positions, 1 px']:.0f} % of "
            "the error at one pixel."
        )
        return effects, sentence

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle the lengths of the moves, anew for each picture."""
        return shuffled(found, ["invariance_error"], "length", rng, unit="picture")

    def laws(self, found: xr.Dataset) -> Sequence[Law]:
        """Whole patches, without absolute positions."""
        whole = found["equivariance_error"].sel(
            position=["none", "relative"], length=[8.0, 16.0, 24.0]
        )
        return (
            Law.of(
                "self-attention on patches without absolute positions commutes with shifts by "
                "whole patches, on periodic axes", decibels_of(whole), below(-200, "dB"),
            ),
        )  # fmt: skip

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Errors over the shift, of the tokens and of their mean."""
        return [
            self._over_shift(
                found["equivariance_error"], "tokens", "equivariance error, dB",
                "How far the tokens are from moving along with the picture",
            ),
            self._over_shift(
                found["invariance_error"], "mean", "invariance error, dB",
                "How far the mean of all tokens changes",
            ),
        ]  # fmt: skip

    def _over_shift(self, error: xr.DataArray, key: str, label: str, title: str) -> Figure:
        # Round-off is drawn at the lower edge, as exact.
        level = decibels_of(error).clip(min=-60.0).mean("picture")
        shifts = error["length"].to_numpy()
        lines = [
            charts.Curve(words, shifts, level.sel(position=position).to_numpy())
            for position, words in _POSITIONS.items()
        ]
        told = "; ".join(
            f"{words}: {float(level.sel(position=position, length=1.0)):.1f} dB at 1 px, "
            f"{float(level.sel(position=position, length=8.0)):.1f} dB at 8 px"
            for position, words in _POSITIONS.items()
        )
        return Figure(
            title,
            "Mean over the pictures. A patch is 8 px wide; what is exact is drawn at -60 dB.",
            charts.curves(
                f"{self.name}-{key}", lines, x_label="shift, px", y_label=label,
                alternative=f"{title}: {told}.",
            ),
        )  # fmt: skip


def _standardized(x: xr.DataArray) -> xr.DataArray:
    """Periodic picture without its mean and of unit spread, as networks receive it."""
    ring = {dim: x[dim].assign_attrs(period=float(x.sizes[dim])) for dim in _BOTH}
    return ((x - x.mean()) / x.std()).assign_coords(ring)


def _of(
    x: xr.DataArray, position: Position, shifts: Sequence[int], seed: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Errors of the tokens and of their mean over the shifts, and the embedding's share."""
    moves = [Translate(x=float(shift)) for shift in shifts]
    op = vision_transformer(x, dict.fromkeys(_BOTH, _PATCH), position=position, blocks=2, rng=seed)
    moved = equivariance_error(op, x, moves).to_numpy()
    pooled = invariance_error(op >> GlobalPool(_BOTH, "mean"), x, moves).to_numpy()
    share = attribute(op, x, moves[0])["share"].squeeze().to_numpy()[0]
    return moved, pooled, float(share)
