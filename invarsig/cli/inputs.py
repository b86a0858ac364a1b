"""What a command reads: a recording in one channel, a picture in gray, or a labeled grid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import xarray as xr

from invarsig.axes import in_memory
from invarsig.cli.grids import LONG, GridOptions, is_grid
from invarsig.diagnosis import Diagnosis
from invarsig.diagnosis.one_channel import mix
from invarsig.errors import ParameterError, ReadError
from invarsig.io import open_audio, read_audio, read_image
from invarsig.io.content import content_of
from invarsig.operators import Operator
from invarsig.suggestions import did_you_mean

__all__ = ["Input", "require_signal"]


@dataclass(frozen=True)
class Input:
    """One input, as it is measured.

    Parameters
    ----------
    path
        The file.
    x
        The signal, without channels or colors.
    note
        What was made of its channels or colors, as a sentence ("" if it had one only).
    op
        What measures it, where that was made for this input.
    """

    path: Path
    x: xr.DataArray
    note: str = ""
    op: Operator | None = None

    @classmethod
    def read(cls, path: Path, channel: str | None = None, grid: GridOptions | None = None) -> Input:
        """Read a file; of several channels their mean, or the one that is asked for.

        Raises
        ------
        ReadError
            If it cannot be read.
        ParameterError
            If there is no such channel, or the channels cancel each other.
        """
        grid = grid or GridOptions()
        if is_grid(path):
            if channel is not None:
                raise ParameterError(f"--channel is for recordings and pictures, not for {path}.")
            return cls(path, grid.read(path))
        grid.refuse(path)
        require_signal(path)
        found = content_of(path)
        if found is None or found.kind == "recording":
            whole, dim = _recording(path), "channel"
        else:
            whole, dim = read_image(path), "color"
        if dim not in whole.dims:
            _names(whole, dim, path, channel)
            return cls(path, whole)
        names = _names(whole, dim, path, channel)
        if channel is not None:
            chosen = whole.isel({dim: names.index(channel)}, drop=True)
            return cls(path, chosen, f"Of {path.name} {dim} {channel} alone is measured.")
        mixed, what = mix(path, whole, dim, "choose one of them by --channel")
        return cls(
            path,
            mixed,
            f"The {len(names)} {dim}s of {path.name} are mixed to {what}; --channel takes one of "
            f"{', '.join(names)}.",
        )

    def in_memory(self) -> Input:
        """The same, read: for a command that measures all of it at once."""
        return replace(self, x=in_memory(self.x))

    def noted(self, found: Diagnosis) -> Diagnosis:
        """A diagnosis of this input that says what was made of its channels."""
        if not self.note:
            return found
        tree = found.tree.copy()
        for node in tree.children.values():
            node.attrs["notes"] = "\n".join(filter(None, [self.note, node.attrs["notes"]]))
        return Diagnosis(tree)


def _recording(path: Path) -> xr.DataArray:
    """A recording; a long one is opened, and read where it is measured."""
    opened = open_audio(path)
    return opened if opened.nbytes > LONG else read_audio(path)


def require_signal(path: Path) -> None:
    """Refuse a text or another document, which no decoder would say of it.

    Raises
    ------
    ReadError
        If it is one, or is missing or empty.
    """
    found = content_of(path)
    if found is not None and found.kind == "document":
        raise ReadError(f"{str(path)!r} is not a signal: it is {found.name}; {found.remedy}.")
    if found is None and _is_text(path):
        raise ReadError(
            f"{str(path)!r} is a text file, and not a recording, a picture or a grid; give one of "
            "them. A table of numbers becomes a grid by np.save('grid.npy', np.loadtxt(path))."
        )


def _is_text(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(4096)
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # A character may be cut at the end.
            return False
        text = head[: error.start].decode("utf-8")
    return all(each.isprintable() or each in "\t\n\r\f" for each in text)


def _names(whole: xr.DataArray, dim: str, path: Path, channel: str | None) -> list[str]:
    """Names of the channels, which count from 1; those of colors are their own."""
    if dim not in whole.dims:
        names = ["1"] if dim == "channel" else ["gray"]
    elif dim in whole.coords:
        names = [str(each) for each in whole[dim].values]
    else:
        names = [str(number) for number in range(1, whole.sizes[dim] + 1)]
    if channel is not None and channel not in names:
        raise ParameterError(
            f"--channel {channel}: {path} has no such {dim}; it has {', '.join(names)}."
            f"{did_you_mean(channel, names)}"
        )
    return names
