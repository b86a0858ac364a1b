"""The documentation as built: searched, measured and checked in a browser."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import DATA
from tests.report.chromium import Chromium, executable
from tests.report.test_browser import axe_core

pytest.importorskip("sphinx", reason="Sphinx is not installed; the extra docs has it")
pytestmark = [
    pytest.mark.nightly,
    pytest.mark.browser,
    pytest.mark.skipif(executable() is None, reason="there is no Chromium"),
]

QUERIES = {
    "install": "start",
    "first report": "start",
    "wav": "start",
    "choose hop": "how_to/choose_a_hop",
    "hop length": "how_to/choose_a_hop",
    "pytest": "how_to/fail_in_ci",
    "github actions": "how_to/fail_in_ci",
    "baseline": "how_to/fail_in_ci",
    "torch": "how_to/test_my_model",
    "onnx": "how_to/test_my_model",
    "classifier": "how_to/test_my_model",
    "netcdf": "how_to/diagnose_netcdf",
    "longitude": "how_to/diagnose_netcdf",
    "missing values": "how_to/diagnose_netcdf",
    "notebook": "how_to/use_a_notebook",
    "tutorial": "how_to/use_a_notebook",
    "sound notebook": "notebooks/a_sound_in_a_notebook",
    "grid notebook": "notebooks/a_grid_in_a_notebook",
    "librosa": "how_to/get_the_same_numbers",
    "opencv": "how_to/get_the_same_numbers",
    "matlab": "how_to/get_the_same_numbers",
    "max pool": "how_to/choose_a_pool",
    "blur": "how_to/choose_a_pool",
    "custom operator": "how_to/add_an_operator",
    "scikit-learn": "how_to/add_an_operator",
    "shear": "how_to/add_a_move",
    "own measure": "how_to/add_a_measure",
    "experiment": "how_to/add_a_finding",
    "folding": "understand/glossary",
    "nyquist": "understand/mathematics",
    "padding": "reference/conventions",
    "units": "reference/conventions",
    "spectrogram": "reference/generated/invarsig.Spectrogram",
    "diagnose": "reference/generated/invarsig.diagnose",
    "roadmap": "develop/roadmap",
    "exit code": "reference/command_line",
    "json": "reference/json",
    "shell completion": "reference/command_line",
    "stdin pipe": "reference/command_line",
}
RULES = json.dumps({"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
"""The standard's rules; of the theme's landmarks, which are best practice, nothing is asked."""

PAGES = [
    "index",
    "start",
    "how_to/index",
    "how_to/choose_a_pool",
    "how_to/test_my_model",
    "understand/mathematics",
    "understand/glossary",
    "claims",
    "reference/catalogue",
    "reference/command_line",
    "reference/generated/invarsig.MaxPool",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The documentation, built with warnings as errors."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    source = str(DATA.parent / "docs")
    built = subprocess.run(
        [*command, source, str(out)], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return out


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    chromium = Chromium(tmp_path_factory.mktemp("profile"))
    yield chromium
    chromium.close()


def found_by(browser: Chromium, site: Path, query: str) -> list[str]:
    """The pages that the search finds, best first."""
    browser.open(f"{(site / 'search.html').as_uri()}?q={query.replace(' ', '+')}")
    links = (
        "[...document.querySelectorAll('#search-results li a')].map(a => a.getAttribute('href'))"
    )
    ended = "/finished|did not match/.test(document.getElementById('search-results').textContent)"
    until = time.monotonic() + 20
    while not browser.evaluate(ended) and time.monotonic() < until:
        time.sleep(0.1)
    pages = [link.split("#")[0].split("?")[0] for link in browser.evaluate(links)]
    return list(dict.fromkeys(page.removesuffix(".html") for page in pages))


def test_the_search_finds_what_newcomers_type(site, browser):
    assert len(QUERIES) >= 30
    missed = {
        query: found[:10]
        for query, page in QUERIES.items()
        if page not in (found := found_by(browser, site, query))[:10]
    }
    assert missed == {}


def test_no_page_is_longer_than_a_reader_scrolls(site, browser):
    browser.width(1280)
    height = "document.documentElement.scrollHeight"
    tall = {}
    for page in sorted(site.rglob("*.html")):
        name = page.relative_to(site).as_posix()
        if name.startswith("_modules/") or name in {"genindex.html", "py-modindex.html"}:
            continue
        browser.open(page.as_uri())
        if (pixels := browser.evaluate(height)) >= 15_000:
            tall[name] = pixels
    assert tall == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.skipif(axe_core() is None, reason="there is no axe-core; set INVARSIG_AXE")
def test_axe_finds_nothing(site, browser, scheme):
    browser.width(1280)
    browser.scheme(scheme)
    told = {}
    for name in PAGES:
        browser.open((site / f"{name}.html").as_uri())
        browser.evaluate(axe_core().read_text(encoding="utf-8") + "; 0")
        run = f"axe.run({RULES}).then(result => JSON.stringify(result.violations))"
        found = json.loads(browser.evaluate(run))
        if found:
            told[name] = [(each["id"], each["nodes"][0]["html"][:120]) for each in found]
    assert told == {}


def test_every_link_within_the_site_leads_somewhere(site):
    """Sphinx checks references; links written as HTML or as plain paths are left to this."""
    from html.parser import HTMLParser

    broken = []

    class Links(HTMLParser):
        def handle_starttag(self, tag, attrs):
            target = (
                dict(attrs).get("href" if tag == "a" else "src") if tag in {"a", "img"} else None
            )
            if not target or target.startswith(("http", "#", "data:", "mailto:")):
                return
            path = (page.parent / target.split("#")[0].split("?")[0]).resolve()
            if not path.exists():
                broken.append((page.relative_to(site).as_posix(), target))

    for page in site.rglob("*.html"):
        Links().feed(page.read_text(encoding="utf-8"))
    assert broken == []
