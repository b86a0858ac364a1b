"""Padding as a stage of its own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.kernels.borders import value_beyond
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.strides import every_sample
from invarsig.operators.windows import (
    BoundaryChoice,
    Span,
    border_along,
    check_boundary,
    checked_padding,
    extended,
    linear_but_for_the_border,
    local_dims,
    shared_dims,
    spans_of,
)

__all__ = ["Pad"]


@dataclass(frozen=True)
class Pad(ArrayOperator):
    """Padding: ``y[n] = x[n]`` on the axis, and the border's samples before and after it.

    The result is a finite axis that begins `before` samples earlier, so each sample keeps its
    position. Windows with the boundary "valid" follow it. Where only one of them does, it has a
    shorter form: the same pair is the `padding` of a `Convolve` or of a pool.

    Parameters
    ----------
    padding
        For each dim a pair: the numbers of samples before and after.
    boundary
        As for `Convolve`, "zero" by default. With "valid" or None nothing is added: that is what it
        does on a periodic axis that wraps.

    Returns
    -------
    xarray.DataArray
        Over the same dims, ``before + size + after`` samples long.

    Raises
    ------
    ParameterError
        If there is no pair of numbers of at least 0, or the border's value is not finite: of the
        result there would be no mean, no spectrum and no part of a sample. A max pool takes -inf
        as its own boundary.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> y = Pad({"x": (1, 2)}, boundary="edge")(label([1.0, 2.0], "x"))
    >>> y.values.tolist(), y.x.values.tolist()
    ([1.0, 1.0, 2.0, 2.0, 2.0], [-1.0, 0.0, 1.0, 2.0, 3.0])

    References
    ----------
    Liu et al. (2018), Partial convolution based padding, arXiv:1811.11718, on what the ways of
    padding do.
    """

    padding: Mapping[str, tuple[int, int]] = mapping_field()
    boundary: BoundaryChoice = mapping_field(default="zero")

    linear: ClassVar[bool] = linear_but_for_the_border()

    def __post_init__(self) -> None:
        checked = checked_padding(self.padding)
        object.__setattr__(self, "padding", checked)
        for dim, by in checked.items():
            if not isinstance(by, tuple):
                raise ParameterError(
                    f"The padding along {dim!r} is {by} samples; give a pair (before, after), such "
                    f"as ({by}, {by})."
                )
        if not checked:
            raise ParameterError("Pad needs a pair along at least one dim: {'x': (1, 1)}.")
        check_boundary(self.boundary)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that get longer."""
        return tuple(self.padding)

    def result_unit(self, unit: str) -> str:
        """The unit of the samples, which the border's value is in."""
        return unit

    def plan(self, axes: Axes) -> Plan:
        """Begin each axis earlier, and end it later."""
        padding = {
            dim: (0, 0) if border_along(self.boundary, dim) is None else by
            for dim, by in self.padding.items()
        }
        spans = spans_of(axes, dict.fromkeys(padding, 1), {}, self.boundary, padding)
        return Plan(
            tuple(span.axis for span in spans),
            tuple(
                span.out_axis if span.pads == (0, 0) else replace(span.out_axis, period=None)
                for span in spans
            ),
            dict.fromkeys(padding, 1),
            {span.axis.dim: _reach(span) for span in spans},
            lambda values: extended(values, spans),
            shared=shared_dims([span for span in spans if span.pads == (0, 0)]),
            local=local_dims(spans),
        )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Each border, on one side and on both, in up to three dims."""
        picture = noise_picture(rng)
        yield cls({"x": (1, 2)}), picture
        yield cls({"x": (3, 0), "y": (0, 2)}, "reflect"), picture
        yield cls({"x": (2, 1)}, {"x": "symmetric"}), picture
        yield cls({"y": (1, 1), "x": (2, 2)}, {"y": "edge", "x": "zero"}), picture
        yield cls({"x": (2, 3)}, "periodic"), picture
        yield cls({"x": (2, 3)}, None), picture
        volume = noise_picture(rng, {"z": 4, "y": 6, "x": 8})
        yield cls(dict.fromkeys(("z", "y", "x"), (1, 2)), "edge"), volume


def _reach(span: Span) -> tuple[float, float]:
    """How far from a sample of the border that one lies which it repeats, to either side."""
    size, border = span.axis.size, span.boundary

    def away(count: int) -> int:
        if count == 0 or value_beyond(border) is not None:
            return 0
        if border == "periodic":
            return 0 if span.axis.periodic else math.ceil(count / size) * size
        if border == "edge":
            return count
        return min(2 * count - (border == "symmetric"), count + size - 1)

    before, after = span.pads
    step = abs(span.axis.step)
    # What stands before the first sample repeats one further on, toward the last.
    return away(after) * step, away(before) * step
