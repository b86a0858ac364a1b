"""Per-channel energy normalization against librosa, on lines and on rings."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import DtypeError, ParameterError

OPTIONS = [
    {},
    {"gain": 0.8, "bias": 10.0, "power": 0.25, "time_constant": 0.06, "eps": 1e-3},
    {"bias": 0.0},
    {"gain": 0.0, "power": 1.0},
]


def energies(rng, size: int = 300, *, period: float | None = None, step: float = 0.01):
    axis = iv.Axis("time", 0.5, step, size, "s", period)
    return iv.label(50 * rng.random((20, size)) ** 2, iv.Axis("mel", 1.0, 2.0, unit="mel"), axis)


@pytest.mark.parametrize("options", OPTIONS)
def test_on_a_line_it_is_librosas(options, rng):
    librosa = pytest.importorskip("librosa")
    x = energies(rng)
    theirs = librosa.pcen(x.values, sr=100, hop_length=1, **options)
    np.testing.assert_allclose(iv.Pcen(**options)(x), theirs, rtol=1e-11)


@pytest.mark.parametrize("weight", [0.025, 0.5, 1.0])
def test_a_smoothing_weight_is_librosas_b(weight, rng):
    librosa = pytest.importorskip("librosa")
    x = energies(rng)
    theirs = librosa.pcen(x.values, sr=100, hop_length=1, b=weight)
    np.testing.assert_allclose(iv.Pcen(smoothing=weight)(x), theirs, rtol=1e-11)


@pytest.mark.parametrize("initial", [0.0, 3.0, None])
def test_the_running_mean_is_its_recursion(initial, rng):
    x = energies(rng, 40)
    op = iv.Pcen(gain=1.0, bias=0.0, power=1.0, eps=1e-9, smoothing=0.2, initial=initial)
    mean = x.values[:, 0] if initial is None else np.full(20, initial)
    wanted = np.empty(x.shape)
    for t in range(40):
        mean = 0.8 * mean + 0.2 * x.values[:, t]
        wanted[:, t] = x.values[:, t] / (1e-9 + mean)
    np.testing.assert_allclose(op(x), wanted, rtol=1e-9)


@pytest.mark.parametrize("options", OPTIONS)
def test_on_a_ring_it_is_what_is_left_after_many_turns(options, rng):
    librosa = pytest.importorskip("librosa")
    x = energies(rng, period=3.0)
    many = librosa.pcen(np.tile(x.values, (1, 60)), sr=100, hop_length=1, **options)
    np.testing.assert_allclose(iv.Pcen(**options)(x), many[:, -300:], rtol=1e-11)


@pytest.mark.parametrize("weight", [1.0, 0.3, 1e-4])
def test_on_a_ring_it_follows_every_whole_shift(weight, rng):
    x = energies(rng, period=3.0)
    error = iv.commutator(iv.Pcen(smoothing=weight), x, iv.Translate.in_samples(x, time=37))
    assert abs(error).max() < 1e-10


def test_gain_one_forgets_how_loud_it_was(rng):
    x = energies(rng, period=3.0)
    op = iv.Pcen(gain=1.0, eps=1e-12)
    np.testing.assert_allclose(op(1000 * x), op(x), rtol=1e-9)


def test_where_time_runs_backwards_the_past_lies_behind(rng):
    x = energies(rng)
    back = x.isel(time=slice(None, None, -1))
    np.testing.assert_allclose(iv.Pcen()(back).isel(time=slice(None, None, -1)), iv.Pcen()(x))
    assert iv.Pcen().plan(iv.Axes.of(back)).reach["time"] == (0.0, np.inf)
    assert iv.Pcen().plan(iv.Axes.of(x)).reach["time"] == (np.inf, 0.0)


def test_nothing_to_come_matters(rng):
    x = energies(rng)
    other = x.where(x.time < x.time[150], 7.0)
    np.testing.assert_array_equal(iv.Pcen()(x)[:, :150], iv.Pcen()(other)[:, :150])


def test_the_time_constant_is_in_the_axis_unit(rng):
    x = energies(rng)
    fine = energies(rng, 300, step=0.02)
    a, b = iv.Pcen(time_constant=0.2)(x), iv.Pcen(time_constant=0.4)(fine.copy(data=x.values))
    np.testing.assert_allclose(a, b)
    assert iv.Pcen(time_constant=4.0).weight(iv.axis_of(x, "time")) == pytest.approx(1 / 400, 0.01)


def test_single_precision_stays_and_is_near(rng):
    x = energies(rng)
    out = iv.Pcen()(x.astype(np.float32))
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, iv.Pcen()(x), rtol=1e-5)


def test_nan_is_passed_on_to_all_that_comes_after_it(rng):
    x = energies(rng)
    x[3, 100] = np.nan
    missing = np.isnan(iv.Pcen()(x))
    assert missing.values[3, 100:].all()
    assert not missing.values[3, :100].any()
    assert not missing.drop_isel(mel=3).any()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"gain": -0.1}, "gain is -0.1"),
        ({"bias": np.inf}, "bias is inf"),
        ({"power": 0.0}, "power is 0"),
        ({"eps": 0.0}, "eps is 0"),
        ({"time_constant": -1.0}, "time_constant is -1"),
        ({"smoothing": 0.0}, "smoothing is 0.0; give a weight above 0, at most 1"),
        ({"smoothing": 1.1}, "smoothing is 1.1"),
        ({"initial": -1.0}, "initial is -1; give an energy of at least 0, or None"),
    ],
)
def test_parameters_out_of_range_are_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        iv.Pcen(**options)


def test_complex_values_are_refused(rng):
    with pytest.raises(DtypeError, match="complex; put a Modulus before it"):
        iv.Pcen()(energies(rng) + 0j)


@pytest.mark.parametrize("samples", [1e-12, 1e-9, 1e-3, 1.0, 1e3, 1e9])
def test_the_weight_keeps_its_digits_at_any_time_constant(samples):
    """``s^2 T^2 + s = 1``: what the definition solves."""
    weight = iv.Pcen(time_constant=0.01 * samples).weight(iv.Axis("time", step=0.01, unit="s"))
    assert weight * (1 + weight * samples**2) == pytest.approx(1.0, rel=1e-12)
