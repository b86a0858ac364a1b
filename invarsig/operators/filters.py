"""Filter banks: convolution with kernels that are given, or designed from a formula.

A kernel's taps are centred: an odd kernel keeps the grid, an even one moves it by half a
sample. Complex channels carry their centre frequency along each dim in the auxiliary
coordinate ``{dim}_center_frequency``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import xarray as xr

from invarsig.axes import AuxiliaryCoordinate, Axes, Axis, axis_of, center_frequency_name, promoted
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.kernels.convolution import convolved
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field, lengths_field, mapping_field
from invarsig.operators.noise import noise_picture, noise_sound
from invarsig.operators.windows import (
    BoundaryChoice,
    check_boundary,
    check_counts,
    extended,
    shared_dims,
    spans_of,
)

__all__ = ["Convolve", "GaborBank", "GaussianBank", "LocallyConnected"]


def _bank_plan(
    axes: Axes,
    dims: Sequence[str],
    taps: np.ndarray,
    channels: Sequence[Axis],
    stride: Mapping[str, int],
    boundary: BoundaryChoice,
    coords: Mapping[str, AuxiliaryCoordinate],
    over: Sequence[str] = (),
) -> Plan:
    """Plan of a convolution with taps ``(*channels, *over, *dims)``."""
    windows = dict(zip(dims, taps.shape[taps.ndim - len(dims) :], strict=True))
    stray = [dim for dim in stride if dim not in windows]
    if stray:
        raise DimError(f"The stride names {stray[0]!r}, along which there are no taps.")
    centred = {dim: (window - 1) // 2 for dim, window in windows.items()}
    spans = spans_of(axes, windows, stride, boundary, centred)
    summed = [axes.counted(dim) for dim in over]
    for axis, size in zip(summed, taps.shape[len(channels) :], strict=False):
        if axis.size != size:
            raise AxisError(
                f"The kernels have {size} taps over {axis.dim!r}, the input {axis.size} samples."
            )

    def kernel(values: np.ndarray) -> np.ndarray:
        strides = [span.stride for span in spans]
        return convolved(extended(values, spans), taps, strides, len(summed))

    return Plan(
        (*summed, *(span.axis for span in spans)),
        (*channels, *(span.out_axis for span in spans)),
        {span.axis.dim: span.stride for span in spans},
        {span.axis.dim: span.reach for span in spans},
        kernel,
        coords,
        taps=int(np.prod(taps.shape[len(channels) :])),
        shared=shared_dims(spans),
    )


def _check_bank(bank: Convolve | GaussianBank | GaborBank) -> None:
    object.__setattr__(bank, "stride", check_counts("stride", bank.stride))
    check_boundary(bank.boundary)


def _with_strides(stride: Mapping[str, int], strides: Mapping[str, int]) -> dict[str, int]:
    return {**stride, **{dim: by for dim, by in strides.items() if dim in stride}}


@dataclass(frozen=True, eq=False)
class Convolve(ArrayOperator):
    """Convolution with given kernels: ``y[c, n] = sum_k h[c, k] x[n - k]``, k centred.

    Parameters
    ----------
    kernels
        Taps over the dims that they span. Dims that the input has are convolved; the others
        become channels of the result, with their coordinates. Coordinates along the
        convolved dims are not read: taps are centred.
    stride
        For each dim the distance between the samples that are kept; 1 by default.
    boundary
        "periodic", "reflect", "symmetric", "zero" or "valid", for all dims or as a mapping.
        By default periodic where the axis is, and valid elsewhere.
    channels
        Dims of `kernels` that become channels. Naming them makes every other one required.
    over
        Dims of `kernels` and input that are summed over, as the input channels of a network.

    Raises
    ------
    DimError
        If the input lacks a dim that is to be convolved.
    AxisError
        If a kernel is longer than a periodic axis.

    Examples
    --------
    >>> import xarray as xr
    >>> from invarsig.axes import Axis, label
    >>> x = label([1.0, 0.0, 0.0, 0.0], Axis("x", period=4.0))
    >>> Convolve(xr.DataArray([1.0, 2.0, 3.0], dims="x"))(x).values.tolist()
    [2.0, 3.0, 0.0, 1.0]

    References
    ----------
    Oppenheim & Schafer, Discrete-time signal processing, chapter 2.
    """

    kernels: xr.DataArray = mapping_field()
    stride: Mapping[str, int] = mapping_field(default_factory=dict)
    boundary: BoundaryChoice = mapping_field(default=None)
    channels: tuple[str, ...] | None = dims_field(default=None)
    over: tuple[str, ...] = dims_field(default=())

    linear = True

    def __post_init__(self) -> None:
        if not isinstance(self.kernels, xr.DataArray):
            raise ParameterError(
                "kernels must be an xarray.DataArray over the dims that it spans, such as "
                "xr.DataArray([1, 2, 1], dims='x')."
            )
        for name in ("channels", "over"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        if self.kernels.size == 0:
            raise ParameterError(f"The kernels are empty: sizes {dict(self.kernels.sizes)}.")
        _check_bank(self)
        for dim in (*(self.channels or ()), *self.over):
            if dim not in self.kernels.dims:
                raise DimError(f"The kernels have no dim {dim!r}; they span {self.kernels.dims}.")

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the kernels, less those named as channels."""
        return tuple(str(dim) for dim in self.kernels.dims if dim not in (self.channels or ()))

    def plan(self, axes: Axes) -> Plan:
        """Lay the taps along those of their dims that the input has."""
        spanned = [dim for dim in self.dims if dim not in self.over]
        dims = [dim for dim in spanned if dim in axes] if self.channels is None else spanned
        if not dims:
            names = ", ".join(map(repr, axes)) or "none"
            raise DimError(
                f"The kernels span {', '.join(map(repr, self.kernels.dims))}, of which the input "
                f"has none to convolve along; its dims are {names}."
            )
        new = [str(dim) for dim in self.kernels.dims if dim not in dims and dim not in self.over]
        taps = promoted(self.kernels.transpose(*new, *self.over, *dims).to_numpy())
        channels = [
            axis_of(self.kernels, dim)
            if self._uniform(dim)
            else Axis(dim, size=self.kernels.sizes[dim])
            for dim in new
        ]
        return _bank_plan(
            axes,
            dims,
            taps,
            channels,
            self.stride,
            self.boundary,
            self._coords(axes, dims, new, taps),
            self.over,
        )

    def _uniform(self, dim: str) -> bool:
        try:
            axis_of(self.kernels, dim)
        except AxisError:
            return False
        return True

    def _coords(
        self, axes: Axes, dims: Sequence[str], new: Sequence[str], taps: np.ndarray
    ) -> dict[str, AuxiliaryCoordinate]:
        """Coordinates of the channels: those of the kernels, and the centres of complex ones."""
        coords: dict[str, AuxiliaryCoordinate] = {}
        for name, coordinate in self.kernels.coords.items():
            if coordinate.dims and set(coordinate.dims) <= set(new):
                own = tuple(map(str, coordinate.dims))
                coords[str(name)] = (own, coordinate.to_numpy(), dict(coordinate.attrs))
        if np.iscomplexobj(taps):
            for place, dim in enumerate(dims):
                name = center_frequency_name(dim)
                if name not in self.kernels.coords:
                    center = _centroid(taps, len(new), len(self.over), place) / axes[dim].step
                    coords[name] = (tuple(new), center, axes[dim].center_attrs())
        return coords

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same kernels with other strides."""
        return replace(self, stride=_with_strides(self.stride, strides))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Odd and even kernels, a bank, complex taps, and a sum over channels."""
        picture = noise_picture(rng)
        taps = xr.DataArray(rng.standard_normal((3, 4)), dims=("y", "x"))
        bank = xr.DataArray(
            rng.standard_normal((2, 5)), dims=("filter", "x"), coords={"filter": ["one", "two"]}
        )
        turning = bank * np.exp(2j * np.pi * 0.2 * np.arange(5))
        yield cls(taps, stride={"x": 2}), picture
        yield cls(bank, stride={"x": 3}, boundary="reflect"), picture
        yield cls(turning, stride={"x": 4}), picture
        mixing = xr.DataArray(rng.standard_normal((3, 2, 3)), dims=("out", "channel", "x"))
        yield cls(mixing, boundary="valid", over=("channel",)), picture


def _centroid(taps: np.ndarray, channels: int, over: int, place: int) -> np.ndarray:
    """Where the energy of complex kernels lies along one dim, in cycles per sample."""
    axis = channels + over + place
    spectrum = np.abs(np.fft.fft(taps, n=max(64, 4 * taps.shape[axis]), axis=axis)) ** 2
    others = tuple(k for k in range(channels, taps.ndim) if k != axis)
    energy = spectrum.sum(axis=others)
    turns = np.exp(2j * np.pi * np.arange(energy.shape[-1]) / energy.shape[-1])
    return np.asarray(np.angle((energy * turns).sum(axis=-1)) / (2 * np.pi))


def _positive(values: Any, what: str, unit: str = "") -> tuple[float, ...]:
    try:
        numbers = tuple(float(v) for v in np.asarray(values, dtype=np.float64).ravel())
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{what} is {values!r}; give numbers above 0.") from error
    if not numbers:
        raise ParameterError(f"{what} is empty; give at least one value.")
    for number in numbers:
        if not (np.isfinite(number) and number > 0):
            raise ParameterError(f"{what} is {number:g}{unit}; give a value above 0.")
    return numbers


def _channel_axis(
    dim: str, values: Sequence[float], unit: str
) -> tuple[Axis, dict[str, AuxiliaryCoordinate]]:
    """Axis of a designed channel dim: geometric, uniform, or counted with its values beside it."""
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.size == 1:
        return Axis(dim, float(numbers[0]), 1.0, 1, unit), {}
    steps, ratios = (
        np.diff(numbers),
        np.diff(np.log2(numbers)) if (numbers > 0).all() else np.zeros(1),
    )
    if numbers.size > 2 and np.ptp(ratios) < 1e-6 * abs(ratios[0]):
        return Axis(
            dim, math.log2(numbers[0]), float(ratios.mean()), numbers.size, unit, scale="log2"
        ), {}
    if np.ptp(steps) < 1e-6 * abs(steps[0]):
        return Axis(dim, float(numbers[0]), float(steps.mean()), numbers.size, unit), {}
    return Axis(dim, size=numbers.size), {f"{dim}_value": ((dim,), numbers, {"units": unit})}


@dataclass(frozen=True)
class GaussianBank(ArrayOperator):
    """Sampled Gaussians of several widths: ``h[k] ∝ exp(-k² / 2 σ²)``, normed to sum 1.

    Separable over the dims of `sigma`. The frequency response is close to
    ``exp(-2 π² σ² f²)``, below -60 dB from ``f = 0.59 / σ`` on.

    Parameters
    ----------
    sigma
        For each dim the standard deviation in the unit of its axis (s, Hz, px, octaves), or
        several of them; as many for each dim.
    stride, boundary
        As for `Convolve`.
    truncate
        Where the taps end, in standard deviations.
    channel
        Name of the new dim that counts the widths; there is none for single numbers.

    Returns
    -------
    xarray.DataArray
        With the dim `channel`, whose coordinate is the width along the first dim (geometric
        widths make a log2 axis).

    Raises
    ------
    ParameterError
        If a width is not above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> x = label(np.eye(1, 9)[0], Axis("x", unit="px", period=9.0))
    >>> GaussianBank(sigma={"x": [0.5, 1.0]}, truncate=3)(x).isel(x=0).values.round(4).tolist()
    [0.7866, 0.3991]

    References
    ----------
    Lindeberg (1994), Scale-space theory in computer vision.
    """

    sigma: Mapping[str, Any] = lengths_field()
    stride: Mapping[str, int] = mapping_field(default_factory=dict)
    boundary: BoundaryChoice = mapping_field(default=None)
    truncate: float = 4.0
    channel: str = dims_field(default="scale")

    linear = True

    def __post_init__(self) -> None:
        given: Any = self.sigma
        if not isinstance(given, Mapping) or not given:
            raise ParameterError(
                f"sigma={self.sigma!r} names no dim; give a mapping such as {{'x': 2.0}}."
            )
        widths: dict[str, float | tuple[float, ...]] = {}
        for dim, value in self.sigma.items():
            numbers = _positive(value, f"sigma along {dim!r}")
            widths[dim] = numbers[0] if np.ndim(value) == 0 else numbers
        object.__setattr__(self, "sigma", widths)
        counts = {len(np.atleast_1d(w)) for w in widths.values() if np.ndim(w)}
        if len(counts) > 1:
            raise ParameterError(
                f"sigma has {sorted(counts)} widths for its dims; give as many for each."
            )
        _positive(self.truncate, "truncate")
        _check_bank(self)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that have a width."""
        return tuple(self.sigma)

    def plan(self, axes: Axes) -> Plan:
        """Sample the Gaussians on the axes."""
        plain = all(np.ndim(width) == 0 for width in self.sigma.values())
        count = 1 if plain else max(len(np.atleast_1d(w)) for w in self.sigma.values())
        taps = np.ones((count,))
        for place, (dim, width) in enumerate(self.sigma.items()):
            widths = np.broadcast_to(np.atleast_1d(width), (count,)) / abs(axes[dim].step)
            half = math.ceil(self.truncate * widths.max())
            k = np.arange(-half, half + 1)
            bells = np.exp(-0.5 * (k / widths[:, None]) ** 2)
            bells[np.abs(k) > np.ceil(self.truncate * widths)[:, None]] = 0
            bells /= bells.sum(axis=1, keepdims=True)
            taps = taps[..., None] * bells.reshape(count, *(1,) * place, -1)
        first = next(iter(self.sigma))
        channels: list[Axis] = []
        coords: dict[str, AuxiliaryCoordinate] = {}
        if not plain:
            values = np.broadcast_to(np.atleast_1d(self.sigma[first]), (count,))
            axis, coords = _channel_axis(self.channel, values.tolist(), axes[first].length_unit)
            channels = [axis]
        bank = taps[0] if plain else taps
        return _bank_plan(axes, self.dims, bank, channels, self.stride, self.boundary, coords)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same Gaussians with other strides."""
        return replace(self, stride=_with_strides(self.stride, strides))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """One width, and several, in one and two dims."""
        picture = noise_picture(rng)
        yield cls(sigma={"x": 0.6}, truncate=3.0), picture
        yield cls(sigma={"y": [0.3, 0.6], "x": [0.4, 0.8]}, stride={"x": 2}, truncate=3.0), picture
        yield cls(sigma={"x": [0.3, 0.6, 1.2]}, boundary="symmetric", truncate=3.0), picture


Part = Literal["complex", "real", "imag"]


@dataclass(frozen=True)
class GaborBank(ArrayOperator):
    """Gabor filters: a wave under a Gaussian, at several frequencies and orientations.

    ``h(u) = exp(-u² / 2 σ_u² - v² / 2 σ_v²) / (2 π σ_u σ_v) · exp(2 π i f u)`` with u along the
    wave and v across it; in one dim ``h(t) = exp(-t² / 2 σ²) / (√(2π) σ) · exp(2 π i f t)``. The
    width follows from the bandwidth b in octaves at half amplitude:
    ``σ = √(ln 2 / 2) / (π f) · (2^b + 1) / (2^b - 1)``.

    Parameters
    ----------
    over
        One dim, or the two dims that an orientation lies in: ``("y", "x")``. At orientation
        0 the wave runs along the last one.
    frequency
        Centre frequencies: along one dim in cycles per unit of its axis (Hz on seconds);
        with orientations in cycles per sample, since an angle between hertz and seconds
        means nothing.
    orientation
        Angles in radians; required with two dims.
    bandwidth
        In octaves, at half amplitude.
    part
        "complex", or the "real" or "imag" part of the taps.
    stride, boundary
        As for `Convolve`.
    truncate
        Where the taps end, in standard deviations.

    Returns
    -------
    xarray.DataArray
        With a new dim "band" (centre frequency) and, with orientations, "orientation"
        (radians). Complex channels carry ``{dim}_center_frequency``.

    Raises
    ------
    ParameterError
        If a frequency is not above 0 or at or over the axis' Nyquist frequency.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> time = Axis("time", step=1 / 800, unit="s", period=1.0)
    >>> tone = label(np.cos(2 * np.pi * 100 * np.arange(800) / 800), time)
    >>> y = GaborBank("time", frequency=[50.0, 100.0, 200.0])(tone)
    >>> abs(y).mean("time").values.round(2).tolist()
    [0.0, 0.5, 0.11]

    References
    ----------
    Daugman (1985), doi:10.1364/JOSAA.2.001160.
    """

    over: str | tuple[str, ...] = dims_field()
    frequency: Any = lengths_field(power=-1, along="over")
    orientation: tuple[float, ...] | None = None
    bandwidth: float = 1.0
    part: Part = "complex"
    stride: Mapping[str, int] = mapping_field(default_factory=dict)
    boundary: BoundaryChoice = mapping_field(default=None)
    truncate: float = 3.0
    channels: tuple[str, str] = dims_field(default=("band", "orientation"))

    linear = True

    def __post_init__(self) -> None:
        if not isinstance(self.over, str):
            object.__setattr__(self, "over", tuple(self.over))
        object.__setattr__(self, "frequency", _positive(self.frequency, "frequency"))
        if (len(self.dims) == 2) != (self.orientation is not None) or len(self.dims) > 2:
            raise ParameterError(
                f"GaborBank over {', '.join(map(repr, self.dims))} with "
                f"orientation={self.orientation!r}: "
                "give one dim, or two dims and their orientations."
            )
        if self.orientation is not None:
            angles = np.atleast_1d(np.asarray(self.orientation, dtype=np.float64))
            if angles.size == 0 or not np.isfinite(angles).all():
                raise ParameterError(
                    f"orientation={self.orientation!r} holds no finite angle; give radians."
                )
            object.__setattr__(self, "orientation", tuple(angles.tolist()))
        _positive(self.bandwidth, "bandwidth", " octaves")
        _positive(self.truncate, "truncate")
        if self.part not in get_args(Part):
            raise ParameterError(
                f"part={self.part!r} is unknown; give one of {', '.join(get_args(Part))}."
            )
        _check_bank(self)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that the filters lie in."""
        return (self.over,) if isinstance(self.over, str) else self.over

    def plan(self, axes: Axes) -> Plan:
        """Sample the filters on the axes."""
        read = [axes[dim] for dim in self.dims]
        scale = abs(read[0].step) if self.orientation is None else 1.0
        frequency = np.array(self.frequency) * scale
        unit = read[0].frequency_unit if self.orientation is None else "cycles/sample"
        if (frequency >= 0.5).any():
            worst = self.frequency[int(frequency.argmax())]
            raise ParameterError(
                f"A centre frequency of {worst:g} {unit} along {self.dims[0]!r} is not below the "
                f"Nyquist frequency of {0.5 / scale:g} {unit}."
            )
        band, coords = _channel_axis(self.channels[0], self.frequency, unit)
        channels = [band]
        if self.orientation is not None:
            angle, more = _channel_axis(self.channels[1], self.orientation, "rad")
            channels.append(replace(angle, period=None))
            coords.update(more)
        # In the axis' unit a wave turns the other way round where positions run backwards.
        turn = np.sign(read[0].step) if self.orientation is None else 1.0
        taps, centers = self._taps(frequency, turn)
        if self.part == "complex":
            names = tuple(axis.dim for axis in channels)
            for dim, axis, center in zip(self.dims, read, centers, strict=True):
                value = center / axis.step
                coords[center_frequency_name(dim)] = (names, value, axis.center_attrs())
        return _bank_plan(axes, self.dims, taps, channels, self.stride, self.boundary, coords)

    def _taps(self, frequency: np.ndarray, turn: float) -> tuple[np.ndarray, list[np.ndarray]]:
        """Taps ``(band[, orientation], *dims)``, and their centres along each dim, per sample."""
        octaves = 2.0**self.bandwidth
        sigma = math.sqrt(math.log(2) / 2) / (np.pi * frequency) * (octaves + 1) / (octaves - 1)
        half = math.ceil(self.truncate * sigma.max())
        k = np.arange(-half, half + 1)
        if self.orientation is None:
            f, s = frequency[:, None], sigma[:, None]
            bell = np.exp(-0.5 * (k / s) ** 2) / (math.sqrt(2 * np.pi) * s)
            return self._parted(bell * np.exp(2j * np.pi * turn * f * k)), [turn * frequency]
        angle = np.array(self.orientation)
        rows, columns = np.meshgrid(k, k, indexing="ij")
        cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
        along, across = columns * cos + rows * sin, rows * cos - columns * sin
        f, s = frequency[:, None, None, None], sigma[:, None, None, None]
        bell = np.exp(-0.5 * (along**2 + across**2) / s**2) / (2 * np.pi * s**2)
        taps = bell * np.exp(2j * np.pi * f * along)
        centers = [frequency[:, None] * np.sin(angle), frequency[:, None] * np.cos(angle)]
        return self._parted(taps), centers

    def _parted(self, taps: np.ndarray) -> np.ndarray:
        return taps if self.part == "complex" else np.asarray(getattr(taps, self.part))

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same filters with other strides."""
        return replace(self, stride=_with_strides(self.stride, strides))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """In one dim in Hz, and with orientations in samples; complex with a stride, and real."""
        sound = noise_sound(rng)
        yield cls("time", frequency=[800.0, 1600.0], bandwidth=1.5, stride={"time": 4}), sound
        yield cls("time", frequency=[1000.0], bandwidth=2.0, part="real"), sound
        picture = noise_picture(rng, {"y": 24, "x": 30})
        angles = (0.0, math.pi / 3)
        yield cls(("y", "x"), (0.25,), angles, bandwidth=1.8, stride={"x": 2}), picture


@dataclass(frozen=True, eq=False)
class LocallyConnected(ArrayOperator):
    """An unshared filter: ``y[n] = sum_k w[n, k] x[n - k]``, other taps at each place.

    The counter-example that shows what weight sharing buys: it does not commute with
    translation, and folding does not explain why.

    Parameters
    ----------
    weights
        Taps over the dims that they span and, for each such dim ``d``, a dim ``{d}_tap``.
    boundary
        "periodic", "reflect", "symmetric" or "zero"; by default periodic where the axis is
        and zero elsewhere.

    Raises
    ------
    AxisError
        If the weights do not have as many places as the input has samples.

    Examples
    --------
    >>> import xarray as xr
    >>> from invarsig.axes import Axis, label
    >>> weights = xr.DataArray([[1.0], [2.0], [3.0]], dims=("x", "x_tap"))
    >>> LocallyConnected(weights)(label([1.0, 1.0, 1.0], Axis("x", period=3.0))).values.tolist()
    [1.0, 2.0, 3.0]

    References
    ----------
    Gregor & LeCun (2010), Emergence of complex-like cells in a temporal product network with
    local receptive fields, arXiv:1006.0448.
    """

    weights: xr.DataArray = mapping_field()
    boundary: BoundaryChoice = mapping_field(default=None)

    linear = True

    def __post_init__(self) -> None:
        check_boundary(self.boundary)
        if not isinstance(self.weights, xr.DataArray):
            raise ParameterError(
                "weights must be an xarray.DataArray over dims and their taps, such as ('x', "
                "'x_tap')."
            )
        dims = [str(dim) for dim in self.weights.dims]
        lone = [dim for dim in self.dims if f"{dim}_tap" not in dims]
        if lone or not self.dims:
            raise DimError(
                f"The weights span {', '.join(map(repr, dims))}; for each dim d they need a dim "
                "'d_tap'."
            )

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that have taps."""
        return tuple(str(dim) for dim in self.weights.dims if not str(dim).endswith("_tap"))

    def plan(self, axes: Axes) -> Plan:
        """Lay the taps along their axes."""
        windows = {dim: self.weights.sizes[f"{dim}_tap"] for dim in self.dims}
        ring = {dim: "periodic" if axes[dim].periodic else "zero" for dim in self.dims}
        if isinstance(self.boundary, str):
            ring = dict.fromkeys(self.dims, self.boundary)
        elif self.boundary is not None:
            ring.update(self.boundary)
        centred = {dim: (window - 1) // 2 for dim, window in windows.items()}
        spans = spans_of(axes, windows, {}, ring, centred)
        for span in spans:
            if self.weights.sizes[span.axis.dim] != span.size:
                raise AxisError(
                    f"The weights have {self.weights.sizes[span.axis.dim]} places along "
                    f"{span.axis.dim!r}, and the result {span.size}."
                )
        taps = promoted(
            self.weights.transpose(*self.dims, *(f"{dim}_tap" for dim in self.dims)).to_numpy()
        )

        def kernel(values: np.ndarray) -> np.ndarray:
            wide = extended(values, spans)
            sizes = [span.size for span in spans]
            out = np.zeros(
                (*values.shape[: values.ndim - len(spans)], *sizes), np.result_type(values, taps)
            )
            for place in np.ndindex(*windows.values()):
                starts = [w - 1 - k for w, k in zip(windows.values(), place, strict=True)]
                keep: list[Any] = [slice(a, a + n) for a, n in zip(starts, sizes, strict=True)]
                out += taps[(..., *place)] * wide[(..., *keep)]
            return out

        return Plan(
            tuple(span.axis for span in spans),
            tuple(span.out_axis for span in spans),
            {span.axis.dim: 1 for span in spans},
            {span.axis.dim: span.reach for span in spans},
            kernel,
        )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself: there is no stride to change."""
        return self

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Other taps at each column."""
        weights = xr.DataArray(rng.standard_normal((24, 3)), dims=("x", "x_tap"))
        yield cls(weights), noise_picture(rng)
