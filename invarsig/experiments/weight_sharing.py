"""Errors of shared and unshared taps on periodic axes, and of shared layers with a border."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.axes import Axes, axis_of, difference
from invarsig.experiments.effects import decibels_of
from invarsig.experiments.scenes import both_dims
from invarsig.measures import equivariance_error
from invarsig.models import all_convolutional
from invarsig.operators import Convolve, LocallyConnected, Operator, PositionAffine

__all__ = ["TAPS", "at_border", "error_maps", "on_ring"]

TAPS: Final = 5
"""Taps of a kernel along each axis."""


def _round(x: xr.DataArray) -> xr.DataArray:
    """Make both axes periodic."""
    axes = [axis_of(x, dim) for dim in both_dims(x)]
    rings = {a.dim: x[a.dim].assign_attrs(period=a.size * abs(a.step)) for a in axes}
    return x.assign_coords(rings)


def on_ring(
    x: xr.DataArray, shifts: Sequence[int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Errors over (along, way, shift), and those expected over the draw."""
    x = _round(x)
    down, across = both_dims(x)
    spans = (down, across, f"{down}_tap", f"{across}_tap")
    shared = rng.standard_normal((TAPS, TAPS)) / TAPS
    own = rng.standard_normal((*x.shape, TAPS, TAPS)) / TAPS
    white = xr.DataArray(1 + 0.1 * rng.standard_normal(x.shape), dims=x.dims)
    convolve = Convolve(xr.DataArray(shared, dims=x.dims))

    def connected(weights: np.ndarray) -> LocallyConnected:
        return LocallyConnected(xr.DataArray(weights, dims=spans))

    found, expected = [], []
    for dim in (across, down):
        size = x.sizes[dim]
        turn = 2 * np.pi * np.arange(size) / size
        slow = xr.DataArray(1 + 0.1 * np.sqrt(2) * np.cos(turn), dims=dim)
        ways: dict[str, Operator] = {
            "shared": convolve,
            "slow gain": convolve >> PositionAffine(slow),
            "gain": convolve >> PositionAffine(white),
            "one percent": connected(shared + 0.01 * own),
            "ten percent": connected(shared + 0.1 * own),
            "unshared": connected(own),
        }
        moves = [Translate.in_samples(x, {dim: shift}) for shift in shifts]
        found.append([equivariance_error(op, x, moves).to_numpy() for op in ways.values()])
        # The variance of a draw times the energy it meets, relative to the output.
        level, before = _size(x), _size(convolve(x))
        gains = {"shared": 0.0, "gain": 0.1 * before}
        taps = {"one percent": 0.01 * level, "ten percent": 0.1 * level, "unshared": level}
        deviation = {way: np.sqrt(2) * each for way, each in (gains | taps).items()}
        slowly = {shift: 0.2 * np.sin(np.pi * shift / size) * before for shift in shifts}
        expected.append(
            [
                [(slowly[shift] if way == "slow gain" else deviation[way]) / _size(op(x))
                 for shift in shifts]
                for way, op in ways.items()
            ]
        )  # fmt: skip
    return np.array(found), np.array(expected)


def _size(x: xr.DataArray) -> float:
    """Norm without the mean."""
    values = x.to_numpy()
    return float(np.linalg.norm(values - values.mean()))


def at_border(
    x: xr.DataArray, kernels: Sequence[xr.DataArray], boundaries: Sequence[str], deepest: int
) -> tuple[np.ndarray, np.ndarray]:
    """Errors over (along, boundary, depth, distance), and the summed reach (along, depth)."""
    down, across = both_dims(x)
    profiles, reaches = [], []
    for dim in (across, down):
        move = Translate.in_samples(x, {dim: 1})
        rows = []
        for boundary in boundaries:
            layers = [
                all_convolutional(kernels[:depth], over=both_dims(x), stride=1, boundary=boundary)
                for depth in range(1, len(kernels) + 1)
            ]
            rows.append([_profile(op, x, move, dim)[:deepest] for op in layers])
        profiles.append(rows)
        step = abs(axis_of(x, dim).step)
        reaches.append([round(op.plan(Axes.of(x)).reach[dim][0] / step) for op in layers])
    return np.array(profiles), np.array(reaches)


def _profile(op: Operator, x: xr.DataArray, move: Translate, dim: str) -> np.ndarray:
    """Error at each distance from the border, both ends together."""
    error = equivariance_error(op, x, move, protocol="cut", keep=(dim,)).to_numpy()
    return np.asarray(np.sqrt((error**2 + error[::-1] ** 2) / 2))


def error_maps(
    x: xr.DataArray, kernels: Sequence[xr.DataArray], depths: Sequence[int]
) -> np.ndarray:
    """Error at each place, in dB of the features, after so many layers with zero padding."""
    down, across = both_dims(x)
    found = []
    for depth in depths:
        op = all_convolutional(kernels[:depth], over=(down, across), stride=1, boundary="zero")
        later = op(x.isel({across: slice(1, None)})).isel({across: slice(None, -1)})
        sooner = op(x.isel({across: slice(None, -1)})).isel({across: slice(1, None)})
        channel = f"features_{depth}"
        gap = (difference(sooner, later) ** 2).mean(channel) ** 0.5
        level = float(np.sqrt((later**2).mean()))
        found.append(decibels_of(gap.transpose(down, across) / level).to_numpy())
    return np.array(found)
