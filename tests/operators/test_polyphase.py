"""The lift by polyphase recursion is what brute-force shifting gives, for any stages."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from invarsig import (
    Apply,
    Axes,
    Axis,
    BlurPool,
    Convolve,
    Dense,
    GaborBank,
    GlobalPool,
    LpPool,
    MaxPool,
    MeanPool,
    MedianPool,
    Modulus,
    Operator,
    Parallel,
    Pipeline,
    PolyphasePool,
    Relu,
    Residual,
    SoftmaxPool,
    SpectralPool,
    Spectrogram,
    Square,
    Subsample,
    Sum,
    WaveletBank,
    axis_of,
    label,
    orbit,
)
from invarsig.errors import AxisError, DimError, DtypeError, InvarsigError, ParameterError
from invarsig.operators.strides import decimating
from invarsig.testing.discovery import examples_of, public_operators
from tests.nightly import some


def ring(rng, **sizes: int) -> xr.DataArray:
    axes = [Axis(d, 1.0, 0.5, n, "px", 0.5 * n) for d, n in sizes.items()]
    return label(rng.standard_normal((2, *sizes.values())), "channel", *axes)


def brute_force(op: Operator, x: xr.DataArray, left: dict[str, int]) -> xr.DataArray:
    """``Z[S j + r k] = f(T_-rk x)[j]``, one shifted copy of the input after the other."""
    y, plan = op(x), op.plan(Axes.of(x))
    by = {d: plan.stride.get(d, 1) // r for d, r in left.items()}
    fine = np.zeros([n * by.get(d, 1) for d, n in y.sizes.items()], y.dtype)
    for ks in itertools.product(*(range(n) for n in by.values())):
        shifts = {d: -left[d] * k for d, k in zip(by, ks, strict=True)}
        part = op(x.roll(shifts, roll_coords=False)).transpose(*y.dims)
        start = dict(zip(by, ks, strict=True))
        keep = tuple(slice(start.get(d, 0), None, by.get(d, 1)) for d in y.dims)
        fine[keep] = part
    return xr.DataArray(fine, dims=y.dims)


def assert_lift_is_brute_force(op: Operator, x: xr.DataArray, left: dict[str, int]) -> None:
    dense = Dense(op, left)(x)
    wanted = brute_force(op, x, left)
    np.testing.assert_allclose(dense.transpose(*wanted.dims), wanted, atol=1e-11)
    before, after = axis_of(op(x), next(iter(left))), axis_of(dense, next(iter(left)))
    assert after.start == pytest.approx(before.start)
    assert after.periodic
    planned = {a.dim: a for a in Dense(op, left).plan(Axes.of(x)).out_axes}
    for dim in left:
        found = axis_of(dense, dim)
        assert (found.size, found.start) == (planned[dim].size, planned[dim].start)
        assert found.step == pytest.approx(planned[dim].step)


def taps(rng, *sizes: int, dims=("filter", "x")) -> xr.DataArray:
    return xr.DataArray(rng.standard_normal(sizes), dims=dims)


def even_ones(values: np.ndarray) -> np.ndarray:
    return values[..., ::2] * np.abs(values[..., 1::2])


RNG = np.random.default_rng(5)
HALF, THIRD = MaxPool(window={"x": 2}), MaxPool(window={"x": 3})
CENTERED = MaxPool(window={"x": 3}, stride={"x": 2}, padding={"x": 1})
EVERY_SECOND, EVERY_FOURTH = Subsample(stride={"x": 2}), Subsample(stride={"x": 4})
BLUR = BlurPool(taps=3, stride={"x": 2})
OWN = Apply(even_ones, "x", {"x": 2})
ALONG_X = {
    "subsample": EVERY_FOURTH,
    "two blurs": BLUR >> BlurPool(taps=4, stride={"x": 3}),
    "two max pools": MaxPool(window={"x": 3}, stride={"x": 2}) >> Relu() >> HALF,
    "bank and pool": Convolve(taps(RNG, 2, 5), stride={"x": 2}) >> Square() >> THIRD,
    "complex bank": GaborBank("x", [0.4], stride={"x": 4}) >> Modulus() >> THIRD,
    "three strides": EVERY_SECOND >> THIRD >> EVERY_SECOND,
    "residual inside": HALF >> Residual(BlurPool(stride={"x": 1})) >> THIRD,
    "sum of strides": Sum((BLUR, EVERY_SECOND)) >> THIRD,
    "nested pipelines": Sum((CENTERED >> EVERY_SECOND, EVERY_FOURTH)),
    "parallel": Parallel({"a": EVERY_SECOND, "b": BLUR}) >> HALF,
    "own stride first": OWN >> THIRD,
    "own stride last": THIRD >> OWN,
    "own stride amid": HALF >> OWN >> BlurPool(stride={"x": 3}),
    "spectral": SpectralPool(stride={"x": 2}, nyquist="split") >> Relu() >> THIRD,
    "channels": HALF >> GlobalPool("channel") >> THIRD,
}


@pytest.mark.parametrize("name", sorted(ALONG_X))
def test_a_lift_along_one_dim_is_brute_force(name, rng):
    assert_lift_is_brute_force(ALONG_X[name], ring(rng, x=48), {"x": 1})


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("two blurs", 2),
        ("two blurs", 6),
        ("nested pipelines", 2),
        ("two max pools", 2),
        ("three strides", 2),
        ("three strides", 6),
        ("three strides", 12),
        ("subsample", 2),
        ("own stride last", 3),
        ("bank and pool", 2),
    ],
)
def test_a_grid_between_the_two_is_brute_force_over_multiples(name, left, rng):
    assert_lift_is_brute_force(ALONG_X[name], ring(rng, x=48), {"x": left})


@pytest.mark.parametrize(
    "op",
    [
        MaxPool(window={"y": 2, "x": 3}) >> BlurPool(stride={"x": 2}) >> Subsample(stride={"y": 3}),
        Convolve(taps(RNG, 2, 3, 4, dims=("f", "y", "x")), stride={"y": 2, "x": 2})
        >> Relu()
        >> MaxPool(window={"x": 3, "y": 2}),
        GaborBank(("y", "x"), 0.3, (0.5,), bandwidth=2.0, stride={"x": 3, "y": 2}) >> Modulus(),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("dims", [("x",), ("y",), ("x", "y"), ("y", "x")])
def test_a_lift_along_several_dims_is_brute_force(op, dims, rng):
    assert_lift_is_brute_force(op, ring(rng, y=24, x=36), dict.fromkeys(dims, 1))


@pytest.mark.parametrize("left", [1, 2, 4, 8])
def test_a_spectrogram_is_lifted_to_any_divisor_of_its_hop(left, rng):
    axis = Axis("time", step=1 / 800, unit="s", period=0.24)
    x = label(rng.standard_normal(192), axis)
    op = Spectrogram(0.04, 0.01) >> MaxPool(
        window={"time": 2, "frequency": 3}, boundary={"frequency": "zero"}
    )
    assert_lift_is_brute_force(op, x, {"time": left})


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.integers(0, 3)), min_size=1, max_size=4))
def test_any_chain_of_stages_is_lifted_exactly(chain):
    rng = np.random.default_rng(len(chain))
    kinds = [
        lambda s: Subsample(stride={"x": s}),
        lambda s: MaxPool(window={"x": 3}, stride={"x": s}, padding={"x": 1}),
        lambda s: BlurPool(taps=4, stride={"x": s}),
        lambda s: Relu() if s == 1 else MeanPool(window={"x": s}),
    ]
    op = Pipeline(tuple(kinds[kind](stride) for stride, kind in chain))
    whole = int(np.prod([op_stride for op_stride, _ in chain]))
    x = ring(rng, x=4 * whole)
    if op.plan(Axes.of(x)).stride.get("x", 1) > 1:
        assert_lift_is_brute_force(op, x, {"x": 1})


def test_every_s_th_sample_of_the_lift_is_the_operator(rng):
    op, x = ALONG_X["complex bank"], ring(rng, x=48)
    lifted = op.unstrided(["x"])
    assert isinstance(lifted, Dense)
    xr.testing.assert_allclose(lifted(x).isel(x=slice(None, None, 12)), op(x), atol=1e-12)
    again = lifted.restrided({"x": 4})
    xr.testing.assert_allclose(again(x).isel(x=slice(None, None, 3)), op(x), atol=1e-12)


def test_labels_and_precision_survive_the_lift(rng):
    x = ring(rng, x=24).astype(np.float32).assign_coords(
        channel=["red", "blue"], gain=("channel", [1.0, 2.0])
    )  # fmt: skip
    x.name, x.attrs["source"] = "noise", "here"
    out = Dense(ALONG_X["two max pools"], {"x": 1})(x)
    assert (out.name, out.attrs, out.dtype, out.dims) == (x.name, x.attrs, x.dtype, x.dims)
    assert out.channel.identical(x.channel)
    assert out.gain.identical(x.gain)


def test_a_lift_can_be_renamed(rng):
    op, x = Dense(ALONG_X["two blurs"], {"x": 2}), ring(rng, x=24)
    other = op.rename({"x": "time"})
    assert np.array_equal(other(x.rename(x="time")), op(x))
    assert other.linear
    assert str(op).startswith("Dense(BlurPool(stride x: 2) >> BlurPool(")


# Wrong on purpose


@pytest.mark.parametrize("left", [0, -1, 1.5, "1"])
def test_what_is_left_of_a_stride_is_a_whole_number(left):
    with pytest.raises(ParameterError, match="give a whole number"):
        Dense(Subsample(stride={"x": 4}), {"x": left})


def test_what_is_left_must_divide_the_stride(rng):
    with pytest.raises(ParameterError, match=r"stride of 3 along 'x' does not divide.*stride 4"):
        Dense(Subsample(stride={"x": 4}), {"x": 3}).plan(Axes.of(ring(rng, x=24)))
    with pytest.raises(InvarsigError, match="'x'"):
        Dense(Subsample(stride={"x": 4}), {"x": 3})(ring(rng, x=24))


def test_a_grid_that_does_not_nest_with_the_stages_is_refused(rng):
    with pytest.raises(ParameterError, match=r"every 3 samples along 'x' does not nest.*stride 2"):
        Dense(ALONG_X["two blurs"], {"x": 3})(ring(rng, x=24))


def test_a_length_that_the_strides_do_not_divide_is_refused(rng):
    with pytest.raises(AxisError, match="'x'"):
        Dense(ALONG_X["two blurs"], {"x": 1})(ring(rng, x=20))


def test_a_result_that_lost_the_dim_has_no_lift(rng):
    op = MaxPool(window={"x": 2}) >> GlobalPool("x")
    with pytest.raises(InvarsigError, match="'x'"):
        Dense(op, {"x": 1})(ring(rng, x=24))


def test_a_missing_dim_is_told(rng):
    with pytest.raises(DimError, match="'time'"):
        Dense(Subsample(stride={"time": 2}), {"time": 1})(ring(rng, x=24))


@pytest.mark.parametrize(
    "op",
    [
        Apply(lambda a: a[..., ::2, ::3], ("y", "x"), {"y": 2, "x": 3}),
        PolyphasePool(stride={"y": 2, "x": 3}, over="channel"),
        MeanPool(window={"y": 2, "x": 3}, boundary="reflect"),
    ],
    ids=["Apply", "PolyphasePool", "MeanPool"],
)
def test_what_has_no_finer_form_is_lifted_by_moving_along_one_dim_and_along_two(op, rng):
    x = ring(rng, y=8, x=12)
    assert_lift_is_brute_force(op, x, {"x": 1})
    assert_lift_is_brute_force(op, x, {"y": 1})
    assert_lift_is_brute_force(op, x, {"y": 1, "x": 1})


POOLS = {
    "MeanPool": MeanPool,
    "MaxPool": MaxPool,
    "MedianPool": MedianPool,
    "LpPool": LpPool,
    "SoftmaxPool": SoftmaxPool,
}


def abutting(name: str, boundary: str | None) -> Operator:
    """Windows of four samples, or filters of two, one beside the other."""
    if name in POOLS:
        return POOLS[name](window={"x": 4}, boundary=boundary)
    if name == "BlurPool":
        return BlurPool(taps=2, stride={"x": 2}, boundary=boundary)
    if name == "Convolve":
        pair = xr.DataArray([1.0, 3.0], dims="x")
        return Convolve(pair, stride={"x": 2}, boundary=boundary)
    return WaveletBank("x", wavelet="haar", stride={"x": 2}, boundary=boundary)


@pytest.mark.parametrize(
    "boundary", some(["reflect", None, "periodic", "zero", "symmetric", "valid"], 3)
)
@pytest.mark.parametrize("name", [*POOLS, "BlurPool", "Convolve", "WaveletBank"])
def test_windows_that_abut_fold_as_they_are_said_to_whatever_their_boundary_is_called(
    name, boundary, rng
):
    """They meet no border, but those of the finer grid do: the lift is by definition then."""
    x, op = abs(ring(rng, x=48)), abutting(name, boundary)
    for after in (op, Sum(op, op), Relu() >> op >> Square()):
        assert_lift_is_brute_force(after, x, {"x": 1})
        found = orbit(after, x, "x")
        assert found.attrs["explained"]
        wanted = float(found.variance.sum())
        assert wanted > 0
        np.testing.assert_allclose(found.folded_energy.sum(), wanted, rtol=1e-10)


@pytest.mark.parametrize("boundary", ["reflect", "zero", "valid"])
@pytest.mark.parametrize(("window", "stride"), [(2, 4), (3, 4), (1, 4), (2, 3), (5, 4)])
def test_windows_that_lie_apart_fold_as_they_are_said_to(window, stride, boundary, rng):
    """Windows that overlap meet the border, and then nothing is said to be explained."""
    x = ring(rng, x=48)
    op = MeanPool({"x": window}, {"x": stride}, boundary=boundary, padding={"x": 0})
    if op.plan(Axes.of(x)).after(Axes.of(x))["x"].size * stride != 48:
        assert (window, boundary) == (5, "valid")
        return
    found = orbit(op, x, "x")
    assert found.attrs["explained"] == (window <= stride)
    if window <= stride:
        assert_lift_is_brute_force(op, x, {"x": 1})
        wanted = float(found.variance.sum())
        np.testing.assert_allclose(found.folded_energy.sum(), wanted, rtol=1e-10)


@pytest.mark.parametrize("cls", public_operators(), ids=lambda cls: cls.__name__)
def test_what_commutes_with_its_stride_has_the_lift_of_the_definition(cls, rng):
    """For every public operator: the finer form is used only where it is the same operator."""
    for op, x in examples_of(cls, rng):
        axes = Axes.of(x)
        plan = op.plan(axes)
        for dim, by in decimating(plan.stride).items():
            if dim not in axes or not (axes[dim].periodic and plan.shares(dim)):
                continue
            if plan.after(axes)[dim].size * by != axes[dim].size:
                continue
            assert_lift_is_brute_force(op, x, {dim: 1})


def test_a_body_that_is_no_operator_is_refused_and_a_fully_connected_layer_named():
    weights = xr.DataArray(np.ones((3, 4)), dims=("unit", "x"))
    with pytest.raises(
        DtypeError, match=r"is 'DataArray'.*finer output grid.*fully connected.*Con"
    ):
        Dense(weights, strides={"x": 1})
    with pytest.raises(DtypeError, match="the class Relu itself"):
        Dense(Relu, {"x": 1})
