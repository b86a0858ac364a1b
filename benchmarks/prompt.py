"""What a user waits for at the prompt: imports and the first call, as whole processes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from benchmarks.process_row import Command, Commands, ProcessRow

LIBRARIES = "import numpy, xarray"
FIRST = """
import numpy as np
import invarsig as iv
x = iv.label(np.ones((16, 16)), iv.Axis("y"), iv.Axis("x"))
"""


def rows() -> Iterator[ProcessRow]:
    """First operators, and the help of the command line, over importing numpy and xarray."""
    for name in ("Relu()", "MaxPool({'y': 2, 'x': 2})", "BlurPool(3, {'y': 2, 'x': 2})"):
        code = f"{FIRST}iv.{name}(x)"
        yield ProcessRow(f"first {name.split('(')[0]}", _over_libraries("-c", code), {"wall": 1.15})
    yield ProcessRow("invarsig --help", _over_libraries("-m", "invarsig", "--help"), {"wall": 1.0})


def _over_libraries(*arguments: str) -> Callable[[], Commands]:
    ours = Command([sys.executable, *arguments])
    peers = {LIBRARIES: Command([sys.executable, "-c", LIBRARIES])}
    return lambda: Commands(ours, peers)
