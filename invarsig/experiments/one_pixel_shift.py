"""One-pixel shifts: whether they change a classifier's answer, and what preserves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.experiments import charts
from invarsig.experiments.classifier import linear_classifier
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, estimated
from invarsig.experiments.expectations import Expectation, above, below
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.laws import Law
from invarsig.experiments.small_pictures import (
    MARGIN,
    SIDE,
    Labeled,
    rows_of_digits,
    texture_patches,
)
from invarsig.measures.first_class import agreement, change_of_first, changed, first_class
from invarsig.measures.protocols import Protocol
from invarsig.measures.sweep import sweep
from invarsig.models import cnn, random_kernels
from invarsig.operators import GlobalPool, Operator, Pipeline, Scattering

__all__ = ["OnePixelShift"]

_BOTH = ("y", "x")
_WAYS: Final[dict[str, str]] = {
    "raw": "raw pixels",
    "max": "max pool",
    "max_blur": "max, then blurred",
    "polyphase": "polyphase selection",
    "alias_free": "alias-free",
    "scattering": "scattering",
}
_PROTOCOLS: Final[dict[Protocol, str]] = {"periodic": "ring", "cut": "moving window"}
_MEDIA = ("digits", "textures")
# One picture in twenty changes its answer.
_CHANGED = 5.0
_REPAIRS = ("max_blur", "polyphase", "alias_free")
_PRIMARY = "fewer changes after a blurred max pool, moving window, digits and textures"


class OnePixelShift(Experiment):
    """Linear classifiers on six kinds of features, moved pixel by pixel."""

    name: ClassVar[str] = "one-pixel-shift"
    number: ClassVar[int] = 14
    claim: ClassVar[str] = (
        "A shift by one pixel changes a network's answer, and with anti-aliased pooling less often."
    )
    question: ClassVar[str] = (
        "How often does the answer of a linear classifier change from one pixel to the next, on "
        "raw pixels and on features that got smaller in different ways, on a ring and in a moving "
        "window, and how often is it right?"
    )
    design: ClassVar[str] = (
        "Digits: 8 x 8 handwritten ones, enlarged to 16 x 16, each between two others as in a line "
        "of writing. Textures: five kinds, patches without mean and of unit spread, trained on "
        "left halves and tested on right ones. Windows of 24 x 24 px move along x over nine "
        "places, a pixel apart: round a ring, or over the larger picture, so that neighbours come "
        "in. Features: raw pixels; two layers of random 3 x 3 convolutions (8 and 32 features, "
        "rectified), each made smaller by 2 by a max pool, a max blurred by 3 taps, polyphase "
        "selection, or alias-free; scattering (J = 2, 8 orientations); all but raw pixels averaged "
        "over the window. Multinomial logistic regressions are trained on windows at two random "
        "places of each training picture; six draws of kernels and of pictures. "
        "A draw is the unit, since pictures of one draw share its kernels. Anti-aliased pooling "
        "means the blurred max, and its answers are looked for where pictures are taken, in the "
        "moving window. An answer in twenty is a change that counts."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PRIMARY: above(0, "points"),
        **{f"{medium}, changes, max pool, ring": above(_CHANGED, "%") for medium in _MEDIA},
        **{
            f"{medium}, fewer changes, {_WAYS[way]}, {words}": above(0, "points")
            for medium in _MEDIA for way in _REPAIRS for words in _PROTOCOLS.values()
        },
        **{
            f"{medium}, accuracy gained, {_WAYS[way]}": above(-5, "points")
            for medium in _MEDIA for way in _REPAIRS
        },
    }  # fmt: skip
    headline: ClassVar[str] = (
        "From one pixel to the next, a classifier behind blurred max pools changes its answer less "
        "often than one behind max pools, by {value} of the steps."
    )
    sources: ClassVar[tuple[str, ...]] = (
        (
            "Azulay & Weiss (2019), Why do deep convolutional networks generalize so poorly to "
            "small image transformations?, arXiv:1805.12177."
        ),
        "Zhang (2019), Making convolutional networks shift-invariant again, arXiv:1904.11486.",
        "Chaman & Dokmanić (2021), Truly shift-invariant networks, arXiv:2011.14214.",
    )
    parts: ClassVar[tuple[str, ...]] = ("handwritten", "textures")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure changes, consistency and accuracy over (medium, way, protocol, picture)."""
        draws, train, test = (2, 120, 30) if self.reduced else (6, 270, 80)
        rows: dict[str, list[xr.Dataset]] = {medium: [] for medium in _MEDIA}
        made = {"digits": rows_of_digits, "textures": texture_patches}
        for place, medium in enumerate(_MEDIA):
            for draw in range(draws):
                ((known, asked),) = made[medium](data, 1, train, test, rng)
                kernels = random_kernels(known.pictures, (8, 32), rng=rng)
                kernels = tuple(kernel.astype(np.float32) for kernel in kernels)
                of_ways = []
                for number, way in enumerate(_WAYS):
                    part = (draw + number / len(_WAYS)) / draws
                    progress(f"{medium}, {_WAYS[way]}", (place + part) / len(_MEDIA))
                    op = _classifier(_features(way, kernels), known, rng)
                    of_ways.append(_by_protocol(op, asked))
                every = xr.concat(of_ways, xr.Variable("way", list(_WAYS)))
                drawn = ("picture", np.full(every.sizes["picture"], draw))
                rows[medium].append(every.assign_coords(draw=drawn))
        # Of each draw as many pictures of either medium.
        count = min(each.sizes["picture"] for several in rows.values() for each in several)
        same = [
            xr.concat([each.isel(picture=slice(count)) for each in several], "picture")
            for several in rows.values()
        ]
        found = xr.concat(same, xr.Variable("medium", list(_MEDIA)))
        return found.assign_coords(picture=np.arange(found.sizes["picture"]))

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Say how often answers change, by how much less after each repair, and what it costs."""
        change = 100 * found["top1_change"]
        right = 100 * found["accuracy"].sel(protocol="cut")
        draw = found["draw"].to_numpy()
        cut = change.sel(protocol="cut").mean("medium")
        fewer = (cut.sel(way="max") - cut.sel(way="max_blur")).transpose("picture")
        effects = [estimated(_PRIMARY, "points", fewer, of="draws", rng=rng, units=draw)]
        for medium in _MEDIA:

            def of(name: str, values: xr.DataArray, unit: str = "%", place: str = medium) -> Effect:
                return estimated(
                    f"{place}, {name}", unit, values.transpose("picture"), of="draws", rng=rng,
                    units=draw,
                )  # fmt: skip

            own, hits = change.sel(medium=medium), right.sel(medium=medium)
            ring = own.sel(protocol="periodic")
            here = found.sel(medium=medium, protocol="periodic")
            effects.append(of("changes, max pool, ring", ring.sel(way="max")))
            effects += [
                of(f"{words}, max pool, ring", by * here[name].sel(way="max"), unit)
                for name, words, by, unit in (
                    ("consistency", "pairs of places that agree", 100, "%"),
                    ("mean_absolute_change", "mean change of the probability", 100, "points"),
                    ("jaggedness", "changes in eight steps", 1, "1"),
                )
            ]
            for way in _REPAIRS:
                fewer = own.sel(way="max") - own.sel(way=way)
                effects += [
                    of(f"fewer changes, {_WAYS[way]}, {words}", fewer.sel(protocol=name), "points")
                    for name, words in _PROTOCOLS.items()
                ]
                gain = hits.sel(way=way) - hits.sel(way="max")
                effects.append(of(f"accuracy gained, {_WAYS[way]}", gain, "points"))
            effects += [
                of(f"changes, {_WAYS[way]}, moving window", own.sel(way=way, protocol="cut"))
                for way in _WAYS
            ]
        return effects, _sentence(found)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Exchange max pool and repair for every other draw of kernels."""
        draws = int(found["draw"].max()) + 1
        coin = rng.permutation(np.arange(draws) % 2).astype(bool)
        exchanged = xr.DataArray(coin[found["draw"].to_numpy()], dims="picture")
        turned = {"max": "max_blur", "max_blur": "max"}
        names = [turned.get(way, way) for way in found["way"].to_numpy().tolist()]
        other = found.assign_coords(way=names).sel(way=found["way"].to_numpy())
        change = found["top1_change"].where(~exchanged, other["top1_change"])
        return found.assign(top1_change=change)

    def laws(self, found: xr.Dataset) -> Sequence[Law]:
        """Ways that are exact on periodic axes keep every answer there."""
        ring = 100 * found["top1_change"].sel(protocol="periodic")
        return tuple(
            Law.of(
                f"a shift by one pixel changes no answer, on periodic axes: {_WAYS[way]}",
                ring.sel(way=way), below(0.1, "%"),
            )
            for way in ("polyphase", "alias_free")
        )  # fmt: skip

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Changes with their intervals for both media, and one digit pixel by pixel."""
        return [*(self._changes(found, medium) for medium in _MEDIA), self._one_digit(found)]

    def _changes(self, found: xr.Dataset, medium: str) -> Figure:
        rng = np.random.default_rng(self.seed)
        own = found.sel(medium=medium)
        rows, told = [], []
        for way, words in _WAYS.items():
            for protocol, where in _PROTOCOLS.items():
                here = own.sel(way=way, protocol=protocol)
                right = 100 * float(here["accuracy"].mean())
                moved = estimated("", "%", 100 * here["top1_change"], of="", rng=rng)
                rows.append(
                    charts.Interval(
                        f"{words}, {where}: right in {right:.0f} %",
                        moved.value, moved.low, moved.high, where,
                    )
                )  # fmt: skip
                told.append(f"{words}, {where}: {moved.value:.1f} %, right in {right:.0f} %")
        return Figure(
            f"How often the answer changes from one pixel to the next: {medium}",
            "Mean over the test pictures with 95 % intervals. On a ring a picture goes round; in a "
            "moving window new content comes in. Beside it stands how often the answer is right: "
            "a classifier that never changes may be wrong.",
            charts.intervals(
                f"{self.name}-{medium}", rows, x_label="steps of 1 px that change the answer, %",
                alternative=f"Share of steps of one pixel that change the answer, {medium}: "
                f"{'; '.join(told)}.",
            ),
        )  # fmt: skip

    def _one_digit(self, found: xr.Dataset) -> Figure:
        own = found["probability"].sel(medium="digits", protocol="periodic")
        jumps = abs(own.sel(way="max").diff("place")).sum("place")
        one = own.isel(picture=int(jumps.to_numpy().argmax()))
        lines = [
            charts.Curve(words, found["place"].to_numpy(), one.sel(way=way).to_numpy())
            for way, words in _WAYS.items()
        ]
        told = "; ".join(
            f"{words} {float(one.sel(way=way).min()):.2f} to {float(one.sel(way=way).max()):.2f}"
            for way, words in _WAYS.items()
        )
        return Figure(
            "One digit, pixel by pixel",
            "Of all test digits the one whose probability jumps most after the max pool, moved "
            "round a ring. What gets smaller by 4 in all repeats every 4 px. A flat line does not "
            "depend on the place; whether it is right is another matter.",
            charts.curves(
                f"{self.name}-digit", lines, x_label="place, px",
                y_label="probability of the right digit", y_range=(-0.03, 1.03),
                alternative=f"Probability of the right digit over nine places: {told}.",
            ),
        )  # fmt: skip


def _features(way: str, kernels: Sequence[xr.DataArray]) -> Operator:
    """Features of a window; all but raw pixels are averaged over it."""
    pooled = GlobalPool(_BOTH, "mean")
    if way == "raw":
        return Pipeline()
    if way == "scattering":
        return Scattering(_BOTH, J=2, L=8) >> pooled
    return cnn(kernels, downsampling=way) >> pooled  # type: ignore[arg-type]


def _classifier(features: Operator, known: Labeled, rng: np.random.Generator) -> Operator:
    """Train on windows at two random places of each picture."""
    windows = []
    for _ in range(2):
        starts = rng.integers(2 * MARGIN + 1, size=len(known.truth))
        cut = [
            picture.isel(x=slice(start, start + SIDE)).to_numpy()
            for picture, start in zip(known.pictures, starts.tolist(), strict=True)
        ]
        windows.append(_middle(known.pictures).copy(data=np.stack(cut)))
    z = features(xr.concat(windows, "image"))
    over = tuple(str(dim) for dim in z.dims if dim != "image")
    return features >> linear_classifier(z, np.tile(known.truth, 2), over)


def _middle(wide: xr.DataArray) -> xr.DataArray:
    """The window in the middle, made periodic."""
    return wide.isel(x=slice(MARGIN, MARGIN + SIDE))


def _by_protocol(op: Operator, asked: Labeled) -> xr.Dataset:
    """The measures for each picture, on periodic axes and in a moving window."""
    moves = [Translate(x=float(d)) for d in range(-MARGIN, MARGIN + 1)]
    inputs = {"periodic": _middle(asked.pictures), "cut": asked.pictures}
    found = [
        _measured(sweep(op, inputs[protocol], moves, protocol), asked.truth)
        for protocol in _PROTOCOLS
    ]
    return xr.concat(found, xr.Variable("protocol", list(_PROTOCOLS)))


def _measured(scores: xr.DataArray, truth: np.ndarray) -> xr.Dataset:
    """All measures from one sweep, for each picture."""
    values = scores.transpose("length", "image", "class").to_numpy().astype(np.float64)
    first = first_class(values)
    changes = changed(first[:-1], first[1:])
    count = len(values)
    probable = values[:, np.arange(len(truth)), truth].T
    each = {
        "top1_change": changes.mean(axis=0),
        "jaggedness": changes.sum(axis=0),
        "mean_absolute_change": change_of_first(values[:-1], values[1:]).mean(axis=0),
        "consistency": agreement(first),
        "accuracy": (1 - changed(first, truth.astype(float))).mean(axis=0),
    }
    return xr.Dataset(
        {name: ("picture", of_picture, {"units": "1"}) for name, of_picture in each.items()}
        | {"probability": (("picture", "place"), probable.astype(np.float32), {"units": "1"})},
        coords={"place": ("place", np.arange(count) - float(count // 2), {"units": "px"})},
    )


def _sentence(found: xr.Dataset) -> str:
    mean = 100 * found[["top1_change", "accuracy", "consistency"]].mean("picture")
    told = []
    for medium in _MEDIA:
        own = mean.sel(medium=medium)

        def of(way: str, at: xr.Dataset = own) -> str:
            ring, crop = (float(at["top1_change"].sel(way=way, protocol=p)) for p in _PROTOCOLS)
            right = float(at["accuracy"].sel(way=way, protocol="cut"))
            return f"{ring:.1f} and {crop:.1f} % ({right:.0f} % right)"

        told.append(
            f"On {medium} one pixel changes {of('max')} of the answers after the max pool, on a "
            f"ring and in a moving window; {of('max_blur')} after its blur, {of('polyphase')} "
            f"after polyphase selection, {of('alias_free')} alias-free, {of('scattering')} after "
            f"scattering and {of('raw')} on raw pixels."
        )
    return " ".join(told)
