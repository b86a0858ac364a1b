"""A command's own process gives freed arrays back at once; a library's does not ask for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of the C library of Linux")

# Arrays of 8 MiB, of which every other one is freed: they lie between others.
FREED = """
import numpy as np
def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096 / 2**20
def freed():
    arrays = [np.ones(2**20) for _ in range(20)]
    before = resident()
    del arrays[::2]
    return before - resident()
# Freed once, an array of 32 MiB raises by itself from which size on arrays are kept apart.
np.ones(2**22 - 2**12)
"""


def printed(script: str, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if "MALLOC" not in name}
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**kept, **environment},
    )
    return done.stdout.strip()


@LINUX
def test_what_lies_between_other_arrays_is_given_back():
    ask = "from invarsig.cli.allocation import give_back_at_once\ngive_back_at_once()\n"
    assert float(printed(f"{FREED}{ask}print(freed())")) > 70
    # Without it nothing is: else there would be no reason to ask.
    assert float(printed(f"{FREED}print(freed())")) < 10


@LINUX
def test_what_the_user_has_set_stays():
    ask = "from invarsig.cli.allocation import give_back_at_once\nprint(*give_back_at_once())"
    assert printed(ask).split() == [
        "MALLOC_ARENA_MAX",
        "MALLOC_MMAP_THRESHOLD_",
        "MALLOC_TRIM_THRESHOLD_",
    ]
    left = printed(ask, MALLOC_ARENA_MAX="3").split()
    assert left == ["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"]
    assert printed(ask, GLIBC_TUNABLES="glibc.malloc.arena_max=3") == ""


def test_importing_the_package_or_its_command_line_asks_for_nothing():
    code = (
        "import sys, invarsig, invarsig.cli.allocation as allocation\n"
        "asked = []\n"
        "allocation.give_back_at_once = lambda: asked.append(1)\n"
        "import invarsig.cli.commands\n"
        "print(asked)"
    )
    assert printed(code) == "[]"
