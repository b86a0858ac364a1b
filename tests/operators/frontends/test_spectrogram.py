"""Spectrograms against sums written by hand, scipy and librosa."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import signal

from invarsig import (
    Axes,
    Axis,
    MaxPool,
    Spectrogram,
    Translate,
    axis_of,
    commutator,
    label,
)
from invarsig.axes import center_of
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError

RATE = 800.0
MODES = {
    "periodic": "wrap",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "edge": "edge",
    "zero": "constant",
}


def sound(rng, size: int = 160, *, periodic: bool = True, start: float = 0.5) -> xr.DataArray:
    axis = Axis("time", start, 1 / RATE, size, "s", size / RATE if periodic else None)
    return label(rng.standard_normal(size), axis)


def in_samples(window: int, hop: int, **options) -> Spectrogram:
    return Spectrogram(window / RATE, hop / RATE, **options)


def frames(values: np.ndarray, window: int, hop: int, boundary: str) -> np.ndarray:
    """The windows of a signal, (frame, sample)."""
    before = 0 if boundary == "valid" else window // 2
    wide = values if boundary == "valid" else np.pad(values, window, mode=MODES[boundary])
    first = 0 if boundary == "valid" else window - before
    count = (values.size - window) // hop + 1 if boundary == "valid" else -(-values.size // hop)
    return np.array([wide[first + j * hop : first + j * hop + window] for j in range(count)])


@pytest.mark.parametrize("boundary", [*MODES, "valid"])
@pytest.mark.parametrize(("window", "hop"), [(32, 8), (31, 8), (20, 20), (8, 16), (5, 1)])
@pytest.mark.parametrize("taper", ["hann", "hamming", "boxcar"])
def test_every_bin_is_the_sum_of_its_definition(boundary, window, hop, taper, rng):
    x = sound(rng)
    weights = signal.get_window(taper, window)
    n = np.arange(window) - window // 2
    bins = np.arange(window // 2 + 1)
    waves = np.exp(-2j * np.pi * bins[:, None] * n / window)
    wanted = waves @ (frames(x.values, window, hop, boundary) * weights / weights.sum()).T
    out = in_samples(window, hop, taper=taper, output="complex", boundary=boundary)(x)
    np.testing.assert_allclose(out, wanted, atol=1e-12)
    np.testing.assert_allclose(out.frequency, bins * RATE / window)


@pytest.mark.parametrize(("window", "hop"), [(32, 8), (32, 12), (64, 64)])
def test_the_magnitude_is_librosas(window, hop, rng):
    librosa = pytest.importorskip("librosa")
    x = sound(rng, 200)
    theirs = librosa.stft(x.values, n_fft=window, hop_length=hop, window="hann", center=False)
    scale = signal.get_window("hann", window).sum()
    out = in_samples(window, hop, output="magnitude", boundary="valid")(x)
    # librosa computes the transform in the precision of its input.
    np.testing.assert_allclose(out, abs(theirs) / scale, atol=1e-12)


def test_what_is_read_off_the_complex_result(rng):
    x = sound(rng)
    made = {kind: in_samples(32, 8, output=kind)(x) for kind in ("complex", "magnitude", "power")}
    np.testing.assert_allclose(made["magnitude"], abs(made["complex"]), atol=1e-14)
    np.testing.assert_allclose(made["power"], abs(made["complex"]) ** 2, atol=1e-14)
    decibels = in_samples(32, 8, output="dB", floor=-60.0)(x)
    np.testing.assert_allclose(decibels, 10 * np.log10(made["power"] + 1e-6), atol=1e-10)


def test_silence_shows_as_the_floor(rng):
    out = in_samples(32, 8, output="dB", floor=-80.0)(0 * sound(rng))
    np.testing.assert_allclose(out, -80.0)


def test_a_sine_of_amplitude_one_shows_as_a_half():
    t = np.arange(160) / RATE
    x = label(np.cos(2 * np.pi * 100 * t), Axis("time", step=1 / RATE, unit="s", period=0.2))
    out = in_samples(32, 8, output="magnitude")(x)
    np.testing.assert_allclose(out.sel(frequency=100.0), 0.5, atol=1e-12)


# Where frames stand


@pytest.mark.parametrize("boundary", ["periodic", "reflect", "symmetric", "zero"])
@pytest.mark.parametrize("window", [32, 31])
def test_with_a_border_the_first_window_has_its_middle_on_the_first_sample(boundary, window, rng):
    out = in_samples(window, 8, boundary=boundary)(sound(rng))
    np.testing.assert_allclose(out.time, 0.5 + np.arange(20) * 8 / RATE, atol=1e-12)
    assert axis_of(out, "time").periodic


@pytest.mark.parametrize("window", [32, 31])
def test_valid_frames_stand_at_their_windows_middle_sample(window, rng):
    out = in_samples(window, 8, boundary="valid")(sound(rng))
    first = 0.5 + (window // 2) / RATE
    count = (160 - window) // 8 + 1
    np.testing.assert_allclose(out.time, first + np.arange(count) * 8 / RATE, atol=1e-12)
    assert not axis_of(out, "time").periodic


@pytest.mark.parametrize("boundary", ["periodic", "valid", "zero"])
def test_a_click_shows_in_the_frame_that_stands_on_it(boundary):
    values = np.zeros(160)
    values[80] = 1.0
    x = label(values, Axis("time", 0.5, 1 / RATE, unit="s", period=0.2))
    out = in_samples(16, 8, boundary=boundary)(x).sum("frequency")
    assert float(out.idxmax()) == pytest.approx(0.5 + 80 / RATE)


def test_the_plan_knows_grid_stride_and_reach(rng):
    x = sound(rng)
    for window in (32, 31):
        plan = in_samples(window, 8).plan(Axes.of(x))
        assert plan.stride == {"time": 8}
        left, right = plan.reach["time"]
        assert left == pytest.approx((window // 2) / RATE)
        assert right == pytest.approx((window - window // 2 - 1) / RATE)
        assert [axis.dim for axis in plan.out_axes] == ["frequency", "time"]
        assert plan.out_axes[0].unit == "Hz"


@pytest.mark.parametrize("window", [16, 15])
def test_nothing_beyond_the_reach_matters_and_everything_within_does(window, rng):
    x = sound(rng)
    op = in_samples(window, 8, taper="boxcar", output="complex")
    left, right = op.plan(Axes.of(x)).reach["time"]
    frame = op(x).isel(time=10)
    for place in range(160):
        touched = x.copy()
        touched[place] += 1
        lag = float(x.time[place] - frame.time)
        changed = bool(abs(op(touched).isel(time=10) - frame).max() > 1e-9)
        assert changed == (-left - 1e-9 <= lag <= right + 1e-9)


# Complex channels


@pytest.mark.parametrize("step", [1 / RATE, -1 / RATE])
def test_complex_channels_lie_at_their_center_frequency(step):
    t = step * np.arange(160)
    x = label(np.cos(2 * np.pi * 100 * t), Axis("time", 0.0, step, unit="s", period=0.2))
    out = Spectrogram(32 / RATE, 1 / RATE, output="complex")(x)
    centers = center_of(out, "time")
    np.testing.assert_allclose(centers, np.arange(17) / 32, atol=1e-12)
    row = out.isel(frequency=4).values
    turn = np.angle(row[1:] / row[:-1]) / (2 * np.pi)
    np.testing.assert_allclose(turn, centers[4], atol=1e-9)
    assert float(out.time_center_frequency[4]) == pytest.approx(np.sign(step) * 100.0)
    assert out.time_center_frequency.attrs["units"] == "Hz"


def test_only_the_complex_output_is_linear_and_carries_centers(rng):
    for kind in ("complex", "magnitude", "power", "dB"):
        op = in_samples(32, 8, output=kind)
        assert op.linear == (kind == "complex")
        assert ("time_center_frequency" in op(sound(rng)).coords) == (kind == "complex")


@pytest.mark.parametrize("kind", ["complex", "power", "dB"])
def test_shifts_by_whole_hops_are_followed(kind, rng):
    x = sound(rng)
    error = commutator(in_samples(32, 8, output=kind), x, Translate.in_samples(x, time=24))
    assert abs(error).max() < 1e-10


def test_another_hop_keeps_the_windows(rng):
    x = sound(rng)
    op = in_samples(32, 8)
    dense = op.unstrided(["time"])
    assert dense(x).sizes["time"] == 160
    xr.testing.assert_allclose(dense(x).isel(time=slice(None, None, 8)), op(x), atol=1e-14)
    assert op.restrided({"frequency": 2}) is None
    assert op.restrided({"frequency": 1}) == op


# Names, units, input of any kind


def test_names_are_all_that_tells_time_from_space(rng):
    x = sound(rng)
    op = in_samples(32, 8) >> MaxPool(window={"frequency": 2, "time": 3}, boundary="zero")
    other = op.rename({"time": "x", "frequency": "spatial"})
    assert np.array_equal(other(x.rename(time="x")), op(x))
    named = Spectrogram(32 / RATE, 8 / RATE, over="x", frequency="spatial")
    assert np.array_equal(named(x.rename(time="x")), in_samples(32, 8)(x))


def test_windows_may_be_given_in_samples(rng):
    x = sound(rng)
    op = Spectrogram.in_samples(x, window=np.int64(32), hop=8, output="magnitude")
    assert (op.window, op.hop, op.output) == (0.04, 0.01, "magnitude")
    assert op(x).equals(in_samples(32, 8, output="magnitude")(x))
    ms = x.assign_coords(time=("time", x.time.values * 1000, {"units": "ms", "period": 200.0}))
    slow = Spectrogram(40.0, 10.0)(ms)
    np.testing.assert_allclose(slow, in_samples(32, 8)(x), atol=1e-14)
    assert slow.frequency.attrs["units"] == "cycles/ms"


def test_a_float32_clock_far_from_zero_still_has_whole_windows(rng):
    seconds = (1e4 + 0.01 * np.arange(400)).astype(np.float32)
    time = ("time", seconds, {"units": "s", "period": 4.0})
    x = xr.DataArray(rng.standard_normal(400), coords={"time": time}, dims="time")
    assert Spectrogram(0.32, 0.08)(x).sizes == {"frequency": 17, "time": 50}


def test_batches_of_bytes_in_any_order(rng):
    values = rng.integers(0, 255, (160, 2)).astype(np.uint8)
    x = label(values, Axis("time", step=1 / RATE, unit="s", period=0.2), "channel")
    out = in_samples(32, 8)(x)
    assert out.dims == ("frequency", "time", "channel")
    one = in_samples(32, 8)(x.isel(channel=1).astype(float))
    np.testing.assert_allclose(out.isel(channel=1), one, rtol=1e-12)
    assert in_samples(32, 8, output="complex")(x.astype(np.float32)).dtype == np.complex64


def test_lazy_arrays_are_computed(rng):
    pytest.importorskip("dask")
    x = sound(rng)
    assert in_samples(32, 8)(x.chunk(time=50)).equals(in_samples(32, 8)(x))


@pytest.mark.parametrize("kind", ["complex", "magnitude", "power", "dB"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_what_is_not_finite_is_not_hidden(kind, bad, rng):
    x = sound(rng)
    x[80] = bad
    out = in_samples(16, 8, output=kind)(x)
    touched = ~np.isfinite(out).all("frequency")
    assert touched.values[10]
    assert touched.sum() <= 3


# Wrong on purpose


@pytest.mark.parametrize(
    ("window", "hop", "said"),
    [
        (0.0401, 0.01, r"window is not a whole.*32\.08 samples of 0\.00125 s\. Give 0\.04 \(32"),
        (0.0401, 0.01, r"0\.04 \(32 samples\) or 0\.04125 \(33 samples\)"),
        (0.04, 0.011, r"hop is not a whole.*0\.01 \(8 samples\) or 0\.01125 \(9 samples\)"),
        (0.04, 0.0001, r"hop is not a whole.*0\.08 samples.*\(1 samples\) or"),
    ],
)  # fmt: skip
def test_lengths_that_are_no_whole_samples_name_the_two_nearest(window, hop, said, rng):
    with pytest.raises(ParameterError, match=said):
        Spectrogram(window, hop)(sound(rng))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"window": 0.0}, "window along 'time' is 0.*length above 0"),
        ({"window": -0.04}, "window along 'time' is -0.04"),
        ({"hop": np.nan}, "hop along 'time' is nan"),
        ({"hop": "short"}, "hop along 'time' is 'short'"),
        ({"window": None}, "window along 'time' is None"),
        ({"output": "phase"}, "'phase' is unknown; give one of complex, magnitude, power, dB"),
        ({"boundary": "wrap"}, "'wrap' is unknown"),
        ({"stride": {"time": 0}}, "stride along 'time' is 0"),
        ({"stride": {"time": -1}}, "stride along 'time' is -1"),
        ({"stride": {"x": 2}}, "stride names 'x'"),
    ],
)
def test_parameters_out_of_range_are_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        Spectrogram(**{"window": 0.04, "hop": 0.01, **options})


@pytest.mark.parametrize(("window", "hop"), [(1, 1), (32.0, 8), (32, 0), (32, True)])
def test_samples_are_whole_numbers(window, hop, rng):
    with pytest.raises(ParameterError, match="give a whole number"):
        Spectrogram.in_samples(sound(rng), window=window, hop=hop)


def test_an_unknown_taper_is_refused(rng):
    with pytest.raises(ParameterError, match="'hannn' is not a window that scipy"):
        in_samples(32, 8, taper="hannn")(sound(rng))


def test_what_does_not_fit_the_input_is_refused(rng):
    x = sound(rng)
    with pytest.raises(DimError, match=r"'time'.*its dims are 'x'"):
        in_samples(32, 8)(x.rename(time="x"))
    with pytest.raises(DimError, match="'frequency' already; rename it, or give frequency="):
        in_samples(32, 8)(x.expand_dims("frequency"))
    with pytest.raises(DtypeError, match="real waveform, and this one is complex"):
        in_samples(32, 8)(x + 0j)
    with pytest.raises(AxisError, match=r"window of 200 samples.*'time' \(160 samples, periodic"):
        in_samples(200, 8)(x)
    with pytest.raises(AxisError, match=r"window of 200 samples.*'time' \(160 samples, valid"):
        in_samples(200, 8, boundary="valid")(x)
    with pytest.raises(AxisError, match=r"160 samples along 'time'.*stride 7.*to 154 or 161"):
        in_samples(32, 7)(x)
    with pytest.raises(DtypeError, match="not ndarray"):
        in_samples(32, 8)(x.values)


def test_it_says_what_it_is():
    assert (
        str(Spectrogram(0.04, 0.01, output="dB")) == "Spectrogram(window 0.04, hop 0.01, output dB)"
    )


@pytest.mark.parametrize("floor", [float("nan"), float("-inf"), "low"])
def test_a_floor_is_a_finite_level(floor):
    with pytest.raises(ParameterError, match=r"floor is .*finite level"):
        Spectrogram(0.01, 0.01, output="dB", floor=floor)
