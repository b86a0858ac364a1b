"""The base classes of functions of single samples.

They commute with whole-sample shifts. The nonlinear ones create new frequencies, which fold at the
given sampling rate, so they do not commute with fractions of a sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.errors import DtypeError
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.noise import noise_picture
from invarsig.operators.strides import every_sample

__all__ = ["PlainPointwise", "Pointwise", "of_reals"]


@dataclass(frozen=True)
class Pointwise(ArrayOperator):
    """A function of single samples: no core dims, no stride, no reach."""

    _keeps_plans = True

    linear = False

    @property
    def dims(self) -> tuple[str, ...]:
        """None: every dim is a batch dim."""
        return ()

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None


@dataclass(frozen=True)
class PlainPointwise(Pointwise):
    """A function of single samples that needs no parameters."""

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """White noise, and its modulus."""
        yield cls(), noise_picture(rng)
        yield cls(), abs(noise_picture(rng))


def of_reals(name: str, function: Callable[[np.ndarray], np.ndarray]) -> Plan:
    """Plan of a function that is defined for real samples only."""

    def kernel(values: np.ndarray) -> np.ndarray:
        if np.iscomplexobj(values):
            raise DtypeError(
                f"{name} needs real values, and these are complex; put a Modulus before it."
            )
        return function(values)

    return Plan((), (), kernel=kernel)
