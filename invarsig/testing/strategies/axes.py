"""Random axes: all that a coordinate may say of its grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from invarsig import parameters
from invarsig.axes import Axis
from invarsig.testing.strategies.drawn import Chance, drawn

__all__ = ["AxisKind", "axes", "axis"]

AxisKind = Literal["linear", "counted", "dated", "log2"]
"""What an axis is labeled with: positions, nothing, dates, or octaves."""

KINDS: tuple[AxisKind, ...] = get_args(AxisKind)

_STEPS = {"linear": (1.0, 0.5, 0.01, 3.0), "dated": (1.0, 0.25, 60.0), "log2": (1 / 12, 0.5)}
_STARTS = {"linear": (0.0, 0.3, -7.25, 1000.0), "dated": (0.0,), "log2": (0.0, 5.5, -3.0)}
_UNITS = {"linear": ("px", "s", "mm", ""), "dated": ("s",), "log2": ("Hz",)}
_EPOCHS = ("2026-11-30T12:00:00", "1969-12-31T23:59:59", "2000-02-29T00:00:00")


@drawn
def axes(
    chance: Chance,
    /,
    dim: str = "x",
    *,
    kinds: Sequence[AxisKind] = KINDS,
    sizes: tuple[int, int] = (1, 24),
    periodic: bool | None = None,
    descending: bool | None = None,
) -> Axis | str:
    """Draw an axis: ascending or descending, offset, dated, geometric, periodic or not.

    Parameters
    ----------
    dim
        Name of the dim.
    kinds
        Among "linear", "counted" (no coordinate), "dated" and "log2".
    sizes
        Least and largest number of samples.
    periodic
        Whether the axis is periodic; by default either. A counted axis never is.
    descending
        Whether its step is negative; by default either. A counted axis never descends.

    Returns
    -------
    hypothesis.strategies.SearchStrategy
        Of an `Axis`, or of the dim's name where it is counted: what `label` takes.

    Raises
    ------
    ParameterError
        If hypothesis is not installed, or a kind is unknown.

    Examples
    --------
    >>> import hypothesis
    >>> import invarsig as iv
    >>> @hypothesis.settings(max_examples=5, database=None, deadline=None)
    ... @hypothesis.given(iv.testing.strategies.axes("t", kinds=["dated"], periodic=True))
    ... def law(axis):
    ...     assert axis.periodic and axis.dim == "t"
    >>> law()

    References
    ----------
    MacIver & Donaldson (2020), Test-case reduction via test-case generation,
    doi:10.4230/LIPIcs.ECOOP.2020.13.
    """
    return axis(chance, dim, kinds, sizes, periodic, descending)


def axis(
    chance: Chance,
    dim: str,
    kinds: Sequence[AxisKind],
    sizes: tuple[int, int],
    periodic: bool | None,
    descending: bool | None,
) -> Axis | str:
    """As `axes`, in the middle of a drawing."""
    for each in kinds:
        parameters.one_of("kinds", each, AxisKind)
    kind = chance.one_of(kinds)
    if kind == "counted":
        return dim
    size = chance.count(*sizes)
    down = chance.yes() if descending is None else descending
    wraps = chance.yes() if periodic is None else periodic
    step = chance.one_of(_STEPS[kind])
    epoch = None
    if kind == "dated":
        epoch = np.datetime64(chance.one_of(_EPOCHS), chance.one_of(("ns", "us", "ms")))
    return Axis(
        dim,
        start=chance.one_of(_STARTS[kind]),
        step=-step if down else step,
        size=size,
        unit=chance.one_of(_UNITS[kind]),
        period=size * step if wraps else None,
        scale="log2" if kind == "log2" else "linear",
        epoch=epoch,
    )
