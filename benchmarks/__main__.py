"""Every row against every peer that is installed: ``python -m benchmarks``.

A ratio is invarsig's time over the peer's, the median of pairs timed in turn in one process;
below 1 invarsig is ahead. Results are compared before anything is timed. Rows of whole processes
have a line for wall time, for CPU time and for peak memory.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import platform
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.against import against, checked_out
from benchmarks.process_row import QUANTITIES, ProcessRow, compared
from benchmarks.row import Row, timed

HERE = Path(__file__).parent


def main() -> None:
    """Time the rows whose name holds a text, print the table, and save it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help="time the rows whose name holds this text")
    parser.add_argument("--save", type=Path, help="write the table to this Markdown file")
    parser.add_argument(
        "--against", metavar="REVISION", help="compare whole processes with this revision's"
    )
    options = parser.parse_args()
    if options.against is None:
        _table([row for row in rows() if options.only in row.name], options.save)
        return
    with checked_out(options.against) as path:
        chosen = [
            against(row, options.against, path)
            for row in rows()
            if options.only in row.name and isinstance(row, ProcessRow)
        ]
        _table(chosen, options.save)


def _table(chosen: Sequence[Row | ProcessRow], save: Path | None) -> None:
    lines = [
        "| row | seconds | to the best peer | at most | peer | over memory |",
        "|---|---|---|---|---|---|",
    ]
    print("\n".join(lines))
    for row in chosen:
        for line in _process_lines(row) if isinstance(row, ProcessRow) else _lines(row):
            lines.append(line)
            print(line, flush=True)
    if save:
        machine = (
            f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        )
        save.write_text("\n".join([*lines, "", f"Measured on {machine}.", ""]))


def rows() -> Iterator[Row | ProcessRow]:
    """The rows of every module here that has a function `rows`."""
    for found in sorted(pkgutil.iter_modules([str(HERE)]), key=lambda each: each.name):
        if found.name.startswith("_") or found.name in ("row", "process_row", "against"):
            continue
        module = importlib.import_module(f"benchmarks.{found.name}")
        if hasattr(module, "rows"):
            yield from module.rows()


def _lines(row: Row) -> Iterator[str]:
    measured = timed(row.prepare())
    ratio = _ratio(measured.best, measured.ratios, row.at_most)
    over = measured.over_memory
    yield _line(row.name, f"{measured.seconds:.4g}", *ratio, "" if over is None else f"{over:.1f}")


def _process_lines(row: ProcessRow) -> Iterator[str]:
    for each in compared(row):
        ratio = _ratio(each.best, each.ratios, row.at_most.get(each.quantity))
        amount = f"{each.ours:.4g}" + (" MiB" if QUANTITIES[each.quantity] == "MiB" else "")
        yield _line(f"{row.name}, {each.quantity}", amount, *ratio, "")


def _ratio(
    best: str | None,
    ratios: Mapping[str, tuple[float, float, float]],
    at_most: float | None,
) -> tuple[str, str, str]:
    """The cells of a ratio: to the best peer, how much is wanted, and which peer that is."""
    wanted = "" if at_most is None else f"{at_most:g}"
    if best is None:
        return "no peer installed", wanted, ""
    low, middle, high = ratios[best]
    short = " (short)" if at_most is not None and middle > at_most else ""
    return f"{middle:.2f} ({low:.2f} to {high:.2f}){short}", wanted, best


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
