"""Moves judged on every section of a long signal, as if on all of it at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
import xarray as xr

from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.judged import Judged
from invarsig.diagnosis.energies import Energies, Moments, relative_sizes
from invarsig.measures.known_samples import Indexers

__all__ = ["JudgedSection", "judged_as_one"]

_PROTOCOLS = ("roll", "inside", "cut")


@dataclass(frozen=True)
class JudgedSection:
    """What was judged on one section, or on several as one.

    Parameters
    ----------
    energies
        Of each protocol, over the moves: "roll", "inside" and "cut".
    limits
        Of the measuring limit inside.
    compared
        Samples of the output that are compared inside and between two cuts, over the moves, and
        those that there are where something is compared.
    reasons
        For each move why nothing is compared inside, and between two cuts; "" where something is.
    finite
        Whether the output holds neither NaN nor infinity.
    count
        Number of sections.
    """

    energies: dict[str, Energies]
    limits: Energies
    compared: dict[str, tuple[np.ndarray, np.ndarray]]
    reasons: dict[str, tuple[str, ...]]
    finite: bool
    count: int = 1

    @classmethod
    def of(cls, run: AsGiven, judged: Sequence[Judged], cut: str) -> JudgedSection:
        """From the moves, judged on a section that others lie next to along the dim `cut`.

        Two cuts share all but the ends of the output, which stands for what they are relative to.
        """
        y, moments = run.y, _moments_by_move(run, cut)

        def told(name: str) -> list[float]:
            # Of an output that is nothing but round-off no error is known, and there is none.
            return [
                0.0 if run.silent(each.move.required) else getattr(each, name) for each in judged
            ]

        whole = [moments(each, {}) for each in judged]
        inside = [None if each.inside_reason else moments(each, each.region) for each in judged]
        apart = [None if each.cut_reason else one for each, one in zip(judged, whole, strict=True)]
        reference: dict[str, Sequence[Moments | None]] = {
            "roll": whole,
            "inside": inside,
            "cut": apart,
        }
        return cls(
            {name: Energies.of(told(name), reference[name]) for name in _PROTOCOLS},
            Energies.of([each.inside_limit for each in judged], inside),
            {
                name: _compared([getattr(each, f"{name}_compared") for each in judged], y)
                for name in ("inside", "cut")
            },
            {
                name: tuple(getattr(each, f"{name}_reason") for each in judged)
                for name in ("inside", "cut")
            },
            bool(np.isfinite(y.to_numpy()).all()),
        )

    def __add__(self, other: JudgedSection) -> JudgedSection:
        """Of both as one."""
        return JudgedSection(
            {name: self.energies[name] + other.energies[name] for name in _PROTOCOLS},
            self.limits + other.limits,
            {
                name: (one + other.compared[name][0], all_ + other.compared[name][1])
                for name, (one, all_) in self.compared.items()
            },
            {
                # Something is compared where any of them compares something.
                name: tuple(
                    one and two for one, two in zip(reasons, other.reasons[name], strict=True)
                )
                for name, reasons in self.reasons.items()
            },
            self.finite and other.finite,
            self.count + other.count,
        )


def _moments_by_move(run: AsGiven, cut: str) -> Callable[[Judged, Indexers], Moments]:
    """Moments of the output, or of a part of it, for a move; each is taken once."""
    known: dict[tuple[object, ...], Moments] = {}

    def moments(each: Judged, region: Indexers) -> Moments:
        dims = each.move.required if run.norm == "channelwise" else ()
        key = (dims, *((dim, region[dim].start, region[dim].stop) for dim in region))
        if key not in known:
            known[key] = Moments.of(run.y.isel(region), run.norm, dims, cut)
        return known[key]

    return moments


def _compared(parts: Sequence[float], y: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    known = np.isfinite(parts)
    return np.where(known, parts, 0.0) * y.size, known * float(y.size)


def judged_as_one(
    before: Sequence[Judged], sections: Sequence[JudgedSection], least: float
) -> tuple[tuple[Judged, ...], bool]:
    """Moves as judged on all sections together, and whether all that they gave is finite.

    Parameters
    ----------
    before
        The moves, judged on one part.
    sections
        What was judged elsewhere, in the order of the sections; the errors in parts of the output
        are those of these.
    least
        The error that is rounding: a measuring limit is no less.
    """
    whole = reduce(lambda one, other: one + other, sections)
    errors = {name: relative_sizes(whole.energies[name]) for name in _PROTOCOLS}
    parts = {
        name: np.array([relative_sizes(each.energies[name]) for each in sections])
        for name in _PROTOCOLS
    }
    limits = relative_sizes(whole.limits)
    found = []
    for place, each in enumerate(before):
        told: dict[str, Any] = {name: float(errors[name][place]) for name in _PROTOCOLS}
        told |= {f"{name}_parts": tuple(parts[name][:, place].tolist()) for name in _PROTOCOLS}
        told |= {f"{name}_reason": reasons[place] for name, reasons in whole.reasons.items()}
        for name, (one, all_) in whole.compared.items():
            told[f"{name}_compared"] = _share(one[place], all_[place])
        limit = float(np.maximum(limits[place], least))
        told["inside_limit"] = math.nan if told["inside_reason"] else limit
        found.append(replace(each, **told))
    return tuple(found), whole.finite


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
