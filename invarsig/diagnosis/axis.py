"""Everything about one axis: errors, causes, borders, stages and remedies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing import (
    fold,
    folded_share,
    folding_explains,
    lift,
    periodized,
    stride_and_reach,
)
from invarsig.aliasing.orbit import mean_and_variance
from invarsig.aliasing.prediction import nyquist_and_rest, predicted_errors
from invarsig.axes import Axis, axis_of, difference
from invarsig.commutator import Align, chosen_dims, moved_apart, moved_last
from invarsig.diagnosis.shifts import default_moves, grid_of
from invarsig.diagnosis.side_by_side import Part, Progress
from invarsig.diagnosis.square import square_drawn
from invarsig.diagnosis.stage_folding import folded_at_stages
from invarsig.diagnosis.stages import attributed, created, swapped
from invarsig.errors import AxisError, BorderError, InvarsigError, UnexplainedError
from invarsig.kernels.interpolation import is_whole
from invarsig.measures.equivariance import centered, energy, relative
from invarsig.measures.protocols import Comparison, choose_protocol, compare, floor_of
from invarsig.operators import Operator
from invarsig.remedies import remedies

__all__ = ["Begun", "begin_axis", "finish_axis", "parts_of"]

# Protocols for signals that end.
Ending = Literal["interior", "crop"]

# Points of the predicted line.
_CURVE = 41


@dataclass(frozen=True)
class Begun:
    """The diagnosis of one axis as far as all its parts need it: each moved input was run once.

    Parameters
    ----------
    given_op, given
        The pipeline and the signal as they are.
    skipped
        How many stages of the whole pipeline stand before these.
    op, x, dim
        The pipeline on a ring, its input and the axis.
    y, firsts
        Its output, and the outputs of the moved inputs.
    moves
        The moves.
    stride, grid
        The total stride, and the grid that orbits run over.
    lifted
        The lift to that grid; None where folding does not explain the pipeline.
    data
        The errors.
    attrs
        What is known of the axis.
    """

    given_op: Operator
    given: xr.DataArray
    skipped: int
    op: Operator
    x: xr.DataArray
    dim: str
    y: xr.DataArray
    moves: tuple[Translate, ...]
    firsts: tuple[xr.DataArray, ...]
    stride: int
    grid: int
    lifted: xr.DataArray | None
    data: xr.Dataset
    attrs: Mapping[str, Any]

    @property
    def axis(self) -> Axis:
        """The axis, on the ring."""
        return axis_of(self.x, self.dim)

    @property
    def worst(self) -> int:
        """Place of the shift with the largest error."""
        return _worst(self.data["measured"])

    @property
    def line(self) -> np.ndarray:
        """Lengths of the predicted line."""
        return np.linspace(0, self.stride, _CURVE) * abs(self.axis.step)

    def gaps(self) -> list[xr.DataArray]:
        """The commutator for each move."""
        return _gaps(self.y, self.moves, self.firsts)


def _gaps(
    y: xr.DataArray,
    moves: Sequence[Translate],
    firsts: Sequence[xr.DataArray],
    align: Align = "fourier",
) -> list[xr.DataArray]:
    pairs = zip(moves, firsts, strict=True)
    return [difference(first, moved_last(y, first, move, align)) for move, first in pairs]


def begin_axis(
    op: Operator,
    x: xr.DataArray,
    dim: str,
    shifts: Sequence[float] | None,
    skipped: int,
    tell: Progress,
) -> Begun:
    """Run the pipeline on all moved inputs, and measure the errors."""
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
        tell("shifting", (number + 1) / len(moves))
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
    data = _errors(periodic, ring, dim, y, moves, firsts)
    attrs["worst_shift"] = float(data["shift"][_worst(data["measured"])])
    lifted = None
    if not (lost or nan) and _explained(periodic, ring, dim, attrs):
        lifted = y if grid == stride else lift(periodic, ring, dim, divisor=grid)
    return Begun(
        op,
        x,
        skipped,
        periodic,
        ring,
        dim,
        y,
        moves,
        tuple(firsts),
        stride,
        grid,
        lifted,
        data,
        attrs,
    )


def _explained(op: Operator, x: xr.DataArray, dim: str, attrs: dict[str, Any]) -> bool:
    """Whether folding explains the pipeline; what was found goes into the attributes."""
    try:
        check = folding_explains(op, x, dim)
    except (AxisError, UnexplainedError) as error:
        attrs["unexplained"] = str(error)
        return False
    attrs["explained"], attrs["explained_error"] = int(check.attrs["explained"]), float(check)
    return bool(check.attrs["explained"])


def parts_of(begun: Begun) -> list[Part]:
    """The rest of the diagnosis of one axis, in parts that do not need each other."""
    op, x, dim, moves = begun.op, begun.x, begun.dim, begun.moves
    here = bool(not (begun.attrs["nan"] or begun.attrs["lost"]))
    parts = [Part("borders", lambda: _borders(begun.given_op, begun.given, moves), 2)]
    if begun.lifted is not None:
        parts.insert(0, Part("predicting and the orbit", lambda: _folding(begun), 2))
    if not begun.attrs["nan"]:
        parts.append(
            Part("stages", lambda: attributed(op, x, moves, begun.skipped, begun.firsts), 3)
        )
        parts.append(Part("what folds at each stage", lambda: folded_at_stages(op, x, dim), 1))
    if here:
        shown = axis_of(begun.given, dim)
        parts.append(
            Part(
                "the square",
                lambda: square_drawn(begun.y, shown, moves, begun.firsts, begun.worst),
                0.2,
            )
        )
    if here and begun.lifted is not None:
        judges = _judges(moves, begun.axis, begun.stride, begun.worst)
        measured = begun.data["measured"]
        parts += [
            Part("stages swapped", lambda: swapped(op, x, dim, measured, judges), 3),
            Part("what nonlinearities create", lambda: created(op, x, dim), 0.5),
            Part(
                "what would help",
                lambda: _remedies(begun, [moves[place] for place in judges]),
                6,
            ),
        ]
    return parts


def finish_axis(begun: Begun, found: Sequence[xr.Dataset]) -> xr.Dataset:
    """Everything about one axis: what its parts have found, put together in their order."""
    data, attrs = begun.data, dict(begun.attrs)
    for part in found:
        attrs |= {name: part.attrs[name] for name in ("protocol_notes",) if name in part.attrs}
        data = data.merge(part.drop_attrs(deep=False))
    for variable in data.variables.values():
        told = ("units", "long_name", "description")
        variable.attrs = {key: value for key, value in variable.attrs.items() if key in told}
    return data.assign_attrs(attrs)


def _errors(
    op: Operator,
    x: xr.DataArray,
    dim: str,
    y: xr.DataArray,
    moves: Sequence[Translate],
    firsts: Sequence[xr.DataArray],
) -> xr.Dataset:
    """Errors of the square and of invariance at each shift, with the floor."""

    def measure(comparison: Comparison) -> xr.DataArray:
        return relative(comparison.difference, comparison.reference, "centered")

    columns: dict[str, list[float]] = {"measured": [], "floor": [], "invariance": []}
    for move, first, gap in zip(moves, firsts, _gaps(y, moves, firsts), strict=True):
        protocol = choose_protocol(None, x, y, move)
        columns["measured"].append(float(relative(gap, y, "centered")))
        columns["floor"].append(floor_of(op, x, y, move, protocol, measure))
        columns["invariance"].append(float(relative(difference(first, y), y, "centered")))
    if chosen_dims(y, *firsts):
        gaps = _gaps(y, moves, firsts, "grid")
        pairs = zip(moves, firsts, strict=True)
        columns["aligned"] = [float(relative(gap, y, "centered")) for gap in gaps]
        columns["apart"] = [moved_apart(y, first, move) for move, first in pairs]
    lengths = [move.shifts[dim] for move in moves]
    told = {"units": axis_of(x, dim).length_unit, "long_name": f"shift along {dim}"}
    data = {name: ("shift", values) for name, values in columns.items()}
    return xr.Dataset(data, coords={"shift": ("shift", lengths, told)})


def _folding(begun: Begun) -> xr.Dataset:
    """Predicted errors, the predicted line, the folded spectrum and the orbit."""
    op, x, y, dim, moves = begun.op, begun.x, begun.y, begun.dim, begun.moves
    stride, grid, axis, lifted = begun.stride, begun.grid, begun.axis, begun.lifted
    if lifted is None:
        return xr.Dataset()
    along_line = [Translate({dim: float(length)}) for length in begun.line]
    # The points and the line share one lift.
    both = predicted_errors(op, x, [*moves, *along_line], y, lifted, {dim: grid}, {dim: stride})
    predicted = both.isel(shift=slice(len(moves)))
    curve = both.isel(shift=slice(len(moves), None))
    measured = [nyquist_and_rest(gap, y, [dim], "centered") for gap in begun.gaps()]
    data = xr.Dataset({"predicted": ("shift", predicted.to_numpy())})
    for part in ("nyquist", "rest"):
        data[f"predicted_{part}"] = ("shift", predicted[part].to_numpy())
        data[f"measured_{part}"] = ("shift", [float(each[part]) for each in measured])
    data["exact"] = ("shift", predicted["exact"].to_numpy().astype(float))
    data["predicted_curve"] = ("curve_shift", curve.to_numpy())
    data = data.assign_coords(curve_shift=("curve_shift", begun.line, {"units": axis.length_unit}))
    data["curve_exact"] = int(op.linear and grid == 1)
    folded = fold(lifted, dim, stride // grid)
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
    _, variance = mean_and_variance(op, x, dim, grid, y)
    data["orbit_variance"] = float(variance.sum())
    data["folded_energy"] = float(folded.isel(image=folded["image"].to_numpy() != 0).sum())
    data["output_energy"] = float(energy(centered(y)))
    return data


def _borders(op: Operator, x: xr.DataArray, moves: Sequence[Translate]) -> xr.Dataset:
    """The protocols for signals that end, on the signal as it is."""
    names = ("interior", "interior_floor", "crop", "crop_floor")
    found: dict[str, list[float]] = {name: [] for name in names}
    notes: dict[str, None] = {}
    y: xr.DataArray | InvarsigError
    try:
        y = op(x)
    except InvarsigError as told:
        notes[f"On the signal as it is the pipeline does not run: {told}"] = None
        y = told
    for move in moves:
        for protocol in get_args(Ending):
            error, floor = float("nan"), float("nan")
            try:
                error, floor = _at_border(op, x, y, move, protocol)
            except BorderError as told:
                notes[f"{protocol}: {told}"] = None
            except InvarsigError:
                # A cut at a fraction of a sample, or one that no stride divides: nothing to show.
                pass
            found[protocol].append(error)
            found[f"{protocol}_floor"].append(floor)
    data = xr.Dataset({name: ("shift", values) for name, values in found.items()})
    return data.assign_attrs(protocol_notes="\n".join(list(notes)[:3]))


def _at_border(
    op: Operator,
    x: xr.DataArray,
    y: xr.DataArray | InvarsigError,
    move: Translate,
    protocol: Ending,
) -> tuple[float, float]:
    """Error and floor of one protocol; what kept the pipeline from running is raised again."""
    if isinstance(y, InvarsigError):
        raise y

    def measure(comparison: Comparison) -> xr.DataArray:
        return relative(comparison.difference, comparison.reference, "centered")

    error = measure(compare(op, x, move, protocol, y=y))
    return float(error), floor_of(op, x, y, move, protocol, measure)


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


def _remedies(begun: Begun, moves: Sequence[Translate]) -> xr.Dataset:
    found = remedies(begun.op, begun.x, moves)
    if not found:
        return xr.Dataset()
    columns = {
        "name": [each.name for each in found],
        "pipeline": [str(each.pipeline) for each in found],
        "reason": [each.reason for each in found],
        "predicted": [each.predicted for each in found],
        "measured": [each.rms for each in found],
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
