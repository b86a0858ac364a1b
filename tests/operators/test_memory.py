"""A chunked array that is larger than the memory it may take goes through a pipeline."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytest.importorskip("dask")

SCRIPT = """
import json, resource
import dask.array as da
import invarsig as iv

side = {side}
values = da.random.default_rng(0).standard_normal((side, side), chunks=(256, 1024))
x = iv.label(values, iv.Axis("y", unit="px"), iv.Axis("x", unit="px"))
bank = iv.GaborBank(("y", "x"), 0.2, (0.0, 1.57), boundary="reflect")
y = (bank >> iv.Modulus() >> iv.MaxPool({{"y": 8, "x": 8}}))(x)
found = y.mean(("y", "x")).compute(num_workers=2)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({{"bytes": x.nbytes, "peak": peak, "mean": found.values.ravel().tolist()}}))
"""


def passed_through(side: int) -> dict:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT.format(side=side)],
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


@pytest.mark.nightly
def test_4_gb_through_a_bank_and_a_pool_take_less_than_1_gb():
    found = passed_through(22528)
    assert found["bytes"] > 4e9
    assert found["peak"] < 1e9
    assert all(0.05 < value < 1 for value in found["mean"])
