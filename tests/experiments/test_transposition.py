"""Transposed, shifted and played notes, in the reduced form."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile as sf

from invarsig.errors import ReadError
from invarsig.experiments import Collection, Transposition
from invarsig.experiments.note_spectra import AXES, Note, loudest
from invarsig.experiments.transposition import _chosen
from tests.experiments.conftest import kept


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("transposition")


def test_played_notes_are_no_translations(found):
    assert not kept(found, found.effect("played anew, error on the log axis"))


def test_every_transposed_note_is_a_translation_on_the_log_axis_to_a_hundredth(found):
    error = found.dataset["transposed_error"].sel(axis="octave")
    assert float(error.max()) < 0.02
    assert kept(found, found.effect("transposed, error on the log axis"))


@pytest.mark.parametrize("axis", ["linear", "mel", "ERB-rate"])
def test_every_other_axis_errs_by_10_db_more(found, axis):
    effect = found.effect(f"transposed, log axis below {axis}")
    assert effect.value > 20
    assert kept(found, effect)


def test_the_length_is_the_interval_even_between_bins(found):
    assert 2.5 in found.dataset["semitones"]
    assert found.effect("transposed, length off the interval").value < 1


def test_played_notes_err_more_than_transposed_ones(found):
    played = found.dataset["played_error"].sel(axis="octave")
    turned = found.dataset["transposed_error"].sel(axis="octave").max("semitones")
    # The marimba is nearly one partial, so a factor of 2 is what each note has at least.
    assert bool((played > 2 * turned).all())
    assert float(played.median()) > 0.1


def test_a_shift_in_hertz_is_a_translation_on_the_linear_axis(found):
    shifted = found.dataset["shifted_error"].mean("hertz")
    assert float(shifted.sel(axis="hertz").max()) < 0.1
    assert float(shifted.sel(axis="octave").median()) > 3 * float(shifted.sel(axis="hertz").max())


def test_longer_hops_err_more(found):
    error = found.dataset["hop_error"].sel(semitones=3.0)
    assert bool((error.sel(hop=128) > 2 * error.sel(hop=16)).all())


def test_notes_are_followed_by_the_next_that_was_played():
    data = Collection.found()
    for name, midi, following in _chosen(data, 4):
        between = [m for _, m, _ in data.notes(name) if midi < m < following]
        assert between == []
        assert 48 <= midi < following <= midi + 7


def test_a_note_met_with_itself_is_exact_and_peaks_at_its_partials():
    note = Note.of(loudest(Collection.found(), "cello", 58), 58)
    assert np.abs(note.played(note.x)).max() < 1e-12
    for dim in AXES:
        y = note.spectrum(note.x, dim)
        hertz = y[dim] if dim in ("octave", "hertz") else y["center_frequency"]
        strongest = float(hertz[int(np.argmax(y.data))]) / note.fundamental
        # Triangles of mel and ERB are up to a fifth of the fundamental wide there.
        assert strongest == pytest.approx(np.round(strongest), abs=0.25)
    assert set(note.plain) == set(AXES)


def test_notes_too_far_apart_short_or_of_a_low_rate_are_refused(tmp_path):
    t = np.arange(8000) / 8000
    (tmp_path / "instruments").mkdir()
    sf.write(tmp_path / "instruments" / "flute_060.wav", np.sin(2000 * t), 8000)
    with pytest.raises(ReadError, match="no two notes of an instrument that are 2 to 7 semitones"):
        Transposition(reduced=True).run(tmp_path)
    sf.write(tmp_path / "instruments" / "flute_064.wav", np.sin(2000 * t), 8000)
    with pytest.raises(ReadError, match="rate of 8000 Hz, and 17000 Hz are needed"):
        Transposition(reduced=True).run(tmp_path)
    sf.write(tmp_path / "instruments" / "flute_060.wav", np.sin(2000 * t), 22050)
    with pytest.raises(ReadError, match=r"lasts 0\.363 s, and 0\.8 s are needed"):
        Transposition(reduced=True).run(tmp_path)
