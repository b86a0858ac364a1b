"""Reads damaged files of one format, one after the other, and says what was raised.

It runs as a process of its own, since a file that hangs or crashes a decoder ends it:
``python -m tests.diagnosis.damage FORMAT COUNT SEED``. The last line says how many files were read,
how many were refused, and how much memory it took at most, in bytes above what it had at first.
"""

from __future__ import annotations

import faulthandler
import json
import resource
import shutil
import signal
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

import invarsig as iv
from invarsig.errors import InvarsigError
from tests.report.trees import chosen_axis, tree_of

# A file takes milliseconds. So many seconds of work are a hang, and so many without any; the
# machine may be busy with other work.
HANG, WAIT = 10, 300

KEPT = ("measured", "operator", "share", "curve_exact")
WORDS = (b"NaN", b"-Infinity", b"1e999", b"null", b"[]", b"{}", b'"\\ud800"', b"true", b"1" * 400)


def small() -> iv.Diagnosis:
    """A diagnosis with few values, so that damage hits all that a file is made of."""
    whole = chosen_axis()
    return iv.Diagnosis(tree_of(chosen_axis(drop=set(whole.data_vars) - set(KEPT))))


def baseline() -> iv.diagnosis.Baseline:
    x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    return iv.baseline(iv.BlurPool(taps=3, stride={"x": 2}), x)


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """Bits flipped, bytes overwritten, pieces cut off, removed, doubled or moved, words put in."""
    values = bytearray(content)
    size = len(values)
    start = int(rng.integers(size))
    stop = min(start + int(2 ** rng.uniform(0, 9)), size)
    kind = rng.integers(8)
    if kind == 0:
        for place in rng.integers(size, size=int(rng.integers(1, 9))):
            values[place] ^= 1 << int(rng.integers(8))
    elif kind == 1:
        for place in rng.integers(size, size=int(rng.integers(1, 9))):
            values[place] = int(rng.integers(256))
    elif kind == 2:
        del values[start:]
    elif kind == 3:
        del values[start:stop]
    elif kind == 4:
        values[start:start] = values[start:stop]
    elif kind == 5:
        values[start:stop] = bytes([int(rng.choice([0, 255]))]) * (stop - start)
    elif kind == 6:
        values[start : start + 8] = int(2 ** rng.uniform(0, 63)).to_bytes(8, "little")
    else:
        values[start:stop] = bytes(rng.choice(np.array(WORDS, dtype=object)))
    return bytes(values)


def damage(path: Path, rng: np.random.Generator) -> None:
    """Damage a file, or one of the files of a folder; now and then a second time."""
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    for _ in range(1 + int(rng.integers(3) == 0)):
        file = files[int(rng.integers(len(files)))]
        file.write_bytes(damaged(file.read_bytes() or b"\0", rng))


def read(path: Path, *, shown: bool) -> None:
    """What a user does with such a file."""
    if path.name == "baseline.json":
        iv.diagnosis.Baseline.from_json(path)
        return
    found = iv.Diagnosis.load(path)
    if shown:
        repr(found)
        found.summary()
        found.to_html(path.with_suffix(".html"))


def main(kind: str, count: int, seed: int) -> None:
    """Damage and read so many files of a kind; any error that is not our own ends it."""
    warnings.simplefilter("ignore")
    folder = Path(tempfile.mkdtemp())
    whole = folder / ("baseline.json" if kind == "baseline" else f"whole{kind}")
    baseline().to_json(whole) if kind == "baseline" else small().save(whole)
    read(whole, shown=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = 0
    place = folder / "damaged" / whole.name
    place.parent.mkdir()
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        if whole.is_dir():
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(whole, place)
        else:
            place.write_bytes(whole.read_bytes())
        damage(place, rng)
        signal.setitimer(signal.ITIMER_PROF, HANG)  # its signal ends the process
        faulthandler.dump_traceback_later(WAIT, exit=True)
        try:
            read(place, shown=number % 100 == 0)
        except InvarsigError:
            refused += 1
        except BaseException as error:
            error.add_note(f"file {number} of seed {seed}")
            raise
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()
        if number % 100 == 0:
            print(number, flush=True)
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    shutil.rmtree(folder)
    print(json.dumps({"read": count, "refused": refused, "bytes": more}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
