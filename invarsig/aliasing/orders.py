"""One way through the stages of a pipeline, and what it says of the causes of an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import xarray as xr

from invarsig.aliasing.units import Unit
from invarsig.kernels.levels import norm
from invarsig.measures.known_samples import Indexers

__all__ = ["CAUSES", "Cause", "Order", "Split", "Step", "norm_of", "same", "split"]

Cause = Literal["folding", "imaging", "nonlinearity", "border", "position"]
CAUSES: tuple[str, ...] = get_args(Cause)

# Two values of a stage that differ only by rounding are treated as equal, and the rest of the
# pipeline is not run again.
_SAME = 64


Step = tuple[str, xr.DataArray]
"""A cause, and what a stage gives once the effect of this cause is removed."""


@dataclass(frozen=True)
class Order:
    """One path through the stages: from the result of the moved input to the moved result.

    Parameters
    ----------
    first, last
        ``f(x')`` and ``g f(x)``.
    steps
        For a stage, what it gives for the moved input, and then each `Step`; the last one is the
        moved result of the stage.
    rest
        Run the rest of the pipeline from a stage on.
    back
        Bring a result to the grid of ``f(x')``: the identity, or the move, where this order has
        moved back.
    sign
        -1 where this order has moved back.
    """

    first: xr.DataArray
    last: xr.DataArray
    steps: Callable[[int], tuple[xr.DataArray, Iterator[Step]]]
    rest: Callable[[int, xr.DataArray], xr.DataArray]
    back: Callable[[xr.DataArray, Indexers], xr.DataArray]
    sign: float = 1.0

    def total(self, where: Indexers) -> xr.DataArray:
        """The error ``f(x') - g f(x)``, over the region that is compared."""
        return self.difference(self.first, self.last, where)

    def difference(self, a: xr.DataArray, b: xr.DataArray, where: Indexers) -> xr.DataArray:
        """The difference of two results, over the region that is compared."""
        wide = np.complex128 if "c" in (a.dtype.kind, b.dtype.kind) else np.float64
        values = a.transpose(*b.dims).to_numpy().astype(wide) - b.to_numpy().astype(wide)
        return self.back(b.copy(data=self.sign * values), where)


@dataclass(frozen=True)
class Split:
    """The result of one order: shares over causes and stages, sizes relative to its own total."""

    shares: np.ndarray
    sizes: np.ndarray
    whole: float

    @classmethod
    def unknown(cls, stages: int) -> Split:
        """The result where there is nothing to split."""
        return cls(np.full((len(CAUSES), stages), np.nan), np.zeros(len(CAUSES)), 0.0)

    def at(self, stages: Sequence[int]) -> Split:
        """The same of some stages, counted from 0."""
        return replace(self, shares=self.shares[:, list(stages)])


def split(
    units: Sequence[Unit],
    stages: int,
    order: Order,
    where: Indexers,
    tell: Callable[[float], None] = lambda _: None,
) -> Split:
    """Follow one order through the stages; `tell` is given the fraction that is done."""
    total = order.total(where)
    whole, size = total.to_numpy(), norm_of(total)
    if not size > 0:
        return Split.unknown(stages)
    scaled = whole / size
    shares = np.zeros((len(CAUSES), stages))
    parts = [np.zeros_like(whole) for _ in CAUSES]
    result = order.first
    for place, unit in enumerate(units):
        for cause, value in _merged(*order.steps(place)):
            after = order.rest(place + 1, value)
            part = order.difference(result, after, where).transpose(*total.dims).to_numpy()
            row = CAUSES.index(cause)
            parts[row] += part
            shares[row, unit.stage] += float(np.sum(np.conj(scaled) * (part / size)).real)
            result = after
        # What is left of the pipeline is run each time, so the first units take longest.
        tell(1 - (1 - (place + 1) / len(units)) ** 2)
    return Split(shares, np.array([norm_of(part) for part in parts]) / size, size)


def _merged(current: xr.DataArray, steps: Iterator[Step]) -> Iterator[Step]:
    """The steps that change something; of several in a row with one cause only the last.

    What both sides' borders do is one part where nothing else changes between them: then the rest
    of the pipeline need not be run in between.
    """
    waiting: Step | None = None
    begun = current
    for cause, value in steps:
        if same(current, value):
            continue
        if waiting is not None and waiting[0] != cause:
            yield waiting
            begun = current
        waiting, current = (cause, value), value
    if waiting is not None and not same(begun, waiting[1]):
        yield waiting


def same(one: xr.DataArray, other: xr.DataArray) -> bool:
    """Whether two values differ only by rounding."""
    a, b = one.to_numpy(), other.transpose(*one.dims).to_numpy()
    if a.shape != b.shape or a.dtype.kind not in "fc":
        return bool(np.array_equal(a, b))
    limit = _SAME * float(np.finfo(a.dtype).eps) * float(np.abs(a).max(initial=0.0))
    return bool((np.abs(a - b) <= limit).all())


def norm_of(values: xr.DataArray | np.ndarray) -> float:
    """Euclidean norm over everything."""
    return norm(np.asarray(values))
