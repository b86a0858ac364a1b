"""Scattering that suits an input."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from tests.conftest import ring


def test_pictures_are_scattered_in_the_plane(photograph):
    x = ring(photograph, y=64, x=64)
    op = iv.models.scattering(x)
    assert (op.J, op.L, op.over) == (3, 8, ("y", "x"))
    wide = iv.models.scattering(x, extent=16.0)
    assert (wide.J, wide(x).sizes["x"]) == (4, 4)


def test_sound_is_scattered_along_time(speech):
    op = iv.models.scattering(speech)
    assert (op.over, op.J) == ("time", 9)  # 512 samples of 1/16 ms
    assert iv.models.scattering(speech, finer=2).stride == {"time": 128}


def test_an_octave_finer_next_to_nothing_folds():
    axes = [iv.Axis(dim, size=64, unit="px", period=64.0) for dim in ("y", "x")]
    x = iv.power_law_noise(*axes, exponent=0.0, rng=2)
    coarse, fine = (
        float(iv.equivariance_error(iv.models.scattering(x, finer=finer), x, iv.Translate(x=half)))
        for finer, half in ((0, 4.0), (1, 2.0))
    )
    assert fine < coarse / 5


def test_other_dims_have_no_default():
    with pytest.raises(iv.errors.DimError, match="sound has 'time', pictures have 'y' and 'x'"):
        iv.models.scattering(iv.label(np.zeros(8), "depth"))
