"""The level of a signal changes no relative number; what is all round-off has no number."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.kernels.levels import energy_at_level, exponent_of, norm, scaled
from invarsig.testing.discovery import examples_of, public_operators

SCALES = [900, 500, -530, -900]
MOVES = [iv.Translate(x=1.0), iv.Translate(x=0.37)]


def noise(size: int = 64) -> xr.DataArray:
    values = np.random.default_rng(3).standard_normal(size)
    return iv.label(values, iv.Axis("x", unit="px", period=float(size)))


def louder(x: xr.DataArray, by: int) -> xr.DataArray:
    """Scaled by a power of two, which changes no digit."""
    return x.copy(data=scaled(x.to_numpy(), by))


MEASURES = {
    "equivariance": lambda op, x: iv.equivariance_error(op, x, MOVES),
    "total": lambda op, x: iv.equivariance_error(op, x, MOVES, norm="total"),
    "floor": lambda op, x: iv.equivariance_error(op, x, MOVES).floor,
    "invariance": lambda op, x: iv.invariance_error(op, x, MOVES),
    "lie": lambda op, x: iv.measures.lie_derivative(op, x, MOVES[0]),
    "eqt": lambda op, x: iv.measures.eqt(op, x, MOVES),
    "ceiling": lambda op, x: iv.measures.eqt(op, x, MOVES, interpolation="lanczos").ceiling,
    "constancy": lambda op, x: iv.measures.energy_constancy(op, x, MOVES),
    "predicted": lambda op, x: iv.predict_error(op, x, MOVES),
    "attributed": lambda op, x: iv.attribute(op, x, MOVES[0]).share,
    "causes": lambda op, x: iv.causes(op, x, MOVES[0]).share_of_cause,
    "folding explains": lambda op, x: iv.aliasing.folding_explains(op, x, "x"),
}


@pytest.mark.parametrize("name", MEASURES)
def test_a_relative_measure_is_the_same_at_any_level(name):
    op = iv.BlurPool(taps=3, stride={"x": 1}) >> iv.Relu() >> iv.MaxPool({"x": 4})
    x = noise()
    # A derivative is taken by differences, whose steps are rounded at each level.
    slack = 1e-7 if name == "lie" else 1e-12
    wanted = MEASURES[name](op, x)
    for by in SCALES:
        found = MEASURES[name](op, louder(x, by))
        np.testing.assert_allclose(found, wanted, rtol=slack, atol=1e-15)


@pytest.mark.parametrize("keep", [(), ("band",)])
def test_channels_of_very_different_levels_are_each_measured(keep):
    values = np.stack([noise().to_numpy() * 10.0**k for k in (-160, 0, 150)])
    x = iv.label(values, "band", iv.Axis("x", unit="px", period=64.0))
    found = iv.equivariance_error(iv.MaxPool({"x": 4}), x, MOVES[0], keep=keep)
    wanted = float(iv.equivariance_error(iv.MaxPool({"x": 4}), noise(), MOVES[0]))
    if keep:
        np.testing.assert_allclose(found, wanted, rtol=1e-12)
    assert np.isfinite(found).all()


HOMOGENEOUS = [
    iv.MatchTemplate,
    iv.PolyphasePool,
    iv.SoftPolyphasePool,
    iv.SimpleCells,
    iv.LpPool,
    iv.Square,
    iv.compose.Canonicalized,
]


def top_of(y: np.ndarray) -> float:
    """The largest finite magnitude: a logarithm of zero is infinite, and of less not a number."""
    return float(np.abs(y[np.isfinite(y)]).max(initial=0.0))


def degree_of(op, x: xr.DataArray, y: np.ndarray) -> int | None:
    twice = op(louder(x, 1)).to_numpy()
    slack = 1e-13 * top_of(y)
    alike = [np.allclose(twice, y * 2.0**n, 1e-12, slack, equal_nan=True) for n in range(4)]
    found = [n for n, same in enumerate(alike) if same]
    return found[0] if found and y.any() else None


def check_levels(cls, rng: np.random.Generator) -> int:
    seen = 0
    for op, x in examples_of(cls, rng):
        if x.dtype.kind not in "fc":
            continue
        y = op(x).to_numpy()
        degree = degree_of(op, x, y)
        if degree is None:
            continue
        for by in SCALES:
            k = by // max(degree, 1)
            found = op(louder(x, k)).to_numpy()
            np.testing.assert_allclose(
                scaled(found, -degree * k),
                y,
                rtol=1e-9,
                atol=1e-11 * top_of(y),
                err_msg=f"{op} {k}",
            )
            seen += 1
    return seen


@pytest.mark.parametrize("cls", HOMOGENEOUS, ids=lambda cls: cls.__name__)
def test_what_scales_with_its_input_does_so_at_any_level(cls, rng):
    assert check_levels(cls, rng)


@pytest.mark.nightly
@pytest.mark.parametrize("cls", public_operators(), ids=lambda cls: cls.__name__)
def test_every_operator_that_scales_with_its_input_does_so_at_any_level(cls, rng):
    check_levels(cls, rng)


@pytest.mark.parametrize("level", [1e300, 1e155, 1e-155, 1e-300])
def test_normalizations_cancel_a_level(level):
    x = noise()
    bare = iv.LayerNorm("x", epsilon=0)
    np.testing.assert_allclose(bare(level * x), bare(x), rtol=1e-12)
    if level > 1:
        # Far above epsilon and sigma nothing of them is left.
        np.testing.assert_allclose(iv.LayerNorm("x")(level * x), bare(x), rtol=1e-12)
        whole = iv.DivisiveNormalization(over="x")
        near = iv.DivisiveNormalization(window={"x": 5})
        for op in (whole, near):
            np.testing.assert_allclose(op(level * x), op(1e60 * x), rtol=1e-12)
        share = np.sign(x) * x**2 / (x**2).mean()
        np.testing.assert_allclose(whole(level * x), share, rtol=1e-12)
    else:
        tiny = level * (x - x.mean()) / 1e-5**0.5
        np.testing.assert_allclose(iv.LayerNorm("x")(level * x), tiny, rtol=1e-7)


def test_normalizations_propagate_what_is_not_a_number():
    x = noise()
    x[3] = np.nan
    for level in (1.0, 1e300):
        assert np.isnan(iv.LayerNorm("x")(level * x)).all()
        assert np.isnan(iv.DivisiveNormalization(over="x")(level * x)).all()
        assert np.isnan(iv.DivisiveNormalization(window={"x": 3})(level * x)).sum() == 3


def test_a_level_in_decibels_is_that_of_the_amplitude_however_loud():
    axis = iv.Axis("time", step=1 / 64, unit="s")
    x = noise().rename(x="time").drop_vars("time").assign_coords(time=axis.step * np.arange(64.0))
    op = iv.Spectrogram.in_samples(x, window=16, hop=16, output="dB", floor=-300.0)
    np.testing.assert_allclose(op(1e200 * x) - op(x), 4000.0, rtol=1e-9)


def test_an_orbit_is_explained_only_where_its_squares_are_numbers():
    op, x = iv.MaxPool({"x": 4}), noise()
    for level in (1.0, 1e120, 1e-120):
        found = iv.orbit(op, level * x, "x")
        assert found.attrs["explained"]
        total = float(found.variance.sum())
        assert total == pytest.approx(float(found.folded_energy.sum()), rel=1e-10)
    for level in (1e-160, 1e160):
        found = iv.orbit(op, level * x, "x")
        assert not found.attrs["explained"]
        assert np.isnan(found.variance).all()
        assert np.isnan(found.folded_energy).all()


# --- output that is all round-off ---


def tone(cycles: int, size: int = 64) -> xr.DataArray:
    # Its phase is exact: rounded, it would be off by 1e-14, which is content of its own.
    wave = np.cos(2 * np.pi * (cycles * np.arange(size) % size) / size)
    return iv.label(wave, iv.Axis("x", unit="px", period=float(size)))


NOTHING = {
    "low-pass": iv.SpectralPool(stride={"x": 4}),
    "mean over whole periods": iv.MeanPool({"x": 16}, {"x": 4}),
    "modulus": iv.SpectralPool(stride={"x": 2}) >> iv.MeanPool({"x": 8}, {"x": 2}) >> iv.Modulus(),
}


@pytest.mark.parametrize("name", NOTHING)
@pytest.mark.parametrize("level", [1.0, 1e-150, 1e150])
def test_a_result_that_is_all_round_off_has_no_error(name, level):
    op, x = NOTHING[name], level * tone(24)
    move = iv.Translate(x=1)
    assert 0 < float(abs(op(x)).max()) < 1e-14 * level
    assert np.isnan(iv.equivariance_error(op, x, move))
    assert np.isnan(iv.invariance_error(op, x, move))
    assert np.isnan(iv.measures.lie_derivative(op, x, move))
    assert np.isnan(iv.measures.energy_constancy(op, x, move))
    assert np.isnan(iv.predict_error(op, x, move))
    several = xr.concat([x, 3 * x], "image", coords="minimal", compat="override")
    assert np.isnan(
        iv.measures.normalized_variance(op, several, [move, iv.Translate(x=2)], samples="image")
    )
    found = iv.causes(op, x, move)
    assert np.isnan(found.total)
    assert np.isnan(found.share).all()
    assert found.attrs["main_cause"] == ""
    with pytest.raises(AssertionError, match="is undefined: its output holds NaN, or has no"):
        iv.testing.assert_equivariant(op, x, move)


def test_a_channel_that_is_all_round_off_has_no_error_and_the_others_have():
    branches = {"low": iv.SpectralPool(stride={"x": 4}), "all": iv.Subsample(stride={"x": 4})}
    found = iv.equivariance_error(
        iv.Parallel(branches), tone(24), iv.Translate(x=1), keep=["branch"]
    )
    assert np.isnan(found[0])
    assert np.isfinite(found[1])


@pytest.mark.parametrize("gain", [1e-18, 1e-30, 1e-200])
def test_a_small_result_is_a_result_where_the_pipeline_makes_it_small(gain):
    x = noise()
    op = iv.MaxPool({"x": 4})
    damped = iv.Polynomial((0, gain)) >> op
    move = iv.Translate(x=1)
    wanted = float(iv.equivariance_error(op, x, move))
    assert float(iv.equivariance_error(damped, x, move)) == pytest.approx(wanted, rel=1e-12)
    squared = iv.equivariance_error(iv.Square() >> op, gain**0.25 * x, move)
    assert float(squared) == pytest.approx(
        float(iv.equivariance_error(iv.Square() >> op, x, move)), rel=1e-9
    )


def test_what_is_just_above_round_off_has_an_error():
    x = tone(24) + 1e-9 * tone(5)
    error = iv.equivariance_error(NOTHING["low-pass"], x, iv.Translate(x=1))
    assert float(error) < 1e-5


# --- the arithmetic ---


@pytest.mark.parametrize("by", [-1000, -500, 0, 500, 1000])
def test_norms_of_any_level_are_norms(by, rng):
    for values in (rng.standard_normal(50), rng.standard_normal(50) + 1j * rng.standard_normal(50)):
        assert norm(scaled(values, by)) == np.ldexp(norm(values), by)
        assert norm(values) == pytest.approx(float(np.linalg.norm(values)), rel=1e-15)


def test_exponents_are_those_of_the_largest_finite_value():
    values = np.array([[3.0, np.nan, np.inf], [0.0, 0.0, 0.0], [-0.25, 0.0, 1e-300]])
    np.testing.assert_array_equal(exponent_of(values, (1,)).ravel(), [2, 0, -1])
    assert np.isnan(norm(values))
    assert norm(np.array([np.inf, 1.0])) == np.inf
    assert norm(np.zeros(0)) == 0.0


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.complex64, np.complex128, np.int16])
@pytest.mark.parametrize("size", [1, 7, 20000])
@pytest.mark.parametrize("centered", [False, True])
def test_an_energy_is_that_of_the_exact_sum_of_squares(kind, size, centered):
    rng = np.random.default_rng(size)
    values = (100 * rng.standard_normal((size, 3)) + 50).astype(kind)[:, ::2]
    if np.iscomplexobj(values):
        values = values * np.array(1 + 2j, kind)
    total, exponent = energy_at_level(values, centered=centered)
    wide = values.astype(np.clongdouble if np.iscomplexobj(values) else np.longdouble)
    wide = wide - wide.mean() if centered else wide
    wanted = float((np.abs(wide) ** 2).sum())
    np.testing.assert_allclose(np.ldexp(total, 2 * exponent), wanted, rtol=1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("centered", [False, True])
def test_one_value_that_is_not_finite_leaves_no_finite_energy(bad, centered):
    values = np.ones(9000)
    values[8500] = bad
    assert not np.isfinite(energy_at_level(values, centered=centered)[0])
    assert int(exponent_of(values).ravel()[0]) == 1
