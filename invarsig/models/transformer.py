"""The stem of a vision transformer: patches, then self-attention among them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, require_dims
from invarsig.errors import AxisError
from invarsig.operators import (
    Convolve,
    Gelu,
    LayerNorm,
    Operator,
    Pipeline,
    Residual,
    SelfAttention,
)
from invarsig.operators.networks.self_attention import Position

__all__ = ["patch_embedding", "vision_transformer"]


def patch_embedding(
    x: xr.DataArray,
    patch: Mapping[str, int],
    features: int = 16,
    *,
    channel: str | None = "channel",
    rng: np.random.Generator | int,
) -> Convolve:
    """Patch embedding: adjacent patches, each projected to features by the same random matrix.

    It is a convolution whose stride is its window. The first patch begins at the first sample; on a
    periodic axis it is centered there, as every strided filter is, and wraps.

    Parameters
    ----------
    x
        Labeled array that it is applied to.
    patch
        For each dim the width of a patch, in samples.
    features
        Number of features.
    channel
        Dim of the input that is summed over, if the input has it.
    rng
        Generator of random numbers, or a seed.

    Returns
    -------
    Convolve
        To "feature" for each patch; linear.

    Raises
    ------
    AxisError
        If an axis is not a whole number of patches.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.zeros((3, 16, 24)), "channel", "y", "x")
    >>> dict(patch_embedding(x, {"y": 4, "x": 4}, 8, rng=1)(x).sizes)
    {'features': 8, 'y': 4, 'x': 6}

    References
    ----------
    Dosovitskiy et al. (2021), arXiv:2010.11929.
    """
    widths = parameters.counts("patch", patch)
    require_dims(x, tuple(widths), "patch_embedding")
    for dim, width in widths.items():
        if x.sizes[dim] % width:
            raise AxisError(
                f"{x.sizes[dim]} samples along {dim!r} are not a whole number of patches of "
                f"{width}; crop the axis."
            )
    summed = {channel: x.sizes[channel]} if channel is not None and channel in x.dims else {}
    sizes = {"features": parameters.count(features, "The number of features"), **summed, **widths}
    values = np.random.default_rng(rng).standard_normal(tuple(sizes.values()))
    values *= math.sqrt(features / values.size)
    kernels = xr.DataArray(values, dims=tuple(sizes))
    return Convolve(kernels, widths, channels=("features",), over=tuple(map(str, summed)))


def vision_transformer(
    x: xr.DataArray,
    patch: Mapping[str, int],
    *,
    features: int = 16,
    heads: int = 2,
    blocks: int = 1,
    position: Position = "absolute",
    channel: str | None = "channel",
    rng: np.random.Generator | int,
) -> Operator:
    """Stem of a vision transformer with random weights: `patch_embedding`, then blocks.

    A block is self-attention with a skip connection, and a perceptron on each patch separately with
    a skip connection, both after a layer normalization. On periodic axes it commutes with shifts by
    whole patches where positions are encoded relatively, or not at all; absolute ones break this.

    Parameters
    ----------
    x, patch, features, channel
        As for `patch_embedding`; encodings have the sizes of `x`.
    heads
        Number of heads; the features are divided among them.
    blocks
        Number of blocks.
    position
        "none", "relative" or "absolute": see `SelfAttention`.
    rng
        Generator of random numbers, or a seed.

    Returns
    -------
    Operator
        To features for each patch.

    Raises
    ------
    ParameterError
        If a count is not a whole number, or features are not a multiple of the heads.
    DimError
        If the array lacks a dim of the patch.
    AxisError
        If a patch does not fit.

    Examples
    --------
    >>> import invarsig as iv
    >>> axes = [iv.Axis(dim, size=16, unit="px", period=16.0) for dim in ("y", "x")]
    >>> x = iv.power_law_noise(*axes, rng=1)
    >>> for position in ("none", "relative", "absolute"):
    ...     op = vision_transformer(x, {"y": 4, "x": 4}, position=position, rng=2)
    ...     print(position, float(iv.equivariance_error(op, x, iv.Translate(x=4))) < 1e-12)
    none True
    relative True
    absolute False

    References
    ----------
    Dosovitskiy et al. (2021), arXiv:2010.11929; Xiong et al. (2020), arXiv:2002.04745, for the
    normalization before each part.
    """
    random = np.random.default_rng(rng)
    stages: list[Operator] = [patch_embedding(x, patch, features, channel=channel, rng=random)]
    tokens = stages[0](x)
    for _ in range(parameters.count(blocks, "The number of blocks", least=0)):
        attention = SelfAttention.random(
            tokens,
            over=tuple(patch),
            heads=heads,
            depth=max(features // heads, 1),
            position=position,
            channel="features",
            rng=random,
        )
        stages.append(Residual(LayerNorm("features") >> attention))
        stages.append(Residual(LayerNorm("features") >> _perceptron(tokens, tuple(patch), random)))
    return Pipeline(stages)


def _perceptron(
    tokens: xr.DataArray, over: tuple[str, ...], random: np.random.Generator
) -> Operator:
    """Two layers on each patch separately, four times as wide between them."""
    count = Axes.of(tokens).counted("features").size
    one = (1,) * len(over)
    inward = random.standard_normal((4 * count, count, *one)) * math.sqrt(2 / count)
    outward = random.standard_normal((count, 4 * count, *one)) * math.sqrt(0.25 / count)
    up = xr.DataArray(inward, dims=("hidden", "features", *over))
    down = xr.DataArray(outward, dims=("features", "hidden", *over))
    return (
        Convolve(up, channels=("hidden",), over=("features",))
        >> Gelu()
        >> Convolve(down, channels=("features",), over=("hidden",))
    )
