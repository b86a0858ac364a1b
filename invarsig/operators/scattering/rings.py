"""How the axes of a scattering transform wrap: periodic axes directly, others after padding.

The first sample of the axis is sample 0 of the padded, periodic array; the padding before it comes
last. So outputs stand at samples 0, s, 2 s, ... of the axis, for any padding.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from invarsig.axes import Axes
from invarsig.errors import AxisError, StrideError
from invarsig.kernels.borders import padded
from invarsig.operators.windows import Border, BoundaryChoice, Span, border_along, spans_of

__all__ = ["Ring", "laid_round", "ring_of", "rings_of", "shared_along"]


@dataclass(frozen=True)
class Ring:
    """The periodic array that an axis lies in: numbers of samples padded before and after it."""

    span: Span
    before: int
    after: int

    @property
    def size(self) -> int:
        """Number of samples in a period."""
        return self.before + self.span.axis.size + self.after


def ring_of(span: Span, J: int, rank: int, nests: int) -> Ring:
    """Pad an axis for a low-pass of 2^J samples, as much as kymatio 0.3.0 does.

    In two dims by at least 2^J on either side, to a multiple of 2^J. Along one dim by three times
    where the low-pass has fallen to 1e-3, to a power of two that is less than three axes long. Both
    are multiples of 2^J. An axis that is periodic has to be a multiple of `nests`.
    """
    size = span.axis.size
    if size < 2**J:
        most = int(math.log2(size))
        raise AxisError(
            f"A scattering transform of J = {J} averages over {2**J} samples, and the axis "
            f"{span.axis.dim!r} has {size}; take {f'J up to {most}, or ' if most else ''}more "
            "signal."
        )
    if span.boundary == "periodic":
        if size % nests:
            raise StrideError(
                f"{size} samples along {span.axis.dim!r} are not a multiple of {nests}, the stride "
                "that intermediate grids are for; crop the axis, or leave oversampling at None.",
                span.axis.dim,
                size % nests,
            )
        return Ring(span, 0, 0)
    if rank > 1:
        total = (size // 2**J + 2) * 2**J
    else:
        # One side of the low-pass, of standard deviation 2^J / (0.2 pi), is 1e-3 from 3.09 on.
        ends = math.ceil(3.0902 * 2**J / (0.2 * math.pi) + 0.5) + 1
        wanted = math.ceil(math.log2(size + 6 * ends))
        total = 2 ** min(wanted, int(math.log2(3 * size - 2)))
    before = (total - size) // 2
    return Ring(span, before, total - size - before)


def rings_of(
    axes: Axes,
    stride: Mapping[str, int],
    boundary: BoundaryChoice,
    J: int,
    nests: Mapping[str, int],
) -> list[Ring]:
    """Make each dim of a stride wrap; axes that are not periodic are mirrored by default."""
    named: dict[str, Border] = {}
    for dim in stride:
        usual = "periodic" if axes[dim].periodic else "reflect"
        named[dim] = border_along(boundary, dim) or usual
        if named[dim] == "valid":
            raise AxisError(
                f"A scattering transform reaches over the whole axis {dim!r}, so no sample is "
                "valid; choose another boundary, such as reflect."
            )
    stray = dict(boundary) if isinstance(boundary, Mapping) else {}
    spans = spans_of(axes, dict.fromkeys(stride, 1), stride, {**stray, **named}, {})
    return [ring_of(span, J, len(spans), nests[span.axis.dim]) for span in spans]


def shared_along(rings: Sequence[Ring]) -> frozenset[str]:
    """Dims along which the ring is the axis itself: filters reach round it, past any sample."""
    return frozenset(ring.span.axis.dim for ring in rings if ring.span.boundary == "periodic")


def laid_round(values: np.ndarray, rings: Sequence[Ring]) -> np.ndarray:
    """Pad the last axes of an array, with the first sample first."""
    for place, ring in zip(range(values.ndim - len(rings), values.ndim), rings, strict=True):
        if ring.before or ring.after:
            wide = padded(values, place, ring.before, ring.after, ring.span.boundary)
            values = np.roll(wide, -ring.before, axis=place)
    return values
