"""Random operators, one stage at a time, each for the array that it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

import invarsig.operators as ops
from invarsig.axes import axis_of
from invarsig.errors import AxisError
from invarsig.operators import Operator
from invarsig.operators.windows import Border
from invarsig.testing.strategies.drawn import Chance

__all__ = ["BOUNDARIES", "STAGES", "stage_for"]

BOUNDARIES: tuple[Border | None, ...] = (
    *(None, "valid", "zero", "reflect", "symmetric", "periodic"),
    *("edge", ("constant", 0.5)),
)
_POINTWISE = ("Relu", "LeakyRelu", "Tanh", "Sigmoid", "Softplus", "Gelu", "Square", "Modulus")


class _Given:
    """The array that a stage is drawn for, and choices that suit it."""

    def __init__(
        self, chance: Chance, x: xr.DataArray, wraps: bool, boundaries: Sequence[Any]
    ) -> None:
        self.chance, self.x, self.wraps, self.boundaries = chance, x, wraps, boundaries

    def dim(self) -> str:
        return str(self.chance.one_of(self.x.dims))

    def dims(self) -> list[str]:
        both = self.x.ndim > 1 and self.chance.yes()
        return [str(dim) for dim in self.x.dims[:2]] if both else [self.dim()]

    def stride(self, dim: str, most: int = 4) -> int:
        """Choose a stride: a divisor where the axis has to stay periodic, and often elsewhere."""
        size = self.x.sizes[dim]
        divisors = [by for by in range(1, most + 1) if size % by == 0]
        if self.wraps or self.chance.yes():
            return int(self.chance.one_of(divisors))
        return self.chance.count(1, min(most, size))

    def strides(self, dims: list[str]) -> dict[str, int]:
        return {dim: self.stride(dim) for dim in dims}

    def windows(self, dims: list[str], most: int = 4) -> dict[str, int]:
        return {dim: self.chance.count(1, min(most, self.x.sizes[dim])) for dim in dims}

    def boundary(self) -> Any:
        return None if self.wraps else self.chance.one_of(self.boundaries)

    def step(self, dim: str) -> float:
        try:
            return abs(axis_of(self.x, dim).step)
        except AxisError:
            return 1.0

    def taps(self, dims: Mapping[str, int], *more: int) -> np.ndarray:
        """Weights of a size near 1, with few digits, so that a failing law can be read."""
        rng = np.random.default_rng(self.chance.seed())
        return np.round(rng.standard_normal((*more, *dims.values())), 2)


_Stage = Callable[[_Given], Operator]


def _windowed(kind: type[Operator], **fixed: Any) -> _Stage:
    def stage(given: _Given) -> Operator:
        dims = given.dims()
        options = {"window": given.windows(dims), "boundary": given.boundary(), **fixed}
        if given.wraps or given.chance.yes():
            options["stride"] = given.strides(dims)
        return kind(**options)

    return stage


def _strided(kind: type[Operator], *, bounded: bool = False, **fixed: Any) -> _Stage:
    def stage(given: _Given) -> Operator:
        dims = given.dims()
        options = {"stride": given.strides(dims), **fixed}
        if bounded:
            options["boundary"] = given.boundary()
        return kind(**options)

    return stage


def _pointwise(given: _Given) -> Operator:
    made: Operator = getattr(ops, given.chance.one_of(_POINTWISE))()
    return made


def _logarithm(given: _Given) -> Operator:
    offset = given.chance.one_of((0.5, 2.0))
    return ops.Modulus() >> (ops.Log(offset=offset) if given.chance.yes() else ops.Log1p())


def _blur(given: _Given) -> Operator:
    dims = given.dims()
    return ops.BlurPool(
        given.chance.count(2, 5), stride=given.strides(dims), boundary=given.boundary()
    )


def _convolution(given: _Given) -> Operator:
    dims, more = given.windows(given.dims(), 5), given.chance.one_of(((), (2,)))
    if "filter" in given.x.dims:
        more = ()
    taps = given.taps(dims, *more)
    if given.chance.yes() and given.x.dtype.kind == "c":
        taps = taps + 1j * taps[..., ::-1]
    kernels = xr.DataArray(taps, dims=[*(["filter"] * len(more)), *dims])
    strides = {dim: given.stride(dim) for dim in dims}
    return ops.Convolve(kernels, stride=strides, boundary=given.boundary())


def _local(given: _Given) -> Operator:
    dim = given.dim()
    taps = given.taps({dim: given.x.sizes[dim], f"{dim}_tap": 3})
    return ops.LocallyConnected(xr.DataArray(taps, dims=(dim, f"{dim}_tap")))


def _gaussian(kind: type[Operator], **options: Any) -> _Stage:
    def stage(given: _Given) -> Operator:
        dim = given.dim()
        made: Operator = kind(
            sigma={dim: given.step(dim) * given.chance.one_of((0.6, 1.0))},
            **options,
            truncate=2.5,
            stride={dim: given.stride(dim)},
            boundary=given.boundary(),
        )
        return made

    return stage


def _derivative(given: _Given) -> Operator:
    dim = given.dim()
    sigma, order = {dim: 0.8 * given.step(dim)}, {dim: given.chance.count(0, 2)}
    return ops.GaussianDerivativeBank(sigma, order, truncate=2.5, boundary=given.boundary())


def _wave(kind: type[Operator], bounded: bool) -> _Stage:
    def stage(given: _Given) -> Operator:
        dim = given.dim()
        cycles = given.chance.one_of((0.2, 0.3, 0.4))
        options = {"boundary": given.boundary()} if bounded else {}
        made: Operator = kind(
            dim,
            frequency=[cycles / given.step(dim)],
            bandwidth=1.5,
            part=given.chance.one_of(("complex", "real")),
            stride={dim: given.stride(dim)},
            **options,
        )
        return made

    return stage


def _wavelets(given: _Given) -> Operator:
    dim = given.dim()
    banks = (ops.WaveletBank((dim,)), ops.StationaryWaveletBank((dim,), levels=1))
    return banks[given.chance.count(0, 1)] if given.chance.yes() else ops.LawsBank(dim)


def _adaptive(given: _Given) -> Operator:
    dim = given.dim()
    return ops.AdaptivePool(bins={dim: given.chance.count(1, given.x.sizes[dim])})


def _lossy(given: _Given) -> Operator:
    kind = given.chance.one_of(("mean", "max", "lp", "pyramid", "peak"))
    if kind == "pyramid":
        return ops.PyramidPool(given.dim(), levels=(1, 2))
    if kind == "peak":
        return ops.Peak(given.dim())
    return ops.GlobalPool(given.dim(), kind=kind)


def _normalization(given: _Given) -> Operator:
    dims = given.dims()
    if given.chance.yes():
        return ops.LayerNorm(tuple(dims), epsilon=0.1)
    return ops.DivisiveNormalization(window=given.windows(dims), boundary=given.boundary())


def _placewise(given: _Given) -> Operator:
    dim = given.dim()
    return ops.PositionAffine(scale=xr.DataArray(given.taps({dim: given.x.sizes[dim]}), dims=dim))


def _polynomial(given: _Given) -> Operator:
    return ops.Polynomial((0.0, 1.0, given.chance.one_of((-0.25, 0.5))))


def _branches(given: _Given) -> Operator:
    inner = ops.BlurPool(3, stride={given.dim(): 1}, boundary=given.boundary())
    if given.chance.yes():
        return ops.Residual(inner >> _pointwise(given))
    branches = (inner, _pointwise(given))
    if given.chance.yes() or "branch" in given.x.dims:
        return ops.Sum(*branches)
    return ops.Parallel(dict(zip(("a", "b"), branches, strict=True)))


STAGES: Mapping[str, _Stage] = {
    "pointwise": _pointwise,
    "Subsample": _strided(ops.Subsample),
    "MaxPool": _windowed(ops.MaxPool),
    "MeanPool": _windowed(ops.MeanPool),
    "BlurPool": _blur,
    "Convolve": _convolution,
    "Polynomial": _polynomial,
    "logarithm": _logarithm,
    "MedianPool": _windowed(ops.MedianPool),
    "LpPool": _windowed(ops.LpPool),
    "SoftmaxPool": _windowed(ops.SoftmaxPool),
    "MaxBlurPool": _windowed(ops.MaxBlurPool),
    "GaussianPool": _strided(ops.GaussianPool, bounded=True),
    "KaiserDecimate": _strided(ops.KaiserDecimate, bounded=True),
    "SpectralPool": _strided(ops.SpectralPool),
    "PolyphasePool": _strided(ops.PolyphasePool),
    "AdaptivePool": _adaptive,
    "lossy pools": _lossy,
    "GaussianBank": _gaussian(ops.GaussianBank),
    "LaplacianOfGaussian": _gaussian(ops.LaplacianOfGaussian),
    "DifferenceOfGaussians": _gaussian(ops.DifferenceOfGaussians),
    "GaussianDerivativeBank": _derivative,
    "GaborBank": _wave(ops.GaborBank, True),
    "LogGaborBank": _wave(ops.LogGaborBank, False),
    "wavelets": _wavelets,
    "normalization": _normalization,
    "LocallyConnected": _local,
    "PositionAffine": _placewise,
    "branches": _branches,
}
"""Families of stages, by name, the plainest first: toward them a failing law is shrunk."""


def stage_for(
    chance: Chance, x: xr.DataArray, family: str, wraps: bool, boundaries: Sequence[Any]
) -> Operator:
    """Draw a stage of a family for the array that it will be given."""
    return STAGES[family](_Given(chance, x, wraps, boundaries))
