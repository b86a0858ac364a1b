"""The Lie derivative: closed forms, the limit of small shifts, and both floors."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.spectra import image_numbers
from tests.conftest import ring

MOVE = iv.Translate(x=1)


def noise(rng, size=96, exponent=1.0, channels=2):
    axis = iv.Axis("x", size=size, unit="px", period=float(size))
    return iv.power_law_noise(axis, exponent=exponent, channels=channels, rng=rng)


def spectral(values: np.ndarray) -> np.ndarray:
    """Rate of a real ring that begins to move by one sample, odd sizes."""
    turn = -2j * np.pi * np.fft.fftfreq(values.shape[-1])
    return np.fft.ifft(np.fft.fft(values) * turn).real


@pytest.mark.parametrize(
    ("op", "function", "slope"),
    [
        (iv.Square(), np.square, lambda x: 2 * x),
        (iv.Tanh(), np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        (iv.Sigmoid(), lambda x: 1 / (1 + np.exp(-x)), lambda x: 0.25 / np.cosh(x / 2) ** 2),
    ],
)
def test_of_a_smooth_function_it_is_the_chain_rule(rng, op, function, slope):
    x = noise(rng, 95)
    y = function(x.values)
    gap = slope(x.values) * spectral(x.values) - spectral(y)
    error = iv.measures.lie_derivative(op, x, MOVE)
    expected = np.linalg.norm(gap) / np.linalg.norm(y - y.mean())
    assert float(error) == pytest.approx(float(expected), rel=1e-10)
    motion = iv.measures.lie_derivative(op, x, MOVE, norm="motion")
    assert float(motion) == pytest.approx(
        float(np.linalg.norm(gap) / np.linalg.norm(spectral(y))), rel=1e-10
    )


@pytest.mark.parametrize(("size", "stride"), [(90, 2), (93, 3), (84, 4), (95, 5), (90, 6)])
def test_of_a_stride_it_is_the_folded_power_by_its_image_number(rng, size, stride):
    """The derivative of the error spectrum of mathematics.md: each fold by 2 pi m / s.

    Of odd outputs, and without the input's Nyquist bin: bins that stand still are no folds.
    """
    x = noise(rng, size, channels=1)[0]
    coarse = size // stride
    spectrum = np.fft.fft(x.values)
    spectrum[np.abs(np.fft.fftfreq(size)) == 0.5] = 0
    x, spectrum = x.copy(data=np.fft.ifft(spectrum).real), spectrum.reshape(stride, coarse)
    turn = -2j * np.pi * image_numbers(size, stride) / stride
    gap = (turn * spectrum).sum(0) / stride
    y = x.values[::stride]
    centered = np.linalg.norm(y - y.mean())
    expected = np.linalg.norm(gap) / np.sqrt(coarse) / centered
    error = iv.measures.lie_derivative(iv.Subsample(stride={"x": stride}), x, MOVE)
    assert float(error) == pytest.approx(float(expected), rel=1e-10)


@pytest.mark.parametrize(
    "op",
    [
        iv.MaxPool(window={"x": 3}),
        iv.Relu() >> iv.BlurPool(taps=3, stride={"x": 2}),
        iv.Square() >> iv.Subsample(stride={"x": 6}),
        iv.GaborBank("x", frequency=[0.2], stride={"x": 4}),
        iv.GaborBank("x", frequency=[0.1, 0.2]) >> iv.Modulus() >> iv.MeanPool(window={"x": 4}),
        iv.Tanh() >> iv.Subsample(stride={"x": 2}) >> iv.GlobalPool("x", kind="mean"),
    ],
    ids=str,
)
def test_it_is_the_limit_of_the_error_at_small_shifts(rng, op):
    x = noise(rng)
    small = 1e-5
    for norm in ("centered", "total"):
        limit = float(iv.equivariance_error(op, x, MOVE.at(small), norm=norm)) / small
        assert float(iv.measures.lie_derivative(op, x, MOVE, norm=norm)) == pytest.approx(
            limit, rel=1e-3
        )


def test_several_axes_move_at_once_each_at_its_own_speed(rng):
    axes = [iv.Axis(dim, size=n, unit="px", period=float(n)) for dim, n in (("y", 32), ("x", 33))]
    x = iv.power_law_noise(*axes, rng=rng)
    op, move = iv.Relu() >> iv.MaxPool(window={"y": 2, "x": 3}), iv.Translate(y=0.5, x=-2)
    limit = float(iv.equivariance_error(op, x, move.at(1e-6))) / 1e-6
    assert float(iv.measures.lie_derivative(op, x, move)) == pytest.approx(limit, rel=1e-3)


def test_twice_the_speed_is_twice_the_error_and_the_same_share_of_the_motion(rng):
    x, op = noise(rng), iv.Tanh() >> iv.Subsample(stride={"x": 2})
    for norm, ratio in (("centered", 2.0), ("motion", 1.0)):
        for derivative in ("spectral", "linear"):
            once, twice = (
                float(
                    iv.measures.lie_derivative(op, x, MOVE.at(t), norm=norm, derivative=derivative)
                )
                for t in (1, 2)
            )
            assert twice == pytest.approx(ratio * once, rel=1e-9)


def test_it_is_in_the_unit_of_the_axis(speech):
    x = ring(speech, time=1600)
    op = iv.Square() >> iv.MeanPool(window={"time": 4})
    by_sample = iv.measures.lie_derivative(op, x, iv.Translate(time=1 / 16000))
    by_second = iv.measures.lie_derivative(op, x, iv.Translate(time=1.0))
    assert float(by_second) == pytest.approx(16000 * float(by_sample), rel=1e-9)


@pytest.mark.parametrize("size", [96, 95])
def test_convolutions_and_ideal_low_passes_are_at_the_floor(rng, size):
    x = noise(rng, size)
    taps = iv.label(rng.standard_normal(5), "x")
    for op in (iv.Convolve(taps), iv.GaussianBank(sigma={"x": 1.5})):
        assert float(iv.measures.lie_derivative(op, x, MOVE)) < 1e-10
    if size % 4 == 0:
        error = iv.measures.lie_derivative(iv.SpectralPool(stride={"x": 4}), x, MOVE)
        assert float(error) < 1e-10
        assert float(error.floor) < 1e-10
        assert float(error.uncertainty) < 1e-9


def test_the_linear_derivative_of_a_square_is_the_square_of_the_difference(rng):
    """No product rule: 2 x (x[-1] - x) - (x[-1]² - x²) = -(x[-1] - x)²."""
    x = noise(rng)
    step = np.roll(x.values, 1, -1) - x.values
    y = x.values**2
    expected = np.linalg.norm(step**2) / np.linalg.norm(y - y.mean())
    error = iv.measures.lie_derivative(iv.Square(), x, MOVE, derivative="linear")
    assert float(error) == pytest.approx(float(expected), rel=1e-9)
    back = np.roll(x.values, -1, -1) - x.values
    expected = np.linalg.norm(back**2) / np.linalg.norm(y - y.mean())
    error = iv.measures.lie_derivative(iv.Square(), x, MOVE.at(-1), derivative="linear")
    assert float(error) == pytest.approx(float(expected), rel=1e-9)


def test_the_linear_derivative_is_that_of_a_bilinear_shift(photograph):
    """Against the shift itself, at a small fraction of a sample, on both sides of a stride."""
    x = ring(photograph, y=64, x=64)

    def moved(a, d):
        return a + d * (np.roll(a, 1, -1) - a)

    def pooled(a):
        return (0.25 * (np.roll(a, 1, -1) + np.roll(a, -1, -1)) + 0.5 * a)[..., ::2]

    small, values = 1e-3, x.values
    gap = (pooled(moved(values, small)) - moved(pooled(values), small / 2)) / small
    op = iv.BlurPool(taps=3, stride={"x": 2})
    y = pooled(values)
    np.testing.assert_allclose(op(x).values, y, atol=1e-12)
    error = iv.measures.lie_derivative(op, x, MOVE, derivative="linear")
    expected = np.linalg.norm(gap) / np.linalg.norm(y - y.mean())
    assert float(error) == pytest.approx(float(expected), rel=1e-8)


@pytest.mark.parametrize("exponent", [1.0, 1.5])
def test_both_floors_of_one_perfect_operator(rng, exponent):
    """The published estimate charges it with 0.03 to 0.2, and the spectral one with round-off."""
    axes = [iv.Axis(dim, size=128, unit="px", period=128.0) for dim in ("y", "x")]
    x = iv.power_law_noise(*axes, exponent=exponent, rng=rng)
    op = iv.SpectralPool(stride={"y": 2, "x": 2})
    linear = iv.measures.lie_derivative(op, x, MOVE, derivative="linear")
    assert 0.03 < float(linear) < 0.25
    assert 0.03 < float(linear.floor) < 0.25
    assert float(iv.measures.lie_derivative(op, x, MOVE)) < 1e-7


def test_a_square_of_a_smooth_signal_is_perfect_by_the_spectral_derivative_alone(rng):
    x = noise(rng)
    spectrum = np.fft.fft(x.values)
    spectrum[:, np.abs(np.fft.fftfreq(96)) >= 0.24] = 0
    smooth = x.copy(data=np.fft.ifft(spectrum).real)
    assert float(iv.measures.lie_derivative(iv.Square(), smooth, MOVE)) < 1e-10
    assert float(iv.measures.lie_derivative(iv.Square(), smooth, MOVE, derivative="linear")) > 0.03
    assert float(iv.equivariance_error(iv.Square(), smooth, iv.Translate(x=0.37))) < 1e-14


def test_kinks_that_are_touched_exactly_are_told(rng, photograph):
    """A rectifier of a signal that is zero in places: half the slope there, to either side."""
    x = noise(rng, 95)
    flat = x.where(np.arange(95) % 3 > 0, 0.0)
    y = np.maximum(flat.values, 0)
    rate = np.where(flat.values == 0, spectral(flat.values), 0)
    expected = np.linalg.norm(rate / 2) / np.linalg.norm(y - y.mean())
    kinked = iv.measures.lie_derivative(iv.Relu(), flat, MOVE)
    assert float(kinked.kink) == pytest.approx(float(expected), rel=1e-3)
    assert float(iv.measures.lie_derivative(iv.Relu(), x, MOVE).kink) < 1e-3
    assert float(iv.measures.lie_derivative(iv.Tanh(), x, MOVE).kink) < 1e-3
    ties = iv.measures.lie_derivative(iv.MaxPool(window={"x": 2}), ring(photograph, x=64), MOVE)
    assert float(ties.kink) > 1e-2


def test_of_an_even_grid_the_nyquist_bin_stands_still():
    x = iv.label(np.cos(np.pi * np.arange(8)), iv.Axis("x", period=8.0))
    assert float(iv.measures.lie_derivative(iv.Pipeline(), x, MOVE)) < 1e-15
    assert np.isnan(iv.measures.lie_derivative(iv.Pipeline(), x, MOVE, norm="motion"))


def test_single_precision_and_whole_numbers_are_measured_in_double():
    values = np.round(40 * np.random.default_rng(1).standard_normal(60)).astype(np.int16)
    op = iv.Square() >> iv.Subsample(stride={"x": 2})
    axis = iv.Axis("x", period=60.0)
    exact = float(iv.measures.lie_derivative(op, iv.label(values.astype(float), axis), MOVE))
    for dtype in (np.int16, np.float32):
        x = iv.label(values.astype(dtype), axis)
        assert float(iv.measures.lie_derivative(op, x, MOVE)) == pytest.approx(exact, rel=1e-12)


def test_an_operator_that_rounds_is_measured_at_a_longer_step(rng):
    rough = iv.Apply(lambda a: np.tanh(a.astype(np.float32)).astype(float))
    x = noise(rng)
    error = iv.measures.lie_derivative(rough, x, MOVE)
    exact = float(iv.measures.lie_derivative(iv.Tanh(), x, MOVE))
    assert float(error) == pytest.approx(exact, rel=1e-2)
    assert 1e-7 < float(error.uncertainty) < 1e-2


def test_one_error_for_each_entry_that_is_kept(rng):
    x = noise(rng, channels=3)
    op = iv.Tanh() >> iv.Subsample(stride={"x": 2})
    each = iv.measures.lie_derivative(op, x, MOVE, keep=["channel"])
    alone = [float(iv.measures.lie_derivative(op, x[k], MOVE)) for k in range(3)]
    np.testing.assert_allclose(each, alone, rtol=1e-8)


def test_a_lost_axis_makes_it_invariance_and_has_no_motion(rng):
    x = noise(rng)
    op = iv.Subsample(stride={"x": 2}) >> iv.Square() >> iv.GlobalPool("x", kind="mean")
    assert float(iv.measures.lie_derivative(op, x, MOVE)) > 1e-3
    assert np.isnan(iv.measures.lie_derivative(op, x, MOVE, norm="motion"))


def test_nan_infinity_and_silence_are_no_number(rng):
    x = noise(rng).copy()
    assert np.isnan(iv.measures.lie_derivative(iv.Relu(), x * 0, MOVE))
    for wrong in (np.nan, np.inf):
        x[0, 3] = wrong
        assert np.isnan(
            iv.measures.lie_derivative(iv.Relu() >> iv.MaxPool(window={"x": 2}), x, MOVE)
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"derivative": "bilinear"}, "spectral, linear"),
        ({"norm": "max"}, "centered, channelwise, total, motion"),
        ({"keep": ["z"]}, "'z'"),
        ({"action": [MOVE]}, "not a translation"),
        ({"action": iv.Translate(z=1)}, "'z'"),
    ],
)
def test_what_is_unknown_is_refused(rng, change, said):
    arguments = {"op": iv.Relu(), "x": noise(rng), "action": MOVE, **change}
    with pytest.raises(iv.errors.InvarsigError, match=said):
        iv.measures.lie_derivative(**arguments)


def test_an_axis_that_ends_is_refused(photograph):
    with pytest.raises(iv.errors.AxisError, match="not periodic"):
        iv.measures.lie_derivative(iv.Relu(), photograph, MOVE)


@pytest.mark.parametrize("level", [1e3, 1e6])
def test_a_level_changes_nothing(rng, level):
    op, x = iv.MaxPool(window={"x": 2}), noise(rng)
    wanted = iv.measures.lie_derivative(op, x, MOVE, keep=["channel"])
    for apart in (level, level * np.array([[-1.0], [1.0]])):
        error = iv.measures.lie_derivative(op, x + apart, MOVE, keep=["channel"])
        np.testing.assert_allclose(error, wanted, rtol=1e-5)
