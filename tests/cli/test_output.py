"""How much is said, where, and in which units; and how far the work is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import invarsig as iv
from invarsig.cli.options import OutputOptions
from invarsig.cli.progress import progress_of

POOL = ("--pipeline", "own.py:pool", "--along", "x")
LIMIT = ("--max-error", "-1", "--shift", "1")


def test_quiet_is_the_result_and_nothing_else(invoke, here):
    for given, said in (
        (("check", "photos/a.png", *POOL, *LIMIT), "falls short\n"),
        (("baseline", "photos/a.png", *POOL, "--out", "b.json"), "b.json\n"),
        (("check", "photos/a.png", "--pipeline", "own.py:pool", "--against", "b.json"), "holds\n"),
    ):
        result = invoke(*given, "-q")
        assert result.stdout == said
        assert result.stderr == ""
    names = invoke("experiments", "-q").stdout.split()
    assert names == [each.name for each in iv.experiments.public_experiments()]


def test_quiet_keeps_errors_and_leaves_notes_out(invoke, here):
    import soundfile as sf

    sf.write("two.wav", sf.read("take.wav")[0][:, None].repeat(2, 1), 8000)
    given = ("--pipeline", "own.py:sound", "--max-error", "-1", "--shift", "0.000125")
    assert "are mixed to their mean" in invoke("check", "two.wav", *given).stderr
    assert invoke("check", "two.wav", *given, "-q").stderr == ""
    assert "There is no file" in invoke("check", "gone.wav", *given, "-q").stderr


def test_a_quiet_report_is_its_verdict_and_verbose_names_what_measures(invoke, here):
    given = ("report", "photos/a.png", *POOL, "--out", "page.html")
    quiet = invoke(*given, "-q")
    assert quiet.exit_code == 0, quiet.output
    (line,) = quiet.stdout.splitlines()
    assert line.startswith("photos/a.png: ")
    shown = invoke(*given, "-v")
    assert line.removeprefix("photos/a.png: ") in shown.stdout
    assert "photos/a.png: y: 32, x: 32, float64, through MaxPool(x: 2)." in shown.stderr


def test_lengths_are_written_and_read_with_the_units_of_the_page(invoke, here):
    given = ("check", "take.wav", "--pipeline", "own.py:sound", "--max-error", "-1")
    in_ms = invoke(*given, "--shift", "0.125ms")
    in_seconds = invoke(*given, "--shift", "0.000125")
    assert in_ms.stdout == in_seconds.stdout
    assert "the error at 125 µs is" in in_ms.stdout
    assert "the error at 1.125 ms is" in invoke(*given, "--shift", "1125 us").stdout


def test_a_length_with_a_unit_moves_the_axes_that_it_fits(invoke, here):
    import numpy as np

    np.save("film.npy", np.random.default_rng(0).standard_normal((64, 32)))
    axes = ("--axis", "time=1ms", "--axis", "x=1px")
    Path("both.py").write_text("import invarsig as iv\nop = iv.MaxPool({'time': 2, 'x': 2})\n")
    given = ("check", "film.npy", *axes, "--pipeline", "both.py:op", "--max-error", "-1")
    said = invoke(*given, "--shift", "1px", "--shift", "0.001 s")
    assert re.search("Along time the error at 1 ms is", said.stdout), said.output
    assert re.search("Along x the error at 1 px is", said.stdout)


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1", "FORCE_COLOR": ""}, {"TERM": "dumb"}])
def test_no_color_where_none_is_wanted_and_none_into_a_pipe(here, variables):
    environ = {k: v for k, v in os.environ.items() if k != "FORCE_COLOR"} | variables
    for given in (["check", "--help"], ["check", "take.wav", "--max-error", "1"]):
        command = [sys.executable, "-m", "invarsig", *given]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
        assert "\x1b" not in done.stdout + done.stderr


class Screen:
    """Standard error that is a terminal."""

    def __init__(self, terminal: bool) -> None:
        self.terminal, self.text = terminal, ""

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""


def shown(monkeypatch, *, terminal: bool, output: OutputOptions, seconds: float) -> str:
    """What progress writes while so many seconds pass, half-way through one input."""
    screen = Screen(terminal)
    now = time.monotonic()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("invarsig.cli.progress.time.monotonic", lambda: now)
    with progress_of(2, output) as progress:
        tell = progress("take.wav", 0)
        tell("moves as given", 0.0)
        now += seconds
        tell("moves as given", 0.5)
    return screen.text


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown_from_the_first_second_on(monkeypatch, terminal):
    verbose = OutputOptions(verbose=True)
    assert shown(monkeypatch, terminal=terminal, output=verbose, seconds=0.5) == ""
    text = shown(monkeypatch, terminal=terminal, output=verbose, seconds=20)
    assert "take.wav: moves as given" in text
    assert "left" in text


def test_progress_lines_say_how_much_time_is_left(monkeypatch):
    text = shown(monkeypatch, terminal=False, output=OutputOptions(verbose=True), seconds=20)
    assert text == " 25 % after 20 s, 1:00 min left: take.wav: moves as given\n"


def test_progress_is_silent_where_nobody_looks(monkeypatch):
    plain, quiet = OutputOptions(), OutputOptions(quiet=True)
    assert shown(monkeypatch, terminal=False, output=plain, seconds=20) == ""
    assert shown(monkeypatch, terminal=True, output=quiet, seconds=20) == ""
    assert shown(monkeypatch, terminal=True, output=plain, seconds=20) != ""


@pytest.mark.parametrize("measure", ["check", "baseline", "against", "diagnose"])
def test_every_measurement_reports_how_far_it_is(measure):
    x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    op, parts = iv.Relu() >> iv.BlurPool(taps=3, stride={"x": 2}), []
    tell = {"progress": lambda _text, part: parts.append(part)}
    if measure == "check":
        iv.check(op, x, max_error=-40, **tell)
    elif measure == "diagnose":
        iv.diagnose(op, x, **tell)
    elif measure == "baseline":
        iv.baseline(op, x, **tell)
    else:
        iv.diagnosis.check_against(op, x, iv.baseline(op, x), **tell)
    assert parts[-1] == 1.0
    assert parts == sorted(parts)
    assert len(parts) > 3
