"""Everything about one axis: errors, causes, borders, stages and remedies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing import (
    attribute,
    fold,
    folded_share,
    folding_errors,
    folding_explains,
    lift,
    orbit,
    periodized,
    predict_error,
)
from invarsig.axes import Axis, axis_of
from invarsig.diagnosis.shifts import default_moves, grid_of, stride_until_lost
from invarsig.diagnosis.square import square_drawn
from invarsig.errors import AxisError, BorderError, InvarsigError, UnexplainedError
from invarsig.kernels.interpolation import is_whole
from invarsig.measures import equivariance_error, invariance_error
from invarsig.measures.equivariance import centered, energy
from invarsig.operators import Operator
from invarsig.operators.base import stages_of
from invarsig.remedies import remedies

__all__ = ["Progress", "diagnose_axis"]

Progress = Callable[[str, float], None]

# Points of the predicted line.
_CURVE = 41


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
    stride = stride_until_lost(periodic, ring, dim)
    grid = grid_of(periodic, ring, dim, stride)
    moves = default_moves(axis, stride, grid, shifts)
    nan = not bool(np.isfinite(np.asarray(y.to_numpy())).all())
    attrs: dict[str, Any] = {
        "dim": dim,
        "unit": axis.length_unit,
        "frequency_unit": axis.frequency_unit,
        "step": abs(axis.step),
        "stride": stride,
        "out_step": abs(axis.step) * stride,
        "lost": int(dim not in y.dims),
        "treatment": treatment,
        "nan": int(nan),
        "explained": 0,
        "explained_error": float("nan"),
    }
    tell("invariance", 0.05)
    lost = dim not in y.dims
    data = xr.Dataset()
    still = invariance_error(periodic, ring, moves)
    data["invariance"] = _plain(still)
    data["shift"].attrs = {"units": axis.length_unit, "long_name": f"shift along {dim}"}
    if lost or nan:
        data["measured"], data["floor"] = data["invariance"], still["floor"].reset_coords(drop=True)
    else:
        data = data.merge(_folding(periodic, ring, dim, moves, stride, grid, attrs, tell))
    tell("borders", 0.55)
    data = data.merge(_borders(op, x, moves, attrs))
    worst = _worst(data["measured"])
    attrs["worst_shift"] = float(data["shift"][worst])
    if not nan:
        tell("stages", 0.6)
        data = data.merge(_stages(periodic, ring, moves, skipped, tell))
    if not (nan or lost):
        data = data.merge(square_drawn(periodic, ring, axis_of(x, dim), moves, worst))
    if not (nan or lost) and attrs["explained"]:
        tell("what would help", 0.85)
        data = data.merge(_remedies(periodic, ring, _judges(moves, axis, stride, worst)))
    for variable in data.variables.values():
        told = ("units", "long_name", "description")
        variable.attrs = {key: value for key, value in variable.attrs.items() if key in told}
    return data.assign_attrs(attrs)


def _plain(values: xr.DataArray) -> xr.DataArray:
    """Keep the shift as the only coordinate."""
    return values.reset_coords(drop=True)


def _folding(
    op: Operator,
    x: xr.DataArray,
    dim: str,
    moves: Sequence[Translate],
    stride: int,
    grid: int,
    attrs: dict[str, Any],
    tell: Progress,
) -> xr.Dataset:
    """Measured and predicted errors, the predicted line, the folded spectrum and the orbit."""
    tell("shifting", 0.1)
    measured = equivariance_error(op, x, list(moves))
    data = xr.Dataset(
        {"measured": _plain(measured), "floor": measured["floor"].reset_coords(drop=True)}
    )
    try:
        check = folding_explains(op, x, dim)
    except (AxisError, UnexplainedError) as error:
        attrs["explained_error"], attrs["explained"] = float("nan"), 0
        attrs["unexplained"] = str(error)
        return data
    attrs["explained"], attrs["explained_error"] = int(check.attrs["explained"]), float(check)
    if not check.attrs["explained"]:
        return data
    tell("predicting", 0.2)
    both = folding_errors(op, x, moves, divisor=grid)
    for name in both.data_vars:
        data[str(name)] = _plain(both[name]).astype(float)
    axis = axis_of(x, dim)
    line = np.linspace(0, stride, _CURVE) * abs(axis.step)
    curve = predict_error(op, x, [Translate({dim: float(d)}) for d in line], divisor=grid)
    data["predicted_curve"] = ("curve_shift", curve.to_numpy())
    data = data.assign_coords(curve_shift=("curve_shift", line, {"units": axis.length_unit}))
    data["curve_exact"] = int(op.linear and grid == 1)
    tell("folding", 0.4)
    folded = fold(lift(op, x, dim, divisor=grid), dim, stride // grid)
    others = [d for d in folded.dims if d not in ("image", f"{dim}_frequency")]
    power = (
        folded.sum(others).rename({f"{dim}_frequency": "output_frequency"}).reset_coords(drop=True)
    )
    data["power"] = power.transpose("image", "output_frequency")
    share = folded_share(folded, dim).rename({f"{dim}_frequency": "output_frequency"})
    data["folded_share"] = share.reset_coords(drop=True)
    data["output_frequency"].attrs = {
        "units": axis.frequency_unit,
        "long_name": f"frequency along {dim}",
    }
    tell("the orbit", 0.45)
    around = orbit(op, x, dim, divisor=grid)
    data["orbit_variance"] = float(around["variance"].sum())
    data["folded_energy"] = float(around["folded_energy"].sum())
    data["output_energy"] = float(energy(centered(op(x))))
    return data


def _borders(
    op: Operator, x: xr.DataArray, moves: Sequence[Translate], attrs: dict[str, Any]
) -> xr.Dataset:
    """The protocols for signals that end, on the signal as it is."""
    notes: dict[str, None] = {}
    found: dict[str, list[float]] = {
        "interior": [],
        "interior_floor": [],
        "crop": [],
        "crop_floor": [],
    }
    for move in moves:
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
    attrs["protocol_notes"] = "\n".join(list(notes)[:3])
    return xr.Dataset({name: ("shift", values) for name, values in found.items()})


def _worst(errors: xr.DataArray) -> int:
    values = errors.to_numpy()
    return int(np.nanargmax(values)) if np.isfinite(values).any() else 0


def _stages(
    op: Operator, x: xr.DataArray, moves: Sequence[Translate], skipped: int, tell: Progress
) -> xr.Dataset:
    """Which stage makes the error, for each shift."""
    found = []
    for number, move in enumerate(moves):
        found.append(attribute(op, x, move))
        tell("stages", 0.6 + 0.25 * (number + 1) / len(moves))
    both = xr.concat(found, dim="shift", combine_attrs="drop", coords="minimal", compat="override")
    both = both.assign_coords(stage=both["stage"] + skipped)
    data = both[["share", "error", "border_share"]].rename({"error": "stage_error"})
    data = data.drop_vars("shift", errors="ignore").reset_coords(drop=True)
    return data.assign(operator=("stage", [str(stage) for stage in stages_of(op)]))


def _judges(moves: Sequence[Translate], axis: Axis, stride: int, worst: int) -> list[Translate]:
    """Three shifts to judge remedies by: whole, spread, no multiples of the total stride."""
    whole = [
        place
        for place, move in enumerate(moves)
        if is_whole(move.samples(axis)) and round(move.samples(axis)) % stride
    ] or [worst]
    chosen = {whole[0], whole[len(whole) // 2], whole[-1]}
    return [moves[place] for place in sorted(chosen)]


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
    }
    return xr.Dataset({f"remedy_{name}": ("remedy", values) for name, values in columns.items()})
