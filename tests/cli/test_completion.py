"""What the shell completes, asked as the shell asks it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

import invarsig as iv
from invarsig.cli import app, completion


def completed(line: str) -> list[str]:
    """What bash gets for the last word of a line."""
    words = line.split(" ")
    asked = {
        "_INVARSIG_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    shown = CliRunner().invoke(app, [], env=asked, prog_name="invarsig")
    return shown.output.split()


def told(complete: Any, incomplete: str = "", **given: Any) -> list[str]:
    return complete(SimpleNamespace(params=given, args=[]), incomplete)


def test_the_shell_completes_commands_options_and_values(here):
    assert {"report", "check", "answers"} <= set(completed("invarsig "))
    assert "--max-error" in completed("invarsig check --max")
    assert completed("invarsig check take.wav --along t") == ["time"]
    assert completed("invarsig check take.wav --pipeline log") == ["log_mel"]
    assert completed("invarsig check ta") == ["take.wav"]
    assert "hmax-invariance" in completed("invarsig experiments run hm")


def test_pipelines_are_names_files_and_what_stands_in_them(here):
    assert set(told(completion.pipelines)) >= {"log_mel", "cqt", "scattering", "own.py", "photos/"}
    assert told(completion.pipelines, "own.py:s") == ["own.py:sound"]
    Path("prints.py").write_text("raise RuntimeError('it was run')\nop = None\n", encoding="utf-8")
    assert told(completion.pipelines, "prints.py:") == ["prints.py:op"], "it is read, not run"


def test_dims_are_those_of_the_inputs(here):
    assert told(completion.dims, inputs=("take.wav",)) == ["time", "frequency"]
    assert told(completion.dims, inputs=("photos/a.png",)) == ["y", "x"]
    field = xr.DataArray(np.zeros((4, 4)), dims=("lat", "lon"), name="temp")
    field.to_dataset().assign(wind=field).to_netcdf("map.nc", engine="h5netcdf")
    assert told(completion.dims, "l", inputs=("map.nc",)) == ["lat", "lon"]
    assert told(completion.axes, "lon", inputs=("map.nc",)) == ["lon=", "lon,periodic"]
    assert told(completion.variables, inputs=("map.nc",)) == ["temp", "wind"]


def test_experiments_that_are_named_already_are_not_offered_again():
    every = [each.name for each in iv.experiments.public_experiments()]
    assert told(completion.experiments, names=()) == [*every, "all"]
    assert every[0] not in told(completion.experiments, names=(every[0],))


def test_what_fails_completes_nothing(here, capfd):
    Path("broken.py").write_text("def model(\n", encoding="utf-8")
    assert told(completion.pipelines, "broken.py:") == []
    assert told(completion.layers, model="broken.py:model") == []
    assert told(completion.layers) == []
    assert told(completion.dims, inputs=("notes.txt", "gone.wav")) in ([], ["time", "frequency"])
    assert told(completion.files, "gone/") == []
    assert capfd.readouterr() == ("", "")


def test_layers_of_a_network_are_completed(here):
    pytest.importorskip("torch", reason="torch is not installed")
    Path("net.py").write_text(
        "from torch import nn\nprint('loaded')\n"
        "def model():\n"
        "    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.Sequential(nn.ReLU(), nn.MaxPool2d(2)))\n",
        encoding="utf-8",
    )
    assert told(completion.layers, "1", model="net.py:model") == ["1", "1.0", "1.1"]
