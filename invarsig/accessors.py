"""``x.iv`` of xarray: moves, measures and diagnoses at hand on any labeled array or Dataset.

Each method is one call of the function that it names, with the array as its signal. Other modules
of this package are imported when they are needed: this one is loaded together with xarray, and
registers what it defines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import xarray as xr

from invarsig.errors import DimError

if TYPE_CHECKING:
    from invarsig.actions import Action
    from invarsig.axes import Axis, LengthLike
    from invarsig.diagnosis import Diagnosis
    from invarsig.operators import Operator
    from invarsig.operators.stage_table import StageTable

__all__ = ["DataArrayAccessor", "DatasetAccessor", "register"]

_PLANE = ("y", "x")


class DataArrayAccessor:
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
        _require_applicable(op)
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

    def translate(
        self,
        lengths: Mapping[str, LengthLike] | None = None,
        /,
        *,
        boundary: Any = None,
        **more: LengthLike,
    ) -> xr.DataArray:
        """Translate (`Translate`) by lengths: numbers in the axis' unit, "10 ms", durations.

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([1.0, 2.0, 3.0], iv.Axis("time", step=0.5, unit="s"))
        >>> x.iv.translate(time="500 ms").values.tolist()
        [0.0, 1.0, 2.0]
        """
        from invarsig.actions import Translate

        return Translate(lengths, boundary=boundary, **more)(self._x)

    def rotate(
        self,
        angle: float | str,
        dims: Sequence[str] = _PLANE,
        *,
        center: Mapping[str, LengthLike] | None = None,
        **options: Any,
    ) -> xr.DataArray:
        """Rotate (`Rotate`) by radians, or text such as "30 deg"; about the middle by default.

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([[1.0, 2.0], [3.0, 4.0]], iv.Axis("y", unit="px"), iv.Axis("x", unit="px"))
        >>> x.iv.rotate("90 deg").values.tolist()
        [[2.0, 4.0], [1.0, 3.0]]
        """
        from invarsig.actions import Rotate

        return Rotate(angle, self._center(center, dims), tuple(dims), **options)(self._x)

    def dilate(
        self,
        factor: float,
        dims: Sequence[str] = _PLANE,
        *,
        center: Mapping[str, LengthLike] | None = None,
        **options: Any,
    ) -> xr.DataArray:
        """Dilate (`Dilate`) by a factor; about the middle by default.

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([0.0, 0.0, 1.0, 0.0, 0.0], "x")
        >>> x.iv.dilate(1.0, ["x"]).values.tolist()
        [0.0, 0.0, 1.0, 0.0, 0.0]
        """
        from invarsig.actions import Dilate

        return Dilate(factor, self._center(center, dims), tuple(dims), **options)(self._x)

    def flip(
        self,
        dims: str | Sequence[str],
        *,
        center: Mapping[str, LengthLike] | None = None,
        **options: Any,
    ) -> xr.DataArray:
        """Reflect (`Flip`) along dims; about the middle by default.

        Examples
        --------
        >>> import invarsig as iv
        >>> iv.label([1.0, 2.0, 3.0], "x").iv.flip("x").values.tolist()
        [3.0, 2.0, 1.0]
        """
        from invarsig.actions import Flip

        names = (dims,) if isinstance(dims, str) else tuple(dims)
        return Flip(names, self._center(center, names), **options)(self._x)

    def warp(self, wavelength: Mapping[str, LengthLike], **options: Any) -> xr.DataArray:
        """Deform smoothly (`Warp`), with wavelengths of at least those given.

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([1.0] * 64, iv.Axis("time", step=0.01, unit="s"))
        >>> x.iv.warp({"time": "200 ms"}, gradient=0.0).equals(x)
        True
        """
        from invarsig.actions import Warp

        return Warp(wavelength, **options)(self._x)

    def transpose(self, octaves: float | str, **options: Any) -> xr.DataArray:
        """Transpose the pitch (`Transpose`) by octaves, or text such as "3 semitones".

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([1.0, 2.0], iv.Axis("time", unit="s"))
        >>> x.iv.transpose("0 semitones").values.tolist()
        [1.0, 2.0]
        """
        from invarsig.actions import Transpose

        return Transpose(octaves, **options)(self._x)

    def shift_frequencies(self, hertz: LengthLike, **options: Any) -> xr.DataArray:
        """Shift all frequencies (`FrequencyShift`) by hertz, or text such as "1 kHz".

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([1.0, 2.0], iv.Axis("time", unit="s"))
        >>> x.iv.shift_frequencies("0 Hz").values.tolist()
        [1.0, 2.0]
        """
        from invarsig.actions import FrequencyShift

        return FrequencyShift(hertz, **options)(self._x)

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

    def _center(self, center: Any, dims: Sequence[str]) -> Any:
        from invarsig.actions.point_map import middle_of

        return middle_of(self._x, dims) if center is None else center


class DatasetAccessor:
    """``dataset.iv``: the same for each variable of a Dataset that has the dims.

    A variable that has none of the dims is kept as it is. One that has some of them and not all is
    left out of the result, by a move as by an operator: it would stand where it stood before,
    beside variables that have moved. Attributes of the Dataset stay. ``dataset.iv.apply(op)`` is
    ``op(dataset)``.

    Parameters
    ----------
    dataset
        The Dataset that it belongs to.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([1.0, 2.0, 3.0, 4.0], iv.Axis("time", step=0.01, unit="s", period=0.04))
    >>> data = xr.Dataset({"speed": x, "height": ("station", [7.0])})
    >>> data.iv.translate(time="10 ms").speed.values.tolist()
    [4.0, 1.0, 2.0, 3.0]
    >>> data.iv.apply(iv.MeanPool({"time": 2})).height.item()
    7.0
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset

    def apply(self, op: Operator) -> xr.Dataset:
        """Apply an operator to each variable that has its dims: ``op(dataset)``.

        Raises
        ------
        DimError
            If no variable has the dims.

        Examples
        --------
        >>> import invarsig as iv
        >>> data = xr.Dataset({"a": ("x", [1.0, 3.0]), "b": ("x", [5.0, 7.0])})
        >>> pooled = data.iv.apply(iv.MeanPool({"x": 2}))
        >>> pooled.a.item(), pooled.b.item()
        (2.0, 6.0)
        """
        _require_applicable(op)
        return op(self._dataset)

    def move(self, action: Action) -> xr.Dataset:
        """Move each variable that has the dims of an action.

        Raises
        ------
        DimError
            If no variable has them.

        Examples
        --------
        >>> import invarsig as iv
        >>> data = xr.Dataset({"a": ("x", [1.0, 3.0]), "b": ("y", [5.0])})
        >>> data.iv.move(iv.Translate(x=1)).a.values.tolist()
        [0.0, 1.0]

        A row that a move along both dims would leave behind is left out:

        >>> both = xr.Dataset({"map": (("y", "x"), [[1.0, 3.0]]), "row": ("x", [1.0, 3.0])})
        >>> list(both.iv.move(iv.Translate(y=0, x=1)).data_vars)
        ['map']
        """
        return self._mapped(action, action.required, f"{action}")

    def translate(
        self,
        lengths: Mapping[str, LengthLike] | None = None,
        /,
        *,
        boundary: Any = None,
        **more: LengthLike,
    ) -> xr.Dataset:
        """Translate each variable that has the dims (`Translate`).

        Examples
        --------
        >>> import invarsig as iv
        >>> data = xr.Dataset({"a": ("x", [1.0, 3.0]), "b": ("y", [5.0])})
        >>> data.iv.translate(x=1, boundary="periodic").a.values.tolist()
        [3.0, 1.0]
        """
        from invarsig.actions import Translate

        return self.move(Translate(lengths, boundary=boundary, **more))

    def spectrum(self, dim: str) -> xr.Dataset:
        """Transform each variable that has the dim (`invarsig.spectra.spectrum`).

        Examples
        --------
        >>> import invarsig as iv
        >>> data = xr.Dataset({"a": ("x", [1.0, 3.0]), "b": ("x", [5.0, 7.0])})
        >>> data.iv.spectrum("x").b.values.real.tolist()
        [6.0, -1.0]
        """
        return self._mapped(lambda x: x.iv.spectrum(dim), (dim,), "The spectrum")

    def equivariance_error(self, op: Operator, action: Any, **options: Any) -> xr.Dataset:
        """Measure the error of an operator on each variable that has its dims.

        The floor of a variable is the coordinate ``{variable}_floor``.

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([1.0, 2.0, 4.0, 3.0], iv.Axis("x", unit="px", period=4.0))
        >>> data = xr.Dataset({"speed": x, "height": ("station", [7.0])})
        >>> list(data.iv.equivariance_error(iv.Relu(), iv.Translate(x="1 px")).data_vars)
        ['speed']
        """
        from invarsig.actions import Action
        from invarsig.measures import equivariance_error

        _require_applicable(op)
        several = [action] if isinstance(action, Action) else list(action)
        dims = (*op.dims, *(dim for each in several for dim in each.required))
        errors = {}
        for name, x in self._having(dims, f"{op}").items():
            error = equivariance_error(op, x, several if len(several) > 1 else action, **options)
            own = {each: f"{name}_{each}" for each in ("floor", "apart") if each in error.coords}
            errors[name] = error.rename(own)
        return xr.Dataset(errors)

    def diagnose(self, op: Operator, along: Any = None, **options: Any) -> Diagnosis:
        """Diagnose an operator on each variable that has its dims; one diagnosis of several inputs.

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
        >>> data = xr.Dataset({"one": x, "two": 2 * x})
        >>> found = data.iv.diagnose(iv.Subsample({"x": 2}), "x", shifts=["1 px"])
        >>> [found.tree[node].attrs["name"] for node in found.tree.children]
        ['one', 'two']
        """
        from invarsig.diagnosis import Diagnosis, diagnose

        _require_applicable(op)
        own = (along,) if isinstance(along, str) else tuple(along or ())
        given = self._having((*op.dims, *own), f"{op}")
        return Diagnosis.joined([diagnose(op, x, along, **options) for x in given.values()])

    def _having(self, dims: Sequence[str], what: str) -> dict[str, xr.DataArray]:
        """Variables of numbers that have the dims."""
        found = {
            str(name): x
            for name, x in self._dataset.data_vars.items()
            if set(dims) <= set(x.dims) and x.dtype.kind in "iubfc"
        }
        if not found:
            named = ", ".join(map(repr, dict.fromkeys(dims))) or "any dims"
            has = "; ".join(f"{name}: {x.dims}" for name, x in self._dataset.data_vars.items())
            raise DimError(f"{what} needs {named}, and no variable has them ({has or 'none'}).")
        return found

    def _mapped(
        self, change: Callable[[xr.DataArray], xr.DataArray], dims: Sequence[str], what: str
    ) -> xr.Dataset:
        """Change each variable that has the dims, and keep those that have none of them."""
        from invarsig.operators.on_datasets import on_dataset

        self._having(dims, what)
        return on_dataset(change, self._dataset, tuple(dims), what)


def _require_applicable(op: Any) -> None:
    """Refuse what is not an operator, such as a function: it would be called on the array."""
    from invarsig.operators.base import require_operator

    if not getattr(type(op), "many_rates", False):
        require_operator(op)


def register() -> None:
    """Put both on xarray, as ``iv``; a second time nothing happens.

    Examples
    --------
    >>> import xarray as xr
    >>> register()
    >>> xr.DataArray.iv is DataArrayAccessor
    True
    """
    for kind, name, accessor in (
        (xr.DataArray, "register_dataarray_accessor", DataArrayAccessor),
        (xr.Dataset, "register_dataset_accessor", DatasetAccessor),
    ):
        if getattr(kind, "iv", None) is not accessor:
            getattr(xr, name)("iv")(accessor)


register()
