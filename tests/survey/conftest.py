"""Short real files, a pipeline that is quick on them, and a survey's bytes."""

from __future__ import annotations

from pathlib import Path

import imageio.v3 as iio
import pytest

import invarsig as iv
from tests.conftest import DATA


@pytest.fixture(scope="session")
def cuts(tmp_path_factory) -> Path:
    """A folder of four small cuts of photographs, in a folder in it one more, and a broken file."""
    folder = tmp_path_factory.mktemp("survey") / "cuts"
    (folder / "more").mkdir(parents=True)
    for number, name in enumerate(("camera", "coins", "rocket", "coffee", "camera")):
        whole = iio.imread(DATA / "images" / f"{name}.png")
        gray = whole if whole.ndim == 2 else whole[..., 0]
        place = 100 + 20 * number
        where = folder / "more" if number == 4 else folder
        iio.imwrite(where / f"{number}.png", gray[place : place + 24, place : place + 32])
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and nothing more")
    (folder / "notes.md").write_text("Not to be measured.")
    return folder


@pytest.fixture(scope="session")
def pool() -> iv.Operator:
    return iv.MaxPool({"x": 2})


@pytest.fixture(scope="session")
def whole(cuts, pool) -> iv.Survey:
    """A survey of all cuts that nothing disturbed, made in this process."""
    return iv.survey(pool, cuts, "x", out=cuts.parent / "whole.zarr", workers=0)
