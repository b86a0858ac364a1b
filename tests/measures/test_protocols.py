"""Borders, honestly: what is compared where, and what a perfect operator scores there."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.measures.protocols import interior
from tests.conftest import ring

TAPS = xr.DataArray([0.1, 0.2, 0.4, 0.2, 0.1], dims="x")


def test_the_protocol_is_periodic_where_the_axis_is_and_interior_elsewhere(photograph):
    op = iv.Convolve(TAPS, boundary="reflect")
    assert iv.equivariance_error(op, photograph, iv.Translate(x=1)).attrs["protocol"] == "interior"
    whole = ring(photograph, x=64)
    assert iv.equivariance_error(op, whole, iv.Translate(x=1)).attrs["protocol"] == "periodic"


@pytest.mark.parametrize("boundary", ["reflect", "symmetric", "zero", "valid"])
@pytest.mark.parametrize("shift", [1, -1, 7, -20])
def test_inside_no_border_is_seen(photograph, boundary, shift):
    """A convolution is exact inside whatever it meets at its border, and whatever comes in."""
    op = iv.Convolve(TAPS, boundary=boundary) >> iv.MeanPool(window={"x": 5}, stride={"x": 1})
    error = iv.equivariance_error(op, photograph, iv.Translate(x=shift))
    assert float(error) < 1e-14


@pytest.mark.parametrize("shift", [1, -3])
def test_one_sample_less_of_a_margin_would_see_the_border(photograph, shift):
    """The interior is not wider than it may be: with zero padding the next column differs."""
    from invarsig.measures.protocols import compare

    op = iv.Convolve(TAPS, boundary="zero")
    move = iv.Translate(x=shift, boundary="reflect")
    inside = compare(op, photograph, move, "interior").reference["x"]
    gap = iv.commutator(op, photograph, move)
    edge = inside[0] - 1 if shift > 0 else inside[-1] + 1
    assert float(np.abs(gap.sel(x=inside)).max()) < 1e-14
    assert float(np.abs(gap.sel(x=edge)).max()) > 1e-3


def test_pooling_with_stride_is_exact_inside_at_multiples_of_the_stride(photograph):
    op = iv.Convolve(TAPS, boundary="zero") >> iv.MaxPool(window={"x": 4})
    assert float(iv.equivariance_error(op, photograph, iv.Translate(x=8))) < 1e-14


def test_interior_and_periodic_protocols_agree_on_a_long_signal(rng):
    """The same pipeline on periodic noise, with and without a declared period."""
    x = iv.power_law_noise(iv.Axis("x", size=4096, period=4096.0), exponent=1.0, rng=rng)
    op = iv.GaussianBank(sigma={"x": 0.8}) >> iv.MaxPool(window={"x": 4})
    move = iv.Translate(x=2)
    periodic = float(iv.equivariance_error(op, x, move))
    finite = x.assign_coords(x=("x", x["x"].to_numpy()))
    interior = iv.equivariance_error(op, finite, move)
    assert interior.attrs["protocol"] == "interior"
    assert float(interior) == pytest.approx(periodic, rel=0.1)


def test_the_floor_of_a_fractional_interior_shift_is_that_of_the_interpolator(rng):
    """2 to 3 % (-31 to -35 dB) for a 33-tap kernel on an output with content up to its Nyquist.

    The perfect operator: an ideal low-pass, its stride, its output on a finite interval.
    """
    scores, floors = [], []
    for seed in range(6):
        x = iv.power_law_noise(iv.Axis("x", size=4096, period=4096.0), exponent=0.5, rng=seed)
        perfect = iv.SpectralPool(stride={"x": 4})
        y, moved = perfect(x), perfect(iv.Translate(x=1)(x))
        bare = y.assign_coords(x=("x", y["x"].to_numpy()))
        guess = iv.Translate(x=1)(bare)
        inside = slice(20, -20)
        gap = (moved.to_numpy() - guess.to_numpy())[inside]
        scores.append(np.linalg.norm(gap) / np.linalg.norm(y[inside]))
        finite = x.assign_coords(x=("x", x["x"].to_numpy()))
        stand_in = iv.BlurPool(taps=7, stride={"x": 4}) >> iv.Apply(
            lambda a, y=y: np.broadcast_to(y[: a.shape[-1]].to_numpy(), a.shape),
            over="x",
            reach={"x": 0.0},
        )
        floors.append(float(iv.equivariance_error(stand_in, finite, iv.Translate(x=1))["floor"]))
    np.testing.assert_allclose(floors, scores, rtol=0.15)
    assert -45 < 20 * np.log10(np.mean(scores)) < -20


def test_whole_output_shifts_have_the_floor_of_round_off(photograph):
    op = iv.MaxPool(window={"x": 4})
    floor = iv.equivariance_error(op, photograph, [iv.Translate(x=4), iv.Translate(x=1)])["floor"]
    assert float(floor[0]) < 1e-14
    assert float(floor[1]) > 1e-4


def test_the_floor_of_a_periodic_axis_is_round_off(photograph):
    x = ring(photograph, x=64)
    shifts = [iv.Translate(x=d) for d in (1, 0.37)]
    floor = iv.equivariance_error(iv.MaxPool(window={"x": 4}), x, shifts)["floor"]
    assert float(floor.max()) < 1e-14


def test_the_periodic_protocol_names_the_nearest_usable_length(photograph):
    cropped = ring(photograph, x=64).isel(x=slice(0, 50))
    with pytest.raises(iv.errors.AxisError, match=r"lost its period of 64 px.*50.*64"):
        iv.equivariance_error(iv.Relu(), cropped, iv.Translate(x=1), protocol="periodic")


def test_nothing_left_names_the_lengths_and_proposes_another_way(photograph):
    short = photograph.isel(x=slice(0, 12))
    wide = iv.Convolve(xr.DataArray(np.ones(9) / 9, dims="x"), boundary="reflect")
    with pytest.raises(iv.errors.BorderError, match=r"reach takes 8 samples.*shift 5.*of 12.*cut"):
        iv.equivariance_error(wide, short, iv.Translate(x=5))


def test_an_infinite_reach_is_an_error_that_proposes_another_way(photograph):
    flip = iv.Apply(lambda a: a - a.mean(axis=-1, keepdims=True), over="x")
    with pytest.raises(iv.errors.BorderError, match=r"infinite reach over 256 samples.*cut"):
        iv.equivariance_error(flip, photograph, iv.Translate(x=1))
    with pytest.raises(iv.errors.BorderError, match="has lost the axis"):
        iv.equivariance_error(iv.GlobalPool("x"), photograph, iv.Translate(x=1))


@pytest.mark.parametrize("shift", [4, -4, 12])
def test_cut_at_multiples_of_the_stride_a_pool_agrees_exactly(photograph, shift):
    error = iv.equivariance_error(
        iv.MaxPool(window={"x": 4}), photograph, iv.Translate(x=shift), protocol="cut"
    )
    assert float(error) == 0
    assert error.attrs["protocol"] == "cut"


def test_a_crop_compares_what_both_windows_show_of_the_same_place(photograph):
    """Against a comparison by hand: pool two cuts, line them up by their coordinates."""
    op, d = iv.MaxPool(window={"x": 2}), 3
    size = 256 - d
    one = op(photograph.isel(x=slice(d, d + size)))
    other = op(photograph.isel(x=slice(0, size)))
    both = iv.equivariance_error(op, photograph, iv.Translate(x=d), protocol="cut")
    # The grids are 3 / 2 output samples apart: the error is that of the max pool, plus the floor.
    assert float(one["x"][0] - other["x"][0]) == 3.0
    interior = iv.equivariance_error(op, photograph, iv.Translate(x=d))
    assert float(both) == pytest.approx(float(interior), rel=0.05)


def test_padding_shows_in_a_crop_and_not_inside(photograph):
    op = iv.Convolve(TAPS, boundary="zero")
    crop = iv.equivariance_error(op, photograph, iv.Translate(x=1), protocol="cut")
    interior = iv.equivariance_error(op, photograph, iv.Translate(x=1))
    assert float(crop) > 1e-2
    assert float(interior) < 1e-14


def test_a_lost_axis_is_compared_whole_in_a_crop(photograph):
    op = iv.GlobalPool("x", kind="mean")
    error = iv.equivariance_error(op, photograph, iv.Translate(x=8), protocol="cut")
    one, other = photograph[:, 8:].mean("x"), photograph[:, :-8].mean("x")
    expected = np.linalg.norm(other - one) / np.linalg.norm(one - one.mean())
    assert float(error) == pytest.approx(float(expected), rel=1e-12)


def test_a_crop_at_a_fraction_of_a_sample_is_refused(photograph):
    with pytest.raises(iv.errors.ParameterError, match="whole samples"):
        iv.equivariance_error(iv.Relu(), photograph, iv.Translate(x=0.5), protocol="cut")


def test_a_descending_axis_is_measured_like_a_rising_one(photograph):
    op = iv.Convolve(TAPS, boundary="zero") >> iv.MaxPool(window={"x": 4})
    there = iv.equivariance_error(op, photograph, [iv.Translate(x=3), iv.Translate(x=-8)])
    flipped = photograph.isel(x=slice(None, None, -1))
    back = iv.equivariance_error(op, flipped, [iv.Translate(x=3), iv.Translate(x=-8)])
    np.testing.assert_allclose(there, back, rtol=1e-6, atol=1e-14)


def test_an_unknown_protocol_is_refused(photograph):
    with pytest.raises(iv.errors.ParameterError, match="periodic, interior, roll, cut"):
        iv.equivariance_error(iv.Relu(), photograph, iv.Translate(x=1), protocol="cropped")


def test_where_the_interpolation_of_the_output_takes_most_a_move_that_tells_is_named(rng):
    x = iv.label(rng.standard_normal(128), iv.Axis("x", step=0.5, unit="mm"))
    pool, move = iv.MaxPool(window={"x": 4}), iv.Translate(x=0.5)
    said = r"interpolation 128, of 128.*Use protocol='roll'.*\(2 mm each\).*nothing of the stride"
    with pytest.raises(iv.errors.BorderError, match=said):
        iv.equivariance_error(pool, x, move)
    # What is named tells, and what is warned of does not.
    assert float(iv.equivariance_error(pool, x, move, protocol="roll")) > 0.1
    assert float(iv.equivariance_error(pool, x, iv.Translate(x=2.0))) < 1e-12


def test_without_a_stride_a_shift_by_whole_samples_is_named(rng):
    x = iv.label(rng.standard_normal(30), iv.Axis("x", step=0.5, unit="mm"))
    with pytest.raises(iv.errors.BorderError, match=r"Shift by 1 mm, whole samples.*0\.5 mm each"):
        iv.equivariance_error(iv.Relu(), x, iv.Translate(x=0.85))
    iv.equivariance_error(iv.Relu(), x, iv.Translate(x=1.0))


def test_no_shift_is_named_that_would_leave_nothing_either(rng):
    x = iv.label(rng.standard_normal(16), iv.Axis("x", unit="px"))
    wide = iv.MaxPool(window={"x": 15}, stride={"x": 2})
    with pytest.raises(iv.errors.BorderError) as said:
        iv.equivariance_error(wide, x, iv.Translate(x=1))
    assert "Shift by" not in str(said.value)
    assert np.isfinite(iv.equivariance_error(wide, x, iv.Translate(x=1), protocol="roll"))


# --- the limit of a shift by a fraction of an input sample ---


def _exactly_moved(x: xr.DataArray, samples: float) -> xr.DataArray:
    """Moved by a Fourier transform of the signal with silence around it."""
    size = x.sizes["x"]
    values = np.pad(x.values, (size, size))
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(3 * size) * samples)
    return x.copy(data=np.fft.irfft(np.fft.rfft(values) * turn, 3 * size)[size : 2 * size])


@pytest.mark.parametrize("seed", range(12))
def test_a_fraction_of_an_input_sample_is_off_by_the_limit_at_most(seed):
    rng = np.random.default_rng(seed)
    # Full-band noise that begins and ends in silence: of both sides the exact move is known.
    noise = rng.standard_normal(1200) * np.pad(np.hanning(700), 250)
    x = iv.label(noise, iv.Axis("x", unit="px"))
    stride = int(rng.integers(2, 7))
    narrow = iv.Convolve(iv.label(np.hanning(5 * stride) / stride, "x"), boundary="zero")
    op = [
        narrow >> iv.Subsample(stride={"x": stride}),
        iv.Power(2.0) >> narrow >> iv.Subsample(stride={"x": stride}),
        iv.MaxPool(window={"x": stride}),
        iv.Relu() >> iv.MeanPool(window={"x": 2 * stride}, stride={"x": stride}),
    ][seed % 4]
    shift = float(rng.uniform(0.1, 0.9)) + int(rng.integers(0, stride))
    error = iv.equivariance_error(op, x, iv.Translate(x=shift), protocol="interior")
    y = op(x)
    where = interior(op, x, y, iv.Translate(x=shift))
    gap = (op(_exactly_moved(x, shift)) - _exactly_moved(y, shift / stride)).isel(where)
    right = float(np.linalg.norm(gap) / np.linalg.norm(y.isel(where) - y.isel(where).mean()))
    # Nearly all of what is measured of the first two, which fold next to nothing, is the test's.
    assert abs(float(error) - right) <= 1.1 * float(error.floor) + 1e-12
    if seed % 4 < 2:
        assert float(error.floor) < 2 * max(float(error), abs(float(error) - right))


# --- two cuts, and rolling: the pipeline as it is given ---


def _grid(size: int, dim: str, kind: str) -> xr.DataArray | None:
    """A coordinate of some kind; None for a dim without one."""
    places = 0.1 * np.arange(size)
    made = {
        "none": None,
        "plain": 3.0 + places,
        "single": (3.0 + places).astype(np.float32),
        "falling": -places,
        "dates": np.datetime64("2020-01-01") + np.arange(size) * np.timedelta64(1, "h"),
    }[kind]
    return None if made is None else xr.DataArray(made, dims=dim, attrs={})


@pytest.mark.parametrize("protocol", ["interior", "roll", "cut"])
@pytest.mark.parametrize("moved", [("x",), ("y", "x"), ("z", "y", "x")])
@pytest.mark.parametrize("kind", ["none", "plain", "single", "falling", "dates"])
@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16", "i4"])
def test_a_pointwise_operator_scores_nothing_under_any_protocol(protocol, moved, kind, dtype):
    rng = np.random.default_rng(4)
    values = 10 * rng.standard_normal((9, 10, 11))
    if dtype.startswith("c"):
        values = values + 1j * rng.standard_normal(values.shape)
    x = xr.DataArray(values.astype(dtype), dims=("z", "y", "x"))
    coords = {dim: _grid(x.sizes[dim], dim, kind) for dim in x.dims}
    x = x.assign_coords({dim: each for dim, each in coords.items() if each is not None})
    move = iv.Translate.in_samples(x, {dim: 2 + k for k, dim in enumerate(moved)})
    op = iv.Apply(np.cbrt) if dtype[0] != "c" else iv.Modulus()
    assert float(iv.equivariance_error(op, x, move, protocol=protocol)) == 0.0


def test_the_law_of_pointwise_operators_catches_one_that_looks_at_its_neighbor():
    x = iv.label(np.random.default_rng(4).standard_normal((12, 12)), "y", "x")
    sees = iv.Apply(lambda v: v + v[..., :1], over="x")
    for protocol in ("roll", "cut"):
        assert float(iv.equivariance_error(sees, x, iv.Translate(x=2.0), protocol=protocol)) > 0.1


@pytest.mark.parametrize("moved", [{"x": 4}, {"x": 4, "y": 8}, {"x": -8, "y": 4}])
@pytest.mark.parametrize("kind", ["none", "single"])
def test_two_cuts_are_compared_where_they_show_the_same(moved, kind, rng):
    x = xr.DataArray(rng.standard_normal((40, 44)), dims=("y", "x"))
    if kind != "none":
        x = x.assign_coords(x=_grid(44, "x", kind), y=_grid(40, "y", kind))
    op = iv.BlurPool(taps=5, stride={"x": 2, "y": 2}, boundary="zero")
    move = iv.Translate.in_samples(x, moved)
    error = float(iv.equivariance_error(op, x, move, protocol="cut"))

    def cut(away: int, size: int) -> slice:
        return slice(max(away, 0), size + min(away, 0))

    by = {dim: moved.get(dim, 0) for dim in ("y", "x")}
    here = op(x.isel({d: cut(k, x.sizes[d]) for d, k in by.items()})).transpose("y", "x").values
    there = op(x.isel({d: cut(-k, x.sizes[d]) for d, k in by.items()})).transpose("y", "x").values
    half = [k // 2 for k in by.values()]
    one = here[tuple(cut(-k, n) for k, n in zip(half, here.shape, strict=True))]
    other = there[tuple(cut(k, n) for k, n in zip(half, there.shape, strict=True))]
    expected = np.linalg.norm(other - one) / np.linalg.norm(one - one.mean())
    np.testing.assert_allclose(error, expected, rtol=1e-9)
    valid = iv.BlurPool(taps=5, stride={"x": 2, "y": 2}, boundary="valid")
    assert float(iv.equivariance_error(valid, x, move, protocol="cut")) < 1e-14


def test_rolling_is_the_periodic_protocol_where_the_axis_is_periodic(rng):
    values = rng.standard_normal(48)
    ring, line = iv.label(values, iv.Axis("x", period=48.0)), iv.label(values, "x")
    op = iv.Relu() >> iv.Subsample(stride={"x": 2})
    for shift in (1.0, 2.0, 0.37):
        move = iv.Translate(x=shift)
        expected = float(iv.equivariance_error(op, ring, move, protocol="periodic"))
        for x in (ring, line):
            found = iv.equivariance_error(op, x, move, protocol="roll")
            np.testing.assert_allclose(float(found), expected, rtol=1e-12, atol=1e-15)


def test_what_rolling_shows_of_zero_padding_is_seen_whole(photograph):
    box = iv.Convolve(iv.label(np.ones((5, 5)), "y", "x"), boundary="zero")
    op, x = box >> box >> box, photograph.isel(y=slice(0, 128), x=slice(0, 128))
    for shift in (1.0, 4.0):
        move = iv.Translate(x=shift)
        assert float(iv.equivariance_error(op, x, move, protocol="interior")) < 1e-12
        assert float(iv.equivariance_error(op, x, move, protocol="roll")) > 0.01
        assert float(iv.equivariance_error(op, x, move, protocol="cut")) > 0.01


@pytest.mark.parametrize("protocol", [None, "interior", "roll", "cut"])
def test_moving_whole_results_on_a_finite_axis_is_refused(rng, protocol):
    x = iv.label(rng.standard_normal(64), iv.Axis("x"))
    pool = iv.BlurPool(3, stride={"x": 2})
    with pytest.raises(iv.errors.ParameterError, match=r"align='grid' moves whole.*periodic axis"):
        iv.equivariance_error(pool, x, iv.Translate(x=2), protocol=protocol, align="grid")


@pytest.mark.parametrize("protocol", ["roll", "cut"])
def test_what_is_no_translation_is_neither_rolled_nor_cut(rng, protocol):
    x = iv.label(rng.standard_normal(16), iv.Axis("x"))
    with pytest.raises(iv.errors.ParameterError, match=f"'{protocol}' is defined for translations"):
        iv.equivariance_error(iv.Relu(), x, iv.Flip.about_middle(x, "x"), protocol=protocol)


@pytest.mark.parametrize("shift", [16, -16, 20])
def test_two_cuts_that_share_nothing_are_refused(rng, shift):
    x = iv.label(rng.standard_normal(16), iv.Axis("x"))
    with pytest.raises(
        iv.errors.BorderError, match=f"{abs(shift)} samples leaves nothing of the 16"
    ):
        iv.equivariance_error(iv.Relu(), x, iv.Translate(x=shift), protocol="cut")


@pytest.mark.parametrize("protocol", ["interior", "roll", "cut"])
@pytest.mark.parametrize("shift", [3.0, -4.5])
def test_every_protocol_counts_the_samples_of_a_descending_axis(rng, protocol, shift):
    """The same samples, labeled downward: a move is as long, and the other way in samples."""
    values = rng.standard_normal((2, 80))
    down = iv.label(values, "c", iv.Axis("x", start=7.0, step=-1.5, unit="mm"))
    counted = iv.label(values, "c", iv.Axis("x", unit="mm"))
    op = iv.Convolve(xr.DataArray([1.0, 3.0, -2.0], dims="x"), boundary="zero") >> iv.Subsample(
        stride={"x": 2}
    )
    found = iv.equivariance_error(op, down, iv.Translate(x=shift), protocol=protocol)
    wanted = iv.equivariance_error(op, counted, iv.Translate(x=shift / -1.5), protocol=protocol)
    assert float(found) == pytest.approx(float(wanted), rel=1e-9)
    assert float(found["floor"]) == pytest.approx(float(wanted["floor"]), rel=1e-9)


MOVES = [{"y": 4, "x": 4}, {"y": -4, "x": 4}, {"x": 8}, {"y": 2, "x": -6}]


@pytest.mark.parametrize("moved", MOVES, ids=str)
@pytest.mark.parametrize("kind", ["none", "plain", "single", "falling"])
def test_two_cuts_of_a_photograph_differ_as_two_crops_pooled_by_hand(photograph, moved, kind):
    """Reflected borders: .0050 at (4, 4). A lag that is wrong reads .3, samples that drop 0."""
    values = photograph.to_numpy()
    x = xr.DataArray(values, dims=("y", "x"))
    if kind != "none":
        x = x.assign_coords({dim: _grid(x.sizes[dim], dim, kind) for dim in x.dims})
    taps = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16

    def pooled(crop: np.ndarray) -> np.ndarray:
        wide = np.pad(crop, 2, mode="reflect")
        for axis in (0, 1):
            wide = np.apply_along_axis(np.convolve, axis, wide, taps, "valid")
        return wide[::2, ::2]

    def overlapping(size: int, by: int) -> slice:
        return slice(max(by, 0), size + min(by, 0))

    lags = [moved.get(dim, 0) for dim in ("y", "x")]
    here, there = (
        pooled(
            values[tuple(overlapping(n, s * by) for n, by in zip(values.shape, lags, strict=True))]
        )
        for s in (1, -1)
    )
    one, other = (
        cut[tuple(overlapping(n, s * by // 2) for n, by in zip(cut.shape, lags, strict=True))]
        for cut, s in ((here, -1), (there, 1))
    )
    gap = np.linalg.norm(other - one)
    op = iv.BlurPool(taps=5, stride={"y": 2, "x": 2}, boundary="reflect")
    move = iv.Translate.in_samples(x, moved)
    error = float(iv.equivariance_error(op, x, move, protocol="cut"))
    assert error == pytest.approx(gap / np.linalg.norm(one - one.mean()), rel=1e-9)
    span = float(np.ptp(op(x).to_numpy()))
    score = float(iv.measures.eqt(op, x, move, protocol="cut"))
    assert score == pytest.approx(20 * np.log10(span / (gap / np.sqrt(one.size))), rel=1e-9)
    if moved == {"y": 4, "x": 4}:
        assert error == pytest.approx(0.0050, abs=5e-5)


@pytest.mark.parametrize("kind", ["none", "plain", "single", "falling", "dates"])
@pytest.mark.parametrize("moved", [("x",), ("y", "x"), ("z", "y", "x")])
def test_a_pointwise_operator_has_an_infinite_eqt(moved, kind, rng):
    x = xr.DataArray(rng.standard_normal((9, 10, 11)), dims=("z", "y", "x"))
    coords = {dim: _grid(x.sizes[dim], dim, kind) for dim in x.dims}
    x = x.assign_coords({dim: each for dim, each in coords.items() if each is not None})
    move = iv.Translate.in_samples(x, {dim: 2 + k for k, dim in enumerate(moved)})
    assert float(iv.measures.eqt(iv.Relu(), x, move, protocol="cut")) == np.inf


def test_a_reach_that_is_longer_than_the_axis_is_said_in_samples(rng):
    x = iv.label(rng.standard_normal(12), iv.Axis("x", step=0.5, unit="mm"))
    wide = iv.MaxPool(window={"x": 8}, stride={"x": 1}, boundary="zero")
    with pytest.raises(
        iv.errors.BorderError, match=r"the reach takes 14 samples, .* of 12 samples"
    ):
        iv.equivariance_error(wide >> wide, x, iv.Translate(x=0.5), protocol="interior")


@pytest.mark.parametrize(("protocol", "shift"), [("interior", 3.0), ("cut", 30.0), ("cut", 3.0)])
def test_where_nothing_can_be_compared_nothing_is_run(protocol, shift):
    """What is left is known from the axes alone, and a forward pass of a network is not cheap."""
    from invarsig.errors import BorderError
    from invarsig.measures.protocols import compare

    runs = []

    def counted(values):
        runs.append(values.shape)
        return values

    x = iv.label(np.arange(64.0), "x")
    whole = iv.Apply(counted, over="x") >> iv.Subsample(stride={"x": 16})
    y = whole(x)
    runs.clear()
    with pytest.raises(BorderError):
        compare(whole, x, iv.Translate(x=shift), protocol, y=y)
    assert not runs
    compare(whole, x, iv.Translate(x=16.0), "cut", y=y)
    assert len(runs) == 2
