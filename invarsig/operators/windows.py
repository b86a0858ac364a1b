"""How windows are placed along an axis: where they begin, how many there are, what they cover.

Window j takes the samples from ``j * stride - padding`` on. Its result stands at the
window's center, so an even window moves the grid by half a sample.

How many there are follows from the padding. One number, or none, gives a window for every
`stride` samples of the axis. A pair of numbers extends the axis by that many samples before and
after, as the layers of networks do, and windows are placed where they fit in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from invarsig import parameters
from invarsig.axes import Axes, Axis
from invarsig.errors import AxisError, DimError, ParameterError, StrideError
from invarsig.kernels.borders import BOUNDARIES, OTHER_NAMES, Border, padded, value_beyond
from invarsig.suggestions import did_you_mean

__all__ = [
    "Border",
    "BoundaryChoice",
    "Padding",
    "Span",
    "adds_nothing",
    "border_along",
    "check_boundary",
    "checked_padding",
    "extended",
    "linear_but_for_the_border",
    "local_dims",
    "shared_dims",
    "spans_of",
]

BoundaryChoice = Border | Mapping[str, Border] | None
"""One border for all dims, a mapping from dims to borders, or None for each axis' default.

A border is a name, or ``("constant", value)``. The default is "periodic" where the axis is
periodic, and "valid" elsewhere.
"""

Padding = Mapping[str, int | tuple[int, int]]
"""For each dim how many samples before the first sample windows begin, or how many samples the axis
is extended by before and after."""


@dataclass(frozen=True)
class Span:
    """Windows along one axis.

    Parameters
    ----------
    axis
        The axis.
    window, stride
        In samples.
    padding
        How many samples before the first one the first window begins.
    boundary
        The border.
    after
        By how many samples the axis is extended after its last one, where that says how many
        windows there are; None for one window every `stride` samples.
    ceil_mode
        Whether a last window may reach beyond that extension, if it begins before it.
    """

    axis: Axis
    window: int
    stride: int
    padding: int
    boundary: Border
    after: int | None = None
    ceil_mode: bool = False

    def __post_init__(self) -> None:
        size, dim = self.axis.size, self.axis.dim
        if self.after is not None and self.boundary != "valid":
            size += self.padding + self.after
            if self.window > size:
                raise AxisError(
                    f"A window of {self.window} samples is longer than the axis {dim!r} with its "
                    f"padding ({self.padding} + {self.axis.size} + {self.after} samples); take a "
                    "shorter window, more padding or more signal."
                )
        elif self.boundary in ("periodic", "valid") and self.window > size:
            raise AxisError(
                f"A window of {self.window} samples is longer than the axis {dim!r} "
                f"({size} samples, {self.boundary} boundary); take a shorter window or more signal."
            )
        beyond = value_beyond(self.boundary)
        if beyond is not None and np.isinf(beyond) and max(self.pads) >= self.window:
            raise AxisError(
                f"Along {dim!r} a window of {self.window} samples lies wholly in the border of "
                f"{beyond:g} ({self.pads[0]} samples before, {self.pads[1]} after), and its result "
                "would be infinite; take less padding or a longer window."
            )
        if self.boundary == "periodic" and self.after is None and size % self.stride:
            lower = size // self.stride * self.stride
            near = f"{lower} or {lower + self.stride}" if lower else f"{self.stride}"
            raise StrideError(
                f"{size} samples along {dim!r} are not a multiple of the stride {self.stride}, so "
                f"the result would not wrap; crop or pad the axis to {near} samples, or choose "
                "another boundary.",
                dim,
                size - lower,
            )

    @property
    def size(self) -> int:
        """Number of windows."""
        if self.boundary == "valid":
            return (self.axis.size - self.window) // self.stride + 1
        if self.after is None:
            return -(-self.axis.size // self.stride)
        room = self.padding + self.axis.size + self.after - self.window
        if not self.ceil_mode:
            return room // self.stride + 1
        # A window that would begin after the last sample is left out.
        begun = (self.padding + self.axis.size - 1) // self.stride + 1
        return min(-(-room // self.stride) + 1, begun)

    @property
    def pads(self) -> tuple[int, int]:
        """Samples that the windows take before the first and after the last one."""
        last = (self.size - 1) * self.stride - self.padding + self.window
        return self.padding, last - self.axis.size

    @property
    def border(self) -> tuple[int, int, Border]:
        """By how many samples windows extend the axis before and after, and with what."""
        return (*self.pads, self.boundary)

    def counted(self, *, padding: bool) -> np.ndarray:
        """How many samples of each window lie on the axis, or with `padding` on the extended one.

        Examples
        --------
        >>> span = Span(Axis("x", size=5), 3, 2, 1, "zero", 1, ceil_mode=True)
        >>> span.counted(padding=False).tolist(), span.counted(padding=True).tolist()
        ([2, 3, 2], [3, 3, 3])
        """
        first = np.arange(self.size) * self.stride - self.padding
        low, high = 0, self.axis.size
        if padding:
            low, high = -self.padding, high + (self.pads[1] if self.after is None else self.after)
        return np.minimum(first + self.window, high) - np.maximum(first, low)

    @property
    def out_axis(self) -> Axis:
        """Axis of the windows' centers."""
        center = (self.window - 1) / 2 - self.padding
        return self.axis.strided(self.stride, size=self.size, offset=center)

    @property
    def reach(self) -> tuple[float, float]:
        """Half the window, in the axis' unit, to either side of its center."""
        half = (self.window - 1) / 2 * abs(self.axis.step)
        return half, half


def check_boundary(boundary: BoundaryChoice, *, infinite: bool = False) -> None:
    """Raise if a boundary is unknown.

    Parameters
    ----------
    boundary
        The boundary.
    infinite
        Whether the value of a constant border may be infinite: for a maximum it may.
    """
    given: Any = boundary.values() if isinstance(boundary, Mapping) else (boundary,)
    for border in given:
        if border is None or (isinstance(border, str) and border in BOUNDARIES):
            continue
        if isinstance(border, tuple) and len(border) == 2 and border[0] == "constant":
            _check_value(border, infinite)
            continue
        known = f"one of {', '.join(BOUNDARIES)} or ('constant', value)"
        meant = OTHER_NAMES.get(border.lower()) if isinstance(border, str) else None
        hint = f"; here {border!r} is {meant}." if meant else f".{did_you_mean(border, BOUNDARIES)}"
        raise ParameterError(f"boundary={border!r} is unknown; give {known}{hint}")


def _check_value(border: tuple[str, Any], infinite: bool) -> None:
    """Raise unless the value of a constant border is a number that samples may have."""
    value = border[1]
    if parameters.is_finite(value):
        return
    if not (isinstance(value, float) and np.isinf(value)):
        raise ParameterError(f"boundary={border!r} has no value; give a real, finite number.")
    if not infinite:
        raise ParameterError(
            f"boundary={border!r} is infinite, and a sum of such samples is not a number; give a "
            "finite value (a MaxPool takes -inf)."
        )


def border_along(given: BoundaryChoice, dim: str) -> Border | None:
    """The border along one dim; None where none is given."""
    return given.get(dim) if isinstance(given, Mapping) else given


def checked_padding(
    given: Padding, dims: Sequence[str] | None = None
) -> dict[str, int | tuple[int, int]]:
    """Check numbers of samples, one or a pair for each dim, along `dims` that have windows."""
    if not isinstance(given, Mapping):
        raise ParameterError(
            f"padding={given!r} names no dim; give a mapping such as {{'x': (1, 1)}}."
        )
    found: dict[str, int | tuple[int, int]] = {}
    for dim, by in given.items():
        if dims is not None and dim not in dims:
            raise ParameterError(
                f"The padding names {dim!r}, along which there is no window; the windows lie along "
                f"{', '.join(map(repr, dims))}."
            )
        what = f"The padding along {dim!r}"
        if not isinstance(by, (tuple, list)):
            found[dim] = parameters.count(by, what, " samples", least=0)
            continue
        if len(by) != 2:
            raise ParameterError(
                f"{what} is {by!r} samples; give a pair (before, after), or one number."
            )
        before, after = (parameters.count(each, what, " samples", least=0) for each in by)
        found[dim] = (before, after)
    return found


def adds_nothing(given: BoundaryChoice) -> bool:
    """Whether what lies beyond the ends depends on the samples alone, or is 0.

    Examples
    --------
    >>> adds_nothing("zero"), adds_nothing({"x": ("constant", 1.0), "y": "edge"})
    (True, False)
    """
    borders = given.values() if isinstance(given, Mapping) else (given,)
    return not any(value_beyond(border) for border in borders)


class _LinearButForTheBorder:
    """Whether an operator is linear: as long as its border does not hold a value of its own."""

    def __get__(self, op: Any, owner: type | None = None) -> bool:
        return adds_nothing(getattr(op, "boundary", None))


def linear_but_for_the_border() -> Any:
    """Declare `linear` of an operator that is linear unless its border holds a value other than 0.

    Examples
    --------
    >>> import invarsig as iv
    >>> [iv.MeanPool({"x": 3}, boundary=each).linear for each in ("edge", ("constant", 2.0))]
    [True, False]
    """
    return _LinearButForTheBorder()


def spans_of(
    axes: Axes,
    windows: Mapping[str, int],
    strides: Mapping[str, int],
    boundary: BoundaryChoice,
    padding: Mapping[str, int | tuple[int, int]],
    *,
    ceil_mode: bool = False,
) -> tuple[Span, ...]:
    """Place windows along each dim of `windows`.

    A periodic axis that was given no boundary wraps, so nothing is added to it, and a pair of
    numbers in `padding` only says where windows begin.
    """
    named = boundary if isinstance(boundary, Mapping) else {}
    stray = [dim for dim in named if dim not in windows]
    if stray:
        raise DimError(
            f"The boundary names {stray[0]!r}, along which there is no window; the windows lie "
            f"along {', '.join(map(repr, windows))}."
        )
    spans = []
    for dim, window in windows.items():
        axis, stride = axes[dim], strides.get(dim, 1)
        border = border_along(boundary, dim)
        pad = padding.get(dim, max((window - stride) // 2, 0))
        before, after = pad if isinstance(pad, tuple) else (pad, None)
        if border is None:
            border, after = ("periodic" if axis.periodic else "valid"), None
        if border == "valid":
            before, after = 0, None
        spans.append(Span(axis, window, stride, before, border, after, ceil_mode))
    return tuple(spans)


def shared_dims(spans: Sequence[Span]) -> frozenset[str]:
    """Dims along which windows meet no border, so that weights are shared."""
    return frozenset(span.axis.dim for span in spans if _goes_round(span))


def local_dims(spans: Sequence[Span]) -> dict[str, bool]:
    """Dims along which a window meets nothing but its own samples: all; and whether they wrap."""
    return {span.axis.dim: span.boundary == "periodic" for span in spans}


def _goes_round(span: Span) -> bool:
    """Whether no window meets a border; those that abut, or lie further apart, never do."""
    whole = span.size * span.stride == span.axis.size
    if span.boundary == "periodic":
        return span.after is None or whole
    before, after = span.pads
    return span.axis.periodic and before == 0 and after <= 0 and whole


def extended(values: np.ndarray, spans: Sequence[Span]) -> np.ndarray:
    """Extend the last axes of an array by what the windows cover beyond its borders."""
    for axis, span in zip(range(-len(spans), 0), spans, strict=True):
        before, after = span.pads
        values = padded(values, values.ndim + axis, before, after, span.boundary)
    return values
