"""The mean of an operator over moved versions of its input."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Action, Rotate, Translate
from invarsig.axes import difference, plain, same_coordinate
from invarsig.compose.moved import MovedInput
from invarsig.errors import InvarsigError, ParameterError
from invarsig.operators.base import Operator, require_operator
from invarsig.operators.fields import parts_field
from invarsig.operators.noise import noise_picture

__all__ = ["OrbitMean", "orbit_mean"]


@dataclass(frozen=True)
class OrbitMean(MovedInput):
    """Mean over an orbit: ``f̄(x) = (1/n) sum_k g_k⁻¹ f(g_k x)``.

    With ``back=True``, the default, it makes an operator equivariant; with ``back=False``,
    ``f̄(x) = (1/n) sum_k f(g_k x)``, invariant: test-time augmentation.

    Where the moves form a whole group (all shifts of a periodic axis by whole samples, four quarter
    turns) f̄ is equivariant to it, whatever f is: a move h maps the sum to itself, in another
    order. Where f has lost the dims that are moved along, moving back is the identity and f̄ is
    invariant. Without moving back it is invariant in any case. Over part of a group, such as three
    small shifts, it is neither. It costs as much as n times f.

    Parameters
    ----------
    body
        Operator or pipeline f.
    actions
        The moves g_k.
    back
        Whether results are moved back before they are averaged: True for a map; False for what must
        stay the same however the input is moved.

    Raises
    ------
    ParameterError
        If there are no moves, or the results of f do not stand on one grid.
    DimError
        If the input lacks a dim that is moved along.

    Notes
    -----
    Means over several kinds of moves nest: ``OrbitMean(OrbitMean(f, turns), shifts)``. The reach is
    infinite along the dims of the moves.

    It is exact where the moves are exact on the result. Those of f with a stride move by fractions
    of their own samples. There all phases of the stride form a whole group, and a result of odd
    size is exact; a real one of even size is wrong in its Nyquist bin, which cannot be moved that
    way (of 64 samples of white noise, decimated by 4, 14 % are left of 140 %).

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([4.0, 0.0, 2.0, 0.0], iv.Axis("x", period=4.0))
    >>> peak = iv.Subsample(stride={"x": 2}) >> iv.GlobalPool("x", kind="max")
    >>> mean = OrbitMean(peak, (iv.Translate(x=0), iv.Translate(x=1)))
    >>> float(peak(x)), float(peak(iv.Translate(x=1)(x)))
    (4.0, 0.0)
    >>> float(mean(x)), float(mean(iv.Translate(x=1)(x)))
    (2.0, 2.0)

    Moved back, results follow the input; not moved back, they stay:

    >>> moves, one = tuple(iv.Translate(x=k) for k in range(4)), iv.Translate(x=1)
    >>> ramp = iv.Apply(lambda a: a * np.arange(4.0))
    >>> ramp(x).values.tolist(), ramp(one(x)).values.tolist()
    ([0.0, 0.0, 4.0, 0.0], [0.0, 4.0, 0.0, 6.0])
    >>> equivariant, invariant = OrbitMean(ramp, moves), OrbitMean(ramp, moves, back=False)
    >>> equivariant(x).values.tolist(), equivariant(one(x)).values.tolist()
    ([6.0, 0.0, 3.0, 0.0], [0.0, 6.0, 0.0, 3.0])
    >>> invariant(x).values.tolist() == invariant(one(x)).values.tolist()
    True

    References
    ----------
    Yarotsky (2018), Universal approximations of invariant maps by neural networks,
    arXiv:1804.10306, on means over a group; Krizhevsky, Sutskever & Hinton (2012), ImageNet
    classification with deep convolutional neural networks, on averaging over moved inputs.
    """

    body: Operator
    actions: tuple[Action, ...] = parts_field()
    back: bool = True

    def __post_init__(self) -> None:
        require_operator(self.body)
        given = self.actions
        if isinstance(given, Action) or not isinstance(given, Iterable):
            raise ParameterError(
                f"actions={given!r} is not a sequence of actions; orbit_mean(op, action, count=n) "
                "makes one of a single action."
            )
        object.__setattr__(self, "actions", tuple(given))
        if not self.actions:
            raise ParameterError("There are no moves to average over; give at least one action.")
        for action in self.actions:
            if not isinstance(action, Action):
                raise ParameterError(
                    f"{action!r} is not an action; give one such as Translate(x=1)."
                )

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether the body is linear, as all moves are."""
        return self.body.linear

    @property
    def absolute(self) -> bool:  # type: ignore[override]
        """Whether a move refers to a position, as a rotation does to its center."""
        return not all(isinstance(action, Translate) for action in self.actions)

    @property
    def _moved(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(dim for each in self.actions for dim in each.required))

    @property
    def _runs(self) -> int:
        return len(self.actions)

    @property
    def _along(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(dim for each in self.actions for dim in each.induced))

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        total: xr.DataArray | None = None
        for action in self.actions:
            y = self.body(action(x))
            y = action.at(-1).on_output(y) if self.back else y
            total = y if total is None else _added(self, total, y)
        assert total is not None
        return total.copy(data=plain(total, total.dims) / len(self.actions))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Over all shifts of a stride, moved back and not, and over quarter turns."""
        from invarsig.operators.banks.convolve import Convolve
        from invarsig.operators.pooling.global_pool import GlobalPool
        from invarsig.operators.pooling.max_pool import MaxPool

        picture = noise_picture(rng)
        shifts = tuple(Translate(x=0.5 * k) for k in range(4))
        yield cls(MaxPool(window={"x": 4}), shifts), picture
        yield cls(MaxPool(window={"x": 4}), shifts, back=False), picture
        yield cls(MaxPool(window={"x": 4}) >> GlobalPool("x"), shifts), picture
        taps = xr.DataArray(rng.standard_normal((3, 3)), dims=("y", "x"))
        turns = tuple(Rotate(k * math.pi / 2, {"y": 2.0, "x": 2.0}) for k in range(4))
        yield cls(Convolve(taps), turns), noise_picture(rng, {"y": 12, "x": 12})


def _added(mean: OrbitMean, one: xr.DataArray, other: xr.DataArray) -> xr.DataArray:
    """Sum of two results on the same grid, without the coordinates in which they differ."""
    try:
        total = difference(one, other.copy(data=-plain(other, other.dims)))
    except InvarsigError as error:
        raise ParameterError(f"The results of {mean} cannot be averaged. {error}") from error
    own = [
        name
        for name, coordinate in one.coords.items()
        if name not in one.dims
        and not (
            name in other.coords
            and same_coordinate(coordinate.variable, other.coords[name].variable)
        )
    ]
    return total.drop_vars(own)


def orbit_mean(
    op: Operator,
    actions: Action | Iterable[Action],
    *,
    count: int | None = None,
    back: bool = True,
) -> OrbitMean:
    """Average an operator over an orbit of its input: ``(1/n) sum_k g_k⁻¹ op(g_k x)``.

    With ``back=True``, the default, an equivariant operator; with ``back=False``,
    ``(1/n) sum_k op(g_k x)``, an invariant one: test-time augmentation.

    Parameters
    ----------
    op
        Operator or pipeline.
    actions
        The moves; or one, which is done 0 to `count` - 1 times.
    count
        How many moves there are, if one is given.
    back
        Whether results are moved back before they are averaged: True for an equivariant operator,
        False for an invariant one.

    Returns
    -------
    OrbitMean
        An operator.

    Raises
    ------
    ParameterError
        If there is a count and no single action, or vice versa.

    Examples
    --------
    >>> import math
    >>> import invarsig as iv
    >>> ring = [iv.Axis("y", period=4.0), iv.Axis("x", period=4.0)]
    >>> x = iv.label([[1.0, 2, 0, 0], [0, 3, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], *ring)
    >>> across = iv.Convolve(iv.label([[-1.0, 0.0, 1.0]], "y", "x")) >> iv.Relu()
    >>> quarter = iv.Rotate(math.pi / 2, {"y": 0.0, "x": 0.0})
    >>> float(iv.equivariance_error(across, x, quarter)) > 0.5
    True
    >>> float(iv.equivariance_error(orbit_mean(across, quarter, count=4), x, quarter)) < 1e-15
    True
    >>> augmented = orbit_mean(across, quarter, count=4, back=False)
    >>> float(iv.invariance_error(augmented, x, quarter)) < 1e-15
    True
    """
    if isinstance(actions, Action):
        if count is None:
            raise ParameterError(
                f"One action, {actions!r}, needs count=, the number of its moves: 0 times to "
                "count - 1 times."
            )
        number = parameters.count(count, "count")
        return OrbitMean(op, tuple(actions.at(k) for k in range(number)), back)
    if count is not None:
        raise ParameterError("count= is for one action; several are already counted.")
    return OrbitMean(op, tuple(actions), back)
