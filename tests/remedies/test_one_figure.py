"""One change has one figure: in a report, from `iv.remedies`, and where it is applied and measured.

On pipelines and signals that this was not written with.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.aliasing.as_given import AsGiven
from invarsig.remedies.sought import seek
from tests.conftest import DATA
from tests.nightly import some


def speech() -> xr.DataArray:
    return iv.read_audio(DATA / "speech" / "june_fr.flac").isel(time=slice(8000, 40000))


def picture() -> xr.DataArray:
    return iv.read_image(DATA / "images" / "coins.png").isel(y=slice(0, 96), x=slice(20, 148))


def log_mel(hop: float) -> Callable[[xr.DataArray], iv.Operator]:
    return lambda _x: iv.MelSpectrogram(0.025, hop, 32) >> iv.Decibel(floor=-80)


def blocks(_x: xr.DataArray) -> iv.Operator:
    return iv.Convolve(iv.label([[1.0, 0.0, -1.0]] * 3, "y", "x"), boundary="reflect") >> (
        iv.Relu() >> iv.MaxPool(window={"y": 3, "x": 3}, boundary="reflect")
    )


def levels(_x: xr.DataArray) -> iv.Operator:
    return iv.Square() >> iv.MeanPool({"time": 20}) >> iv.Decibel(floor=-70)


CASES: dict[str, tuple[Callable[[], xr.DataArray], Callable[[xr.DataArray], iv.Operator]]] = {
    "log-mel, 16 ms": (speech, log_mel(0.016)),
    "log-mel, 5 ms": (speech, log_mel(0.005)),
    "STFT, 10 ms": (speech, lambda _x: iv.Spectrogram(0.025, 0.010, output="magnitude")),
    "levels": (speech, levels),
    "filters of a picture": (picture, blocks),
}


def signal_and_pipeline(name: str) -> tuple[xr.DataArray, iv.Operator]:
    read, make = CASES[name]
    x = read()
    return x, make(x)


def measured_anew(pipeline: iv.Operator, x: xr.DataArray) -> float:
    """What a report of the changed pipeline opens with."""
    return float(iv.diagnose(pipeline, x).findings.attrs["verdict_error"])


def agree(one: float, other: float) -> None:
    """The law."""
    assert one == pytest.approx(other, rel=1e-9, abs=1e-13)


@pytest.mark.parametrize("name", some(CASES, 5))
def test_a_report_the_function_and_a_new_report_say_the_same_of_a_change(name):
    x, op = signal_and_pipeline(name)
    said = iv.diagnose(op, x).findings
    given = {each.code: each for each in iv.remedies(op, x, most=None)}
    assert said.sizes["remedy"] >= 2
    compared = 0
    for row in range(said.sizes["remedy"]):
        one = said.isel(remedy=row)
        code = one.remedy_code.item()
        agree(float(one.remedy_before), said.attrs["verdict_error"])
        if code in given:
            agree(float(one.remedy_after), given[code].after)
            agree(float(one.remedy_doubt), given[code].doubt)
            compared += 1
    assert compared >= 2
    for row in {0, said.attrs["remedy_recommended"]} - {-1}:
        one = said.isel(remedy=row)
        changed = eval(one.remedy_code.item(), {"iv": iv})
        agree(float(one.remedy_after), measured_anew(changed, x))


@pytest.mark.slow
def test_a_change_of_the_hop_is_judged_at_its_own_moves():
    """Half a new hop is a quarter of the old one: the old moves need not hold its worst."""
    x, op = signal_and_pipeline("log-mel, 16 ms")
    half = {each.name: each for each in iv.remedies(op, x, most=None)}
    name = next(name for name in half if name.startswith("half the hop"))
    agree(half[name].after, iv.remedies(half[name].pipeline, x, most=None)[0].before)


def test_what_a_search_says_by_its_own_measure_is_caught():
    x, op = signal_and_pipeline("filters of a picture")
    moves = [iv.Translate(x=1.0), iv.Translate(x=2.0)]
    found = seek(op, x, moves, target=-40.0, most=None).remedies
    measured = {each.code: each for each in iv.remedies(op, x, moves, most=None)}
    shared = [each for each in found if each.code in measured]
    assert shared
    for each in shared:
        with pytest.raises(AssertionError):
            agree(each.after, measured[each.code].after)
        given = AsGiven.of(each.pipeline, x, ["x"])
        worst = np.nanmax([given.judge(move).worst for move in moves])
        agree(measured[each.code].after, worst)


@pytest.mark.nightly
@pytest.mark.parametrize("name", CASES)
def test_a_fall_within_the_measuring_limit_is_no_remedy(name):
    x, op = signal_and_pipeline(name)
    for each in iv.remedies(op, x, most=None):
        assert each.before - each.after > each.doubt
