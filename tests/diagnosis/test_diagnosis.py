"""Diagnosis: everything about one pipeline on one input, in one tree."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from tests.conftest import ring
from tests.nightly import some

POOL = iv.Relu() >> iv.MaxPool(window={"x": 4})


@pytest.fixture(scope="module")
def on_a_ring(photograph: xr.DataArray) -> iv.Diagnosis:
    return iv.diagnose(POOL, ring(photograph, x=128, y=32), along="x")


def test_prediction_and_measurement_stand_in_the_same_dataset(on_a_ring):
    axis = on_a_ring["x"]
    exact = axis["exact"] == 1
    assert int(exact.sum()) >= 4
    np.testing.assert_allclose(
        axis["measured"].where(exact), axis["predicted"].where(exact), atol=1e-12
    )
    np.testing.assert_allclose(axis["orbit_variance"], axis["folded_energy"], rtol=1e-10)


def test_the_diagnosis_says_what_the_measures_say(on_a_ring, photograph):
    x = ring(photograph, x=128, y=32)
    axis = on_a_ring["x"]
    for shift in axis["length"].to_numpy():
        move = iv.Translate(x=float(shift))
        here = axis.sel(length=shift)
        assert float(here["measured"]) == pytest.approx(float(iv.equivariance_error(POOL, x, move)))
        assert float(here["invariance"]) == pytest.approx(float(iv.invariance_error(POOL, x, move)))
        share = iv.attribute(POOL, x, move)["share"]
        np.testing.assert_allclose(here["share"], share, atol=1e-12)


def test_shifts_are_whole_and_incommensurate_by_default(on_a_ring):
    shifts = on_a_ring["x"]["length"].values
    assert {1.0, 2.0, 3.0, 4.0} <= set(shifts)
    np.testing.assert_allclose(sorted(set(shifts) - {1.0, 2.0, 3.0, 4.0}), [1.48, 2.44])


def test_the_folded_spectrum_adds_up_to_the_folded_energy(on_a_ring):
    axis = on_a_ring["x"]
    folded = axis["power"].where(axis["image"] != 0).sum()
    np.testing.assert_allclose(folded, axis["folded_energy"], rtol=1e-10)


def test_the_predicted_line_goes_through_the_measured_points(on_a_ring):
    axis = on_a_ring["x"]
    line = np.interp([1.0, 2.0, 3.0], axis["curve_length"], axis["predicted_curve"])
    np.testing.assert_allclose(line, axis["measured"].sel(length=[1.0, 2.0, 3.0]), rtol=1e-6)
    assert float(axis["predicted_curve"][0]) < 1e-12


def test_the_square_is_drawn_from_the_real_thing(on_a_ring, photograph):
    x = ring(photograph, x=128, y=32)
    axis = on_a_ring["x"]
    for shift in axis["shown"].values:
        gap = iv.commutator(POOL, x, iv.Translate(x=float(shift)))
        drawn = axis["square_difference"].sel(shown=shift)
        np.testing.assert_allclose(
            drawn.transpose("square_other", "square_position"), gap.transpose("y", "x"), atol=1e-6
        )


def test_what_would_help_is_verified_and_ranked(on_a_ring):
    found = on_a_ring.findings
    able = found["remedy_aligned"].values == 0
    reaches, after = found["remedy_reaches"].values[able], found["remedy_after"].values[able]
    assert (np.diff(reaches) <= 0).all()
    assert (np.diff(after[reaches == 0]) >= 0).all()
    assert (found["remedy_after"] < found["remedy_before"]).all()
    np.testing.assert_allclose(found["remedy_before"], found.attrs["verdict_error"])


@pytest.mark.nightly
def test_an_axis_that_ends_is_made_periodic_and_that_is_said(photograph):
    found = iv.diagnose(POOL, photograph.isel(y=slice(100, 132), x=slice(0, 250)), along="x")["x"]
    assert "cropped to 248 samples, tapered over 10% of its 248 samples" in found.attrs["treatment"]
    assert found.attrs["stride"] == 4
    assert np.isfinite(found["interior"]).any()
    assert np.isfinite(found["cut"]).any()
    exact = found["exact"] == 1
    np.testing.assert_allclose(
        found["measured"].where(exact), found["predicted"].where(exact), atol=1e-12
    )


@pytest.mark.nightly
def test_along_a_dim_that_a_stage_creates_the_pipeline_is_taken_after_it(speech):
    op = iv.Spectrogram.in_samples(speech, window=256, hop=128, output="dB") >> iv.MaxPool(
        window={"frequency": 4, "time": 2}
    )
    found = iv.diagnose(op, speech.isel(time=slice(0, 20000)))
    assert set(found.axes) == {"time", "frequency"}
    assert "after stage 1" in found.tree["input_1"].attrs["notes"]
    assert found["frequency"].attrs["unit"] == "Hz"
    assert found["frequency"]["stage"].values.tolist() == [2]
    assert found["time"].attrs["stride"] == 256


def test_a_lost_axis_is_diagnosed_as_invariance(photograph):
    x = ring(photograph, x=64, y=16)
    found = iv.diagnose(POOL >> iv.GlobalPool("x"), x, along="x")["x"]
    assert found.attrs["lost"] == 1
    assert "power" not in found
    np.testing.assert_array_equal(found["measured"], found["invariance"])


def test_what_folding_does_not_explain_is_said_and_not_predicted(photograph, rng):
    x = ring(photograph, x=64, y=16)
    weights = xr.DataArray(rng.standard_normal((64, 3)), dims=("x", "x_tap"))
    found = iv.diagnose(iv.LocallyConnected(weights) >> iv.MaxPool(window={"x": 2}), x, along="x")[
        "x"
    ]
    assert found.attrs["explained"] == 0
    assert found.attrs["explained_error"] > 0.1
    assert "predicted" not in found
    assert float(found["measured"].max()) > 0.1


def test_nan_in_the_input_is_propagated_and_said(photograph):
    x = ring(photograph, x=64, y=16).copy()
    x[2, 3] = np.nan
    found = iv.diagnose(POOL, x, along="x")
    assert found["x"].attrs["nan"] == 1
    assert np.isnan(found["x"]["measured"]).all()
    assert "1 of 1024 values of the input are NaN" in found.tree["input_1"].attrs["notes"]
    assert "NaN" in found.summary()
    assert "NaN" in found._repr_html_() or "undefined" in found._repr_html_()


def test_a_dim_that_is_nowhere_is_an_error_that_names_those_there_are(photograph):
    with pytest.raises(iv.errors.DimError, match=r"'z'.*there are 'y', 'x'"):
        iv.diagnose(POOL, photograph, along="z")


def test_too_short_a_signal_is_refused(photograph):
    with pytest.raises(iv.errors.AxisError):
        iv.diagnose(POOL, photograph.isel(x=slice(0, 3)), along="x")


def test_a_diagnosis_survives_netcdf(on_a_ring, tmp_path):
    path = on_a_ring.save(tmp_path / "found.nc")
    again = iv.Diagnosis.load(path)
    xr.testing.assert_allclose(
        again["x"].drop_vars("operator"), on_a_ring["x"].drop_vars("operator")
    )
    assert again.summary() == on_a_ring.summary()
    assert again.tree["input_1"].attrs["sha256"] == on_a_ring.tree["input_1"].attrs["sha256"]


def test_a_page_is_written_whole_or_not_at_all(on_a_ring, tmp_path):
    page = on_a_ring.to_html(tmp_path / "page.html")
    assert page.read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    with pytest.raises(iv.errors.WriteError, match="nowhere"):
        on_a_ring.to_html(tmp_path / "nowhere" / "page.html")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_provenance_is_the_hash_of_the_values(on_a_ring, photograph):
    import hashlib

    x = ring(photograph, x=128, y=32)
    expected = hashlib.sha256(np.ascontiguousarray(x.to_numpy()).tobytes()).hexdigest()
    assert on_a_ring.tree["input_1"].attrs["sha256"] == expected


@pytest.mark.nightly
def test_several_inputs_join_into_one(on_a_ring):
    both = iv.Diagnosis.joined([on_a_ring, on_a_ring])
    assert list(both.tree.children) == ["input_1", "input_2"]
    with pytest.raises(iv.errors.ParameterError):
        iv.Diagnosis.joined([])


def test_progress_is_told_from_nothing_to_all(photograph):
    told: list[tuple[str, float]] = []
    iv.diagnose(
        POOL,
        ring(photograph, x=32, y=8),
        along="x",
        progress=lambda text, part: told.append((text, part)),
    )
    parts = [part for _, part in told]
    assert parts == sorted(parts)
    assert parts[-1] == 1.0


def test_a_period_written_by_hand_is_all_that_it_takes(photograph):
    x = photograph.isel(y=slice(0, 64), x=slice(0, 64)).copy()
    x.y.attrs["period"] = 64.0
    assert iv.diagnose(iv.MaxPool(window={"y": 2}), x, along="y")["y"].attrs["treatment"] == ""


@pytest.mark.parametrize(
    ("stride", "limit", "outcome"),
    [(1, -200, "holds"), (4, -40, "falls short"), (4, -200, "falls short")],
)
def test_check_on_a_periodic_axis(photograph, stride, limit, outcome):
    x = ring(photograph, x=64)
    pool = iv.MaxPool(window={"x": 4}, stride={"x": stride})
    (found,) = iv.check(pool, x, "x", max_error=limit, shifts=[1.0, 2.0])
    assert found.outcome == outcome
    assert outcome in found.sentence


def test_check_is_undecidable_where_the_floor_is_above_the_limit(photograph):
    smooth = iv.GaussianBank(sigma={"x": 3.0}, stride={"x": 4})
    (found,) = iv.check(smooth, photograph, "x", max_error=-200, shifts=[1.0])
    assert found.outcome == "undecidable"
    assert found.floor > -200


def test_check_of_silence_is_undecidable():
    x = iv.label(np.zeros(64), iv.Axis("x", period=64.0))
    with pytest.raises(iv.errors.UndecidableError, match="undefined"):
        iv.check(iv.Relu(), x, "x", max_error=-40, shifts=[1.0])


def test_check_of_a_signal_of_which_the_borders_leave_nothing_compares_all_of_it(photograph):
    smooth = iv.GaussianBank(sigma={"x": 3.0}, stride={"x": 4})
    x, move = photograph.isel(x=slice(0, 64)), iv.Translate(x=1)
    (found,) = iv.check(smooth, x, "x", max_error=-40, shifts=[1.0])
    assert found.outcome == "falls short"
    error = float(iv.equivariance_error(smooth, x, move, protocol="roll"))
    assert found.error == pytest.approx(20 * np.log10(error), abs=1e-9)
    assert "comparing all of the output, the seam where the ends meet included" in found.sentence
    assert "the signal is too short" in found.sentence


BOX = iv.Convolve(iv.label(np.full((5, 5), 1 / 25), "y", "x"), boundary="zero")


def test_check_sees_what_zero_padding_does_between_two_cuts(photograph):
    op = BOX >> BOX >> BOX
    (found,) = iv.check(op, photograph, "x", max_error=-40, shifts=[1.0, 2.0, 3.0, 4.0])
    first, last = op(photograph.isel(x=slice(4, 256))), op(photograph.isel(x=slice(0, 252)))
    gap = first.to_numpy()[:, :-4] - last.to_numpy()[:, 4:]
    there = first.to_numpy()[:, :-4]
    error = np.linalg.norm(gap) / np.linalg.norm(there - there.mean())
    assert error == pytest.approx(0.144, abs=0.002)
    assert found.outcome == "falls short"
    assert found.error == pytest.approx(20 * np.log10(error), abs=0.05)
    assert found.error == pytest.approx(-16.8, abs=0.1)
    assert "-16.8 dB (14.4 %)" in found.sentence
    assert "two cuts of the signal" in found.sentence


def test_check_says_the_joint_move_too(photograph):
    op = BOX >> iv.MaxPool(window={"y": 2, "x": 2})
    found = iv.check(op, photograph, max_error=-20)
    assert [each.dim for each in found] == ["y", "x", "y and x"]
    joint = found[-1]
    assert set(joint.move.shifts) == {"y", "x"}
    assert joint.error > max(each.error for each in found[:-1])
    assert joint.sentence.startswith("Jointly along y and x the error at ")


def padded_and_strided(v):
    wide = np.pad(v, [(0, 0)] * (v.ndim - 1) + [(1, 1)])
    return (wide[..., :-2] + 2 * wide[..., 1:-1] + wide[..., 2:])[..., ::4]


@pytest.mark.parametrize("size", [64, 96, 128, 192, 256])
@pytest.mark.parametrize("shifts", [None, [2.0], [4.0, 1.0]])
def test_check_of_a_short_signal_is_not_blind_to_a_stride_in_a_function(size, shifts):
    op = iv.Apply(padded_and_strided, over="x", stride={"x": 4}, reach={"x": 1.0})
    x = iv.label(np.random.default_rng(size).standard_normal(size), iv.Axis("x", unit="px"))
    (found,) = iv.check(op, x, "x", max_error=-15, shifts=shifts)
    assert found.outcome == "falls short"
    assert found.error > -10


@pytest.mark.parametrize("size", [64, 96, 128, 192, 256])
def test_a_shift_by_the_stride_of_a_padded_function_still_shows_its_border(size):
    op = iv.Apply(padded_and_strided, over="x", stride={"x": 4}, reach={"x": 1.0})
    x = iv.label(np.random.default_rng(size).standard_normal(size), iv.Axis("x", unit="px"))
    (found,) = iv.check(op, x, "x", max_error=-40, shifts=[4.0])
    first, last = padded_and_strided(x.to_numpy()[4:]), padded_and_strided(x.to_numpy()[:-4])
    error = np.linalg.norm(first[:-1] - last[1:]) / np.linalg.norm(first[:-1] - first[:-1].mean())
    assert found.outcome == "falls short"
    assert found.error == pytest.approx(20 * np.log10(error), abs=0.2)
    assert "two cuts of the signal" in found.sentence


KINDS = {
    "padded": BOX >> iv.Relu(),
    "padded and strided": BOX >> iv.MaxPool(window={"x": 2}),
    "strided": iv.Subsample(stride={"x": 4}),
    "along y too": iv.MeanPool(window={"y": 3, "x": 3}, stride={"y": 1, "x": 2}),
    "over all of it": iv.DivisiveNormalization(over="x") >> iv.MaxPool(window={"x": 2}),
    "lost": BOX >> iv.GlobalPool("x"),
    "not shared": iv.LocallyConnected(
        iv.label(np.random.default_rng(1).standard_normal((128, 3)), "x", "x_tap")
    ),
}


STRIDES = {"padded and strided": 2, "strided": 4, "along y too": 2, "over all of it": 2}


@pytest.mark.parametrize("name", KINDS)
def test_a_check_is_never_better_than_the_worst_of_rolls_inside_and_cuts(photograph, name):
    """Every shift that can tell, measured again by the protocols of `equivariance_error`."""
    op, x = KINDS[name], photograph.isel(y=slice(96, 144), x=slice(64, 192))
    stride = STRIDES.get(name, 1)
    expected = []
    for shift in (1.0, 2.0, 3.0, 4.0, 8.0):
        move = iv.Translate(x=shift)
        try:
            inside = float(iv.equivariance_error(op, x, move, protocol="interior"))
        except iv.errors.BorderError:
            inside = float(iv.equivariance_error(op, x, move, protocol="roll"))
            inside = 0.0 if stride > 1 and shift % stride == 0 else inside
        expected.append(inside)
        if shift % stride == 0:
            try:
                expected.append(float(iv.equivariance_error(op, x, move, protocol="cut")))
            except iv.errors.InvarsigError:
                assert name == "not shared", "weights for so many places refuse a cut"
    (found,) = iv.check(op, x, "x", max_error=0.0, shifts=[1.0, 2.0, 3.0, 4.0, 8.0])
    assert found.error == pytest.approx(20 * np.log10(max(expected)), abs=1e-6)


def test_a_function_in_single_precision_is_measured_down_to_its_rounding(rng):
    x = iv.label(rng.standard_normal(64), iv.Axis("x", period=64.0))

    def single(v):
        return np.fft.ifft(np.fft.fft(v.astype(np.complex64))).real.astype(np.float32).astype(float)

    op = iv.Apply(single, over="x")
    (found,) = iv.check(op, x, "x", max_error=-90, shifts=[0.37])
    assert (found.outcome, found.floor) == ("holds", pytest.approx(-100))
    assert iv.check(op, x, "x", max_error=-200, shifts=[0.37])[0].outcome == "undecidable"


def test_a_pool_before_a_global_pool_may_have_any_length():
    x = iv.label(np.random.default_rng(0).standard_normal(103), iv.Axis("x"))
    found = iv.diagnose(iv.MaxPool(window={"x": 4}) >> iv.GlobalPool("x"), x)["x"]
    assert found.attrs["lost"] == 1
    assert "cropped to 100 samples" in found.attrs["treatment"]


def test_a_pipeline_that_does_not_run_on_the_signal_as_it_is_says_so(photograph):
    op = iv.Residual(iv.MeanPool(window={"x": 3}, stride={"x": 1})) >> iv.MaxPool(window={"x": 2})
    found = iv.diagnose(op, photograph.isel(y=slice(0, 16)), along="x")["x"]
    assert "The pipeline does not run" in found.attrs["protocol_notes"]


def test_dates_survive_netcdf(tmp_path):
    days = np.datetime64("2026-01-01", "ns") + np.arange(64) * np.timedelta64(86400, "s")
    x = iv.label(np.random.default_rng(0).standard_normal(64), "time").assign_coords(time=days)
    found = iv.diagnose(iv.MaxPool(window={"time": 4}), x, along="time")
    assert iv.Diagnosis.load(found.save(tmp_path / "d.nc")).summary() == found.summary()


@pytest.mark.parametrize("limit", [float("nan"), float("inf"), "-40", None])
def test_a_limit_that_is_no_number_is_refused(photograph, limit):
    with pytest.raises(iv.errors.ParameterError, match="finite number of decibels"):
        iv.check(iv.Relu(), photograph, "x", max_error=limit)


def test_a_recording_at_44_kilohertz_has_a_hop_that_eighths_divide():
    x = iv.label(np.zeros(44100), iv.Axis("time", step=1 / 44100, unit="s"))
    spectrogram = iv.models.default_pipeline(x)[0]
    assert round(spectrogram.hop * 44100) % 8 == 0


@pytest.mark.nightly
def test_of_a_long_input_the_loudest_part_is_diagnosed_and_that_is_said(photograph):
    # The pipeline only repeats along y: whole rows are taken, 48 of them.
    whole = iv.diagnose(POOL, photograph, along="x", most=3 * 4096)
    assert whole.tree["input_1"].attrs["sizes"] == "y: 256, x: 256", "the input as it was given"
    power = photograph.var("x").rolling(y=48).sum().to_numpy()
    start = int(np.nanargmax(power)) - 47
    assert whole["x"]["square_position"].size > 0
    assert f"y {start} to {start + 47} px (48 of 256)" in whole.tree["input_1"].attrs["notes"]


def test_a_short_input_is_diagnosed_whole(on_a_ring):
    assert "most energy" not in on_a_ring.tree["input_1"].attrs["notes"]


def test_a_check_of_nothing_is_refused(photograph):
    with pytest.raises(iv.errors.ParameterError, match="neither strides nor reaches"):
        iv.check(iv.Relu(), photograph, max_error=-40)


def test_a_check_tells_how_far_it_is(photograph):
    told: list[float] = []
    iv.check(
        POOL, ring(photograph, x=64), "x", max_error=-10, progress=lambda _, part: told.append(part)
    )
    assert told == sorted(told)
    assert told[0] == 0.0
    assert 0.5 < told[-1] <= 1.0


TAKE_SHIFTS = {
    "baseline": lambda op, x, shifts: iv.baseline(op, x, "x", shifts=shifts),
    "check": lambda op, x, shifts: iv.check(op, x, "x", max_error=-40, shifts=shifts),
    "compare": lambda op, x, shifts: iv.compare([op], x, "x", shifts=shifts).table,
    "diagnose": lambda op, x, shifts: iv.diagnose(op, x, "x", shifts=shifts)["x"].measured,
    "sweep": lambda op, x, shifts: iv.aliasing.sweep(op, x, "x", shifts=shifts),
}


@pytest.mark.parametrize("name", some(TAKE_SHIFTS, 3))
def test_shifts_are_given_for_all_dims_or_as_a_mapping(photograph, name):
    x, take = ring(photograph, x=64), TAKE_SHIFTS[name]
    found = [take(POOL, x, shifts) for shifts in ([1.0, 2.0], {"x": (1.0, 2.0)}, np.array([1, 2]))]
    for other in found[1:]:
        same = found[0].equals(other) if hasattr(other, "equals") else found[0] == other
        assert same


@pytest.mark.parametrize("name", TAKE_SHIFTS)
def test_shifts_that_make_no_sense_are_refused_in_words(photograph, name):
    x, take = ring(photograph, x=64), TAKE_SHIFTS[name]
    with pytest.raises(iv.errors.DimError, match=r"shifts name 'y'.*along 'x'"):
        take(POOL, x, {"y": [1.0]})
    for shifts in (1.0, {"x": 1.0}, "far"):
        with pytest.raises(iv.errors.ParameterError, match=r"give a list of lengths"):
            take(POOL, x, shifts)
    with pytest.raises(iv.errors.ParameterError, match="at least one"):
        take(POOL, x, [])


def test_an_axis_that_the_last_stage_creates_has_no_pipeline(speech):
    op = iv.Spectrogram(window=0.032, hop=0.008)
    for take in (iv.diagnose, iv.baseline, lambda *given: iv.check(*given, max_error=-40)):
        with pytest.raises(iv.errors.DimError, match=r"Spectrogram.*creates the dim 'frequency'"):
            take(op, speech, "frequency")
