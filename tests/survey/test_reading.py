"""A survey measures the very signal that every command measures."""

from __future__ import annotations

import imageio.v3 as iio
import numpy as np
import pytest
import soundfile
import xarray as xr

from invarsig.cli.inputs import Input
from invarsig.errors import ParameterError
from invarsig.survey.reading import read_signal


def stereo(path, right, rng):
    left = rng.standard_normal(400) * 0.1
    soundfile.write(path, np.stack([left, right(left)], axis=-1), 8000, subtype="DOUBLE")
    return path


def picture(path, change, rng):
    colors = rng.integers(0, 256, (16, 20, 3), dtype=np.uint8)
    iio.imwrite(path, change(colors))
    return path


FILES = {
    "stereo": lambda folder, rng: stereo(folder / "a.wav", lambda left: left**2, rng),
    "colors": lambda folder, rng: picture(folder / "a.png", lambda c: c, rng),
    "gray": lambda folder, rng: picture(folder / "b.png", lambda c: c[..., 0], rng),
    "transparent": lambda folder, rng: picture(
        folder / "c.png", lambda c: np.concatenate([c, np.full_like(c[..., :1], 200)], -1), rng
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_survey_reads_what_a_command_reads(kind, tmp_path, rng):
    path = FILES[kind](tmp_path, rng)
    xr.testing.assert_identical(read_signal(path), Input.read(path).x)


def test_both_refuse_channels_that_cancel_each_with_its_own_remedy(tmp_path, rng):
    path = stereo(tmp_path / "a.wav", lambda left: -left, rng)
    with pytest.raises(ParameterError, match=r"2 channels of .* cancel each other.* by --channel"):
        Input.read(path)
    with pytest.raises(ParameterError, match=r"2 channels of .* cancel each other.* give read="):
        read_signal(path)
