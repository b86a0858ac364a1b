"""Remedies: each runs, is predicted, and is verified."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.remedies import work
from tests.conftest import ring


def test_a_blur_helps_a_max_pool_and_an_ideal_low_pass_ends_it(photograph):
    x = ring(photograph, x=128, y=32)
    op = iv.GaussianBank(sigma={"x": 1.0}) >> iv.Relu() >> iv.MaxPool(window={"x": 4})
    shifts = [iv.Translate(x=d) for d in (1, 2, 3)]
    found = {each.name: each for each in iv.remedies(op, x, shifts)}
    names = {
        "ideal low-pass before the stride of MaxPool(x: 4)",
        "7-tap blur before the stride of MaxPool(x: 4)",
        "half the stride of MaxPool(x: 4)",
    }
    assert names <= set(found)
    ideal = found["ideal low-pass before the stride of MaxPool(x: 4)"]
    assert ideal.measured < 1e-12
    assert ideal.size == 1.0
    before = np.sqrt((iv.equivariance_error(op, x, shifts) ** 2).mean())
    for each in found.values():
        again = np.sqrt((iv.equivariance_error(each.pipeline, x, shifts) ** 2).mean())
        assert each.measured == pytest.approx(float(again), rel=1e-9, abs=1e-15)
        assert each.predicted == pytest.approx(each.measured, rel=1e-9, abs=1e-12)
        if each.measured > 1e-12:
            assert each.gain == pytest.approx(
                20 * np.log10(float(before) / each.measured), abs=1e-9
            )


def test_half_the_stride_is_not_judged_by_the_shift_it_is_blind_to(photograph):
    """At 2 samples half a stride of 4 is exact; judged by 1, 2 and 3 it is not."""
    x = ring(photograph, x=128, y=32)
    op = iv.MaxPool(window={"x": 4})
    name = "half the stride of MaxPool(x: 4)"
    blind = {r.name: r for r in iv.remedies(op, x, iv.Translate(x=2))}[name]
    fair = {r.name: r for r in iv.remedies(op, x, [iv.Translate(x=d) for d in (1, 2, 3)])}[name]
    assert blind.measured < 1e-12
    assert fair.measured > 1e-3
    assert fair.size == 2.0


def test_a_front_end_is_offered_a_smaller_hop(speech):
    x = ring(speech, time=64 * 200)
    op = iv.Spectrogram.in_samples(x, window=128, hop=64)
    found = iv.remedies(op, x, [iv.Translate.in_samples(x, time=d) for d in (8, 24, 40)])
    assert [each.name.split(" of ")[0] for each in found] == ["a quarter", "half the hop"]
    assert found[0].gain > found[1].gain > 3
    assert found[1].size == 2.0


def test_nothing_is_offered_where_nothing_strides(photograph):
    x = ring(photograph, x=64)
    assert iv.remedies(iv.Relu(), x, iv.Translate(x=1)) == ()


def test_no_shift_is_refused(photograph):
    with pytest.raises(iv.errors.ParameterError, match="No shift"):
        iv.remedies(iv.Relu(), ring(photograph, x=64), [])


def test_work_counts_outputs_times_taps(photograph):
    x = ring(photograph, x=64, y=32)
    assert work(iv.Relu(), x) == 32 * 64
    assert work(iv.MaxPool(window={"x": 4}), x) == 32 * 16 * 4
    both = iv.Relu() >> iv.MaxPool(window={"x": 4})
    assert work(both, x) == 32 * 64 + 32 * 16 * 4
