"""``dataset.iv`` of a Dataset: the same for each of its variables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import xarray as xr

from invarsig.accessors.applicable import require_applicable
from invarsig.accessors.moves import Moves
from invarsig.errors import DimError
from invarsig.suggestions import did_you_mean

if TYPE_CHECKING:
    from invarsig.actions import Action
    from invarsig.diagnosis import Diagnosis
    from invarsig.operators import Operator

__all__ = ["DatasetAccessor"]


class DatasetAccessor(Moves[xr.Dataset]):
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
        require_applicable(op)
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

        require_applicable(op)
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

        require_applicable(op)
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
            there = dict.fromkeys(str(dim) for dim in self._dataset.dims)
            stray = [dim for dim in dims if dim not in there]
            meant = did_you_mean(stray[0], there) if stray else ""
            raise DimError(
                f"{what} needs {named}, and no variable has them ({has or 'none'}).{meant}"
            )
        return found

    def _mapped(
        self, change: Callable[[xr.DataArray], xr.DataArray], dims: Sequence[str], what: str
    ) -> xr.Dataset:
        """Change each variable that has the dims, and keep those that have none of them."""
        from invarsig.operators.on_datasets import on_dataset

        self._having(dims, what)
        return on_dataset(change, self._dataset, tuple(dims), what)

    def _over(self, dims: Sequence[str]) -> xr.DataArray:
        return next(iter(self._having(dims, "A move about the middle").values()))
