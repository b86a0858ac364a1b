"""The command ``answers``: whether a model keeps its answer when pictures are moved by a pixel."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from invarsig.cli.documents import AnsweredPictures, Measure, Picture
from invarsig.cli.exit_codes import FALLS_SHORT, HOLDS, UNDECIDABLE
from invarsig.cli.options import Inputs, ModelOptions, OutputOptions
from invarsig.cli.places import require_apart, require_place
from invarsig.errors import DimError, ParameterError

if TYPE_CHECKING:
    import xarray as xr

    from invarsig.cli.inputs import Input
    from invarsig.cli.sources import Source
    from invarsig.cli.subject import Subject
    from invarsig.cli.told import Told

__all__ = ["answers_command"]

_FIGURES = (".png", ".svg", ".pdf")
_SHOWN = (
    ("consistency", "Pairs of shifts with the same answer", 100, "%"),
    ("top1_change", "One-pixel steps that change the answer", 100, "%"),
    ("topk_change", "One-pixel steps that put it out of the first {top}", 100, "%"),
    ("mean_absolute_change", "Change of its probability in a step", 100, "points"),
    ("unstable", "Pictures whose answer some shift changes", 100, "%"),
    ("accuracy", "Right answers, over all shifts", 100, "%"),
    ("worst_accuracy", "Pictures whose answer is right at every shift", 100, "%"),
)


def answers_command(
    inputs: Inputs,
    *,
    shifts: Annotated[
        int, typer.Option("--shifts", metavar="PIXELS", help="Largest shift to either side.")
    ] = 4,
    crop: Annotated[
        str,
        typer.Option(
            "--crop",
            metavar="WAY",
            help="circular: pictures are rolled. crop: windows are cut out, so that new content "
            "enters.",
        ),
    ] = "circular",
    probabilities: Annotated[
        bool,
        typer.Option("--probabilities", help="The model ends in a softmax; by default in logits."),
    ] = False,
    figure: Annotated[
        Path | None,
        typer.Option(
            "--figure",
            metavar="FILE",
            help="Map of the least consistent picture's answers, .png, .svg or .pdf.",
        ),
    ] = None,
    min_consistency: Annotated[
        float | None,
        typer.Option(
            "--min-consistency", metavar="SHARE", help="Fail below this share of pairs, 0 to 1."
        ),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            "--truth",
            metavar="FILE",
            help="The right classes: a table with a line NAME,INDEX for each picture. Adds how "
            "many answers are right.",
        ),
    ] = None,
    subject: ModelOptions,
    output: OutputOptions,
) -> None:
    """Move pictures pixel by pixel, and say how often a classifier changes its answer."""
    from invarsig.cli.sources import sources_of
    from invarsig.cli.subject import Subject
    from invarsig.cli.told import Told

    with Told("answers", output) as told:
        _require_options(subject, crop, shifts, min_consistency)
        sources, notes = sources_of(inputs, told.stack, ("picture",))
        for note in notes:
            told.note(note)
        others = [*(each.path for each in sources), *Subject.files(subject)]
        _require_figure(figure, [*others, *([] if truth is None else [truth])])
        loaded = Subject.loaded(subject)
        try:
            found = _measured(
                told, loaded, sources, shifts, crop, truth, of_probabilities=probabilities
            )
        except DimError as error:
            if subject.layer is None:
                raise
            raise DimError(
                f"Without --layer the model's own answer is taken. Of --layer {subject.layer}: "
                f"{error}"
            ) from error
        _tell(told, found, min_consistency)
        if figure is not None:
            _draw(found, figure)
            told.wrote("figure", figure)


def _require_options(
    subject: ModelOptions, crop: str, shifts: int, min_consistency: float | None
) -> None:
    from invarsig import parameters
    from invarsig.measures.shift_grid import Crop

    if subject.model is None and subject.pipeline is None:
        raise ParameterError("Name a classifier by --model, or a pipeline by --pipeline.")
    parameters.one_of("--crop", crop, Crop)
    parameters.count(shifts, "--shifts", " pixels")
    if min_consistency is not None and not 0 <= min_consistency <= 1:
        share = min_consistency / 100
        meant = f" (did you mean {share:g}?)" if 1 < min_consistency <= 100 else ""
        raise ParameterError(f"--min-consistency is {min_consistency:g}; give 0 to 1{meant}.")


def _require_figure(figure: Path | None, others: list[Path]) -> None:
    from invarsig import parameters

    if figure is not None:
        parameters.ending(figure, "A figure", *_FIGURES)
        require_place(figure)
        require_apart(figure, others)


def _draw(found: xr.Dataset, figure: Path) -> None:
    from invarsig.report import plot_answers

    axes = plot_answers(found)
    axes.figure.savefig(figure, dpi=150)  # type: ignore[union-attr]


def _measured(
    told: Told,
    subject: Subject,
    sources: list[Source],
    shifts: int,
    crop: str,
    truth: Path | None,
    *,
    of_probabilities: bool,
) -> xr.Dataset:
    """Read all pictures, take the model apart on the first, and move them."""
    from invarsig.cli.progress import progress_of
    from invarsig.cli.right_classes import right_classes
    from invarsig.measures import answers

    names = [source.path.name for source in sources]
    right = None if truth is None else right_classes(truth, names)
    if subject.model is not None and crop == "crop":
        model = subject.model.larger(shifts)
        subject = replace(subject, model=model)
    read: list[Input] = []
    for source in sources:
        with told.about(source):
            read.append(subject.read(source.path, read[0].op if read else None))
            told.note(read[-1].note)
        if told.errors:
            raise typer.Exit  # What every picture has a part in is not measured without one.
    op = subject.operator(read[0])
    pictures = [each.x.rename(each.path.name) for each in read]
    with progress_of(1, told.output) as progress:
        return answers(
            op,
            pictures,
            shifts=shifts,
            crop=crop,  # type: ignore[arg-type]
            of="probabilities" if of_probabilities else "logits",
            truth=right,
            progress=progress("pictures", 0),
        )


def _tell(told: Told, found: xr.Dataset, least: float | None) -> None:
    """Tell the numbers, and whether they are good enough."""
    value = float(found["mean_consistency"].sel(estimate="value"))
    outcome, code, text = "measured", HOLDS, _said(found)
    if least is not None and math.isnan(value):
        outcome, code = "undecidable", UNDECIDABLE
        told.note("Undecidable: an answer is undefined, since scores are NaN.")
    elif least is not None:
        outcome, code = ("holds", HOLDS) if value >= least else ("falls short", FALLS_SHORT)
        words = "at least" if value >= least else "less than"
        text += f"\nA consistency of {value:.4f} is {words} the {least:g} that is asked for."
    short = f"{value:.4f}" if least is None else outcome
    told.result(_item(found, outcome), short=short, text=text, code=code)


def _item(found: xr.Dataset, outcome: str) -> AnsweredPictures:
    measures = [
        Measure(name, *found[f"mean_{name}"].to_numpy().tolist())
        for name, *_ in _SHOWN
        if f"mean_{name}" in found
    ]
    columns = [found[name].to_numpy().tolist() for name in ("picture", "consistency", "flipped")]
    return AnsweredPictures(
        outcome,
        int(abs(found["dx"].to_numpy()).max()),
        str(found.attrs["crop"]),
        measures,
        float(found["chance"]),
        [Picture(*row) for row in zip(*columns, strict=True)],
    )


def _said(found: xr.Dataset) -> str:
    """The numbers with their intervals, and the pictures from the least consistent one on."""
    count = found.sizes["picture"]
    few = math.isnan(found["mean_consistency"].sel(estimate="low").item())
    way = "rolled" if found.attrs["crop"] == "circular" else "cut out of a larger picture"
    most = int(abs(found["dx"].to_numpy()).max())
    lines = [
        f"{count} pictures, {way}, by up to {most} px along y and x"
        + ("; too few pictures for an interval:" if few else "; with the 95 % interval:")
    ]
    for name, words, by, unit in _SHOWN:
        if f"mean_{name}" not in found:
            continue
        value, low, high = (by * found[f"mean_{name}"]).to_numpy().tolist()
        if name == "topk_change" and 2 * found.attrs["top"] > found.attrs["classes"]:
            continue  # Among most of the classes nearly every answer is.
        interval = "" if few else f" ({low:.1f} to {high:.1f})"
        lines.append(f"  {words.format(top=found.attrs['top'])}: {value:.1f} {unit}{interval}")
    if count > 1:
        chance = 100 * float(found["chance"])
        lines.append(f"  Chance, two different pictures with the same answer: {chance:.1f} %")
    worst = found.isel(picture=found["consistency"].argsort().to_numpy()[:5])
    lines.append("Least consistent:" if count > 5 else "Each picture, the least consistent first:")
    for place in range(worst.sizes["picture"]):
        own = worst.isel(picture=place)
        lines.append(
            f"  {own['picture'].item()}: {100 * float(own['consistency']):.1f} % of pairs agree, "
            f"{100 * float(own['flipped']):.1f} % of shifts give another answer"
        )
    if float(found["tied"].max()) > 0:
        lines.append(
            "Some answers are tied: two classes share the highest score, and their order decides."
        )
    return "\n".join(lines)
