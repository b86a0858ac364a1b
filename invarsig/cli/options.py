"""The options that several commands share, each stated once, in groups."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from invarsig.cli import completion

__all__ = [
    "Along",
    "GridAxesOptions",
    "Inputs",
    "ModelOptions",
    "NetworkOptions",
    "NormName",
    "OutputOptions",
    "PageFile",
    "SubjectOptions",
]

_MODELS, _GRIDS, _OUTPUT = "Models", "Grids", "Output"

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT...",
        help="Recordings, pictures and grids (NetCDF, Zarr, .npy); folders and patterns "
        "('takes/*.wav') of them; - for what comes from a pipe.",
        autocompletion=completion.files,
    ),
]
Along = Annotated[
    list[str] | None,
    typer.Option(
        "--along",
        metavar="DIM",
        help="Dim to look along; may be repeated. All by default.",
        autocompletion=completion.dims,
    ),
]
NormName = Annotated[
    str | None,
    typer.Option(
        "--norm",
        metavar="NAME",
        help="What errors are relative to: the output without the mean of each channel "
        "(channelwise; by default with --model), without one mean (centered; by default without), "
        "or as it is (total).",
        autocompletion=completion.norms,
    ),
]
PageFile = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the page goes.")]


@dataclass(frozen=True)
class OutputOptions:
    """How a command tells what it found."""

    json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="One JSON document on stdout, errors included, and nothing else.",
            rich_help_panel=_OUTPUT,
        ),
    ] = False
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Nothing but the result.", rich_help_panel=_OUTPUT),
    ] = False
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            help="More: what is read, what measures it, progress as lines, and where your own code "
            "failed.",
            rich_help_panel=_OUTPUT,
        ),
    ] = False


@dataclass(frozen=True)
class NetworkOptions:
    """A network, and how its input is made."""

    channel: Annotated[
        str | None,
        typer.Option(
            "--channel",
            metavar="NAME",
            help="Channel of a recording, counted from 1, or color of a picture. By default they "
            "are mixed: channels to their mean, colors to their luminance; a model gets all of "
            "them, and luminance gives it one.",
        ),
    ] = None
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="MODEL",
            help="A network, in place of a pipeline: path.py:function or package.module:function "
            "that builds it, net.onnx, or, with --trust, net.pt2 or a pickled module.",
            rich_help_panel=_MODELS,
            autocompletion=completion.models,
        ),
    ] = None
    layer: Annotated[
        str | None,
        typer.Option(
            "--layer",
            metavar="PATH",
            help="Measure the model up to a node, or to the end of a block, such as blocks.3.",
            rich_help_panel=_MODELS,
            autocompletion=completion.layers,
        ),
    ] = None
    normalize: Annotated[
        str | None,
        typer.Option(
            "--normalize",
            metavar="MEAN,STD",
            help="Subtract and divide values from 0 to 1 by: imagenet, 0.5,0.5, or 'r,g,b;r,g,b'. "
            "By default they stay as they are.",
            rich_help_panel=_MODELS,
        ),
    ] = None
    dims: Annotated[
        str | None,
        typer.Option(
            "--dims",
            metavar="DIMS",
            help="What the axes of the model's input are, after the batch: channel,y,x by default, "
            "and channel,time for a recording.",
            rich_help_panel=_MODELS,
        ),
    ] = None
    size: Annotated[
        str | None,
        typer.Option(
            "--size",
            metavar="PIXELS",
            help="Resize pictures for the model until they just cover 224, or 224x320 (y, x), and "
            "take the middle. By default no pixel is touched; if the model refuses the size, the "
            "middle is cut to a multiple that it takes.",
            rich_help_panel=_MODELS,
        ),
    ] = None
    trust: Annotated[
        bool,
        typer.Option(
            "--trust",
            help="Read a model's file although that can run any code that is in it.",
            rich_help_panel=_MODELS,
        ),
    ] = False


@dataclass(frozen=True)
class GridAxesOptions:
    """How grids are read."""

    variable: Annotated[
        str | None,
        typer.Option(
            "--variable",
            metavar="NAME",
            help="Variable of a NetCDF file or a Zarr store.",
            rich_help_panel=_GRIDS,
            autocompletion=completion.variables,
        ),
    ] = None
    axis: Annotated[
        list[str] | None,
        typer.Option(
            "--axis",
            metavar="DIM=STEP",
            help="Step and unit of a grid's axis, such as time=1/16000s, and whether it wraps: "
            "lon,periodic. Once for each dim of an .npy file, in order.",
            rich_help_panel=_GRIDS,
            autocompletion=completion.axes,
        ),
    ] = None


@dataclass(frozen=True)
class ModelOptions(NetworkOptions):
    """What is measured in place of the default pipeline."""

    pipeline: Annotated[
        str | None,
        typer.Option(
            "--pipeline",
            metavar="PATH.py:OBJECT",
            help="A pipeline of your own, path.py:object or package.module:object: an operator, or "
            "a function of the input that gives one. The file is run. Or a name: cqt, log_mel, "
            "scattering. By default the one that suits the input.",
            autocompletion=completion.pipelines,
        ),
    ] = None


@dataclass(frozen=True)
class SubjectOptions(ModelOptions, GridAxesOptions):
    """A pipeline or a model, how grids are read, and what errors are relative to."""

    norm: NormName = None
