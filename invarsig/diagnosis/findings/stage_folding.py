"""The folding at each strided stage along one axis, in numbers that the report can show."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from invarsig.aliasing.frequency_classes import CLASSES
from invarsig.aliasing.stage_folding import spectra_of_stages
from invarsig.axes import Axes
from invarsig.diagnosis.finding import Finding, where_the_output_is_known
from invarsig.diagnosis.runs import Runs
from invarsig.errors import InvarsigError
from invarsig.operators import Operator
from invarsig.operators.base import stages_of
from invarsig.report import schema
from invarsig.spectra.folded_bands import Images

__all__ = ["STAGE_FOLDING"]

# Number of parts of the output's rate in which the spectrum of a stage is stored: as many as a
# small chart shows.
_PARTS = 96

# Bins above this level relative to the strongest one pass; as published.
_THRESHOLD = -20.0


def _folded_at_stages(runs: Runs) -> xr.Dataset:
    """Empty where no stage strides, or where folding is undefined."""
    op, x, dim = runs.op, runs.x, runs.dim
    try:
        nodes = spectra_of_stages(op, x, dim, threshold=_THRESHOLD)
    except InvarsigError:
        return xr.Dataset()
    if not nodes:
        return xr.Dataset()
    count, most = len(stages_of(op)), 0
    for node in nodes.values():
        most = max(most, node.sizes.get("image", 1) // 2)
    images = np.arange(-most, most + 1)
    columns = _empty(count, images.size)
    steps = _steps(op, x, dim)
    for number, node in nodes.items():
        step = steps[number - 1]
        _fill(columns, number - 1, node, dim, step, step * node.attrs["stride"])
    return schema.stage_folding.dataset(
        **columns,
        fold_threshold=_THRESHOLD,
        fold_image=images,
        fold_class=list(CLASSES),
        fold_part=["kept", "folded"],
        fold_place=(np.arange(_PARTS) + 0.5) / _PARTS - 0.5,
    )


def _steps(op: Operator, x: xr.DataArray, dim: str) -> list[float]:
    """Distance of the samples that each stage is given, up to the one that loses the axis."""
    axes, found = Axes.of(x), []
    for stage in stages_of(op):
        if dim not in axes:
            break
        found.append(abs(axes[dim].step))
        axes = stage.plan(axes).after(axes)
    return found


def _empty(count: int, images: int) -> dict[str, Any]:
    """The variables, with nothing known about any stage."""
    sizes = {"fold_image": images, "fold_class": len(CLASSES), "fold_part": 2}
    sizes |= {"fold_place": _PARTS, "fold_edge": 2}
    declared = [each for each in schema.stage_folding.variables if each.dims]
    return {
        each.name: np.full((count, *(sizes[dim] for dim in each.dims[1:])), np.nan)
        for each in declared
    }


def _fill(
    columns: dict[str, Any], place: int, node: xr.Dataset, dim: str, step: float, out_step: float
) -> None:
    """Store the findings of one stage."""

    def put(name: str, value: Any) -> None:
        columns[name][place] = value

    put("fold_stride", node.attrs["stride"])
    put("fold_rate", 1 / out_step)
    put("fold_explained", float(node.attrs["explained"]))
    if not node.attrs["explained"]:
        return
    frequency = f"{dim}_frequency"
    numbers = node["image"].to_numpy()
    power = node["power"].sum(
        [each for each in node["power"].dims if each not in ("image", frequency)], skipna=False
    )
    values = power.transpose("image", frequency).to_numpy()
    middle = columns["fold_energy"].shape[1] // 2 + numbers
    columns["fold_energy"][place, middle] = node["image_energy"].to_numpy()
    whole = float(node["output_energy"])
    if whole > 0:
        put("fold_share", float(node["folded_energy"]) / whole)
    put("fold_about_center", float(node.attrs["about_center"]))
    put("fold_class_power", node["power_share"].to_numpy())
    put("fold_class_frequencies", node["frequency_share"].to_numpy())
    put("fold_spectrum", _on_parts(values, numbers, node[frequency].to_numpy() * out_step))
    images = Images.of_power(
        values, numbers, node[frequency].to_numpy(), step * node.attrs["divisor"], out_step
    )
    if images is not None and images.bands:
        strongest = images.bands[0]
        put("fold_strongest", strongest.image)
        put("fold_strongest_share", strongest.share)
        put("fold_from", strongest.source)
        put("fold_onto", strongest.target)


def _on_parts(power: np.ndarray, numbers: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Mean power that stays and that folds, over equal parts of the output's rate."""
    part = np.clip(np.floor((places + 0.5) * _PARTS + 1e-9).astype(int), 0, _PARTS - 1)
    count = np.bincount(part, minlength=_PARTS)
    rows = (power[numbers == 0].sum(axis=0), power[numbers != 0].sum(axis=0))
    sums = np.array([np.bincount(part, row, minlength=_PARTS) for row in rows])
    empty = np.full(sums.shape, np.nan)
    return np.asarray(np.divide(sums, count, out=empty, where=count > 0))


STAGE_FOLDING = Finding(
    schema.stage_folding,
    _folded_at_stages,
    "what folds at each stage",
    1,
    where_the_output_is_known,
)
