"""The memory that a diagnosis takes: measured on small parts of the input, and said for others.

How many arrays of the input's size a pipeline holds at once depends on all of its stages, on the
moves, and on the number of threads: between pipelines it differs by a factor of five. So two small
parts are diagnosed, the one twice as long as the other, and the larger amount is put on the line
through both.
"""

from __future__ import annotations

import os
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from invarsig.diagnosis.diagnosis import Diagnosis
from invarsig.diagnosis.freed_memory import give_back
from invarsig.diagnosis.sections import LOTS
from invarsig.errors import InvarsigError, ParameterError

__all__ = ["Memory", "bytes_in_words", "measured_memory"]

# Segments of a probe; samples of the smallest one, and how often that may be doubled.
_SEGMENTS, _SMALLEST, _DOUBLED = 3, 4096, 8

# By how much allocators hold more than what is asked of them, and what threads and tables take.
_FACTOR, _FIXED = 1.4, 64e6

_STATM = Path("/proc/self/statm")


@dataclass(frozen=True)
class Memory:
    """Bytes that a diagnosis takes beside its input, by the samples of a part.

    Parameters
    ----------
    least
        Samples of the smallest part that was diagnosed.
    fixed, each
        Bytes of the smallest part, and for each sample more.
    held, held_each
        The same of the results of one lot of segments; 0 where parts are no segments.
    """

    least: int
    fixed: float
    each: float
    held: float = 0.0
    held_each: float = 0.0

    def of(self, samples: int, segments: int = 1) -> float:
        """Bytes for parts of so many samples; of which there are so many.

        Examples
        --------
        >>> memory = Memory(1000, fixed=1e6, each=100.0)
        >>> memory.of(11_000) / memory.of(1000) < 2
        True
        """
        more = max(samples - self.least, 0)
        lots = max(min(segments, LOTS) - _SEGMENTS, 0)
        held = lots * (self.held + self.held_each * more)
        return _FIXED + _FACTOR * (self.fixed + self.each * more + held)

    def samples(self, most_memory: float, size: int) -> int:
        """Samples of the longest parts of an input of so many that take no more memory than that.

        Rounded down to an eighth of a power of two, so that it stays the same where the memory
        that was measured differs a little.

        Raises
        ------
        ParameterError
            If the smallest part takes more.
        """
        least = self.of(self.least, size // self.least)
        if least > most_memory:
            raise ParameterError(
                f"max_memory={bytes_in_words(most_memory)} is too little: the smallest parts that "
                f"were diagnosed, of {self.least} samples, take about {bytes_in_words(least)}; "
                f"give at least that."
            )
        low, high = self.least, max(size, self.least)
        while high - low > 1:
            middle = (low + high) // 2
            fits = self.of(middle, -(-size // middle)) <= most_memory
            low, high = (middle, high) if fits else (low, middle)
        if self.of(high, -(-size // high)) <= most_memory:
            return high
        eighth = 1 << max(low.bit_length() - 4, 0)
        return max(low // eighth * eighth, self.least)


def measured_memory(diagnosed: Callable[[int, int], Diagnosis], size: int, *, cut: bool) -> Memory:
    """Diagnose small parts of an input, and give the memory that larger ones take.

    Parameters
    ----------
    diagnosed
        Called with how many samples of the input to diagnose, and how many of them at once.
    size
        Samples of the input.
    cut
        Whether larger parts are diagnosed segment by segment; else each at once.

    Raises
    ------
    InvarsigError
        If the pipeline takes none of the parts.
    """
    times = _SEGMENTS if cut else 1
    samples = max(min(_SMALLEST, size // (4 * times)), 1)
    for _ in range(_DOUBLED):
        try:
            diagnosed(times * samples, samples)  # Loads and compiles what is needed.
            break
        except InvarsigError:
            if 2 * times * samples > size:
                raise
            samples *= 2
    found = []
    for each in (samples, min(2 * samples, max(size // times, samples + 1))):
        with _peak() as peak:
            tree = diagnosed(times * each, each).tree
        held = max((node.nbytes for node in tree["input_1"].children.values()), default=0)
        found.append((each, peak(), float(held)))
    (one, first, held_first), (two, second, held_second) = found
    slope = max(second - first, 0.0) / (two - one)
    if not cut:
        return Memory(one, first, slope)
    return Memory(one, first, slope, held_first, max(held_second - held_first, 0.0) / (two - one))


@contextmanager
def _peak() -> Iterator[Callable[[], float]]:
    """The largest memory in the meantime, beside what is held at its beginning, in bytes.

    What numpy asks for is traced, to the byte; what other libraries do is seen in the process.
    """
    give_back()
    ours = not tracemalloc.is_tracing()
    if ours:
        tracemalloc.start()
    tracemalloc.reset_peak()
    before, held = tracemalloc.get_traced_memory()[0], _resident()
    most, done = [held], threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            most[0] = max(most[0], _resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    found = [0.0]
    try:
        yield lambda: found[0]
    finally:
        done.set()
        watcher.join()
        found[0] = float(max(tracemalloc.get_traced_memory()[1] - before, most[0] - held))
        if ours:
            tracemalloc.stop()


def _resident() -> int:
    """Bytes of the process that are in memory; 0 where the system does not say."""
    try:
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def bytes_in_words(count: float) -> str:
    """Bytes in two digits, for a sentence.

    Examples
    --------
    >>> bytes_in_words(934e6), bytes_in_words(1.26e9), bytes_in_words(1e3)
    ('930 MB', '1.3 GB', '0.001 MB')
    """
    unit, size = ("GB", 1e9) if count >= 0.995e9 else ("MB", 1e6)
    shown = float(f"{count / size:.2g}")
    return f"{shown:g} {unit}"
