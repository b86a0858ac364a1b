"""The stem of a vision transformer: what its encoding does to shifts by whole patches."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from tests.conftest import ring


@pytest.fixture(scope="module")
def camera(photograph):
    return ring(photograph, y=64, x=64)


PATCH = {"y": 8, "x": 8}


def test_patches_are_projected_by_one_matrix(photograph):
    op = iv.models.patch_embedding(photograph, PATCH, 5, rng=1)
    y = op(photograph)
    assert dict(y.sizes) == {"features": 5, "y": 32, "x": 32}
    blocks = photograph.values.reshape(32, 8, 32, 8)
    matrix = op.kernels.values[:, ::-1, ::-1]
    np.testing.assert_allclose(y, np.einsum("frc,irjc->fij", matrix, blocks), atol=1e-12)
    assert float(y.x[0]) == 3.5


@pytest.mark.parametrize("position", ["none", "relative"])
def test_without_absolute_places_it_commutes_with_whole_patches(camera, position):
    op = iv.models.vision_transformer(camera, PATCH, position=position, blocks=2, rng=1)
    assert float(iv.equivariance_error(op, camera, iv.Translate(y=8, x=-16))) < 1e-12
    assert float(iv.equivariance_error(op, camera, iv.Translate(x=1))) > 0.05
    assert op.plan(iv.Axes.of(camera)).shared >= {"y", "x"}
    assert iv.aliasing.folding_explains(op, camera, "x").attrs["explained"]
    orbit = iv.orbit(op, camera, "x")
    assert float(orbit.variance.sum()) == pytest.approx(float(orbit.folded_energy.sum()), rel=1e-9)


def test_absolute_places_break_it_and_folding_does_not_explain_why(camera):
    op = iv.models.vision_transformer(camera, PATCH, position="absolute", rng=1)
    assert float(iv.equivariance_error(op, camera, iv.Translate(x=8))) > 0.05
    assert not iv.aliasing.folding_explains(op, camera, "x").attrs["explained"]
    assert not op.plan(iv.Axes.of(camera)).shared & {"y", "x"}


def test_axes_hold_whole_patches(camera):
    with pytest.raises(iv.errors.AxisError, match="64 samples along 'y' are not a whole number"):
        iv.models.patch_embedding(camera, {"y": 7, "x": 8}, rng=1)
    with pytest.raises(iv.errors.DimError, match="needs the dim 'z'"):
        iv.models.patch_embedding(camera, {"z": 2}, rng=1)
