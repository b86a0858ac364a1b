"""The command ``answers``: whether a model keeps its answer when pictures are moved by a pixel."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from invarsig.cli.options import (
    Channel,
    Dims,
    Layer,
    ModelSpec,
    Normalize,
    Pipe,
    Size,
    Trust,
)
from invarsig.cli.places import require_apart, require_place
from invarsig.cli.progress import progress_of
from invarsig.cli.told import FALLS_SHORT, HOLDS, UNDECIDABLE, say, told
from invarsig.errors import DimError, ParameterError, ReadError

if TYPE_CHECKING:
    import xarray as xr

    from invarsig.cli.inputs import Input
    from invarsig.cli.subject import Subject

__all__ = ["answers_command"]

_FIGURES = (".png", ".svg", ".pdf")
_SHOWN = (
    ("consistency", "Pairs of shifts with the same answer", 100, "%"),
    ("top1_change", "One-pixel steps that change the answer", 100, "%"),
    ("topk_change", "One-pixel steps that put it out of the first {top}", 100, "%"),
    ("mean_absolute_change", "Change of its probability in a step", 100, "points"),
    ("unstable", "Pictures whose answer some shift changes", 100, "%"),
)


def answers_command(
    inputs: Annotated[
        list[Path], typer.Argument(metavar="INPUT...", help="Pictures, or folders of them.")
    ],
    pipeline: Pipe = None,
    model: ModelSpec = None,
    layer: Layer = None,
    normalize: Normalize = None,
    dims: Dims = None,
    size: Size = None,
    trust: Trust = False,
    channel: Channel = None,
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
) -> None:
    """Move pictures pixel by pixel, and say how often a classifier changes its answer.

    Exit code 0: done, and consistent enough; 1: less consistent than --min-consistency; 2: bad
    usage; 3: undecidable, since an answer is undefined.
    """
    from invarsig import parameters
    from invarsig.cli.subject import ModelOptions, Subject
    from invarsig.measures.shift_grid import Crop
    from invarsig.report import plot_answers

    options = ModelOptions(model, layer, normalize, dims, size, trust)
    with told():
        if model is None and pipeline is None:
            raise ParameterError("Name a classifier by --model, or a pipeline by --pipeline.")
        parameters.one_of("--crop", crop, Crop)
        parameters.count(shifts, "--shifts", " pixels")
        if min_consistency is not None and not 0 <= min_consistency <= 1:
            raise ParameterError(f"--min-consistency is {min_consistency:g}; give 0 to 1.")
        paths = _pictures(inputs)
        if figure is not None:
            parameters.ending(figure, "A figure", *_FIGURES)
            require_place(figure)
            require_apart(figure, [*paths, *Subject.files(pipeline, options)])
        subject = Subject.loaded(pipeline, channel, options)
        try:
            found = _measured(subject, paths, shifts, crop, of_probabilities=probabilities)
        except DimError as error:
            if layer is None:
                raise
            raise DimError(f"{error} Without --layer the model's own answer is taken.") from error
        say(_said(found))
        if figure is not None:
            axes = plot_answers(found)
            axes.figure.savefig(figure, dpi=150)  # type: ignore[union-attr]
            say(f"Wrote {figure}.")
    raise typer.Exit(_code(found, min_consistency))


def _pictures(inputs: list[Path]) -> list[Path]:
    """All pictures that are named, or lie in folders that are, in the order of their names."""
    from invarsig.io.content import content_of

    found: list[Path] = []
    for path in inputs:
        if not path.exists():
            raise ReadError(f"There is no file or folder {path}.")
        if not path.is_dir():
            found.append(path)
            continue
        inside = [each for each in sorted(path.iterdir()) if each.is_file()]
        kinds = [content_of(each) for each in inside]
        pictures = [
            p for p, kind in zip(inside, kinds, strict=True) if kind and kind.kind == "picture"
        ]
        if not pictures:
            raise ReadError(f"The folder {path} holds no picture: no PNG, JPEG or TIFF.")
        found += pictures
    return found


def _measured(
    subject: Subject, paths: list[Path], shifts: int, crop: str, *, of_probabilities: bool
) -> xr.Dataset:
    """Read all pictures, take the model apart on the first, and move them."""
    from invarsig.measures import answers

    if subject.model is not None and crop == "crop":
        model = subject.model.larger(shifts)
        subject = replace(subject, model=model)
    read: list[Input] = []
    for path in paths:
        with told(path):
            read.append(subject.read(path, read[0].op if read else None))
    for note in dict.fromkeys(each.note for each in read):
        if note:
            say(note, err=True)
    op = subject.operator(read[0])
    pictures = [each.x.rename(each.path.name) for each in read]
    with progress_of(1) as progress:
        return answers(
            op,
            pictures,
            shifts=shifts,
            crop=crop,  # type: ignore[arg-type]
            of="probabilities" if of_probabilities else "logits",
            progress=progress("pictures", 0),
        )


def _said(found: xr.Dataset) -> str:
    """The numbers with their intervals, and the pictures from the least consistent one on."""
    count = found.sizes["picture"]
    way = "rolled" if found.attrs["crop"] == "circular" else "cut out of a larger picture"
    most = int(abs(found["dx"].to_numpy()).max())
    lines = [
        f"{count} pictures, {way}, by up to {most} px along y and x"
        + ("; with the 95 % interval over pictures:" if count > 1 else ":")
    ]
    for name, words, by, unit in _SHOWN:
        value, low, high = (by * found[f"mean_{name}"]).to_numpy().tolist()
        interval = f" ({low:.1f} to {high:.1f})" if count > 1 else ""
        lines.append(f"  {words.format(top=found.attrs['top'])}: {value:.1f} {unit}{interval}")
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


def _code(found: xr.Dataset, least: float | None) -> int:
    if least is None:
        return HOLDS
    value = float(found["mean_consistency"].sel(estimate="value"))
    if math.isnan(value):
        say("Undecidable: an answer is undefined, since scores are NaN.", err=True)
        return UNDECIDABLE
    words = "at least" if value >= least else "less than"
    say(f"A consistency of {value:.4f} is {words} the {least:g} that is asked for.")
    return HOLDS if value >= least else FALLS_SHORT
