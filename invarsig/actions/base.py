"""The base class of actions: a family of moves, with an identity and an inverse.

An action has *required* dims, which a signal must have, and *induced* dims, on which it acts where
they are present (orientation, scale, log-frequency). A dim that a result has lost is acted on by
the identity: that is how invariance becomes a case of equivariance.

What comes from beyond the ends of a signal is not *known*: an action says which samples of its
result are known. An action that interpolates has a *floor*: the error of moving there and back,
where the signal is known.
"""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Self, final

import numpy as np
import xarray as xr

from invarsig.axes import (
    Length,
    Parametrized,
    axis_of,
    fields_of,
    is_chunked,
    kept_attrs,
    lengths_along,
    on_blocks,
    promoted,
    require_dims,
    require_labels,
    through_quantities,
)
from invarsig.errors import AxisError

__all__ = ["Action"]


class Action(Parametrized, abc.ABC):
    """A one-parameter family of moves of labeled arrays.

    ``action(x)`` moves a signal, ``action.on_output(y)`` does the same to a result that may
    have lost some of its dims. ``action.at(0)`` is the identity, ``action.at(-1)`` the inverse.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([1.0, 2.0, 3.0, 4.0], iv.Axis("x", period=4.0))
    >>> move = iv.Translate(x=1)
    >>> move.at(-1)(move(x)).values.tolist(), move.required
    ([1.0, 2.0, 3.0, 4.0], ('x',))
    >>> move.on_output(iv.label([5.0], "y")).values.tolist()  # it has lost x
    [5.0]
    """

    group: ClassVar[bool] = True
    """Whether moves add up: ``at(a)`` after ``at(b)`` is ``at(a + b)``."""

    continuous: ClassVar[bool] = True
    """Whether it can be done in part: whether ``at(t)`` is defined for every t."""

    accuracy: ClassVar[float] = 1e-9
    """Upper bound of the floor on its examples: how far the laws of actions may be off."""

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

    @abc.abstractmethod
    def _known(self, x: xr.DataArray, given: xr.DataArray) -> xr.DataArray:
        """Which samples of ``_act(x)`` rest on samples of `x` that are `given`, and no others.

        `given` is boolean, over some of the dims of `x` (over none: all or nothing is given), and
        so is the result, over any of them. An axis that the action wraps has no ends.
        """

    @classmethod
    @abc.abstractmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Action, xr.DataArray]]:
        """Give pairs of an action and an input that it suits."""

    def on(self, x: xr.DataArray) -> Self:
        """Give the same move, with lengths in the units of the axes of `x`.

        Lengths that have a unit of their own ("10 ms") become plain numbers along the dims that `x`
        has. Whatever compares a signal with a result does this first, with the signal.

        Raises
        ------
        AxisError
            If a unit does not fit the axis.

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([1.0, 2.0, 3.0], iv.Axis("time", step=0.01, unit="s"))
        >>> iv.Translate(time="20 ms").on(x)
        Translate(time=0.02)
        """
        changed: dict[str, Any] = {}
        for each in fields_of(self):
            value = getattr(self, each.name)
            if isinstance(value, Mapping) and any(isinstance(v, Length) for v in value.values()):
                axes = {dim: axis_of(x, dim) for dim in value if dim in x.dims}
                changed[each.name] = lengths_along(value, axes)
        return replace(self, **changed) if changed else self  # type: ignore[type-var]

    def __call__(self, x: xr.DataArray) -> xr.DataArray:
        """Move a signal; all required dims must be there."""
        require_labels(x, f"{self}")
        if x.size == 0:
            raise AxisError(
                f"The array is empty (sizes {dict(x.sizes)}): there is nothing to move."
            )
        require_dims(x, self.required, f"{self}")
        return kept_attrs(through_quantities(self.on(x)._moved, x))

    def on_output(self, y: xr.DataArray) -> xr.DataArray:
        """Move a result: a dim that it has lost is acted on by the identity."""
        return kept_attrs(through_quantities(self.on(y)._moved, y))

    def _moved(self, x: xr.DataArray) -> xr.DataArray:
        """Move `x`: a chunked array block by block, each with the whole of the dims that move."""
        if not is_chunked(x):
            return self._act(x)
        return on_blocks(self._act, x, (*self.required, *self.induced), f"{self}")

    @final
    def known(self, x: xr.DataArray, given: xr.DataArray | None = None) -> xr.DataArray:
        """Say which samples of ``on_output(x)`` are known: made of samples inside `x` alone.

        Parameters
        ----------
        x
            What is moved: a signal or a result.
        given
            Boolean, over some dims of `x`: which of its own samples are known. All by default.

        Returns
        -------
        xarray.DataArray
            Boolean, over those dims of `x` that it depends on, in their order.

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([1.0, 2.0, 3.0, 4.0], iv.Axis("time", unit="s"))
        >>> iv.Translate(time=1.0).known(x).values.tolist()
        [False, True, True, True]
        """
        require_labels(x, f"{self}")
        # Labels are left out: masks are joined by position.
        own = xr.DataArray(True) if given is None else xr.DataArray(given.variable)
        mask = self.on(x)._known(x, own)
        return mask.transpose(*(dim for dim in x.dims if dim in mask.dims))

    @final
    def floor(self, x: xr.DataArray) -> float:
        """Measure what going there and back costs: ``||g⁻¹ g x - x|| / ||x||``, where known.

        0 where the action only moves samples; NaN where nothing is known after both ways, or `x`
        has no energy there.

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([1.0, 2.0, 3.0, 4.0], iv.Axis("time", unit="s"))
        >>> iv.Translate(time=1.0).floor(x)
        0.0
        """
        forth = self.on(x)
        back = forth.at(-1)
        there = forth.on_output(x)
        mask = back.known(there, self.known(x))
        again = back.on_output(there).transpose(*x.dims).to_numpy()
        shape = [x.sizes[dim] if dim in mask.dims else 1 for dim in x.dims]
        where = np.broadcast_to(mask.to_numpy().reshape(shape), x.shape)
        before = promoted(x.to_numpy())
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            off = np.sum(np.abs(again[where] - before[where]) ** 2, dtype=np.float64)
            whole = np.sum(np.abs(before[where]) ** 2, dtype=np.float64)
            return float(np.sqrt(off / whole))
