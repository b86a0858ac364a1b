"""Scattering is invariant up to 2^J and stable; the Fourier modulus is invariant, not stable."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, decibels_of, estimated
from invarsig.experiments.expectations import Expectation, above, below, within
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.invariance_range import invariance_range
from invarsig.experiments.laws import Law
from invarsig.experiments.nulls import shuffled
from invarsig.experiments.warped_features import (
    FEATURES,
    changes,
    exponents,
    faded_pictures,
    faded_sounds,
    features_of,
    fourier_at,
    in_bands,
    over_shifts,
    per_gradient,
    warps,
)
from invarsig.operators.scattering.wavelets import wavelet_width

__all__ = ["DeformationStability"]

_SCATTERING, _FOURIER = FEATURES
# Where frequencies move by less than the width of a wavelet: 0.052, standard deviation over center.
_FITTED: Final = (0.005, 0.05)
_TINY, _SMALL = 0.002, 0.01  # gradients at which bands are compared
_HIGH = 1000.0  # Hz, from which a band of sound counts as high
_PRIMARY = "growth of the constant, scattering, sounds and pictures"
_RANGE = "range over 2^J, least of J"


class DeformationStability(Experiment):
    """Features of sounds and pictures against the size of a shift and of a deformation."""

    name: ClassVar[str] = "deformation-stability"
    number: ClassVar[int] = 10
    claim: ClassVar[str] = (
        "Scattering is invariant to translations up to 2^J and stable to deformations; the modulus "
        "of the Fourier transform is invariant but not stable."
    )
    question: ClassVar[str] = (
        "When sounds and pictures are deformed a little, does the change of their scattering grow "
        "linearly with the deformation, with one constant for all frequencies, and that of their "
        "Fourier modulus with a constant that grows with frequency? How far may they shift?"
    )
    design: ClassVar[str] = (
        "Excerpts of 16384 samples of speech, music and single notes (J = 10, 8 wavelets in an "
        "octave) and the middle 96 x 96 pixels of photographs and textures (J = 4, 8 "
        "orientations) are faded at their ends and go round. Smooth random displacements (waves "
        "of at least a fifth of the excerpt, half of the picture) have gradients bounded by 0.0025 "
        "to 0.2. The change of features is ||f(g x) - f(x)|| / ||f(x)||. Its slope is that of a "
        "line through its logarithm over that of the gradient, from 0.005 to 0.05, where "
        "frequencies move by less than the standard deviation of a wavelet. The constant, change "
        "over gradient, is measured at 0.002 in bands of half an octave, and its growth is the "
        "exponent of the frequency in it. The range is the shift at which the change reaches "
        "half of the largest at any shift. Stable to deformations means "
        "one constant for all frequencies, so its growth decides."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PRIMARY: below(0.25),
        **{
            f"slope of the change, {_SCATTERING}, {what}": within(0.8, 1.2)
            for what in ("sounds", "pictures")
        },
        **{
            f"growth of the constant, {_FOURIER}, {what}": above(0.5)
            for what in ("sounds", "pictures")
        },
        f"change at a gradient of 0.01, from 1 kHz, {_SCATTERING}": below(0.2),
        f"change at a gradient of 0.01, from 1 kHz, {_FOURIER}": above(0.5),
        _RANGE: above(1),
    }
    headline: ClassVar[str] = (
        "The constant between a deformation and the change of scattering grows with frequency to "
        "the power of {value}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Mallat (2012), Group invariant scattering, doi:10.1002/cpa.21413.",
        "Bruna & Mallat (2013), doi:10.1109/TPAMI.2012.230.",
        "Andén & Mallat (2014), Deep scattering spectrum, doi:10.1109/TSP.2014.2326991.",
    )
    parts: ClassVar[tuple[str, ...]] = ("speech", "music", "instruments", "images", "textures")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure changes over (sound or picture, features, gradient, band) and over shifts."""
        samples, side, most = (2**13, 64, 2) if self.reduced else (2**14, 96, None)
        octaves = round(math.log2(samples)) - 4
        sounds = dict(faded_sounds(data, samples, most))
        pictures = dict(faded_pictures(data, side, most))
        spaced = 1.75 if self.reduced else 0.5  # octaves
        gradients = [0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2]
        if self.reduced:
            gradients = [0.005, 0.02, 0.05]
        tones = 250 * 2 ** np.arange(0, 3.6, spaced)
        waves = 2 ** -np.arange(4, 1.9, -min(spaced, 1))
        parts = [
            _deformed("sound", sounds, octaves, gradients, tones, 0.2, rng, progress),
            _deformed("picture", pictures, 4, gradients, waves, 0.5, rng, progress),
        ]
        progress("shifts", 0.9)
        every = 2 if self.reduced else 1
        steps = 2 ** np.arange(octaves + 3, 4, -every)[::-1]
        scales = [octaves - 4, octaves - 2, octaves][::every]
        shifted = np.array([[over_shifts(x, J, steps) for J in scales] for x in sounds.values()])
        over = ("sound", "octaves", "length")
        return xr.merge(parts, join="exact").assign(
            shift_change=(over, shifted[:, :, 0]),
            shift_predicted=(over, shifted[:, :, 1]),
            shift_fourier=(
                ("sound", "length"), np.array([fourier_at(x, steps) for x in sounds.values()])
            ),
            octaves=("octaves", scales, {"units": "octave"}),
            length=("length", steps, {"units": "sample"}),
        )  # fmt: skip

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Estimate slopes, constants and ranges over sounds and pictures."""
        both = np.concatenate([_growths(found, kind)[_SCATTERING] for kind in ("sound", "picture")])

        def of(name: str, values: np.ndarray, what: str = "sounds", unit: str = "1") -> Effect:
            return estimated(name, unit, values, of=what, rng=rng)

        effects = [of(_PRIMARY, both, "inputs")]
        for kind in ("sound", "picture"):
            slope, growth = _slopes(found, kind), _growths(found, kind)
            what = f"{kind}s"
            effects += [
                of(f"slope of the change, scattering, {what}", slope[_SCATTERING], what),
                of(f"slope of the change, Fourier modulus, {what}", slope[_FOURIER], what),
                of(f"growth of the constant, scattering, {what}", growth[_SCATTERING], what),
                of(f"growth of the constant, Fourier modulus, {what}", growth[_FOURIER], what),
            ]
        high = _high(found)
        effects += [
            of("change at a gradient of 0.01, from 1 kHz, scattering",
               high.sel(features=_SCATTERING).to_numpy()),
            of("change at a gradient of 0.01, from 1 kHz, Fourier modulus",
               high.sel(features=_FOURIER).to_numpy()),
        ]  # fmt: skip
        theory = _theory(found)
        constant = _constant(found, "sound")
        effects += [
            of(
                f"constant over that of a steady tone by theory, {one}",
                (constant.sel(features=one) / theory.sel(features=one)).mean("band").to_numpy(),
            )
            for one in FEATURES
        ]
        reached = _ranges(found)
        effects.append(of(_RANGE, reached.min("octaves").to_numpy()))
        for J in found["octaves"].to_numpy():
            effects.append(of(f"range over 2^J, J = {J}", reached.sel(octaves=J).to_numpy()))
        return effects, _sentence(effects, int(found["octaves"][-1]))

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle which features are which, anew for each sound and picture."""
        for kind in ("sound", "picture"):
            names = [f"{kind}_band_change"]
            found = shuffled(found, names, "features", rng, unit=kind)
        return found

    def laws(self, found: xr.Dataset) -> Sequence[Law]:
        """A shift changes no modulus of the Fourier transform."""
        return (
            Law.of(
                "a shift of a periodic sound leaves the modulus of its Fourier transform",
                decibels_of(found["shift_fourier"]), below(-200, "dB"),
            ),
        )  # fmt: skip

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Change over the gradient, constant over the frequency, change over the shift."""
        lines, words = [], []
        for kind in ("sound", "picture"):
            for one in FEATURES:
                values = found[f"{kind}_change"].sel(features=one)
                middle = _typical(values, kind)
                lines.append(charts.Curve(f"{one}, {kind}s", found["gradient"].to_numpy(), middle))
                words.append(f"{one}, {kind}s {_mean(_slopes(found, kind)[one]):.2f}")
        gradients = found["gradient"].to_numpy()
        lines.append(charts.Curve("slope 1", gradients, 0.5 * gradients))
        return [
            Figure(
                "Change over the gradient of the deformation",
                "Geometric means. A straight line along the slope 1 is a change that is "
                "proportional to the deformation. Where the scattering of sounds has changed by a "
                "few percent, their Fourier modulus has changed by tens of percent.",
                charts.curves(
                    f"{self.name}-gradient", lines, x_label="bound on the gradient",
                    y_label="relative change", x_scale="log", y_scale="log", high=260,
                    alternative=f"Slopes between 0.005 and 0.05: {'; '.join(words)}.",
                ),
            ),
            self._band_figure(found),
            self._shift_figure(found),
        ]  # fmt: skip

    def _band_figure(self, found: xr.Dataset) -> Figure:
        theory, bands = _theory(found), found["band"].to_numpy()
        lines, words = [], []
        for one in FEATURES:
            values = _constant(found, "sound").sel(features=one)
            middle = _typical(values, "sound")
            lines.append(charts.Curve(f"{one}, measured", bands, middle))
            lines.append(
                charts.Curve(
                    f"{one}, steady tone by theory", bands,
                    theory.sel(features=one).mean("sound").to_numpy(),
                )
            )  # fmt: skip
            words.append(f"{one} {middle[0]:.3g} at {bands[0]:.0f} Hz, {middle[-1]:.3g} at "
                         f"{bands[-1]:.0f} Hz")  # fmt: skip
        return Figure(
            "The constant, by frequency",
            "Change over gradient, at a gradient of 0.002, of sounds in bands of half an octave. "
            "Wavelets widen with their frequency, and by theory scattering has one constant; a "
            "Fourier bin does not, and the constant of the modulus grows until the change is "
            "complete.",
            charts.curves(
                f"{self.name}-bands", lines, x_label="centre of the band, Hz",
                y_label="change over gradient", x_scale="log2", y_scale="log", high=260,
                alternative=f"Change over gradient: {'; '.join(words)}.",
            ),
        )  # fmt: skip

    def _shift_figure(self, found: xr.Dataset) -> Figure:
        shifts = found["length"].to_numpy()

        def curve(name: str, change: xr.DataArray, octaves: int) -> charts.Curve:
            part = shifts / 2.0**octaves
            here = (part >= 1 / 4) & (part <= 16)
            return charts.Curve(name, part[here], change.mean("sound").to_numpy()[here])

        lines, words = [], []
        for J in found["octaves"].to_numpy():
            lines.append(curve(f"J = {J}", found["shift_change"].sel(octaves=J), J))
            words.append(f"J = {J}: {_mean(_ranges(found).sel(octaves=J)):.2g} times 2^J")
        largest = int(found["octaves"][-1])
        last = found["shift_predicted"].sel(octaves=largest)
        lines.append(curve(f"J = {largest}, predicted", last, largest))
        lines.append(curve("Fourier modulus", found["shift_fourier"], largest))
        return Figure(
            "Change over the shift",
            "Mean over sounds. The prediction moves the scattering of the sound as it is; the "
            "Fourier modulus stays at rounding error.",
            charts.curves(
                f"{self.name}-shift", lines, x_label="shift over 2^J", x_scale="log2",
                y_label="relative change",
                alternative=f"Shift at which the change is half of its largest: {'; '.join(words)}"
                "; Fourier modulus: no change.",
            ),
        )  # fmt: skip


def _deformed(
    kind: str,
    inputs: Mapping[str, xr.DataArray],
    octaves: int,
    gradients: Sequence[float],
    bands: np.ndarray,
    part: float,
    rng: np.random.Generator,
    progress: Progress,
) -> xr.Dataset:
    """Measure the changes of sounds, or of pictures: of all frequencies, and in bands."""
    rows, in_band, shapes = [], [], []
    for place, (name, x) in enumerate(inputs.items()):
        progress(name, (kind == "picture") * 0.5 + 0.4 * place / len(inputs))
        seed = int(rng.integers(2**31))
        both = features_of(x, octaves)
        moves = warps(x, gradients, part, seed)
        rows.append([changes(features, x, moves) for features in both])
        moves = warps(x, [_TINY, _SMALL], part, seed)
        in_band.append(
            [[changes(features, each, moves) for features in both] for each in in_bands(x, bands)]
        )
        shapes.append(per_gradient(moves[0], x))
    band = "band" if kind == "sound" else "picture_band"
    found = xr.Dataset(
        {
            f"{kind}_change": ((kind, "features", "gradient"), np.array(rows)),
            f"{kind}_band_change": ((kind, band, "features", "band_gradient"), np.array(in_band)),
        },
        coords={
            kind: list(inputs),
            "features": list(FEATURES),
            "gradient": list(gradients),
            "band_gradient": [_TINY, _SMALL],
            band: (band, bands, {"units": "Hz" if kind == "sound" else "cycles/px"}),
        },
    )
    if kind == "picture":
        return found
    displacement, slope = np.array(shapes).T
    return found.assign(
        tone_displacement=(kind, displacement, {"units": "s"}), tone_slope=(kind, slope)
    )


def _slopes(found: xr.Dataset, kind: str) -> dict[str, np.ndarray]:
    """Slope of log change over log gradient, for each sound or picture."""
    change = found[f"{kind}_change"]
    low, high = _FITTED
    inside = (found["gradient"] > low * 0.99) & (found["gradient"] < high * 1.01)
    chosen = change.isel(gradient=np.flatnonzero(inside))
    return {one: exponents(chosen.sel(features=one), "gradient") for one in FEATURES}


def _growths(found: xr.Dataset, kind: str) -> dict[str, np.ndarray]:
    """Exponent of the frequency in the constant, for each sound or picture."""
    constant = _constant(found, kind)
    band = "band" if kind == "sound" else "picture_band"
    return {one: exponents(constant.sel(features=one), band) for one in FEATURES}


def _constant(found: xr.Dataset, kind: str) -> xr.DataArray:
    """Change over gradient in bands, at the smaller of their gradients."""
    return found[f"{kind}_band_change"].sel(band_gradient=_TINY) / _TINY


def _high(found: xr.Dataset) -> xr.DataArray:
    """Change in the bands from 1 kHz on, over (sound, features)."""
    change = found["sound_band_change"].sel(band_gradient=_SMALL)
    return change.isel(band=np.flatnonzero(found["band"] >= _HIGH * 0.999)).mean("band")


def _theory(found: xr.Dataset) -> xr.DataArray:
    """The constant of a steady tone: ``r / (√2 κ)`` under wavelets, ``2 π f d`` in the modulus.

    r is the root mean square of the displacement's slope and d that of the displacement, per unit
    of the gradient; κ is the wavelets' relative width, the standard deviation over the center. The
    tone's frequency moves through a Gaussian, and its phase swings by ``2 π f d``.
    """
    kappa = wavelet_width(1.0, 8)
    flat = found["tone_slope"] / (math.sqrt(2) * kappa) + 0 * found["band"]
    rising = 2 * math.pi * found["band"] * found["tone_displacement"]
    out: xr.DataArray = xr.concat([flat, rising], dim="features", coords="minimal")
    return out.assign_coords(features=list(FEATURES)).transpose("sound", "band", "features")


def _ranges(found: xr.Dataset) -> xr.DataArray:
    """Shift at which the change is half of its largest over 2^J, for each (sound, octaves)."""
    change = found["shift_change"]
    shifts = found["length"].to_numpy()
    scales = 2.0 ** found["octaves"].to_numpy()
    values = [
        [invariance_range(shifts, line, line.max() / 2) / scale
         for line, scale in zip(of_sound, scales, strict=True)]
        for of_sound in change.to_numpy()
    ]  # fmt: skip
    return change.isel(length=0, drop=True).copy(data=np.array(values))


def _typical(values: xr.DataArray, over: str) -> np.ndarray:
    """Geometric mean."""
    logs = values.copy(data=np.log(values.to_numpy()))
    return np.asarray(np.exp(logs.mean(over).to_numpy()))


def _mean(values: xr.DataArray | np.ndarray) -> float:
    return float(np.mean(np.asarray(values)))


def _sentence(effects: Sequence[Effect], octaves: int) -> str:
    by = {effect.name: effect for effect in effects}
    slope = "slope of the change, {}, sounds"
    growth = "growth of the constant, {}, sounds"
    high = "change at a gradient of 0.01, from 1 kHz, {}"
    return (
        "The change of scattering grows with the gradient of the deformation to the power of "
        f"{by[slope.format(_SCATTERING)].value:.2f} on sounds and "
        f"{by[slope.format(_SCATTERING).replace('sounds', 'pictures')].value:.2f} on pictures. Its "
        f"constant goes with frequency to the power of {by[growth.format(_SCATTERING)].value:.2f}, "
        f"that of the Fourier modulus to {by[growth.format(_FOURIER)].value:.2f}: at a gradient of "
        "0.01, sounds from 1 kHz on change by "
        f"{100 * by[high.format(_SCATTERING)].value:.1f} % under scattering and by "
        f"{100 * by[high.format(_FOURIER)].value:.0f} % under the Fourier modulus. A shift leaves "
        "the Fourier modulus (a law); the change of scattering reaches half of its largest at "
        f"{by[f'range over 2^J, J = {octaves}'].value:.1f} times 2^J (J = {octaves})."
    )
