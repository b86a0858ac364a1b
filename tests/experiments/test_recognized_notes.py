"""Notes that are resampled and delayed, before planted recognizers and the trained one."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig.experiments import Collection, experiment_named
from invarsig.experiments.packaged_weights import OnnxNetwork
from invarsig.experiments.recognized_notes import heard, played_faster

RATE = 22050.0


class Planted:
    """A session that gives a posterior over 88 keys for each recording."""

    def __init__(self, rule):
        self.rule = rule

    def get_inputs(self):
        return [type("Input", (), {"name": "x"})]

    def get_outputs(self):
        return [type("Output", (), {"name": f"StatefulPartitionedCall:{k}"}) for k in (2, 1, 0)]

    def run(self, _, given):
        keys = np.array([self.rule(x) for x in given["x"][..., 0]]).astype(int) - 21
        posterior = np.eye(88)[np.clip(keys, 0, 87)][:, None]
        return [np.zeros_like(posterior), posterior, np.zeros_like(posterior)]


def by_ear(x):
    """The octave of the loudest partial, on a grid of semitones: transposes with the note."""
    power = abs(np.fft.rfft(x)) ** 2
    frequency = np.fft.rfftfreq(len(x), 1 / RATE)
    return round(69 + 12 * np.log2(max(frequency[power.argmax()], 28.0) / 440))


def concluded(monkeypatch, rule):
    monkeypatch.setattr(OnnxNetwork, "of", classmethod(lambda cls, _: cls(Planted(rule))))
    experiment = experiment_named("recognized-notes")(reduced=True)
    found = experiment.measure(Collection.found(), np.random.default_rng(0), lambda *_: None)
    return experiment.conclude(found)


@pytest.mark.parametrize("semitones", [-5, -1, 3, 12])
def test_a_note_that_is_played_faster_is_higher_and_shorter(semitones):
    tone = np.sin(2 * np.pi * 440 / RATE * np.arange(20000))
    moved = played_faster(tone, semitones)
    assert len(moved) == round(20000 / 2 ** (semitones / 12))
    assert by_ear(moved) == 69 + semitones


def test_the_key_is_that_of_the_posterior_of_notes_and_not_of_onsets():
    assert (
        heard(OnnxNetwork(Planted(lambda _: 60)), [np.zeros(50), np.ones(50)]).tolist() == [60] * 2
    )


def test_a_recognizer_of_the_loudest_partial_hears_notes_as_transposed(monkeypatch):
    result = concluded(monkeypatch, by_ear)
    assert result.effects[0].value > 80
    assert result.effect("delayed notes that are heard as the same").value > 95


def test_a_recognizer_that_hears_one_key_in_everything_does_not(monkeypatch):
    result = concluded(monkeypatch, lambda _: 60)
    assert result.effects[0].value == 0
    assert result.answer.startswith(("false", "undecided"))
    assert result.effect("delayed notes that are heard as the same").value == 100


def test_the_trained_recognizer_moves_along_with_the_note(reduced):
    assert reduced("recognized-notes").effects[0].value > 90
