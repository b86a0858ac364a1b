"""Whether folding explains the error along one axis, and how closely: checks of the theory."""

from __future__ import annotations

import math

import numpy as np

from invarsig.report.headline import seamed
from invarsig.report.limits import AGREES, ROUND_OFF, SMALL
from invarsig.report.reading import AxisReading
from invarsig.report.section import Section
from invarsig.report.wording import band, capital, error, percent, power_of_ten, quantity

__all__ = ["SECTION"]


def _sentences(reading: AxisReading) -> list[str]:
    """Whether folding explains the error, and how closely."""
    if reading.lost:
        return []
    if reading.text("unexplained"):
        return [f"Folding is undefined here: {reading.text('unexplained')}"]
    if not reading.explained:
        return [_unexplained(reading)]
    found: list[str] = []
    if reading.stride == 1 and "stride" in reading.data.attrs:
        found.append("Every sample is kept (a total stride of 1), so nothing folds at a stride.")
    found += _agreement(reading)
    part = f"{capital(reading.only_some)}: " if reading.only_some else ""
    found += [part + each for each in _orbit(reading)]
    found += _nyquist(reading)
    return found


def _unexplained(reading: AxisReading) -> str:
    step = quantity(reading.number("step") * reading.stride, reading.unit)
    count = quantity(float(reading.stride), "sample")
    size = reading.number("explained_error")
    seam = ", or the seam where the ends were joined" if seamed(reading) else ""
    return (
        f"Folding alone does not explain this operator: moving the input by one total stride "
        f"({count}, {step}) does not move the output by one sample, the two differ by "
        f"{error(size)}. The rest is made by borders, by weights that differ from place to place, "
        f"by rounding inside{seam}."
    )


def _agreement(reading: AxisReading) -> list[str]:
    measured, predicted = reading.over_shift("measured"), reading.over_shift("predicted")
    known = np.isfinite(measured) & np.isfinite(predicted)
    exact = known & reading.exactly_predicted
    found: list[str] = []
    if exact.any():
        apart = np.abs(measured - predicted)[exact]
        larger = np.maximum(measured, predicted)[exact]
        count = f"{int(exact.sum())} of {measured.size} shifts"
        worst = float(apart.max())
        if (larger <= ROUND_OFF).all():
            found.append(f"At {count} folding predicts no error, and none is measured.")
        elif (apart <= np.maximum(AGREES * larger, ROUND_OFF)).all():
            found.append(
                "Folding explains the error: prediction and measurement agree "
                f"{f'to {power_of_ten(worst)} of the output' if worst > 0 else 'exactly'} at "
                f"{count}, where the prediction is exact."
            )
        else:
            found.append(
                f"Folding explains only part of the error: at {count} the prediction should be "
                f"exact, and it is off by up to {error(worst)}."
            )
    return found


def _orbit(reading: AxisReading) -> list[str]:
    variance, folded = reading.scalar("orbit_variance"), reading.scalar("folded_energy")
    energy = reading.scalar("output_energy")
    if not (math.isfinite(variance) and math.isfinite(folded)):
        return []
    if not energy > 0:
        return ["The folded share is undefined: the output has no energy beside its mean."]
    if max(variance, folded) <= ROUND_OFF**2 * energy:
        return [
            "No energy folds: the outputs of all shifts, moved back, are the same up to round-off."
        ]
    apart = abs(variance - folded) / max(variance, folded)
    share = percent(folded / energy)
    if apart <= AGREES or abs(variance - folded) <= ROUND_OFF**2 * energy:
        return [
            (
                f"{share} of the output's energy has folded onto it. Measured by shifting (the "
                "variance of the outputs of all shifts, moved back) and taken from the spectrum, "
                "that is one number, to "
                f"{f'a relative {power_of_ten(apart)}' if apart > 0 else 'the last digit'}."
            )
        ]
    return [
        (
            f"From the spectrum {share} of the output's energy has folded onto it; measured by "
            f"shifting it is {percent(variance / energy)}. The two should be one number, and "
            f"differ by {percent(apart)}."
        )
    ]


def _nyquist(reading: AxisReading) -> list[str]:
    size, part = reading.at_worst("measured"), reading.at_worst("measured_nyquist")
    if not (size > ROUND_OFF and math.isfinite(part)) or part <= 0:
        return []
    share = min((part / size) ** 2, 1.0)
    if share < SMALL:
        return []
    out_step = abs(reading.number("out_step"))
    where = ""
    if out_step > 0 and math.isfinite(out_step):
        where = f" ({band(1 / (2 * out_step), 1 / (2 * out_step), reading.frequency_unit)})"
    return [
        (
            f"{percent(share)} of the error's energy at "
            f"{quantity(reading.worst_shift, reading.unit)} is in one bin, the output's Nyquist "
            f"frequency{where}."
        )
    ]


SECTION: Section[AxisReading] = Section(
    key="folding",
    title="Does folding explain the error?",
    about="axis",
    place="checks",
    reads=(
        "predicted", "exact", "measured_nyquist", "orbit_variance", "folded_energy",
        "output_energy",
    ),
    when=("known", "blind"),
    sentences=_sentences,
)  # fmt: skip
