"""Work: what each operator counts is what can be counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import invarsig as iv
from invarsig.kernels.operation_counts import of_transform
from invarsig.operators.composed import Composed
from invarsig.operators.work import work
from invarsig.testing import public_operators

ROWS, COLUMNS = 16, 32


@pytest.fixture
def x(rng) -> xr.DataArray:
    return picture(rng, ROWS, COLUMNS)


def picture(rng: np.random.Generator, rows: int, columns: int) -> xr.DataArray:
    axes = (iv.Axis(dim, period=float(n)) for dim, n in (("y", rows), ("x", columns)))
    return iv.label(rng.standard_normal((rows, columns)), *axes)


def transform(n: int) -> float:
    """Real multiplications of a complex transform; those with one real side are half of it."""
    return 2 * n * math.log2(n)


def test_a_transform_counts_what_the_textbook_recursion_does():
    def radix_two(values: list[complex]) -> tuple[list[complex], int]:
        """Transform by halving, and count its complex multiplications."""
        if len(values) == 1:
            return values, 0
        (even, one), (odd, other) = radix_two(values[::2]), radix_two(values[1::2])
        half = len(values) // 2
        turned = [np.exp(-2j * np.pi * k / len(values)) * odd[k] for k in range(half)]
        there = [a + b for a, b in zip(even, turned, strict=True)]
        back = [a - b for a, b in zip(even, turned, strict=True)]
        return there + back, one + other + half

    values = np.random.default_rng(1).standard_normal(64).tolist()
    found, products = radix_two(values)
    np.testing.assert_allclose(found, np.fft.fft(values), atol=1e-12)
    assert of_transform(64) == 4 * products
    assert of_transform(8, 8) == 16 * of_transform(8)


def test_a_bank_takes_each_tap_at_each_place_that_is_kept(x, rng):
    taps = xr.DataArray(rng.standard_normal((5, 3)), dims=("filter", "x"))
    assert work(iv.Convolve(taps), x) == 5 * 3 * ROWS * COLUMNS
    assert work(iv.Convolve(taps, stride={"x": 4}), x) == 5 * 3 * ROWS * COLUMNS / 4
    # A real sample times a complex tap is two multiplications.
    assert work(iv.Convolve(taps * 1j), x) == 2 * 5 * 3 * ROWS * COLUMNS


def test_a_long_convolution_goes_by_spectra(rng):
    x = picture(rng, ROWS, 256)
    taps = xr.DataArray(rng.standard_normal((5, 200)), dims=("filter", "x"))
    wide = 256 + 199
    each = transform(wide) / 2 + 5 * (4 * wide / 2 + transform(wide) / 2)
    assert work(iv.Convolve(taps), x) == pytest.approx(ROWS * each)


def test_a_kernel_summed_over_channels_takes_each_of_them(rng):
    x = xr.concat([picture(rng, 8, 8)] * 3, dim="channel")
    taps = xr.DataArray(rng.standard_normal((4, 3, 5)), dims=("out", "channel", "x"))
    assert work(iv.Convolve(taps, over=("channel",)), x) == 4 * 3 * 5 * 64


def test_a_dense_max_and_a_blur_are_counted_each(x):
    pool = iv.MaxBlurPool(window={"x": 2}, taps=3)
    assert work(pool, x) == ROWS * (2 * COLUMNS + 3 * COLUMNS // 2)
    assert work(iv.MaxPool(window={"x": 2}), x) == ROWS * COLUMNS


def test_a_separable_window_goes_axis_by_axis(x):
    blur = iv.BlurPool(taps=3, stride={"y": 2, "x": 2})
    # Down the columns first, of which one more is needed at the left.
    first = 3 * (ROWS // 2) * (COLUMNS + 1)
    assert work(blur, x) == first + 3 * (ROWS // 2) * (COLUMNS // 2)
    lp = iv.LpPool(window={"y": 2, "x": 2})
    assert work(lp, x) == 4 * ROWS * COLUMNS / 4


@given(st.integers(1, 9), st.integers(0, 3))
def test_a_spectral_pool_grows_as_n_log_n(octaves, decimated):
    n, m = 2**octaves * 2**decimated, 2**octaves
    line = iv.label(np.ones(n), iv.Axis("x", period=float(n)))
    pool = iv.SpectralPool(stride={"x": 2**decimated}, band={"x": 2 ** max(decimated, 1)})
    assert work(pool, line) == max(transform(n) / 2 + transform(m), m)


def test_a_filtered_rectifier_counts_its_resampling(x):
    fine = 2 * COLUMNS
    up, down = transform(COLUMNS) / 2 + transform(fine), transform(fine) / 2 + transform(COLUMNS)
    assert work(iv.Filtered(iv.Relu(), "x"), x) == pytest.approx(ROWS * (up + fine + down))
    plane = work(iv.Filtered(iv.Relu(), ("y", "x")), x)
    high = 2 * ROWS
    y_up, y_down = transform(ROWS) / 2 + transform(high), transform(high) / 2 + transform(ROWS)
    # Up: y of 32 columns, x of the 32 rows made. Down: y of the 64 columns there are, x of 16 rows.
    resampled = COLUMNS * y_up + high * up + fine * y_down + ROWS * down
    assert plane == pytest.approx(resampled + high * fine)


def test_a_bank_of_responses_has_one_transform_there_and_one_back_for_each(x):
    bank = iv.LogGaborBank("x", [0.1, 0.2, 0.3], stride={"x": 4})
    each = 4 * COLUMNS + transform(COLUMNS // 4)
    assert work(bank, x) == pytest.approx(ROWS * (transform(COLUMNS) / 2 + 3 * each))


def test_a_spectrogram_counts_a_taper_a_transform_and_squares_for_each_frame():
    time = iv.Axis("time", step=1 / 8000, unit="s", period=0.128)
    op = iv.Spectrogram(window=0.016, hop=0.008)
    frame = 128 + transform(128) / 2 + 2 * 65
    assert work(op, iv.label(np.ones(1024), time)) == 16 * frame


def test_attention_grows_with_the_square_of_the_places(rng):
    def attended(size: int) -> float:
        x = iv.label(rng.standard_normal((3, size)), "channel", iv.Axis("x", period=float(size)))
        return work(iv.SelfAttention.random(x, over="x", heads=2, depth=5, rng=rng), x)

    assert attended(7) == 2 * (4 * 3 * 5 * 7 + 49 * 11)


def test_operators_of_operators_add_up_theirs(x):
    relu, pool = iv.Relu(), iv.MaxPool(window={"x": 3}, stride={"x": 1})
    both = work(relu, x) + work(pool, x)
    assert work(relu >> pool, x) == both
    assert work(iv.Sum(relu, pool), x) == both
    assert work(iv.Parallel({"relu": relu, "pool": pool}), x) == both
    assert work(iv.Residual(relu >> pool), x) == both
    assert work(iv.Sum(relu >> pool, iv.Residual(pool)), x) == both + work(pool, x)
    assert work(iv.compose.orbit_mean(pool, iv.Translate(x=1), count=4), x) == 4 * work(pool, x)


@pytest.mark.parametrize(
    "cls",
    [cls for cls in public_operators() if issubclass(cls, Composed)],
    ids=lambda c: c.__name__,
)
def test_what_is_defined_by_others_is_the_work_of_its_body(cls, rng):
    for op, x in cls.examples(rng):
        assert isinstance(op, Composed)
        assert work(op, x) == pytest.approx(work(op.body, x), rel=1e-12)


@pytest.mark.parametrize("cls", public_operators(), ids=lambda cls: cls.__name__)
def test_three_times_as_many_items_are_three_times_the_work(cls, rng):
    """So no operator's count is zero, infinite, or of one item alone."""
    for op, x in cls.examples(rng):
        thrice = xr.concat([x] * 3, dim="take")
        assert 0 < work(op, x) < math.inf
        assert work(op, thrice) == pytest.approx(3 * work(op, x), rel=1e-12)


# On the finer grid of a lift


def test_a_lift_runs_each_stage_on_every_component(rng):
    x = picture(rng, 8, 24)
    op = iv.BlurPool(taps=3, stride={"x": 2}) >> iv.MaxPool(window={"x": 3})
    # The blur at all 24 places; then the max at all 12 places of two components.
    assert work(op, x, {"x": 1}) == 8 * (3 * 24 + 2 * 3 * 12)
    assert work(op, x, {"x": 2}) == 8 * (3 * 12 + 3 * 12)
    assert work(op, x, {"x": 6}) == work(op, x)


def test_a_lift_of_a_spectral_stage_transforms_each_component(rng):
    x = picture(rng, 8, 32)
    op = iv.MeanPool(window={"x": 2}) >> iv.SpectralPool(stride={"x": 4})
    # Two components of 16 samples, each there and back to all of its samples.
    spectral = 2 * (transform(16) / 2 + transform(16))
    assert work(op, x, {"x": 1}) == 8 * (2 * 32 + spectral)


def test_what_cannot_be_restrided_runs_once_for_each_phase(rng):
    x = picture(rng, 8, 24)
    op = iv.PolyphasePool(stride={"x": 4})
    assert work(op, x, {"x": 1}) == 4 * work(op, x)
    assert work(op, x, {"x": 2}) == 2 * work(op, x)
