"""Banks of Gaussian bells at several widths: widths as channels, and units of derivatives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from invarsig import parameters
from invarsig.axes import AuxiliaryCoordinate, Axes, Axis
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.operators.banks.bank import TapBank
from invarsig.operators.banks.bells import (
    bell_taps,
    discrete_taps,
)
from invarsig.operators.banks.channels import channel_axis

__all__ = ["DerivativeBank", "Kind", "ScaleBank"]

Kind = Literal["sampled", "discrete"]


class ScaleBank(TapBank):
    """A bank whose filters are Gaussian bells, or made of them, at one width or several."""

    sigma: Mapping[str, Any]
    truncate: float
    channel: str
    kind: Kind

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that have a width."""
        return tuple(self.sigma)

    def _check_scales(self) -> None:
        """Check and normalize sigma, truncate and kind, then stride and boundary."""
        object.__setattr__(self, "sigma", _widths_given(self.sigma))
        parameters.positives(self.truncate, "truncate")
        parameters.one_of("kind", self.kind, Kind)
        self._check_bank()

    def _bells(self, widths: np.ndarray, order: int = 0, most: int = 0) -> np.ndarray:
        """Taps along one dim; of the same length for every order up to `most`."""
        if self.kind == "sampled":
            return bell_taps(widths, self.truncate, order)
        return discrete_taps(widths, self.truncate, order, most)

    def _plain(self) -> bool:
        """Whether widths are single numbers, so that no channel counts them."""
        return all(np.ndim(width) == 0 for width in self.sigma.values())

    def _widths(self, axes: Axes) -> list[np.ndarray]:
        """For each dim the widths of the channels, in samples."""
        count = max(len(np.atleast_1d(width)) for width in self.sigma.values())
        return [
            np.broadcast_to(np.atleast_1d(width), (count,)) / abs(axes[dim].step)
            for dim, width in self.sigma.items()
        ]

    def _scales(self, axes: Axes) -> tuple[tuple[Axis, ...], dict[str, AuxiliaryCoordinate]]:
        """Axis of the widths along the first dim, with its coordinates; none for one width."""
        if self._plain():
            return (), {}
        first = axes[self.dims[0]]
        widths = self._widths(axes)[0] * abs(first.step)
        axis, coords = channel_axis(
            self.channel, widths.tolist(), first.length_unit, geometric=True
        )
        return (axis,), coords


def _widths_given(given: Any) -> dict[str, float | tuple[float, ...]]:
    """Check a mapping from dims to widths, one or the same number for each."""
    if not isinstance(given, Mapping) or not given:
        raise ParameterError(f"sigma={given!r} names no dim; give a mapping such as {{'x': 2.0}}.")
    widths: dict[str, float | tuple[float, ...]] = {}
    for dim, value in given.items():
        numbers = parameters.positives(value, f"sigma along {dim!r}")
        widths[dim] = numbers[0] if np.ndim(value) == 0 else numbers
    counts = {len(np.atleast_1d(w)) for w in widths.values() if np.ndim(w)}
    if len(counts) > 1:
        raise ParameterError(
            f"sigma has {sorted(counts)} widths for its dims; give the same number for each."
        )
    return widths


class DerivativeBank(ScaleBank):
    """A scale bank of derivatives: per length along the axis, or normalized by the scale."""

    normalized: bool
    gamma: float
    per: Mapping[str, float]

    def _check_derivatives(self) -> None:
        """Check the unit length of the derivatives, and everything else."""
        self._check_scales()
        parameters.positives(self.gamma, "gamma")
        given: Any = self.per
        if not isinstance(given, Mapping):
            raise ParameterError(
                f"per={given!r} names no dim; give a mapping such as {{'x': 0.5}}."
            )
        stray = [dim for dim in given if dim not in self.sigma]
        if stray:
            raise DimError(
                f"per names {stray[0]!r}, which has no sigma; the filters lie along "
                f"{', '.join(map(repr, self.sigma))}."
            )
        if self._unitless() and given:
            raise ParameterError(
                "Derivatives that are normalized with gamma=1 have no unit; leave per out."
            )
        lengths = {
            dim: parameters.positives(given.get(dim, 1.0), f"per along {dim!r}")[0]
            for dim in self.sigma
        }
        object.__setattr__(self, "per", {} if self._unitless() else lengths)

    def result_unit(self, unit: str) -> str | None:
        """The unit of the samples where a derivative is by widths; else there is a length in it."""
        return unit if self._unitless() else None

    def _unitless(self) -> bool:
        """Whether derivatives are with respect to positions in widths."""
        return self.normalized and self.gamma == 1

    def _gain(self, axes: Axes, dim: str, order: int) -> np.ndarray:
        """For each width the factor by which a derivative per sample is multiplied."""
        width = self._widths(axes)[self.dims.index(dim)]
        step = axes[dim].step
        if self._unitless():
            return np.asarray((np.sign(step) * width) ** order)
        per = self.per[dim]
        scale = (width * abs(step) / per) ** (self.gamma * order) if self.normalized else 1.0
        return np.asarray(np.broadcast_to(scale * (per / step) ** order, width.shape))

    def _check_one_unit(self, axes: Axes) -> None:
        """Raise where derivatives along dims of different units would be added."""
        units = {axes[dim].length_unit: dim for dim in self.dims}
        if len(units) > 1 and not self._unitless():
            said = ", ".join(f"{dim!r} in {unit}" for unit, dim in units.items())
            raise AxisError(
                f"{type(self).__name__} adds derivatives along {said}, which have different "
                "units; set normalized=True with gamma=1."
            )
