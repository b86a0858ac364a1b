"""The page in a browser: quiet, self-contained, usable by keyboard, and accessible."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest

from invarsig.report.page import write
from tests.report.chromium import Chromium, executable
from tests.report.test_page import hostile_tree
from tests.report.trees import HOSTILE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(executable() is None, reason="there is no Chromium on this machine"),
]

VISIBLE = "[...document.querySelectorAll('.drawing')].map(e => e.checkVisibility())"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    chromium = Chromium(tmp_path_factory.mktemp("profile"))
    yield chromium
    chromium.close()


@pytest.fixture(scope="module")
def address(default_tree, tmp_path_factory):
    return write(default_tree, tmp_path_factory.mktemp("page") / "report.html").as_uri()


@pytest.fixture(scope="module")
def hostile_address(tmp_path_factory):
    return write(hostile_tree(), tmp_path_factory.mktemp("page") / "hostile.html").as_uri()


@pytest.fixture
def page(browser, address):
    """The default page, freshly opened, on a wide light screen."""
    browser.scheme("light")
    browser.width(1200)
    browser.open(address)
    return browser


def complaints(browser):
    """What a console would show."""
    kinds = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
    return [each for kind in kinds for each in browser.happened(kind)]


@pytest.mark.parametrize("which", ["address", "hostile_address"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_console_stays_silent_and_nothing_is_requested(browser, request, which, scheme):
    url = request.getfixturevalue(which)
    browser.scheme(scheme)
    browser.open(url)
    assert complaints(browser) == []
    asked = {each["request"]["url"] for each in browser.happened("Network.requestWillBeSent")}
    assert {each for each in asked if not each.startswith("data:")} == {url}


def test_the_console_would_not_stay_silent_on_a_page_that_breaks_its_policy(browser, tmp_path):
    broken = tmp_path / "broken.html"
    policy = "default-src 'none'"
    broken.write_text(
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><p style="color: red">'
        "<script>1</script>",
        encoding="utf-8",
    )
    browser.open(broken.as_uri())
    assert len(complaints(browser)) >= 2


def test_one_drawing_of_each_square_is_shown(page):
    shown = page.evaluate(
        "[...document.querySelectorAll('.square')].map(square => "
        "[...square.querySelectorAll('.drawing')].filter(e => e.checkVisibility()).length)"
    )
    assert shown == [1, 1, 1, 1]


def test_the_slider_moves_the_drawing_and_tells_the_shift(page):
    before = page.evaluate(VISIBLE)
    page.evaluate("document.querySelector('.slider input').focus()")
    page.press("Home", 36)
    first = page.evaluate(VISIBLE)
    page.press("ArrowRight", 39)
    second = page.evaluate(VISIBLE)
    assert first[0] is True
    assert second[:2] == [False, True]
    assert before != first
    told = page.evaluate(
        "(() => { const s = document.querySelector('.slider'); const i = s.querySelector('input');"
        "return [s.querySelector('output').textContent, i.getAttribute('aria-valuetext'),"
        "document.querySelectorAll('.drawing')[1].dataset.shift] })()"
    )
    assert told[0] == told[1] == told[2] != ""


def test_a_slider_moves_its_own_square_alone(page):
    before = page.evaluate(VISIBLE)
    page.evaluate("document.querySelectorAll('.slider input')[3].focus()")
    page.press("Home", 36)
    after = page.evaluate(VISIBLE)
    count = page.evaluate(
        "document.querySelectorAll('.square')[0].querySelectorAll('.drawing').length"
    )
    assert after[:count] == before[:count]
    assert after != before


def test_without_script_every_drawing_is_shown(browser, address):
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(address)
        shown = browser.evaluate(VISIBLE)
        sliders = browser.evaluate(
            "[...document.querySelectorAll('.slider')].filter(e => e.checkVisibility()).length"
        )
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)
    assert len(shown) > 4
    assert all(shown)
    assert sliders == 0


def test_every_picture_has_a_name(page):
    nameless = page.evaluate(
        "[...document.querySelectorAll('img, svg')].filter(e => e.ariaHidden !== 'true' && "
        "!(e.getAttribute('alt') || e.getAttribute('aria-label'))).length"
    )
    assert nameless == 0


def test_a_hostile_name_stays_text(browser, hostile_address):
    browser.open(hostile_address)
    assert browser.evaluate("document.querySelectorAll('img').length") == 0
    assert browser.evaluate("document.querySelector('h2[id^=input]').textContent") == HOSTILE
    assert browser.evaluate("document.title") == HOSTILE
    assert browser.happened("Page.javascriptDialogOpening") == []


@pytest.mark.parametrize("width", [320, 400, 800, 1400])
def test_the_page_fits_its_window(browser, address, hostile_address, width):
    for url in (address, hostile_address):
        browser.width(width)
        browser.open(url)
        assert browser.evaluate("document.documentElement.scrollWidth") <= width


def test_no_text_of_a_figure_is_cut_off(browser, address, hostile_address):
    browser.width(1200)
    for url in (address, hostile_address):
        browser.open(url)
        cut = browser.evaluate(
            "(() => { const found = []; document.querySelectorAll('.drawing').forEach(e => "
            "{ e.hidden = false; }); for (const svg of document.querySelectorAll('svg.figure')) {"
            "const box = svg.getBoundingClientRect(); for (const text of "
            "svg.querySelectorAll('text')) { const at = text.getBoundingClientRect(); if (at.left "
            "< box.left - 1 || at.right > box.right + 1 || at.top < box.top - 1 || at.bottom > "
            "box.bottom + 1) found.push(text.textContent); } } return found })()"
        )
        assert cut == []


def test_texts_follow_the_page_into_the_dark(page):
    ink = "getComputedStyle(document.querySelector('svg.figure text')).fill"
    light = page.evaluate(ink)
    page.scheme("dark")
    assert page.evaluate(ink) != light


def test_on_paper_there_is_no_slider(page):
    page.scheme("dark", media="print")
    try:
        assert page.evaluate("document.querySelector('.slider').checkVisibility()") is False
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    finally:
        page.scheme("light")
    assert ground == "rgb(255, 255, 255)"


def axe_core():
    """Path of axe-core, or None: `INVARSIG_AXE`, or what npm put into a temporary folder."""
    named = os.environ.get("INVARSIG_AXE")
    usual = Path(tempfile.gettempdir()) / "axe" / "node_modules" / "axe-core" / "axe.min.js"
    path = Path(named) if named else usual
    return path if path.is_file() else None


@pytest.mark.skipif(
    axe_core() is None, reason="there is no axe-core: npm install axe-core, then set INVARSIG_AXE"
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("which", ["address", "hostile_address"])
def test_axe_finds_nothing_serious(browser, request, which, scheme):
    browser.scheme(scheme)
    browser.width(1200)
    browser.open(request.getfixturevalue(which))
    browser.evaluate(axe_core().read_text(encoding="utf-8") + "; 0")
    found = json.loads(
        browser.evaluate("axe.run().then(result => JSON.stringify(result.violations))")
    )
    told = [
        (each["id"], each["impact"], [node["html"][:120] for node in each["nodes"][:3]])
        for each in found
    ]
    assert [each for each in told if each[1] in ("serious", "critical")] == []
