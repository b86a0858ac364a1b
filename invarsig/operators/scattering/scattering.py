"""Scattering transforms of signals and of pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis
from invarsig.errors import DimError, DtypeError, ParameterError
from invarsig.kernels.cascade import Cascade, Grid
from invarsig.kernels.phases import finer
from invarsig.operators.base import Operator, Plan
from invarsig.operators.fields import dims_field, mapping_field, numbers_field
from invarsig.operators.noise import noise_picture, noise_sound
from invarsig.operators.scattering.kept import CascadeOperator
from invarsig.operators.scattering.paths import Tree
from invarsig.operators.scattering.rings import Ring, laid_round, rings_of, shared_along
from invarsig.operators.scattering.wavelets import low_pass, wavelets_along, wavelets_in_plane
from invarsig.operators.strides import other_strides
from invarsig.operators.windows import BoundaryChoice, check_boundary

__all__ = ["Scattering"]


@dataclass(frozen=True)
class Scattering(CascadeOperator):
    """Scattering transform, of signals or of pictures: wavelets, moduli, and an average.

    ``S0 = x * φ``, ``S1 = |x * ψ1| * φ`` and ``S2 = ||x * ψ1| * ψ2| * φ`` with Morlet wavelets and
    a Gaussian φ that averages over 2^J samples; a ψ2 follows the ψ1 of smaller scales. The filters
    are those of kymatio 0.3.0.

    Parameters
    ----------
    over
        One dim, or two for pictures: ``("y", "x")``.
    J
        Octaves: the average is over 2^J samples.
    Q
        Along one dim: wavelets for each octave, of the first order or of both, ``(Q1, Q2)``;
        second ones are 1 by default.
    L
        In two dims: orientations.
    max_order
        0, 1 or 2.
    stride
        Samples from one output to the next, for each dim or for all; 2^J by default, and with
        `oversampling` that many octaves less.
    oversampling
        None keeps intermediate moduli on the grid of the input: then the stride only selects which
        outputs are kept, up to rounding. A number k keeps a modulus at scale j on every 2^(j-k)-th
        sample, as kymatio does: two or three times faster, but moduli have no band limit and fold.
        Along one dim kymatio's release 0.3.0 halves a result for each octave by which the grid of
        one of its filters is coarser than the input's, so its values at k below J are wrong
        (kymatio/kymatio#984, fixed after that release); with that fixed, they are these.
        White noise then changes, relative to its values without their means, at k = 0 and 1 in two
        dims (J = 3, L = 8) by 2e-2 and 1e-3 in order 1, by 3e-2 and 2e-3 in order 2; along one dim
        (J = 6, Q = 8) by 6e-5 and 5e-6, and by 5e-4 and 7e-5.
    boundary
        By default periodic where the axis is, without padding. Others are padded as in kymatio, by
        mirroring about the last sample: in two dims by at least 2^J samples, along one by about 15
        times that while the signal is long enough, and the padded array wraps.
    grid
        For each dim the stride that intermediate grids nest with; the stride itself by default. Has
        no effect where `oversampling` is None.

    Returns
    -------
    xarray.DataArray
        With a new dim "path". Beside it stand "order", and for the wavelet of each order
        "frequency_1" (center), "bandwidth_1" (standard deviation in frequency), "scale_1" (2^j),
        and in two dims "orientation_1" (radians; at 0 the wave runs along the last dim): along one
        dim in the axis' unit, in two in samples, NaN where a path has no such wavelet.

    Raises
    ------
    AxisError
        If 2^J is more than the axis holds, or the stride does not divide a periodic axis.
    ParameterError
        If a parameter is out of range.

    Notes
    -----
    In two dims the transform is not invariant to small shifts at its usual stride. φ is half a
    sample of the output wide, so the energy over the output's Nyquist frequency folds: for a shift
    by half the stride, white noise gives the order 0 an error of about 0.5 along one axis, and of
    0.67 along both. With outputs one octave closer it is 0.04. Along one dim φ is three times as
    wide, and at that frequency it has fallen to 4e-6: the usual stride is safe.

    Examples
    --------
    >>> import invarsig as iv
    >>> ring = [iv.Axis(dim, size=64, unit="px", period=64.0) for dim in ("y", "x")]
    >>> x = iv.power_law_noise(*ring, exponent=0.0, rng=2)
    >>> y = Scattering(("y", "x"), J=3, L=4)(x)
    >>> dict(y.sizes), np.bincount(y.order).tolist()
    ({'path': 61, 'y': 8, 'x': 8}, [1, 12, 48])
    >>> for stride, half in ((8, 4.0), (4, 2.0)):
    ...     low = Scattering(("y", "x"), J=3, max_order=0, stride=stride)
    ...     moves = iv.Translate(y=half), iv.Translate(y=half, x=half)
    ...     print([round(float(iv.equivariance_error(low, x, move)), 2) for move in moves])
    [0.52, 0.66]
    [0.04, 0.05]

    References
    ----------
    Mallat (2012), doi:10.1002/cpa.21413; Bruna & Mallat (2013), doi:10.1109/TPAMI.2012.230; Andén &
    Mallat (2014), doi:10.1109/TSP.2014.2326991. Filters: Andreux et al. (2020), Kymatio:
    scattering transforms in Python, Journal of Machine Learning Research 21.
    """

    over: str | tuple[str, ...] = dims_field()
    J: int = 3
    Q: int | tuple[int, int] = numbers_field(default=(1, 1))
    L: int = 8
    max_order: int = 2
    stride: Mapping[str, int] | int | None = mapping_field(default=None)
    oversampling: int | None = None
    boundary: BoundaryChoice = mapping_field(default=None)
    grid: Mapping[str, int] | None = mapping_field(default=None)
    path: str = dims_field(default="path")

    linear = False

    @property
    def homogeneity(self) -> float:
        """1: moduli of filters keep the scale."""
        return 1

    def __post_init__(self) -> None:
        if not isinstance(self.over, str):
            object.__setattr__(self, "over", tuple(self.over))
        if len(self.dims) not in (1, 2) or len(set(self.dims)) < len(self.dims):
            raise ParameterError(
                f"Scattering over {', '.join(map(repr, self.dims)) or 'no dim'}: give one dim, or "
                "two."
            )
        object.__setattr__(self, "J", parameters.count(self.J, "J, the log2 of the scale,"))
        object.__setattr__(self, "L", parameters.count(self.L, "L, the number of orientations,"))
        object.__setattr__(self, "Q", _per_octave(self.Q))
        if self.max_order not in (0, 1, 2):
            raise ParameterError(f"max_order is {self.max_order!r}; give 0, 1 or 2.")
        if self.oversampling is not None:
            octaves = parameters.count(self.oversampling, "oversampling, in octaves,", least=0)
            object.__setattr__(self, "oversampling", octaves)
        for what, given in (("stride", self.stride), ("grid", self.grid)):
            if given is None:
                continue
            by = given if isinstance(given, Mapping) else dict.fromkeys(self.dims, given)
            object.__setattr__(self, what, parameters.counts(what, by))
            stray = [dim for dim in by if dim not in self.dims]
            if stray:
                raise DimError(
                    f"The {what} names {stray[0]!r}; this transform lies along "
                    f"{', '.join(map(repr, self.dims))}."
                )
        check_boundary(self.boundary)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that the wavelets lie in."""
        return (self.over,) if isinstance(self.over, str) else self.over

    @property
    def _strides(self) -> dict[str, int]:
        usual = 2 ** max(self.J - (self.oversampling or 0), 0)
        given = self.stride if isinstance(self.stride, Mapping) else {}
        return {dim: given.get(dim, usual) for dim in self.dims}

    @property
    def _grids(self) -> dict[str, int]:
        """For each dim the stride that intermediate grids nest with."""
        if self.oversampling is None:
            return self._strides
        return {dim: (self.grid or {}).get(dim, by) for dim, by in self._strides.items()}

    @property
    def _tree(self) -> Tree:
        if len(self.dims) == 2:
            first = second = wavelets_in_plane(self.J, self.L)
        else:
            first, second = (wavelets_along(self.J, q) for q in self.Q)  # type: ignore[union-attr]
        return Tree(first if self.max_order else [], second if self.max_order > 1 else [])

    def plan(self, axes: Axes) -> Plan:
        """Make the axes wrap, and list the paths."""
        strides, tree = self._strides, self._tree
        rings = rings_of(axes, strides, self.boundary, self.J, self._grids)
        spans = tuple(ring.span for ring in rings)
        paths = Axis(self.path, size=len(tree.paths))
        return Plan(
            tuple(span.axis for span in spans),
            (paths, *(span.out_axis for span in spans)),
            strides,
            dict.fromkeys(self.dims, (math.inf, math.inf)),
            partial(self._scattered, rings=rings, tree=tree),
            tree.coords(self.path, [span.axis for span in spans], self.max_order),
            operations=self._operations(rings, tree),
            shared=shared_along(rings),
        )

    def _meaning(self) -> dict[str, Any]:
        """Parameters, with the strides along each dim."""
        return {**super()._meaning(), "stride": self._strides, "grid": self._grids}

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same transform, including its intermediate grids, with other strides."""
        own = other_strides(self._strides, strides)
        if own is None:
            return None
        grid = None if self.oversampling is None else self._grids
        return replace(self, stride=own, grid=grid)

    def _cascade(self, tree: Tree, grids: Grid) -> Cascade:

        def kept(octave: int) -> Grid:
            if self.oversampling is None:
                return (1,) * len(grids)
            critical = 2 ** max(min(octave, self.J) - self.oversampling, 0)
            return tuple(math.gcd(by, critical) for by in grids)

        return Cascade(
            [low_pass(self.J, len(grids)).response] * len(grids),
            [(psi.response, kept(psi.octave)) for psi in tree.first],
            [(psi.response, kept(psi.octave)) for psi in tree.second],
            tree.follow,
            grids,
        )

    def _nested(self, rings: list[Ring]) -> tuple[Grid, list[int]]:
        """The grid that the cascade runs on, and the finest one of its results."""
        # The padding is the same at every stride, or the stride would change the values.
        grids = tuple(
            math.gcd(grid, ring.size)
            for grid, ring in zip(self._grids.values(), rings, strict=True)
        )
        strides = self._strides.values()
        return grids, [math.gcd(grid, by) for grid, by in zip(grids, strides, strict=True)]

    def _operations(self, rings: list[Ring], tree: Tree) -> float:
        grids, finest = self._nested(rings)
        phases = math.prod(grids) // math.prod(finest)
        return phases * self._cascade(tree, grids).operations([ring.size for ring in rings])

    def _scattered(self, values: np.ndarray, rings: list[Ring], tree: Tree) -> np.ndarray:
        if np.iscomplexobj(values):
            raise DtypeError("Scattering needs real values, and these are complex.")
        strides = self._strides.values()
        grids, finest = self._nested(rings)
        cascade = self._cascade(tree, grids)
        ready = self._ready(cascade, [ring.size for ring in rings], values.dtype)
        whole = finer(ready, cascade.grid, laid_round(values, rings), finest)
        lead = (slice(None),) * (whole.ndim - len(rings))
        keep = [
            slice(None, ring.span.size * (by // fine), by // fine)
            for ring, by, fine in zip(rings, strides, finest, strict=True)
        ]
        return np.moveaxis(whole[(*lead, *keep)], 0, values.ndim - len(rings))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Signals and pictures, exact and with intermediate grids, periodic and not."""
        sound = noise_sound(rng)
        yield cls("time", J=3, Q=2), sound
        yield cls("time", J=4, Q=(3, 2), oversampling=1), sound
        yield cls("time", J=2, stride=3, boundary="reflect"), sound
        picture = noise_picture(rng, {"y": 16, "x": 24})
        yield cls(("y", "x"), J=2, L=3), picture
        yield cls(("y", "x"), J=2, L=2, oversampling=0, max_order=2), picture
        yield cls(("y", "x"), J=2, max_order=0, stride={"y": 2, "x": 3}), picture


def _per_octave(given: Any) -> tuple[int, int]:
    """Wavelets for each octave, of both orders."""
    several = given if isinstance(given, (tuple, list)) else (given,)
    if len(several) not in (1, 2):
        raise ParameterError(f"Q is {given!r}; give one number of wavelets per octave, or two.")
    counts = [parameters.count(q, "Q, the number of wavelets per octave,") for q in several]
    return (counts[0], counts[1] if len(counts) == 2 else 1)
