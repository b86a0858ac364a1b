"""Plain sentences from the numbers of a diagnosis.

Every word that grades a number rests on one of the named limits below. All text in the tree is
untrusted and passes `invarsig.report.wording.printable`.
"""

from __future__ import annotations

import math
import textwrap
from dataclasses import astuple, dataclass, field

import numpy as np
import xarray as xr

from invarsig.report.images import CENTRAL, Images
from invarsig.report.reading import AxisReading, InputReading, inputs
from invarsig.report.wording import band, decibels, error, percent, printable, quantity, shortened

__all__ = [
    "Explanation",
    "cause",
    "explain",
    "explanation",
    "help_sentences",
    "standing",
    "summary",
    "verdict",
]

Node = AxisReading | xr.DataTree | xr.Dataset

# Errors up to here (-100 dB) are round-off: single precision has 1e-7, times a few dozen
# operations in a pipeline.
ROUND_OFF = 1e-5
# "To within 1 %": the level at which two curves drawn on top of each other look the same.
SMALL = 1e-2
# A share of the error below this is left out of sentences: naming it would not change what to do.
MINOR = 0.1
# Invariance is told as the shift at which the output has changed by a tenth of itself.
CHANGED = 0.1
# Where a perfect operator would have scored at least half as much (6 dB), a quarter of the error's
# energy or more may be the protocol's own.
NEAR_FLOOR = 2.0
# Prediction and measurement agree where they differ by less than this, relative to the larger:
# what four printed digits show.
AGREES = 1e-4
# Below this many decibels a remedy is not said to help: a twelfth of the error.
WORTHWHILE = 1.0


@dataclass(frozen=True)
class Explanation:
    """Why an axis stands as it does, sorted by what the sentences are about.

    Parameters
    ----------
    folding
        Whether folding explains the error, and how closely.
    spectrum
        Which frequencies fold onto which.
    stages
        Which stage makes the error.
    invariance
        How far the output itself changes.
    borders
        What the protocols for signals that end say, and how the axis was made periodic.
    """

    folding: list[str] = field(default_factory=list)
    spectrum: list[str] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    invariance: list[str] = field(default_factory=list)
    borders: list[str] = field(default_factory=list)


def standing(axis_node: Node) -> str:
    """Say in a few words how an axis stands: the verdict without its numbers.

    Parameters
    ----------
    axis_node
        Axis node as laid down in `invarsig.report`.

    Returns
    -------
    str

    Examples
    --------
    >>> import xarray as xr
    >>> standing(xr.Dataset({"measured": ("shift", [0.2])}, {"shift": [1.0]}, {"dim": "x"}))
    'not shift-equivariant'
    """
    reading = AxisReading.of(axis_node)
    kind = "shift-invariant" if reading.lost else "shift-equivariant"
    if reading.flag("nan"):
        return "unknown: the output holds NaN"
    size = _headline(reading)
    if math.isnan(size):
        return "undefined: no output energy"
    if size <= ROUND_OFF:
        return f"{kind} up to round-off"
    return f"{kind} to within {percent(SMALL)}" if size <= SMALL else f"not {kind}"


def verdict(axis_node: Node) -> str:
    """Say how equivariant a pipeline is along an axis, in its number, its prediction and its floor.

    Parameters
    ----------
    axis_node
        Axis node as laid down in `invarsig.report`.

    Returns
    -------
    str

    Examples
    --------
    >>> import xarray as xr
    >>> errors = {"measured": ("shift", [0.2]), "predicted": ("shift", [0.2])}
    >>> verdict(xr.Dataset(errors, {"shift": [0.004]}, {"dim": "time", "unit": "s"}))
    'Along time the pipeline is not shift-equivariant: at 4 ms the output differs by -14.0 dB
    (20 %); folding predicts -14.0 dB.'
    """
    reading = AxisReading.of(axis_node)
    along = f"Along {reading.dim}"
    if reading.flag("nan"):
        return (
            f"{along} nothing is known: the output holds NaN or infinite values, and so would "
            "every error."
        )
    if reading.shifts.size == 0:
        return f"{along} no shift was tried, so nothing is known."
    size = _headline(reading)
    if math.isnan(size):
        return (
            f"{along} the error is undefined: the output has no energy beside its mean, so there "
            "is nothing that an error could be compared with."
        )
    shift = quantity(reading.worst_shift, reading.unit)
    if reading.lost:
        what = (
            f"{along} the output has lost the axis, so equivariance means invariance, and the "
            f"pipeline is {standing(reading)}: at {shift} the output changes by {error(size)}"
        )
    else:
        what = (
            f"{along} the pipeline is {standing(reading)}: at {shift} the output differs by "
            f"{error(size)}"
        )
    predicted = reading.at_worst("predicted")
    if math.isfinite(predicted) and reading.explained and size > ROUND_OFF:
        part = "" if _exact(reading)[reading.worst] else "alone "
        what += f"; folding {part}predicts {_level(predicted) if predicted > ROUND_OFF else 'none'}"
    return f"{what}.{_floor_sentence(reading, size)}"


def explain(axis_node: Node) -> Explanation:
    """Say why, sorted by what the sentences are about.

    Parameters
    ----------
    axis_node
        Axis node as laid down in `invarsig.report`.

    Returns
    -------
    Explanation
    """
    reading = AxisReading.of(axis_node)
    treatment = [_sentence(line) for line in reading.lines("treatment")]
    if reading.flag("nan") or reading.shifts.size == 0:
        return Explanation(borders=treatment)
    return Explanation(
        folding=_folding(reading),
        spectrum=_spectrum(reading),
        stages=_stages(reading),
        invariance=_invariance(reading),
        borders=[*treatment, *_borders(reading)],
    )


def explanation(axis_node: Node) -> list[str]:
    """Say why a pipeline stands as it does along an axis, one sentence or two for each cause.

    Parameters
    ----------
    axis_node
        Axis node as laid down in `invarsig.report`.

    Returns
    -------
    list of str

    Examples
    --------
    >>> import xarray as xr
    >>> node = xr.Dataset(
    ...     {"measured": ("shift", [0.2]), "share": (("stage", "shift"), [[0.1], [0.9]]),
    ...      "operator": ("stage", ["Relu()", "MaxPool(x: 4)"])},
    ...     {"shift": [1.0], "stage": [1, 2]}, {"dim": "x", "unit": "px"})
    >>> explanation(node)
    ['90 % of the error at 1 px comes from stage 2, MaxPool(x: 4); 10 % from stage 1, Relu().']
    """
    return [each for topic in astuple(explain(axis_node)) for each in topic]


def cause(axis_node: Node) -> list[str]:
    """Say in two short sentences which stage makes most of the error and which remedy gains most.

    Parameters
    ----------
    axis_node
        Axis node as laid down in `invarsig.report`.

    Returns
    -------
    list of str
        Empty where the error is round-off or unknown; what is not known is left out.

    Examples
    --------
    >>> import xarray as xr
    >>> node = xr.Dataset(
    ...     {"measured": ("shift", [0.2]), "share": (("stage", "shift"), [[0.1], [0.9]]),
    ...      "operator": ("stage", ["Relu()", "MaxPool(x: 4)"])},
    ...     {"shift": [1.0], "stage": [1, 2]}, {"dim": "x", "unit": "px"})
    >>> cause(node)
    ['90 % of it comes from stage 2, MaxPool(x: 4).']
    """
    reading = AxisReading.of(axis_node)
    if reading.flag("nan") or not _headline(reading) > ROUND_OFF:
        return []
    found = []
    names = reading.words("operator")
    if names and "share" in reading.data.variables:
        shares = reading.values("share", "stage", "shift")[:, reading.worst]
        if np.isfinite(shares).all():
            top = int(shares.argmax())
            stage = f"stage {_numbers(reading)[top]:.0f}, {shortened(names[top], 48)}"
            found.append(f"{percent(float(shares[top]))} of it comes from {stage}.")
    remedies = reading.words("remedy_name")
    gains = _column(reading, "remedy_gain", len(remedies))
    if remedies and np.isfinite(gains).any() and np.nanmax(gains) >= WORTHWHILE:
        top = int(np.nanargmax(gains))
        left = float(_column(reading, "remedy_measured", len(remedies))[top])
        gain = _gain(float(gains[top]), math.nan, left)
        found.append(f"{_capital(shortened(remedies[top], 72))} {gain}.")
    return found


def help_sentences(axis_node: Node) -> list[str]:
    """Say what would help, the best first: what each remedy gains and what it costs.

    Parameters
    ----------
    axis_node
        Axis node as laid down in `invarsig.report`.

    Returns
    -------
    list of str
        Empty where no remedy was tried.

    Examples
    --------
    >>> import xarray as xr
    >>> columns = {"name": ["A 5-tap blur before it"], "gain": [14.2], "gain_predicted": [14.1],
    ...            "cost": [1.06], "size": [1.0]}
    >>> help_sentences(xr.Dataset({f"remedy_{k}": ("remedy", v) for k, v in columns.items()}))
    ['A 5-tap blur before it gains 14.2 dB (predicted 14.1) for 6 % more work.']
    """
    reading = AxisReading.of(axis_node)
    names = reading.words("remedy_name")
    found = [_remedy(reading, place, name) for place, name in enumerate(names)]
    gains = _column(reading, "remedy_gain", len(names))
    if names and np.isfinite(gains).any() and not np.nanmax(gains) >= WORTHWHILE:
        found.insert(0, f"None of the remedies tried gains {WORTHWHILE:g} dB or more.")
    return found


def summary(tree: xr.DataTree) -> str:
    """Say everything as plain text: the verdict of each axis, why, and what would help.

    Parameters
    ----------
    tree
        As laid down in `invarsig.report`.

    Returns
    -------
    str
        Lines of at most 88 characters, without markup.

    Examples
    --------
    >>> import xarray as xr
    >>> attrs = {"dim": "x", "unit": "px"}
    >>> axis = xr.Dataset({"measured": ("shift", [0.2])}, {"shift": [1.0]}, attrs)
    >>> print(summary(xr.DataTree.from_dict({"/": xr.Dataset(), "/input_1/axis_1": axis})))
    unnamed input
    <BLANKLINE>
      Along x the pipeline is not shift-equivariant: at 1 px the output differs by -14.0 dB
      (20 %).
    """
    parts = []
    title = printable(tree.attrs.get("title", ""))
    if title:
        parts.append(f"{title}\n{'=' * min(len(title), _WIDTH)}")
    for each in inputs(tree):
        parts.append(_head(each))
        parts.extend(_wrapped(note, "  ") for note in each.notes)
        for axis in each.axes:
            parts.append(_wrapped(verdict(axis), "  "))
            details = [_wrapped(line, "    - ") for line in explanation(axis)]
            helps = [_wrapped(line, "    - ") for line in help_sentences(axis)]
            if helps:
                helps.insert(0, "    What would help:")
            parts.extend("\n".join(block) for block in (details, helps) if block)
    return "\n\n".join(parts)


_WIDTH = 88


def _head(each: InputReading) -> str:
    lines = [each.name]
    if each.text("sizes"):
        lines[0] += f" ({each.text('sizes')})"
    if each.text("pipeline"):
        lines.append(_wrapped(each.text("pipeline"), "  "))
    return "\n".join(lines)


def _wrapped(text: str, lead: str) -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead), break_on_hyphens=False
    )


def _sentence(text: str) -> str:
    """A line of text as a sentence: a capital at its front and a stop at its end."""
    text = _capital(text)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _headline(reading: AxisReading) -> float:
    """The error that the verdict is about."""
    return reading.at_worst("measured") if reading.shifts.size else math.nan


def _level(value: float) -> str:
    """A relative error in decibels, where zero and infinity are words."""
    return decibels(value) if 0 < value < math.inf else error(value)


def _exact(reading: AxisReading) -> np.ndarray:
    """At which shifts the prediction is exact; all, where nothing is said."""
    exact = reading.over_shift("exact")
    return np.where(np.isnan(exact), True, exact != 0)


def _floor_sentence(reading: AxisReading, size: float) -> str:
    floor = reading.at_worst("floor")
    if math.isnan(floor):
        return ""
    if floor > ROUND_OFF and size <= floor * NEAR_FLOOR:
        return (
            f" The perfect score here is {_level(floor)}, so how much of the error is the "
            "pipeline's own is undecidable."
        )
    return f" The perfect score here is {_level(floor)}."


def _folding(reading: AxisReading) -> list[str]:
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
    found += _orbit(reading)
    found += _nyquist(reading)
    return found


def _unexplained(reading: AxisReading) -> str:
    step = quantity(reading.number("step") * reading.stride, reading.unit)
    count = quantity(float(reading.stride), "sample")
    size = reading.number("explained_error")
    return (
        f"Folding does not explain this operator: moving the input by one total stride ({count}, "
        f"{step}) does not move the output by one sample, the two differ by {error(size)}. Its "
        "error has another cause than aliasing: weights or borders that differ from place to place."
    )


def _agreement(reading: AxisReading) -> list[str]:
    measured, predicted = reading.over_shift("measured"), reading.over_shift("predicted")
    known = np.isfinite(measured) & np.isfinite(predicted)
    exact = known & _exact(reading)
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
                "Folding explains the error: prediction and measurement agree to "
                f"{_power_of_ten(worst)} of the output at {count}, where the prediction is exact."
            )
        else:
            found.append(
                f"Folding explains only part of the error: at {count} the prediction should be "
                f"exact, and it is off by up to {error(worst)}."
            )
    inexact = known & ~_exact(reading) & (measured > ROUND_OFF)
    if inexact.any():
        place = int(np.argmax(np.where(inexact, measured, -1.0)))
        shift = quantity(float(reading.shifts[place]), reading.unit)
        folding, all_of_it = float(predicted[place]), _level(float(measured[place]))
        if folding <= ROUND_OFF:
            part = f"folding predicts no error, and {all_of_it} is measured"
        else:
            part = f"folding alone predicts {_level(folding)} of the {all_of_it} measured"
        found.append(
            f"At {shift} {part}: between whole samples a nonlinearity makes an error of its own."
        )
    return found


def _power_of_ten(value: float) -> str:
    return f"{value:.0e}".replace("e-0", "e-") if value > 0 else "the last digit"


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
                f"that is one number, to a relative {_power_of_ten(apart)}."
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


def _spectrum(reading: AxisReading) -> list[str]:
    if reading.lost or not reading.explained:
        return []
    images = Images.of(reading)
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


def _stages(reading: AxisReading) -> list[str]:
    names = reading.words("operator")
    if not names or "share" not in reading.data.variables:
        return []
    shares = reading.values("share", "stage", "shift")[:, reading.worst]
    shift = quantity(reading.worst_shift, reading.unit)
    if not np.isfinite(shares).any():
        if _headline(reading) <= ROUND_OFF:
            return ["The error is round-off, so there is nothing to attribute to a stage."]
        return []
    numbers = _numbers(reading)
    order = np.argsort(-np.nan_to_num(shares, nan=-np.inf), kind="stable")

    def of(place: int) -> str:
        return f"from stage {numbers[place]:.0f}, {shortened(names[place], 72)}"

    top = int(order[0])
    text = f"{percent(float(shares[top]))} of the error at {shift} comes {of(top)}"
    others = [int(k) for k in order[1:] if abs(shares[k]) >= MINOR]
    text += "".join(f"; {percent(float(shares[k]))} {of(k)}" for k in others)
    found = [f"{text}."]
    if any(shares[k] < 0 for k in others):
        found.append("A negative share is an error that makes up for part of another stage's.")
    border = reading.at_worst("border_share")
    if border >= SMALL:
        found.append(
            f"{percent(border)} of the error's energy is at the border; the stages' shares are "
            "taken inside."
        )
    return found


def _numbers(reading: AxisReading) -> np.ndarray:
    """Numbers of the stages: they begin later where the axis does."""
    if "stage" in reading.data.coords:
        return reading.values("stage")
    return np.arange(reading.data.sizes["stage"]) + 1.0


def _invariance(reading: AxisReading) -> list[str]:
    values = reading.over_shift("invariance")
    known = np.isfinite(values)
    if not known.any():
        return []
    order = np.argsort(np.abs(reading.shifts[known]), kind="stable")
    shifts, values = reading.shifts[known][order], values[known][order]

    def at(place: int) -> str:
        return quantity(abs(float(shifts[place])), reading.unit)

    beyond = np.flatnonzero(values >= CHANGED)
    if beyond.size == 0:
        most = int(np.argmax(values))
        return [
            (
                f"Not moved back, the output changes by {percent(float(values[most]))} at most "
                f"over shifts up to {at(-1)}."
            )
        ]
    place = int(beyond[0])
    change = percent(float(values[place]))
    if place == 0:
        return [
            (
                f"Not moved back, the output changes by {change} already at {at(0)}, the smallest "
                "shift tried."
            )
        ]
    return [
        (
            f"Not moved back, the output changes by {percent(CHANGED)} between a shift of "
            f"{at(place - 1)} ({percent(float(values[place - 1]))}) and one of {at(place)} "
            f"({change})."
        )
    ]


_PROTOCOLS = {
    "interior": "On the signal as it is, compared away from its borders",
    "crop": "Cut out of the signal as it is at two places, so that new content enters",
}


def _borders(reading: AxisReading) -> list[str]:
    found: list[str] = []
    for name, lead in _PROTOCOLS.items():
        values, floors = reading.over_shift(name), reading.over_shift(f"{name}_floor")
        finite = np.flatnonzero(np.isfinite(values))
        if finite.size == 0:
            continue
        place = reading.worst if reading.worst in finite else int(finite[np.argmax(values[finite])])
        size, floor = float(values[place]), float(floors[place])
        at = quantity(float(reading.shifts[place]), reading.unit)
        if math.isfinite(floor) and floor > ROUND_OFF and size <= NEAR_FLOOR * floor:
            found.append(
                f"{lead}, the error at {at} is {error(size)}: undecidable, the floor is "
                f"{_level(floor)}."
            )
        else:
            said = f", with a floor of {_level(floor)}" if math.isfinite(floor) else ""
            found.append(f"{lead}, the error at {at} is {error(size)}{said}.")
    found += [_sentence(line) for line in reading.lines("protocol_notes")]
    return found


def _column(reading: AxisReading, name: str, size: int) -> np.ndarray:
    if name not in reading.data.variables:
        return np.full(size, np.nan)
    return reading.values(name)


def _remedy(reading: AxisReading, place: int, name: str) -> str:
    def value(column: str) -> float:
        return float(_column(reading, f"remedy_{column}", place + 1)[place])

    price = _price(value("cost"), value("size"))
    gain = _gain(value("gain"), value("gain_predicted"), value("measured"))
    return f"{_capital(name)} {gain}{price}."


def _gain(gain: float, expected: float, left: float) -> str:
    """What a remedy gains; decibels below round-off would not mean anything."""
    if math.isnan(gain):
        return "has an undefined gain"
    if gain == math.inf or (gain > 0 and left <= ROUND_OFF):
        return f"leaves round-off alone ({_level(left)})" if left > 0 else "leaves no error at all"
    word, sign = ("gains", 1) if gain >= 0 else ("loses", -1)
    text = f"{word} {abs(gain):.1f} dB"
    return f"{text} (predicted {sign * expected:.1f})" if math.isfinite(expected) else text


def _price(cost: float, size: float) -> str:
    """What a remedy costs, in work and in the size of the output."""
    text = ""
    if math.isfinite(cost):
        more = cost - 1
        if cost >= 2:
            text = f" for {cost:.3g} times the work"
        elif abs(more) < 0.005:
            text = " for the same work"
        else:
            text = f" for {percent(abs(more))} {'more' if more > 0 else 'less'} work"
    if math.isfinite(size) and abs(size - 1) >= 0.005:
        text += f" and an output {size:.3g} times as large"
    return text
