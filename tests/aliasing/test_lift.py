"""The lift: one grid for all phases, and the test whether folding explains an operator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.aliasing.swap import alias_free
from tests.conftest import ring


def by_shifting(op: iv.Operator, x: xr.DataArray, dim: str, stride: int) -> np.ndarray:
    """``Z[S j + k] = f(T_-k x)[j]``, one phase after the other."""
    phases = [op(iv.Translate.in_samples(x, {dim: -k})(x)) for k in range(stride)]
    place = phases[0].get_axis_num(dim)
    stacked = np.stack([phase.to_numpy() for phase in phases], axis=place + 1)
    shape = list(phases[0].shape)
    shape[place] *= stride
    return stacked.reshape(shape)


@pytest.mark.parametrize("dim", ["x", "y"])
def test_polyphase_recursion_gives_what_shifting_gives(photograph, rng, dim):
    x = ring(photograph, **{dim: 72})
    kernels = xr.DataArray(rng.standard_normal((2, 5)), dims=("filter", dim))
    op = (
        iv.Convolve(kernels, stride={dim: 2})
        >> iv.Relu()
        >> iv.MaxPool(window={dim: 3}, stride={dim: 2})
        >> iv.BlurPool(taps=3, stride={dim: 3})
    )
    np.testing.assert_allclose(
        iv.lift(op, x, dim), by_shifting(op, x, dim, 12), rtol=1e-12, atol=1e-12
    )


def test_the_operator_is_its_lift_subsampled(photograph):
    x = ring(photograph, x=60)
    op = iv.MaxPool(window={"x": 3}) >> iv.Square() >> iv.MeanPool(window={"x": 2})
    lifted = iv.lift(op, x, "x")
    assert lifted.sizes["x"] == 60
    iv.difference(lifted.isel(x=slice(None, None, 6)), op(x))
    np.testing.assert_allclose(lifted.isel(x=slice(None, None, 6)), op(x), rtol=1e-12)


def test_chaining_dense_twins_would_be_wrong(photograph):
    """Why the recursion splits: the next stage would meet a grid that it was not made for."""
    x = ring(photograph, x=64)
    op = iv.Pipeline((iv.MaxPool(window={"x": 2}), iv.BlurPool(taps=3, stride={"x": 2})))
    chained = iv.Pipeline(tuple(stage.unstrided(["x"]) for stage in op))(x)
    lifted = iv.lift(op, x, "x")
    off = np.linalg.norm(chained.to_numpy() - lifted.to_numpy()) / np.linalg.norm(
        lifted - lifted.mean()
    )
    assert off > 0.1


def test_a_black_box_that_strides_is_lifted_by_shifting(photograph):
    x = ring(photograph, x=60)
    box = iv.Apply(lambda a: np.cbrt(a[..., ::3]), over=("x",), stride={"x": 3})
    op = iv.Relu() >> box >> iv.MaxPool(window={"x": 2})
    np.testing.assert_allclose(iv.lift(op, x, "x"), by_shifting(op, x, "x", 6), rtol=1e-12)


@pytest.mark.parametrize("divisor", [1, 2, 4, 8, 16, 32])
def test_a_divisor_gives_every_so_many_samples_of_the_lift(speech, divisor):
    x = ring(speech, time=32 * 40)
    op = iv.Spectrogram.in_samples(x, window=64, hop=16) >> iv.MaxPool(window={"time": 2})
    whole = iv.lift(op, x, "time")
    part = iv.lift(op, x, "time", divisor=divisor)
    np.testing.assert_allclose(
        part, whole.isel(time=slice(None, None, divisor)), rtol=1e-9, atol=1e-12
    )


def test_folding_explains_convolution_and_pooling(photograph, rng):
    x = ring(photograph, x=64)
    op = iv.GaussianBank(sigma={"x": 1.0}) >> iv.Relu() >> iv.MaxPool(window={"x": 4})
    check = iv.aliasing.folding_explains(op, x, "x")
    assert check.attrs["explained"] is True
    assert float(check) < 1e-12


def test_folding_does_not_explain_unshared_weights(photograph, rng):
    x = ring(photograph, x=64)
    weights = xr.DataArray(rng.standard_normal((64, 3)), dims=("x", "x_tap"))
    check = iv.aliasing.folding_explains(
        iv.LocallyConnected(weights) >> iv.MaxPool(window={"x": 4}), x, "x"
    )
    assert check.attrs["explained"] is False
    assert float(check) > 0.1


def test_folding_does_not_explain_a_gain_for_each_place(photograph):
    x = ring(photograph, x=64)
    gain = np.linspace(0.5, 1.5, 64)
    affine = iv.Apply(lambda a: a * gain, over=("x",), assume_linear=True)
    assert not iv.aliasing.folding_explains(affine >> iv.Subsample(stride={"x": 2}), x, "x").attrs[
        "explained"
    ]
    predicted = iv.predict_error(affine >> iv.Subsample(stride={"x": 2}), x, iv.Translate(x=1))
    assert predicted.attrs["exact"] is False


def test_zero_padding_at_the_border_is_not_explained_by_folding(photograph, rng):
    x = ring(photograph, x=64)
    taps = xr.DataArray(rng.standard_normal(5), dims="x")
    padded = iv.Convolve(taps, boundary="zero") >> iv.Subsample(stride={"x": 2})
    assert not iv.aliasing.folding_explains(padded, x, "x").attrs["explained"]


@dataclass(frozen=True)
class Pairs(iv.Operator):
    """A user's own sum of pairs that meets no end at a stride of 4, and does without one."""

    stride: int = 4
    linear = True

    @property
    def dims(self) -> tuple[str, ...]:
        return ("x",)

    def plan(self, axes: iv.Axes) -> iv.Plan:
        axis = axes["x"]
        reach = {"x": (0.0, axis.step)}
        return iv.Plan((axis,), (axis.strided(self.stride),), {"x": self.stride}, reach)

    def restrided(self, strides: Mapping[str, int]) -> iv.Operator:
        return Pairs(strides["x"])

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        beyond = np.append(x.values, 0.0)
        summed = x.copy(data=beyond[:-1] + beyond[1:])
        return iv.Subsample({"x": self.stride})(summed)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[iv.Operator, xr.DataArray]]:
        yield cls(), iv.label(rng.standard_normal(16), iv.Axis("x", period=16.0))


def test_a_finer_form_that_is_wrong_at_the_last_phase_alone_explains_nothing(rng):
    ((op, x),) = Pairs.examples(rng)
    lifted = iv.lift(op, x, "x")
    for phase in (0, 1, 2):
        np.testing.assert_allclose(lifted[phase::4], op(x.roll(x=-phase, roll_coords=False)))
    assert not np.allclose(lifted[3::4], op(x.roll(x=-3, roll_coords=False)))
    assert not iv.aliasing.folding_explains(op, x, "x").attrs["explained"]


@pytest.mark.parametrize(
    ("hop", "grid"), [(64, 8), (128, 16), (160, 20), (353, 353), (10, 1), (441, 49), (22, 2)]
)
def test_the_default_grid_is_the_divisor_nearest_to_an_eighth_of_the_hop(hop, grid):
    from invarsig.aliasing import default_divisor

    x = iv.label(np.zeros(hop * 8), iv.Axis("time", step=1 / 8000, unit="s", period=hop / 1000))
    op = iv.Spectrogram.in_samples(x, window=2 * hop, hop=hop)
    assert default_divisor(op, x, "time") == grid
    assert default_divisor(iv.Pipeline((op >> iv.Relu(),)), x, "time") == grid
    assert default_divisor(iv.Parallel({"a": op, "b": op}), x, "time") == grid
    assert default_divisor(iv.Subsample(stride={"time": hop}), x, "time") == 1


def test_the_alias_free_twin_is_exact_of_real_and_of_complex_channels(photograph):
    x = ring(photograph, x=64)
    twin = alias_free(iv.MaxPool(window={"x": 4}), x)
    assert float(iv.equivariance_error(twin, x, iv.Translate(x=1))) < 1e-14
    bank = iv.GaborBank("x", [0.2], stride={"x": 4})
    assert float(iv.equivariance_error(bank, x, iv.Translate(x=1))) > 1e-4
    assert float(iv.equivariance_error(alias_free(bank, x), x, iv.Translate(x=1))) < 1e-14
    assert alias_free(iv.Relu(), x) is None
