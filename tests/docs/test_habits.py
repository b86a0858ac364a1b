"""The repository's own papers: decisions with a status, a release that is told alike everywhere."""

from __future__ import annotations

import datetime as dt
import re
import tomllib

import pytest
import yaml

from tests.conftest import DATA

ROOT = DATA.parent
DECISIONS = sorted(p for p in (ROOT / "docs/decisions").glob("*.md") if p.name != "README.md")
STATUS = re.compile(r"^Status: (in force|overturned by \[.+\]\(.+\.md\)), (\d{4}-\d\d-\d\d)\.")


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_a_status_and_a_date_below_its_title(page):
    lines = page.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    found = STATUS.match(lines[2])
    assert found, lines[2]
    assert dt.date.fromisoformat(found[2]) >= dt.date(2026, 1, 1)


def test_a_status_that_is_none_is_noticed():
    assert not STATUS.match("Status: good.")
    assert not STATUS.match("Decided, 2026-12-01.")


def test_the_release_is_told_alike_everywhere():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    heading = re.search(
        r"^## (\S+), (\d{4}-\d\d-\d\d)$",
        (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert heading, "the changelog has no heading of a release"
    assert version == heading[1] == citation["version"]
    assert str(citation["date-released"]) == heading[2]


def test_a_citation_can_be_made_of_the_record():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    wanted = {"cff-version", "message", "title", "type", "version", "date-released", "license"}
    assert wanted | {"authors", "abstract", "keywords"} <= set(citation)
    assert all(citation[name] for name in wanted)


@pytest.mark.parametrize("name", ["wrong_number", "something_missing"])
def test_issues_ask_for_what_is_needed(name):
    form = yaml.safe_load((ROOT / f".github/ISSUE_TEMPLATE/{name}.yml").read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= set(form)
    ids = [each["id"] for each in form["body"] if "id" in each]
    assert len(ids) == len(set(ids)) >= 3
    assert all(each["attributes"]["label"] for each in form["body"] if each["type"] != "markdown")


def test_a_pull_request_is_asked_for_what_the_house_rules_ask():
    text = (ROOT / ".github/pull_request_template.md").read_text(encoding="utf-8")
    for word in ("test", "CHANGELOG", "decision", "nox -s lint"):
        assert word in text


def test_the_roadmap_says_what_is_missing():
    text = (ROOT / "docs/develop/roadmap.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^- \*\*", text, re.MULTILINE)) >= 3
