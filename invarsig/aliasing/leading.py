"""What pipelines that begin alike share: the results of their first units, at one move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.prepared_axis import PreparedAxis
from invarsig.aliasing.rolled import Rolled
from invarsig.aliasing.units import Unit, live, units_of
from invarsig.measures.known_samples import Indexers

__all__ = ["Beginnings", "Leading", "shared_units"]


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


@dataclass(frozen=True, eq=False)
class Leading:
    """Results of several pipelines at one move: those of what they begin alike with are kept.

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
        what = f"moved, {windowed}"

        def step(place: int, values: Sequence[xr.DataArray]) -> xr.DataArray:
            return run.after(place, run.units[place](values), self.move, windowed=windowed)

        def begin() -> xr.DataArray:
            return self.move.rolled(run.features[0], windowed=windowed)

        found = [self._kept((what, -1), begin)]
        for place, number in enumerate(self.beginnings.leading(run)):
            values = [found[k] for k in run.units[place].inputs]
            found.append(self._kept((what, number), partial(step, place, values)))
        place = len(found) - 1
        values_of = {k: found[k] for k in (place, *live(run.units, place))}
        return run.onward(self.move, windowed=windowed).run(place, values_of)

    def cut(self, run: Rolled, along: PreparedAxis, where: Indexers) -> xr.DataArray:
        """The output of one of them on a part of the signal, from where it has an axis on."""
        what = f"{along.dim}, {where}"
        units, leading = units_of(along.given_op), self.beginnings.leading(run)
        skipped = len(run.units) - len(units)
        found = [along.given.isel(where)]
        # A beginning that lies before the axis is one of another signal.
        if len(leading) >= skipped:
            for place, number in enumerate(leading[skipped:]):
                values = [found[k] for k in units[place].inputs]
                found.append(self._kept((what, number), partial(units[place], values)))
        result = dict(enumerate(found))
        for place in range(len(found) - 1, len(units)):
            result[place + 1] = units[place]([result[k] for k in units[place].inputs])
            kept = live(units, place + 1) | {place + 1}
            result = {k: each for k, each in result.items() if k in kept}
        return result[len(units)]

    def _kept(self, key: tuple[str, int], make: Callable[[], xr.DataArray]) -> xr.DataArray:
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]


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
