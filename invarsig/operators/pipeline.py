"""Operators in sequence, and the same on a finer output grid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis
from invarsig.errors import InvarsigError, ParameterError
from invarsig.operators.base import Operator, require_operator, stages_of
from invarsig.operators.fields import mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.plan import Plan
from invarsig.operators.polyphase import (
    Phases,
    by_moving,
    finer_axis,
    recurses,
    without_a_lift,
    works,
)
from invarsig.operators.rates import Rates
from invarsig.operators.strides import rate_of

__all__ = ["Dense", "Pipeline", "listed", "located", "told"]

_NO_LAYER = (
    "Dense runs an operator on a finer output grid; a fully connected layer is Convolve with "
    "weights of the size of the input, or a matrix product in Apply."
)


def listed(given: Sequence[Any], named: Any) -> tuple[Any, ...]:
    """Operators given as separate arguments, or in one tuple or list."""
    by_name = tuple(named)
    if given and by_name:
        raise ParameterError(
            f"Operators are given both by position and by name, {by_name!r}; give all of "
            "them in one way."
        )
    lone = given[0] if len(given) == 1 else None
    if lone is not None and not isinstance(lone, Operator) and isinstance(lone, Iterable):
        return tuple(lone)
    return tuple(given) or by_name


@dataclass(frozen=True, init=False)
class Pipeline(Operator, joins=True):
    """Operators in sequence: ``f = f_n ∘ … ∘ f_1``.

    Strides multiply and reaches add up along it. ``pipeline[:2]`` is a pipeline,
    ``pipeline[1]`` a stage.

    Parameters
    ----------
    stages
        The operators, in the order in which they are applied: as separate arguments, or in one
        tuple or list.

    Raises
    ------
    DtypeError
        If a stage is not an operator.
    ParameterError
        If stages are given both by position and by name.

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
    def network(self) -> bool:  # type: ignore[override]
        """Whether a stage is a network."""
        return any(stage.network for stage in self.stages)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that its stages are joint over; some may be created by an earlier stage."""
        return tuple(dict.fromkeys(dim for stage in self.stages for dim in stage.dims))

    def plan(self, axes: Axes) -> Plan:
        """Chain the plans of the stages."""
        now: Axes = axes
        used: dict[str, Axis] = {}
        rates = Rates()
        reach: dict[str, tuple[float, float]] = {}
        unshared: set[str] = set()
        lost: set[str] = set()
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
            # A dim of the same name that is created later is a different one.
            rates = rates.then(step, lost)
            for dim in {*step.reach, *step.lost_reach} - lost:
                (left, right), before = step.reach_along(dim), reach.get(dim, (0.0, 0.0))
                reach[dim] = (before[0] + left, before[1] + right)
            lost |= {dim for dim in axes if dim not in now}
        new = [now[dim] for dim in now if dim in used or dim not in axes]
        kept = {dim for dim in axes if dim not in lost}
        made = Plan(
            tuple(used.values()),
            tuple(new),
            rates.along(kept),
            {dim: by for dim, by in reach.items() if dim in kept},
            shared=frozenset(used) - unshared,
            lost_stride={dim: rate_of(by) for dim, by in rates.stride.items() if dim in lost},
            lost_reach={dim: by for dim, by in reach.items() if dim in lost},
        )
        return rates.planned(made).costing(works, axes)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the pipeline on a finer output grid, by polyphase recursion."""
        return Dense(self, dict(strides))

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        done = 0
        for number, stage in enumerate(self.stages):
            if number < done:
                continue
            both = stage.fused(self.stages[number + 1]) if number + 1 < len(self) else None
            with told(stage, number + 1, x):
                x = stage(x) if both is None else both(x)
            done = number + (1 if both is None else 2)
        return x

    def __str__(self) -> str:
        """Show the stages as source code."""
        return " >> ".join(map(str, self.stages)) or "Pipeline()"

    @property
    def has_units(self) -> bool:
        """Whether a length of a stage has a unit of its own."""
        return any(stage.has_units for stage in self.stages)

    def _on(self, axes: Axes) -> Operator:
        made = []
        for number, stage in enumerate(self.stages, 1):
            with told(stage, number):
                own = stage._on(axes) if stage.has_units else stage
                made.append(own)
                if number < len(self.stages):
                    axes = own.plan(axes).after(axes)
        return Pipeline(made)

    def joined_source(self, source_of: Callable[[Any], str]) -> str:
        """Stages joined by ``>>``; with a pipeline among them, or fewer than two, in a call."""
        parts = [source_of(stage) for stage in self.stages]
        if len(parts) < 2 or any(isinstance(stage, Pipeline) for stage in self.stages):
            return f"iv.Pipeline({', '.join(parts)})"
        return f"({' >> '.join(parts)})"

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


@dataclass(frozen=True)
class Dense(Operator):
    """An operator on a finer output grid: ``Z[S j + k] = f(T_-k x)[j]``.

    It is not a fully connected layer: that is a `Convolve` with weights of the size of the input,
    or a matrix product in `Apply`.

    Parameters
    ----------
    body
        Operator or pipeline of total stride S along a periodic axis.
    strides
        For each dim the remaining stride r, which divides S. The default for other dims is the
        body's own. With ``r = 1`` this is the lift.

    Raises
    ------
    DtypeError
        If the body is not an operator.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> from invarsig.operators.pooling.subsample import Subsample
    >>> x = label([1.0, 2.0, 3.0, 4.0], Axis("x", period=4.0))
    >>> Dense(Subsample(stride={"x": 2}), {"x": 1})(x).values.tolist()
    [1.0, 2.0, 3.0, 4.0]
    """

    body: Operator
    strides: Mapping[str, int] = mapping_field()

    def __post_init__(self) -> None:
        require_operator(self.body, _NO_LAYER)
        object.__setattr__(self, "strides", parameters.counts("stride", self.strides))

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether the body is linear."""
        return self.body.linear

    @property
    def dims(self) -> tuple[str, ...]:
        """Core dims of the body."""
        return self.body.dims

    def plan(self, axes: Axes) -> Plan:
        """Plan of the body, with a finer output axis."""
        plan = self.body.plan(axes)
        stride, finer = dict(plan.stride), {}
        for dim, left in self.strides.items():
            whole = plan.whole_shift_along(dim)
            if whole != plan.stride_along(dim):
                raise ParameterError(without_a_lift(dim, plan.stride_along(dim), whole))
            if whole % left:
                raise ParameterError(
                    f"A stride of {left} along {dim!r} does not divide the total stride {whole}."
                )
            stride[dim], finer[dim] = left, whole // left
        out = tuple(finer_axis(axis, finer.get(axis.dim, 1)) for axis in plan.out_axes)
        made = replace(
            plan,
            out_axes=out,
            stride=stride,
            kernel=None,
            whole_shifts={d: by for d, by in plan.whole_shifts.items() if d not in finer},
            finest={d: by for d, by in plan.finest.items() if d not in finer},
        )
        return made.costing(works(stages_of(self.body), axes, self.strides), axes)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the body on another grid."""
        return Dense(self.body, {**self.strides, **strides})

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        stages, axes = stages_of(self.body), Axes.of(x)
        if not recurses(stages, axes, self.strides):
            self.plan(axes)  # which refuses a grid that there is not
            plan = self.body.plan(axes)
            whole = {dim: plan.whole_shift_along(dim) for dim in self.strides}
            return by_moving(
                self.body, x, [(dim, by, whole[dim] // by) for dim, by in self.strides.items()]
            )
        return Phases.of(x, self.strides).through(stages).interleaved()

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """A pipeline with two strides, run without them."""
        from invarsig.operators.pooling.blur_pool import BlurPool
        from invarsig.operators.pooling.max_pool import MaxPool

        body = BlurPool(taps=3, stride={"x": 2}) >> MaxPool(window={"x": 3}, stride={"x": 3})
        yield cls(body, {"x": 1}), noise_picture(rng)
        yield cls(body, {"x": 2}), noise_picture(rng)


@contextmanager
def told(stage: object, number: int, x: xr.DataArray | None = None) -> Iterator[None]:
    """Add to an error the stage that it comes from, and that stage's input."""
    where = f"Stage {number}, {stage}"
    if x is not None:
        where += f", was given {', '.join(f'{dim}: {size}' for dim, size in x.sizes.items())}"
    with located(where):
        yield


@contextmanager
def located(where: str) -> Iterator[None]:
    """Add to an error where it comes from; the innermost place stays."""
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
