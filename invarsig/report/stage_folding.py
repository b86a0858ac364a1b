"""What folds at each strided stage: read from the tree, in rows of a table and in sentences."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from invarsig.report.headline import SMALL
from invarsig.report.reading import ROUND_OFF, AxisReading
from invarsig.report.stage_words import MINOR
from invarsig.report.wording import band, capital, percent, quantity, shortened, typeset
from invarsig.spectra.folded_bands import CENTRAL, Band

__all__ = ["StageFolding", "stage_folding_rows", "stage_folding_sentences"]

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
        if not names or not reading.has("fold_stride"):
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


def stage_folding_sentences(reading: AxisReading) -> list[str]:
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
    found += [_sentence(each, reading, part) for each in folding[:_SAID]]
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


def _sentence(stage: StageFolding, reading: AxisReading, part: str) -> str:
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


def stage_folding_rows(reading: AxisReading) -> list[dict[str, str]]:
    """Rows of the table of strided stages."""
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
            "stage": typeset(f"{each.number}. {shortened(each.name, 72)}"),
            "keeps": typeset(f"keeps 1 sample in {each.stride}: {quantity(each.rate, unit)}"),
            "share": _share(each.share),
            "strongest": typeset(strongest),
            "images": typeset(_named(each)) if each.folds else "",
        }
        for key, name in _CLASSES.items():
            row[key] = _share(each.classes.get(name, math.nan))
        found.append(row)
    return found


_CLASSES = {"tangled": "tangled", "aliased": "aliased", "kept": "non-aliased", "none": "no pass"}


def _share(value: float) -> str:
    if not math.isfinite(value):
        return "not known"
    return typeset(percent(value if value > ROUND_OFF**2 else 0.0))


def _named(stage: StageFolding) -> str:
    """The images and their shares, in a line."""
    sign = "" if stage.about_center else "\N{PLUS-MINUS SIGN}"
    named = [each for each in stage.images[:_NAMED] if each[1] >= SMALL]
    said = [f"image {sign}{image}: {percent(part)}" for image, part in named]
    rest = sum(part for _, part in stage.images[len(named) :])
    return ", ".join([*said, f"others: {percent(rest)}"] if rest >= SMALL else said)
