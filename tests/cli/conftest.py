"""Small inputs, a pipeline that is measured in a moment, and the app in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from invarsig.cli import app


@pytest.fixture
def invoke() -> Callable[..., Result]:
    """Run the app: arguments, and what is piped in."""
    runner = CliRunner()
    return lambda *given, piped=None: runner.invoke(app, [str(each) for each in given], input=piped)


@pytest.fixture
def here(tmp_path: Path, monkeypatch) -> Path:
    """A folder to work in, with two pictures, a recording, a grid, a text, and a pipeline each."""
    import imageio.v3 as iio
    import soundfile as sf

    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(3)
    (tmp_path / "photos").mkdir()
    for name in ("a", "b"):
        iio.imwrite(f"photos/{name}.png", rng.integers(0, 255, (32, 32)).astype(np.uint8))
    sf.write("take.wav", 0.1 * rng.standard_normal(2000), 8000, subtype="DOUBLE")
    np.save("grid.npy", rng.standard_normal((32, 32)))
    Path("notes.txt").write_text("to do: find a recording\n", encoding="utf-8")
    Path("own.py").write_text(
        "import invarsig as iv\n"
        "pool = iv.MaxPool({'x': 2})\n"
        "sound = iv.MaxPool({'time': 2})\n"
        "exact = iv.Relu()\n"
        "def nothing():\n    return 3\n"
        "def broken(x):\n    raise KeyError('mine')\n"
        "def loud(x):\n    print('loaded')\n    return iv.Relu()\n",
        encoding="utf-8",
    )
    return tmp_path
