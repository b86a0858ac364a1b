"""What every operator is, and how operators are joined.

An `Operator` is a frozen dataclass of parameters. It *plans* on the axes that it meets
(`Operator.plan`): which axes come out, with which stride, and how far it reaches. Its core
dims are those it is joint over; all others are batch dims.

Windows and strides count samples; widths and frequencies of one-dimensional designs are in
the axis' unit. Which parameter is what is written into the dataclass fields
(`invarsig.operators.fields`).
"""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Self

import numpy as np
import xarray as xr

from invarsig.axes import AuxiliaryCoordinate, Axes, Axis, on_axes, require_labels
from invarsig.errors import DtypeError, InvarsigError, ParameterError
from invarsig.operators.fields import renamed_field, rescaled_field, shown_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.plan import Plan
from invarsig.operators.source import source_of

__all__ = [
    "ArrayOperator",
    "Operator",
    "Pipeline",
    "Plan",
    "listed",
    "require_operator",
    "stages_of",
]


class Operator(abc.ABC):
    """A map from labelled arrays to labelled arrays.

    ``op(x)`` applies it, ``op >> other`` joins it to the next, `plan` tells axes, stride and
    reach without any data.
    """

    linear: ClassVar[bool]
    """Whether ``f(a x + b y) = a f(x) + b f(y)``."""

    front_end: ClassVar[bool] = False
    """Whether it turns a waveform into a picture, at a rate of its own."""

    absolute: ClassVar[bool] = False
    """Whether where a sample stands along its dims matters (hertz on a mel scale), not only how far
    apart samples are."""

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

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Keep the way operators are written: a dataclass would write one of its own."""
        super().__init_subclass__(**kwargs)
        if "__repr__" not in cls.__dict__:
            cls.__repr__ = Operator.__repr__  # type: ignore[method-assign]

    def __call__(self, x: xr.DataArray) -> xr.DataArray:
        """Apply the operator to a labelled array."""
        require_labels(x, type(self).__name__)
        return self._apply(x)

    def __rshift__(self, other: Any) -> Pipeline:
        """Join: first this operator, then the other."""
        if hasattr(type(other), "__rrshift__"):
            return NotImplemented  # Levels, which join themselves
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

        A front end is taken to a grid of an eighth of its hop, where it folds next to nothing:
        one of every sample would be too large. Of complex channels the ideal band is one output
        rate wide around each one's centre frequency. None where the operator does not stride, or
        where a strided axis is not periodic.
        """
        from invarsig.operators.pooling.band_pool import ideal_pool

        axes = Axes.of(x)
        strides = {dim: by for dim, by in self.plan(axes).stride.items() if by > 1}
        if not strides or not all(axes[dim].periodic for dim in strides):
            return None
        eighths = self.front_end and all(by % 8 == 0 for by in strides.values())
        fine = {dim: by // 8 if eighths else 1 for dim, by in strides.items()}
        dense = self.restrided(fine)
        if dense is None:
            return None
        return dense >> ideal_pool(self(x), {dim: by // fine[dim] for dim, by in strides.items()})

    def rename(self, names: Mapping[str, str]) -> Self:
        """Give the same operator over renamed dims.

        Examples
        --------
        >>> from invarsig.operators.pooling.max_pool import MaxPool
        >>> str(MaxPool(window={"time": 4}).rename({"time": "x"}))
        'MaxPool(x: 4)'
        """
        return self._rewritten(
            lambda value, meta: renamed_field(value, meta, names), "rename", names
        )

    def rescale(self, factors: Mapping[str, float]) -> Self:
        """Give the same operator where the unit along a dim got `factors` times smaller."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]

        def rescaled(value: Any, meta: Mapping[str, Any]) -> Any:
            return rescaled_field(value, meta, factors, own)

        return self._rewritten(rescaled, "rescale", factors)

    def bounded(self, boundary: str | None) -> Self:
        """Give the same operator with another boundary at every stage.

        Examples
        --------
        >>> from invarsig.operators.pooling.max_pool import MaxPool
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

    def __repr__(self) -> str:
        """Write the operator as Python, to be evaluated after ``import invarsig as iv``.

        Functions that it holds are written by their names, so `Apply` evaluates only where the
        function's module is imported.

        Examples
        --------
        >>> from invarsig.operators.pooling.max_pool import MaxPool
        >>> MaxPool(window={"x": 4}, boundary="zero")
        iv.MaxPool(window={'x': 4}, boundary='zero')
        """
        return source_of(self)

    def __str__(self) -> str:
        """Show the operator with the parameters that differ from their defaults."""
        if isinstance(self, Pipeline):
            return " >> ".join(map(str, self.stages)) or "Pipeline()"
        shown = [shown_field(f, getattr(self, f.name)) for f in fields(self)]  # type: ignore[arg-type]
        return f"{type(self).__name__}({', '.join(part for part in shown if part)})"


class ArrayOperator(Operator):
    """An operator given by a kernel on plain arrays."""

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        plan = self.plan(Axes.of(x, type(self).__name__))
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


def require_operator(op: Any, more: str = "") -> None:
    """Raise unless `op` is an operator of one rate; say what to do with what it is, and `more`."""
    from invarsig.operators.combinators import Levels

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
            f"Apply.{more and ' '}{more}"
        )


def stages_of(op: Operator) -> tuple[Operator, ...]:
    """Stages of a pipeline; any other operator is one stage."""
    return op.stages if isinstance(op, Pipeline) else (op,)


def listed(given: Sequence[Any], named: Any) -> tuple[Any, ...]:
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
    >>> from invarsig.operators.pointwise.rectifiers import Relu
    >>> from invarsig.operators.pooling.max_pool import MaxPool
    >>> pipeline = Relu() >> MaxPool(window={"x": 2}) >> MaxPool(window={"x": 2})
    >>> len(pipeline), str(pipeline[1])
    (3, 'MaxPool(x: 2)')
    """

    stages: tuple[Operator, ...]

    def __init__(
        self, *given: Operator | Iterable[Operator], stages: Iterable[Operator] = ()
    ) -> None:
        object.__setattr__(self, "stages", listed(given, stages))
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
        works: list[float] = []
        for number, stage in enumerate(self.stages):
            with told(stage, number + 1):
                step = stage.plan(now)
            for axis in step.in_axes:
                if axis.dim in axes:
                    used.setdefault(axis.dim, axis)
                if not step.shares(axis.dim):
                    unshared.add(axis.dim)
            works.append(step.work(now))
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
        ).costing(works, axes)

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
        from invarsig.operators.pointwise.rectifiers import Relu
        from invarsig.operators.pooling.blur_pool import BlurPool
        from invarsig.operators.pooling.max_pool import MaxPool

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
