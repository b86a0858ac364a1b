"""Spatial pyramid pooling."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import AuxiliaryCoordinate, Axes, Axis
from invarsig.errors import AxisError, ParameterError
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.pooling.bins import Kind, Windows, pooled_bins
from invarsig.operators.strides import every_sample

__all__ = ["PyramidPool"]


@dataclass(frozen=True)
class PyramidPool(ArrayOperator):
    """Spatial pyramid pooling: bins of several sizes over whole dims, concatenated.

    A level of a bins places, along each dim of n samples, windows of ``ceil(n / a)`` samples
    ``floor(n / a)`` apart, the first at the first sample; over d dims there are ``a^d`` of them.
    The dims are lost, and the result has the same number of bins whatever their size. Where a does
    not divide n the last samples may be in no bin (`AdaptivePool` places windows that cover them
    all). NaN is propagated.

    Parameters
    ----------
    over
        Dims to pool over.
    levels
        Number of bins a along each dim, for each level.
    kind
        "max" or "mean".
    bin
        Name of the new dim.

    Returns
    -------
    xarray.DataArray
        With the dim `bin`: level by level, along the last dim of `over` first. Along it are the
        coordinates ``{bin}_level``, the number a, and for each lost dim the center of the window,
        under the name of that dim.

    Raises
    ------
    ParameterError
        If a level is not a whole number of at least 1, or `kind` is unknown.
    AxisError
        When an axis has fewer samples than a level has bins.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> y = PyramidPool("x", levels=(1, 2))(label([1.0, 5.0, 3.0, 2.0], "x"))
    >>> y.values.tolist(), y.x.values.tolist(), y.bin_level.values.tolist()
    ([5.0, 5.0, 3.0], [1.5, 0.5, 2.5], [1, 2, 2])

    References
    ----------
    He, Zhang, Ren & Sun (2014), Spatial pyramid pooling in deep convolutional networks,
    arXiv:1406.4729.
    """

    over: str | tuple[str, ...] = dims_field()
    levels: tuple[int, ...] = (1, 2, 4)
    kind: Kind = "max"
    bin: str = dims_field(default="bin")

    def __post_init__(self) -> None:
        over = (self.over,) if isinstance(self.over, str) else tuple(self.over)
        object.__setattr__(self, "over", over)
        if not over:
            raise ParameterError("PyramidPool needs at least one dim to pool over.")
        if self.bin in over:
            raise ParameterError(
                f"PyramidPool over {self.bin!r} makes a dim of that name anew; give bin= another "
                "name."
            )
        levels: Any = self.levels
        if not np.iterable(levels) or isinstance(levels, str) or not tuple(levels):
            raise ParameterError(
                f"levels={levels!r} gives no level; give them as levels=(1, 2, 4)."
            )
        given = tuple(parameters.count(level, "The number of bins of a level") for level in levels)
        object.__setattr__(self, "levels", given)
        parameters.one_of("kind", self.kind, Kind)

    @property
    def homogeneity(self) -> float:
        """1: means and maxima scale with the samples."""
        return 1

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether it takes means."""
        return self.kind == "mean"

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that are pooled over."""
        return tuple(self.over)

    def plan(self, axes: Axes) -> Plan:
        """Replace the axes by one of bins."""
        pooled = tuple(axes[dim] for dim in self.over)
        windows = [[_windows(axis, level) for axis in pooled] for level in self.levels]
        rank = len(pooled)
        boxes = [box for level in windows for box in product(*level)]

        def kernel(values: np.ndarray) -> np.ndarray:
            batch = values.shape[: values.ndim - rank]
            parts = [pooled_bins(values, self.kind, level, "A max pool") for level in windows]
            return np.concatenate([part.reshape(*batch, -1) for part in parts], axis=-1)

        return Plan(
            pooled,
            (Axis(self.bin, size=len(boxes)),),
            kernel=kernel,
            coords=self._coords(pooled, boxes),
            operations=sum(math.prod(stop - start for start, stop in box) for box in boxes),
        )

    def _coords(
        self, pooled: tuple[Axis, ...], boxes: list[tuple[tuple[int, int], ...]]
    ) -> dict[str, AuxiliaryCoordinate]:
        """Level and place of each bin."""
        rank = len(pooled)
        levels = np.repeat(self.levels, [level**rank for level in self.levels])
        coords: dict[str, AuxiliaryCoordinate] = {f"{self.bin}_level": ((self.bin,), levels, {})}
        for number, axis in enumerate(pooled):
            centers = [sum(box[number]) / 2 - 0.5 for box in boxes]
            places = [axis.strided(1, size=1, offset=center).coordinate() for center in centers]
            attrs = {
                key: value
                for key, value in replace(axis, size=2).attrs().items()
                if key in ("units", "scale")
            }
            coords[axis.dim] = ((self.bin,), np.concatenate(places), attrs)
        return coords

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Over one and two dims, of sizes that the levels divide and others."""
        picture = noise_picture(rng)
        yield cls("x"), picture
        yield cls(("y", "x"), levels=(1, 2, 3), kind="mean"), picture
        yield cls(("x", "y"), levels=(5, 1)), picture.isel(x=slice(0, 23))
        volume = noise_picture(rng, {"z": 4, "y": 6, "x": 8})
        yield cls(("z", "y", "x"), levels=(1, 3)), volume


def _windows(axis: Axis, bins: int) -> Windows:
    """Where the windows of a level start and stop."""
    size = axis.size
    if size < bins:
        raise AxisError(
            f"A level of {bins} bins needs at least as many samples, and {axis.dim!r} has {size}; "
            "leave that level out."
        )
    width, step = -(-size // bins), size // bins
    return [(i * step, i * step + width) for i in range(bins)]
