"""Unpooling: values put back to where a maximum stood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, is_chunked, plain, promoted, require_one_chunk
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.operators.fields import mapping_field
from invarsig.operators.joins import Join, met

__all__ = ["MaxUnpool"]


@dataclass(frozen=True)
class MaxUnpool(Join):
    """Max unpooling: each value goes to where the maximum of its window stood, 0 elsewhere.

    ``y[n] = v[j]`` where n is the place of the largest ``u`` in window j, and 0 elsewhere. A join
    of two results: the values v, and what the windows of a max pool read, u; where its maxima stood
    follows from that, so the pool has no second result. Windows abut, as those of a `MaxPool`
    without a stride. Of equal samples the first counts.

    Parameters
    ----------
    window
        For each dim the window of the pool, in samples.

    Raises
    ------
    AxisError
        If the two inputs are not the grids before and behind such a pool.
    ParameterError
        If a window is not a whole number of at least 1, or there are not two inputs.

    Examples
    --------
    >>> import invarsig as iv
    >>> u = iv.label([1.0, 5.0, 4.0, 2.0], "x")
    >>> iv.MaxUnpool({"x": 2})([iv.label([7.0, 9.0], iv.Axis("x", 0.5, 2.0)), u]).values.tolist()
    [0.0, 7.0, 9.0, 0.0]

    References
    ----------
    Zeiler & Fergus (2014), Visualizing and understanding convolutional networks,
    doi:10.1007/978-3-319-10590-1_53. Badrinarayanan, Kendall & Cipolla (2017), SegNet,
    doi:10.1109/TPAMI.2016.2644615.
    """

    window: Mapping[str, int] = mapping_field()

    linear: ClassVar[bool] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "window", parameters.counts("window", self.window))
        if not self.window:
            raise ParameterError("MaxUnpool needs a window along at least one dim.")

    def rename(self, names: Mapping[str, str]) -> Self:
        """The same along renamed dims."""
        return replace(self, window={names.get(dim, dim): by for dim, by in self.window.items()})

    def after(self, inputs: Sequence[Axes]) -> Axes:
        """The axes of the second input."""
        if len(inputs) != 2:
            raise ParameterError(
                f"{self} joins two results, and there are {len(inputs)}; give the values, and what "
                "the max pool read."
            )
        coarse, fine = inputs
        for dim, by in self.window.items():
            for axes, what in ((coarse, "values"), (fine, "input of the max pool")):
                if dim not in axes:
                    raise DimError(f"{self} unpools along {dim!r}, which the {what} lack.")
            one, other = coarse.read_or_counted(dim), fine.read_or_counted(dim)
            apart = abs(one.step / (by * other.step) - 1)
            if one.size != other.size // by or apart > 1e-6:
                raise AxisError(
                    f"Along {dim!r} there are {one.size} values every {one.step:.6g}, and windows "
                    f"of {by} of {other.size} samples every {other.step:.6g}; give what the max "
                    "pool read, and as many values as it gave."
                )
        rest = [axes.replaced(list(self.window), ()) for axes in inputs]
        whole = met(rest, str(self))
        return fine.replaced((), [whole.read_or_counted(d) for d in whole if d not in fine])

    def reaches(self, inputs: Sequence[Axes]) -> dict[str, tuple[float, float]]:
        """One sample of the values, less one of the result."""
        steps = {dim: abs(inputs[1].read_or_counted(dim).step) for dim in self.window}
        return {dim: ((by - 1) * steps[dim],) * 2 for dim, by in self.window.items()}

    def __call__(self, values: Sequence[xr.DataArray]) -> xr.DataArray:
        """Put the values where the maxima stood."""
        self.after([Axes.of(value) for value in values])
        coarse, fine = values
        if set(coarse.dims) != set(fine.dims):
            raise DimError(
                f"The values of {self} have the dims {coarse.dims}, and what the max pool read has "
                f"{fine.dims}; give both the same."
            )
        if np.iscomplexobj(fine):
            raise ParameterError(f"{self} looks for maxima, and complex values have no order.")
        windows = [self.window.get(str(dim), 1) for dim in fine.dims]
        out = fine.copy(data=_placed(coarse.transpose(*fine.dims), fine, windows))
        out.name, out.attrs = coarse.name, dict(coarse.attrs)
        return out

    def __str__(self) -> str:
        """Its name and its windows."""
        return f"MaxUnpool({', '.join(f'{dim}: {by}' for dim, by in self.window.items())})"


def _placed(coarse: xr.DataArray, fine: xr.DataArray, windows: Sequence[int]) -> Any:
    """Values at the places of the maxima, chunked where the arrays are."""
    given, read = (promoted(plain(each, each.dims)) for each in (coarse, fine))
    if not (is_chunked(coarse) or is_chunked(fine)):
        return _unpooled(given, read, windows)
    import dask.array as da

    along = [str(dim) for dim, by in zip(fine.dims, windows, strict=True) if by > 1]
    for each in (coarse, fine):
        require_one_chunk(each, along, "MaxUnpool")
    names = [(f"fine {dim}" if dim in along else dim) for dim in fine.dims]
    return da.blockwise(  # type: ignore[no-untyped-call]
        lambda one, other: _unpooled(one, other, windows),
        names,
        da.asarray(given),  # type: ignore[no-untyped-call]
        [(f"coarse {dim}" if dim in along else dim) for dim in fine.dims],
        da.asarray(read),  # type: ignore[no-untyped-call]
        names,
        concatenate=True,
        dtype=given.dtype,
        meta=np.empty((0,) * read.ndim, given.dtype),
    )


def _unpooled(given: np.ndarray, read: np.ndarray, windows: Sequence[int]) -> np.ndarray:
    """Values at the places of the maxima of abutting windows, zeros elsewhere."""
    rank = read.ndim
    whole = tuple(slice(0, n * by) for n, by in zip(given.shape, windows, strict=True))
    split = [each for pair in zip(given.shape, windows, strict=True) for each in pair]
    apart = read[whole].reshape(split).transpose(*range(0, 2 * rank, 2), *range(1, 2 * rank, 2))
    places = apart.reshape(*given.shape, -1).argmax(axis=-1)
    boxes = np.zeros((*given.shape, int(np.prod(windows))), dtype=given.dtype)
    np.put_along_axis(boxes, places[..., None], given[..., None], axis=-1)
    order = [each for k in range(rank) for each in (k, rank + k)]
    back = boxes.reshape(*given.shape, *windows).transpose(*order)
    out = np.zeros(read.shape, dtype=given.dtype)
    out[whole] = back.reshape([n * by for n, by in zip(given.shape, windows, strict=True)])
    return out
