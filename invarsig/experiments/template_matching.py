"""Template matching: whether the heat map moves with the object, and its maximum stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.experiments import charts, moving_object
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, decibels_of, estimated
from invarsig.experiments.expectations import Expectation, Limited, above, below
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.laws import Law
from invarsig.experiments.nulls import shuffled
from invarsig.operators import MatchTemplate

__all__ = ["TemplateMatching"]

_STRIDES = (1, 2, 4)
_EXACT = -200.0  # dB: round-off, whatever the sizes
_HIDDEN: Final = (0, 2, 4, 6, 8, 10, 12, 16)  # columns of the object beyond the frame
_UNCHANGED = 0.01  # of a perfect match, which is 1
_PRIMARY = "change of the maximum over new backgrounds"
_HALF = "loss of the maximum at 0.5 px"


class TemplateMatching(Experiment):
    """Normalized cross-correlation with an object that moves: its maximum, and where that is."""

    name: ClassVar[str] = "template-matching"
    number: ClassVar[int] = 5
    claim: ClassVar[str] = (
        "In template matching the heat map moves with the object, and its maximum does not change."
    )
    question: ClassVar[str] = (
        "By how much does the maximum of the normalised cross-correlation move and change, when "
        "the object moves by whole samples and between them, on a coarser heat map, over new "
        "backgrounds and out of the frame?"
    )
    design: ClassVar[str] = (
        "In each photograph and texture the window of 21 x 21 pixels that varies most is the "
        "template. The picture (128 x 128 pixels, faded at its border) goes round and moves along "
        "x by 0 to 4 px in eighths, for heat maps of stride 1, 2 and 4 along x; in a window that "
        "moves over the picture new content enters. The disc inside the template is set into "
        "other pictures, at places 7 px apart, matched with the whole template. The object leaves "
        "the frame column by column (beyond the border there is the picture's mean). In "
        "recordings, 21 frames of a log-mel spectrogram (hop 10 ms) are the template, and the "
        "waveform is delayed by 0 to 4 hops in eighths. Places between samples are read off a "
        "parabola through the maximum and its neighbours. Beside the loss half-way between "
        "samples stands the one expected of the template's own slopes: half the squared shift "
        "times the mean squared slope over the variance. An object that moves leaves its "
        "background behind, so the change over new backgrounds decides; within limits the whole "
        "picture moves, by half a pixel."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PRIMARY: below(_UNCHANGED),
        "found over new backgrounds": above(0.95),
        "place between pixels, by a parabola, off by": below(0.1, "px"),
        **{f"change of the maximum, stride {by}": below(_UNCHANGED) for by in _STRIDES[1:]},
        "loss of the maximum at half a hop": below(_UNCHANGED),
        "place between hops, by a parabola, off by": below(0.1, "hops"),
    }
    limited: ClassVar[Limited | None] = Limited("where the background moves along", _HALF)
    headline: ClassVar[str] = (
        "Set upon new backgrounds, an object changes the maximum of its heat map by {value} of 1; "
        "where the background moves along, half a pixel costs {limited}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Lewis (1995), Fast normalized cross-correlation, Vision Interface.",
        "Brunelli (2009), Template matching techniques in computer vision, Wiley.",
    )
    parts: ClassVar[tuple[str, ...]] = ("images", "textures", "speech", "music")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure height and place of the maximum over (picture, ...) and (recording, ...)."""
        side, most, parts = (96, 2, 4) if self.reduced else (128, None, 8)
        steps = np.arange(4 * parts + 1) / parts
        paths = data.paths("images", at_least=2)[:most]
        photographs = len(paths)
        paths = [*paths, *data.paths("textures")[:most]]
        scenes = [moving_object.scene_of(data, path, side) for path in paths]
        found: dict[str, list[np.ndarray]] = {}
        for place, scene in enumerate(scenes):
            progress(scene.name, 0.9 * place / len(scenes))
            others = [*scenes[place + 1 :], *scenes[:place]][:3]
            for measured in (
                moving_object.sideways(scene, steps, _STRIDES),
                moving_object.heat_errors(scene),
                moving_object.elsewhere(scene, others, 3 if self.reduced else 6),
                moving_object.leaving(scene, _HIDDEN),
            ):
                for name, values in measured.items():
                    found.setdefault(name, []).append(values)
        sounds = [*data.paths("speech", at_least=2)[:most], *data.paths("music")[:most]]
        for place, path in enumerate(sounds):
            progress(path.stem, 0.9 + 0.1 * place / len(sounds))
            for name, values in moving_object.delayed(
                data.sound(path, 2.0, at_least=0.5), steps
            ).items():
                found.setdefault(name, []).append(values)
        pixels = {"units": "px"}
        return xr.Dataset(
            {
                **{name: (_DIMS[name], np.array(each)) for name, each in found.items()},
                **_shown(scenes[:photographs]),
            },
            coords={
                "picture": [scene.name for scene in scenes],
                "recording": [path.stem for path in sounds],
                "length": ("length", steps, {"units": "samples"}),
                "stride": ("stride", list(_STRIDES), pixels),
                "hidden": ("hidden", list(_HIDDEN), pixels),
            },
        )

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Say how far the maximum moves and changes."""
        whole = found["length"] % 1 == 0
        fine, time = found["height"].sel(stride=1), found["delayed_height"]
        off, late = found["place_off"].sel(stride=1), found["delayed_off"]
        loss = 1 - fine.sel(length=0.5)

        def of(name: str, unit: str, values: xr.DataArray, over: str = "pictures") -> Effect:
            return estimated(name, unit, values, of=over, rng=rng)

        def between(values: xr.DataArray) -> xr.DataArray:
            mean: xr.DataArray = (values.where(~whole) ** 2).mean("length") ** 0.5
            return mean

        effects = [
            of("heat map, ring, 0.37 px", "dB", decibels_of(found["between_error"])),
            of(_HALF, "1", loss),
            of("loss at 0.5 px, measured over expected of the slopes", "1",
               loss / (0.125 * found["steepness"])),
            of("place between pixels, by a parabola, off by", "px", between(off)),
            *(of(f"change of the maximum, stride {by}", "1", _span(found["height"].sel(stride=by)))
              for by in _STRIDES[1:]),
            of(_PRIMARY, "1", _span(found["elsewhere"], ("background", "spot"))),
            of("found over new backgrounds", "1",
               found["elsewhere_found"].mean(("background", "spot"))),
            of("columns hidden when the object is lost", "px", _lost_at(found)),
            of("loss of the maximum at half a hop", "1", 1 - time.sel(length=0.5), "recordings"),
            of("place between hops, by a parabola, off by", "hops", between(late), "recordings"),
        ]  # fmt: skip
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle the objects at each place, and which heat map is how coarse."""
        height = found["elsewhere"].transpose("picture", "background", "spot")
        mixed = rng.permuted(height.to_numpy(), axis=0)
        found = found.assign(elsewhere=height.copy(data=mixed))
        return shuffled(found, ["height"], "stride", rng, unit="picture")

    def laws(self, found: xr.Dataset) -> Sequence[Law]:
        """By whole samples the heat map moves along, and its maximum keeps value and place."""
        whole, bound = found["length"] % 1 == 0, below(_EXACT, "dB")
        moved = found.isel(length=np.flatnonzero(whole)).sel(stride=1)
        return (
            Law.of("the heat map moves with the picture by whole pixels, on periodic axes",
                   decibels_of(found["ring_error"]), bound),
            Law.of("the heat map moves with the picture by whole pixels, in a moving window",
                   decibels_of(found["window_error"]), bound),
            Law.of("the maximum keeps its value at whole pixels", _span(moved["height"]),
                   below(1e-9)),
            Law.of("the maximum moves as far as the picture, by whole pixels",
                   abs(moved["nearest_off"]), below(1e-9, "px")),
            Law.of("the maximum keeps its value at whole hops", _span(moved["delayed_height"]),
                   below(1e-9)),
        )  # fmt: skip

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Heat maps, the maximum over the shift, and over how much is hidden."""
        height = found["height"]
        lines = [
            charts.Curve(
                f"picture, stride {stride}", found["length"].to_numpy(),
                height.sel(stride=stride).mean("picture").to_numpy(),
            )
            for stride in _STRIDES
        ]  # fmt: skip
        hops = found["delayed_height"].mean("recording")
        lines.append(charts.Curve("spectrogram, in hops", found["length"].to_numpy(), hops))
        least = "; ".join(
            f"stride {stride}: {float(height.sel(stride=stride).mean('picture').min()):.3f}"
            for stride in _STRIDES
        )
        share = found["leaving_found"].mean("picture").to_numpy()
        hidden = found["hidden"].to_numpy()
        level = found["leaving"].mean("picture").to_numpy()
        return [
            self._heat_figure(found),
            Figure(
                "The maximum while the object moves",
                "Mean over pictures and recordings. At stride 1 it dips between samples; on "
                "coarser heat maps it swings with the place of the object on the grid.",
                charts.curves(
                    f"{self.name}-height", lines, x_label="shift, px (delay, hops)",
                    y_label="maximum of the heat map",
                    alternative=f"Smallest mean of the maximum: {least}; spectrogram "
                    f"{float(hops.min()):.3f}.",
                ),
            ),
            Figure(
                "The object leaves the frame",
                f"Of {moving_object.SIZE} columns; found is to a pixel. Once the object's middle "
                "is outside (11 columns), no sample of the heat map stands for it.",
                charts.curves(
                    f"{self.name}-leaving",
                    [
                        charts.Curve("maximum of the heat map", hidden, level),
                        charts.Curve("share of pictures where it is found", hidden, share),
                    ],
                    x_label="columns of the object outside the frame, px",
                    y_label="correlation, or share",
                    alternative="Maximum of the heat map and share found: "
                    + "; ".join(
                        f"{cut} columns hidden, {a:.2f} and {b:.2f}"
                        for cut, a, b in zip(hidden, level, share, strict=True)
                    ) + ".",
                ),
            ),
        ]  # fmt: skip

    def _heat_figure(self, found: xr.Dataset) -> Figure:
        heats = found["heat"]
        ends = (0.0, float(heats.sizes["across"])), (0.0, float(heats.sizes["down"]))
        panels = [
            charts.Panel(words, np.maximum(heats.isel(moved=k).to_numpy(), 0.0), *ends)
            for k, words in enumerate(("object in place", "moved by 20 px"))
        ]
        tops = heats.max(("down", "across")).to_numpy()
        return Figure(
            "The heat map moves along",
            f"Correlation of each window of {heats.attrs['picture']} with the template, from 0 "
            "(dark) to 1 (bright): the brightest spot is the object.",
            charts.pictures(
                f"{self.name}-heat", panels, x_label="x, px", y_label="y, px", limits=(0.0, 1.0),
                alternative="Heat maps before and after a move by 20 px to the right; the maximum "
                f"is {tops[0]:.3f} and {tops[1]:.3f}.",
            ),
        )  # fmt: skip


# Dims of the measurements of each picture or recording.
_DIMS: Final[dict[str, tuple[str, ...]]] = {
    "height": ("picture", "stride", "length"),
    "place_off": ("picture", "stride", "length"),
    "nearest_off": ("picture", "stride", "length"),
    "steepness": ("picture",),
    "ring_error": ("picture",),
    "between_error": ("picture",),
    "window_error": ("picture",),
    "elsewhere": ("picture", "background", "spot"),
    "elsewhere_found": ("picture", "background", "spot"),
    "leaving": ("picture", "hidden"),
    "leaving_found": ("picture", "hidden"),
    "delayed_height": ("recording", "length"),
    "delayed_off": ("recording", "length"),
}


def _shown(scenes: Sequence[moving_object.Scene]) -> dict[str, xr.Variable]:
    """Heat maps of the picture that least resembles its object, unmoved and moved by 20 px."""
    heats = [MatchTemplate(scene.template)(scene.window) for scene in scenes]
    least = int(np.argmin([float((heat > 0.4).mean()) for heat in heats]))
    scene = scenes[least]
    moved = MatchTemplate(scene.template)(Translate(x=20.0)(scene.window))
    values = np.array([heat.transpose("y", "x").to_numpy() for heat in (heats[least], moved)])
    return {"heat": xr.Variable(("moved", "down", "across"), values, {"picture": scene.name})}


def _span(values: xr.DataArray, over: str | tuple[str, ...] = "length") -> xr.DataArray:
    """From the smallest to the largest."""
    return values.max(over) - values.min(over)


def _lost_at(found: xr.Dataset) -> xr.DataArray:
    """The fewest hidden columns at which the maximum is elsewhere."""
    hidden = found["hidden"].where(found["leaving_found"] == 0)
    return hidden.min("hidden").fillna(float(found["hidden"].max()))


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    return (
        "At whole pixels the heat map moves along and its maximum stays (laws). Half-way between "
        "pixels it loses "
        f"{by['loss of the maximum at 0.5 px']:.3f} of 1 (half-way between hops "
        f"{by['loss of the maximum at half a hop']:.3f}), and a parabola finds its place to "
        f"{by['place between pixels, by a parabola, off by']:.3f} px; on a heat map of stride 2 it "
        f"swings by {by['change of the maximum, stride 2']:.2f}, of stride 4 by "
        f"{by['change of the maximum, stride 4']:.2f}. Over new backgrounds it swings by "
        f"{by['change of the maximum over new backgrounds']:.2f} and stands at the object in "
        f"{100 * by['found over new backgrounds']:.0f} % of the places. An object that leaves the "
        f"frame is lost when {by['columns hidden when the object is lost']:.1f} of its 21 columns "
        "are hidden."
    )
