"""Small networks that the toolkit trained itself, as pipelines of its own operators.

They lie in the repository's ``data/networks``: ``networks.csv`` says of each what it is, how it was
trained and how often it is right, and a ``.npz`` for each medium holds the weights.
``data/make_networks.py`` trains them; to run them needs numpy alone.
"""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.errors import ParameterError, ReadError
from invarsig.operators import (
    Convolve,
    Gelu,
    GlobalPool,
    LayerNorm,
    Linear,
    MaxBlurPool,
    MaxPool,
    Operator,
    Pipeline,
    PolyphasePool,
    PositionAffine,
    Relu,
    Residual,
    SelfAttention,
)

__all__ = ["COLUMNS", "TrainedNetwork", "read_networks"]

Kind = Literal["convolutional", "local", "transformer"]
Way = Literal["max", "max_blur", "stride", "polyphase", "patches"]

_TEXT: Final = ("name", "medium", "kind", "downsampling", "training")
_COUNTS: Final = ("seed", "items", "steps", "parameters")
_SHARES: Final = ("accuracy", "accuracy_moved")
_LISTS: Final = ("over", "pooled")
COLUMNS: Final = (*_TEXT, *_LISTS, *_COUNTS, *_SHARES)


@dataclass(frozen=True)
class TrainedNetwork:
    """A trained network: what it is, how it was trained, how often it is right, and its weights.

    Parameters
    ----------
    name
        What it is called: medium, kind, downsampling, head, training and seed.
    medium
        What it classifies: "digits", "textures" or "words".
    kind
        "convolutional", "local" (taps of their own at each place) or "transformer".
    downsampling
        "max", "max_blur", "stride" or "polyphase", as in `cnn`, by 2 in each layer; "patches" for
        a transformer.
    training
        "still" or "moved": whether the pictures that it was trained on were moved at random.
    over
        Dims of a picture.
    pooled
        Those of them whose mean is taken before the last layer; that layer is fully connected over
        the others.
    seed, items, steps, parameters
        Of the training: seed, number of training pictures, steps; and the number of weights.
    accuracy, accuracy_moved
        Share of pictures that it never saw whose class it finds: at rest, and moved at random.
    weights
        Arrays by their names.

    Raises
    ------
    ParameterError
        If the kind or the downsampling is unknown.

    Examples
    --------
    >>> import invarsig as iv
    >>> found = {net.name: net for net in iv.experiments.Collection.found().networks()}
    >>> net = found["digits-convolutional-max-pooled-moved-0"]
    >>> net.parameters, net.accuracy > 0.9
    (4978, True)
    """

    name: str
    medium: str
    kind: Kind
    downsampling: Way
    training: str
    over: tuple[str, ...]
    pooled: tuple[str, ...]
    seed: int
    items: int
    steps: int
    parameters: int
    accuracy: float
    accuracy_moved: float
    weights: Mapping[str, np.ndarray] = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse an unknown kind."""
        parameters.one_of("kind", self.kind, Kind)
        parameters.one_of("downsampling", self.downsampling, Way)

    @property
    def layers(self) -> int:
        """Number of layers before the last one; of a transformer, of blocks."""
        first = {"convolutional": "kernel", "local": "taps", "transformer": "query"}[self.kind]
        return sum(name.startswith(f"{first}_") for name in self.weights)

    def operator(self) -> Operator:
        """Build the network as a pipeline, from pictures over `over` to scores over "class".

        The scores are those before a softmax. Dims in front, such as pictures, are a batch.
        """
        layers = {
            "convolutional": _convolutional,
            "local": _local,
            "transformer": _transformer,
        }[self.kind]
        stages, features, dims = layers(self)
        pooled = tuple(dims[self.over.index(dim)] for dim in self.pooled)
        if pooled:
            stages.append(GlobalPool(pooled, "mean"))
        left = tuple(dim for dim in dims if dim not in pooled)
        last = xr.DataArray(self._array("last"), dims=("class", features, *left))
        stages += [Linear(last, (features, *left)), _bias(self._array("last_bias"), "class")]
        return Pipeline(stages)

    def _array(self, name: str) -> np.ndarray:
        if name not in self.weights:
            raise ReadError(f"The network {self.name!r} has no array {name!r}.")
        return np.asarray(self.weights[name], dtype=np.float64)

    def _layers(self, name: str) -> Iterator[tuple[int, np.ndarray, str, str]]:
        """Layers: number, weights, and the names of the features before and after it."""
        before = ""
        for number in range(1, 1 + sum(key.startswith(f"{name}_") for key in self.weights)):
            yield number, self._array(f"{name}_{number}"), before, f"features_{number}"
            before = f"features_{number}"


def _bias(values: np.ndarray, dim: str) -> PositionAffine:
    return PositionAffine(offset=xr.DataArray(values, dims=dim))


def _convolutional(net: TrainedNetwork) -> tuple[list[Operator], str, tuple[str, ...]]:
    """Convolutions with zero padding, each with its bias, rectified and downsampled by 2."""
    stages: list[Operator] = []
    by = 2 if net.downsampling == "stride" else 1
    for number, weights, before, after in net._layers("kernel"):
        flipped = np.flip(weights, tuple(range(-len(net.over), 0)))
        kernel = xr.DataArray(flipped, dims=(after, before or "none", *net.over))
        kernel = kernel if before else kernel.isel(none=0)
        padding = dict.fromkeys(net.over, (weights.shape[-1] // 2,) * 2)
        stages += [
            Convolve(
                kernel, dict.fromkeys(net.over, by), "zero", channels=(after,),
                over=(before,) if before else (), padding=padding,
            ),
            _bias(net._array(f"bias_{number}"), after),
            Relu(),
            *_smaller(net.downsampling, net.over, after),
        ]  # fmt: skip
    return stages, after, net.over


def _smaller(way: Way, over: Sequence[str], features: str) -> tuple[Operator, ...]:
    """Downsampling by 2; a border of zeros changes no maximum of rectified values."""
    twice = dict.fromkeys(over, 2)
    if way == "max":
        return (MaxPool(twice),)
    if way == "max_blur":
        return (MaxBlurPool(twice, taps=3, boundary="zero"),)
    if way == "polyphase":
        return (PolyphasePool(twice, over=(features,)),)
    return ()


def _local(net: TrainedNetwork) -> tuple[list[Operator], str, tuple[str, ...]]:
    """Taps of their own at each place, each layer with its bias, rectified and max pooled by 2."""
    stages: list[Operator] = []
    dims = net.over
    for number, taps, before, after in net._layers("taps"):
        made = tuple(f"{dim}_{number}" for dim in net.over)
        summed = (*((before,) if before else ()), *dims)
        matrix = _placed(taps) if before else _placed(taps)[:, :, :, 0]
        weights = xr.DataArray(matrix, dims=(after, *made, *summed))
        stages += [
            Linear(weights, summed),
            _bias(net._array(f"bias_{number}"), after),
            Relu(),
            MaxPool(dict.fromkeys(made, 2)),
        ]
        dims = made
    return stages, after, dims


def _placed(taps: np.ndarray) -> np.ndarray:
    """Write taps ``(out, in, y, x, tap, tap)`` as a matrix ``(out, y, x, in, y, x)``."""
    made, taken, rows, columns, high, wide = taps.shape
    out = np.zeros((made, rows, columns, taken, rows, columns))
    for down, across in np.ndindex(high, wide):
        by = (down - high // 2, across - wide // 2)
        y, x = (
            np.arange(max(0, -move), size - max(0, move))
            for move, size in zip(by, (rows, columns), strict=True)
        )
        y, x = y[:, np.newaxis], x[np.newaxis, :]
        values = taps[:, :, y, x, down, across]  # (out, in, y, x)
        out[:, y, x, :, y + by[0], x + by[1]] = np.moveaxis(values, (2, 3), (0, 1))
    return out


def _transformer(net: TrainedNetwork) -> tuple[list[Operator], str, tuple[str, ...]]:
    """Patches with an encoding of their places, then blocks of attention and perceptron."""
    patch = net._array("patch")  # (features, *patch)
    flipped = np.flip(patch, tuple(range(-len(net.over), 0)))
    sizes = dict(zip(net.over, patch.shape[1:], strict=True))
    features = "features"
    place = xr.DataArray(net._array("position"), dims=(features, *net.over))
    stages: list[Operator] = [
        Convolve(
            xr.DataArray(flipped, dims=(features, *net.over)), sizes, "valid", channels=(features,)
        ),
        PositionAffine(offset=place),
    ]
    for number, _, _, _ in net._layers("query"):
        query, key, value = (
            xr.DataArray(net._array(f"{name}_{number}"), dims=("head", "depth", features))
            for name in ("query", "key", "value")
        )
        output = xr.DataArray(net._array(f"output_{number}"), dims=(features, "head", "depth"))
        attention = SelfAttention(net.over, query, key, value, output, features)
        up = xr.DataArray(net._array(f"up_{number}"), dims=("hidden", features))
        down = xr.DataArray(net._array(f"down_{number}"), dims=(features, "hidden"))
        perceptron = Pipeline(
            [
                Linear(up, features),
                _bias(net._array(f"up_bias_{number}"), "hidden"),
                Gelu(),
                Linear(down, "hidden"),
                _bias(net._array(f"down_bias_{number}"), features),
            ]
        )
        stages += [
            Residual(LayerNorm(features) >> attention),
            Residual(LayerNorm(features) >> perceptron),
        ]
    stages.append(LayerNorm(features))
    return stages, features, net.over


def read_networks(folder: str | os.PathLike[str]) -> tuple[TrainedNetwork, ...]:
    """Read all networks of a folder.

    Parameters
    ----------
    folder
        With ``networks.csv`` and, for each medium in it, ``{medium}.npz``, whose arrays are called
        ``{network}/{array}``.

    Returns
    -------
    tuple of TrainedNetwork
        In the order of the table.

    Raises
    ------
    ReadError
        If a file is missing, or is not of that form.

    Examples
    --------
    >>> import invarsig as iv
    >>> len(read_networks(iv.experiments.Collection.found().folder / "networks")) > 40
    True
    """
    table = Path(folder) / "networks.csv"
    if not table.is_file():
        raise ReadError(f"There is no {table}; python data/make_networks.py makes it.")
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    weights = {
        medium: _arrays(table.with_name(f"{medium}.npz"))
        for medium in {row.get("medium", "") for row in rows}
    }
    try:
        return tuple(_network(row, weights[row["medium"]]) for row in rows)
    except (KeyError, ValueError, ParameterError) as error:
        raise ReadError(f"{table} is not a table of networks: {error!r}.") from error


def _network(row: Mapping[str, str], arrays: Mapping[str, np.ndarray]) -> TrainedNetwork:
    own = f"{row['name']}/"
    fields = {
        **{name: row[name] for name in _TEXT},
        **{name: tuple(row[name].split()) for name in _LISTS},
        **{name: int(row[name]) for name in _COUNTS},
        **{name: float(row[name]) for name in _SHARES},
    }
    mine = {key[len(own) :]: array for key, array in arrays.items() if key.startswith(own)}
    return TrainedNetwork(**fields, weights=mine)  # type: ignore[arg-type]


def _arrays(path: Path) -> dict[str, np.ndarray]:
    if not path.is_file():
        raise ReadError(f"There is no {path}; python data/make_networks.py makes it.")
    try:
        with np.load(io.BytesIO(path.read_bytes())) as found:
            return dict(found)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ReadError(f"{path} holds no arrays: {error!r}.") from error
