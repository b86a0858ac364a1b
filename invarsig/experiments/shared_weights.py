"""Convolution commutes with translation: what sharing weights gains, and a border loses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, decibels_of, estimated
from invarsig.experiments.expectations import Expectation, above, below, within
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.laws import Law
from invarsig.experiments.nulls import shuffled
from invarsig.experiments.scenes import KINDS, both_dims, scenes
from invarsig.experiments.weight_sharing import TAPS, at_border, error_maps, on_ring
from invarsig.models import random_kernels
from invarsig.report.wording import typeset

__all__ = ["SharedWeights"]

# Names of the ways of weighting in the figures.
_WAYS: Final[dict[str, str]] = {
    "shared": "the same taps everywhere",
    "slow gain": "convolution, gain of 10 %, slow",
    "gain": "convolution, gain of 10 %, white",
    "one percent": "taps that differ by 1 %",
    "ten percent": "taps that differ by 10 %",
    "unshared": "other taps at each place",
}
_BOUNDARIES = ("zero", "reflect")
_DEPTHS = (1, 2, 3, 4)
_SHIFTS = (1, 8)
_EXACT = -200.0  # dB: round-off, whatever the sizes
_DEEPEST = 16  # samples from the border that are examined
_PRIMARY = "zero padding, 4 layers, at the border"


class SharedWeights(Experiment):
    """Shared and unshared taps on periodic axes, and layers with a border in a moving window."""

    name: ClassVar[str] = "shared-weights"
    number: ClassVar[int] = 4
    claim: ClassVar[str] = (
        "Convolution commutes with translation; unshared weights do not; zero padding breaks it at "
        "the border."
    )
    question: ClassVar[str] = (
        "How far are shared, nearly shared and unshared taps from commuting with translation, and "
        "how far in from the border does padding disturb one to four layers?"
    )
    design: ClassVar[str] = (
        "Photographs and textures, and log-mel spectrograms of speech and music as pictures over "
        "(mel, time), standardised. On a ring, moved by 1 and 8 samples along either axis: a "
        "convolution with 5 x 5 random taps, taps that differ from place to place by 1 %, 10 % or "
        "wholly, and a convolution followed by a gain of each place (10 %, white or slowly "
        "varying); beside each error the one expected over the draw, sqrt(2) times the deviation. "
        "In a window that moves by one sample over a larger input: one to four layers of 5 x 5 "
        "convolutions (8 features, rectified) with zero or reflecting borders; the relative error "
        "over the distance from the border, and how many samples in it reaches (to 1e-10), against "
        "the summed reach of the layers. That shared taps commute on a ring is an identity, and "
        "that unshared ones do not nearly one; what decides is how much zero padding breaks at the "
        "border, of pictures and spectrograms."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PRIMARY: above(-20, "dB"),
        **{f"other taps at each place, {kind}s": above(-20, "dB") for kind in KINDS},
        **{f"{_PRIMARY}, {kind}s": above(-20, "dB") for kind in KINDS},
    }
    headline: ClassVar[str] = (
        "After four layers with zero padding, what comes out at the border errs by {value} when "
        "the window moves by one sample."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "LeCun et al. (1998), Gradient-based learning, doi:10.1109/5.726791.",
        "Kayhan & van Gemert (2020), On translation invariance in CNNs, arXiv:2003.07064.",
        "Luo et al. (2016), Understanding the effective receptive field, arXiv:1701.04128.",
    )
    parts: ClassVar[tuple[str, ...]] = ("images", "textures", "speech", "music")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure errors over (input, along, way) and (input, along, boundary, depth, distance)."""
        side, most = (49, 2) if self.reduced else (97, None)
        names, kinds, ring, expected, border, reach = [], [], [], [], [], []
        found_scenes = list(_scenes(data, side, most))
        for place, (name, kind, x) in enumerate(found_scenes):
            progress(name, place / len(found_scenes))
            names.append(name)
            kinds.append(kind)
            found, wanted = on_ring(x, _SHIFTS, rng)
            ring.append(found)
            expected.append(wanted)
            kernels = random_kernels(
                x, (8,) * len(_DEPTHS), window=TAPS, over=both_dims(x), rng=rng
            )
            profiles, reaches = at_border(x, kernels, _BOUNDARIES, _DEEPEST)
            border.append(profiles)
            reach.append(reaches)
        shown = found_scenes[0][2]
        kernels = random_kernels(shown, (8,) * 4, window=TAPS, over=both_dims(shown), rng=rng)
        over = ("input", "along", "way", "length")
        count = {"units": "samples"}
        return xr.Dataset(
            {
                "ring_error": (over, np.array(ring)),
                "ring_expected": (over, np.array(expected)),
                "border_error": (
                    ("input", "along", "boundary", "depth", "distance"),
                    np.array(border),
                ),
                "reach": (("input", "along", "depth"), np.array(reach), count),
                "map": (("layers", "down", "across"), error_maps(shown, kernels, (1, 4))),
            },
            coords={
                "input": names,
                "kind": ("input", kinds),
                "along": ["across", "down"],
                "way": list(_WAYS),
                "length": ("length", list(_SHIFTS), count),
                "boundary": list(_BOUNDARIES),
                "depth": ("depth", list(_DEPTHS), {"units": "layers"}),
                "layers": ("layers", [1, 4], {"units": "layers"}),
                "distance": ("distance", np.arange(_DEEPEST), count),
            },
        )

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Say how far each is off, and how far in a border has an effect."""
        ring, border = decibels_of(found["ring_error"]), decibels_of(found["border_error"])
        zero = border.sel(boundary="zero")
        first = border.isel(distance=0).mean("along")

        def of(name: str, values: xr.DataArray, unit: str = "dB", kind: str = "") -> Effect:
            chosen = values if not kind else values[np.asarray(found["kind"] == kind)]
            return estimated(
                f"{name}, {kind}s" if kind else name, unit, chosen,
                of=f"{kind}s" if kind else "inputs", rng=rng,
            )  # fmt: skip

        def level(way: str, shift: int = 1) -> xr.DataArray:
            return ring.sel(way=way, length=shift).mean("along")

        off = ring - decibels_of(found["ring_expected"])
        effects = [
            *(of(_PRIMARY, first.sel(boundary="zero", depth=4), kind=kind)
              for kind in ("", *KINDS)),
            *(of("other taps at each place", level("unshared"), kind=kind) for kind in KINDS),
            of("taps that differ by 10 %", level("ten percent")),
            of("a white gain of 10 %", level("gain")),
            of("a slow gain of 10 %, 1 sample", level("slow gain")),
            of("a slow gain of 10 %, 8 samples", level("slow gain", 8)),
            of(
                "measured over expected, taps and gains",
                off.sel(way=list(_WAYS)[1:]).mean(("along", "length", "way")),
            ),
            of(
                "gain of reflecting over zero padding, 4 layers, at the border",
                (first.sel(boundary="zero") - first.sel(boundary="reflect")).sel(depth=4),
            ),
            of(
                "samples at the border that err by more than -40 dB, 4 layers (reach 8)",
                _last_above(zero.sel(depth=4), -40.0).mean("along"), "samples",
            ),
        ]  # fmt: skip
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle the distances from the border, anew for each input."""
        return shuffled(found, ["border_error"], "distance", rng, unit="input")

    def laws(self, found: xr.Dataset) -> Sequence[Law]:
        """Shared taps commute on a ring, and a border is felt as far in as the taps reach."""
        ring, border = decibels_of(found["ring_error"]), decibels_of(found["border_error"])
        zero, bound = border.sel(boundary="zero"), below(_EXACT, "dB")
        beyond = zero.where(found["distance"] >= found["reach"]).max("distance")
        further = (_measured_reach(found) - found["reach"]).sel(boundary="zero")
        return (
            Law.of("convolution commutes with translation on periodic axes",
                   ring.sel(way="shared"), bound),
            Law.of("zero padding is not felt beyond the summed reach of the layers", beyond, bound),
            Law.of("zero padding is felt as far in as the summed reach of the layers",
                   further, within(-0.5, 0.5, "samples")),
        )  # fmt: skip

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Errors on periodic axes beside expected ones, and over the distance from the border."""
        border = decibels_of(found["border_error"]).mean(("input", "along"))
        zero = border.sel(boundary="zero")
        lines = [
            charts.Curve(
                f"{depth} layer{'s' if depth > 1 else ''}, summed reach {2 * depth}",
                found["distance"].to_numpy(),
                np.maximum(zero.sel(depth=depth).to_numpy(), -80.0),
            )
            for depth in _DEPTHS
        ]
        mirrored = border.sel(boundary="reflect", depth=4).to_numpy()
        last = np.maximum(mirrored, -80.0)
        lines.append(charts.Curve("4 layers, reflecting", found["distance"].to_numpy(), last))
        start = "; ".join(
            f"{depth} layers {float(zero.sel(depth=depth, distance=0)):.1f} dB at the border, "
            f"exact from {2 * depth} samples on"
            for depth in _DEPTHS
        )
        return [
            self._ring_figure(found),
            Figure(
                "How far in a border is felt",
                "Mean over pictures and spectrograms. Exact values are drawn at -80 dB: each layer "
                "of 5 taps lets the padding two samples further in, and no further.",
                charts.curves(
                    f"{self.name}-border", lines, x_label="distance from the border, samples",
                    y_label="error, dB", alternative=f"Error with zero padding: {start}.",
                ),
            ),
            self._map_figure(found),
        ]  # fmt: skip

    def _ring_figure(self, found: xr.Dataset) -> Figure:
        rows, words = [], []
        error, wanted = (
            decibels_of(found[name]).sel(length=1).mean("along")
            for name in ("ring_error", "ring_expected")
        )
        for way, label in _WAYS.items():
            seen, mean = error.sel(way=way).to_numpy(), float(wanted.sel(way=way).mean())
            exact = way == "shared"
            after = ": exact" if exact else f" (expected {mean:.1f} dB)"
            shown = np.maximum(seen, -80.0)
            rows.append(
                charts.Interval(typeset(label + after), shown.mean(), shown.min(), shown.max())
            )
            words.append(f"{label} {'exact' if exact else f'{seen.mean():.1f} dB'}")
        return Figure(
            "On a ring, moved by one sample",
            "Mean over pictures and spectrograms, and range over them; the exact one is drawn at "
            "-80 dB. Expected is the mean over all draws of the taps.",
            charts.intervals(
                f"{self.name}-ring", rows, x_label="equivariance error, dB",
                alternative=f"Error at a shift of one sample: {'; '.join(words)}.",
            ),
        )  # fmt: skip

    def _map_figure(self, found: xr.Dataset) -> Figure:
        maps = found["map"]
        wide, high = float(maps.sizes["across"]), float(maps.sizes["down"])
        panels = [
            charts.Panel(
                f"{layers} layer{'s' if layers > 1 else ''}",
                np.maximum(maps.sel(layers=layers).to_numpy(), -60.0), (0.0, wide), (0.0, high),
            )
            for layers in (1, 4)
        ]  # fmt: skip
        return Figure(
            "Where it is broken",
            f"The picture {found['input'].to_numpy()[0]}, in a window that moves by one pixel "
            "sideways, with zero padding: dark is exact, bright is an error as large as the "
            "features. Only the borders that the move crosses count.",
            charts.pictures(
                f"{self.name}-map", panels, x_label="x, px", y_label="y, px", limits=(-60.0, 0.0),
                alternative="Error over the picture after 1 and 4 layers: bright columns of 2 and "
                "8 pixels at the left and right border, nothing between.",
            ),
        )  # fmt: skip


def _scenes(
    data: Collection, side: int, most: int | None
) -> Iterator[tuple[str, str, xr.DataArray]]:
    """Scenes, each standardized, as a network receives its input."""
    for name, kind, x in scenes(data, side, 0.01 * side + 0.05, most):
        cut = x.isel(time=slice(side)) if "time" in x.dims else x
        away = cut.astype(np.float64) - float(cut.mean())
        yield name, kind, away / float(away.std())


def _measured_reach(found: xr.Dataset) -> xr.DataArray:
    """How many samples in from the border the error is above round-off."""
    return _last_above(decibels_of(found["border_error"]), _EXACT)


def _last_above(level: xr.DataArray, limit: float) -> xr.DataArray:
    """How many samples in from the border a level is reached for the last time."""
    return ((level["distance"] + 1) * (level > limit)).max("distance")


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    near = by["samples at the border that err by more than -40 dB, 4 layers (reach 8)"]
    return (
        "On a ring shared taps commute (a law), "
        f"taps that differ by 10 % err by {by['taps that differ by 10 %']:.1f} dB and wholly "
        "unshared "
        f"ones by {by['other taps at each place, pictures']:.1f} dB (pictures); a gain of 10 % "
        f"that varies slowly breaks it by {by['a slow gain of 10 %, 1 sample']:.1f} dB at one "
        f"sample. Zero padding errs by {by['zero padding, 4 layers, at the border, pictures']:.1f} "
        "dB at the border after four layers, and is felt in to the summed reach of the layers; "
        "after four, "
        f"{near:.1f} of its 8 samples err by more than -40 dB."
    )
