"""Where an error is split in one of two orders alone, how certain its parts are is not known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.aliasing.readings import main_parts
from invarsig.report.reading import InputReading, inputs
from invarsig.report.sections.causes import SECTION as CAUSES
from invarsig.report.sections.sum_of_causes import SECTION as SUM
from invarsig.report.split import Split
from tests.report.trees import found_input

EVERY_SECOND = iv.Subsample(stride={"x": 2})


def tone() -> xr.DataArray:
    """A tone that becomes one at the Nyquist frequency, which half a sample takes away.

    Moved back, as the second order has it, nothing is left of the error.
    """
    values = np.cos(np.pi / 2 * np.arange(64) + 0.8)
    return iv.label(values, iv.Axis("x", unit="px", period=64.0))


def is_not_known(doubt: float) -> None:
    """The law: an uncertainty that nobody knows is NaN, and not 0."""
    assert math.isnan(doubt)


def test_causes_leave_the_uncertainty_open():
    found = iv.causes(EVERY_SECOND, tone(), iv.Translate(x=1.0))
    known = np.isfinite(found.share_by_order).all(("cause", "stage"))
    assert known.values.tolist() == [True, False]
    np.testing.assert_allclose(found.share.sum(), 1.0)
    for doubt in found.uncertainty_of_cause.values:
        is_not_known(float(doubt))
    assert found.attrs["main_cause"] == ""
    assert main_parts(found) == (
        "It was split in one of two orders alone, so how certain its parts are is not known: "
        "100 % of it is folding at stage 1, Subsample(stride x: 2)."
    )


def test_so_does_the_page():
    found = iv.diagnose(EVERY_SECOND, tone(), shifts=[1.0])
    reading = next(iter(inputs(found.tree)))
    split = Split(reading, "verdict")
    assert split.one_order
    for doubt in split.doubt.values():
        is_not_known(doubt)
    assert split.main == ""
    assert CAUSES.brief(reading)[0] == (
        "Why: No main cause: the error was split in one of two orders alone, so how certain its "
        "parts are is not known (folding 100 %)."
    )
    assert CAUSES.note(reading) == ""
    said = " ".join(SUM.sentences(reading))
    assert "One of the two orders of the sum is known" in said
    assert "differ by at most" not in said


def with_doubt(value: float) -> InputReading:
    found = found_input()
    names = ("cause_uncertainty", "cause_total_uncertainty")
    changed = {name: xr.full_like(found[name], value) for name in names if name in found}
    return InputReading(found.assign(changed))


def test_a_finding_of_one_order_names_no_main_cause():
    split = Split(with_doubt(math.nan), "verdict")
    assert split.one_order
    shares = {cause: share for cause, share in split.by_cause.items() if share}
    assert shares
    for cause in shares:
        is_not_known(split.doubt[cause])
    assert split.main == ""


def test_an_uncertainty_that_reads_0_is_caught():
    split = Split(with_doubt(0.0), "verdict")
    assert not split.one_order
    assert split.main
    with pytest.raises(AssertionError):
        is_not_known(max(split.doubt.values()))
