"""Translation by lengths in each axis' own unit, whole and fractional, with and without borders."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from invarsig import Axis, GaborBank, Spectrogram, Translate, label
from invarsig.errors import AxisError, ChunkWarning, DimError, DtypeError, ParameterError

law = settings(deadline=None, max_examples=50)


def ring(values, dim: str = "x", **axis) -> xr.DataArray:
    values = np.asarray(values)
    step = axis.pop("step", 1.0)
    period = values.shape[-1] * abs(step)
    names = ("c", "b")[: values.ndim - 1]
    return label(values, *names, Axis(dim, step=step, period=period, **axis))


# What it does


@law
@given(st.integers(1, 30), st.integers(-100, 100), st.sampled_from([0.25, 1.0, -0.5]))
def test_a_whole_shift_on_a_periodic_axis_is_a_roll(size, shift, step):
    x = ring(np.random.default_rng(size).standard_normal((2, size)), step=step, start=3.0)
    moved = Translate(x=shift * step)(x)
    assert np.array_equal(moved, np.roll(x, shift, axis=1))
    assert moved.x.identical(x.x)


@pytest.mark.parametrize("size", [15, 16])
@pytest.mark.parametrize("shift", [0.37, -1.61, 40.5])
def test_a_fractional_shift_moves_every_tone_below_nyquist_by_that_much(size, shift):
    n = np.arange(size)
    for f in range((size + 1) // 2):
        tone = ring(np.cos(2 * np.pi * f * n / size + 0.3))
        wanted = np.cos(2 * np.pi * f * (n - shift) / size + 0.3)
        np.testing.assert_allclose(Translate(x=shift)(tone), wanted, atol=1e-12)


@pytest.mark.parametrize("shift", [0.37, 0.5, 2.25])
def test_the_nyquist_bin_of_a_real_signal_shrinks_by_a_cosine(shift):
    x = ring((-1.0) ** np.arange(8))
    np.testing.assert_allclose(Translate(x=shift)(x), np.cos(np.pi * shift) * x, atol=1e-14)


@pytest.mark.parametrize(("boundary", "mode"), [("zero", "constant"), ("reflect", "reflect")])
@pytest.mark.parametrize("shift", [0, 1, -3, 8, -20])
def test_what_comes_in_at_a_border_is_that_of_numpys_pad(boundary, mode, shift, rng):
    values = rng.standard_normal(8)
    wide = np.pad(values, 20, mode=mode)
    for x in (ring(values), label(values, Axis("x"))):
        moved = Translate(x=shift, boundary=boundary)(x)
        assert np.array_equal(moved, wide[20 - shift : 28 - shift])


def test_an_axis_that_is_not_periodic_is_filled_with_zeros():
    x = label([1.0, 2.0, 3.0], Axis("x"))
    assert Translate(x=1)(x).values.tolist() == [0.0, 1.0, 2.0]
    assert Translate(x=1, boundary="periodic")(x).values.tolist() == [3.0, 1.0, 2.0]


@pytest.mark.parametrize("shift", [0.5, 0.37, -3.61])
@pytest.mark.parametrize("boundary", ["zero", "reflect"])
def test_inside_a_finite_axis_a_tone_at_a_quarter_of_the_rate_is_moved_within_a_thousandth(
    shift, boundary
):
    # 33 taps under a Kaiser window of beta 5: over shifts of -3.9 to 3.9 samples the worst that
    # was measured at this tone is 9.9e-4 of its amplitude, near half a sample.
    n = np.arange(200)
    tone = np.cos(2 * np.pi * 0.25 * n + 0.3)
    wanted = np.cos(2 * np.pi * 0.25 * (n - shift) + 0.3)
    moved = Translate(x=shift, boundary=boundary)(label(tone, Axis("x")))
    assert abs(moved.values - wanted)[25:-25].max() < 1e-3


def test_a_smooth_signal_on_a_finite_axis_is_moved_between_its_samples():
    t = np.arange(400) * 0.01
    bump = label(np.exp(-0.5 * ((t - 2) / 0.1) ** 2), Axis("time", step=0.01, unit="s"))
    moved = Translate(time=0.123)(bump)
    np.testing.assert_allclose(moved, np.exp(-0.5 * ((t - 2.123) / 0.1) ** 2), atol=5e-4)


def test_several_axes_are_moved_at_once(rng):
    x = label(rng.standard_normal((6, 8)), Axis("y", period=6.0), Axis("x", period=8.0))
    assert np.array_equal(Translate(y=1, x=-2)(x), np.roll(x, (1, -2), (0, 1)))
    one = Translate(x=0.3)(Translate(y=1.7)(x))
    np.testing.assert_allclose(Translate(y=1.7, x=0.3)(x), one, atol=1e-14)


@law
@given(st.floats(-20, 20), st.floats(-20, 20), st.integers(1, 20).map(lambda n: 2 * n + 1))
def test_translations_of_odd_rings_compose_and_invert(one, other, size):
    x = ring(np.random.default_rng(size).standard_normal(size))
    both = Translate(x=one)(Translate(x=other)(x))
    # A shift within 1e-9 of whole samples is taken for whole.
    np.testing.assert_allclose(both, Translate(x=one + other)(x), atol=1e-7)
    action = Translate(x=one)
    np.testing.assert_allclose(action.at(-1)(action(x)), x, atol=1e-7)


@pytest.mark.parametrize("boundary", [None, "zero", "reflect", "periodic"])
def test_no_distance_is_the_identity(boundary, rng):
    x = ring(rng.standard_normal((2, 9)))
    assert Translate(x=1.5, boundary=boundary).at(0)(x).identical(x)


# Units


def test_lengths_are_in_the_axis_unit():
    x = ring(np.arange(8.0), "time", step=0.01, unit="s", start=1.0)
    assert np.array_equal(Translate(time=0.03)(x), np.roll(x, 3))


def test_on_a_descending_axis_positions_grow_and_samples_run_backwards():
    x = ring(np.arange(6.0), step=-0.5)
    assert np.array_equal(Translate(x=0.5)(x), np.roll(x, -1))
    assert Translate.in_samples(x, x=2) == Translate(x=-1.0)
    assert np.array_equal(Translate.in_samples(x, x=2)(x), np.roll(x, 2))
    ascending = x.isel(x=slice(None, None, -1))
    same = Translate(x=0.8)(ascending).isel(x=slice(None, None, -1))
    np.testing.assert_allclose(Translate(x=0.8)(x), same, atol=1e-13)


def test_a_geometric_axis_is_moved_by_octaves():
    axis = Axis("f", math.log2(110.0), 1 / 12, unit="Hz", scale="log2")
    x = label(np.arange(24.0), axis)
    assert np.array_equal(Translate(f=1.0)(x)[12:], x[:12])
    assert np.array_equal(Translate(f=1 / 12)(x)[1:], x[:-1])


@pytest.mark.parametrize("kind", ["dates", "durations"])
def test_dates_and_durations_are_moved_by_seconds(kind):
    hours = np.arange(5) * np.timedelta64(3600, "s")
    stamps = np.datetime64("2024-01-01", "ns") + hours if kind == "dates" else hours
    x = xr.DataArray(np.arange(5.0), coords={"time": stamps.astype(stamps.dtype)}, dims="time")
    moved = Translate(time=7200.0)(x)
    assert moved.values.tolist() == [0.0, 0.0, 0.0, 1.0, 2.0]
    assert moved.time.identical(x.time)


@pytest.mark.parametrize(
    "length",
    [np.timedelta64(1, "h"), np.timedelta64(3600, "s"), np.timedelta64(3600 * 10**9, "ns")],
)
def test_a_duration_is_a_length_in_seconds(length):
    x = ring(np.arange(8.0), "time", step=1800.0, unit="s")
    assert Translate(time=length).on(x) == Translate(time=3600.0)
    assert Translate(time=length)(x).identical(Translate(time=3600.0)(x))


def test_samples_without_a_coordinate_count():
    assert Translate(x=1)(label([1.0, 2.0], "x")).values.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("shift", [2, np.int64(2), np.float32(2), np.array(2.0), xr.DataArray(2.0)])
def test_any_single_number_is_a_length(shift):
    assert Translate(x=shift) == Translate(x=2.0)


def test_a_float32_axis_far_from_zero_still_moves_whole_samples():
    seconds = (1e4 + 0.01 * np.arange(100)).astype(np.float32)
    x = xr.DataArray(
        np.arange(100.0), coords={"time": ("time", seconds, {"period": 1.0})}, dims="time"
    )
    assert np.array_equal(Translate(time=0.05)(x), np.roll(x, 5))


def test_round_off_in_a_length_does_not_make_a_fraction(rng):
    x = label(rng.standard_normal(1000), Axis("time", step=1 / 44100, unit="s"))
    for count in (1, 3, 441, 999):
        moved = Translate(time=count / 44100)(x)
        assert np.array_equal(moved[count:], x[: 1000 - count])


# The action


def test_a_dim_may_have_almost_any_name(rng):
    for dim in ("x", "self", "cls", "shifts", "time"):
        x = ring(rng.standard_normal(6), dim)
        action = Translate.in_samples(x, **{dim: 2})
        assert np.array_equal(action.at(1)(x), np.roll(x, 2))
        assert action.required == (dim,)


def test_a_dim_named_boundary_is_given_in_a_mapping():
    x = ring([1.0, 2.0, 3.0], "boundary")
    assert Translate({"boundary": 1})(x).values.tolist() == [3.0, 1.0, 2.0]
    assert Translate.in_samples(x, {"boundary": 1}, boundary="zero")(x).values[0] == 0.0
    with pytest.raises(
        ParameterError, match=r"boundary=3\.0 is unknown; give one of periodic, zero"
    ):
        Translate(boundary=3.0)
    with pytest.raises(ParameterError, match="'zero' names no dim"):
        Translate("zero", x=1)


def test_a_dim_that_a_result_has_lost_is_acted_on_by_the_identity():
    y = label([1.0, 2.0], "channel")
    assert Translate(x=1).on_output(y).identical(y)
    both = ring([1.0, 2.0, 3.0])
    assert Translate(x=1, y=5).on_output(both).values.tolist() == [3.0, 1.0, 2.0]
    with pytest.raises(
        DimError, match=r"Translate\(x=1\) needs the dim 'x'.*its dims are 'channel'"
    ):
        Translate(x=1)(y)


def test_nothing_is_induced():
    assert Translate(x=1).induced == ()


def test_it_is_shown_as_it_is_written():
    assert repr(Translate(x=1, y=-0.5)) == "Translate(x=1, y=-0.5)"
    assert str(Translate(x=1, boundary="zero")) == "Translate(x=1, boundary='zero')"


def test_it_can_be_renamed_and_rescaled():
    action = Translate(x=1, y=2, boundary="zero")
    assert action.renamed({"x": "y", "y": "x"}) == Translate(y=1, x=2, boundary="zero")
    assert action.rescaled({"x": 1000.0}) == Translate(x=1000, y=2, boundary="zero")


def test_the_input_stays_and_what_it_carries_is_kept(rng):
    x = ring(rng.standard_normal((2, 8)).astype(np.float32)).assign_coords(
        gain=("c", [1.0, 2.0]), word=("x", list("abcdefgh"))
    )
    x.name, x.attrs["source"] = "noise", "here"
    before = x.copy(deep=True)
    for action in (Translate(x=2), Translate(x=0.4), Translate(x=0.4, boundary="zero")):
        moved = action(x)
        assert moved.dtype == np.float32
        assert (moved.name, moved.attrs, moved.dims) == (x.name, x.attrs, x.dims)
        assert xr.Dataset(moved.coords).identical(xr.Dataset(x.coords))
        moved[:] = 0
    assert x.identical(before)


def test_integers_are_promoted():
    x = ring(np.array([250, 0, 0, 0], np.uint8))
    assert Translate(x=0.5)(x).values.min() < 0
    assert Translate(x=1)(x).dtype == np.float64


def test_nan_is_not_hidden():
    x = label([np.nan, 1.0, 1.0, 1.0], Axis("x"))
    assert np.isnan(Translate(x=1)(x)).values.tolist() == [False, True, False, False]
    assert np.isnan(Translate(x=0.5)(x)).all()
    assert np.isnan(Translate(x=0.5, boundary="periodic")(x)).all()


@pytest.mark.parametrize("shift", [2, -13, 0.5, 40.3])
@pytest.mark.parametrize("boundary", ["periodic", "zero", "reflect"])
@pytest.mark.parametrize("chunks", [{"channel": 1}, {"channel": 3, "x": 37}, {"x": (1, 99, 20)}])
def test_chunked_arrays_stay_chunked(rng, shift, boundary, chunks):
    pytest.importorskip("dask")
    x = label(rng.standard_normal((4, 120)), "channel", Axis("x"))
    move, given = Translate(x=shift, boundary=boundary), x.chunk(chunks)
    if "x" in chunks and boundary == "periodic" and shift % 1:
        with pytest.raises(AxisError, match=r"core dimension.*rechunk into a single array chunk"):
            move(given)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ChunkWarning)
        y = move(given)
    assert y.chunks is not None
    np.testing.assert_array_equal(y, move(x))


# Complex channels


def test_a_complex_tone_is_moved_by_the_alias_nearest_to_its_center():
    n, rate = np.arange(20), 20.0
    f = 17.0
    x = ring(np.exp(2j * np.pi * f * n / rate), "time", step=1 / rate, unit="s")
    wanted = np.exp(2j * np.pi * f * (n / rate - 0.013))
    moved = Translate(time=0.013)(x.assign_coords(time_center_frequency=16.0))
    np.testing.assert_allclose(moved, wanted, atol=1e-12)
    naive = Translate(time=0.013)(x)
    assert abs(naive.values - wanted).max() > 0.5


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("kind", ["gabor", "spectrogram"])
def test_a_strided_complex_channel_of_a_tone_moves_with_the_tone(kind, descending):
    # A whole number of periods on the ring, so the square closes but for what the tone's own
    # negative frequency leaks into the channel (the window's sidelobes).
    rate, size, f = 800.0, 400, 150.0
    t = np.arange(size) / rate
    x = ring(np.cos(2 * np.pi * f * t), "time", step=1 / rate, unit="s")
    if descending:
        x = x.isel(time=slice(None, None, -1))
    if kind == "gabor":
        op = GaborBank("time", frequency=[f], bandwidth=0.5, stride={"time": 5})
    else:
        op = Spectrogram(window=0.04, hop=0.00625, output="complex", taper="hann")
    action = Translate(time=0.0011)
    moved_first, y = op(action(x)), op(x)
    if kind == "spectrogram":
        moved_first, y = (a.sel(frequency=[150.0]) for a in (moved_first, y))
    error = abs(moved_first - action(y)).max() / abs(y).max()
    assert float(error) < 1e-3
    blind = action(y.drop_vars("time_center_frequency"))
    assert float(abs(moved_first - blind).max() / abs(y).max()) > 0.1


def test_each_channel_moves_around_its_own_center_on_a_finite_axis_too():
    rate, n = 100.0, np.arange(200)
    freqs = np.array([20.0, 70.0])
    time = Axis("time", step=1 / rate, unit="s")
    x = label(np.exp(2j * np.pi * freqs[:, None] * n / rate), "band", time)
    x = x.assign_coords(time_center_frequency=("band", freqs + 1))
    moved = Translate(time=0.0037)(x)
    wanted = np.exp(2j * np.pi * freqs[:, None] * (n / rate - 0.0037))
    assert abs(moved.values - wanted)[:, 30:-30].max() < 1e-3


# Wrong on purpose


def test_a_lost_period_names_the_nearest_usable_length():
    x = ring(np.arange(8.0), step=0.5, unit="px").isel(x=slice(0, 6))
    with pytest.raises(AxisError, match=r"lost its period of 4 px.*6 samples of 0\.5 px, and 8 of"):
        Translate(x=0.5, boundary="periodic")(x)
    assert Translate(x=0.5)(x).values.tolist() == [0.0, 0.0, 1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("shift", [np.nan, np.inf, [1.0], np.ones(2), 1j, "far", None, {}])
def test_a_shift_that_is_no_finite_length_is_refused(shift):
    with pytest.raises(ParameterError, match=r"'x'.*one finite length"):
        Translate(x=shift)
    if shift is not None:
        with pytest.raises(ParameterError, match=r"'x'.*one finite length"):
            Translate.in_samples(label(np.ones(4), "x"), x=shift)


def test_no_dim_at_all_is_refused():
    with pytest.raises(ParameterError, match="at least one dim"):
        Translate()


def test_an_unknown_boundary_is_refused():
    with pytest.raises(
        ParameterError, match="'wrap' is unknown; give one of periodic, zero, reflect"
    ):
        Translate(x=1, boundary="wrap")


@pytest.mark.parametrize("x", [np.ones(3), [1.0], xr.Dataset()])
def test_what_has_no_labels_is_refused(x):
    with pytest.raises(DtypeError, match=r"labeled array \(xarray\.DataArray\), not"):
        Translate(x=1)(x)


def test_values_that_are_no_signal_are_refused():
    with pytest.raises(DtypeError, match="not a signal"):
        Translate(x=1)(xr.DataArray(["a", "b"], dims="x"))


@pytest.mark.parametrize("sizes", [(0, 4), (4, 0)])
def test_an_empty_array_is_refused(sizes):
    with pytest.raises(AxisError, match="empty"):
        Translate(x=1)(label(np.zeros(sizes), "y", "x"))
