"""Features of sounds and pictures under small deformations: how much they change."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from invarsig.actions import Action, Translate, Warp
from invarsig.axes import Axis, axis_of, label
from invarsig.experiments.collection import Collection
from invarsig.operators import LogGaborBank, Scattering

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = [
    "FEATURES",
    "Features",
    "changes",
    "exponents",
    "faded_pictures",
    "faded_sounds",
    "features_of",
    "fourier_at",
    "fourier_modulus",
    "in_bands",
    "over_shifts",
    "per_gradient",
    "warps",
]

Features = Callable[[xr.DataArray], np.ndarray]
"""From an array over "move" and the dims of a signal to one over "move" and whatever follows."""

FEATURES: Final = ("scattering", "Fourier modulus")

_HIGHEST = 3400.0  # Hz: half an octave around the highest band of sound
_FADED = 0.4  # part of an excerpt that is faded, both ends together
_INSTRUMENTS = ("cello", "marimba", "piano", "tenorsax")


def faded_sounds(
    data: Collection, samples: int, most: int | None
) -> Iterator[tuple[str, xr.DataArray]]:
    """Excerpts of speech, music and a note of each instrument, without mean, faded, made periodic.

    Parameters
    ----------
    data
        The collection.
    samples
        Length of an excerpt, the loudest of its recording.
    most
        Number of speech excerpts and of notes, without music; None for all.
    """
    speech = data.paths("speech", at_least=2)[:most]
    music = data.paths("music") if most is None else []
    notes = [data.notes(instrument) for instrument in _INSTRUMENTS[:most]]
    for path in [*speech, *music, *(own[len(own) // 2][2] for own in notes)]:
        step = axis_of(data.sound(path, up_to=_HIGHEST), "time").step
        x = data.sound(path, samples * step, at_least=samples * step * (1 - 1e-9))
        x = x.isel(time=slice(samples))
        ring = Axis("time", step=step, size=samples, unit="s", period=samples * step)
        yield path.stem, _faded(label(x.to_numpy(), ring))


def faded_pictures(
    data: Collection, side: int, most: int | None
) -> Iterator[tuple[str, xr.DataArray]]:
    """Middles of pictures, without mean, faded, made periodic."""
    for path in [*data.paths("images", at_least=2)[:most], *data.paths("textures")[:most]]:
        values = data.picture(path, side).to_numpy()
        rings = [Axis(dim, size=side, unit="px", period=float(side)) for dim in ("y", "x")]
        yield path.stem, _faded(label(values, *rings))


def _faded(x: xr.DataArray) -> xr.DataArray:
    """Take the mean off, and fade by a Tukey window to zero at both ends, as beyond them."""
    from scipy.signal.windows import tukey

    faded = x.astype(np.float64) - float(x.mean())
    for dim in x.dims:
        faded = faded * xr.DataArray(tukey(x.sizes[dim], _FADED), dims=[dim])
    return faded.transpose(*x.dims)


def in_bands(x: xr.DataArray, frequencies: ArrayLike) -> Iterator[xr.DataArray]:
    """Give the parts of a signal in bands of half an octave around some frequencies.

    Parameters
    ----------
    x
        Over "time", or over "y" and "x".
    frequencies
        Centers: Hz on seconds, cycles per pixel on pictures.
    """
    dims = tuple(str(dim) for dim in x.dims)
    centers = tuple(np.asarray(frequencies, dtype=np.float64).tolist())
    if len(dims) == 1:
        bank = LogGaborBank(dims[0], centers, bandwidth=0.5, part="real")
        found = bank(x)
    else:
        angles = tuple(math.pi * k / 6 for k in range(6))
        bank = LogGaborBank(dims, centers, angles, bandwidth=0.5, part="real")
        found = bank(x).sum("orientation")
    for place in range(len(centers)):
        # A filter reaches across the ends of the periodic axis.
        yield _faded(found.isel(band=place).reset_coords(drop=True).transpose(*dims))


def features_of(x: xr.DataArray, octaves: int) -> tuple[Features, Features]:
    """Scattering that averages over 2^octaves samples, and the modulus of the Fourier transform.

    In the order of `FEATURES`. Scattering has 8 wavelets in an octave along time, 8 orientations in
    the plane. Its intermediate grids fold by less than 1e-3 of white noise.
    """
    dims = tuple(str(dim) for dim in x.dims)
    scattered = (
        Scattering(dims[0], J=octaves, Q=8, oversampling=0)
        if len(dims) == 1
        else Scattering(dims, J=octaves, L=8, oversampling=1)
    )
    return (
        lambda stack: scattered(stack).transpose("move", ...).to_numpy(),
        fourier_modulus,
    )


def fourier_modulus(stack: xr.DataArray) -> np.ndarray:
    """Modulus of the Fourier transform along all dims but "move"."""
    values = stack.transpose("move", ...).to_numpy()
    return np.asarray(np.abs(np.fft.fftn(values, axes=tuple(range(1, values.ndim)))))


def warps(x: xr.DataArray, gradients: Sequence[float], part: float, seed: int) -> list[Warp]:
    """Smooth deformations of one shape: only the bound of their gradient differs.

    Parameters
    ----------
    x
        What is to be deformed.
    gradients
        Bounds on the gradient.
    part
        The shortest wavelength of the displacement, as a fraction of each axis.
    seed
        The shape.
    """
    axes = [axis_of(x, str(dim)) for dim in x.dims]
    lengths = {axis.dim: part * axis.size * axis.step for axis in axes}
    return [Warp(lengths, gradient=gradient, rng=seed) for gradient in gradients]


def changes(features: Features, x: xr.DataArray, moves: Sequence[Action]) -> np.ndarray:
    """Relative change of features at each move: ``||f(g x) - f(x)|| / ||f(x)||``."""
    found = features(xr.concat([x, *(move(x) for move in moves)], dim="move"))
    flat = found.reshape(len(found), -1)
    return np.asarray(np.linalg.norm(flat[1:] - flat[0], axis=1) / np.linalg.norm(flat[0]))


def per_gradient(warp: Warp, x: xr.DataArray) -> tuple[float, float]:
    """Displacement and its slope along the first dim, root mean square, per unit of the gradient.

    Through the origin of the other dims. The displacement is in the axis' unit, the slope is a
    plain number.
    """
    axis = axis_of(x, str(x.dims[0]))
    places = {str(dim): np.zeros(axis.size) for dim in x.dims}
    moved = warp.displaced({**places, axis.dim: axis.positions()})[axis.dim]
    slope = np.gradient(moved, axis.step)
    return (
        float(np.sqrt(np.mean(moved**2))) / warp.gradient,
        float(np.sqrt(np.mean(slope**2))) / warp.gradient,
    )


def over_shifts(x: xr.DataArray, octaves: int, steps: np.ndarray) -> list[np.ndarray]:
    """Change of scattering at shifts: measured, and predicted by moving the result."""
    scattered = Scattering("time", J=octaves, Q=8, oversampling=0)
    moves = [Translate.in_samples(x, time=int(step)) for step in steps]
    measured = changes(features_of(x, octaves)[0], x, moves)
    predicted = changes(lambda stack: stack.to_numpy(), scattered(x), moves)
    return [measured, predicted]


def fourier_at(x: xr.DataArray, steps: np.ndarray) -> np.ndarray:
    """Change of the Fourier modulus at shifts."""
    moves = [Translate.in_samples(x, time=int(step)) for step in steps]
    return changes(fourier_modulus, x, moves)


def exponents(values: xr.DataArray, along: str) -> np.ndarray:
    """Slope of the logarithm of values over that of a coordinate, for each item."""
    places = np.log(values[along].to_numpy())
    logs = np.log(values.transpose(along, ...).to_numpy())
    return np.asarray(np.polyfit(places, logs, 1)[0])
