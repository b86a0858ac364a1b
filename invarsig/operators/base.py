"""What every operator is, and how operators are joined.

An `Operator` is a frozen dataclass of parameters. It *plans* on the axes that it meets
(`Operator.plan`): which axes come out, with which stride, and how far it reaches. Its core
dims are those it is joint over; all others are batch dims.

Windows and strides count samples; widths and frequencies of one-dimensional designs are in
the axis' unit. Which parameter is what is written into the dataclass fields (`dims_field`,
`mapping_field`, `lengths_field`), so renaming a dim and rescaling a unit are the same code
for every operator.
"""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from typing import Any, ClassVar, Self

import numpy as np
import xarray as xr

from invarsig.axes import (
    AuxiliaryCoordinate,
    Axes,
    Axis,
    Kernel,
    center_frequency_name,
    difference,
    label,
    on_axes,
    promoted,
    renamed,
    require_labels,
)
from invarsig.errors import AxisError, DimError, DtypeError, InvarsigError, ParameterError

__all__ = [
    "ArrayOperator",
    "Levels",
    "Operator",
    "Parallel",
    "Pipeline",
    "Plan",
    "Residual",
    "Sum",
    "branches",
    "dims_field",
    "lengths_field",
    "mapping_field",
    "require_operator",
    "whole_number",
]


@dataclass(frozen=True)
class Plan:
    """What an operator does on given axes.

    Parameters
    ----------
    in_axes
        Axes of the core dims, in the order in which the kernel takes them.
    out_axes
        Axes of those dims afterwards: kept, dropped or new.
    stride
        Input samples per output sample, for dims that are in both.
    reach
        For each dim that is in both: an output depends on the input as far to the left, towards
        the first sample, and to the right, towards the last one; in the axis' unit, from the
        position of the output on; may be infinite.
    kernel
        Function on plain arrays, ``(..., *in) -> (..., *out)``; None for operators made of
        operators.
    coords
        Auxiliary coordinates of new dims.
    taps
        How many input samples go into one output sample, for counting the work.
    shared
        Those of the core dims along which every place is treated alike: on a ring the operator
        commutes with shifts by its stride. Along others it may (a user's own function) or may
        not (unshared weights, a border inside); measuring tells.
    """

    in_axes: tuple[Axis, ...]
    out_axes: tuple[Axis, ...]
    stride: Mapping[str, int] = field(default_factory=dict)
    reach: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    kernel: Kernel | None = None
    coords: Mapping[str, AuxiliaryCoordinate] = field(default_factory=dict)
    taps: int = 1
    shared: frozenset[str] = frozenset()

    def shares(self, dim: str) -> bool:
        """Whether every place along a dim is treated alike; batch dims always are."""
        return dim in self.shared or all(axis.dim != dim for axis in self.in_axes)

    def after(self, axes: Axes) -> Axes:
        """Axes of the result, batch dims included."""
        return axes.replaced([axis.dim for axis in self.in_axes], self.out_axes)


def dims_field(**kwargs: Any) -> Any:
    """Declare a dataclass field that names a dim, or several."""
    return field(metadata={"role": "dims"}, **kwargs)


def mapping_field(**kwargs: Any) -> Any:
    """Declare a dataclass field that maps dims to numbers of samples, or to words."""
    return field(metadata={"role": "mapping"}, **kwargs)


def lengths_field(*, power: int = 1, along: str | None = None, **kwargs: Any) -> Any:
    """Declare a dataclass field that is in the unit of an axis, to a power.

    It maps dims to values, or is plain values along the dim that the field `along` names.
    """
    return field(metadata={"role": "lengths", "power": power, "along": along}, **kwargs)


def whole_number(value: Any, what: str, *, least: int = 1) -> int:
    """Check that a count of samples is a whole number of at least `least`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise ParameterError(f"{what} is {value!r} samples; give a whole number.")
    if value < least:
        raise ParameterError(f"{what} is {value} samples; give a whole number of at least {least}.")
    return int(value)


class Operator(abc.ABC):
    """A map from labelled arrays to labelled arrays.

    ``op(x)`` applies it, ``op >> other`` joins it to the next, `plan` tells axes, stride and
    reach without any data.
    """

    linear: ClassVar[bool]
    """Whether ``f(a x + b y) = a f(x) + b f(y)``."""

    front_end: ClassVar[bool] = False
    """Whether it turns a waveform into a picture, at a rate of its own."""

    @property
    @abc.abstractmethod
    def dims(self) -> tuple[str, ...]:
        """Core dims, every dim that it is joint over included."""

    @abc.abstractmethod
    def plan(self, axes: Axes) -> Plan:
        """Say what happens on given axes.

        Raises
        ------
        DimError
            If a core dim is missing; the message names the dims there are.
        """

    @abc.abstractmethod
    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same operator, filters and all, with other strides on some dims.

        None if it cannot be had, as for a user's own function that strides by itself.
        """

    @abc.abstractmethod
    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        """Apply to a labelled array that has been checked."""

    @classmethod
    @abc.abstractmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Give pairs of an operator and an input that it is meant for."""

    def __call__(self, x: xr.DataArray) -> xr.DataArray:
        """Apply the operator to a labelled array."""
        require_labels(x, type(self).__name__)
        return self._apply(x)

    def __rshift__(self, other: Any) -> Pipeline:
        """Join: first this operator, then the other."""
        if isinstance(other, Levels):
            return NotImplemented
        require_operator(other)
        return Pipeline((*stages_of(self), *stages_of(other)))

    def unstrided(self, dims: Sequence[str]) -> Operator:
        """Give the same operator, filters and all, without its stride on those dims."""
        dense = self.restrided(dict.fromkeys(dims, 1))
        if dense is None:
            raise ParameterError(f"{self} strides by itself; it has no form without its stride.")
        return dense

    def alias_free(self, x: xr.DataArray) -> Operator | None:
        """Give the alias-free twin on the axes of `x`: unstrided, ideal low-pass, subsampled.

        None where the operator does not stride, where a strided axis is not periodic, or where
        the output is complex: its channels do not lie around 0.
        """
        from invarsig.operators.spectral import SpectralPool

        axes = Axes.of(x)
        strides = {dim: by for dim, by in self.plan(axes).stride.items() if by > 1}
        if not strides or not all(axes[dim].periodic for dim in strides):
            return None
        dense = self.restrided(dict.fromkeys(strides, 1))
        if dense is None or self(x).dtype.kind == "c":
            return None
        return dense >> SpectralPool(stride=strides)

    def rename(self, names: Mapping[str, str]) -> Self:
        """Give the same operator over renamed dims.

        Examples
        --------
        >>> from invarsig.operators.pooling import MaxPool
        >>> str(MaxPool(window={"time": 4}).rename({"time": "x"}))
        'MaxPool(x: 4)'
        """
        return self._rewritten(lambda value, meta: _renamed(value, meta, names), "rename", names)

    def rescale(self, factors: Mapping[str, float]) -> Self:
        """Give the same operator where the unit along a dim got `factors` times smaller."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]

        def rescaled(value: Any, meta: Mapping[str, Any]) -> Any:
            return _rescaled(value, meta, factors, own)

        return self._rewritten(rescaled, "rescale", factors)

    def bounded(self, boundary: str | None) -> Self:
        """Give the same operator with another boundary at every stage.

        Examples
        --------
        >>> from invarsig.operators.pooling import MaxPool
        >>> str(MaxPool(window={"x": 4}, boundary="zero").bounded("periodic"))
        'MaxPool(x: 4, boundary periodic)'
        """
        out = self._rewritten(lambda value, _: value, "bounded", boundary)
        named = any(each.name == "boundary" for each in fields(self))  # type: ignore[arg-type]
        return replace(out, boundary=boundary) if named else out  # type: ignore[type-var]

    def _rewritten(self, change: Any, method: str, argument: Any) -> Self:
        changed: dict[str, Any] = {}
        for each in fields(self):  # type: ignore[arg-type]
            value = getattr(self, each.name)
            if isinstance(value, Operator):
                changed[each.name] = getattr(value, method)(argument)
            elif isinstance(value, tuple) and any(isinstance(one, Operator) for one in value):
                changed[each.name] = tuple(getattr(one, method)(argument) for one in value)
            elif isinstance(value, Mapping) and any(
                isinstance(o, Operator) for o in value.values()
            ):
                changed[each.name] = {k: getattr(o, method)(argument) for k, o in value.items()}
            elif each.metadata:
                changed[each.name] = change(value, each.metadata)
        return replace(self, **changed)  # type: ignore[type-var]

    def __str__(self) -> str:
        """Show the operator with the parameters that differ from their defaults."""
        if isinstance(self, Pipeline):
            return " >> ".join(map(str, self.stages)) or "Pipeline()"
        shown = [_shown(f, getattr(self, f.name)) for f in fields(self)]  # type: ignore[arg-type]
        return f"{type(self).__name__}({', '.join(part for part in shown if part)})"


def _renamed(value: Any, meta: Mapping[str, Any], names: Mapping[str, str]) -> Any:
    role = meta["role"]
    if isinstance(value, xr.DataArray):
        return renamed(value, names)
    if role == "dims" and isinstance(value, str):
        return names.get(value, value)
    if role == "dims" and isinstance(value, tuple):
        return tuple(names.get(dim, dim) for dim in value)
    if isinstance(value, Mapping):
        return {names.get(dim, dim): number for dim, number in value.items()}
    return value


def _rescaled(
    value: Any, meta: Mapping[str, Any], factors: Mapping[str, float], own: Mapping[str, Any]
) -> Any:
    if meta["role"] != "lengths" or value is None:
        return value
    power = meta["power"]
    if isinstance(value, Mapping):
        return {dim: _times(v, factors.get(dim, 1.0) ** power) for dim, v in value.items()}
    along = own[meta["along"]]
    dim = along if isinstance(along, str) else along[0]
    in_samples = not isinstance(along, str) and len(along) > 1
    return value if in_samples else _times(value, factors.get(dim, 1.0) ** power)


def _times(value: Any, factor: float) -> Any:
    return tuple(one * factor for one in value) if isinstance(value, tuple) else value * factor


def _shown(each: Field[Any], value: Any) -> str:
    default = each.default
    if each.default_factory is not MISSING:
        default = each.default_factory()
    if isinstance(value, xr.DataArray):
        return (
            "x".join(f"{size}" for size in value.sizes.values())
            + f" over {', '.join(map(str, value.dims))}"
        )
    if value is None or (default is not MISSING and value == default):
        return ""
    if isinstance(value, Mapping):
        body = ", ".join(f"{key}: {_word(v)}" for key, v in value.items())
        return body if each.name in ("window", "operators") else f"{each.name} {body}"
    named = each.name not in ("dim", "dims", "body", "stages", "operators", "function")
    return f"{each.name} {_word(value)}" if named else _word(value)


def _word(value: Any) -> str:
    if isinstance(value, tuple) and value and isinstance(value[0], (int, float)):
        return (
            f"{value[0]:g}" if len(value) == 1 else f"{value[0]:g} to {value[-1]:g} ({len(value)})"
        )
    if isinstance(value, tuple):
        return ", ".join(map(_word, value))
    if callable(value) and hasattr(value, "__name__"):
        return str(value.__name__)
    return f"{value:g}" if isinstance(value, float) else str(value)


class ArrayOperator(Operator):
    """An operator given by a kernel on plain arrays."""

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        plan = self.plan(Axes.of(x))
        if plan.kernel is None:
            raise TypeError(f"{type(self).__name__}.plan gives no kernel")
        coords = plan.coords if x.dtype.kind != "c" else _without_nyquist(plan.coords)
        return on_axes(plan.kernel, x, plan.in_axes, plan.out_axes, coords)


def _without_nyquist(
    coords: Mapping[str, AuxiliaryCoordinate],
) -> dict[str, AuxiliaryCoordinate]:
    """Centre frequencies of channels of a complex signal, which has a band of its own."""
    return {
        name: (dims, values, {key: value for key, value in attrs.items() if key != "nyquist"})
        for name, (dims, values, attrs) in coords.items()
    }


def require_operator(op: Any) -> None:
    """Raise unless `op` is an operator of one rate; say what to do with what it is."""
    if isinstance(op, Levels):
        names = ", ".join(repr(name) for name in op.operators)
        raise ParameterError(
            f"Levels have several rates ({names}), and this takes one: use levels.operators[name]."
        )
    if isinstance(op, type) and issubclass(op, Operator):
        name = op.__name__
        raise DtypeError(
            f"An operator is needed, and this is the class {name} itself; write {name}(...)."
        )
    if not isinstance(op, Operator):
        name = getattr(op, "__name__", type(op).__name__)
        raise DtypeError(
            f"An operator is needed, and this is {name!r}; wrap a function of plain arrays in "
            "Apply."
        )


def branches_of(op: Operator) -> tuple[Operator, ...]:
    """Operators that a stage is made of, side by side or within it."""
    if isinstance(op, (Sum, Parallel)):
        found = op.operators
        return tuple(found.values()) if isinstance(found, Mapping) else tuple(found)
    if isinstance(op, Pipeline):
        return (op,)
    body = getattr(op, "body", None)
    return (body,) if isinstance(body, Operator) else ()


def stages_of(op: Operator) -> tuple[Operator, ...]:
    """Stages of a pipeline; any other operator is one stage."""
    return op.stages if isinstance(op, Pipeline) else (op,)


def _listed(given: Sequence[Any], named: Any) -> tuple[Any, ...]:
    """Operators given one after the other, or in one tuple or list."""
    lone = given[0] if len(given) == 1 else None
    if lone is not None and not isinstance(lone, Operator) and isinstance(lone, Iterable):
        return tuple(lone)
    return tuple(given) or tuple(named)


@dataclass(frozen=True, init=False)
class Pipeline(Operator):
    """Operators one after the other: ``f = f_n ∘ … ∘ f_1``.

    Strides multiply and reaches add up along it. ``pipeline[:2]`` is a pipeline,
    ``pipeline[1]`` a stage.

    Parameters
    ----------
    stages
        The operators, in the order in which they are applied: one after the other, or in one
        tuple or list.

    Examples
    --------
    >>> from invarsig.operators.pointwise import Relu
    >>> from invarsig.operators.pooling import MaxPool
    >>> pipeline = Relu() >> MaxPool(window={"x": 2}) >> MaxPool(window={"x": 2})
    >>> len(pipeline), str(pipeline[1])
    (3, 'MaxPool(x: 2)')
    """

    stages: tuple[Operator, ...]

    def __init__(
        self, *given: Operator | Iterable[Operator], stages: Iterable[Operator] = ()
    ) -> None:
        object.__setattr__(self, "stages", _listed(given, stages))
        for stage in self.stages:
            require_operator(stage)

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether all stages are linear."""
        return all(stage.linear for stage in self.stages)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that its stages are joint over; some may be made by an earlier stage."""
        return tuple(dict.fromkeys(dim for stage in self.stages for dim in stage.dims))

    def plan(self, axes: Axes) -> Plan:
        """Chain the plans of the stages."""
        now: Axes = axes
        used: dict[str, Axis] = {}
        stride: dict[str, int] = {}
        reach: dict[str, tuple[float, float]] = {}
        unshared: set[str] = set()
        for number, stage in enumerate(self.stages):
            with told(stage, number + 1):
                step = stage.plan(now)
            for axis in step.in_axes:
                if axis.dim in axes:
                    used.setdefault(axis.dim, axis)
                if not step.shares(axis.dim):
                    unshared.add(axis.dim)
            now = step.after(now)
            for dim, by in step.stride.items():
                stride[dim] = stride.get(dim, 1) * by
            for dim, (left, right) in step.reach.items():
                before = reach.get(dim, (0.0, 0.0))
                reach[dim] = (before[0] + left, before[1] + right)
        new = [now[dim] for dim in now if dim in used or dim not in axes]
        kept = {dim for dim in now if dim in axes}
        return Plan(
            tuple(used.values()),
            tuple(new),
            {dim: by for dim, by in stride.items() if dim in kept},
            {dim: by for dim, by in reach.items() if dim in kept},
            shared=frozenset(used) - unshared,
        )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the pipeline on a finer output grid, by polyphase recursion."""
        from invarsig.operators.polyphase import Dense

        return Dense(self, dict(strides))

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        for number, stage in enumerate(self.stages):
            with told(stage, number + 1, x):
                x = stage(x)
        return x

    def __len__(self) -> int:
        """Count the stages."""
        return len(self.stages)

    def __getitem__(self, index: int | slice) -> Operator:
        """Give one stage, or a pipeline of some."""
        return Pipeline(self.stages[index]) if isinstance(index, slice) else self.stages[index]

    def __iter__(self) -> Iterator[Operator]:
        """Go through the stages."""
        return iter(self.stages)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Two stages with strides, in one and two dims."""
        from invarsig.operators.pointwise import Relu
        from invarsig.operators.pooling import BlurPool, MaxPool

        yield (
            BlurPool(taps=3, stride={"x": 2}) >> Relu() >> MaxPool(window={"x": 2, "y": 2}),
            noise_picture(rng),
        )


@contextmanager
def told(stage: Operator, number: int, x: xr.DataArray | None = None) -> Iterator[None]:
    """Add to an error which stage it comes from, and what that stage was given."""
    where = f"Stage {number}, {stage}"
    if x is not None:
        where += f", was given {', '.join(f'{dim}: {size}' for dim, size in x.sizes.items())}"
    try:
        yield
    except InvarsigError as error:
        if not getattr(error, "told", False):
            error.args = (f"{error} ({where}.)",)
            error.told = True  # type: ignore[attr-defined]
        raise
    except Exception as error:
        error.add_note(f"{where}.")
        raise


def noise_picture(rng: np.random.Generator, size: Mapping[str, int] | None = None) -> xr.DataArray:
    """White noise over (channel, y, x) that goes round, for examples."""
    size = size or {"y": 12, "x": 24}
    axes = [Axis(dim, 1.5, 0.5, n, "px", n * 0.5) for dim, n in size.items()]
    values = rng.standard_normal((2, *size.values()))
    x = label(values, "channel", *axes, name="picture", attrs={"source": "noise"})
    return x.assign_coords(channel=["red", "blue"], exposure=("channel", np.array([1.0, 2.0])))


def noise_sound(rng: np.random.Generator, size: int = 96, rate: float = 8000.0) -> xr.DataArray:
    """White noise over (channel, time) that goes round, for examples."""
    time = Axis("time", 0.25, 1 / rate, size, "s", size / rate)
    x = label(rng.standard_normal((2, size)), "channel", time, name="sound")
    return x.assign_coords(gain=("channel", np.array([1.0, 2.0])))


def _same_grid(operator: str, parts: Sequence[xr.DataArray]) -> list[np.ndarray]:
    """Values of results that stand on one grid, in the dimension order of the first."""
    first = parts[0]
    for part in parts[1:]:
        try:
            difference(first, part)
        except InvarsigError as error:
            raise type(error)(f"The branches of {operator} do not fit together. {error}") from error
    return [promoted(part.transpose(*first.dims).to_numpy()) for part in parts]


def _joint_plan(branches: Sequence[Operator], axes: Axes) -> Plan:
    """Plan of operators side by side: the axes of the first, the widest reach of all."""
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
    reach: dict[str, tuple[float, float]] = {}
    for plan in plans:
        for dim, (left, right) in plan.reach.items():
            old = reach.get(dim, (0.0, 0.0))
            reach[dim] = (max(left, old[0]), max(right, old[1]))
    stride = {dim: by for plan in plans for dim, by in plan.stride.items()}
    shared = frozenset(dim for dim in used if all(plan.shares(dim) for plan in plans))
    return Plan(tuple(used.values()), out, stride, reach, shared=shared)


def _each_restrided(
    branches: Sequence[Operator], strides: Mapping[str, int]
) -> tuple[Operator, ...] | None:
    dense = [branch.restrided(strides) for branch in branches]
    found = tuple(branch for branch in dense if branch is not None)
    return found if len(found) == len(dense) else None


@dataclass(frozen=True)
class Residual(Operator):
    """A body with a way round it: ``f(x) = x + body(x)``.

    Seen from outside it is one stage. The body must give back the grid that it was given.

    Parameters
    ----------
    body
        Operator, or pipeline, without total stride.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> from invarsig.operators.pointwise import Relu
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
        """Plan the body: the way round it adds nothing."""
        return _joint_plan((Pipeline(()), self.body), axes)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself: there is no stride to change."""
        return self

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        one, other = _same_grid("Residual", [x, self.body(x)])
        return x.copy(data=one + other)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """A blur beside the picture itself."""
        from invarsig.operators.pooling import BlurPool

        yield cls(BlurPool(taps=3, stride={"x": 1})), noise_picture(rng)


@dataclass(frozen=True, init=False)
class Sum(Operator):
    """Operators side by side, added up: ``f(x) = f_1(x) + f_2(x) + …``.

    Parameters
    ----------
    operators
        Operators or pipelines whose results stand on the same grid: one after the other, or in
        one tuple or list.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> from invarsig.operators.pointwise import Relu, Square
    >>> Sum(Relu(), Square())(label([-1.0, 2.0], "x")).values.tolist()
    [1.0, 6.0]
    """

    operators: tuple[Operator, ...]

    def __init__(
        self, *given: Operator | Iterable[Operator], operators: Iterable[Operator] = ()
    ) -> None:
        object.__setattr__(self, "operators", _listed(given, operators))
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
                    f"The branches of Sum have other centre frequencies ({name}), so their sum has "
                    "none to be moved by; take the modulus first, or stack them with Parallel."
                )
        return results[0].copy(data=sum(values))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """A blur pool and a mean pool, added; two strides beside one."""
        from invarsig.operators.pooling import BlurPool, MeanPool

        mean = MeanPool(window={"x": 3}, stride={"x": 2}, padding={"x": 1})
        yield cls((BlurPool(taps=3, stride={"x": 2}), mean)), noise_picture(rng)
        twice = BlurPool(taps=3, stride={"x": 2}) >> BlurPool(taps=3, stride={"x": 2})
        yield cls((twice, BlurPool(taps=5, stride={"x": 4}))), noise_picture(rng)


@dataclass(frozen=True)
class Parallel(Operator):
    """Operators side by side, stacked along a new dim.

    Parameters
    ----------
    operators
        Mapping from names to operators or pipelines whose results stand on the same grid.
    dim
        Name of the new dim, whose coordinate holds the names.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> from invarsig.operators.pointwise import Relu, Square
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
        return out.assign_coords(_stacked_coords(results, self.dim))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Two rectifiers beside each other, and two pipelines."""
        from invarsig.operators.pointwise import Relu, Square
        from invarsig.operators.pooling import BlurPool

        yield cls({"relu": Relu(), "square": Square()}), noise_picture(rng)
        pool = BlurPool(taps=3, stride={"x": 2})
        yield cls({"before": Relu() >> pool, "after": pool >> Relu()}), noise_picture(rng)


def _complex_centers(results: Sequence[xr.DataArray]) -> list[str]:
    """Names of the centre frequencies that complex results carry."""
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
            o is not None and o.variable.equals(coordinate.variable) for o in others
        ):
            continue
        parts = [coordinate, *(other for other in others if other is not None)]
        if len(parts) == len(results) and len({part.shape for part in parts}) == 1:
            values = np.stack([part.to_numpy() for part in parts])
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
class Levels:
    """Results at several rates at once, which are not one array: a tree with a leaf for each.

    Measures map over the leaves.

    Parameters
    ----------
    operators
        Mapping from level names to operators or pipelines.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import label
    >>> from invarsig.operators.pooling import MeanPool
    >>> pyramid = Levels({"half": MeanPool(window={"x": 2}), "quarter": MeanPool(window={"x": 4})})
    >>> tree = pyramid(label(np.arange(8.0), "x"))
    >>> {name: node.dataset.sizes["x"] for name, node in tree.items()}
    {'half': 4, 'quarter': 2}
    """

    operators: Mapping[str, Operator]

    def __post_init__(self) -> None:
        _check_branches("Levels", _named("Levels", self.operators))

    def __call__(self, x: xr.DataArray) -> xr.DataTree:
        """Apply every level; the variable of a leaf has the input's name, or "level"."""
        leaves = {}
        for key, op in self.operators.items():
            leaf = op(x)
            free = x.name is not None and x.name not in leaf.coords
            leaves[key] = leaf.to_dataset(name=str(x.name) if free else "level")
        return xr.DataTree.from_dict(leaves)

    def __rrshift__(self, first: Operator) -> Levels:
        """Join: first an operator, then every level."""
        return Levels({name: first >> op for name, op in self.operators.items()})


def branches(op: Operator | Levels) -> Mapping[str, Operator] | None:
    """The levels of a multi-rate operator, or None for any other."""
    return op.operators if isinstance(op, Levels) else None
