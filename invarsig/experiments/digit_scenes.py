"""Handwritten digits in a larger frame: alone, in noise, beside another digit, over a texture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.axes import Axis, label
from invarsig.errors import ReadError
from invarsig.experiments.collection import Collection

__all__ = ["CLUTTER", "FRAME", "DigitScenes"]

FRAME = 33
"""Pixels of the frame along each axis: odd, so that a periodic axis has no Nyquist bin."""

CLUTTER: dict[str, str] = {
    "alone": "alone",
    "noise": "noise of 10 % of the peak",
    "second": "a second digit at rest",
    "texture": "a texture at rest",
}
"""What is in the frame besides the digit, and its name."""

_NOISE = 0.1
_CONTRAST = 0.5


@dataclass(frozen=True)
class DigitScenes:
    """Digits of 8 x 8 pixels that can be placed anywhere in a frame, with fixed clutter.

    Parameters
    ----------
    digits
        From 0 to 1: ``(digit, 8, 8)``.
    classes
        Which digit each is.
    others
        Background of the frames, for each kind of clutter: ``(digit, FRAME, FRAME)``. A digit
        covers it where it is brighter.
    frame
        Pixels of the frame along each axis.
    """

    digits: np.ndarray
    classes: np.ndarray
    others: dict[str, np.ndarray]
    frame: int = FRAME

    @classmethod
    def drawn(
        cls, data: Collection, counts: tuple[int, int], rng: np.random.Generator
    ) -> tuple[DigitScenes, DigitScenes]:
        """Draw digits for training and others for testing, each with its own clutter."""
        images, classes = data.handwritten()
        if len(classes) < sum(counts):
            raise ReadError(
                f"There are {len(classes)} handwritten digits, and {sum(counts)} are needed; give "
                "more of them."
            )
        values = images.to_numpy()
        order = rng.permutation(len(values))
        textures = [data.picture(path).to_numpy() for path in data.paths("textures")]
        first, last = (
            cls.of(values[which], classes[which], textures, rng)
            for which in np.split(order[: sum(counts)], [counts[0]])
        )
        return first, last

    @classmethod
    def of(
        cls,
        digits: np.ndarray,
        classes: np.ndarray,
        textures: list[np.ndarray],
        rng: np.random.Generator,
        frame: int = FRAME,
    ) -> DigitScenes:
        """Give digits, each with its own clutter."""
        aside = -np.full((len(digits), 2), (frame - 9) // 2)
        others = {
            "second": _placed(np.roll(digits, 1, axis=0), aside, frame),
            "texture": _CONTRAST * _crops(textures, len(digits), rng, frame),
        }
        return cls(digits, classes, others, frame)

    def at(
        self, shifts: np.ndarray, clutter: str, rng: np.random.Generator, noise: float = _NOISE
    ) -> xr.DataArray:
        """Place each digit ``(digit, 2)`` whole pixels away from the middle of its frame."""
        values = _placed(self.digits, shifts, self.frame)
        if clutter in self.others:
            values = np.maximum(values, self.others[clutter])
        if clutter == "noise":
            values = values + noise * rng.standard_normal(values.shape)
        return label(values, "digit", *(Axis(dim, unit="px") for dim in ("y", "x")))

    def on_ring(self) -> xr.DataArray:
        """Place each digit alone in the middle of a periodic frame."""
        values = _placed(self.digits, self.still, self.frame)
        return label(values, "digit", *(Axis(d, unit="px", period=float(self.frame)) for d in "yx"))

    @property
    def still(self) -> np.ndarray:
        """No shift, for each digit."""
        return np.zeros((len(self.digits), 2), dtype=np.int64)


def _placed(digits: np.ndarray, shifts: np.ndarray, frame: int) -> np.ndarray:
    """Digits in frames of zeros, each shifted from the middle."""
    count, rows, columns = digits.shape
    out = np.zeros((count, frame, frame))
    for place, (digit, (down, across)) in enumerate(zip(digits, shifts, strict=True)):
        top, left = (frame - rows) // 2 + down, (frame - columns) // 2 + across
        out[place, top : top + rows, left : left + columns] = digit
    return out


def _crops(
    textures: list[np.ndarray], count: int, rng: np.random.Generator, frame: int
) -> np.ndarray:
    """Windows of textures, from 0 to 1, at random places."""
    out = np.empty((count, frame, frame))
    for place in range(count):
        texture = textures[place % len(textures)]
        top, left = (int(rng.integers(size - frame + 1)) for size in texture.shape)
        out[place] = texture[top : top + frame, left : left + frame]
    return out
