"""What the page of replications says is what is kept, of experiments as they are now."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from docs import claims, replications
from invarsig.experiments import Collection, Effect, experiment_named, public_experiments
from invarsig.io import read_image

ROOT = Path(__file__).parents[2]
KEPT = replications.read()
FIRST = claims.read()


def effect(value, low, high, met):
    return Effect("error", "dB", value, low, high, 9, "pictures", "below −20 dB", met)


def test_the_page_is_that_of_what_was_measured():
    assert KEPT
    assert replications.PAGE.read_text(encoding="utf-8") == replications.table(FIRST, KEPT)


@pytest.mark.parametrize("name", KEPT)
def test_a_replication_is_of_the_experiment_as_it_now_asks(name):
    assert KEPT[name]["fingerprint"] == experiment_named(name)().fingerprint(), "measure it again"
    assert KEPT[name]["fingerprint"] == FIRST[name]["fingerprint"]
    assert replications.able(experiment_named(name))


@pytest.mark.parametrize("name", KEPT)
def test_no_file_of_the_second_collection_is_one_of_the_first(name):
    of_first, of_second = (
        {line.split()[1] for line in files}
        for files in (FIRST[name]["data"]["files"], KEPT[name]["files"])
    )
    assert of_second
    assert of_first.isdisjoint(of_second)


def test_every_claim_stands_in_the_table_or_among_those_that_do_not():
    page = replications.PAGE.read_text(encoding="utf-8")
    for each in public_experiments():
        named = each.name.replace("-", " ")
        assert (f"../claims.md#{each.name})" in page) == (each.name in KEPT)
        assert named in page.lower()


def test_collections_that_decide_differently_are_said_to():
    yes, no = effect(-30, -32, -28, "yes"), effect(-10, -12, -8, "no")
    open_one = effect(-20, -25, -15, "unclear")
    assert replications.agreement(yes, yes) == replications.agreement(no, no) == "alike"
    assert replications.agreement(yes, no) == replications.agreement(no, yes) == "**turned over**"
    assert replications.agreement(yes, open_one) == "in one alone"
    assert replications.agreement(open_one, open_one) == "open in both"
    assert replications.overlap(open_one, effect(-15, -18, -10, "no"))
    assert not replications.overlap(yes, no)


def test_a_turn_is_counted_and_shown():
    """A planted second collection in which a decided effect lies on the other side."""
    other = {"yes": "no", "no": "yes"}
    name = next(each for each in KEPT if FIRST[each]["effects"][0]["met"] in other)
    turned = json.loads(json.dumps({name: KEPT[name]}))
    row = turned[name]["effects"][0]
    low = row["low"] - 1e3
    row.update(met=other[FIRST[name]["effects"][0]["met"]], low=low, high=low + 9, value=low + 5)
    page = replications.table(FIRST, turned)
    assert "1 turned over" in page
    assert "| **turned over** | no |" in page


def test_the_second_collection_is_laid_out_of_packages_and_read(tmp_path):
    script = ROOT / "data" / "make_second.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True)
    data = Collection(tmp_path)
    assert len(data.paths("images")) == 6
    assert len(data.paths("textures")) == 4
    for part, side in (("images", 256), ("textures", 512)):
        for path in data.paths(part):
            assert read_image(path).shape == (side, side)
            assert np.ptp(data.picture(path).to_numpy()) > 0.2
