"""Polyphase pooling: which component is kept, where it stands, and when it commutes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig.commutator import grid_shift, moved_last
from invarsig.errors import AxisError, ParameterError

NORMS = {
    "l2": lambda part: np.linalg.norm(part.ravel()),
    "l1": lambda part: np.abs(part).sum(),
    "linf": lambda part: np.abs(part).max(),
}


def noise(rng, *sizes, step=0.5, channels=3):
    axes = [
        iv.Axis(dim, 1.5, step, n, "px", n * step)
        for dim, n in zip("zyx"[-len(sizes) :], sizes, strict=True)
    ]
    return iv.label(rng.standard_normal((channels, *sizes)), "channel", *axes)


def chosen_by_hand(values, strides, norm):
    """The component of largest norm over all but the last axes, and its phases."""
    parts = {
        phase: values[(..., *(slice(p, None, s) for p, s in zip(phase, strides, strict=True)))]
        for phase in itertools.product(*map(range, strides))
    }
    best = max(parts, key=lambda phase: NORMS[norm](parts[phase]))
    return parts[best], best


@pytest.mark.parametrize("norm", sorted(NORMS))
@pytest.mark.parametrize(
    ("sizes", "strides"),
    [((12,), (2,)), ((15,), (3,)), ((12, 20), (2, 4)), ((9, 15), (3, 3)), ((4, 6, 8), (2, 3, 4))],
)
def test_the_component_of_largest_norm_is_kept(sizes, strides, norm, rng):
    x = noise(rng, *sizes)
    dims = x.dims[1:]
    op = iv.PolyphasePool(stride=dict(zip(dims, strides, strict=True)), over="channel", norm=norm)
    y = op(x)
    expected, phase = chosen_by_hand(x.values, strides, norm)
    np.testing.assert_array_equal(y, expected)
    for dim, p, stride in zip(dims, phase, strides, strict=True):
        assert float(y[f"{dim}_phase"]) == p * 0.5
        assert y[f"{dim}_phase"].attrs["units"] == "px"
        np.testing.assert_allclose(y[dim], x[dim][::stride])


def test_what_was_chosen_stands_at_the_coordinate_and_its_phase(rng):
    x = noise(rng, 24, channels=1).isel(channel=0)
    y = iv.PolyphasePool(stride={"x": 4})(x)
    at = x.sel(x=(y.x + y.x_phase).values)
    np.testing.assert_array_equal(at, y)


@pytest.mark.parametrize("dtype", ["float32", "int16", "complex64"])
def test_any_kind_of_number_is_chosen_from(dtype, rng):
    x = noise(rng, 6, 8)
    x = (10 * x).astype(dtype)
    y = iv.PolyphasePool(stride={"y": 3, "x": 2}, over="channel")(x)
    expected, phase = chosen_by_hand(x.values.astype(complex), (3, 2), "l2")
    np.testing.assert_array_equal(y, expected)
    assert y.dtype == {"float32": "f4", "int16": "f8", "complex64": "c8"}[dtype]
    assert (float(y.y_phase), float(y.x_phase)) == (0.5 * phase[0], 0.5 * phase[1])


def test_the_margin_says_how_close_the_choice_was():
    x = iv.label([4.0, 3.0, 0.0, 0.0], "x")
    y = iv.PolyphasePool(stride={"x": 2})(x)
    assert float(y.phase_margin) == pytest.approx(0.25)
    assert float(iv.PolyphasePool(stride={"x": 2})(0 * x).phase_margin) == 0
    assert float(iv.PolyphasePool(stride={"x": 1})(x).phase_margin) == 1


# Whole-sample alignment


@pytest.mark.parametrize(
    ("stride", "sizes", "norm"),
    [
        (2, (8, 14), "l2"),
        (2, (10, 6), "l1"),
        (3, (9, 21), "l2"),
        (3, (15, 12), "linf"),
        (4, (12, 20), "l2"),
        (4, (28, 16), "l1"),
    ],
)
def test_it_is_exact_after_whole_sample_alignment_at_every_whole_shift(stride, sizes, norm, rng):
    x = noise(rng, *sizes)
    op = iv.PolyphasePool(stride={"y": stride, "x": stride}, over="channel", norm=norm)
    y = op(x)
    places = itertools.product(range(-1, stride), range(stride + 2))
    moves = [iv.Translate.in_samples(x, y=dy, x=dx) for dy, dx in places]
    for move in moves:
        first = op(move(x))
        assert moved_last(y, first, move, "grid").equals(first.assign_coords(y.coords))
        for dim in ("y", "x"):
            by = float(grid_shift(y, first, move, dim))
            assert by == round(by)
    assert not iv.equivariance_error(op, x, moves[-3:], align="grid").any()
    assert not iv.commutator(op, x, moves[-1], align="grid").any()
    fourier = iv.equivariance_error(op, x, moves[1:4])
    assert float(fourier.max()) > 0.5, "by the length of the shift alone it folds"


@pytest.mark.parametrize("strides", [{"y": 2, "x": 3}, {"y": 1, "x": 4}, {"x": 3}])
def test_strides_may_differ_from_dim_to_dim(strides, rng):
    x = noise(rng, 10, 12)
    op = iv.PolyphasePool(stride=strides, over="channel")
    rows = (0, 1, 3) if "y" in strides else (0,)
    moves = [iv.Translate.in_samples(x, y=dy, x=dx) for dy in rows for dx in range(5)]
    assert not iv.equivariance_error(op, x, moves, align="grid").any()


def test_selection_for_each_channel_is_not_equivariant(rng):
    x = noise(rng, 16, 16)
    strides = {"y": 2, "x": 2}
    joint, apart = iv.PolyphasePool(strides, "channel"), iv.PolyphasePool(strides)
    moves = [iv.Translate.in_samples(x, y=dy, x=dx) for dy in range(2) for dx in range(1, 3)]
    shifts = [grid_shift(apart(x), apart(m(x)), m, dim) for m in moves for dim in ("y", "x")]
    assert any(len(np.unique(each)) > 1 for each in shifts), "channels move apart"
    assert float(iv.equivariance_error(apart, x, moves, align="grid").apart.max()) >= 1
    assert not iv.equivariance_error(joint, x, moves, align="grid").apart.any()
    # No move of the whole result makes up for it. Whatever comes next sees it: a mean of channels
    # is nowhere near any shift of what it was.
    mixed, kept = apart >> iv.GlobalPool("channel"), joint >> iv.GlobalPool("channel")
    for move in moves[:1]:
        y, first = mixed(x), mixed(move(x))
        closest = min(
            float(np.linalg.norm(first - np.roll(y, (dy, dx), (0, 1))) / np.linalg.norm(y))
            for dy in range(8)
            for dx in range(8)
        )
        assert closest > 0.3
    assert not iv.equivariance_error(kept, x, moves, align="grid").any()
    assert iv.PolyphasePool(strides, None) == apart


def test_batches_do_not_influence_each_other(rng):
    several = xr.concat([noise(rng, 12, 12) for _ in range(5)], dim="picture")
    op = iv.PolyphasePool(stride={"y": 3, "x": 2}, over="channel")
    together = op(several)
    assert together.x_phase.dims == together.phase_margin.dims == ("picture",)
    assert len(np.unique(together.x_phase + 10 * together.y_phase)) > 1
    for number in range(5):
        assert together.isel(picture=number).identical(op(several.isel(picture=number)))
    moves = [iv.Translate.in_samples(several, y=1, x=dx) for dx in range(4)]
    assert not iv.equivariance_error(op, several, moves, align="grid").any()
    turned = op(several.transpose("x", "picture", "channel", "y"))
    assert turned.transpose(*together.dims).equals(together)


def test_choices_one_after_the_other_add_up(rng):
    x = noise(rng, 24, 24)
    strides = {"y": 2, "x": 2}
    op = (
        iv.PolyphasePool(strides, "channel")
        >> iv.BlurPool(taps=3, stride={"y": 1, "x": 1})
        >> iv.Relu()
        >> iv.PolyphasePool({"y": 3, "x": 3}, "channel")
    )
    first = op[:1](x)
    y = op(x)
    own = y.x_phase - first.x_phase
    assert float(own) in (0.0, 1.0, 2.0), "of 0.5 px times 2"
    assert float(y.phase_margin) <= float(first.phase_margin)
    moves = [iv.Translate.in_samples(x, y=2, x=dx) for dx in range(-5, 8)]
    assert float(iv.equivariance_error(op, x, moves, align="grid").max()) < 1e-15


@pytest.mark.parametrize(
    "strides", [({"x": 2}, {"y": 2}), ({"x": 2}, {"y": 3, "x": 2}), ({"y": 2, "x": 2}, {"x": 3})]
)
def test_choices_along_one_dim_after_another_tell_where_each_sample_stood(strides, rng):
    x = iv.label(rng.standard_normal((2, 13, 12)), "take", iv.Axis("y", step=0.5), iv.Axis("x"))
    first, second = (iv.PolyphasePool(stride=each) for each in strides)
    once, y = first(x), (first >> second)(x)
    y = y.assign_coords(take=[0, 1])
    for kept in np.ravel(np.array(y.stack(all=y.dims)["all"], dtype=object)):
        one = y.sel(dict(zip(y.dims, kept, strict=True)))
        stood = {
            "take": kept[0],
            **{
                d: float(one[d] + (one[f"{d}_phase"] if f"{d}_phase" in one.coords else 0))
                for d in "yx"
            },
        }
        assert float(x.assign_coords(take=[0, 1]).sel(stood, method="nearest")) == float(one)
        assert float(one.phase_margin) <= float(second(once).phase_margin.max())
    assert float(y.phase_margin.max()) <= float(once.phase_margin.max())


def test_an_axis_that_ends_is_cropped_to_whole_strides(rng):
    x = iv.label(rng.standard_normal(11), iv.Axis("x", 2.0, 0.5, unit="s"))
    y = iv.PolyphasePool(stride={"x": 3})(x)
    assert y.equals(iv.PolyphasePool(stride={"x": 3})(x.isel(x=slice(0, 9))))
    assert iv.axis_of(y, "x") == iv.Axis("x", 2.0, 1.5, 3, "s")


def test_a_ring_must_be_a_multiple_of_the_stride(rng):
    with pytest.raises(AxisError, match="not a multiple of the stride 4"):
        iv.PolyphasePool(stride={"x": 4})(noise(rng, 10))


def test_nan_is_not_hidden_by_a_choice(rng):
    x = noise(rng, 12, channels=2)
    x[0, 5] = np.nan
    y = iv.PolyphasePool(stride={"x": 2})(x)
    assert np.isnan(y.isel(channel=0)).any()
    assert np.isnan(y.phase_margin.values).tolist() == [True, False]
    assert not np.isnan(y.isel(channel=1)).any()


def test_it_lifts_by_moving_its_input(rng):
    x = noise(rng, 12)
    op = iv.PolyphasePool(stride={"x": 3}, over="channel")
    assert op.restrided({"x": 1}) is None
    assert op.restrided({"x": 3}) == op
    lifted = iv.lift(op, x, "x")
    for k in range(3):
        np.testing.assert_array_equal(lifted[:, k::3], op(x.roll(x=-k, roll_coords=False)))
    assert "x_phase" not in lifted.coords, "each phase has one of its own"
    assert iv.aliasing.folding_explains(op, x, "x").attrs["explained"]
    with pytest.raises(ParameterError, match="internal stride"):
        op.unstrided(["x"])


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.integers(2, 40),
    late=st.integers(0, 39),
    norm=st.sampled_from(["l2", "l1", "linf"]),
    dtype=st.sampled_from([np.float32, np.float64, np.complex64, np.complex128]),
)
def test_a_move_by_whole_strides_keeps_the_choice_between_components_that_tie(
    seed, size, late, norm, dtype
):
    """Two components are the same samples in another order, turned in phase where complex."""
    rng = np.random.default_rng(seed)
    one = rng.standard_normal(size).astype(dtype)
    if np.iscomplexobj(one):
        one = one + 1j * rng.standard_normal(size).astype(one.real.dtype)
    values = np.empty(2 * size, dtype)
    values[::2] = one
    values[1::2] = np.roll(one, late)
    if np.iscomplexobj(one):
        values[1::2] *= np.exp(1j * rng.uniform(0, 6, size))
    x = iv.label(values, iv.Axis("x", period=2.0 * size))
    op = iv.PolyphasePool(stride={"x": 2}, norm=norm)
    y = op(x)
    for by in (1, size // 2):
        moved = op(x.roll(x=2 * by, roll_coords=False))
        np.testing.assert_array_equal(moved, np.roll(y, by))
        assert float(moved.x_phase) == float(y.x_phase)
    assert iv.aliasing.folding_explains(op, x, "x").attrs["explained"]
    found = iv.orbit(op, x, "x")
    np.testing.assert_allclose(
        found.folded_energy.sum(),
        found.variance.sum(),
        rtol=1e-4 if one.real.dtype == np.float32 else 1e-9,
        atol=1e-12,
    )


# The soft mix


@pytest.mark.parametrize("logits", ["l2", "l1", "linf", "log-energy"])
def test_a_cold_mix_is_a_choice_and_a_hot_one_a_mean(logits, rng):
    x = noise(rng, 12, 18)
    strides = {"y": 2, "x": 3}
    cold = iv.SoftPolyphasePool(strides, "channel", logits, temperature=1e-6)(x)
    hard = iv.PolyphasePool(strides, "channel", "l2" if logits == "log-energy" else logits)(x)
    xr.testing.assert_allclose(cold, hard.drop_vars("phase_margin"))
    hot = iv.SoftPolyphasePool(strides, "channel", logits, temperature=1e12)(x)
    mean = iv.MeanPool(window=strides)(x)
    np.testing.assert_allclose(hot, mean, atol=1e-9)
    np.testing.assert_allclose(hot.x + hot.x_phase, mean.x)


def test_the_weights_are_a_softmax_of_log_energies_over_the_temperature():
    x = iv.label([2.0, 1.0, 0.0, 1.0], "x")
    y = iv.SoftPolyphasePool(stride={"x": 2}, temperature=0.5)(x)
    energies = np.array([4.0, 2.0]) ** 2
    weights = energies / energies.sum()
    np.testing.assert_allclose(y, [weights @ [2, 1], weights @ [0, 1]])
    assert float(y.x_phase) == pytest.approx(weights[1])


def test_a_mix_does_not_depend_on_the_level_by_log_energy_only(rng):
    x = noise(rng, 12)
    by_energy, by_norm = iv.SoftPolyphasePool({"x": 2}), iv.SoftPolyphasePool({"x": 2}, (), "l2")
    xr.testing.assert_allclose(by_energy(100 * x), 100 * by_energy(x))
    assert float(abs(by_norm(100 * x) - 100 * by_norm(x)).max()) > 1


def test_silence_is_mixed_into_silence():
    y = iv.SoftPolyphasePool(stride={"x": 2})(iv.label(np.zeros(6), "x"))
    assert y.values.tolist() == [0.0, 0.0, 0.0]
    assert float(y.x_phase) == 0.5


def test_a_mix_is_equivariant_by_neither_alignment(rng):
    x, op = noise(rng, 16), iv.SoftPolyphasePool({"x": 2}, "channel")
    move = iv.Translate.in_samples(x, x=1)
    assert float(iv.equivariance_error(op, x, move)) > 0.05
    assert float(iv.equivariance_error(op, x, move, align="grid")) > 0.05
    assert iv.aliasing.folding_explains(op, x, "x").attrs["explained"]


# Parameters


@pytest.mark.parametrize("kind", [iv.PolyphasePool, iv.SoftPolyphasePool])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"stride": {}}, "stride along at least one dim"),
        ({"stride": {"x": 0}}, "stride along 'x' is 0"),
        ({"stride": {"x": 2.5}}, "stride along 'x' is 2.5"),
        ({"stride": 2}, "names no dim"),
        ({"stride": {"x": 2}, "over": "x"}, "over names 'x'.*Drop it"),
    ],
)
def test_strides_and_dims_are_checked(kind, options, said):
    with pytest.raises(ParameterError, match=said):
        kind(**options)


def test_norms_logits_and_temperatures_are_checked():
    with pytest.raises(ParameterError, match=r"norm='l3' is unknown.*l2, l1, linf"):
        iv.PolyphasePool({"x": 2}, norm="l3")
    with pytest.raises(ParameterError, match=r"logits='energy' is unknown.*log-energy"):
        iv.SoftPolyphasePool({"x": 2}, logits="energy")
    for temperature in (0, -1.0, np.nan, np.inf, "warm"):
        with pytest.raises(ParameterError, match=r"temperature is .*above 0"):
            iv.SoftPolyphasePool({"x": 2}, temperature=temperature)


def test_names_can_be_read():
    op = iv.PolyphasePool({"y": 2, "x": 2}, "channel", norm="l1")
    assert str(op) == "PolyphasePool(stride y: 2, x: 2, over channel, norm l1)"
    assert str(op.rename({"x": "lon"})) == (
        "PolyphasePool(stride y: 2, lon: 2, over channel, norm l1)"
    )
