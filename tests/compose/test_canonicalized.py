"""Registered inputs give the same wherever they stood, as well as the frame follows them."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.registration import phase_cross_correlation

import invarsig as iv
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError
from tests.compose.rings import circle, off, torus
from tests.conftest import ring


def blob(centers, size: int = 40, width: float = 3.0) -> xr.DataArray:
    """Smooth positive bumps on a torus, band-limited as good as exactly, one per item."""
    n = np.arange(size)
    items = []
    for center in centers:
        lines = [
            sum(np.exp(-0.5 * ((n - c + k * size) / width) ** 2) for k in (-2, -1, 0, 1, 2))
            for c in center
        ]
        items.append(np.multiply.outer(*lines))
    return torus(np.array(items))


def test_the_center_of_mass_is_scipys_where_the_axis_ends(rng):
    values = rng.uniform(size=(3, 9, 12))
    x = iv.label(values, "item", iv.Axis("y", 5.0, 0.5, 9), iv.Axis("x", 2.0, 2.0, 12))
    offset = iv.CenterOfMass(("y", "x")).offset(x)
    for k, each in enumerate(values):
        down, across = ndimage.center_of_mass(each)
        assert float(offset["y"][k]) == pytest.approx(0.5 * (down - 4))
        assert float(offset["x"][k]) == pytest.approx(2.0 * (across - 6))
    energy = iv.CenterOfMass("x", power=2).offset(x.isel(y=0))["x"]
    assert float(energy[0]) == pytest.approx(2 * (ndimage.center_of_mass(values[0, 0] ** 2)[0] - 6))


def test_the_center_of_mass_follows_a_positive_signal_by_any_fraction():
    x = blob([(12.3, 30.0), (39.8, 0.2)])
    frame = iv.CenterOfMass(("y", "x"))
    np.testing.assert_allclose(frame.offset(x)["y"], [12.3 - 20, 39.8 - 20], atol=1e-12)
    move = iv.Translate(y=3.37, x=-7.61)
    before, after = frame.offset(x), frame.offset(move(x))
    for dim, length in move.shifts.items():
        moved = (after[dim] - before[dim] - length + 20) % 40 - 20
        np.testing.assert_allclose(moved, 0, atol=1e-11)


@pytest.mark.parametrize("size", [15, 16])
def test_the_energys_center_follows_any_signal_without_its_highest_frequency(size, rng):
    spectrum = np.fft.rfft(rng.standard_normal(size))
    frame, move = iv.CenterOfMass("x", power=2), iv.Translate(x=0.37)
    for highest, limit in ((True, 1.0), (False, 1e-12)):
        spectrum[-1] *= highest
        x = circle(np.fft.irfft(spectrum, size))
        apart = float(frame.offset(move(x))["x"] - frame.offset(x)["x"]) - 0.37
        assert abs((apart + size / 2) % size - size / 2) < limit
        assert highest == (abs((apart + size / 2) % size - size / 2) > 1e-6)


def test_canonical_by_center_of_mass_is_invariant_to_fractions_of_a_sample():
    x = blob([(12.3, 30.0), (39.8, 0.2)])
    pool = iv.MaxPool(window={"y": 4, "x": 4})
    fixed = iv.compose.canonicalize(pool, iv.CenterOfMass(("y", "x")))
    for move in (iv.Translate(y=5, x=-11), iv.Translate(y=0.37, x=12.61)):
        assert off(pool(move(x)), pool(x)) > 0.1
        assert off(fixed(move(x)), fixed(x)) < 1e-10
    back = iv.compose.canonicalize(
        iv.Convolve(iv.label(np.ones((3, 3)), "y", "x")), fixed.frame, back=True
    )
    assert float(iv.equivariance_error(back, x, iv.Translate(y=0.37, x=2.61))) < 1e-10


@pytest.mark.parametrize("normalized", [True, False])
@pytest.mark.parametrize("upsample", [1, 4, 10])
@pytest.mark.parametrize("sizes", [(24, 31), (16, 16)])
def test_phase_correlation_finds_what_scikit_image_finds(sizes, upsample, normalized, rng):
    smooth = iv.GaussianBank(sigma={"y": 1.5, "x": 1.5})
    reference = smooth(torus(rng.standard_normal(sizes)))
    moves = [iv.Translate(y=3.0, x=-7.0), iv.Translate(y=-1.4, x=5.3), iv.Translate(y=0.25, x=0.0)]
    noise = 0.05 * rng.standard_normal((3, *sizes)) * float(reference.std())
    x = torus(np.stack([move(reference).to_numpy() for move in moves]) + noise)
    frame = iv.PhaseCorrelation(reference, upsample=upsample, normalized=normalized)
    offset = frame.offset(x)
    for k in range(3):
        shift, _, _ = phase_cross_correlation(
            reference.to_numpy(),
            x[k].to_numpy(),
            upsample_factor=upsample,
            normalization="phase" if normalized else None,
        )
        # What registers the picture is the way back.
        assert float(offset["y"][k]) == pytest.approx(-shift[0], abs=1e-9)
        assert float(offset["x"][k]) == pytest.approx(-shift[1], abs=1e-9)


@settings(max_examples=20)
@given(down=st.integers(-40, 40), across=st.integers(-40, 40), seed=st.integers(0, 9))
def test_canonical_by_phase_correlation_is_invariant_to_whole_samples_to_the_bit(
    down, across, seed
):
    rng = np.random.default_rng(seed)
    reference, x = torus(rng.standard_normal((12, 15))), torus(rng.standard_normal((2, 12, 15)))
    pool = iv.MaxPool(window={"y": 3, "x": 5}) >> iv.Square()
    fixed = iv.compose.canonicalize(pool, iv.PhaseCorrelation(reference))
    move = iv.Translate(y=down, x=across)
    np.testing.assert_array_equal(fixed(move(x)), fixed(x))
    back = iv.compose.canonicalize(
        iv.LocallyConnected(iv.label(np.arange(15.0)[:, None], "x", "x_tap")),
        iv.PhaseCorrelation(reference),
        back=True,
    )
    np.testing.assert_array_equal(back(move(x)), move(back(x)))


def test_at_fractions_a_whole_frame_leaves_up_to_half_a_sample_and_a_fine_one_less(photograph):
    x = ring(photograph, y=64, x=64)
    edge = iv.Convolve(iv.label([[1.0, 0.0, -1.0]], "y", "x")) >> iv.Relu()
    move = iv.Translate(y=3.37, x=-5.61)
    errors = {}
    for upsample in (1, 10, 100):
        fixed = iv.compose.canonicalize(edge, iv.PhaseCorrelation(x, upsample=upsample))
        errors[upsample] = off(fixed(move(x)), fixed(x))
    plain = off(edge(move(x)), edge(x))
    # Left over are 0.39 and 0.37 of a sample; less than 0.05; less than 0.005.
    assert plain > 1 > errors[1] > 0.2
    assert errors[10] < 0.3 * errors[1]
    assert errors[100] < 0.3 * errors[10] + 0.02
    near = iv.compose.canonicalize(edge, iv.PhaseCorrelation(x))
    left = off(edge(iv.Translate(y=0.37, x=0.39)(x)), edge(x))
    assert off(near(move(x)), near(x)) == pytest.approx(left, rel=1e-2)


def test_a_frame_that_is_joint_moves_all_channels_alike(rng):
    x = torus(rng.standard_normal((3, 16, 16)))
    for frame in (iv.CenterOfMass(("y", "x"), "item"), iv.PhaseCorrelation(x[0], "item")):
        assert frame.offset(x)["y"].dims == ()
        fixed = iv.compose.canonicalize(iv.GlobalPool("item"), frame)
        assert off(fixed(iv.Translate(y=3, x=5)(x)), fixed(x)) < 1e-13
    both = iv.PhaseCorrelation(x, "item")
    assert float(both.offset(iv.Translate(y=-3)(x))["y"]) == -3
    # Each channel alone is found where it is.
    assert iv.PhaseCorrelation(x[0]).offset(x)["y"].dims == ("item",)


@pytest.mark.parametrize("boundary", ["ring", "end"])
@pytest.mark.parametrize("wave", [False, True])
def test_each_item_is_moved_as_translate_moves_it(wave, boundary, rng):
    values = rng.uniform(size=(2, 3, 10, 16))
    period = {"y": 20.0, "x": 48.0} if boundary == "ring" else {"y": None, "x": None}
    axes = [
        iv.Axis("y", 1.0, 2.0, 10, "px", period["y"]),
        iv.Axis("x", 0, 3.0, 16, "px", period["x"]),
    ]
    x = iv.label(values, "item", "channel", *axes).transpose("y", "item", "x", "channel")
    frame = iv.CenterOfMass(("y", "x"))
    offset = frame.offset(x)
    body = iv.Convolve(iv.label(np.exp(2j * np.pi * np.outer([0.1, 0.3], np.arange(3))), "f", "x"))
    op = iv.compose.canonicalize(body if wave else iv.Relu(), frame, back=wave)
    y = op(x)
    for k in range(2):
        for c in range(3):
            lengths = {dim: float(offset[dim][k, c]) for dim in offset}
            item = {"item": k, "channel": c}
            move = iv.Translate(lengths)
            wanted = op.body(move.at(-1)(x.isel(item)))
            wanted = move(wanted) if wave else wanted
            assert off(y.isel(item), wanted) < 1e-14


class AtThePeak(iv.Frame):
    """A user's own frame: the largest sample comes to the first place."""

    dims = ("x",)
    jointly = ()

    def check(self, axes):
        assert axes["x"].periodic

    def _found(self, values, axes):
        return values.argmax(axis=-1)[:, None].astype(float)


def test_a_frame_of_ones_own_will_do(rng):
    x = circle(rng.standard_normal((3, 10)), step=0.5)
    y = iv.compose.canonicalize(iv.Relu(), AtThePeak())(x)
    np.testing.assert_array_equal(y.isel(x=0), x.max("x"))
    np.testing.assert_array_equal(AtThePeak().offset(x)["x"], x.idxmax("x"))


def test_where_an_axis_ends_what_is_pushed_out_is_lost(rng):
    values = np.zeros((2, 20))
    values[:, 2:5] = rng.uniform(1, 2, (2, 3))
    x = iv.label(values, "item", iv.Axis("x", unit="px"))
    fixed = iv.compose.canonicalize(iv.Square(), iv.CenterOfMass("x", whole=True))
    y = fixed(x)
    assert (y.to_numpy() > 0).sum() == 6
    assert off(fixed(iv.Translate(x=9)(x)), y) < 1e-15
    # Beyond the end there is nothing to register.
    assert off(fixed(iv.Translate(x=17)(x)), y) > 0.1


def test_an_item_that_holds_nan_is_nan_alone(rng):
    values = rng.standard_normal((3, 10))
    values[1, 4] = np.nan
    y = iv.compose.canonicalize(iv.Relu(), iv.CenterOfMass("x"))(circle(values))
    assert np.isnan(y.to_numpy()).all(axis=1).tolist() == [False, True, False]
    assert np.isnan(iv.PhaseCorrelation(circle(values[0])).offset(circle(values))["x"][1])


def test_silence_stays_where_it_is():
    nothing = circle(np.zeros((2, 8)))
    for frame in (iv.CenterOfMass("x"), iv.PhaseCorrelation(circle(np.ones(8)))):
        assert iv.compose.canonicalize(iv.Relu(), frame)(nothing).equals(nothing)
        assert float(abs(frame.offset(nothing)["x"]).max()) == 0
    ended = iv.label(np.zeros(8), "x")
    assert float(iv.CenterOfMass("x").offset(ended)["x"]) == 0


def test_frames_that_do_not_fit_are_named(rng):
    x = circle(rng.standard_normal((2, 12)))
    with pytest.raises(AxisError, match="reference has 8 samples and the input 12"):
        iv.compose.canonicalize(iv.Relu(), iv.PhaseCorrelation(circle(np.ones(8))))(x)
    with pytest.raises(DimError, match="needs the dim 'y'"):
        iv.compose.canonicalize(iv.Relu(), iv.CenterOfMass(("y", "x")))(x)
    with pytest.raises(DtypeError, match="registers real signals"):
        iv.CenterOfMass("x").offset(x * 1j)
    with pytest.raises(ParameterError, match="power is 0; give a value above 0"):
        iv.CenterOfMass("x", power=0)
    with pytest.raises(ParameterError, match="at least one dim to register along"):
        iv.CenterOfMass(())
    with pytest.raises(ParameterError, match="along 'x' and is joint over it"):
        iv.CenterOfMass("x", joint="x")
    with pytest.raises(ParameterError, match="upsample is 0"):
        iv.PhaseCorrelation(x, upsample=0)
    with pytest.raises(ParameterError, match="reference must be an xarray"):
        iv.PhaseCorrelation(np.ones(3))
    with pytest.raises(ParameterError, match="reference holds NaN"):
        iv.PhaseCorrelation(circle([1.0, np.nan]))
    with pytest.raises(ParameterError, match="'x' is not a frame"):
        iv.compose.canonicalize(iv.Relu(), "x")
    lost = iv.compose.canonicalize(iv.GlobalPool("item"), iv.CenterOfMass("x"), back=True)
    with pytest.raises(DimError, match="along 'item' are registered one by one"):
        lost(x)


@pytest.mark.parametrize("upsample", [1, 4])
@pytest.mark.parametrize("normalized", [True, False])
def test_a_tone_is_not_registered_upside_down(upsample, normalized):
    x = circle(np.cos(2 * np.pi * 8 * np.arange(64) / 64 + 0.3))
    frame = iv.PhaseCorrelation(x, upsample=upsample, normalized=normalized)
    body = iv.compose.canonicalize(iv.MaxPool(window={"x": 4}), frame)
    for shift in range(9):
        move = iv.Translate(x=float(shift))
        away = float(frame.offset(move(x))["x"]) - shift
        assert abs(away / 8 - round(away / 8)) < 1e-9
        assert float(iv.invariance_error(body, x, move)) < 1e-9


def test_a_plain_correlation_is_numpys(rng):
    band = np.abs(np.abs(np.fft.fftfreq(64)) - 0.25) < 0.04
    wave = np.fft.ifft(np.fft.fft(rng.standard_normal(64)) * band).real
    noisy = np.roll(wave, 5) + 0.5 * wave.std() * rng.standard_normal((40, 64))
    found = iv.PhaseCorrelation(iv.label(wave, "x"), normalized=False).offset(
        iv.label(noisy, "item", "x")
    )
    shifts = np.arange(-31, 33)
    products = np.stack([noisy @ np.roll(wave, shift) for shift in shifts])
    np.testing.assert_array_equal(found["x"], shifts[products.argmax(axis=0)])
