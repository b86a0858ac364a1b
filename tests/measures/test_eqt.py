"""EQ-T: against the published sums, its ceiling, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

import invarsig as iv
from tests.conftest import ring
from tests.kernels.test_lanczos import by_hand

HALF = iv.SpectralPool(stride={"x": 2})


def noise(rng, size=81, exponent=1.0):
    axes = [iv.Axis(dim, size=size, unit="px", period=float(size)) for dim in ("y", "x")]
    return iv.power_law_noise(*axes, exponent=exponent, rng=rng)


def test_whole_shifts_are_the_published_ratio_by_hand(rng):
    x = noise(rng, 64)
    op = iv.MaxPool(window={"x": 4, "y": 1})
    shifts = [4, -8, 12, 3]

    def pooled(a):
        return a.reshape(64, 16, 4).max(-1)

    squares = []
    for d in shifts[:3]:
        gap = pooled(np.roll(x.values, d, 1)) - np.roll(pooled(x.values), d // 4, 1)
        squares.append((gap**2).mean())
    assert np.mean(squares) == 0
    assert float(iv.measures.eqt(op, x, [iv.Translate(x=d) for d in shifts[:3]])) == np.inf
    turned = np.fft.fft(pooled(x.values), axis=1) * np.exp(-2j * np.pi * np.fft.fftfreq(16) * 0.75)
    turned[:, 8] = np.fft.fft(pooled(x.values), axis=1)[:, 8] * np.cos(np.pi * 0.75)
    gap = pooled(np.roll(x.values, 3, 1)) - np.fft.ifft(turned, axis=1).real
    expected = 20 * np.log10(2) - 10 * np.log10((gap**2).sum() / (4 * gap.size))
    score = iv.measures.eqt(op, x, [iv.Translate(x=d) for d in shifts], signal_range=2)
    assert float(score) == pytest.approx(float(expected), abs=1e-9)
    assert score.attrs["units"] == "dB"
    assert score.attrs["signal_range"] == 2


def test_fractional_shifts_are_those_of_another_fourier_shift(rng):
    x = noise(rng)
    move = iv.Translate(y=1.37, x=-4.61)

    def shifted(a):
        return np.fft.ifft2(ndimage.fourier_shift(np.fft.fft2(a), (1.37, -4.61))).real

    gap = np.maximum(shifted(x.values), 0) - shifted(np.maximum(x.values, 0))
    span = np.maximum(x.values, 0).max()
    expected = 20 * np.log10(span) - 10 * np.log10((gap**2).mean())
    assert float(iv.measures.eqt(iv.Relu(), x, move)) == pytest.approx(float(expected), abs=1e-8)


def test_by_lanczos_it_is_the_published_masked_sum(rng):
    """Sums of squares and of masks over all shifts, and only then their ratio."""
    values = rng.standard_normal(64)
    x = iv.label(values, iv.Axis("x", unit="px", period=64.0))
    shifts, op = [2.6, -5.3, 0.5], iv.BlurPool(taps=5, stride={"x": 1})
    square = count = best = 0.0
    for d in shifts:
        last, clean = by_hand(op(x).to_numpy(), d, 3)
        square += ((op(iv.Translate(x=d)(x)).to_numpy() - last)[clean] ** 2).sum()
        best += ((iv.Translate(x=d)(op(x)).to_numpy() - last)[clean] ** 2).sum()
        count += clean.sum()
    moves = [iv.Translate(x=d) for d in shifts]
    score = iv.measures.eqt(op, x, moves, interpolation="lanczos", signal_range=2)
    expected = [20 * np.log10(2) - 10 * np.log10(each / count) for each in (square, best)]
    assert float(score) == pytest.approx(expected[0], abs=1e-9)
    assert float(score.ceiling) == pytest.approx(expected[1], abs=1e-9)


@pytest.mark.parametrize("exponent", [1.0, 1.5])
def test_a_perfect_operator_meets_the_ceiling_of_lanczos_and_of_round_off(rng, exponent):
    x = noise(rng, 128, exponent)
    moves = iv.measures.random_translations(x, ("y", "x"), count=4, rng=1)
    for op in (HALF, iv.SpectralPool(stride={"y": 2, "x": 4})):
        lanczos = iv.measures.eqt(op, x, moves, interpolation="lanczos")
        assert 30 < float(lanczos) < 55
        assert float(lanczos) == pytest.approx(float(lanczos.ceiling), abs=1e-6)
        exact = iv.measures.eqt(op, x, moves)
        assert float(exact) > 290
        assert float(exact) < float(exact.ceiling) + 3


def test_what_is_not_perfect_stays_below_the_ceiling_of_either(photograph):
    x = ring(photograph, x=256, y=256)
    moves = iv.measures.random_translations(x, ("y", "x"), count=4, rng=1)
    op = iv.MaxPool(window={"x": 2, "y": 2})
    for interpolation in ("exact", "lanczos"):
        score = iv.measures.eqt(op, x, moves, interpolation=interpolation)
        assert float(score) < float(score.ceiling) - 5


def test_twice_the_signal_scores_the_same_and_twice_the_range_six_decibels_more(rng):
    x, move = noise(rng), iv.Translate(x=0.4)
    op = iv.MaxPool(window={"x": 3})
    once = float(iv.measures.eqt(op, x, move))
    assert float(iv.measures.eqt(op, 2 * x, move)) == pytest.approx(once, abs=1e-9)
    wide = [float(iv.measures.eqt(op, x, move, signal_range=r)) for r in (1.0, 2.0)]
    assert wide[1] - wide[0] == pytest.approx(20 * np.log10(2), abs=1e-12)


def test_it_is_the_equivariance_error_on_another_scale(rng):
    x, move = noise(rng), iv.Translate(x=0.4)
    op = iv.MaxPool(window={"x": 3})
    y = op(x)
    error = float(iv.equivariance_error(op, x, move, norm="total"))
    rms = error * float(np.sqrt((y**2).mean()))
    assert float(iv.measures.eqt(op, x, move, signal_range=1)) == pytest.approx(
        -20 * np.log10(rms), abs=1e-9
    )


def test_one_score_for_each_entry_that_is_kept(rng):
    x = iv.label(rng.standard_normal((3, 60)), "channel", iv.Axis("x", unit="px", period=60.0))
    moves = [iv.Translate(x=0.3), iv.Translate(x=1.2)]
    op = iv.MaxPool(window={"x": 2})
    each = iv.measures.eqt(op, x, moves, signal_range=2, keep=["channel"])
    alone = [float(iv.measures.eqt(op, x[k], moves, signal_range=2)) for k in range(3)]
    np.testing.assert_allclose(each, alone, atol=1e-9)
    lanczos = iv.measures.eqt(
        op, x, moves, signal_range=2, keep=["channel"], interpolation="lanczos"
    )
    alone = [
        float(iv.measures.eqt(op, x[k], moves, signal_range=2, interpolation="lanczos"))
        for k in range(3)
    ]
    np.testing.assert_allclose(lanczos, alone, atol=1e-9)


def test_inside_borders_the_ceiling_is_that_of_the_interpolator(photograph):
    op = iv.BlurPool(taps=7, stride={"x": 2}, boundary="reflect")
    score = iv.measures.eqt(op, photograph, iv.Translate(x=3))
    assert 30 < float(score.ceiling) < 80
    assert float(score) < float(score.ceiling) + 3
    assert float(iv.measures.eqt(iv.Relu(), photograph, iv.Translate(x=3)).ceiling) > 280


@pytest.mark.parametrize("protocol", ["interior", "cut"])
def test_under_each_protocol_it_is_the_mean_square_of_what_is_compared(photograph, protocol):
    from invarsig.measures.protocols import compare

    op, moves = iv.MaxPool(window={"x": 3}), [iv.Translate(x=d) for d in (1, -5)]
    gaps = [compare(op, photograph, move, protocol).difference.values.ravel() for move in moves]
    score = iv.measures.eqt(op, photograph, moves, protocol=protocol, signal_range=1)
    assert float(score) == pytest.approx(-10 * np.log10((np.concatenate(gaps) ** 2).mean()))
    assert float(score) < float(score.ceiling)


def test_a_lost_axis_makes_it_invariance(photograph):
    x = ring(photograph, x=256)
    op, move = iv.MaxPool(window={"x": 4}) >> iv.GlobalPool("x", kind="mean"), iv.Translate(x=1)
    gap = op(move(x)).values - op(x).values
    for interpolation in ("exact", "lanczos"):
        score = iv.measures.eqt(op, x, move, signal_range=1, interpolation=interpolation)
        assert float(score) == pytest.approx(-10 * np.log10((gap**2).mean()))


def test_drawn_translations_are_a_share_of_each_axis_and_repeat(photograph):
    x = ring(photograph, x=64, y=128)
    drawn = iv.measures.random_translations(x, ("y", "x"), count=200, rng=5)
    for dim, size in (("y", 128), ("x", 64)):
        shifts = np.array([move.shifts[dim] for move in drawn])
        assert np.abs(shifts).max() <= size / 8
        assert np.abs(shifts).max() > size / 9
    assert drawn == iv.measures.random_translations(x, ("y", "x"), count=200, rng=5)
    whole = iv.measures.random_translations(x, "x", count=50, largest=0.5, whole=True, rng=5)
    assert all(move.shifts["x"] == int(move.shifts["x"]) for move in whole)


def test_drawn_translations_are_in_the_unit_of_the_axis(speech):
    x = ring(speech, time=1600)
    move = iv.measures.random_translations(x, "time", count=1, whole=True, rng=0)[0]
    samples = move.shifts["time"] * 16000
    assert samples == pytest.approx(round(samples), abs=1e-9)
    assert abs(samples) <= 200


def test_nan_and_silence_are_no_score(rng):
    x = noise(rng, 16).copy()
    assert np.isnan(iv.measures.eqt(HALF, x * 0, iv.Translate(x=1)))
    x[3, 4] = np.nan
    assert np.isnan(iv.measures.eqt(HALF, x, iv.Translate(x=1)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"interpolation": "bilinear"}, "exact, lanczos"),
        ({"signal_range": 0}, "above 0"),
        ({"signal_range": np.nan}, "above 0"),
        ({"keep": ["z"]}, "'z'"),
        ({"protocol": "cut", "interpolation": "lanczos"}, "periodic protocol"),
    ],
)
def test_what_is_unknown_is_refused(rng, change, said):
    with pytest.raises(iv.errors.InvarsigError, match=said):
        iv.measures.eqt(iv.Relu(), noise(rng, 16), iv.Translate(x=1), **change)


def test_a_complex_output_has_no_range(rng):
    bank = iv.GaborBank("x", frequency=[0.2])
    with pytest.raises(iv.errors.DtypeError, match="Modulus"):
        iv.measures.eqt(bank, noise(rng, 64), iv.Translate(x=1))


def test_shifts_that_leave_nothing_are_refused(rng):
    with pytest.raises(iv.errors.ParameterError, match="nothing to compare"):
        iv.measures.eqt(iv.Relu(), noise(rng, 16), iv.Translate(x=15.5), interpolation="lanczos")


@pytest.mark.parametrize(
    "wrong",
    [{"count": 0}, {"count": 2.5}, {"largest": 0}, {"largest": 2}, {"rng": None}, {"count": True}],
)
def test_what_cannot_be_drawn_is_refused(rng, wrong):
    with pytest.raises(iv.errors.ParameterError, match="give"):
        iv.measures.random_translations(noise(rng, 16), "x", **{"rng": 1, **wrong})
