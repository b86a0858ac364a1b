"""What every operator is, and how operators are joined."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from invarsig import (
    Apply,
    Axes,
    Axis,
    BlurPool,
    Convolve,
    GaborBank,
    GaussianBank,
    GlobalPool,
    Levels,
    Log,
    MaxPool,
    MeanPool,
    Modulus,
    Operator,
    Parallel,
    Pipeline,
    Relu,
    Residual,
    Spectrogram,
    Square,
    Subsample,
    Sum,
    axis_of,
    label,
    parameters,
)
from invarsig.errors import AxisError, DimError, DtypeError, InvarsigError, ParameterError

HALF = MaxPool(window={"x": 2})
BLUR = BlurPool(taps=3, stride={"x": 2})


def ring(rng, *shape: int) -> xr.DataArray:
    names = ("z", "y", "x")[-len(shape) :]
    axes = [Axis(d, 1.0, 0.5, n, "px", 0.5 * n) for d, n in zip(names, shape, strict=True)]
    return label(rng.standard_normal(shape), *axes)


# Pipelines


def test_stages_are_applied_in_order(rng):
    x = ring(rng, 4, 12)
    pipeline = Relu() >> HALF >> Square()
    assert pipeline(x).identical(Square()(HALF(Relu()(x))))


def test_joined_pipelines_are_flat_and_sliced(rng):
    pipeline = (Relu() >> HALF) >> (Square() >> BLUR)
    assert len(pipeline) == 4
    assert [type(stage).__name__ for stage in pipeline] == ["Relu", "MaxPool", "Square", "BlurPool"]
    assert isinstance(pipeline[1:3], Pipeline)
    assert pipeline[1:3] == HALF >> Square()
    assert pipeline[-1] == BLUR
    x = ring(rng, 12)
    assert pipeline(x).identical(pipeline[2:](pipeline[:2](x)))
    with pytest.raises(IndexError):
        pipeline[4]


def test_a_pipeline_may_be_a_stage_of_another(rng):
    x = ring(rng, 12)
    inner = Relu() >> HALF
    nested = Pipeline((inner, BLUR))
    assert len(nested) == 2
    assert nested(x).identical((inner >> BLUR)(x))
    assert nested.plan(Axes.of(x)).stride == {"x": 4}


def test_no_stage_at_all_is_the_identity(rng):
    x = ring(rng, 12)
    assert Pipeline(())(x).identical(x)
    assert (Pipeline(()) >> HALF)(x).identical(HALF(x))
    assert Pipeline(()).plan(Axes.of(x)).stride == {}


@pytest.mark.parametrize("stages", [[Relu(), HALF], (Relu(), HALF), iter((Relu(), HALF))])
def test_stages_may_come_in_any_sequence(stages):
    assert Pipeline(stages) == Relu() >> HALF
    assert Pipeline(HALF) == Pipeline((HALF,))


def test_strides_multiply_and_reaches_add_up(rng):
    x = ring(rng, 6, 24)
    pipeline = MaxPool(window={"x": 3}, stride={"x": 2}) >> BlurPool(
        taps=5, stride={"y": 3, "x": 2}
    )
    plan = pipeline.plan(Axes.of(x))
    assert plan.stride == {"x": 4, "y": 3}
    # In px of 0.5: one sample of 0.5, then two of 1.0; along y two of 0.5.
    assert plan.reach == {"x": (2.5, 2.5), "y": (1.0, 1.0)}
    planned = {axis.dim: axis for axis in plan.out_axes}
    y = pipeline(x)
    assert planned == {dim: axis_of(y, dim) for dim in ("x", "y")}


@pytest.mark.parametrize(
    "pipeline",
    [
        MaxPool(window={"x": 3}, stride={"x": 2}) >> MaxPool(window={"x": 4}, stride={"x": 2}),
        BLUR >> Relu() >> BlurPool(taps=4, stride={"x": 2}),
        HALF >> Sum((BlurPool(taps=3, stride={"x": 2}), Subsample(stride={"x": 2}))),
    ],
    ids=str,
)
def test_reach_holds_and_is_no_wider_than_it_must(pipeline):
    size = 48
    x = label(np.linspace(0.1, 1, size), Axis("x", 1.0, 0.5, unit="px", period=24.0))
    place = 5
    left, right = pipeline.plan(Axes.of(x)).reach["x"]
    y = pipeline(x)
    seen = []
    for k in range(size):
        touched = x.copy()
        touched[k] += 10
        if abs(pipeline(touched)[place] - y[place]) > 1e-9:
            seen.append(float(x.x[k] - y.x[place]))
    assert -left - 1e-9 <= min(seen) <= -left + 0.51
    assert right - 0.51 <= max(seen) <= right + 1e-9


def test_dims_are_those_of_all_stages():
    pipeline = Spectrogram(0.04, 0.01) >> GlobalPool("frequency")
    assert pipeline.dims == ("time", "frequency")


def test_a_pipeline_is_linear_if_all_its_stages_are():
    assert (BLUR >> Subsample(stride={"x": 2})).linear
    assert not (BLUR >> Relu()).linear


def test_an_error_names_the_stage_and_what_it_was_given(rng):
    pipeline = Relu() >> HALF >> MaxPool(window={"time": 2})
    with pytest.raises(DimError, match=r"Stage 3, MaxPool\(time: 2\), was given y: 3, x: 6\.") as e:
        pipeline(ring(rng, 3, 12))
    assert str(e.value).count("Stage") == 1
    with pytest.raises(DimError, match=r"Stage 3, MaxPool\(time: 2\)"):
        pipeline.plan(Axes.of(ring(rng, 3, 12)))


def test_an_error_of_an_inner_pipeline_names_the_innermost_stage(rng):
    inner = Sum((Relu() >> MaxPool(window={"x": 5}), MaxPool(window={"x": 5})))
    with pytest.raises(AxisError, match=r"Stage 2, MaxPool\(x: 5\)") as e:
        (Relu() >> inner)(ring(rng, 12))
    assert str(e.value).count("Stage") == 1


def test_an_error_of_a_users_function_is_left_as_it_is_with_a_note(rng):
    def broken(values):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine") as e:
        (Relu() >> Apply(broken))(ring(rng, 12))
    assert "Stage 2, Apply(broken), was given x: 12." in e.value.__notes__


@pytest.mark.parametrize("stages", [(Relu(), np.abs), (None,)])
def test_what_is_no_operator_is_no_stage(stages):
    with pytest.raises(DtypeError, match="wrap a function of plain arrays in Apply"):
        Pipeline(stages)


def test_a_class_is_not_yet_an_operator():
    with pytest.raises(DtypeError, match=r"the class Relu itself; write Relu\(\.\.\.\)"):
        Pipeline((Relu,))


def test_operators_are_given_one_by_one_or_in_one_tuple_or_list():
    one, other = Relu(), MaxPool(window={"x": 2})
    assert Pipeline(one, other) == Pipeline((one, other)) == Pipeline([one, other]) == one >> other
    assert Pipeline(one) == Pipeline((one,)) == Pipeline(stages=(one,))
    assert Pipeline().stages == ()
    assert Sum(one, other) == Sum([one, other])


def test_joining_a_function_is_a_type_error():
    with pytest.raises(TypeError):
        Relu() >> abs


@pytest.mark.parametrize("x", [np.ones(3), [1.0], 2.0, None, xr.Variable("x", [1.0])])
@pytest.mark.parametrize("op", [Relu(), HALF, Relu() >> HALF, Sum((Relu(),))], ids=str)
def test_what_has_no_labels_is_refused(op, x):
    with pytest.raises(DtypeError, match=r"labeled array \(xarray\.DataArray\), not"):
        op(x)


# Side by side


def test_a_residual_adds_its_input(rng):
    x = ring(rng, 3, 12)
    body = BlurPool(taps=3, stride={"x": 1}) >> Relu()
    np.testing.assert_allclose(Residual(body)(x), x + body(x), atol=1e-15)
    assert Residual(body).plan(Axes.of(x)).reach == {"x": (0.5, 0.5)}
    assert not Residual(body).linear
    assert Residual(BLUR).linear


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        (HALF, AxisError, "do not fit together"),
        (BlurPool(taps=2, stride={"x": 1}), AxisError, "starts at 1 with step 0.5 px"),
        (BlurPool(taps=3, stride={"x": 1}, boundary="valid"), AxisError, "12 samples and.*10"),
        (GlobalPool("x"), DimError, "do not fit together"),
    ],
    ids=str,
)
def test_a_body_that_gives_back_another_grid_is_refused(body, error, said, rng):
    with pytest.raises(error, match=said):
        Residual(body)(ring(rng, 12))


def test_strides_that_do_not_fit_are_refused_before_any_work(rng):
    axes = Axes.of(ring(rng, 12))
    with pytest.raises(AxisError, match=r"'x' one has a stride of 1 and another of 2"):
        Residual(BLUR).plan(axes)
    with pytest.raises(AxisError, match=r"'x' one has a stride of 2 and another of 3"):
        Sum((BLUR, BlurPool(stride={"x": 3}))).plan(axes)


def test_a_sum_adds_its_branches(rng):
    x = ring(rng, 3, 12)
    mean = MeanPool(window={"x": 3}, stride={"x": 2}, padding={"x": 1})
    out = Sum((BLUR, mean))(x)
    np.testing.assert_allclose(out, BLUR(x).values + mean(x).values, atol=1e-15)
    assert out.x.identical(BLUR(x).x)
    plan = Sum((BLUR, BlurPool(taps=7, stride={"x": 2}))).plan(Axes.of(x))
    assert (plan.stride, plan.reach) == ({"x": 2}, {"x": (1.5, 1.5)})
    assert plan.out_axes == (axis_of(out, "x"),)


def test_branches_in_any_dimension_order_are_added_by_name(rng):
    x = ring(rng, 5, 12)
    turned = Apply(np.copy, ("y", "x"))
    np.testing.assert_allclose(Sum((Relu(), turned))(x), np.maximum(x, 0) + x)


@pytest.mark.parametrize("other", [Relu(), Pipeline(())], ids=["relu", "identity"])
@pytest.mark.parametrize("kind", [np.uint8, np.int8, bool])
def test_branches_of_integers_do_not_overflow(other, kind):
    x = label(np.array([1, 127, 100]).astype(kind), "x")
    assert Sum((Pipeline(()), other))(x).values.tolist() == (2 * x.values.astype(float)).tolist()
    assert Residual(other)(x).dtype == np.float64


def test_parallel_branches_are_stacked_along_a_new_dim(rng):
    x = ring(rng, 3, 12)
    op = Parallel({"max": HALF, "mean": MeanPool(window={"x": 2})}, dim="kind")
    out = op(x)
    assert out.dims == ("kind", "y", "x")
    assert out.kind.values.tolist() == ["max", "mean"]
    assert out.sel(kind="mean", drop=True).identical(MeanPool(window={"x": 2})(x))
    assert [axis.dim for axis in op.plan(Axes.of(x)).out_axes] == ["kind", "x"]


def test_a_new_dim_can_be_renamed_with_what_uses_it(rng):
    x = ring(rng, 3, 12)
    op = Parallel({"max": HALF, "mean": MeanPool(window={"x": 2})}) >> GlobalPool("branch")
    other = op.rename({"branch": "kind", "x": "time"})
    assert np.array_equal(other(x.rename(x="time")), op(x))


def test_a_new_dim_must_not_be_there_already(rng):
    with pytest.raises(DimError, match="'y' already"):
        Parallel({"a": Relu()}, dim="y")(ring(rng, 3, 12))
    with pytest.raises(DimError, match="'gain' already"):
        Parallel({"a": Relu()}, dim="gain")(ring(rng, 3, 12).assign_coords(gain=2.0))
    with pytest.raises(DimError, match="'band', which the input already has"):
        GaborBank("x", [0.5])(ring(rng, 3, 64).rename(y="band"))


def test_branches_on_other_grids_are_refused(rng):
    x = ring(rng, 12)
    for join in (Sum((Relu(), HALF)), Parallel({"a": Relu(), "b": HALF})):
        with pytest.raises(AxisError, match="do not fit together"):
            join(x)
    with pytest.raises(DimError, match="do not fit together"):
        Sum((Relu(), GlobalPool("x")))(x)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Sum(()), "at least one operator"),
        (lambda: Sum((Relu(), np.abs)), "is ufunc, not an operator"),
        (lambda: Parallel({}), "at least one operator"),
        (lambda: Parallel([Relu()]), "mapping from names to operators, not list"),
        (lambda: Parallel({"a": abs}), "not an operator"),
        (lambda: Levels({}), "at least one operator"),
        (lambda: Levels([Relu()]), "mapping from names to operators, not list"),
    ],
)
def test_branches_that_are_no_operators_are_refused(make, said):
    with pytest.raises(ParameterError, match=said):
        make()


def test_lists_of_branches_are_taken_and_renamed(rng):
    x = ring(rng, 12)
    op = Sum([HALF, MeanPool(window={"x": 2})])
    assert np.array_equal(op.rename({"x": "t"})(x.rename(x="t")), op(x))


def test_seen_from_outside_a_join_is_one_stage():
    assert len(Relu() >> Sum((HALF >> Relu(), HALF)) >> Residual(Relu())) == 3


# Several rates at once


def test_levels_give_a_leaf_for_each_rate(rng):
    x = ring(rng, 12)
    pyramid = Levels({"half": HALF, "quarter": HALF >> HALF})
    tree = pyramid(x)
    assert isinstance(tree, xr.DataTree)
    assert {name: node.dataset.sizes["x"] for name, node in tree.items()} == {
        "half": 6,
        "quarter": 3,
    }
    assert tree["quarter/level"].drop_attrs().equals((HALF >> HALF)(x))
    assert set(pyramid(x.rename("sound"))["half"].data_vars) == {"sound"}


def test_a_signal_named_like_a_coordinate_has_leaves_all_the_same(rng):
    tree = Levels({"half": HALF})(ring(rng, 12).rename("x"))
    assert set(tree["half"].data_vars) == {"level"}


def test_an_operator_may_go_before_the_levels(rng):
    x = ring(rng, 12)
    joined = Relu() >> Levels({"half": HALF, "full": Square()})
    assert isinstance(joined, Levels)
    assert joined(x)["half/level"].equals(HALF(Relu()(x)).rename("level"))


# Renaming, rescaling, rebounding, showing


def test_renaming_reaches_every_parameter_that_names_a_dim(rng):
    taps = xr.DataArray(rng.standard_normal((2, 3)), dims=("f", "x"))
    op = (
        Convolve(taps, stride={"x": 2}, boundary={"x": "reflect"})
        >> Residual(Relu())
        >> Sum((HALF, MeanPool(window={"x": 2})))
        >> Parallel({"a": Relu(), "b": Modulus()})
        >> GlobalPool(("x", "branch"))
    )
    x = ring(rng, 3, 12)
    other = op.rename({"x": "time", "f": "filter", "branch": "kind"})
    assert "x" not in other.dims
    out = other(x.rename(x="time"))
    assert np.array_equal(out, op(x))
    assert set(out.dims) == {"y", "filter"}


def test_two_names_can_be_swapped(rng):
    x = ring(rng, 6, 12)
    op = MaxPool(window={"y": 2, "x": 3})
    swapped = op.rename({"y": "x", "x": "y"})
    assert swapped.window == {"x": 2, "y": 3}
    assert np.array_equal(swapped(x.rename(y="x", x="y")), op(x))


def test_rescaling_changes_what_bears_a_unit_and_nothing_else():
    factors = {"x": 1000.0, "time": 1000.0}
    assert GaussianBank(sigma={"x": [1.0, 2.0], "y": 3.0}).rescale(factors).sigma == {
        "x": (1000.0, 2000.0),
        "y": 3.0,
    }
    assert GaborBank("x", [100.0, 200.0]).rescale(factors).frequency == pytest.approx((0.1, 0.2))
    assert GaborBank(("y", "x"), 0.2, (0.0,)).rescale(factors).frequency == (0.2,)
    spectrogram = Spectrogram(0.04, 0.01).rescale(factors)
    assert (spectrogram.window, spectrogram.hop) == (40.0, 10.0)
    assert HALF.rescale(factors) == HALF
    nested = (Sum((GaussianBank(sigma={"x": 1.0}),)) >> HALF).rescale(factors)
    assert str(nested) == "Sum(GaussianBank(sigma x: 1000)) >> MaxPool(x: 2)"


def test_a_boundary_can_be_given_to_every_stage():
    op = MaxPool(window={"x": 2}, boundary="zero") >> Residual(BlurPool(stride={"x": 1})) >> Relu()
    assert str(op.bounded("reflect")) == (
        "MaxPool(x: 2, boundary reflect) >> Residual(BlurPool(stride x: 1, boundary reflect))"
        " >> Relu()"
    )


@pytest.mark.parametrize(
    ("op", "shown"),
    [
        (Relu(), "Relu()"),
        (Log(offset=0.5), "Log(offset 0.5)"),
        (HALF, "MaxPool(x: 2)"),
        (BLUR >> Relu(), "BlurPool(stride x: 2) >> Relu()"),
        (Residual(BLUR >> Relu()), "Residual(BlurPool(stride x: 2) >> Relu())"),
        (Sum((Relu(), Square())), "Sum(Relu(), Square())"),
        (Parallel({"a": Relu(), "b": HALF}), "Parallel(a: Relu(), b: MaxPool(x: 2))"),
        (Pipeline(()), "Pipeline()"),
    ],
    ids=str,
)
def test_operators_read_as_they_are_written(op, shown):
    assert str(op) == shown


def test_equal_parameters_make_equal_operators():
    assert MaxPool(window={"x": 2}) == HALF
    assert MaxPool(window={"x": 3}) != HALF
    assert (BLUR >> Relu()) == (BlurPool(taps=3, stride={"x": 2}) >> Relu())


def test_parameters_cannot_be_changed():
    with pytest.raises(AttributeError):
        HALF.window = {"x": 3}


@pytest.mark.parametrize("value", [True, 1.0, "1", None, [1], np.float64(2)])
def test_a_count_is_an_integer(value):
    with pytest.raises(ParameterError, match=r"The stride is .* samples; give a whole number"):
        parameters.count(value, "The stride", " samples")


def test_an_operator_leaves_its_input_as_it_was(rng):
    x = ring(rng, 3, 12)
    before = x.copy(deep=True)
    for op in (HALF, BLUR >> Relu(), Residual(Relu()), Sum((Relu(), Square()))):
        op(x)[:] = 0
        assert x.identical(before)


def test_the_names_of_dims_are_all_that_tells_a_spectrogram_from_a_picture(rng):
    values = rng.standard_normal((12, 24))
    image = label(values, Axis("y", unit="px", period=12.0), Axis("x", unit="px", period=24.0))
    frequency = Axis("frequency", 50.0, 1.0, unit="Hz", period=12.0)
    sound = label(values, frequency, Axis("time", unit="s", period=24.0))
    taps = rng.standard_normal((2, 3, 3))

    def pipeline(rows: str, columns: str) -> Operator:
        return (
            Convolve(xr.DataArray(taps, dims=("filter", rows, columns)), stride={columns: 2})
            >> Relu()
            >> Sum((MaxPool(window={rows: 2}), MeanPool(window={rows: 2})))
            >> BlurPool(taps=5, stride={rows: 1, columns: 3})
            >> GaussianBank(sigma={columns: 6.0}, truncate=0.5)
        )

    wanted = pipeline("y", "x")(image)
    assert np.array_equal(pipeline("frequency", "time")(sound), wanted)
    again = pipeline("y", "x").rename({"y": "frequency", "x": "time"})
    assert np.array_equal(again(sound), wanted)
    assert np.array_equal(again(sound.T).transpose(*again(sound).dims), wanted)


def test_every_refusal_is_of_the_familys_own_type(rng):
    x = ring(rng, 12)
    for bad in (MaxPool(window={"t": 2}), Subsample(stride={"x": 5}), MaxPool(window={"x": 13})):
        with pytest.raises(InvarsigError):
            bad(x)
