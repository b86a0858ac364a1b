"""A speech detector that others trained, moved along time and along frequency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.actions import FrequencyShift
from invarsig.axes import Axis, label
from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, estimated
from invarsig.experiments.expectations import Expectation, above
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.nulls import swapped
from invarsig.experiments.packaged_weights import SPEECH_DETECTOR, OnnxNetwork, Weights
from invarsig.io import read_audio
from invarsig.operators import MelSpectrogram

__all__ = ["DetectedSpeech", "answers_of"]

_RATE: Final = 16000  # Hz
_BLOCK, _CONTEXT, _STATE = 512, 64, 128  # samples that are heard at once, and what is remembered
_GRID: Final = 64  # samples: on which answers are compared
_DELAYS: Final = (64, 128, 256, 512, 1024, 2048, 4096, 8192)  # samples
_HERTZ: Final = (25.0, 50.0, 100.0, 200.0)
_MOST, _PAUSE = 6.0, 0.3  # s: of a clip, and between spoken digits
_FLOOR = 1e-3  # noise in silence, relative to the peak: -60 dB
_AXES: Final = ("time", "frequency")
# One person speaks the English and the Spanish digits.
_PERSONS: Final = {"allisones": "allison"}
_PRIMARY = "answers kept along time less along frequency, at the same change of the spectrogram"


class DetectedSpeech(Experiment):
    """Silero VAD hears speech that is delayed, or whose frequencies are all shifted."""

    name: ClassVar[str] = "detected-speech"
    number: ClassVar[int] = 33
    claim: ClassVar[str] = (
        "A detector of speech that others trained bears moves along time better than moves along "
        "frequency."
    )
    question: ClassVar[str] = (
        "Delayed, or shifted along frequency, by as much as changes the spectrogram equally, how "
        "much of what a trained speech detector answers stays?"
    )
    design: ClassVar[str] = (
        "Up to 6 s of each clip of speech, and of the ten digits of each voice with 0.3 s between "
        "them, at 16 kHz, stand in half a second of silence (noise of -60 dB of the peak). Silero "
        "VAD as others trained it answers for each block of 512 samples whether somebody speaks "
        "(probability above 0.5). The recording is delayed by 64 to 8192 samples, which moves the "
        "answers along, or all of its frequencies are shifted by 25 to 200 Hz, up and down, which "
        "leaves them in place. Kept is the share of all times, in steps of 64 samples, whose "
        "answer is that of the recording at rest. What is kept along time is read at the delay at "
        "which the log-mel spectrogram (40 bands, 32 ms, hop 8 ms) has changed by as much, in "
        "relative norm, as by each shift along frequency, or at the longest where none changes it "
        "so much. The unit is the person who speaks."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {_PRIMARY: above(0, "points")}
    headline: ClassVar[str] = (
        "At the same change of the spectrogram, the answers that a trained speech detector keeps "
        "along time less those along frequency are {value}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "Silero team (2021), Silero VAD, https://github.com/snakers4/silero-vad.",
        (
            "Abdel-Hamid et al. (2014), Convolutional neural networks for speech recognition, "
            "doi:10.1109/TASLP.2014.2339736."
        ),
    )
    parts: ClassVar[tuple[str, ...]] = ("speech", "digits")
    weights: ClassVar[tuple[Weights, ...]] = (SPEECH_DETECTOR,)

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """What is kept along both axes, matched and over each: over (clip, ...)."""
        clips = _clips(data)[:: 4 if self.reduced else 1]
        detector = OnnxNetwork.of(SPEECH_DETECTOR)
        rows = []
        for place, (name, person, values) in enumerate(clips):
            progress(name, place / len(clips))
            row = _measured(detector, _in_silence(values, rng))
            rows.append(row.assign_coords(clip=name, person=person))
        return xr.concat(rows, "clip", coords="different", compat="equals", join="exact")

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Compare what is kept at equal changes of the spectrogram."""
        persons = found["person"].to_numpy()

        def of(name: str, unit: str, values: xr.DataArray) -> Effect:
            return estimated(name, unit, values.to_numpy(), of="persons", rng=rng, units=persons)

        matched = found[list(_AXES)].mean("hertz")
        effects = [of(_PRIMARY, "points", matched["time"] - matched["frequency"])]
        effects += [of(f"answers kept along {axis}", "%", matched[axis]) for axis in _AXES]
        effects += [
            of(f"answers kept along frequency, {float(own['hertz']):g} Hz", "%", own)
            for own in found["frequency"].transpose("hertz", ...)
        ]
        effects.append(of("times at which speech is heard, at rest", "%", found["heard"]))
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Exchange time and frequency for every other clip."""
        return swapped(found, "time", "frequency", rng, unit="clip")

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Answers kept over the change of the spectrogram, along both axes."""
        lines = [
            charts.Curve(
                f"moved along {axis}",
                found[f"change_{axis}"].mean("clip").to_numpy(),
                found[f"kept_{axis}"].mean("clip").to_numpy(),
            )
            for axis in _AXES
        ]
        told = "; ".join(
            f"{line.label}, {np.asarray(line.y)[-1]:.1f} % at a change of "
            f"{np.asarray(line.x)[-1]:.2f}"
            for line in lines
        )
        return [
            Figure(
                "Answers that stay over the change of the spectrogram",
                "Mean over clips. Markers are delays of 64 to 8192 samples of 1/16000 s, and "
                "shifts by 25 to 200 Hz. An answer holds for a block of 512 samples: what delays "
                "by less cost is regained where they are whole blocks.",
                charts.curves(
                    f"{self.name}-kept", lines, x_label="change of the spectrogram, relative",
                    y_label="answers kept, %", alternative=f"Answers kept: {told}.",
                ),
            )
        ]  # fmt: skip


def answers_of(detector: OnnxNetwork, recordings: np.ndarray) -> np.ndarray:
    """Say for each block whether speech is heard: from ``(n, samples)`` to ``(n, blocks)``.

    A block is heard together with the last 64 samples before it, and with what the detector
    remembers.
    """
    count = len(recordings)
    context = np.zeros((count, _CONTEXT), np.float32)
    state = np.zeros((2, count, _STATE), np.float32)
    found = []
    for start in range(0, recordings.shape[1] - _BLOCK + 1, _BLOCK):
        block = recordings[:, start : start + _BLOCK].astype(np.float32)
        given = {
            "input": np.concatenate([context, block], axis=1),
            "state": state,
            "sr": np.asarray(_RATE),
        }
        chance, state = detector(given)
        context = block[:, -_CONTEXT:]
        found.append(chance[:, 0] > 0.5)
    return np.stack(found, axis=1)


def _clips(data: Collection) -> list[tuple[str, str, np.ndarray]]:
    """Clips of speech and the digits of each voice: name, person and samples."""
    found = []
    for path in data.paths("speech"):
        values = read_audio(path, mono=True, rate=_RATE).to_numpy()
        found.append((path.stem, path.stem.partition("_")[0], values))
    spoken = data.spoken_digits()
    for voice in sorted({voice for _, voice, _ in spoken}):
        own = [path for _, each, path in spoken if each == voice]
        pause = np.zeros(round(_PAUSE * _RATE))
        parts = [read_audio(path, mono=True, rate=_RATE).to_numpy() for path in own]
        joined = np.concatenate([part for word in parts for part in (word, pause)])
        found.append((f"digits_{voice}", _PERSONS.get(voice, voice), joined))
    return found


def _in_silence(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Whole blocks with silence on either side, as long as the longest delay, and a peak of 0.5."""
    values = values[: round(_MOST * _RATE)]
    values = np.pad(0.5 * values / abs(values).max(), _DELAYS[-1])
    values = np.pad(values, (0, -len(values) % _BLOCK))
    return np.asarray(values + 0.5 * _FLOOR * rng.standard_normal(len(values)))


def _measured(detector: OnnxNetwork, x: np.ndarray) -> xr.Dataset:
    """What stays of the answers to one clip along both axes, matched and over each."""
    delayed = [np.roll(x, delay) for delay in _DELAYS]
    shifts = [sign * hertz for hertz in _HERTZ for sign in (-1, 1)]
    signal = label(x, Axis("time", step=1 / _RATE, unit="s"))
    shifted = [FrequencyShift(hertz)(signal).to_numpy() for hertz in shifts]
    told = answers_of(detector, np.stack([x, *delayed, *shifted]))
    told = np.repeat(told, _BLOCK // _GRID, axis=1)
    rest, *others = told[:, : told.shape[1] - _DELAYS[-1] // _GRID]
    back = [told[1 + place, delay // _GRID :][: len(rest)] for place, delay in enumerate(_DELAYS)]
    kept = {
        "time": np.array([100.0, *(100.0 * np.mean(each == rest) for each in back)]),
        "frequency": np.array(
            [100.0, *_paired([100.0 * np.mean(each == rest) for each in others[len(back) :]])]
        ),
    }
    change = {
        "time": np.array([0.0, *_changes(x, delayed)]),
        "frequency": np.array([0.0, *_paired(_changes(x, shifted))]),
    }
    order = np.maximum.accumulate(change["time"])
    found = {
        "time": ("hertz", np.interp(change["frequency"][1:], order, kept["time"])),
        "frequency": ("hertz", kept["frequency"][1:]),
        "heard": ((), 100.0 * rest.mean()),
    }
    for axis in _AXES:
        found[f"kept_{axis}"] = (f"step_{axis}", kept[axis])
        found[f"change_{axis}"] = (f"step_{axis}", change[axis])
    return xr.Dataset(found, coords={"hertz": ("hertz", list(_HERTZ), {"units": "Hz"})})


def _paired(values: Sequence[float]) -> np.ndarray:
    """Means over up and down."""
    return np.asarray(np.reshape(values, (-1, 2)).mean(axis=1))


def _changes(x: np.ndarray, moved: Sequence[np.ndarray]) -> list[float]:
    """Relative norms by which the log-mel spectrogram differs."""
    bank = MelSpectrogram(window=0.032, hop=0.008, bands=40)
    powers = [
        bank(label(each, Axis("time", step=1 / _RATE, unit="s"))).to_numpy() for each in (x, *moved)
    ]
    rest, *others = (np.log1p(1e4 * power / powers[0].max()) for power in powers)
    return [float(np.linalg.norm(each - rest) / np.linalg.norm(rest)) for each in others]


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    return (
        f"Silero VAD keeps {by['answers kept along time']:.1f} % of its answers along time and "
        f"{by['answers kept along frequency']:.1f} % along frequency, at the same change of the "
        "spectrogram; at rest it hears speech "
        f"{by['times at which speech is heard, at rest']:.0f} % of the time."
    )
