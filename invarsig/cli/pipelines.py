"""The pipeline of a command: one of the user's own, by file or module and name, or the default."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xarray as xr

from invarsig.diagnosis import MOST
from invarsig.errors import AxisError, InvarsigError, ParameterError, ReadError
from invarsig.models import default_pipeline
from invarsig.operators import Levels, Operator

__all__ = ["file_of", "hint", "pipeline_of"]


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
    place, colon, name = spec.rpartition(":")
    if not colon or not place or not name:
        raise ParameterError(
            f"--pipeline {spec!r} names no object; give path.py:object or package.module:object."
        )
    loaded: Any = _module(place)
    for part in name.split("."):
        if not hasattr(loaded, part):
            raise ParameterError(f"--pipeline: {place} has no object {name!r}.")
        loaded = getattr(loaded, part)

    def made(x: xr.DataArray) -> Operator:
        own = isinstance(loaded, (Operator, Levels)) or not callable(loaded)
        found = loaded if own else loaded(x)
        if not isinstance(found, Operator):
            raise ParameterError(
                f"--pipeline: {name!r} in {place} is {type(found).__name__}, not an operator or a "
                "function that gives one."
            )
        return found

    return made


def file_of(spec: str | None) -> list[Path]:
    """The file that a pipeline comes from, if it is named by its file."""
    place = "" if spec is None else spec.rpartition(":")[0]
    return [Path(place)] if place.endswith(".py") else []


def hint(error: Exception, spec: str | None, x: xr.DataArray | None, *, whole: bool) -> str:
    """What on the command line helps where a pipeline does not fit its input."""
    if x is None or not isinstance(error, AxisError):
        return ""
    ways = ["a pipeline of your own by --pipeline"] if spec is None else ["another --pipeline"]
    if not whole and x.size > MOST:
        ways.append("all of the input by --whole")
    return f" Give {', or '.join(ways)}."


def _module(place: str) -> Any:
    """Load a module from a file or by its name."""
    if not place.endswith(".py"):
        try:
            return importlib.import_module(place)
        except ImportError as error:
            raise ParameterError(
                f"--pipeline: the module {place!r} cannot be imported: {error}"
            ) from error
    path = Path(place)
    if not path.is_file():
        raise ReadError(f"--pipeline: there is no file {place}.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ReadError(f"--pipeline: {place} cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except InvarsigError:
        raise
    except Exception as error:
        raise ParameterError(f"--pipeline: {place} fails when it is run: {error!r}") from error
    return module
