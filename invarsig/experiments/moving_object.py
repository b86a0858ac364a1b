"""An object in a picture or a recording that moves, and a template that is matched with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.axes import axis_of
from invarsig.experiments.collection import Collection
from invarsig.measures import equivariance_error
from invarsig.models import log_mel
from invarsig.operators import MatchTemplate, Peak

__all__ = [
    "SIZE",
    "Scene",
    "delayed",
    "elsewhere",
    "heat_errors",
    "leaving",
    "scene_of",
    "sideways",
]

SIZE: Final = 21
"""Pixels of a template along each axis, and frames of one in time."""

_HALF = SIZE // 2
_TAPER = 12  # px at each border of the periodic picture, where it fades to the mean
_FRAME = 64  # px of the windows that an object is pasted into or leaves


@dataclass(frozen=True)
class Scene:
    """A picture with an object in it.

    Parameters
    ----------
    name
        Of the picture.
    wide
        The picture, without its mean.
    window
        Its middle, faded to the mean at its border, and periodic.
    template
        The object, cut out of the window.
    row, column
        Where the middle of the object is in the wide picture.
    """

    name: str
    wide: xr.DataArray
    window: xr.DataArray
    template: xr.DataArray
    row: int
    column: int


def scene_of(data: Collection, path: Path, side: int) -> Scene:
    """Take the part of a picture that varies most as the object."""
    picture = data.picture(path, 256).astype(np.float64)
    wide = picture - float(picture.mean())
    start = (256 - side) // 2
    window = wide.isel(y=slice(start, start + side), x=slice(start, start + side))
    fade = np.ones(side)
    fade[:_TAPER] = np.sin(0.5 * np.pi * (np.arange(_TAPER) + 0.5) / _TAPER) ** 2
    fade[side - _TAPER :] = fade[:_TAPER][::-1]
    rings = {dim: window[dim].assign_attrs(period=float(side)) for dim in ("y", "x")}
    faded = window.to_numpy() * fade * fade[:, np.newaxis]
    window = window.copy(data=faded).assign_coords(rings)
    # Off the border by the fade, the template and the shifts.
    margin = _TAPER + 6
    inside = window.to_numpy()[margin : side - margin, margin : side - margin]
    row, column = _liveliest(inside, (SIZE, SIZE))
    cut = {
        "y": slice(margin + row, margin + row + SIZE),
        "x": slice(margin + column, margin + column + SIZE),
    }
    middle = start + margin + _HALF
    return Scene(path.stem, wide, window, window.isel(cut), middle + row, middle + column)


def _liveliest(values: np.ndarray, window: tuple[int, ...]) -> tuple[int, ...]:
    """Where the window of that shape begins whose values vary most."""
    views = np.lib.stride_tricks.sliding_window_view(values, window)
    spread = views.std(axis=tuple(range(-len(window), 0)))
    return tuple(int(k) for k in np.unravel_index(int(spread.argmax()), spread.shape))


def sideways(scene: Scene, steps: np.ndarray, strides: Sequence[int]) -> dict[str, np.ndarray]:
    """Height and place of the maximum over (stride, shift), as the periodic picture moves along x.

    At a shift of 0 the object is on the grid of all strides.
    """
    phase = (scene.column - (scene.wide.sizes["x"] - scene.window.sizes["x"]) // 2) % max(strides)
    true = float(scene.wide["x"][scene.column]) - phase
    found = np.zeros((3, len(strides), len(steps)))
    for k, step in enumerate(steps):
        moved = Translate(x=float(step - phase))(scene.window)
        for j, stride in enumerate(strides):
            heat = MatchTemplate(scene.template, stride={"x": stride})(moved)
            height, nearest, between = summit(heat, ("y", "x"), "x")
            found[:, j, k] = height, nearest - true - step, between - true - step
    slopes = Translate(x=-0.01)(scene.window) - Translate(x=0.01)(scene.window)
    at = {dim: scene.template[dim] for dim in ("y", "x")}
    steep = steepness(scene.template.to_numpy(), slopes.sel(at).to_numpy() / 0.02)
    return {
        "height": found[0],
        "nearest_off": found[1],
        "place_off": found[2],
        "steepness": np.array(steep),
    }


def steepness(values: np.ndarray, slopes: np.ndarray) -> float:
    """Energy of a template's slopes over its own, both without what a gain or level explains.

    The correlation of a template with itself, moved by a small d, is ``1 - steepness d² / 2``.
    """
    away, rise = values - values.mean(), slopes - slopes.mean()
    rise = rise - away * (rise * away).sum() / (away**2).sum()
    return float((rise**2).sum() / (away**2).sum())


def summit(heat: xr.DataArray, over: tuple[str, ...], dim: str) -> tuple[float, float, float]:
    """The maximum, its place along a dim, and that of a parabola through it and its neighbors."""
    best = Peak(over)(heat)
    axis = axis_of(heat, dim)
    nearest = float(best[dim])
    column = round((nearest - axis.start) / axis.step)
    line = heat.sel({other: float(best[other]) for other in over if other != dim}).to_numpy()
    low, top, high = (float(line[(column + k) % axis.size]) for k in (-1, 0, 1))
    bend = low - 2 * top + high
    offset = 0.5 * (low - high) / bend if bend else 0.0
    return float(best), nearest, nearest + offset * axis.step


def heat_errors(scene: Scene) -> dict[str, np.ndarray]:
    """Errors of the whole heat map: on periodic axes, between pixels, and as new content enters."""
    match = MatchTemplate(scene.template)
    ring = equivariance_error(match, scene.window, [Translate(x=1.0), Translate(x=0.37)])
    moving = equivariance_error(match, scene.wide, Translate(x=3.0), protocol="cut")
    whole, part = ring.to_numpy()
    return {"ring_error": whole, "between_error": part, "window_error": moving.to_numpy()}


def elsewhere(scene: Scene, others: Sequence[Scene], spots: int) -> dict[str, np.ndarray]:
    """Height of the maximum, and whether it is at the object, over (background, spot).

    The object is the disc inside the template; around it the background is another picture's.
    """
    span = np.arange(SIZE) - _HALF
    disc = span**2 + span[:, np.newaxis] ** 2 <= _HALF**2
    match, best = MatchTemplate(scene.template), Peak(("y", "x"))
    heights, hits = np.zeros((2, len(others), spots))
    start = (256 - _FRAME) // 2
    for k, other in enumerate(others):
        frame = other.wide.isel(y=slice(start, start + _FRAME), x=slice(start, start + _FRAME))
        for spot in range(spots):
            values = frame.to_numpy().copy()
            rows, columns = slice(20, 20 + SIZE), slice(4 + 7 * spot, 4 + 7 * spot + SIZE)
            values[rows, columns] = np.where(disc, scene.template, values[rows, columns])
            found = best(match(frame.copy(data=values)))
            where = float(frame["y"][20 + _HALF]), float(frame["x"][4 + 7 * spot + _HALF])
            heights[k, spot], hits[k, spot] = float(found), _near(found, *where)
    return {"elsewhere": heights, "elsewhere_found": hits}


def leaving(scene: Scene, hidden: Sequence[int]) -> dict[str, np.ndarray]:
    """Height of the maximum, and whether it is at the object, as columns of it leave the frame."""
    match, best = MatchTemplate(scene.template, boundary="zero"), Peak(("y", "x"))
    where = float(scene.wide["y"][scene.row]), float(scene.wide["x"][scene.column])
    top = int(np.clip(scene.row - _FRAME // 2, 0, 256 - _FRAME))
    heights, hits = [], []
    for count in hidden:
        left = scene.column - _HALF + count
        frame = scene.wide.isel(y=slice(top, top + _FRAME), x=slice(left, left + _FRAME))
        found = best(match(frame))
        heights.append(float(found))
        hits.append(_near(found, *where))
    return {"leaving": np.array(heights), "leaving_found": np.array(hits)}


def _near(found: xr.DataArray, y: float, x: float) -> bool:
    """Whether a maximum is at a place, to a pixel."""
    return max(abs(float(found["y"]) - y), abs(float(found["x"]) - x)) <= 1.0


def delayed(sound: xr.DataArray, steps: np.ndarray) -> dict[str, np.ndarray]:
    """Height of the maximum, and how many hops it is off, as a recording is delayed by hops."""
    front = log_mel(sound)
    step = axis_of(sound, "time").step
    hop = round(0.01 / step)
    picture = front(sound).transpose("mel", "time")
    last = int(np.max(steps)) + 2
    values = picture.to_numpy()[:, :-last]
    start = _liveliest(values, (values.shape[0], SIZE))[1]
    template = picture.isel(time=slice(start, start + SIZE))
    match = MatchTemplate(template, over=("mel",))
    true = float(template["time"][_HALF])
    heights, off = [], []
    for count in steps:
        samples = round(float(count) * hop)
        late = Translate.in_samples(sound, time=samples)(sound)
        height, _, place = summit(match(front(late)), ("time",), "time")
        heights.append(height)
        off.append((place - true) / (hop * step) - samples / hop)
    return {"delayed_height": np.array(heights), "delayed_off": np.array(off)}
