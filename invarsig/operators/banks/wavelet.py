"""Discrete wavelets: Haar, Daubechies, symlets, coiflets and all others that PyWavelets names.

Conventions
-----------
A wavelet has two filters, the low-pass a ("approximation") and the high-pass d ("detail"), with
PyWavelets' decomposition coefficients. Over several dims they are applied along each, and a
sub-band is named by one letter for each dim in their order: "ad" is a along the first dim and d
along the second.

Values are those of `pywt.dwt` with mode "periodization", and of `pywt.swt`, sample by sample.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import AuxiliaryCoordinate, Axes, Axis
from invarsig.errors import ParameterError
from invarsig.operators.banks.bank import TapBank, filter_dims, tap_plan
from invarsig.operators.banks.channels import channel_axis
from invarsig.operators.base import Operator, Plan
from invarsig.operators.combinators import Levels
from invarsig.operators.fields import dims_field
from invarsig.operators.linear_filter import Channels, dtft
from invarsig.operators.noise import noise_picture, noise_sound
from invarsig.operators.pipeline import Pipeline
from invarsig.operators.windows import BoundaryChoice, spans_of
from invarsig.suggestions import did_you_mean

__all__ = ["StationaryWaveletBank", "WaveletBank", "discrete_wavelet_transform"]


def wavelet_filters(name: str) -> np.ndarray:
    """Decomposition filters of a wavelet that PyWavelets knows: ``(2, taps)``, a and d."""
    import pywt

    try:
        wavelet = pywt.Wavelet(name)
    except (ValueError, TypeError, AttributeError) as error:
        raise ParameterError(
            f"wavelet={name!r} is not a discrete wavelet; give a name such as 'haar', 'db4', "
            "'sym8' or 'coif2' (pywt.wavelist(kind='discrete') lists them)."
        ) from error
    return np.array([wavelet.dec_lo, wavelet.dec_hi])


def _band_names(rank: int) -> tuple[str, ...]:
    return tuple(map("".join, itertools.product("ad", repeat=rank)))


def _band_coordinate(dim: str, bands: Sequence[str]) -> dict[str, AuxiliaryCoordinate]:
    return {dim: ((dim,), np.array(bands), {})}


def _outer(lines: Sequence[np.ndarray]) -> np.ndarray:
    """Outer product of the last axes of arrays that share their leading axis."""
    out = lines[0]
    for line in lines[1:]:
        out = out[..., None] * line.reshape(len(line), *(1,) * (out.ndim - 1), -1)
    return out


@dataclass(frozen=True)
class WaveletBank(TapBank):
    """One level of a discrete wavelet transform: low-pass and high-pass along each dim.

    ``y_a[k] = sum_j h[j] x[s k + L/2 - j]`` with the L decomposition coefficients h of the
    low-pass, and ``y_d`` in the same way with those of the high-pass, along each dim. At stride 2
    it is the decimated transform, at stride 1 the first level of the undecimated one. Orthogonal
    wavelets at stride 2 keep the energy on a periodic axis, and fold.

    Parameters
    ----------
    over
        One dim or several; the filters are separable. In samples.
    wavelet
        Name of a discrete wavelet of PyWavelets: "haar", "db4", "sym8", "coif2", ….
    bands
        Which sub-bands, by a letter "a" or "d" for each dim; all by default. A single name makes no
        new dim.
    stride, boundary
        As for `Convolve`; ``stride={"x": 2}`` decimates.

    Returns
    -------
    xarray.DataArray
        With a new dim "band" that holds the names. The filters are of even length, so the grid
        moves by half a sample. On a periodic axis the values are those of `pywt.dwt` (and `dwtn`)
        with mode "periodization". That package's other modes sample a different phase where L is a
        multiple of 4, and give a few more samples beyond the ends: their sample o is our sample
        ``2 o + 1 - L/2`` at stride 1, with the boundary of the same name.

    Raises
    ------
    ParameterError
        If there is no such wavelet or sub-band.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> x = label([3.0, 1.0, 0.0, 4.0], Axis("x", period=4.0))
    >>> y = WaveletBank("x", "haar", stride={"x": 2})(x)
    >>> y.sel(band="a").values.round(4).tolist(), y.sel(band="d").values.round(4).tolist()
    ([2.8284, 2.8284], [1.4142, -2.8284])
    >>> y.x.values.tolist()
    [0.5, 2.5]

    References
    ----------
    Mallat (1989), doi:10.1109/34.192463; Daubechies (1988), Orthonormal bases of compactly
    supported wavelets, doi:10.1002/cpa.3160410705.
    """

    over: tuple[str, ...] = dims_field()
    wavelet: str = "haar"
    bands: str | tuple[str, ...] | None = None
    channel: str = dims_field(default="band")

    def __post_init__(self) -> None:
        object.__setattr__(self, "over", filter_dims(self.over, "WaveletBank"))
        wavelet_filters(self.wavelet)
        if self.bands is not None and not isinstance(self.bands, str):
            object.__setattr__(self, "bands", tuple(self.bands))
        known = _band_names(len(self.over))
        stray = [band for band in self._named() if band not in known]
        if stray or not self._named():
            raise ParameterError(
                f"bands={self.bands!r} names no sub-band over {', '.join(map(repr, self.over))}; "
                f"there are {', '.join(known)}.{did_you_mean((stray or [''])[0], known)}"
            )
        self._check_bank()

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that the filters lie in."""
        return self.over

    def _named(self) -> tuple[str, ...]:
        if self.bands is None:
            return _band_names(len(self.over))
        return (self.bands,) if isinstance(self.bands, str) else self.bands

    def _channels(self, axes: Axes) -> Channels:
        if isinstance(self.bands, str):
            return Channels()
        bands = self._named()
        return Channels(
            (Axis(self.channel, size=len(bands)),), _band_coordinate(self.channel, bands)
        )

    def _of_bands(self, lines: Sequence[np.ndarray]) -> np.ndarray:
        """Separable product, band by band, of the functions a and d along each dim."""
        chosen = [
            line[["ad".index(band[place]) for band in self._named()]]
            for place, line in enumerate(lines)
        ]
        out = _outer(chosen)
        return out[0] if isinstance(self.bands, str) else out

    def _taps(self, axes: Axes) -> np.ndarray:
        return self._of_bands([wavelet_filters(self.wavelet)] * len(self.over))

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        filters = wavelet_filters(self.wavelet)
        return self._of_bands([dtft(filters, [frequency]) for frequency in frequencies])

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Decimated and not, over one, two and three dims, all bands and some."""
        picture = noise_picture(rng)
        yield cls(("x",), "haar", stride={"x": 2}), picture
        yield cls(("y", "x"), "db2", stride={"x": 2}), picture
        yield cls(("x", "y"), "sym4", ("ad", "dd"), boundary="symmetric"), picture
        yield cls(("time",), "coif1", "d", stride={"time": 2}, boundary="zero"), noise_sound(rng)
        block = noise_picture(rng, {"z": 4, "y": 6, "x": 8})
        yield cls(("z", "y", "x"), "haar", "dda", stride={"z": 2, "y": 2, "x": 2}), block


@dataclass(frozen=True)
class StationaryWaveletBank(TapBank):
    """Stationary (undecimated, à trous) wavelet transform: all levels at full rate.

    Level j filters the approximation of level j - 1 with the wavelet's filters, spread by
    ``2^(j - 1)``: ``a_j[n] = sum_m h[m] a_(j-1)[n + 2^(j-1) (L/2 - m)]``, and d_j in the same way.
    On a periodic axis the values are those of `pywt.swt` and `swtn`. It commutes with every
    translation.

    Parameters
    ----------
    over
        One dim or several; the filters are separable. In samples.
    wavelet
        As for `WaveletBank`.
    levels
        Number of levels J.
    norm
        Divide by √2 for each level and dim: with orthogonal wavelets the energies of all details
        and of the last approximation then sum to the signal's.
    stride, boundary
        As for `Convolve`; none by default.
    channels
        Names of the dims of levels and of sub-bands.

    Returns
    -------
    xarray.DataArray
        With new dims "scale" (2^j samples, a log2 axis) and "band" (as for `WaveletBank`), on the
        input's grid. All levels share it, as in PyWavelets, though the middle of level j's filters
        lies ``(2^j - 1) / 2`` samples after the position of its output; the frequency response has
        that phase.

    Raises
    ------
    ParameterError
        If there is no such wavelet, or no level.
    AxisError
        If the filters of the last level are longer than the axis.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> x = label([4.0, 0, 0, 0, 0, 0, 0, 0], Axis("x", period=8.0))
    >>> y = StationaryWaveletBank("x", "haar", levels=2, norm=True)(x)
    >>> y.sel(scale=4, band="a").values.round(6).tolist()
    [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]

    References
    ----------
    Nason & Silverman (1995), The stationary wavelet transform and some statistical applications,
    doi:10.1007/978-1-4612-2544-7_17; Shensa (1992), doi:10.1109/78.157290.
    """

    over: tuple[str, ...] = dims_field()
    wavelet: str = "haar"
    levels: int = 3
    norm: bool = False
    channels: tuple[str, str] = dims_field(default=("scale", "band"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "over", filter_dims(self.over, "StationaryWaveletBank"))
        wavelet_filters(self.wavelet)
        object.__setattr__(self, "levels", parameters.count(self.levels, "levels"))
        self._check_bank()

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that the filters lie in."""
        return self.over

    def _channels(self, axes: Axes) -> Channels:
        scales = [2.0**level for level in range(1, self.levels + 1)]
        scale, _ = channel_axis(self.channels[0], scales, "sample", geometric=True)
        bands = _band_names(len(self.over))
        name = self.channels[1]
        return Channels((scale, Axis(name, size=len(bands))), _band_coordinate(name, bands))

    def _lines(self) -> np.ndarray:
        """Filters of all levels along one dim: ``(levels, 2, taps)``, about the middle tap."""
        filters = wavelet_filters(self.wavelet) / (np.sqrt(2) if self.norm else 1.0)
        half = filters.shape[1] // 2
        reach = (2**self.levels - 1) * half
        lines = np.zeros((self.levels, 2, 2 * reach + 1))
        before = np.ones(1)
        for level in range(self.levels):
            spread = np.zeros((2, (filters.shape[1] - 1) * 2**level + 1))
            spread[:, :: 2**level] = filters
            both = np.stack([np.convolve(before, line) for line in spread])
            # Coefficient q meets the sample (2^level - 1) L/2 - q after the output.
            first = reach - (2 ** (level + 1) - 1) * half
            lines[level, :, first : first + both.shape[1]] = both
            before = both[0]
        return lines

    def _of_bands(self, lines: Sequence[np.ndarray]) -> np.ndarray:
        """Separable product for each level and band of ``(levels, 2, samples)`` along each dim."""
        bands = _band_names(len(self.over))
        each = [
            _outer([line[:, "ad".index(letter)] for line, letter in zip(lines, band, strict=True)])
            for band in bands
        ]
        return np.stack(each, axis=1)

    def _reach(self) -> tuple[int, int]:
        """How many samples the last level's filters take before an output's place, and after."""
        spread, length = 2**self.levels - 1, wavelet_filters(self.wavelet).shape[1]
        return spread * (length // 2 - 1), spread * (length // 2)

    def plan(self, axes: Axes) -> Plan:
        """Place the filters where they lie: further ahead of their output than behind it."""
        left, right = self._reach()
        size, channels = left + right + 1, self._channels(axes)
        taps = self._of_bands([self._lines()[..., :size]] * len(self.over))
        late = (size - 1) // 2 - left
        plan = tap_plan(axes, self.over, taps, channels, self.stride, self.boundary, late=late)
        windows, before = dict.fromkeys(self.over, size), dict.fromkeys(self.over, left)
        spans = spans_of(axes, windows, self.stride, self.boundary, before)
        out = [
            span.axis.strided(span.stride, size=span.size, offset=left - span.padding)
            for span in spans
        ]
        steps = {span.axis.dim: abs(span.axis.step) for span in spans}
        reach = {dim: (left * step, right * step) for dim, step in steps.items()}
        return replace(plan, out_axes=(*channels.axes, *out), reach=reach)

    def _taps(self, axes: Axes) -> np.ndarray:
        return self._of_bands([self._lines()] * len(self.over))

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        lines = self._lines()
        return self._of_bands([dtft(lines, [frequency]) for frequency in frequencies])

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Over one dim and two, several levels and one."""
        yield cls(("time",), "db2", 3, norm=True), noise_sound(rng)
        yield cls(("y", "x"), "haar", 2), noise_picture(rng)
        yield cls(("x",), "sym3", 1, stride={"x": 3}, boundary="reflect"), noise_picture(rng)


def discrete_wavelet_transform(
    over: str | Sequence[str],
    wavelet: str = "haar",
    *,
    levels: int = 3,
    boundary: BoundaryChoice = None,
) -> Levels:
    """Decimated wavelet transform of several levels: details at strides 2, 4, 8, ….

    Each level is a `WaveletBank` at stride 2 on the approximation of the level before. Orthogonal
    wavelets keep the energy on a periodic axis. It is not equivariant: what folds at each stride
    cancels only in the reconstruction.

    Parameters
    ----------
    over, wavelet, boundary
        As for `WaveletBank`. On a periodic axis ``2^levels`` must divide the size.
    levels
        Number of levels J.

    Returns
    -------
    Levels
        "detail_1", "detail_2", …, "approximation". Over several dims a detail has the dim "band".
        On a periodic axis they hold the values of `pywt.wavedec` (`wavedecn`) with mode
        "periodization".

    Raises
    ------
    ParameterError
        If the number of levels is not a whole number of at least 1.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> x = label([3.0, 1.0, 0.0, 4.0], Axis("x", period=4.0))
    >>> tree = discrete_wavelet_transform("x", "haar", levels=2)(x)
    >>> {name: node["level"].values.round(4).tolist() for name, node in tree.items()}
    {'detail_1': [1.4142, -2.8284], 'detail_2': [0.0], 'approximation': [4.0]}

    References
    ----------
    Mallat (1989), doi:10.1109/34.192463.
    """
    dims = filter_dims(over, "A wavelet transform")
    names = _band_names(len(dims))
    halved = dict.fromkeys(dims, 2)

    def stage(bands: str | tuple[str, ...]) -> Operator:
        return WaveletBank(dims, wavelet, bands, stride=halved, boundary=boundary)

    details: str | tuple[str, ...] = names[1] if len(dims) == 1 else names[1:]
    count = parameters.count(levels, "levels")
    operators: dict[str, Operator] = {}
    for level in range(count):
        operators[f"detail_{level + 1}"] = Pipeline((*[stage(names[0])] * level, stage(details)))
    operators["approximation"] = Pipeline((stage(names[0]),) * count)
    return Levels(operators)
