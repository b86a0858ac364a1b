"""Long recordings are diagnosed segment by segment, and put together by energy."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.diagnosis.segments import cut_into

SIZE = 8192


@pytest.fixture(scope="module")
def long(speech):
    """Three segments and a piece of a fourth."""
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
    """Each segment on a ring, one after the other; the last is more than half a segment."""
    for start in (0, SIZE, 2 * SIZE, 3 * SIZE):
        segment = long.isel(time=slice(start, start + SIZE))
        yield iv.periodized(op, segment, "time")[0]


def test_errors_are_put_together_by_energy(found, op, long):
    data = found[0]["time"]
    assert data.attrs["segments"] == 4
    gaps, whole = np.zeros(data.sizes["shift"]), 0.0
    for ring in parts(op, long):
        y = op.bounded(None)(ring)
        energy = float(((y - y.mean()) ** 2).sum())
        moves = [iv.Translate(time=float(d)) for d in data["shift"]]
        errors = iv.equivariance_error(op.bounded(None), ring, moves).to_numpy()
        gaps += errors**2 * energy
        whole += energy
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


def test_it_is_said_and_told_how_far_it_is(found):
    diagnosis, told = found
    assert "all 4 segments" in diagnosis.summary()
    assert [part for part, _ in told] == sorted(part for part, _ in told)
    assert any("segment 4 of 4" in text for _, text in told)


def test_an_axis_that_a_stage_creates_is_taken_over_the_segments_too(op, long):
    data = iv.diagnose(op, long, "frequency", most=SIZE)["frequency"]
    assert data.attrs["segments"] == 4
    assert np.isfinite(data["measured"]).all()


def test_what_is_short_or_ends_along_two_dims_is_not_cut_into_segments(long, photograph):
    assert cut_into(long, ["time"], None) is None
    assert cut_into(long, ["time"], 10**9) is None
    assert cut_into(photograph, ["y", "x"], 1000) is None
    assert cut_into(long, ["time"], SIZE) == ("time", SIZE)
