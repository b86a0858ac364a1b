"""Filters whose weights are not shared: different taps at each position."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from invarsig.axes import Axes, promoted
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.strides import every_sample
from invarsig.operators.windows import (
    Border,
    BoundaryChoice,
    border_along,
    check_boundary,
    extended,
    linear_but_for_the_border,
    spans_of,
)

__all__ = ["LocallyConnected"]


@dataclass(frozen=True, eq=False)
class LocallyConnected(ArrayOperator):
    """An unshared filter: ``y[n] = sum_k w[n, k] x[n - k]``, different taps at each position.

    The counter-example that shows what weight sharing achieves: it does not commute with
    translation, and folding does not explain why.

    Parameters
    ----------
    weights
        Taps over the dims that they span and, for each such dim ``d``, a dim ``{d}_tap``.
    boundary
        As for `Convolve`, without "valid"; by default periodic where the axis is
        and zero elsewhere.

    Raises
    ------
    AxisError
        If the weights do not have as many positions as the input has samples.

    Examples
    --------
    >>> import xarray as xr
    >>> from invarsig.axes import Axis, label
    >>> weights = xr.DataArray([[1.0], [2.0], [3.0]], dims=("x", "x_tap"))
    >>> LocallyConnected(weights)(label([1.0, 1.0, 1.0], Axis("x", period=3.0))).values.tolist()
    [1.0, 2.0, 3.0]

    References
    ----------
    Gregor & LeCun (2010), Emergence of complex-like cells in a temporal product network with
    local receptive fields, arXiv:1006.0448.
    """

    weights: xr.DataArray = mapping_field()
    boundary: BoundaryChoice = mapping_field(default=None)

    linear: ClassVar[bool] = linear_but_for_the_border()

    def __post_init__(self) -> None:
        check_boundary(self.boundary)
        if not isinstance(self.weights, xr.DataArray):
            raise ParameterError(
                "weights must be an xarray.DataArray over dims and their taps, such as ('x', "
                "'x_tap')."
            )
        dims = [str(dim) for dim in self.weights.dims]
        lone = [dim for dim in self.dims if f"{dim}_tap" not in dims]
        if lone or not self.dims:
            raise DimError(
                f"The weights span {', '.join(map(repr, dims))}; for each dim d they need a dim "
                "'d_tap'."
            )

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that have taps."""
        return tuple(str(dim) for dim in self.weights.dims if not str(dim).endswith("_tap"))

    def plan(self, axes: Axes) -> Plan:
        """Place the taps along their axes."""
        windows = {dim: self.weights.sizes[f"{dim}_tap"] for dim in self.dims}
        given = dict(self.boundary) if isinstance(self.boundary, Mapping) else {}
        ring: dict[str, Border] = {**given}
        for dim in self.dims:
            usual = "periodic" if axes[dim].periodic else "zero"
            ring[dim] = border_along(self.boundary, dim) or usual
        centered = {dim: (window - 1) // 2 for dim, window in windows.items()}
        spans = spans_of(axes, windows, {}, ring, centered)
        for span in spans:
            if self.weights.sizes[span.axis.dim] != span.size:
                raise AxisError(
                    f"The weights have {self.weights.sizes[span.axis.dim]} positions along "
                    f"{span.axis.dim!r}, and the result {span.size}."
                )
        taps = promoted(
            self.weights.transpose(*self.dims, *(f"{dim}_tap" for dim in self.dims)).to_numpy()
        )

        def kernel(values: np.ndarray) -> np.ndarray:
            wide = extended(values, spans)
            sizes = [span.size for span in spans]
            out = np.zeros(
                (*values.shape[: values.ndim - len(spans)], *sizes), np.result_type(values, taps)
            )
            for place in np.ndindex(*windows.values()):
                starts = [w - 1 - k for w, k in zip(windows.values(), place, strict=True)]
                keep: list[Any] = [slice(a, a + n) for a, n in zip(starts, sizes, strict=True)]
                out += taps[(..., *place)] * wide[(..., *keep)]
            return out

        return Plan(
            tuple(span.axis for span in spans),
            tuple(span.out_axis for span in spans),
            {span.axis.dim: 1 for span in spans},
            {span.axis.dim: span.reach for span in spans},
            kernel,
            taps=math.prod(windows.values()),
        )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Different taps at each column."""
        weights = xr.DataArray(rng.standard_normal((24, 3)), dims=("x", "x_tap"))
        yield cls(weights), noise_picture(rng)
