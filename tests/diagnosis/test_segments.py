"""Long recordings are diagnosed segment by segment, and put together by energy."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import invarsig as iv
from invarsig.commutator import moved_apart
from invarsig.diagnosis.segments import cut_into
from invarsig.report.page import render

SIZE = 8192


@pytest.fixture(scope="module")
def long(speech):
    """More than three segments: cut into four of one length."""
    return speech.isel(time=slice(2000, 2000 + int(3.7 * SIZE)))


@pytest.fixture(scope="module")
def op(speech):
    spectrogram = iv.Spectrogram.in_samples(speech, window=256, hop=64)
    return spectrogram >> iv.Relu() >> iv.MaxPool(window={"time": 2})


@pytest.fixture(scope="module")
def found(op, long):
    told = []
    diagnosis = iv.diagnose(
        op, long, "time", most=SIZE, progress=lambda text, part: told.append((part, text))
    )
    return diagnosis, told


def parts(op, long):
    """Each segment on a ring, one after the other: together they are all of it."""
    size = cut_into(op, long, ["time"], SIZE)[1]
    for start in range(0, long.sizes["time"], size):
        segment = long.isel(time=slice(start, start + size))
        yield iv.aliasing.periodized(op, segment, "time")[0]


@pytest.mark.nightly
def test_errors_are_put_together_by_energy(found, op, long):
    data = found[0]["time"]
    assert data.attrs["segments"] == 4
    gaps, outputs = np.zeros(data.sizes["length"]), []
    for ring in parts(op, long):
        y = op.bounded(None)(ring)
        energy = float(((y - y.mean()) ** 2).sum())
        moves = [iv.Translate(time=float(d)) for d in data["length"]]
        errors = iv.equivariance_error(op.bounded(None), ring, moves).to_numpy()
        gaps += errors**2 * energy
        outputs.append(y.values.reshape(-1))
    # All outputs as one signal have one mean.
    whole = np.concatenate(outputs).size * np.concatenate(outputs).var()
    np.testing.assert_allclose(data["measured"], np.sqrt(gaps / whole), rtol=1e-9, atol=1e-14)


def test_what_is_predicted_is_put_together_alike(found):
    data = found[0]["time"]
    exact = data["exact"].to_numpy() == 1
    assert exact.sum() >= 6
    np.testing.assert_allclose(
        data["predicted"][exact], data["measured"][exact], rtol=1e-9, atol=1e-14
    )
    for kind in ("measured", "predicted"):
        parts = np.hypot(data[f"{kind}_nyquist"], data[f"{kind}_rest"])
        np.testing.assert_allclose(parts, data[kind], rtol=1e-9, atol=1e-14)


def test_the_folded_spectrum_is_that_of_all_segments(found, op, long):
    data = found[0]["time"]
    total = {0: 0.0, 1: 0.0}
    for ring in parts(op, long):
        plain = op.bounded(None)
        grid = 8
        folded = iv.fold(iv.lift(plain, ring, "time", divisor=grid), "time", 128 // grid)
        total[0] += float(folded.sel(image=0).sum())
        total[1] += float(folded.sum())
    power = data["power"]
    # The segments' bins are read off between those of the shorter part, image by image.
    assert float(power.sum()) == pytest.approx(total[1], rel=1e-9)
    assert float(power.sel(image=0).sum()) == pytest.approx(total[0], rel=1e-9)


def test_shares_add_up_where_they_were_measured(found):
    shares = found[0]["time"]["share"].sum("stage", skipna=False).to_numpy()
    known = np.isfinite(shares)
    assert 1 <= known.sum() <= 3
    np.testing.assert_allclose(shares[known], 1.0, atol=1e-10)


@pytest.mark.nightly
def test_it_is_said_and_told_how_far_it_is(found):
    diagnosis, told = found
    assert "all 4 segments" in diagnosis.tree["input_1"].attrs["notes"]
    assert [part for part, _ in told] == sorted(part for part, _ in told)
    assert any("segment 4 of 4" in text for _, text in told)


def test_an_axis_that_a_stage_creates_is_taken_over_the_segments_too(op, long):
    data = iv.diagnose(op, long, "frequency", most=SIZE)["frequency"]
    assert data.attrs["segments"] == 4
    assert np.isfinite(data["measured"]).all()


def test_what_is_short_or_ends_along_two_dims_is_not_cut_into_segments(long, photograph):
    op = iv.Relu()
    assert cut_into(op, long, ["time"], None) is None
    assert cut_into(op, long, ["time"], 10**9) is None
    assert cut_into(op, photograph, ["y", "x"], 1000) is None
    assert cut_into(op, long, ["time"], SIZE) == ("time", -(-long.sizes["time"] // 4))


@pytest.fixture(scope="module")
def pool():
    return iv.BlurPool(taps=3, stride={"time": 2}) >> iv.MaxPool(window={"time": 4})


@pytest.fixture(scope="module")
def noise():
    """Three segments of 2048 samples and a third of one."""
    axis = iv.Axis("time", size=3 * 2048 + 700, step=1e-3, unit="s")
    return iv.power_law_noise(axis, exponent=0.5, rng=1)


@pytest.mark.nightly
def test_segments_cover_all_of_the_input(pool, noise):
    for most in (2048, 3000, 6000, noise.size - 1):
        dim, size = cut_into(pool, noise, ["time"], most)
        count = len(range(0, noise.sizes[dim], size))
        assert size <= most
        assert size % 8 == 0
        assert noise.sizes[dim] - (count - 1) * size > size - 8 * count
    # The end was left out as long as it was shorter than half a segment.
    loud = noise.copy(data=noise.values * np.where(np.arange(noise.size) < 3 * 2048, 1.0, 1e3))
    one, other = (iv.diagnose(pool, x, "time", most=2048)["time"] for x in (noise, loud))
    assert float(other["power"].sum()) > 1e4 * float(one["power"].sum())


@pytest.mark.nightly
def test_nan_in_one_segment_is_propagated(pool, noise):
    broken = noise.copy()
    broken[3000] = np.nan
    found = iv.diagnose(pool, broken, "time", most=2048)
    data = found["time"]
    assert np.isnan(data["measured"]).all()
    assert data.attrs["nan"] == 1
    assert not {"share", "power", "remedy_gain"} & set(data.variables)
    text = found.summary()
    assert "1 of 6844 values of the input are NaN" in text
    assert text.splitlines()[0].startswith(
        "power_law_noise: Nothing is known: the result holds NaN"
    )


@pytest.mark.nightly
def test_a_silent_segment_adds_nothing_and_is_counted(pool, noise):
    silent = noise.copy()
    silent[:3600] = 0.0
    data = iv.diagnose(pool, silent, "time", most=2048)["time"]
    assert data.attrs["segments"] == 4
    assert np.isfinite(data["measured"]).all()
    shares = data["share"].sum("stage", skipna=False).to_numpy()
    np.testing.assert_allclose(shares[np.isfinite(shares)], 1.0, atol=1e-10)
    quiet = iv.diagnose(pool, silent * 0, "time", most=2048)
    assert np.isnan(quiet["time"]["measured"]).all()


def test_errors_undefined_at_some_shifts_are_no_worst_ones(noise):
    op = iv.Log() >> iv.MaxPool(window={"time": 4})
    data = iv.diagnose(op, np.abs(noise) + 1e-3, "time", most=2048)["time"]
    assert np.isnan(data["measured"]).any()  # between samples the signal goes below 0
    assert np.isfinite(data["measured"].sel(length=data.attrs["worst_shift"]))


def test_samples_that_are_chosen_are_aligned_in_every_segment(noise):
    op = iv.Relu() >> iv.PolyphasePool(stride={"time": 2})
    data = iv.diagnose(op, noise, "time", shifts=[1e-3, 3e-3], most=2048)["time"]
    np.testing.assert_allclose(data["aligned"], 0.0, atol=1e-12)
    assert (data["measured"] > 0.01).all()
    pair = iv.label(
        np.stack([noise.values, np.roll(noise.values, 1)]), "item", iv.axis_of(noise, "time")
    )
    data = iv.diagnose(op, pair, "time", shifts=[1e-3], most=4096)["time"]
    apart = []
    for start in range(0, noise.size, cut_into(op, pair, ["time"], 4096)[1]):
        segment = pair.isel(time=slice(start, start + cut_into(op, pair, ["time"], 4096)[1]))
        x = iv.aliasing.periodized(op, segment, "time")[0]
        plain, move = op.bounded(None), iv.Translate(time=1e-3)
        apart.append(moved_apart(plain(x), plain(move(x)), move))
    assert float(data["apart"].item()) == max(apart)


@pytest.mark.nightly
def test_progress_is_told_in_the_callers_thread_and_may_stop_it(pool, noise):
    class StopError(Exception):
        pass

    threads = set()

    def tell(text, _part):
        threads.add(threading.current_thread())
        if "segment 2" in text:
            raise StopError

    with pytest.raises(StopError):
        iv.diagnose(pool, noise, "time", most=2048, progress=tell)
    assert threads == {threading.current_thread()}


@pytest.mark.nightly
def test_what_a_user_wrote_is_run_one_by_one(noise):
    inside = set()

    def tanh(values):
        inside.add(threading.get_ident())
        assert len(inside) <= 2  # the caller's, and one for all segments
        return np.tanh(values)

    op = iv.Residual(iv.Apply(tanh)) >> iv.MaxPool(window={"time": 4})
    assert iv.diagnose(op, noise, "time", most=1024)["time"].attrs["segments"] == 7


@pytest.mark.nightly
def test_numbers_of_one_part_are_not_told_as_those_of_all_segments(noise):
    op = iv.BlurPool(taps=3, stride={"time": 2}) >> iv.Relu() >> iv.MaxPool(window={"time": 4})
    text = render(iv.diagnose(op, noise, "time", most=2048).tree)
    text = text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Stage 2, Relu(), creates" in text
    assert "of the error over the shifts measured comes" not in text
    few = render(iv.diagnose(op, noise, "time", most=256).tree)
    few = few.replace("\N{NO-BREAK SPACE}", " ")
    assert "On 16 of the segments, evenly spread: " in few
    assert " dB on 16 of the segments, evenly spread; it has " in few
    assert "On 16 of the segments, evenly spread: stage 2, Relu(), creates" in few
    assert "diagnosed at once:" not in render(iv.diagnose(op, noise, "time").tree)


@pytest.mark.nightly
def test_a_pipeline_that_needs_more_than_a_third_of_a_segment_has_a_whole_one(noise):
    pair = iv.label(np.stack([noise.values] * 8), "item", iv.axis_of(noise, "time"))
    op = iv.Spectrogram.in_samples(noise, window=512, hop=128)
    data = iv.diagnose(op, pair, "time", most=8 * 1000)["time"]
    assert data.attrs["segments"] == 8
    assert np.isfinite(data["measured"]).all()
