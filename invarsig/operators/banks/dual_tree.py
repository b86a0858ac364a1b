"""The dual-tree complex wavelet transform.

Conventions
-----------
Two real wavelet trees run side by side: tree a on the even samples, tree b on the odd ones. At the
first level both have the same odd filters, later q-shift filters and their mirror images, so that
the samples of tree b stand half-way between those of tree a. A complex coefficient is one sample of
each, and stands half-way between them: the grid of level l begins ``(2^l - 1) / 2`` samples after
the input's, at stride 2^l. Its filter passes almost only positive frequencies.
"""

from __future__ import annotations

import abc
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import AuxiliaryCoordinate, Axes, Axis
from invarsig.operators.banks.bank import Bank, filter_dims, tap_plan
from invarsig.operators.banks.channels import complex_coords
from invarsig.operators.banks.dual_tree_filters import FIRST, LATER, first_filters, later_filters
from invarsig.operators.banks.skewed_bank import SkewedBank
from invarsig.operators.base import Operator, Plan
from invarsig.operators.combinators import Levels
from invarsig.operators.fields import dims_field
from invarsig.operators.linear_filter import Channels, dtft
from invarsig.operators.noise import noise_picture, noise_sound
from invarsig.operators.windows import BoundaryChoice

__all__ = ["DualTreeBand", "DualTreeLowpass", "dual_tree_transform"]


def tree_lines(first: str, later: str, level: int) -> tuple[np.ndarray, np.ndarray]:
    """Filters of both trees from the input to one level, low-pass and high-pass.

    Returns
    -------
    tuple of ndarray
        Each ``(2, taps)``, trees a and b, with an even number of taps about the place half-way
        between the samples of both. The real part of a coefficient comes first: at later levels
        tree b bears it in the high-pass.
    """
    low, high = first_filters(first)
    # Per tree: coefficients e and the lag c in y[i] = sum_q e[q] x[2^level i + c - q].
    lows = [(low, low.size // 2 + tree) for tree in (0, 1)]
    highs = [(high, high.size // 2 + tree) for tree in (0, 1)]
    pairs = later_filters(later)
    for coarse in range(1, level):
        before = lows
        spread = 2**coarse
        lows = [_cascaded(before[tree], pairs[tree], spread) for tree in (0, 1)]
        highs = [_cascaded(before[tree], pairs[2 + tree], spread) for tree in (1, 0)]
    middle = 2 ** (level - 1)
    half = max(max(lag - middle + 1, taps.size + middle - lag - 1) for taps, lag in (*lows, *highs))
    return _centered(lows, middle, half), _centered(highs, middle, half)


def _cascaded(
    before: tuple[np.ndarray, int], taps: np.ndarray, spread: int
) -> tuple[np.ndarray, int]:
    line = np.zeros((taps.size - 1) * spread + 1)
    line[::spread] = taps
    return np.convolve(before[0], line), before[1] + spread * taps.size // 2


def _centered(pair: Sequence[tuple[np.ndarray, int]], middle: int, half: int) -> np.ndarray:
    """Place the taps of both trees in windows of ``2 half`` samples about the middle."""
    out = np.zeros((2, 2 * half))
    for tree, (taps, lag) in enumerate(pair):
        start = middle + half - 1 - lag
        out[tree, start : start + taps.size] = taps
    return out


class _DualTree(Bank):
    """The base class of the bands and the low-pass: the grid, and checks of the filters' names."""

    over: tuple[str, ...]
    first: str
    later: str

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that the filters lie in."""
        return self.over

    @abc.abstractmethod
    def _depth(self) -> int:
        """Level, from 1."""

    @abc.abstractmethod
    def _of_lines(self, low: list[np.ndarray], high: list[np.ndarray]) -> np.ndarray:
        """Channels from ``(2, n)`` of both trees along each dim, low-pass and high-pass."""

    def _check_tree(self, depth: int, what: str) -> None:
        object.__setattr__(self, "over", filter_dims(self.over, type(self).__name__, 1, 2))
        parameters.count(depth, what)
        for name, given, known in (("first", self.first, FIRST), ("later", self.later, LATER)):
            parameters.one_of(name, given, known)
        self._check_bank()

    def _taps(self) -> np.ndarray:
        low, high = tree_lines(self.first, self.later, self._depth())
        return self._of_lines([low] * len(self.over), [high] * len(self.over))

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        low, high = tree_lines(self.first, self.later, self._depth())
        lines = [(dtft(low, [f]), dtft(high, [f])) for f in frequencies]
        return self._of_lines([one for one, _ in lines], [other for _, other in lines])

    def plan(self, axes: Axes) -> Plan:
        """Place the filters along their axes, each about the middle of its block of samples."""
        late = 2 ** (self._depth() - 1) - 1
        channels, taps = self._channels(axes), self._taps()
        return tap_plan(axes, self.over, taps, channels, self.stride, self.boundary, late=late)


@dataclass(frozen=True)
class DualTreeBand(SkewedBank, _DualTree):
    """Complex wavelets of one level of the dual tree.

    Along one dim ``ψ = ψ_a - i ψ_b`` with the wavelets of both trees, which are nearly a Hilbert
    pair: its spectrum is nearly one-sided, from ``2^-(level + 1)`` to ``2^-level`` cycles per
    sample (at the first level, whose band ends at the Nyquist frequency, it leaks over that). Over
    two dims the six products of ψ and the low-pass φ along each, or their conjugates, divided by
    √2: waves at ±15, ±45 and ±75 degrees.

    Parameters
    ----------
    over
        One dim, or two, ``("y", "x")``. At orientation 0 a wave runs along the last one.
    level
        1 for the finest, an octave coarser each.
    first
        Filters of the first level: "near_sym_a" (5 and 7 taps) or "near_sym_b" (13 and 19).
    later
        Filters of the other levels: "qshift_06", "qshift_a", "qshift_b", "qshift_c", "qshift_d"
        (10 taps, of which 6 are not zero; 10, 14, 16, 18).
    stride
        For each dim the stride in samples; `dual_tree_transform` takes 2^level.
    boundary
        As for `Convolve`. With "symmetric", strides of 2^level and a size that they divide the
        values are those of the Python package dtcwt, conjugated, borders included. It numbers the
        orientations in the opposite order, from 75 degrees down: it names them by their edges.
    band
        For each dim the stride that center frequencies are chosen for; the stride itself by
        default.

    Returns
    -------
    xarray.DataArray
        Complex, on a grid that begins ``(2^level - 1) / 2`` samples after the input's. Over two
        dims with a new dim "orientation" (radians, from -75 to 75 degrees, period π). Channels
        carry ``{dim}_center_frequency``: 3/4 of ``2^-level`` for ψ and 1/4 for φ, the middles of
        their nominal bands; with a stride the middle of the band of one output rate that holds the
        most energy.

    Raises
    ------
    ParameterError
        If the filters are unknown, the level is below 1, or there are more than two dims.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> wave = np.cos(2 * np.pi * 3 / 16 * np.arange(64))
    >>> x = label(wave, Axis("x", period=64.0))
    >>> y = DualTreeBand("x", level=2, stride={"x": 4})(x)
    >>> float(y.x[0]), bool((abs(y).max() - abs(y).min()) / abs(y).mean() < 0.03)
    (1.5, True)

    References
    ----------
    Selesnick, Baraniuk & Kingsbury (2005), doi:10.1109/MSP.2005.1550194; Kingsbury (2001),
    doi:10.1006/acha.2000.0343.
    """

    over: tuple[str, ...] = dims_field()
    level: int = 1
    first: str = "near_sym_b"
    later: str = "qshift_b"
    channel: str = dims_field(default="orientation")

    def __post_init__(self) -> None:
        self._check_tree(self.level, "level")

    def _depth(self) -> int:
        return self.level

    def _channels(self, axes: Axes) -> Channels:
        wide, narrow = 0.75 / 2**self.level, 0.25 / 2**self.level
        if len(self.over) == 1:
            centers = self._carried(axes, {self.over[0]: np.array(wide)})
            return Channels((), complex_coords(axes, (), centers), centers)
        step = math.pi / 6
        angle = Axis(self.channel, -2.5 * step, step, 6, "rad", period=math.pi)
        centers = {
            self.over[0]: np.array([-wide, -wide, -narrow, narrow, wide, wide]),
            self.over[1]: np.array([narrow, wide, wide, wide, wide, narrow]),
        }
        centers = self._carried(axes, centers)
        return Channels((angle,), complex_coords(axes, (angle,), centers), centers)

    def _of_lines(self, low: list[np.ndarray], high: list[np.ndarray]) -> np.ndarray:
        # Conjugate wavelets, with the same real and imaginary taps, lie at negative frequencies.
        phi, psi = ([line[0] - 1j * line[1] for line in lines] for lines in (low, high))
        if len(self.over) == 1:
            return np.asarray(psi[0])
        phi_, psi_ = low[0][0] + 1j * low[0][1], high[0][0] + 1j * high[0][1]
        pairs = [
            (psi_, phi[1]),
            (psi_, psi[1]),
            (phi_, psi[1]),
            (phi[0], psi[1]),
            (psi[0], psi[1]),
            (psi[0], phi[1]),
        ]
        planes = np.stack([np.multiply.outer(rows, columns) for rows, columns in pairs])
        return np.asarray(planes / math.sqrt(2))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Along one dim, over two, and on finite axes."""
        yield cls(("time",), 2, "near_sym_a", "qshift_a", stride={"time": 4}), noise_sound(rng)
        yield cls(("time",), 1, stride={"time": 2}, boundary="symmetric"), noise_sound(rng)
        picture = noise_picture(rng, {"y": 24, "x": 32})
        yield cls(("y", "x"), 1, "near_sym_a", stride={"y": 2, "x": 2}), picture


@dataclass(frozen=True)
class DualTreeLowpass(_DualTree):
    """The low-pass residual of the dual tree: one for each tree.

    Along one dim ``φ_a`` and ``φ_b``, real; over two dims the four products of them.

    Parameters
    ----------
    over, first, later, stride, boundary
        As for `DualTreeBand`.
    levels
        Number of levels of bands removed before.

    Returns
    -------
    xarray.DataArray
        Real, with a new dim "tree" that holds the trees' names: "a" and "b", or "aa", "ab", "ba"
        and "bb". All stand on the bands' grid; the filters of tree a are centered a quarter of
        2^levels samples before it, those of tree b as much after.

    Raises
    ------
    ParameterError
        As for `DualTreeBand`.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> x = label([1.0] * 64, Axis("x", period=64.0))
    >>> y = DualTreeLowpass("x", levels=2, stride={"x": 4})(x)
    >>> y.tree.values.tolist(), y.isel(x=0).values.round(6).tolist()
    (['a', 'b'], [1.414214, 1.414214])

    References
    ----------
    Selesnick, Baraniuk & Kingsbury (2005), doi:10.1109/MSP.2005.1550194.
    """

    over: tuple[str, ...] = dims_field()
    levels: int = 1
    first: str = "near_sym_b"
    later: str = "qshift_b"
    channel: str = dims_field(default="tree")

    def __post_init__(self) -> None:
        self._check_tree(self.levels, "levels")

    def _depth(self) -> int:
        return self.levels

    def _channels(self, axes: Axes) -> Channels:
        names = ("a", "b") if len(self.over) == 1 else ("aa", "ab", "ba", "bb")
        coords: dict[str, AuxiliaryCoordinate] = {
            self.channel: ((self.channel,), np.array(names), {})
        }
        return Channels((Axis(self.channel, size=len(names)),), coords)

    def _of_lines(self, low: list[np.ndarray], high: list[np.ndarray]) -> np.ndarray:
        if len(self.over) == 1:
            return low[0]
        whole: np.ndarray = np.einsum("ai,bj->abij", low[0], low[1])
        return whole.reshape(4, *whole.shape[2:])

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Along one dim and over two."""
        yield cls(("time",), 2, stride={"time": 4}), noise_sound(rng)
        picture = noise_picture(rng, {"y": 16, "x": 20})
        yield cls(("y", "x"), 1, "near_sym_a", stride={"y": 2, "x": 2}), picture


def dual_tree_transform(
    over: str | Sequence[str],
    *,
    levels: int = 3,
    first: str = "near_sym_b",
    later: str = "qshift_b",
    boundary: BoundaryChoice = None,
) -> Levels:
    """Dual-tree complex wavelet transform: nearly shift-invariant, with six orientations.

    A `DualTreeBand` for each level at stride 2^level, and a `DualTreeLowpass`. Little folds at each
    stride, since a complex band is nearly one-sided: the energy of a level hardly depends on the
    position of the signal, whereas that of `discrete_wavelet_transform` does.

    Parameters
    ----------
    over, first, later, boundary
        As for `DualTreeBand`. On a periodic axis ``2^levels`` must divide the size.
    levels
        Number of levels.

    Returns
    -------
    Levels
        "band_1", "band_2", …, "lowpass".

    Raises
    ------
    ParameterError
        If the number of levels is not a whole number of at least 1.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> x = label(np.eye(32), Axis("y", period=32.0), Axis("x", period=32.0))
    >>> tree = dual_tree_transform(("y", "x"), levels=2, first="near_sym_a")(x)
    >>> {name: tuple(node.dataset.sizes.values()) for name, node in tree.items()}
    {'band_1': (6, 16, 16), 'band_2': (6, 8, 8), 'lowpass': (4, 8, 8)}

    References
    ----------
    Selesnick, Baraniuk & Kingsbury (2005), doi:10.1109/MSP.2005.1550194.
    """
    dims, count = filter_dims(over, "A dual tree", 1, 2), parameters.count(levels, "levels")

    def strides(level: int) -> dict[str, int]:
        return dict.fromkeys(dims, 2**level)

    operators: dict[str, Operator] = {
        f"band_{level}": DualTreeBand(
            dims, level, first, later, stride=strides(level), boundary=boundary
        )
        for level in range(1, count + 1)
    }
    operators["lowpass"] = DualTreeLowpass(
        dims, count, first, later, stride=strides(count), boundary=boundary
    )
    return Levels(operators)
