"""Small convolutional networks: the same weights with several ways of downsampling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, require_dims
from invarsig.errors import ParameterError
from invarsig.operators import (
    BlurPool,
    Convolve,
    Filtered,
    MaxBlurPool,
    MaxPool,
    Operator,
    Pipeline,
    PolyphasePool,
    Relu,
    SpectralPool,
)

__all__ = ["Downsampling", "all_convolutional", "cnn", "random_kernels"]

Downsampling = Literal["max", "max_blur", "blur", "polyphase", "alias_free", "stride"]


def random_kernels(
    x: xr.DataArray,
    widths: Sequence[int] = (8, 16, 32),
    *,
    window: int = 3,
    over: Sequence[str] = ("y", "x"),
    channel: str | None = "channel",
    rng: np.random.Generator | int,
) -> tuple[xr.DataArray, ...]:
    """Draw kernels for the layers of a network: normal, of variance two over the summed terms.

    Parameters
    ----------
    x
        Labeled array that the network is applied to; with or without the dim `channel`.
    widths
        Number of features of each layer.
    window
        Width of the kernels along each dim, in samples.
    over
        Dims that are convolved.
    channel
        Dim of the input that the first layer sums over, if the input has it.
    rng
        Generator of random numbers, or a seed.

    Returns
    -------
    tuple of xarray.DataArray
        The k-th over ``features_k``, the features before it, and `over`.

    Raises
    ------
    DimError
        If the array lacks a dim that is convolved.
    ParameterError
        If a width or a number of features is not a whole number of at least 1.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.zeros((3, 8, 8)), "channel", "y", "x")
    >>> [kernel.dims[:2] for kernel in random_kernels(x, (4, 6), rng=0)]
    [('features_1', 'channel'), ('features_2', 'features_1')]

    References
    ----------
    He et al. (2015), Delving deep into rectifiers, arXiv:1502.01852.
    """
    require_dims(x, tuple(over), "random_kernels")
    random = np.random.default_rng(rng)
    window = parameters.count(window, "The width of a kernel", " samples")
    inward: dict[str, int] = {}
    if channel is not None and channel in x.dims:
        inward = {channel: Axes.of(x).counted(channel).size}
    kernels = []
    for number, width in enumerate(widths, start=1):
        outward = {f"features_{number}": parameters.count(width, "The number of features")}
        sizes = {**outward, **inward, **dict.fromkeys(over, window)}
        terms = math.prod(sizes.values()) // width
        values = random.standard_normal(tuple(sizes.values())) * math.sqrt(2 / terms)
        kernels.append(xr.DataArray(values, dims=tuple(sizes)))
        inward = outward
    return tuple(kernels)


def _layer(
    kernel: xr.DataArray, over: Sequence[str], stride: int, boundary: str | None
) -> tuple[Convolve, str]:
    """Convolution of one layer, summed over its input features, and its output features' name."""
    missing = [dim for dim in over if dim not in kernel.dims]
    if missing:
        raise ParameterError(
            f"A kernel spans {kernel.dims} and lacks {missing[0]!r}; name its dims in over=."
        )
    made, *summed = [str(dim) for dim in kernel.dims if dim not in over] or [""]
    if not made:
        raise ParameterError(
            f"A kernel spans {kernel.dims}; give it a first dim for the features that it makes."
        )
    strides = dict.fromkeys(over, stride)
    return Convolve(kernel, strides, boundary, channels=(made,), over=tuple(summed)), made


def _smaller(
    kind: Downsampling, over: Sequence[str], stride: int, features: str, boundary: str | None
) -> tuple[Operator, ...]:
    """Nonlinearity of one stage, and its downsampling."""
    strides = dict.fromkeys(over, stride)
    if kind == "stride":
        return (Relu(),)
    if kind == "max":
        return (Relu(), MaxPool(strides, boundary=boundary))
    if kind == "max_blur":
        return (Relu(), MaxBlurPool(strides, taps=3, boundary=boundary))
    if kind == "blur":
        return (Relu(), BlurPool(taps=3, stride=strides, boundary=boundary))
    if kind == "polyphase":
        return (Relu(), PolyphasePool(strides, over=(features,)))
    return (Filtered(Relu(), tuple(over)), SpectralPool(strides))


def cnn(
    kernels: Sequence[xr.DataArray],
    *,
    downsampling: Downsampling = "max",
    over: Sequence[str] = ("y", "x"),
    stride: int = 2,
    boundary: str | None = None,
) -> Operator:
    """Stack of convolutions, rectified, each followed by downsampling.

    The weights are given, so that ways can be compared: "max" (a max pool), "max_blur" (a dense
    max, then a blur of 3 taps), "blur" (that blur), "polyphase" (the strongest component of the
    stride, joint over features), "stride" (the convolution itself strides), and "alias_free" (the
    rectifier between two filters at twice the rate, then an ideal low-pass).

    Parameters
    ----------
    kernels
        One for each stage: its first dim that is not in `over` is created, the others are summed
        over (`random_kernels`).
    downsampling
        Which way.
    over
        Dims that are convolved.
    stride
        Of each stage.
    boundary
        As for `Convolve`. "alias_free" needs periodic axes.

    Returns
    -------
    Operator
        A pipeline over `over`, from an array with or without channels to features.

    Raises
    ------
    ParameterError
        If the way of downsampling is unknown, or the stride not a whole number of at least 1.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> axes = [iv.Axis(dim, size=32, unit="px", period=32.0) for dim in ("y", "x")]
    >>> x = iv.power_law_noise(*axes, rng=1)
    >>> kernels = random_kernels(x, (4, 4), rng=2)
    >>> for way in ("max", "alias_free"):
    ...     op = cnn(kernels, downsampling=way)
    ...     print(way, float(iv.equivariance_error(op, x, iv.Translate(x=1))) < 0.05)
    max False
    alias_free True

    References
    ----------
    Zhang (2019), arXiv:1904.11486 (blur); Chaman & Dokmanić (2021), arXiv:2011.14214 (polyphase);
    Karras et al. (2021), arXiv:2106.12423, and Michaeli et al. (2023), arXiv:2303.08085
    (alias-free).
    """
    parameters.one_of("downsampling", downsampling, Downsampling)
    own = (
        parameters.count(stride, "The stride of a stage", " samples")
        if downsampling == "stride"
        else 1
    )
    stages: list[Operator] = []
    for kernel in kernels:
        layer, made = _layer(kernel, over, own, boundary)
        stages += [layer, *_smaller(downsampling, over, stride, made, boundary)]
    return Pipeline(stages)


def all_convolutional(
    kernels: Sequence[xr.DataArray],
    *,
    over: Sequence[str] = ("y", "x"),
    stride: int = 2,
    every: int = 2,
    boundary: str | None = None,
) -> Operator:
    """All-convolutional stack: no pools, every second convolution strides.

    Parameters
    ----------
    kernels, over, boundary
        As for `cnn`; one kernel for each layer.
    stride
        Stride of the strided layers.
    every
        Interval between strided layers.

    Returns
    -------
    Operator
        A pipeline over `over`, from an array with or without channels to features.

    Raises
    ------
    ParameterError
        If a stride, or the interval between strided layers, is not a whole number of at least 1.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.zeros((16, 16)), "y", "x")
    >>> op = all_convolutional(random_kernels(x, (4, 4, 8, 8), rng=1), boundary="zero")
    >>> dict(op(x).sizes)
    {'features_4': 8, 'y': 4, 'x': 4}

    References
    ----------
    Springenberg et al. (2015), Striving for simplicity, arXiv:1412.6806.
    """
    every = parameters.count(every, "every", " layers")
    stages: list[Operator] = []
    for number, kernel in enumerate(kernels, start=1):
        layer, _ = _layer(kernel, over, stride if number % every == 0 else 1, boundary)
        stages += [layer, Relu()]
    return Pipeline(stages)
