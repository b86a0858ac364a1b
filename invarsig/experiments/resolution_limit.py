"""The limits of pooling: objects that merge, and objects that deform."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.actions import Translate, Warp
from invarsig.axes import Axis, label
from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, decibels_of, estimated, largest_mean
from invarsig.experiments.expectations import Expectation, Limited, above, below, within
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.object_pairs import (
    center,
    digits,
    from_which_on,
    onsets,
    pairs,
    resolved,
)
from invarsig.measures import invariance_error
from invarsig.operators import GaussianPool, MaxPool, MeanPool, Operator

if TYPE_CHECKING:
    from invarsig.report.drawing import Drawing

from invarsig.experiments.nulls import shuffled

__all__ = ["ResolutionLimit"]

_POOLS: Final = ("mean", "max", "Gaussian")
_WINDOWS: Final = (2, 4, 8, 16, 32)
_MEDIA: Final = {"digits": "handwritten digits", "onsets": "note onsets"}
_UNITS: Final = {"digits": "digits", "onsets": "instruments"}
_GROUP = 8  # separations are pooled together
_CHANGED = 0.5  # of the norm: the end of the invariance range
_GROWTH = "growth of resolution with the window, {}, {}"
_EXPONENT = "exponent of resolution over range, {}, {}"
_WORST, _LINEAR = "the largest of all pools", "the larger of the linear pools"


class ResolutionLimit(Experiment):
    """Two copies of one object at growing separation, under pools of growing windows."""

    name: ClassVar[str] = "resolution-limit"
    number: ClassVar[int] = 11
    claim: ClassVar[str] = (
        "Two objects closer than a pooling window merge: pooling buys invariance with resolution, "
        "one for one. Small deformations are forgiven as small shifts are."
    )
    question: ClassVar[str] = (
        "How far apart must two equal objects be to be told apart after pooling, how far may one "
        "move without a change, what does one cost in the other, and is a deformed object forgiven "
        "as much as a shifted one?"
    )
    design: ClassVar[str] = (
        "Handwritten digits (8 x 8 px, the ink) and note onsets (40 ms of each note from its "
        "attack on, under a Hann window, as the magnitudes of 24 mel bands, windows of 16 ms every "
        "4 ms) lie on a strip of 256 px or frames, alone or twice. Mean, max and Gaussian "
        "pools have windows of 2 to 32 samples that abut (the Gaussian as wide as the mean pool, "
        "by its variance). Two copies are resolved if between their two peaks the response, "
        "summed over all but the axis, dips by 26 % of the lower one, as for two stars by "
        "Rayleigh; resolution is the smallest separation from which on that is so at half of all "
        "places of the windows or more. The invariance range is the shift at which the response "
        "to one object has changed by half its norm, root mean square over places. Then digits, "
        "four times enlarged, are deformed by 12 smooth random warps of gradient 0.2, and the "
        "change is compared with that of shifts of the same root mean square displacement. "
        "Points under mean pools that abut would need 1.5 windows, since one whole "
        "window must fit between; the same is measured with windows at every sample. One for one "
        "means an exponent of 1, and it is said of pooling: so the pool with the largest decides, "
        "on digits, and within limits the linear pools (mean and Gaussian). Onsets stand beside "
        "them; the instrument is their unit."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _EXPONENT.format(_WORST, "handwritten digits"): within(0.8, 1.25),
        **{
            name.format(pool, words): bound
            for words in ("handwritten digits", "note onsets")
            for pool in _POOLS
            for name, bound in ((_GROWTH, above(0.8)), (_EXPONENT, within(0.8, 1.25)))
        },
        **{f"deformed over shifted, {pool}": below(3, "dB") for pool in _POOLS},
    }
    limited: ClassVar[Limited | None] = Limited(
        "for linear pools (mean and Gaussian)", _EXPONENT.format(_LINEAR, "handwritten digits")
    )
    headline: ClassVar[str] = (
        "The distance at which two digits are told apart grows with the shift that is forgiven to "
        "the power of {value} for the pool where it grows most, and of {limited} for linear pools."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Rayleigh (1879), Investigations in optics, Philosophical Magazine 8.",
        "Boureau, Ponce & LeCun (2010), A theoretical analysis of feature pooling.",
        "Mallat (2012), Group invariant scattering, doi:10.1002/cpa.21413.",
    )
    parts: ClassVar[tuple[str, ...]] = ("handwritten", "instruments")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure resolution and range over (object, pool, window), and changes by warps."""
        ink = digits(data, 8 if self.reduced else 40, rng)
        every = 6 if self.reduced else 1
        notes = onsets(data, every)
        found = xr.Dataset(
            coords={
                "instrument": ("onsets_object", [name for name, _, _ in data.notes()[::every]]),
                "pool": list(_POOLS),
                "window": ("window", list(_WINDOWS), {"units": "samples"}),
            }
        )
        for place, (medium, single) in enumerate({"digits": ink, "onsets": notes}.items()):
            progress(medium, place / 3)
            found = found.assign(_limits(medium, single, self.reduced))
        progress("deformations", 2 / 3)
        return found.assign(_deformed(ink, 4 if self.reduced else 12))

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Fit how resolution grows with windows, and with the range."""
        effects = self._largest(found, rng)
        for medium, words in _MEDIA.items():
            resolution, reach = found[f"{medium}_resolution"], found[f"{medium}_range"]
            units = _units(found, medium)

            def of(
                name: str, values: np.ndarray, medium: str = medium, units: object = units
            ) -> Effect:
                return estimated(name, "1", values, of=_UNITS[medium], rng=rng, units=units)

            for pool in _POOLS:
                apart = resolution.sel(pool=pool).to_numpy()
                far = reach.sel(pool=pool).to_numpy()
                slopes = _slopes(np.array(_WINDOWS, float), apart)
                effects += [
                    of(_GROWTH.format(pool, words), slopes),
                    of(_EXPONENT.format(pool, words), _exponents(far, apart)),
                ]
            dense = _slopes(
                np.array(_WINDOWS, float), found[f"{medium}_dense"].mean("pool").to_numpy()
            )
            effects.append(of(_GROWTH.format("windows at every sample", words), dense))
        excess = decibels_of(found["warped"]) - decibels_of(found["shifted"])
        for pool in _POOLS:
            at = excess.sel(pool=pool).mean("window")
            name = f"deformed over shifted, {pool}"
            effects.append(estimated(name, "dB", at, of="digits", rng=rng))
        return effects, _sentence(effects)

    def _largest(self, found: xr.Dataset, rng: np.random.Generator) -> list[Effect]:
        """The exponent of the pool with the largest, of all pools and of the linear ones."""
        resolution, reach = found["digits_resolution"], found["digits_range"]
        exponents = {
            pool: _exponents(reach.sel(pool=pool).to_numpy(), resolution.sel(pool=pool).to_numpy())
            for pool in _POOLS
        }
        return [
            estimated(
                _EXPONENT.format(words, "handwritten digits"), "1",
                np.stack([exponents[pool] for pool in pools], axis=1), of="digits", rng=rng,
                statistic=largest_mean,
            )
            for words, pools in (
                (_WORST, _POOLS), (_LINEAR, [pool for pool in _POOLS if pool != "max"]),
            )
        ]  # fmt: skip

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle the windows of the pools, anew for each digit, in the resolution alone."""
        names = ["digits_resolution"]
        return shuffled(found, names, "window", rng, unit="digits_object")

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Resolution over the window, the trade-off, and deformations beside shifts."""
        return [
            Figure(
                "Smallest separation that is resolved",
                "Mean over digits (px) and over onsets (frames of 4 ms). The claim says one "
                "window; points under windows that abut need one and a half.",
                _over_windows(self.name, found),
            ),
            Figure(
                "Resolution is paid for with invariance",
                "Each marker is a window, 2 to 32 samples. Up is a worse resolution, right a "
                "larger range of shifts: a line that doubles as the range does is a trade one for "
                "one.",
                _trade(self.name, found),
            ),
            Figure(
                "A deformed object, and a shifted one",
                "Change of the pooled response to a digit, by warps and by shifts of the same root "
                "mean square displacement.",
                _deformations(self.name, found),
            ),
        ]


def _pool(kind: str, window: int, dims: Sequence[str], stride: int) -> Operator:
    """A pool of a window; the Gaussian has the variance of the mean pool."""
    strides = dict.fromkeys(dims, stride)
    if kind == "Gaussian":
        return GaussianPool(strides, dict.fromkeys(dims, window / math.sqrt(12)))
    return (MaxPool if kind == "max" else MeanPool)(dict.fromkeys(dims, window), strides)


def _limits(medium: str, objects: xr.DataArray, reduced: bool) -> dict[str, xr.DataArray]:
    """Resolution and invariance range of a medium: (object, pool, window)."""
    apart = np.r_[1:32, 32:64:2, 64:113:4][:: 2 if reduced else 1]
    single = pairs(objects, 0)
    groups = [
        xr.concat([pairs(objects, int(d)) for d in apart[first : first + _GROUP]], "apart")
        for first in range(0, apart.size, _GROUP)
    ]
    shares = np.zeros((2, len(_POOLS), len(_WINDOWS), single.sizes["object"], apart.size))
    reach = np.zeros(shares.shape[1:4])
    lone = center(single)
    for i, kind in enumerate(_POOLS):
        for j, window in enumerate(_WINDOWS):
            dense = _pool(kind, window, ("x",), 1)
            reach[i, j] = _range(dense, single)
            responses = [dense(group) for group in groups]
            for k in range(apart.size):
                response = responses[k // _GROUP].isel(apart=k % _GROUP)
                middle = lone + apart[k] / 2
                shares[0, i, j, :, k] = resolved(response, window, middle)
                shares[1, i, j, :, k] = resolved(response, 1, middle)
    found = from_which_on(shares >= 0.5, apart)
    dims = (f"{medium}_object", "pool", "window")
    attrs = {"units": "px" if medium == "digits" else "frames"}
    return {
        f"{medium}_{what}": xr.DataArray(np.moveaxis(values, -1, 0), dims=dims, attrs=attrs)
        for what, values in (("resolution", found[0]), ("dense", found[1]), ("range", reach))
    }


def _range(dense: Operator, single: xr.DataArray) -> np.ndarray:
    """Shift at which the response has changed by half its norm: (object,), between samples."""
    shifts = (1, 2, 3, 4, 6, 8, 12, 16)
    moves = [Translate(x=float(shift)) for shift in shifts]
    error = invariance_error(dense, single, moves, norm="total", keep=("object",))
    columns = error.transpose("object", "length").to_numpy()
    return np.array([_crossing((0, *shifts), (0.0, *column)) for column in columns])


def _crossing(shifts: Sequence[float], errors: Sequence[float]) -> float:
    """Where a curve first passes `_CHANGED`."""
    k = int(np.argmax(np.asarray(errors) >= _CHANGED))
    if k == 0:
        return math.nan
    part = (_CHANGED - errors[k - 1]) / (errors[k] - errors[k - 1])
    return float(shifts[k - 1] + part * (shifts[k] - shifts[k - 1]))


def _deformed(small: xr.DataArray, count: int) -> dict[str, xr.DataArray]:
    """Change by warps, and by shifts as large: (object, pool, window)."""
    from scipy import ndimage

    large = np.clip(ndimage.zoom(small.to_numpy(), (1, 4, 4), order=3), 0, None)
    canvas = np.pad(large, ((0, 0), (48, 48), (48, 48)))
    axes = [Axis(dim, unit="px", period=128.0) for dim in ("y", "x")]
    x = label(canvas, "object", *axes)
    rows, columns = np.meshgrid(np.arange(128.0), np.arange(128.0), indexing="ij")
    ink = canvas.mean(axis=0)
    warps, shifts = [], []
    for seed in range(count):
        warp = Warp({"y": 32.0, "x": 32.0}, gradient=0.2, rng=seed)
        by = warp.displaced({"y": rows, "x": columns})
        length = math.sqrt(float(np.average(by["y"] ** 2 + by["x"] ** 2, weights=ink)))
        turn = 2 * math.pi * seed / count
        warps.append(warp(x))
        shifts.append(Translate(y=length * math.sin(turn), x=length * math.cos(turn))(x))
    found = {}
    for name, moved in (("warped", warps), ("shifted", shifts)):
        changes = [
            [_change(_pool(kind, window, ("y", "x"), 1), x, moved) for window in _WINDOWS]
            for kind in _POOLS
        ]
        dims = ("digits_object", "pool", "window")
        found[name] = xr.DataArray(
            np.moveaxis(np.array(changes), -1, 0), dims=dims, attrs={"units": "1"}
        )
    return found


def _change(op: Operator, x: xr.DataArray, moved: Sequence[xr.DataArray]) -> np.ndarray:
    """Relative change, root mean square over the moved ones: (object,)."""
    y = op(x).to_numpy()
    changes = [((op(each).to_numpy() - y) ** 2).sum(axis=(1, 2)) for each in moved]
    return np.asarray(np.sqrt(np.mean(changes, axis=0) / (y**2).sum(axis=(1, 2))))


def _units(found: xr.Dataset, medium: str) -> list[str] | None:
    """The instrument of each note; digits are each a unit."""
    return found["instrument"].to_numpy().tolist() if medium == "onsets" else None


def _slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slope of each row over common places."""
    return np.asarray((y - y.mean(axis=1, keepdims=True)) @ (x - x.mean()) / x.var() / x.size)


def _exponents(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slope of each row of log y over its own log x."""
    across, up = (np.log2(each) - np.log2(each).mean(axis=1, keepdims=True) for each in (x, y))
    return np.asarray((across * up).sum(axis=1) / (across**2).sum(axis=1))


def _over_windows(name: str, found: xr.Dataset) -> Drawing:
    """Resolution over the window."""
    windows = np.array(_WINDOWS, float)

    def mean(what: str, pool: str) -> np.ndarray:
        values = found[what].sel(pool=pool)
        return np.asarray(values.mean(str(values.dims[0])).to_numpy())

    lines = [
        *(
            charts.Curve(f"digits, {pool}", windows, mean("digits_resolution", pool))
            for pool in _POOLS
        ),
        charts.Curve("onsets, mean", windows, mean("onsets_resolution", "mean")),
        charts.Curve("digits, mean, stride 1", windows, mean("digits_dense", "mean")),
        charts.Curve("points, predicted", windows, 1.5 * windows),
    ]  # fmt: skip
    told = "; ".join(f"{line.label} {np.asarray(line.y)[-1]:.3g}" for line in lines)
    return charts.curves(
        f"{name}-windows", lines, x_label="window, samples", y_label="separation, samples",
        x_scale="log2", y_scale="log2",
        alternative=f"Smallest separation resolved under a window of 32 samples: {told}.",
    )  # fmt: skip


def _trade(name: str, found: xr.Dataset) -> Drawing:
    """Resolution over the invariance range, one marker for each window."""
    lines = []
    for medium in _MEDIA:
        over = f"{medium}_object"
        for pool in _POOLS:
            far, apart = (
                found[f"{medium}_{what}"].sel(pool=pool).mean(over).to_numpy()
                for what in ("range", "resolution")
            )
            lines.append(charts.Curve(f"{medium}, {pool}", far, apart))
    told = "; ".join(
        f"{line.label} range {np.asarray(line.x)[0]:.2g} to {np.asarray(line.x)[-1]:.2g}, "
        f"separation {np.asarray(line.y)[0]:.2g} to {np.asarray(line.y)[-1]:.2g}"
        for line in lines
    )
    return charts.curves(
        f"{name}-trade", lines, x_label="invariance range, samples", x_scale="log2",
        y_label="separation, samples", y_scale="log2",
        alternative=f"From windows of 2 to 32 samples: {told}.",
    )  # fmt: skip


def _deformations(name: str, found: xr.Dataset) -> Drawing:
    """Change by warps and by shifts over the window."""
    lines = [
        charts.Curve(
            f"{what}, {pool}", np.array(_WINDOWS),
            decibels_of(found[what].sel(pool=pool)).mean("digits_object").to_numpy(),
        )
        for what in ("warped", "shifted")
        for pool in _POOLS
    ]  # fmt: skip
    told = "; ".join(f"{line.label} {np.asarray(line.y)[-1]:.1f} dB" for line in lines)
    return charts.curves(
        f"{name}-deformed", lines, x_label="window, px", y_label="change, dB", x_scale="log2",
        alternative=f"Change of the response at a window of 32 px: {told}.",
    )  # fmt: skip


def _sentence(effects: Sequence[Effect]) -> str:
    value = {effect.name: effect.value for effect in effects}
    growth, exponent = "growth of resolution with the window", "exponent of resolution over range"
    dense = f"{growth}, windows at every sample"

    def span(what: str, words: str) -> str:
        found = [value[f"{what}, {pool}, {words}"] for pool in _POOLS]
        return f"{min(found):.2f} to {max(found):.2f}"

    ink, notes = _MEDIA.values()
    warps = [value[f"deformed over shifted, {pool}"] for pool in _POOLS]
    return (
        "To be told apart, two objects need "
        f"{span(growth, ink)} (digits) and {span(growth, notes)} (onsets) samples more for "
        "each sample of a window that abuts on the next, and "
        f"{value[f'{dense}, {ink}']:.2f} and {value[f'{dense}, {notes}']:.2f} with windows at "
        "every sample. The separation grows as the invariance range to the power of "
        f"{span(exponent, ink)} for digits and {span(exponent, notes)} for onsets. Next "
        "to shifts of the same displacement a deformation changes the response by "
        f"{min(warps):+.1f} to {max(warps):+.1f} dB."
    )
