"""What every action is: a family of moves, with an identity and an inverse.

An action has *required* dims, which a signal must have, and *induced* dims, on which it
acts where they are there (orientation, scale, log-frequency). A dim that a result has lost
is acted on by the identity: that is how invariance becomes a case of equivariance.
"""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping
from typing import Self

import numpy as np
import xarray as xr

from invarsig.axes import require_dims, require_labels
from invarsig.errors import AxisError

__all__ = ["Action"]


class Action(abc.ABC):
    """A one-parameter family of moves of labelled arrays.

    ``action(x)`` moves a signal, ``action.on_output(y)`` does the same to a result that may
    have lost some of its dims. ``action.at(0)`` is the identity, ``action.at(-1)`` the inverse.
    """

    @property
    @abc.abstractmethod
    def required(self) -> tuple[str, ...]:
        """Dims that a signal must have to be moved."""

    @property
    @abc.abstractmethod
    def induced(self) -> tuple[str, ...]:
        """Dims that are moved along as well where a signal has them."""

    @abc.abstractmethod
    def at(self, t: float) -> Self:
        """Give the same move, `t` times as far."""

    @abc.abstractmethod
    def renamed(self, names: Mapping[str, str]) -> Self:
        """Give the same move along renamed dims."""

    @abc.abstractmethod
    def rescaled(self, factors: Mapping[str, float]) -> Self:
        """Give the same move where the unit along a dim got `factors` times smaller."""

    @abc.abstractmethod
    def _act(self, x: xr.DataArray) -> xr.DataArray:
        """Move `x` along those dims of the action that it has."""

    @classmethod
    @abc.abstractmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Action, xr.DataArray]]:
        """Give pairs of an action and an input that it is meant for."""

    def __call__(self, x: xr.DataArray) -> xr.DataArray:
        """Move a signal; all required dims must be there."""
        require_labels(x, f"{self}")
        if x.size == 0:
            raise AxisError(
                f"The array is empty (sizes {dict(x.sizes)}): there is nothing to move."
            )
        require_dims(x, self.required, f"{self}")
        return self._act(x)

    def on_output(self, y: xr.DataArray) -> xr.DataArray:
        """Move a result: a dim that it has lost is acted on by the identity."""
        return self._act(y)
