"""What a newcomer gets wrong in Python: an error of the package's own that says what helps.

The sibling of `tests/cli/test_errors.py`. Remedies that are code are run.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import invarsig as iv
from invarsig.aliasing import lift
from invarsig.errors import AxisError, InvarsigError
from invarsig.operators.fields import dims_field
from invarsig.testing import check_operator

RNG = np.random.default_rng(0)
LINE = iv.label(RNG.standard_normal(64), "x")
SOUND = iv.label(RNG.standard_normal(1600), iv.Axis("time", size=1600, step=1 / 16000, unit="s"))
MAP = xr.DataArray(
    RNG.standard_normal((16, 72)),
    {
        "lat": ("lat", np.linspace(-75, 75, 16), {"units": "degrees_north"}),
        "lon": ("lon", np.arange(72) * 5.0, {"units": "degrees_east"}),
    },
    ("lat", "lon"),
    name="t2m",
)
GAPS = iv.label(np.full(64, np.nan), "x")
POOL = iv.MaxPool({"lon": 2})
ON_LINE = iv.MaxPool({"x": 2})
TO_THE_EAST = iv.Translate(lon="5 deg")


def dated(dates: Any) -> xr.DataArray:
    return xr.DataArray(RNG.standard_normal(len(dates)), {"time": dates}, ("time",), name="sst")


MONTHS = dated(pd.date_range("2000-01-01", periods=36, freq="MS"))
YEARS = dated(pd.date_range("2000-01-01", periods=9, freq="YS"))
HOURS = dated(pd.date_range("2000-01-01", periods=36, freq="h").delete(7))
LEVELS = xr.DataArray(
    RNG.standard_normal(4), {"level": ("level", [1000.0, 850.0, 500.0, 200.0])}, ("level",)
)
LEVELS.level.attrs["units"] = "hPa"

TABLE: dict[str, tuple[Callable[[], object], str]] = {
    # What is given as a signal.
    "a Dataset, diagnosed": (
        lambda: iv.diagnose(POOL, MAP.to_dataset()),  # type: ignore[arg-type]
        "give dataset['t2m']",
    ),
    "a Dataset, checked": (
        lambda: iv.check(POOL, MAP.to_dataset(), max_error=-40),  # type: ignore[arg-type]
        "give dataset['t2m']",
    ),
    "a Dataset, measured": (
        lambda: iv.equivariance_error(POOL, MAP.to_dataset(), TO_THE_EAST),
        "give dataset['t2m']",
    ),
    "a Dataset, measured for invariance": (
        lambda: iv.invariance_error(POOL, MAP.to_dataset(), TO_THE_EAST),
        "give dataset['t2m']",
    ),
    "an empty Dataset": (lambda: iv.diagnose(POOL, xr.Dataset()), "its variables are none"),
    "plain values": (lambda: POOL(MAP.values), "invarsig.label(values, 'y', 'x')"),
    "a list": (lambda: iv.diagnose(POOL, [1, 2]), "not list; put labels on"),
    "text": (lambda: iv.Relu()(xr.DataArray(["a"], dims="x")), "convert them to numbers"),
    "no samples": (lambda: ON_LINE(LINE[:0]), "'x' is empty"),
    "one sample": (lambda: iv.diagnose(ON_LINE, LINE[:1]), "more signal"),
    "complex values for a max": (lambda: ON_LINE(LINE + 1j), "put a Modulus before it"),
    "nothing but NaN": (
        lambda: iv.check(ON_LINE, GAPS, max_error=-40),
        "x.interpolate_na('x')",
    ),
    "silence": (
        lambda: iv.check(ON_LINE, GAPS.fillna(0), max_error=-40),
        "a silent or constant input says nothing",
    ),
    # Axes.
    "months": (
        lambda: iv.diagnose(POOL.rename({"lon": "time"}), MONTHS),
        "2001-02-01, 34.29 h off",
    ),
    "months have no one length": (
        lambda: iv.axis_of(MONTHS, "time"),
        "Its steps are 28 to 31 days, as months and years have",
    ),
    "years": (lambda: iv.axis_of(YEARS, "time"), "Its steps are 365 to 366 days"),
    "a missing hour": (lambda: iv.axis_of(HOURS, "time"), "sample 7 stands at 2000-01-01T08:00"),
    "pressure levels": (lambda: iv.axis_of(LEVELS, "level"), "x.level.attrs['scale'] = 'log2'"),
    "channels with names": (
        lambda: POOL.rename({"lon": "c"})(
            xr.DataArray([1.0, 2.0], {"c": ["red", "blue"]}, dims="c")
        ),
        "drop the coordinate to count samples",
    ),
    "an axis that ends": (lambda: lift(ON_LINE, LINE, "x"), "'period': 64"),
    "a step of 0": (lambda: iv.Axis("x", step=0), "give a distance other than 0"),
    "a period that does not fit": (
        lambda: iv.label(np.zeros(4), iv.Axis("lon", size=4, unit="deg", period=5)),
        "4 samples of 1° cover 4°",
    ),
    "too few names": (lambda: iv.label(np.zeros((4, 4)), "x"), "2 dimensions need 2 axes"),
    # Dims.
    "a longer name of a dim": (lambda: iv.diagnose(POOL, MAP, "longitude"), "Did you mean lon?"),
    "a longer name in an operator": (
        lambda: iv.MaxPool({"latitude": 2})(MAP),
        "Did you mean lat?",
    ),
    "a longer name in a move": (lambda: iv.Translate(longitude=5)(MAP), "Did you mean lon?"),
    "a longer name in shifts": (
        lambda: iv.diagnose(POOL, MAP, shifts={"longitude": [5]}),
        "Did you mean lon?",
    ),
    "a longer name in a comparison": (
        lambda: iv.compare({"a": POOL}, MAP, along="longitude"),
        "Did you mean lon?",
    ),
    "a longer name by the accessor": (
        lambda: MAP.to_dataset().iv.diagnose(iv.MaxPool({"longitude": 2})),
        "Did you mean lon?",
    ),
    "a longer name in a spectrum": (lambda: MAP.iv.spectrum("longitude"), "Did you mean lon?"),
    "a number as a dim": (lambda: iv.diagnose(POOL, MAP, along=1), "Moves are along 1; give"),  # type: ignore[arg-type]
    "no dim": (lambda: iv.diagnose(POOL, MAP, along=[]), "name one in along="),
    "a dim twice": (lambda: iv.diagnose(POOL, MAP, along=["lon", "lon"]), "each named once"),
    "nothing that moves": (lambda: iv.diagnose(iv.Relu(), LINE), "name one in along="),
    # Lengths.
    "one shift as text": (lambda: iv.diagnose(POOL, MAP, shifts="5 deg"), "shifts=['5 deg']"),  # type: ignore[arg-type]
    "one shift as a number": (lambda: iv.diagnose(POOL, MAP, shifts=5), "shifts=[5]"),  # type: ignore[arg-type]
    "a shift in seconds": (
        lambda: iv.diagnose(POOL, MAP, shifts=["5 ms"]),
        "give a length in rad, deg",
    ),
    "a shift of NaN": (lambda: iv.diagnose(POOL, MAP, shifts=[np.nan]), "give one finite length"),
    "no shift": (lambda: iv.diagnose(POOL, MAP, shifts=[]), "give at least one"),
    "a move without a dim": (lambda: iv.Translate("5 deg"), "give lengths as x=1"),  # type: ignore[arg-type]
    "a move by nothing": (lambda: iv.Translate(x=None), "give one finite length"),
    "a move by months": (
        lambda: iv.Translate(time=np.timedelta64(1, "M")),
        "months and years have no one length; give days",
    ),
    "a duration on samples": (
        lambda: iv.Translate(x=dt.timedelta(seconds=1))(LINE),
        "give a number of samples",
    ),
    "an angle in words": (lambda: iv.Rotate("ninety"), "The angle is 'ninety'"),
    "an angle in seconds": (lambda: iv.Rotate("3 s"), "give an angle, in rad, deg"),
    "a limit above 0": (lambda: iv.check(POOL, MAP, max_error=40), "did you mean -40 dB?"),
    "a limit as text": (
        lambda: iv.check(POOL, MAP, max_error="-40 dB"),  # type: ignore[arg-type]
        "give a finite number of decibels",
    ),
    "fewer samples than none": (
        lambda: iv.diagnose(ON_LINE, LINE, most=-1),
        "give a whole number of at least 1",
    ),
    # Operators.
    "a class": (lambda: iv.diagnose(iv.MaxPool, MAP), "write MaxPool(...)"),
    "a function": (lambda: iv.diagnose(np.abs, MAP), "wrap a function of plain arrays in Apply"),
    "signal first": (lambda: iv.diagnose(MAP, POOL), "An operator is needed"),
    "a function in a pipeline": (lambda: iv.Relu() >> np.abs, "in Apply"),
    "a window without a dim": (lambda: iv.MaxPool(2), "a mapping such as {'x': 2}"),  # type: ignore[arg-type]
    "a window of no samples": (lambda: iv.MaxPool({"x": 0}), "at least 1"),
    "half a sample": (lambda: iv.MaxPool({"x": 2.5}), "give a whole number"),  # type: ignore[dict-item]
    "a window beyond the signal": (lambda: iv.MaxPool({"x": 100})(LINE), "a shorter window"),
    "a stride elsewhere": (lambda: iv.MaxPool({"x": 2}, {"y": 2}), "add it to window="),
    "a boundary of torch": (
        lambda: iv.MaxPool({"x": 2}, boundary="circular"),  # type: ignore[arg-type]
        "here 'circular' is 'periodic'",
    ),
    "padding without a dim": (lambda: iv.MaxPool({"x": 2}, padding=1), "{'x': (1, 1)}"),  # type: ignore[arg-type]
    "a window in samples where seconds are": (
        lambda: iv.Spectrogram(400, 160)(SOUND),
        "or use in_samples",
    ),
    "a window between samples": (
        lambda: iv.Spectrogram(0.02503, 0.01)(SOUND),
        "Give 0.025 (400 samples) or 0.0250625 (401 samples)",
    ),
    "a reach without a dim": (
        lambda: iv.Apply(np.abs, "lon", reach="2.5 deg"),  # type: ignore[arg-type]
        "give a mapping such as {'x': '2.5 deg'}",
    ),
    "a reach of no sign": (lambda: iv.Apply(np.abs, "x", reach={"x": -1}), "of at least 0"),
    "a function that decimates": (
        lambda: iv.Apply(lambda v: v[..., ::2], "x")(LINE),
        "in stride= those that it decimates",
    ),
    # Actions and protocols.
    "a number as a move": (
        lambda: iv.equivariance_error(iv.Relu(), LINE, 1.0),
        "iv.Translate(x=1)",
    ),  # type: ignore[arg-type]
    "no move": (lambda: iv.equivariance_error(iv.Relu(), LINE, []), "a list of at least one"),
    "a misspelt protocol": (
        lambda: iv.equivariance_error(iv.Relu(), LINE, iv.Translate(x=1), protocol="inerior"),  # type: ignore[arg-type]
        "Did you mean interior?",
    ),
    "a misspelt norm": (
        lambda: iv.equivariance_error(iv.Relu(), LINE, iv.Translate(x=1), norm="centred"),  # type: ignore[arg-type]
        "Did you mean centered?",
    ),
    # Files.
    "a file that is not there": (lambda: iv.read_audio("nothing.wav"), "check the path"),
}


@pytest.mark.parametrize("mistake", TABLE)
@pytest.mark.filterwarnings("ignore")
def test_a_mistake_is_answered_by_what_helps(mistake: str) -> None:
    wrong, wanted = TABLE[mistake]
    with pytest.raises(InvarsigError) as caught:
        wrong()
    said = str(caught.value)
    assert wanted in said
    assert "\n" not in said
    assert said[-1] in ".?"


@pytest.mark.parametrize("x", [MONTHS, YEARS, HOURS], ids=["months", "years", "an hour missing"])
def test_what_is_offered_for_uneven_dates_makes_them_even(x: xr.DataArray) -> None:
    with pytest.raises(AxisError) as caught:
        iv.axis_of(x, "time")
    offered = re.findall(r"x\.(?:drop_vars|interp)\(.*?\)+(?=[,.])", str(caught.value))
    assert len(offered) == 2
    for code in offered:
        even = eval(code, {"x": x, "xr": xr})
        assert iv.axis_of(even, "time").size == x.sizes["time"]


def test_what_is_offered_for_uneven_numbers_makes_them_even() -> None:
    with pytest.raises(AxisError) as caught:
        iv.axis_of(LEVELS, "level")
    (code,) = re.findall(r"x\.interp\(.*?\)\)", str(caught.value))
    even = eval(code, {"x": LEVELS, "np": np})
    assert iv.axis_of(even, "level").size == 4


@given(
    st.integers(2, 5000),
    st.one_of(st.none(), st.floats(1e-6, 1e6)),
    st.sampled_from(["s", "px", "degrees_east", ""]),
)
def test_what_is_offered_to_close_an_axis_closes_it(
    size: int, step: float | None, unit: str
) -> None:
    x = iv.label(np.zeros(size), "x")
    if step is not None:
        x = iv.label(np.zeros(size), iv.Axis("x", size=size, step=step, unit=unit))
    known = {"x": x}
    exec(iv.axis_of(x, "x").how_to_close, known)
    assert iv.axis_of(known["x"], "x").periodic


def test_degrees_are_written_in_one_way() -> None:
    axis = iv.axis_of(MAP, "lon")
    assert axis.in_words(5) == "5°"
    assert axis.frequency_unit == "cycles/°"
    for same in ("0.1 cycles/deg", "0.1 cycles/degrees_east", "0.1 cycles/°"):
        length = iv.axes.read_length(same, "A frequency")
        assert length.along_frequencies(axis) == 0.1


def test_who_hides_nan_is_told_where_and_what_does_not() -> None:
    @dataclass(frozen=True)
    class Hides(iv.ArrayOperator):
        over: str = dims_field(default="x")
        linear = False

        @property
        def dims(self) -> tuple[str, ...]:
            return (self.over,)

        def plan(self, axes: iv.Axes) -> iv.Plan:
            axis = axes[self.over]
            return iv.Plan((axis,), (axis,), reach={self.over: (0, 0)}, kernel=np.nan_to_num)

    with pytest.raises(AssertionError, match=r"64 of 64 values .* the first at x=0 being 0"):
        check_operator(Hides(), LINE)


@pytest.mark.slow
def test_a_grid_once_round_is_told_what_to_write_in_python_and_in_a_shell() -> None:
    (note,) = [
        each
        for each in iv.diagnose(POOL, MAP, shifts=["5 deg"]).summary().splitlines()
        if "once" in each
    ]
    assert "x.lon.attrs['period'] = 360" in note
    assert "--axis lon,periodic" in note
