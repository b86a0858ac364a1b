"""Synthetic signals hold the frequencies that they promise, on the axes that they are given."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig.axes import Axis, axis_of
from invarsig.errors import ParameterError
from invarsig.io import chirp, clicks, grating, power_law_noise, zone_plate

SECOND = Axis("time", step=1 / 8000, size=8000, unit="s")


def around(size: int, dim: str = "x", step: float = 1.0) -> Axis:
    """An axis in pixels that closes on itself."""
    return Axis(dim, step=step, size=size, unit="px", period=size * step)


@pytest.mark.parametrize("low", [200.0, 3000.0])
@pytest.mark.parametrize("high", [500.0, 3500.0])
def test_a_chirp_glides_at_a_constant_rate(low, high):
    from scipy.signal import hilbert

    x = chirp(SECOND, low, high)
    phase = np.unwrap(np.angle(hilbert(x.values)))
    heard = np.diff(phase) * 8000 / (2 * np.pi)
    expected = low + (high - low) * (np.arange(7999) + 0.5) / 8000
    middle = slice(800, -800)
    # The analytic signal is that of a finite piece: a hundredth of the band is its accuracy.
    assert np.abs(heard - expected)[middle].max() < 40


def test_a_chirp_agrees_with_scipy():
    from scipy.signal import chirp as reference

    x = chirp(SECOND, 100.0, 2000.0)
    expected = reference(x.time.values, f0=100.0, t1=1.0, f1=2000.0, phi=-90)
    np.testing.assert_allclose(x.values, expected, rtol=0, atol=1e-9)


def test_a_chirp_starts_where_its_axis_starts():
    late = Axis("time", start=5.0, step=1 / 8000, size=8000, unit="s")
    np.testing.assert_array_equal(
        chirp(late, 0.0, 4000.0).values, chirp(SECOND, 0.0, 4000.0).values
    )


def test_clicks_stand_at_equal_distances():
    x = clicks(SECOND, every=0.25, first=0.125)
    places = x.time.values[x.values == 1]
    np.testing.assert_allclose(places, [0.125, 0.375, 0.625, 0.875], rtol=0, atol=1e-12)
    assert x.values.sum() == 4


def test_clicks_on_a_descending_axis_are_counted_from_its_start():
    down = Axis("depth", start=10.0, step=-0.5, size=8, unit="m")
    assert clicks(down, every=1.5).depth.values[[0, 3, 6]].tolist() == [10.0, 8.5, 7.0]
    assert np.flatnonzero(clicks(down, every=1.5).values).tolist() == [0, 3, 6]


def test_a_grating_has_one_frequency_along_each_axis():
    y, x = around(32, "y", step=0.5), around(48)
    picture = grating(y, x, frequency={"y": -3 / 16, "x": 5 / 48}, phase=0.7)
    spectrum = np.fft.fft2(picture.values)
    peak = spectrum[-3, 5]
    assert abs(peak) == pytest.approx(32 * 48 / 2, rel=1e-12)
    assert np.angle(peak) == pytest.approx(0.7, abs=1e-12)
    assert np.sum(np.abs(spectrum) ** 2) == pytest.approx(2 * abs(peak) ** 2, rel=1e-12)


def test_a_grating_over_frequency_and_time_is_a_ripple():
    bands = Axis("frequency", start=100.0, step=50.0, size=20, unit="Hz")
    ripple = grating(bands, SECOND, frequency={"frequency": 1 / 400, "time": 8.0})
    assert ripple.dims == ("frequency", "time")
    np.testing.assert_allclose(ripple[:-8].values, ripple[8:].values, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ripple[:, :-1000].values, ripple[:, 1000:].values, rtol=0, atol=1e-9)


def test_a_grating_is_in_octaves_on_a_geometric_axis():
    octaves = Axis("frequency", start=6.0, step=1 / 12, size=24, unit="Hz", scale="log2")
    x = grating(octaves, frequency={"frequency": 1.0})
    np.testing.assert_allclose(x.values[:12], x.values[12:], rtol=0, atol=1e-12)
    assert x.frequency.values[12] == pytest.approx(128.0)


def test_a_zone_plate_shows_each_frequency_at_its_place():
    y, x = Axis("y", size=256, unit="px"), Axis("x", size=256, unit="px")
    row = zone_plate(y, x, high=0.25).sel(y=128).values[128:]
    distance = np.arange(128)
    np.testing.assert_allclose(row, np.cos(np.pi * 0.25 * distance**2 / 128), rtol=0, atol=1e-12)


def test_a_zone_plate_reaches_nyquist_at_its_edge_and_not_before():
    plate = zone_plate(Axis("y", size=64, unit="px"), Axis("x", size=128, unit="px"))
    turns = 0.5 * np.arange(65) ** 2 / 64 / 2
    local = np.diff(turns)
    assert local.max() <= 0.5
    np.testing.assert_allclose(
        plate.sel(y=32).values[64:], np.cos(2 * np.pi * turns[:64]), rtol=0, atol=1e-9
    )


def test_a_zone_plate_is_round_whatever_the_steps():
    plate = zone_plate(Axis("y", step=0.5, size=64, unit="px"), Axis("x", size=32, unit="px"))
    np.testing.assert_allclose(plate.values[::2], plate.values[::2].T, rtol=0, atol=1e-9)


def test_a_zone_plate_stands_on_any_number_of_axes():
    assert zone_plate(SECOND).dims == ("time",)
    cube = zone_plate(*(Axis(dim, size=8, unit="px") for dim in "zyx"))
    assert cube.shape == (8, 8, 8)
    assert cube.values[4, 4, 4] == 1.0


@pytest.mark.parametrize("exponent", [-0.5, 0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("sizes", [(4096,), (4095,), (64, 64), (16, 15, 17)])
def test_the_amplitude_of_noise_falls_with_its_exponent(exponent, sizes):
    axes = [around(size, dim) for size, dim in zip(sizes, "xyz", strict=False)]
    noise = power_law_noise(*axes, exponent=exponent, channels=30, rng=3)
    over = tuple(range(1, noise.ndim))
    power = np.mean(np.abs(np.fft.fftn(noise.values, axes=over)) ** 2, axis=0)
    squares = [np.fft.fftfreq(size) ** 2 for size in sizes]
    radius = np.sqrt(sum(np.meshgrid(*squares, indexing="ij"))).ravel()
    kept = radius > 0
    slope, _ = np.polyfit(np.log(radius[kept]), 0.5 * np.log(power.ravel()[kept]), 1)
    # Thousands of bins, each known to 1/sqrt(30) / 2 in amplitude: the slope is known to 1 %.
    assert slope == pytest.approx(-exponent, abs=0.03)


def test_noise_is_real_and_has_mean_0_and_mean_square_1():
    noise = power_law_noise(around(33, "y"), Axis("x", size=20), exponent=1.0, channels=3, rng=5)
    assert noise.dtype == np.float64
    np.testing.assert_allclose(noise.mean(["y", "x"]), 0, rtol=0, atol=1e-14)
    np.testing.assert_allclose((noise**2).mean(["y", "x"]), 1, rtol=1e-12)


def test_channels_of_noise_are_independent():
    noise = power_law_noise(around(4096), exponent=0.0, channels=4, rng=1)
    assert noise.dims == ("channel", "x")
    correlation = np.corrcoef(noise.values) - np.eye(4)
    assert np.abs(correlation).max() < 5 / np.sqrt(4096)


def test_noise_on_a_periodic_axis_closes_on_itself_and_elsewhere_does_not():
    def seam(axis: Axis) -> float:
        values = power_law_noise(axis, exponent=1.0, channels=200, rng=8).values
        inside = np.mean(np.diff(values, axis=1) ** 2)
        return float(np.mean((values[:, 0] - values[:, -1]) ** 2) / inside)

    # The step over the seam is one step among others, or that between two strangers.
    assert seam(around(256)) == pytest.approx(1.0, abs=0.4)
    assert seam(Axis("x", size=256)) > 10


def test_the_same_seed_draws_the_same_noise():
    first = power_law_noise(SECOND, rng=4)
    np.testing.assert_array_equal(first, power_law_noise(SECOND, rng=np.random.default_rng(4)))
    assert not np.array_equal(first, power_law_noise(SECOND, rng=5))


@pytest.mark.parametrize(
    "make",
    [
        lambda axis: chirp(axis, 0.0, 0.5),
        lambda axis: clicks(axis, 8.0),
        lambda axis: grating(axis, frequency={"x": 0.25}),
        zone_plate,
        lambda axis: power_law_noise(axis, rng=0),
    ],
    ids=["chirp", "clicks", "grating", "zone_plate", "power_law_noise"],
)
class TestEverySignal:
    """What holds for each of them."""

    def test_keeps_its_axis_and_its_period(self, make):
        axis = Axis("x", start=3.0, step=1.0, size=64, unit="px", period=64.0)
        read = axis_of(make(axis), "x")
        assert read == axis
        assert read.periodic

    def test_has_a_name_and_no_nan(self, make):
        x = make(around(64))
        assert x.name in {"chirp", "clicks", "grating", "zone_plate", "power_law_noise"}
        assert np.isfinite(x.values).all()

    def test_refuses_an_axis_without_a_size(self, make):
        with pytest.raises(ParameterError, match="'x' has 0 samples"):
            make(Axis("x", size=0))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: chirp(SECOND, 0.0, 4001.0),
            "high=4001 Hz.*'time', 4000 Hz at a step of 0.000125 s",
        ),
        (lambda: chirp(SECOND, -1.0, 10.0), "low=-1 Hz is negative"),
        (lambda: chirp(SECOND, float("nan"), 10.0), "low=nan Hz"),
        (
            lambda: clicks(SECOND, 1.3 / 8000),
            "1.3 samples of 0.000125 s; give .*0.000125 or 0.00025 s",
        ),
        (lambda: clicks(SECOND, 0.0), "every=0 s along 'time' is not a distance"),
        (lambda: clicks(SECOND, float("inf")), "every=inf s along 'time' is not a length"),
        (lambda: clicks(SECOND, 0.1, first=1.0), "first=1 s does not lie on the axis 'time'"),
        (
            lambda: grating(around(8), frequency={"x": -0.6}),
            "frequency=-0.6 cycles/px.*0.5 cycles/px",
        ),
        (lambda: grating(around(8), frequency={"y": 0.1}), "names 'y', but the axes are 'x'"),
        (lambda: grating(frequency={}), "at least one axis"),
        (lambda: grating(around(8), around(8), frequency={}), "'x' is given twice"),
        (lambda: zone_plate(around(8), high=0.6), "high=0.6 cycles/px.*'x', 0.5 cycles/px"),
        (lambda: zone_plate(around(8), high=0.0), "high=0 cycles/px makes no rings"),
        (lambda: zone_plate(around(8), SECOND), "'px' and 's' means nothing"),
        (lambda: power_law_noise(around(1), rng=0), "at least two samples"),
        (lambda: power_law_noise(around(8), exponent=float("nan"), rng=0), "exponent is nan"),
        (lambda: power_law_noise(around(8), channels=0, rng=0), "channels=0"),
        (
            lambda: power_law_noise(around(8, "channel"), channels=2, rng=0),
            "named 'channel' already",
        ),
        (lambda: power_law_noise(around(8), rng=None), "rng=None cannot be repeated"),
    ],
)
def test_what_no_axis_can_hold_is_refused(make, words):
    with pytest.raises(ParameterError, match=words):
        make()
