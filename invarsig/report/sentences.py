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

from invarsig.report.headline import SMALL, Headline, graded, headline, mendable, seamed
from invarsig.report.images import CENTRAL, Images
from invarsig.report.reading import ROUND_OFF, AxisReading, InputReading, inputs
from invarsig.report.wording import band, decibels, error, percent, printable, quantity, shortened

__all__ = [
    "Explanation",
    "cause",
    "explain",
    "explanation",
    "extent",
    "gain_in_words",
    "help_sentences",
    "standing",
    "summary",
    "verdict",
]

Node = AxisReading | xr.DataTree | xr.Dataset

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
# Between whole samples folding accounts for the error where it predicts it to this many decibels.
ACCOUNTED = 0.1
# From this share on it is said how a stage without a stride comes to make an error.
LARGE = 0.25
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
    return _standing(reading, headline(reading))


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
    found = headline(reading)
    along = f"Along {reading.dim}"
    if found.state == "nan":
        return (
            f"{along} nothing is known: the output holds NaN or infinite values, and so would "
            "every error."
        )
    if found.state == "untried":
        return f"{along} no shift was tried, so nothing is known."
    if found.state == "empty":
        return (
            f"{along} the error is undefined: the output has no energy beside its mean, so there "
            "is nothing that an error could be compared with. The signal is silent or constant, or "
            "the pipeline makes it so."
        )
    if found.state == "constant":
        return (
            f"{along} the error is undefined: the output stays the same at every shift, moved back "
            f"or not. The signal is silent or constant along {reading.dim}, or the pipeline makes "
            "it so."
        )
    if found.state == "blind":
        return f"{along} {_blind(reading)}"
    shift = quantity(found.shift, reading.unit)
    what = f"{along} the pipeline is {_standing(reading, found)}:"
    if reading.lost:
        what = (
            f"{along} the output has lost the axis, so equivariance means invariance, and the "
            f"pipeline is {_standing(reading, found)}:"
        )
    word = "changes" if reading.lost else "differs"
    size = found.size
    if found.protocol != "periodic":
        return (
            f"{what} {_HOW[found.protocol]} the output {word} by {error(size)} at {shift}."
            f"{_floor_sentence(found)} {_seam(reading, word)}"
        )
    what += f" at {shift} the output {word} by {error(size)}"
    predicted = reading.at_worst("predicted")
    if math.isfinite(predicted) and reading.explained and size > ROUND_OFF:
        whole = _exact(reading)[reading.worst] or _accounted(size, predicted)
        part = "" if whole else "alone "
        what += f"; folding {part}predicts {_level(predicted) if predicted > ROUND_OFF else 'none'}"
    return f"{what}.{_floor_sentence(found)}"


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
    treatment = [_treatment(line) for line in reading.lines("treatment")]
    state = headline(reading).state
    if state not in ("known", "blind"):
        return Explanation(borders=treatment)
    return Explanation(
        folding=_folding(reading),
        spectrum=_spectrum(reading),
        stages=_stages(reading) if state == "known" else [],
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
    lead = headline(reading)
    if not (lead.known and lead.size > ROUND_OFF):
        return []
    found = []
    names, shares = reading.words("operator"), reading.shares
    if names and shares.size:
        top = int(shares.argmax())
        stage = f"stage {reading.stage_numbers[top]:.0f}, {shortened(names[top], 48)}"
        of = "it" if lead.protocol == "periodic" else "the error of the axis treated as periodic"
        found.append(f"{percent(float(shares[top]))} of {of} comes from {stage}.")
    remedies = reading.words("remedy_name")
    gains = _column(reading, "remedy_gain", len(remedies))
    worthwhile = np.isfinite(gains).any() and np.nanmax(gains) >= WORTHWHILE
    if remedies and mendable(reading) and worthwhile:
        top = int(np.nanargmax(gains))
        left = float(_column(reading, "remedy_measured", len(remedies))[top])
        gain = _gain(float(gains[top]), "", left)
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
        Empty where no remedy was tried, or where there is nothing but round-off to take away.

    Examples
    --------
    >>> import xarray as xr
    >>> columns = {"name": ["A 5-tap blur before it"], "gain": [14.2], "gain_predicted": [14.1],
    ...            "cost": [1.06], "size": [1.0]}
    >>> help_sentences(xr.Dataset({f"remedy_{k}": ("remedy", v) for k, v in columns.items()}))
    ['A 5-tap blur before it gains 14.2 dB (predicted 14.1) for 6 % more work.']
    """
    reading = AxisReading.of(axis_node)
    names = reading.words("remedy_name") if mendable(reading) else []
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
    if extent(each):
        lines[0] = _wrapped(f"{each.name} ({extent(each)})", "")
    if each.text("pipeline"):
        lines.append(_wrapped(each.text("pipeline"), "  "))
    return "\n".join(lines)


def extent(entry: InputReading) -> str:
    """Say how large an input is, with its extent and step along the axes that were diagnosed.

    Parameters
    ----------
    entry
        Input node, read.

    Returns
    -------
    str

    Examples
    --------
    >>> import xarray as xr
    >>> axis = AxisReading(xr.Dataset(attrs={"dim": "time", "unit": "s", "step": 1 / 16000}))
    >>> extent(InputReading({"sizes": "channel: 2, time: 44580"}, (axis,)))
    'channel: 2, time: 44580 samples, 2.79 s at 16 kHz'
    """
    axes = {axis.dim: axis for axis in entry.axes}
    parts = []
    for part in entry.text("sizes").split(", "):
        dim, _, size = part.rpartition(": ")
        told = _extent(axes[dim], int(size)) if dim in axes and size.isdecimal() else size
        parts.append(f"{dim}: {told}" if dim else part)
    return ", ".join(parts)


def _extent(axis: AxisReading, size: int) -> str:
    step, count = abs(axis.number("step")), quantity(float(size), "sample")
    if not (math.isfinite(step) and step > 0):
        return str(size)
    if axis.unit in ("", "1", "sample"):
        return count if step == 1 else f"{count}, {step:g} apart"
    if step == 1:
        return f"{count} of {quantity(step, axis.unit)}"
    whole = quantity(float(f"{size * step:.3g}"), axis.unit)
    if axis.unit == "s":
        return f"{count}, {whole} at {quantity(1 / step, 'Hz')}"
    return f"{count}, {whole} in steps of {quantity(step, axis.unit)}"


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


def _standing(reading: AxisReading, found: Headline) -> str:
    """A verdict without its numbers."""
    said = {
        "nan": "unknown: the output holds NaN",
        "untried": "unknown: no shift was tried",
        "empty": "undefined: silent or constant",
        "constant": "undefined: silent or constant",
        "blind": "undecided: these shifts cannot tell",
    }
    if not found.known:
        return said[found.state]
    grade = graded(reading, found.size)
    # A cut is at whole samples: what it says does not hold between them where more was measured.
    between = found.protocol == "crop" and found.size <= SMALL < reading.at_worst("measured")
    return f"{grade} at whole samples" if between else grade


_HOW = {
    "interior": "on the signal as it is, away from its borders,",
    "crop": "cut out of the signal as it is at two places, so that new content enters,",
}


def _seam(reading: AxisReading, word: str) -> str:
    """The periodic figure where another one leads."""
    return (
        f"Treated as periodic it {word} by {_level(reading.at_worst('measured'))} at "
        f"{quantity(reading.worst_shift, reading.unit)}, but part of that may be made where the "
        "ends were joined."
    )


def _blind(reading: AxisReading) -> str:
    """Why shifts by whole output samples cannot tell, and what is predicted between them."""
    kind = "shift-invariant" if reading.lost else "shift-equivariant"
    count = quantity(float(reading.stride), "sample")
    text = (
        f"these shifts cannot tell whether the pipeline is {kind}: each is a whole multiple of the "
        f"total stride ({count}, {quantity(abs(reading.number('out_step')), reading.unit)}), at "
        "which any pipeline is exact, however much it aliases."
    )
    if reading.explained and reading.has("predicted_curve", "curve_shift"):
        curve = np.nan_to_num(reading.values("predicted_curve"))
        place = int(curve.argmax())
        if curve[place] > ROUND_OFF:
            at = quantity(float(reading.values("curve_shift")[place]), reading.unit)
            text += f" In between, folding predicts up to {error(float(curve[place]))}, at {at}."
    return f"{text} Try shifts in between."


def _treatment(line: str) -> str:
    """How the axis was made periodic; a padding by nothing is none."""
    return _sentence(line.replace(", padded with 0 samples of its mean and", " and"))


def _accounted(measured: float, predicted: float) -> bool:
    """Whether a prediction is as good as what was measured."""
    if not (measured > 0 and predicted > 0):
        return measured == predicted
    return abs(20 * math.log10(measured / predicted)) <= ACCOUNTED


def _level(value: float) -> str:
    """A relative error in decibels, where zero and infinity are words."""
    return decibels(value) if 0 < value < math.inf else error(value)


def _exact(reading: AxisReading) -> np.ndarray:
    """At which shifts the prediction is exact; all, where nothing is said."""
    exact = reading.over_shift("exact")
    return np.where(np.isnan(exact), True, exact != 0)


def _floor_sentence(found: Headline) -> str:
    floor, size = found.floor, found.size
    if math.isnan(floor) or (size <= ROUND_OFF < floor):
        return ""
    text = f" A perfect operator would score {_level(floor)}"
    if floor <= ROUND_OFF:
        return f"{text}, which is rounding."
    if size <= floor * NEAR_FLOOR:
        return f"{text}, so how much of the error is the pipeline's own is undecidable."
    return f"{text}."


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
        "error has another cause than aliasing: weights or borders that differ from place to place"
        f"{', or the seam where the ends were joined' if seamed(reading) else ''}."
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
                "Folding explains the error: prediction and measurement agree "
                f"{f'to {_power_of_ten(worst)} of the output' if worst > 0 else 'exactly'} at "
                f"{count}, where the prediction is exact."
            )
        else:
            found.append(
                f"Folding explains only part of the error: at {count} the prediction should be "
                f"exact, and it is off by up to {error(worst)}."
            )
    inexact = known & ~_exact(reading) & (measured > ROUND_OFF)
    if inexact.any():
        found.append(_between(reading, np.flatnonzero(inexact)))
    return found


def _between(reading: AxisReading, places: np.ndarray) -> str:
    """What folding makes of the error where its prediction is not exact."""
    measured, predicted = reading.over_shift("measured"), reading.over_shift("predicted")
    apart = [k for k in places if not _accounted(float(measured[k]), float(predicted[k]))]
    if not apart:
        shifts = " and ".join(quantity(float(reading.shifts[k]), reading.unit) for k in places[:2])
        more = " and others" if places.size > 2 else ""
        return f"At {shifts}{more} folding accounts for the error to within {ACCOUNTED:g} dB."
    place = max(apart, key=lambda k: abs(measured[k] - predicted[k]))
    shift = quantity(float(reading.shifts[place]), reading.unit)
    folding, all_of_it = float(predicted[place]), _level(float(measured[place]))
    if folding <= ROUND_OFF:
        part = f"folding predicts no error, and {all_of_it} is measured"
    elif folding <= measured[place]:
        part = f"folding alone predicts {_level(folding)} of the {all_of_it} measured"
    else:
        part = f"folding alone predicts {_level(folding)}, and {all_of_it} is measured"
    between = "off the grid of the prediction"
    if not reading.multiples("step")[place]:
        between = "between whole samples"
    return f"At {shift} {part}: {between} a nonlinearity makes an error of its own."


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
    names, shares = reading.words("operator"), reading.shares
    if not names or "share" not in reading.data.variables:
        return []
    if shares.size == 0:
        if reading.at_worst("measured") <= ROUND_OFF:
            return ["The error is round-off, so there is nothing to attribute to a stage."]
        return []
    weights = reading.weights
    one = int(weights.argmax()) if (weights > 0).sum() == 1 else None
    over = "over the shifts measured"
    if one is not None and reading.shifts.size == 1:
        over = f"at {quantity(float(reading.shifts[one]), reading.unit)}"
    order = np.argsort(-shares, kind="stable")

    def of(place: int) -> str:
        return f"from stage {reading.stage_numbers[place]:.0f}, {shortened(names[place], 72)}"

    top = int(order[0])
    text = f"{percent(float(shares[top]))} of the error {over} comes {of(top)}"
    others = [int(k) for k in order[1:] if abs(shares[k]) >= MINOR]
    text += "".join(f"; {percent(float(shares[k]))} {of(k)}" for k in others)
    lead = "Treated as periodic: " if headline(reading).protocol != "periodic" else ""
    found = [f"{lead}{text}."]
    if any(shares[k] < 0 for k in others):
        found.append("A negative share is an error that makes up for part of another stage's.")
    found += [
        (
            f"Stage {reading.stage_numbers[k]:.0f} has no stride: it makes frequencies that the "
            "sampling rate there cannot hold, and they fold. That shows at shifts between whole "
            "samples of its own grid."
        )
        for k in (top, *others)
        if shares[k] >= LARGE and _pointwise(names[k])
    ]
    border = float(reading.over_shift("border_share") @ weights / weights.sum())
    if border >= SMALL:
        found.append(
            f"{percent(border)} of the error's energy is at the border; the stages' shares are "
            "taken inside."
        )
    return found


def _pointwise(stage: str) -> bool:
    """Whether a stage is a function of single samples, by its name."""
    from invarsig.operators import pointwise

    return stage.partition("(")[0] in set(pointwise.__all__) - {"Apply"}


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
    smallest = "the smallest shift tried" if shifts.size > 1 else "the only shift tried"
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
        return [(f"Not moved back, the output changes by {change} at {at(0)}, {smallest}.")]
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
        values, floors = reading.protocol(name), reading.over_shift(f"{name}_floor")
        finite = np.flatnonzero(np.isfinite(values))
        if finite.size == 0:
            reason = _missing(reading, name)
            if reason:
                found.append(f"{lead}: not measurable here, since {reason}.")
            continue
        place = int(finite[np.argmax(values[finite])])
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
    return found


def _missing(reading: AxisReading, name: str) -> str:
    """Why a protocol has no figure; "" where that is not known."""
    if name not in reading.data.variables:
        return ""
    told = [line for line in reading.lines("protocol_notes") if line.lower().startswith(name)]
    if np.isfinite(reading.over_shift(name)).any():
        short = "the signal is so short that " if told else ""
        return (
            f"{short}only shifts by whole output samples allow it, and there any pipeline is exact"
        )
    if not told:
        return ""
    if name == "crop":
        return "the signal is too short for two cuts that can be compared"
    if reading.lost:
        return "the output has lost the axis, so all of it has seen the borders"
    if "infinite reach" in told[0]:
        return "a stage depends on the whole axis, so all of the output has seen the borders"
    return "the signal is too short for these shifts: its borders reach all of the output"


def _column(reading: AxisReading, name: str, size: int) -> np.ndarray:
    if name not in reading.data.variables:
        return np.full(size, np.nan)
    return reading.values(name)


def _remedy(reading: AxisReading, place: int, name: str) -> str:
    def value(column: str) -> float:
        return float(_column(reading, f"remedy_{column}", place + 1)[place])

    price = _price(value("cost"), value("size"))
    expected = gain_in_words(value("gain_predicted"), value("predicted"), "{:.1f}")
    gain = _gain(value("gain"), expected, value("measured"))
    return f"{_capital(name)} {gain}{price}."


def gain_in_words(gain: float, left: float, form: str) -> str:
    """Write a gain; "to round-off" where that is all that is left, and "" where it is not known.

    The ratio of an error to round-off is as large as the computer's precision, not the remedy.

    Parameters
    ----------
    gain
        In dB.
    left
        Relative error that is left.
    form
        Format of the number.

    Returns
    -------
    str

    Examples
    --------
    >>> gain_in_words(14.23, 0.05, "{:.1f} dB"), gain_in_words(265.8, 1e-15, "{:.1f} dB")
    ('14.2 dB', 'to round-off')
    """
    if gain == math.inf or (gain > 0 and left <= ROUND_OFF):
        return "to round-off"
    return form.format(gain) if math.isfinite(gain) else ""


def _gain(gain: float, expected: str, left: float) -> str:
    """What a remedy gains."""
    if math.isnan(gain):
        return "has an undefined gain"
    if gain_in_words(gain, left, "") == "to round-off":
        size = f" ({_level(left)})" if left > 0 else ""
        return f"takes the error down to round-off{size}"
    text = f"{'gains' if gain >= 0 else 'loses'} {abs(gain):.1f} dB"
    if not expected:
        return text
    if gain < 0:
        expected = expected.removeprefix("-") if expected.startswith("-") else f"-{expected}"
    return f"{text} (predicted {expected})"


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
