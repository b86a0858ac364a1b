"""What a pipeline or graph gives when every stage wraps: its result on a periodic axis."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from invarsig.aliasing.rolled import Rolled
from invarsig.aliasing.wrapped import wrapped
from invarsig.operators import Join, Operator

__all__ = ["on_a_ring"]


def on_a_ring(run: Rolled, dims: Sequence[str]) -> xr.DataArray:
    """Run all stages wrapped along some dims, each on what the wrapped ones before it give.

    A stage that pads reads the other end of the axis instead of its padding; one without borders
    gives what it gives. The grid of every result is the original one.

    Parameters
    ----------
    run
        The pipeline, run on its input.
    dims
        Dims to wrap.

    Returns
    -------
    xarray.DataArray
        On the grid of ``run.result``.

    Examples
    --------
    >>> import invarsig as iv
    >>> from invarsig.aliasing.rolled import Rolled
    >>> from invarsig.aliasing.units import units_of
    >>> x = iv.label([1.0, 2.0, 4.0, 8.0], "x")
    >>> sums = iv.Convolve(iv.label([1.0, 1.0, 1.0], "x"), boundary="zero")
    >>> run = Rolled.of(units_of(sums), x)
    >>> run.result.values.tolist(), on_a_ring(run, ["x"]).values.tolist()
    ([3.0, 7.0, 14.0, 12.0], [11.0, 7.0, 14.0, 13.0])
    """
    found = [run.features[0]]
    margins = dict.fromkeys(dims, 1)
    for place, unit in enumerate(run.units):
        inputs = [found[k] for k in unit.inputs]
        if isinstance(unit.op, Join):
            found.append(unit(inputs))
            continue
        assert isinstance(unit.op, Operator)
        given, result = run.inputs(place)[0], run.features[place + 1]
        around = wrapped(unit.op, given, result, dims, margins)
        found.append(around.cut(around(inputs[0])) if around.continued else unit(inputs))
    return found[-1]
