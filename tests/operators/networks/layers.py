"""Layers drawn at random: the operator of this package, plain loops, and what torch is told."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

import invarsig as iv

DIMS = ("z", "y", "x")
MODES = {"edge": "edge", "reflect": "reflect", "symmetric": "symmetric", "periodic": "wrap"}
CONSTANT = ("constant", -1.25)


@dataclass
class Layer:
    """A layer, the input that it is drawn for, and its result by plain loops."""

    op: iv.Operator
    x: xr.DataArray
    wanted: np.ndarray
    told: dict[str, Any] = field(default_factory=dict)


def picture(rng: np.random.Generator, channels: int, sizes: tuple[int, ...]) -> xr.DataArray:
    """Noise on axes with a unit, a step and an origin of their own."""
    dims = DIMS[-len(sizes) :]
    axes = [iv.Axis(d, 2.0, 0.5, n, "px") for d, n in zip(dims, sizes, strict=True)]
    return iv.label(rng.standard_normal((channels, *sizes)), "channel", *axes)


def extended(values: np.ndarray, pads: list[tuple[int, int]], border: Any) -> np.ndarray:
    """Padding of the last axes, by numpy."""
    widths = [(0, 0)] * (values.ndim - len(pads)) + pads
    if border == "zero":
        return np.pad(values, widths)
    if isinstance(border, tuple):
        return np.pad(values, widths, constant_values=border[1])
    return np.pad(values, widths, mode=MODES[border])


def by_dim(dims: tuple[str, ...], values: Any) -> dict[str, Any]:
    return dict(zip(dims, values, strict=True))


def drawn_sizes(rng: np.random.Generator, rank: int) -> dict[str, Any]:
    """Sizes, kernel, stride, dilation and padding, such that at least one window fits in."""
    kernel = rng.integers(1, 5, rank).tolist()
    dilation = rng.integers(1, 4 if rank < 3 else 3, rank).tolist()
    pads = [tuple(rng.integers(0, 4, 2).tolist()) for _ in range(rank)]
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    least = [max(4, r - a - b) for r, (a, b) in zip(reach, pads, strict=True)]
    most = 14 if rank < 3 else 7
    sizes = tuple(int(rng.integers(n, max(n, most) + 1)) for n in least)
    stride = rng.integers(1, 4, rank).tolist()
    return {
        "sizes": sizes,
        "kernel": kernel,
        "stride": stride,
        "dilation": dilation,
        "pads": pads,
    }


def convolution(seed: int) -> Layer:
    """A convolution as networks have it: correlation, groups, dilation, own padding, any border."""
    rng = np.random.default_rng(seed)
    rank = 1 + seed % 3
    drawn = drawn_sizes(rng, rank)
    dims, groups = DIMS[-rank:], int(rng.integers(1, 4))
    inward, outward = groups * int(rng.integers(1, 3)), groups * int(rng.integers(1, 3))
    weight = rng.standard_normal((outward, inward // groups, *drawn["kernel"]))
    border = ["zero", "edge", "reflect", "periodic", CONSTANT][seed // 3 % 5]
    flipped = weight[(..., *(slice(None, None, -1),) * rank)]
    op = iv.Convolve(
        xr.DataArray(flipped, dims=("out", "channel", *dims)),
        by_dim(dims, drawn["stride"]),
        border,
        channels="out",
        over="channel",
        dilation=by_dim(dims, drawn["dilation"]),
        padding=by_dim(dims, drawn["pads"]),
        groups=groups,
    )
    x = picture(rng, inward, drawn["sizes"])
    wide = extended(x.values, drawn["pads"], border)
    wanted = correlated(wide, weight, drawn["stride"], drawn["dilation"], groups)
    told = {**drawn, "weight": weight, "groups": groups, "border": border}
    return Layer(op, x, wanted, told)


def correlated(
    wide: np.ndarray, weight: np.ndarray, stride: list[int], dilation: list[int], groups: int
) -> np.ndarray:
    """``y[o, j] = sum_ck w[o, c, k] x[c, j s + d k]`` window by window, group by group."""
    kernel = weight.shape[2:]
    counts = [
        (n - d * (k - 1) - 1) // s + 1
        for n, k, s, d in zip(wide.shape[1:], kernel, stride, dilation, strict=True)
    ]
    out = np.empty((weight.shape[0], *counts))
    inward, outward = weight.shape[1], weight.shape[0] // groups
    for place in np.ndindex(*counts):
        window = tuple(
            slice(j * s, j * s + d * (k - 1) + 1, d)
            for j, s, d, k in zip(place, stride, dilation, kernel, strict=True)
        )
        for o in range(weight.shape[0]):
            first = o // outward * inward
            out[(o, *place)] = np.sum(weight[o] * wide[(slice(first, first + inward), *window)])
    return out


def pool(seed: int, kind: str) -> Layer:
    """A max or mean pool as networks have it: own padding, rounding up, what counts."""
    rng = np.random.default_rng(seed)
    rank = 1 + seed % 3
    drawn = drawn_sizes(rng, rank)
    if kind == "mean":
        drawn["dilation"] = [1] * rank
    dims = DIMS[-rank:]
    reach = [d * (k - 1) + 1 for d, k in zip(drawn["dilation"], drawn["kernel"], strict=True)]
    # torch takes the same on both sides, and no more than half a window of either measure.
    half = [
        int(rng.integers(0, min(k, r) // 2 + 1))
        for k, r in zip(drawn["kernel"], reach, strict=True)
    ]
    drawn["pads"] = [(p, p) for p in half]
    drawn["sizes"] = tuple(max(n, r) for n, r in zip(drawn["sizes"], reach, strict=True))
    ceil, inside = bool(seed // 3 % 2), bool(seed // 6 % 2)
    common = by_dim(dims, drawn["kernel"]), by_dim(dims, drawn["stride"])
    own = {"padding": by_dim(dims, drawn["pads"]), "ceil_mode": ceil}
    if kind == "max":
        border = ("constant", -np.inf)
        op = iv.MaxPool(*common, border, dilation=by_dim(dims, drawn["dilation"]), **own)
    else:
        op = iv.MeanPool(*common, "zero", count_include_pad=inside, **own)
    x = picture(rng, 2, drawn["sizes"])
    told = {**drawn, "padding": half, "ceil_mode": ceil, "count_include_pad": inside}
    reduce = np.max if kind == "max" else np.sum
    return Layer(op, x, np.stack([pooled(own, told, reduce, kind) for own in x.values]), told)


def pooled(
    values: np.ndarray, told: dict[str, Any], reduce: Callable[[Any], Any], kind: str
) -> np.ndarray:
    """Windows one by one: those that fit, and with `ceil_mode` one that begins before the end."""
    starts, lines = (
        [],
        zip(
            values.shape,
            *(told[name] for name in ("kernel", "stride", "dilation", "padding")),
            strict=True,
        ),
    )
    for n, k, s, d, p in lines:
        reach = d * (k - 1) + 1
        fit = [j for j in range(-p, n + p, s) if j + reach <= n + p]
        following = (fit[-1] if fit else -p - s) + s
        if told["ceil_mode"] and following < n and fit[-1] + reach < n + p:
            fit.append(following)
        starts.append([(j, k, s, d, p, n) for j in fit])
    out = np.empty([len(each) for each in starts])
    for place in np.ndindex(*out.shape):
        chosen = [each[j] for each, j in zip(starts, place, strict=True)]
        inside = [
            [q for q in range(j, j + d * (k - 1) + 1, d) if 0 <= q < n]
            for j, k, _, d, _, n in chosen
        ]
        taken = values[np.ix_(*inside)]
        count = np.prod([len(each) for each in inside])
        if told["count_include_pad"]:
            count = np.prod([min(j + k, n + p) - j for j, k, _, _, p, n in chosen])
        out[place] = reduce(taken) / (count if kind == "mean" else 1)
    return out


def centers(layer: Layer) -> Iterator[tuple[str, np.ndarray]]:
    """Where samples of the result stand: at the centers of their windows."""
    told, rank = layer.told, len(layer.told["sizes"])
    for dim, k, s, d, (before, _), n in zip(
        DIMS[-rank:],
        *(told[name] for name in ("kernel", "stride", "dilation", "pads")),
        layer.wanted.shape[1:],
        strict=True,
    ):
        yield dim, 2.0 + 0.5 * (np.arange(n) * s - before + d * (k - 1) / 2)


def seeds(kind: str, count: int) -> Iterator[int]:
    """Seeds of as many layers, others for each kind."""
    return itertools.islice(itertools.count(100 * len(kind)), count)
