"""Inputs registered to a frame: what remains of a shift, a classifier's answers, and jumps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.axes import Axes, Axis, difference
from invarsig.compose import CenterOfMass, Frame, PhaseCorrelation, canonicalize
from invarsig.experiments.digit_scenes import DigitScenes
from invarsig.measures import invariance_error
from invarsig.measures.norms import relative
from invarsig.operators import Apply, MaxPool, Operator

__all__ = [
    "FRAMES",
    "MOVES",
    "NOISES",
    "STEPS",
    "WINDOWS",
    "KnownShift",
    "frames_of",
    "in_frame",
    "jumps",
    "on_ring",
    "windows",
]

FRAMES: Final[dict[str, str]] = {
    "none": "not registered",
    "mass": "centre of mass",
    "phase": "phase correlation",
    "correlation": "plain correlation",
}
"""Names of the ways to register a digit; "none" leaves it where it is."""

WINDOWS: Final[dict[str, str]] = {
    "none": "not registered",
    "mass": "centre of mass",
    "own": "phase correlation with its first window",
    "shared": "phase correlation with other pictures",
}
"""Ways to register a window of a picture."""

MOVES: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "whole": ((1.0, 0.0), (-3.0, 2.0), (5.0, -7.0), (-16.0, 11.0)),
    "fraction": ((0.5, 0.0), (-3.37, 2.61), (5.18, -7.29), (-15.7, 11.43)),
}
"""Moves on periodic axes, down and across, in pixels."""

STEPS: Final = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Joint shifts down and across on periodic axes, where a classifier answers, in pixels."""

NOISES: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Standard deviations of noise, relative to the peak of a digit."""

_BOTH = ("y", "x")
_FAR = 4
_POOL = MaxPool(window={"y": 3, "x": 3})
_PIXELS = Apply(np.positive, over=_BOTH)


@dataclass(frozen=True, eq=False)
class KnownShift(Frame):
    """The shifts that were made, ``(item, dim)`` in samples: the best that any frame can find."""

    shifts: np.ndarray

    @property
    def dims(self) -> tuple[str, ...]:
        """Both dims of a picture."""
        return _BOTH

    @property
    def jointly(self) -> tuple[str, ...]:
        """None."""
        return ()

    def check(self, axes: Axes) -> None:
        """Require the dims."""
        for dim in self.dims:
            _ = axes[dim]

    def _found(self, values: np.ndarray, axes: Sequence[Axis]) -> np.ndarray:
        return self.shifts.astype(np.float64)


def frames_of(learned: DigitScenes) -> dict[str, Frame | None]:
    """Frames in the order of `FRAMES`; their reference is the mean of the digits learned from."""
    reference = learned.on_ring().mean("digit", keep_attrs=True)
    return {
        "none": None,
        "mass": CenterOfMass(_BOTH, power=2.0),
        "phase": PhaseCorrelation(reference, upsample=10),
        "correlation": PhaseCorrelation(reference, upsample=10, normalized=False),
    }


def _registered(op: Operator, frame: Frame | None) -> Operator:
    return op if frame is None else canonicalize(op, frame)


def on_ring(
    learned: DigitScenes, judged: DigitScenes, frames: Mapping[str, Frame | None]
) -> xr.Dataset:
    """Invariance errors ``(frame, move, digit)`` and right answers ``(frame, step, digit)``."""
    there, x = learned.on_ring(), judged.on_ring()
    errors, answers = [], []
    for frame in frames.values():
        pooled, pixels = (_registered(op, frame) for op in (_POOL, _PIXELS))
        found = [_root_mean(pooled, x, moves) for moves in MOVES.values()]
        errors.append(found)
        model = _fitted(pixels(there), learned.classes)
        moved = (Translate(y=step, x=step)(x) for step in STEPS)
        answers.append([_right(model, pixels(each), judged.classes) for each in moved])
    return xr.Dataset(
        {
            "ring_error": (("frame", "move", "digit"), np.array(errors)),
            "ring_right": (("frame", "step", "digit"), np.array(answers)),
        },
        coords={
            "frame": list(frames),
            "move": list(MOVES),
            "step": ("step", list(STEPS), {"units": "px"}),
        },
    )


def _root_mean(op: Operator, x: xr.DataArray, moves: Sequence[tuple[float, float]]) -> np.ndarray:
    """Error of each digit, over several moves."""
    actions = [Translate(y=down, x=across) for down, across in moves]
    error = invariance_error(op, x, actions, keep=("digit",))
    return np.asarray(np.sqrt((error**2).mean("length").to_numpy()))


def in_frame(
    learned: DigitScenes,
    judged: DigitScenes,
    frames: Mapping[str, Frame | None],
    clutter: str,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Errors and right answers of digits that move by up to 4 px beside clutter that stays."""
    shifts = _drawn_shifts(judged, rng)
    x = learned.at(learned.still, clutter, rng)
    here, there = (judged.at(each, clutter, rng) for each in (judged.still, shifts))
    errors = [
        _change(_registered(_POOL, frame)(here), _registered(_POOL, frame)(there))
        for frame in frames.values()
    ]
    errors.append(_change(_POOL(here), canonicalize(_POOL, KnownShift(shifts))(there)))
    answers = []
    for frame in frames.values():
        pixels = _registered(_PIXELS, frame)
        model = _fitted(pixels(x), learned.classes)
        answers.append([_right(model, pixels(each), judged.classes) for each in (here, there)])
    plain, back = _fitted(x, learned.classes), canonicalize(_PIXELS, KnownShift(shifts))
    answers.append([_right(plain, each, judged.classes) for each in (here, back(there))])
    return xr.Dataset(
        {
            "error": (("way", "digit"), np.array(errors)),
            "right": (("way", "place", "digit"), np.array(answers)),
        },
        coords={"way": [*frames, "known"], "place": ["still", "moved"]},
    )


def jumps(
    judged: DigitScenes, frames: Mapping[str, Frame | None], rng: np.random.Generator
) -> xr.DataArray:
    """Whether the shift found is off by more than a pixel ``(frame, noise, digit)``."""
    shifts = _drawn_shifts(judged, rng)
    out = []
    for frame in frames.values():
        if frame is None:
            continue
        rows = []
        for noise in NOISES:
            one, other = (
                frame.offset(judged.at(each, "noise", rng, noise))
                for each in (judged.still, shifts)
            )
            off = [
                (other[dim] - one[dim]).to_numpy() - shifts[:, place]
                for place, dim in enumerate(_BOTH)
            ]
            rows.append(np.abs(off).max(axis=0) > 1)
        out.append(rows)
    return xr.DataArray(
        np.array(out),
        dims=("register", "noise", "digit"),
        coords={
            "register": [name for name, frame in frames.items() if frame is not None],
            "noise": ("noise", list(NOISES), {"units": "1", "long_name": "of the peak"}),
        },
    )


def windows(pictures: Sequence[xr.DataArray], side: int, offsets: Sequence[int]) -> np.ndarray:
    """Change of a pool over a window that moves: ``(picture, way, offset, part)``.

    Parts: all of the window, and the part 12 px or more inside.
    """
    cuts = [[_window(picture, side, offset) for offset in offsets] for picture in pictures]
    first_of_all = xr.concat([each[0] for each in cuts], "picture")
    pool = MaxPool(window={"y": 4, "x": 4})
    out = []
    for place, each in enumerate(cuts):
        others = first_of_all.drop_isel(picture=place).mean("picture", keep_attrs=True)
        frames = (
            None,
            CenterOfMass(_BOTH, power=2.0),
            PhaseCorrelation(each[0]),
            PhaseCorrelation(others),
        )
        rows = []
        for frame in frames:
            first, *later = (_registered(pool, frame)(cut) for cut in each)
            rows.append(
                [
                    [
                        float(_change(first.isel(part), one.isel(part), keep=()))
                        for part in ({}, {dim: slice(3, -3) for dim in _BOTH})
                    ]
                    for one in later
                ]
            )
        out.append(rows)
    return np.array(out)


def _window(picture: xr.DataArray, side: int, offset: int) -> xr.DataArray:
    """A window, cut some pixels further right, with its own coordinates."""
    cut = picture.isel(y=slice(16, 16 + side), x=slice(16 + offset, 16 + offset + side))
    places = {dim: cut[dim].copy(data=np.arange(float(side))) for dim in _BOTH}
    return cut.assign_coords(places)


def _change(
    before: xr.DataArray, after: xr.DataArray, keep: tuple[str, ...] = ("digit",)
) -> np.ndarray:
    """Difference relative to what was before, without its mean."""
    return relative(difference(after, before), before, "centered", keep).to_numpy()


def _drawn_shifts(scenes: DigitScenes, rng: np.random.Generator) -> np.ndarray:
    """Whole pixels for each digit, never 0."""
    shifts = rng.integers(-_FAR, _FAR + 1, (len(scenes.digits), 2))
    shifts[(shifts == 0).all(axis=1)] = (_FAR, 0)
    return shifts


def _fitted(pixels: xr.DataArray, classes: np.ndarray) -> Any:
    from sklearn.linear_model import RidgeClassifier

    return RidgeClassifier().fit(_rows(pixels), classes)


def _right(model: Any, pixels: xr.DataArray, classes: np.ndarray) -> np.ndarray:
    return np.asarray(model.predict(_rows(pixels)) == classes)


def _rows(pixels: xr.DataArray) -> np.ndarray:
    values = pixels.transpose("digit", ...).to_numpy()
    return values.reshape(len(values), -1)
