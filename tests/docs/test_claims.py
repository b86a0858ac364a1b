"""What the documentation says of each claim is what its experiment, as it is now, has found."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from docs import claims
from invarsig.experiments import GRADES, experiment_named, grade, public_experiments
from invarsig.experiments.expectations import Expectation

ROOT = Path(__file__).parents[2]
KEPT = claims.read()
DOCUMENT = json.loads(claims.KEPT.read_text(encoding="utf-8"))
SCHEMA = json.loads((ROOT / "docs" / "claims.schema.json").read_text(encoding="utf-8"))
EXPERIMENTS = [pytest.param(each, id=each.name) for each in public_experiments()]


def test_the_pages_are_those_of_what_was_found():
    assert claims.TABLE.read_text(encoding="utf-8") == claims.table(KEPT)
    assert claims.LAWS.read_text(encoding="utf-8") == claims.laws_page(KEPT)


def test_nothing_is_kept_of_an_experiment_that_is_gone():
    assert set(KEPT) == {each.name for each in public_experiments()}


@pytest.mark.parametrize("each", EXPERIMENTS)
def test_an_experiment_was_run_as_it_now_asks(each):
    assert KEPT[each.name]["fingerprint"] == each().fingerprint(), "run docs/claims.py again"


@pytest.mark.parametrize("each", EXPERIMENTS)
def test_what_was_expected_are_the_limits_that_it_has_now(each):
    entry = KEPT[each.name]
    assert entry["expects"] == {
        name: claims.written(bound) for name, bound in each.expects.items()
    }, "run docs/claims.py again"
    assert entry["primary"] == next(iter(each.expects))
    assert entry["limits"] == (None if each.limited is None else vars(each.limited))


@pytest.mark.parametrize("each", EXPERIMENTS)
def test_every_effect_was_compared_with_its_limit(each):
    told = {effect.name: effect for effect in claims.effects_of(KEPT[each.name])}
    for name, bound in each.expects.items():
        again = bound.of(told[name])
        assert (told[name].expected, told[name].met) == (again.expected, again.met)


def test_a_limit_that_is_moved_in_the_code_alone_is_seen(monkeypatch):
    """Both ways by which it would be: the fingerprint, and the limits that are kept."""
    each = experiment_named("stationarity")
    name, bound = next(iter(each.expects.items()))
    moved = Expectation(bound.side, (bound.limits[0] / 2,), bound.unit)
    monkeypatch.setattr(each, "expects", {**each.expects, name: moved})
    with pytest.raises(AssertionError, match=r"docs/claims\.py"):
        test_an_experiment_was_run_as_it_now_asks(each)
    with pytest.raises(AssertionError, match=r"docs/claims\.py"):
        test_what_was_expected_are_the_limits_that_it_has_now(each)


def test_answers_follow_from_the_effects_that_decide_corrected_for_one_another():
    assert claims.graded(KEPT) == KEPT
    for name, pair in claims.deciding(KEPT).items():
        assert KEPT[name]["alone"] == grade(*pair)
        assert KEPT[name]["answer"] in GRADES


@pytest.mark.parametrize("each", EXPERIMENTS)
def test_every_answer_stands_on_the_page_with_its_number(each):
    page = claims.TABLE.read_text(encoding="utf-8")
    entry = KEPT[each.name]
    assert f"**{claims.answered(entry)}** {entry['headline']}" in page
    assert str(claims.deciding({each.name: entry})[each.name][0]) in entry["headline"]


@pytest.mark.parametrize("each", EXPERIMENTS)
def test_an_experiment_has_its_figures_and_a_script_of_at_most_40_lines(each):
    assert (claims.FIGURES / f"{each.name}.svg").is_file()
    for place, _ in enumerate(KEPT[each.name]["figures"], 1):
        assert (claims.FIGURES / f"{each.name}-{place}.svg").is_file()
    script = ROOT / "examples" / f"{each.name.replace('-', '_')}.py"
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 40


def test_no_figure_is_left_of_what_is_gone():
    wanted = {
        f"{name}{end}.svg"
        for name, entry in KEPT.items()
        for end in ("", *(f"-{k}" for k in range(1, 1 + len(entry["figures"]))))
    }
    assert {path.name for path in claims.FIGURES.glob("*.svg")} == wanted


def test_the_laws_hold_of_every_item():
    for name, entry in KEPT.items():
        for law in entry["laws"]:
            assert claims.bound_of(law["bound"]).holds(law["worst"]), (name, law)


def test_each_row_says_where_it_comes_from():
    for entry in KEPT.values():
        assert re.fullmatch("[0-9a-f]{12}", entry["revision"])
        assert all(re.fullmatch(r"\S+ [0-9a-f]{16}", line) for line in entry["data"]["files"])


def test_the_rows_are_as_the_schema_says():
    assert not list(faults(DOCUMENT, SCHEMA))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda row: row.pop("seed"),
        lambda row: row.update(answer="holds partly"),
        lambda row: row.update(more=1),
        lambda row: row["effects"][0].update(value="much"),
    ],
)
def test_a_row_of_another_layout_is_seen(spoil):
    document = json.loads(json.dumps(DOCUMENT))
    spoil(next(iter(document["claims"].values())))
    assert list(faults(document, SCHEMA))


_KINDS = {"object": dict, "array": list, "string": str, "null": type(None), "integer": int}


def faults(value: Any, schema: dict[str, Any], at: str = "") -> Any:
    """Where a document departs from a schema, in the words of JSON Schema that ours uses."""
    if "$ref" in schema:
        yield from faults(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], at)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        yield f"{at}: {value!r} is not of {kinds}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{at}: {value!r} is not {schema['const']!r}"
    if isinstance(value, dict):
        yield from (f"{at}: no {name}" for name in schema.get("required", []) if name not in value)
        known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        for name, each in value.items():
            if name in known:
                yield from faults(each, known[name], f"{at}/{name}")
            elif others is False:
                yield f"{at}: {name} is not known"
            elif isinstance(others, dict):
                yield from faults(each, others, f"{at}/{name}")
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{at}: {len(value)} items"
        for place, each in enumerate(value):
            yield from faults(each, schema.get("items", {}), f"{at}/{place}")


def _is(value: Any, kind: str) -> bool:
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, _KINDS[kind]) and not (kind == "integer" and isinstance(value, bool))
