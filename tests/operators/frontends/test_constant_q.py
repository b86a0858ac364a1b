"""Constant-Q transforms against direct sums and librosa."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import invarsig as iv
from invarsig.axes import center_of
from invarsig.errors import AxisError, DimError, ParameterError

DATA = Path(__file__).parents[3] / "data"
RATE = 22050.0


def noise(rng, size: int = 2000, *, rate: float = 8000.0, periodic: bool = True):
    axis = iv.Axis("time", 0.5, 1 / rate, size, "s", size / rate if periodic else None)
    return iv.label(rng.standard_normal(size), axis)


def direct(
    values: np.ndarray, place: int, frequency: float, length: float, level: float
) -> complex:
    """One bin of one frame, as Brown writes it down, on a ring."""
    n = np.arange(-int(length), int(length) + 1)
    window = np.where(abs(n) < length / 2, level + (1 - level) * np.cos(2 * np.pi * n / length), 0)
    wave = np.exp(-2j * np.pi * frequency * n)
    return np.sum(window * values[(place + n) % values.size] * wave) / window.sum()


@pytest.mark.parametrize("gamma", [0.0, 30.0])
@pytest.mark.parametrize("quality", [None, 10.0])
@pytest.mark.parametrize(("taper", "level"), [("hann", 0.5), ("hamming", 0.54)])
def test_every_bin_is_the_sum_of_its_definition(gamma, quality, taper, level, rng):
    x = noise(rng)
    op = iv.ConstantQ(300.0, 24, 8, gamma=gamma, quality=quality, taper=taper, stride={"time": 40})
    out = op(x)
    q = quality or 1 / (2 ** (1 / 8) - 1)
    for k in (0, 11, 23):
        f = 300 * 2 ** (k / 8)
        for j in (0, 20, 49):
            wanted = direct(x.values, 40 * j, f / 8000, 8000 / (f / q + gamma), level)
            assert out.values[k, j] == pytest.approx(wanted, abs=1e-12)
    np.testing.assert_allclose(out.frequency, 300 * 2 ** (np.arange(24) / 8))
    assert (out.frequency.attrs["scale"], out.frequency.attrs["units"]) == ("log2", "Hz")


def test_the_closed_form_is_the_transform_of_the_taps():
    axis = iv.Axis("time", step=1 / 8000, size=1, unit="s")
    for taper in ("hann", "hamming"):
        op = iv.ConstantQ(300.0, 24, 8, gamma=5.0, taper=taper)
        taps = op._taps(iv.Axes({"time": axis}))
        k = np.arange(taps.shape[1]) - taps.shape[1] // 2
        f = np.linspace(-4000, 4000, 333)
        wanted = taps @ np.exp(-2j * np.pi * np.outer(k, f / 8000))
        np.testing.assert_allclose(op.frequency_response(axis, {"time": f}), wanted, atol=1e-12)


def librosa_cqt(x, hop, low, bands, gamma=0.0, rate=RATE) -> np.ndarray:
    """librosa's magnitudes with the gain of its window taken off, at its best precision."""
    librosa = pytest.importorskip("librosa")
    spectra = librosa.vqt(
        x.values, sr=rate, hop_length=hop, fmin=low, n_bins=bands, bins_per_octave=12, gamma=gamma,
        pad_mode="constant", tuning=0.0, sparsity=0.0, scale=False, res_type="soxr_vhq",
    )  # fmt: skip
    lengths, _ = librosa.filters.wavelet_lengths(
        freqs=low * 2 ** (np.arange(bands) / 12), sr=rate, gamma=gamma
    )
    return abs(spectra) / lengths[:, None]


def librosas_quality() -> float:
    """librosa's Q, from its relative bandwidth between the two neighbors."""
    return float((2 ** (2 / 12) + 1) / (2 ** (2 / 12) - 1))


MEASURED = {
    "music/guitar_em9": (0.447, 1.536),
    "music/morning_coffee": (0.442, 1.786),
    "music/tabla_loop": (1.072, 3.011),
    "environment/bell": (0.476, 1.724),
    "environment/crow": (0.903, 1.113),
    "environment/vinyl_hiss": (1.122, 3.828),
    "speech/allison_en": (0.609, 0.953),
    "speech/cards_005": (0.566, 1.299),
    "speech/carlo_it": (0.595, 1.017),
    "speech/goforward": (0.559, 1.408),
    "instruments/cello_049": (0.397, 1.075),
    "instruments/marimba_072": (0.371, 0.563),
    "instruments/piano_038": (0.610, 2.400),
    "instruments/piano_084": (0.392, 0.991),
    "instruments/tenorsax_058": (0.424, 0.843),
}
"""Difference from librosa in per cent of the norm, without a gamma and with one of 20 Hz."""


def at_night(names: list[str]) -> list[object]:
    """The first three by default, one of them far from librosa; the others in the nightly run."""
    return [*names[:3], *(pytest.param(name, marks=pytest.mark.nightly) for name in names[3:])]


def test_the_docstring_says_what_was_measured():
    plain, wide = np.array(list(MEASURED.values())).T
    said = " ".join(iv.ConstantQ.__doc__.split())
    assert f"of {len(MEASURED)} recordings" in said
    ends = [f"{plain.min():.1f} to {plain.max():.1f} %", f"{wide.min():.1f} to {wide.max():.1f} %"]
    assert f"{ends[0]} of their norm, {np.median(plain):.1f} % in the median" in said
    assert f"{ends[1]}, and {np.median(wide):.1f} %" in said


@pytest.mark.parametrize("name", at_night(list(MEASURED)))
@pytest.mark.parametrize("gamma", [0.0, 20.0])
def test_recordings_show_nearly_as_in_librosa(name, gamma):
    """As near as was measured when this was written, to a twentieth: libraries change.

    librosa halves the rate from octave to octave with a resampler whose pass band is not flat to
    the end, and its windows have a whole number of samples at the reduced rate; ours are evaluated
    at the full rate. The shorter the windows, the more a sample matters.
    """
    x = iv.read_audio((DATA / name).with_suffix(".flac")).astype(np.float64)
    rate = round(1 / iv.axis_of(x, "time").step)
    x = x.isel(time=slice(0, 3 * rate))
    low = 65.40639132514966
    op = iv.ConstantQ(
        low, 60, quality=librosas_quality(), gamma=gamma, stride={"time": 512},
        output="magnitude", boundary="zero",
    )  # fmt: skip
    ours, theirs = op(x).values, librosa_cqt(x, 512, low, 60, gamma, rate)
    assert ours.shape == theirs.shape
    off = 100 * np.linalg.norm(ours - theirs) / np.linalg.norm(ours)
    assert off == pytest.approx(MEASURED[name][gamma > 0], rel=0.05)


@pytest.mark.parametrize("frequency", [110.0, 440.0, 1000.0, 1500.0])
def test_tones_show_as_in_librosa(frequency):
    t = np.arange(44100) / RATE
    x = iv.label(np.cos(2 * np.pi * frequency * t), iv.Axis("time", 0.0, 1 / RATE, unit="s"))
    low = 65.40639132514966
    op = iv.ConstantQ(
        low, 60, quality=librosas_quality(), stride={"time": 512}, output="magnitude",
        boundary="zero",
    )  # fmt: skip
    inside = slice(25, -25)
    ours, theirs = op(x).values[:, inside], librosa_cqt(x, 512, low, 60)[:, inside]
    np.testing.assert_allclose(ours, theirs, atol=0.006 * ours.max())


@pytest.mark.parametrize("bin_", [0, 7, 19])
def test_a_sine_in_a_bin_shows_as_half_its_amplitude(bin_):
    f = 200 * 2 ** (bin_ / 12)
    t = np.arange(4000) / 4000
    x = iv.label(0.8 * np.cos(2 * np.pi * f * t), iv.Axis("time", step=1 / 4000, unit="s"))
    out = iv.ConstantQ(200.0, 24, output="magnitude", boundary="valid")(x)
    np.testing.assert_allclose(out.isel(frequency=bin_), 0.4, rtol=2e-3)


def test_transposition_by_a_bin_moves_the_picture_by_a_bin():
    t = np.arange(8000) / 8000
    axis = iv.Axis("time", step=1 / 8000, unit="s")
    op = iv.ConstantQ(200.0, 30, output="magnitude", boundary="valid", hop=0.05)
    low, high = (
        op(iv.label(np.cos(2 * np.pi * f * t), axis)).mean("time").values
        for f in (400.0, 400.0 * 2 ** (1 / 12))
    )
    np.testing.assert_allclose(high[1:], low[:-1], atol=2e-3)


def test_outputs_are_read_off_the_complex_one(rng):
    x = noise(rng)
    made = {
        kind: iv.ConstantQ(300.0, 12, hop=0.005, output=kind, floor=-60.0)(x)
        for kind in ("complex", "magnitude", "power", "dB")
    }
    spectra = made["complex"]
    np.testing.assert_allclose(made["magnitude"], abs(spectra))
    np.testing.assert_allclose(made["power"], abs(spectra) ** 2)
    np.testing.assert_allclose(made["dB"], 10 * np.log10(abs(spectra) ** 2 + 1e-6))
    assert [kind for kind, y in made.items() if "time_center_frequency" in y.coords] == ["complex"]


@pytest.mark.parametrize("step", [1 / 8000, -1 / 8000])
def test_complex_channels_turn_at_their_center_frequency(step):
    axis = iv.Axis("time", 0.0, step, 2000, "s", 0.25)
    x = iv.label(np.cos(2 * np.pi * 600 * axis.positions()), axis)
    out = iv.ConstantQ(300.0, 13)(x)
    center = center_of(out, "time")
    np.testing.assert_allclose(center, out.frequency * step)
    turn = np.angle(out.values[12, 1:] / out.values[12, :-1]) / (2 * np.pi)
    np.testing.assert_allclose(turn, center[12], atol=1e-5)


def test_the_complex_output_has_a_safe_stride_and_others_say_that_they_have_none(rng):
    x = noise(rng)
    op = iv.ConstantQ(300.0, 24, 8)
    stride = op.safe_stride(x, db=-60.0)
    assert 2 <= stride < 20
    moved = iv.Translate.in_samples(x, time=1)
    strided = iv.ConstantQ(300.0, 24, 8, stride={"time": 20})
    dense = iv.ConstantQ(300.0, 24, 8, stride={"time": 2})
    errors = [float(iv.equivariance_error(one, x, moved)) for one in (dense, strided)]
    assert errors[0] < 1e-3 < errors[1]
    with pytest.raises(ParameterError, match="output='power' is not a linear filter"):
        iv.ConstantQ(300.0, 24, 8, output="power").safe_stride(x)


def test_a_gamma_shortens_the_low_windows_most():
    axis = iv.Axis("time", step=1 / 8000, size=8000, unit="s")
    axes = iv.Axes({"time": axis})
    plain, varied = (iv.ConstantQ(100.0, 36, gamma=g)._designed(axes)[1] for g in (0.0, 20.0))
    ratio = varied / plain
    assert (np.diff(ratio) > 0).all()
    assert ratio[0] < 0.3
    np.testing.assert_allclose(8000 / varied - 8000 / plain, 20.0)


def test_levels_are_the_octaves_of_one_transform_each_at_its_hop(rng):
    x = noise(rng)
    whole = iv.ConstantQ(250.0, 28, stride={"time": 16})
    tree = iv.operators.constant_q_levels(whole)(x)
    full = iv.ConstantQ(250.0, 28, stride={"time": 1})(x)
    assert list(tree) == ["octave_0", "octave_1", "octave_2"]
    sizes = []
    for octave, node in enumerate(tree.values()):
        leaf = node.dataset["level"]
        hop = 16 // 2**octave
        part = full.isel(
            frequency=slice(12 * octave, 12 * octave + 12), time=slice(None, None, hop)
        )
        np.testing.assert_allclose(leaf, part, atol=1e-12)
        np.testing.assert_allclose(leaf.frequency, part.frequency)
        sizes.append(dict(leaf.sizes))
    assert sizes[2] == {"frequency": 4, "time": 500}
    seconds = iv.operators.constant_q_levels(iv.ConstantQ(250.0, 28, hop=0.002))(x)
    assert [node.dataset.sizes["time"] for node in seconds.values()] == [125, 250, 500]


# Wrong on purpose


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"low": 0.0}, "low is 0"),
        ({"bands": 0}, "number of bands is 0"),
        ({"bands_per_octave": 2.5}, "number of bands per octave is 2.5"),
        ({"hop": -0.1}, "hop is -0.1"),
        ({"gamma": -1.0}, "gamma is -1; give a bandwidth of at least 0"),
        ({"quality": 0.0}, "quality is 0"),
        ({"taper": "kaiser"}, "taper='kaiser' is unknown; give one of hann, hamming"),
        ({"output": "phase"}, "output='phase' is unknown"),
        ({"floor": np.nan}, "floor is nan"),
        ({"stride": {"x": 2}}, "stride names 'x'; windows lie along 'time'"),
        ({"stride": {"time": 0}}, "stride along 'time' is 0"),
        ({"boundary": "wrap"}, "'wrap' is unknown"),
    ],
)
def test_parameters_out_of_range_are_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        iv.ConstantQ(**options)


def test_what_does_not_fit_the_input_is_refused(rng):
    x = noise(rng)
    with pytest.raises(ParameterError, match=r"Bin 44 of 60.*beyond the Nyquist.*at most 44 bands"):
        iv.ConstantQ(300.0, 60)(x)
    with pytest.raises(ParameterError, match="give a lower low"):
        iv.ConstantQ(3990.0, 2)(x)
    with pytest.raises(AxisError, match=r"longer than the axis 'time' \(2000 samples"):
        iv.ConstantQ(30.0, 12)(x)
    with pytest.raises(DimError, match="'frequency' already; rename it, or give frequency="):
        iv.ConstantQ(300.0, 12)(x.expand_dims("frequency"))
    with pytest.raises(ParameterError, match=r"hop is not a whole number of samples.*0\.8 samples"):
        iv.ConstantQ(300.0, 12, hop=0.0001)(x)


def test_hops_that_cannot_be_halved_are_refused():
    with pytest.raises(ParameterError, match="no hop that could be halved"):
        iv.operators.constant_q_levels(iv.ConstantQ(300.0, 24))
    with pytest.raises(
        ParameterError, match="6 samples cannot be halved 2 times; give a multiple of 4"
    ):
        iv.operators.constant_q_levels(iv.ConstantQ(300.0, 36, stride={"time": 6}))


@pytest.mark.parametrize("periodic", [True, False])
def test_windows_longer_than_the_signal_are_told_by_their_frequency(rng, periodic):
    """Before any is made: a quality of a million would fill the memory."""
    x = noise(rng, periodic=periodic)
    with pytest.raises(AxisError, match=r"lowest bin, at 32\.7 Hz, are \d+ samples, longer.*gamma"):
        iv.ConstantQ(low=32.7, bands=12)(x)
    with pytest.raises(AxisError, match="longer than the axis"):
        iv.ConstantQ(low=1000.0, bands=2, quality=1e9)(x)
    assert iv.ConstantQ(low=32.7, bands=12, boundary="zero")(x).sizes["frequency"] == 12


def test_only_a_constant_q_transform_has_octaves_to_split():
    with pytest.raises(ParameterError, match="is not a ConstantQ"):
        iv.operators.constant_q_levels(iv.Spectrogram(0.01, 0.01))
