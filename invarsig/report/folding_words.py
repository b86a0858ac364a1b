"""The words for folding: whether it explains the error, and which frequencies fold onto which."""

from __future__ import annotations

import math

import numpy as np

from invarsig.report.headline import SMALL, seamed
from invarsig.report.images import images_of
from invarsig.report.reading import ROUND_OFF, AxisReading
from invarsig.report.stage_words import MINOR
from invarsig.report.wording import band, capital, error, level_in_words, percent, quantity
from invarsig.spectra.folded_bands import CENTRAL

__all__ = ["accounted", "exactly_predicted", "folding_sentences", "spectrum_sentences"]

# Prediction and measurement agree where they differ by less than this, relative to the larger:
# what four printed digits show.
AGREES = 1e-4

# Between whole samples folding accounts for the error where it predicts it to this many decibels.
ACCOUNTED = 0.1


def folding_sentences(reading: AxisReading) -> list[str]:
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
    part = f"{capital(reading.only_part)}: " if reading.only_part else ""
    found += [part + each for each in _orbit(reading)]
    found += _nyquist(reading)
    return found


def _unexplained(reading: AxisReading) -> str:
    step = quantity(reading.number("step") * reading.stride, reading.unit)
    count = quantity(float(reading.stride), "sample")
    size = reading.number("explained_error")
    return (
        f"Folding does not explain this operator: moving the input by one total stride ({count}, "
        f"{step}) does not move the output by one sample, the two differ by {error(size)}. Its "
        "error has another cause than aliasing: weights or borders that differ from place to place"
        f"{', or the seam where the ends were joined' if seamed(reading) else ''}."
    )


def _agreement(reading: AxisReading) -> list[str]:
    measured, predicted = reading.over_shift("measured"), reading.over_shift("predicted")
    known = np.isfinite(measured) & np.isfinite(predicted)
    exact = known & exactly_predicted(reading)
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
                f"{f'to {_power_of_ten(worst)} of the output' if worst > 0 else 'exactly'} at "
                f"{count}, where the prediction is exact."
            )
        else:
            found.append(
                f"Folding explains only part of the error: at {count} the prediction should be "
                f"exact, and it is off by up to {error(worst)}."
            )
    inexact = known & ~exactly_predicted(reading) & (measured > ROUND_OFF)
    if inexact.any():
        found.append(_between(reading, np.flatnonzero(inexact)))
    return found


def exactly_predicted(reading: AxisReading) -> np.ndarray:
    """At which shifts the prediction is exact; all, where nothing is said."""
    exact = reading.over_shift("exact")
    return np.where(np.isnan(exact), True, exact != 0)


def _between(reading: AxisReading, places: np.ndarray) -> str:
    """What folding makes of the error where its prediction is not exact."""
    measured, predicted = reading.over_shift("measured"), reading.over_shift("predicted")
    apart = [k for k in places if not accounted(float(measured[k]), float(predicted[k]))]
    if not apart:
        shifts = " and ".join(quantity(float(reading.shifts[k]), reading.unit) for k in places[:2])
        more = " and others" if places.size > 2 else ""
        return f"At {shifts}{more} folding accounts for the error to within {ACCOUNTED:g} dB."
    place = max(apart, key=lambda k: abs(measured[k] - predicted[k]))
    shift = quantity(float(reading.shifts[place]), reading.unit)
    folding, all_of_it = float(predicted[place]), level_in_words(float(measured[place]))
    if folding <= ROUND_OFF:
        part = f"folding predicts no error, and {all_of_it} is measured"
    elif folding <= measured[place]:
        part = f"folding alone predicts {level_in_words(folding)} of the {all_of_it} measured"
    else:
        part = f"folding alone predicts {level_in_words(folding)}, and {all_of_it} is measured"
    between = "off the grid of the prediction"
    if not reading.multiples("step")[place]:
        between = "between whole samples"
    return f"At {shift} {part}: {between} a nonlinearity makes an error of its own."


def accounted(measured: float, predicted: float) -> bool:
    """Whether a prediction is as good as what was measured."""
    if not (measured > 0 and predicted > 0):
        return measured == predicted
    return abs(20 * math.log10(measured / predicted)) <= ACCOUNTED


def _power_of_ten(value: float) -> str:
    return f"{value:.0e}".replace("e-0", "e-")


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
                f"{f'a relative {_power_of_ten(apart)}' if apart > 0 else 'the last digit'}."
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


def spectrum_sentences(reading: AxisReading) -> list[str]:
    """Which frequencies fold onto which."""
    if reading.lost or not reading.explained:
        return []
    images = images_of(reading)
    if images is None or images.folded <= ROUND_OFF**2 * float(images.power.sum()):
        return []
    found: list[str] = []
    for each in images.bands:
        if found and each.share < 2 * MINOR:
            break
        source = band(*each.source, reading.frequency_unit)
        target = band(*each.target, reading.frequency_unit)
        first = f" (the central {percent(CENTRAL)} of it)" if not found else ""
        found.append(
            f"{percent(each.share)} of the folded energy is image {each.image}: energy at "
            f"{source}{first} folds onto {target}."
        )
    return found[:3]
