"""The error that a filter and its stride will make, against what random signals show."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import DimError, ParameterError

DRAWS = 200


def noise(exponent: float, **sizes: int):
    """Draws of random signals whose spectra are not brought to one energy each."""
    axes = [iv.Axis(dim, size=n, unit="px", period=float(n)) for dim, n in sizes.items()]
    white = np.random.default_rng(5).standard_normal((DRAWS, *sizes.values()))
    grid = np.meshgrid(*(np.fft.fftfreq(n) for n in sizes.values()), indexing="ij")
    radius = np.sqrt(sum(f**2 for f in grid))
    radius[radius == 0] = np.inf
    over = tuple(range(1, white.ndim))
    shaped = np.fft.ifftn(np.fft.fftn(white, axes=over) * radius**-exponent, axes=over).real
    return iv.label(shaped, "channel", *axes)


OPS = [
    iv.Subsample(stride={"x": 4}),
    iv.BlurPool(taps=3, stride={"x": 2}),
    iv.MeanPool(window={"x": 3}),
    iv.GaussianBank(sigma={"x": [0.8, 1.6]}, stride={"x": 4}),
    iv.GaborBank("x", frequency=[0.1, 0.2], bandwidth=1.2, stride={"x": 6}),
    iv.GaborBank("x", frequency=[0.15], part="real", stride={"x": 3}),
]


@pytest.mark.parametrize("op", OPS, ids=str)
@pytest.mark.parametrize("exponent", [0.0, 1.0])
@pytest.mark.parametrize("shift", [1.0, 0.37])
def test_the_expected_error_is_what_random_signals_show(op, exponent, shift):
    """Energies of errors and of outputs, each averaged over draws, have the expected ratio."""
    x = noise(exponent, x=144)
    move = iv.Translate(x=shift)
    gap = iv.commutator(op, x, move)
    out = op(x) - op(x).mean("x")
    others = [dim for dim in gap.dims if dim in ("channel", "x")]
    measured = np.sqrt((abs(gap) ** 2).sum(others) / (abs(out) ** 2).sum(others))
    expected = iv.aliasing.expected_error(op, x, move, exponent=exponent).expected
    # 200 draws of 144 samples: a few per cent; a real signal's Nyquist bin has a rule of its own.
    np.testing.assert_allclose(measured.to_numpy(), expected.to_numpy(), rtol=0.1)


def test_two_dims_at_once_add_their_turns():
    x = noise(1.0, y=48, x=72)
    op = iv.BlurPool(taps=3, stride={"y": 2, "x": 3})
    move = iv.Translate(y=1, x=2)
    gap, out = iv.commutator(op, x, move), op(x) - op(x).mean(["y", "x"])
    measured = float(np.sqrt((gap**2).sum() / (out**2).sum()))
    assert float(iv.aliasing.expected_error(op, x, move, exponent=1.0).expected) == pytest.approx(
        measured, rel=0.05
    )


def test_the_sine_that_fares_worst_is_one():
    """Of all sines on the grid none errs more, against the one that comes through best."""
    axis = iv.Axis("x", size=48, unit="px", period=48.0)
    op, move = iv.BlurPool(taps=3, stride={"x": 4}), iv.Translate(x=1)
    # One-sided sines: a real one at the edge of the band folds onto itself.
    waves = np.exp(2j * np.pi * np.outer(np.arange(-23, 24), np.arange(48)) / 48)
    x = iv.label(waves, "wave", axis)
    size = np.sqrt((abs(iv.commutator(op, x, move)) ** 2).mean("x"))
    through = abs(op.frequency_response(axis, {"x": np.arange(48) / 48})).max()
    worst = iv.aliasing.expected_error(op, axis, move).worst
    np.testing.assert_allclose(size.max() / through, worst, rtol=1e-12)


def test_a_stride_of_one_and_a_whole_stride_make_no_error():
    axis = iv.Axis("x", size=48, period=48.0)
    blur = iv.BlurPool(taps=3, stride={"x": 1})
    assert float(iv.aliasing.expected_error(blur, axis, iv.Translate(x=0.37)).expected) == 0
    whole = iv.aliasing.expected_error(
        iv.BlurPool(taps=3, stride={"x": 4}), axis, iv.Translate(x=4)
    )
    assert float(whole.worst) < 1e-15


def test_what_has_no_response_is_refused():
    axis = iv.Axis("x", size=48, period=48.0)
    with pytest.raises(ParameterError, match="no frequency response"):
        iv.aliasing.expected_error(iv.MaxPool(window={"x": 2}), axis, iv.Translate(x=1))
    with pytest.raises(DimError, match="does not filter along 'y'"):
        iv.aliasing.expected_error(iv.Subsample(stride={"x": 2}), axis, iv.Translate(y=1))
    with pytest.raises(ParameterError, match="finite"):
        iv.aliasing.expected_error(
            iv.Subsample(stride={"x": 2}), axis, iv.Translate(x=1), exponent=float("inf")
        )


@pytest.mark.parametrize("shift", [1.0, 0.37, 0.5])
@pytest.mark.parametrize("frequency", [0.45, 0.48])
def test_a_band_that_meets_the_nyquist_frequency_of_a_real_signal_ends_there(frequency, shift):
    """What its output bins stand for beyond it is at the other end of the band, as in moving."""
    x = noise(0.0, x=240)
    op = iv.GaborBank("x", [frequency], bandwidth=0.3, truncate=5, stride={"x": 6})
    move = iv.Translate(x=shift)
    gap, out = iv.commutator(op, x, move), op(x) - op(x).mean("x")
    measured = float(np.sqrt((abs(gap) ** 2).sum() / (abs(out) ** 2).sum()))
    assert iv.aliasing.expected_error(op, x, move).expected.item() == pytest.approx(
        measured, rel=0.05
    )


@pytest.mark.parametrize(("size", "stride"), [(12, 4), (15, 5)])
def test_what_folds_onto_the_mean_is_no_part_of_the_output_without_it(size, stride):
    """Odd numbers of output samples, which have no Nyquist bin."""
    axis = iv.Axis("x", size=size, period=float(size))
    x = iv.label(np.random.default_rng(5).standard_normal((4000, size)), "channel", axis)
    op, move = iv.Subsample(stride={"x": stride}), iv.Translate(x=1)
    gap, out = iv.commutator(op, x, move), op(x) - op(x).mean("x")
    measured = float(np.sqrt((gap**2).sum() / (out**2).sum()))
    assert float(iv.aliasing.expected_error(op, x, move).expected) == pytest.approx(
        measured, rel=0.02
    )


def test_an_axis_that_ends_need_be_no_multiple_of_the_stride():
    op, move = iv.BlurPool(taps=3, stride={"x": 4}), iv.Translate(x=1)
    found = [
        iv.aliasing.expected_error(op, iv.Axis("x", size=n), move).expected for n in (1000, 1001)
    ]
    assert float(found[1]) == pytest.approx(float(found[0]), rel=1e-2)
