"""Kernel size: do larger kernels tolerate larger shifts, and smaller ones keep details."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.axes import Axis, axis_of, center_of, label
from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, estimated, least_mean
from invarsig.experiments.expectations import Expectation, Limited, within
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.models import log_mel
from invarsig.operators import GaborBank, GaussianBank, LaplacianOfGaussian
from invarsig.operators.banks.bank import Bank
from invarsig.spectra import share_outside

if TYPE_CHECKING:
    from invarsig.report.drawing import Drawing

from invarsig.experiments.nulls import shuffled

__all__ = ["KernelSize"]

_Numbers = tuple[float, float, float]
_Measured = Callable[[Bank, xr.DataArray, str], _Numbers]

_KINDS: Final = ("Gaussian", "Laplacian", "Gabor")
_QUANTITIES: Final = ("tolerance", "detail", "stride")
_SHARE = 0.9  # of the energy lies below the frequency that represents the finest detail
_SAFE = -40.0  # dB of the energy may fold at a safe stride

# Standard deviation of a Gabor filter of one octave, times its frequency.
_GABOR: Final = 3 * math.sqrt(math.log(2) / 2) / math.pi


@dataclass(frozen=True)
class _Medium:
    """What kernels are applied to: pictures, or spectrograms along time."""

    name: str
    item: str
    dims: tuple[str, ...]
    sizes: tuple[float, ...]
    unit: str

    @property
    def along(self) -> str:
        """The dim that is shifted along."""
        return self.dims[-1]


_PICTURES: Final = _Medium("pictures", "picture", ("y", "x"), (1.5, 3.0, 6.0, 12.0, 24.0), "px")
_SOUNDS: Final = _Medium("sounds", "recording", ("time",), (8e-3, 16e-3, 32e-3, 64e-3, 0.128), "s")
_MEDIA: Final = (_PICTURES, _SOUNDS)
_LEAST = "exponent of tolerance, the least of {}"
_ALL, _BANDPASS = "the kinds of kernel", "the two band-pass kinds"


class KernelSize(Experiment):
    """Three kinds of kernels at octave-spaced sizes, on pictures and along time."""

    name: ClassVar[str] = "kernel-size"
    number: ClassVar[int] = 7
    claim: ClassVar[str] = (
        "Large kernels see large structures and tolerate large shifts; small kernels keep the "
        "details."
    )
    question: ClassVar[str] = (
        "By how much may a picture or a sound move before the response of a kernel has nothing to "
        "do with what it was, which details does it keep, and how do both grow with its size?"
    )
    design: ClassVar[str] = (
        "Gaussians, Laplacians of Gaussians and the modulus of Gabor filters of one octave, at "
        "five sizes (standard deviations) an octave apart: 1.5 to 24 px on photographs and "
        "textures, grey, 256 x 256 px, and 8 to 128 ms along time on log-mel spectrograms of "
        "speech and music (windows of 16 ms every 4 ms, the loudest 2.5 s). Signals are mirrored, "
        "so that they go round without a seam; what is constant along the axis is left out. "
        "Tolerance: the shift at which the autocorrelation of the response falls to 1/2, which is "
        "where the response has changed by as much as its own norm. Detail: the frequency below "
        "which 90 % of the response's energy lie. Safe stride: the largest at which no more than "
        "-40 dB of its energy fold; predicted from the kernel alone, for white noise. Tolerance "
        "that goes with size is proportional to it (an exponent of 1). The claim is of kernels, so "
        "the kind whose exponent is the least decides, over pictures and sounds; within limits the "
        "kinds without the lowest frequencies."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _LEAST.format(_ALL): within(0.8, 1.25),
        **{
            f"exponent of {what}, {kind}, {medium.name}": within(*limits)
            for what, limits in (("tolerance", (0.8, 1.25)), ("detail", (-1.25, -0.8)))
            for medium in _MEDIA for kind in _KINDS
        },
    }  # fmt: skip
    limited: ClassVar[Limited | None] = Limited(
        "for band-pass kernels (Laplacian and Gabor)", _LEAST.format(_BANDPASS)
    )
    headline: ClassVar[str] = (
        "The shift that a response tolerates grows with the size of its kernel to the power of "
        "{value} for the kind where it grows least, and of {limited} for band-pass kernels."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Marr & Hildreth (1980), Theory of edge detection, doi:10.1098/rspb.1980.0020.",
        "Field (1987), on the statistics of natural images, doi:10.1364/JOSAA.4.002379.",
        "Lindeberg (1994), Scale-space theory in computer vision.",
    )
    parts: ClassVar[tuple[str, ...]] = ("images", "textures", "speech", "music")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure tolerance, detail and safe stride over (item, kind, size), for each medium."""
        found = xr.Dataset(coords={"kind": list(_KINDS)})
        for part, medium in enumerate(_MEDIA):
            signals = _pictures(data) if medium is _PICTURES else _sounds(data)
            wanted = 3 if self.reduced else math.inf
            rows: list[np.ndarray] = []
            names: list[str] = []
            last = None
            for name, x in signals:
                if len(rows) >= wanted:
                    break
                progress(name, (part + min(len(rows) / 12, 1)) / 2)
                rows.append(_rows(medium, x, _response))
                names.append(name)
                last = x
            if last is not None:
                found = found.assign(_variables(medium, rows, _rows(medium, last, _alone)))
                found = found.assign_coords({medium.item: names})
        return found

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Fit exponents, and compare safe strides with what kernels alone predict."""
        exponents = {
            (medium.name, what): _exponents(found, medium, what)
            for medium in _MEDIA for what in ("tolerance", "detail")
        }  # fmt: skip
        both = np.concatenate(
            [exponents[medium.name, "tolerance"].sel(kind=list(_KINDS)) for medium in _MEDIA]
        )
        effects = [
            estimated(
                _LEAST.format(words), "1", both[:, first:], of="inputs", rng=rng,
                statistic=least_mean,
            )
            for first, words in ((0, _ALL), (1, _BANDPASS))
        ]  # fmt: skip
        effects += [
            estimated(
                f"exponent of {what}, {kind}, {medium.name}", "1",
                exponents[medium.name, what].sel(kind=kind), of=f"{medium.item}s", rng=rng,
            )
            for what in ("tolerance", "detail") for medium in _MEDIA for kind in _KINDS
        ]  # fmt: skip
        for medium in _MEDIA:
            ratio = found[f"{medium.item}_stride"] / found[f"{medium.item}_stride_alone"]
            ratio = ratio.copy(data=np.log2(ratio.to_numpy()))
            effects += [
                estimated(
                    f"safe stride measured over predicted, {kind}, {medium.name}",
                    "octaves", ratio.sel(kind=kind).mean(f"{medium.item}_size"),
                    of=f"{medium.item}s", rng=rng,
                )
                for kind in _KINDS
            ]  # fmt: skip
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle the sizes of the kernels, anew for each picture and recording."""
        for medium in _MEDIA:
            item, size = medium.item, f"{medium.item}_size"
            found = shuffled(found, [f"{item}_tolerance"], size, rng, unit=item)
        return found

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Tolerance against size on both media, and safe strides on pictures."""
        how = (
            "Geometric means with 95 % intervals; alone: the kernel on white noise, predicted. A "
            "line that doubles as the size does is in proportion to it."
        )
        return [
            *(
                Figure(
                    f"Shift that a response tolerates, {medium.name}",
                    how,
                    _curves(
                        self.name, found, medium, "tolerance",
                        f"shift at which half is left, {'ms' if medium is _SOUNDS else 'px'}",
                    ),
                )
                for medium in _MEDIA
            ),
            Figure(
                "Safe stride, pictures",
                f"Largest stride that folds no more than {_SAFE:g} dB of the energy of the "
                "response; alone: what safe_stride predicts for white noise.",
                _curves(self.name, found, _PICTURES, "stride", "safe stride, px"),
            ),
        ]  # fmt: skip


def _pictures(data: Collection) -> Iterator[tuple[str, xr.DataArray]]:
    for path in [*data.paths("images", at_least=2), *data.paths("textures")]:
        yield path.stem, _mirrored(data.picture(path, 256), ("y", "x"))


def _sounds(data: Collection) -> Iterator[tuple[str, xr.DataArray]]:
    for path in [*data.paths("speech", at_least=2), *data.paths("music")]:
        x = data.sound(path, 2.5, at_least=1.0)
        yield path.stem, _mirrored(log_mel(x, window=0.016, hop=0.004)(x), ("time",))


def _mirrored(x: xr.DataArray, dims: Sequence[str]) -> xr.DataArray:
    """The signal and its mirror image, periodic without a seam."""
    for dim in dims:
        axis = axis_of(x, dim)
        values = np.concatenate([x.to_numpy(), np.flip(x.to_numpy(), x.get_axis_num(dim))],
                                axis=x.get_axis_num(dim))  # fmt: skip
        ring = Axis(dim, step=axis.step, unit=axis.unit, period=2 * axis.size * axis.step)
        kept = [ring if each == dim else axis_of(x, str(each)) for each in x.dims]
        x = label(values, *kept)
    return x


def _bank(kind: str, medium: _Medium, size: float) -> Bank:
    """One kernel of a given standard deviation."""
    sigma = dict.fromkeys(medium.dims, size)
    if kind == "Gaussian":
        return GaussianBank(sigma)
    if kind == "Laplacian":
        return LaplacianOfGaussian(sigma, normalized=True)
    if len(medium.dims) == 1:
        return GaborBank(medium.along, frequency=_GABOR / size, truncate=4.0)
    return GaborBank(medium.dims, frequency=_GABOR / size, orientation=(0.0,), truncate=4.0)


def _rows(medium: _Medium, x: xr.DataArray, measured: _Measured) -> np.ndarray:
    """Tolerance, detail and safe stride, for each kind and size."""
    return np.array(
        [
            [measured(_bank(kind, medium, size), x, medium.along) for size in medium.sizes]
            for kind in _KINDS
        ]
    )


def _response(op: Bank, x: xr.DataArray, along: str) -> _Numbers:
    """Measure the output of a kernel, by the part that changes along the axis."""
    y = op(x)
    values = np.moveaxis(y.to_numpy(), y.get_axis_num(along), -1)
    step, size = axis_of(y, along).step, y.sizes[along]
    seen = np.abs(values) if np.iscomplexobj(values) else values
    power = _power(seen - seen.mean(axis=-1, keepdims=True))
    own = power
    center = float(np.ravel(center_of(y, along))[0]) if np.iscomplexobj(values) else 0.0
    if np.iscomplexobj(values):
        own = _power(values - values.mean(axis=-1, keepdims=True))
    return (
        _half_width(np.fft.ifft(power).real) * step,
        _edge(power) / (size * step),
        _safe_stride(own, center),
    )


def _alone(op: Bank, x: xr.DataArray, along: str) -> _Numbers:
    """Predict the same from the kernel's own taps, for white noise."""
    click = xr.zeros_like(x, dtype=np.float64)
    click[{dim: click.sizes[dim] // 2 for dim in click.dims}] = 1.0
    y = op(click)
    values = np.moveaxis(y.to_numpy(), y.get_axis_num(along), -1)
    step, size = axis_of(y, along).step, y.sizes[along]
    correlation = np.fft.ifft(_power(values))
    if np.iscomplexobj(values):
        # The power of a complex channel of Gaussian noise correlates as the square of that.
        correlation = np.abs(correlation) ** 2
    power = np.fft.fft(correlation.real).real
    return (
        _half_width(correlation.real) * step,
        _edge(power) / (size * step),
        float(op.safe_stride(x, along, db=_SAFE)),
    )


def _power(values: np.ndarray) -> np.ndarray:
    """Power spectrum along the last axis, summed over the others."""
    from scipy import fft

    spectrum = fft.fft(values, axis=-1)
    return np.asarray((np.abs(spectrum) ** 2).reshape(-1, values.shape[-1]).sum(axis=0))


def _half_width(correlation: np.ndarray) -> float:
    """Lag in samples at which a correlation first falls to half of that at 0; between samples."""
    half = correlation[: correlation.size // 2 + 1] / correlation[0]
    below = np.flatnonzero(half < 0.5)
    if below.size == 0:
        return math.nan
    k = int(below[0])
    return float(k - 1 + (half[k - 1] - 0.5) / (half[k - 1] - half[k]))


def _edge(power: np.ndarray) -> float:
    """Frequency bin, between bins, below which `_SHARE` of the energy lie."""
    sides = power[: power.size // 2 + 1].copy()
    sides[1 : (power.size + 1) // 2] *= 2
    total = np.cumsum(sides) / sides.sum()
    return float(np.interp(_SHARE, total, np.arange(total.size)))


def _safe_stride(power: np.ndarray, center: float) -> float:
    """Largest stride at which no more than `_SAFE` of a response's energy folds."""
    bins = np.fft.fftfreq(power.size)
    stride = 1
    while stride < power.size // 2:
        if share_outside(power[None], bins, stride + 1, center).max() > 10 ** (_SAFE / 10):
            break
        stride += 1
    return float(stride)


def _variables(
    medium: _Medium, rows: Sequence[np.ndarray], alone: np.ndarray
) -> dict[str, xr.DataArray]:
    """Measured and predicted numbers of a medium, with labels and units."""
    units = {"tolerance": medium.unit, "detail": f"1/{medium.unit}", "stride": "samples"}
    size = f"{medium.item}_size"
    coordinate = {size: (size, list(medium.sizes), {"units": medium.unit})}
    out = {}
    for place, what in enumerate(_QUANTITIES):
        attrs = {"units": units[what]}
        values = np.array(rows)[..., place]
        name = f"{medium.item}_{what}"
        dims = (medium.item, "kind", size)
        out[name] = xr.DataArray(values, coordinate, dims, attrs=attrs)
        out[f"{name}_alone"] = xr.DataArray(alone[..., place], coordinate, dims[1:], attrs=attrs)
    return out


def _exponents(found: xr.Dataset, medium: _Medium, what: str) -> xr.DataArray:
    """Slope of log against log size, for each item and kind."""
    values = found[f"{medium.item}_{what}"]
    octaves = np.log2(found[f"{medium.item}_size"].to_numpy())
    slopes = np.log2(values.to_numpy()) @ (octaves - octaves.mean()) / octaves.var() / octaves.size
    return values.isel({f"{medium.item}_size": 0}, drop=True).copy(data=slopes)


def _curves(name: str, found: xr.Dataset, medium: _Medium, what: str, y_label: str) -> Drawing:
    """Measured with intervals over items, and the kernel alone."""
    key, scale = f"{medium.item}_{what}", 1000.0 if medium is _SOUNDS else 1.0
    x = found[f"{medium.item}_size"].to_numpy() * scale
    own = 1.0 if what == "stride" else scale
    lines, alone, words = [], [], []
    rng = np.random.default_rng(0)
    for kind in _KINDS:
        values = found[key].sel(kind=kind).to_numpy()
        spread = [
            estimated(kind, "octaves", np.log2(column), of=medium.item, rng=rng)
            for column in values.T
        ]
        middle, low, high = (
            own * np.exp2([getattr(each, end) for each in spread])
            for end in ("value", "low", "high")
        )
        lines.append(charts.Curve(kind, x, middle, low, high))
        single = own * found[f"{key}_alone"].sel(kind=kind).to_numpy()
        alone.append(charts.Curve(f"{kind} alone", x, single))
        words.append(f"{kind} {middle[0]:.3g} to {middle[-1]:.3g} (alone {single[-1]:.3g})")
    unit = "ms" if medium is _SOUNDS else "px"
    return charts.curves(
        f"{name}-{medium.item}-{what}", [*lines, *alone], x_label=f"standard deviation, {unit}",
        y_label=y_label, x_scale="log2", y_scale="log2",
        alternative=f"{y_label}, at sizes from {x[0]:g} to {x[-1]:g} {unit}: {'; '.join(words)}.",
    )  # fmt: skip


def _sentence(effects: Sequence[Effect]) -> str:
    value = {effect.name: effect.value for effect in effects}

    def of(what: str, kind: str) -> str:
        pictures, sounds = (value[f"{what}, {kind}, {medium.name}"] for medium in _MEDIA)
        return f"{pictures:.2f} on pictures and {sounds:.2f} on sounds"

    gaussian, laplacian, gabor = _KINDS
    stride = "safe stride measured over predicted"
    return (
        "The shift that a response tolerates grows with the size of the kernel to the power of "
        f"{of('exponent of tolerance', laplacian)} for Laplacians, "
        f"{of('exponent of tolerance', gabor)} for Gabor moduli, and "
        f"{of('exponent of tolerance', gaussian)} for Gaussians, which let through what pictures "
        "and sounds themselves keep over long distances. The finest detail falls with the power "
        f"of {of('exponent of detail', laplacian)} for Laplacians, "
        f"{of('exponent of detail', gaussian)} for Gaussians. Safe strides are "
        f"{2 ** value[f'{stride}, Gaussian, pictures']:.2f} times those predicted for white noise "
        f"for Gaussians on pictures, and {2 ** value[f'{stride}, {gabor}, pictures']:.2f} times "
        "for Gabor filters."
    )
