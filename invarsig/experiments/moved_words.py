"""Spoken words as pictures over time and frequency, moved along either axis and recognized."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr

from invarsig.axes import Axis, axis_of, label
from invarsig.errors import ReadError
from invarsig.experiments.collection import Collection
from invarsig.operators import Decibel, MelSpectrogram

__all__ = ["MOVES", "SEARCH", "correlations", "languages", "recognized", "words"]

MOVES: Final[tuple[int, ...]] = tuple(range(9))
"""How far words are moved, to either side, in fortieths of an axis."""

SEARCH = 8
"""How far a matcher searches, to either side, in fortieths of an axis."""

# Voices of the repository's data that share a language.
_LANGUAGES: Final[dict[str, str]] = {
    "armelle": "French", "june": "French", "carlo": "Italian", "menardi": "Italian",
}  # fmt: skip
_FRAMES, _BANDS = 80, 40  # of a word: a fortieth is two frames, or one band
_FLOOR = 50.0  # dB below the peak


def languages(data: Collection) -> dict[str, str]:
    """Language of each voice that shares it with another; one for all in other collections."""
    voices = {voice for _, voice, _ in data.spoken_digits()}
    known = {voice: _LANGUAGES[voice] for voice in sorted(voices) if voice in _LANGUAGES}
    if not known and len(voices) < 2:
        raise ReadError(
            f"{data.folder / 'digits'} holds {len(voices)} voice, and 2 are needed, to recognize "
            "the words of one by those of the other; give digits of another voice."
        )
    return known or dict.fromkeys(sorted(voices), "one")


def words(data: Collection, voices: Sequence[str]) -> xr.DataArray:
    """Log-mel pictures (word, mel, time) of the words of some voices, all of the same length.

    Each lasts 80 frames, whatever its duration (linear time normalization), and is in dB above a
    floor 50 dB below its peak, so that silence around it is 0.
    """
    chosen = [each for each in data.spoken_digits() if each[1] in voices]
    pictures = []
    for _, _, path in chosen:
        x = data.sound(path, at_least=0.1)
        step = axis_of(x, "time").step
        window, hop = (step * round(seconds / step) for seconds in (0.032, 0.01))
        op = MelSpectrogram(window, hop, bands=_BANDS, boundary="zero")
        power = op(x).transpose("mel", "time")
        levels = Decibel(floor=-_FLOOR)(power / float(power.max())).to_numpy() + _FLOOR
        places = np.linspace(0, levels.shape[1] - 1, _FRAMES)
        pictures.append([np.interp(places, np.arange(row.size), row) for row in levels])
    axes = (Axis("mel", size=_BANDS, unit="band"), Axis("time", size=_FRAMES, unit="frame"))
    out = label(np.array(pictures), "word", *axes)
    return out.assign_coords(
        digit=("word", [digit for digit, _, _ in chosen]),
        voice=("word", [voice for _, voice, _ in chosen]),
        word=[path.stem for _, _, path in chosen],
    )


def correlations(found: xr.DataArray, dim: str) -> np.ndarray:
    """Correlation of every word, moved along an axis into silence, with every other one.

    Returns an array (word, other, move), moves by -16 to 16 fortieths of the axis. Both lie in
    enough silence that nothing is lost, so neither mean nor norm changes.
    """
    far = max(MOVES) + SEARCH
    per = found.sizes[dim] // 40
    values = np.moveaxis(found.to_numpy(), found.get_axis_num(dim), -1)
    wide = np.pad(values, [(0, 0), (0, 0), (far * per, far * per)])
    wide = wide - wide.mean(axis=(1, 2), keepdims=True)
    wide = wide / np.sqrt((wide**2).sum(axis=(1, 2), keepdims=True))
    still = wide.reshape(len(wide), -1).T
    # What the roll wraps is silence, which is the same everywhere.
    moved = [np.roll(wide, k * per, axis=-1) for k in range(-far, far + 1)]
    return np.stack([each.reshape(len(wide), -1) @ still for each in moved], axis=-1)


def recognized(found: xr.DataArray, dim: str, language: dict[str, str], search: int) -> np.ndarray:
    """Whether each word is taken for its digit at each move: (word, move), mean of both directions.

    The nearest of the words that other voices say in the same language decides; a matcher that
    searches first moves the word to its best fit, for each of them.
    """
    match = correlations(found, dim)
    digits, voices = found["digit"].to_numpy(), found["voice"].to_numpy()
    speaks = np.array([language[voice] for voice in voices])
    others = (speaks[:, np.newaxis] == speaks) & (voices[:, np.newaxis] != voices)
    zero = match.shape[-1] // 2
    out = np.empty((len(digits), len(MOVES)))
    for place, move in enumerate(MOVES):
        right = []
        for to in (zero - move, zero + move):
            near = match[..., to - search : to + search + 1].max(axis=-1)
            right.append(digits[np.where(others, near, -np.inf).argmax(axis=1)] == digits)
        out[:, place] = np.mean(right, axis=0)
    return out
