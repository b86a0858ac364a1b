"""Functions of single samples, and any function of plain arrays."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import special

from invarsig import (
    Apply,
    Axes,
    Axis,
    Decibel,
    Gelu,
    LeakyRelu,
    Log,
    Log1p,
    Modulus,
    Polynomial,
    Power,
    Relu,
    Sigmoid,
    Softplus,
    Square,
    Tanh,
    axis_of,
    label,
)
from invarsig.actions import Translate
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError

REFERENCES = [
    (Relu(), lambda v: np.where(v > 0, v, 0)),
    (Sigmoid(), special.expit),
    (Tanh(), lambda v: 1 - 2 / (np.exp(2 * v) + 1)),
    (Modulus(), lambda v: np.sqrt(v * v)),
    (Square(), lambda v: v * v),
    (Log(offset=10.0), lambda v: np.log1p(v + 9.0)),
    (LeakyRelu(0.2), lambda v: np.maximum(v, 0.2 * v)),
    (Gelu(), lambda v: 0.5 * v * special.erfc(-v / np.sqrt(2))),
    (Softplus(), lambda v: -special.log_expit(-v)),
    (Power(3), lambda v: v * v * v),
    (Polynomial((0.5, -1.0, 0.25, 2.0)), lambda v: np.polyval([2.0, 0.25, -1.0, 0.5], v)),
    (Log1p(), lambda v: special.xlog1py(1.0, v)),
    (Decibel(of="amplitude", reference=2.0), lambda v: 20 * np.log10(np.abs(v) / 2)),
    (Decibel(floor=-20.0), lambda v: 10 * np.log10(np.maximum(v, 0.01))),
]
IDS = [str(op) for op, _ in REFERENCES]
REAL_ONLY = [Relu(), Sigmoid(), Tanh(), Log(), LeakyRelu(), Gelu(), Softplus(), Log1p(), Decibel()]


@pytest.mark.parametrize(("op", "reference"), REFERENCES, ids=IDS)
@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (2, 1, 3)])
def test_each_sample_is_taken_by_itself(op, reference, shape, rng):
    x = label(rng.standard_normal(shape), *"abc"[: len(shape)])
    out = op(x)
    with np.errstate(invalid="ignore"):
        expected = reference(x.values)
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-14)
    assert out.dims == x.dims


@pytest.mark.parametrize("op", [op for op, _ in REFERENCES], ids=IDS)
def test_labels_of_any_kind_are_left_alone(op):
    x = xr.DataArray(np.ones(3), coords={"x": [1.0, 5.0, 6.0], "w": ("x", list("abc"))}, dims="x")
    assert xr.Dataset(op(x).coords).identical(xr.Dataset(x.coords))


@pytest.mark.parametrize("op", [op for op, _ in REFERENCES], ids=IDS)
def test_nan_stays_and_no_other_sample_is_touched(op):
    out = op(label([1.0, np.nan, 2.0], "x"))
    assert np.isnan(out).values.tolist() == [False, True, False]


@pytest.mark.parametrize("op", [op for op, _ in REFERENCES], ids=IDS)
@pytest.mark.parametrize(("given", "wanted"), [("float32", "float32"), ("uint8", "float64")])
def test_single_precision_stays_and_integers_do_not_overflow(op, given, wanted):
    x = label(np.array([0, 1, 200], given), "x")
    out = op(x)
    assert out.dtype == wanted
    np.testing.assert_allclose(out, op(x.astype(float)), rtol=1e-6)


@pytest.mark.parametrize("op", REAL_ONLY, ids=map(str, REAL_ONLY))
def test_complex_input_is_refused_where_the_function_is_one_of_reals(op):
    with pytest.raises(DtypeError, match=rf"{type(op).__name__} needs real.*put a Modulus before"):
        op(label([1j], "x"))


def test_the_modulus_and_the_square_of_complex_samples_are_real():
    x = label(np.array([3 + 4j, -1j], np.complex64), "x")
    assert Modulus()(x).values.tolist() == [5.0, 1.0]
    assert Square()(x).values.tolist() == [25.0, 1.0]
    assert Modulus()(x).dtype == Square()(x).dtype == np.float32


def test_extremes_do_not_overflow_into_warnings():
    x = label([-1e4, 1e4, np.inf, -np.inf], "x")
    assert Sigmoid()(x).values.tolist() == [0.0, 1.0, 1.0, 0.0]
    assert Tanh()(x).values.tolist() == [-1.0, 1.0, 1.0, -1.0]


def test_a_logarithm_says_what_it_cannot_take():
    out = Log()(label([0.0, -1.0, 1.0], "x")).values
    assert out[0] == -np.inf
    assert np.isnan(out[1])
    assert out[2] == 0.0


@pytest.mark.parametrize("offset", [-1.0, np.nan, np.inf, "small", 1j])
def test_an_offset_is_a_finite_number_of_at_least_zero(offset):
    with pytest.raises(ParameterError, match=r"offset is .*finite value of at least 0"):
        Log(offset=offset)


@pytest.mark.parametrize("op", [op for op, _ in REFERENCES], ids=IDS)
def test_whole_samples_commute_with_it(op, rng):
    x, move = label(rng.standard_normal(12), Axis("x", period=12.0)), Translate(x=5)
    assert op(move(x)).equals(move(op(x)))


def test_a_plan_of_single_samples_needs_no_axes():
    plan = Relu().plan(Axes({}))
    assert (plan.in_axes, plan.out_axes, dict(plan.stride), dict(plan.reach)) == ((), (), {}, {})
    assert Relu().restrided({"x": 1}) == Relu()
    assert Relu().restrided({"x": 2}) is None


# Any function


def test_a_function_of_single_samples():
    out = Apply(np.cbrt)(label([8, 27], "x"))
    np.testing.assert_allclose(out, [2.0, 3.0])
    assert str(Apply(np.cbrt)) == "Apply(cbrt)"


@pytest.mark.parametrize("dims", [("y", "x"), ("x", "y")])
def test_a_function_along_dims_is_given_them_last_and_in_its_order(dims, rng):
    x = label(rng.standard_normal((3, 4)), "y", "x").transpose(*dims)
    seen = []

    def function(values):
        seen.append(values.shape)
        return np.cumsum(values, axis=-1)

    out = Apply(function, over=["y", "x"])(x)
    assert seen == [(3, 4)]
    assert out.dims == dims
    np.testing.assert_allclose(out.transpose("y", "x"), x.transpose("y", "x").cumsum("x"))


def test_a_function_with_a_stride_of_its_own_thins_the_axis():
    x = label(np.arange(12.0), Axis("x", 1.0, 0.5, unit="px", period=6.0))
    op = Apply(lambda a: a[..., ::3], over="x", stride={"x": np.int64(3)}, reach={"x": 0.0})
    out = op(x)
    assert out.values.tolist() == [0.0, 3.0, 6.0, 9.0]
    assert axis_of(out, "x") == Axis("x", 1.0, 1.5, 4, "px", 6.0)
    assert op.plan(Axes.of(x)).reach == {"x": (0.0, 0.0)}
    assert op.restrided({"x": 1}) is None
    with pytest.raises(ParameterError, match="internal stride"):
        op.unstrided(["x"])
    with pytest.raises(AxisError, match=r"10 samples along 'x'.*stride 3"):
        op(x.isel(x=slice(0, 10)))


def test_how_far_an_unknown_function_reaches_is_unknown():
    plan = Apply(np.sort, over="x").plan(Axes({"x": Axis("x", size=4)}))
    assert plan.reach == {"x": (np.inf, np.inf)}


def test_a_function_cannot_change_its_input():
    x = label([-1.0, 2.0], "x")
    assert Apply(lambda a: np.abs(a, out=a))(x).values.tolist() == [1.0, 2.0]
    assert x.values.tolist() == [-1.0, 2.0]
    y = Apply(lambda a: a)(x)
    y[:] = 0
    assert x.values.tolist() == [-1.0, 2.0]


def test_a_function_that_gives_back_another_shape_is_refused():
    with pytest.raises(ParameterError, match=r"gave back the shape \(2,\) where \(3,\)"):
        Apply(lambda a: a[:2])(label(np.zeros(3), "x"))


def test_a_function_that_gives_back_no_numbers_is_refused():
    with pytest.raises(DtypeError, match="not a signal"):
        Apply(lambda a: a.astype(str))(label(np.zeros(3), "x"))


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"stride": {"y": 2}}, ParameterError, "stride names 'y'; add that dim to over="),
        ({"reach": {"y": 2}}, ParameterError, "reach names 'y'; add that dim to over="),
        ({"stride": {"x": 0}}, ParameterError, "stride along 'x' is 0"),
    ],
)
def test_parameters_along_dims_it_does_not_see_are_refused(options, error, said):
    with pytest.raises(error, match=said):
        Apply(np.sort, over="x", **options)


def test_what_cannot_be_called_is_refused():
    with pytest.raises(ParameterError, match="needs a function, not int"):
        Apply(3)


def test_a_missing_dim_is_told():
    with pytest.raises(DimError, match=r"'t'.*its dims are 'x'"):
        Apply(np.sort, over="t")(label(np.zeros(3), "x"))
