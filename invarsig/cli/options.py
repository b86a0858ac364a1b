"""The options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = [
    "Along",
    "AxisSpec",
    "Channel",
    "Dims",
    "Layer",
    "ModelSpec",
    "Normalize",
    "Pipe",
    "Size",
    "Trust",
    "Variable",
]

Pipe = Annotated[
    str | None,
    typer.Option(
        "--pipeline",
        metavar="PATH.py:OBJECT",
        help="A pipeline of your own, path.py:object or package.module:object: an operator, or a "
        "function of the input that gives one. The file is run.",
    ),
]
Along = Annotated[
    list[str] | None,
    typer.Option(
        "--along", metavar="DIM", help="Dim to look along; may be repeated. All by default."
    ),
]
Channel = Annotated[
    str | None,
    typer.Option(
        "--channel",
        metavar="NAME",
        help="Channel of a recording, counted from 1, or color of a picture. By default they are "
        "mixed: channels to their mean, colors to their luminance; a model gets all of them, and "
        "luminance gives it one.",
    ),
]
ModelSpec = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="MODEL",
        help="A network, in place of a pipeline: path.py:function or package.module:function that "
        "builds it, net.onnx, or, with --trust, net.pt2 or a pickled module.",
    ),
]
Layer = Annotated[
    str | None,
    typer.Option(
        "--layer",
        metavar="PATH",
        help="Measure the model up to a node, or to the end of a block, such as blocks.3.",
    ),
]
Normalize = Annotated[
    str | None,
    typer.Option(
        "--normalize",
        metavar="MEAN,STD",
        help="Subtract and divide values from 0 to 1 by: imagenet, 0.5,0.5, or 'r,g,b;r,g,b'. By "
        "default they stay as they are.",
    ),
]
Dims = Annotated[
    str | None,
    typer.Option(
        "--dims",
        metavar="DIMS",
        help="What the axes of the model's input are, after the batch: channel,y,x by default, and "
        "channel,time for a recording.",
    ),
]
Size = Annotated[
    str | None,
    typer.Option(
        "--size",
        metavar="PIXELS",
        help="Resize pictures for the model until they just cover 224, or 224x320 (y, x), and take "
        "the middle. By default no pixel is touched; if the model refuses the size, the middle is "
        "cut to a multiple that it takes.",
    ),
]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust", help="Read a model's file although that can run any code that is in it."
    ),
]
Variable = Annotated[
    str | None,
    typer.Option("--variable", metavar="NAME", help="Variable of a NetCDF file or a Zarr store."),
]
AxisSpec = Annotated[
    list[str] | None,
    typer.Option(
        "--axis",
        metavar="DIM=STEP",
        help="Step and unit of a grid's axis, such as time=1/16000s, and whether it wraps: "
        "lon,periodic. Once for each dim of an .npy file, in order.",
    ),
]
