"""Time and frequency: whether speech is translation invariant along one and not the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.actions import FrequencyShift, Translate
from invarsig.aliasing import folding_errors
from invarsig.axes import axis_of
from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, decibels_of, estimated
from invarsig.experiments.expectations import Expectation, Limited, above, below
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.laws import Law
from invarsig.experiments.moved_words import MOVES, SEARCH, languages, recognized, words
from invarsig.experiments.nulls import shuffled
from invarsig.operators import Spectrogram

__all__ = ["TimeAgainstFrequency"]

_WINDOW = 512  # samples
_PARTS = (2, 4, 8, 16)  # of a window, which are the hops
_SECONDS = 2.0
# A spectrogram whose bins resolve partials of speech, and the range in which pitch is searched.
_LONG, _STEP = 0.064, 0.016  # s
_PITCH = (70.0, 400.0)  # Hz
_VOICED = 0.7  # of the energy lies at multiples of one pitch, in the sense of `_harmonicity`
_DIMS: Final[dict[str, str]] = {"time": "time", "mel": "frequency"}
_MATCHERS: Final[dict[str, int]] = {"fixed": 0, "searching": SEARCH}
_TENTH = 0.1  # of an axis
_PRIMARY = "cost along frequency above that along time, fixed"
_SEARCHED = "accuracy, searching along time above along frequency"


class TimeAgainstFrequency(Experiment):
    """Speech delayed, its spectrogram moved along either axis, its words recognized."""

    name: ClassVar[str] = "time-against-frequency"
    number: ClassVar[int] = 1
    claim: ClassVar[str] = "Speech is translation invariant along time but not along frequency."
    question: ClassVar[str] = (
        "Does the spectrogram of a delayed sentence move along time, on the frames and between "
        "them; and what becomes of harmonics and of words when a spectrogram is moved along time, "
        "and when it is moved along frequency?"
    )
    design: ClassVar[str] = (
        "Delays: the loudest 2 s of sentences, gone round, pass power spectrograms (Hann, 512 "
        "samples) at hops of a half to a sixteenth of the window, and are delayed by eighths of "
        "a hop; errors are relative to the result without its mean, beside what the spectrum of "
        "the unsampled spectrogram predicts. Harmonics: the spectrogram (64 ms) of the sentences "
        "is moved along hertz; in frames that were voiced, harmonicity is the mean of cos(2 pi f "
        "/ f0) over their energy, 1 if all of it lies at multiples of the pitch f0 and -1 midway "
        "(f0 is that of the frame before the move, so that theory says a cosine of the move; the "
        "harmonicity at the pitch, from 70 to 400 Hz, that fits best after the move stands "
        "beside it; a move along time leaves every frame as it is). Words: spoken digits, "
        "log-mel (40 bands, 50 dB, 80 frames by linear time normalisation), are moved by up to a "
        "fifth of either axis into silence. The nearest word, by correlation, of another voice "
        "in the same language says which digit it is; in the collection French and Italian have "
        "two voices each (normalisation and bands are those of 18 kinds that did best on words "
        "that are not moved, so that this accuracy is a little too high). A voice is the "
        "unit. The matcher is fixed, or first "
        "searches along the axis for the best fit, up to a fifth of it. Speech is what "
        "is said, so the words decide, and both axes are moved by the same part (a tenth): along "
        "frequency that has to cost more. Within limits the matcher may search."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PRIMARY: above(0),
        "delay by half a hop of L/4, error": below(-20, "dB"),
        "harmonicity left, half a spacing up": below(0.5),
        "cost of a tenth along time, fixed": below(0.1),
        "cost of a tenth along time, searching": below(0.05),
    }
    limited: ClassVar[Limited | None] = Limited(
        "for a matcher that searches along the axis", _SEARCHED
    )
    headline: ClassVar[str] = (
        "Moved by a tenth of the axis, a fixed matcher of words loses {value} more of its accuracy "
        "along frequency than along time; one that searches is right {limited} more often along "
        "time than along frequency."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Abdel-Hamid et al. (2014), doi:10.1109/TASLP.2014.2339736: convolution along frequency.",
        "Waibel et al. (1989), on time-delay neural networks, doi:10.1109/29.21701.",
        "Boersma (1993), on harmonicity from the autocorrelation of a windowed frame.",
    )
    parts: ClassVar[tuple[str, ...]] = ("speech", "digits")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure errors of delays, harmonicity over shifts, and what becomes of words."""
        paths = data.paths("speech")[: 3 if self.reduced else None]
        hops = _PARTS[:2] if self.reduced else _PARTS
        rows = []
        for place, path in enumerate(paths):
            progress(path.stem, place / (len(paths) + 2))
            x = data.sound(path, _SECONDS, at_least=0.5)
            rows.append(xr.merge([_delays(x, hops), _harmonics(x)], join="exact"))
        found = xr.concat(rows, "recording", join="exact", coords="different", compat="equals")
        progress("words", len(paths) / (len(paths) + 2))
        language = languages(data)
        spoken = words(data, tuple(language))
        right = [
            [recognized(spoken, dim, language, search) for dim in _DIMS]
            for search in _MATCHERS.values()
        ]
        return found.assign(
            right=(("matcher", "along", "word", "move"), np.array(right)),
        ).assign_coords(
            recording=[path.stem for path in paths],
            matcher=list(_MATCHERS),
            along=list(_DIMS.values()),
            word=spoken["word"].to_numpy(),
            move=("move", np.array(MOVES) / 40, {"units": "of the axis"}),
        )

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Compare delays, harmonics and words with what the claim expects of them."""
        error, told = decibels_of(found["delay_error"]), decibels_of(found["delay_predicted"])
        kept = found["harmonicity"] / found["harmonicity"].sel(length=0.0)
        best = found["best_harmonicity"] / found["best_harmonicity"].sel(length=0.0)
        right = found["right"]
        voices = [str(word).partition("_")[2] for word in found["word"].to_numpy()]
        cost = right.sel(move=0.0) - right.sel(move=_TENTH, method="nearest")

        def sounds(name: str, unit: str, values: xr.DataArray) -> Effect:
            return estimated(name, unit, values.to_numpy(), of="recordings", rng=rng)

        def spoken(name: str, values: xr.DataArray) -> Effect:
            said = values.transpose("word").to_numpy()
            return estimated(name, "1", said, of="voices", rng=rng, units=voices)

        def half(values: xr.DataArray, part: int) -> xr.DataArray:
            return values.sel(delay=0.5, part=part)

        fixed, searching = cost.sel(matcher="fixed"), cost.sel(matcher="searching")
        first = right.sel(move=0.0)
        effects = [
            sounds("delay by half a hop of L/4, error", "dB", half(error, 4)),
            sounds("delay by half a hop of L/2, error", "dB", half(error, 2)),
            sounds(
                "prediction off at half a hop of L/4", "dB", abs(half(error, 4) - half(told, 4))
            ),
            sounds("harmonicity left, half a spacing up", "1", kept.sel(length=0.5)),
            sounds(
                "harmonicity left, half a spacing up, at the best pitch", "1",
                best.sel(length=0.5),
            ),
            spoken("accuracy, not moved, fixed", first.sel(matcher="fixed", along="time")),
            spoken("cost of a tenth along time, fixed", fixed.sel(along="time")),
            spoken("cost of a tenth along frequency, fixed", fixed.sel(along="frequency")),
            spoken(
                _PRIMARY, fixed.sel(along="frequency") - fixed.sel(along="time"),
            ),
            spoken("cost of a tenth along time, searching", searching.sel(along="time")),
            *(
                spoken(
                    f"accuracy, searching along {dim}", first.sel(matcher="searching", along=dim)
                )
                for dim in _DIMS.values()
            ),
            spoken(
                _SEARCHED,
                first.sel(matcher="searching", along="time")
                - first.sel(matcher="searching", along="frequency"),
            ),
        ]  # fmt: skip
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle the two axes, anew for each word."""
        return shuffled(found, ["right"], "along", rng, unit="word")

    def laws(self, found: xr.Dataset) -> Sequence[Law]:
        """A delay by whole hops moves the frames."""
        whole = decibels_of(found["delay_error"].sel(delay=1.0))
        words = "a delay by a whole hop moves the spectrogram of a periodic sound by one frame"
        return (Law.of(words, whole, below(-200, "dB")),)

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Errors over the delay, harmonicity over the shift, accuracy over the move."""
        return [_delays_figure(found), _harmonics_figure(found), _words_figure(found)]


def _delays(x: xr.DataArray, parts: Sequence[int]) -> xr.Dataset:
    """Errors over (part, delay in hops): measured, and predicted from the spectrum of the lift."""
    size = x.sizes["time"] // _WINDOW * _WINDOW
    ring = x.isel(time=slice(size))
    step = axis_of(x, "time").step
    ring["time"].attrs["period"] = size * step
    eighths = np.arange(1, 9) / 8
    measured, predicted = [], []
    for part in parts:
        hop = _WINDOW // part
        moves = [Translate(time=float(each) * hop * step) for each in eighths]
        found = folding_errors(
            Spectrogram.in_samples(ring, window=_WINDOW, hop=hop), ring, moves, divisor=hop // 8
        )
        measured.append(found["measured"].to_numpy())
        predicted.append(found["predicted"].to_numpy())
    return xr.Dataset(
        {
            "delay_error": (("part", "delay"), np.array(measured)),
            "delay_predicted": (("part", "delay"), np.array(predicted)),
        },
        coords={
            "part": ("part", list(parts), {"long_name": "window / hop"}),
            "delay": ("delay", eighths, {"units": "hop"}),
        },
    )


def _harmonics(x: xr.DataArray) -> xr.Dataset:
    """Harmonicity of voiced frames over the shift along hertz, in fractions of their own pitch."""
    step = axis_of(x, "time").step
    window, hop = (2 * round(seconds / step / 2) for seconds in (_LONG, _STEP))
    y = Spectrogram.in_samples(x, window=window, hop=hop, boundary="valid")(x)
    pitch, strength = _pitch(y.transpose("frequency", "time").to_numpy(), 1 / (window * step))
    energy = y.sum("frequency").to_numpy()
    voiced = (strength > _VOICED) & (energy > 1e-3 * energy.max())
    bins = axis_of(y, "frequency").step
    # Whole bins, which are read off exactly, up to one harmonic spacing of the highest pitch.
    shifts = bins * np.arange(int(_PITCH[1] / bins) + 2)
    own, best = [], []
    for h in shifts:
        moved = FrequencyShift(float(h)).on_output(y).isel(time=voiced)
        own.append(_harmonicity(moved, pitch[voiced]))
        best.append(_pitch(moved.transpose("frequency", "time").to_numpy(), bins)[1])
    parts = np.linspace(0, 1, 9)
    found = {
        name: (("length",), _mean_over_frames(shifts, np.array(over), parts, pitch[voiced]))
        for name, over in (("harmonicity", own), ("best_harmonicity", best))
    }
    return xr.Dataset(
        {**found, "voiced": ((), float(voiced.sum()))},
        coords={"length": ("length", parts, {"units": "harmonic spacing"})},
    )


def _mean_over_frames(
    shifts: np.ndarray, over: np.ndarray, parts: np.ndarray, pitch: np.ndarray
) -> np.ndarray:
    """Mean at fractions of each frame's own pitch, of values over (shift in Hz, frame)."""
    from scipy.interpolate import CubicSpline

    if not pitch.size:
        return np.full(parts.size, np.nan)
    each = [
        CubicSpline(shifts, column)(parts * f0) for f0, column in zip(pitch, over.T, strict=True)
    ]
    return np.asarray(np.mean(each, axis=0))


def _pitch(power: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Pitch in Hz of each frame, and how much of the energy lies at its multiples."""
    hertz = step * np.arange(len(power))
    trial = 1 / np.arange(1 / _PITCH[1], 1 / _PITCH[0], 1 / 32000)
    waves = np.cos(2 * np.pi * hertz / trial[:, np.newaxis])
    strength = waves @ power / np.maximum(power.sum(axis=0), np.finfo(float).tiny)
    # The shortest period that is nearly as good as the best, to avoid twice the period.
    good = strength >= 0.95 * strength.max(axis=0)
    peak = np.zeros_like(good)
    peak[1:-1] = (strength[1:-1] >= strength[:-2]) & (strength[1:-1] >= strength[2:])
    best = np.where((good & peak).any(axis=0), (good & peak).argmax(axis=0), strength.argmax(0))
    return trial[best], strength[best, np.arange(power.shape[1])]


def _harmonicity(y: xr.DataArray, pitch: np.ndarray) -> np.ndarray:
    """Mean of ``cos(2 pi f / f0)`` over the energy of each frame: 1 at multiples of f0."""
    power = y.transpose("frequency", "time").to_numpy()
    waves = np.cos(2 * np.pi * y["frequency"].to_numpy()[:, np.newaxis] / pitch)
    return np.asarray((waves * power).sum(axis=0) / power.sum(axis=0))


def _delays_figure(found: xr.Dataset) -> Figure:
    error, told = decibels_of(found["delay_error"]), decibels_of(found["delay_predicted"])
    delays = found["delay"].to_numpy()
    within = delays < 1
    lines = []
    for part in found["part"].to_numpy():
        level = error.sel(part=part).mean("recording").to_numpy()
        lines.append(charts.Curve(f"hop L/{part}", delays[within], level[within]))
    for part in found["part"].to_numpy()[:2]:
        level = told.sel(part=part).mean("recording").to_numpy()
        lines.append(charts.Curve(f"L/{part}, predicted", delays[within], level[within]))
    words = "; ".join(
        f"hop L/{part} {float(error.sel(part=part, delay=0.5).mean()):.1f} dB"
        for part in found["part"].to_numpy()
    )
    return Figure(
        "A delay, seen between the frames",
        "Power spectrograms of sentences, Hann window of L samples; mean over the recordings. At "
        "whole hops (0 and 1) the error is zero but for rounding.",
        charts.curves(
            "time-against-frequency-delays", lines, x_label="delay, hops",
            y_label="equivariance error, dB",
            alternative=f"Error at half a hop: {words}.",
        ),
    )  # fmt: skip


def _harmonics_figure(found: xr.Dataset) -> Figure:
    each = found["harmonicity"]
    shift = found["length"].to_numpy()
    mean = each.mean("recording").to_numpy()
    best = found["best_harmonicity"]
    lines = [
        charts.Curve(
            "moved along frequency", shift, mean, each.min("recording"), each.max("recording")
        ),
        charts.Curve("predicted", shift, mean[0] * np.cos(2 * np.pi * shift)),
        charts.Curve(
            "at the pitch that then fits best",
            shift,
            best.mean("recording"),
            best.min("recording"),
            best.max("recording"),
        ),
        charts.Curve("unmoved, as along time", shift, np.full(shift.size, mean[0])),
    ]
    return Figure(
        "A shift along frequency breaks the ratios of harmonics",
        "1 if all energy lies at multiples of the pitch, -1 if it lies midway. Mean and range over "
        "the recordings; the prediction is the cosine of the shift. Along time, frames only change "
        "their places.",
        charts.curves(
            "time-against-frequency-harmonics", lines, x_label="shift, harmonic spacings",
            y_label="harmonicity", y_range=(-1.05, 1.05),
            alternative=f"Harmonicity {mean[0]:.2f} unmoved, {mean[4]:.2f} half a spacing up.",
        ),
    )  # fmt: skip


def _words_figure(found: xr.Dataset) -> Figure:
    right = found["right"].mean("word")
    percent = 100 * found["move"].to_numpy()
    named = {"fixed": "fixed", "searching": "searching along it"}
    lines, words = [], []
    for matcher, name in named.items():
        for dim in _DIMS.values():
            level = right.sel(matcher=matcher, along=dim).to_numpy()
            lines.append(charts.Curve(f"along {dim}, {name}", percent, level))
            words.append(f"along {dim}, {name}, {level[0]:.2f} to {level[4]:.2f}")
    return Figure(
        "Spoken digits, moved along either axis",
        "Share of the words that are recognised, by the word of another voice that fits best: as "
        "it stands, or moved along the axis to where it fits.",
        charts.curves(
            "time-against-frequency-words", lines, x_label="moved by, % of the axis",
            y_label="accuracy", y_range=(0, 1), marks=((0.1, "chance"),),
            alternative=f"Accuracy unmoved and at a tenth of the axis: {'; '.join(words)}.",
        ),
    )  # fmt: skip


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    return (
        "A delay moves the spectrogram exactly at whole hops, and errs by "
        f"{by['delay by half a hop of L/4, error']:.1f} dB at half a hop of a quarter window. "
        "Moved half a harmonic spacing along frequency, voiced frames keep "
        f"{by['harmonicity left, half a spacing up']:.2f} of their harmonicity (-1 is all energy "
        "midway between multiples of the pitch), and "
        f"{by['harmonicity left, half a spacing up, at the best pitch']:.2f} at the pitch that "
        "then fits best. A tenth of the "
        "axis costs a fixed matcher of words "
        f"{by['cost of a tenth along time, fixed']:.2f} of its accuracy of "
        f"{by['accuracy, not moved, fixed']:.2f} along time and "
        f"{by['cost of a tenth along frequency, fixed']:.2f} along frequency; one that searches "
        f"along time loses {by['cost of a tenth along time, searching']:.2f}. Accuracy is "
        f"{by['accuracy, searching along time']:.2f} with a search along time and "
        f"{by['accuracy, searching along frequency']:.2f} with one along frequency."
    )
