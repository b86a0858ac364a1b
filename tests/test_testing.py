"""The conformance laws hold for everything public, and can fail."""

from __future__ import annotations

import itertools
import math
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig import testing
from invarsig.aliasing.causes import CAUSES, main_cause
from invarsig.aliasing.readings import main_parts
from invarsig.axes import Axes, label
from invarsig.operators.base import ArrayOperator, Plan
from invarsig.operators.fields import dims_field
from invarsig.operators.noise import noise_picture
from tests.conftest import ring


def cases(classes):
    """Every example of every public class, named."""
    for cls in classes:
        for number, (one, x) in enumerate(testing.examples_of(cls, np.random.default_rng(7))):
            yield pytest.param(one, x, id=f"{cls.__name__}-{number}")


@pytest.mark.parametrize(("op", "x"), list(cases(testing.public_operators())))
def test_every_public_operator_keeps_the_laws(op, x):
    testing.check_operator(op, x)


@pytest.mark.parametrize(("action", "x"), list(cases(testing.public_actions())))
def test_every_public_action_keeps_the_laws(action, x):
    testing.check_action(action, x)


def test_all_operators_and_actions_of_the_shop_window_are_found():
    found = {cls.__name__ for cls in (*testing.public_operators(), *testing.public_actions())}
    shown = {name for name in iv.__all__ if _is_operator_or_action(getattr(iv, name))}
    assert shown - {"Operator", "ArrayOperator", "Action"} <= found
    assert {"MaxPool", "Convolve", "Spectrogram", "Translate"} <= found


def _is_operator_or_action(one: object) -> bool:
    return isinstance(one, type) and issubclass(one, (iv.Operator, iv.Action))


@dataclass(frozen=True)
class Rolled(ArrayOperator):
    """A planted wrong operator: it moves its input by a sample and says that it does not."""

    dim: str = dims_field(default="x")

    linear = True

    @property
    def dims(self) -> tuple[str, ...]:
        return (self.dim,)

    def plan(self, axes: Axes) -> Plan:
        axis = axes[self.dim]
        return Plan(
            (axis,),
            (axis,),
            {self.dim: 1},
            {self.dim: (0.0, 0.0)},
            lambda a: np.roll(a, 1, axis=-1),
        )

    def restrided(self, strides: Mapping[str, int]) -> iv.Operator:
        return self

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[iv.Operator, xr.DataArray]]:
        yield cls(), noise_picture(rng)


class MixesItsBatch(Rolled):
    """It is normed by the largest value of the whole array."""

    linear = False

    def plan(self, axes: Axes) -> Plan:
        axis = axes[self.dim]
        return Plan(
            (axis,), (axis,), {self.dim: 1}, {self.dim: (0.0, 0.0)}, lambda a: a / np.abs(a).max()
        )


class HidesNan(Rolled):
    """It replaces NaN by zero."""

    def plan(self, axes: Axes) -> Plan:
        axis = axes[self.dim]
        return Plan((axis,), (axis,), {self.dim: 1}, {self.dim: (0.0, 0.0)}, np.nan_to_num)


class ClaimsToBeLinear(Rolled):
    """It squares, and says that it is linear."""

    def plan(self, axes: Axes) -> Plan:
        axis = axes[self.dim]
        return Plan((axis,), (axis,), {self.dim: 1}, {self.dim: (0.0, 0.0)}, lambda a: a**2)


class CountsFromTheOrigin(Rolled):
    """It looks at where its samples stand."""

    def plan(self, axes: Axes) -> Plan:
        axis = axes[self.dim]
        gain = axis.positions()
        return Plan((axis,), (axis,), {self.dim: 1}, {self.dim: (0.0, 0.0)}, lambda a: a * gain)


class ClaimsToShare(Rolled):
    """Every second sample is doubled, and it says that all places are treated alike."""

    def plan(self, axes: Axes) -> Plan:
        axis = axes[self.dim]
        gain = 1.0 + np.arange(axis.size) % 2
        return Plan(
            (axis,),
            (axis,),
            {self.dim: 1},
            {self.dim: (0.0, 0.0)},
            lambda a: a * gain,
            shared=frozenset({self.dim}),
        )


class KnowsItsDimByName(Rolled):
    """It asks for the dim "x" whatever it was told."""

    def plan(self, axes: Axes) -> Plan:
        axis = axes["x"]
        return Plan((axis,), (axis,), {"x": 1}, {"x": (0.0, 0.0)}, lambda a: a)


class ForgetsUnits(Rolled):
    """It takes the unit off a coordinate that it has nothing to do with, and leaves its values."""

    def plan(self, axes: Axes) -> Plan:
        axis = axes[self.dim]
        return Plan((axis,), (axis,), {self.dim: 1}, {self.dim: (0.0, 0.0)}, lambda a: a)

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        y = super()._apply(x)
        bare = {dim: (dim, y[dim].to_numpy()) for dim in y.dims if dim != self.dim}
        return y.assign_coords(bare)


@pytest.mark.parametrize(
    ("wrong", "law"),
    [
        (ForgetsUnits, "changed the coordinate 'y'"),
        (KnowsItsDimByName, "cares for names.*'x'"),
        (Rolled, "its reach along 'x'"),
        (MixesItsBatch, "its reach along 'x'|batching"),
        (HidesNan, "hides NaN"),
        (ClaimsToShare, "sharing weights along 'x'"),
        (ClaimsToBeLinear, "linearity"),
        (CountsFromTheOrigin, "rescaling a unit|moving the origin"),
    ],
)
def test_a_planted_wrong_operator_is_caught(wrong, law, rng):
    for op, x in testing.examples_of(wrong, rng):
        with pytest.raises(AssertionError, match=law):
            testing.check_operator(op, x)


class Stuck(iv.Translate):
    """A planted wrong action: its inverse moves the same way."""

    def at(self, t: float) -> iv.Translate:
        return iv.Translate({dim: abs(t) * shift for dim, shift in self.shifts.items()})


def test_a_planted_wrong_action_is_caught(rng):
    x = label(rng.standard_normal(15), iv.Axis("x", period=15.0))
    testing.check_action(iv.Translate(x=2), x)
    with pytest.raises(AssertionError, match="the inverse"):
        testing.check_action(Stuck(x=2), x)


class Sloppy(iv.Rotate):
    """A planted wrong action: every part of it turns a little too far."""

    def _source(self, places):
        return replace(self, angle=1.1 * self.angle + 0.01 * (self.angle > 0))._honest(places)

    def _honest(self, places):
        return iv.Rotate._source(self, places)


class KnowsAll(iv.Translate):
    """A planted wrong action: it says that what comes in at a border is known."""

    accuracy = 1.0

    def _known(self, x, given):
        return given


def test_planted_wrong_actions_that_interpolate_are_caught(rng):
    move, x = next(
        (move, x) for move, x in iv.Rotate.examples(rng) if 0 < abs(move.angle) < math.pi / 2
    )
    testing.check_action(move, x)
    with pytest.raises(AssertionError, match="the inverse"):
        testing.check_action(Sloppy(move.angle, move.center), x)


def test_an_action_that_knows_too_much_is_caught(rng):
    x = label(rng.standard_normal(30), iv.Axis("x"))
    with pytest.raises(AssertionError, match="breaks the law of what is known"):
        testing.check_action(KnowsAll(x=2), x)


def test_an_action_that_does_not_add_up_is_caught_unless_it_says_so(rng):
    move, x = next(iter(iv.Warp.examples(rng)))
    testing.check_action(move, x)

    class Adds(iv.Warp):
        group = True

    with pytest.raises(AssertionError, match="composition"):
        testing.check_action(Adds(move.wavelength, gradient=move.gradient, rng=move.rng), x)


def test_halves_of_what_has_none_are_caught(rng):
    class Halved(iv.Translate):
        continuous = False

    x = label(rng.standard_normal(15), iv.Axis("x", period=15.0))
    with pytest.raises(AssertionError, match="cannot be done in part"):
        testing.check_action(Halved(x=2), x)


def test_a_public_class_without_examples_fails(rng):
    class Bare(Rolled):
        @classmethod
        def examples(cls, _rng):
            return iter(())

    module = types.ModuleType("house")
    module.Bare = Bare
    module.__all__ = ["Bare"]
    assert testing.public_operators(module) == (Bare,)
    with pytest.raises(AssertionError, match="Bare is public but has no examples"):
        testing.examples_of(Bare, rng)


def test_a_public_class_that_leaves_a_method_out_fails(rng):
    class Half(ArrayOperator):
        linear = True

    with pytest.raises(AssertionError, match="Half is public but leaves out dims, plan"):
        testing.examples_of(Half, rng)


def test_assert_equivariant_passes_for_a_convolution(photograph):
    x = ring(photograph, x=128)
    kernel = xr.DataArray([0.25, 0.5, 0.25], dims="x")
    testing.assert_equivariant(iv.Convolve(kernel), x, iv.Translate(x=1), max_db=-250)


def test_assert_equivariant_names_the_axis_the_error_and_the_cause(photograph):
    x = ring(photograph, x=128)
    kernel = xr.DataArray([0.25, 0.5, 0.25], dims="x")
    strided = iv.Relu() >> iv.Convolve(kernel, stride={"x": 2}) >> iv.Tanh()
    error = float(iv.equivariance_error(strided, x, iv.Translate(x=1)))
    shares = iv.causes(strided, x, iv.Translate(x=1))["share"]
    share = float(shares.sel(cause="folding", stage=2))
    assert share > 0.9
    with pytest.raises(AssertionError) as caught:
        testing.assert_equivariant(strided, x, iv.Translate(x=1), max_db=-40)
    sentence = str(caught.value)
    assert "along 'x'" in sentence
    assert f"{20 * np.log10(error):.1f} dB ({100 * error:.3g} %)" in sentence
    assert re.search(rf" {100 * share:.0f}( ± \d+)? % of it is folding at stage 2, Conv", sentence)
    assert "the limit -40.0 dB" in sentence


def zero_padded_boxes():
    box = label(np.full((5, 5), 1 / 25), "y", "x")
    return iv.Convolve(box, boundary="zero")


@pytest.mark.parametrize(
    ("op", "move", "cause"),
    [
        (iv.Subsample(stride={"x": 2}), {"x": 1}, "folding at stage 1, Subsample"),
        (zero_padded_boxes(), {"x": 4}, "border at stage 1, Convolve"),
        (iv.Subsample(stride={"y": 2, "x": 2}), {"y": 1, "x": 1}, "folding at stage 1, Subsample"),
    ],
)
def test_assert_equivariant_names_the_cause_on_finite_axes_too(photograph, op, move, cause):
    with pytest.raises(AssertionError, match=rf"9\d|100 % of it is {cause}"):
        testing.assert_equivariant(op, photograph, iv.Translate(move), max_db=-25)


def test_assert_equivariant_does_not_blame_folding_for_unshared_weights(photograph, rng):
    x = ring(photograph, x=64)
    weights = xr.DataArray(rng.standard_normal((64, 3)), dims=("x", "x_tap"))
    with pytest.raises(AssertionError, match="% of it is position at stage 1") as caught:
        testing.assert_equivariant(iv.LocallyConnected(weights), x, iv.Translate(x=1), max_db=-40)
    assert "folding" not in str(caught.value)


def of_shares(folding: float, border: float, doubt: float) -> xr.Dataset:
    """Causes of a pipeline of two stages: the first one folds, the second one pads."""
    shares = np.zeros((5, 2))
    shares[0, 0], shares[3, 1] = folding, border
    found = xr.Dataset(
        {
            "share": (("cause", "stage"), shares),
            "uncertainty": (("cause", "stage"), np.where(shares, doubt, 0.0)),
        },
        coords={
            "cause": list(CAUSES),
            "stage": [1, 2],
            "operator": ("stage", ["Pool", "Pad"]),
            "path": ("stage", ["1", "2"]),
        },
    )
    doubts = found["uncertainty"].sum("stage").to_numpy()
    return found.assign_attrs(main_cause=main_cause(shares.sum(axis=1), doubts))


@pytest.mark.parametrize("doubt", [0.0, 0.02, 0.1, 0.19, 0.21, 0.3, 0.45])
@pytest.mark.parametrize("folding", [0.7, 0.3])
def test_no_main_cause_is_named_within_the_uncertainty(folding, doubt):
    sentence = main_parts(of_shares(folding, 1 - folding, doubt))
    assert sentence.startswith("No cause stands out") == (2 * doubt > 0.4)
    first = "folding at stage 1, Pool" if folding == 0.7 else "border at stage 2, Pad"
    give = f" ± {100 * doubt:.0f}" if doubt else ""
    assert f"70{give} % of it is {first}" in sentence
    assert ("30" in sentence) == (doubt <= 0.3), "a part within its own uncertainty is not named"


def test_a_node_of_a_graph_is_called_by_its_path():
    found = of_shares(0.9, 0.1, 0.0).assign_coords(
        operator=("stage", ["layer2.pool: Pool", "pad: Pad"]),
        path=("stage", ["layer2.pool", "pad"]),
    )
    assert main_parts(found) == (
        "90 % of it is folding at layer2.pool: Pool; 10 % of it is border at pad: Pad."
    )


def test_assert_equivariant_agrees_with_a_check(photograph):
    x = photograph.isel(y=slice(96, 144), x=slice(64, 192))
    raised = {"falls short": AssertionError, "undecidable": iv.errors.UndecidableError}
    outcomes = set()
    for op in (
        zero_padded_boxes() >> zero_padded_boxes(),
        iv.MaxPool(window={"y": 2, "x": 2}),
        iv.BlurPool(taps=5, stride={"x": 2}, boundary="reflect"),
        iv.Relu(),
    ):
        for shift, limit in itertools.product((1.0, 1.3, 2.0), (-20, -45)):
            (found,) = iv.check(op, x, "x", max_error=limit, shifts=[shift])
            outcomes.add(found.outcome)
            if found.outcome == "holds":
                testing.assert_equivariant(op, x, iv.Translate(x=shift), max_db=limit)
                continue
            with pytest.raises(raised[found.outcome]) as caught:
                testing.assert_equivariant(op, x, iv.Translate(x=shift), max_db=limit)
            assert f"{found.error:.1f} dB" in str(caught.value) or "cannot be told" in str(
                caught.value
            )
    assert outcomes == {"holds", *raised}


def test_rounding_of_a_function_in_single_precision_is_no_failure(rng):
    x = label(rng.standard_normal(64), iv.Axis("x", period=64.0))
    kernel = np.array([1.0, 2.0, 1.0], np.float32)

    def blurred(v):
        wide = np.pad(v.astype(np.float32), [(0, 0)] * (v.ndim - 1) + [(1, 1)], mode="wrap")
        return sum(k * wide[..., i : i + 64] for i, k in enumerate(kernel)).astype(float) / 3.0

    op = iv.Apply(lambda v: np.fft.ifft(np.fft.fft(blurred(v).astype(np.complex64))).real, over="x")
    move = iv.Translate(x=0.37)
    testing.assert_equivariant(op, x, move)
    with pytest.raises(iv.errors.UndecidableError, match=r"floor .* is -100\.0 dB"):
        testing.assert_equivariant(op, x, move, max_db=-200)


def test_an_explicit_protocol_is_the_only_one_that_is_asked(photograph):
    op, move = zero_padded_boxes(), iv.Translate(x=4)
    testing.assert_equivariant(op, photograph, move, protocol="interior")
    with pytest.raises(AssertionError, match=r"protocol 'cut'.*% of it is border at stage 1"):
        testing.assert_equivariant(op, photograph, move, max_db=-40, protocol="cut")
    with pytest.raises(iv.errors.ParameterError, match="crpo"):
        testing.assert_equivariant(op, photograph, move, protocol="crpo")


def test_an_error_far_above_the_measuring_limit_fails_whatever_limit_was_asked_for(photograph):
    op = iv.Subsample(stride={"x": 4})
    with pytest.raises(AssertionError, match="is folding at stage 1"):
        testing.assert_equivariant(op, photograph, iv.Translate(x=1), max_db=-200)


def test_below_its_floor_the_question_is_undecidable(photograph):
    with pytest.raises(
        iv.errors.UndecidableError, match=r"undecidable: the floor .* is -\d+\.\d dB"
    ):
        testing.assert_equivariant(
            iv.GaussianBank(sigma={"x": 4.0}, stride={"x": 4}),
            photograph,
            iv.Translate(x=1),
            max_db=-200,
        )


def test_an_undefined_error_fails():
    x = label(np.zeros(16), iv.Axis("x", period=16.0))
    with pytest.raises(AssertionError, match="undefined"):
        testing.assert_equivariant(iv.Relu(), x, iv.Translate(x=1))


def test_a_pipeline_of_hertz_is_not_asked_to_ignore_where_they_begin():
    rng = np.random.default_rng(3)
    bank, x = testing.examples_of(iv.MelBank, rng)[0]
    testing.check_operator(bank >> iv.Relu(), x)


def test_where_the_floor_is_unknown_the_question_is_undecidable(rng):
    plane = [iv.Axis("y", unit="px"), iv.Axis("x", unit="px")]
    x = label(rng.standard_normal((40, 40)), *plane)
    move = iv.Rotate.about_middle(x, 0.6)
    blur = iv.Convolve(label(rng.standard_normal((7, 7)), "y", "x"))
    error = iv.equivariance_error(blur, x, move)
    assert error > 0.1
    assert np.isnan(error["floor"])
    with pytest.raises(iv.errors.UndecidableError, match=r"floor .* is unknown: nothing is"):
        testing.assert_equivariant(blur, x, move)
