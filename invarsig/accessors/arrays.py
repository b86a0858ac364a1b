"""``x.iv`` of a labeled array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import xarray as xr

from invarsig.accessors.applicable import require_applicable
from invarsig.accessors.moves import Moves

if TYPE_CHECKING:
    from invarsig.actions import Action
    from invarsig.axes import Axis
    from invarsig.diagnosis import Diagnosis
    from invarsig.operators import Operator
    from invarsig.operators.stage_table import StageTable

__all__ = ["DataArrayAccessor"]


class DataArrayAccessor(Moves[xr.DataArray]):
    """``x.iv``: what invarsig does to one labeled array.

    Parameters
    ----------
    x
        The array that it belongs to.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([1.0, 2.0, 3.0, 4.0], iv.Axis("time", step=0.01, unit="s", period=0.04))
    >>> x.iv.translate(time="10 ms").values.tolist()
    [4.0, 1.0, 2.0, 3.0]
    >>> x.iv.apply(iv.MeanPool({"time": 2})).values.tolist()
    [1.5, 3.5]
    """

    def __init__(self, x: xr.DataArray) -> None:
        self._x = x

    def axis(self, dim: str) -> Axis:
        """Read the axis along a dim (`axis_of`).

        Examples
        --------
        >>> import invarsig as iv
        >>> print(iv.label([0.0] * 4, iv.Axis("time", step=0.01, unit="s")).iv.axis("time"))
        'time': 4 samples of 0.01 s
        """
        from invarsig.axes import axis_of

        return axis_of(self._x, dim)

    def apply(self, op: Operator) -> xr.DataArray:
        """Apply an operator: ``op(x)``.

        Examples
        --------
        >>> import invarsig as iv
        >>> iv.label([-1.0, 2.0], "x").iv.apply(iv.Relu()).values.tolist()
        [0.0, 2.0]
        """
        require_applicable(op)
        return op(self._x)

    def stages(self, op: Operator) -> StageTable:
        """Tabulate what each stage of an operator gives on this signal (`tabulate_stages`).

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([0.0] * 64, iv.Axis("time", step=0.01, unit="s"))
        >>> print(x.iv.stages(iv.MeanPool({"time": 4})))
        1  MeanPool(time: 4)  time: 16 x 0.04 s  rate 4 along time
        """
        from invarsig.operators import tabulate_stages

        return tabulate_stages(op, self._x)

    def move(self, action: Action) -> xr.DataArray:
        """Move by any action: ``action(x)``.

        Examples
        --------
        >>> import invarsig as iv
        >>> iv.label([1.0, 2.0], "x").iv.move(iv.Translate(x=1)).values.tolist()
        [0.0, 1.0]
        """
        return action(self._x)

    def spectrum(self, dim: str) -> xr.DataArray:
        """Discrete Fourier transform along a dim (`invarsig.spectra.spectrum`).

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([1.0, -1.0] * 4, iv.Axis("time", step=0.125, unit="s"))
        >>> abs(x.iv.spectrum("time")).idxmax().item()  # Hz
        4.0
        """
        from invarsig.axes import through_quantities
        from invarsig.spectra import spectrum

        return through_quantities(lambda x: spectrum(x, dim), self._x)

    def equivariance_error(self, op: Operator, action: Any, **options: Any) -> xr.DataArray:
        """Measure how far moving first is from moving last (`equivariance_error`).

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([1.0, 2.0, 4.0, 3.0], iv.Axis("x", unit="px", period=4.0))
        >>> x.iv.equivariance_error(iv.Relu(), iv.Translate(x="1 px")).item()
        0.0
        """
        from invarsig.measures import equivariance_error

        return equivariance_error(op, self._x, action, **options)

    def invariance_error(self, op: Operator, action: Any, **options: Any) -> xr.DataArray:
        """Measure how far the output of a moved signal is from the output (`invariance_error`).

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([1.0, 2.0, 4.0, 3.0], iv.Axis("x", unit="px", period=4.0))
        >>> x.iv.invariance_error(iv.GlobalPool("x"), iv.Translate(x="1 px")).item()
        0.0
        """
        from invarsig.measures import invariance_error

        return invariance_error(op, self._x, action, **options)

    def diagnose(self, op: Operator, along: Any = None, **options: Any) -> Diagnosis:
        """Measure and explain an operator on this signal (`diagnose`).

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
        >>> found = x.iv.diagnose(iv.Subsample({"x": 2}), "x", shifts=["1 px"])
        >>> found["x"].sizes["length"]
        1
        """
        from invarsig.diagnosis import diagnose

        return diagnose(op, self._x, along, **options)

    def _over(self, dims: Sequence[str]) -> xr.DataArray:
        return self._x
