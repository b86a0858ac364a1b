"""The base class of operators.

An `Operator` is a frozen dataclass of parameters. It *plans* on the axes that it is applied to
(`Operator.plan`): which axes come out, with which stride, and how far it reaches. Its core dims are
those it is joint over; all others are batch dims.

Windows and strides count samples, or are lengths with units of their own
(`invarsig.operators.in_units`); widths and frequencies of one-dimensional designs are in the
axis' unit. The role of each parameter is declared in the dataclass fields
(`invarsig.operators.fields`).
"""

from __future__ import annotations

import abc
import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Self, overload

import numpy as np
import xarray as xr

from invarsig.axes import (
    Axes,
    Axis,
    Kernel,
    Parametrized,
    Parts,
    axis_of,
    fields_of,
    filtered_out_of,
    has_unit,
    is_chunked,
    is_told,
    kept_attrs,
    on_axes,
    require_labels,
    through_quantities,
)
from invarsig.errors import AxisError, DtypeError, ParameterError
from invarsig.operators.fields import renamed_field, rescaled_field, shown_field
from invarsig.operators.kept_plan import KEPT, planned
from invarsig.operators.plan import Plan
from invarsig.operators.source import source_of
from invarsig.operators.units import raised_unit, with_unit

if TYPE_CHECKING:
    from invarsig.operators.pipeline import Pipeline

__all__ = [
    "ArrayOperator",
    "Operator",
    "Plan",
    "require_operator",
    "stages_of",
]


# What a class of operators has to define.
_NEEDED = {
    "_apply": "_apply(x), or derive it from iv.ArrayOperator, which runs the kernel of its plan",
    "dims": "the property dims: names of the dims that it is joint over, () where samples are "
    "treated one by one",
    "linear": "linear = True or False: whether f(a x + b y) = a f(x) + b f(y)",
    "plan": "plan(axes), which gives an iv.Plan: axes before and after, strides, reach, and the "
    "kernel",
}


class Operator(Parametrized, abc.ABC):
    """A map from labeled arrays to labeled arrays.

    ``op(x)`` applies it, ``op >> other`` joins it to the next, `plan` tells axes, stride and
    reach without any data.

    Examples
    --------
    >>> import invarsig as iv
    >>> op = iv.Relu() >> iv.MaxPool({"x": 2})
    >>> op(iv.label([-1.0, 2.0, 3.0, 1.0], "x")).values.tolist()
    [2.0, 3.0]
    >>> op.plan(iv.Axes.of(iv.label([0.0] * 4, "x"))).stride_along("x")
    2
    """

    linear: ClassVar[bool]
    """Whether ``f(a x + b y) = a f(x) + b f(y)``."""

    front_end: ClassVar[bool] = False
    """Whether it turns a waveform into a picture with its own rate."""

    absolute: ClassVar[bool] = False
    """Whether absolute positions along its dims matter (hertz on a mel scale), not only distances
    between samples."""

    network: ClassVar[bool] = False
    """Whether it is a network, or part of one: its channels have a constant (a bias) each."""

    _pipeline: ClassVar[type[Pipeline]]
    """The class that ``>>`` makes."""

    def __init_subclass__(cls, *, joins: bool = False, **more: Any) -> None:
        """Set the repr of operators, and register the one class that joins them.

        A dataclass would generate its own, and this module does not import pipelines.
        """
        super().__init_subclass__(**more)
        if "__repr__" not in cls.__dict__:
            cls.__repr__ = Operator.__repr__  # type: ignore[method-assign]
        if joins:
            Operator._pipeline = cls  # type: ignore[assignment]

    @property
    @abc.abstractmethod
    def dims(self) -> tuple[str, ...]:
        """Core dims, including every dim that it is joint over."""

    @abc.abstractmethod
    def plan(self, axes: Axes) -> Plan:
        """Say what happens on given axes.

        Raises
        ------
        DimError
            If a core dim is missing; the message names the existing dims.
        """

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same operator, with the same filters, with other strides on some dims.

        None if that is impossible, as for a user's own function with an internal stride, or for a
        stride above 1 along a dim that it does not filter or pool along. None for a class that does
        not say.
        """
        return None

    @abc.abstractmethod
    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        """Apply to a labeled array that has been checked."""

    @classmethod
    def examples(
        cls,
        rng: np.random.Generator,  # noqa: ARG003 -- for subclasses
    ) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Give pairs of an operator and an input that it suits, for the laws; none by default."""
        return iter(())

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Refuse a class that leaves out what every operator has to say.

        Where a length has a unit of its own, what is made is an operator that waits for its axes.
        """
        left_out = set(cls.__abstractmethods__)
        if not hasattr(cls, "linear"):
            left_out.add("linear")
        if left_out:
            told = "; ".join(_NEEDED.get(name, name) for name in sorted(left_out))
            raise DtypeError(f"The operator {cls.__name__} leaves out {told}.")
        if "__dataclass_fields__" in vars(cls) and (has_unit(args) or has_unit(kwargs)):
            waiting = import_module("invarsig.operators.in_units").with_units(cls, args, kwargs)
            if waiting is not None:
                made: Self = waiting
                return made
        return super().__new__(cls)

    def __getstate__(self) -> dict[str, Any]:
        """Give what a copy and a pickle hold: no plans, which are made again."""
        return {name: value for name, value in self.__dict__.items() if name != KEPT}

    @overload
    def __call__(self, x: xr.DataArray) -> xr.DataArray: ...
    @overload
    def __call__(self, x: xr.Dataset) -> xr.Dataset: ...
    @overload
    def __call__(self, x: xr.DataTree) -> xr.DataTree: ...
    def __call__(self, x: Any) -> Any:
        """Apply the operator to a labeled array, or to the variables of a Dataset or DataTree.

        Of a Dataset those variables that have its `dims`: one that has none of them, or holds no
        numbers, passes unchanged, and one that has some of them is dropped, as it stands on the
        grid before. Values of chunked arrays (dask) are not computed: the result is chunked too.
        """
        if isinstance(x, (xr.Dataset, xr.DataTree)):
            from invarsig.operators.on_datasets import on_dataset, on_tree

            mapped: Any = on_dataset if isinstance(x, xr.Dataset) else on_tree
            return mapped(self, x, self.dims, type(self).__name__)
        require_labels(x, type(self).__name__)
        return kept_attrs(through_quantities(self._apply, x))

    def bare(
        self,
        inputs: Sequence[xr.DataArray],
        y: xr.DataArray,
    ) -> Callable[[Sequence[np.ndarray]], np.ndarray] | None:
        """Give a function of plain arrays that does the same, or None where there is none.

        For code that runs an operator many times on one grid, and knows the labels of the result.

        Parameters
        ----------
        inputs
            What it will be applied to, but for the values: one array, or those of a join.
        y
            What it gives: dims and sizes of the values that are returned.
        """
        return None

    def fused(self, after: Operator) -> Operator | None:
        """Give one operator that does this and then the next in one pass, or None.

        Its results and labels are those of the two.
        """
        return None

    def __rshift__(self, other: Any) -> Pipeline:
        """Join: first this operator, then the other."""
        if hasattr(type(other), "__rrshift__"):
            return NotImplemented  # Levels, which join themselves
        require_operator(other)
        return _pipelines()((*stages_of(self), *stages_of(other)))

    def unstrided(self, dims: Sequence[str]) -> Operator:
        """Give the same operator, with the same filters, without its stride on those dims."""
        dense = self.restrided(dict.fromkeys(dims, 1))
        if dense is None:
            raise ParameterError(
                f"{self} has an internal stride; it has no form without its stride."
            )
        return dense

    @property
    def has_units(self) -> bool:
        """Whether a length of it has a unit of its own, so that it is known once there are axes."""
        return False

    def on(self, x: xr.DataArray) -> Operator:
        """Give the same operator with its lengths in the units of the axes of a signal.

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([0.0] * 8, iv.Axis("time", step=0.01, unit="s"))
        >>> (iv.Relu() >> iv.MaxPool({"time": "20 ms"})).on(x)
        (iv.Relu() >> iv.MaxPool(window={'time': 2}))
        """
        if not self.has_units:
            return self
        require_labels(x, str(self))
        return self._on(Axes.of(x, str(self)))

    def _on(self, axes: Axes) -> Operator:
        """The same operator with its lengths in the units of those axes."""
        return self

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
        own = {f.name: getattr(self, f.name) for f in fields_of(self)}

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
        named = any(each.name == "boundary" for each in fields_of(self))
        return replace(out, boundary=boundary) if named else out  # type: ignore[type-var]

    def _meaning(self) -> dict[str, Any]:
        """Parameters; a boundary by dim, as one name means all, and no stride of every sample."""
        own = super()._meaning()
        if isinstance(own.get("stride"), Mapping) and _optional_stride(self):
            own["stride"] = {dim: by for dim, by in own["stride"].items() if by != 1}
        if "boundary" in own:
            named = own["boundary"]
            each = named if isinstance(named, Mapping) else dict.fromkeys(self.dims, named)
            own["boundary"] = {**dict.fromkeys(self.dims), **each}
        return own

    def _rewritten(self, change: Any, method: str, argument: Any) -> Self:
        if not is_told(self):
            name = type(self).__name__
            raise ParameterError(
                f"{name} is no dataclass, so {method}() cannot change parameters that are unknown; "
                f"put @dataclass(frozen=True) above `class {name}`."
            )
        changed: dict[str, Any] = {}
        for each in fields_of(self):
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

    def _repr_html_(self) -> str:
        """Show its stages in a notebook, as a table."""
        from invarsig.operators.stage_table import html_of_operator

        return html_of_operator(self)

    def __str__(self) -> str:
        """Show the operator with the parameters that differ from their defaults."""
        shown = [shown_field(f, getattr(self, f.name)) for f in fields_of(self)]
        return f"{type(self).__name__}({', '.join(part for part in shown if part)})"


class ArrayOperator(Operator):
    """An operator given by a kernel on plain arrays.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import invarsig as iv
    >>> @dataclass(frozen=True)
    ... class Halve(iv.ArrayOperator):
    ...     linear = True
    ...     dims = ()
    ...     def plan(self, axes):
    ...         return iv.Plan((), (), kernel=lambda values: values / 2)
    >>> Halve()(iv.label([2.0, 4.0], "x")).values.tolist()
    [1.0, 2.0]
    """

    _keeps_plans: ClassVar[bool] = False
    """Whether its plans are small enough to be kept: they hold no filters."""

    @property
    def homogeneity(self) -> float | None:
        """Degree n with ``f(a x) = a^n f(x)`` for every a > 0; None where there is none.

        Examples
        --------
        >>> import invarsig as iv
        >>> iv.MaxPool({"x": 2}).homogeneity, iv.Square().homogeneity, iv.Log().homogeneity
        (1, 2, None)
        """
        return 1 if self.linear else None

    def result_unit(self, unit: str) -> str | None:
        """Unit of the result of samples in some unit; None where that does not follow from it.

        By default the power of it that `homogeneity` says. A function of plain numbers gives such.
        """
        degree = self.homogeneity
        if degree is None:
            return unit if unit == "1" else None
        return raised_unit(unit, degree)

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        keeps = self._keeps_plans and type(self).plan.__module__.startswith("invarsig.")
        plan = planned(self, x) if keeps else self.plan(Axes.of(x, type(self).__name__))
        if not isinstance(plan, Plan) or plan.kernel is None:
            what = "no kernel" if isinstance(plan, Plan) else f"{plan!r}, and no iv.Plan"
            raise DtypeError(f"{type(self).__name__}.plan gives {what}.")
        coords = filtered_out_of(x, plan.coords) if plan.coords else {}
        kernel = _as_planned(plan, type(self).__name__)
        parts = self._parts(plan, x) if is_chunked(x) else None
        y = on_axes(kernel, x, plan.in_axes, plan.out_axes, coords, parts)
        if "units" in x.attrs:
            y.attrs = with_unit(x.attrs, self.result_unit(str(x.attrs["units"])))
        return y

    def _parts(self, plan: Plan, x: xr.DataArray) -> Parts:
        """What is known of it on parts of `x`, with none of its values."""
        name = type(self).__name__
        core = {axis.dim for axis in plan.in_axes}
        others: dict[str, Any] = {}
        for dim in map(str, x.dims):
            if dim not in core:
                try:
                    others[dim] = axis_of(x, dim)
                except AxisError as error:
                    others[dim] = partial(_unread, error)
        sizes = {str(dim): size for dim, size in x.sizes.items()}

        def replan(axes: Sequence[Axis]) -> tuple[Kernel, Sequence[Axis]]:
            own = {axis.dim: axis for axis in axes}
            given = {dim: own[dim] if dim in own else others[dim] for dim in sizes}
            every = {**sizes, **{axis.dim: axis.size for axis in axes}}
            made = self.plan(Axes(given, every, name))
            return _as_planned(made, name), made.out_axes

        local = {d: w for d, w in plan.local.items() if math.isfinite(sum(plan.reach_along(d)))}
        return Parts(
            name, replan, local, plan.reach, plan.stride, plan.by_tree, plan.together,
            built_in=type(self).__module__.partition(".")[0] == "invarsig",
        )  # fmt: skip


def _unread(error: AxisError, _dim: str) -> Axis:
    """Say again why an axis cannot be read."""
    raise error


def _as_planned(plan: Plan, name: str) -> Kernel:
    """The kernel of a plan, which has to give what was planned."""
    kernel: Any = plan.kernel

    def checked(values: np.ndarray) -> Any:
        made = kernel(values)
        result = made[0] if isinstance(made, tuple) else made
        batch = values.shape[: values.ndim - len(plan.in_axes)]
        wanted = (*batch, *(axis.size for axis in plan.out_axes))
        if not isinstance(result, (np.ndarray, np.generic)) or result.shape != wanted:
            what = f"the shape {result.shape}" if hasattr(result, "shape") else f"{result!r}"
            axes = ", ".join(repr(axis.dim) for axis in plan.out_axes) or "none"
            raise ParameterError(
                f"The kernel of {name} gives {what} for an array of shape {values.shape}, and its "
                f"plan says {wanted}: the batch, and then the axes {axes}."
            )
        return made

    return checked


def _optional_stride(op: Operator) -> bool:
    """Whether dims that its stride does not name have a stride of 1."""
    return any(f.name == "stride" and f.default_factory is dict for f in fields_of(op))


def require_operator(op: Any, more: str = "") -> None:
    """Raise unless `op` is an operator with one rate; say what to do instead, and `more`."""
    if getattr(type(op), "many_rates", False):
        names = ", ".join(repr(name) for name in op.operators)
        raise ParameterError(
            f"Levels have several rates ({names}), and only one rate is supported: use "
            "levels.operators[name]."
        )
    if isinstance(op, type) and issubclass(op, Operator):
        name = op.__name__
        raise DtypeError(
            f"An operator is needed, and this is the class {name} itself; write {name}(...)."
        )
    if not isinstance(op, Operator):
        name = getattr(op, "__name__", type(op).__name__)
        made = f"if it makes one from an input, write {name}(x); " if inspect.isroutine(op) else ""
        raise DtypeError(
            f"An operator is needed, and this is {name!r}; {made}wrap a function of plain arrays "
            f"in Apply.{more and ' '}{more}"
        )


def stages_of(op: Operator) -> tuple[Operator, ...]:
    """Stages of a pipeline; any other operator is one stage."""
    return op.stages if isinstance(op, _pipelines()) else (op,)


def _pipelines() -> type[Pipeline]:
    """The class that joins operators, loaded when it is first needed."""
    if not hasattr(Operator, "_pipeline"):
        import_module("invarsig.operators.pipeline")
    return Operator._pipeline
