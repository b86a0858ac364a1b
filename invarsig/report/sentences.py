"""Plain sentences from the numbers of a diagnosis.

The words of each topic have a file of their own, `invarsig.report.folding_words` and the like.
Every word that grades a number rests on a limit that is named there. All text in the tree is
untrusted and passes `invarsig.report.wording.printable`.
"""

from __future__ import annotations

import math
import textwrap
from dataclasses import astuple, dataclass, field

import numpy as np
import xarray as xr

from invarsig.report.alignment_words import alignment_sentences
from invarsig.report.border_words import border_sentences, treatment_sentence
from invarsig.report.extent_words import extent
from invarsig.report.folding_words import (
    accounted,
    exactly_predicted,
    folding_sentences,
    spectrum_sentences,
)
from invarsig.report.headline import headline, mendable
from invarsig.report.invariance_words import invariance_sentences
from invarsig.report.reading import ROUND_OFF, AxisReading, InputReading, inputs
from invarsig.report.remedy_words import (
    WORTHWHILE,
    aligned_clause,
    front_sentences,
    gain_clause,
    gain_in_words,
    remedy_column,
    remedy_sentence,
)
from invarsig.report.stage_folding import stage_folding_sentences
from invarsig.report.stage_words import stage_sentences
from invarsig.report.swap_words import created_sentences, swap_sentences
from invarsig.report.verdict_words import (
    HOW,
    blind_sentence,
    floor_sentence,
    seam_sentence,
    standing_of,
)
from invarsig.report.wording import (
    capital,
    error,
    level_in_words,
    percent,
    printable,
    quantity,
    shortened,
)

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


@dataclass(frozen=True)
class Explanation:
    """Why an axis stands as it does, sorted by what the sentences are about.

    Parameters
    ----------
    folding
        Whether folding explains the error, and how closely; and what is left of it where the
        pipeline chooses its samples.
    spectrum
        Which frequencies fold onto which.
    stages
        Which stage makes the error, what swapping it for an alias-free twin gains, and what a
        nonlinearity creates.
    stage_folding
        Which stages fold, from which band onto which.
    invariance
        How far the output itself changes.
    borders
        What the protocols for signals that end say, and how the axis was made periodic.
    """

    folding: list[str] = field(default_factory=list)
    spectrum: list[str] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    stage_folding: list[str] = field(default_factory=list)
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
    return standing_of(reading, headline(reading))


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
        return f"{along} {blind_sentence(reading)}"
    shift = quantity(found.shift, reading.unit)
    what = f"{along} the pipeline is {standing_of(reading, found)}:"
    if reading.lost:
        what = (
            f"{along} the output has lost the axis, so equivariance means invariance, and the "
            f"pipeline is {standing_of(reading, found)}:"
        )
    word = "changes" if reading.lost else "differs"
    size = found.size
    if found.protocol != "periodic":
        return (
            f"{what} {HOW[found.protocol]} the output {word} by {error(size)} at {shift}."
            f"{floor_sentence(found)} {seam_sentence(reading, word)}"
        )
    what += f" at {shift} the output {word} by {error(size)}"
    predicted = reading.at_worst("predicted")
    if math.isfinite(predicted) and reading.explained and size > ROUND_OFF:
        whole = exactly_predicted(reading)[reading.worst] or accounted(size, predicted)
        part = "" if whole else "alone "
        size_predicted = level_in_words(predicted) if predicted > ROUND_OFF else "none"
        what += f"; folding {part}predicts {size_predicted}"
    return f"{what}.{floor_sentence(found)}"


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
    treatment = [treatment_sentence(line) for line in reading.lines("treatment")]
    state = headline(reading).state
    if state not in ("known", "blind"):
        return Explanation(borders=treatment)
    return Explanation(
        folding=[*folding_sentences(reading), *alignment_sentences(reading)],
        spectrum=spectrum_sentences(reading),
        stages=_stages(reading) if state == "known" else [],
        stage_folding=stage_folding_sentences(reading),
        invariance=invariance_sentences(reading),
        borders=[*treatment, *border_sentences(reading)],
    )


def _stages(reading: AxisReading) -> list[str]:
    said = stage_sentences(reading)
    return [*said, *swap_sentences(reading), *created_sentences(reading)] if said else []


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
    gains = remedy_column(reading, "remedy_gain", len(remedies))
    worthwhile = np.isfinite(gains).any() and np.nanmax(gains) >= WORTHWHILE
    if remedies and mendable(reading) and worthwhile:
        top = int(np.nanargmax(gains))
        left = float(remedy_column(reading, "remedy_measured", len(remedies))[top])
        gain = gain_clause(float(gains[top]), "", left) + aligned_clause(reading, top)
        found.append(f"{capital(shortened(remedies[top], 72))} {gain}.")
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
    found = [remedy_sentence(reading, place, name) for place, name in enumerate(names)]
    found += front_sentences(reading)
    if found and reading.only_part:
        found.insert(0, f"Remedies were tried {reading.only_part}, not on all segments.")
    gains = remedy_column(reading, "remedy_gain", len(names))
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


def _wrapped(text: str, lead: str) -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead), break_on_hyphens=False
    )
