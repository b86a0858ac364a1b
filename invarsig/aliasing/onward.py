"""The rest of a pipeline or graph, run from some results on: without labels where that is possible.

The same units run again and again on values of the same grids. Their results have the labels that
are known from the first run, so units that can run on plain arrays do, and only the others get
labeled input. What no later unit reads is freed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from invarsig.aliasing.units import Unit

__all__ = ["Onward"]

_Bare = Callable[[Sequence[np.ndarray]], np.ndarray]


@dataclass(frozen=True, eq=False)
class Onward:
    """Units, and the labels of what each reads and gives.

    Parameters
    ----------
    units
        The pipeline or graph.
    like
        The input, and what each unit gives, on the grids that the values will have.
    after
        What is done to the result of a unit before another one reads it; None for a unit after
        which nothing is done.
    """

    units: Sequence[Unit]
    like: Sequence[xr.DataArray]
    after: Callable[[int], Callable[[xr.DataArray], xr.DataArray] | None]
    _bare: dict[int, _Bare | None] = field(default_factory=dict, repr=False)

    def run(self, place: int, values: Mapping[int, xr.DataArray]) -> xr.DataArray:
        """Run the units from a place on, given the results that they read of those before.

        Parameters
        ----------
        place
            The first unit that is run.
        values
            By the number of the unit that gave it, from 1 on, or 0 for the input.
        """
        found: dict[int, xr.DataArray | np.ndarray] = dict(values)
        rest = range(place, len(self.units))
        last = {k: number for number in rest for k in self.units[number].inputs}
        for number in rest:
            unit = self.units[number]
            found[number + 1] = self._next(number, [found[k] for k in unit.inputs])
            for k in set(unit.inputs):
                if last[k] == number:
                    del found[k]
        return self._labeled(len(self.units), found[len(self.units)])

    def _next(
        self, number: int, values: Sequence[xr.DataArray | np.ndarray]
    ) -> xr.DataArray | np.ndarray:
        unit, after = self.units[number], self.after(number)
        bare = None if after is not None else self._without_labels(number)
        if bare is not None:
            pairs = zip(unit.inputs, values, strict=True)
            return bare([self._plain(k, value) for k, value in pairs])
        pairs = zip(unit.inputs, values, strict=True)
        made = unit([self._labeled(k, value) for k, value in pairs])
        return made if after is None else after(made)

    def _without_labels(self, number: int) -> _Bare | None:
        if number not in self._bare:
            unit, y = self.units[number], self.like[number + 1]
            inputs = [self.like[k] for k in unit.inputs]
            plain = all(_labels_grids_alone(each) for each in (*inputs, y))
            self._bare[number] = unit.op.bare(inputs, y) if plain else None
        return self._bare[number]

    def _plain(self, k: int, value: xr.DataArray | np.ndarray) -> np.ndarray:
        if isinstance(value, np.ndarray):
            return value
        dims = self.like[k].dims
        return (value if value.dims == dims else value.transpose(*dims)).to_numpy()

    def _labeled(self, k: int, value: xr.DataArray | np.ndarray) -> xr.DataArray:
        return self.like[k].copy(data=value) if isinstance(value, np.ndarray) else value


def _labels_grids_alone(x: xr.DataArray) -> bool:
    """Whether no coordinate may depend on the values, as that of chosen samples does."""
    return all(name in x.dims or not coordinate.dims for name, coordinate in x.coords.items())
