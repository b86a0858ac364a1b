"""The collection: a folder of recordings and pictures, in the layout of the repository's data/."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from invarsig.axes import Axis, axis_of, label
from invarsig.errors import ReadError
from invarsig.experiments.packaged_photographs import packaged_photographs
from invarsig.io import read_audio, read_image
from invarsig.models.trained import TrainedNetwork, read_networks

__all__ = ["Collection"]

# Where the repository's data are.
_REPOSITORY = (Path("data"), Path(__file__).parents[2] / "data")
_SOUNDS = {".flac", ".wav", ".ogg", ".mp3"}
_PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}


@dataclass(frozen=True)
class Collection:
    """A folder of real recordings and pictures that experiments run on.

    The layout is that of the repository's ``data/``; a part may be missing as long as no experiment
    needs it:

    - ``speech/``, ``music/``, ``environment/``: recordings under any name;
    - ``digits/{digit}_{voice}.flac``: spoken digits;
    - ``instruments/{instrument}_{midi}.flac``: single notes, by their MIDI number;
    - ``images/``, ``textures/``: pictures under any name;
    - ``photographs/``: color photographs under any name; without it those are taken that
      scikit-image, scikit-learn and matplotlib ship;
    - ``handwritten/digits8x8.npz``: arrays ``images`` (n, 8, 8) and ``labels`` (n);
    - ``networks/``: trained networks (`invarsig.models.read_networks`); without it those of the
      repository are taken.

    Parameters
    ----------
    folder
        The folder.
    """

    folder: Path

    @classmethod
    def found(cls, folder: str | os.PathLike[str] | None = None) -> Collection:
        """Take a folder, or find ``data/`` here or beside the package's checkout.

        Raises
        ------
        ReadError
            If there is no such folder, or none was found.
        """
        if folder is not None:
            if not Path(folder).is_dir():
                what = "is a file" if Path(folder).exists() else "is not there"
                raise ReadError(
                    f"The folder {os.fspath(folder)} {what}; give one laid out as "
                    "docs/how_to/run_claims_on_my_data.md says."
                )
            return cls(Path(folder))
        for place in _REPOSITORY:
            if (place / "manifest.csv").is_file():
                return cls(place)
        raise ReadError(
            "Experiments run on real recordings and pictures, which the wheel does not hold: run "
            "them in a clone of the repository, or name its data folder with --data DIR (in "
            "Python: data=...)."
        )

    def paths(self, part: str, at_least: int = 1) -> list[Path]:
        """Recordings or pictures of a part, sorted by name.

        Raises
        ------
        ReadError
            If there are fewer than wanted.
        """
        inside = self.folder / part
        found = sorted(
            path
            for path in (inside.iterdir() if inside.is_dir() else ())
            if path.suffix.lower() in _SOUNDS | _PICTURES
        )
        if len(found) < at_least:
            raise ReadError(
                f"{inside} holds {len(found)} recordings or pictures, and {at_least} are needed; "
                "docs/how_to/run_claims_on_my_data.md shows the layout."
            )
        return found

    def sound(
        self,
        path: Path,
        seconds: float | None = None,
        *,
        at_least: float = 0.0,
        up_to: float = 0.0,
    ) -> xr.DataArray:
        """Read a recording, mono; if requested, only its loudest part.

        Raises
        ------
        ReadError
            If it is silent, lasts less than `at_least` seconds, or ends below `up_to` Hz.
        """
        x = read_audio(path, mono=True)
        step = axis_of(x, "time").step
        if x.sizes["time"] * step < at_least:
            raise ReadError(
                f"{path} lasts {x.sizes['time'] * step:.3g} s, and {at_least:g} s are needed; give "
                "a longer recording."
            )
        if 0.5 / step < up_to:
            raise ReadError(
                f"{path} has a rate of {1 / step:g} Hz, and {2 * up_to:g} Hz are needed, for "
                f"frequencies up to {up_to:g} Hz; give a recording of a higher rate."
            )
        _require_change(x, path, "recording", "is silent")
        return x if seconds is None else _loudest(x, seconds)

    def picture(self, path: Path, side: int | None = None) -> xr.DataArray:
        """Read a picture, gray; if requested, only its middle square.

        Raises
        ------
        ReadError
            If the picture is smaller than that, or of one gray.
        """
        x = read_image(path, gray=True)
        if side is None:
            _require_change(x, path, "picture", "is of one gray")
            return x
        if min(x.sizes["y"], x.sizes["x"]) < side:
            raise ReadError(f"{path} is smaller than {side} x {side}; give larger pictures.")
        cut = {dim: slice((x.sizes[dim] - side) // 2, None) for dim in ("y", "x")}
        middle = x.isel(cut).isel(y=slice(side), x=slice(side))
        _require_change(middle, path, "picture", f"is of one gray in its middle {side} x {side}")
        return middle

    def photographs(self) -> dict[str, Path]:
        """Color photographs by their names: the collection's own, or those that packages ship."""
        if (self.folder / "photographs").is_dir():
            return {f"photographs/{path.name}": path for path in self.paths("photographs")}
        return packaged_photographs()

    def spoken_digits(self) -> list[tuple[int, str, Path]]:
        """Spoken digits: digit, voice and path."""
        return [(int(a), b, path) for a, b, path in self._named("digits", "digit_voice")]

    def notes(self, instrument: str | None = None) -> list[tuple[str, int, Path]]:
        """Single notes, of one instrument or of all: instrument, MIDI number and path."""
        found = [
            (a, int(b), path)
            for a, b, path in self._named("instruments", "instrument_midi")
            if instrument in (None, a)
        ]
        if not found:
            raise ReadError(f"{self.folder / 'instruments'} holds no notes of {instrument}.")
        return found

    def handwritten(self) -> tuple[xr.DataArray, np.ndarray]:
        """Handwritten digits from 0 to 1 over (image, y, x), and which digit each is."""
        path = self.folder / "handwritten" / "digits8x8.npz"
        if not path.is_file():
            raise ReadError(
                f"There is no {path}; docs/how_to/run_claims_on_my_data.md shows the layout."
            )
        with np.load(path) as arrays:
            images = np.asarray(arrays["images"], dtype=np.float64) / 16
            labels = np.asarray(arrays["labels"], dtype=np.int64)
        x = label(images, "image", Axis("y", unit="px"), Axis("x", unit="px"))
        return x, labels

    def networks(self) -> tuple[TrainedNetwork, ...]:
        """Trained networks: the collection's own, or those of the repository.

        Raises
        ------
        ReadError
            If there are none.
        """
        places = (self.folder, *_REPOSITORY)
        found = [each / "networks" for each in places if (each / "networks").is_dir()]
        return read_networks(found[0] if found else self.folder / "networks")

    def fingerprints(self, parts: tuple[str, ...]) -> list[str]:
        """Lines "path sha256" of all files in the parts, for the record."""
        files = {
            path.relative_to(self.folder).as_posix(): path
            for part in parts
            for path in sorted((self.folder / part).glob("*"))
            if path.is_file()
        }
        files |= self.photographs() if "photographs" in parts else {}
        return [
            f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
            for name, path in files.items()
        ]

    def _named(self, part: str, form: str) -> list[tuple[str, str, Path]]:
        """Files whose name is two parts, joined by an underscore; one of them is a number."""
        number = form.split("_").index("digit" if part == "digits" else "midi")
        found = []
        for path in self.paths(part):
            first, _, last = path.stem.rpartition("_")
            if not first or not (first, last)[number].isdigit():
                raise ReadError(f"{path} is not named {{{form.replace('_', '}_{')}}}.flac.")
            found.append((first, last, path))
        return found


def _require_change(x: xr.DataArray, path: Path, what: str, fault: str) -> None:
    """Refuse data that would give 0 / 0 later: one value everywhere, or no numbers."""
    if not np.isfinite(x.to_numpy()).all():
        raise ReadError(f"{path} holds values that are not finite; give another {what}.")
    if float(x.min()) == float(x.max()):
        raise ReadError(f"{path} {fault}: nothing in it moves; give another {what}.")


def _loudest(x: xr.DataArray, seconds: float) -> xr.DataArray:
    """The part of a recording with most energy."""
    count = round(seconds / float(x["time"][1] - x["time"][0]))
    if count >= x.sizes["time"]:
        return x
    total = np.concatenate([[0.0], np.cumsum(x.to_numpy().astype(np.float64) ** 2)])
    start = int(np.argmax(total[count:] - total[:-count]))
    return x.isel(time=slice(start, start + count))
