"""The pipeline of a command: one of the user's own, by file or module and name, or the default."""

from __future__ import annotations

from collections.abc import Callable

import xarray as xr

from invarsig.cli.named_objects import object_of
from invarsig.diagnosis import MOST
from invarsig.errors import AxisError, ParameterError
from invarsig.models import default_pipeline
from invarsig.operators import Levels, Operator

__all__ = ["hint", "pipeline_of"]


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
    loaded, place, name = object_of(spec, "--pipeline")

    def made(x: xr.DataArray) -> Operator:
        own = isinstance(loaded, (Operator, Levels)) or not callable(loaded)
        found = loaded if own else loaded(x)
        if not isinstance(found, Operator):
            raise ParameterError(
                f"--pipeline: {name!r} in {place} is {type(found).__name__}, not an operator or a "
                "function that gives one. A torch.nn.Module is given by --model."
            )
        return found

    return made


def hint(error: Exception, spec: str | None, x: xr.DataArray | None, *, whole: bool) -> str:
    """What on the command line helps where a pipeline does not fit its input."""
    if x is None or not isinstance(error, AxisError):
        return ""
    ways = ["a pipeline of your own by --pipeline"] if spec is None else ["another --pipeline"]
    if not whole and x.size > MOST:
        ways.append("all of the input by --whole")
    return f" Give {', or '.join(ways)}."
