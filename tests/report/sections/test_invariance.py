"""How far the result itself changes."""

from __future__ import annotations

import pytest

from invarsig.report.reading import AxisReading
from invarsig.report.sections.invariance import SECTION
from tests.report.trees import chosen_axis


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            [0.04, 0.12, 0.3],
            (
                "Not moved back, the output changes by 10 % between a shift of 2 ms (4 %) and one "
                "of 4 ms (12 %)."
            ),
        ),
        (
            [0.2, 0.3, 0.4],
            "Not moved back, the output changes by 20 % at 2 ms, the smallest shift tried.",
        ),
        (
            [0.01, 0.03, 0.02],
            "Not moved back, the output changes by 3 % at most over shifts up to 8 ms.",
        ),
    ],
)
def test_invariance_is_told_as_the_shift_that_changes_a_tenth(values, sentence):
    assert SECTION.sentences(AxisReading(chosen_axis(invariance=("length", values)))) == [sentence]
