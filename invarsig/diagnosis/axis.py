"""Everything about one axis: errors, causes, borders, stages and remedies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing import (
    fold,
    folded_share,
    folding_explains,
    lift,
    orbit,
    periodized,
    predict_error,
    stride_and_reach,
)
from invarsig.aliasing.prediction import nyquist_and_rest
from invarsig.axes import Axis, axis_of, difference
from invarsig.commutator import Align, chosen_dims, moved_apart, moved_last
from invarsig.diagnosis.shifts import default_moves, grid_of
from invarsig.diagnosis.square import square_drawn
from invarsig.diagnosis.stages import attributed, created, swapped
from invarsig.errors import AxisError, BorderError, InvarsigError, UnexplainedError
from invarsig.kernels.interpolation import is_whole
from invarsig.measures import equivariance_error
from invarsig.measures.equivariance import centered, energy, relative
from invarsig.measures.protocols import Comparison, choose_protocol, floor_of
from invarsig.operators import Operator
from invarsig.remedies import remedies

__all__ = ["Progress", "diagnose_axis"]

Progress = Callable[[str, float], None]

# Points of the predicted line.
_CURVE = 41


@dataclass(frozen=True)
class _Orbit:
    """A pipeline on a ring: its output, and the outputs of the moved inputs, each run once."""

    op: Operator
    x: xr.DataArray
    dim: str
    y: xr.DataArray
    moves: tuple[Translate, ...]
    firsts: tuple[xr.DataArray, ...]

    def gaps(self, align: Align = "fourier") -> list[xr.DataArray]:
        """The commutator for each move."""
        pairs = zip(self.moves, self.firsts, strict=True)
        return [difference(first, moved_last(self.y, first, move, align)) for move, first in pairs]


def diagnose_axis(
    op: Operator,
    x: xr.DataArray,
    dim: str,
    shifts: Sequence[float] | None,
    skipped: int,
    tell: Progress,
) -> xr.Dataset:
    """Everything about one axis."""
    ring, treatment = periodized(op, x, dim)
    periodic = op.bounded(None) if treatment else op
    y = periodic(ring)
    axis = axis_of(ring, dim)
    stride, _ = stride_and_reach(periodic, ring, dim)
    grid = grid_of(periodic, ring, dim, stride)
    moves = tuple(default_moves(axis, stride, grid, shifts))
    firsts = []
    for number, move in enumerate(moves):
        firsts.append(periodic(move(ring)))
        tell("shifting", 0.15 * (number + 1) / len(moves))
    orbit_of = _Orbit(periodic, ring, dim, y, moves, tuple(firsts))
    nan = not bool(np.isfinite(np.asarray(y.to_numpy())).all())
    lost = dim not in y.dims
    attrs: dict[str, Any] = {
        "dim": dim,
        "unit": axis.length_unit,
        "frequency_unit": axis.frequency_unit,
        "step": abs(axis.step),
        "stride": stride,
        "out_step": abs(axis.step) * stride,
        "lost": int(lost),
        "treatment": treatment,
        "nan": int(nan),
        "explained": 0,
        "explained_error": float("nan"),
    }
    data = _errors(orbit_of, axis)
    if not (lost or nan):
        data = data.merge(_folding(orbit_of, stride, grid, attrs, tell))
    tell("borders", 0.5)
    data = data.merge(_borders(op, x, moves, attrs, tell))
    worst = _worst(data["measured"])
    attrs["worst_shift"] = float(data["shift"][worst])
    if not nan:
        tell("stages", 0.65)
        data = data.merge(attributed(periodic, ring, moves, skipped))
    if not (nan or lost):
        data = data.merge(square_drawn(y, axis_of(x, dim), moves, firsts, worst))
    if not (nan or lost) and attrs["explained"]:
        tell("stages swapped", 0.7)
        judges = _judges(moves, axis, stride, worst)
        data = data.merge(swapped(periodic, ring, dim, data["measured"], judges))
        data = data.merge(created(periodic, ring, dim))
        tell("what would help", 0.8)
        data = data.merge(_remedies(periodic, ring, [moves[place] for place in judges]))
    for variable in data.variables.values():
        told = ("units", "long_name", "description")
        variable.attrs = {key: value for key, value in variable.attrs.items() if key in told}
    return data.assign_attrs(attrs)


def _errors(orbit_of: _Orbit, axis: Axis) -> xr.Dataset:
    """Errors of the square and of invariance at each shift, with the floor."""
    op, x, y, dim = orbit_of.op, orbit_of.x, orbit_of.y, orbit_of.dim

    def measure(comparison: Comparison) -> xr.DataArray:
        return relative(comparison.difference, comparison.reference, "centered")

    columns: dict[str, list[float]] = {"measured": [], "floor": [], "invariance": []}
    for move, first, gap in zip(orbit_of.moves, orbit_of.firsts, orbit_of.gaps(), strict=True):
        protocol = choose_protocol(None, x, y, move)
        columns["measured"].append(float(relative(gap, y, "centered")))
        columns["floor"].append(floor_of(op, x, y, move, protocol, measure))
        columns["invariance"].append(float(relative(difference(first, y), y, "centered")))
    if chosen_dims(y, *orbit_of.firsts):
        gaps = orbit_of.gaps("grid")
        pairs = zip(orbit_of.moves, orbit_of.firsts, strict=True)
        columns["aligned"] = [float(relative(gap, y, "centered")) for gap in gaps]
        columns["apart"] = [moved_apart(y, first, move) for move, first in pairs]
    lengths = [move.shifts[dim] for move in orbit_of.moves]
    told = {"units": axis.length_unit, "long_name": f"shift along {dim}"}
    data = {name: ("shift", values) for name, values in columns.items()}
    return xr.Dataset(data, coords={"shift": ("shift", lengths, told)})


def _folding(
    orbit_of: _Orbit, stride: int, grid: int, attrs: dict[str, Any], tell: Progress
) -> xr.Dataset:
    """Predicted errors, the predicted line, the folded spectrum and the orbit."""
    op, x, y, dim = orbit_of.op, orbit_of.x, orbit_of.y, orbit_of.dim
    axis = axis_of(x, dim)
    try:
        check = folding_explains(op, x, dim)
    except (AxisError, UnexplainedError) as error:
        attrs["unexplained"] = str(error)
        return xr.Dataset()
    attrs["explained"], attrs["explained_error"] = int(check.attrs["explained"]), float(check)
    if not check.attrs["explained"]:
        return xr.Dataset()
    tell("predicting", 0.2)
    line = np.linspace(0, stride, _CURVE) * abs(axis.step)
    along_line = [Translate({dim: float(length)}) for length in line]
    # The points and the line share one lift.
    both = predict_error(op, x, [*orbit_of.moves, *along_line], divisor=grid)
    predicted = both.isel(shift=slice(len(orbit_of.moves)))
    curve = both.isel(shift=slice(len(orbit_of.moves), None))
    measured = [nyquist_and_rest(gap, y, [dim], "centered") for gap in orbit_of.gaps()]
    data = xr.Dataset({"predicted": ("shift", predicted.to_numpy())})
    for part in ("nyquist", "rest"):
        data[f"predicted_{part}"] = ("shift", predicted[part].to_numpy())
        data[f"measured_{part}"] = ("shift", [float(each[part]) for each in measured])
    data["exact"] = ("shift", predicted["exact"].to_numpy().astype(float))
    data["predicted_curve"] = ("curve_shift", curve.to_numpy())
    data = data.assign_coords(curve_shift=("curve_shift", line, {"units": axis.length_unit}))
    data["curve_exact"] = int(op.linear and grid == 1)
    tell("folding", 0.3)
    folded = fold(lift(op, x, dim, divisor=grid), dim, stride // grid)
    own = f"{dim}_frequency"
    others = [d for d in folded.dims if d not in ("image", own)]
    power = folded.sum(others).rename({own: "output_frequency"}).reset_coords(drop=True)
    share = folded_share(folded, dim).rename({own: "output_frequency"}).reset_coords(drop=True)
    data["power"] = power.transpose("image", "output_frequency")
    data["folded_share"] = share
    data["output_frequency"].attrs = {
        "units": axis.frequency_unit,
        "long_name": f"frequency along {dim}",
    }
    tell("the orbit", 0.35)
    around = orbit(op, x, dim, divisor=grid)
    data["orbit_variance"] = float(around["variance"].sum())
    data["folded_energy"] = float(around["folded_energy"].sum())
    data["output_energy"] = float(energy(centered(y)))
    return data


def _borders(
    op: Operator,
    x: xr.DataArray,
    moves: Sequence[Translate],
    attrs: dict[str, Any],
    tell: Progress,
) -> xr.Dataset:
    """The protocols for signals that end, on the signal as it is."""
    names = ("interior", "interior_floor", "crop", "crop_floor")
    found: dict[str, list[float]] = {name: [] for name in names}
    notes: dict[str, None] = {}
    try:
        op(x)
    except InvarsigError as told:
        notes[f"On the signal as it is the pipeline does not run: {told}"] = None
    for number, move in enumerate(moves):
        for protocol in ("interior", "crop"):
            error, floor = float("nan"), float("nan")
            try:
                value = equivariance_error(op, x, move, protocol=protocol)
                error, floor = float(value), float(value["floor"])
            except BorderError as told:
                notes[f"{protocol}: {told}"] = None
            except InvarsigError:
                # A cut at a fraction of a sample, or one that no stride divides: nothing to show.
                pass
            found[protocol].append(error)
            found[f"{protocol}_floor"].append(floor)
        tell("borders", 0.5 + 0.15 * (number + 1) / len(moves))
    attrs["protocol_notes"] = "\n".join(list(notes)[:3])
    return xr.Dataset({name: ("shift", values) for name, values in found.items()})


def _worst(errors: xr.DataArray) -> int:
    values = errors.to_numpy()
    return int(np.nanargmax(values)) if np.isfinite(values).any() else 0


def _judges(moves: Sequence[Translate], axis: Axis, stride: int, worst: int) -> list[int]:
    """Places of the shifts to judge remedies by: whole, spread, no multiples of the stride."""
    whole = [
        place
        for place, move in enumerate(moves)
        if is_whole(move.samples(axis)) and round(move.samples(axis)) % stride
    ] or [worst]
    return sorted({whole[0], whole[len(whole) // 2], whole[-1]})


def _remedies(op: Operator, x: xr.DataArray, moves: Sequence[Translate]) -> xr.Dataset:
    found = remedies(op, x, moves)
    if not found:
        return xr.Dataset()
    columns = {
        "name": [each.name for each in found],
        "pipeline": [str(each.pipeline) for each in found],
        "reason": [each.reason for each in found],
        "predicted": [each.predicted for each in found],
        "measured": [each.measured for each in found],
        "gain": [each.gain for each in found],
        "gain_predicted": [each.gain_predicted for each in found],
        "cost": [each.cost for each in found],
        "size": [each.size for each in found],
        "from_lift": [float(each.from_lift) for each in found],
        "lost": [each.lost for each in found],
        "aligned": [float(each.aligned) for each in found],
        "best": [float(each.best) for each in found],
    }
    return xr.Dataset({f"remedy_{name}": ("remedy", values) for name, values in columns.items()})
