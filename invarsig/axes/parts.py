"""What is known of an operator that runs on parts of an array."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from invarsig.axes.applied import Kernel
from invarsig.axes.axis import Axis

__all__ = ["Parts"]


@dataclass(frozen=True)
class Parts:
    """What is known of an operator that runs on parts of an array.

    Parameters
    ----------
    who
        The operator, as errors call it.
    replan
        Kernel and axes of the result where the core dims have these axes.
    local
        Core dims whose samples depend on nothing of the axis but what their reach covers, and
        whether the ends of the axis wrap.
    reach
        For each dim how far an output depends on the input before and after it, in the axis' unit.
    stride
        Input samples for each output sample.
    by_tree
        The kernel of chunked arrays, where partial results can be put together.
    together
        Whether the items of the batch depend on each other.
    built_in
        Whether the operator is one of this package, and so no user's to change.
    """

    who: str
    replan: Callable[[Sequence[Axis]], tuple[Kernel, Sequence[Axis]]] | None = None
    local: Mapping[str, bool] = field(default_factory=dict)
    reach: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    stride: Mapping[str, int | Fraction] = field(default_factory=dict)
    by_tree: Callable[[Any], Any] | None = None
    together: bool = False
    built_in: bool = True

    def whole_shift(self, dim: str) -> int:
        """The shortest shift of the input that moves the result by whole samples."""
        return Fraction(self.stride.get(dim, 1)).numerator

    def covered(self, axis: Axis) -> tuple[int, int]:
        """How many samples of an axis an output depends on before and after its position."""
        left, right = self.reach.get(axis.dim, (0.0, 0.0))
        before, after = (each / abs(axis.step) for each in (left, right))
        return math.ceil(before - 1e-6), math.ceil(after - 1e-6)
