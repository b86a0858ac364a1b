"""What an operator does on given axes, and how much work that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from invarsig.axes import AuxiliaryCoordinate, Axes, Axis, Kernel
from invarsig.operators.strides import Rate

__all__ = ["Plan"]


@dataclass(frozen=True)
class Plan:
    """What an operator does on given axes.

    Parameters
    ----------
    in_axes
        Axes of the core dims, in the order in which the kernel takes them.
    out_axes
        Axes of those dims afterwards: kept, dropped or new.
    stride
        Input samples per output sample, for dims that are in both: a whole number, or a `Fraction`
        where the rate goes up (1/2) or down by a fraction (3/2).
    reach
        For each dim that is in both: how far an output depends on the input to the left, toward the
        first sample, and to the right, toward the last one; in the axis' unit, measured from the
        position of the output; may be infinite.
    lost_stride, lost_reach
        The same for dims that it loses, up to where it loses them: for operators made of operators,
        which may stride along a dim before they pool over it. No entry for a dim that is lost
        without a stride; see `stride_along` and `reach_along`.
    kernel
        Function on plain arrays, ``(..., *in) -> (..., *out)``; None for operators made of
        operators.
    coords
        Auxiliary coordinates of new dims.
    taps
        How many input samples enter one output sample, for counting the work.
    operations
        Multiplications for one item of the batch, where they are not `taps` for each output
        sample: of transforms, of passes axis by axis, of operators made of operators. See
        `work`.
    shared
        Those of the core dims along which the operator is shift-invariant: on a periodic axis it
        commutes with shifts by its stride. Along others it may (a user's own function) or may not
        (unshared weights, an internal border); only measuring can tell.
    whole_shifts
        The smallest whole numbers of input samples that move every result inside by whole samples
        of its own, for operators made of operators: the least common multiple of the numerators of
        all strides from the input. No entry where the stride's own numerator is that.
    local
        Those dims in both whose samples depend on nothing of the axis but what their reach covers,
        neither on its size nor on their place, except at its ends, and whether those wrap. Chunked
        arrays are cut along them into sections that overlap; along others they need one chunk.
    by_tree
        The kernel of arrays in several chunks along core dims, where partial results can be put
        together: a function of dask arrays, ``(..., *in) -> (..., *out)``.
    together
        Whether the items of the batch depend on each other, as random draws do.
    finest
        How many parts of an input sample the finest common grid of all results inside has: the
        least common multiple of their denominators. No entry where the stride's own is that.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([0.0] * 8, iv.Axis("x", unit="px"))
    >>> plan = iv.MeanPool({"x": 4}).plan(iv.Axes.of(x))
    >>> plan.stride, plan.out_axes[0].size, plan.reach_along("x")
    ({'x': 4}, 2, (1.5, 1.5))
    """

    in_axes: tuple[Axis, ...]
    out_axes: tuple[Axis, ...]
    stride: Mapping[str, Rate] = field(default_factory=dict)
    reach: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    kernel: Kernel | None = None
    coords: Mapping[str, AuxiliaryCoordinate] = field(default_factory=dict)
    taps: int = 1
    operations: float | None = None
    shared: frozenset[str] = frozenset()
    lost_stride: Mapping[str, Rate] = field(default_factory=dict)
    lost_reach: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    whole_shifts: Mapping[str, int] = field(default_factory=dict)
    finest: Mapping[str, int] = field(default_factory=dict)
    local: Mapping[str, bool] = field(default_factory=dict)
    by_tree: Callable[[Any], Any] | None = None
    together: bool = False

    def stride_along(self, dim: str) -> Rate:
        """Input samples per output sample; along a lost dim, up to where it is lost."""
        return self.stride.get(dim, self.lost_stride.get(dim, 1))

    def whole_shift_along(self, dim: str) -> int:
        """Smallest whole shift S that moves every result inside by whole samples of its own.

        Where rates only go down it is the total stride; a pool of 2 followed by an upsampling by 2
        has a stride of 1 and a smallest whole shift of 2.

        Examples
        --------
        >>> import invarsig as iv
        >>> op = iv.Subsample(stride={"x": 2}) >> iv.NearestUpsample({"x": 2})
        >>> plan = op.plan(iv.Axes.of(iv.label([1.0, 2.0, 3.0, 4.0], "x")))
        >>> plan.stride_along("x"), plan.whole_shift_along("x")
        (1, 2)
        """
        return self.whole_shifts.get(dim, Fraction(self.stride_along(dim)).numerator)

    def finest_along(self, dim: str) -> int:
        """How many samples the finest common grid of all results has for one input sample."""
        return self.finest.get(dim, Fraction(self.stride_along(dim)).denominator)

    def reach_along(self, dim: str) -> tuple[float, float]:
        """Reach to the left and to the right; along a lost dim, up to where it is lost."""
        return self.reach.get(dim, self.lost_reach.get(dim, (0.0, 0.0)))

    def shares(self, dim: str) -> bool:
        """Whether the operator is shift-invariant along a dim; along batch dims it always is."""
        return dim in self.shared or all(axis.dim != dim for axis in self.in_axes)

    def after(self, axes: Axes) -> Axes:
        """Axes of the result, batch dims included."""
        return axes.replaced([axis.dim for axis in self.in_axes], self.out_axes)

    def items(self, axes: Axes) -> int:
        """Number of items of the batch, on the axes that were planned for."""
        core = {axis.dim for axis in self.in_axes}
        return math.prod(axes.counted(dim).size for dim in axes if dim not in core)

    def work(self, axes: Axes) -> float:
        """Count the real multiplications on the axes that were planned for, batch included.

        Samples are taken to be real. Comparisons, and functions of a single sample, count as one
        multiplication each.
        """
        own = self.operations
        if own is None:
            own = self.taps * math.prod(axis.size for axis in self.out_axes)
        return float(own * self.items(axes))

    def _repr_html_(self) -> str:
        """Show its axes in a notebook, before and after."""
        from invarsig.operators.stage_table import html_of_plan

        return html_of_plan(self)

    def costing(self, works: Iterable[float], axes: Axes) -> Plan:
        """Give the same plan for an operator made of operators, whose work adds up to its own."""
        return replace(self, operations=sum(works) / max(self.items(axes), 1))
