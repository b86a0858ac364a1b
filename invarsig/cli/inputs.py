"""What a command reads: a recording in one channel, a picture in gray, or a labeled grid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from invarsig.axes import in_memory
from invarsig.cli.grids import LONG, GridOptions, is_grid
from invarsig.diagnosis import Diagnosis
from invarsig.diagnosis.in_blocks import in_blocks
from invarsig.errors import ParameterError, ReadError
from invarsig.io import open_audio, read_audio, read_image
from invarsig.io.content import content_of
from invarsig.kernels.levels import energy_at_level
from invarsig.operators import Operator
from invarsig.suggestions import did_you_mean

__all__ = ["Input", "require_signal"]

# A mixture with less of the energy that unrelated channels would leave: they cancel each other.
_CANCELED = 0.25


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
        if dim == "channel" and type(whole.variable._data) is not np.ndarray:
            mixed, what = open_audio(path, mono=True), "their mean"
            weights = np.full(len(names), 1 / len(names))
        elif dim == "channel":
            # To leave out NaN takes a copy, which a long recording has only where it is needed.
            some_nan = not np.isfinite(whole.to_numpy().min())
            mixed = whole.mean(dim, keep_attrs=True, skipna=some_nan)
            what = "their mean"
            weights = np.full(len(names), 1 / len(names))
        else:
            mixed, what = read_image(path, gray=True), "their luminance"
            weights = np.array([0.2125, 0.7154, 0.0721] if len(names) > 2 else [1.0])
        _require_kept(mixed, whole.isel({dim: slice(len(weights))}), dim, weights, path)
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


def _require_kept(
    mixed: xr.DataArray, whole: xr.DataArray, dim: str, weights: np.ndarray, path: Path
) -> None:
    """Refuse channels that cancel: of what remains a verdict would be one on rounding or noise."""
    apart = sum(
        weight**2 * _variance(whole.isel({dim: place})) for place, weight in enumerate(weights)
    )
    kept = _variance(mixed)
    if kept < _CANCELED * apart:
        raise ParameterError(
            f"The {whole.sizes[dim]} {dim}s of {path} cancel each other: mixed they keep "
            f"{kept / apart:.1e} of the energy that unrelated ones would; choose one of them by "
            "--channel."
        )


def _variance(x: xr.DataArray) -> float:
    """Variance over all samples, without a copy of them; of those that are not NaN, if some are."""
    if type(x.variable._data) is not np.ndarray:
        return _variance_by_blocks(x)
    values = x.to_numpy()
    total, exponent = energy_at_level(values, centered=True)
    found = float(np.ldexp(total, 2 * exponent)) / max(values.size, 1)
    return found if np.isfinite(found) else float(x.var())


def _variance_by_blocks(x: xr.DataArray) -> float:
    count, total, squares = 0, 0.0, 0.0
    for block in in_blocks(x):
        there = block[~np.isnan(block)]
        count, total = count + there.size, total + float(there.sum())
        squares += float(np.square(there).sum())
    mean = total / max(count, 1)
    return max(squares / max(count, 1) - mean**2, 0.0)
