"""What a stage gives for values that no signal as given brings: powers below zero, of a sinc."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.aliasing.continued import Continued, continued
from invarsig.aliasing.rolled import Rolled
from invarsig.aliasing.units import units_of
from tests.conftest import DATA

RECORDINGS = ["speech/goforward", "music/tabla_loop", "environment/bell"]
HALF_A_HOP = iv.Translate(time=0.01)
MEL = iv.MelSpectrogram(window=0.04, hop=0.02)
SPECTROGRAM = iv.Spectrogram(window=0.04, hop=0.02)


@pytest.fixture(params=RECORDINGS, scope="module")
def sound(request) -> xr.DataArray:
    """A recording, without digital silence, of which there is no logarithm."""
    x = iv.read_audio(DATA / f"{request.param}.flac")
    x = x.mean("channel") if "channel" in x.dims else x
    x = x.isel(time=slice(0, 66150))
    return x + 1e-5 * np.random.default_rng(1).standard_normal(x.sizes["time"])


FRONT_ENDS = {
    "level": MEL >> iv.Decibel(),
    "level with a floor": MEL >> iv.Decibel(floor=-80),
    "level of a spectrogram": SPECTROGRAM >> iv.Decibel(),
    "logarithm": MEL >> iv.Log(),
    "root": MEL >> iv.Power(0.5),
    "root of a user": MEL >> iv.Apply(np.sqrt),
    "smoothed before": MEL >> iv.MeanPool({"time": 3}, stride={"time": 1}) >> iv.Log(),
    "more behind": MEL >> iv.Log() >> iv.Sigmoid() >> iv.MeanPool({"time": 2}, stride={"time": 1}),
}


@pytest.mark.parametrize("name", FRONT_ENDS)
def test_the_causes_of_a_front_end_add_up_to_its_error(sound, name):
    found = iv.causes(FRONT_ENDS[name], sound, HALF_A_HOP)
    assert_adds_up(found)
    error = iv.equivariance_error(FRONT_ENDS[name], sound, HALF_A_HOP, protocol="roll")
    assert float(found.total) == pytest.approx(float(error), rel=1e-9)


@pytest.mark.parametrize("name", ["level with a floor", "logarithm", "root of a user"])
def test_so_do_those_away_from_the_ends(sound, name):
    assert_adds_up(iv.causes(FRONT_ENDS[name], sound, HALF_A_HOP, "interior"))


def assert_adds_up(found: xr.Dataset) -> None:
    assert found.attrs["unknown"] == ""
    for order in found.order.values:
        whole = float(found.share_by_order.sel(order=order).sum(skipna=False))
        assert whole == pytest.approx(1, abs=1e-9)


def test_log_mel_has_the_causes_of_the_same_written_with_numpy(sound):
    written = MEL >> iv.Apply(lambda a: 10 * np.log10(np.maximum(a, 1e-8)))
    one, other = (
        iv.causes(op, sound, HALF_A_HOP)
        for op in (iv.models.log_mel(sound, window=0.04, hop=0.02), written)
    )
    np.testing.assert_allclose(one.share, other.share, atol=1e-9)
    assert one.attrs["main_cause"] == other.attrs["main_cause"]


@pytest.mark.parametrize(
    ("stage", "function"), [(iv.Log(), np.log), (iv.Power(0.5), np.sqrt), (iv.Decibel(), None)]
)
def test_below_its_domain_a_stage_gives_what_it_does_for_the_smallest_value_it_met(
    sound, stage, function
):
    function = function or (lambda a: 10 * np.log10(a))
    given = [MEL(sound), MEL(HALF_A_HOP.rolled(sound))]
    low = min(float(each.min()) for each in given)
    written = MEL >> iv.Apply(lambda a: function(np.where(a < 0, low, a)))
    one, other = (iv.causes(op, sound, HALF_A_HOP) for op in (MEL >> stage, written))
    np.testing.assert_allclose(one.share, other.share, atol=1e-9)


def test_nothing_changes_where_a_stage_gives_numbers():
    x = iv.label([0.25, 1.0, 4.0, 9.0], "x")
    root = Continued(iv.Power(0.5), 0.25, 9.0)
    out = root(iv.label([-1.0, 0.01, 4.0, 100.0], "x")).values
    np.testing.assert_allclose(out, [0.5, 0.1, 2.0, 10.0])
    xr.testing.assert_identical(root(x), iv.Power(0.5)(x))
    bare = root.bare([x], root(x))
    if bare is not None:
        np.testing.assert_allclose(bare([np.array([-1.0, 0.01, 4.0, 100.0])]), out)


def test_a_stage_that_gives_none_as_given_is_not_continued():
    """The logarithm of digital silence is -inf, and no error is made finite by this."""
    x = iv.label(np.maximum(np.sin(np.arange(32.0)), 0), "x")
    op = iv.Log() >> iv.Tanh()
    units = units_of(op)
    run = Rolled.of(units, x)
    assert not isinstance(continued(units, run.features)[0].op, Continued)
    nan = x.copy(data=np.where(np.arange(32) == 3, np.nan, 1.0))
    run = Rolled.of(units, nan)
    assert not any(isinstance(unit.op, Continued) for unit in continued(units, run.features))
    found = iv.causes(iv.Log(), x, iv.Translate(x=0.4))
    assert np.isnan(found.share).all()
    assert found.attrs["unknown"] == "the output holds NaN or infinity"


@pytest.mark.parametrize("units", ["layers", "blocks", "rates"])
def test_the_branches_of_a_graph_are_continued_too(sound, units):
    nodes = [
        iv.Node("mel", MEL, ("input",)),
        iv.Node("front.log", iv.Log(), ("mel",)),
        iv.Node("front.root", iv.Power(0.5), ("mel",)),
        iv.Node("front.sum", iv.Add(), ("front.log", "front.root")),
    ]
    found = iv.causes(iv.Graph(nodes), sound, HALF_A_HOP, units=units)
    assert float(found.share.sum(skipna=False)) == pytest.approx(1, abs=1e-9)


def test_two_cuts_of_a_recording_are_split_as_well(sound):
    op = iv.MelSpectrogram(window=0.04, hop=0.02, boundary="reflect") >> iv.Log()
    found = iv.causes(op, sound, iv.Translate(time=0.04), "cut")
    assert found.attrs["unknown"] == ""
    assert float(found.share.sum(skipna=False)) == pytest.approx(1, abs=1e-9)


def test_the_stage_that_gives_no_number_even_so_is_named(sound):
    """A table knows its own entries alone."""
    op = MEL >> iv.Decibel(floor=-80) >> iv.Apply(np.round) >> iv.Apply(_known)
    found = iv.causes(op, sound, HALF_A_HOP)
    assert np.isnan(found.share_of_cause).any()
    assert found.attrs["main_cause"] == ""
    assert found.attrs["unknown"] == (
        "stage 4, Apply(_known), gives NaN or infinity for input that has been moved"
    )


def _known(levels: np.ndarray) -> np.ndarray:
    return np.where(levels == np.round(levels), levels, np.nan)
