"""Advice that nobody could rely on is not given, and the page says why."""

from __future__ import annotations

import re

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.report.reading import inputs
from invarsig.report.section import Look
from invarsig.report.sections.action import SECTION as ACTION
from invarsig.report.sections.remedies import SECTION as REMEDIES


def text_of(markup: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup)).replace("\N{NO-BREAK SPACE}", " ")


def noise(*sizes: int, seed: int = 1) -> xr.DataArray:
    axes = [iv.Axis(dim, size=size, unit="px") for dim, size in zip("yx", sizes, strict=False)]
    return iv.power_law_noise(*axes, exponent=1.0, rng=seed)


def level(values: np.ndarray) -> np.ndarray:
    """Root mean square of 17 samples, every sixteenth, with zeros beyond the ends."""
    wide = np.pad(values, [(0, 0)] * (values.ndim - 1) + [(8, 8)]) ** 2
    total = np.cumsum(np.concatenate([np.zeros_like(wide[..., :1]), wide], -1), -1)
    return np.sqrt((total[..., 17:] - total[..., :-17])[..., ::16] / 17)


LEVEL = iv.Apply(level, over="y", stride={"y": 16}, reach={"y": 8.0})


def said(op: iv.Operator, x: xr.DataArray) -> tuple[str, str, str]:
    """Why nothing is advised, in the terminal and on the page."""
    found = iv.diagnose(op, x)
    reading = next(iter(inputs(found.tree)))
    page = text_of(ACTION.body(reading, Look("a")) + REMEDIES.body(reading, Look("b")))
    return reading.text("remedy_withheld"), " ".join(ACTION.brief(reading)), page


def no_advice(brief: str, page: str) -> None:
    """The law: nothing is said to be done."""
    for words in (brief, page):
        assert "Do this" not in words
        assert "To keep fine detail" not in words


def test_of_a_picture_of_8_by_8_nothing_is_advised_since_it_is_too_small():
    why, brief, page = said(iv.MaxPool(window={"y": 2, "x": 2}), noise(8, 8))
    assert why == "few"
    no_advice(brief, page)
    assert brief == (
        "Too few samples to say what would help. Of 4 samples along y and x what a change takes "
        "away is a guess: take a larger picture, or an earlier stage."
    )
    assert "Too few samples to say what would help" in page


def test_the_same_of_a_larger_picture_is_advised():
    """And the law for advice that is withheld sees that."""
    why, brief, page = said(iv.MaxPool(window={"y": 2, "x": 2}), noise(64, 64))
    assert why == ""
    with pytest.raises(AssertionError):
        no_advice(brief, page)


def test_that_a_function_keeps_its_stride_is_said_with_the_reason():
    why, brief, page = said(LEVEL, noise(2048))
    assert why == "none"
    no_advice(brief, page)
    sentence = (
        "Not tried: to change the stride of stage 1: how a function runs with another one is not "
        "known; change it there, and diagnose it again."
    )
    assert brief == f"No change to advise. {sentence} Nothing else tried helps."
    assert sentence in page


def test_what_can_be_tried_of_other_stages_stands_beside_it():
    """Behind such a function a pool has remedies, and the function is still named."""
    _, _, page = said(LEVEL >> iv.MaxPool(window={"y": 3}), noise(4096))
    assert "Not tried: to change the stride of stage 1:" in page
    refused = iv.remedies(LEVEL >> iv.Subsample({"y": 2}), noise(4096), iv.Translate(y=5.0)).refused
    assert [each for each in refused if "stride of stage 1:" in each]
    assert not [each for each in refused if "stride of stage 2:" in each]


def doubted(low: float, high: float) -> xr.DataTree:
    found = iv.diagnose(iv.MaxPool(window={"y": 4}), noise(512))
    tree = found.tree.copy()
    node = next(name for name in tree.children if name.startswith("input"))
    data = tree[node].to_dataset(inherit=False)
    count = data.sizes["input_remedy"]
    dims = "input_remedy"
    data = data.assign(
        remedy_gain_low=(dims, [low] * count), remedy_gain_high=(dims, [high] * count)
    )
    tree[node].dataset = data.assign_attrs(
        remedy_recommended=-1, remedy_detail=-1, remedy_withheld="doubt"
    )
    return tree


def test_a_gain_that_differs_more_than_it_is_is_no_advice():
    reading = next(iter(inputs(doubted(-1.0, 3.0))))
    brief, page = " ".join(ACTION.brief(reading)), text_of(ACTION.body(reading, Look("a")))
    no_advice(brief, page)
    assert "No change here helps for certain" in page
    assert re.search(r"on nine in ten other parts of the picture 71 to 112 % of the error", brief)


def test_within_the_target_nothing_has_to_be_changed_though_nothing_was_offered():
    x = noise(4096)
    op = iv.BlurPool(taps=7, stride={"y": 1}) >> iv.BlurPool(taps=7, stride={"y": 2})
    why, brief, page = said(op, x)
    assert why == ""
    assert "is within the target of 1 %" in page or "moves along with the input" in page
    no_advice(brief, page)
