"""Anyone's function as an operator: what is measured about it, what it gives, what is refused."""

from __future__ import annotations

import functools
import re
from fractions import Fraction

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage, signal

import invarsig as iv
from tests.conftest import DATA

HOP, WINDOW = 64, 256


@pytest.fixture(scope="module")
def photo():
    return iv.read_image(DATA / "images" / "camera.png").isel(y=slice(200, 248), x=slice(200, 240))


@pytest.fixture(scope="module")
def speech():
    path = min((DATA / "digits").glob("*.flac"))
    return iv.read_audio(path).isel(time=slice(0, 2048)).astype("float64")


def mel(a):
    import librosa

    return librosa.feature.melspectrogram(
        y=a, sr=8000, n_fft=WINDOW, hop_length=HOP, n_mels=8, pad_mode="constant"
    )


def even_mel(a):
    """Without the frame after the last sample."""
    return mel(a)[:, : len(a) // HOP]


def effect(op, dim):
    found = op.effects[dim]
    return found.ratio, found.offset, found.left, found.right


def halved(a):
    a = a[: a.shape[0] // 2 * 2, : a.shape[1] // 2 * 2]
    return a.reshape(a.shape[0] // 2, 2, a.shape[1] // 2, 2).mean((1, 3))


def causal(a):
    """Taps three samples apart, along both axes, of the past alone."""
    return signal.lfilter([1.0, 0, 0, 1.0], 1.0, signal.lfilter([1.0, 0, 0, 1.0], 1.0, a), axis=0)


@pytest.mark.parametrize(
    ("function", "wanted"),
    [
        (lambda a: ndimage.gaussian_filter(a, 1.5), (1, 0, 6, 6)),
        (lambda a: ndimage.uniform_filter(a, 4, mode="constant"), (1, 0, 2, 1)),
        (lambda a: ndimage.median_filter(a, 3), (1, 0, 1, 1)),
        (lambda a: ndimage.maximum_filter(a, 5, mode="wrap"), (1, 0, 2, 2)),
        (lambda a: a[::3, ::3], (3, 0, 0, 0)),
        (halved, (2, 0.5, 0.5, 0.5)),
        (causal, (1, 0, 3, 0)),
        (lambda a: np.repeat(np.repeat(a, 2, 0), 2, 1), (Fraction(1, 2), -0.25, 0.25, 0.25)),
        (lambda a: np.kron(a, [[1, 0, 0], [0, 0, 0], [0, 0, 0]]), (Fraction(1, 3), 0, 0, 0)),
    ],
)
def test_rate_position_and_reach_are_those_of_the_function(photo, function, wanted):
    op = iv.from_function(function, photo)
    for dim in ("y", "x"):
        np.testing.assert_allclose([float(v) for v in effect(op, dim)], [float(v) for v in wanted])
    np.testing.assert_array_equal(op(photo).to_numpy(), function(photo.to_numpy()))


def test_rescaling_goes_up_and_down_by_fractions(photo):
    rescale = pytest.importorskip("skimage.transform").rescale
    up = iv.from_function(functools.partial(rescale, scale=2, order=1), photo)
    assert effect(up, "x") == (Fraction(1, 2), -0.25, 0.75, 0.75)
    down = iv.from_function(functools.partial(rescale, scale=0.3), photo)
    assert down.effects["x"].ratio == Fraction(10, 3)
    assert down(photo).x.values[1] - down(photo).x.values[0] == pytest.approx(10 / 3)
    # 48 rows to 14 are 24 / 7 apart, which holds for no other length.
    assert "y" not in down.effects
    assert str(down).startswith("rescale(over y, x")


def test_frames_of_librosa_have_their_hop_their_positions_and_their_padding(speech):
    op = iv.from_function(mel, speech, adds="mel")
    assert effect(op, "time") == (HOP, 0, WINDOW / 2 - 1, WINDOW / 2 - 1)
    y = op(speech)
    assert dict(y.sizes) == {"mel": 8, "time": 33}
    step = iv.axis_of(speech, "time").step
    np.testing.assert_allclose(y.time, HOP * step * np.arange(33), atol=1e-12)
    cut = iv.causes(op, speech, iv.Translate(time=HOP * step), "cut")
    assert cut.attrs["main_cause"] == "border"
    assert float(cut.total) > 1e-4


def test_librosas_mel_spectrogram_has_the_causes_of_the_packages_own(speech):
    theirs = iv.from_function(even_mel, speech, adds="mel")
    own = iv.MelSpectrogram.in_samples(speech, window=WINDOW, hop=HOP, bands=8, boundary="zero")
    step = iv.axis_of(speech, "time").step
    for length in (HOP / 4, 10.5):
        one, other = (
            iv.causes(op, speech, iv.Translate(time=length * step)) for op in (theirs, own)
        )
        # librosa keeps its filters in single precision.
        np.testing.assert_allclose(one.total, other.total, rtol=1e-6)
        np.testing.assert_allclose(one.share_of_cause, other.share_of_cause, atol=1e-6)


def test_short_time_spectra_are_linear_and_complex(speech):
    librosa = pytest.importorskip("librosa")
    op = iv.from_function(
        functools.partial(librosa.stft, n_fft=WINDOW, hop_length=HOP, center=False),
        speech,
        adds="frequency",
    )
    assert op.linear
    assert effect(op, "time") == (HOP, WINDOW / 2, WINDOW / 2 - 1, WINDOW / 2 - 1)
    assert op(speech).dtype == np.complex128


def test_a_level_set_by_the_loudest_frame_reaches_everywhere_and_stands_where_it_stands(speech):
    op = iv.from_function(
        lambda a: np.maximum(np.log(mel(a) + 1e-12), np.log(mel(a).max()) - 5), speech, adds="mel"
    )
    assert effect(op, "time") == (HOP, 0, np.inf, np.inf)


def test_a_padded_strided_function_has_the_causes_of_the_same_pipeline(photo):
    def function(a):
        return ndimage.uniform_filter(a, 3, mode="constant")[::2, ::2]

    op = iv.from_function(function, photo)
    both = {"y": 3, "x": 3}
    same = iv.MeanPool(both, stride={"y": 2, "x": 2}, boundary="zero", padding={"y": 1, "x": 1})
    np.testing.assert_allclose(op(photo), same(photo), atol=1e-12)
    for move in (iv.Translate(x=1.0), iv.Translate(y=0.5)):
        one, other = (iv.causes(each, photo, move) for each in (op, same))
        np.testing.assert_allclose(one.share_of_cause, other.share_of_cause, atol=1e-6)
        np.testing.assert_allclose(one.total, other.total, atol=1e-9)
        assert set(one.cause.values[np.abs(one.share_of_cause) > 1e-6]) <= {"folding", "border"}


def test_nearest_upsampling_of_a_smooth_map_is_imaging(photo):
    op = iv.from_function(lambda a: np.repeat(a, 2, axis=1), photo)
    smooth = photo.copy(data=ndimage.gaussian_filter(photo.values, 2))
    found = iv.causes(op, smooth, iv.Translate(x=0.5))
    assert found.attrs["main_cause"] == "imaging"
    assert float(found.share_of_cause.sel(cause="folding")) == pytest.approx(0, abs=1e-9)


def test_dims_are_added_dropped_and_found_in_any_order(photo):
    mean = iv.from_function(lambda a: a.mean(0), photo, drops="y")
    assert mean(photo).dims == ("x",)
    np.testing.assert_array_equal(mean(photo).x, photo.x)
    turned = iv.from_function(lambda a: a.T, photo)
    np.testing.assert_array_equal(turned(photo), photo)
    stacked = iv.from_function(lambda a: np.stack([a, -a], axis=1), photo, adds="sign")
    assert stacked.made == ("y", "sign", "x")
    scalar = iv.from_function(np.mean, photo, drops=("y", "x"))
    assert float(scalar(photo)) == float(photo.mean())
    lines = iv.from_function(lambda a: a - a.mean(), photo, "x")
    np.testing.assert_allclose(lines(photo), photo - photo.mean("x"), atol=1e-12)


def test_single_precision_is_measured_wherever_it_is(photo):
    inside = iv.from_function(
        lambda a: ndimage.gaussian_filter(a.astype("f4"), 1.0).astype("f8"), photo
    )
    given = iv.from_function(lambda a: (a / 3).astype("f4"), photo)
    double = iv.from_function(lambda a: a / 3, photo)
    assert [op(photo).dtype for op in (inside, given, double)] == ["f4", "f4", "f8"]
    assert effect(inside, "x") == (1, 0, 4, 4)
    assert double(photo.astype("f4")).dtype == "f4"


def test_a_global_function_reaches_everywhere_and_a_resizing_one_too(photo):
    scaled = iv.from_function(lambda a: a / a.max(), photo)
    assert effect(scaled, "x")[2:] == (np.inf, np.inf)
    fixed = iv.from_function(lambda a: signal.resample(signal.resample(a, 16), 16, axis=1), photo)
    y = fixed(photo)
    assert dict(y.sizes) == {"y": 16, "x": 16}
    assert y.y.values[1] - y.y.values[0] == 3


@pytest.mark.parametrize(
    "function",
    [
        lambda a: ndimage.gaussian_filter(a, 1.0, mode="wrap")[::2],
        lambda a: np.maximum(ndimage.correlate(a, np.ones((3, 2)), mode="constant"), 0),
    ],
)
def test_it_keeps_the_laws_of_operators(photo, function):
    op = iv.from_function(function, photo)
    iv.testing.check_operator(op, photo)


def levels(a):
    """Log energies of frames, none below a level that the loudest frame sets."""
    wide = np.pad(a, 32)
    energy = (np.lib.stride_tricks.sliding_window_view(wide, 64)[: len(a) + 1 : 16] ** 2).mean(-1)
    return np.maximum(np.log(energy), np.log(energy.max()) - 3)


@pytest.mark.nightly
def test_it_is_diagnosed_though_no_sample_is_free_of_the_border(speech):
    op = iv.from_function(levels, speech)
    assert effect(op, "time")[2:] == (np.inf, np.inf)
    said = iv.diagnose(op, speech, along="time", shifts=[0.001]).summary()
    assert "Why:" in said


def test_it_is_checked(speech):
    (result,) = iv.check(iv.from_function(levels, speech), speech, "time", max_error=-200.0)
    assert result.outcome == "falls short"


def test_a_function_that_refuses_nan_gives_nan(speech):
    op = iv.from_function(mel, speech, adds="mel")
    both = xr.concat([speech, speech * np.nan], "take")
    y = op(both)
    assert np.isfinite(y.isel(take=0)).all()
    assert np.isnan(y.isel(take=1)).all()


def test_a_function_of_one_length_is_said_to_be_that(photo):
    def only(a):
        if a.shape != (48, 40):
            raise ValueError("48 x 40 alone")
        return a[::2]

    with pytest.warns(UserWarning, match=r"only cannot be measured on .*48 x 40 alone") as told:
        op = iv.from_function(only, photo)
    assert len(told) == 2
    assert dict(op(photo).sizes) == {"y": 24, "x": 40}
    with pytest.raises(iv.errors.ParameterError, match="48 x 40 alone"):
        op(photo.isel(x=slice(0, 20)))


rng = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("function", "options", "said"),
    [
        (lambda a: a + rng.standard_normal(a.shape), {}, "is not deterministic"),
        (lambda a: a[0], {}, r"gives an array of shape \(40,\).*in drops="),
        (lambda a: a.sum(), {}, "gives a single number.*in drops="),
        (lambda a: np.stack([a, a]), {}, "Name axes that are new in adds="),
        (lambda a: (a, a), {}, "gives a tuple.*lambda a"),
        (lambda _: None, {}, "gives None"),
        (lambda a: a.astype(str), {}, "convert them to numbers"),
        (lambda a: np.bincount(a.ravel()), {}, "does not run on a float64 array"),
        (lambda a: a, {"drops": "z"}, "cannot drop the dim 'z'"),
        (lambda a: a, {"adds": "x", "drops": "y"}, "cannot add the dim 'x'"),
        (lambda a: a, {"dims": ("y", "z")}, "needs the dim 'z'"),
        (lambda a: a[::2], {"stride": {"y": 3}}, "has a stride of 2 samples, not of 3"),
        (lambda a: a, {"stride": {"z": 3}}, "does not keep the dim 'z'"),
        (lambda a: ndimage.uniform_filter(a, 5), {"reach": {"x": 1.0}}, "more than 1 samples"),
        ("mean", {}, "takes a function of plain arrays, not str"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_remedy(photo, function, options, said):
    with pytest.raises(iv.errors.InvarsigError, match=said):
        iv.from_function(function, photo, **options)


def by_keyword(*, y=None, sr=22050, n=3):
    return np.abs(y)


def by_two_keywords(*, signal, rate, n=3):
    return signal * rate


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (by_keyword, "lambda a: by_keyword(y=a). Its other arguments (sr, n) go there too."),
        (by_two_keywords, "lambda a: by_two_keywords(signal=a, rate=...). Its other arguments (n)"),
        (
            functools.partial(by_two_keywords, rate=4),
            "lambda a: by_two_keywords(signal=a, rate=...). Its other arguments (n)",
        ),
        (lambda **_given: 3, "It takes no array by position; wrap it in a function of one array."),
        (lambda: 3, "It takes no array by position; wrap it in a function of one array."),
    ],
)
def test_a_function_that_takes_no_array_by_position_is_refused_with_the_way_to_wrap_it(
    photo, function, said
):
    with pytest.raises(iv.errors.ParameterError) as raised:
        iv.from_function(function, photo)
    assert said in str(raised.value)


def test_the_advice_for_a_function_of_librosa_works(speech):
    librosa = pytest.importorskip("librosa", reason="librosa is not installed")
    with pytest.raises(iv.errors.ParameterError) as raised:
        iv.from_function(librosa.feature.melspectrogram, speech)
    assert "such as lambda a: melspectrogram(y=a). Its other arguments (sr, " in str(raised.value)
    (code,) = re.findall(r"such as (lambda a: .*?\))\.", str(raised.value))
    wrapped = eval(code, {"melspectrogram": librosa.feature.melspectrogram})
    assert wrapped(speech.to_numpy()).shape == (128, 5)


def test_a_shape_that_depends_on_the_values_is_refused(photo):
    op = iv.from_function(lambda a: a[a.mean(1) > 0], photo - photo.min() + 1)
    with pytest.raises(iv.errors.ParameterError, match="the shape depends on the values"):
        op(photo - photo.mean())


def test_values_that_are_not_finite_cannot_be_measured_with(photo):
    with pytest.raises(iv.errors.ParameterError, match=r"1 of 1920 values .* are not finite"):
        iv.from_function(np.abs, _with_nan(photo))


def _with_nan(x):
    y = x.copy()
    y[0, 0] = np.nan
    return y


def test_complex_and_integer_inputs(photo):
    whole = (photo * 9).astype("int64")
    op = iv.from_function(lambda a: a / 2, whole)
    np.testing.assert_array_equal(op(whole), whole / 2)
    turning = iv.from_function(lambda a: ndimage.uniform_filter(a, 3), photo + 1j * photo)
    assert turning.linear
    assert effect(turning, "x") == (1, 0, 1, 1)
    assert turning(photo + 1j * photo).dtype == np.complex128
