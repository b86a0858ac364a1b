"""Smooth deformation along any axes at once, with a bounded gradient."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, Self

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions.base import Action
from invarsig.actions.point_map import Beyond, PointMap, checked_beyond, finite, named_dims
from invarsig.actions.smooth_noise import smooth_noise
from invarsig.axes import Axis, Length, LengthLike, plain_lengths, read_length, rescaled_lengths
from invarsig.errors import ParameterError

__all__ = ["Displacement", "Warp"]

Displacement = Callable[..., "np.ndarray | Sequence[np.ndarray]"]
"""Function of the places along each dim to the displacement along each, both in wavelengths."""

_WAVES = 4


@dataclass(frozen=True)
class Warp(PointMap):
    """Deformation: ``(W_τ x)(u) = x(u - τ(u))`` with ``|∇τ| <= gradient < 1``.

    By default τ is a sum of four plane waves, drawn from the seed: with u' the position in
    wavelengths,

        ``τ'(u') = sum_i a_i sin(2 π k_i · u' + φ_i)``,  ``sum_i 2 π |a_i| |k_i| = gradient``,

    with ``1/2 <= |k_i| <= 1``. So no displacement is above ``gradient / π`` wavelengths, whatever
    the seed. It is a function of coordinates, the same on a signal and on a result of any stride,
    and needs all of its dims: a result that has lost one of them is left unchanged.

    ``at(t)`` has t times the displacement. ``at(-t)`` is the inverse of that, ``v = u + t τ(v)``,
    solved by fixed-point iteration, which converges as the gradient is below 1. Deformations do
    not add up: ``at(2)`` is not ``at(1)`` twice.

    Read off a quintic spline. What the deformation compresses beyond Nyquist folds: frequencies
    grow by up to ``1 + gradient``.

    Parameters
    ----------
    wavelength
        The shortest wavelength along each dim, in the unit of its axis or in one of its own
        ("2 s"). Its dims are those that are deformed.
    gradient
        Bound on the operator norm of the gradient of τ, below 1; with lengths in wavelengths.
    rng
        Seed of the random waves; of a generator one number is drawn and kept.
    displacement
        A function to use instead of them: of one array of places for each dim, in wavelengths, to
        as many arrays (for one dim, to one), in wavelengths. Its gradient is checked where it is
        used.
    t
        How far it goes: negative for the inverse.
    boundary
        What comes in from beyond the ends: "zero", "reflect" (the mirror image about the last
        sample) or "nan".

    Raises
    ------
    ParameterError
        If the gradient, or t times it, is not below 1, or that of `displacement` is above it.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> x = label(np.arange(100.0), Axis("time", step=0.01, unit="s"))
    >>> move = Warp({"time": 0.5}, gradient=0.1, rng=3)
    >>> y = move(x)
    >>> bool(abs(y - x)[5:95].max() <= 100 * 0.1 / np.pi * 0.5)
    True
    >>> bool(abs(move.at(-1)(y) - x)[20:80].max() < 1e-2)
    True

    References
    ----------
    Mallat (2012), Group invariant scattering, doi:10.1002/cpa.21413, on ``|∇τ|`` as the measure of
    a deformation.
    """

    wavelength: Mapping[str, LengthLike]
    _: KW_ONLY
    gradient: float = 0.1
    rng: int | np.random.Generator = 0
    displacement: Displacement | None = None
    t: float = 1.0
    boundary: Beyond = "zero"

    group = False
    accuracy = 1e-2

    def __post_init__(self) -> None:
        if not isinstance(self.wavelength, Mapping):
            raise ParameterError(
                f"The wavelength is {self.wavelength!r}; give one along each dim: {{'time': 0.5}}."
            )
        dims = named_dims(self.wavelength, "Warp")
        lengths: dict[str, float | Length] = {}
        for dim in dims:
            what = f"The wavelength along {dim!r}"
            length = read_length(self.wavelength[dim], what, wanted="one finite number")
            number = length.value if isinstance(length, Length) else length
            parameters.positive(number, what, wanted="one above 0")
            lengths[dim] = length
        object.__setattr__(self, "wavelength", lengths)
        steepest = max(abs(finite(self.t, "t")), 1.0)
        bound = finite(self.gradient, "The gradient")
        if not 0 <= bound * steepest < 1:
            raise ParameterError(
                f"The gradient is {bound:g} at t={self.t:g}, {bound * steepest:g} in all; from 1 "
                "on a deformation folds over itself and has no inverse. Give a smaller one."
            )
        object.__setattr__(self, "rng", _seed(self.rng))
        checked_beyond(self.boundary)

    @property
    def required(self) -> tuple[str, ...]:
        """The dims that it deforms."""
        return tuple(self.wavelength)

    @property
    def induced(self) -> tuple[str, ...]:
        """None: a deformation turns and scales differently from place to place."""
        return ()

    def at(self, t: float) -> Self:
        """Displace `t` times as far; ``at(-1)`` is the inverse."""
        return replace(self, t=self.t * t)

    def renamed(self, names: Mapping[str, str]) -> Self:
        """Deform the renamed dims."""
        return replace(
            self, wavelength={names.get(dim, dim): by for dim, by in self.wavelength.items()}
        )

    def rescaled(self, factors: Mapping[str, float]) -> Self:
        """Deform in the same way, where lengths are in other units."""
        return replace(self, wavelength=rescaled_lengths(self.wavelength, factors))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Action, xr.DataArray]]:
        """Along time and in a plane, random and given."""
        time = Axis("time", step=0.01, size=400, unit="s")
        sound = smooth_noise(rng, [time], [Axis("channel", size=2)])
        yield cls({"time": 1.5}, gradient=0.2, rng=rng), sound
        plane = [Axis("y", size=120, unit="px"), Axis("x", size=130, unit="px")]
        picture = smooth_noise(rng, plane)
        yield cls({"y": 60.0, "x": 40.0}, rng=5, boundary="reflect"), picture
        yield cls({"time": 4.0}, gradient=0.35, displacement=_swell), sound

    def displaced(self, places: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The displacement τ at places in coordinates, in the unit of each axis, for t = 1."""
        wavelength = plain_lengths(self.wavelength, self)
        scaled = [places[dim] / by for dim, by in wavelength.items()]
        if self.displacement is None:
            found: Sequence[np.ndarray] = self._waves(scaled)
        else:
            made = self.displacement(*scaled)
            found = [np.asarray(made)] if len(scaled) == 1 else [np.asarray(one) for one in made]
            if len(found) != len(scaled):
                raise ParameterError(
                    f"The displacement gives {len(found)} array(s) for {len(scaled)} dims; give "
                    f"one along each of {', '.join(map(repr, self.wavelength))}."
                )
        return {
            dim: np.broadcast_to(each, places[dim].shape) * by
            for (dim, by), each in zip(wavelength.items(), found, strict=True)
        }

    def _waves(self, places: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Four plane waves: random directions, lengths, phases and shares of the gradient."""
        rng, count = np.random.default_rng(self.rng), len(places)
        direction, along = (_unit(rng.standard_normal((_WAVES, count))) for _ in range(2))
        length = rng.uniform(0.5, 1.0, _WAVES)
        phase = rng.uniform(0, 2 * np.pi, _WAVES)
        share = rng.dirichlet(np.ones(_WAVES))
        size = self.gradient * share / (2 * np.pi * length)
        out = [np.zeros_like(places[0]) for _ in places]
        for i in range(_WAVES):
            turns = sum(length[i] * k * u for k, u in zip(direction[i], places, strict=True))
            wave = size[i] * np.sin(2 * np.pi * turns + phase[i])
            for place in range(count):
                out[place] += along[i, place] * wave
        return out

    def _dims_on(self, x: xr.DataArray) -> tuple[str, ...]:
        return self.required if all(dim in x.dims for dim in self.required) else ()

    def _source(self, places: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        if self.displacement is not None:
            self._check_gradient(places)
        if self.t >= 0:
            moved = self.displaced(places)
            return {dim: place - self.t * moved[dim] for dim, place in places.items()}
        found = dict(places)
        # The error shrinks by the gradient at every step.
        steep = max(self.gradient * abs(self.t), 1e-3)
        for _ in range(math.ceil(math.log(1e-13) / math.log(steep)) + 1):
            moved = self.displaced(found)
            found = {dim: place - self.t * moved[dim] for dim, place in places.items()}
        return found

    def _check_gradient(self, places: Mapping[str, np.ndarray]) -> None:
        """Check a given function against its bound: slopes between samples, in wavelengths."""
        step = 1e-4
        base = self.displaced(places)
        wavelength = plain_lengths(self.wavelength, self)
        columns = []
        for other, by in wavelength.items():
            ahead = self.displaced({**places, other: places[other] + step * by})
            columns.append(
                [(ahead[dim] - base[dim]) / (wavelength[dim] * step) for dim in self.required]
            )
        slopes = np.moveaxis(np.asarray(columns), (0, 1), (-1, -2))
        known = np.isfinite(slopes).all()  # of NaN there are no singular values
        steepest = float(np.linalg.norm(slopes, ord=2, axis=(-2, -1)).max()) if known else math.nan
        if not steepest <= self.gradient * (1 + 1e-3) + 1e-3:
            raise ParameterError(
                f"The displacement has a gradient of {steepest:.4g}, which gradient="
                f"{self.gradient:g} is to bound; state a larger bound below 1, or displace less."
            )

    def _rings(self, axes: Sequence[Axis]) -> tuple[bool, ...]:
        return tuple(axis.periodic and self.t == 0 for axis in axes)

    def _band(self) -> float:
        return 1.0

    def _companions(self, x: xr.DataArray) -> tuple[Action, ...]:
        return ()


def _seed(given: Any) -> int:
    """A seed that can be kept, so that the same waves are drawn again."""
    if isinstance(given, np.random.Generator):
        return int(given.integers(2**32))
    if isinstance(given, bool) or not isinstance(given, (int, np.integer)) or given < 0:
        raise ParameterError(f"rng={given!r} is not a seed; give a whole number, or a generator.")
    return int(given)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def _swell(place: np.ndarray) -> np.ndarray:
    """A displacement of one slow wave, for the examples: its slope is at most 0.05 * 2 pi."""
    return np.asarray(0.05 * np.sin(2 * np.pi * place))
