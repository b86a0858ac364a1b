"""An input that is opened and not read is diagnosed as one in memory is, part by part."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig.diagnosis.axis import FINDINGS
from invarsig.diagnosis.excerpt import _loudest
from invarsig.diagnosis.in_blocks import digest, in_blocks, not_finite
from invarsig.diagnosis.pooling import pooled, pooled_segment
from invarsig.errors import ReadError
from tests.diagnosis.test_pooling import segment, whole

RATE = 8000
POOL = iv.BlurPool(taps=3, stride={"time": 2}) >> iv.MaxPool(window={"time": 4})


def written(path: Path, values: np.ndarray) -> Path:
    soundfile.write(path, values, RATE, subtype="DOUBLE")
    return path


def lazily(values: np.ndarray, dims: list[str]) -> xr.DataArray:
    return xr.DataArray(values, dims=dims).chunk(dict.fromkeys(dims, 7))


def test_it_is_found_to_be_what_is_found_in_memory(tmp_path, rng):
    path = written(tmp_path / "a.wav", 0.1 * rng.standard_normal(6000))
    lazy, read = (
        iv.diagnose(POOL, x, "time", shifts=[1 / RATE, 2.5 / RATE], most=2048)
        for x in (iv.open_audio(path), iv.read_audio(path))
    )
    for name in ("input_1", "input_1/axis_1"):
        assert lazy.tree[name].attrs == read.tree[name].attrs
        xr.testing.assert_identical(lazy.tree[name].to_dataset(), read.tree[name].to_dataset())
    assert lazy["time"].attrs["segments"] == 3


def test_what_cannot_be_read_in_the_middle_is_an_error_and_no_segment_left_out(tmp_path, rng):
    path = written(tmp_path / "a.wav", 0.1 * rng.standard_normal(6000))
    x = iv.open_audio(path, max_bytes=8 * 1000)
    with pytest.raises(ReadError, match="max_bytes=8,000"):
        iv.diagnose(POOL, x, "time", shifts=[1 / RATE], most=2048)


@given(
    st.integers(1, 3),
    st.integers(20, 300),
    st.integers(1, 20),
    st.integers(0, 2**32 - 1),
    st.booleans(),
    st.sampled_from([["time"], ["item"], ["item", "time"]]),
)
@settings(deadline=None, max_examples=60)
def test_the_loudest_stretch_varies_most_lazy_or_in_memory(rows, count, size, seed, with_nan, over):
    values = np.random.default_rng(seed).standard_normal((rows, count)) ** 3
    if with_nan:
        values[0, count // 2] = np.nan
    lazy, there = lazily(values, ["item", "time"]), xr.DataArray(values, dims=["item", "time"])
    # Windows one after the other, each with the mean along these dims taken off.
    parts = [there[:, start : start + size] for start in range(count - size + 1)]
    energy = [float((each - each.mean(over)).fillna(0).pipe(np.square).sum()) for each in parts]
    place = _loudest(there, "time", size, over)
    if not with_nan:
        assert energy[place] >= max(energy) * (1 - 1e-9)
    assert _loudest(lazy, "time", size, over) == _loudest(there, "time", size, over)


def test_the_loudest_stretch_is_found_across_blocks(monkeypatch, rng):
    monkeypatch.setattr("invarsig.diagnosis.excerpt._BLOCK", 64)
    for _ in range(20):
        values = rng.standard_normal(1000) * np.repeat(rng.uniform(0, 3, 50), 20)
        there = xr.DataArray(values, dims="time")
        for size in (10, 100, 400):
            assert _loudest(there.chunk(), "time", size, ["time"]) == _loudest(
                there, "time", size, ["time"]
            )


@pytest.mark.parametrize("shape", [(), (5,), (3, 50), (2, 3, 41), (0, 3)])
def test_blocks_are_all_values_in_their_order(monkeypatch, rng, shape):
    monkeypatch.setattr("invarsig.diagnosis.in_blocks._BLOCK", 20)
    values = rng.standard_normal(shape)
    x = xr.DataArray(values)
    if x.ndim:
        for read in (5, 60, 1000):
            monkeypatch.setattr("invarsig.diagnosis.in_blocks._READ", read)
            assert digest(x.chunk(3)) == digest(x)
    found = np.concatenate([block.reshape(-1) for block in in_blocks(x)] or [values.reshape(-1)])
    np.testing.assert_array_equal(found, values.reshape(-1))
    assert digest(x) == hashlib.sha256(values.tobytes()).hexdigest()
    assert digest(x.T) == hashlib.sha256(np.ascontiguousarray(values.T).tobytes()).hexdigest()
    assert not_finite(x) == 0
    assert not_finite(x.where(x < 0)) == int((values >= 0).sum())


def test_segments_pooled_in_lots_are_what_they_are_at_once(rng):
    segments = [segment(rng, output) for output in (3.0, 80.0, 0.5, 7.0, 1.0)]
    segments[2].found["stages"]["share"].values[3, 1] = np.nan
    at_once = pooled(whole(segments), segments, FINDINGS)
    first = pooled_segment(segments[:1], FINDINGS)
    for each in segments[1:3]:
        first = pooled_segment([first, each], FINDINGS)
    lots = [first, pooled_segment(segments[3:], FINDINGS)]
    xr.testing.assert_allclose(pooled(whole(segments), lots, FINDINGS), at_once, rtol=1e-12)


def test_a_silent_segment_adds_nothing_to_a_lot(rng):
    loud, silent = segment(rng, 3.0), segment(rng, 0.0)
    for lot in ([loud, silent], [silent, loud]):
        found = pooled_segment(lot, FINDINGS)
        assert found.output == 3.0
        np.testing.assert_array_equal(found.errors, loud.errors)


@pytest.fixture(scope="module")
def part():
    """Two thousand samples that begin and end in silence."""
    values = np.random.default_rng(5).standard_normal(2048) * np.hanning(2048)
    return values - values.mean()


def diagnosed(values: np.ndarray) -> xr.Dataset:
    x = iv.label(values, iv.Axis("time", step=1 / RATE, unit="s"))
    return iv.diagnose(POOL, x, "time", shifts=[1 / RATE, 3 / RATE], most=2048)["time"]


@pytest.mark.slow
def test_a_recording_of_equal_parts_has_the_errors_of_one(part):
    two, many = diagnosed(np.tile(part, 2)), diagnosed(np.tile(part, 35))
    assert (two.attrs["segments"], many.attrs["segments"]) == (2, 35)
    for name in ("measured", "invariance", "predicted", "share", "stage_error"):
        np.testing.assert_allclose(many[name], two[name], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(many["power"] / 35, two["power"] / 2, rtol=1e-9)


@pytest.mark.slow
def test_a_fault_in_one_part_counts_by_its_share_of_the_energy(part):
    slow = np.convolve(part, np.hanning(129) / 64, "same") * 4
    fast = part * (-1.0) ** np.arange(part.size)
    alone = {name: diagnosed(np.tile(each, 2)) for name, each in (("s", slow), ("f", fast))}
    mixed = diagnosed(np.concatenate([slow, fast, slow, slow]))
    energies = {
        name: float(each["power"].sum()) / 2 for name, each in alone.items()
    }  # of the output, with its mean, which is what the spectrum holds
    errors = {name: each["measured"].to_numpy() for name, each in alone.items()}
    low, high = np.minimum(errors["s"], errors["f"]), np.maximum(errors["s"], errors["f"])
    assert energies["s"] > 0
    assert (mixed["measured"] > low).all()
    assert (mixed["measured"] < high).all()


@pytest.mark.nightly
def test_an_hour_of_sound_takes_less_than_600_mb_and_one_and_a_half_hours(tmp_path):
    program = Path(__file__).with_name("hour_of_sound.py")
    done = subprocess.run(
        [sys.executable, program, tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout)
    assert said["samples"] == 3600 * 44_100
    assert said["segments"] > 1300
    assert all(0 < each < 2 for each in said["measured"])
    assert said["peak"] < 600e6
    assert said["processor"] < 1.5 * 3600


def test_chunks_are_computed_once_for_all_their_rows(rng):
    values = rng.standard_normal((64, 1 << 13))
    computed: list[tuple[int, ...]] = []

    def chunk(block, block_info=None):
        computed.append(block_info[0]["chunk-location"])
        return block

    lazy = xr.DataArray(values, dims=["y", "x"]).chunk(y=64, x=1 << 11)
    lazy = lazy.copy(data=lazy.data.map_blocks(chunk, dtype=float, meta=np.empty((0, 0))))
    found = np.concatenate([block.reshape(-1) for block in in_blocks(lazy)])
    np.testing.assert_array_equal(found, values.reshape(-1))
    assert sorted(computed) == [(0, k) for k in range(4)]
    computed.clear()
    assert _loudest(lazy, "y", 20, ["y"]) == _loudest(
        xr.DataArray(values, dims=["y", "x"]), "y", 20, ["y"]
    )
    assert len(computed) == 2 * 4  # for the mean, and for the energies
