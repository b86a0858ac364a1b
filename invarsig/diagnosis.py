"""Diagnosis: measures and causes of one pipeline on one input, in one tree of Datasets."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing import (
    attribute,
    default_divisor,
    fold,
    folded_share,
    folding_errors,
    folding_explains,
    lift,
    orbit,
    periodized,
    predict_error,
)
from invarsig.axes import Axes, Axis, axis_of
from invarsig.errors import (
    AxisError,
    BorderError,
    DimError,
    InvarsigError,
    ParameterError,
    UndecidableError,
    UnexplainedError,
)
from invarsig.kernels.interpolation import is_whole
from invarsig.measures import decibels, equivariance_error, invariance_error
from invarsig.measures.equivariance import centered, energy
from invarsig.operators import Levels, Operator, Pipeline
from invarsig.operators.base import stages_of
from invarsig.remedies import remedies

__all__ = ["Check", "Diagnosis", "check", "diagnose"]

Progress = Callable[[str, float], None]

# Shifts that are measured along one total stride, and points of the predicted line.
_MEASURED, _CURVE = 8, 41
# The square is drawn for a few shifts, over so many samples at most.
_SHOWN, _DRAWN = 5, 192


@dataclass(frozen=True)
class Diagnosis:
    """What was found: a tree with a node for each input and axis, and the ways to read it.

    Parameters
    ----------
    tree
        `xarray.DataTree` as laid down in `invarsig.report`.
    """

    tree: xr.DataTree

    @property
    def axes(self) -> dict[str, xr.Dataset]:
        """Dataset of each axis, by the name of its dim; the first input's where there are several."""
        found: dict[str, xr.Dataset] = {}
        for entry in self.tree.children.values():
            for node in entry.children.values():
                found.setdefault(str(node.attrs["dim"]), node.to_dataset())
        return found

    def __getitem__(self, dim: str) -> xr.Dataset:
        """Give the Dataset of one axis."""
        if dim not in self.axes:
            names = ", ".join(map(repr, self.axes))
            raise DimError(f"The diagnosis has no axis {dim!r}; it has {names}.")
        return self.axes[dim]

    @classmethod
    def joined(cls, diagnoses: Iterable[Diagnosis]) -> Diagnosis:
        """Put the diagnoses of several inputs into one."""
        several = list(diagnoses)
        if not several:
            raise ParameterError("There is no diagnosis to join.")
        root = xr.DataTree(xr.Dataset(attrs=several[0].tree.attrs))
        entries = [node for one in several for node in one.tree.children.values()]
        for number, node in enumerate(entries, 1):
            root[f"input_{number}"] = node.copy(deep=False)
        return cls(root)

    def summary(self) -> str:
        """Say what was found in plain sentences."""
        from invarsig.report.sentences import summary

        return summary(self.tree)

    def to_html(self, path: str | Path) -> Path:
        """Write the report: one self-contained page that opens offline.

        Raises
        ------
        WriteError
            If the folder is not there or cannot be written; nothing half-written is left.
        """
        from invarsig.report.page import write

        return write(self.tree, path)

    def to_netcdf(self, path: str | Path) -> Path:
        """Write the tree to a netCDF file, with a group for each input and axis.

        Raises
        ------
        WriteError
            If the file cannot be written.
        ParameterError
            If h5netcdf is missing, which the extra ``invarsig[io]`` brings.
        """
        from invarsig.io import whole_file

        try:
            importlib.metadata.version("h5netcdf")
        except importlib.metadata.PackageNotFoundError as error:
            raise ParameterError("Writing netCDF needs h5netcdf: pip install 'invarsig[io]'.") from error
        with whole_file(path) as temporary:
            self.tree.to_netcdf(temporary, engine="h5netcdf")
        return Path(path)

    @classmethod
    def from_netcdf(cls, path: str | Path) -> Diagnosis:
        """Read a diagnosis that `to_netcdf` wrote."""
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            return cls(tree.load())

    def _repr_html_(self) -> str:
        from invarsig.report.page import fragment

        return fragment(self.tree)

    def __str__(self) -> str:
        """Give the summary."""
        return self.summary()


def diagnose(
    op: Operator,
    x: xr.DataArray,
    along: str | Sequence[str] | None = None,
    *,
    shifts: Sequence[float] | None = None,
    progress: Progress | None = None,
) -> Diagnosis:
    """Diagnose a pipeline on an input: how equivariant along each axis, why not, what would help.

    Along each axis the pipeline is measured at shifts within one total stride and the errors are
    predicted from the spectrum of its lift. An axis that is not periodic is cropped to a multiple
    of the total stride, tapered (Tukey), padded by the reach and treated as periodic; beside that
    stand the protocols "interior" and "crop" on the signal as it is, each with its floor.

    Parameters
    ----------
    op
        Operator or pipeline.
    x
        Labelled array.
    along
        Dims to diagnose, by default all that the pipeline reaches or strides along. A dim that a
        stage creates (the frequency of a spectrogram) means the pipeline after that stage.
    shifts
        Shifts in the unit of the axis; by default whole and incommensurate ones within a stride.
    progress
        Called with a text and the part that is done, 0 to 1.

    Returns
    -------
    Diagnosis

    Raises
    ------
    DimError
        If neither the input nor any stage has one of the dims.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> found = iv.diagnose(iv.Relu() >> iv.MaxPool(window={"x": 2}), x, along="x")
    >>> bool(abs(found["x"].measured - found["x"].predicted).sel(shift=1.0) < 1e-12)
    True
    """
    if isinstance(op, Levels):
        raise ParameterError("Levels have several rates; diagnose one of its operators at a time.")
    tell = progress or (lambda text, part: None)
    dims = _dims(op, x) if along is None else (along,) if isinstance(along, str) else tuple(along)
    if not dims:
        raise ParameterError(f"{op} neither strides nor reaches along any dim of the input; name one in along=.")
    notes: list[str] = []
    values = np.asarray(x.to_numpy())
    if values.dtype.kind in "fc" and not np.isfinite(values).all():
        bad = int((~np.isfinite(values)).sum())
        notes.append(f"{bad} of {values.size} values of the input are NaN or infinite; they are propagated.")
    nodes: dict[str, xr.Dataset] = {}
    for number, dim in enumerate(dims, 1):
        begin = (number - 1) / len(dims)
        tell(f"along {dim}", begin)
        rest, start, skipped = _from_where_it_is(op, x, dim)
        if skipped:
            notes.append(f"Along {dim} the pipeline is taken after stage {skipped}, which creates that axis.")

        def part(text: str, done: float, begin: float = begin, dim: str = dim) -> None:
            tell(f"along {dim}: {text}", begin + done / len(dims))

        nodes[f"axis_{number}"] = _axis(rest, start, dim, shifts, skipped, part)
    tell("done", 1.0)
    entry = xr.DataTree.from_dict({"/": xr.Dataset(attrs=_input_attrs(op, x, notes)), **{f"/{k}": v for k, v in nodes.items()}})
    root = xr.DataTree(xr.Dataset(attrs=_root_attrs()))
    root["input_1"] = entry
    return Diagnosis(root)


def _root_attrs() -> dict[str, Any]:
    packages = ("numpy", "scipy", "xarray", "librosa", "scikit-image", "matplotlib")
    return {
        "title": "Translation equivariance, measured and explained",
        "version": importlib.metadata.version("invarsig"),
        "versions": ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": "none: nothing is random",
    }


def _input_attrs(op: Operator, x: xr.DataArray, notes: Sequence[str]) -> dict[str, Any]:
    values = np.ascontiguousarray(x.to_numpy())
    return {
        "name": str(x.name or "input"),
        "source": str(x.attrs.get("source", "")),
        "sha256": hashlib.sha256(values.tobytes()).hexdigest(),
        "sizes": ", ".join(f"{dim}: {size}" for dim, size in x.sizes.items()),
        "pipeline": str(op),
        "notes": "\n".join(notes),
    }


def _dims(op: Operator, x: xr.DataArray) -> tuple[str, ...]:
    """Dims along which some stage strides, reaches or ends the axis; in the stages' order."""
    axes = Axes.of(x)
    found: dict[str, None] = {}
    for stage in stages_of(op):
        plan = stage.plan(axes)
        kept = {axis.dim for axis in plan.out_axes}
        for axis in plan.in_axes:
            acts = plan.stride.get(axis.dim, 1) > 1 or any(plan.reach.get(axis.dim, ()))
            ends = axis.dim not in kept and axis.dim in x.coords and x[axis.dim].dtype.kind in "fiumM"
            if acts or ends:
                found[axis.dim] = None
        axes = plan.after(axes)
    return tuple(found)


def _from_where_it_is(op: Operator, x: xr.DataArray, dim: str) -> tuple[Operator, xr.DataArray, int]:
    """The pipeline from the stage on whose input has a dim, that input, and the stages left out."""
    stages = stages_of(op)
    for place in range(len(stages) + 1):
        if dim in x.dims:
            return (Pipeline(stages[place:]) if place else op), x, place
        if place < len(stages):
            x = stages[place](x)
    raise DimError(f"Neither the input nor any stage has a dim {dim!r}; after the last one there are {tuple(x.dims)}.")


def _axis(
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
    stride = _stride_until_lost(periodic, ring, dim)
    grid = _grid(periodic, ring, dim, stride)
    moves = _moves(axis, stride, grid, shifts)
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
    data = data.merge(_borders(op, x, dim, moves, attrs))
    worst = _worst(data["measured"])
    attrs["worst_shift"] = float(data["shift"][worst])
    if not nan:
        tell("stages", 0.6)
        data = data.merge(_stages(periodic, ring, moves, skipped, tell))
    if not (nan or lost):
        data = data.merge(_square(periodic, ring, dim, moves, worst))
    if not (nan or lost) and attrs["explained"]:
        tell("what would help", 0.85)
        data = data.merge(_remedies(periodic, ring, _judges(moves, axis, stride, worst)))
    for variable in data.variables.values():
        told = ("units", "long_name", "description")
        variable.attrs = {key: value for key, value in variable.attrs.items() if key in told}
    return data.assign_attrs(attrs)


def _grid(op: Operator, x: xr.DataArray, dim: str, stride: int) -> int:
    grid = default_divisor(op, x, dim)
    return grid if stride % grid == 0 else 1


def _stride_until_lost(op: Operator, x: xr.DataArray, dim: str) -> int:
    """Total stride along a dim, or up to the stage that loses it."""
    axes, stride = Axes.of(x), 1
    for stage in stages_of(op):
        plan = stage.plan(axes)
        stride *= plan.stride.get(dim, 1)
        axes = plan.after(axes)
        if dim not in axes:
            break
    return stride


def _plain(values: xr.DataArray) -> xr.DataArray:
    """Keep the shift as the only coordinate."""
    return values.reset_coords(drop=True)


def _moves(axis: Axis, stride: int, grid: int, shifts: Sequence[float] | None) -> list[Translate]:
    """Whole shifts spread over one total stride, two incommensurate ones, and the stride itself.

    Incommensurate with every stride: a shift by a multiple of some inner stride would be blind to
    the stages before it.
    """
    if shifts is None:
        count = stride // grid
        places = np.unique(np.linspace(1, count, min(count, _MEASURED)).round().astype(int)) * float(grid)
        fractions = [0.37 * stride, 0.61 * stride]
        samples = sorted({*places.tolist(), *fractions})
        lengths = [each * abs(axis.step) for each in samples]
    else:
        lengths = [float(each) for each in shifts]
    return [Translate(**{axis.dim: length}) for length in lengths]


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
    data = xr.Dataset({"measured": _plain(measured), "floor": measured["floor"].reset_coords(drop=True)})
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
    curve = predict_error(op, x, [Translate(**{dim: float(d)}) for d in line], divisor=grid)
    data["predicted_curve"] = ("curve_shift", curve.to_numpy())
    data = data.assign_coords(curve_shift=("curve_shift", line, {"units": axis.length_unit}))
    data["curve_exact"] = int(op.linear and grid == 1)
    tell("folding", 0.4)
    folded = fold(lift(op, x, dim, divisor=grid), dim, stride // grid)
    others = [d for d in folded.dims if d not in ("image", f"{dim}_frequency")]
    power = folded.sum(others).rename({f"{dim}_frequency": "output_frequency"}).reset_coords(drop=True)
    data["power"] = power.transpose("image", "output_frequency")
    share = folded_share(folded, dim).rename({f"{dim}_frequency": "output_frequency"})
    data["folded_share"] = share.reset_coords(drop=True)
    data["output_frequency"].attrs = {"units": axis.frequency_unit, "long_name": f"frequency along {dim}"}
    tell("the orbit", 0.45)
    around = orbit(op, x, dim, divisor=grid)
    data["orbit_variance"] = float(around["variance"].sum())
    data["folded_energy"] = float(around["folded_energy"].sum())
    data["output_energy"] = float(energy(centered(op(x))))
    return data


def _borders(
    op: Operator, x: xr.DataArray, dim: str, moves: Sequence[Translate], attrs: dict[str, Any]
) -> xr.Dataset:
    """The protocols for signals that end, on the signal as it is."""
    notes: dict[str, None] = {}
    found: dict[str, list[float]] = {"interior": [], "interior_floor": [], "crop": [], "crop_floor": []}
    for move in moves:
        for protocol in ("interior", "crop"):
            error, floor = float("nan"), float("nan")
            try:
                value = equivariance_error(op, x, move, protocol=protocol)  # type: ignore[arg-type]
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


def _square(
    op: Operator, x: xr.DataArray, dim: str, moves: Sequence[Translate], worst: int
) -> xr.Dataset:
    """The square, drawn for a few shifts: one plane of the output, where its difference is largest."""
    places = sorted({worst, *np.linspace(0, len(moves) - 1, min(_SHOWN, len(moves))).round().astype(int).tolist()})
    y = op(x)
    at_worst = op(moves[worst](x))
    where, other, said = _plane(y, at_worst - moves[worst].on_output(y) if at_worst.shape == y.shape else y, dim)
    first, last = [], []
    for place in places:
        first.append(_drawn(op(moves[place](x)).isel(where), dim, other))
        last.append(_drawn(moves[place].on_output(y).isel(where), dim, other))
    rename = {dim: "square_position", **({other: "square_other"} if other else {})}
    shown = xr.Variable("shown", [moves[place].shifts[dim] for place in places], {"units": axis_of(x, dim).length_unit})
    data = xr.Dataset()
    for name, parts in (("moved_first", first), ("moved_last", last)):
        data[name] = xr.concat(parts, dim="shown", coords="minimal", compat="override", join="override", combine_attrs="drop").rename(rename).reset_coords(drop=True)
    data["square_difference"] = data["moved_first"] - data["moved_last"]
    data["moved_first"].attrs["description"] = said
    for old, new in rename.items():
        axis = axis_of(y.isel(where), old)
        data = data.assign_coords({new: (new, axis.coordinate(), {"units": axis.unit, "long_name": old})})
    return data.assign_coords(shown=shown)


def _plane(y: xr.DataArray, error: xr.DataArray, dim: str) -> tuple[dict[str, Any], str | None, str]:
    """Which plane, or line, of an output to draw, and how to say so."""
    size = np.abs(error.to_numpy()) ** 2
    others = [str(d) for d in y.dims if d != dim]
    wide = [d for d in others if y.sizes[d] >= 8]
    other = max(wide, key=lambda d: y.sizes[d]) if wide else None
    where: dict[str, Any] = {}
    said = []
    for d in others:
        if d == other:
            continue
        axes = tuple(k for k, name in enumerate(y.dims) if name != d)
        index = int(np.argmax(size.sum(axis=axes)))
        where[d] = index
        label = f"{y[d].to_numpy()[index]}" if d in y.coords and y[d].dtype.kind not in "f" else (
            f"{float(y[d][index]):.4g} {y[d].attrs.get('units', '')}".strip() if d in y.coords else f"{index}"
        )
        said.append(f"{d} {label}")
    for d in (dim, other):
        if d is not None and y.sizes[d] > _DRAWN:
            axes = tuple(k for k, name in enumerate(y.dims) if name != d)
            middle = int(np.argmax(np.convolve(size.sum(axis=axes), np.ones(_DRAWN), mode="valid")))
            where[d] = slice(middle, middle + _DRAWN)
            said.append(f"{_DRAWN} of {y.sizes[d]} samples along {d}")
    text = "the whole output" if not said else "the output at " + ", ".join(said)
    return where, other, f"{text}, where the difference is largest" if said else text


def _drawn(y: xr.DataArray, dim: str, other: str | None) -> xr.DataArray:
    plane = y.transpose(other, dim) if other else y
    return (abs(plane) if plane.dtype.kind == "c" else plane).astype(np.float32)


def _judges(moves: Sequence[Translate], axis: Axis, stride: int, worst: int) -> list[Translate]:
    """Three shifts to judge remedies by: whole samples, spread, no multiples of the total stride."""
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


@dataclass(frozen=True)
class Check:
    """Whether an error stays below a limit along one axis.

    Parameters
    ----------
    dim
        The axis.
    outcome
        "holds", "falls short", or "undecidable": the floor of the protocol lies above the limit,
        and so does what was measured.
    error, floor
        In dB, at the shift that decides.
    shift
        In the unit of the axis.
    sentence
        The same in words.
    """

    dim: str
    outcome: Literal["holds", "falls short", "undecidable"]
    error: float
    floor: float
    shift: float
    sentence: str


def check(
    op: Operator,
    x: xr.DataArray,
    along: str | Sequence[str] | None = None,
    *,
    max_error: float,
    shifts: Sequence[float] | None = None,
) -> tuple[Check, ...]:
    """Check that the equivariance error stays below a limit, along each axis.

    Periodic axes are measured by the periodic protocol, others by the interior one. Where the
    borders leave nothing, or a stage reaches over a whole axis, the axis is tapered and treated as
    periodic, and that is said.

    Parameters
    ----------
    op, x, along, shifts
        As for `diagnose`.
    max_error
        The limit, in dB relative to the output without its mean.

    Returns
    -------
    tuple of Check
        One for each axis.

    Raises
    ------
    DimError
        If neither the input nor any stage has one of the dims.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> [iv.check(iv.Relu() >> iv.Subsample(stride={"x": s}), x, "x", max_error=-40, shifts=[1])[0].outcome
    ...  for s in (1, 2)]
    ['holds', 'falls short']
    """
    dims = _dims(op, x) if along is None else (along,) if isinstance(along, str) else tuple(along)
    return tuple(_checked(op, x, dim, max_error, shifts) for dim in dims)


def _checked(
    op: Operator, x: xr.DataArray, dim: str, limit: float, shifts: Sequence[float] | None
) -> Check:
    rest, start, _ = _from_where_it_is(op, x, dim)
    axis = axis_of(start, dim)
    stride = _stride_until_lost(rest, start, dim)
    moves = _moves(axis, stride, _grid(rest, start, dim, stride), shifts)
    try:
        errors = equivariance_error(rest, start, moves)
        protocol = str(errors.attrs.get("protocol", ""))
    except BorderError:
        start, _ = periodized(rest, start, dim)
        rest = rest.bounded(None)
        errors = equivariance_error(rest, start, moves)
        protocol = "tapered, periodic"
    decibel = decibels(errors)
    values, floors = decibel.to_numpy(), decibel["floor"].to_numpy()
    if not np.isfinite(errors.to_numpy()).all():
        raise UndecidableError(
            f"Along {dim!r} the error is undefined: the output holds NaN, or has no energy. Look at the input."
        )
    over = values > limit
    decided = over & (floors <= limit)
    outcome: Literal["holds", "falls short", "undecidable"]
    outcome = "falls short" if decided.any() else "undecidable" if over.any() else "holds"
    ranked = np.where(decided, values, -np.inf) if decided.any() else values
    place = int(np.argmax(ranked))
    shift = float(moves[place].shifts[dim])
    sentence = (
        f"Along {dim} the error at {shift:.4g} {axis.length_unit} is {values[place]:.1f} dB; the limit is "
        f"{limit:.1f} dB and the floor {floors[place]:.1f} dB ({protocol}): {outcome}."
    )
    return Check(dim, outcome, float(values[place]), float(floors[place]), shift, sentence)

