"""Every row against every peer that is installed: ``python -m benchmarks``.

A ratio is invarsig's time over the peer's, the median of pairs timed in turn in one process;
below 1 invarsig is ahead. Results are compared before anything is timed.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import platform
from collections.abc import Iterator
from pathlib import Path

from benchmarks.row import Row, timed

HERE = Path(__file__).parent


def main() -> None:
    """Time the rows whose name holds a text, print the table, and save it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help="time the rows whose name holds this text")
    parser.add_argument("--save", type=Path, help="write the table to this Markdown file")
    options = parser.parse_args()
    lines = [
        "| row | seconds | to the best peer | at most | peer | over memory |",
        "|---|---|---|---|---|---|",
    ]
    print("\n".join(lines))
    for row in rows():
        if options.only in row.name:
            lines.append(_line(row))
            print(lines[-1], flush=True)
    if options.save:
        machine = (
            f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        )
        options.save.write_text("\n".join([*lines, "", f"Measured on {machine}.", ""]))


def rows() -> Iterator[Row]:
    """The rows of every module here that has a function `rows`."""
    for found in sorted(pkgutil.iter_modules([str(HERE)]), key=lambda each: each.name):
        if found.name.startswith("_") or found.name == "row":
            continue
        module = importlib.import_module(f"benchmarks.{found.name}")
        if hasattr(module, "rows"):
            yield from module.rows()


def _line(row: Row) -> str:
    measured = timed(row.prepare())
    best = measured.best
    cells = [row.name, f"{measured.seconds:.4f}"]
    if best is None:
        cells += ["no peer installed", f"{row.at_most or ''}", ""]
    else:
        low, middle, high = measured.ratios[best]
        short = " (short)" if row.at_most is not None and middle > row.at_most else ""
        cells += [f"{middle:.2f} ({low:.2f} to {high:.2f}){short}", f"{row.at_most or ''}", best]
    over = measured.over_memory
    cells.append("" if over is None else f"{over:.1f}")
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
