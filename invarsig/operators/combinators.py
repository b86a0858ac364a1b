"""Operators made of operators: in parallel, with a skip connection, at several rates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from invarsig.axes import (
    Axes,
    Axis,
    Parametrized,
    center_frequency_name,
    plain,
    promoted,
    require_same_grid,
    same_coordinate,
)
from invarsig.errors import AxisError, DimError, InvarsigError, ParameterError
from invarsig.operators.base import Operator, Plan
from invarsig.operators.fields import dims_field
from invarsig.operators.leaves import tree_of
from invarsig.operators.noise import noise_picture
from invarsig.operators.pipeline import Pipeline, listed
from invarsig.operators.rates import Rates, lcm_of
from invarsig.operators.strides import every_sample
from invarsig.operators.units import attrs_in_common

__all__ = ["Levels", "Parallel", "Residual", "Sum"]


def _same_grid(operator: str, parts: Sequence[xr.DataArray]) -> list[np.ndarray]:
    """Values of results on one grid, in the dimension order of the first."""
    first = parts[0]
    for part in parts[1:]:
        try:
            require_same_grid(first, part)
        except InvarsigError as error:
            raise type(error)(f"The branches of {operator} do not fit together. {error}") from error
    return [promoted(plain(part, first.dims)) for part in parts]


def _joint_plan(branches: Sequence[Operator], axes: Axes) -> Plan:
    """Plan of parallel operators: the axes of the first, the widest reach, the work of all."""
    plans = [Pipeline((branch,)).plan(axes) for branch in branches]
    used: dict[str, Axis] = {}
    for plan in plans:
        for axis in plan.in_axes:
            used.setdefault(axis.dim, axis)
    for plan in plans[1:]:
        for dim in {*plans[0].stride, *plan.stride}:
            one, other = plans[0].stride.get(dim, 1), plan.stride.get(dim, 1)
            if one != other:
                raise AxisError(
                    f"The branches do not fit together: along {dim!r} one has a stride of {one} "
                    f"and another of {other}; give them the same."
                )
    after = plans[-1].after(axes)
    out = tuple(after[dim] for dim in after if dim in used or dim not in axes)
    stride = {dim: by for plan in plans for dim, by in plan.stride.items()}
    # Along a lost dim each branch may have its own stride; all move by whole samples at their
    # common multiples.
    lost_stride = {
        dim: lcm_of(plan.stride_along(dim) for plan in plans)
        for dim in dict.fromkeys(dim for plan in plans for dim in plan.lost_stride)
    }
    shared = frozenset(dim for dim in used if all(plan.shares(dim) for plan in plans))
    made = Plan(
        tuple(used.values()),
        out,
        stride,
        _widest(plan.reach for plan in plans),
        shared=shared,
        lost_stride=lost_stride,
        lost_reach=_widest(plan.lost_reach for plan in plans),
    )
    first, *others = (Rates().then(plan) for plan in plans)
    return first.among(others).planned(made).costing((plan.work(axes) for plan in plans), axes)


def _widest(reaches: Iterable[Mapping[str, tuple[float, float]]]) -> dict[str, tuple[float, float]]:
    """For each dim the furthest that any of them reaches to either side."""
    widest: dict[str, tuple[float, float]] = {}
    for reach in reaches:
        for dim, (left, right) in reach.items():
            old = widest.get(dim, (0.0, 0.0))
            widest[dim] = (max(left, old[0]), max(right, old[1]))
    return widest


def _each_restrided(
    branches: Sequence[Operator], strides: Mapping[str, int]
) -> tuple[Operator, ...] | None:
    dense = [branch.restrided(strides) for branch in branches]
    found = tuple(branch for branch in dense if branch is not None)
    return found if len(found) == len(dense) else None


@dataclass(frozen=True)
class Residual(Operator):
    """A body with a skip connection: ``f(x) = x + body(x)``.

    From outside it is one stage. The body must keep its input's grid.

    Parameters
    ----------
    body
        Operator, or pipeline, without total stride.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> from invarsig.operators.pointwise.rectifiers import Relu
    >>> Residual(Relu())(label([-1.0, 2.0], "x")).values.tolist()
    [-1.0, 4.0]
    """

    body: Operator

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether the body is linear."""
        return self.body.linear

    @property
    def dims(self) -> tuple[str, ...]:
        """Core dims of the body."""
        return self.body.dims

    def plan(self, axes: Axes) -> Plan:
        """Plan the body: the skip connection adds nothing."""
        return _joint_plan((Pipeline(()), self.body), axes)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        results = [x, self.body(x)]
        one, other = _same_grid("Residual", results)
        y = x.copy(data=one + other)
        y.attrs = attrs_in_common(results)
        return y

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """A blur added to the picture itself."""
        from invarsig.operators.pooling.blur_pool import BlurPool

        yield cls(BlurPool(taps=3, stride={"x": 1})), noise_picture(rng)


@dataclass(frozen=True, init=False)
class Sum(Operator):
    """Parallel operators, summed: ``f(x) = f_1(x) + f_2(x) + …``.

    Parameters
    ----------
    operators
        Operators or pipelines whose results stand on the same grid: as separate arguments, or in
        one tuple or list.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> from invarsig.operators.pointwise.powers import Square
    >>> from invarsig.operators.pointwise.rectifiers import Relu
    >>> Sum(Relu(), Square())(label([-1.0, 2.0], "x")).values.tolist()
    [1.0, 6.0]
    """

    operators: tuple[Operator, ...]

    def __init__(
        self, *given: Operator | Iterable[Operator], operators: Iterable[Operator] = ()
    ) -> None:
        object.__setattr__(self, "operators", listed(given, operators))
        _check_branches("Sum", self.operators)

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether all branches are linear."""
        return all(op.linear for op in self.operators)

    @property
    def dims(self) -> tuple[str, ...]:
        """Core dims of all branches."""
        return tuple(dict.fromkeys(dim for op in self.operators for dim in op.dims))

    def plan(self, axes: Axes) -> Plan:
        """Plan the branches together."""
        return _joint_plan(self.operators, axes)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the sum of the branches on a finer grid."""
        dense = _each_restrided(self.operators, strides)
        return None if dense is None else replace(self, operators=dense)

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        results = [op(x) for op in self.operators]
        values = _same_grid("Sum", results)
        for name in _complex_centers(results):
            centers = [result.coords.get(name) for result in results]
            if not all(_alike(centers[0], other) for other in centers[1:]):
                raise ParameterError(
                    f"The branches of Sum have other center frequencies ({name}), so their sum "
                    "has no center frequency; take the modulus first, or stack them with Parallel."
                )
        y = results[0].copy(data=sum(values))
        y.attrs = attrs_in_common(results)
        return y

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """A blur pool and a mean pool, added; two strides parallel to one."""
        from invarsig.operators.pooling.blur_pool import BlurPool
        from invarsig.operators.pooling.mean_pool import MeanPool

        mean = MeanPool(window={"x": 3}, stride={"x": 2}, padding={"x": 1})
        yield cls((BlurPool(taps=3, stride={"x": 2}), mean)), noise_picture(rng)
        twice = BlurPool(taps=3, stride={"x": 2}) >> BlurPool(taps=3, stride={"x": 2})
        yield cls((twice, BlurPool(taps=5, stride={"x": 4}))), noise_picture(rng)


@dataclass(frozen=True)
class Parallel(Operator):
    """Parallel operators, stacked along a new dim.

    Parameters
    ----------
    operators
        Mapping from names to operators or pipelines whose results stand on the same grid.
    dim
        Name of the new dim, whose coordinate holds the names.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> from invarsig.operators.pointwise.powers import Square
    >>> from invarsig.operators.pointwise.rectifiers import Relu
    >>> y = Parallel({"relu": Relu(), "square": Square()})(label([-1.0, 2.0], "x"))
    >>> y.dims, y.sel(branch="square").values.tolist()
    (('branch', 'x'), [1.0, 4.0])
    """

    operators: Mapping[str, Operator]
    dim: str = dims_field(default="branch")

    def __post_init__(self) -> None:
        _check_branches("Parallel", _named("Parallel", self.operators))

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether all branches are linear."""
        return all(op.linear for op in self.operators.values())

    @property
    def dims(self) -> tuple[str, ...]:
        """Core dims of all branches."""
        return tuple(dict.fromkeys(dim for op in self.operators.values() for dim in op.dims))

    def plan(self, axes: Axes) -> Plan:
        """Plan the branches together, with the new dim."""
        plan = _joint_plan(tuple(self.operators.values()), axes)
        branch = Axis(self.dim, size=len(self.operators))
        return replace(plan, out_axes=(branch, *plan.out_axes))

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the stack of the branches on a finer grid."""
        dense = _each_restrided(tuple(self.operators.values()), strides)
        return (
            None
            if dense is None
            else replace(self, operators=dict(zip(self.operators, dense, strict=True)))
        )

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        results = [op(x) for op in self.operators.values()]
        if self.dim in (*results[0].dims, *results[0].coords):
            raise DimError(f"The input has a dim {self.dim!r} already; give Parallel another name.")
        values = np.stack(_same_grid("Parallel", results))
        out = results[0].expand_dims({self.dim: list(self.operators)}).copy(data=values)
        out.attrs = attrs_in_common(results)
        return out.assign_coords(_stacked_coords(results, self.dim))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Two parallel rectifiers, and two parallel pipelines."""
        from invarsig.operators.pointwise.powers import Square
        from invarsig.operators.pointwise.rectifiers import Relu
        from invarsig.operators.pooling.blur_pool import BlurPool

        yield cls({"relu": Relu(), "square": Square()}), noise_picture(rng)
        pool = BlurPool(taps=3, stride={"x": 2})
        yield cls({"before": Relu() >> pool, "after": pool >> Relu()}), noise_picture(rng)


def _complex_centers(results: Sequence[xr.DataArray]) -> list[str]:
    """Names of the center frequencies that complex results carry."""
    if not any(result.dtype.kind == "c" for result in results):
        return []
    names = [str(name) for result in results for name in result.coords]
    return [name for name in dict.fromkeys(names) if name.endswith(center_frequency_name(""))]


def _alike(one: xr.DataArray | None, other: xr.DataArray | None) -> bool:
    if one is None or other is None:
        return False
    return one.shape == other.shape and np.allclose(one.to_numpy(), other.to_numpy())


def _stacked_coords(results: Sequence[xr.DataArray], dim: str) -> dict[str, xr.Variable]:
    """Auxiliary coordinates that differ from branch to branch, over the dim of the branches."""
    first, stacked = results[0], {}
    for name, coordinate in first.coords.items():
        others = [result.coords.get(name) for result in results[1:]]
        if name in first.dims or all(
            o is not None and same_coordinate(o.variable, coordinate.variable) for o in others
        ):
            continue
        parts = [coordinate, *(other for other in others if other is not None)]
        if len(parts) == len(results) and len({part.shape for part in parts}) == 1:
            values = np.stack([plain(part, part.dims) for part in parts])
            stacked[str(name)] = xr.Variable((dim, *coordinate.dims), values, coordinate.attrs)
    return stacked


def _named(what: str, operators: Any) -> tuple[Any, ...]:
    if not isinstance(operators, Mapping):
        raise ParameterError(
            f"{what} takes a mapping from names to operators, not {type(operators).__name__}."
        )
    return tuple(operators.values())


def _check_branches(what: str, operators: Any) -> None:
    if not isinstance(operators, Sequence):
        raise ParameterError(f"{what} takes a tuple of operators, not {type(operators).__name__}.")
    if not operators:
        raise ParameterError(f"{what} needs at least one operator.")
    for op in operators:
        if not isinstance(op, Operator):
            raise ParameterError(f"A branch of {what} is {type(op).__name__}, not an operator.")


@dataclass(frozen=True)
class Levels(Parametrized):
    """Results at several rates, which do not form one array: a tree with a leaf for each.

    Measures map over the leaves.

    Parameters
    ----------
    operators
        Mapping from level names to operators or pipelines.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import label
    >>> from invarsig.operators.pooling.mean_pool import MeanPool
    >>> pyramid = Levels({"half": MeanPool(window={"x": 2}), "quarter": MeanPool(window={"x": 4})})
    >>> tree = pyramid(label(np.arange(8.0), "x"))
    >>> {name: node.dataset.sizes["x"] for name, node in tree.items()}
    {'half': 4, 'quarter': 2}
    """

    operators: Mapping[str, Operator]

    many_rates: ClassVar[bool] = True
    """Whether its results stand on several grids, so that it is no `Operator`."""

    def __post_init__(self) -> None:
        _check_branches("Levels", _named("Levels", self.operators))

    def __call__(self, x: xr.DataArray) -> xr.DataTree:
        """Apply every level; the variable of a leaf has the input's name, or "level".

        A "/" in the name of a level, a dim or the input becomes "_" in the tree.
        """
        leaves = {}
        for key, op in self.operators.items():
            leaf = op(x)
            free = x.name is not None and x.name not in leaf.coords
            leaves[key] = leaf.to_dataset(name=str(x.name) if free else "level")
        return tree_of(leaves)

    def __rrshift__(self, first: Operator) -> Levels:
        """Join: first an operator, then every level."""
        return Levels({name: first >> op for name, op in self.operators.items()})
