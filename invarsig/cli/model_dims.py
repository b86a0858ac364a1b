"""What --dims may name: the places of a picture or recording, and at most one dim of channels."""

from __future__ import annotations

from collections.abc import Sequence

from invarsig.errors import DimError
from invarsig.suggestions import nearest

__all__ = ["OWN", "dim_of_channels"]

# What the channels of a file are called when it is read.
OWN = {"picture": "color", "recording": "channel"}
_PLACES = {"picture": ("y", "x"), "recording": ("time",)}


def dim_of_channels(dims: Sequence[str], kind: str) -> str | None:
    """The name of the channels' dim, if the model has one; () stands for the usual dims.

    Raises
    ------
    DimError
        If a dim is none of a picture (a recording), or one of its places is missing.

    Examples
    --------
    >>> dim_of_channels(("y", "x"), "picture"), dim_of_channels((), "picture")
    (None, 'channel')
    """
    places = _PLACES[kind]
    usual = ("channel", *places)
    wanted = dims or usual
    for dim in wanted:
        if dim not in (*usual, OWN[kind]):
            near = nearest(dim, usual, cutoff=0.5)
            remedy = (
                f"did you mean {near[0]}?"
                if near
                else f"name {', '.join(usual)} in the model's order."
            )
            raise DimError(f"--dims {','.join(wanted)}: a {kind} has no dim {dim!r}; {remedy}")
    missing = [dim for dim in places if dim not in wanted]
    others = [dim for dim in wanted if dim not in places]
    if missing or len(others) > 1:
        raise DimError(
            f"--dims {','.join(wanted)}: a {kind} has {', '.join(places)} and at most one dim "
            "of channels; name each of them once."
        )
    return others[0] if others else None
