"""What folds at each strided stage along one axis: words, small charts and a table."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from invarsig.report.colours import ROLES
from invarsig.report.drawing import (
    BESIDE,
    PANEL,
    TEXT,
    Drawing,
    axes_at,
    canvas,
    draw_line,
    drawn,
    in_unit,
    legend,
    locator,
    prefixed,
    settle,
)
from invarsig.report.limits import MINOR, ROUND_OFF, SMALL
from invarsig.report.reading import AxisReading
from invarsig.report.section import Cell, Row, Section, Table
from invarsig.report.wording import band, capital, percent, quantity, shortened, typeset
from invarsig.spectra.folded_bands import CENTRAL, Band

__all__ = ["SECTION", "StageFolding", "stage_foldings"]

# What a strided stage is told by: one piece, of which nothing is told where a part is absent.
_NEEDED = tuple(
    f"fold_{name}"
    for name in (
        "stride", "rate", "explained", "about_center", "share", "strongest", "strongest_share",
        "from", "onto", "energy", "image", "class", "class_power", "place", "spectrum",
    )
)  # fmt: skip

# So many stages are put into sentences; the table has all.
_SAID = 3

# So many images are named in a row of the table; the others are added up.
_NAMED = 3


@dataclass(frozen=True)
class StageFolding:
    """What folds at one strided stage.

    Parameters
    ----------
    number, name
        Of the stage.
    stride
        Its own stride, in samples that it is given.
    rate
        Sampling rate of its output, in the axis' frequency unit.
    explained
        Whether folding is what it does wrong; if not, nothing below is known.
    about_center
        Whether frequencies count from the centres of complex channels.
    share
        Folded energy, relative to the output of the stage without its mean.
    images
        Share of each image in the folded energy, largest first; image m and -m together where the
        channels are real.
    strongest
        The image that has most of it, and its bands; None where nothing folds.
    classes
        Share of the power at frequencies of each class, by its name.
    places, kept, folded
        Frequencies of the output, and the power at each that stays and that folds.
    """

    number: int
    name: str
    stride: int
    rate: float
    explained: bool
    about_center: bool
    share: float
    images: tuple[tuple[int, float], ...]
    strongest: Band | None
    classes: dict[str, float]
    places: np.ndarray
    kept: np.ndarray
    folded: np.ndarray

    @property
    def folds(self) -> bool:
        """Whether more than round-off folds."""
        return self.share > ROUND_OFF**2 and self.strongest is not None

    @classmethod
    def all_of(cls, reading: AxisReading) -> list[StageFolding]:
        """Read every strided stage of an axis node; none where nothing is known of them."""
        names = reading.words("operator")
        if not names or not all(name in reading.data.variables for name in _NEEDED):
            return []
        strides = reading.values("fold_stride")
        return [cls._of(reading, int(k), names[k]) for k in np.flatnonzero(np.isfinite(strides))]

    @classmethod
    def _of(cls, reading: AxisReading, place: int, name: str) -> StageFolding:
        def value(variable: str) -> np.ndarray:
            return np.asarray(reading.values(f"fold_{variable}")[place])

        centered = bool(value("about_center") == 1)
        strongest = None
        if np.isfinite(value("from")).all() and math.isfinite(value("strongest")):
            low, high = value("from").tolist(), value("onto").tolist()
            strongest = Band(
                int(value("strongest")), float(value("strongest_share")), tuple(low), tuple(high)
            )
        rate = float(value("rate"))
        kept, folded = value("spectrum")
        places = reading.values("fold_place") * rate
        return cls(
            number=int(reading.stage_numbers[place]),
            name=name,
            stride=int(value("stride")),
            rate=rate,
            explained=bool(value("explained") == 1),
            about_center=centered,
            share=float(value("share")),
            images=_images(reading.values("fold_image"), value("energy"), centered),
            strongest=strongest,
            classes=dict(zip(reading.words("fold_class"), value("class_power"), strict=True)),
            places=places,
            kept=kept,
            folded=folded,
        )


def _images(
    numbers: np.ndarray, energy: np.ndarray, centered: bool
) -> tuple[tuple[int, float], ...]:
    """Share of each image in the folded energy, the largest first."""
    found: dict[int, float] = {}
    for number, power in zip(numbers.tolist(), energy.tolist(), strict=True):
        image = int(number) if centered else abs(int(number))
        if image and math.isfinite(power):
            found[image] = found.get(image, 0.0) + power
    whole = sum(found.values())
    if not whole > 0:
        return ()
    parts = [(image, power / whole) for image, power in found.items() if power > 0]
    return tuple(sorted(parts, key=lambda each: (-each[1], abs(each[0]))))


def _sentences(reading: AxisReading) -> list[str]:
    """Which stages fold, from which band onto which."""
    stages = StageFolding.all_of(reading)
    if len(stages) == 1 and _is_all(stages[0], reading):
        only = stages[0]
        name = shortened(only.name, 72)
        return [f"Stage {only.number}, {name}, is the only one that strides: all folds there."]
    found = [
        f"Stage {each.number}, {shortened(each.name, 72)}, does not treat every place alike: "
        "its error there is not what folds."
        for each in stages
        if not each.explained
    ]
    folding = sorted((each for each in stages if each.folds), key=lambda each: -each.share)
    part = f"{capital(reading.only_part)}: at" if reading.only_part else "At"
    found += [_said(each, reading, part) for each in folding[:_SAID]]
    silent = [each for each in stages if each.explained and not each.folds]
    none = [each for each in silent if math.isfinite(each.share)]
    if none:
        where = " and ".join(str(each.number) for each in none)
        found.append(f"At stage{'s' if len(none) > 1 else ''} {where} nothing folds.")
    return found


def _is_all(stage: StageFolding, reading: AxisReading) -> bool:
    """Whether what folds at a stage is what folds in the whole pipeline, of which is told."""
    folded, energy = reading.scalar("folded_energy"), reading.scalar("output_energy")
    return stage.folds and energy > 0 and abs(folded / energy - stage.share) <= 1e-6 * stage.share


def _said(stage: StageFolding, reading: AxisReading, part: str) -> str:
    text = (
        f"{part} stage {stage.number}, {shortened(stage.name, 72)}, {percent(stage.share)} of the "
        "energy of its output has folded"
    )
    strongest = stage.strongest
    if strongest is None:
        return f"{text}."
    source = band(*strongest.source, reading.frequency_unit)
    target = band(*strongest.target, reading.frequency_unit)
    text += (
        f"; {percent(strongest.share)} of that is image {strongest.image}: energy at {source} (the "
        f"central {percent(CENTRAL)} of it) folds onto {target}"
    )
    if stage.about_center:
        text += ", counted from the centre frequency of each channel"
    tangled = stage.classes.get("tangled", math.nan)
    if tangled >= MINOR:
        text += f". {percent(tangled)} of its power is at frequencies where several images meet"
    return f"{text}."


def _rows(reading: AxisReading) -> list[dict[str, str]]:
    """What is told of each strided stage."""
    unit = reading.frequency_unit
    found = []
    for each in StageFolding.all_of(reading):
        strongest = "nothing folds" if math.isfinite(each.share) else "not known"
        if not each.explained:
            strongest = "not explained by folding"
        elif each.folds and each.strongest is not None:
            source = band(*each.strongest.source, unit)
            strongest = f"{source} onto {band(*each.strongest.target, unit)}"
            strongest += " \N{DAGGER}" if each.about_center else ""
        row = {
            "stage": (f"{each.number}. {shortened(each.name, 72)}"),
            "keeps": (f"keeps 1 sample in {each.stride}: {quantity(each.rate, unit)}"),
            "share": _share(each.share),
            "strongest": (strongest),
            "images": (_named(each)) if each.folds else "",
        }
        for key, name in _CLASSES.items():
            row[key] = _share(each.classes.get(name, math.nan))
        found.append(row)
    return found


_CLASSES = {"tangled": "tangled", "aliased": "aliased", "kept": "non-aliased", "none": "no pass"}


def _share(value: float) -> str:
    if not math.isfinite(value):
        return "not known"
    return percent(value if value > ROUND_OFF**2 else 0.0)


def _named(stage: StageFolding) -> str:
    """The images and their shares, in a line."""
    sign = "" if stage.about_center else "\N{PLUS-MINUS SIGN}"
    named = [each for each in stage.images[:_NAMED] if each[1] >= SMALL]
    said = [f"image {sign}{image}: {percent(part)}" for image, part in named]
    rest = sum(part for _, part in stage.images[len(named) :])
    return ", ".join([*said, f"others: {percent(rest)}"] if rest >= SMALL else said)


# Power is drawn over this many decibels below the peak of the stage.
_RANGE = 60.0

_HEIGHT, _BEFORE, _BELOW = 216.0, 60.0, 46.0


def stage_foldings(reading: AxisReading, prefix: str) -> list[Drawing]:
    """Draw the folded spectrum of each strided stage, small, all in one form."""
    rows = _rows(reading)
    return [
        _drawing(reading, stage, row, f"{prefix}-{stage.number}")
        for stage, row in zip(StageFolding.all_of(reading), rows, strict=True)
        if np.isfinite(stage.kept).sum() > 1 and np.nanmax(stage.kept + stage.folded) > 0
    ]


def _drawing(
    reading: AxisReading, stage: StageFolding, row: dict[str, str], prefix: str
) -> Drawing:
    places, kept, folded = _curves(stage)
    factor, unit = prefixed(float(np.abs(places).max()), reading.frequency_unit)
    peak = float((kept + folded).max())
    figure = canvas(PANEL, _HEIGHT)
    axes = axes_at(figure, _BEFORE, _BELOW, PANEL - _BEFORE - BESIDE, _HEIGHT - _BELOW - 46)
    floor = -_RANGE - 5
    stays, folds = (
        np.maximum(10 * np.log10(np.maximum(each, peak * 1e-30) / peak), floor)
        for each in (kept, folded)
    )
    x = places * factor
    axes.fill_between(x, stays, floor, color=ROLES["line"], alpha=0.3, linewidth=0, zorder=2)
    draw_line(axes, x, stays, "line", width=1.6, label="stays")
    draw_line(axes, x, folds, "image-1", width=1.8, dashes=(4, 2), label="folds")
    axes.set_ylim(-_RANGE, 3)
    axes.set_yticks([-60, -40, -20, 0])
    axes.set_xlim(float(x[0]), float(x[-1]))
    axes.xaxis.set_major_locator(locator(4))
    axes.set_ylabel("power, dB")
    axes.set_xlabel(f"frequency{in_unit(unit)}")
    settle(axes)
    axes.yaxis.set_label_coords(-46 / (PANEL - _BEFORE - BESIDE), 0.5)
    legend(axes, columns=2)
    figure.text(
        4 / PANEL, 1 - 4 / _HEIGHT, typeset(f"{stage.number}. {shortened(stage.name, 30)}"),
        ha="left", va="top", fontsize=TEXT, color=ROLES["ink"], fontweight="bold",
    )  # fmt: skip
    text = (
        f"What folds at stage {stage.number}, {shortened(stage.name, 60)}, along {reading.dim}: "
        f"{row['share']} of the energy of its output; {row['strongest']}."
    )
    return drawn(figure, prefix, text, [])


def _curves(stage: StageFolding) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frequencies and both powers, those below 0 with those above it where channels are real."""
    kept, folded = stage.kept, stage.folded
    known = np.isfinite(kept) & np.isfinite(folded)
    if stage.about_center:
        return stage.places[known], kept[known], folded[known]
    half = stage.places.size // 2
    pairs = np.stack([kept, folded]), np.stack([kept[::-1], folded[::-1]])
    both = np.nanmean(np.where(known | known[::-1], np.stack(pairs), 0.0), axis=0)[:, half:]
    there = (known | known[::-1])[half:]
    return stage.places[half:][there], both[0][there], both[1][there]


def _table(reading: AxisReading) -> Table | None:
    rows = [
        Row(
            each["stage"],
            tuple(Cell(each[key]) for key in ("share", "strongest", *_CLASSES)),
            each["keeps"],
        )
        for each in _rows(reading)
    ]
    if not rows:
        return None
    threshold = quantity(reading.scalar("fold_threshold"), "dB")
    caption = (
        "Folded: relative to the energy of the stage's output without its mean. The last four "
        "share out the power: at its frequency two or more images are above "
        f"{threshold} of the strongest bin (tangled), one that does not belong there (aliased), "
        "the one that does (non-aliased), or none (no pass)."
    )
    if (reading.over_stage("fold_about_center") == 1).any():
        caption += " \N{DAGGER} Frequencies count from the center frequency of each channel."
    if reading.only_part:
        caption += f" All of it {reading.only_part}."
    heads = ("Stage", "Folded", "Strongest fold", "Tangled", "Aliased", "Non-aliased", "No pass")
    return Table(heads, tuple(rows), caption)


SECTION: Section[AxisReading] = Section(
    key="stage-folding",
    title="Which detail folds at which stage",
    about="axis",
    place="stages",
    unless="node_path",
    reads=(
        "operator", "fold_stride", "fold_rate", "fold_explained", "fold_about_center",
        "fold_share", "fold_strongest", "fold_strongest_share", "fold_from", "fold_onto",
        "fold_energy", "fold_image", "fold_class", "fold_class_power", "fold_place",
        "fold_spectrum", "fold_threshold", "folded_energy", "output_energy",
    ),
    when=("known", "blind"),
    sentences=_sentences,
    figures=lambda reading, look: stage_foldings(reading, look.prefix),
    table=_table,
    note=lambda reading: (
        "Power over the frequencies of each stage's output, in dB below its peak: what belongs "
        "there (filled) and what has folded onto it (dashed)."
        if reading.has("fold_spectrum")
        else ""
    ),
)  # fmt: skip
