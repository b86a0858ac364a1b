"""The table of remedies: a row for each, in words, and which columns there are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from invarsig.report.headline import mendable
from invarsig.report.reading import AxisReading
from invarsig.report.remedy_words import LOST, gain_in_words, remedy_column
from invarsig.report.wording import level_in_words, percent, typeset

__all__ = ["RemedyColumns", "remedy_rows"]


@dataclass(frozen=True)
class RemedyColumns:
    """Which of the columns and marks that need not be there the table of remedies has.

    Parameters
    ----------
    lost, best
        Columns: the band that is lost, and the Pareto front.
    from_lift, aligned
        Marks: of predictions from the pipeline as it is, and of results after alignment.
    """

    lost: bool
    best: bool
    from_lift: bool
    aligned: bool

    @classmethod
    def of(cls, reading: AxisReading) -> RemedyColumns:
        """Columns that say anything."""
        count = len(reading.words("remedy_name"))

        def column(name: str) -> np.ndarray:
            return remedy_column(reading, f"remedy_{name}", count)

        return cls(
            bool((column("lost") > LOST).any()),
            bool(np.isfinite(column("best")).any()),
            bool((column("from_lift") == 1).any()),
            bool((column("aligned") == 1).any()),
        )


def remedy_rows(reading: AxisReading) -> list[dict[str, str]]:
    """Rows of the table of remedies."""
    names = reading.words("remedy_name") if mendable(reading) else []
    reasons, pipelines = reading.words("remedy_reason"), reading.words("remedy_pipeline")

    def column(name: str) -> list[float]:
        if f"remedy_{name}" not in reading.data.variables:
            return [math.nan] * len(names)
        return [float(value) for value in reading.values(f"remedy_{name}")]

    def gained(gain: float, left: float) -> str:
        return typeset(gain_in_words(gain, left, "{:.1f} dB")) or "not known"

    gain, left = column("gain"), column("measured")
    expected, hoped = column("gain_predicted"), column("predicted")
    cost, size = column("cost"), column("size")
    lost, best = column("lost"), column("best")
    from_lift, aligned = column("from_lift"), column("aligned")
    return [
        {
            "name": name[:1].upper() + name[1:],
            "reason": reasons[k] if k < len(reasons) else "",
            "pipeline": pipelines[k] if k < len(pipelines) else "",
            "gain": gained(gain[k], left[k]) + (" \N{DAGGER}" if aligned[k] == 1 else ""),
            "expected": gained(expected[k], hoped[k]) + (" *" if from_lift[k] == 1 else ""),
            "left": level_in_words(left[k]).replace("-", "\N{MINUS SIGN}"),
            "cost": _plain(cost[k], "× {:.3g}"),
            "size": _plain(size[k], "× {:.3g}"),
            "lost": typeset(percent(lost[k])) if lost[k] > LOST else "none",
            "best": "yes" if best[k] == 1 else "no",
        }
        for k, name in enumerate(names)
    ]


def _plain(value: float, form: str) -> str:
    return (
        form.format(value).replace("-", "\N{MINUS SIGN}") if math.isfinite(value) else "not known"
    )
