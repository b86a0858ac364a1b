"""The verdict on an input: what was found of the pipeline as given, on the signal as given.

Every error stands with its move, its protocol, its region and how much of the output was compared.
The one that leads is the worst of those that can tell anything: moves that are blind (whole output
steps, at which a roll is exact for any pipeline) support no verdict.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from invarsig.measures.norms import norm_in_words
from invarsig.report.limits import FEW, ROUND_OFF
from invarsig.report.reading import WHOLE, AxisReading, InputReading
from invarsig.report.wording import listed, percent, quantity

__all__ = ["VERDICT_READS", "Found", "Verdict", "thing"]

State = Literal["known", "blind", "nan", "untried", "empty", "constant", "refused", "absent"]

# What every word about a verdict may rest on.
VERDICT_READS = (
    "moved", "moved_unit", "moved_step", "moved_stride", "moved_lost", "moved_size",
    "move_length",
    "roll_error", "inside_error", "inside_compared", "inside_limit",
    "cut_error", "cut_compared", "cut_limit", "blind", "inside_reason", "cut_reason",
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """One error, with what it is of.

    Parameters
    ----------
    error
        Relative error.
    limit
        What a perfect pipeline might score; NaN where it is not known.
    compared
        Part of the output that was compared.
    move
        Place of the move.
    protocol
        "roll" (the input rolled round) or "cut" (two cuts of the signal).
    region
        "inside", away from the ends, or "whole".
    """

    error: float
    limit: float
    compared: float
    move: int
    protocol: Literal["roll", "cut"]
    region: Literal["inside", "whole"]

    @property
    def told(self) -> bool:
        """Whether it is more than rounding and more than a perfect pipeline might score."""
        return self.error > max(ROUND_OFF, self.limit if math.isfinite(self.limit) else 0.0)

    @property
    def how(self) -> str:
        """Protocol and share compared, in words."""
        part = "" if math.isnan(self.compared) else f" over {_part(self.compared)} of the output"
        if self.protocol == "cut":
            return f"two real cuts, compared{part}, where they overlap"
        if self.region == "inside" and self.compared == 1:
            return f"rolled round, compared{part}"  # no axis has ends
        where = "away from the ends" if self.region == "inside" else "up to the very edge"
        return f"rolled round, compared{part}, {where}"


@dataclass(frozen=True)
class Verdict:
    """What the verdict on an input rests on.

    Parameters
    ----------
    reading
        The input node.
    """

    reading: InputReading

    @cached_property
    def lengths(self) -> np.ndarray:
        """Length of each move along each moved dim."""
        if "move_length" not in self.reading.data.variables:
            return np.empty((0, 0))
        return self.reading.values("move_length", "move", "moved")

    @property
    def dims(self) -> list[str]:
        """Dims that move; their numbers where they have no names."""
        count = self.lengths.shape[1]
        return self.reading.words("moved") or [f"dim {k}" for k in range(1, count + 1)]

    @property
    def units(self) -> list[str]:
        """Their units."""
        return self.reading.words("moved_unit") or [""] * len(self.dims)

    @property
    def there(self) -> bool:
        """Whether anything was found of the pipeline as given."""
        return self.lengths.size > 0

    def _over(self, name: str) -> np.ndarray:
        return self.reading.over(name, "move")

    @property
    def blind(self) -> np.ndarray:
        """Which moves are blind to anything that a roll could show."""
        return np.asarray(self._over("blind") == 1)

    @cached_property
    def rolls(self) -> list[Found]:
        """Errors of rolls that can tell: away from the ends where that was to be had."""
        inside, whole = self._over("inside_error"), self._over("roll_error")
        compared, limit = self._over("inside_compared"), self._over("inside_limit")
        found: list[Found] = []
        for k in np.flatnonzero(~self.blind & ~(np.isnan(inside) & np.isnan(whole))).tolist():
            if not np.isnan(inside[k]):
                parts = float(inside[k]), float(limit[k]), float(compared[k])
                found.append(Found(*parts, k, "roll", "inside"))
            else:
                found.append(Found(float(whole[k]), math.nan, 1.0, k, "roll", "whole"))
        return found

    @cached_property
    def cuts(self) -> list[Found]:
        """Errors between two cuts of the signal."""
        error, compared = self._over("cut_error"), self._over("cut_compared")
        limit = self._over("cut_limit")
        return [
            Found(float(error[k]), float(limit[k]), float(compared[k]), k, "cut", "whole")
            for k in np.flatnonzero(~np.isnan(error)).tolist()
        ]

    @cached_property
    def worst(self) -> Found | None:
        """The error that leads; None where no move can tell."""
        return _largest([*self.rolls, *self.cuts])

    @property
    def worst_cut(self) -> Found | None:
        """The largest error between two cuts."""
        return _largest(self.cuts)

    def worst_along(self, place: int) -> Found | None:
        """The largest error of moves along one dim alone."""
        return _largest([each for each in self.rolls if self._moved(each.move) == [place]])

    @property
    def worst_joint(self) -> Found | None:
        """The largest error of moves along several dims at once."""
        return _largest([each for each in self.rolls if len(self._moved(each.move)) > 1])

    def _moved(self, move: int) -> list[int]:
        return [int(k) for k in np.flatnonzero(self.lengths[move])]

    @property
    def state(self) -> State:
        """Whether there is a verdict, or why there is none."""
        named = self.reading.text("verdict_state")
        if any(axis.flag("nan") for axis in self.reading.axes):
            # Some part of the output holds NaN, though the part judged as given may not.
            return "nan"
        for state in ("nan", "untried", "empty", "constant", "refused"):
            if named == state:
                return state
        if not self.there:
            return "absent"
        # Cuts agree to rounding for any valid pipeline: alone they cannot clear one.
        if self.rolls or any(each.told for each in self.cuts):
            return "known"
        return "blind" if self.blind.any() or self.cuts else "untried"

    @property
    def nothing(self) -> bool:
        """Whether every error that can tell is rounding or what a perfect pipeline might score."""
        return not any(each.told for each in (*self.rolls, *self.cuts))

    @property
    def rounding(self) -> bool:
        """Whether every error that can tell is rounding."""
        return all(each.error <= ROUND_OFF for each in (*self.rolls, *self.cuts))

    @property
    def seam_only(self) -> bool:
        """Whether what a roll shows at the border is the test's own seam."""
        return self.reading.flag("verdict_seam")

    @property
    def lost(self) -> bool:
        """Whether the output has lost every dim that the leading move moves along."""
        lost = self.reading.over("moved_lost", "moved")
        worst = self.worst
        moved = self._moved(worst.move) if worst else list(range(lost.size))
        return bool(moved) and bool((lost[moved] == 1).all())

    @property
    def relative_to(self) -> str:
        """What the leading error is relative to, in words."""
        norm = self.reading.text("norm") or "centered"  # trees of before do not say
        sizes, worst = self.reading.over("moved_size", "moved"), self.worst
        moved = self._moved(worst.move) if worst else list(range(sizes.size))
        along = [size for size in sizes[moved] if math.isfinite(size)]
        if norm == "channelwise" and not math.prod(along) > 1:
            norm = "centered"
        return norm_in_words(norm)  # type: ignore[arg-type]

    def few(self, found: Found | None) -> str:
        """Samples of a result that are too few for an error: "2 samples along y and x".

        Those along which its move takes the result by a part of a sample, which is guessed from
        the others; "" where there are enough.
        """
        sizes = self.reading.over("moved_size", "moved")
        steps = self.reading.over("moved_step", "moved") * self.reading.over(
            "moved_stride", "moved"
        )
        if found is None or found.protocol == "cut":
            return ""
        told = []
        for k in self._moved(found.move):
            if k < sizes.size and 1 < sizes[k] <= FEW and steps[k] > 0:
                parts = self.lengths[found.move, k] / steps[k]
                if abs(parts - round(parts)) > WHOLE:
                    told.append((self.dims[k], f"{sizes[k]:.0f} samples"))
        return _told(told)

    def length(self, move: int) -> str:
        """Write a move: "2 px along y and x"."""
        return _told([(self.dims[k], self._quantity(move, k)) for k in self._moved(move)])

    def short_length(self, move: int) -> str:
        """Write a move without its dims: "2 px", "16 ms, 62.5 Hz"."""
        told = [self._quantity(move, k) for k in self._moved(move)]
        return f"{told[0]} each" if len(told) > 1 and len(set(told)) == 1 else ", ".join(told)

    @property
    def output_step(self) -> str:
        """A whole output step: "4 px along y and x"; "" where it is not known."""
        steps = self.reading.over("moved_step", "moved") * self.reading.over(
            "moved_stride", "moved"
        )
        known = [k for k in range(len(self.dims)) if k < steps.size and np.isfinite(steps[k])]
        return _told([(self.dims[k], quantity(abs(steps[k]), self.units[k])) for k in known])

    def _quantity(self, move: int, place: int) -> str:
        return quantity(abs(float(self.lengths[move, place])), self.units[place])


def thing(reading: InputReading) -> str:
    """Call an input by what it is: a picture, a recording, or an input."""
    dims = set(Verdict(reading).dims) | {axis.dim for axis in reading.axes}
    units = set(Verdict(reading).units) | {axis.unit for axis in reading.axes}
    if {"y", "x"} <= dims or "px" in units:
        return "picture"
    return "recording" if "s" in units else "input"


def axis_of_worst(reading: InputReading) -> AxisReading | None:
    """The axis along which the periodic stand-in is worst."""
    known = [axis for axis in reading.axes if axis.shifts.size]
    if not known:
        return None
    return max(known, key=lambda axis: np.nan_to_num(axis.at_worst("measured"), posinf=1e300))


def _part(share: float) -> str:
    """Write a share in per cent; one that is not quite all of it by what is missing."""
    nearly = 0.995 <= share < 1 - 1e-9
    return f"all but {percent(1 - share)}" if nearly else percent(share)


def _told(parts: list[tuple[str, str]]) -> str:
    """Lengths with their dims; those that are alike together."""
    together: dict[str, list[str]] = {}
    for dim, length in parts:
        together.setdefault(length, []).append(dim)
    return listed([f"{length} along {listed(dims)}" for length, dims in together.items()])


def _largest(found: list[Found]) -> Found | None:
    return max(found, key=lambda each: each.error, default=None)
