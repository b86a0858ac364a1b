"""Which boundary a new stage takes from the stage that it stands beside."""

from __future__ import annotations

import math
from collections.abc import Sequence

from invarsig.axes import Axes
from invarsig.kernels.borders import value_beyond
from invarsig.operators import Operator
from invarsig.operators.windows import Border, BoundaryChoice, border_along
from invarsig.remedies.own_border import own_border

__all__ = ["boundary_beside"]


def boundary_beside(
    stages: Sequence[Operator],
    place: int,
    axes: Axes,
    dims: Sequence[str],
    met: Sequence[Axes] = (),
) -> BoundaryChoice:
    """Boundary of a new stage that stands beside a given one, for each of its dims.

    1. The boundary that the stage itself was given along that dim, "valid" too: who asked for
       "valid" wants nothing made up at the ends, and loses the taps' length there.
    2. If it was given none, or takes none (a `Subsample`, a rectifier), and the axis wraps: none,
       so that the new stage wraps as well.
    3. If the axis ends: that of the nearest stage before it, or else after it, that pads; or else
       "reflect". An infinite one, as of a max pool, is for a maximum only, and passed over. So the
       new stage keeps the size where the stage beside it does: windows that abut
       are as many behind a dense form that is ``window - 1`` shorter, as before.

    A node of a network was given none, and may pad by itself: with `met`, the axes of what each
    stage is given, it is run to find how.

    Examples
    --------
    >>> import invarsig as iv
    >>> stages = (iv.MeanPool(window={"x": 3}, boundary="zero"), iv.Subsample(stride={"x": 2}))
    >>> axes = Axes.of(iv.label([1.0, 2.0, 3.0, 4.0], iv.Axis("x")))
    >>> boundary_beside(stages, 1, axes, ["x"])
    'zero'
    >>> boundary_beside(stages[1:], 0, axes, ["x"])
    'reflect'
    """
    others = (*reversed(range(place)), *range(place + 1, len(stages)))
    chosen: dict[str, Border | None] = {}
    for dim in dims:
        own = _given(stages[place], dim)
        own = None if _infinite(own) else own
        if own is None and not axes[dim].periodic:
            own = _padded(stages, place, dim, met)
        if own is None and not axes[dim].periodic:
            padding = (_padded(stages, k, dim, met) for k in others)
            fit = (one for one in padding if one not in (None, "valid") and not _infinite(one))
            own = next(fit, "reflect")
        chosen[dim] = own
    borders = set(chosen.values())
    if len(borders) == 1:
        return borders.pop()
    return {dim: border for dim, border in chosen.items() if border is not None}


def _given(stage: Operator, dim: str) -> Border | None:
    """The boundary that a stage was given along a dim."""
    boundary = border_along(getattr(stage, "boundary", None), dim)
    return boundary if isinstance(boundary, (str, tuple)) else None


def _padded(stages: Sequence[Operator], place: int, dim: str, met: Sequence[Axes]) -> Border | None:
    """The boundary that a stage was given, or that it turns out to have."""
    stage = stages[place]
    if hasattr(stage, "boundary") or not met:
        return _given(stage, dim)
    return own_border(stage, met[place], dim) if dim in met[place] else None


def _infinite(border: Border | None) -> bool:
    return math.isinf(value_beyond(border) or 0.0)
