"""The summary page of a survey: distributions over files, the worst, and what would help."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.aliasing.causes import CAUSES
from invarsig.diagnosis import Progress
from invarsig.errors import WriteError
from invarsig.io.whole_file import write_whole
from invarsig.report.drawing import Drawing
from invarsig.report.html import environment, policy, text_of
from invarsig.report.page import ENDINGS
from invarsig.report.split import NAMES
from invarsig.report.wording import off, printable, quantity, shortened, two_digits
from invarsig.survey.charts import MOST_CURVES, bar, distribution, kinds
from invarsig.survey.columns import NOT_KNOWN
from invarsig.survey.paired import pairs_of_survey
from invarsig.survey.pairs import Pair, chance_in_words, change_in_words, times
from invarsig.survey.results import Survey, require_rows
from invarsig.survey.sentences import about_files, about_pairs, main_causes, opening

__all__ = ["render", "write"]

_FOLDER = Path(__file__).parent

# Rows of the table of files without a result, and of that of changes.
_FAILED, _CHANGES = 50, 8

# Comparisons of two pipelines that are said in front; the table has all.
_SAID = 3

# How many of the worst files are named at least.
_WORST = 10

_GRADES = {"negligible": "zone-0", "slight": "zone-1", "clear": "zone-2", "severe": "zone-3"}


@dataclass(frozen=True)
class _Spread:
    """Errors of one pipeline along one dim."""

    pipeline: str
    files: int
    unknown: int
    cells: list[tuple[str, str]]
    grades: str


@dataclass(frozen=True)
class _Along:
    """One dim: its figure, and a row for each pipeline."""

    dim: str
    figure: Drawing | None
    rows: list[_Spread]


@dataclass(frozen=True)
class _Worst:
    """One of the worst files."""

    name: str
    link: str
    pipeline: str
    error: str
    at: str
    cause: str
    change: str
    after: str


@dataclass(frozen=True)
class _Paired:
    """Two pipelines along one dim, file by file."""

    name: str
    dim: str
    change: str
    interval: str
    counts: str
    chance: str
    work: str
    output: str


@dataclass(frozen=True)
class _Change:
    """A change that was tried on files."""

    name: str
    tried: int
    best: int
    gain: str
    after: str


def write(found: Survey, path: str | os.PathLike[str], pages: int, tell: Progress) -> Path:
    """Write the page, after the pages of the worst files.

    Parameters
    ----------
    found
        The survey.
    path
        Where the page is to stand.
    pages
        How many of the worst files get a page.
    tell
        Progress, 0 to 1.
    """
    parameters.ending(path, "A page", *ENDINGS)
    parameters.count(pages, "pages", least=0)
    require_rows(found)
    place = Path(path)
    worst = found.worst(max(pages, _WORST))
    columns = (worst[name].to_numpy()[:pages].tolist() for name in ("input", "pipeline", "sha256"))
    links: dict[tuple[str, str], str] = {}
    for number, (name, pipeline, content) in enumerate(zip(*columns, strict=True)):
        tell(f"page of {name}", number / pages)
        folder = place.parent / f"{place.stem}_pages"
        file = folder / _file_name(name, pipeline, content)
        if found.work is not None and not file.is_file():
            _write_page(found, name, pipeline, file)
        if file.is_file():
            links[name, pipeline] = f"{folder.name}/{file.name}"
    tell("page", 1.0)
    return write_whole(place, render(found, links, worst))


def _write_page(found: Survey, name: str, pipeline: str, file: Path) -> None:
    """Write the page of one file; one that is gone by now has none."""
    file.parent.mkdir(exist_ok=True)
    source = Path(os.path.normpath(found.path.parent / name))
    try:
        found.work.page(source, pipeline, file)  # type: ignore[union-attr]
    except WriteError:
        raise
    except Exception:  # noqa: BLE001 - a pipeline of the user's own may raise any
        return


def _file_name(name: str, pipeline: str, content: str) -> str:
    """Name of a page: from the file's, and of its own for each content and pipeline."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", Path(name).stem)[:40] or "file"
    told = hashlib.sha256(f"{name}\0{pipeline}\0{content}".encode("utf-8", "backslashreplace"))
    return f"{stem}-{told.hexdigest()[:10]}.html"


def render(
    found: Survey,
    links: Mapping[tuple[str, str], str] | None = None,
    worst: xr.Dataset | None = None,
) -> str:
    """Render the page as one HTML document without a script.

    Parameters
    ----------
    found
        The survey.
    links
        Addresses of pages, by file and pipeline.
    worst
        Rows of the worst files, as `Survey.worst` gives them.

    Returns
    -------
    str
        The same survey gives the same text.
    """
    from markupsafe import Markup

    style = "".join(map(text_of, ("tokens.css", "base.css", "page.css")))
    style += (_FOLDER / "survey.css").read_text(encoding="utf-8")
    failed = found.failed
    page = environment(_FOLDER).get_template("survey.html.jinja")
    return page.render(
        title="Survey of translation equivariance",
        opening=opening(found),
        said=[*about_pairs(found)[:_SAID], *about_files(found)],
        version=found.asked.get("version", ""),
        count=len(found.names),
        alongs=[_along(found, dim, k) for k, dim in enumerate(found.dims, 1)],
        left_out=max(len(found.pipelines) - MOST_CURVES, 0),
        reference=shortened(printable((found.pipelines or [""])[0]), 60),
        pairs=[_paired(each) for each in pairs_of_survey(found)],
        causes=[(printable(each), Markup(_causes(found, each))) for each in found.pipelines],
        several=len(found.pipelines) > 1,
        changes=_changes(found),
        worst=_worst(found.worst(_WORST) if worst is None else worst, links or {}),
        failed=_failed(found),
        more_failed=max(failed.sizes["row"] - _FAILED, 0),
        asked=[(printable(k), printable(v)) for k, v in found.asked.items()],
        policy=policy(style),
        style=Markup(style),
    )


def _along(found: Survey, dim: str, number: int) -> _Along:
    from markupsafe import Markup

    data, table = found.quantiles().sel(dim=dim), found.table
    rows = []
    for pipeline in found.pipelines:
        one = data.sel(pipeline=pipeline)
        if not one.files and not one.unknown:
            continue
        own = ((table.pipeline == pipeline) & (table.dim == dim)).to_numpy()
        told = table.severity.to_numpy()[own].tolist()
        parts = kinds(told, list(_GRADES), "not known")
        cells = [
            (off(float(error)) if one.files else "not known", _interval(float(low), float(high)))
            for error, low, high in zip(
                *(one[name].to_numpy() for name in ("error", "low", "high")), strict=True
            )
        ]
        graded = Markup(bar(parts, _GRADES))
        rows.append(_Spread(printable(pipeline), int(one.files), int(one.unknown), cells, graded))
    return _Along(printable(dim), distribution(found, dim, f"along-{number}"), rows)


def _interval(low: float, high: float) -> str:
    return f"{off(low)} to {off(high)}" if np.isfinite([low, high]).all() else ""


def _paired(each: Pair) -> _Paired:
    low, high = each.interval
    cost = each.cost
    return _Paired(
        printable(each.second),
        printable(each.dim),
        change_in_words(each.median),
        f"{change_in_words(low).removesuffix(' dB')} to {change_in_words(high)}"
        if np.isfinite(low)
        else "",
        f"{each.better} better, {each.worse} worse"
        + (f", {each.alike} the same" if each.alike else ""),
        chance_in_words(each.chance),
        times(cost.work) if np.isfinite(cost.work) else "not known",
        times(cost.output) if np.isfinite(cost.output) else "not known",
    )


def _causes(found: Survey, pipeline: str) -> str:
    """Main causes of the files' verdicts, a file each."""
    causes = main_causes(found, pipeline)
    if not causes:
        return ""
    parts = kinds(causes, [*CAUSES, NOT_KNOWN], "no main cause")
    return bar(parts, {each: f"cause-{each}" for each in CAUSES})


def _changes(found: Survey) -> list[_Change]:
    """Changes that were tried, the one that is best most often first."""
    table = found.table
    first = _first_rows(table.input.to_numpy().tolist(), table.pipeline.to_numpy().tolist())
    gains: dict[str, list[tuple[float, float, bool]]] = {}
    for row in first:
        names = table.remedy_name.to_numpy()[row].tolist()
        values = (table[f"remedy_{name}"].to_numpy()[row].tolist() for name in ("gain", "after"))
        for place, (name, gain, after) in enumerate(zip(names, *values, strict=True)):
            if name and gain == gain:  # noqa: PLR0124 - not NaN
                gains.setdefault(name, []).append((gain, after, place == 0))
    made = [
        _Change(
            printable(name),
            len(each),
            sum(best for _, _, best in each),
            f"{two_digits(float(np.median([gain for gain, _, _ in each])))} dB",
            off(float(np.median([after for _, after, _ in each]))),
        )
        for name, each in gains.items()
    ]
    return sorted(made, key=lambda each: (-each.best, -each.tried, each.name))[:_CHANGES]


def _first_rows(names: Sequence[str], pipelines: Sequence[str]) -> list[int]:
    """One row of each file and pipeline: what is of a file stands in all of them."""
    found: dict[tuple[str, str], int] = {}
    for place, pair in enumerate(zip(names, pipelines, strict=True)):
        found.setdefault(pair, place)
    return list(found.values())


def _worst(rows: xr.Dataset, links: Mapping[tuple[str, str], str]) -> list[_Worst]:
    made = []
    for place in range(rows.sizes["row"]):
        row = rows.isel(row=place)
        name, pipeline = str(row.input.item()), str(row.pipeline.item())
        change, after = str(row.remedy_name.item(0)) if rows.sizes["remedy"] else "", ""
        if change:
            after = f"{off(float(row.verdict))} → {off(float(row.remedy_after[0]))}"
        cause = str(row.main_cause.item())
        made.append(
            _Worst(
                printable(name),
                links.get((name, pipeline), ""),
                shortened(printable(pipeline), 48),
                off(float(row.worst)),
                f"{quantity(abs(float(row.worst_shift)), str(row.unit.item()))} along "
                f"{printable(row.dim.item())}",
                NAMES.get(cause, cause) or "no main cause",
                printable(change) or "none found",
                after,
            )
        )
    return made


def _failed(found: Survey) -> list[tuple[str, str, str]]:
    rows = found.failed.isel(row=slice(_FAILED))
    columns = (rows[name].to_numpy().tolist() for name in ("input", "pipeline", "error"))
    return [(printable(a), printable(b), printable(c)) for a, b, c in zip(*columns, strict=True)]
