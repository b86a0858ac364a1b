"""A stage continued: what it gives for values that lie outside its domain since they were moved.

Samples that are interpolated overshoot. Between two small powers a sinc gives one below zero, of
which there is no logarithm and no root, though the stage never meets such a value as given. The sum
of causes is exact whatever a stage gives there, as long as it is a number; so it is what the stage
gives for the nearest value that it met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr

from invarsig.aliasing.units import Unit
from invarsig.axes import Axes
from invarsig.operators import Operator
from invarsig.operators.base import Plan

__all__ = ["Continued", "continued"]


@dataclass(frozen=True, eq=False)
class Continued(Operator):
    """A stage, continued beyond the values that it met as given.

    Where it gives no finite number for finite values, it gives what it does for those values raised
    to `low` or lowered to `high`; everywhere else it is the stage itself.

    Parameters
    ----------
    stage
        The stage.
    low, high
        The smallest and the largest value that it met as given.
    lost
        Holds True once it has given no finite number even so.
    """

    stage: Operator
    low: float
    high: float
    lost: list[bool] = field(default_factory=list)

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """As the stage."""
        return self.stage.linear

    @property
    def front_end(self) -> bool:  # type: ignore[override]
        """As the stage."""
        return self.stage.front_end

    @property
    def absolute(self) -> bool:  # type: ignore[override]
        """As the stage."""
        return self.stage.absolute

    @property
    def dims(self) -> tuple[str, ...]:
        """As the stage."""
        return self.stage.dims

    def plan(self, axes: Axes) -> Plan:
        """As the stage."""
        return self.stage.plan(axes)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """The stage with other strides, continued in the same way."""
        other = self.stage.restrided(strides)
        return None if other is None else replace(self, stage=other)

    def bare(
        self, inputs: Sequence[xr.DataArray], y: xr.DataArray
    ) -> Callable[[Sequence[np.ndarray]], np.ndarray] | None:
        """The same on plain arrays, where the stage runs on those."""
        bare = self.stage.bare(inputs, y)
        if bare is None:
            return None

        def run(values: Sequence[np.ndarray]) -> np.ndarray:
            given, made = values[0], bare(values)
            if not self._outside(given, made):
                return made
            return self._filled(made, bare([np.clip(given, self.low, self.high)]))

        return run

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        made = self.stage(x)
        if not self._outside(x.to_numpy(), made.to_numpy()):
            return made
        within = self.stage(x.copy(data=np.clip(x.to_numpy(), self.low, self.high)))
        inside = within.transpose(*made.dims).to_numpy()
        return made.copy(data=self._filled(made.to_numpy(), inside))

    def _filled(self, made: np.ndarray, within: np.ndarray) -> np.ndarray:
        """A result, with what values inside the range give where it is not finite."""
        filled = np.where(np.isfinite(made), made, within)
        if not np.isfinite(filled).all():
            self.lost.append(True)
        return filled

    @staticmethod
    def _outside(given: np.ndarray, made: np.ndarray) -> bool:
        """Whether finite values have no finite result somewhere."""
        return bool(np.isfinite(given).all() and not np.isfinite(made).all())

    def __str__(self) -> str:
        """What the stage is called."""
        return str(self.stage)


def continued(units: Sequence[Unit], *runs: Sequence[xr.DataArray]) -> tuple[Unit, ...]:
    """Continue the nonlinear units that gave finite numbers for real ones, in all runs as given.

    Parameters
    ----------
    units
        The units of a pipeline or graph.
    runs
        The input and what each unit gave as given, for the signal and for the moved one.
    """
    found = []
    for place, unit in enumerate(units, 1):
        given = [run[k].to_numpy() for run in runs for k in unit.inputs]
        made = [run[place].to_numpy() for run in runs]
        real = all(each.dtype.kind == "f" for each in given)
        finite = real and all(np.isfinite(each).all() for each in (*given, *made))
        if finite and isinstance(unit.op, Operator) and not unit.op.linear:
            low = min(float(each.min(initial=np.inf)) for each in given)
            high = max(float(each.max(initial=-np.inf)) for each in given)
            found.append(replace(unit, op=Continued(unit.op, low, high)))
        else:
            found.append(unit)
    return tuple(found)
