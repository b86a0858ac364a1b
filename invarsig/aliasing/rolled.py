"""A pipeline as given, run on an input that is moved with wrapping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.onward import Onward
from invarsig.aliasing.units import Unit, live
from invarsig.errors import DimError
from invarsig.suggestions import did_you_mean

__all__ = ["Rolled"]


@dataclass(frozen=True, eq=False)
class Rolled:
    """What each unit of a pipeline or graph gives.

    Parameters
    ----------
    units
        The pipeline.
    features
        The input, and what each unit gives.
    created
        For each unit the dims that it creates: a move along them begins after it.
    begun
        The move that was applied to the input, if any: the results of a node have been moved along
        the dims that it creates.
    windowed
        How it has been moved.
    """

    units: tuple[Unit, ...]
    features: tuple[xr.DataArray, ...]
    created: tuple[tuple[str, ...], ...]
    begun: Translate | None = None
    windowed: bool = False
    _moved: dict[tuple[object, int], xr.DataArray] = field(default_factory=dict, repr=False)
    _bare: dict[int, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, units: Sequence[Unit], x: xr.DataArray, known: Sequence[xr.DataArray] = ()
    ) -> Rolled:
        """Run the units on an input; the results of the first ones may be known."""
        features, created, there = [x, *known], [], [set(x.dims)]
        for place, unit in enumerate(units, 1):
            if place == len(features):
                features.append(unit([features[k] for k in unit.inputs]))
            before, dims = set().union(*(there[k] for k in unit.inputs)), features[place].dims
            created.append(tuple(str(dim) for dim in dims if dim not in before))
            there.append(before | set(dims))
        return cls(tuple(units), tuple(features), tuple(created))

    def with_labels_alone(self) -> Rolled:
        """The same without the values of what lies between input and result: those are zeros.

        For one of many pipelines that are run anew on other inputs.
        """
        inner = [
            each.copy(data=np.broadcast_to(np.zeros((), each.dtype), each.shape))
            for each in self.features[1:-1]
        ]
        return replace(self, features=(self.features[0], *inner, self.result), _bare={}, _moved={})

    def inputs(self, place: int) -> list[xr.DataArray]:
        """What a unit reads."""
        return [self.features[k] for k in self.units[place].inputs]

    @property
    def result(self) -> xr.DataArray:
        """The output."""
        return self.features[-1]

    def require(self, move: Translate) -> None:
        """Raise a `DimError` if a move is along a dim that no unit is given or gives."""
        there = dict.fromkeys(str(dim) for z in self.features for dim in z.dims)
        for dim in move.shifts:
            if dim not in there:
                raise DimError(
                    f"Neither the input nor any stage has the dim {dim!r} that {move} moves along; "
                    f"the dims are {', '.join(map(repr, there))}.{did_you_mean(dim, there)}"
                )

    def output(self, move: Translate, *, windowed: bool = False) -> xr.DataArray:
        """The output for the moved input; what is in between is freed."""
        first = move.rolled(self.features[0], windowed=windowed)
        return self.onward(move, windowed=windowed).run(0, {0: first})

    def moved(self, move: Translate, *, windowed: bool = False) -> Rolled:
        """Run the pipeline on the moved input; dims that a unit creates are moved after it."""
        found = [move.rolled(self.features[0], windowed=windowed)]
        for place, unit in enumerate(self.units):
            made = self.own(place, unit([found[k] for k in unit.inputs]))
            found.append(self.after(place, made, move, windowed=windowed))
        return Rolled(self.units, tuple(found), self.created, move, windowed)

    def feature(self, k: int, move: Translate, *, windowed: bool = False) -> xr.DataArray:
        """A result, moved; kept, since a graph reads it again."""
        key = ((windowed, *move.shifts.items()), k)
        if key not in self._moved:
            self._moved[key] = move.rolled(self.features[k], windowed=windowed)
        return self._moved[key]

    def forget(self, place: int) -> None:
        """Free moved results that no unit from a given one on reads."""
        last = len(self.units)
        kept = {last, *(k for unit in self.units[place:] for k in unit.inputs)}
        for key in [key for key in self._moved if key[1] not in kept]:
            del self._moved[key]

    def own(self, place: int, value: xr.DataArray) -> xr.DataArray:
        """Move what a unit gives as these features have been, along the dims that it creates."""
        if self.begun is None:
            return value
        return self.after(place, value, self.begun, windowed=self.windowed)

    def after(
        self, place: int, value: xr.DataArray, move: Translate, *, windowed: bool = False
    ) -> xr.DataArray:
        """Move what a unit gives along the dims that it creates."""
        new = {dim: move.shifts[dim] for dim in self.created[place] if dim in move.shifts}
        return Translate(new).rolled(value, windowed=windowed) if new else value

    def rest(
        self, place: int, value: xr.DataArray, move: Translate, *, windowed: bool = False
    ) -> xr.DataArray:
        """Run the units from a given one on: the result before it is `value`, others are moved."""
        others = live(self.units, place) - {place}
        values = {k: self.feature(k, move, windowed=windowed) for k in others}
        values[place] = value
        return self.onward(move, windowed=windowed).run(place, values)

    def onward(self, move: Translate, *, windowed: bool = False) -> Onward:
        """Runs units on moved results, and moves what they give along the dims that they create."""

        def after(number: int) -> Callable[[xr.DataArray], xr.DataArray] | None:
            if not self.created[number]:
                return None
            return lambda made: self.after(number, self.own(number, made), move, windowed=windowed)

        return Onward(self.units, self.features, after, self._bare)
