"""Global pooling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.kernels.windows import SMALL_POWER, power_mean, power_mean_by_tree
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.pooling.window_pool import require_real
from invarsig.operators.strides import every_sample

__all__ = ["GlobalPool"]

Reduction = Literal["max", "mean", "sum", "lp", "median"]


@dataclass(frozen=True)
class GlobalPool(ArrayOperator):
    """Global pooling: the largest value, the mean, or another reduction over whole dims.

    ``y = max x, mean x, sum x, (mean |x|^P)^(1/P)`` or ``median x`` over dims that are then lost.
    Since the axis is gone, equivariance along it *is* invariance. NaN is propagated.

    Parameters
    ----------
    over
        Dims to pool over.
    kind
        "max", "mean", "sum", "lp" or "median".
    power
        The exponent P of the kind "lp", above 0.

    Raises
    ------
    ParameterError
        If `kind` is unknown, no dim is given, or the power is not above 0.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> float(GlobalPool("x", kind="max")(label([1.0, 3.0, 2.0], "x")))
    3.0
    >>> float(GlobalPool("x", kind="lp", power=2)(label([7.0, -1.0], "x")))
    5.0

    References
    ----------
    Lin, Chen & Yan (2014), Network in network, arXiv:1312.4400.
    """

    over: str | tuple[str, ...] = dims_field()
    kind: Reduction = field(default="mean")
    power: float = 2.0

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "over", (self.over,) if isinstance(self.over, str) else tuple(self.over)
        )
        if not self.over:
            raise ParameterError("GlobalPool needs at least one dim to pool over.")
        parameters.one_of("kind", self.kind, Reduction)
        object.__setattr__(self, "power", parameters.positives(self.power, "power")[0])

    @property
    def homogeneity(self) -> float:
        """1: every reduction scales with the samples."""
        return 1

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether it is a mean or a sum."""
        return self.kind in ("mean", "sum")

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that are pooled over."""
        return tuple(self.over)

    def plan(self, axes: Axes) -> Plan:
        """Drop the axes."""
        pooled = tuple(axes.counted(dim) for dim in self.over)
        return Plan(
            pooled,
            (),
            kernel=self._reduced,
            taps=int(np.prod([axis.size for axis in pooled])),
            by_tree=self._reduced_by_tree if self._has_tree else None,
        )

    @property
    def _has_tree(self) -> bool:
        """Whether partial results can be put together: those of a median cannot."""
        return self.kind != "median" and (self.kind != "lp" or self.power >= SMALL_POWER)

    def _reduced_by_tree(self, values: Any) -> Any:
        """The same of a dask array."""
        last = tuple(range(values.ndim - len(self.over), values.ndim))
        if self.kind == "lp":
            return power_mean_by_tree(np.abs(values), last, self.power)
        if self.kind == "max":
            require_real(values, "A global max")
        return getattr(values, self.kind)(axis=last)

    def _reduced(self, values: np.ndarray) -> np.ndarray:
        last = tuple(range(-len(self.over), 0))
        if self.kind in ("max", "median"):
            require_real(values, f"A global {self.kind}")
            function = np.max if self.kind == "max" else np.median
            return np.asarray(function(values, axis=last))
        if self.kind == "lp":
            lines = np.abs(values).reshape(*values.shape[: values.ndim - len(last)], -1)
            return power_mean(lines, self.power)
        return np.asarray(np.mean(values, axis=last) if self.kind == "mean" else values.sum(last))

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Each kind, over one and two dims."""
        picture = noise_picture(rng)
        yield cls("x", kind="max"), picture
        yield cls(("y", "x"), kind="mean"), picture
        yield cls("y", kind="sum"), picture
        yield cls(("x", "y"), kind="lp", power=3.0), picture
        yield cls("x", kind="median"), picture
        volume = noise_picture(rng, {"z": 4, "y": 6, "x": 8})
        yield cls(("z", "y", "x"), kind="lp"), volume
