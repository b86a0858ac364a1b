"""What a model reads of a file: its channels, its size and its normalization."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axis, label
from invarsig.cli.inputs import Input, require_signal
from invarsig.cli.model_dims import OWN, dim_of_channels
from invarsig.errors import DimError, ParameterError
from invarsig.io import read_audio, read_image
from invarsig.io.content import content_of

__all__ = ["Candidate", "Preparation"]

_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))

# Sizes that networks with strides accept are multiples of these.
_MULTIPLES = (2, 4, 8, 16, 32, 64)

_FORMS = "give imagenet, one mean and one deviation (0.5,0.5), or one of each for every channel"


@dataclass(frozen=True)
class Candidate:
    """An input that a model may accept, and what was made of the file for it."""

    x: xr.DataArray
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preparation:
    """How files become inputs of a model.

    Parameters
    ----------
    dims
        What the axes of the model's input stand for, after the batch; () for those of the file.
    normalize
        Means and deviations of the channels, or None.
    size
        Height and width that pictures are resized to, or None.
    """

    dims: tuple[str, ...]
    normalize: tuple[tuple[float, ...], tuple[float, ...]] | None
    size: tuple[int, int] | None

    @classmethod
    def of(cls, dims: str | None, normalize: str | None, size: str | None) -> Preparation:
        """Read the options.

        Raises
        ------
        ParameterError
            If one of them is not of its form.
        """
        names = () if dims is None else tuple(name.strip() for name in dims.split(","))
        if names:
            parameters.dims_once(names, "--dims")
            if not all(names):
                raise ParameterError(f"--dims {dims!r} has an empty name; give channel,y,x.")
        return cls(names, _normalization(normalize), _size(size))

    def candidates(self, path: Path, channel: str | None, around: int = 0) -> Iterator[Candidate]:
        """The file as it is, then with what a model may need: three channels, another size.

        Parameters
        ----------
        path
            The file.
        channel
            The only channel or color that is taken; "luminance" mixes colors.
        around
            By how many pixels a picture is larger than what the model gets, on each side.
        """
        whole, kind = _read(path, channel)
        name = dim_of_channels(self.dims, kind)
        for x, said in self._with_channels(whole.x, kind, name):
            done, notes = x, [each for each in (whole.note, said) if each]
            if self.size is not None and kind == "picture":
                done, resized = _resized(done, self.size, around)
                notes.append(resized)
            done = self._normalized(done, name)
            yield Candidate(done, tuple(notes))
            if self.size is None and kind == "picture":
                for smaller, cut in _cropped(done, around):
                    yield Candidate(smaller, (*notes, cut))

    def dims_for(self, x: xr.DataArray) -> tuple[str, ...]:
        """The dims of the model's input, in its order."""
        places = ("y", "x") if "y" in x.dims else ("time",)
        return self.dims or ("channel", *places)

    def _with_channels(
        self, x: xr.DataArray, kind: str, name: str | None
    ) -> Iterator[tuple[xr.DataArray, str]]:
        own = OWN[kind]
        if own in x.dims:
            if name is None:
                raise DimError(
                    f"--dims {','.join(self.dims)} has no dim of channels, and the {kind} has "
                    f"{x.sizes[own]}; choose one by --channel."
                )
            yield x.drop_vars(own, errors="ignore").rename({own: name} if own != name else {}), ""
            return
        if name is None:
            yield x, ""
            return
        several = self.normalize is not None and len(self.normalize[0]) == 3
        if not several:
            yield x.expand_dims({name: 1}), ""
        if kind == "picture":
            three = xr.concat([x] * 3, name).assign_attrs(x.attrs).rename(x.name)
            yield (
                three,
                "The picture is gray; its values are given three times, as red, green, blue.",
            )

    def _normalized(self, x: xr.DataArray, name: str | None) -> xr.DataArray:
        if self.normalize is None:
            return x
        mean, deviation = (np.array(each) for each in self.normalize)
        count = 1 if name is None else x.sizes[name]
        if len(mean) not in (1, count):
            raise ParameterError(
                f"--normalize has {len(mean)} means, and the input {count} channels; {_FORMS}."
            )
        if len(mean) == 1 or name is None:
            done: xr.DataArray = (x - mean[0]) / deviation[0]
        else:
            done = (x - xr.DataArray(mean, dims=name)) / xr.DataArray(deviation, dims=name)
        done = done.transpose(*x.dims).assign_attrs(x.attrs)
        return done.rename(x.name)


def _normalization(text: str | None) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    if text is None:
        return None
    if text.strip().lower() == "imagenet":
        return _IMAGENET
    parts = text.split(";") if ";" in text else text.split(",")
    try:
        groups = [tuple(float(each) for each in part.split(",")) for part in parts]
    except ValueError:
        groups = []
    if len(groups) != 2 or len(groups[0]) != len(groups[1]) or not np.isfinite(groups).all():
        raise ParameterError(
            f"--normalize {text!r} is not MEAN,STD; {_FORMS}: 'r,g,b;r,g,b', with quotes."
        )
    mean, deviation = groups
    if min(deviation) <= 0:
        raise ParameterError(f"--normalize {text!r}: a deviation is {min(deviation):g}; above 0.")
    return mean, deviation


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise ParameterError(f"--size {text!r} is not a size; give pixels, 224 or 224x320 (y, x).")
    return int(parts[0]), int(parts[-1])


def _read(path: Path, channel: str | None) -> tuple[Input, str]:
    """The file with its channels or colors, or the one that is asked for."""
    require_signal(path)
    found = content_of(path)
    if found is None or found.kind == "recording":
        whole = read_audio(path)
        if channel is not None:
            return Input.read(path, channel).in_memory(), "recording"
        return Input(path, whole), "recording"
    if channel == "luminance":
        return Input(
            path, read_image(path, gray=True), f"The luminance of {path.name} is given."
        ), ("picture")
    if channel is not None:
        return Input.read(path, channel), "picture"
    whole = read_image(path)
    if "color" not in whole.dims or "alpha" not in whole["color"].to_numpy():
        return Input(path, whole), "picture"
    opaque = whole.isel(color=slice(-1))
    opaque = opaque.isel(color=0, drop=True) if opaque.sizes["color"] == 1 else opaque
    return Input(path, opaque, f"The transparency of {path.name} is left out."), "picture"


def _resized(x: xr.DataArray, size: Sequence[int], around: int) -> tuple[xr.DataArray, str]:
    """Resize so that the picture just covers the size, and cut the middle out."""
    from skimage.transform import resize

    wanted = [each + 2 * around for each in size]
    there = [x.sizes["y"], x.sizes["x"]]
    scale = max(want / have for want, have in zip(wanted, there, strict=True))
    grown = [max(round(have * scale), want) for have, want in zip(there, wanted, strict=True)]
    plain = x.transpose(..., "y", "x")
    values = plain.to_numpy()
    if grown != there:
        values = resize(values, (*values.shape[:-2], *grown), order=1, anti_aliasing=True)
    top, left = ((have - want) // 2 for have, want in zip(grown, wanted, strict=True))
    values = values[..., top : top + wanted[0], left : left + wanted[1]]
    others = [str(dim) for dim in plain.dims[:-2]]
    done = label(values, *others, Axis("y", unit="px"), Axis("x", unit="px"), name=str(x.name))
    said = (
        f"The picture of {there[0]} x {there[1]} px is resized to {grown[0]} x {grown[1]}, of "
        f"which the middle {wanted[0]} x {wanted[1]} is taken."
    )
    return done.assign_attrs(x.attrs), said


def _cropped(x: xr.DataArray, around: int) -> Iterator[tuple[xr.DataArray, str]]:
    """The middle of a picture, cut to multiples that networks with strides accept."""
    there = [x.sizes[dim] - 2 * around for dim in ("y", "x")]
    seen = {tuple(there)}
    for multiple in _MULTIPLES:
        high, wide = (size // multiple * multiple for size in there)
        if min(high, wide) < 1 or (high, wide) in seen:
            continue
        seen.add((high, wide))
        cut = {"y": high + 2 * around, "x": wide + 2 * around}
        start = {dim: (x.sizes[dim] - size) // 2 for dim, size in cut.items()}
        middle = x.isel({dim: slice(start[dim], start[dim] + size) for dim, size in cut.items()})
        yield (
            middle,
            (
                f"The model does not take {there[0]} x {there[1]} px: the middle {high} x {wide}, "
                f"a multiple of {multiple}, is taken."
            ),
        )
