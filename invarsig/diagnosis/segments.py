"""Long inputs, segment by segment: energies of errors and of outputs add up.

A recording of a minute is cut into segments. The one with the most energy is diagnosed in full;
of all of them the errors, what folds and the stages' shares are measured, each segment on a ring of
its own, and put together by energy: ``e² = sum ||error||² / sum ||output||²``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing import default_divisor, fold, periodized, stride_and_reach
from invarsig.aliasing.attribution import attributed_to_stages, features_of
from invarsig.aliasing.lift import total_stride
from invarsig.aliasing.prediction import errors_of_lift, nyquist_and_rest
from invarsig.aliasing.sweeps import Method, outputs_of_moves
from invarsig.axes import axis_of, difference
from invarsig.commutator import moved_apart, moved_last
from invarsig.diagnosis.axis import Begun
from invarsig.diagnosis.shifts import from_where_it_is
from invarsig.diagnosis.side_by_side import Part
from invarsig.errors import InvarsigError
from invarsig.measures.equivariance import centered, energy
from invarsig.operators import Dense, Operator
from invarsig.operators.base import stages_of

__all__ = ["cut_into", "over_segments", "parts_of_segments"]

# Shifts at which the stages' shares are measured in every segment.
_ATTRIBUTED = 2

# What is still known where some output is NaN: as for an input that is diagnosed at once.
_WITHOUT_OUTPUT = ("floor", "interior", "interior_floor", "crop", "crop_floor")


@dataclass(frozen=True)
class _Part:
    """Energies of one segment."""

    output: float
    gaps: np.ndarray  # (shift)
    invariance: np.ndarray  # (shift)
    predicted: np.ndarray  # (shift, 2): Nyquist bin and rest
    found: np.ndarray  # (shift, 2): the same, measured
    curve: np.ndarray  # (curve_shift)
    power: xr.DataArray | None  # (image, output_frequency)
    shares: np.ndarray  # (stage, shift)
    stages: np.ndarray  # (stage, shift)
    border: np.ndarray  # (shift)
    aligned: np.ndarray  # (shift), empty where no samples are chosen
    apart: np.ndarray  # (shift), in samples


def cut_into(
    op: Operator, x: xr.DataArray, dims: Sequence[str], most: int | None
) -> tuple[str, int] | None:
    """Dim and length of the segments of an input that is too long to be diagnosed at once.

    All of one length, a whole number of total strides, but the last: that is shorter by fewer
    strides than there are segments. None where the input is not too long, is finite along several
    dims, as a picture is, or where less than one total stride would fit into a segment.
    """
    ending = [dim for dim in dims if dim in x.dims and not axis_of(x, dim).periodic]
    if most is None or x.size <= most or len(ending) != 1:
        return None
    whole = x.sizes[ending[0]]
    stride, _ = stride_and_reach(op, x, ending[0])
    size = most * whole // x.size // stride * stride
    if size == 0:
        return None
    count = -(-whole // size)
    return ending[0], -(-whole // (count * stride)) * stride


def parts_of_segments(
    op: Operator, x: xr.DataArray, dim: str, cut: tuple[str, int], begun: Begun
) -> list[Part]:
    """What is to be done of each segment; `over_segments` puts it together.

    Parameters
    ----------
    op
        The whole pipeline.
    x
        The whole input.
    dim
        The axis that is diagnosed.
    cut
        Dim and length of the segments, as `cut_into` gives them.
    begun
        The diagnosis of that axis on the segment with the most energy.
    """
    along, size = cut
    starts = range(0, x.sizes[along], size)

    def one(start: int) -> _Part | None:
        segment = x.isel({along: slice(start, start + size)})
        try:
            return _measured(op, segment, dim, begun)
        except InvarsigError:
            return None  # too short for the pipeline, say

    name = f"segment {{}} of {len(starts)}"
    return [Part(name, partial(one, start), 2) for start in starts]


def over_segments(loudest: xr.Dataset, found: Sequence[Any]) -> xr.Dataset:
    """Take what was found on the loudest segment over all of them.

    Parameters
    ----------
    loudest
        Dataset of the axis on the segment with the most energy.
    found
        What `parts_of_segments` gave.

    Returns
    -------
    xarray.Dataset
        With ``measured``, ``invariance``, ``predicted``, ``predicted_curve``, ``power``,
        ``folded_share``, ``share``, ``stage_error``, ``border_share``, ``aligned`` and ``apart``
        over all segments, and the attributes ``segments``, how many that is, and
        ``segments_left_out``, how many the pipeline does not take. The stages' shares are taken at
        the two shifts of the largest errors. Where some output is NaN, so are the errors.
    """
    parts = [part for part in found if part is not None]
    told = {"segments": len(parts), "segments_left_out": len(found) - len(parts)}
    sounding = [part for part in parts if part.output != 0]
    data = _pooled(loudest, sounding) if sounding else loudest
    return data.assign_attrs(told)


def _judged(begun: Begun) -> list[int]:
    """Places of the shifts at which stages are compared: those with the largest error."""
    errors = np.nan_to_num(begun.data["measured"].to_numpy())
    return sorted(np.argsort(-errors)[:_ATTRIBUTED].tolist())


def _measured(op: Operator, x: xr.DataArray, dim: str, begun: Begun) -> _Part:
    """Energies of one segment."""
    moves, chosen = begun.moves, "aligned" in begun.data
    rest, start, _ = from_where_it_is(op, x, dim)
    ring, treatment = periodized(rest, start, dim)
    rest = rest.bounded(None) if treatment else rest
    features = features_of(rest, ring)
    y = features[-1]
    whole = float(energy(centered(y)))
    lost = dim not in y.dims
    explained = begun.lifted is not None and not lost
    if not explained:
        pairs = list(outputs_of_moves(rest, ring, moves, [], method="shifting", y=y))
        nothing = np.full((len(moves), 2), np.nan)
        predicted, found, curve, power = nothing, nothing, np.empty(0), None
    else:
        stride, _ = stride_and_reach(rest, ring, dim)
        grid = default_divisor(rest, ring, dim)
        grid = grid if total_stride(rest, ring, dim) % grid == 0 else 1
        dense = Dense(rest, {dim: grid})(ring) if grid != stride else y
        # What is read off the lift does not tell which samples were chosen.
        how: Method = "shifting" if chosen else "lift"
        pairs = list(outputs_of_moves(rest, ring, moves, [dim], method=how, y=y, lifted=dense))
        of_lift = errors_of_lift(dense, y, ring, {dim: stride // grid}, "centered")
        predicted = np.array([of_lift(move) for move in moves]) ** 2 * whole
        line = [Translate({dim: float(each)}) for each in begun.line]
        curve = np.array([sum(np.square(of_lift(move))) for move in line]) * whole
        folded = fold(dense, dim, stride // grid)
        others = [d for d in folded.dims if d not in ("image", f"{dim}_frequency")]
        power = folded.sum(others)
        found = np.empty((len(moves), 2))
    shares, stages, border = _stages(rest, features, begun, [first for _, first in pairs])
    gaps, still, aligned, apart = [], [], [], []
    for place, (move, first) in enumerate(pairs):
        gap = difference(first, move.on_output(y))
        gaps.append(float(energy(gap)))
        still.append(float(energy(difference(first, y))))
        if chosen:
            gap_there = difference(first, moved_last(y, first, move, "grid"))
            aligned.append(float(energy(gap_there)))
            apart.append(moved_apart(y, first, move))
        if explained:
            split = nyquist_and_rest(gap, y, [dim], "centered")
            found[place] = np.square([float(split["nyquist"]), float(split["rest"])]) * whole
    return _Part(
        whole,
        np.array(gaps),
        np.array(still),
        predicted,
        found,
        curve,
        power,
        shares,
        stages,
        border,
        np.array(aligned),
        np.array(apart),
    )


def _stages(
    op: Operator, features: list[xr.DataArray], begun: Begun, firsts: Sequence[xr.DataArray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares and errors of the stages at some of the shifts; NaN at the others."""
    moves, judged = begun.moves, _judged(begun)
    count = 0 if begun.attrs["nan"] else len(stages_of(op))
    shares, sizes = (np.full((count, len(moves)), np.nan) for _ in range(2))
    border = np.full(len(moves), np.nan)
    if count:
        there, known = [moves[k] for k in judged], [firsts[k] for k in judged]
        found = attributed_to_stages(op, features, there, known)
        shares[:, judged] = found["share"].transpose("stage", "shift").to_numpy()
        sizes[:, judged] = found["error"].transpose("stage", "shift").to_numpy()
        border[judged] = found["border_share"].to_numpy()
    return shares, sizes, border


def _pooled(loudest: xr.Dataset, parts: Sequence[_Part]) -> xr.Dataset:
    """Put energies together."""
    output = float(np.sum([part.output for part in parts]))
    if not np.isfinite(output):
        return _unknown(loudest)
    gaps = np.sum([part.gaps for part in parts], axis=0)
    columns: dict[str, Any] = {
        "measured": ("shift", np.sqrt(gaps / output)),
        "invariance": ("shift", np.sqrt(np.sum([p.invariance for p in parts], axis=0) / output)),
    }
    if "aligned" in loudest:
        aligned = np.sum([part.aligned for part in parts], axis=0)
        columns["aligned"] = ("shift", np.sqrt(aligned / output))
        columns["apart"] = ("shift", np.max([part.apart for part in parts], axis=0))
    if parts[0].power is not None:
        columns.update(_folding(loudest, parts, output))
    if loudest.sizes.get("stage", 0):
        columns.update(_shares(parts, output))
    data = loudest.assign({name: value for name, value in columns.items() if name in loudest})
    for name in columns:
        if name in loudest:
            data[name].attrs = loudest[name].attrs
    worst = int(np.argmax(np.nan_to_num(data["measured"].to_numpy(), nan=-1.0)))
    return data.assign_attrs(worst_shift=float(data["shift"][worst]))


def _unknown(loudest: xr.Dataset) -> xr.Dataset:
    """What is left where some segment's output holds NaN."""
    nothing = xr.full_like(loudest["measured"], np.nan)
    kept = loudest[[name for name in _WITHOUT_OUTPUT if name in loudest]]
    data = kept.drop_dims(set(kept.dims) - {"shift"}).assign(measured=nothing, invariance=nothing)
    return data.assign_attrs({**loudest.attrs, "nan": 1, "explained": 0})


def _folding(
    loudest: xr.Dataset, parts: Sequence[_Part], output: float
) -> Mapping[str, tuple[Any, np.ndarray]]:
    """Predicted errors, and the folded spectrum on the frequencies of the loudest segment."""
    predicted = np.sum([part.predicted for part in parts], axis=0) / output
    found = np.sum([part.found for part in parts], axis=0) / output
    wanted = loudest["output_frequency"].to_numpy()
    power = np.zeros(loudest["power"].shape)
    for each in (part.power for part in parts if part.power is not None):
        own = str(next(d for d in each.dims if d != "image"))
        frequency = each[own].to_numpy()
        values = each.transpose("image", own).to_numpy()
        power += np.stack([_on_bins(row, frequency, wanted) for row in values])
    images = loudest["power"]["image"].to_numpy()
    whole = power.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip(1 - power[images == 0][0] / np.where(whole > 0, whole, np.nan), 0, 1)
    return {
        "predicted": ("shift", np.sqrt(predicted.sum(axis=1))),
        "predicted_nyquist": ("shift", np.sqrt(predicted[:, 0])),
        "predicted_rest": ("shift", np.sqrt(predicted[:, 1])),
        "measured_nyquist": ("shift", np.sqrt(found[:, 0])),
        "measured_rest": ("shift", np.sqrt(found[:, 1])),
        "predicted_curve": (
            "curve_shift",
            np.sqrt(np.sum([part.curve for part in parts], axis=0) / output),
        ),
        "power": (("image", "output_frequency"), power),
        "folded_share": ("output_frequency", share),
    }


def _on_bins(power: np.ndarray, frequency: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """A spectrum on other bins: read off between its own, with the energy that it had."""
    density = np.interp(wanted, frequency, power)
    total = density.sum()
    return np.asarray(density * (power.sum() / total) if total > 0 else density)


def _shares(parts: Sequence[_Part], output: float) -> Mapping[str, tuple[Any, np.ndarray]]:
    """Shares of the whole error: those of the segments, by the energy of each one's error."""
    weighted, sizes = (np.zeros_like(parts[0].shares) for _ in range(2))
    border, attributed = (np.zeros(parts[0].gaps.size) for _ in range(2))
    for part in parts:
        # Where a segment has nothing to attribute it adds nothing, neither above nor below.
        known = np.isfinite(part.shares).all(axis=0)
        weight = np.where(known, part.gaps, 0.0)
        weighted += np.where(known, part.shares, 0.0) * weight
        border += np.where(known, part.border, 0.0) * weight
        attributed += weight
        sizes += part.stages**2 * part.output
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "share": (("stage", "shift"), weighted / attributed),
            "stage_error": (("stage", "shift"), np.sqrt(sizes / output)),
            "border_share": ("shift", border / attributed),
        }
