"""Pooling gives invariance to small translations: how small, how much, and for how many units."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, decibels_of, estimated
from invarsig.experiments.expectations import Expectation, Limited, above, below
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.laws import Law
from invarsig.experiments.nulls import swapped
from invarsig.experiments.scenes import KINDS, both_dims, scenes
from invarsig.measures import invariance_error
from invarsig.measures.sweep import sweep
from invarsig.models import random_kernels
from invarsig.operators import (
    Convolve,
    GaborBank,
    LpPool,
    MaxPool,
    MeanPool,
    Modulus,
    Operator,
    Pipeline,
    Relu,
)

__all__ = ["PoolingInvariance"]

# For nonnegative values the mean is L^1, and the maximum the limit of L^p.
_WAYS: Final[dict[str, Callable[[dict[str, int], dict[str, int]], Operator]]] = {
    "mean": lambda window, stride: MeanPool(window, stride=stride),
    "L2": lambda window, stride: LpPool(window, stride=stride, power=2),
    "L4": lambda window, stride: LpPool(window, stride=stride, power=4),
    "max": lambda window, stride: MaxPool(window, stride=stride),
}
_UNRELATED = float(np.sqrt(2))  # relative change between results that have nothing in common
_STACKS = ("max 4", "max 4, layer, max 4")
_PRIMARY = "change after max over change before, a quarter window"
_STACKED = "range of max 4, layer, max 4 over that of max 4"


class PoolingInvariance(Experiment):
    """Pooled edge features of pictures and spectrograms, moved by more and more."""

    name: ClassVar[str] = "pooling-invariance"
    number: ClassVar[int] = 6
    claim: ClassVar[str] = "Pooling gives invariance to small translations."
    question: ClassVar[str] = (
        "How much less than its input does a pool change when the input moves, at which shift does "
        "that end, and how many pooled units keep their value exactly?"
    )
    design: ClassVar[str] = (
        "Magnitudes of Gabor filters (0.2 cycles per sample, four orientations) of photographs, "
        "textures and log-mel spectrograms (hop 10 ms) are pooled with windows of 2 to 32 samples, "
        "by mean (L^1), L^2, L^4 and maximum; pictures over a square, spectrograms along time. "
        "Windows lie at every place, so that all phases of a strided pool count alike. The input "
        "moves by 1 to 64 samples along x or time; the change is relative to the spread about each "
        "channel's mean, so that unrelated results differ by sqrt(2). The range is the shift at "
        "which the change reaches half of that, the largest shift where it never does. Independent "
        "values, averaged over w, would change by sqrt(2 d / w) at a shift of d: half as much as "
        "before the pool at d = w / 4, where their range ends, too. A unit keeps its value if it "
        "changes by less than 1e-9 of the channels' spread; of independent values (w - d) / (w + "
        "d) of the maxima would. Two maxima over 4 in a row, strided, are compared with one over "
        "16, and a 3 x 3 layer (8 features, rectified) is put between them; there a window moves "
        "over the input. Small is a quarter of the window, where the change of independent values "
        "would be halved, and within limits an eighth; means over windows from 4 and from 8 on. "
        "The maximum decides, as the pool that is usually meant."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PRIMARY: below(0.5),
        **{
            f"change after {way} over change before, a quarter window": below(0.5)
            for way in ("L4", "mean")
        },
        **{
            f"units that keep their value, {way}, a quarter window": above(0.5)
            for way in ("max", "mean")
        },
        **{f"range per sample of window, {way}": above(0.25) for way in ("max", "mean")},
        _STACKED: above(1),
    }
    limited: ClassVar[Limited | None] = Limited(
        "for shifts of an eighth of the window",
        "change after max over change before, an eighth of the window",
    )
    headline: ClassVar[str] = (
        "Moved by a quarter of the window, max-pooled edge features change {value} times as much "
        "as they do before the pool; by an eighth, {limited} times."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Goodfellow, Bengio & Courville (2016), Deep learning, section 9.3.",
        "Scherer, Müller & Behnke (2010), doi:10.1007/978-3-642-15825-4_10.",
        "Boureau, Ponce & LeCun (2010), A theoretical analysis of feature pooling.",
    )
    parts: ClassVar[tuple[str, ...]] = ("images", "textures", "speech", "music")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure changes over (input, way, window, shift), and shares of unchanged units."""
        windows = [2, 4, 8, 16] if self.reduced else [2, 4, 8, 16, 32]
        shifts = (
            [1, 2, 4, 8, 16, 32] if self.reduced else [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64]
        )
        side, most = (128, 2) if self.reduced else (256, None)
        found_scenes = list(scenes(data, side, 0.02 * side, most))
        found: dict[str, list[np.ndarray]] = {}
        for place, (name, kind, x) in enumerate(found_scenes):
            progress(name, place / len(found_scenes))
            down, across = both_dims(x)
            features = _features(x)
            pooled = [down, across] if kind == "picture" else [across]
            rows: dict[str, list[list[np.ndarray]]] = {"change": [], "kept": []}
            for way in _WAYS.values():
                results = [_dense(way, w, pooled)(features) for w in windows]
                rows["change"].append([_changes(y, pooled, shifts) for y in results])
                rows["kept"].append([_kept(y, across, shifts) for y in results])
            kernels = random_kernels(
                features, (8,), over=(down, across), channel="orientation", rng=rng
            )
            one = {
                **{key: np.array(each) for key, each in rows.items()},
                "before": _changes(features, pooled, shifts),
                "stacked": _stacked(features, pooled, kernels[0], shifts),
                "nested": np.array(_nested(features, pooled)),
            }
            for key, values in one.items():
                found.setdefault(key, []).append(values)
        dims = {
            "change": ("input", "way", "window", "length"),
            "kept": ("input", "way", "window", "length"),
            "before": ("input", "length"),
            "stacked": ("input", "stack", "length"),
            "nested": ("input",),
        }
        count = {"units": "samples"}
        return xr.Dataset(
            {key: (dims[key], np.array(each)) for key, each in found.items()},
            coords={
                "input": [name for name, _, _ in found_scenes],
                "kind": ("input", [kind for _, kind, _ in found_scenes]),
                "way": list(_WAYS),
                "window": ("window", windows, count),
                "length": ("length", shifts, count),
                "stack": list(_STACKS),
            },
        )

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Say how much a pool reduces changes, how far, and for how many units."""
        ratio = found["change"] / found["before"]
        kept = _at_part(found["kept"], 4)
        slope = found["change"].pipe(_range).polyfit("window", 1)["polyfit_coefficients"]
        slope = slope.sel(degree=1)
        stacked, reached = _range(found["stacked"]), _range(found["change"])

        def of(name: str, unit: str, values: xr.DataArray, kind: str = "") -> Effect:
            chosen = values[np.asarray(found["kind"] == kind)] if kind else values
            words, each = (f"{name}, {kind}s", f"{kind}s") if kind else (name, "inputs")
            return estimated(words, unit, chosen, of=each, rng=rng)

        changed = "change after {} over change before, {}"
        effects = [
            *(of(changed.format(way, words), "1", _at_part(ratio, part).sel(way=way), kind)
              for part, words in ((4, "a quarter window"), (8, "an eighth of the window"))
              for way in _WAYS for kind in ("", *KINDS)),
            *(of(f"units that keep their value, {way}, a quarter window", "1",
                 kept.sel(way=way), kind)
              for way in ("max", "mean") for kind in ("", *KINDS)),
            *(of(f"range per sample of window, {way}", "1", slope.sel(way=way), kind)
              for way in ("max", "mean") for kind in ("", *KINDS)),
            *(of("change after max over change before, window 2, 1 sample", "1",
                 ratio.sel(way="max", window=2, length=1), kind)
              for kind in KINDS),
            *(of(f"range of {way} over 8", "samples", reached.sel(way=way, window=8), kind)
              for way in ("max", "mean") for kind in KINDS),
            *(of("range of the features before the pool", "samples", _range(found["before"]), kind)
              for kind in KINDS),
            of(_STACKED, "1", stacked.sel(stack=_STACKS[1]) / stacked.sel(stack=_STACKS[0])),
            of("range of max 16 over that of max 4", "1",
               reached.sel(way="max", window=16) / reached.sel(way="max", window=4)),
        ]  # fmt: skip
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Exchange before and after the pool for every other input."""
        return swapped(found, "change", "before", rng, unit="input")

    def laws(self, found: xr.Dataset) -> Sequence[Law]:
        """Two maxima in a row are one."""
        nested = decibels_of(found["nested"])
        return (Law.of("maxima over 4 and 4 in a row are one over 16", nested, below(-200, "dB")),)

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Change over the shift, range over the window, and share of units that do not change."""
        picture = found.isel(input=np.flatnonzero(found["kind"] == "picture"))
        shifts = found["length"].to_numpy()
        change = picture["change"].sel(way="max").mean("input")
        before = picture["before"].mean("input").to_numpy()
        lines = [charts.Curve("before the pool", shifts, before)]
        lines += [
            charts.Curve(f"maximum over {w} x {w}", shifts, change.sel(window=w).to_numpy())
            for w in found["window"].to_numpy()
        ]
        at = "; ".join(
            f"window {w}: {float(change.sel(window=w, length=2)):.2f}"
            for w in found["window"].to_numpy()
        )
        return [
            Figure(
                "Change over the shift",
                "Mean over pictures. The wider the pool, the further the picture may move before "
                "the pooled edge features change by half of what unrelated ones differ by.",
                charts.curves(
                    f"{self.name}-change", lines, x_label="shift, px", y_label="relative change",
                    x_scale="log2", y_range=(0.0, 1.7),
                    marks=((_UNRELATED, "unrelated"), (_UNRELATED / 2, "half")),
                    alternative="Relative change of edge features at a shift of 2 px: before the "
                    f"pool {before[1]:.2f}; after maxima {at}.",
                ),
            ),
            self._range_figure(found),
            self._kept_figure(found),
        ]  # fmt: skip

    def _range_figure(self, found: xr.Dataset) -> Figure:
        windows, words = found["window"].to_numpy(), []
        lines = [charts.Curve("w / 4 (independent)", windows, windows / 4)]
        reached = _range(found["change"])
        for kind, ways in zip(KINDS, (("max", "L4", "mean"), ("max", "mean")), strict=True):
            chosen = reached[np.asarray(found["kind"] == kind)].mean("input")
            for way in ways:
                values = chosen.sel(way=way).to_numpy()
                lines.append(charts.Curve(f"{way}, {kind}s", windows, values))
                words.append(f"{way}, {kind}s, {values[2]:.1f}")
        return Figure(
            "Where it ends",
            "The shift at which the change reaches half of what unrelated results would show: it "
            "grows with the window.",
            charts.curves(
                f"{self.name}-range", lines, x_label="window, samples", y_label="range, samples",
                alternative=f"Range of a window of 8 in samples: {'; '.join(words)}.",
            ),
        )  # fmt: skip

    def _kept_figure(self, found: xr.Dataset) -> Figure:
        widest = int(found["window"].max())
        part = np.linspace(0, 1, 41)
        lines = [charts.Curve("independent values", part, (1 - part) / (1 + part))]
        shifts = found["length"].to_numpy()
        inside = shifts <= widest
        for kind in KINDS:
            chosen = found["kept"][np.asarray(found["kind"] == kind)].mean("input")
            for window in (8, widest):
                here = inside & (shifts <= window)
                values = chosen.sel(way="max", window=window).to_numpy()[here]
                name = f"max over {window}, {kind}s"
                lines.append(charts.Curve(name, shifts[here] / window, values))
        mean = found["kept"].sel(way="mean", window=widest).mean("input").to_numpy()[inside]
        lines.append(charts.Curve(f"mean over {widest}, all", shifts[inside] / widest, mean))
        quarter = _at_part(found["kept"], 4).mean("input")
        return Figure(
            "How many units keep their value exactly",
            "A maximum stays as long as its place stays in the window and no larger value comes "
            "in, of independent values in (w - d) / (w + d) of the windows w at a shift of d; a "
            "mean changes at once.",
            charts.curves(
                f"{self.name}-kept", lines, x_label="shift over window",
                y_label="share of units",
                alternative="Share at a quarter of the window: maximum "
                f"{float(quarter.sel(way='max')):.2f}, mean {float(quarter.sel(way='mean')):.2f}, "
                "independent values 0.60.",
            ),
        )  # fmt: skip


def _features(x: xr.DataArray) -> xr.DataArray:
    """Magnitudes of Gabor filters in four orientations."""
    angles = tuple(np.pi * np.arange(4) / 4)
    bank = GaborBank(both_dims(x), frequency=(0.2,), orientation=angles)
    return (bank >> Modulus())(x).isel(band=0, drop=True)


def _dense(
    way: Callable[[dict[str, int], dict[str, int]], Operator], window: int, dims: Sequence[str]
) -> Operator:
    """A pool with a window at every place."""
    return way(dict.fromkeys(dims, window), dict.fromkeys(dims, 1))


def _changes(y: xr.DataArray, dims: Sequence[str], shifts: Sequence[int]) -> np.ndarray:
    """Change at each shift along the last of the dims, relative to the spread about the means."""
    away = y - y.mean(dims)
    moves = [Translate.in_samples(y, {dims[-1]: shift}) for shift in shifts]
    return invariance_error(Pipeline(), away, moves, norm="total").to_numpy()


def _kept(y: xr.DataArray, dim: str, shifts: Sequence[int]) -> np.ndarray:
    """Share of units that keep their value at each shift."""
    values = np.moveaxis(y.to_numpy(), y.dims.index(dim), -1)
    near = 1e-9 * float(values.std())
    return np.array([np.mean(np.abs(values[..., d:] - values[..., :-d]) <= near) for d in shifts])


def _stacked(
    features: xr.DataArray, dims: Sequence[str], kernel: xr.DataArray, shifts: Sequence[int]
) -> np.ndarray:
    """Change over (stack, shift): one pool of 4, and two with a layer between them."""
    four = MaxPool(dict.fromkeys(dims, 4))
    layer = Convolve(kernel, channels=("features_1",), over=("orientation",)) >> Relu()
    found = []
    for op in (four, four >> layer >> four):
        # Strided pools have their own grid: the input moves under it, as new content enters.
        moved = sweep(op, features, [Translate.in_samples(features, {dims[-1]: d})
                                     for d in (0, *shifts)], "cut")  # fmt: skip
        first = moved.isel(length=0)
        away = ((first - first.mean(dims)) ** 2).sum()
        change = ((moved - first) ** 2).sum([dim for dim in moved.dims if dim != "length"])
        found.append(np.sqrt(change.to_numpy()[1:] / float(away)))
    return np.array(found)


def _nested(features: xr.DataArray, dims: Sequence[str]) -> float:
    """Largest difference of two maxima over 4 in a row from one over 16, relative."""
    four, sixteen = (MaxPool(dict.fromkeys(dims, w)) for w in (4, 16))
    one, two = sixteen(features).to_numpy(), (four >> four)(features).to_numpy()
    return float(np.abs(one - two).max() / one.std())


def _at_part(values: xr.DataArray, part: int) -> xr.DataArray:
    """Values at a part of each window, averaged over the windows where that is a whole sample."""
    windows = [int(w) for w in values["window"].to_numpy() if w >= part]
    rows = [values.sel(window=w, length=w // part, drop=True) for w in windows]
    out: xr.DataArray = xr.concat(rows, dim="window").mean("window")
    return out


def _range(change: xr.DataArray) -> xr.DataArray:
    """The shift at which the change reaches half of what unrelated results show."""
    shifts = np.concatenate([[0.0], change["length"].to_numpy()])
    lines = np.moveaxis(change.to_numpy(), change.dims.index("length"), -1)
    half = _UNRELATED / 2
    flat = [_crossing(shifts, np.concatenate([[0.0], line]), half)
            for line in lines.reshape(-1, lines.shape[-1])]  # fmt: skip
    out = change.isel(length=0, drop=True)
    return out.copy(data=np.reshape(flat, lines.shape[:-1]))


def _crossing(shifts: np.ndarray, change: np.ndarray, level: float) -> float:
    """Where a curve first reaches a level, between its points; the last shift if it never does."""
    above = np.flatnonzero(change >= level)
    if above.size == 0:
        return float(shifts[-1])
    k = int(above[0])
    part = (level - change[k - 1]) / (change[k] - change[k - 1])
    return float(shifts[k - 1] + part * (shifts[k] - shifts[k - 1]))


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    ratio = "change after {} over change before, a quarter window, pictures"
    kept = "units that keep their value, {}, a quarter window, pictures"
    slope = "range per sample of window, {}, pictures"
    return (
        "At a shift of a quarter of the window, pooled edge features of pictures change "
        f"{by[ratio.format('max')]:.2f} times as much as they do before the pool (maximum), "
        f"{by[ratio.format('mean')]:.2f} times (mean). {100 * by[kept.format('max')]:.0f} % of the "
        f"maxima keep their value exactly (independent values: 60 %), and "
        f"{100 * by[kept.format('mean')]:.0f} % of the means. The range grows by "
        f"{by[slope.format('max')]:.2f} px per pixel of window (maximum), "
        f"{by[slope.format('mean')]:.2f} (mean). Two maxima over 4 in a row are one over "
        f"16 (a law); with a layer between, the range is {by[_STACKED]:.1f} times that of one."
    )
