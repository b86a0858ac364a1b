"""Diagnose a chunked picture that does not fit into memory, and print what it took.

Usage: python chunked_picture.py GIGABYTES
"""

from __future__ import annotations

import json
import math
import resource
import sys
import time

import dask
import dask.array as da
import numpy as np
import xarray as xr

import invarsig as iv

CHUNK = (512, 1024)


def chunk(block_info=None) -> np.ndarray:
    """Noise that is louder in one chunk than in all others."""
    place = block_info[None]["chunk-location"]
    rng = np.random.default_rng(sum(place))
    level = 3.0 if place == (1, 1) else 1.0
    return level * rng.standard_normal(CHUNK, np.float32)


def picture(gigabytes: float) -> xr.DataArray:
    """A square picture in single precision."""
    rows = math.ceil(math.sqrt(gigabytes * 1e9 / 4 / math.prod(CHUNK) * 2))
    shape = (rows * CHUNK[0], math.ceil(rows / 2) * CHUNK[1])
    chunks = tuple((each,) * (size // each) for each, size in zip(CHUNK, shape, strict=True))
    values = da.map_blocks(chunk, dtype=np.float32, chunks=chunks, meta=np.empty((0, 0), "f4"))
    return xr.DataArray(values, dims=["y", "x"], name="picture")


def main() -> None:
    """Diagnose it with two threads, and print the verdict, the part, memory and time."""
    x = picture(float(sys.argv[1]))
    op = iv.GaussianBank({"x": [2.0, 4.0]}) >> iv.Modulus() >> iv.MaxPool({"y": 4, "x": 4})
    began = time.process_time()
    with dask.config.set(scheduler="threads", num_workers=2):
        found = iv.diagnose(op, x, "x", shifts=[1.0, 2.5]).tree["input_1"]
    said = {
        "bytes": x.nbytes,
        "error": found.attrs["verdict_error"],
        "part": found.attrs["part"],
        "processor": time.process_time() - began,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
