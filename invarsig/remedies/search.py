"""The search for remedies: single changes, then more changes along the way to the target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.errors import BorderError
from invarsig.operators import Graph, Operator
from invarsig.remedies.course import Course
from invarsig.remedies.remedy import decibels_gained
from invarsig.remedies.rewrite import Refused, Rewrite
from invarsig.remedies.rewrites import rewrites
from invarsig.remedies.trial import Trial

__all__ = ["Attempt", "search"]

GAIN = 0.5
"""Decibels below which a change is not worth its name."""

# What rounding in single precision may leave of an error that alignment takes away.
_ALIGNED = 1e-3

# Relative distance of two norms that rounding may turn round.
_TIE = 1e-6

_REACHES = "it reaches so far that nothing is left to be compared away from the ends"

_STEPS = 2  # further changes, at most
_WIDTH = 2  # pipelines that are changed once more


@dataclass(frozen=True)
class Attempt:
    """A pipeline with one change or more.

    Parameters
    ----------
    pipeline
        The pipeline with all the changes.
    rewrites, numbers
        The changes, and the number of the stage that each changes, counted from 1 in the pipeline
        that was given.
    origins
        For each stage of the changed pipeline, the number of the stage that it comes from.
    place
        The first stage that is another one, counted from 0.
    errors, shape
        Error of each move, and shape of the output, where the search was made.
    """

    pipeline: Operator
    rewrites: tuple[Rewrite, ...]
    numbers: tuple[int, ...]
    origins: tuple[int, ...]
    place: int
    errors: np.ndarray
    shape: tuple[int, ...]

    @property
    def aligned(self) -> bool:
        """Whether results are compared after whole-sample alignment."""
        return any(rewrite.aligned for rewrite in self.rewrites)

    @property
    def rms(self) -> float:
        """Root mean square over the moves."""
        return root_mean_square(self.errors)


def root_mean_square(errors: np.ndarray) -> float:
    """Root mean square of errors; NaN is passed on."""
    return float(np.sqrt(np.mean(np.square(errors))))


def search(
    trial: Trial,
    dims: Sequence[str],
    *,
    whole: bool,
    limit: float,
    only: Sequence[int] | None = None,
    refused: list[Refused] | None = None,
    tell: Callable[[float], None] = lambda _part: None,
) -> tuple[Attempt, ...]:
    """Try single changes; where none reaches the limit, the best are changed once or twice more.

    In a graph, whose nodes may be many, only the best single change is changed once more.

    Parameters
    ----------
    trial
        The pipeline as given, on what to search on.
    dims
        Dims that are moved along.
    whole
        Whether all moves are by whole samples.
    limit
        The worst relative error that is wanted.
    only
        Places of the nodes that are changed, counted from 0; None for all.
    refused
        Where changes that cannot be made are noted.
    tell
        Called after each change that was tried, with the part of the search that is done; it ends
        early where a change reaches the limit.
    """
    numbers = tuple(range(1, len(Course.of(trial.op).nodes) + 1))
    start = Attempt(trial.op, (), (), numbers, len(numbers), trial.errors, ())
    notes: list[Refused] = [] if refused is None else refused
    wanted = None if only is None else {place + 1 for place in only}
    steps, width = (1, 1) if isinstance(trial.op, Graph) else (_STEPS, _WIDTH)
    whole_search = 1 + steps * width
    first = _part_of(tell, 0, whole_search)
    found = list(_next(start, trial, dims, whole, wanted, notes, first))
    step = found
    for number in range(steps):
        if any(each.errors.max() <= limit for each in step if not each.aligned):
            break
        step = _distinct(
            after
            for place, best in enumerate(_best(step, width))
            for after in _next(
                best,
                trial.changed(best.pipeline, best.place),
                dims,
                False,
                wanted,
                [],
                _part_of(tell, 1 + number * width + place, whole_search),
            )
        )
        found += step
    return tuple(found)


def _part_of(tell: Callable[[float], None], number: int, count: int) -> Callable[[float], None]:
    """Progress of one of so many parts, as progress of the whole."""
    return lambda part: tell((number + part) / count)


def _distinct(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Without those that make the same changes in another order."""
    by_changes: dict[frozenset[tuple[int, str]], Attempt] = {}
    for each in attempts:
        names = (rewrite.name for rewrite in each.rewrites)
        by_changes.setdefault(frozenset(zip(each.numbers, names, strict=True)), each)
    return list(by_changes.values())


def _next(
    start: Attempt,
    trial: Trial,
    dims: Sequence[str],
    whole: bool,
    wanted: set[int] | None,
    refused: list[Refused],
    tell: Callable[[float], None],
) -> Iterator[Attempt]:
    """One change more, at a stage that has not been changed."""
    leave = {place for place, number in enumerate(start.origins) if number in start.numbers}
    only = None
    if wanted is not None:
        only = {place for place, number in enumerate(start.origins) if number in wanted}
    results = trial.results_of_x
    offered = list(rewrites(trial.op, results, dims, whole=whole, leave=leave, only=only))
    for tried, rewrite in enumerate(offered):
        tell(tried / len(offered))
        if isinstance(rewrite, Refused):
            refused.append(rewrite)
            continue
        if start.rewrites and not rewrite.leads_on:
            continue
        if rewrite.everywhere and all(trial.inside):
            continue  # What is compared is what no padding reaches.
        try:
            errors, y = trial.judged(
                rewrite.pipeline, rewrite.place, "grid" if rewrite.aligned else "fourier"
            )
        except Exception as error:  # noqa: BLE001 it does not fit the signal, or a user's function
            reason = _REACHES if isinstance(error, BorderError) else " ".join(str(error).split())
            refused.append(Refused(rewrite.what, rewrite.place, reason))
            continue
        after = root_mean_square(errors)
        # Where another stage strides too, or phases tie, selection is not what it is offered for.
        if rewrite.aligned and not isinstance(trial.op, Graph):
            exact = after <= _ALIGNED * start.rms
            if not exact or _ties(y):
                continue
        if decibels_gained(start.rms, after) >= GAIN:
            number = start.origins[rewrite.place]
            yield Attempt(
                rewrite.pipeline,
                (*start.rewrites, rewrite),
                (*start.numbers, number),
                (
                    *start.origins[: rewrite.place],
                    *(number,) * rewrite.parts,
                    *start.origins[rewrite.place + rewrite.instead_of :],
                ),
                min(start.place, rewrite.place),
                errors,
                y.shape,
            )


def _ties(y: xr.DataArray) -> bool:
    """Whether a choice of samples hangs on rounding."""
    return "phase_margin" in y.coords and not float(y["phase_margin"].min()) > _TIE


def _best(attempts: Sequence[Attempt], most: int) -> list[Attempt]:
    """The attempts with the smallest error, one for each stage that was changed last."""
    best: dict[int, Attempt] = {}
    for each in sorted(attempts, key=lambda attempt: attempt.rms):
        if not each.aligned and not each.rewrites[-1].everywhere:
            best.setdefault(each.numbers[-1], each)
    return list(best.values())[:most]
