"""What folds: the energy of each image over the output's frequencies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from invarsig.aliasing.folding import fold, folded_share
from invarsig.diagnosis.finding import Finding, Outputs, where_lifted
from invarsig.diagnosis.runs import Runs
from invarsig.report import schema

__all__ = ["SPECTRUM", "folded"]


def folded(runs: Runs) -> xr.DataArray:
    """Energy of each image, over the output's frequencies and its other dims."""
    assert runs.lifted is not None
    return fold(runs.lifted, runs.dim, runs.along.stride // runs.along.grid)


def _spectrum(runs: Runs) -> xr.Dataset:
    images = folded(runs)
    own = f"{runs.dim}_frequency"
    power = images.sum([dim for dim in images.dims if dim not in ("image", own)])
    return schema.spectrum.dataset(
        power=power.transpose("image", own).to_numpy(),
        folded_share=folded_share(images, runs.dim).to_numpy(),
        image=images["image"].to_numpy(),
        output_frequency=images[own].to_numpy(),
    )


def _pooled(loudest: xr.Dataset, parts: Sequence[xr.Dataset], _outputs: Outputs) -> xr.Dataset:
    """Sum of the segments' spectra, on the frequencies of the loudest part."""
    wanted = loudest["output_frequency"].to_numpy()
    power = np.zeros(loudest["power"].shape)
    for part in parts:
        frequency = part["output_frequency"].to_numpy()
        rows = part["power"].to_numpy()
        power += np.stack([_on_bins(row, frequency, wanted) for row in rows])
    whole = power.sum(axis=0)
    kept = power[loudest["image"].to_numpy() == 0][0]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip(1 - kept / np.where(whole > 0, whole, np.nan), 0, 1)
    own = loudest[["power", "folded_share"]]
    return own.assign(
        power=loudest["power"].copy(data=power), folded_share=("output_frequency", share)
    )


def _on_bins(power: np.ndarray, frequency: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """A spectrum on other bins: interpolated between its own, with the same energy."""
    density = np.interp(wanted, frequency, power)
    total = density.sum()
    return np.asarray(density * (power.sum() / total) if total > 0 else density)


SPECTRUM = Finding(
    schema.spectrum, _spectrum, "the folded spectrum", 0.3, where_lifted, pooled=_pooled
)
