"""Self-attention over positions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis, promoted
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field, mapping_field
from invarsig.operators.noise import noise_picture, noise_sound
from invarsig.operators.strides import every_sample

__all__ = ["SelfAttention"]

Position = Literal["none", "relative", "absolute"]


@dataclass(frozen=True)
class SelfAttention(ArrayOperator):
    """Self-attention: every position becomes a mean over all positions, weighted by similarity.

    ``y[n] = sum_h O_h sum_m softmax_m(q_hn · k_hm / √d + b_h[m - n]) v_hm`` with ``q = Q (x + p)``,
    ``k = K (x + p)``, ``v = V (x + p)``, heads h, and vectors over the channels. Without encoding
    (b = p = 0) it treats positions as a set, so it commutes with every permutation of them. A
    relative one (b) commutes with whole-sample shifts on a periodic axis, where m - n wraps. An
    absolute one (p) commutes with neither, and folding does not explain why.

    The weights are over N x N pairs of positions.

    Parameters
    ----------
    over
        Dims of the positions.
    query, key, value
        Matrices Q, K, V over ("head", "depth", channel); the d entries of depth are those of one
        head.
    output
        Matrix O over (channel, "head", "depth").
    channel
        Dim of the features.
    bias
        Relative encoding b over "head" and the positions: entry m - n modulo the size on a
        periodic axis; on others entry ``m - n + size - 1`` of ``2 size - 1``.
    embedding
        Absolute encoding p over the channels and the positions.

    Returns
    -------
    xarray.DataArray
        On the grid of the input.

    Raises
    ------
    DimError
        If a matrix lacks a dim.
    AxisError
        If an encoding differs in size from the input.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.random.default_rng(1).standard_normal((2, 8)), "channel",
    ...     iv.Axis("x", period=8.0))
    >>> error = {}
    >>> for position in ("none", "relative", "absolute"):
    ...     op = iv.SelfAttention.random(x, over="x", heads=2, depth=4, position=position, rng=2)
    ...     error[position] = float(iv.equivariance_error(op, x, iv.Translate(x=3)))
    >>> {name: value < 1e-12 for name, value in error.items()}
    {'none': True, 'relative': True, 'absolute': False}

    References
    ----------
    Vaswani et al. (2017), arXiv:1706.03762; Shaw, Uszkoreit & Vaswani (2018), arXiv:1803.02155,
    for relative positions; Romero & Cordonnier (2021), arXiv:2010.00977, for equivariance.
    """

    over: str | tuple[str, ...] = dims_field()
    query: xr.DataArray = mapping_field()
    key: xr.DataArray = mapping_field()
    value: xr.DataArray = mapping_field()
    output: xr.DataArray = mapping_field()
    channel: str = dims_field(default="channel")
    bias: xr.DataArray | None = mapping_field(default=None)
    embedding: xr.DataArray | None = mapping_field(default=None)

    linear = False

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "over", (self.over,) if isinstance(self.over, str) else tuple(self.over)
        )
        if not self.over or self.channel in self.over:
            raise ParameterError(
                f"SelfAttention over {self.over!r} needs at least one dim of positions, and "
                f"{self.channel!r} for the features."
            )
        matrix = ("head", "depth", self.channel)
        wanted = dict.fromkeys(("query", "key", "value", "output"), matrix)
        wanted |= {"bias": ("head", *self.over), "embedding": (self.channel, *self.over)}
        for name, dims in wanted.items():
            given = getattr(self, name)
            if given is None and name in ("bias", "embedding"):
                continue
            if not isinstance(given, xr.DataArray):
                raise ParameterError(f"{name} must be an xarray.DataArray over {dims}.")
            if set(given.dims) != set(dims):
                raise DimError(f"{name} spans {given.dims}; it must span {dims}.")
            values = given.to_numpy()
            if values.dtype.kind not in "iuf" or not np.isfinite(values).all():
                raise ParameterError(f"{name} must hold real, finite numbers.")
        sizes = dict(self.query.sizes)
        for name in ("key", "value", "output", "bias", "embedding"):
            given = getattr(self, name)
            for dim in () if given is None else (d for d in matrix if d in given.dims):
                if given.sizes[dim] != sizes[dim]:
                    raise ParameterError(
                        f"{name} has {given.sizes[dim]} entries over {dim!r}, and query "
                        f"{sizes[dim]}; give as many."
                    )

    @classmethod
    def random(
        cls,
        x: xr.DataArray,
        *,
        over: str | Sequence[str],
        heads: int = 1,
        depth: int = 8,
        position: Position = "none",
        channel: str = "channel",
        rng: np.random.Generator | int,
    ) -> SelfAttention:
        """Give self-attention with normal random weights for the dims of `x`.

        Weights have the variance one over the number of terms that they sum, encodings that of 1.

        Parameters
        ----------
        x
            Labeled array of the sizes that it is applied to.
        over, channel
            As for the class.
        heads, depth
            Number of heads, and of features in each.
        position
            "none", "relative" or "absolute".
        rng
            Generator of random numbers, or a seed.
        """
        parameters.one_of("position", position, Position)
        random = np.random.default_rng(rng)
        axes = Axes.of(x)
        dims = (over,) if isinstance(over, str) else tuple(over)
        count = axes.counted(channel).size
        heads, depth = (
            parameters.count(count, f"The number of {what}")
            for count, what in ((heads, "heads"), (depth, "features of a head"))
        )

        def drawn(names: tuple[str, ...], sizes: tuple[int, ...], terms: int) -> xr.DataArray:
            return xr.DataArray(random.standard_normal(sizes) / math.sqrt(terms), dims=names)

        inward = [drawn(("head", "depth", channel), (heads, depth, count), count) for _ in range(3)]
        outward = drawn((channel, "head", "depth"), (count, heads, depth), heads * depth)
        bias = embedding = None
        if position == "relative":
            offsets = tuple(_offsets(axes[dim]) for dim in dims)
            bias = drawn(("head", *dims), (heads, *offsets), 1)
        if position == "absolute":
            sizes = tuple(axes.counted(dim).size for dim in dims)
            embedding = drawn((channel, *dims), (count, *sizes), 1)
        query, key, value = inward
        return cls(dims, query, key, value, outward, channel, bias, embedding)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dim of the features, and those of the positions."""
        return (self.channel, *self.over)

    def plan(self, axes: Axes) -> Plan:
        """Keep the axes; each output depends on all positions."""
        features, places = axes.counted(self.channel), [axes[dim] for dim in self.over]
        if features.size != self.query.sizes[self.channel]:
            raise AxisError(
                f"The weights are for {self.query.sizes[self.channel]} features over "
                f"{self.channel!r}, and the input has {features.size}."
            )
        self._check_encodings(places)
        kept = (features, *places)
        same: set[str] = set()
        if self.embedding is None:
            same = {axis.dim for axis in places if self.bias is None or axis.periodic}
        return Plan(
            kept,
            kept,
            dict.fromkeys(self.over, 1),
            dict.fromkeys(self.over, (math.inf, math.inf)),
            lambda values: self._attended(values, places),
            operations=self._operations(features.size, math.prod(axis.size for axis in places)),
            shared=frozenset(same),
        )

    def _operations(self, features: int, places: int) -> float:
        """Multiplications for each head: four projections, the scores, their softmax, the mix."""
        heads, depth = (self.query.sizes[dim] for dim in ("head", "depth"))
        projections = 4 * features * depth * places
        return float(heads * (projections + places**2 * (2 * depth + 1)))

    def _check_encodings(self, places: Sequence[Axis]) -> None:
        """Raise unless the encodings are of the size of the axes."""
        for axis in places:
            wanted = _offsets(axis)
            if self.bias is not None and self.bias.sizes[axis.dim] != wanted:
                raise AxisError(
                    f"The relative encoding has {self.bias.sizes[axis.dim]} offsets along "
                    f"{axis.dim!r}; its {axis.size} samples need {wanted}."
                )
            if self.embedding is not None and self.embedding.sizes[axis.dim] != axis.size:
                raise AxisError(
                    f"The absolute encoding has {self.embedding.sizes[axis.dim]} places along "
                    f"{axis.dim!r}, and the input {axis.size}."
                )

    def _pairwise(self, bias: xr.DataArray, places: Sequence[Axis]) -> np.ndarray:
        """Relative encoding ``(head, n, m)`` of all pairs of positions."""
        table = promoted(bias.transpose("head", *self.over).to_numpy())
        index: list[Any] = [slice(None)]
        for place, axis in enumerate(places):
            away = np.arange(axis.size) - np.arange(axis.size)[:, None]
            away = away % axis.size if axis.periodic else away + axis.size - 1
            shape = [1] * (2 * len(places))
            shape[place] = shape[len(places) + place] = axis.size
            index.append(away.reshape(shape))
        count = math.prod(axis.size for axis in places)
        return np.asarray(table[tuple(index)]).reshape(-1, count, count)

    def _attended(self, values: np.ndarray, places: Sequence[Axis]) -> np.ndarray:
        if np.iscomplexobj(values):
            raise DtypeError(
                "SelfAttention needs real values, and these are complex; put a Modulus before it."
            )
        rank = len(self.over)
        lead = values.shape[: values.ndim - rank]
        tokens = values.reshape(*lead, -1)
        if self.embedding is not None:
            marks = _matrix(self.embedding, (self.channel, *self.over), values.dtype)
            tokens = tokens + marks.reshape(marks.shape[0], -1)
        # (..., 1, channel, n): the heads come in front of the matrices.
        tokens = tokens[..., None, :, :]
        query, key, value = (
            _matrix(each, ("head", "depth", self.channel), values.dtype) @ tokens
            for each in (self.query, self.key, self.value)
        )
        scores = np.swapaxes(query, -1, -2) @ key / math.sqrt(query.shape[-2])
        if self.bias is not None:
            scores += self._pairwise(self.bias, places).astype(values.dtype)
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed = value @ np.swapaxes(scores, -1, -2)
        outward = _matrix(self.output, ("head", self.channel, "depth"), values.dtype)
        return np.asarray((outward @ mixed).sum(axis=-3).reshape(values.shape))

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Each encoding, in one, two and three dims, on periodic and finite axes."""
        picture = noise_picture(rng, {"y": 4, "x": 6})
        yield cls.random(picture, over=("y", "x"), heads=2, depth=3, rng=rng), picture
        yield cls.random(picture, over=("y", "x"), position="relative", rng=rng), picture
        yield cls.random(picture, over="x", position="absolute", rng=rng), picture
        line = noise_sound(rng, 12).isel(time=slice(0, 10))
        yield cls.random(line, over="time", heads=2, position="relative", rng=rng), line
        volume = noise_picture(rng, {"z": 2, "y": 3, "x": 4})
        three = cls.random(volume, over=("z", "y", "x"), position="relative", rng=rng)
        yield three, volume


def _offsets(axis: Axis) -> int:
    """How many offsets there are between two positions of an axis."""
    return axis.size if axis.periodic else 2 * axis.size - 1


def _matrix(
    weights: xr.DataArray, dims: tuple[str, ...], dtype: np.dtype[np.generic]
) -> np.ndarray:
    return promoted(weights.transpose(*dims).to_numpy()).astype(dtype)
