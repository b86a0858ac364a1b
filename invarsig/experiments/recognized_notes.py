"""A note recognizer that others trained, with notes that are transposed and delayed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, estimated
from invarsig.experiments.expectations import Expectation, Limited, above
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.packaged_weights import NOTE_RECOGNIZER, OnnxNetwork, Weights
from invarsig.io import read_audio

__all__ = ["RecognizedNotes", "heard", "played_faster"]

_RATE, _SIZE = 22050.0, 43844  # Hz, and samples that are heard at once
_START, _LONGEST = 6000, 26000  # samples: where a note begins, and how much of it is played
_SEMITONES: Final = (-5, -3, -2, -1, 1, 2, 3, 5)
_DELAYS: Final = (64, 128, 1000, 3000)  # samples; a frame of the recognizer has 256
_LOWEST = 21  # the MIDI number of its first key
_PRIMARY = "transposed notes that are heard as transposed, 1 to 5 semitones"
_NEAR = "transposed notes that are heard as transposed, 1 semitone"
_DELAYED = "delayed notes that are heard as the same"


class RecognizedNotes(Experiment):
    """Basic Pitch hears notes, the same notes resampled to other pitches, and delayed ones."""

    name: ClassVar[str] = "recognized-notes"
    number: ClassVar[int] = 34
    claim: ClassVar[str] = (
        "A trained note recognizer that shares its weights along pitch hears a transposed note as "
        "transposed."
    )
    question: ClassVar[str] = (
        "When a note is resampled to sound 1 to 5 semitones higher or lower, or is delayed, does "
        "Basic Pitch hear the pitch that it hears at rest, moved along?"
    )
    design: ClassVar[str] = (
        "Recorded notes of four instruments, up to 1.2 s of each, begin after 0.27 s of silence in "
        "the two seconds that Basic Pitch hears at once. It is asked as others trained it; its "
        "layers are convolutions over a constant-Q spectrogram of three bins to the semitone, "
        "stacked at harmonics. The answer is the key, of 88, whose posterior is largest in the sum "
        "over all frames. Notes are resampled by the ratio of 1, 2, 3 and 5 semitones, up and "
        "down, or delayed by 64, 128, 1000 and 3000 samples (a frame has 256). A transposed note "
        "is heard as transposed if the key has moved by as many semitones, whether or not it was "
        "the right one at rest. The unit is the instrument."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {
        _PRIMARY: above(95, "%"),
        _DELAYED: above(95, "%"),
    }
    limited: ClassVar[Limited | None] = Limited("for transpositions by a semitone", _NEAR)
    headline: ClassVar[str] = (
        "Of notes that are transposed by up to five semitones, {value} are heard as transposed by "
        "as many, and by one semitone {limited}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        (
            "Bittner et al. (2022), A lightweight instrument-agnostic model for polyphonic note "
            "transcription, arXiv:2203.09893."
        ),
        "Riou et al. (2023), PESTO: pitch estimation by transposition, arXiv:2309.02265.",
    )
    parts: ClassVar[tuple[str, ...]] = ("instruments",)
    weights: ClassVar[tuple[Weights, ...]] = (NOTE_RECOGNIZER,)

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Keys that are heard: over (note, semitones) and (note, delay)."""
        notes = data.notes()[:: 4 if self.reduced else 1]
        recognizer = OnnxNetwork.of(NOTE_RECOGNIZER)
        turned, late = [], []
        for place, (name, midi, path) in enumerate(notes):
            progress(f"{name}_{midi:03}", place / len(notes))
            note = _read(path)
            turned.append(
                heard(recognizer, [_placed(played_faster(note, k)) for k in (0, *_SEMITONES)])
            )
            late.append(heard(recognizer, [_placed(note, delay) for delay in (0, *_DELAYS)]))
        return xr.Dataset(
            {"transposed": (("note", "semitones"), np.array(turned)),
             "delayed": (("note", "delay"), np.array(late)),
             "played": ("note", [midi for _, midi, _ in notes])},
            coords={
                "note": [f"{name}_{midi:03}" for name, midi, _ in notes],
                "instrument": ("note", [name for name, _, _ in notes]),
                "semitones": ("semitones", [0, *_SEMITONES], {"units": "semitone"}),
                "delay": ("delay", [0, *_DELAYS], {"units": "sample"}),
            },
        )  # fmt: skip

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Say how many keys move along with the note."""
        instruments = found["instrument"].to_numpy()
        along = _along(found)
        same = found["delayed"] == found["delayed"].sel(delay=0)

        def of(name: str, values: xr.DataArray) -> Effect:
            own = 100.0 * values.mean([dim for dim in values.dims if dim != "note"])
            return estimated(
                name, "%", own.to_numpy(), of="instruments", rng=rng, units=instruments
            )

        effects = [
            of(_PRIMARY, along),
            of(_NEAR, along.sel(semitones=[-1, 1])),
            of(_DELAYED, same.sel(delay=list(_DELAYS))),
            *(
                of(f"heard as transposed by {abs(k)} semitones", along.sel(semitones=[-k, k]))
                for k in _SEMITONES[5:]
            ),
            of("right at rest", found["transposed"].sel(semitones=0) == found["played"]),
        ]
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Give each note the keys that were heard of another one once it had been transposed."""
        count = found.sizes["note"]
        other = found["transposed"].isel(note=(np.arange(count) + rng.integers(1, count)) % count)
        other = other.assign_coords(note=found["note"], instrument=found["instrument"])
        rest = found["semitones"] == 0
        return found.assign(transposed=found["transposed"].where(rest, other))

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Notes that are heard as transposed, over the interval."""
        along = 100.0 * _along(found).groupby("instrument").mean()
        lines = [
            charts.Curve(name, np.array(_SEMITONES), along.sel(instrument=name).to_numpy())
            for name in along["instrument"].to_numpy().tolist()
        ]
        told = "; ".join(f"{line.label} {np.mean(np.asarray(line.y)):.0f} %" for line in lines)
        return [
            Figure(
                "Notes that are heard as transposed",
                "Of each instrument; a note counts if the key that is heard moves by as many "
                "semitones as the note was resampled by.",
                charts.curves(
                    f"{self.name}-along", lines, x_label="transposed by, semitones",
                    y_label="heard as transposed, %", y_range=(0.0, 103.0),
                    alternative=f"Heard as transposed, mean over intervals: {told}.",
                ),
            )
        ]  # fmt: skip


def heard(recognizer: OnnxNetwork, recordings: Sequence[np.ndarray]) -> np.ndarray:
    """Give the MIDI number of the likeliest key of each recording."""
    given = np.stack(recordings)[..., None].astype(np.float32)
    names = [each.name for each in recognizer.session.get_outputs()]
    posterior = recognizer(given)[names.index("StatefulPartitionedCall:1")]
    return np.asarray(_LOWEST + posterior.sum(axis=1).argmax(axis=-1))


def played_faster(note: np.ndarray, semitones: float) -> np.ndarray:
    """Resample a note to sound so many semitones higher, and as much shorter.

    The band is limited, and the ends fade, so that the recording may be taken as periodic.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 0.02 * np.arange(12000))
    >>> higher = played_faster(tone, 12)
    >>> peak = abs(np.fft.rfft(higher)).argmax() / len(higher)
    >>> len(higher), round(float(peak), 3)
    (6000, 0.04)
    """
    from scipy.signal import resample
    from scipy.signal.windows import tukey

    faded = note * tukey(len(note), 0.02)
    return np.asarray(resample(faded, round(len(note) / 2 ** (semitones / 12))))


def _read(path: Path) -> np.ndarray:
    """A note from 0 to 1 at its peak, at the rate of the recognizer."""
    values = read_audio(path, mono=True, rate=_RATE).to_numpy()[:_LONGEST]
    return np.asarray(values / abs(values).max())


def _placed(note: np.ndarray, delay: int = 0) -> np.ndarray:
    """A note in the two seconds that are heard."""
    out = np.zeros(_SIZE)
    part = note[: _SIZE - _START - delay]
    out[_START + delay : _START + delay + len(part)] = part
    return out


def _along(found: xr.Dataset) -> xr.DataArray:
    """Whether the key moves by as many semitones as the note: (note, semitones)."""
    keys = found["transposed"]
    moved = keys - keys.sel(semitones=0, drop=True)
    return (moved == found["semitones"]).sel(semitones=list(_SEMITONES))


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    return (
        f"Basic Pitch hears {by['right at rest']:.0f} % of the notes as they were played, "
        f"{by[_PRIMARY]:.1f} % of the transposed ones as transposed, and {by[_DELAYED]:.1f} % of "
        "the delayed ones as the same."
    )
