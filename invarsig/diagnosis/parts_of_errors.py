"""The parts of a squared error, a layer each: what is added to them is what makes it worse."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.judged import Judged
from invarsig.aliasing.readings import causes_over_all_stages, readings

__all__ = ["Growth", "LayerParts", "growth_of", "parts_of_error"]

# Relative difference up to which parts add up to a squared error.
_ADDS_UP = 1e-6


@dataclass(frozen=True, eq=False)
class LayerParts:
    """The parts of a squared relative error, which add up to it; some may be negative.

    Parameters
    ----------
    parts
        For each layer its share times the squared error; NaN where that is not known.
    doubts
        Half the difference of the two orders of the sum; NaN where one of them is not known.
    """

    parts: np.ndarray
    doubts: np.ndarray


def parts_of_error(given: AsGiven, judged: Judged, error: float) -> LayerParts:
    """Split one of the errors of a move over the layers: ``error**2 = sum(parts)``, exactly.

    Parameters
    ----------
    given
        The pipeline.
    judged
        The move.
    error
        Which of its errors; where that is of no reading, it is of the roll over the whole output.
    """
    own = [
        each
        for each in readings(given, [judged])
        if math.isclose(each.error, error, rel_tol=1e-9) and not each.blind
    ]
    protocol = own[0].protocol if own else "roll"
    region = own[0].region if own and protocol == "interior" else None
    found = causes_over_all_stages(given, judged.move, protocol, region)
    orders = found["share_by_order"].sum("cause", skipna=False).to_numpy() * error**2
    shares = found["share"].sum("cause", skipna=False).to_numpy() * error**2
    return LayerParts(shares, np.abs(orders[0] - orders[1]) / 2)


@dataclass(frozen=True)
class Growth:
    """What was added to the parts of a squared error; all of it is ``now**2 - before**2``.

    Parameters
    ----------
    of_layers
        By the layer of today, from 1; what was lost with layers that are gone stands at 0.
    doubts
        How uncertain each is.
    """

    of_layers: Mapping[int, float]
    doubts: Mapping[int, float]

    @property
    def whole(self) -> float:
        """All that was added."""
        return sum(self.of_layers.values())

    def share(self, layer: int) -> float:
        """Share of what was added."""
        return self.of_layers.get(layer, 0.0) / self.whole

    @property
    def top(self) -> int:
        """The layer to which most was added."""
        return max(self.of_layers, key=lambda layer: (layer > 0, self.of_layers[layer]))

    def leads(self, other: int) -> bool:
        """Whether more was added to the top one than to another, beyond all doubt."""
        top = self.top
        ahead = self.of_layers[top] - self.of_layers.get(other, 0.0)
        return ahead > self.doubts.get(top, 0.0) + self.doubts.get(other, 0.0)


def growth_of(
    before: Sequence[float], error: float, now: LayerParts, pairs: Sequence[tuple[int, int]]
) -> Growth | None:
    """Subtract the parts of before from those of today; None where some are not known.

    Parameters
    ----------
    before
        The parts of the baseline.
    error
        The error that is compared. Where the parts add up to the square of another one, of other
        moves, nothing is known.
    now
        The parts of today.
    pairs
        Layers of before and of today, from 1, as `matched` gives them.

    Examples
    --------
    >>> now = LayerParts(np.array([0.01, 0.08]), np.zeros(2))
    >>> found = growth_of([0.02, 0.02], 0.2, now, [(1, 1), (2, 2)])
    >>> found.top, round(found.share(2), 2), round(found.share(1), 2)
    (2, 1.2, -0.2)
    """
    known = np.isfinite(before).all() and np.isfinite(now.parts).all()
    if not known or not math.isclose(sum(before), error**2, rel_tol=_ADDS_UP):
        return None
    added: dict[int, float] = {}
    for a, b in pairs:
        was = before[a - 1] if a else 0.0
        added[b] = added.get(b, 0.0) + (float(now.parts[b - 1]) if b else 0.0) - was
    growth = Growth(added, {k: float(each) for k, each in enumerate(now.doubts, 1)})
    return growth if growth.whole > 0 else None
