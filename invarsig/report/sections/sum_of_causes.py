"""The sum of the causes, checked: the parts add up to the whole error."""

from __future__ import annotations

import math

import numpy as np

from invarsig.report.reading import InputReading
from invarsig.report.section import Section
from invarsig.report.wording import error, listed, percent, power_of_ten

__all__ = ["SECTION"]


def _sentences(reading: InputReading) -> list[str]:
    found = []
    bars = reading.words("cause_bar")
    if "cause_share" not in reading.data.variables:
        return []
    shares = reading.values("cause_share")
    sizes = reading.values("cause_size") if "cause_size" in reading.data.variables else None
    names = reading.words("cause")
    for place, bar in enumerate(bars):
        if not np.isfinite(shares[place]).all():
            continue
        region = "up to the very edge" if bar == "whole" else "where the verdict is taken"
        apart = abs(float(np.sum(shares[place])) - 1)
        size = "exactly" if apart == 0 else f"to within {power_of_ten(apart)}"
        found.append(f"The parts of the error {region} add up to 1, {size}.")
        if sizes is not None:
            told = [
                f"{name} {error(float(each))}"
                for name, each in zip(names, sizes[place], strict=False)
                if math.isfinite(each) and each > 0
            ]
            if told:
                found.append(
                    f"What each cause contributes {region}, relative to the result: {listed(told)}."
                )
        doubt = reading.over("cause_uncertainty", "cause_bar")
        if doubt.size and not np.isfinite(doubt[place]).all():
            found.append(f"One of the two orders of the sum is known {region}, the other is not.")
        elif doubt.size:
            most = float(np.nanmax(np.abs(doubt[place])))
            found.append(f"Both orders of the sum differ by at most {percent(2 * most)} in a part.")
    return found


SECTION: Section[InputReading] = Section(
    key="sum-of-causes",
    title="",
    about="input",
    place="checks",
    reads=("cause_bar", "cause", "cause_share", "cause_size", "cause_uncertainty"),
    when=("known", "blind"),
    sentences=_sentences,
)
