"""Layers and filters that should turn and grow with a picture, and their errors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import xarray as xr

from invarsig.actions import Action, Dilate, Flip, Rotate
from invarsig.axes import Axis, difference, label
from invarsig.measures import equivariance_error
from invarsig.measures.norms import relative
from invarsig.operators import (
    CircularHarmonicBank,
    Convolve,
    GlobalPool,
    GroupConvolution,
    LaplacianOfGaussian,
    LiftingConvolution,
    Modulus,
    Operator,
    Relu,
    SteerableBank,
)
from invarsig.operators.groups.group import Group

__all__ = [
    "errors_and_floors",
    "errors_of",
    "grown_operators",
    "growths_of",
    "phase_errors",
    "quarter_turn_and_flips",
    "random_layers",
    "strided_errors",
    "turned_by_index",
    "turned_operators",
    "turns_of",
]

_PLANE: Final = ("y", "x")
_ORDERS: Final = (0, 1, 2, 3)
_SIGMA: Final = 1.5  # px
_QUARTER: Final = math.pi / 2


def random_layers(rng: np.random.Generator, stride: int) -> dict[str, Operator]:
    """Two layers of random kernels: plain, and over the groups p4 and p4m."""
    by = dict.fromkeys(_PLANE, stride)
    sizes = {"feature": 3, "filter": 3, "orientation": 4, "reflection": 2, "y": 5, "x": 5}
    first = _centered(rng, {dim: sizes[dim] for dim in ("filter", *_PLANE)})
    later = _centered(rng, sizes)
    turns = later.isel(reflection=0)
    groups: dict[Group, xr.DataArray] = {"p4": turns, "p4m": later}
    plain = Convolve(first, by) >> Relu() >> Convolve(turns.isel(orientation=0), over=("filter",))
    return {
        "plain": plain,
        **{
            group: LiftingConvolution(first, group=group, stride=by)
            >> Relu()
            >> GroupConvolution(taps, group=group, over=("filter",))
            for group, taps in groups.items()
        },
    }


def _centered(rng: np.random.Generator, sizes: Mapping[str, int]) -> xr.DataArray:
    """Random kernels without a mean over the plane."""
    taps = label(rng.standard_normal(tuple(sizes.values())), *sizes)
    return taps - taps.mean(_PLANE)


def turned_operators(layers: Mapping[str, Operator]) -> tuple[tuple[Operator, ...], ...]:
    """What is rotated by many angles: plain, p4, its pool, and filters.

    In parts, each of which is compared with its own output: a circular harmonic of order 0 is a
    blur, much larger than the other orders.
    """
    eighths = tuple(float(angle) for angle in np.arange(8) * math.pi / 8)
    return (
        (layers["plain"],),
        (layers["p4"],),
        (layers["p4"] >> GlobalPool("orientation", "max"),),
        tuple(
            CircularHarmonicBank(_PLANE, order=(order,), sigma=_SIGMA) >> Modulus()
            for order in _ORDERS
        ),
        (SteerableBank(_PLANE, order=2, sigma=_SIGMA, orientation=eighths),),
    )


def grown_operators() -> tuple[tuple[Operator, ...], ...]:
    """What is dilated, one width and several; both include 2 px."""
    widths = tuple(float(width) for width in 2.0 ** (np.arange(9) / 4))
    return (
        (LaplacianOfGaussian(dict.fromkeys(_PLANE, 2.0), normalized=True),),
        (LaplacianOfGaussian(dict.fromkeys(_PLANE, widths), normalized=True),),
    )


def turns_of(x: xr.DataArray, degrees: Sequence[float]) -> list[Action]:
    """Turns about the middle."""
    return [Rotate.about_middle(x, math.radians(angle)) for angle in degrees]


def growths_of(x: xr.DataArray, octaves: Sequence[float]) -> list[Action]:
    """Dilations about the middle."""
    return [Dilate.about_middle(x, 2.0**octave, _PLANE) for octave in octaves]


def quarter_turn_and_flips(x: xr.DataArray) -> list[Action]:
    """The elements that generate p4m, about the middle."""
    flips = [Flip.about_middle(x, dim) for dim in ("x", "y")]
    return [Rotate.about_middle(x, _QUARTER), *flips]


def errors_of(op: Operator, x: xr.DataArray, actions: Sequence[Action]) -> list[float]:
    """Error of each action."""
    return [float(error) for error in equivariance_error(op, x, actions).to_numpy()]


def errors_and_floors(
    parts: Sequence[Operator], x: xr.DataArray, actions: Sequence[Action]
) -> np.ndarray:
    """Error and floor of each action, ``(action, 2)``: the root mean square over the parts."""
    each = []
    for op in parts:
        error = equivariance_error(op, x, actions)
        each.append(np.stack([error.to_numpy(), error["floor"].to_numpy()], axis=-1))
    return np.asarray(np.sqrt(np.mean(np.square(each), axis=0)))


def phase_errors(x: xr.DataArray, degrees: Sequence[float]) -> list[float]:
    """Errors of circular harmonics alone: a turn by α takes order k times ``exp(-i k α)``.

    In the middle half of the picture, which no border reaches; the root mean square over orders.
    """
    bank = CircularHarmonicBank(_PLANE, order=_ORDERS, sigma=_SIGMA)
    inside = {dim: slice(x.sizes[dim] // 4, -(x.sizes[dim] // 4)) for dim in _PLANE}
    whole, found = bank(x), []
    for turn, angle in zip(turns_of(x, degrees), np.radians(degrees), strict=True):
        last = turn(whole.real) + 1j * turn(whole.imag)
        last = (last * np.exp(-1j * angle * whole["order"])).isel(inside)
        error = relative(difference(bank(turn(x)).isel(inside), last), last, "centered", ("order",))
        found.append(float(np.sqrt(np.mean(error.to_numpy() ** 2))))
    return found


def strided_errors(op: Operator, x: xr.DataArray, noise: xr.DataArray) -> list[float]:
    """Errors of a quarter turn after a stride of 2, by center.

    About a sample that is kept, the middle of an odd and of an even array; by index; by index
    without a filter, the picture and noise.
    """
    middle = x.sizes["y"] // 2
    odd = x.isel(y=slice(None, -1), x=slice(None, -1))
    click = label(np.ones((1, 1)), Axis("y"), Axis("x"))
    bare = LiftingConvolution(click, stride=dict.fromkeys(_PLANE, 2))
    return [
        *errors_of(op, x, [Rotate(_QUARTER, {dim: float(x[dim][middle]) for dim in _PLANE})]),
        *errors_of(op, odd, [Rotate.about_middle(odd, _QUARTER)]),
        *errors_of(op, x, [Rotate.about_middle(x, _QUARTER)]),
        turned_by_index(op, x),
        turned_by_index(bare, x),
        turned_by_index(bare, noise),
    ]


def turned_by_index(op: Operator, x: xr.DataArray) -> float:
    """Error of a quarter turn of the bare arrays, before and after, about their own middles.

    Relative to the output without its mean. Orientations move along; coordinates are not read.
    """
    y = op(x).transpose(..., *_PLANE)
    first = op(x.copy(data=np.rot90(x.to_numpy()))).transpose(*y.dims)
    last = np.rot90(y.roll(orientation=-1).to_numpy(), axes=(-2, -1))
    whole = y.to_numpy() - y.to_numpy().mean()
    return float(np.linalg.norm(first.to_numpy() - last) / np.linalg.norm(whole))
