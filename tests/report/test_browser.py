"""The page in a browser: quiet, self-contained, usable by keyboard, and accessible."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest

from invarsig.report.page import fragment, write
from invarsig.report.reading import AxisReading
from tests.nightly import some
from tests.report.chromium import Chromium, executable
from tests.report.test_page import hostile_tree
from tests.report.trees import (
    HOSTILE,
    chosen_axis,
    found_input,
    given_tree,
    graph_input,
    tree_of,
    with_square,
    with_stage_folding,
    with_swaps,
)

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


@pytest.fixture(scope="module")
def found_address(default_tree, tmp_path_factory):
    """Page of what was found as given: a picture with two axes, a recording, a partial one."""
    rng = np.random.default_rng(3)
    axes = [AxisReading.of(node).data for node in default_tree["input_2"].children.values()]
    tree = given_tree(*axes, name="camera.png")
    curve = with_swaps(with_stage_folding(with_square(chosen_axis(), rng, (400,))))
    missed = found_input(
        attrs={"remedy_recommended": -1, "verdict_seam": 0},
        cut_error=("move", [0.2] * 9),
        remedy_reaches=("remedy", [0.0] * 3),
    )
    tree["input_2"] = given_tree(curve, found=missed, name="goforward.flac")["input_1"]
    tree["input_3"] = tree_of(curve, name="old.flac")["input_1"]
    return write(tree, tmp_path_factory.mktemp("page") / "found.html").as_uri()


@pytest.fixture(scope="module")
def graph_address(tmp_path_factory):
    """Page of a network of 164 layers."""
    tree = given_tree(found=graph_input(), name="photograph.png")
    return write(tree, tmp_path_factory.mktemp("page") / "graph.html").as_uri()


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


@pytest.mark.parametrize("which", ["address", "hostile_address", "found_address"])
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


def test_without_script_the_worst_move_of_each_square_is_shown(browser, address):
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(address)
        shown = browser.evaluate(VISIBLE)
        hidden = browser.evaluate(
            "[...document.querySelectorAll('.slider, .copy')].filter(e => e.checkVisibility())"
            ".length"
        )
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)
    assert sum(shown) == 4
    assert hidden == 0


def test_every_picture_has_a_name(page):
    nameless = page.evaluate(
        "[...document.querySelectorAll('img, svg')].filter(e => e.ariaHidden !== 'true' && "
        "!(e.getAttribute('alt') || e.getAttribute('aria-label'))).length"
    )
    assert nameless == 0


def test_a_hostile_name_stays_text(browser, hostile_address):
    browser.open(hostile_address)
    assert browser.evaluate("document.querySelectorAll('img').length") == 0
    assert HOSTILE in browser.evaluate("document.querySelector('h2[id^=input]').textContent")
    assert browser.evaluate("document.title") == HOSTILE
    assert browser.happened("Page.javascriptDialogOpening") == []


@pytest.mark.parametrize("width", [320, 390, 800, 1400])
def test_the_page_fits_its_window(browser, found_address, hostile_address, graph_address, width):
    for url in (found_address, hostile_address, graph_address):
        browser.width(width)
        browser.open(url)
        browser.evaluate(OPENED)
        assert browser.evaluate("document.documentElement.scrollWidth") <= width


def test_no_text_of_a_figure_is_cut_off(
    browser, address, hostile_address, found_address, graph_address
):
    browser.width(1200)
    for url in (address, hostile_address, found_address, graph_address):
        browser.open(url)
        cut = browser.evaluate(
            "(() => { const found = []; document.querySelectorAll('details').forEach(e => "
            "{ e.open = true; }); for (const svg of document.querySelectorAll('svg.figure')) {"
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
@pytest.mark.parametrize("width", some([1280, 390, 800], 3))
@pytest.mark.parametrize("which", ["found_address", "hostile_address", "graph_address"])
def test_axe_finds_nothing(browser, request, which, scheme, width):
    browser.scheme(scheme)
    browser.width(width)
    browser.open(request.getfixturevalue(which))
    browser.evaluate(OPENED)
    browser.evaluate(axe_core().read_text(encoding="utf-8") + "; 0")
    found = json.loads(
        browser.evaluate("axe.run().then(result => JSON.stringify(result.violations))")
    )
    told = [
        (each["id"], each["impact"], [node["html"][:160] for node in each["nodes"][:3]])
        for each in found
    ]
    assert told == []


OPENED = "document.querySelectorAll('details').forEach(e => { e.open = true; })"


@pytest.mark.parametrize("width", [390, 800, 1280])
def test_no_cell_is_narrower_than_8_em_and_no_row_taller_than_a_screen(
    browser, found_address, hostile_address, width
):
    for url in (found_address, hostile_address):
        browser.width(width, 844)
        browser.open(url)
        browser.evaluate(OPENED)
        narrow = browser.evaluate(
            "[...document.querySelectorAll('td, th')].filter(e => e.getClientRects().length && "
            "!e.closest('thead')?.matches('.rank thead') || e.matches('td, tbody th'))"
            ".map(e => [e.getBoundingClientRect().width / parseFloat(getComputedStyle(e).fontSize),"
            " e.textContent.slice(0, 40)]).filter(([wide]) => wide < 8)"
        )
        assert narrow == []
        tall = browser.evaluate(
            "[...document.querySelectorAll('tr, .scale li')].map(e => "
            "[e.getBoundingClientRect().height, e.textContent.slice(0, 40)])"
            ".filter(([tall]) => tall > innerHeight)"
        )
        assert tall == []


@pytest.mark.parametrize("opened", [False, True])
def test_a_narrow_page_is_at_most_three_times_as_tall_as_a_wide_one(
    browser, found_address, address, graph_address, opened
):
    for url in (found_address, address, graph_address):
        heights = []
        for width in (1280, 390):
            browser.width(width, 800)
            browser.open(url)
            if opened:
                browser.evaluate(OPENED)
            heights.append(browser.evaluate("document.documentElement.scrollHeight"))
        assert heights[1] <= 3 * heights[0]


@pytest.mark.parametrize("width", [390, 1280])
def test_a_network_of_164_layers_is_read_without_scrolling_aside(browser, graph_address, width):
    browser.width(width, 844)
    browser.open(graph_address)
    browser.evaluate(OPENED)
    found = browser.evaluate(
        "[...document.querySelectorAll('.line .who')].map(e => [e.getBoundingClientRect().width / "
        "parseFloat(getComputedStyle(e).fontSize), e.getBoundingClientRect().right])"
    )
    assert len(found) == 1 + 164 + 18
    assert min(wide for wide, _ in found) >= 8
    assert max(right for _, right in found) <= width
    rows = browser.evaluate(
        "[...document.querySelectorAll('.line .layer, .line summary')].map(e => "
        "e.getBoundingClientRect().height)"
    )
    assert max(rows) <= 844 / 3


def test_a_block_opens_by_click_and_by_keyboard(browser, graph_address):
    browser.width(1280)
    browser.open(graph_address)
    shown = "document.querySelectorAll('.line details')[%d].querySelector('li').checkVisibility()"
    assert browser.evaluate(shown % 0) is False
    browser.evaluate("document.querySelectorAll('.line summary')[0].click()")
    assert browser.evaluate(shown % 0) is True
    browser.evaluate("document.querySelectorAll('.line summary')[1].focus()")
    browser.press("Enter", 13)
    assert browser.evaluate(shown % 1) is True


def test_the_line_of_a_network_goes_on_beside_an_opened_block(browser, graph_address):
    browser.width(1280)
    browser.open(graph_address)
    browser.evaluate(OPENED)
    gaps = browser.evaluate(
        "[...document.querySelectorAll('.net > .line > li')].map(e => [e, "
        "e.querySelector('.wires')]).map(([e, w]) => e.getBoundingClientRect().height - "
        "w.getBoundingClientRect().height)"
    )
    assert max(map(abs, gaps)) < 1


def test_the_finding_and_the_change_stand_on_the_first_screen(browser, found_address):
    browser.width(1280, 800)
    browser.open(found_address)
    bottom = "document.querySelector('%s').getBoundingClientRect().bottom"
    for what in ("article h2", ".ba", ".price", "article .scale li:nth-child(3)"):
        assert browser.evaluate(bottom % what) <= 800


@pytest.mark.nightly
def test_the_difference_is_shown_stronger_when_asked(browser, found_address):
    browser.width(1280)
    browser.open(found_address)
    look = (
        "[...document.querySelectorAll('.square')].map(s => { const i = s.querySelector('.away "
        "image'); const c = s.querySelector('.away .curve.stronger'); return i ? "
        "getComputedStyle(i).filter : getComputedStyle(c).display })"
    )
    before = browser.evaluate(look)
    browser.evaluate("document.querySelectorAll('.five input').forEach(e => e.click())")
    after = browser.evaluate(look)
    assert set(before) == {"none"}
    assert all(each == "inline" or "invarsig-stronger" in each for each in after)


def test_a_word_is_explained_where_it_stands_by_keyboard(browser, found_address):
    browser.width(1280)
    browser.open(found_address)
    browser.evaluate("document.querySelector('button.term').focus()")
    browser.press("Enter", 13)
    shown = "document.querySelector('[popover]:popover-open')?.textContent || ''"
    assert "If the input moves, the result moves along" in browser.evaluate(shown)


def test_copied_code_leaves_out_what_is_struck_out(browser, found_address):
    browser.width(1280)
    browser.open(found_address)
    copied = browser.evaluate(
        "(async () => { let text = ''; Object.defineProperty(navigator, 'clipboard', {value: "
        "{writeText: async t => { text = t; }}, configurable: true});"
        "document.querySelector('.copy').click(); await new Promise(r => setTimeout(r, 50));"
        "return text })()"
    )
    compile(copied, "pasted", "exec")
    assert copied.count("MaxPool") == 1
    assert "BlurPool" in copied


def test_a_fragment_leaves_the_notebook_around_it_alone(browser, tmp_path):
    rng = np.random.default_rng(3)
    text = fragment(given_tree(with_square(chosen_axis(), rng)))
    path = tmp_path / "notebook.html"
    path.write_text(
        f'<!doctype html><meta charset="utf-8"><h2 id="mine">Mine</h2><body>{text}</body>',
        encoding="utf-8",
    )
    browser.scheme("light")
    browser.width(900)
    browser.open(path.as_uri())
    assert complaints(browser) == []
    size = "parseFloat(getComputedStyle(document.querySelector('%s')).fontWeight)"
    assert browser.evaluate(size % "#mine") == 700
    assert browser.evaluate(size % ".invarsig h2") == 680
    assert browser.evaluate("document.documentElement.scrollWidth") <= 900
    assert browser.evaluate(
        "[...document.querySelectorAll('svg.figure')].some(e => e.checkVisibility())"
    )
