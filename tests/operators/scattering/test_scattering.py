"""Scattering against frozen scores of kymatio 0.3.0, against its definition, and by its laws."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError
from tests.nightly import some

SCORES = Path(__file__).parents[2] / "references" / "scattering_by_kymatio.npz"


@pytest.fixture(scope="module")
def scores() -> dict[str, np.ndarray]:
    """What tests/references/scattering_by_kymatio.py wrote."""
    with np.load(SCORES) as found:
        return dict(found)


def picture(values: np.ndarray, *, periodic: bool = True) -> xr.DataArray:
    period = {d: float(n) for d, n in zip("yx", values.shape, strict=True) if periodic}
    sizes = zip("yx", values.shape, strict=True)
    return iv.label(values, *(iv.Axis(d, 3.0, 1.0, n, "px", period.get(d)) for d, n in sizes))


def sound(values: np.ndarray, *, rate: float = 8000.0, periodic: bool = True) -> xr.DataArray:
    size = values.shape[-1]
    period = size / rate if periodic else None
    return iv.label(values, iv.Axis("time", 0.5, 1 / rate, size, "s", period))


def off(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest relative error of any path; the path is the first axis."""
    lines = [np.linalg.norm(a - b) / np.linalg.norm(b) for a, b in zip(ours, theirs, strict=True)]
    return float(max(lines))


@pytest.mark.parametrize("J", [2, 3, 4])
@pytest.mark.parametrize("L", [4, 8])
@pytest.mark.parametrize("border", ["ring", "mirrored"])
def test_pictures_are_those_of_kymatio(scores, J, L, border):
    x = picture(scores["picture"].astype(np.float64), periodic=border == "ring")
    y = iv.Scattering(("y", "x"), J=J, L=L, oversampling=0)(x).transpose("path", "y", "x")
    # kymatio cuts one sample off at each end, also of what was padded beforehand.
    ours = y.values[:, 1:-1, 1:-1] if border == "ring" else y.values
    theirs = scores[f"{border}_J{J}_L{L}"]
    ours = ours[..., ::3, ::3] if J == 2 else ours
    for order in (0, 1, 2):
        there = y.order.values == order
        assert off(ours[there], theirs[there]) < 1e-6


@pytest.mark.parametrize("name", ["N1024_J5_Q11", "N512_J4_Q81", "N300_J4_Q42", "N1024_J6_Q81"])
def test_signals_and_tables_are_those_of_kymatio(scores, name):
    J, Q = int(name.split("_")[1][1:]), (int(name[-2]), int(name[-1]))
    x = sound(scores[f"signal_{name}"].astype(np.float64), rate=1.0, periodic=False)
    y = iv.Scattering("time", J=J, Q=Q, oversampling=J)(x)
    assert y.sizes["time"] == x.sizes["time"]
    assert off(y.values[:, ::16], scores[f"dense_{name}"]) < 1e-6
    np.testing.assert_array_equal(y.order, scores[f"order_{name}"])
    for order in (1, 2):
        for theirs, ours in (("xi", "frequency"), ("sigma", "bandwidth")):
            table = scores[f"{theirs}_{name}"][:, order - 1]
            np.testing.assert_allclose(y[f"{ours}_{order}"], table, rtol=1e-13)
        octaves = scores[f"j_{name}"][:, order - 1]
        np.testing.assert_array_equal(y[f"scale_{order}"], 2.0**octaves)


@pytest.mark.parametrize("name", ["N1024_J5_Q11", "N512_J4_Q81", "N512_J5_Q42"])
@pytest.mark.parametrize("oversampling", [0, 1])
def test_signals_on_coarse_grids_are_those_of_kymatio_without_its_fault(name, oversampling):
    """The release halves a result for each octave of a filter's own grid (its issue 984)."""
    with np.load(SCORES.with_name("coarse_scattering_by_kymatio.npz")) as found:
        values = found[f"signal_{name}"].astype(np.float64)
        fixed = found[f"fixed_{oversampling}_{name}"]
        released = found[f"released_{oversampling}_{name}"]
    J, Q = int(name.split("_")[1][1:]), (int(name[-2]), int(name[-1]))
    x = sound(values, rate=1.0, periodic=False)
    y = iv.Scattering("time", J=J, Q=Q, oversampling=oversampling)(x)
    assert y.shape == fixed.shape
    assert off(y.values, fixed) < 1e-6
    octaves = np.log2([np.vdot(a, a) / np.vdot(a, b) for a, b in zip(fixed, released, strict=True)])
    np.testing.assert_allclose(octaves, octaves.round(), atol=1e-5)
    assert octaves.min() == pytest.approx(0, abs=1e-5)
    assert octaves.max() > 2 - oversampling


def test_the_tables_are_in_the_unit_of_the_axis(rng):
    x = sound(rng.standard_normal(128), rate=500.0)
    op = iv.Scattering("time", J=3, Q=2)
    slow, fast = op(sound(x.values, rate=1.0)), op(x)
    assert fast.frequency_1.attrs["units"] == "Hz"
    np.testing.assert_allclose(fast.frequency_1, 500 * slow.frequency_1)
    np.testing.assert_allclose(fast.bandwidth_2, 500 * slow.bandwidth_2)
    np.testing.assert_allclose(fast.scale_1, slow.scale_1 / 500)


def by_definition(x: np.ndarray, y: xr.DataArray, place: int) -> np.ndarray:
    """One path over two dims, dense, from wavelets that are sampled in space and wrapped."""
    n = x.shape[0]
    at = np.arange(n) - n // 2
    rows, columns = np.meshgrid(at, at, indexing="ij")

    def wrapped(taps: np.ndarray) -> np.ndarray:
        return np.fft.fft2(np.fft.ifftshift(taps))

    slant = 4 / np.unique(y.orientation_1.values[1 : 1 + 4]).size
    for order in (1, 2):
        f, angle = (float(y[f"{key}_{order}"][place]) for key in ("frequency", "orientation"))
        if np.isnan(f):
            continue
        width = 1 / (2 * np.pi * float(y[f"bandwidth_{order}"][place]))
        u = rows * np.sin(angle) + columns * np.cos(angle)
        v = rows * np.cos(angle) - columns * np.sin(angle)
        bell = np.exp(-(u**2 + slant**2 * v**2) / (2 * width**2))
        bell *= slant / (2 * 3.1415 * width**2)
        wave = np.exp(2j * np.pi * f * u)
        psi = bell * (wave - (bell * wave).sum() / bell.sum())
        x = np.abs(np.fft.ifft2(np.fft.fft2(x) * wrapped(psi)))
    width = 0.8 * 2 ** (2 - 1)
    phi = np.exp(-(rows**2 + columns**2) / (2 * width**2)) / (2 * 3.1415 * width**2)
    return np.fft.ifft2(np.fft.fft2(x) * wrapped(phi)).real


def test_every_path_is_what_the_definition_says(rng):
    values = rng.standard_normal((64, 64))
    y = iv.Scattering(("y", "x"), J=2, L=4, stride=2)(picture(values))
    for place in range(y.sizes["path"]):
        dense = by_definition(values, y, place)
        ours = y.isel(path=place).transpose("y", "x")
        np.testing.assert_allclose(ours, dense[::2, ::2], atol=1e-10)


@pytest.mark.parametrize("oversampling", [None, 0, 1])
@pytest.mark.parametrize("stride", [1, 2, 3, 4, 6, 8])
def test_every_stride_is_the_dense_transform_sliced(rng, oversampling, stride):
    x = sound(rng.standard_normal(192))
    op = iv.Scattering("time", J=3, Q=3, stride=stride, oversampling=oversampling)
    dense = op.unstrided(["time"])(x)
    assert dense.sizes["time"] == 192
    sliced = dense.isel(time=slice(None, None, stride))
    assert float(abs(iv.difference(op(x), sliced)).max()) < 1e-12
    p = picture(rng.standard_normal((24, 48)))
    plane = iv.Scattering(("y", "x"), J=3, L=2, stride=stride, oversampling=oversampling)
    if oversampling is None or stride in (2, 4):
        whole = plane.unstrided(["y", "x"])(p).isel(
            y=slice(None, None, stride), x=slice(None, None, stride)
        )
        assert float(abs(iv.difference(plane(p), whole)).max()) < 1e-12


def test_a_coarser_stride_keeps_intermediate_grids(rng):
    x = sound(rng.standard_normal(192))
    op = iv.Scattering("time", J=3, Q=1, stride=4, oversampling=0)
    coarse = op.restrided({"time": 8})(x)
    assert float(abs(iv.difference(coarse, op(x)[:, ::2])).max()) < 1e-12


def test_without_padding_rows_and_columns_of_any_stride_go_round(rng):
    x = picture(rng.standard_normal((20, 28)))
    op = iv.Scattering(("y", "x"), J=2, L=3, stride={"y": 5, "x": 7})
    moved = op(x.roll(y=5, x=-7, roll_coords=False))
    wanted = op(x).roll(y=1, x=-1, roll_coords=False)
    assert float(abs(iv.difference(moved, wanted)).max()) < 1e-13


@pytest.mark.parametrize("size", [60, 61, 100, 128])
def test_outputs_stand_on_samples_of_the_axis_whatever_is_padded(rng, size):
    x = sound(rng.standard_normal(size), periodic=False)
    dense = iv.Scattering("time", J=3, Q=2, stride=1)(x)
    for stride in (2, 3, 8):
        y = iv.Scattering("time", J=3, Q=2, stride=stride)(x)
        np.testing.assert_allclose(y.time, x.time[::stride], rtol=1e-12)
        # A stride that is no power of two pads a few samples more, far away.
        assert float(abs(iv.difference(y, dense[:, ::stride])).max()) < (
            1e-12 if stride != 3 else 1e-2
        )


@pytest.mark.parametrize(("k", "first", "second"), [(0, 3e-2, 5e-2), (1, 2e-3, 3e-3)])
def test_intermediate_grids_cost_as_much_as_the_docstring_says(k, first, second):
    axes = [iv.Axis(dim, size=64, unit="px", period=64.0) for dim in ("y", "x")]
    x = iv.power_law_noise(*axes, exponent=0.0, rng=1)
    exact = iv.Scattering(("y", "x"), J=3, L=8, stride=8)(x)
    about = iv.Scattering(("y", "x"), J=3, L=8, stride=8, oversampling=k)(x)
    moving = exact - exact.mean(["y", "x"])
    change = iv.difference(about, exact)
    change = change - change.mean(["y", "x"])
    for order, bound in ((1, first), (2, second)):
        there = exact.order.values == order
        share = np.linalg.norm(change[there]) / np.linalg.norm(moving[there])
        assert bound / 10 < share < bound


def test_order_zero_is_far_from_invariant_at_its_usual_stride():
    draws = []
    axes = [iv.Axis(dim, size=64, unit="px", period=64.0) for dim in ("y", "x")]
    for seed in range(16):
        x = iv.power_law_noise(*axes, exponent=0.0, rng=seed)
        low = {s: iv.Scattering(("y", "x"), J=3, max_order=0, stride=s) for s in (8, 4)}
        moves = [
            (s, iv.Translate(**dict.fromkeys(dims, s / 2))) for s in low for dims in ("y", "yx")
        ]
        draws.append([float(iv.equivariance_error(low[s], x, move)) for s, move in moves])
    one, both, finer_one, finer_both = np.mean(draws, axis=0)
    print(f"{one:.3f}, {both:.3f}; one octave finer {finer_one:.3f}, {finer_both:.3f}")
    assert 0.45 < one < 0.54
    assert 0.62 < both < 0.71
    assert 0.03 < finer_one < finer_both < 0.055


def test_every_path_of_higher_order_forgets_the_mean_and_the_sign(rng):
    x = picture(rng.standard_normal((32, 32)))
    op = iv.Scattering(("y", "x"), J=2, L=4)
    higher = op(x).order.values > 0
    np.testing.assert_allclose(op(x + 5)[higher], op(x)[higher], atol=1e-12)
    np.testing.assert_allclose(op(-x)[higher], op(x)[higher], atol=1e-12)
    assert (op(x)[higher].values > 0).all()


def test_turning_a_square_by_a_right_angle_turns_the_orientations(rng):
    values = rng.standard_normal((32, 32))
    op = iv.Scattering(("y", "x"), J=2, L=4, max_order=1, stride=1)
    still = op(picture(values))
    # A quarter turn about sample 0 of the ring: y' = x, x' = -y.
    turned = op(picture(np.roll(values.T[:, ::-1], 1, axis=1)))
    back = np.roll(turned.values, -1, axis=2)[:, :, ::-1].swapaxes(1, 2)
    angles = still.orientation_1.values
    for place in range(1, still.sizes["path"]):
        goal = (angles[place] + np.pi / 2) % np.pi
        same = (still.frequency_1.values == still.frequency_1.values[place]) & (
            np.abs((angles - goal + 1) % np.pi - 1) < 1e-9
        )
        np.testing.assert_allclose(back[same][0], still.values[place], atol=1e-10)


def test_speech_scatters_and_follows_a_shift_by_whole_strides(speech):
    x = speech.isel(time=slice(8000, 8000 + 8192))
    time = iv.axis_of(x, "time")
    x = x.assign_coords(time=("time", x.time.values, {**x.time.attrs, "period": 8192 * time.step}))
    op = iv.Scattering("time", J=8, Q=8)
    y = op(x)
    assert y.sizes["time"] == 32
    assert np.isfinite(y).all()
    assert (y[y.order > 0] >= 0).all()
    assert float(iv.equivariance_error(op, x, iv.Translate.in_samples(x, time=512))) < 1e-12


def test_a_photograph_scatters_within_its_energy(photograph):
    y = iv.Scattering(("y", "x"), J=4, L=6)(photograph)
    assert dict(y.sizes) == {"path": 1 + 24 + 6 * 36, "y": 16, "x": 16}
    assert float((y**2).sum("path").mean()) < float((photograph**2).mean())


def test_wrong_parameters_are_named(rng):
    x = sound(rng.standard_normal(96))
    with pytest.raises(ParameterError, match="max_order is 3"):
        iv.Scattering("time", J=2, max_order=3)
    with pytest.raises(ParameterError, match="J, the log2 of the scale, is 0"):
        iv.Scattering("time", J=0)
    with pytest.raises(ParameterError, match="Q is"):
        iv.Scattering("time", J=2, Q=(1, 2, 3))
    with pytest.raises(ParameterError, match="oversampling"):
        iv.Scattering("time", J=2, oversampling=-1)
    with pytest.raises(ParameterError, match="give one dim, or two"):
        iv.Scattering(("z", "y", "x"), J=2)
    with pytest.raises(DimError, match="names 'x'"):
        iv.Scattering("time", J=2, stride={"x": 2})
    with pytest.raises(AxisError, match="take J up to 6"):
        iv.Scattering("time", J=7, stride=8)(x)
    with pytest.raises(AxisError, match="not a multiple of the stride 64"):
        iv.Scattering("time", J=6)(x)
    with pytest.raises(AxisError, match="no sample is valid"):
        iv.Scattering("time", J=2, boundary="valid")(x)
    with pytest.raises(DtypeError, match="real"):
        iv.Scattering("time", J=2)(x * 1j)


@pytest.mark.parametrize("boundary", some(["reflect", "symmetric", "zero"], 3))
@pytest.mark.parametrize("oversampling", [None, 0, 2])
def test_where_a_signal_ends_the_stride_only_says_which_outputs_are_kept(
    rng, boundary, oversampling
):
    """Strides that do not divide what is padded would otherwise change the padding."""
    options = {"boundary": boundary, "oversampling": oversampling}
    x = sound(rng.standard_normal(101), periodic=False)
    op = iv.Scattering("time", J=4, Q=2, **options)
    dense = op.restrided({"time": 1})(x)
    for stride in (3, 5, 16, 40):
        y = op.restrided({"time": stride})(x)
        np.testing.assert_allclose(y, dense.isel(time=slice(None, None, stride)), atol=1e-13)
    x = picture(rng.standard_normal((33, 47)), periodic=False)
    op = iv.Scattering(("y", "x"), J=3, L=2, **options)
    dense = op.restrided({"y": 1, "x": 1})(x)
    y = op.restrided({"y": 3, "x": 5})(x)
    decimated = dense.isel(y=slice(None, None, 3), x=slice(None, None, 5))
    np.testing.assert_allclose(y, decimated, atol=1e-13)


def test_along_one_dim_the_usual_stride_is_safe(rng):
    x = sound(rng.standard_normal(2048))
    low = iv.Scattering("time", J=5, max_order=0)
    assert float(iv.equivariance_error(low, x, iv.Translate.in_samples(x, time=16))) < 1e-5


def test_a_signal_too_short_for_any_scale_is_told_so(rng):
    with pytest.raises(AxisError, match=r"has 1; take more signal"):
        iv.Scattering("time", J=1)(sound(rng.standard_normal(1), periodic=False))


@pytest.mark.parametrize("octaves", [None, 0])
def test_responses_are_kept_and_are_no_part_of_the_operator(rng, octaves):
    op = iv.Scattering(("y", "x"), J=2, L=2, oversampling=octaves)
    shown, number, packed = repr(op), hash(op), pickle.dumps(op)
    small, large = picture(rng.standard_normal((16, 24))), picture(rng.standard_normal((32, 24)))
    first = [op(x) for x in (small, large, small.astype(np.float32))]
    assert (repr(op), hash(op), pickle.dumps(op)) == (shown, number, packed)
    assert op == iv.Scattering(("y", "x"), J=2, L=2, oversampling=octaves)
    # Each size and precision has its own; another operator, and a copy, start with none.
    for x, y in zip((small, large, small.astype(np.float32)), first, strict=True):
        xr.testing.assert_identical(op(x), y)
        xr.testing.assert_identical(pickle.loads(packed)(x), y)


def test_pictures_of_a_batch_are_scattered_one_by_one(rng):
    """However many of them go through the transforms together, and in whichever thread."""
    values = rng.standard_normal((5, 64, 80)).astype(np.float32)
    x = iv.label(values, "picture", iv.Axis("y", size=64), iv.Axis("x", size=80))
    op = iv.Scattering(("y", "x"), J=3, L=4, oversampling=0)
    y = op(x)
    assert y.dtype == np.float32
    for number in range(5):
        alone = op(x.isel(picture=number))
        assert float(abs(alone - y.isel(picture=number)).max()) < 1e-5 * float(abs(y).max())


def test_a_long_signal_is_what_numpy_transforms_make_of_it(rng):
    """Long transforms take four steps: against the whole spectrum, filter by filter."""
    values = rng.standard_normal(8192)
    op = iv.Scattering("time", J=4, Q=2, stride=16)
    y = op(sound(values, rate=1.0))
    bins = np.fft.fftfreq(8192)
    low = np.exp(-0.5 * (bins / (0.1 / 16)) ** 2)
    for place in range(y.sizes["path"]):
        x = values
        for order, wavelets in ((1, op._tree.first), (2, op._tree.second)):
            f = float(y[f"frequency_{order}"][place])
            if not np.isnan(f):
                (psi,) = (each for each in wavelets if each.frequency == f)
                x = np.abs(np.fft.ifft(np.fft.fft(x) * psi.response([bins])))
        dense = np.fft.ifft(np.fft.fft(x) * low).real
        np.testing.assert_allclose(y.values[place], dense[::16], atol=1e-9)
