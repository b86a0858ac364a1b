"""For each law of operators there is a wrong operator that this law alone catches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig import testing
from invarsig.axes import Axes, Axis
from invarsig.operators.base import ArrayOperator, Plan
from invarsig.operators.fields import dims_field, mapping_field
from invarsig.operators.linear_filter import Channels, LinearFilter
from invarsig.operators.noise import noise_picture
from invarsig.testing import operator_laws

Kernel = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Right(ArrayOperator):
    """It gives its input back, and says so: it keeps every law."""

    dim: str = dims_field(default="x")

    linear: ClassVar[bool] = True

    @property
    def dims(self) -> tuple[str, ...]:
        return (self.dim,)

    def kernel(self, axis: Axis) -> Kernel:
        return lambda values: values

    def planned(self, axis: Axis) -> Plan:
        kernel = self.kernel(axis)
        return Plan((axis,), (axis,), {axis.dim: 1}, {axis.dim: (0.0, 0.0)}, kernel)

    def plan(self, axes: Axes) -> Plan:
        return self.planned(axes[self.dim])

    def restrided(self, strides: Mapping[str, int]) -> iv.Operator | None:
        return self

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[iv.Operator, xr.DataArray]]:
        yield cls(), noise_picture(rng)


class ForgetsAUnit(Right):
    """It takes the unit off a coordinate that it has nothing to do with."""

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        y = super()._apply(x)
        others = [dim for dim in y.dims if dim != self.dim and dim in y.coords]
        return y.assign_coords({dim: (dim, y[dim].to_numpy()) for dim in others})


class ClaimsAStride(Right):
    """It says that it keeps every second sample, and keeps all."""

    def planned(self, axis: Axis) -> Plan:
        return replace(super().planned(axis), stride={axis.dim: 2})

    def restrided(self, strides: Mapping[str, int]) -> None:
        return None


class ReachesFurther(Right):
    """It gives the sample before, and says that it sees none but its own."""

    def kernel(self, axis: Axis) -> Kernel:
        return lambda values: np.roll(values, 1, axis=-1)


class KnowsItsDimByName(Right):
    """It asks for the dim "x", whatever it was told."""

    def plan(self, axes: Axes) -> Plan:
        return self.planned(axes["x"])


class LooksAtTheOrder(Right):
    """It doubles its input where its dim is not the last one."""

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        y = super()._apply(x)
        return y if x.dims[-1] == self.dim else y.copy(data=2 * y.to_numpy())


class WeighsByTheStep(Right):
    """Its gain is the distance of the samples, in whatever unit."""

    def kernel(self, axis: Axis) -> Kernel:
        return lambda values: values * axis.step


class WeighsByThePlace(Right):
    """Its gain is the place of a sample, counted in samples from the origin."""

    def kernel(self, axis: Axis) -> Kernel:
        return lambda values: values * (axis.positions() / axis.step)


class MixesItsBatch(Right):
    """It divides by the largest value of the whole array."""

    linear: ClassVar[bool] = False

    def planned(self, axis: Axis) -> Plan:
        return replace(super().planned(axis), reach={axis.dim: (np.inf, np.inf)})

    def kernel(self, axis: Axis) -> Kernel:
        return lambda values: values / np.abs(values).max()


class Widens(Right):
    """It gives double precision for single."""

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        return super()._apply(x).astype(np.float64)


@dataclass(frozen=True)
class IsTwiceAsLargeDense(Right):
    """It keeps every second sample; without its stride it doubles its input."""

    every: int = 2

    def planned(self, axis: Axis) -> Plan:
        by = self.every
        return Plan(
            (axis,),
            (axis.strided(by),),
            {axis.dim: by},
            {axis.dim: (0.0, 0.0)},
            lambda values: values[..., ::by] * (2 if by == 1 else 1),
        )

    def restrided(self, strides: Mapping[str, int]) -> iv.Operator | None:
        return replace(self, every=strides.get(self.dim, self.every))


class ClaimsToShare(Right):
    """It doubles every second sample, and says that it treats all places alike."""

    def planned(self, axis: Axis) -> Plan:
        return replace(super().planned(axis), shared=frozenset({axis.dim}))

    def kernel(self, axis: Axis) -> Kernel:
        return lambda values: values * (1 + np.arange(axis.size) % 2)


@dataclass(frozen=True)
class ClaimsToBeQuiet(Right, LinearFilter):
    """It gives its input back, and says that it halves it."""

    more: Mapping[str, int] = mapping_field(default_factory=dict)

    def planned(self, axis: Axis) -> Plan:
        return replace(super().planned(axis), shared=frozenset({axis.dim}))

    def _channels(self, axes: Axes) -> Channels:
        return Channels()

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        return 0.5 * np.ones([each.size for each in frequencies])


class ClaimsToBeLinear(Right):
    """It squares, and says that it is linear."""

    def kernel(self, axis: Axis) -> Kernel:
        return lambda values: values**2


class HidesNan(Right):
    """It gives 0 for NaN."""

    def kernel(self, axis: Axis) -> Kernel:
        return np.nan_to_num


WRONG = {
    "_keeps_what_is_carried": ForgetsAUnit,
    "_keeps_its_plan": ClaimsAStride,
    "_stays_within_its_reach": ReachesFurther,
    "_does_not_care_for_names": KnowsItsDimByName,
    "_does_not_care_for_order": LooksAtTheOrder,
    "_does_not_care_for_units": WeighsByTheStep,
    "_does_not_care_for_the_origin": WeighsByThePlace,
    "_does_not_mix_a_batch": MixesItsBatch,
    "_keeps_single_precision": Widens,
    "_is_its_dense_form_decimated": IsTwiceAsLargeDense,
    "_shares_its_weights_where_it_says_so": ClaimsToShare,
    "_has_the_response_it_says": ClaimsToBeQuiet,
    "_is_as_linear_as_it_says": ClaimsToBeLinear,
    "_propagates_nan": HidesNan,
}


def test_every_law_has_its_wrong_operator():
    assert [law.__name__ for law in operator_laws.LAWS] == list(WRONG)


def test_what_the_wrong_operators_are_made_from_is_right(rng):
    ((op, x),) = testing.examples_of(Right, rng)
    testing.check_operator(op, x)


@pytest.mark.parametrize("law", WRONG)
def test_a_law_alone_catches_its_wrong_operator(law, rng, monkeypatch):
    """Without it the operator passes: no law can be taken away."""
    ((op, x),) = testing.examples_of(WRONG[law], rng)
    with pytest.raises(AssertionError, match=type(op).__name__):
        testing.check_operator(op, x)
    others = tuple(each for each in operator_laws.LAWS if each.__name__ != law)
    monkeypatch.setattr(operator_laws, "LAWS", others)
    testing.check_operator(op, x)


class Changes(Right):
    """It writes into its input."""

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        x.values[...] = 0.0
        return super()._apply(x)


def test_an_operator_that_writes_into_its_input_is_caught(rng):
    ((op, x),) = testing.examples_of(Changes, rng)
    with pytest.raises(AssertionError, match="changed its input"):
        testing.check_operator(op, x)
