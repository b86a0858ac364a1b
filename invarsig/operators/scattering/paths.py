"""Paths of a scattering transform, and the coordinates that identify them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from invarsig.axes import AuxiliaryCoordinate, Axis
from invarsig.operators.scattering.wavelets import Wavelet

__all__ = ["Tree"]


@dataclass(frozen=True)
class Tree:
    """Wavelets of either order, and the pairs of them that form paths.

    A second wavelet follows a first one of a smaller octave j: the modulus of the first lies below
    its own band.
    """

    first: Sequence[Wavelet]
    second: Sequence[Wavelet]

    @property
    def follow(self) -> list[list[int]]:
        """For each first wavelet the indices of the second ones."""
        return [
            [place for place, after in enumerate(self.second) if after.octave > psi.octave]
            for psi in self.first
        ]

    @property
    def paths(self) -> list[tuple[Wavelet, ...]]:
        """Wavelets of each path: none, each first one, then each pair."""
        pairs = [
            (psi, self.second[place])
            for psi, after in zip(self.first, self.follow, strict=True)
            for place in after
        ]
        return [(), *((psi,) for psi in self.first), *pairs]

    def coords(self, dim: str, axes: Sequence[Axis], orders: int) -> dict[str, AuxiliaryCoordinate]:
        """Order of each path, and the properties of each of its wavelets; NaN where there is none.

        Along one dim in the axis' unit, in two in samples.
        """
        paths = self.paths
        oriented = len(axes) > 1
        step = 1.0 if oriented else abs(axes[0].step)
        rate = "cycles/sample" if oriented else axes[0].frequency_unit
        length = "sample" if oriented else axes[0].length_unit
        found: dict[str, AuxiliaryCoordinate] = {
            "order": ((dim,), np.array([len(path) for path in paths]), {})
        }
        for order in range(1, orders + 1):
            own = [path[order - 1] if len(path) >= order else None for path in paths]

            rows = np.array(
                [
                    [np.nan] * 4
                    if psi is None
                    else [psi.frequency / step, psi.sigma / step, 2.0**psi.octave * step, psi.angle]
                    for psi in own
                ],
                dtype=np.float64,
            )
            names = (("frequency", rate), ("bandwidth", rate), ("scale", length))
            for column, (name, unit) in enumerate((*names, ("orientation", "rad"))):
                if name != "orientation" or oriented:
                    found[f"{name}_{order}"] = ((dim,), rows[:, column], {"units": unit})
        return found
