"""What docs/understand/trained_and_random.md says of trained networks is what is measured now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from invarsig.experiments import experiment_named

PAGE = Path(__file__).parents[2] / "docs" / "understand" / "trained_and_random.md"
FOUND = re.findall(r"^\| ([a-z]+-[a-z-]+) \| ([^|]+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
ROWS = dict(FOUND)


def test_six_experiments_are_compared():
    assert len(ROWS) == 6


@pytest.mark.nightly
@pytest.mark.parametrize("name", ROWS)
def test_the_page_states_what_a_trained_network_gives(name):
    result = experiment_named(name)(reduced=True).run()
    value, answer = ROWS[name].split(": ")
    assert value == str(result.effects[0])
    assert result.answer.startswith(answer)
