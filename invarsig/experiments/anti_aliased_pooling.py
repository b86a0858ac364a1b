"""Max pooling breaks equivariance: do blur, polyphase and alias-free variants repair it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, decibels_of, estimated
from invarsig.experiments.expectations import Expectation, Limited, above, below
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.feature_errors import error_over_spread
from invarsig.experiments.laws import Law
from invarsig.experiments.nulls import shuffled
from invarsig.models import cnn, random_kernels
from invarsig.models.cnn import Downsampling
from invarsig.operators import GlobalPool, Operator
from invarsig.report.wording import typeset

__all__ = ["AntiAliasedPooling"]

# Names of the ways of downsampling in the figures.
_WAYS: Final[dict[Downsampling, str]] = {
    "max": "max pool",
    "blur": "blur of 3 taps",
    "max_blur": "dense max, then blur of 3 taps",
    "polyphase": "polyphase selection",
    "alias_free": "filtered nonlinearity, ideal low-pass",
}
_BOTH = ("y", "x")
_EXACT = -200.0  # dB: round-off, whatever the sizes
_REPAIRS: Final = {
    "max_blur": "blurring the max", "alias_free": "alias-free", "polyphase": "polyphase",
}  # fmt: skip
_GAINED = "gain of {} over the max pool, moving window, 1 px"


class AntiAliasedPooling(Experiment):
    """The same weights with five ways of downsampling, on periodic axes and in a moving window."""

    name: ClassVar[str] = "anti-aliased-pooling"
    number: ClassVar[int] = 8
    claim: ClassVar[str] = (
        "Max pooling breaks shift equivariance, and blur, polyphase or alias-free pooling repairs "
        "it."
    )
    question: ClassVar[str] = (
        "With the same weights, how far does each way of getting smaller move away from "
        "equivariance, if the picture goes round, and if a window moves over a larger picture as a "
        "camera does?"
    )
    design: ClassVar[str] = (
        "Photographs and textures, grey, pass two layers of random 3 x 3 convolutions (8 and 16 "
        "features, rectified), each made smaller by 2 in one of five ways. Circular: the window of "
        "128 x 128 pixels goes round and moves by 1 px and by 0.37 px; the error is relative to "
        "the spread of the features over the picture, each about its own mean. Polyphase selection "
        "is also judged after alignment by whole samples. Realistic: the window is cut out of a "
        "larger picture at two places 1 to 4 px apart, so that new content enters; the change of "
        "the features, averaged over the window, is relative to their spread over pictures. "
        "A repair has to hold "
        "in the moving window, where pictures are taken; all three are claimed, so the one that "
        "gains least decides, and within limits the two that do not select."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _GAINED.format("the worst repair"): above(3, "dB"),
        "error of the max pool, ring, 1 px": above(-30, "dB"),
        "gain of blurring the max, ring, 1 px": above(3, "dB"),
        **{_GAINED.format(words): above(3, "dB") for words in _REPAIRS.values()},
    }
    limited: ClassVar[Limited | None] = Limited(
        "for blurred and alias-free pooling", _GAINED.format("the worse of blur and alias-free")
    )
    headline: ClassVar[str] = (
        "In a window that moves by one pixel, the repair that helps least makes the features "
        "steadier by {value} than the max pool; of blurred and alias-free pooling the lesser gains "
        "{limited}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Zhang (2019), Making convolutional networks shift-invariant again, arXiv:1904.11486.",
        "Chaman & Dokmanić (2021), Truly shift-invariant networks, arXiv:2011.14214.",
        "Michaeli, Michaeli & Soudry (2023), Alias-free convnets, arXiv:2303.08085.",
    )
    parts: ClassVar[tuple[str, ...]] = ("images", "textures")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure errors over (picture, way), circular and realistic."""
        side, most = (64, 4) if self.reduced else (128, None)
        paths = [*data.paths("images", at_least=2), *data.paths("textures")][:most]
        offsets = np.arange(5)
        wide = [data.picture(path, side + 32) for path in paths]
        kernels = random_kernels(wide[0], (8, 16), rng=rng)
        rows: dict[str, list[list[float]]] = {"whole": [], "fractional": [], "aligned": []}
        features = []
        for place, picture in enumerate(wide):
            progress(paths[place].stem, place / len(wide))
            windows = [_window(picture, side, int(offset)) for offset in offsets]
            found = [_errors(cnn(kernels, downsampling=way), windows[0]) for way in _WAYS]
            for name, column in zip(rows, zip(*found, strict=True), strict=True):
                rows[name].append(list(column))
            features.append([_averages(cnn(kernels, downsampling=way), windows) for way in _WAYS])
        costs = [_seconds(cnn(kernels, downsampling=way), windows[0]) for way in _WAYS]
        over = ("picture", "way")
        return xr.Dataset(
            {
                **{f"{name}_error": (over, np.array(each)) for name, each in rows.items()},
                "features": (("picture", "way", "offset", "feature"), np.array(features)),
                "time": ("way", np.array(costs) / costs[0]),
            },
            coords={
                "picture": [path.stem for path in paths],
                "way": list(_WAYS),
                "offset": ("offset", offsets, {"units": "px"}),
            },
        )

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Say how much each gains over the max pool, by both protocols."""
        whole, between = (decibels_of(found[f"{name}_error"]) for name in ("whole", "fractional"))
        crop = _crop_error(found).sel(offset=1)

        def of(name: str, values: xr.DataArray) -> Effect:
            return estimated(name, "dB", values, of="pictures", rng=rng)

        def gained(words: str, *ways: str) -> Effect:
            both = found["features"].sel(way=["max", *ways], offset=[0, 1])
            return estimated(
                _GAINED.format(words), "dB", both.transpose("picture", ...), of="pictures",
                rng=rng, statistic=_gain,
            )  # fmt: skip

        effects = [
            gained("the worst repair", *_REPAIRS),
            gained("the worse of blur and alias-free", "max_blur", "alias_free"),
            of("error of the max pool, ring, 1 px", whole.sel(way="max")),
            of(
                "gain of blurring the max, ring, 1 px",
                whole.sel(way="max") - whole.sel(way="max_blur"),
            ),
            of("error alias-free, ring, 0.37 px", between.sel(way="alias_free")),
            of("error polyphase, ring, 0.37 px", between.sel(way="polyphase")),
            *(gained(words, way) for way, words in _REPAIRS.items()),
        ]
        return effects, _sentence(effects, crop)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle which way of getting smaller is which, anew for each picture."""
        ways = ["max", *_REPAIRS]
        return shuffled(found, ["features"], "way", rng, unit="picture", labels=ways)

    def laws(self, found: xr.Dataset) -> Sequence[Law]:
        """Two ways are exact on periodic axes, at whole samples."""
        whole, aligned = (decibels_of(found[f"{name}_error"]) for name in ("whole", "aligned"))
        return (
            Law.of(
                "filtered nonlinearities with ideal low-passes commute with shifts by one pixel, "
                "on periodic axes", whole.sel(way="alias_free"), below(_EXACT, "dB"),
            ),
            Law.of(
                "polyphase selection commutes with shifts by one pixel up to a whole sample of the "
                "output, on periodic axes", aligned.sel(way="polyphase"), below(_EXACT, "dB"),
            ),
        )  # fmt: skip

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Errors of the five ways by both protocols, and over the offset of the window."""
        crop = _crop_error(found)
        whole, aligned = (decibels_of(found[f"{name}_error"]) for name in ("whole", "aligned"))
        rng, rows, told = np.random.default_rng(0), [], []
        for way, words in _WAYS.items():
            level = (aligned if way == "polyphase" else whole).sel(way=way)
            error = estimated(words, "dB", level, of="pictures", rng=rng)
            size = f"{error.value:.0f} dB" if error.value > _EXACT else "exact"
            cost = f"{float(found['time'].sel(way=way)):.1f} times the time"
            shown, low, high = (max(each, -80.0) for each in (error.value, error.low, error.high))
            rows.append(charts.Interval(typeset(f"{words}: {size}, {cost}"), shown, low, high))
            told.append(f"{words} {error.value:.1f} dB, {cost}")
        moving = [
            charts.Curve(
                words,
                found["offset"].to_numpy()[1:],
                crop.sel(way=way).mean("picture").to_numpy()[1:],
            )
            for way, words in _WAYS.items()
        ]
        last = "; ".join(
            f"{words} {float(crop.sel(way=way, offset=1).mean()):.1f} dB"
            for way, words in _WAYS.items()
        )
        return [
            Figure(
                "On a ring, moved by one pixel",
                "Mean over the pictures with its 95 % interval; exact ways are drawn at -80 dB. "
                "Polyphase selection is compared after alignment by whole samples. Times are those "
                "of this package, relative to the max pool.",
                charts.intervals(
                    f"{self.name}-ring", rows, x_label="equivariance error, dB",
                    alternative=f"Error at a shift of 1 px on a ring: {'; '.join(told)}.",
                ),
            ),
            Figure(
                "In a window that moves over a larger picture",
                "New content enters, so that no way is exact: averages of the features change with "
                "the content, and by what folds besides. Mean over the pictures.",
                charts.curves(
                    f"{self.name}-window", moving, x_label="offset of the window, px",
                    y_label="change of the averages, dB",
                    alternative="Change of the averaged features relative to their spread over "
                    f"pictures, at an offset of 1 px: {last}.",
                ),
            ),
        ]  # fmt: skip


def _window(picture: xr.DataArray, side: int, offset: int) -> xr.DataArray:
    """Periodic window of a picture, cut some pixels further right."""
    cut = picture.isel(y=slice(16, 16 + side), x=slice(16 + offset, 16 + offset + side))
    ring = {dim: cut[dim].assign_attrs(period=float(side)) for dim in _BOTH}
    return cut.assign_coords(ring)


def _errors(op: Operator, x: xr.DataArray) -> tuple[float, float, float]:
    """Error at one pixel, at a fraction of one, and at one pixel after alignment."""
    one, part = error_over_spread(op, x, [Translate(x=1.0), Translate(x=0.37)])
    (aligned,) = error_over_spread(op, x, [Translate(x=1.0)], align="grid")
    return float(one), float(part), float(aligned)


def _seconds(op: Operator, x: xr.DataArray) -> float:
    """Processor time of one pass: the shortest of three."""
    spent = []
    for _ in range(3):
        start = time.process_time()
        op(x)
        spent.append(time.process_time() - start)
    return min(spent)


def _averages(op: Operator, windows: Sequence[xr.DataArray]) -> np.ndarray:
    """Features averaged over each window: (offset, feature)."""
    pooled = op >> GlobalPool(_BOTH, "mean")
    return np.stack([pooled(window).to_numpy() for window in windows])


def _gain(features: np.ndarray) -> float:
    """How much less each later way changes than the first, in dB, the least: (picture, way, ...).

    Each way's spread is that of the drawn pictures, so the interval includes their contribution.
    """
    dims = ("picture", "way", "offset", "feature")
    levels = _crop_error(xr.Dataset({"features": (dims, features)})).mean("picture").to_numpy()
    return float((levels[0, 1] - levels[1:, 1]).min())


def _crop_error(found: xr.Dataset) -> xr.DataArray:
    """Change of the averages from the first window, in dB of their spread over pictures."""
    features = found["features"]
    first = features.isel(offset=0)
    away = first - first.mean("picture")
    spread = np.sqrt((away**2).sum("feature").mean("picture"))
    change: xr.DataArray = ((features - first) ** 2).sum("feature") ** 0.5
    return decibels_of(change / spread).transpose("picture", "way", "offset")


def _sentence(effects: Sequence[Effect], crop: xr.DataArray) -> str:
    by = {effect.name: effect for effect in effects}
    level = {way: float(crop.sel(way=way).mean()) for way in ("max", "alias_free", "polyphase")}
    error = by["error of the max pool, ring, 1 px"].value
    gain = by["gain of blurring the max, ring, 1 px"].value
    return (
        f"On a ring the max pool errs by {error:.1f} dB at one pixel; blurring it gains {gain:.1f} "
        "dB, and the two other repairs are exact (a law). In a window that moves by one pixel over "
        f"a larger picture the features change by {level['max']:.1f} dB after the max pool, by "
        f"{level['alias_free']:.1f} dB after alias-free and by {level['polyphase']:.1f} dB after "
        "polyphase pooling."
    )
