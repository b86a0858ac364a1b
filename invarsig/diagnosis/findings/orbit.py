"""The folded energy in two ways: measured over all shifts, and from the spectrum."""

from __future__ import annotations

import xarray as xr

from invarsig.aliasing.orbit import mean_and_variance
from invarsig.diagnosis.finding import Finding, where_lifted
from invarsig.diagnosis.findings.spectrum import folded
from invarsig.diagnosis.runs import Runs
from invarsig.measures.norms import energy, without_mean
from invarsig.report import schema

__all__ = ["ORBIT"]


def _orbit(runs: Runs) -> xr.Dataset:
    images = folded(runs)
    _, variance = mean_and_variance(runs.op, runs.x, runs.dim, runs.along.grid, runs.y)
    return schema.orbit.dataset(
        orbit_variance=float(variance.sum()),
        folded_energy=float(images.isel(image=images["image"].to_numpy() != 0).sum()),
        output_energy=float(energy(without_mean(runs.y, runs.norm, [runs.dim]))),
    )


ORBIT = Finding(schema.orbit, _orbit, "the orbit", 1.5, where_lifted, sampled=True)
