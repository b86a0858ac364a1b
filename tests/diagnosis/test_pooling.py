"""Segments pool by rule: as if the energies of their errors and outputs had been added up."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from invarsig.diagnosis.axis import FINDINGS
from invarsig.diagnosis.finding import Outputs
from invarsig.diagnosis.findings.spectrum import SPECTRUM
from invarsig.diagnosis.pooling import Segment, pooled, unknown
from invarsig.report import schema

SHIFTS, STAGES, COUNT = 4, 3, 5


def segment(rng, output):
    """A segment with a random error, its parts by stage, and its largest lag."""
    errors = rng.uniform(0.1, 0.5, SHIFTS)
    share = rng.standard_normal((SHIFTS, STAGES))
    share /= share.sum(axis=1, keepdims=True)
    found = [
        schema.errors.dataset(measured=errors, length=np.arange(SHIFTS)),
        schema.alignment.dataset(
            aligned=errors / 2, apart=rng.integers(0, 9, SHIFTS).astype(float)
        ),
        schema.stages.dataset(
            operator=list("abc"),
            share=share,
            stage_error=rng.uniform(size=(SHIFTS, STAGES)),
            border_share=rng.uniform(size=SHIFTS),
            stages_reason=[""] * SHIFTS,
            stage=np.arange(STAGES),
        ),
    ]
    names = ("errors", "alignment", "stages")
    return Segment(output, errors, dict(zip(names, found, strict=True)))


@pytest.fixture
def segments(rng):
    return [segment(rng, output) for output in rng.uniform(1, 100, COUNT)]


def whole(segments):
    first = segments[0].found
    floor = schema.floor.dataset(floor=np.full(SHIFTS, 1e-16), floor_reason=[""] * SHIFTS)
    return xr.merge([*first.values(), floor])


def test_errors_are_those_of_all_energies_together(segments):
    data = pooled(whole(segments), segments, FINDINGS)
    energy = sum(each.output * each.errors**2 for each in segments)
    output = sum(each.output for each in segments)
    np.testing.assert_allclose(data["measured"], np.sqrt(energy / output), rtol=1e-14)
    np.testing.assert_allclose(data["aligned"], np.sqrt(energy / output) / 2, rtol=1e-14)


def test_shares_are_those_of_the_sum_of_all_errors(segments):
    data = pooled(whole(segments), segments, FINDINGS)
    parts = [
        (each.output * each.errors**2)[:, None] * each.found["stages"]["share"] for each in segments
    ]
    energy = sum(each.output * each.errors**2 for each in segments)
    np.testing.assert_allclose(data["share"], sum(parts) / energy[:, None], rtol=1e-12)
    np.testing.assert_allclose(data["share"].sum("stage"), 1.0, rtol=1e-12)


def test_a_segment_with_an_unknown_share_adds_nothing_at_that_shift(segments):
    gone = segments[2].found["stages"]
    gone["share"].values[3, 1] = np.nan
    others = segments[:2] + segments[3:]
    data, without = (pooled(whole(segments), each, FINDINGS) for each in (segments, others))
    for name in ("share", "border_share"):
        np.testing.assert_allclose(data[name][3], without[name][3], rtol=1e-12)
        assert not np.allclose(data[name][0], without[name][0])
    for each in segments:
        each.found["stages"]["share"].values[0] = np.nan
    assert np.isnan(pooled(whole(segments), segments, FINDINGS)["share"][0]).all()


def test_the_largest_lag_is_that_of_some_segment(segments):
    data = pooled(whole(segments), segments, FINDINGS)
    lags = np.stack([each.found["alignment"]["apart"] for each in segments])
    np.testing.assert_array_equal(data["apart"], lags.max(axis=0))


def test_what_does_not_pool_is_that_of_the_loudest_part(segments):
    data = pooled(whole(segments), segments, FINDINGS)
    np.testing.assert_array_equal(data["floor"], 1e-16)


def test_the_order_of_segments_changes_nothing(segments):
    one, other = (pooled(whole(segments), each, FINDINGS) for each in (segments, segments[::-1]))
    xr.testing.assert_allclose(one, other, rtol=1e-13)


def test_one_segment_is_pooled_to_itself(segments):
    data = whole(segments)
    xr.testing.assert_allclose(pooled(data, segments[:1], FINDINGS), data, rtol=1e-13)


def test_spectra_add_up_whatever_bins_they_stand_on(rng):
    def spectrum(count):
        return schema.spectrum.dataset(
            power=rng.uniform(size=(3, count)),
            folded_share=np.zeros(count),
            image=[-1, 0, 1],
            output_frequency=np.linspace(-0.5, 0.5, count),
        )

    parts = [spectrum(count) for count in (16, 16, 9, 31)]
    data = SPECTRUM.pooled(
        parts[0].assign(measured=("length", [1.0])), parts, Outputs(np.ones(4), 4.0)
    )
    assert set(data.data_vars) == {"power", "folded_share"}
    wanted = sum(part["power"].sum("output_frequency") for part in parts)
    xr.testing.assert_allclose(data["power"].sum("output_frequency"), wanted)
    kept = data["power"].sel(image=0) / data["power"].sum("image")
    np.testing.assert_allclose(data["folded_share"], 1 - kept, rtol=1e-12)
    np.testing.assert_array_equal(data["output_frequency"], parts[0]["output_frequency"])


def test_where_an_output_is_unknown_only_what_needs_none_is_left(segments):
    data = unknown(whole(segments).assign_attrs(dim="time"), FINDINGS)
    assert np.isnan(data["measured"]).all()
    assert np.isfinite(data["floor"]).all()
    assert not {"share", "aligned", "stage"} & set(data.variables)
    assert data.attrs == {"dim": "time", "nan": 1, "explained": 0}
