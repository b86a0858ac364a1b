"""A trained word recognizer, moved along time and along frequency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
import xarray as xr

from invarsig.experiments import charts
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, estimated
from invarsig.experiments.expectations import Expectation, above
from invarsig.experiments.experiment import Experiment, Figure, Progress
from invarsig.experiments.network_answers import networks_of
from invarsig.experiments.network_pictures import SILENCE, spoken
from invarsig.experiments.nulls import swapped
from invarsig.models.trained import TrainedNetwork

__all__ = ["TrainedSpeech"]

_HEADS: Final[dict[str, tuple[str, ...]]] = {
    "connected": (), "pooled along time": ("time",), "pooled along mel": ("mel",),
}  # fmt: skip
_AXES: Final = ("time", "mel")
_PRIMARY = "answers kept along time less along mel, at the same change of the spectrogram"


class TrainedSpeech(Experiment):
    """Networks that learned the words of six voices hear a seventh, moved along time and mel."""

    name: ClassVar[str] = "trained-speech"
    number: ClassVar[int] = 30
    claim: ClassVar[str] = (
        "A trained speech recognizer bears moves along time better than moves along frequency."
    )
    question: ClassVar[str] = (
        "Moved along time or along mel by as much as changes the spectrogram equally, how many "
        "answers does a trained word recognizer keep, and what does pooling along either cost?"
    )
    design: ClassVar[str] = (
        "Spoken digits of seven voices in five languages (ten words each) as log-mel pictures of "
        "20 bands and 40 frames, whatever their duration, in silence of 4 bands and 8 frames on "
        "either side. For each voice a network of three convolutional layers (8, 16, 24 features "
        "of 3 x 3, max pool 2) with a fully connected layer over all places learns the digits of "
        "the six others (300 steps of 20, in noise, never moved), and two more with the mean along "
        "time or along mel before it. Asked are the words of the seventh, moved into the silence "
        "by 1 to 8 frames or 1 to 4 bands, either way. Answers kept along time are read at the "
        "shift at which a word's picture has changed by as much (relative norm) as by each move "
        "along mel, or at the farthest where none changes it so much. The fully connected network "
        "decides: nothing in it prefers an axis. The unit is the voice; the noise in training is "
        "5 % of the peak."
    )
    expects: ClassVar[Mapping[str, Expectation]] = {_PRIMARY: above(0, "points")}
    headline: ClassVar[str] = (
        "At the same change of the spectrogram, the answers that a trained recognizer keeps along "
        "time less those along mel are {value}."
    )
    sources: ClassVar[tuple[str, ...]] = (
        (
            "Abdel-Hamid et al. (2014), Convolutional neural networks for speech recognition, "
            "doi:10.1109/TASLP.2014.2339736."
        ),
        "Sainath & Parada (2015), Networks for small-footprint keyword spotting, Interspeech.",
    )
    parts: ClassVar[tuple[str, ...]] = ("digits", "networks")

    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Answers kept along both axes, matched, and raw: over (head, ..., word)."""
        pictures = spoken(data)
        voices = sorted(set(pictures["voice"].to_numpy().tolist()))[: 2 if self.reduced else None]
        parts = []
        for place, voice in enumerate(voices):
            progress(voice, place / len(voices))
            own = pictures.isel(word=np.flatnonzero(pictures["voice"] == voice))
            rows = [_of_head(_network(data, head, voice), own) for head in _HEADS.values()]
            parts.append(xr.concat(rows, xr.Variable("head", list(_HEADS))))
        return xr.concat(parts, "word")

    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Compare what is kept at matched moves, and say how many are right at rest."""
        voices = found["voice"].to_numpy()

        def of(name: str, values: xr.DataArray, unit: str = "%") -> Effect:
            return estimated(name, unit, values.to_numpy(), of="voices", rng=rng, units=voices)

        matched = found[list(_AXES)].mean("band")
        gain = matched["time"] - matched["mel"]
        effects = [of(_PRIMARY, gain.sel(head="connected"), "points")]
        for head in _HEADS:
            if head != "connected":
                effects.append(of(f"{_PRIMARY}, {head}", gain.sel(head=head), "points"))
            effects.append(of(f"right at rest, {head}", 100.0 * found["right"].sel(head=head)))
            effects += [
                of(f"answers kept along {axis}, {head}", matched[axis].sel(head=head))
                for axis in _AXES
            ]
        return effects, _sentence(effects)

    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Exchange time and mel for every other word."""
        return swapped(found, "time", "mel", rng, unit="word")

    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Answers kept over the change of the spectrogram, along both axes."""
        own = found.sel(head="connected")
        lines = []
        for axis in _AXES:
            change = own[f"change_{axis}"].mean("word").to_numpy()
            stays = own[f"kept_{axis}"].mean("word").to_numpy()
            lines.append(charts.Curve(f"moved along {axis}", change, stays))
        told = "; ".join(
            f"{line.label}, {np.asarray(line.y)[-1]:.0f} % at a change of "
            f"{np.asarray(line.x)[-1]:.2f}"
            for line in lines
        )
        return [
            Figure(
                "Answers that stay over the change of the spectrogram",
                "Mean over the words of all voices, of networks that never heard the voice. "
                "Markers are whole frames (along time) and whole bands (along mel).",
                charts.curves(
                    f"{self.name}-kept", lines, x_label="change of the spectrogram, relative",
                    y_label="answers kept, %", y_range=(0.0, 103.0),
                    alternative=f"Answers kept: {told}.",
                ),
            )
        ]  # fmt: skip


def _network(data: Collection, pooled: tuple[str, ...], voice: str) -> TrainedNetwork:
    """The network that never heard this voice; of a voice of another collection, the first."""
    found = networks_of(data, medium="words", pooled=pooled)
    own = [net for net in found if net.name.endswith(f"-{voice}")]
    return (own or found)[0]


def _of_head(net: TrainedNetwork, words: xr.DataArray) -> xr.Dataset:
    """What stays of a network's answers along both axes: (step, word), and matched (band, word)."""
    op = net.operator()

    def answer(x: xr.DataArray) -> np.ndarray:
        return np.asarray(op(x).transpose("word", "class").to_numpy().argmax(axis=-1))

    rest, level = answer(words), np.sqrt((words**2).sum(("mel", "time")).to_numpy())
    stays, changes = {}, {}
    for axis, most in SILENCE.items():
        stay, change = [np.full(len(rest), 100.0)], [np.zeros(len(rest))]
        for step in range(1, most + 1):
            # What the roll wraps is silence, which is the same everywhere.
            moved = [words.roll({axis: sign * step}) for sign in (-1, 1)]
            stay.append(np.mean([100.0 * (answer(each) == rest) for each in moved], axis=0))
            gap = [np.sqrt(((e - words) ** 2).sum(("mel", "time")).to_numpy()) for e in moved]
            change.append(np.mean(gap, axis=0) / level)
        stays[axis], changes[axis] = np.array(stay), np.array(change)
    matched = [
        np.interp(changes["mel"][1:, word], np.maximum.accumulate(changes["time"][:, word]),
                  stays["time"][:, word])
        for word in range(len(rest))
    ]  # fmt: skip
    found = {
        "time": (("word", "band"), np.array(matched)),
        "mel": (("word", "band"), stays["mel"][1:].T),
        "right": ("word", rest == words["digit"].to_numpy()),
    }
    for axis in _AXES:
        found[f"kept_{axis}"] = ((f"step_{axis}", "word"), stays[axis])
        found[f"change_{axis}"] = ((f"step_{axis}", "word"), changes[axis])
    return xr.Dataset(found, coords={"voice": words["voice"], "word": words["word"].to_numpy()})


def _sentence(effects: Sequence[Effect]) -> str:
    by = {effect.name: effect.value for effect in effects}
    hits = ", ".join(f"{head} {by[f'right at rest, {head}']:.0f} %" for head in _HEADS)
    return (
        "On a voice that it never heard, the fully connected recognizer keeps "
        f"{by['answers kept along time, connected']:.0f} % of its answers along time and "
        f"{by['answers kept along mel, connected']:.0f} % along mel at the same change of the "
        f"spectrogram. Right at rest: {hits}."
    )
