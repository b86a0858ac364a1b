"""Global pooling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.errors import DtypeError, ParameterError
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field
from invarsig.operators.noise import noise_picture

__all__ = ["GlobalPool"]

Reduction = Literal["max", "mean", "sum"]


@dataclass(frozen=True)
class GlobalPool(ArrayOperator):
    """Global pooling: the largest value, the mean or the sum over whole dims, which are lost.

    Since the axis is gone, equivariance along it *is* invariance. NaN is propagated.

    Parameters
    ----------
    over
        Dims to pool over.
    kind
        "max", "mean" or "sum".

    Raises
    ------
    ParameterError
        If `kind` is unknown or no dim is given.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> float(GlobalPool("x", kind="max")(label([1.0, 3.0, 2.0], "x")))
    3.0

    References
    ----------
    Lin, Chen & Yan (2014), Network in network, arXiv:1312.4400.
    """

    over: str | tuple[str, ...] = dims_field()
    kind: Reduction = field(default="mean")

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "over", (self.over,) if isinstance(self.over, str) else tuple(self.over)
        )
        if not self.over:
            raise ParameterError("GlobalPool needs at least one dim to pool over.")
        if self.kind not in get_args(Reduction):
            raise ParameterError(
                f"kind={self.kind!r} is unknown; give one of {', '.join(get_args(Reduction))}."
            )

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether it is a mean or a sum."""
        return self.kind != "max"

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that are pooled over."""
        return tuple(self.over)

    def plan(self, axes: Axes) -> Plan:
        """Drop the axes."""
        last = tuple(range(-len(self.over), 0))

        def kernel(values: np.ndarray) -> np.ndarray:
            if self.kind == "max" and np.iscomplexobj(values):
                raise DtypeError(
                    "A maximum needs real values, and these are complex; put a Modulus before it."
                )
            reductions: dict[str, Any] = {"max": np.max, "mean": np.mean, "sum": np.sum}
            function = reductions[self.kind]
            return np.asarray(function(values, axis=last))

        pooled = tuple(axes.counted(dim) for dim in self.over)
        return Plan(pooled, (), kernel=kernel, taps=int(np.prod([axis.size for axis in pooled])))

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself: there is no stride to change."""
        return self

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Each kind, over one and two dims."""
        picture = noise_picture(rng)
        yield cls("x", kind="max"), picture
        yield cls(("y", "x"), kind="mean"), picture
        yield cls("y", kind="sum"), picture
