"""Surveys of many files: memory against their number, and two workers against one.

``python -m benchmarks.surveys`` makes 2000 short files of ``data/`` by cutting, moving and mixing,
surveys all of them and 200 of them with two workers, and 200 with one, each as a whole process, and
compares: the peak memory of the process and its workers together (wanted: at most 1.3 times), and
the wall time of one worker over that of two (wanted: at least 1.6). ``--cost`` times 1, 2, 4 and 8
files in one process instead. The exit code is 1 where what is wanted is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

import invarsig as iv

DATA = Path(__file__).parents[1] / "data"

MEMORY, SPEED = 1.3, 1.6

# Samples of a sound and of a side of a picture: a file takes a third of a second or so.
SOUND, SIDE = 1024, 32

SURVEY = """
import json, sys, time
import invarsig as iv

def pool(x):
    return iv.MaxPool({str(x.dims[-1]): 2})

if __name__ == "__main__":
    source, out, workers = sys.argv[1:]
    times = []
    began = time.perf_counter()
    def told(text, part):
        times.append(time.perf_counter())
    found = iv.survey(pool, source, out=out, workers=int(workers), progress=told)
    # Without the start of the workers, which takes as long for one file as for a million.
    rate = (len(times) - 2) / (times[-2] - times[0]) if len(times) > 2 else float("nan")
    print(json.dumps({"rate": rate, "wall": time.perf_counter() - began,
                      "failed": found.failed.sizes["row"]}))
"""


@dataclass(frozen=True)
class Run:
    """A survey as a process: files a second, seconds, and the most memory of all its processes."""

    rate: float
    wall: float
    memory: float


def main() -> int:
    """Make the files, run the surveys, print what they took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.surveys", description=__doc__)
    parser.add_argument("--files", type=int, default=2000, help="how many files (2000)")
    parser.add_argument("--few", type=int, default=200, help="how many they are compared with")
    parser.add_argument("--cost", action="store_true", help="time 1, 2, 4 and 8 files alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.cost:
            return _cost(folder)
        make(folder / "many", options.files)
        make(folder / "few", options.few)
        surveyed(folder, "few", 2, "warm")
        few = surveyed(folder, "few", 2, "two")
        one = surveyed(folder, "few", 1, "one")
        many = surveyed(folder, "many", 2, "many")
    memory, speed = many.memory / few.memory, few.rate / one.rate
    print("| files | workers | seconds | files a second | peak memory, MiB |")
    print("|---|---|---|---|---|")
    for count, workers, run in (
        (options.few, 1, one),
        (options.few, 2, few),
        (options.files, 2, many),
    ):
        print(f"| {count} | {workers} | {run.wall:.1f} | {run.rate:.2f} | {run.memory:.0f} |")
    print(f"memory of {options.files} over {options.few} files: {memory:.2f} (at most {MEMORY})")
    print(f"two workers over one: {speed:.2f} times as fast (at least {SPEED})")
    return int(memory > MEMORY or speed < SPEED)


def _cost(folder: Path) -> int:
    print("| files | seconds | CPU seconds |\n|---|---|---|")
    make(folder / "warm", 3)
    iv.survey(_pool, folder / "warm", out=folder / "warm.zarr", workers=0)
    for count in (1, 2, 4, 8):
        make(folder / f"{count}", count)
        wall, used = time.perf_counter(), time.process_time()
        iv.survey(_pool, folder / f"{count}", out=folder / f"{count}.zarr", workers=0)
        print(f"| {count} | {time.perf_counter() - wall:.2f} | {time.process_time() - used:.2f} |")
    return 0


def _pool(x: xr.DataArray) -> iv.Operator:
    return iv.MaxPool({str(x.dims[-1]): 2})


def surveyed(folder: Path, source: str, workers: int, out: str) -> Run:
    """Run a survey as a process of its own, and watch its memory and that of its workers."""
    import psutil

    script = folder / "run_survey.py"
    script.write_text(SURVEY, encoding="utf-8")
    command = [sys.executable, script, folder / source, folder / f"{out}.zarr", str(workers)]
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    most, watched = 0, psutil.Process(process.pid)
    while process.poll() is None:
        try:
            every = [watched, *watched.children(recursive=True)]
            # What processes share is counted once, in parts.
            most = max(most, sum(each.memory_full_info().pss for each in every))
        except psutil.Error:
            pass  # One of them has ended meanwhile.
        time.sleep(0.25)
    if process.returncode:
        raise SystemExit(f"The survey of {source} ended with {process.returncode}.")
    assert process.stdout is not None
    told = json.loads(process.stdout.read().splitlines()[-1])
    if told["failed"]:
        raise SystemExit(f"{told['failed']} rows of {source} have no result.")
    return Run(told["rate"], told["wall"], most / 2**20)


def make(folder: Path, count: int) -> None:
    """Short files from ``data/``: two sounds to each picture, each cut, moved and mixed."""
    import imageio.v3 as iio
    import soundfile

    folder.mkdir()
    rng = np.random.default_rng(count)
    sounds, pictures = list(_sounds()), list(_pictures())
    for k in range(count):
        if k % 3 == 2:
            mixed = _mixed(pictures, (SIDE, SIDE), rng)
            iio.imwrite(folder / f"{k:05}.png", (255 * mixed).round().astype(np.uint8))
        else:
            soundfile.write(folder / f"{k:05}.flac", _mixed(sounds, (SOUND,), rng), 16000)


def _sounds() -> Iterator[np.ndarray]:
    for file in sorted([*DATA.glob("digits/*.flac"), *DATA.glob("speech/*.flac")]):
        x = iv.read_audio(file)
        if "channel" not in x.dims and x.size > SOUND:
            yield x.to_numpy()


def _pictures() -> Iterator[np.ndarray]:
    for file in sorted(DATA.glob("images/*.png")):
        yield iv.read_image(file, gray=True).to_numpy()


def _mixed(
    sources: list[np.ndarray], shape: tuple[int, ...], rng: np.random.Generator
) -> np.ndarray:
    """Two cuts from anywhere, one of them rolled round, added."""
    parts = []
    for _ in range(2):
        source = sources[rng.integers(len(sources))]
        place = [
            int(rng.integers(whole - own + 1))
            for whole, own in zip(source.shape, shape, strict=True)
        ]
        cut = source[tuple(slice(at, at + own) for at, own in zip(place, shape, strict=True))]
        parts.append(np.roll(cut, [int(rng.integers(own)) for own in shape], range(len(shape))))
    share = rng.uniform(0.2, 0.8)
    return share * parts[0] + (1 - share) * parts[1]


if __name__ == "__main__":
    sys.exit(main())
