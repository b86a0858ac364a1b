"""What would help along one axis made periodic, where nothing was tried on the signal as given."""

from __future__ import annotations

import math

import numpy as np

from invarsig.report.gains import gain_in_words
from invarsig.report.headline import mendable
from invarsig.report.limits import LOST, WORTHWHILE
from invarsig.report.reading import AxisReading
from invarsig.report.section import Cell, Row, Section, Table
from invarsig.report.wording import capital, off, percent, shortened

__all__ = ["SECTION"]


def _column(reading: AxisReading, name: str) -> list[float]:
    count = len(reading.words("remedy_name"))
    values = reading.over(f"remedy_{name}", "remedy")
    return [float(values[k]) if k < values.size else math.nan for k in range(count)]


def _table(reading: AxisReading) -> Table | None:
    names = reading.words("remedy_name") if mendable(reading) else []
    if not names:
        return None
    reasons = reading.words("remedy_reason")
    left, gain, hoped = (_column(reading, each) for each in ("measured", "gain", "gain_predicted"))
    predicted = _column(reading, "predicted")
    cost, size, lost = (_column(reading, each) for each in ("cost", "size", "lost"))
    aligned = _column(reading, "aligned")
    rows = []
    for k, name in enumerate(names):
        cells = (
            Cell(off(left[k]), left[k]) if not math.isnan(left[k]) else Cell("not known"),
            Cell(_gained(gain[k], left[k]) + (" \N{DAGGER}" if aligned[k] == 1 else "")),
            Cell(_gained(hoped[k], predicted[k])),
            Cell(_times(cost[k])),
            Cell(_times(size[k])),
            Cell(percent(lost[k]) if lost[k] > LOST else "none"),
        )
        rows.append(Row(capital(name), cells, reasons[k] if k < len(reasons) else ""))
    heads = ("Change", "Error left", "Gain", "Predicted", "Work", "Output size", "Detail given up")
    caption = (
        f"Along {reading.dim} made periodic; the error left is the root mean square over a few "
        "shifts."
    )
    if any(each == 1 for each in aligned):
        caption += " \N{DAGGER} After the chosen samples are aligned."
    return Table(heads, tuple(rows), caption)


def _gained(gain: float, left: float) -> str:
    return gain_in_words(gain, left, "{:.1f} dB") or "not known"


def _times(value: float) -> str:
    return f"\N{MULTIPLICATION SIGN} {value:.3g}" if math.isfinite(value) else "not known"


def _sentences(reading: AxisReading) -> list[str]:
    names = reading.words("remedy_name") if mendable(reading) else []
    gains = np.asarray(_column(reading, "gain"))
    found = []
    if names and np.isfinite(gains).any() and not np.nanmax(gains) >= WORTHWHILE:
        found.append("None of the changes tried takes away as much as a tenth of the error.")
    if names and reading.only_part:
        found.append(f"Changes were tried {reading.only_part}, not on all segments.")
    return found


def _brief(reading: AxisReading) -> list[str]:
    names = reading.words("remedy_name") if mendable(reading) else []
    gains, left = np.asarray(_column(reading, "gain")), _column(reading, "measured")
    if not names or not np.isfinite(gains).any() or not np.nanmax(gains) >= WORTHWHILE:
        return []
    top = int(np.nanargmax(gains))
    lead = f"Made periodic along {reading.dim}, {shortened(names[top], 60)}"
    return [f"{lead} leaves {off(left[top])}."]


SECTION: Section[AxisReading] = Section(
    key="axis-remedies",
    title="What would help along one axis",
    about="axis",
    place="help",
    reads=(
        "remedy_name", "remedy_reason", "remedy_measured", "remedy_predicted", "remedy_gain",
        "remedy_gain_predicted", "remedy_cost", "remedy_size", "remedy_lost", "remedy_aligned",
    ),
    when=("known", "blind"),
    sentences=_sentences,
    brief=_brief,
    table=_table,
    unless="remedy_after",
)  # fmt: skip
