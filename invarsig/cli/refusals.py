"""Which refusal is said of a model that takes no form of an input, and which options may help."""

from __future__ import annotations

import re
from collections.abc import Sequence

import xarray as xr

from invarsig.cli.model_input import Preparation
from invarsig.errors import InvarsigError

__all__ = ["Refusal", "refusal_of"]

# An input and what the model says to it.
Refusal = tuple[xr.DataArray, InvarsigError]

# How torch and onnxruntime name a wrong number of channels; a wrong size is counted "per channel".
_OF_CHANNELS = re.compile(r"channels\b|'channel'|running_mean")


def refusal_of(
    refusals: Sequence[Refusal], prepared: Preparation, channel: str | None
) -> InvarsigError:
    """The error to raise: the first that is not about the number of channels, else the first.

    A gray picture is tried with one channel and with three, and the try with the number that the
    model does not take says nothing of what is wrong.
    """
    _, error = next(
        (each for each in refusals if not _OF_CHANNELS.search(str(each[1]))), refusals[0]
    )
    size = "--size N"
    if prepared.size is not None:
        size = f"--size, which is {'x'.join(map(str, prepared.size))},"
    ways = []
    if any("y" in x.dims for x, _ in refusals):
        ways.append(f"{size} resizes pictures to what the model was trained on")
    if channel is None and all(1 not in x.shape for x, _ in refusals):
        ways.append("--channel luminance gives one channel")
    if not prepared.dims:
        ways.append("--dims names the axes of the model's input, channel,y,x by default")
    else:
        ways.append(
            f"--dims, which is {','.join(prepared.dims)}, names the axes of the model's input in "
            "its order"
        )
    made = type(error)(f"{error} On the command line {', '.join(ways)}.")
    made.__cause__ = error
    return made
