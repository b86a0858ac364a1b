"""Where an output goes: somewhere that can be written, and where no input is."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from invarsig.errors import WriteError

__all__ = ["require_apart", "require_place"]


def require_place(out: Path, *, folder: bool = False) -> None:
    """Refuse a place that a file cannot go to before the work is done.

    Raises
    ------
    WriteError
        If it is a folder, or there is no folder for it.
    """
    if out.is_dir() and not folder:
        raise WriteError(f"{out} is a folder; name a file in it.")
    if not out.parent.is_dir():
        raise WriteError(f"There is no folder {out.parent}; make it, or write somewhere else.")


def require_apart(out: Path, others: Iterable[Path]) -> None:
    """Refuse an output that is something else already: what is read, or another output.

    Two names are the same through links, symbolic and hard ones, and a folder holds what is in it.

    Raises
    ------
    WriteError
        If it is.
    """
    for other in others:
        if _same(out, other):
            raise WriteError(
                f"{out} is where {other} is, and writing it would destroy that; give another path."
            )


def _same(one: Path, other: Path) -> bool:
    try:
        if one.samefile(other):
            return True
    except (OSError, ValueError):
        pass  # One of them is not there.
    first, second = Path(os.path.realpath(one)), Path(os.path.realpath(other))
    if first == second:
        return True
    within = first.is_relative_to(second) and second.is_dir()
    return within or (second.is_relative_to(first) and first.is_dir())
