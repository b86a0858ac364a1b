"""Rotation and scale: which filters turn and grow with a picture, and how exactly on a grid."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, decibels_of, estimated, largest_mean
from invarsig.experiments.expectations import Expectation, Limited, above, below
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.laws import Law
from invarsig.experiments.nulls import shuffled
from invarsig.experiments.turning_filters import (
    errors_and_floors,
    errors_of,
    grown_operators,
    growths_of,
    phase_errors,
    quarter_turn_and_flips,
    random_layers,
    strided_errors,
    turned_operators,
    turns_of,
)

__all__ = ["RotationAndScale"]

_EXACT = -240.0  # dB: 1e-12

# Names in the figures of what is rotated by many angles.
_TURNED: Final[dict[str, str]] = {
    "plain": "plain layers",
    "p4": "p4 layers",
    "pooled": "p4 layers, maximum over turns",
    "harmonic": "moduli of circular harmonics",
    "steerable": "steerable, 8 orientations",
}
# Grid and center of a quarter turn after a stride of 2.
_CENTERS: Final[dict[str, str]] = {
    "kept": "even array, about a sample that is kept",
    "odd": "odd array, about its middle",
    "even": "even array, about its middle",
    "arrays": "even array, turned by index",
    "picture": "even array, turned by index, every second pixel",
    "noise": "even array, turned by index, every second of white noise",
}
_BANKS: Final[dict[str, str]] = {"plain": "one width", "scales": "log2 axis of widths"}
_WORST = "largest error of moduli of harmonics, steerable filters and the axis of widths"


class RotationAndScale(Experiment):
    """Plain, group and harmonic filters under turns, flips and dilations of pictures."""

    name: ClassVar[str] = "rotation-and-scale"
    number: ClassVar[int] = 12
    claim: ClassVar[str] = (
        "Convolution is not equivariant to rotation and scale; group convolutions over quarter "
        "turns and flips, circular harmonic filters and banks over scales are."
    )
    question: ClassVar[str] = (
        "How far from equivariant is each when a picture turns, flips or grows, and how exact does "
        "the grid let it be?"
    )
    design: ClassVar[str] = (
        "The middle 112 x 112 pixels of photographs and textures. Layers: two convolutions of "
        "random 5 x 5 kernels without a mean (3 features each), rectified between; plain, and as "
        "group convolutions over p4 (quarter turns) and p4m (and flips). Filters: moduli of "
        "circular harmonics of orders 0 to 3 and steerable second derivatives at 8 orientations, "
        "of 1.5 px; each order is held against its own output, since order 0 is a blur next to "
        "whose brightness the others are small, and errors are root mean squares over orders. "
        "Beside the moduli stand the harmonics themselves, whose phase turns along. Pictures "
        "turn about their middle by 10 to 90 degrees, on quintic splines, and orientations turn "
        "along; both ways round the square are compared where no border is seen, relative to the "
        "output without its mean, beside the floor: what turning there and back costs. With a "
        "stride of 2 in the first layer quarter turns are about a sample that is kept, the "
        "middle of an odd and of an even array, and arrays are turned by their indices. "
        "Dilations by 1/4 to 1 octave of the middle 176 x 176 pixels: a Laplacian of a Gaussian "
        "of 2 px, and of 9 widths from 1 to 4 px on a log2 axis of 1/4 octave, which moves by as "
        "many octaves. That plain filters are not "
        "equivariant and that group convolutions are is no question of data; what can come out "
        "either way is how far filters get by their form, at 45 degrees and at an octave, so the "
        "largest of their errors decides, and within limits that of the steerable second "
        "derivatives, which are harmonics of orders 0 and 2."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _WORST: below(-40, "dB"),
        **{
            f"error, {_TURNED['plain']}, {angle} degrees": above(-20, "dB")
            for angle in (10, 45, 90)
        },
        f"error, {_BANKS['plain']}, 1 octave": above(-20, "dB"),
        f"error, stride 2, {_CENTERS['even']}": below(_EXACT, "dB"),
        **{
            f"error above the floor, {_TURNED[operator]}, 45 degrees": below(6, "dB")
            for operator in ("harmonic", "steerable")
        },
        f"error, {_BANKS['scales']}, 1 octave": below(-40, "dB"),
        f"error above the floor, {_BANKS['scales']}, 1 octave": below(6, "dB"),
    }
    limited: ClassVar[Limited | None] = Limited(
        "for steerable second derivatives", f"error, {_TURNED['steerable']}, 45 degrees"
    )
    headline: ClassVar[str] = (
        "Of filters that turn or grow by their form, the one that errs most errs by {value} at 45 "
        "degrees or an octave; steerable second derivatives err by {limited}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Cohen & Welling (2016), Group equivariant convolutional networks, arXiv:1602.07576.",
        "Worrall et al. (2017), Harmonic networks, arXiv:1612.04642.",
        "Freeman & Adelson (1991), The design and use of steerable filters, doi:10.1109/34.93808.",
        "Lindeberg (1998), Automatic scale selection, doi:10.1023/A:1008045108935.",
    )
    parts: ClassVar[tuple[str, ...]] = ("images", "textures")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure errors and floors for each picture: turned, flipped, strided and dilated."""
        side, wide, most = (80, 160, 3) if self.reduced else (112, 176, None)
        angles = (10.0, 45.0, 90.0) if self.reduced else (10.0, 15.0, 30.0, 45.0, 70.0, 90.0)
        octaves = (1.0,) if self.reduced else (0.25, 0.5, 0.75, 1.0)
        paths = [*data.paths("images", at_least=2), *data.paths("textures")][:most]
        layers = random_layers(rng, 1)
        strided = random_layers(np.random.default_rng(self.seed), 2)["p4"]
        turned, phases, grown, group, centers = [], [], [], [], []
        for place, path in enumerate(paths):
            progress(path.stem, place / len(paths))
            x, large = (data.picture(path, each) for each in (side, wide))
            noise = x.copy(data=rng.standard_normal(x.shape))
            turns, growths = turns_of(x, angles), growths_of(large, octaves)
            turned.append([errors_and_floors(op, x, turns) for op in turned_operators(layers)])
            phases.append(phase_errors(x, angles))
            grown.append([errors_and_floors(op, large, growths) for op in grown_operators()])
            group.append([errors_of(layers[name], x, quarter_turn_and_flips(x)) for name in layers])
            centers.append(strided_errors(strided, x, noise))
        return xr.Dataset(
            {
                **_pair("turn", ("picture", "operator", "angle"), np.array(turned)),
                **_pair("growth", ("picture", "bank", "octaves"), np.array(grown)),
                "phase_error": (("picture", "angle"), np.array(phases)),
                "group_error": (("picture", "layers", "move"), np.array(group)),
                "stride_error": (("picture", "center"), np.array(centers)),
            },
            coords={
                "picture": [path.stem for path in paths],
                "operator": list(_TURNED),
                "angle": ("angle", list(angles), {"units": "degrees"}),
                "bank": list(_BANKS),
                "octaves": ("octaves", list(octaves), {"units": "octave"}),
                "layers": list(layers),
                "move": ["quarter turn", "flip along x", "flip along y"],
                "center": list(_CENTERS),
            },
        )

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Say what turns and grows with the picture, and how exactly."""
        turn, growth, group, stride = (
            decibels_of(found[f"{name}_error"]) for name in ("turn", "growth", "group", "stride")
        )
        over = {name: _above_floor(found, name) for name in ("turn", "growth")}

        def of(name: str, values: xr.DataArray) -> Effect:
            return estimated(name, "dB", values, of="pictures", rng=rng)

        def turned(operator: str, angle: float) -> Effect:
            name = f"error, {_TURNED[operator]}, {angle:g} degrees"
            return of(name, turn.sel(operator=operator, angle=angle))

        def grown(bank: str) -> Effect:
            return of(f"error, {_BANKS[bank]}, 1 octave", growth.sel(bank=bank, octaves=1.0))

        flips = ["flip along x", "flip along y"]
        worst = np.stack(
            [
                *(turn.sel(operator=each, angle=45.0) for each in ("harmonic", "steerable")),
                growth.sel(bank="scales", octaves=1.0),
            ],
            axis=1,
        )
        effects = [
            estimated(_WORST, "dB", worst, of="pictures", rng=rng, statistic=largest_mean),
            *(turned("plain", angle) for angle in (10, 45, 90)),
            of("error, p4 layers, flips", group.sel(layers="p4", move=flips).max("move")),
            *(of(f"error, stride 2, {_CENTERS[center]}", stride.sel(center=center))
              for center in ("even", "arrays", "picture", "noise")),
            turned("p4", 45),
            turned("pooled", 45),
        ]  # fmt: skip
        for operator in ("harmonic", "steerable"):
            more = over["turn"].sel(operator=operator, angle=45.0)
            effects += [
                turned(operator, 45),
                of(f"error above the floor, {_TURNED[operator]}, 45 degrees", more),
            ]
        phase = decibels_of(found["phase_error"]).sel(angle=45.0)
        effects.append(of("error, circular harmonics, phase turned along, 45 degrees", phase))
        more = over["growth"].sel(bank="scales", octaves=1.0)
        effects += [
            grown("plain"),
            grown("scales"),
            of(f"error above the floor, {_BANKS['scales']}, 1 octave", more),
        ]
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle which filters are which, anew for each picture."""
        found = shuffled(found, ["turn_error"], "operator", rng, unit="picture")
        return shuffled(found, ["growth_error"], "bank", rng, unit="picture")

    def laws(self, found: xr.Dataset) -> Sequence[Law]:
        """Group convolutions are equivariant to their own group."""
        turn, group, stride = (
            decibels_of(found[f"{name}_error"]) for name in ("turn", "group", "stride")
        )
        bound = below(_EXACT, "dB")
        return (
            Law.of("p4 layers turn with the picture, by quarter turns",
                   turn.sel(operator="p4", angle=90.0), bound),
            Law.of("p4m layers turn and flip with the picture", group.sel(layers="p4m"), bound),
            Law.of("with a stride of 2 p4 layers turn about a sample that is kept, and about the "
                   "middle of an odd array", stride.sel(center=["kept", "odd"]), bound),
        )  # fmt: skip

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Errors against angle, after a stride, and against the factor of a dilation."""
        return [
            _drawn_turns(self.name, found),
            _drawn_centers(self.name, found),
            _drawn_growth(self.name, found),
        ]


def _pair(name: str, dims: tuple[str, ...], values: np.ndarray) -> dict[str, xr.DataArray]:
    """Errors and their floors."""
    return {
        f"{name}_{what}": xr.DataArray(values[..., place], dims=dims)
        for place, what in enumerate(("error", "floor"))
    }


def _above_floor(found: xr.Dataset, name: str) -> xr.DataArray:
    """By how much the error exceeds the cost of the interpolation, in dB."""
    return decibels_of(found[f"{name}_error"]) - decibels_of(found[f"{name}_floor"])


def _drawn_turns(name: str, found: xr.Dataset) -> Figure:
    shown = -130.0
    error, floor = (
        decibels_of(found[f"turn_{what}"]).mean("picture") for what in ("error", "floor")
    )
    angles = found["angle"].to_numpy()
    lines = []
    for operator in ("plain", "p4", "harmonic", "steerable"):
        level = error.sel(operator=operator).to_numpy()
        lines.append(charts.Curve(_TURNED[operator], angles, np.maximum(level, shown)))
    phase = decibels_of(found["phase_error"]).mean("picture").to_numpy()
    level = floor.sel(operator="steerable").to_numpy()
    level = np.where(level > _EXACT, level, np.nan)
    lines += [
        charts.Curve("harmonics, phase turned along", angles, np.maximum(phase, shown)),
        charts.Curve(f"floor, {_TURNED['steerable']}", angles, level),
    ]
    text = "; ".join(
        f"{words} {float(error.sel(operator=operator, angle=45.0)):.1f} dB"
        for operator, words in _TURNED.items()
    )
    return Figure(
        "Pictures that turn",
        "Mean over the pictures; at 90 degrees the exact ones, which err by round-off, are drawn "
        f"at {shown:g} dB. The floor is what turning there and back costs in the same place.",
        charts.curves(
            f"{name}-turns", lines, x_label="angle, degrees", y_label="equivariance error, dB",
            y_range=(shown - 8, 12),
            alternative=f"Error against the angle of a turn; at 45 degrees: {text}. At 90 degrees "
            "plain layers err as before, and all others by round-off.",
        ),
    )  # fmt: skip


def _drawn_centers(name: str, found: xr.Dataset) -> Figure:
    rng = np.random.default_rng(0)
    rows, texts = [], []
    for center, words in _CENTERS.items():
        values = found["stride_error"].sel(center=center)
        each = estimated(words, "1", values, of="pictures", rng=rng)
        exact = each.value < 1e-12
        rows.append(
            charts.Interval(f"{words}{': exact' if exact else ''}", each.value, each.low, each.high)
        )
        texts.append(f"{words}: {'exact' if exact else f'{each.value:.2f}'}")
    return Figure(
        "A quarter turn after a stride of 2",
        "p4 layers, and below them plain subsampling; means with 95 % intervals over pictures. A "
        "turn is exact if it takes the samples that are kept to samples that are kept.",
        charts.intervals(
            f"{name}-centers", rows, x_label="equivariance error, relative",
            marks=((math.sqrt(2), "unrelated: √2"),),
            alternative=f"Relative error of a quarter turn: {'; '.join(texts)}.",
        ),
    )  # fmt: skip


def _drawn_growth(name: str, found: xr.Dataset) -> Figure:
    error, floor = (decibels_of(found[f"growth_{what}"]) for what in ("error", "floor"))
    factors = 2.0 ** found["octaves"].to_numpy()
    lines = [
        charts.Curve(f"{what}{words}", factors, values.sel(bank=bank).mean("picture").to_numpy())
        for bank, words in _BANKS.items()
        for what, values in (("", error), ("floor, ", floor))
    ]
    text = "; ".join(
        f"{words} {float(error.sel(bank=bank, octaves=1.0).mean()):.1f} dB (floor "
        f"{float(floor.sel(bank=bank, octaves=1.0).mean()):.1f} dB)"
        for bank, words in _BANKS.items()
    )
    return Figure(
        "Pictures that grow",
        "Normalised Laplacians of Gaussians, mean over the pictures. Along an axis of widths the "
        "response moves by as many octaves as the picture grows.",
        charts.curves(
            f"{name}-growth", lines, x_label="factor", y_label="equivariance error, dB",
            alternative=f"Error against the factor of a dilation; at an octave: {text}.",
        ),
    )  # fmt: skip


def _sentence(effects: Sequence[Effect]) -> str:
    value = {effect.name: effect.value for effect in effects}

    def turned(operator: str, angle: int) -> str:
        return f"{value[f'error, {_TURNED[operator]}, {angle} degrees']:.1f} dB"

    def strided(center: str) -> str:
        return f"{value[f'error, stride 2, {_CENTERS[center]}']:.1f} dB"

    return (
        f"Plain layers err by {turned('plain', 10)} at 10 degrees and by {turned('plain', 90)} at "
        f"90. p4 layers turn exactly by quarter turns, p4m layers flip as well, and p4 layers turn "
        "with a stride of 2 about a sample that is kept (laws); about the middle of an even array "
        f"they err by {strided('even')}, and by {strided('arrays')} if arrays are turned by index. "
        f"At 45 degrees p4 layers err by {turned('p4', 45)}, steerable "
        f"filters by {turned('steerable', 45)}, moduli of circular harmonics by "
        f"{turned('harmonic', 45)} and the harmonics themselves, their phase turned along, by "
        f"{value['error, circular harmonics, phase turned along, 45 degrees']:.1f} dB. When a "
        "picture grows by an octave a bank of one width errs by "
        f"{value['error, one width, 1 octave']:.1f} dB, and on a log2 axis of widths by "
        f"{value['error, log2 axis of widths, 1 octave']:.1f} dB."
    )
