"""The recursive decimator against scipy.signal.decimate."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import signal

from invarsig import Axes, Axis, IirDecimate, Translate, commutator, label
from invarsig.errors import AxisError, ParameterError
from tests.operators.pooling.rings import ring


def ended(values: np.ndarray) -> xr.DataArray:
    return label(values, *("zyx"[-np.ndim(values) :]))


@pytest.mark.parametrize("stride", [1, 2, 5, 10])
@pytest.mark.parametrize("order", [4, 7, 8])
@pytest.mark.parametrize("zero_phase", [True, False])
@pytest.mark.parametrize("kind", ["real", "complex"])
def test_on_an_axis_that_ends_it_is_scipys_decimate(stride, order, zero_phase, kind, rng):
    values = rng.standard_normal((2, 103))
    if kind == "complex":
        values = values + 1j * rng.standard_normal((2, 103))
    op = IirDecimate(stride={"x": stride}, order=order, zero_phase=zero_phase)
    wanted = signal.decimate(values, stride, order, zero_phase=zero_phase, axis=-1)
    np.testing.assert_allclose(op(ended(values)), wanted, atol=1e-12)


def test_two_dims_are_filtered_one_after_the_other(rng):
    values = rng.standard_normal((40, 50))
    wanted = signal.decimate(signal.decimate(values, 2, axis=0), 3, axis=1)
    np.testing.assert_allclose(IirDecimate({"y": 2, "x": 3})(ended(values)), wanted, atol=1e-12)


@pytest.mark.parametrize("zero_phase", [True, False])
def test_on_a_ring_it_is_what_the_recursion_settles_to(zero_phase, rng):
    values = rng.standard_normal(60)
    rounds = np.tile(values, 41)
    wanted = signal.decimate(rounds, 3, zero_phase=zero_phase)[400:420]
    out = IirDecimate(stride={"x": 3}, zero_phase=zero_phase)(ring(values))
    np.testing.assert_allclose(out, wanted, atol=1e-9)


@pytest.mark.parametrize("boundary", ["reflect", "symmetric", "edge", "zero"])
def test_other_boundaries_extend_the_axis_by_its_length(boundary, rng):
    values = rng.standard_normal(200)
    mode = {"reflect": "reflect", "symmetric": "symmetric", "edge": "edge", "zero": "constant"}[
        boundary
    ]
    wide = np.pad(values, 200, mode=mode)
    wanted = signal.sosfiltfilt(signal.cheby1(8, 0.05, 0.4, output="sos"), wide)[200:400:2]
    out = IirDecimate(stride={"x": 2}, boundary=boundary)(ring(values))
    # What comes round from the far end has died away to this.
    np.testing.assert_allclose(out, wanted, atol=1e-6)


@pytest.mark.parametrize("zero_phase", [True, False])
def test_its_response_is_that_of_scipys_filter(zero_phase):
    f = np.linspace(-0.5, 0.5, 101)
    sections = signal.cheby1(8, 0.05, 0.8 / 4, output="sos")
    wanted = signal.freqz_sos(sections, 2 * np.pi * f)[1]
    wanted = abs(wanted) ** 2 if zero_phase else wanted
    op = IirDecimate(stride={"x": 4}, zero_phase=zero_phase)
    out = op.frequency_response(Axis("x"), {"x": f})
    np.testing.assert_allclose(out, wanted, atol=1e-10)


def test_dense_it_commutes_with_any_translation(rng):
    x = ring(rng.standard_normal(61))
    for zero_phase in (True, False):
        dense = IirDecimate(stride={"x": 4}, zero_phase=zero_phase).unstrided(["x"])
        assert abs(commutator(dense, x, Translate(x=0.185))).max() < 1e-12


def test_the_low_pass_stays_where_the_stride_changes(rng):
    x = ring(rng.standard_normal((2, 24)))
    op = IirDecimate(stride={"x": 4})
    decimated = op.unstrided(["x"])(x).isel(x=slice(None, None, 2))
    xr.testing.assert_allclose(op.restrided({"x": 2})(x), decimated, atol=1e-13)


def test_a_boundary_that_is_no_ring_is_not_said_to_be_one():
    axes = Axes.of(ring(np.zeros(40)))
    assert IirDecimate(stride={"x": 1}, boundary="zero").plan(axes).shared == frozenset()
    assert IirDecimate(stride={"x": 2}).plan(axes).shared == {"x"}
    assert IirDecimate(stride={"x": 2}).plan(axes).reach == {"x": (np.inf, np.inf)}


def test_single_precision_and_nan_are_kept():
    for x in (ring(np.zeros(60)), ended(np.zeros(60))):
        assert IirDecimate(stride={"x": 2})(x.astype(np.float32)).dtype == np.float32
        assert np.isnan(IirDecimate(stride={"x": 2})(x.where(x.x > 3))).all()


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: IirDecimate(stride={}), ParameterError, "at least one dim"),
        (lambda: IirDecimate(stride={"x": 0}), ParameterError, "at least 1"),
        (lambda: IirDecimate({"x": 2}, order=0), ParameterError, "order is 0"),
        (lambda: IirDecimate({"x": 2}, ripple=0.0), ParameterError, "ripple is 0 dB"),
        (lambda: IirDecimate({"x": 2}, band={"y": 2}), ParameterError, "band names 'y'"),
        (lambda: IirDecimate({"x": 2}, boundary="valid"), AxisError, "no sample is valid"),
        (lambda: IirDecimate({"x": 2}), AxisError, r"has 27 samples.*order 8.*more than 27"),
    ],
)
def test_what_does_not_fit_is_refused(make, error, said):
    with pytest.raises(error, match=said):
        make()(ended(np.zeros(27)))
