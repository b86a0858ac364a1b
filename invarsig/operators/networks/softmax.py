"""Softmax over a dim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.pooling.window_pool import require_real
from invarsig.operators.strides import every_sample

__all__ = ["Softmax"]


@dataclass(frozen=True)
class Softmax(ArrayOperator):
    """Softmax over whole dims: ``y[c] = exp(x[c]) / sum_k exp(x[k])``. NaN is propagated.

    All entries are treated alike, so it commutes with every permutation of them. Over channels it
    is a function of each place, which creates new frequencies. Causes of an error are read before
    it, on the logits: on probabilities a share of the error says little.

    Parameters
    ----------
    over
        Dims along which the results add up to 1, together.

    Raises
    ------
    ParameterError
        If no dim is given.
    DtypeError
        When it is applied to complex values.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import label
    >>> Softmax("channel")(label([0.0, np.log(3.0)], "channel")).values.round(12).tolist()
    [0.25, 0.75]

    References
    ----------
    Bridle (1990), Probabilistic interpretation of feedforward classification network outputs,
    doi:10.1007/978-3-642-76153-9_28.
    """

    over: str | tuple[str, ...] = dims_field(default=("channel",))

    linear = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "over", parameters.dims_once(self.over, "Softmax is over"))

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims along which the results add up to 1."""
        return tuple(self.over)

    def result_unit(self, unit: str) -> str:
        """Plain numbers, of plain numbers."""
        return "1"

    def plan(self, axes: Axes) -> Plan:
        """Keep the axes; each output depends on all of them."""
        whole = tuple(axes.read_or_counted(dim) for dim in self.over)
        placed = [dim for dim in self.over if axes.placed(dim)]
        last = tuple(range(-len(whole), 0))

        def kernel(values: np.ndarray) -> np.ndarray:
            require_real(values, "Softmax")
            away = values - values.max(axis=last, keepdims=True)
            powers = np.exp(away, out=away)
            return np.asarray(powers / powers.sum(axis=last, keepdims=True))

        def by_tree(values: Any) -> Any:
            require_real(values, "Softmax")
            powers = np.exp(values - values.max(axis=last, keepdims=True))
            return powers / powers.sum(axis=last, keepdims=True)

        return Plan(
            whole,
            whole,
            dict.fromkeys(placed, 1),
            dict.fromkeys(placed, (np.inf, np.inf)),
            kernel,
            taps=2,  # an exponential and a quotient
            shared=frozenset(self.over),
            by_tree=by_tree,
        )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Over channels, over places, over all."""
        picture = noise_picture(rng)
        yield cls("channel"), picture
        yield cls(("y", "x")), picture
        yield cls(("channel", "y", "x")), picture
