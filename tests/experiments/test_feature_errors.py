"""Errors of maps of features do not depend on the features' means."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.experiments.feature_errors import error_over_spread

MOVES = [iv.Translate(x=1.0), iv.Translate(x=2.0)]
POOL = iv.MaxPool({"y": 2, "x": 2})


@pytest.fixture
def features(rng):
    axes = [iv.Axis(dim, unit="px", period=16.0) for dim in ("y", "x")]
    return iv.label(rng.standard_normal((3, 16, 16)), "feature", *axes)


def test_a_level_of_a_feature_hides_no_error(features):
    raised = features + np.array([0.0, 3.0, 50.0])[:, None, None]
    raised = raised.assign_coords(features.coords)
    assert error_over_spread(POOL, raised, MOVES) == pytest.approx(
        error_over_spread(POOL, features, MOVES), rel=1e-9
    )
    plain = [float(iv.equivariance_error(POOL, x, MOVES[0])) for x in (raised, features)]
    assert plain[0] < 0.1 * plain[1]


def test_a_gain_that_differs_errs_as_two_lines_of_numpy_say(features):
    rng = np.random.default_rng(1)
    gain = rng.uniform(0.5, 1.5, 16)
    op = iv.PositionAffine(features.isel(feature=0, y=0, drop=True).copy(data=gain))
    values = features.to_numpy()
    gap = gain * np.roll(values, 1, -1) - np.roll(gain * values, 1, -1)
    away = gain * values - (gain * values).mean(axis=(1, 2), keepdims=True)
    wanted = np.linalg.norm(gap.ravel()) / np.linalg.norm(away.ravel())
    assert error_over_spread(op, features, MOVES[:1])[0] == pytest.approx(wanted, rel=1e-12)


def test_what_commutes_has_no_error(features):
    assert error_over_spread(POOL, features, [iv.Translate(x=2.0)])[0] < 1e-14
