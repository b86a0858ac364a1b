"""Filter banks against scipy and skimage, with each boundary, stride and method."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage, signal
from skimage.filters import gabor_kernel

from invarsig import (
    Axes,
    Axis,
    Convolve,
    GaborBank,
    GaussianBank,
    LocallyConnected,
    Modulus,
    Translate,
    axis_of,
    commutator,
    label,
)
from invarsig.axes import center_of
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError

MODES = {"periodic": "wrap", "reflect": "mirror", "symmetric": "reflect", "zero": "constant"}
NAMES = ("z", "y", "x")


def ring(values, step: float = 1.0) -> xr.DataArray:
    names = NAMES[-np.ndim(values) :]
    sizes = zip(names, np.shape(values), strict=True)
    return label(values, *(Axis(d, 2.0, step, n, "px", abs(step) * n) for d, n in sizes))


def kernel(values, *dims: str, **coords) -> xr.DataArray:
    values = np.asarray(values)
    return xr.DataArray(values, dims=dims or NAMES[-values.ndim :], coords=coords)


def noise(rng, shape, kind="real"):
    values = rng.standard_normal(shape)
    return values + 1j * rng.standard_normal(shape) if kind == "complex" else values


# Convolve


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize("kinds", ["real real", "complex real", "real complex", "complex complex"])
@pytest.mark.parametrize(
    ("size", "window", "stride"),
    [
        ((24,), (5,), (1,)),
        ((24,), (4,), (3,)),
        ((12, 18), (3, 4), (1, 2)),
        ((12, 18), (12, 15), (2, 3)),
        ((6, 8, 10), (3, 2, 3), (2, 1, 5)),
        ((6, 8, 10), (5, 6, 7), (1, 2, 1)),
        ((200,), (151,), (1,)),
    ],
)
def test_a_convolution_is_scipys(boundary, kinds, size, window, stride, rng):
    first, second = kinds.split()
    values, taps = noise(rng, size, first), noise(rng, window, second)
    names = NAMES[-len(size) :]
    op = Convolve(kernel(taps), stride=dict(zip(names, stride, strict=True)), boundary=boundary)
    # For an even kernel scipy centres the convolution half a sample earlier than (w - 1) // 2.
    origin = tuple(-1 if w % 2 == 0 else 0 for w in window)
    # A correlation conjugates its weights.
    flipped = np.conj(taps)[(slice(None, None, -1),) * taps.ndim]
    wanted = ndimage.correlate(values, flipped, mode=MODES[boundary], origin=origin)
    keep = tuple(slice(None, None, s) for s in stride)
    scale = abs(wanted).max()
    np.testing.assert_allclose(op(ring(values)), wanted[keep], atol=1e-12 * scale)


@pytest.mark.parametrize("window", [(3,), (4,), (2, 5), (15, 8), (2, 3, 2)])
@pytest.mark.parametrize("stride", [1, 3])
def test_a_valid_convolution_is_scipys_fftconvolve(window, stride, rng):
    values, taps = rng.standard_normal((11, 16, 17)[-len(window) :]), rng.standard_normal(window)
    op = Convolve(kernel(taps), stride={"x": stride}, boundary="valid")
    wanted = signal.fftconvolve(values, taps, mode="valid")[..., ::stride]
    out = op(ring(values))
    np.testing.assert_allclose(out, wanted, atol=1e-12)
    assert float(out.x[0]) == 2.0 + (window[-1] - 1) / 2


def test_without_a_boundary_a_ring_goes_round_and_another_axis_is_valid(rng):
    values, taps = rng.standard_normal((6, 10)), rng.standard_normal((3, 3))
    x = label(values, Axis("y"), Axis("x", period=10.0))
    mixed = Convolve(kernel(taps))(x)
    named = Convolve(kernel(taps), boundary={"y": "valid", "x": "periodic"})(x)
    assert mixed.sizes == {"y": 4, "x": 10}
    assert mixed.identical(named)


def test_an_even_kernel_moves_the_grid_by_half_a_sample():
    x = ring(np.arange(8.0), step=0.5)
    for size, first in ((1, 2.0), (2, 2.25), (3, 2.0), (4, 2.25)):
        taps = kernel(np.ones(size) / size)
        out = Convolve(taps, boundary="periodic")(x)
        assert float(out.x[0]) == first
        ramp = Convolve(taps, boundary="valid")(ring(2.0 + 0.5 * np.arange(8), step=0.5))
        np.testing.assert_allclose(ramp, ramp.x, atol=1e-12)


def test_dims_of_the_kernels_that_the_input_lacks_become_channels(rng):
    taps = kernel(
        rng.standard_normal((2, 3, 4)), "band", "x", "kind", band=[10, 20], kind=list("abcd")
    ).assign_coords(octave=("band", [1.0, 2.0], {"units": "oct"}))
    x = ring(rng.standard_normal((5, 12)))
    out = Convolve(taps)(x)
    assert out.dims == ("y", "band", "kind", "x")
    assert out.band.dtype.kind == "i"
    assert out.band.values.tolist() == [10, 20]
    assert out.kind.values.tolist() == list("abcd")
    assert out.octave.attrs == {"units": "oct"}
    one = Convolve(taps.isel(band=1, kind=2, drop=True))(x)
    np.testing.assert_allclose(out.isel(band=1, kind=2), one, atol=1e-13)


def test_channels_that_are_named_must_be_new(rng):
    taps = kernel(rng.standard_normal((2, 3)), "band", "x")
    x = label(rng.standard_normal((2, 8)), "band", Axis("x", period=8.0))
    with pytest.raises(DimError, match="'band', which the input has already"):
        Convolve(taps, channels="band")(x)
    with pytest.raises(DimError, match="no dim 'colour'"):
        Convolve(taps, channels=("colour",))
    with pytest.raises(DimError, match=r"'x'.*its dims are 'time'"):
        Convolve(taps, channels="band")(label(np.zeros(4), "time"))


def test_input_channels_are_mixed_when_they_are_named(rng):
    taps = rng.standard_normal((4, 3, 5))
    op = Convolve(kernel(taps, "out", "channel", "x"), over="channel", boundary="periodic")
    values = rng.standard_normal((3, 12))
    x = label(values, "channel", Axis("x", period=12.0)).assign_coords(channel=list("rgb"))
    out = op(x)
    assert out.dims == ("out", "x")
    wanted = sum(
        ndimage.convolve1d(np.tile(values[c], (4, 1))[o], taps[o, c], mode="wrap")
        * (np.arange(4) == o)[:, None]
        for o in range(4)
        for c in range(3)
    )
    np.testing.assert_allclose(out, wanted, atol=1e-12)
    with pytest.raises(AxisError, match="3 taps over 'channel', the input 2 samples"):
        op(x.isel(channel=slice(0, 2)))
    with pytest.raises(DimError, match=r"'channel'.*its dims are 'x'"):
        op(x.isel(channel=0))


def test_complex_kernels_carry_the_centre_of_their_band():
    k = np.arange(-20, 21)
    centers = np.array([0.15, -0.3])
    taps = np.exp(-0.5 * (k / 6) ** 2) * np.exp(2j * np.pi * centers[:, None] * k)
    for step in (0.01, -0.01):
        x = label(np.ones(100), Axis("time", step=step, unit="s", period=1.0))
        out = Convolve(kernel(taps, "band", "time"))(x)
        found = out.time_center_frequency
        assert found.attrs["units"] == "Hz"
        np.testing.assert_allclose(found, centers / step, rtol=1e-6)
        np.testing.assert_allclose(center_of(out, "time"), centers, rtol=1e-6)


def test_centres_that_the_kernels_bring_along_are_kept():
    taps = kernel(np.ones((1, 3)) * 1j, "band", "x").assign_coords(
        x_center_frequency=("band", [0.2])
    )
    assert Convolve(taps)(ring(np.ones(8))).x_center_frequency.values.tolist() == [0.2]


@pytest.mark.parametrize("window", [3, 151])
def test_nan_is_not_hidden(window):
    values = np.zeros(200)
    values[100] = np.nan
    out = np.isnan(Convolve(kernel(np.ones(window)))(ring(values)).values)
    half = window // 2
    assert out[100 - half : 100 + half + 1].all()


def test_bytes_are_promoted_and_single_precision_stays():
    taps = kernel([100, 100, 100])
    assert (Convolve(taps)(ring(np.full(6, 255, np.uint8))) == 76500.0).all()
    assert Convolve(taps)(ring(np.ones(6, np.float32))).dtype == np.float32
    assert Convolve(taps * 1j)(ring(np.ones(6, np.float32))).dtype == np.complex64


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: Convolve([1, 2, 1]), ParameterError, r"xr\.DataArray\(\[1, 2, 1\], dims='x'\)"),
        (lambda: Convolve(kernel(np.zeros((0, 3)), "f", "x")), ParameterError, "kernels are empty"),
        (lambda: Convolve(kernel([1.0]), stride={"x": 0}), ParameterError, "at least 1"),
        (lambda: Convolve(kernel([1.0]), stride={"x": -1}), ParameterError, "at least 1"),
        (lambda: Convolve(kernel([1.0]), stride={"x": 1.5}), ParameterError, "whole number"),
        (lambda: Convolve(kernel([1.0]), stride=2), ParameterError, "names no dim"),
        (lambda: Convolve(kernel([1.0]), boundary="same"), ParameterError, "'same' is unknown"),
    ],
)
def test_parameters_out_of_range_are_refused(make, error, said):
    with pytest.raises(error, match=said):
        make()


@pytest.mark.parametrize(
    ("op", "error", "said"),
    [
        (Convolve(kernel(np.ones(9))), AxisError, r"of 9 samples.*'x' \(8 samples, periodic"),
        (Convolve(kernel([1.0]), stride={"x": 3}), AxisError, "8 samples along 'x'.*to 6 or 9"),
        (Convolve(kernel([1.0]), stride={"y": 2}), DimError, "stride names 'y'"),
        (Convolve(kernel([1.0]), boundary={"y": "zero"}), DimError, "boundary names 'y'"),
        (Convolve(kernel([1.0], "t")), DimError, r"span 't', of which.*its dims are 'x'"),
        (Convolve(kernel([1.0, "a"])), DtypeError, "no signal"),
        (GaussianBank(sigma={"x": 3.0}), AxisError, r"window of 25 samples.*'x' \(8 samples"),
        (GaborBank("x", 0.5), ParameterError, r"0\.5 cycles/px along 'x'.*0\.5 cycles/px"),
        (GaborBank("x", [0.1, 0.7]), ParameterError, "frequency of 0.7 cycles/px"),
        (GaborBank("t", 0.1), DimError, r"'t'.*its dims are 'x'"),
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_fit_the_input_is_refused(op, error, said):
    with pytest.raises(error, match=said):
        op(ring(np.ones(8)))


# Gaussians


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize("sigma", [{"x": 1.0}, {"y": 0.5, "x": 1.5}, {"x": 2.25, "y": 0.75}])
def test_a_gaussian_is_scipys_with_the_same_truncation(boundary, sigma, rng):
    values = rng.standard_normal((16, 24))
    out = GaussianBank(sigma=sigma, boundary=boundary, truncate=4.0)(ring(values))
    wanted = values
    for axis, dim in enumerate(("y", "x")):
        if dim in sigma:
            radius = math.ceil(4 * sigma[dim])
            wanted = ndimage.gaussian_filter1d(
                wanted, sigma[dim], axis, mode=MODES[boundary], radius=radius
            )
    np.testing.assert_allclose(out, wanted, atol=1e-12)


def test_widths_are_in_the_axis_unit():
    x = ring(np.eye(1, 40)[0], step=0.25)
    fine = GaussianBank(sigma={"x": 0.5})(x)
    np.testing.assert_allclose(fine, GaussianBank(sigma={"x": 2.0})(ring(x.values)), atol=1e-15)
    descending = x.isel(x=slice(None, None, -1))
    back = GaussianBank(sigma={"x": 0.5})(descending).isel(x=slice(None, None, -1))
    np.testing.assert_allclose(back, fine, atol=1e-15)


def test_several_widths_are_channels_each_as_if_alone(rng):
    x = ring(rng.standard_normal((6, 40)))
    widths = [0.5, 1.0, 2.0]
    out = GaussianBank(sigma={"x": widths})(x)
    assert out.dims == ("y", "scale", "x")
    assert axis_of(out, "scale").scale == "log2"
    np.testing.assert_allclose(out.scale, widths, rtol=1e-12)
    for width, one in zip(widths, out.transpose("scale", "y", "x"), strict=True):
        np.testing.assert_allclose(one, GaussianBank(sigma={"x": width})(x), atol=1e-14)


@pytest.mark.parametrize(
    ("widths", "name"),
    [
        ([1.0, 1.5], "scale"),
        ([1.0, 1.3, 2.9], "scale_value"),
        ([1.0, 1.0], "scale_value"),
        ([1.5], "scale"),
    ],
)
def test_every_list_of_widths_is_on_the_result(widths, name):
    out = GaussianBank(sigma={"x": widths})(ring(np.ones(40)))
    np.testing.assert_allclose(out.coords[name], widths)
    assert out.sizes["scale"] == len(widths)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sigma": {"x": 0.0}}, "sigma along 'x' is 0; give a value above 0"),
        ({"sigma": {"x": [1.0, -1.0]}}, "sigma along 'x' is -1"),
        ({"sigma": {"x": np.nan}}, "sigma along 'x' is nan"),
        ({"sigma": {"x": "wide"}}, "sigma along 'x' is 'wide'; give numbers"),
        ({"sigma": {"x": []}}, "empty"),
        ({"sigma": 2.0}, r"names no dim; give a mapping such as \{'x': 2\.0\}"),
        ({"sigma": {}}, "names no dim"),
        ({"sigma": {"x": [1, 2], "y": [1, 2, 3]}}, "as many for each"),
        ({"sigma": {"x": 1}, "truncate": 0}, "truncate is 0"),
    ],
)
def test_widths_out_of_range_are_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        GaussianBank(**options)


# Gabor filters


@pytest.mark.parametrize("frequency", [0.1, 0.2, 0.3])
@pytest.mark.parametrize("theta", [0.0, math.pi / 3, 2.5])
@pytest.mark.parametrize("bandwidth", [0.8, 1.5])
def test_taps_are_those_of_skimage(frequency, theta, bandwidth):
    theirs = gabor_kernel(frequency, theta, bandwidth, n_stds=3)
    bank = GaborBank(("y", "x"), frequency, (theta,), bandwidth=bandwidth, truncate=3)
    ours = bank._taps(np.array([frequency]), 1.0)[0][0, 0]
    rows, columns = (s // 2 for s in theirs.shape)
    middle = ours.shape[0] // 2
    assert middle >= max(rows, columns)
    cut = ours[middle - rows : middle + rows + 1, middle - columns : middle + columns + 1]
    np.testing.assert_allclose(cut, theirs, atol=1e-14)


@pytest.mark.parametrize("theta", [0.0, 0.7, math.pi / 2])
def test_orientation_zero_runs_along_the_last_dim(theta):
    n = np.arange(64)
    wave = np.exp(2j * np.pi * 0.25 * (n[:, None] * np.sin(theta) + n * np.cos(theta)))
    x = ring(wave.real)
    angles = np.linspace(0, np.pi, 9)[:-1]
    out = abs(GaborBank(("y", "x"), 0.25, angles)(x)).isel(x=slice(16, 48), y=slice(16, 48))
    best = float(out.mean(("y", "x")).isel(band=0).idxmax())
    assert abs(best - theta) <= np.pi / 16 + 1e-9


@pytest.mark.parametrize("step", [1 / 800, -1 / 800])
def test_a_tone_answers_most_in_the_band_of_its_own_frequency(step):
    t = 0.5 + step * np.arange(800)
    tone = label(np.cos(2 * np.pi * 100 * t), Axis("time", 0.5, step, unit="s", period=1.0))
    out = GaborBank("time", frequency=[50.0, 100.0, 150.0, 200.0])(tone)
    level = abs(out).mean("time")
    assert float(level.idxmax()) == 100.0
    np.testing.assert_allclose(level.isel(band=1), 0.5, rtol=1e-3)


@pytest.mark.parametrize("step", [0.01, -0.01])
def test_a_complex_band_lies_at_its_centre_frequency_in_hertz(step, rng):
    t = 3.0 + step * np.arange(200)
    for f in (15.0, -15.0):
        tone = label(np.exp(2j * np.pi * f * t), Axis("time", 3.0, step, unit="s", period=2.0))
        level = float(abs(GaborBank("time", frequency=[15.0])(tone)).max())
        assert level > 0.99 if f > 0 else level < 0.01
    out = GaborBank("time", frequency=[15.0, 20.0])(tone)
    assert out.time_center_frequency.values.tolist() == pytest.approx([15.0, 20.0])
    assert out.time_center_frequency.attrs["units"] == "Hz"
    np.testing.assert_allclose(center_of(out, "time"), np.array([15.0, 20.0]) * step)


@pytest.mark.parametrize("part", ["complex", "real", "imag"])
def test_a_design_in_hertz_does_not_care_which_way_samples_are_stored(part, rng):
    x = label(rng.standard_normal(120), Axis("time", 1.0, 0.01, unit="s", period=1.2))
    op = GaborBank("time", frequency=[10.0, 22.0], part=part)
    backwards = op(x.isel(time=slice(None, None, -1))).isel(time=slice(None, None, -1))
    np.testing.assert_allclose(backwards, op(x), atol=1e-13)


@pytest.mark.parametrize("step", [0.5, -0.5])
def test_oriented_bands_carry_a_centre_along_each_dim(step):
    theta, f = math.pi / 6, 0.3
    out = GaborBank(("y", "x"), f, (theta,), bandwidth=1.5)(ring(np.ones((24, 24)), step))
    np.testing.assert_allclose(center_of(out, "x"), f * math.cos(theta))
    np.testing.assert_allclose(center_of(out, "y"), f * math.sin(theta))
    np.testing.assert_allclose(out.x_center_frequency, f * math.cos(theta) / step)


def test_real_and_imaginary_parts_make_up_the_complex_bank(rng):
    x = ring(rng.standard_normal(60))
    bank = {part: GaborBank("x", [0.1, 0.2], part=part)(x) for part in ("complex", "real", "imag")}
    np.testing.assert_allclose(bank["complex"].real, bank["real"], atol=1e-14)
    np.testing.assert_allclose(bank["complex"].imag, bank["imag"], atol=1e-14)
    assert "x_center_frequency" not in bank["real"].coords


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"over": "x", "frequency": 0.0}, "frequency is 0"),
        ({"over": "x", "frequency": []}, "frequency is empty"),
        ({"over": "x", "frequency": "high"}, "frequency is 'high'"),
        ({"over": "x", "frequency": np.inf}, "frequency is inf"),
        ({"over": "x", "frequency": 0.1, "orientation": (0.0,)}, "give one dim, or two dims"),
        ({"over": ("y", "x"), "frequency": 0.1}, "give one dim, or two dims"),
        ({"over": ("z", "y", "x"), "frequency": 0.1, "orientation": (0.0,)}, "give one dim"),
        ({"over": ("y", "x"), "frequency": 0.1, "orientation": ()}, "no finite angle"),
        ({"over": ("y", "x"), "frequency": 0.1, "orientation": (np.nan,)}, "no finite angle"),
        ({"over": "x", "frequency": 0.1, "bandwidth": -1.0}, "bandwidth is -1 octaves"),
        ({"over": "x", "frequency": 0.1, "part": "phase"}, "'phase' is unknown; give one of"),
    ],
)  # fmt: skip
def test_a_bank_that_cannot_be_designed_is_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        GaborBank(**options)


def test_lists_and_arrays_design_the_same_bank(rng):
    x = ring(rng.standard_normal((24, 24)))
    one = GaborBank(["y", "x"], np.array([0.2, 0.3]), [0.0, 1.0])
    other = GaborBank(("y", "x"), (0.2, 0.3), np.array([0.0, 1.0]))
    assert one == other
    assert one(x).identical(other(x))


def test_a_bank_says_what_it_is():
    assert str(GaborBank("x", [0.1, 0.2])) == "GaborBank(over x, frequency 0.1 to 0.2 (2))"
    assert str(Convolve(kernel(np.ones((2, 3)), "f", "x"), stride={"x": 2})) == (
        "Convolve(2x3 over f, x, stride x: 2)"
    )
    assert str(GaussianBank(sigma={"x": 2.0})) == "GaussianBank(sigma x: 2)"


# What all banks share


BANKS = [
    Convolve(kernel([1.0, 2.0, -1.0, 0.5]), stride={"x": 3}),
    GaussianBank(sigma={"x": [0.5, 1.0]}, stride={"x": 2}),
    GaborBank("x", [0.2, 0.3], bandwidth=1.5, stride={"x": 4}),
]


@pytest.mark.parametrize("op", BANKS, ids=str)
def test_the_same_filters_without_their_stride_contain_the_strided_result(op, rng):
    x = ring(rng.standard_normal((2, 36)))
    stride = op.plan(Axes.of(x)).stride["x"]
    dense = op.unstrided(["x"])(x)
    xr.testing.assert_allclose(dense.isel(x=slice(None, None, stride)), op(x), atol=1e-12)
    assert dense.sizes["x"] == 36


@pytest.mark.parametrize(
    "op", [*(op.unstrided(["x"]) for op in BANKS[:2]), GaborBank("x", 0.2, part="real")], ids=str
)
@pytest.mark.parametrize("shift", [3, 0.37])
def test_a_bank_without_stride_commutes_with_every_translation(op, shift, rng):
    x = ring(rng.standard_normal((2, 35)))
    error = abs(commutator(op, x, Translate(x=shift))).max()
    assert float(error) < 1e-12


def test_names_are_all_that_tells_time_from_space(rng):
    values = rng.standard_normal((24, 36))
    image = ring(values)
    other = image.rename(y="frequency", x="time")
    taps = kernel(rng.standard_normal((2, 3, 4)), "filter", "y", "x")
    for op in (
        Convolve(taps, stride={"y": 2, "x": 3}, boundary={"y": "reflect", "x": "periodic"}),
        GaussianBank(sigma={"y": 1.0, "x": [0.5, 1.0]}, stride={"x": 2}),
        GaborBank("x", [0.1, 0.2], stride={"x": 2}) >> Modulus(),
        GaborBank(("y", "x"), 0.25, (0.0, 1.0), stride={"y": 3, "x": 2}),
    ):
        again = op.rename({"y": "frequency", "x": "time"})(other)
        assert np.array_equal(again, op(image))


# Unshared filters


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize("width", [3, 4])
def test_taps_that_are_alike_everywhere_make_a_convolution(boundary, width, rng):
    taps = rng.standard_normal(width)
    x = ring(rng.standard_normal((2, 10)))
    weights = kernel(np.tile(taps, (10, 1)), "x", "x_tap")
    wanted = Convolve(kernel(taps), boundary=boundary)(x)
    xr.testing.assert_allclose(LocallyConnected(weights, boundary)(x), wanted, atol=1e-13)


def test_each_place_has_its_own_taps(rng):
    weights, values = rng.standard_normal((5, 6, 3, 2)), rng.standard_normal((5, 6))
    x = ring(values)
    out = LocallyConnected(kernel(weights, "y", "x", "y_tap", "x_tap"))(x)
    for row in range(5):
        for column in range(6):
            one = Convolve(kernel(weights[row, column], "y", "x"))(x)
            assert float(out[row, column]) == pytest.approx(float(one[row, column]), abs=1e-13)


def test_it_does_not_commute_with_translation(rng):
    x = ring(rng.standard_normal(10))
    op = LocallyConnected(kernel(rng.standard_normal((10, 3)), "x", "x_tap"))
    assert float(abs(commutator(op, x, Translate(x=1))).max()) > 0.1


def test_it_can_be_renamed_with_its_taps(rng):
    op = LocallyConnected(kernel(rng.standard_normal((10, 3)), "x", "x_tap"))
    x = ring(rng.standard_normal(10))
    assert np.array_equal(op.rename({"x": "time"})(x.rename(x="time")), op(x))


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda w: LocallyConnected(w.values), ParameterError, r"such as \('x', 'x_tap'\)"),
        (lambda w: LocallyConnected(w.rename(x_tap="y")), DimError, "a dim 'd_tap'"),
        (lambda w: LocallyConnected(w, "wrap"), ParameterError, "'wrap' is unknown"),
        (lambda w: LocallyConnected(w)(ring(np.ones(5))), AxisError, "4 places along 'x', and the"),
    ],
)
def test_weights_that_do_not_fit_are_refused(make, error, said):
    with pytest.raises(error, match=said):
        make(kernel(np.ones((4, 3)), "x", "x_tap"))
