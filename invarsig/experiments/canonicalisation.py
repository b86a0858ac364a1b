"""Canonicalisation: does registering each input to a frame make any feature invariant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.digit_scenes import CLUTTER, DigitScenes
from invarsig.experiments.effects import Effect, decibels_of, estimated
from invarsig.experiments.expectations import Expectation, Limited, above, below
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.laws import Law
from invarsig.experiments.registration import (
    FRAMES,
    WINDOWS,
    frames_of,
    in_frame,
    jumps,
    on_ring,
    windows,
)

__all__ = ["Canonicalization"]

_EXACT = -200.0  # dB: round-off, whatever the sizes
_JUDGED: Final = ("mass", "phase")
_WAYS: Final = {**FRAMES, "known": "true shift"}
_LOST: Final = "right answers lost, {}, {}"
_ABOVE: Final = "error above the true shift's, {}, {}"
_CROWDED: Final = [each for each in CLUTTER if each != "alone"]


class Canonicalization(Experiment):
    """Digits and windows of photographs, registered before a fixed feature and a classifier."""

    name: ClassVar[str] = "canonicalisation"
    number: ClassVar[int] = 15
    claim: ClassVar[str] = (
        "Registering each input to a reference frame before a fixed feature makes any feature "
        "invariant to translation, as a spatial transformer does."
    )
    question: ClassVar[str] = (
        "How invariant is a fixed max pool, and how right a linear classifier, if inputs are "
        "registered by their centre of mass or by correlation with one reference: on a ring, in a "
        "frame with noise, another digit or a texture, and in a window that moves over a "
        "photograph?"
    )
    design: ClassVar[str] = (
        "Handwritten digits of 8 x 8 pixels in a frame of 33 x 33 are registered by the centre of "
        "their energy, or by phase or plain correlation (to 0.1 px) with one reference, the mean "
        "of the digits learnt from; then they pass a max pool of 3 x 3, or a linear (ridge) "
        "classifier of raw pixels that learnt from 1000 other digits, unmoved and registered "
        "likewise. On a ring digits move by whole and by fractional pixels. In a frame that ends "
        "each moves by up to 4 px, alone, with new noise of 10 % of the peak in each view, beside "
        "a second digit or over a texture of half contrast, both of which stay; the classifier "
        "learns with the same clutter. The best that a frame can do is to move back by the true "
        "shift. Photographs and textures are seen through a window of 96 x 96 pixels that moves by "
        "1 to 8 px, so that new content enters, and pass a max pool of 4 x 4; they are registered "
        "to their first window, or to the mean of those of the other pictures. Errors are relative "
        "to the output without its mean. Errors of digits are root "
        "mean squares over digits: a mean of decibels hides a few that fail behind many that are "
        "exact. What a feature is invariant for is the answer, so the right answers decide, with "
        "phase correlation, which registers best, in the mean over the three kinds of clutter; "
        "within limits where the digit is alone."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _LOST.format("clutter", _WAYS["phase"]): below(5, "points"),
        _LOST.format("clutter", _WAYS["mass"]): below(5, "points"),
        **{
            _ABOVE.format(CLUTTER[clutter], FRAMES[frame]): below(6, "dB")
            for clutter in _CROWDED for frame in _JUDGED
        },
        **{f"error, ring, fractions, {FRAMES[frame]}": below(-40, "dB") for frame in _JUDGED},
        **{
            f"gain, moving window, {words}": above(6, "dB")
            for way, words in WINDOWS.items() if way != "none"
        },
    }  # fmt: skip
    limited: ClassVar[Limited | None] = Limited(
        "where the object is alone in the frame",
        _LOST.format(CLUTTER["alone"], _WAYS["phase"]),
    )
    headline: ClassVar[str] = (
        "Registered by phase correlation, digits that move in clutter cost a classifier {value} of "
        "its right answers; alone in the frame they cost {limited}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Jaderberg et al. (2015), Spatial transformer networks, arXiv:1506.02025.",
        "Kaba et al. (2023), Equivariance with learned canonicalization, arXiv:2211.06489.",
        "Kuglin & Hines (1975), The phase correlation image alignment method.",
    )
    parts: ClassVar[tuple[str, ...]] = ("handwritten", "images", "textures")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure errors, right answers and jumps of frames for each digit, then windows."""
        counts, side, most = ((300, 80), 64, 4) if self.reduced else ((1000, 400), 96, None)
        offsets = (0, 4) if self.reduced else (0, 1, 2, 4, 8)
        learned, judged = DigitScenes.drawn(data, counts, rng)
        frames = frames_of(learned)
        progress("digits on a ring", 0.0)
        ring = on_ring(learned, judged, frames)
        parts = []
        for place, (clutter, words) in enumerate(CLUTTER.items()):
            progress(f"digits, {words}", 0.3 + 0.1 * place)
            parts.append(in_frame(learned, judged, frames, clutter, rng))
        progress("digits in more and more noise", 0.7)
        jumped = jumps(judged, frames, rng)
        progress("windows of pictures", 0.8)
        paths = [*data.paths("images", at_least=2), *data.paths("textures")][:most]
        found = windows([data.picture(path, side + 32) for path in paths], side, offsets)
        scenes = xr.concat(parts, "clutter").assign_coords(clutter=list(CLUTTER))
        return xr.merge([ring, scenes, jumped.rename("jumped")]).assign(
            window_error=xr.DataArray(
                found,
                dims=("picture", "window", "offset", "part"),
                coords={
                    "picture": [path.stem for path in paths],
                    "window": list(WINDOWS),
                    "offset": ("offset", list(offsets[1:]), {"units": "px"}),
                    "part": ["whole", "inside"],
                },
            )
        )

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Say what registration leaves of a shift, on periodic axes and in clutter."""
        effects = [
            *_ring_effects(found, rng),
            *_clutter_effects(found, rng),
            *_window_effects(found, rng),
        ]
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Register nothing: every way gives the answers that none gives."""
        right = found["right"].transpose("way", ...)
        same = right.sel(way="none") + xr.zeros_like(right.astype(float))
        return found.assign(right=same.astype(bool).where(right["place"] == "moved", right))

    def laws(self, found: xr.Dataset) -> Sequence[Law]:
        """Registration is exact at whole pixels of periodic axes, and alone by center of mass."""
        ring = decibels_of(found["ring_error"].sel(move="whole", frame=list(_JUDGED)))
        alone = decibels_of(found["error"].sel(clutter="alone", way="mass"))
        bound = below(_EXACT, "dB")
        return (
            Law.of("registered digits do not depend on where they are, at whole pixels of periodic "
                   "axes, by the centre of mass and by phase correlation", ring, bound),
            Law.of("registered digits that are alone in a frame do not depend on where they are, "
                   "by the centre of mass", alone, bound),
        )  # fmt: skip

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Right answers on periodic axes, right answers in clutter, and jumps in noise."""
        return [
            _drawn_ring(self.name, found),
            _drawn_clutter(self.name, found),
            _drawn_jumps(self.name, found),
        ]


def level_of(errors: np.ndarray) -> float:
    """Root mean square over digits, in dB; as for `decibels_of` an exact zero is -320 dB."""
    return float(20 * np.log10(max(np.sqrt(np.mean(np.square(errors))), 1e-16)))


def level_above(pairs: np.ndarray) -> float:
    """How far the first of two columns ``(digit, 2)`` is above the second, in dB."""
    return level_of(pairs[:, 0]) - level_of(pairs[:, 1])


def _of_digits(
    name: str,
    values: xr.DataArray,
    statistic: Callable[[np.ndarray], float],
    rng: np.random.Generator,
) -> Effect:
    return estimated(name, "dB", values.to_numpy(), of="digits", rng=rng, statistic=statistic)


def _ring_effects(found: xr.Dataset, rng: np.random.Generator) -> list[Effect]:
    """Errors on periodic axes, between the samples."""
    error = found["ring_error"]
    return [
        _of_digits(
            f"error, ring, fractions, {FRAMES[frame]}", error.sel(move="fraction", frame=frame),
            level_of, rng,
        )
        for frame in _JUDGED
    ]  # fmt: skip


def _clutter_effects(found: xr.Dataset, rng: np.random.Generator) -> list[Effect]:
    """Errors above those of the true shift, and lost right answers."""
    error = found["error"].transpose("clutter", "digit", "way")
    right = 100.0 * found["right"].astype(np.float64)
    still = right.sel(way="none", place="still")
    effects = []
    for frame in _JUDGED:
        lost = (still - right.sel(way=frame, place="moved")).sel(clutter=_CROWDED).mean("clutter")
        name = _LOST.format("clutter", _WAYS[frame])
        effects.append(estimated(name, "points", lost, of="digits", rng=rng))
    for clutter, words in CLUTTER.items():
        for frame in _JUDGED:
            if clutter == "alone":
                name = f"error, frame, {words}, {FRAMES[frame]}"
                each = _of_digits(name, error.sel(clutter=clutter, way=frame), level_of, rng)
            else:
                pairs = error.sel(clutter=clutter, way=[frame, "known"])
                each = _of_digits(_ABOVE.format(words, FRAMES[frame]), pairs, level_above, rng)
            effects.append(each)
        for frame in (("none",) if clutter == "alone" else ("known",)) + _JUDGED:
            lost = (still - right.sel(way=frame, place="moved")).sel(clutter=clutter)
            name = _LOST.format(words, _WAYS[frame])
            effects.append(estimated(name, "points", lost, of="digits", rng=rng))
    return effects


def _window_effects(found: xr.Dataset, rng: np.random.Generator) -> list[Effect]:
    """What registration gains in a window that moves by 4 px."""
    error = decibels_of(found["window_error"]).sel(offset=4)
    gain = error.sel(window="none") - error
    effects = []
    for way, words in WINDOWS.items():
        if way == "none":
            continue
        each = estimated(
            f"gain, moving window, {words}", "dB", gain.sel(window=way, part="whole"),
            of="pictures", rng=rng,
        )  # fmt: skip
        effects.append(each)
    inside = error.sel(window="own", part="inside")
    name = f"error, moving window, {WINDOWS['own']}, 12 px or more inside"
    return [*effects, estimated(name, "dB", inside, of="pictures", rng=rng)]


def _drawn_ring(name: str, found: xr.Dataset) -> Figure:
    right = 100 * found["ring_right"].astype(np.float64).mean("digit")
    steps = found["step"].to_numpy()
    lines = [
        charts.Curve(words, steps, right.sel(frame=frame).to_numpy())
        for frame, words in FRAMES.items()
    ]
    text = "; ".join(
        f"{words} {float(right.sel(frame=frame)[0]):.0f} % unmoved and "
        f"{float(right.sel(frame=frame).sel(step=8)):.0f} % at 8 px"
        for frame, words in FRAMES.items()
    )
    return Figure(
        "Right answers on a ring",
        "A linear classifier of raw pixels that learnt from digits in the middle. A level line is "
        "an invariant classifier; its height says how alike the registered digits of a class are.",
        charts.curves(
            f"{name}-ring", lines, x_label="shift down and across, px",
            y_label="right answers, %", y_range=(0, 102),
            alternative=f"Right answers against the shift: {text}.",
        ),
    )  # fmt: skip


def _drawn_clutter(name: str, found: xr.Dataset) -> Figure:
    rng = np.random.default_rng(0)
    right = 100 * found["right"].astype(np.float64)
    still = right.sel(way="none", place="still")
    rows, texts = [], []
    for clutter, words in CLUTTER.items():
        for way in _JUDGED if clutter == "alone" else (*_JUDGED, "known"):
            lost = (still - right.sel(way=way, place="moved")).sel(clutter=clutter)
            each = estimated(words, "points", lost, of="digits", rng=rng)
            called = f"by {_WAYS[way]}" if way != "known" else "by the true shift"
            rows.append(charts.Interval(words, each.value, each.low, each.high, called))
            texts.append(f"{words}, {called} {each.value:.0f}")
    alone = float((still - right.sel(way="none", place="moved")).sel(clutter="alone").mean())
    return Figure(
        "Right answers lost in a frame",
        "Digits move by up to 4 px and what is around them stays; against digits that have not "
        "moved and are not registered. The classifier learnt among the same clutter, registered "
        f"likewise. Not registered at all, digits that are alone lose {alone:.0f} points. 95 % "
        "intervals over digits.",
        charts.intervals(
            f"{name}-clutter", rows, x_label="right answers lost, points",
            alternative=f"Right answers lost, in points: {'; '.join(texts)}.",
        ),
    )  # fmt: skip


def _drawn_jumps(name: str, found: xr.Dataset) -> Figure:
    share = 100 * found["jumped"].astype(np.float64).mean("digit")
    noise = 100 * found["noise"].to_numpy()
    lines = [
        charts.Curve(FRAMES[frame], noise, share.sel(register=frame).to_numpy())
        for frame in found["register"].to_numpy()
    ]
    text = "; ".join(
        f"{FRAMES[frame]} {float(share.sel(register=frame, noise=0.1)):.0f} %"
        for frame in found["register"].to_numpy()
    )
    return Figure(
        "When the frame jumps",
        "Digits whose registered place is off by more than a pixel, against the noise in each "
        "view.",
        charts.curves(
            f"{name}-jumps", lines, x_label="noise, % of the peak", x_scale="log",
            y_label="off by more than 1 px, %", y_range=(-3, 103),
            alternative=f"Digits off by more than a pixel; at a noise of 10 % of the peak: {text}.",
        ),
    )  # fmt: skip


def _sentence(effects: Sequence[Effect]) -> str:
    value = {effect.name: effect.value for effect in effects}

    def ring(move: str, frame: str) -> str:
        return f"{value[f'error, ring, {move}, {FRAMES[frame]}']:.1f} dB"

    def lost(frame: str) -> str:
        every = [
            f"{value[f'right answers lost, {words}, {_WAYS[frame]}']:.1f} ({words})"
            for clutter, words in CLUTTER.items()
            if (clutter, frame) != ("alone", "known")
        ]
        return ", ".join(every)

    return (
        f"On a ring, by fractions of a pixel, the centre of mass leaves {ring('fractions', 'mass')}"
        f" and phase correlation {ring('fractions', 'phase')}; whole pixels are exact (a law). "
        "Against unmoved "
        "digits a classifier loses, in points: registered by the centre "
        f"of mass {lost('mass')}; by phase correlation {lost('phase')}; by the true shift "
        f"{lost('known')}. In a window that moves by 4 px registration gains "
        f"{value['gain, moving window, centre of mass']:.1f} dB by the centre of mass and "
        f"{value['gain, moving window, ' + WINDOWS['own']]:.1f} dB by phase correlation with the "
        "first window."
    )
