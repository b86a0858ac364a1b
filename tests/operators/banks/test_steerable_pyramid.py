"""The steerable pyramid against the recursion of its papers; nothing folds, nothing is lost."""

from __future__ import annotations

import math

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import AxisError, ParameterError
from tests.nightly import some
from tests.operators.banks.rings import ring

OVER = ("y", "x")
SHIFTS = [{"x": 1}, {"x": 0.37}, {"y": 0.5, "x": 0.61}, {"y": 7, "x": -5.25}]


def recursion(sizes, levels: int, count: int):
    """Responses on the fine grid, as Portilla & Simoncelli (2000) write them, level after level."""
    fy, fx = np.meshgrid(*(2 * np.pi * np.fft.fftfreq(n) for n in sizes), indexing="ij")
    r, theta = np.hypot(fx, fy), np.arctan2(fy, fx)

    def low(r):
        with np.errstate(divide="ignore", invalid="ignore"):
            middle = np.cos(np.pi / 2 * np.log2(4 * r / np.pi))
        return np.where(r <= np.pi / 4, 1.0, np.where(r >= np.pi / 2, 0.0, middle))

    def high(r):
        with np.errstate(divide="ignore", invalid="ignore"):
            middle = np.cos(np.pi / 2 * np.log2(2 * r / np.pi))
        return np.where(r <= np.pi / 4, 0.0, np.where(r >= np.pi / 2, 1.0, middle))

    order = count - 1
    alpha = 2**order * math.factorial(order) / math.sqrt(count * math.factorial(2 * order))
    before, out = low(r / 2), {"highpass": high(r / 2)}
    for level in range(levels):
        angular = [np.cos(theta - np.pi * k / count) ** order for k in range(count)]
        radial = before * high(r * 2**level)
        out[f"band_{level}"] = np.stack([1j**order * alpha * radial * one for one in angular])
        before = before * low(r * 2**level)
    out["lowpass"] = before
    return out


@pytest.mark.parametrize("count", [1, 2, 3, 4, 6])
def test_responses_are_those_of_the_recursion(count):
    sizes = (48, 40)
    wanted = recursion(sizes, 3, count)
    axes = [iv.Axis("y", size=48), iv.Axis("x", size=40)]
    frequency = {d: np.fft.fftfreq(n) for d, n in zip(OVER, sizes, strict=True)}
    pyramid = iv.operators.steerable_pyramid(OVER, levels=3, orientations=count)
    assert list(pyramid.operators) == list(wanted)
    for name, op in pyramid.operators.items():
        found = op.frequency_response(axes, frequency).to_numpy()
        np.testing.assert_allclose(found, wanted[name], atol=1e-12)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("levels", [1, 4])
def test_squares_of_all_responses_sum_to_one(count, levels):
    axes = [iv.Axis("y"), iv.Axis("x")]
    total = np.zeros((256, 256))
    for op in iv.operators.steerable_pyramid(
        OVER, levels=levels, orientations=count
    ).operators.values():
        response = np.abs(op.frequency_response(axes).to_numpy()) ** 2
        total += response.reshape(-1, 256, 256).sum(axis=0)
    np.testing.assert_allclose(total, 1.0, atol=1e-13)


@pytest.mark.parametrize("part", ["real", "complex"])
@pytest.mark.parametrize("count", [2, 3, 4, 6])
@pytest.mark.parametrize("sizes", some([(48, 80), (32, 64)], 2))
def test_every_level_commutes_with_every_translation(part, count, sizes, rng):
    x = ring(rng.standard_normal(sizes))
    pyramid = iv.operators.steerable_pyramid(OVER, levels=4, orientations=count, part=part)
    for shift in SHIFTS:
        for node in iv.equivariance_error(pyramid, x, iv.Translate(**shift)).values():
            assert float(node["error"]) < 1e-12


@pytest.mark.parametrize("part", ["real", "complex"])
@pytest.mark.parametrize(("level", "stride"), [(1, 2), (2, 4), (4, 16)])
def test_a_band_is_free_of_aliasing_at_its_stride_and_not_beyond(part, level, stride, rng):
    x = ring(rng.standard_normal((96, 160)))
    for by, fine in ((stride, True), (2 * stride, False)):
        op = iv.SteerablePyramidBand(OVER, level, 4, part, stride={"y": by, "x": by})
        errors = [float(iv.equivariance_error(op, x, iv.Translate(**s))) for s in SHIFTS]
        # About their best centers at the larger stride complex bands fold less than real ones.
        folds = 0.1 if part == "real" else 0.01
        assert max(errors) < 1e-12 if fine else max(errors) > folds


@pytest.mark.parametrize("sizes", [(16, 16), (48, 80), (196, 12), (100, 60)])
def test_the_new_nyquist_bin_is_strictly_zero(sizes):
    axes = [iv.Axis("y", size=sizes[0]), iv.Axis("x", size=sizes[1])]
    bins = {d: np.fft.fftfreq(n) for d, n in zip(OVER, sizes, strict=True)}
    for level in (0, 1):
        for op in (
            iv.SteerablePyramidBand(OVER, level, 3),
            iv.SteerablePyramidBand(OVER, level, 3, "complex"),
            iv.SteerablePyramidLowpass(OVER, level),
        ):
            response = op.frequency_response(axes, bins)
            for dim in OVER:
                place = np.abs(bins[dim]) >= 0.5 / 2**level - 1e-9
                assert place.any()
                assert (response.isel({f"{dim}_frequency": place}) == 0).all()


def transposed(y: np.ndarray, response: np.ndarray, stride: int) -> np.ndarray:
    """The transposed filter of a strided one, written with plain transforms."""
    # Zeros between the samples, as high as they are far apart.
    spectrum = stride**2 * np.tile(np.fft.fft2(y), (stride, stride)) * np.conj(response)
    return np.fft.ifft2(spectrum).real.reshape(-1, *response.shape[-2:]).sum(axis=0)


@pytest.mark.parametrize("part", ["real", "complex"])
@pytest.mark.parametrize("count", [2, 4, 5])
def test_the_levels_give_back_the_picture(part, count, rng):
    x = ring(rng.standard_normal((48, 64)))
    bins = {d: np.fft.fftfreq(x.sizes[d]) for d in OVER}
    pyramid = iv.operators.steerable_pyramid(OVER, levels=4, orientations=count, part=part)
    total = np.zeros(x.shape)
    for name, node in pyramid(x).items():
        op = pyramid.operators[name]
        response = op.frequency_response(x, bins).to_numpy()
        y = node["level"].to_numpy()
        stride = x.sizes["x"] // y.shape[-1]
        # A complex band of a real picture holds each frequency once, with twice the real response.
        share = 0.5 if np.iscomplexobj(y) else 1.0
        total += share * transposed(y, response, stride)
    np.testing.assert_allclose(total, x, atol=1e-12)


def test_a_complex_band_is_the_real_one_and_its_quadrature(rng):
    x = ring(rng.standard_normal((32, 48)))
    for count in (2, 3, 4):
        whole = iv.SteerablePyramidBand(OVER, 1, count, "complex")(x)
        np.testing.assert_allclose(
            whole.real, iv.SteerablePyramidBand(OVER, 1, count)(x), atol=1e-13
        )
        np.testing.assert_allclose((whole.real**2).sum(OVER), (whole.imag**2).sum(OVER), rtol=1e-10)
        np.testing.assert_allclose((whole.real * whole.imag).sum(OVER), 0, atol=1e-10)


def test_a_quarter_turn_of_the_picture_moves_along_the_periodic_orientation(rng):
    values = rng.standard_normal((45, 45))
    band = iv.SteerablePyramidBand(OVER, 1, 4)
    there, turned = abs(band(ring(values))), abs(band(ring(np.rot90(values))))
    axis = iv.axis_of(there, "orientation")
    assert axis.periodic
    assert (axis.period, axis.unit) == (pytest.approx(math.pi), "rad")
    moved = there.roll(orientation=2, roll_coords=False).to_numpy()
    np.testing.assert_allclose(turned, np.rot90(moved, axes=(1, 2)), atol=1e-13)


def test_a_wave_answers_in_the_band_of_its_orientation_and_octave():
    n = np.arange(64)
    for angle, level in ((0.0, 0), (math.pi / 2, 1), (0.0, 2)):
        f = 0.25 / 2**level
        wave = np.cos(2 * np.pi * f * (n * np.cos(angle) + n[:, None] * np.sin(angle)))
        tree = iv.operators.steerable_pyramid(OVER, levels=3, part="complex")(ring(wave))
        levels = {k: abs(v["level"]).mean(OVER) for k, v in tree.items() if "band" in k}
        best = max(levels, key=lambda k: float(levels[k].max()))
        assert best == f"band_{level}"
        assert float(levels[best].idxmax()) == pytest.approx(angle)


def test_levels_stand_on_the_samples_that_they_keep(rng):
    tree = iv.operators.steerable_pyramid(OVER, levels=3)(ring(rng.standard_normal((32, 32)), 0.5))
    for name, stride in (("highpass", 1), ("band_0", 1), ("band_2", 4), ("lowpass", 8)):
        axis = iv.axis_of(tree[name]["level"], "x")
        assert (axis.start, axis.step, axis.periodic) == (2.0, 0.5 * stride, True)


@pytest.mark.nightly
def test_the_stride_that_folds_nothing_is_known_beforehand():
    axes = [iv.Axis("y"), iv.Axis("x")]
    for level in (0, 1, 2):
        for part in ("real", "complex"):
            op = iv.SteerablePyramidBand(OVER, level, 4, part)
            assert op.safe_stride(axes, "x", db=-200) >= 2**level
            assert op.folded_share(axes, 2**level, "y").max() < 1e-25
        assert iv.SteerablePyramidBand(OVER, level).safe_stride(axes, "x", db=-200) == 2**level


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: iv.SteerablePyramidBand("x"), "give 2 dims"),
        (lambda: iv.SteerablePyramidBand(("x", "x")), "each named once"),
        (lambda: iv.SteerablePyramidBand(OVER, -1), "level is -1; give a whole number"),
        (lambda: iv.SteerablePyramidBand(OVER, 0.5), "level is 0.5"),
        (lambda: iv.SteerablePyramidBand(OVER, 0, 0), "orientations is 0"),
        (lambda: iv.SteerablePyramidBand(OVER, 0, 1, "complex"), "no half-plane"),
        (lambda: iv.SteerablePyramidBand(OVER, 0, 4, "imag"), "give one of real, complex"),
        (lambda: iv.SteerablePyramidLowpass(OVER, True), "levels is True"),
        (lambda: iv.SteerablePyramidHighpass(()), "at least 1 dim,"),
        (lambda: iv.operators.steerable_pyramid(OVER, levels=0), "levels is 0"),
        (lambda: iv.operators.steerable_pyramid("x"), "give 2 dims"),
    ],
)  # fmt: skip
def test_a_pyramid_that_cannot_be_designed_is_refused(make, said):
    with pytest.raises(ParameterError, match=said):
        make()


def test_a_ring_that_the_stride_does_not_divide_is_refused(rng):
    with pytest.raises(AxisError, match="not a multiple of the stride 4"):
        iv.operators.steerable_pyramid(OVER, levels=3)(ring(rng.standard_normal((30, 32))))


def test_axes_that_end_are_mirrored(rng):
    values = rng.standard_normal((24, 20))
    x = iv.label(values, *OVER)
    mirrored = np.pad(values, [(0, 24), (0, 20)], mode="symmetric")
    for op in iv.operators.steerable_pyramid(OVER, levels=2).operators.values():
        dense = op.unstrided(OVER)
        whole = dense(ring(mirrored)).isel(y=slice(24), x=slice(20))
        np.testing.assert_allclose(dense(x), whole, atol=1e-13)
