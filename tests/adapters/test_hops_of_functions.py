"""A function whose hop is a parameter is offered a smaller one, as Python that runs."""

from __future__ import annotations

import functools
from fractions import Fraction
from html import unescape

import numpy as np
import pytest
import xarray as xr
from scipy import signal

import invarsig as iv
from invarsig.errors import ParameterError
from invarsig.operators.source import code_of
from tests.conftest import DATA
from tests.operators.test_code import run as run_code

WINDOW = 256
RATE = 8000


@pytest.fixture(scope="module")
def speech():
    path = min((DATA / "digits").glob("*.flac"))
    return iv.read_audio(path).isel(time=slice(0, 5888)).astype("float64")


def spectra(a, hop=128):
    """Of windows that begin with the first sample."""
    windows = np.lib.stride_tricks.sliding_window_view(a, WINDOW)[::hop]
    return np.abs(np.fft.rfft(np.hanning(WINDOW) * windows)).T


def spectra_in_seconds(a, shift=128 / RATE):
    return spectra(a, round(shift * RATE))


def mel(a, hop_length=128):
    import librosa

    return librosa.feature.melspectrogram(
        y=a, sr=RATE, n_fft=WINDOW, hop_length=hop_length, n_mels=8
    )


def short_time(a, noverlap=128):
    return np.abs(signal.stft(a, nperseg=WINDOW, noverlap=noverlap)[2])


def thinned(a, rows=2, columns=4):
    return a[::rows, ::columns]


FUNCTIONS = {"hop": spectra, "shift": spectra_in_seconds, "hop_length": mel}


@pytest.mark.parametrize("hop", FUNCTIONS)
def test_half_the_hop_is_offered_measured_on_the_function_and_its_code_runs(hop, speech):
    function = FUNCTIONS[hop]
    op = iv.from_function(function, speech, adds="bin", hop=hop)
    assert op.front_end
    moves = [iv.Translate(time=by / RATE) for by in (1, 64)]
    found = iv.remedies(op, speech, moves, target=-60.0, most=None)
    assert {each.change for each in found} >= {
        "halve the hop of stage 1, along time",
        "quarter the hop of stage 1, along time",
    }
    for each in found:
        part = 4 if each.change.startswith("quarter") else 2
        value = function.__defaults__[0] / part
        own = function(speech.to_numpy(), type(function.__defaults__[0])(value))
        np.testing.assert_array_equal(each.pipeline(speech).to_numpy(), own)
        assert f"functools.partial({function.__module__}.{function.__name__}, {hop}=" in each.code
        assert f"hop='{hop}'" in each.code
        again = run_code(each.code, x=speech)
        xr.testing.assert_identical(again(speech), each.pipeline(speech))
        assert again.effects == each.pipeline.stages[0].effects
        assert each.gain > 3
        assert each.cost == pytest.approx(part, rel=0.1)


def test_the_error_of_a_smaller_hop_is_that_of_the_function_alone(speech):
    """By the definition: shifted by half of the old hop, results of the new one move by one."""
    op = iv.from_function(spectra, speech, adds="bin", hop="hop")
    (half,) = [
        each
        for each in iv.remedies(op, speech, iv.Translate(time=64 / RATE), most=None)
        if each.change.startswith("halve")
    ]
    assert half.after < 1e-10 < half.before
    rolled = np.roll(speech.to_numpy(), 64)
    inside = slice(4, -4)
    np.testing.assert_allclose(
        spectra(rolled, 64)[:, 1:][:, inside], spectra(speech.to_numpy(), 64)[:, :-1][:, inside]
    )


def test_a_hop_along_each_of_two_dims():
    photo = iv.read_image(DATA / "images" / "camera.png").isel(y=slice(0, 48), x=slice(0, 48))
    op = iv.from_function(thinned, photo, hop={"y": "rows", "x": "columns"})
    finer = op.restrided({"y": 1, "x": 2})
    np.testing.assert_array_equal(finer(photo), photo[:, ::2])
    assert finer.effects["x"].ratio == 2
    assert finer.plan(iv.Axes.of(photo)).stride_along("y") == 1
    again = run_code(code_of(finer), x=photo)
    xr.testing.assert_identical(again(photo), finer(photo))
    assert op.restrided({"y": 3}) is None
    found = iv.remedies(op, photo, iv.Translate(x=1.0), most=None)
    assert any("blur" in each.name for each in found)


def test_after_renaming_the_hop_is_that_of_the_new_dim(speech):
    op = iv.from_function(spectra, speech, adds="bin", hop="hop").rename({"time": "t"})
    finer = op.restrided({"t": 64})
    np.testing.assert_array_equal(finer(speech.rename(time="t")), spectra(speech.to_numpy(), 64))


def test_without_a_hop_the_stride_stays_inside_the_function(speech):
    op = iv.from_function(spectra, speech, adds="bin")
    assert op.restrided({"time": 64}) is None
    assert op.restrided({"time": 128}) is op
    again = run_code(code_of(op), x=speech)
    assert again.effects == op.effects


@pytest.mark.parametrize(
    ("function", "hop", "said"),
    [
        (spectra, "hops", r"'hops' is not a parameter of spectra.* Did you mean hop\?"),
        (short_time, "noverlap", "with half of it does not give the results of before"),
        (lambda a, hop=None: spectra(a, hop or 128), "hop", "is None, and has to be a number"),
        (spectra, {"bin": "hop"}, "no stride along 'bin'"),
        (lambda a, hop=1: np.abs(a) * hop, "hop", "strides along no dim"),
    ],
)
def test_what_is_not_the_hop_is_refused_with_the_reason(function, hop, said, speech):
    adds = () if said.startswith("strides along no") else "bin"
    with pytest.raises(ParameterError, match=said):
        iv.from_function(function, speech, adds=adds, hop=hop)


def test_an_overlap_becomes_a_hop_by_a_function_of_the_hop(speech):
    op = iv.from_function(
        lambda a, hop=128: short_time(a, WINDOW - hop), speech, adds="bin", hop="hop"
    )
    assert op.restrided({"time": 32}).effects["time"].ratio == Fraction(32)


def test_what_apply_wraps_has_a_hop_as_well(speech):
    op = iv.Apply(every, "time", {"time": 8}, {"time": 0.0}, hop={"time": "step"})
    finer = op.restrided({"time": 4})
    assert finer == iv.Apply(
        functools.partial(every, step=4), "time", {"time": 4}, {"time": 0.0}, hop={"time": "step"}
    ) or repr(finer.function) == repr(functools.partial(every, step=4))
    np.testing.assert_array_equal(finer(speech), speech[::4])
    again = run_code(code_of(finer))
    np.testing.assert_array_equal(again(speech), speech[::4])
    found = iv.remedies(op, speech, iv.Translate(time=1 / RATE), most=None)
    assert any(each.change.startswith("halve the stride") for each in found)
    with pytest.raises(ParameterError, match="'steps' is not a parameter of every"):
        iv.Apply(every, "time", {"time": 8}, hop={"time": "steps"})


def every(values, step=8):
    return values[..., ::step]


def test_a_diagnosis_recommends_the_hop_with_the_code_of_it(speech, tmp_path):
    found = iv.diagnose(iv.from_function(spectra, speech, adds="bin", hop="hop"), speech)
    assert "Do this: quarter the hop of stage 1" in found.summary()
    page = found.to_html(tmp_path / "page.html").read_text()
    assert "<del>    iv.from_function(tests.adapters.test_hops_of_functions.spectra, x" in unescape(
        page
    )
    assert page.count("<del>") == page.count("<ins>")
    assert "import functools" in page
    assert "functools.partial(tests.adapters.test_hops_of_functions.spectra, hop=32)" in unescape(
        page
    )
