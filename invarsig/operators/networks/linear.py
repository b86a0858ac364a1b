"""Linear layers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, promoted
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.kernels.nonfinite import keeping_nonfinite
from invarsig.operators.banks.channels import channels_of_weights
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field, mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.strides import every_sample

__all__ = ["Linear"]


@dataclass(frozen=True, eq=False)
class Linear(ArrayOperator):
    """Linear layer: ``y[o] = sum_c w[o, c] x[c]``, the same at every place.

    Over channels it mixes them at each place apart, and commutes with every move of the places.
    Over the places themselves it is a fully connected layer: each place has a weight of its own, so
    position passes into the result. A bias that follows is `PositionAffine` with an offset.

    Parameters
    ----------
    weights
        Over the dims of `over`, and over new ones, which take their place.
    over
        Dims of `weights` and of the input that are summed over.

    Returns
    -------
    xarray.DataArray
        Over the new dims, with the coordinates of the weights, in place of the old ones.

    Raises
    ------
    DimError
        If the weights or the input lack a dim of `over`.
    AxisError
        If the input has another number of samples there than the weights.

    Examples
    --------
    >>> import xarray as xr
    >>> from invarsig.axes import label
    >>> luma = xr.DataArray([[0.299, 0.587, 0.114]], dims=("out", "channel"))
    >>> red = label([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]], "channel", "x")
    >>> Linear(luma, over="channel")(red).values.tolist()
    [[0.299, 0.0]]

    References
    ----------
    Lin, Chen & Yan (2014), Network in network, arXiv:1312.4400, over channels; Rumelhart, Hinton &
    Williams (1986), doi:10.1038/323533a0.
    """

    weights: xr.DataArray = mapping_field()
    over: str | tuple[str, ...] = dims_field(default=("channel",))

    linear = True

    def __post_init__(self) -> None:
        if not isinstance(self.weights, xr.DataArray):
            raise ParameterError(
                "weights must be an xarray.DataArray over new dims and those summed over, such as "
                "('out', 'channel')."
            )
        object.__setattr__(self, "over", parameters.dims_once(self.over, "Linear sums over"))
        for dim in self.over:
            if dim not in self.weights.dims:
                raise DimError(f"The weights have no dim {dim!r}; they span {self.weights.dims}.")
        if self.weights.size == 0:
            raise ParameterError(f"The weights are empty: sizes {dict(self.weights.sizes)}.")

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that are summed over."""
        return tuple(self.over)

    def plan(self, axes: Axes) -> Plan:
        """Put the new dims in the place of those that are summed over."""
        summed = [axes.counted(dim) for dim in self.over]
        for axis in summed:
            if axis.size != self.weights.sizes[axis.dim]:
                raise AxisError(
                    f"The weights are for {self.weights.sizes[axis.dim]} samples over "
                    f"{axis.dim!r}, and the input has {axis.size}."
                )
        new = [str(dim) for dim in self.weights.dims if dim not in self.over]
        weights = promoted(self.weights.transpose(*new, *self.over).to_numpy())
        made, coords = channels_of_weights(self.weights, new)

        def kernel(values: np.ndarray) -> np.ndarray:
            return _mixed(values, weights, len(summed))

        return Plan(
            tuple(summed), made, kernel=kernel, coords=coords, operations=float(weights.size)
        )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Over channels, over channels and places, to a single number, with complex weights."""
        picture = noise_picture(rng)
        channels = xr.DataArray(
            rng.standard_normal((3, 2)), dims=("out", "channel"), coords={"out": list("abc")}
        )
        yield cls(channels), picture
        yield cls(channels * np.exp(1j)), picture
        sizes = tuple(picture.sizes[dim] for dim in ("channel", "y", "x"))
        whole = xr.DataArray(rng.standard_normal((4, *sizes)), dims=("out", "channel", "y", "x"))
        yield cls(whole, ("channel", "y", "x")), picture
        yield cls(whole.isel(out=0), ("channel", "y", "x")), picture


def _mixed(values: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """Sum ``(*new, *summed)`` with ``(*batch, *summed)`` over the last axes of both."""
    batch, new = values.shape[: values.ndim - count], weights.shape[: weights.ndim - count]
    flat = weights.reshape(math.prod(new), -1)
    kind = np.complex64 if np.iscomplexobj(weights) else np.float32
    flat = flat.astype(np.result_type(values.dtype, kind), copy=False)
    rows = values.reshape(math.prod(batch), -1)
    sums = keeping_nonfinite(lambda some, by: some @ by.T, rows, flat)
    return np.asarray(sums).reshape((*batch, *new))
