"""Random pipelines, and pipelines with an array that they accept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import xarray as xr

from invarsig import parameters
from invarsig.errors import InvarsigError
from invarsig.operators import Modulus, Operator, Pipeline
from invarsig.operators.windows import Border
from invarsig.testing.strategies.arrays import arrays
from invarsig.testing.strategies.drawn import Chance, drawn
from invarsig.testing.strategies.stages import BOUNDARIES, STAGES, stage_for

__all__ = ["cases", "pipelines"]


@drawn
def pipelines(
    chance: Chance,
    /,
    x: xr.DataArray,
    *,
    most: int = 3,
    families: Collection[str] | None = None,
    boundaries: Sequence[Border | None] = BOUNDARIES,
    wraps: bool = False,
) -> Pipeline:
    """Draw a pipeline that accepts an array: pointwise stages, pools, filters, normalizations.

    Instead of a stage that refuses what it is given, with an error of this package, another one is
    drawn.

    Parameters
    ----------
    x
        The array.
    most
        Largest number of stages.
    families
        Families of stages, among ``invarsig.testing.strategies.stages.STAGES``; by default all.
    boundaries
        What may lie beyond the border; None follows the axis.
    wraps
        Whether every stage keeps a periodic axis periodic: strides divide the axis, and no stage
        has a boundary of its own.

    Returns
    -------
    hypothesis.strategies.SearchStrategy
        Of pipelines.

    Raises
    ------
    ParameterError
        If hypothesis is not installed, or a family is unknown.

    Examples
    --------
    >>> import hypothesis
    >>> import invarsig as iv
    >>> x = iv.label([1.0, 3.0, 2.0, 0.0], "x")
    >>> @hypothesis.settings(max_examples=5, database=None, deadline=None)
    ... @hypothesis.given(iv.testing.strategies.pipelines(x))
    ... def law(op):
    ...     assert op.plan(iv.Axes.of(x)) and op(x).size
    >>> law()

    References
    ----------
    MacIver & Donaldson (2020), Test-case reduction via test-case generation,
    doi:10.4230/LIPIcs.ECOOP.2020.13.
    """
    return _pipeline(chance, x, most, families, boundaries, wraps)


@drawn
def cases(
    chance: Chance,
    /,
    *,
    most: int = 3,
    families: Collection[str] | None = None,
    boundaries: Sequence[Border | None] = BOUNDARIES,
    wraps: bool = False,
    **options: Any,
) -> tuple[Pipeline, xr.DataArray]:
    """Draw a pipeline, and an array that it accepts.

    Parameters
    ----------
    most, families, boundaries, wraps
        As for `pipelines`. With ``wraps=True`` all axes are periodic.
    **options
        As for `arrays`.

    Returns
    -------
    hypothesis.strategies.SearchStrategy
        Of pairs of a pipeline and an array.

    Raises
    ------
    ParameterError
        If hypothesis is not installed, or an option is unknown.

    Examples
    --------
    >>> import hypothesis
    >>> import invarsig as iv
    >>> @hypothesis.settings(max_examples=5, database=None, deadline=None)
    ... @hypothesis.given(iv.testing.strategies.cases(dims=["x"], dtypes=["float64"]))
    ... def law(case):
    ...     op, x = case
    ...     assert op(x).identical(op(x))
    >>> law()

    References
    ----------
    MacIver & Donaldson (2020), Test-case reduction via test-case generation,
    doi:10.4230/LIPIcs.ECOOP.2020.13.
    """
    if wraps:
        options = {"kinds": ("linear", "dated", "log2"), **options, "periodic": True}
    x: xr.DataArray = chance.draw(arrays(**options))
    return _pipeline(chance, x, most, families, boundaries, wraps), x


def _pipeline(
    chance: Chance,
    x: xr.DataArray,
    most: int,
    families: Collection[str] | None,
    boundaries: Sequence[Border | None],
    wraps: bool,
) -> Pipeline:
    known = tuple(STAGES)
    for family in families or ():
        parameters.one_of("families", family, known)
    stages: list[Operator] = []
    for _ in range(chance.count(1, most)):
        found = _stage(chance, x, known if families is None else tuple(families), boundaries, wraps)
        if found is not None:
            stage, x = found
            stages += stage if isinstance(stage, Pipeline) else [stage]
    return Pipeline(stages or [Modulus()])


def _stage(
    chance: Chance,
    x: xr.DataArray,
    families: Sequence[str],
    boundaries: Sequence[Border | None],
    wraps: bool,
) -> tuple[Operator, xr.DataArray] | None:
    """A stage that accepts an array, and its result; None where none of several does."""
    for _ in range(4 if x.ndim else 0):
        try:
            stage = stage_for(chance, x, chance.one_of(families), wraps, boundaries)
            return stage, stage(x)
        except InvarsigError:
            continue
    return None
