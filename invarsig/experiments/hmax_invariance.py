"""In HMAX invariance grows from S1 to C2: how far a picture may move, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.actions import Dilate, Translate
from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, decibels_of, estimated, least_mean
from invarsig.experiments.expectations import Expectation, Limited, above, below
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.hmax_layers import (
    LAYERS,
    Units,
    layers_of,
    patches_of,
    relative_changes,
    spreads_of,
)
from invarsig.experiments.invariance_range import invariance_range
from invarsig.experiments.nulls import shuffled

__all__ = ["HmaxInvariance"]

_SIDE: Final = 120  # px: the strides of the three bands divide it
_WIDE = 256
_MOST: Final = 60  # px: the largest shift, where the strides of all bands meet
_LEVEL = 0.5  # half of the change that another picture would cause
_GROWN = "growth of the range from layer to layer, the least"
_POOLED = "growth of the range from S to C, the lesser"
_STEPS = tuple(zip(LAYERS[1:], LAYERS[:-1], strict=True))


class HmaxInvariance(Experiment):
    """Units of HMAX under shifts on periodic axes, in a moving window, and under enlargement."""

    name: ClassVar[str] = "hmax-invariance"
    number: ClassVar[int] = 10
    claim: ClassVar[str] = "In HMAX invariance grows from S1 to C2."
    question: ClassVar[str] = (
        "How far may a picture move, and how much may it grow, until the units of each layer have "
        "changed by half of what another picture changes?"
    )
    design: ClassVar[str] = (
        "Windows of 120 x 120 pixels out of photographs and textures pass HMAX with the first "
        "three bands of Serre's table (filters of 7 to 17 px, pools of 8 to 12 px) and 4 x 4 "
        "patches out of the responses to the other pictures. A layer's change is the root mean "
        "square over its units, at their own places where they have one, relative to that between "
        "the picture and the others: at 1 a picture has become another. Its range is the move at "
        "which that reaches 0.5, the largest move where it never does. The window moves by 1 to "
        "60 px over the larger picture, as a camera does, or goes round, so that no content "
        "enters; or the picture grows about the middle by up to an octave. Ranges are "
        "geometric means over pictures and their growth is in octaves; the largest move counts "
        "where the level is never reached. The claim says that it grows from layer to layer, so "
        "the least mean growth decides, and within limits that of the two pools."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _GROWN: above(0, "octaves"),
        "change of C2 at 16 px, moving window": below(_LEVEL),
        "growth of the range in scale from S1 to C2": above(0, "octaves"),
        "change of C2 at half an octave": below(_LEVEL),
    }
    limited: ClassVar[Limited | None] = Limited("for the layers that pool, C1 and C2", _POOLED)
    headline: ClassVar[str] = (
        "The shift that HMAX forgives grows from layer to layer, at the step where it grows least "
        "by {value}, and at the lesser of its two pools by {limited}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Riesenhuber & Poggio (1999), doi:10.1038/14819.",
        "Serre, Wolf, Bileschi, Riesenhuber & Poggio (2007), doi:10.1109/TPAMI.2007.56.",
    )
    parts: ClassVar[tuple[str, ...]] = ("images", "textures")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure changes over (picture, layer, move)."""
        most = 2 if self.reduced else None
        paths = [*data.paths("images", at_least=2)[:most], *data.paths("textures")[:most]]
        shifts = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, _MOST]
        octaves = [0.0625, 0.125, 0.25, 0.5, 0.75, 1.0]
        if self.reduced:
            shifts, octaves = [1, 2, 4, 8, 16, 32, _MOST], [0.125, 0.5, 1.0]
        wide = [data.picture(path, _WIDE).astype(np.float64) for path in paths]
        patches, source = patches_of(wide, 3, rng)
        windows = [[_window(x)] + [_window(x, shift) for shift in shifts] for x in wide]
        rings = [_ring(x) for x in wide]
        turned = [[x] + [Translate(x=float(shift))(x) for shift in shifts] for x in rings]
        grown = [
            [_window(x)] + [_window(Dilate.about_middle(x, 2**by, ("y", "x"))(x)) for by in octaves]
            for x in wide
        ]
        found = []
        for part, scenes in enumerate((windows, turned, grown)):

            def tell(name: str, share: float, part: int = part) -> None:
                progress(name, (part + share) / 3)

            found.append(_changes(scenes, patches, source, [p.stem for p in paths], tell))
        over = ("picture", "layer")
        return xr.Dataset(
            {
                "window_change": ((*over, "length"), found[0]),
                "ring_change": ((*over, "length"), found[1]),
                "scale_change": ((*over, "enlargement"), found[2]),
            },
            coords={
                "picture": [path.stem for path in paths],
                "layer": list(LAYERS),
                "length": ("length", shifts, {"units": "px"}),
                "enlargement": ("enlargement", octaves, {"units": "octave"}),
            },
        )

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Estimate ranges, and their growth from layer to layer."""

        def of(name: str, values: xr.DataArray, unit: str = "1") -> Effect:
            statistic = _typical if unit in ("px", "octave") else np.mean
            return estimated(
                name, unit, values.to_numpy(), of="pictures", rng=rng, statistic=statistic
            )

        def least(name: str, several: Sequence[xr.DataArray]) -> Effect:
            both = np.stack([each.to_numpy() for each in several], axis=1)
            return estimated(name, "octaves", both, of="pictures", rng=rng, statistic=least_mean)

        def growth(ranges: xr.DataArray, above: str, below: str) -> xr.DataArray:
            ratio = ranges.sel(layer=above, drop=True) / ranges.sel(layer=below, drop=True)
            return ratio.copy(data=np.log2(ratio.to_numpy()))

        window, scale = _ranges(found["window_change"]), _ranges(found["scale_change"])
        own = _ranges(found["window_change"], own_ceiling=True)
        steps = {pair: growth(window, *pair) for pair in _STEPS}
        pools = [steps[pair] for pair in _STEPS if pair[0].startswith("C")]
        c2 = {name: found[f"{name}_change"].sel(layer="C2") for name in ("window", "ring", "scale")}
        meeting = decibels_of(c2["ring"].sel(length=_MOST))
        effects = [
            least(_GROWN, list(steps.values())),
            least(_POOLED, pools),
            *(of(_named(one, "px"), window.sel(layer=one), "px") for one in LAYERS),
            *(
                of(f"growth of the range from {below} to {above}", each, "octaves")
                for (above, below), each in steps.items()
            ),
            of(
                "growth of the range from C1 to S2, each to half of its own change at 60 px",
                growth(own, "S2", "C1"), "octaves",
            ),
            of("change of C2 at 16 px, moving window", c2["window"].sel(length=16)),
            of("largest change of C2, ring", c2["ring"].max("length")),
            of("change of C2 at 60 px, where the strides meet, ring", meeting, "dB"),
            *(of(_named(one, "octave"), scale.sel(layer=one), "octave") for one in LAYERS),
            of("growth of the range in scale from S1 to C2", growth(scale, "C2", "S1"), "octaves"),
            of("growth of the range in scale from S2 to C2", growth(scale, "C2", "S2"), "octaves"),
            of("change of C2 at half an octave", c2["scale"].sel(enlargement=0.5)),
        ]  # fmt: skip
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle the layers, anew for each picture."""
        return shuffled(found, ["window_change"], "layer", rng, unit="picture")

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Change over the shift and over the enlargement, and ranges."""
        shifts = found["length"].to_numpy()
        window, ring = found["window_change"], found["ring_change"]
        lines = [_curve(one, shifts, window.sel(layer=one)) for one in LAYERS]
        lines.append(_curve("C2, on a ring", shifts, ring.sel(layer="C2")))
        at = "; ".join(
            f"{one} {float(window.sel(layer=one, length=4).mean()):.2f}" for one in LAYERS
        )
        octaves = found["enlargement"].to_numpy()
        scale = found["scale_change"]
        grown = [_curve(one, octaves, scale.sel(layer=one)) for one in LAYERS]
        half = "; ".join(
            f"{one} {float(scale.sel(layer=one, enlargement=0.5).mean()):.2f}" for one in LAYERS
        )
        return [
            Figure(
                "Change over the shift",
                "The window moves over the picture; mean over pictures. At 1 the units have "
                "changed as much as they would for another picture. On a ring, where nothing new "
                "comes in, what is left to C2 is the stride of its cells.",
                charts.curves(
                    f"{self.name}-shift", lines, x_label="shift, px", y_label="relative change",
                    x_scale="log2", marks=((_LEVEL, "half"),), y_range=(0, 1.05),
                    alternative=f"Relative change at a shift of 4 px: {at}.",
                ),
            ),
            Figure(
                "Change over the enlargement",
                "The picture grows about the middle of the window; mean over pictures. C2 takes "
                "the largest answer of three bands, whose filters are 0.6 and 0.4 octaves apart.",
                charts.curves(
                    f"{self.name}-scale", grown, x_label="enlargement, octaves",
                    y_label="relative change", marks=((_LEVEL, "half"),), y_range=(0, 1.05),
                    alternative=f"Relative change at half an octave: {half}.",
                ),
            ),
            self._range_figure(found),
        ]  # fmt: skip

    def _range_figure(self, found: xr.Dataset) -> Figure:
        rng = np.random.default_rng(self.seed)
        rows, words = [], []
        for group, name in (("moving window", "window"), ("ring", "ring")):
            reached = _ranges(found[f"{name}_change"])
            for one in LAYERS:
                values = reached.sel(layer=one).to_numpy()
                effect = estimated(one, "px", values, of="pictures", rng=rng, statistic=np.median)
                most = " or more" if effect.value >= _MOST else ""
                text = f"{one}, {group}: {effect.value:.1f} px{most}"
                rows.append(charts.Interval(text, effect.value, effect.low, effect.high, group))
                words.append(text)
        return Figure(
            "How far a picture may move",
            "The shift at which a layer has changed by half of what another picture changes: "
            "median over pictures with its 95 % interval. Where it never does, 60 px are counted.",
            charts.intervals(
                f"{self.name}-range", rows, x_label="range, px", x_scale="log",
                alternative="; ".join(words) + ".",
            ),
        )  # fmt: skip


def _window(picture: xr.DataArray, offset: int = 0) -> xr.DataArray:
    """The middle of a picture, or what lies further right; without coordinates."""
    start = (_WIDE - _SIDE) // 2
    cut = picture.isel(
        y=slice(start, start + _SIDE), x=slice(start + offset, start + offset + _SIDE)
    )
    return cut.drop_vars(["y", "x"])


def _ring(picture: xr.DataArray) -> xr.DataArray:
    """The middle of a picture, made periodic."""
    cut = _window(picture)
    return cut.assign_coords(
        {dim: (dim, np.arange(_SIDE), {"units": "px", "period": float(_SIDE)}) for dim in cut.dims}
    )


def _changes(
    scenes: Sequence[Sequence[xr.DataArray]],
    patches: xr.DataArray,
    source: np.ndarray,
    names: Sequence[str],
    progress: Progress,
) -> np.ndarray:
    """Changes over (picture, layer, move); the first scene of a picture is the original."""
    first: list[Units] = [layers_of(own[0], patches) for own in scenes]
    spreads = spreads_of(first, source)
    rows = []
    for place, own in enumerate(scenes):
        progress(names[place], place / len(scenes))
        rows.append([
            relative_changes(first[place], layers_of(moved, patches), spreads[place],
                             source != place)
            for moved in own[1:]
        ])  # fmt: skip
    return np.swapaxes(np.array(rows), 1, 2)


def _ranges(change: xr.DataArray, own_ceiling: bool = False) -> xr.DataArray:
    """Move at which each picture's layer has changed by half of what another picture does.

    Or by half of its own change at the largest move.
    """
    along = str(change.dims[-1])
    moves = change[along].to_numpy()
    values = [
        [invariance_range(moves, line, line[-1] / 2 if own_ceiling else _LEVEL) for line in rows]
        for rows in change.to_numpy()
    ]
    return change.isel({along: 0}, drop=True).copy(data=np.array(values))


def _typical(values: np.ndarray) -> float:
    """Geometric mean."""
    return float(np.exp(np.log(values).mean()))


def _curve(name: str, moves: np.ndarray, change: xr.DataArray) -> charts.Curve:
    return charts.Curve(name, moves, change.mean("picture").to_numpy())


def _named(layer: str, unit: str) -> str:
    """Name of a range, with the largest move, which is used where the level is never reached."""
    if unit == "px":
        return f"range of {layer}, moving window, at most {_MOST}"
    return f"range in scale of {layer}, at most 1"


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    ranges = {one: (by[_named(one, "px")], by[_named(one, "octave")]) for one in LAYERS}
    window, scale = (
        ", ".join(f"{text}{' or more' if most else ''} ({one})" for one, text, most in each)
        for each in (
            [(one, f"{px:.1f} px", px >= _MOST) for one, (px, _) in ranges.items()],
            [
                (one, f"{by_octaves:.2f}", by_octaves >= 1)
                for one, (_, by_octaves) in ranges.items()
            ],
        )
    )
    return (
        "Units have changed by half of what another picture changes after a shift of the window by "
        f"{window}, and after an enlargement by {scale} octaves, where the largest moves are 60 px "
        "and one octave. C2 has changed by "
        f"{by['change of C2 at 16 px, moving window']:.2f} at 16 px, by at most "
        f"{by['largest change of C2, ring']:.2f} on a ring, and by "
        f"{by['change of C2 at half an octave']:.2f} at half an octave."
    )
