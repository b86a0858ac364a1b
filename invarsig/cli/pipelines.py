"""The pipeline of a command: one of the user's own, one that has a name, or the default."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xarray as xr

from invarsig.cli.named_objects import object_of
from invarsig.diagnosis import MOST
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.models import cqt, default_pipeline, log_mel, scattering
from invarsig.operators import Levels, Operator
from invarsig.suggestions import did_you_mean

__all__ = ["NAMED", "hint", "pipeline_of"]

NAMED: dict[str, Callable[[xr.DataArray], Operator]] = {
    "cqt": cqt,
    "log_mel": log_mel,
    "scattering": scattering,
}
"""Pipelines of `iv.models` that need nothing but an input."""


def pipeline_of(spec: str | None) -> Callable[[xr.DataArray], Operator]:
    """The pipeline for any input: what is asked for is loaded once, or the one that suits it.

    Raises
    ------
    ParameterError
        If there is no such object, or the file fails.
    ReadError
        If there is no such file.
    """
    if spec is None:
        return default_pipeline
    if spec in NAMED:
        return NAMED[spec]
    if ":" not in spec:
        raise ParameterError(
            f"--pipeline {spec!r} names no object and no pipeline; give path.py:object, "
            f"package.module:object, or one of {', '.join(NAMED)}.{did_you_mean(spec, NAMED)}"
            f"{_objects_of(spec)}"
        )
    loaded, place, name = object_of(spec, "--pipeline")

    def made(x: xr.DataArray) -> Operator:
        own = isinstance(loaded, (Operator, Levels)) or not callable(loaded)
        if not own and not _takes_one(loaded):
            raise ParameterError(
                f"--pipeline: {name!r} in {place} is called with the input, and cannot take it "
                f"alone; write it as def {name}(x), with x the input."
            )
        found = loaded if own else loaded(x)
        if not isinstance(found, Operator):
            raise ParameterError(
                f"--pipeline: {name!r} in {place} is {type(found).__name__}, not an operator or a "
                "function that gives one. A torch.nn.Module is given by --model."
            )
        return found

    return made


def _objects_of(spec: str) -> str:
    """The objects that a file defines at its top, as a sentence; it is read, and not run."""
    path = Path(spec)
    if path.suffix != ".py" or not path.is_file():
        return ""
    try:
        body = ast.parse(path.read_bytes()).body
    except (SyntaxError, ValueError):
        return ""
    names = [each.name for each in body if isinstance(each, ast.FunctionDef)]
    for each in body:
        if isinstance(each, ast.Assign):
            names += [target.id for target in each.targets if isinstance(target, ast.Name)]
    shown = [f"{spec}:{name}" for name in names if not name.startswith("_")]
    return f" It has {', '.join(shown)}." if shown else ""


def _takes_one(function: Callable[..., Any]) -> bool:
    """Whether a function can be called with the input alone."""
    try:
        inspect.signature(function).bind(None)
    except TypeError:
        return False
    except ValueError:  # Some that are compiled do not say.
        return True
    return True


def hint(
    error: Exception,
    spec: str | None,
    x: xr.DataArray | None,
    *,
    whole: bool,
    built: bool = True,
) -> str:
    """What on the command line helps where a pipeline does not fit its input.

    Of a dim that is missing before the pipeline is `built` its name is not to blame.
    """
    if x is None or not (
        isinstance(error, AxisError) or (isinstance(error, DimError) and not built)
    ):
        return ""
    if any(str(dim).startswith("dim_") for dim in x.dims):
        return " Name the dims of the array by --axis, in their order: --axis y --axis x."
    ways = ["a pipeline of your own by --pipeline"] if spec is None else ["another --pipeline"]
    if not whole and x.size > MOST:
        ways.append("all of the input by --whole")
    return f" Give {', or '.join(ways)}."
