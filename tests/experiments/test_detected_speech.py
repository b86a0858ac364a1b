"""Speech that is delayed or shifted in frequency, before planted detectors and the trained one."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig.experiments import Collection, experiment_named
from invarsig.experiments.detected_speech import answers_of
from invarsig.experiments.packaged_weights import OnnxNetwork


class Planted:
    """A session that says of each block whether somebody speaks."""

    def __init__(self, rule):
        self.rule = rule

    def run(self, _, given):
        block = given["input"][:, 64:]
        return [self.rule(block)[:, None].astype(float), given["state"] + 1]


def loud(block):
    return (block**2).mean(axis=1) > 1e-3


def low(block):
    """Hears only what lies below 300 Hz."""
    power = abs(np.fft.rfft(block, axis=1)) ** 2
    return (power[:, :10].sum(axis=1) > power[:, 10:].sum(axis=1)) & loud(block)


def concluded(monkeypatch, rule):
    monkeypatch.setattr(OnnxNetwork, "of", classmethod(lambda cls, _: cls(Planted(rule))))
    experiment = experiment_named("detected-speech")(reduced=True)
    found = experiment.measure(Collection.found(), np.random.default_rng(0), lambda *_: None)
    return experiment.conclude(found)


def test_blocks_are_heard_in_turn_with_what_came_before(rng):
    heard = []

    class Listening(Planted):
        def run(self, names, given):
            heard.append((given["input"][0].copy(), float(given["state"].mean())))
            return super().run(names, given)

    x = rng.standard_normal((2, 512 * 3 + 100)).astype(np.float32)
    told = answers_of(OnnxNetwork(Listening(loud)), x)
    assert told.shape == (2, 3)
    assert [state for _, state in heard] == [0, 1, 2]
    np.testing.assert_array_equal(heard[0][0], np.pad(x[0, :512], (64, 0)))
    np.testing.assert_array_equal(heard[2][0], x[0, 1024 - 64 : 1536])


@pytest.mark.nightly
def test_a_detector_of_energy_bears_both_and_whole_blocks_are_borne_exactly(monkeypatch):
    result = concluded(monkeypatch, loud)
    kept = result.dataset["kept_time"]
    blocks = [k for k, delay in enumerate((0, 64, 128, 256, 512, 1024, 2048, 4096, 8192))
              if delay % 512 == 0]  # fmt: skip
    assert (kept.isel(step_time=blocks) == 100).all()
    assert result.effect("answers kept along frequency").value > 90


@pytest.mark.nightly
def test_a_detector_of_one_band_does_not_bear_moves_along_frequency(monkeypatch):
    plain, banded = (concluded(monkeypatch, rule) for rule in (loud, low))
    assert banded.effects[0].value > 5 + plain.effects[0].value


def test_the_trained_detector_hears_speech_and_loses_some_of_it_as_frequencies_move(reduced):
    result = reduced("detected-speech")
    assert 30 < result.effect("times at which speech is heard, at rest").value < 95
    far, near = (
        result.effect(f"answers kept along frequency, {hertz} Hz").value for hertz in (200, 25)
    )
    assert far < near
    kept = result.dataset["kept_time"].mean("clip").to_numpy()
    assert kept[0] == 100
    assert kept[3] < kept[4] - 1  # delays by half a block and by a whole one
    assert kept[4:].min() > kept[1:4].max()
