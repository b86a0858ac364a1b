"""At the border: whether the padding is at fault, or the test's own seam is all that shows."""

from __future__ import annotations

import numpy as np

from invarsig.report.reading import InputReading
from invarsig.report.section import Section
from invarsig.report.verdict import VERDICT_READS, Verdict, thing
from invarsig.report.verdict_words import why_missing
from invarsig.report.wording import off

__all__ = ["SECTION"]


def _sentences(reading: InputReading) -> list[str]:
    verdict = Verdict(reading)
    cut = verdict.worst_cut
    if cut is None:
        reason = why_missing(reading, "cut_reason")
        if not reason:
            return []
        lead = "Whether two real cuts differ at the border is not known: none could be compared, as"
        return [f"{lead} {reason}."]
    apart = verdict.length(cut.move)
    if cut.told:
        what = (
            "places are treated differently" if _position(reading) else "it is the padding's fault"
        )
        told = f"real cuts of the {thing(reading)}, {apart} apart, differ by {off(cut.error)}"
        return [f"At the border {what}: {told} where they overlap."]
    if verdict.seam_only:
        told = f"real cuts, {apart} apart, agree where they overlap"
        return [f"At the border there is only the test's own seam: {told}."]
    return [f"The padding does no harm: real cuts, {apart} apart, agree where they overlap."]


def _position(reading: InputReading) -> bool:
    """Whether position, and not the border, is the larger cause up to the edge."""
    names, bars = reading.words("cause"), reading.words("cause_bar")
    if "cause_share" not in reading.data.variables or not {"border", "position"} <= set(names):
        return False
    values = reading.values("cause_share")[bars.index("whole") if "whole" in bars else 0]
    if not np.isfinite(values).all():
        return False
    position, border = (values[names.index(name)].sum() for name in ("position", "border"))
    return bool(position > abs(border))


SECTION: Section[InputReading] = Section(
    key="edges",
    title="",
    about="input",
    place="why",
    reads=(*VERDICT_READS, "cause", "cause_bar", "cause_share"),
    when=("known", "blind"),
    sentences=_sentences,
    brief=_sentences,
)
