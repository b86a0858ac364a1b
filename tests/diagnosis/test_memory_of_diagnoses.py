"""Memory is measured on small parts, and parts are chosen that take no more than allowed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import invarsig as iv
from invarsig.diagnosis.diagnosis import Diagnosis
from invarsig.diagnosis.memory import Memory, bytes_in_words, measured_memory
from invarsig.errors import AxisError, ParameterError


def taking(fixed: int, each: int, least: int = 0, held: int = 0):
    """What diagnoses parts, with so many bytes, and for each sample; and holds so many of each."""
    asked: list[tuple[int, int]] = []

    def diagnosed(samples: int, at_once: int) -> Diagnosis:
        asked.append((samples, at_once))
        if at_once < least:
            raise AxisError("There are fewer samples than one total stride.")
        np.ones(fixed + each * at_once, np.uint8).sum()
        kept = xr.Dataset({"a": ("a_", np.zeros(held * at_once, np.uint8))})
        return Diagnosis(xr.DataTree.from_dict({"/input_1": xr.Dataset(), "/input_1/axis_1": kept}))

    return diagnosed, asked


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize(("fixed", "each"), [(4_000_000, 0), (8_000_000, 900), (0, 9000)])
def test_what_larger_parts_take_lies_on_the_line_through_two_small_ones(fixed, each, cut):
    diagnosed, asked = taking(fixed, each)
    memory = measured_memory(diagnosed, 10**6, cut=cut)
    assert max(samples for samples, _ in asked) <= 10**6 // 20
    for samples in (10_000, 100_000):
        wanted = fixed + each * samples
        found = memory.fixed + memory.each * (samples - memory.least)
        assert wanted * 0.97 - 3e5 < found < wanted * 1.1 + 3e6
        # What is said is more: allocators hold more than what is asked of them.
        assert memory.of(samples) > wanted


def test_results_of_lots_are_counted(monkeypatch):
    diagnosed, _ = taking(0, 100, held=50)
    memory = measured_memory(diagnosed, 10**7, cut=True)
    more = memory.of(10_000, 1000) - memory.of(10_000, 3)
    assert more == pytest.approx(1.4 * 29 * 50 * 10_000, rel=0.05)
    assert memory.of(10_000, 1000) == memory.of(10_000, 32)


def test_a_part_that_is_too_short_for_the_pipeline_is_doubled():
    diagnosed, asked = taking(0, 500, least=30_000)
    memory = measured_memory(diagnosed, 10**6, cut=True)
    assert memory.least == 32768
    assert {at_once for _, at_once in asked} == {4096, 8192, 16384, 32768, 65536}
    with pytest.raises(AxisError, match="fewer samples than one total stride"):
        measured_memory(taking(0, 500, least=10**7)[0], 10**6, cut=True)


@given(st.floats(0, 1e9), st.floats(0, 1e4), st.floats(1e8, 1e11), st.integers(10**4, 10**9))
def test_parts_fit_and_are_not_much_shorter_than_they_might_be(fixed, each, allowed, size):
    memory = Memory(4096, fixed, each)
    if memory.of(4096, size // 4096) > allowed:
        with pytest.raises(ParameterError, match="give at least that"):
            memory.samples(allowed, size)
        return
    samples = memory.samples(allowed, size)
    assert 4096 <= samples <= size
    assert memory.of(samples) <= allowed
    assert samples == size or memory.of(samples * 5 // 4 + 1) > allowed or samples * 5 // 4 >= size


def test_the_same_parts_are_chosen_where_what_was_measured_differs_a_little():
    sizes = {Memory(4096, 1e6 * by, 700 * by).samples(200e6, 10**7) for by in (1, 1.01, 1.02)}
    assert len(sizes) == 1


def test_memory_is_said_in_two_digits():
    assert [bytes_in_words(count) for count in (12.3e6, 0.9951e9, 3.04e9)] == [
        "12 MB",
        "1 GB",
        "3 GB",
    ]


def test_tracing_that_is_on_stays_on_and_off_stays_off():
    diagnosed, _ = taking(0, 10)
    measured_memory(diagnosed, 10**6, cut=False)
    assert not tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        measured_memory(diagnosed, 10**6, cut=False)
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_a_diagnosis_says_what_it_takes_and_refuses_what_cannot_be():
    x = iv.power_law_noise(iv.Axis("time", size=9000, step=1e-3, unit="s"), rng=1)
    op = iv.MaxPool({"time": 2})
    told = []
    found = iv.diagnose(
        op, x, "time", shifts=[1e-3], max_memory=1e9, progress=lambda text, _part: told.append(text)
    )
    note = found.tree["input_1"].attrs["notes"].splitlines()[0]
    assert re.fullmatch(
        r"It takes about [0-9.]+ MB of memory beside the input, diagnosed at once\.", note
    )
    assert told[0] == note
    with pytest.raises(ParameterError, match=r"max_memory=1 MB is too little.*give at least that"):
        iv.diagnose(op, x, "time", shifts=[1e-3], max_memory=1e6)
    with pytest.raises(ParameterError, match="max_memory is 0; give a value above 0"):
        iv.diagnose(op, x, "time", max_memory=0)


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["pool", "spectra", "mel", "bank", "own", "maps"])
@pytest.mark.parametrize(("samples", "megabytes"), [(300_000, 120), (800_000, 400)])
def test_a_diagnosis_takes_no_more_memory_than_allowed(name, samples, megabytes):
    program = Path(__file__).with_name("memory_of_diagnoses.py")
    done = subprocess.run(
        [sys.executable, program, name, str(samples), str(megabytes)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout)
    if "refused" in said:
        assert "the smallest parts that were diagnosed" in said["refused"]
    else:
        assert said["peak"] < said["allowed"]
