"""Parts of a diagnosis run side by side, and give what they give one by one."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import invarsig as iv
from invarsig.diagnosis import side_by_side as threads
from invarsig.diagnosis.side_by_side import Part, side_by_side
from invarsig.errors import ParameterError
from invarsig.threads import in_one_thread, threads_here

POOL = iv.BlurPool(taps=3, stride={"time": 2}) >> iv.Relu() >> iv.MaxPool(window={"time": 4})


@pytest.mark.parametrize("count", [1, 3])
def test_results_come_in_the_order_of_the_parts_and_long_ones_begin_first(count):
    begun = []

    def run(number):
        begun.append(number)
        return number

    parts = [Part("part {}", lambda k=k: run(k), float(k + 1)) for k in range(5)]
    told = []
    assert side_by_side(parts, count, lambda *each: told.append(each)) == [0, 1, 2, 3, 4]
    assert begun[0] == 4
    assert [text for text, _ in told] == [f"part {k}" for k in range(1, 6)]
    assert told[-1][1] == pytest.approx(1.0)


def test_progress_is_told_in_the_callers_thread():
    where = []
    parts = [Part("part", threading.get_ident) for _ in range(4)]
    ran = side_by_side(parts, 2, lambda *_: where.append(threading.get_ident()))
    assert set(where) == {threading.get_ident()}
    assert threading.get_ident() not in ran


def test_kernels_of_parts_that_share_the_cores_start_no_threads():
    parts = [Part("part", threads_here) for _ in range(3)]
    assert side_by_side(parts, 2, lambda *_: None) == [1, 1, 1]
    assert side_by_side(parts, 1, lambda *_: None) == [threads_here()] * 3


def test_an_error_in_one_part_is_raised_and_what_waits_is_not_begun():
    begun = []

    def fails():
        raise ParameterError("this one does not run")

    def waits():
        begun.append(1)

    parts = [Part("first", fails, 2.0), *(Part("later", waits) for _ in range(50))]
    with pytest.raises(ParameterError, match="does not run"):
        side_by_side(parts, 1, lambda *_: None)
    assert not begun


def test_one_of_several_diagnoses_starts_no_threads(monkeypatch):
    monkeypatch.setattr(threads.os, "cpu_count", lambda: 4)
    with in_one_thread():
        assert threads.at_once(POOL) == 1
    assert threads.at_once(POOL) == 4


@pytest.mark.nightly
def test_a_diagnosis_is_the_same_to_the_last_bit_however_many_threads_there_are(monkeypatch):
    axis = iv.Axis("time", size=5000, step=1e-3, unit="s")
    x = iv.power_law_noise(axis, exponent=0.5, rng=1)
    found = []
    for most in (1, 4, 4):
        monkeypatch.setattr(threads.os, "cpu_count", lambda most=most: most)
        assert threads.at_once(POOL) == most
        found.append(iv.diagnose(POOL, x, "time", most=2048)["time"])
    for other in found[1:]:
        assert found[0].identical(other)


def test_a_users_function_runs_in_the_callers_thread_alone():
    where = set()

    def double(values):
        where.add(threading.get_ident())
        return 2 * values

    axis = iv.Axis("time", size=600, step=1e-3, unit="s", period=0.6)
    x = iv.power_law_noise(axis, exponent=0.5, rng=1)
    iv.diagnose(iv.Apply(double) >> iv.MaxPool(window={"time": 4}), x, "time")
    assert where == {threading.get_ident()}


@pytest.mark.nightly
def test_the_parts_of_a_diagnosis_are_what_the_functions_give_by_themselves():
    """What is computed once for all parts gives what each function computes for itself."""
    axis = iv.Axis("time", size=480, step=1e-3, unit="s", period=0.48)
    x = iv.power_law_noise(axis, exponent=0.5, rng=1)
    data = iv.diagnose(POOL, x, "time")["time"]
    moves = [iv.Translate(time=float(each)) for each in data["length"]]
    predicted = iv.predict_error(POOL, x, moves)
    np.testing.assert_allclose(data["predicted"], predicted, rtol=1e-10, atol=1e-14)
    assert (data["exact"].to_numpy() == predicted["exact"].to_numpy()).all()
    shares = iv.attribute(POOL, x, moves)
    np.testing.assert_allclose(data["share"], shares["share"], rtol=1e-10, atol=1e-12)
    around = iv.orbit(POOL, x, "time")
    np.testing.assert_allclose(data["orbit_variance"], around["variance"].sum(), rtol=1e-10)
    np.testing.assert_allclose(data["folded_energy"], around["folded_energy"].sum(), rtol=1e-10)
    errors = iv.equivariance_error(POOL, x, moves, protocol="interior")
    np.testing.assert_allclose(data["interior"], errors, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(data["interior_floor"], errors["floor"], rtol=1e-10)


@pytest.mark.parametrize("count", [1, 4])
def test_of_several_errors_the_first_one_is_raised_every_time(count):
    def fail(number):
        raise ParameterError(f"part {number}")

    parts = [Part("part", lambda k=k: fail(k)) for k in range(4)]
    for _ in range(30):
        with pytest.raises(ParameterError, match="part 0"):
            side_by_side(parts, count, lambda *_: None)


class OwnFrame(iv.Frame):
    """A frame that a user wrote."""

    dims = ("time",)
    jointly = ()

    def check(self, axes):
        """Accept all."""

    def _found(self, values, axes):
        return np.zeros((len(values), 1))


def test_a_users_frame_and_displacement_are_not_run_in_threads():
    wave = iv.Warp({"time": 30.0}, displacement=lambda u: 0.01 * np.sin(u))
    plain = iv.Warp({"time": 30.0})
    frames = [OwnFrame(), iv.CenterOfMass("time")]
    for mine, own in (
        (iv.Canonicalized(POOL, frames[0]), iv.Canonicalized(POOL, frames[1])),
        (iv.OrbitMean(POOL, (plain, wave)), iv.OrbitMean(POOL, (plain,))),
    ):
        assert threads.at_once(mine) == threads.at_once(POOL >> mine) == 1
        assert threads.at_once(own) == threads.at_once(POOL)
