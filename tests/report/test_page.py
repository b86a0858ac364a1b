"""The page is whole, strict, small and the same each time, whatever the tree holds."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
import xarray as xr

from invarsig.errors import ParameterError, WriteError
from invarsig.report.page import fragment, render, write
from tests.report.trees import (
    HOSTILE,
    chosen_axis,
    comparison,
    given_tree,
    tree_of,
    with_power,
    with_square,
    with_swaps,
)


class Outline(HTMLParser):
    """What an HTML parser finds: elements with their attributes, and their texts."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self._open = [], {}, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if self._open:
            self.texts.setdefault(self._open[-1], []).append(data)

    def named(self, *tags):
        return [attrs for tag, attrs in self.elements if tag in tags]


@pytest.fixture(scope="module")
def page(default_tree):
    return render(default_tree)


@pytest.fixture(scope="module")
def outline(page):
    return Outline(page)


def test_the_default_page_is_under_1_mb(page):
    assert len(page.encode()) < 1_000_000


def test_a_page_of_noise_alone_is_under_1_mb():
    rng = np.random.default_rng(6)
    shifts = tuple(np.arange(1.0, 7.0))
    nodes = [with_square(chosen_axis(), rng, shape, shifts) for shape in [(256, 256)] * 4]
    assert len(render(tree_of(*nodes)).encode()) < 1_000_000


@pytest.mark.nightly
def test_the_same_tree_gives_the_same_page(default_tree, page):
    assert render(default_tree.copy(deep=True)) == page


def test_the_policy_allows_the_style_and_the_script_by_their_hashes_alone(page, outline):
    policy = outline.named("meta")[1]["content"]

    def digest(tag):
        text = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL).group(1)
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest('style')}'; "
        f"script-src 'sha256-{digest('script')}'; base-uri 'none'; form-action 'none'"
    )
    assert len(outline.named("script")) == len(outline.named("style")) == 1


def test_nothing_in_the_page_needs_what_the_policy_forbids(outline):
    for _, attrs in outline.elements:
        assert "style" not in attrs
        assert not any(name.startswith("on") for name in attrs)


def test_nothing_is_loaded_from_anywhere(page, outline):
    references = [
        value
        for _, attrs in outline.elements
        for name, value in attrs.items()
        if name in ("href", "src", "srcset", "data", "action", "xlink:href")
    ]
    assert references
    assert all(each.startswith(("#", "data:image/png;base64,")) for each in references)
    assert set(re.findall(r"https?://[^\s\"'<]*", page)) == {"http://www.w3.org/2000/svg"}
    assert "@import" not in page


def test_every_figure_has_alternative_text(outline):
    figures = [attrs for attrs in outline.named("svg") if attrs.get("aria-hidden") != "true"]
    assert len(figures) > 20
    assert all(attrs["role"] == "img" and len(attrs["aria-label"]) > 20 for attrs in figures)
    assert outline.named("img") == []


def test_headings_come_in_order_and_links_lead_somewhere(outline):
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    ids = [attrs["id"] for _, attrs in outline.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    wanted = [attrs["href"][1:] for attrs in outline.named("a")]
    wanted += [
        attrs["aria-labelledby"] for _, attrs in outline.elements if "aria-labelledby" in attrs
    ]
    wanted += [attrs["for"] for attrs in outline.named("label", "output") if "for" in attrs]
    wanted += [
        attrs["popovertarget"] for attrs in outline.named("button") if "data-copy" not in attrs
    ]
    wanted += [attrs["data-copy"] for attrs in outline.named("button") if "data-copy" in attrs]
    assert set(wanted) <= set(ids)


def test_every_part_of_the_report_is_there_in_its_order(page):
    parts = (
        "See it",
        "How far you move matters",
        "Which detail turns into false detail",
        "Stage by stage",
        "How it was measured",
        "Checks of the theory",
        "Words</h2>",
    )
    places = [page.index(heading) for heading in parts]
    assert places == sorted(places)
    text = render(given_tree(chosen_axis()))
    first = ("Do this: pool in two soft steps", "How bad is it?", ">Why<", "What would help")
    places = [text.index(heading) for heading in first]
    assert places == sorted(places)


def test_provenance_is_complete():
    text = render(tree_of(chosen_axis()))
    for part in (
        "ab" * 32,
        "numpy 2.4.6, scipy 1.18",
        "2026-01-02T03:04:05+00:00",
        "data/speech.flac",
    ):
        assert part in text
    for part in ("total stride: 4 samples", "shifts: 2 ms, 4 ms, 8 ms"):
        assert part in text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_page_leads_with_the_finding_and_a_card_for_each_input():
    tree = given_tree(chosen_axis(), name="camera.png")
    tree["input_2"] = tree_of(chosen_axis(), name="old.flac")["input_1"]
    text = render(tree).replace("\N{NO-BREAK SPACE}", " ")
    assert "Move the picture by 2 px along y and x and the result is 13 % off." in text
    assert "Both results change when the input moves. One change fixes 1 of them" in text
    assert re.search(r"camera\.png</b>.*?13 %</s>.*?0\.5 %.*?one change", text)
    assert re.search(r"old\.flac</b>.*?26 %</span><small>worst error", text)


def test_what_the_library_says_of_a_missing_figure_is_folded_away():
    notes = "interior: use protocol='cut' A\ninterior: use protocol='cut' B\ncrop: short"
    interior = ("length", [np.nan] * 3)
    text = render(tree_of(chosen_axis(interior=interior, attrs={"protocol_notes": notes})))
    assert text.count("use protocol=") == 2
    assert text.index("use protocol=") > text.index("How it was measured")


@pytest.mark.parametrize("silent", [np.nan, 1e-15])
def test_a_silent_signal_has_a_page_without_figures_and_remedies(silent):
    same = ("length", [silent] * 3)
    text = render(tree_of(chosen_axis(measured=same, invariance=same, interior=same)))
    assert "the error is undefined: the signal is silent or constant" in text
    assert "What would help" not in text
    assert [attrs for attrs in Outline(text).named("svg") if attrs.get("role") == "img"] == []


def test_minus_signs_of_operators_are_typeset_in_prose():
    node = chosen_axis(operator=("stage", ["Log(floor -60)", "MaxPool(time: 4)"]))
    text = re.sub(r'aria-label="[^"]*"', "", render(tree_of(node, pipeline="Log(floor -60)")))
    prose = re.sub(r"<code>.*?</code>", "", text)
    assert "floor -60" not in prose
    assert "floor \N{MINUS SIGN}60" in prose


def test_without_the_script_the_worst_move_is_shown(outline):
    drawings = [attrs for attrs in outline.named("figure") if attrs.get("class") == "drawing"]
    sliders = [attrs for attrs in outline.named("div") if attrs.get("class") == "slider"]
    assert len(drawings) > len(sliders) == 4
    assert sum("hidden" not in attrs for attrs in drawings) == 4
    assert all("hidden" in attrs for attrs in sliders)


def hostile_tree():
    rng = np.random.default_rng(7)
    node = with_power(
        with_square(chosen_axis(), rng), rng.random((3, 8)), [-1, 0, 1], np.arange(-4.0, 4)
    )
    node = with_swaps(node)
    texts = ("dim", "unit", "frequency_unit", "treatment", "protocol_notes")
    node.attrs.update(dict.fromkeys(texts, HOSTILE))
    node["operator"] = (node["operator"].dims, [HOSTILE] * node["operator"].size)
    for name in ("square_position", "square_other"):
        node[name].attrs.update(long_name=HOSTILE, units=HOSTILE)
    node["moved_first"].attrs["description"] = HOSTILE
    root = dict.fromkeys(("title", "version", "versions", "created", "seed"), HOSTILE)
    entry = dict.fromkeys(("name", "source", "sha256", "sizes", "pipeline", "notes"), HOSTILE)
    lost = node.assign_attrs(lost=1)
    unexplained = node.assign_attrs(explained=0, unexplained=HOSTILE)
    tree = tree_of(node, lost, unexplained, attrs=root, **entry)
    texts = dict.fromkeys(("pipeline", "input", "dim", "unit", "stage"), [HOSTILE] * 4)
    tree.dataset = comparison(**texts).assign_attrs(tree.attrs)
    return tree


def test_hostile_text_is_shown_as_text():
    text = render(hostile_tree())
    outline = Outline(text)
    assert outline.named("img") == []
    assert not any("onerror" in attrs for _, attrs in outline.elements)
    assert len(outline.named("script")) == 1
    assert HOSTILE in outline.texts["title"]
    assert any(HOSTILE in each for each in outline.texts["h2"])
    assert HOSTILE in "".join(outline.texts["code"])


def test_hostile_names_in_a_comparison_are_shown_as_text():
    outline = Outline(render(hostile_tree()))
    captions = "".join(outline.texts["caption"])
    assert f"Along {HOSTILE} of {HOSTILE}, best first" in captions
    assert HOSTILE in outline.texts["a"]


def compared(**changes):
    tree = tree_of(chosen_axis(), chosen_axis(attrs={"dim": "frequency"}))
    tree.dataset = comparison(**changes).assign_attrs(tree.attrs)
    return tree


def test_a_comparison_comes_first_and_is_sorted():
    text = render(compared())
    assert text.index('id="comparison"') < text.index("<article")
    table = text[text.index("<caption") : text.index("</table>")]
    rows = re.findall(
        r'role="rowheader">(.*?)<svg.*?cell num">(.*?)</span></td><td[^>]*>(.*?)</td>', table
    )
    space, minus = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"
    assert rows == [
        ('<a href="#input-1">blur</a>', f"{minus}40.0{space}dB", "best"),
        ("mean", f"{minus}16.0{space}dB", f"24.0{space}dB"),
        ('<a href="#input-1">max</a>', f"{minus}10.0{space}dB", f"30.0{space}dB"),
    ]
    assert 'aria-sort="ascending">Error' in table


def test_the_bars_of_a_comparison_are_relative_to_its_largest_error():
    table = render(compared()).partition("</table>")[0]
    widths = re.findall(r'class="fill" width="([\d.]+)"', table)
    assert widths == ["3.16", "50.00", "100.00"]


def test_every_table_of_a_comparison_has_a_caption_and_headers_with_scopes():
    outline = Outline(render(compared()))
    assert outline.texts["caption"][:2] == [
        "Along time of speech, best first",
        "Along time of music, best first",
    ]
    assert all(attrs.get("scope") in ("col", "row") for attrs in outline.named("th"))


def test_a_page_of_one_diagnosis_has_no_comparison(page):
    assert 'id="comparison"' not in page


def test_a_hostile_tree_gives_a_harmless_fragment():
    outline = Outline(fragment(hostile_tree()))
    tags = {tag for tag, _ in outline.elements}
    assert not tags & {"script", "img", "iframe", "object", "link", "form"}
    for _, attrs in outline.elements:
        assert not any(name.startswith("on") or name == "style" for name in attrs)
        assert attrs.get("href", "#").startswith(("#", "data:image/png;base64,"))


def test_a_fragment_shows_the_sections_and_figures_with_a_style_that_holds_inside_alone():
    rng = np.random.default_rng(9)
    text = fragment(given_tree(with_square(chosen_axis(), rng)))
    for part in ("Do this:", "How bad is it?", "See it", "How far you move matters"):
        assert part in text
    assert text.count('<figure class="drawing"') == 1
    assert 'class="figure"' in text
    style = text[text.index("<style>") + 7 : text.index("</style>")]
    outside = re.sub(r"@media[^{]*", "", style)
    depth, heads, head = 0, [], ""
    for each in outside:
        if each == "{":
            heads += [head.strip()] if depth == 0 and head.strip() else []
            depth, head = depth + 1, ""
        elif each == "}":
            depth, head = depth - 1, ""
        else:
            head += each
    assert set(heads) == {".invarsig"}
    assert "<script" not in text
    assert 'class="copy"' not in text


def test_a_name_that_is_no_unicode_is_shown_as_escapes():
    text = render(tree_of(chosen_axis(), name="Gl\udcfcck\x00.wav"))
    assert "Gl\\udcfcck\\x00.wav" in text
    text.encode("utf-8")


@pytest.mark.parametrize(
    "node",
    [
        chosen_axis(attrs={"nan": 1}),
        chosen_axis(measured=("length", [np.nan] * 3)),
        chosen_axis(attrs={"lost": 1, "explained": 0}, drop=["predicted", "predicted_curve"]),
        chosen_axis(attrs={"explained": 0, "explained_error": 0.3}),
        chosen_axis(measured=("length", [0.0] * 3), predicted=("length", [0.0] * 3)),
        xr.Dataset(coords={"length": [1.0]}, attrs={"dim": "x"}),
        xr.Dataset(attrs={"dim": "x"}),
    ],
    ids=["nan", "silence", "lost", "unexplained", "perfect", "bare", "empty"],
)
def test_an_axis_of_which_little_is_known_has_a_page(node):
    outline = Outline(render(tree_of(node)))
    assert "speech.flac" in outline.texts["p"]
    assert outline.named("h2")


def test_an_empty_tree_has_a_page():
    assert "Nothing was diagnosed." in render(xr.DataTree())


def test_a_page_survives_a_round_trip_through_netcdf(tmp_path):
    tree = tree_of(with_square(chosen_axis(), np.random.default_rng(8)))
    tree.to_netcdf(tmp_path / "tree.nc", engine="h5netcdf")
    with xr.open_datatree(tmp_path / "tree.nc", engine="h5netcdf") as again:
        assert render(again.load()) == render(tree)


def test_a_page_is_written_whole_or_not_at_all(tmp_path):
    tree = tree_of(chosen_axis())
    path = write(tree, tmp_path / "report.html")
    assert path.read_text(encoding="utf-8") == render(tree)
    with pytest.raises(WriteError, match="not a folder"):
        write(tree, tmp_path / "nowhere" / "report.html")
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def contrast(one, other):
    """Contrast ratio of two colours, as WCAG defines it."""

    def luminance(colour):
        parts = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_and_lines_stand_out_from_both_backgrounds(page, scheme):
    blocks = re.findall(r":root \{(.*?)\}", page, re.DOTALL)
    block = dict(zip(["light", "dark"], blocks, strict=False))[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", block))
    for ground in ("page", "sheet"):
        for role in ("ink", "muted", "accent"):
            assert contrast(colours[role], colours[ground]) >= 4.5
        for role in ("line", *(f"image-{k}" for k in range(1, 7))):
            assert contrast(colours[role], colours[ground]) >= 3.0


def test_the_light_page_and_the_figures_agree_on_their_colours(page):
    from invarsig.report.colours import ROLES

    block = re.search(r":root \{(.*?)\}", page, re.DOTALL).group(1)
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", block))
    assert {role: colours[role] for role in ROLES} == ROLES


def test_sentences_are_had_without_matplotlib():
    code = (
        "import sys; from invarsig.report.summary import summary; import invarsig.report.page; "
        "print([name for name in ('matplotlib', 'jinja2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_decibels_and_agreements_to_rounding_are_folded_away():
    rng = np.random.default_rng(7)
    node = with_power(
        with_square(chosen_axis(), rng), rng.random((3, 8)), [-1, 0, 1], np.arange(-4.0, 4)
    )
    text = render(given_tree(node))
    for part in ("<style>.*?</style>", "<details>.*?</details>", "<svg.*?</svg>", "<script>.*"):
        text = re.sub(part, "", text, flags=re.DOTALL)
    text = text[: text.index('id="words"')]
    assert "13\N{NO-BREAK SPACE}%" in text
    assert "dB" not in text
    assert not re.search(r"\de(-|\N{MINUS SIGN})\d", text)


@pytest.mark.parametrize("name", ["found.json", "sound.wav", "page", ".html", "page.html.png"])
def test_a_page_does_not_take_the_place_of_another_kind_of_file(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(ParameterError, match=r"A page ends in \.html or \.htm, and"):
        write(tree_of(chosen_axis()), tmp_path / name)
    assert (tmp_path / name).read_text() == "mine"
