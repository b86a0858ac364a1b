"""The layers of HMAX on a window of a picture, and how much their units change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import xarray as xr

from invarsig.models import complex_cells, sample_patches
from invarsig.operators import GlobalPool, RadialBasis
from invarsig.operators.base import stages_of

__all__ = ["BANDS", "LAYERS", "Units", "layers_of", "patches_of", "relative_changes", "spreads_of"]

BANDS: Final = (1, 2, 3)
"""Rows of Serre's table: pools of 8, 10 and 12 px, strides of 4, 5 and 6 px."""

LAYERS: Final = ("S1", "C1", "S2", "C2")

Units = Mapping[str, Sequence[np.ndarray]]
"""Values of the units of each layer: an array for each band, patches first in S2; one for C2."""

_SIZE = 4  # samples of C1 along each side of a patch


def patches_of(
    pictures: Sequence[xr.DataArray], count: int, rng: np.random.Generator
) -> tuple[xr.DataArray, np.ndarray]:
    """Cut templates of S2 out of C1 responses to pictures: a number from each, in each band.

    Returns
    -------
    tuple of xarray.DataArray, numpy.ndarray
        The patches, and the index of the picture that each is from.
    """
    cuts, source = [], []
    for band in BANDS:
        cells = complex_cells(band)
        for place, picture in enumerate(pictures):
            cuts.append(sample_patches(cells(picture), _SIZE, count, rng=rng))
            source += [place] * count
    return xr.concat(cuts, dim="patch"), np.array(source)


def layers_of(x: xr.DataArray, patches: xr.DataArray) -> dict[str, list[np.ndarray]]:
    """Run HMAX, and keep the response of each layer."""
    likeness = RadialBasis(patches, over=("orientation",), channels=("patch",))
    everywhere = GlobalPool(("scale", "y", "x"), kind="max")
    units: dict[str, list[np.ndarray]] = {layer: [] for layer in LAYERS}
    for band in BANDS:
        filters, pool = stages_of(complex_cells(band))
        simple = filters(x)
        pooled = pool(simple)
        like = likeness(pooled)
        units["S1"].append(simple.to_numpy())
        units["C1"].append(pooled.to_numpy())
        units["S2"].append(like.transpose("patch", ...).to_numpy())
        units["C2"].append(everywhere(like).to_numpy())
    units["C2"] = [np.max(units["C2"], axis=0)]
    return units


def spreads_of(units: Sequence[Units], source: np.ndarray) -> list[dict[str, list[float]]]:
    """By how much other pictures differ from each: the mean square over units and pictures.

    A unit of S2 or C2 counts where its patch is from neither picture.
    """
    found: list[dict[str, list[float]]] = []
    for i, own in enumerate(units):
        rows: dict[str, list[float]] = {}
        for layer in LAYERS:
            rows[layer] = []
            for band, values in enumerate(own[layer]):
                squares = [
                    _mean_square(values - other[layer][band], layer, (source != i) & (source != j))
                    for j, other in enumerate(units)
                    if j != i
                ]
                rows[layer].append(float(np.mean(squares)))
        found.append(rows)
    return found


def relative_changes(
    before: Units, after: Units, spread: Mapping[str, Sequence[float]], others: np.ndarray
) -> list[float]:
    """Change of each layer, mean over bands, relative to the change that another picture causes.

    Parameters
    ----------
    before, after
        Values of the units.
    spread
        The picture's entry of `spreads_of`.
    others
        True for the patches that are not from the picture.
    """
    found = []
    for layer in LAYERS:
        own = [
            np.sqrt(_mean_square(b - a, layer, others) / by)
            for a, b, by in zip(before[layer], after[layer], spread[layer], strict=True)
        ]
        found.append(float(np.mean(own)))
    return found


def _mean_square(away: np.ndarray, layer: str, patches: np.ndarray) -> float:
    chosen = away[patches] if layer in ("S2", "C2") else away
    return float(np.mean(chosen**2))
