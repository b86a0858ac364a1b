"""Words as pictures: set in many fonts, dark on light, with room to move in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

__all__ = ["ROOM", "Word", "rendered_words"]

ROOM: Final = 32
"""How far a word may move to either side, in pixels."""

_HIGH, _WIDE = 128, 320  # px, of a picture
_WORDS: Final = (
    "amplitude", "bandwidth", "carrier", "decibel", "echo", "filter", "gain", "harmonic", "impulse",
    "jitter", "kernel", "latency", "modulus", "noise", "octave", "phase", "quality", "resonance",
    "sample", "timbre", "unison", "vibrato", "wavelet", "crossing", "yield", "zero", "aliasing",
    "border", "chord", "delay", "energy", "folding", "grating", "hertz", "image", "junction",
    "lattice", "mirror", "nodal", "orbit", "picture", "quiet", "rotation", "spectrum", "texture",
    "uniform", "vector", "window",
)  # fmt: skip
_FONTS: Final = (
    "DejaVuSans", "DejaVuSerif", "DejaVuSansMono", "STIXGeneral", "cmr10", "cmss10",
    "DejaVuSans-Bold", "DejaVuSerif-Italic", "STIXGeneralItalic", "cmtt10", "DejaVuSans-Oblique",
    "STIXGeneralBol",
)  # fmt: skip
_SIZES: Final = (24, 32, 40)  # px, of the font


@dataclass(frozen=True)
class Word:
    """A word in a font, light 1 and dark 0.

    Parameters
    ----------
    text, font, size
        What is written, in which font, and how large in pixels.
    """

    text: str
    font: str
    size: int

    def at(self, down: int, across: int) -> np.ndarray:
        """The picture ``(128, 320)`` of the word, moved from the middle by so many pixels.

        Examples
        --------
        >>> word = Word("echo", "DejaVuSans", 24)
        >>> bool((word.at(3, -5) == np.roll(word.at(0, 0), (3, -5), axis=(0, 1))).all())
        True
        """
        from pathlib import Path

        import matplotlib as mpl
        from PIL import Image, ImageDraw, ImageFont

        path = Path(mpl.get_data_path()) / "fonts" / "ttf" / f"{self.font}.ttf"
        image = Image.new("L", (_WIDE, _HIGH), 255)
        ImageDraw.Draw(image).text(
            (_WIDE // 2 + across, _HIGH // 2 + down), self.text, fill=20, anchor="mm",
            font=ImageFont.truetype(str(path), self.size),
        )  # fmt: skip
        return np.asarray(image, np.float64) / 255


def rendered_words(count: int = len(_WORDS)) -> list[Word]:
    """Different words, in twelve fonts that matplotlib ships and three sizes.

    Examples
    --------
    >>> len({word.text for word in rendered_words()}) == len(rendered_words()) == 48
    True
    """
    return [
        Word(text, _FONTS[place % len(_FONTS)], _SIZES[place // len(_FONTS) % len(_SIZES)])
        for place, text in enumerate(_WORDS[:count])
    ]
