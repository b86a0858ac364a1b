"""Transposition: on which axis of frequency a change of pitch becomes a translation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import ClassVar

import numpy as np
import xarray as xr

from invarsig.actions import Transpose
from invarsig.errors import ReadError
from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, decibels_of, estimated
from invarsig.experiments.expectations import Expectation, Limited, above, below
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.note_spectra import AXES, HOPS, Note, loudest
from invarsig.experiments.nulls import shuffled
from invarsig.experiments.units import sources_of

__all__ = ["Transposition"]

_SEMITONES, _HERTZ = (1.0, 2.5, 3.0, 7.0), (50.0, 100.0)
_SMALL = -20.0  # dB: a tenth of the amplitude
_PLAYED = "played anew, error on the log axis"
_RESAMPLED = "transposed, error on the log axis"


class Transposition(Experiment):
    """Notes transposed, shifted in frequency, and played anew: where this is a translation."""

    name: ClassVar[str] = "transposition"
    number: ClassVar[int] = 1
    claim: ClassVar[str] = "On a log-frequency axis a change of pitch is a translation."
    question: ClassVar[str] = (
        "How nearly is the spectrum of a note at another pitch the spectrum of the note, moved "
        "along a linear, a mel, an ERB-rate and a logarithmic axis of frequency, if the note is "
        "transposed by resampling, shifted by some hertz, or really played at the other pitch?"
    )
    design: ClassVar[str] = (
        "Single notes of cello, piano, saxophone and marimba, three or four of each between 130 "
        "and 523 Hz, the loudest 0.8 s, become magnitudes on four axes: constant-Q from an octave "
        "below the note to 8.5 kHz (36 bins in an octave, windows of 17 periods, hop 16), a "
        "spectrogram (Hann, 2048 samples, hop 256), and 128 mel and 96 ERB triangles over its "
        "bins. The waveform is transposed by 1, 2.5 (between bins), 3 and 7 semitones about the "
        "middle; the result is compared, within 0.1 s of the middle, with that of the note itself, "
        "its time dilated as much and moved along frequency by the one length that fits best. The "
        "error is relative to the result without its mean. The lengths tried end at nine tenths of "
        "the way down from the fundamental to the lower end of the axis. In contrast the waveform "
        "is shifted by 50 and 100 Hz. Last, the mean spectrum of the note is moved to meet that of "
        "the next higher note of the instrument in the collection, 2 to 7 semitones away and "
        "played anew, level free. The instrument is the unit. Pitch changes "
        "as a musician changes it, so notes played anew decide; within limits the waveform is "
        "resampled."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PLAYED: below(_SMALL, "dB"),
        **{
            f"transposed, log axis below {words}": above(10, "dB")
            for words in ("linear", "mel", "ERB-rate")
        },
        "transposed, length off the interval": below(5, "cent"),
    }
    limited: ClassVar[Limited | None] = Limited("for a note that is resampled", _RESAMPLED)
    headline: ClassVar[str] = (
        "Moved along a log-frequency axis, the spectrum of a note meets that of the note played at "
        "another pitch up to {value}, and that of the note resampled up to {limited}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Brown (1991), Calculation of a constant Q spectral transform, doi:10.1121/1.400476.",
        "Fletcher & Rossing (1998), The physics of musical instruments: resonances that stay.",
    )
    parts: ClassVar[tuple[str, ...]] = ("instruments",)

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure how far from a translation each change of each note is, on each axis."""
        each = 1 if self.reduced else 4
        semitones = (2.5, 3.0) if self.reduced else _SEMITONES
        hertz = _HERTZ[:1] if self.reduced else _HERTZ
        notes = _chosen(data, each)[: 3 if self.reduced else None]
        if not notes:
            raise ReadError(
                f"{data.folder / 'instruments'} holds no two notes of an instrument that are 2 to "
                "7 semitones apart, the lower one between MIDI numbers 48 and 72; give more notes."
            )
        rows = []
        for place, (name, midi, following) in enumerate(notes):
            progress(f"{name}_{midi:03}", place / len(notes))
            rows.append(_measured(data, (name, midi, following), semitones, hertz))
        found = xr.concat(rows, "note", join="exact", coords="different", compat="equals")
        first = next((note for note in notes if note[0] == "cello"), notes[0])
        return found.assign(_example(data, first)).assign_attrs(
            example=f"{first[0]}, notes {first[1]} and {first[2]}",
            semitones=float(first[2] - first[1]),
        )

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Compare the log axis with the others, and resampled notes with played ones."""
        turned = decibels_of(found["transposed_error"])
        shifted = decibels_of(found["shifted_error"]).mean("hertz")
        played = decibels_of(found["played_error"])
        hops = decibels_of(found["hop_error"]).mean("semitones")
        cents = 1200 * abs(found["transposed_length"] - found["semitones"] / 12)

        instruments = sources_of(found["note"].to_numpy())

        def of(name: str, unit: str, values: xr.DataArray) -> Effect:
            return estimated(
                name, unit, values.to_numpy(), of="instruments", rng=rng, units=instruments
            )

        log = turned.sel(axis="octave").mean("semitones")
        effects = [
            of(_RESAMPLED, "dB", log),
            *(
                of(
                    f"transposed, log axis below {words}", "dB",
                    turned.sel(axis=axis).mean("semitones") - log,
                )
                for axis, words in (("hertz", "linear"), ("mel", "mel"), ("erb", "ERB-rate"))
            ),
            of("transposed, length off the interval", "cent", cents.max("semitones")),
            of(_PLAYED, "dB", played.sel(axis="octave")),
            of(
                "played anew, log axis below linear", "dB",
                played.sel(axis="hertz") - played.sel(axis="octave"),
            ),
            of(
                "played anew, share that fits best within 50 cents of the interval", "1",
                abs(found["played_length"] - found["played_interval"]) < 50 / 1200,
            ),
            of("shifted in hertz, error on the linear axis", "dB", shifted.sel(axis="hertz")),
            of(
                "shifted in hertz, linear axis below log", "dB",
                shifted.sel(axis="octave") - shifted.sel(axis="hertz"),
            ),
            of(
                "log axis, hop of 128 in place of 16 samples", "dB",
                hops.sel(hop=128) - hops.sel(hop=16),
            ),
        ]  # fmt: skip
        return effects, _sentence(effects, found)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Shuffle the axes of frequency, anew for each note."""
        names = ["played_error", "transposed_error"]
        return shuffled(found, names, "axis", rng, unit="note")

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Errors on the axes, played spectra beside the moved one, and the effect of the hop."""
        return [_errors_figure(found), _spectra_figure(found), _hops_figure(found)]


def _chosen(data: Collection, each: int) -> list[tuple[str, int, int]]:
    """Notes of each instrument, evenly over two octaves, with the next one that was played."""
    chosen = []
    for name in sorted({name for name, _, _ in data.notes()}):
        every = sorted(midi for _, midi, _ in data.notes(name))
        able = [(a, b) for a, b in pairwise(every) if 48 <= a <= 72 and 2 <= b - a <= 7]
        if not able:
            continue
        places = np.unique(np.linspace(0, len(able) - 1, each + 2).round().astype(int)[1:-1])
        chosen += [(name, *able[place]) for place in places]
    return chosen


def _measured(
    data: Collection,
    chosen: tuple[str, int, int],
    semitones: Sequence[float],
    hertz: Sequence[float],
) -> xr.Dataset:
    """Errors of one note under every change, on every axis."""
    name, midi, following = chosen
    note = Note.of(loudest(data, name, midi), midi)
    moved, hops = zip(*(note.transposed(interval) for interval in semitones), strict=True)
    played = np.array(note.played(loudest(data, name, following)))
    return xr.Dataset(
        {
            "transposed_error": (("semitones", "axis"), np.array(moved)[..., 0]),
            "transposed_length": ("semitones", np.array(moved)[:, 0, 1], {"units": "octave"}),
            "shifted_error": (("hertz", "axis"), np.array([note.shifted(h) for h in hertz])),
            "played_error": ("axis", played[:, 0]),
            "played_length": ((), played[0, 1], {"units": "octave"}),
            "played_interval": ((), (following - midi) / 12, {"units": "octave"}),
            "hop_error": (("semitones", "hop"), np.array(hops)),
        },
        coords={
            "note": f"{name}_{midi:03}",
            "following": f"{name}_{following:03}",
            "semitones": ("semitones", list(semitones), {"units": "semitone"}),
            "axis": list(AXES),
            "hertz": ("hertz", list(hertz), {"units": "Hz"}),
            "hop": ("hop", list(HOPS), {"units": "sample"}),
        },
    )


def _example(data: Collection, chosen: tuple[str, int, int]) -> dict[str, xr.DataArray]:
    """Mean spectra on the log axis in dB: a note, resampled to the next one, and that one."""
    name, midi, following = chosen
    note, other = Note.of(loudest(data, name, midi), midi), loudest(data, name, following)
    action = Transpose.in_semitones(following - midi, origin=note.origin)
    three = {"plain": note.x, "resampled": action(note.x), "played": other}
    out = {}
    for key, x in three.items():
        spectrum = note.spectrum(x, "octave").rename(octave="example_frequency")
        level = decibels_of(spectrum / spectrum.max())
        level["example_frequency"].attrs = {"units": "Hz", "scale": "log2"}
        out[f"example_{key}"] = level
    return out


def _summed(values: xr.DataArray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Median over the notes, and the middle half of them."""
    found = values.transpose("note", ...).to_numpy()
    low, middle, high = np.percentile(found, [25, 50, 75], axis=0)
    return middle, low, high


def _errors_figure(found: xr.Dataset) -> Figure:
    kinds = {
        "transposed": decibels_of(found["transposed_error"]).mean("semitones"),
        "shifted by some hertz": decibels_of(found["shifted_error"]).mean("hertz"),
        "played anew": decibels_of(found["played_error"]),
    }
    rows, words = [], []
    for kind, errors in kinds.items():
        for axis, name in AXES.items():
            middle, low, high = (float(each) for each in _summed(errors.sel(axis=axis)))
            rows.append(charts.Interval(name, middle, low, high, kind))
            words.append(f"{kind} on {name} {middle:.0f} dB")
    return Figure(
        "What is left when the spectrum of the note is moved to fit",
        "Median over the notes and the middle half of them. Left is better; to the right of 0 dB "
        "more is wrong than there is.",
        charts.intervals(
            "transposition-errors", rows, x_label="error of the best translation, dB",
            marks=((_SMALL, "a tenth"),), alternative=f"Median error: {'; '.join(words)}.",
        ),
    )  # fmt: skip


def _spectra_figure(found: xr.Dataset) -> Figure:
    hertz = found["example_frequency"].to_numpy()
    shown = hertz <= 5000
    steps = found.attrs["semitones"]
    moved = hertz * 2 ** (steps / 12)
    lines = [
        charts.Curve("low note, moved along the axis", moved, found["example_plain"]),
        charts.Curve("low note, resampled", hertz, found["example_resampled"]),
        charts.Curve("high note, really played", hertz, found["example_played"]),
    ]
    lines = [
        charts.Curve(line.label, np.asarray(line.x)[shown], np.asarray(line.y)[shown])
        for line in lines
    ]
    apart = np.abs(np.asarray(lines[1].y) - np.asarray(lines[2].y))[np.asarray(lines[1].y) > -40]
    return Figure(
        f"Partials move, resonances stay ({found.attrs['example']})",
        "Mean spectra, the strongest bin at 0 dB. The moved and the resampled note lie on one "
        "another; the played one has its partials at the same places, at other levels.",
        charts.curves(
            "transposition-spectra", lines, x_label="frequency, Hz", y_label="level, dB",
            x_scale="log2", y_range=(-60, 3),
            alternative="Where the resampled note lies above -40 dB, the played note is "
            f"{apart.mean():.1f} dB away from it on average.",
        ),
    )  # fmt: skip


def _hops_figure(found: xr.Dataset) -> Figure:
    lines, words = [], []
    errors = decibels_of(found["hop_error"]).mean("semitones")
    for name, each in _by_instrument(errors).items():
        level = each.mean("note").to_numpy()
        lines.append(charts.Curve(name, HOPS, level))
        words.append(f"{name} {level[0]:.0f} to {level[-1]:.0f} dB")
    return Figure(
        "What limits the log axis: the hop",
        "Transposed notes on the constant-Q axis. Transposition also dilates time, and between "
        "frames that lie too far apart the dilation cannot be read off.",
        charts.curves(
            "transposition-hops", lines, x_label="hop, samples", x_scale="log2",
            y_label="error, dB",
            alternative=f"From hop {HOPS[0]} to {HOPS[-1]} samples: {'; '.join(words)}.",
        ),
    )  # fmt: skip


def _by_instrument(values: xr.DataArray) -> dict[str, xr.DataArray]:
    """Values of the notes of each instrument."""
    names = np.array([str(note).rpartition("_")[0] for note in values["note"].to_numpy()])
    return {str(name): values.isel(note=np.flatnonzero(names == name)) for name in np.unique(names)}


def _sentence(effects: Sequence[Effect], found: xr.Dataset) -> str:
    by = {effect.name: effect.value for effect in effects}
    played = _by_instrument(decibels_of(found["played_error"].sel(axis="octave")))
    each = ", ".join(f"{name} {float(level.mean()):.1f}" for name, level in played.items())
    return (
        "Of a note that is transposed by resampling, a translation along the log axis leaves "
        f"{by['transposed, error on the log axis']:.1f} dB, which is "
        f"{by['transposed, log axis below linear']:.1f} dB less than along the linear, "
        f"{by['transposed, log axis below mel']:.1f} dB less than along the mel and "
        f"{by['transposed, log axis below ERB-rate']:.1f} dB less than along the ERB-rate axis. "
        "Of a note that is really played at the other pitch it leaves "
        f"{by['played anew, error on the log axis']:.1f} dB on average ({each}): partials move, "
        "their levels do not move with them. A shift by some hertz is a translation along the "
        f"linear axis ({by['shifted in hertz, error on the linear axis']:.1f} dB) and not along "
        f"the log axis ({by['shifted in hertz, linear axis below log']:.1f} dB more)."
    )
