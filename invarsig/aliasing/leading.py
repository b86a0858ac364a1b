"""What pipelines that begin alike share: the results of their first units, at one move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.prepared_axis import PreparedAxis
from invarsig.aliasing.rolled import Rolled
from invarsig.aliasing.units import Unit, live, units_of
from invarsig.measures.known_samples import Indexers

__all__ = ["Beginnings", "Leading", "shared_units"]

# Number of the beginning without any unit: the signal.
_INPUT = -1


@dataclass(frozen=True, eq=False)
class Beginnings:
    """How each of several pipelines begins.

    Parameters
    ----------
    of
        For each pipeline the numbers of its beginnings, of one unit, of two, and so on: the same
        number where another one begins with the same units.
    shared
        Numbers of the beginnings that several pipelines have.
    """

    of: Mapping[Rolled, tuple[int, ...]]
    shared: frozenset[int]

    @classmethod
    def among(cls, runs: Sequence[Rolled]) -> Beginnings:
        """Compare pipelines unit by unit."""
        found: dict[Rolled, tuple[int, ...]] = {}
        number = 0
        for run in runs:
            longest: tuple[int, ...] = ()
            for other, numbers in found.items():
                same = numbers[: shared_units(run.units, other.units)]
                longest = max(longest, same, key=len)
            more = len(run.units) - len(longest)
            found[run] = (*longest, *range(number, number + more))
            number += more
        times = Counter(each for numbers in found.values() for each in numbers)
        return cls(found, frozenset(each for each, count in times.items() if count > 1))

    def leading(self, run: Rolled) -> tuple[int, ...]:
        """The beginnings that a pipeline shares with others."""
        return tuple(each for each in self.of[run] if each in self.shared)

    @cached_property
    def place(self) -> Mapping[Rolled, int]:
        """Place of each pipeline among them."""
        return {run: place for place, run in enumerate(self.of)}

    @cached_property
    def until(self) -> Mapping[int, int]:
        """Place of the last pipeline, in order, for which the result of a beginning is read.

        Beginnings that are passed through and left again, once, have that of this one.
        """
        last: dict[int, int] = {}
        for run, place in self.place.items():
            numbers = (_INPUT, *self.leading(run))
            wanted = _wanted(run.units, len(numbers) - 1)
            missing = _missing(run.units, wanted, {k for k, n in enumerate(numbers) if n in last})
            read = wanted | {each for k in missing if k for each in run.units[k - 1].inputs}
            last |= dict.fromkeys((numbers[k] for k in read), place)
        return last


@dataclass(frozen=True, eq=False)
class Leading:
    """Results of several pipelines at one move: what another one begins with is kept until then.

    Asked for in another order the results are the same, and take longer.

    Parameters
    ----------
    beginnings
        How the pipelines begin.
    move
        The move.
    """

    beginnings: Beginnings
    move: Translate
    _known: dict[tuple[str, int], xr.DataArray] = field(default_factory=dict, repr=False)

    def moved(self, run: Rolled, *, windowed: bool = False) -> xr.DataArray:
        """The output of one of the pipelines on the moved signal."""

        def step(place: int, values: Sequence[xr.DataArray]) -> xr.DataArray:
            return run.after(place, run.units[place](values), self.move, windowed=windowed)

        def begin() -> xr.DataArray:
            return self.move.rolled(run.features[0], windowed=windowed)

        leading = self.beginnings.leading(run)
        values = self._begun(f"moved, {windowed}", run, run.units, leading, begin, step)
        return run.onward(self.move, windowed=windowed).run(len(leading), values)

    def cut(self, run: Rolled, along: PreparedAxis, where: Indexers) -> xr.DataArray:
        """The output of one of them on a part of the signal, from where it has an axis on."""
        units, leading = units_of(along.given_op), self.beginnings.leading(run)
        # A beginning that lies before the axis is one of another signal.
        leading = leading[len(run.units) - len(units) :]

        def step(place: int, values: Sequence[xr.DataArray]) -> xr.DataArray:
            return units[place](values)

        def begin() -> xr.DataArray:
            return along.given.isel(where)

        result = self._begun(f"{along.dim}, {where}", run, units, leading, begin, step)
        for place in range(len(leading), len(units)):
            result[place + 1] = units[place]([result[k] for k in units[place].inputs])
            kept = live(units, place + 1) | {place + 1}
            result = {k: each for k, each in result.items() if k in kept}
        return result[len(units)]

    def _begun(
        self,
        what: str,
        run: Rolled,
        units: Sequence[Unit],
        leading: Sequence[int],
        begin: Callable[[], xr.DataArray],
        step: Callable[[int, Sequence[xr.DataArray]], xr.DataArray],
    ) -> dict[int, xr.DataArray]:
        """What the units behind the leading ones read, by the number of the unit that gives it."""
        keys = [(what, number) for number in (_INPUT, *leading)]
        wanted, here = _wanted(units, len(leading)), self.beginnings.place[run]
        found = {k: self._known[key] for k, key in enumerate(keys) if key in self._known}
        missing = _missing(units, wanted, set(found))
        for place, k in enumerate(missing):
            inputs = units[k - 1].inputs if k else ()
            found[k] = step(k - 1, [found[each] for each in inputs]) if k else begin()
            if self.beginnings.until.get(keys[k][1], here) > here:
                self._known[keys[k]] = found[k]
            later = {each for one in missing[place + 1 :] if one for each in units[one - 1].inputs}
            found = {k: each for k, each in found.items() if k in later | wanted}
        for key in keys:
            if self.beginnings.until.get(key[1], here) <= here:
                self._known.pop(key, None)
        return found


def _wanted(units: Sequence[Unit], place: int) -> set[int]:
    """Results that the units from a given one on read, and the one before it."""
    return {place, *live(units, place)}


def _missing(units: Sequence[Unit], wanted: set[int], known: set[int]) -> list[int]:
    """Results that have to be computed for others, in order."""
    missing: set[int] = set()
    asked = list(wanted)
    while asked:
        k = asked.pop()
        if k not in known and k not in missing:
            missing.add(k)
            asked += units[k - 1].inputs if k else ()
    return sorted(missing)


def shared_units(units: Sequence[Unit], others: Sequence[Unit]) -> int:
    """How many first units of two pipelines are the same, and read the same results."""
    pairs = zip(units, others, strict=False)
    alike = [one.inputs == two.inputs and _same(one.op, two.op) for one, two in pairs]
    return alike.index(False) if False in alike else len(alike)


def _same(one: object, two: object) -> bool:
    """Whether two operators are one object, or known to be equal."""
    if one is two:
        return True
    try:
        return type(one) is type(two) and bool(one == two) and repr(one) == repr(two)
    except Exception:  # noqa: BLE001 arrays among the fields are not compared by one truth
        return False
