"""How far a search for remedies is."""

from __future__ import annotations

import invarsig as iv


def test_a_search_tells_after_each_change_how_far_it_is():
    x = iv.power_law_noise(iv.Axis("x", size=96, unit="px", period=96.0), exponent=1.0, rng=1)
    op = iv.Relu() >> iv.MaxPool({"x": 4}) >> iv.Subsample(stride={"x": 2})
    parts: list[float] = []
    found = iv.remedies(
        op, x, iv.Translate(x=1.0), target=-300, progress=lambda _text, part: parts.append(part)
    )
    assert found == iv.remedies(op, x, iv.Translate(x=1.0), target=-300)
    assert len(parts) > 10
    assert parts == sorted(parts)
    assert parts[0] == 0
    assert 0.5 < parts[-1] < 1


def test_a_diagnosis_is_not_silent_while_it_looks_for_remedies():
    x = iv.power_law_noise(iv.Axis("x", size=96, unit="px", period=96.0), exponent=1.0, rng=1)
    told: list[tuple[str, float]] = []
    iv.diagnose(iv.MaxPool({"x": 4}), x, progress=lambda *each: told.append(each))
    searching = [part for text, part in told if "what would help" in text]
    assert len(searching) > 10
    assert [part for _, part in told] == sorted(part for _, part in told)
