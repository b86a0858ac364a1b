"""A text detector that others trained: where its box goes when the text moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, estimated
from invarsig.experiments.expectations import Expectation, Limited, above, below
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.packaged_weights import TEXT_DETECTOR, OnnxNetwork, Weights
from invarsig.experiments.rendered_words import ROOM, rendered_words

__all__ = ["MovedBoxes", "box_of", "overlap"]

_DISTANCES: Final = (1, 2, 4, 8, 16, ROOM)
_AXES: Final = {"y": (1, 0), "x": (0, 1)}
_EDGES: Final = ("top", "left", "bottom", "right")
_LEVEL = 0.3  # of the map of text, as the detector's own settings have it
_PRIMARY = "overlap of the box with the one at rest that moved along, 1 to 32 px"
_STRIDE = "overlap of the box with the one at rest that moved along, 32 px"
_LOST = "boxes that overlap by less than half"
_AWAY = "distance of the box's middle from where the word went"


class MovedBoxes(Experiment):
    """The boxes of PP-OCR's text detector around words that move over a page."""

    name: ClassVar[str] = "moved-boxes"
    number: ClassVar[int] = 32
    claim: ClassVar[str] = (
        "A convolutional detector is equivariant: where an object goes, its box goes, too."
    )
    question: ClassVar[str] = (
        "When a word moves by 1 to 32 pixels, does the box that a trained text detector draws "
        "around it move by as much and keep its size?"
    )
    design: ClassVar[str] = (
        "48 different words, in 12 fonts of 24, 32 or 40 px, stand dark on a light page of 128 x "
        "320 px, in the middle or 1, 2, 4, 8, 16 or 32 px further down or further right. The text "
        "detector PP-OCRv6 (small; its strides make 32 px together, its map of text has the page's "
        "own grid) is asked as others trained it. A box is the extent of the connected part of the "
        "map above 0.3 that holds most of it. The box after the move, moved back, is compared with "
        "the box at rest by their intersection over union; no box overlaps with nothing. The unit "
        "is the word. An overlap of 0.95 is the strictest that benchmarks of detection ask for."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PRIMARY: above(0.95),
        _LOST: below(1, "%"),
        _AWAY: below(1, "px"),
    }
    limited: ClassVar[Limited | None] = Limited("for moves by the detector's total stride", _STRIDE)
    headline: ClassVar[str] = (
        "The box around a word overlaps with the one that moved along by {value} (intersection "
        "over union), and by {limited} where the move is the detector's total stride."
    )
    sources: ClassVar[tuple[str, ...]] = (
        (
            "Liao et al. (2020), Real-time scene text detection with differentiable binarization, "
            "arXiv:1911.08947."
        ),
        "Manfredi & Wang (2020), Shift equivariance in object detection, arXiv:2008.05787.",
        "Lin et al. (2014), Microsoft COCO, arXiv:1405.0312: overlaps of 0.5 to 0.95.",
    )
    parts: ClassVar[tuple[str, ...]] = ()
    weights: ClassVar[tuple[Weights, ...]] = (TEXT_DETECTOR,)

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Boxes, moved back by the move: over (word, axis, distance, edge)."""
        words = rendered_words()[:: 6 if self.reduced else 1]
        detector = OnnxNetwork.of(TEXT_DETECTOR)
        rows = []
        for place, word in enumerate(words):
            progress(word.text, place / len(words))
            rest = _box(detector, word.at(0, 0))
            rows.append([
                [rest, *(_moved_back(detector, word.at(a * d, b * d), a * d, b * d)
                         for d in _DISTANCES)]
                for a, b in _AXES.values()
            ])  # fmt: skip
        return xr.Dataset(
            {"box": (("word", "axis", "distance", "edge"), np.array(rows), {"units": "px"})},
            coords={
                "word": [word.text for word in words], "axis": list(_AXES), "edge": list(_EDGES),
                "distance": ("distance", [0, *_DISTANCES], {"units": "px"}),
            },
        )  # fmt: skip

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Compare boxes with those at rest."""
        box = found["box"]
        same = overlap(box, box.sel(distance=0)).sel(distance=list(_DISTANCES))
        middle = {d: box.sel(edge=list(pair)).mean("edge") for d, pair in _SIDES.items()}
        away = sum((each - each.sel(distance=0)) ** 2 for each in middle.values()) ** 0.5
        away = away.sel(distance=list(_DISTANCES))

        def of(name: str, unit: str, values: xr.DataArray) -> Effect:
            own = values.mean([dim for dim in values.dims if dim != "word"])
            return estimated(name, unit, own.to_numpy(), of="words", rng=rng)

        effects = [
            of(_PRIMARY, "1", same),
            of(_STRIDE, "1", same.sel(distance=ROOM)),
            of(_LOST, "%", 100.0 * (same < 0.5)),
            of(_AWAY, "px", away),
            *(
                of(f"overlap after a move of {distance} px", "1", same.sel(distance=distance))
                for distance in _DISTANCES
            ),
        ]
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Give each word the boxes that another word had after its moves."""
        count = found.sizes["word"]
        other = found["box"].isel(word=(np.arange(count) + rng.integers(1, count)) % count)
        other = other.assign_coords(word=found["word"])
        return found.assign(box=found["box"].where(found["distance"] == 0, other))

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Overlaps over the distance, along both axes."""
        same = overlap(found["box"], found["box"].sel(distance=0))
        same = same.sel(distance=list(_DISTANCES)).mean("word")
        lines = [
            charts.Curve(f"moved along {axis}", np.array(_DISTANCES), same.sel(axis=axis).values)
            for axis in _AXES
        ]
        told = "; ".join(
            f"{line.label} {np.asarray(line.y).min():.3f} to {np.asarray(line.y).max():.3f}"
            for line in lines
        )
        return [
            Figure(
                "Overlap of the box with the one that moved along",
                "Mean over words. At 32 px every stride of the detector divides the move, so what "
                "is left there does not come of strides.",
                charts.curves(
                    f"{self.name}-overlap", lines, x_label="word moved by, px", x_scale="log2",
                    y_label="intersection over union", marks=((0.95, "expected above"),),
                    alternative=f"Overlaps: {told}.",
                ),
            )
        ]  # fmt: skip


_SIDES: Final = {"y": ("top", "bottom"), "x": ("left", "right")}


def box_of(chances: np.ndarray) -> np.ndarray:
    """Box around the part of a map that holds most text: top, left, bottom, right.

    The part is connected (over corners, too) and above 0.3; bottom and right lie behind its last
    pixel. Without such a part all are NaN.

    Examples
    --------
    >>> chances = np.zeros((8, 8))
    >>> chances[2:5, 1:7] = 0.9
    >>> box_of(chances).tolist()
    [2.0, 1.0, 5.0, 7.0]
    """
    from scipy import ndimage

    parts, count = ndimage.label(chances > _LEVEL, structure=np.ones((3, 3)))
    if count == 0:
        return np.full(4, np.nan)
    sums = ndimage.sum_labels(chances, parts, np.arange(1, count + 1))
    down, across = ndimage.find_objects(parts)[int(np.argmax(sums))]
    return np.array([down.start, across.start, down.stop, across.stop], dtype=np.float64)


def overlap(box: xr.DataArray, other: xr.DataArray) -> xr.DataArray:
    """Intersection over union of two boxes over "edge"; 0 where either is missing.

    Examples
    --------
    >>> edges = ["top", "left", "bottom", "right"]
    >>> a, b = (xr.DataArray(e, dims="edge", coords={"edge": edges})
    ...         for e in ([0.0, 0.0, 2.0, 4.0], [0.0, 2.0, 2.0, 6.0]))
    >>> round(float(overlap(a, b)), 3)
    0.333
    """
    both, sizes = 1.0, []
    for first, last in _SIDES.values():
        low = np.maximum(box.sel(edge=first), other.sel(edge=first))
        high = np.minimum(box.sel(edge=last), other.sel(edge=last))
        both = both * np.maximum(high - low, 0.0)
    for each in (box, other):
        lengths = [each.sel(edge=last) - each.sel(edge=first) for first, last in _SIDES.values()]
        sizes.append(lengths[0] * lengths[1])
    found: xr.DataArray = both / (sizes[0] + sizes[1] - both)
    return found.fillna(0.0)


def _box(detector: OnnxNetwork, page: np.ndarray) -> np.ndarray:
    """The box of a gray page from 0 to 1."""
    given = np.repeat((2 * page - 1)[None, None], 3, axis=1).astype(np.float32)
    return box_of(detector(given)[0][0, 0])


def _moved_back(detector: OnnxNetwork, page: np.ndarray, down: int, across: int) -> np.ndarray:
    return np.asarray(_box(detector, page) - np.array([down, across, down, across]))


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect for effect in effects}
    told = ", ".join(
        f"{by[f'overlap after a move of {distance} px'].value:.3f} ({distance} px)"
        for distance in _DISTANCES
    )
    return (
        f"The box overlaps with the one that moved along by {told}; {by[_LOST].value:.1f} % of the "
        f"boxes overlap by less than half, and their middle is {by[_AWAY].value:.2f} px off."
    )
