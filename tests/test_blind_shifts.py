"""Shifts by whole total strides tell nothing of striding, and are not taken for a proof."""

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import UndecidableError


def noise(size=96, **kind):
    axis = iv.Axis("x", step=0.5, size=size, unit="m", **kind)
    return iv.power_law_noise(axis, exponent=0.5, rng=1)


INPUTS = {"finite": noise(), "periodic": noise(period=48.0)}
PIPELINES = {
    "subsample": iv.Subsample(stride={"x": 4}),
    "in two stages": iv.MaxPool(window={"x": 2}) >> iv.Relu() >> iv.Subsample(stride={"x": 2}),
    "within one": iv.Sum(iv.Pipeline([iv.Subsample(stride={"x": 4})])),
    "lost": iv.Parallel({"a": iv.MaxPool(window={"x": 4}) >> iv.GlobalPool("x")}),
}


@pytest.mark.parametrize("x", INPUTS.values(), ids=INPUTS)
@pytest.mark.parametrize("name", PIPELINES)
def test_a_check_at_multiples_of_the_total_stride_is_undecidable(name, x):
    (found,) = iv.check(PIPELINES[name], x, "x", max_error=-10, shifts=[2.0, -4.0])
    assert found.outcome == "undecidable"
    assert "total stride of 4 samples (2 m)" in found.sentence
    assert "such as half a stride, 1 m" in found.sentence


@pytest.mark.parametrize("stride", range(2, 7))
@pytest.mark.parametrize("shift", range(1, 13))
def test_one_shift_within_a_stride_is_enough_to_tell(stride, shift):
    x = noise(size=120, period=60.0)
    op = iv.Subsample(stride={"x": stride})
    (found,) = iv.check(op, x, "x", max_error=-60, shifts=[stride * 0.5, shift * 0.5])
    assert found.outcome == ("falls short" if shift % stride else "undecidable")


def test_without_a_stride_every_shift_tells():
    (found,) = iv.check(iv.Relu(), INPUTS["periodic"], "x", max_error=-100, shifts=[2.0])
    assert found.outcome == "holds"


def test_what_falls_short_at_a_whole_stride_still_does():
    weights = np.random.default_rng(1).standard_normal((48, 3))
    op = iv.LocallyConnected(iv.label(weights, "x", "x_tap")) >> iv.Subsample(stride={"x": 2})
    x = noise(size=48, period=24.0)
    (found,) = iv.check(op, x, "x", max_error=-40, shifts=[1.0])
    assert found.outcome == "falls short"


def test_default_shifts_are_never_blind():
    (found,) = iv.check(PIPELINES["subsample"], INPUTS["periodic"], "x", max_error=-100)
    assert found.outcome == "falls short"


@pytest.mark.parametrize("name", PIPELINES)
def test_an_assertion_at_a_multiple_of_the_total_stride_is_undecidable(name):
    with pytest.raises(UndecidableError, match=r"4 samples along 'x'.*Translate\(x=1\)"):
        iv.testing.assert_equivariant(PIPELINES[name], INPUTS["periodic"], iv.Translate(x=2.0))
    with pytest.raises((AssertionError, UndecidableError), match=r"not equivariant|limit"):
        iv.testing.assert_equivariant(PIPELINES[name], INPUTS["periodic"], iv.Translate(x=1.0))


def test_a_move_that_is_blind_along_one_of_two_dims_still_tells():
    axes = [iv.Axis(dim, size=16, unit="px", period=16.0) for dim in ("y", "x")]
    op = iv.Subsample(stride={"y": 2, "x": 2})
    x = iv.power_law_noise(*axes, rng=1)
    with pytest.raises(AssertionError):
        iv.testing.assert_equivariant(op, x, iv.Translate(y=2, x=1), max_db=-40)
    with pytest.raises(UndecidableError, match=r"Translate\(y=1, x=1\)"):
        iv.testing.assert_equivariant(op, x, iv.Translate(y=2, x=4), max_db=-40)


def test_two_cuts_show_a_border_where_the_move_is_blind():
    padded = iv.MeanPool(window={"x": 9}, stride={"x": 2}, boundary="zero")
    with pytest.raises(AssertionError, match=r"two cuts.*is border at stage 1"):
        iv.testing.assert_equivariant(padded, 5 + INPUTS["finite"], iv.Translate(x=2.0), max_db=-40)


@pytest.mark.parametrize("x", INPUTS.values(), ids=INPUTS)
@pytest.mark.parametrize("protocol", [None, "roll", "interior", "cut"])
def test_a_shift_by_the_stride_alone_is_undecidable_under_every_protocol(x, protocol):
    if protocol == "cut" and x is INPUTS["periodic"]:
        pytest.skip("a periodic axis is not one once it is cut")
    op, move = PIPELINES["subsample"], iv.Translate(x=2.0)
    with pytest.raises(UndecidableError, match="total stride"):
        iv.testing.assert_equivariant(op, x, move, max_db=-10, protocol=protocol)
