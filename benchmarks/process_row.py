"""A row of whole processes: commands run in turn, with their time and their most memory.

What a user waits for at the prompt: imports, compilation and the work itself. Each command is a
fresh process, so that nothing is warm in memory that would not be for a user; every command runs
once before any is timed, so that its files are.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Command", "Commands", "Compared", "ProcessRow", "compared", "used"]

QUANTITIES = {"wall": "s", "CPU": "s", "peak memory": "MiB"}
"""What is measured of a process, with its unit."""

# A small process of its own starts the command: the most memory of a child counts from that of the
# process that started it, which here may hold arrays of other rows.
_LAUNCHER = """
import json, os, sys, time
silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
began = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=silent)
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - began
memory = used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
found = {"wall": wall, "CPU": used.ru_utime + used.ru_stime, "peak memory": memory}
print(json.dumps({"status": os.waitstatus_to_exitcode(status), **found}))
"""


@dataclass(frozen=True)
class Command:
    """A command line, the folder that it runs in, and what it needs beyond this environment."""

    arguments: Sequence[str]
    folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Commands:
    """The same work as commands: ours, and by name those of the peers."""

    ours: Command
    peers: Mapping[str, Command]


@dataclass(frozen=True)
class ProcessRow:
    """One row: its name, what prepares its commands, and the ratio wanted for each quantity.

    Parameters
    ----------
    name
        What the processes do.
    prepare
        Writes the files that the commands read, checks that their results agree, and gives them.
    at_most
        By quantity ("wall", "CPU", "peak memory") the ratio to the best peer that is wanted.
    runs
        How often each command is timed, in turn, after one run that is not.
    """

    name: str
    prepare: Callable[[], Commands]
    at_most: Mapping[str, float]
    runs: int = 7


@dataclass(frozen=True)
class Compared:
    """One quantity of a row; ratios are medians of pairs, with their quartiles."""

    quantity: str
    ours: float
    ratios: Mapping[str, tuple[float, float, float]]

    @property
    def best(self) -> str | None:
        """The peer that is hardest to beat."""
        return max(self.ratios, key=lambda peer: self.ratios[peer][1], default=None)


def compared(row: ProcessRow) -> Iterator[Compared]:
    """Run all commands in turn, and compare what each took."""
    commands = row.prepare()
    each = {"ours": commands.ours, **commands.peers}
    for command in each.values():
        used(command)
    took: dict[str, list[dict[str, float]]] = {name: [] for name in each}
    for _ in range(row.runs):
        for name, command in each.items():
            took[name].append(used(command))
    for quantity in QUANTITIES:
        ours = [one[quantity] for one in took["ours"]]
        ratios = {}
        for name in commands.peers:
            pairs = zip(ours, took[name], strict=True)
            low, middle, high = statistics.quantiles([a / b[quantity] for a, b in pairs], n=4)
            ratios[name] = (low, middle, high)
        yield Compared(quantity, statistics.median(ours), ratios)


def used(command: Command) -> dict[str, float]:
    """Seconds of wall and CPU that one run takes, its children's included, and its most MiB."""
    run = subprocess.run(
        [sys.executable, "-S", "-E", "-c", _LAUNCHER, *command.arguments],
        cwd=command.folder,
        env={**os.environ, **command.environment},
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, float] = json.loads(run.stdout)
    if status := found.pop("status"):
        raise RuntimeError(f"{' '.join(command.arguments)} gave {status}.")
    return found
