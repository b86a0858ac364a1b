"""Small convolutional networks: the same weights with several ways of downsampling."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

import invarsig as iv
from invarsig.models.cnn import Downsampling
from tests.conftest import ring


@pytest.fixture(scope="module")
def camera(photograph):
    return ring(photograph, y=256, x=256)


@pytest.fixture(scope="module")
def kernels(camera):
    return iv.models.random_kernels(camera, (8, 16, 32), rng=0)


def error_in_db(op, picture, /, **shifts):
    return float(iv.decibels(iv.equivariance_error(op, picture, iv.Translate(**shifts))))


@pytest.mark.parametrize("way", get_args(Downsampling))
def test_every_way_is_three_stages_of_the_same_grid(camera, kernels, way):
    op = iv.models.cnn(kernels, downsampling=way)
    y = op(camera)
    assert dict(y.sizes) == {"features_3": 32, "y": 32, "x": 32}
    assert op.plan(iv.Axes.of(camera)).stride == {"y": 8, "x": 8}
    assert op.plan(iv.Axes.of(camera)).shared >= {"y", "x"}
    assert error_in_db(op, camera, x=8) < -200


def test_on_a_photograph_the_alias_free_network_is_far_less_sensitive_to_a_shift(camera, kernels):
    errors = {
        way: error_in_db(iv.models.cnn(kernels, downsampling=way), camera, x=1)
        for way in ("max", "max_blur", "blur", "stride", "alias_free")
    }
    # Measured: max -22, max_blur -39, blur -41, stride -19, alias_free -59 dB.
    assert errors["alias_free"] < -55
    assert errors["max"] > -25
    assert errors["stride"] > -22
    assert errors["alias_free"] < errors["blur"] - 15
    assert max(errors["max_blur"], errors["blur"]) < errors["max"] - 12


def test_at_fractions_of_a_sample_the_alias_free_network_still_commutes_best(camera, kernels):
    errors = [
        error_in_db(iv.models.cnn(kernels, downsampling=way), camera, x=0.37, y=0.61)
        for way in ("alias_free", "max")
    ]
    assert errors[0] < errors[1] - 20


def test_with_its_filters_at_twice_the_rate_a_shift_of_half_the_stride_is_exact(camera, kernels):
    assert error_in_db(iv.models.cnn(kernels, downsampling="alias_free"), camera, x=4) < -200


def test_the_layers_hold_the_weights_that_are_given(camera, kernels):
    for way in get_args(Downsampling):
        held = [
            s.kernels
            for s in iv.models.cnn(kernels, downsampling=way)
            if isinstance(s, iv.Convolve)
        ]
        assert all(one is other for one, other in zip(held, kernels, strict=True))


def test_colors_are_summed_over_by_the_first_layer(rng):
    x = iv.label(rng.standard_normal((3, 12, 12)), "channel", "y", "x")
    kernels = iv.models.random_kernels(x, (4,), rng=1)
    y = iv.models.cnn(kernels, boundary="zero")(x)
    wanted = sum(
        iv.Convolve(kernels[0].isel(channel=k, drop=True), boundary="zero")(
            x.isel(channel=k, drop=True)
        )
        for k in range(3)
    )
    pooled = iv.MaxPool(window={"y": 2, "x": 2}, boundary="zero")(iv.Relu()(wanted))
    np.testing.assert_allclose(y, pooled.transpose(*y.dims), atol=1e-12)


def test_random_kernels_keep_the_variance_of_a_rectified_signal(rng):
    x = iv.label(rng.standard_normal((64, 64)), "y", "x")
    kernels = iv.models.random_kernels(x, (64, 64), rng=1)
    assert float(kernels[1].var()) == pytest.approx(2 / (64 * 9), rel=0.05)


def test_an_all_convolutional_stack_has_strides_and_no_pools(camera):
    kernels = iv.models.random_kernels(camera, (4, 4, 8, 8, 8, 8), rng=0)
    op = iv.models.all_convolutional(kernels)
    assert {type(stage) for stage in op} == {iv.Convolve, iv.Relu}
    assert op.plan(iv.Axes.of(camera)).stride == {"y": 8, "x": 8}
    assert error_in_db(op, camera, x=8) < -200
    assert error_in_db(op, camera, x=1) > -30


@pytest.mark.parametrize("dims", [("time",), ("z", "y", "x")])
def test_a_stack_lies_along_any_dims(rng, dims):
    axes = [iv.Axis(dim, size=8, period=8.0) for dim in dims]
    x = iv.label(rng.standard_normal((8,) * len(dims)), *axes)
    kernels = iv.models.random_kernels(x, (2, 3), over=dims, rng=1)
    for way in get_args(Downsampling):
        y = iv.models.cnn(kernels, downsampling=way, over=dims)(x)
        assert dict(y.sizes) == {"features_2": 3, **dict.fromkeys(dims, 2)}


def test_what_is_no_network_is_refused(camera, kernels):
    with pytest.raises(iv.errors.ParameterError, match="downsampling='avg' is unknown"):
        iv.models.cnn(kernels, downsampling="avg")
    with pytest.raises(iv.errors.ParameterError, match="lacks 'time'"):
        iv.models.cnn(kernels, over=("time",))
    with pytest.raises(iv.errors.ParameterError, match="give it a first dim for the features"):
        iv.models.cnn([kernels[0].isel(features_1=0)])
    with pytest.raises(iv.errors.DimError, match="needs the dim 'z'"):
        iv.models.random_kernels(camera, over=("z",), rng=1)
