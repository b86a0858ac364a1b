"""The origin of an action in time: the moment that stays."""

from __future__ import annotations

from invarsig.actions.point_map import positions_of
from invarsig.axes import Axis

__all__ = ["place_of_origin"]


def place_of_origin(axis: Axis, origin: float) -> float:
    """Where an origin lies, in samples from the first of an axis; on dates it counts since 1970.

    Examples
    --------
    >>> place_of_origin(Axis("time", start=1.0, step=0.5, size=4, unit="s"), 2.0)
    2.0
    """
    return float((origin - positions_of(axis)[0]) / axis.step)
