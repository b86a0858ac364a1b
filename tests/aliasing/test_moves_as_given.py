"""The usual moves of a signal that ends are its own samples, and what they measure is its own."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig.actions import Translate
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.moves_as_given import default_moves_as_given
from invarsig.aliasing.prepared_axis import PreparedAxis
from tests.conftest import DATA


def along(stride: int, dims: Sequence[str] = ("x",), *, wraps: bool = False):
    """A signal of a few strides along each dim, and every so many-th sample of it."""
    size = 4 * stride
    period = 0.5 * size if wraps else None
    axes = [iv.Axis(dim, size=size, step=0.5, unit="m", period=period) for dim in dims]
    x = iv.label(np.random.default_rng(stride).standard_normal((size,) * len(dims)), *axes)
    op = iv.Subsample(stride=dict.fromkeys(dims, stride))
    return {dim: PreparedAxis.of(op, x, dim) for dim in dims}


def in_samples(prepared, moves: Sequence[Translate]) -> list[float]:
    return [
        move.samples(prepared[dim].axis) for move in moves for dim in move.shifts if dim in prepared
    ]


def are_whole(prepared, moves: Sequence[Translate]) -> None:
    """The law: a signal that ends is moved by whole samples, if its stride is more than one."""
    samples = in_samples(prepared, moves)
    assert np.allclose(samples, np.round(samples), atol=1e-9)


@given(st.integers(2, 600), st.booleans())
@settings(max_examples=40, deadline=None)
def test_where_the_signal_ends_moves_are_whole_samples(stride, two):
    prepared = along(stride, ("x",)) if stride > 60 or not two else along(stride, ("y", "x"))
    moves = default_moves_as_given(prepared)
    are_whole(prepared, moves)
    lengths = in_samples(prepared, [move for move in moves if len(move.shifts) == 1])
    assert math.floor(stride / 2 + 0.5) in np.round(lengths)
    assert stride in np.round(lengths)
    assert any(math.gcd(round(length), stride) == 1 for length in lengths)


@pytest.mark.parametrize("stride", [2, 3, 9, 40])
def test_parts_of_a_sample_among_them_are_caught(stride):
    prepared = along(stride)
    wrong = [Translate(x=0.5 * part * stride) for part in (0.37, 0.5 + 1e-3, 0.61)]
    with pytest.raises(AssertionError):
        are_whole(prepared, wrong)


def test_no_inner_stride_divides_all_of_them():
    """Behind a stride of 8 a second one of 20 is met by moves that the first does not hide."""
    for first in (2, 4, 5, 8, 10, 16, 20, 32, 40, 80):
        lengths = in_samples(along(160), default_moves_as_given(along(160)))
        telling = [each for each in lengths if round(each) % first]
        assert len(telling) >= 3


@pytest.mark.parametrize("stride", [1, 2, 3, 8])
def test_where_it_wraps_parts_of_a_sample_are_exact_and_stay(stride):
    prepared = along(stride, wraps=True)
    lengths = np.array(in_samples(prepared, default_moves_as_given(prepared))) / stride
    for part in (0.37, 0.5, 0.61, 1.0):
        assert np.isclose(lengths, part).any()


def test_with_a_stride_of_one_only_parts_of_a_sample_can_tell():
    prepared = along(1)
    lengths = in_samples(prepared, default_moves_as_given(prepared))
    np.testing.assert_allclose(lengths, [0.37, 0.5, 0.61, 1.0])


# --- what they measure, compared with plain numpy ---


def log_mel(x: xr.DataArray) -> iv.Operator:
    step = iv.axis_of(x, "time").step
    lengths = {"window": round(0.025 / step) * step, "hop": round(0.0025 / step) * step}
    return iv.MelSpectrogram(**lengths, bands=40) >> iv.Decibel(floor=-80)


def error_in_numpy(op: iv.Operator, x: xr.DataArray, samples: int, hop: int) -> float:
    """Roll by whole samples, run, and move the frames by the Fourier rule on a mirrored axis."""
    y = op(x)
    first = op(x.copy(data=np.roll(x.values, samples))).transpose("mel", "time").values
    frames = y.transpose("mel", "time").values
    double = np.concatenate([frames, frames[:, ::-1]], axis=1)
    turns = np.exp(-2j * np.pi * np.fft.rfftfreq(double.shape[1]) * samples / hop)
    last = np.fft.irfft(np.fft.rfft(double) * turns, n=double.shape[1])[:, : frames.shape[1]]
    inside = slice(40, -40)
    centered = frames[:, inside] - frames[:, inside].mean()
    return float(np.linalg.norm((first - last)[:, inside]) / np.linalg.norm(centered))


@pytest.fixture(scope="module")
def bell() -> xr.DataArray:
    """A bell, much of which is near the Nyquist frequency, where 33 taps interpolate worst."""
    return iv.read_audio(DATA / "environment" / "bell.flac")


def test_a_verdict_on_a_short_hop_is_the_front_ends_error_and_not_the_interpolations(bell):
    op = log_mel(bell)
    step = iv.axis_of(bell, "time").step
    hop = round(0.0025 / step)
    given = AsGiven.of(op, bell, ["time"])
    moves = default_moves_as_given(given.along)
    worst = max((given.judge(move) for move in moves), key=lambda each: each.told)
    samples = round(worst.move.samples(iv.axis_of(bell, "time")))
    true = error_in_numpy(op, bell, samples, hop)
    assert true == pytest.approx(0.0038, abs=2e-4)
    assert abs(worst.told - true) <= worst.inside_limit
    # Moves by parts of a sample, which were usual once, give three times as much.
    wrong = given.judge(Translate(time=0.61 * hop * step))
    assert wrong.told > 3 * true
    assert wrong.inside_limit > 0.9 * wrong.told
