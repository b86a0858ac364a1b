"""What trained networks answer when their pictures move: what stays, and what is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xarray as xr

from invarsig.errors import ReadError
from invarsig.experiments import charts, network_pictures
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, estimated
from invarsig.experiments.experiment import Progress
from invarsig.experiments.network_pictures import SEEN
from invarsig.models.trained import TrainedNetwork

__all__ = [
    "DISTANCES",
    "Pictures",
    "answers",
    "answers_anew",
    "asked_digits",
    "asked_pictures",
    "by_distance",
    "groups",
    "interval_rows",
    "kept",
    "networks_of",
    "ratio_of_means",
    "right",
    "share",
]

DISTANCES: Final[tuple[int, ...]] = tuple(range(2 * SEEN + 1))
"""How far pictures are moved, in pixels: up to twice as far as in the training that moves them."""

_DIRECTIONS: Final = ((0, 1), (0, -1), (1, 0), (-1, 0))


@dataclass(frozen=True)
class Pictures:
    """Pictures wider than a window, and their classes."""

    wide: np.ndarray
    truth: np.ndarray

    def at(self, shift: tuple[int, int]) -> xr.DataArray:
        """Windows in which all have moved by so many pixels, down and across."""
        return network_pictures.windows(self.wide, np.tile(shift, (len(self.wide), 1)))

    def thicker(self) -> Pictures:
        """The same with strokes a pixel thicker: a maximum over 2 x 2."""
        down = np.maximum(self.wide, np.roll(self.wide, 1, axis=1))
        return Pictures(np.maximum(down, np.roll(down, 1, axis=2)), self.truth)


def networks_of(data: Collection, most: int | None = None, **wanted: Any) -> list[TrainedNetwork]:
    """Trained networks with these fields, by their seeds; the first `most` of them.

    Raises
    ------
    ReadError
        If there is none.
    """
    found = [
        net
        for net in data.networks()
        if all(getattr(net, name) == value for name, value in wanted.items())
    ]
    if not found:
        said = ", ".join(f"{name} {value!r}" for name, value in wanted.items())
        raise ReadError(f"There is no trained network with {said}; run data/make_networks.py.")
    return sorted(found, key=lambda net: net.seed)[:most]


def groups(
    data: Collection, ways: Mapping[str, Mapping[str, Any]], reduced: bool
) -> dict[str, list[TrainedNetwork]]:
    """Networks of each way, as many of each; one of each in the reduced form."""
    found = {way: networks_of(data, 1 if reduced else None, **own) for way, own in ways.items()}
    count = min(len(each) for each in found.values())
    return {way: each[:count] for way, each in found.items()}


def asked_digits(
    data: Collection, reduced: bool, clutter: str = "alone", noise: float = 0.1
) -> Pictures:
    """Digits that no network saw, with room to move in their frames."""
    scenes = network_pictures.digits(data, "asked")
    rng = np.random.default_rng(0)
    frames = scenes.at(scenes.still, clutter, rng, noise).to_numpy()[:: 6 if reduced else 1]
    return Pictures(_wider(frames), scenes.classes[:: 6 if reduced else 1])


def asked_pictures(data: Collection, medium: str, reduced: bool) -> Pictures:
    """Digits, or patches of textures, that no network saw."""
    if medium == "digits":
        return asked_digits(data, reduced)
    return Pictures(
        *(each[:: 10 if reduced else 3] for each in network_pictures.texture_patches(data, "asked"))
    )


def _wider(frames: np.ndarray) -> np.ndarray:
    """Frames that go on in black on every side."""
    margin = 2 * SEEN
    return np.pad(frames, [(0, 0), (margin, margin), (margin, margin)])


def answers(
    nets: Mapping[str, Sequence[TrainedNetwork]],
    pictures: Mapping[Any, xr.DataArray],
    progress: Progress,
    *,
    move: str = "move",
    sequence: str = "image",
) -> xr.DataArray:
    """What each network answers to all pictures after each move: (way, network, move, image).

    Parameters
    ----------
    nets
        For each way as many networks.
    pictures
        For each move the pictures after it, over (image, y, x).
    progress
        Called for each network.
    move, sequence
        Names of the dims of moves and of pictures.
    """
    count = sum(len(each) for each in nets.values())
    rows, done = [], 0
    for way, own in nets.items():
        of_way: list[list[np.ndarray]] = []
        for net in own:
            progress(f"{way}, network {len(of_way) + 1}", done / count)
            op = net.operator()
            scores = [op(x).transpose(sequence, "class").to_numpy() for x in pictures.values()]
            of_way.append([each.argmax(axis=-1) for each in scores])
            done += 1
        rows.append(of_way)
    return xr.DataArray(
        np.array(rows),
        dims=("way", "network", move, sequence),
        coords={"way": list(nets), move: list(pictures)},
    )


def by_distance(
    nets: Mapping[str, Sequence[TrainedNetwork]],
    pictures: Pictures,
    progress: Progress,
    distances: Sequence[int] = DISTANCES,
) -> xr.Dataset:
    """Answers after moves in four directions, over (way, network, direction, distance, image)."""
    # At rest all directions are one.
    moves = [
        (down * distance, across * distance)
        for down, across in _DIRECTIONS
        for distance in distances
    ]
    places = {f"{down} {across}": pictures.at((down, across)) for down, across in moves}
    answer = answers(nets, places, progress)
    found = answer.sel(move=[f"{down} {across}" for down, across in moves]).to_numpy()
    shape = (*found.shape[:2], len(_DIRECTIONS), len(distances), found.shape[-1])
    return xr.Dataset(
        {
            "answer": (
                ("way", "network", "direction", "distance", "image"),
                found.reshape(shape),
            ),
            "truth": ("image", pictures.truth),
        },
        coords={
            "way": list(nets),
            "distance": ("distance", list(distances), {"units": "px"}),
        },
    )


def kept(answer: xr.DataArray, move: str = "distance", rest: Any = 0) -> xr.DataArray:
    """Percent of answers that are the same as at rest, over all but the dims of repetition."""
    same = answer == answer.sel({move: rest})
    return share(same)


def right(answer: xr.DataArray, truth: xr.DataArray) -> xr.DataArray:
    """Percent of answers that are right."""
    return share(answer == truth)


def share(held: xr.DataArray) -> xr.DataArray:
    """Percent of networks and directions of which something holds."""
    repeated = [dim for dim in ("network", "direction") if dim in held.dims]
    return 100 * held.mean(repeated)


def ratio_of_means(pairs: np.ndarray) -> float:
    """Mean of the first column over that of the second."""
    above, below = pairs.mean(axis=0)
    return float(above / below)


def answers_anew(
    found: xr.Dataset, rng: np.random.Generator, changed: xr.DataArray | None = None
) -> xr.Dataset:
    """Give pictures the answers to another one: a null version.

    What is left in common with the answers at rest is what two pictures have.

    Parameters
    ----------
    found
        With "answer" over "image".
    rng
        Where the order of the others is drawn from.
    changed
        Where answers are exchanged; by default after each move but the first.
    """
    answer = found["answer"]
    other = answer.isel(image=rng.permutation(found.sizes["image"])).assign_coords(answer.coords)
    if changed is None:
        move = answer["distance" if "distance" in answer.dims else "move"]
        changed = move != move.to_numpy()[0]
    return found.assign(answer=answer.where(~changed, other))


def interval_rows(
    labeled: Mapping[str, np.ndarray], seed: int, group: Callable[[str], str] = lambda _: ""
) -> list[charts.Interval]:
    """Rows of a chart: the mean over pictures of each, with its interval."""
    rng = np.random.default_rng(seed)
    found: dict[str, Effect] = {
        label: estimated(label, "%", values, of="pictures", rng=rng)
        for label, values in labeled.items()
    }
    return [
        charts.Interval(label, each.value, each.low, each.high, group(label))
        for label, each in found.items()
    ]
