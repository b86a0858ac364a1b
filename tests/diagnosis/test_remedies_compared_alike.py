"""Before and after a change the same part of the output is compared."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv


def test_where_nothing_is_left_inside_a_change_is_judged_up_to_the_edge_as_before():
    """Half the stride leaves enough outputs for an inside, where there was none before."""
    x = iv.power_law_noise(iv.Axis("x", size=128), exponent=1.0, rng=1)
    shifts, op = [1.0, 1.48, 2.0, 2.44, 3.0], iv.MaxPool(window={"x": 4})
    found = iv.diagnose(op, x, shifts={"x": shifts}).findings
    place = found.remedy_change.to_numpy().tolist().index("halve the stride of stage 1, along x")
    changed = eval(str(found.remedy_code.to_numpy()[place]), {"iv": iv})
    assert np.isnan(found.inside_error).all()
    for name, made in (("before", op), ("after", changed)):
        moves = [iv.Translate(x=by) for by in shifts]
        worst = iv.equivariance_error(made, x, moves, protocol="roll").max()
        assert float(found[f"remedy_{name}"][place]) == pytest.approx(float(worst), rel=1e-9)
