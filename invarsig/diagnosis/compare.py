"""Compare: several pipelines on several inputs, moved by the same lengths, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from invarsig.aliasing.prepared_axis import PreparedAxis, axis_met, dims_of
from invarsig.aliasing.shifts import Shifts, shifts_along
from invarsig.axes import spoken
from invarsig.diagnosis.diagnose import MOST, diagnose
from invarsig.diagnosis.diagnosis import Diagnosis
from invarsig.diagnosis.excerpt import excerpt, fitted
from invarsig.diagnosis.side_by_side import Progress
from invarsig.errors import DimError, ParameterError
from invarsig.measures.norms import Norm, usual_norm
from invarsig.operators import Operator
from invarsig.operators.base import require_operator
from invarsig.report.schema import ROOT, labeled
from invarsig.suggestions import did_you_mean

__all__ = ["Comparison", "compare", "shared_shifts"]

# Errors below this are rounding.
_LEAST = 1e-12


@dataclass(frozen=True)
class Comparison:
    """A comparison: one row for each pipeline, input and axis, and the diagnoses behind them.

    Parameters
    ----------
    table
        `xarray.Dataset` over "row": ``pipeline``, ``input``, ``dim``, ``unit`` (text), ``rms`` and
        ``worst`` (dB), ``worst_shift``, ``behind`` (dB behind the best pipeline on the same input
        and axis), ``stage`` (which causes most of the error), ``share`` (of its energy) and
        ``node`` (path of the axis in the diagnosis). Sorted by input and axis, best first.
    diagnosis
        All diagnoses in one.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> pools = {"mean": iv.MeanPool({"x": 2}), "max": iv.MaxPool({"x": 2})}
    >>> found = iv.compare(pools, x, "x", shifts=[1.0])
    >>> found.table.pipeline.values.tolist()
    ['mean', 'max']
    """

    table: xr.Dataset
    diagnosis: Diagnosis

    def summary(self) -> str:
        """Say what was found, a line for each row."""
        lines = []
        for _, block in self._blocks():
            first = block.isel(row=0)
            lines.append(f"{first.input.item()}, along {first.dim.item()}:")
            rows = range(block.sizes["row"])
            lines.extend(f"  {_said(block.isel(row=row))}" for row in rows)
        return "\n".join(lines)

    def to_html(self, path: str | Path) -> Path:
        """Write one self-contained page: the table, and every diagnosis below it.

        Raises
        ------
        WriteError
            If the folder does not exist or cannot be written; nothing half-written is left.
        """
        return self.diagnosis.to_html(path)

    def _blocks(self) -> Iterator[tuple[str, xr.Dataset]]:
        """Rows of the same input and axis."""
        keys = [f"{a}\0{b}" for a, b in zip(*(self.table[n].values for n in _KEYS), strict=True)]
        for key in dict.fromkeys(keys):
            yield key, self.table.isel(row=[k for k, one in enumerate(keys) if one == key])

    def __str__(self) -> str:
        """Give the summary."""
        return self.summary()


_KEYS = ("input", "dim")


def compare(
    pipelines: Mapping[str, Operator] | Sequence[Operator],
    inputs: xr.DataArray | Mapping[str, xr.DataArray] | Sequence[xr.DataArray],
    along: str | Sequence[str] | None = None,
    *,
    shifts: Shifts | None = None,
    most: int | None = MOST,
    norm: Norm | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare several pipelines on several inputs.

    On each input and axis all pipelines are moved by the same lengths: those that suit the one with
    the largest total stride. So none is judged at shifts that its own stride hides.

    Parameters
    ----------
    pipelines
        Pipelines by name, or a list of them.
    inputs
        One labeled array, several by name, or a list of them.
    along
        Dims to compare along, by default all that some pipeline reaches or strides along.
    shifts
        As for `diagnose`; by default those of the pipeline with the largest total stride.
    most, norm, progress
        As for `diagnose`. By default the norm is that of networks if one of the pipelines is a
        network, so that all are measured alike.

    Returns
    -------
    Comparison

    Raises
    ------
    ParameterError
        If there is nothing to compare.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(
    ...     iv.Axis("x", size=64, unit="px", period=64.0), exponent=1.0, rng=1
    ... )
    >>> pools = {f"{n} taps": iv.BlurPool(taps=n, stride={"x": 2}) for n in (1, 3, 5)}
    >>> iv.compare(pools, x).table.pipeline.values.tolist()
    ['5 taps', '3 taps', '1 taps']
    """
    ops = _named(pipelines, "pipeline", Operator)
    xs = _named(inputs, "input", xr.DataArray)
    for op in ops.values():
        require_operator(op)
    networks = [op for op in ops.values() if op.network]
    against = usual_norm(next(iter([*networks, *ops.values()])), norm)
    pairs = [(name, op, said, x) for said, x in xs.items() for name, op in ops.items()]
    shared = {
        said: shared_shifts([(op, x) for op in ops.values()], along, shifts=shifts, most=most)
        for said, x in xs.items()
    }
    diagnoses, rows = [], []
    for number, (name, op, said, x) in enumerate(pairs):

        def tell(text: str, done: float, number: int = number, name: str = name) -> None:
            if progress is not None:
                progress(f"{name}: {text}", (number + done) / len(pairs))

        own = shared[said][list(ops).index(name)]
        found = diagnose(op, x, tuple(own), shifts=own, most=most, norm=against, progress=tell)
        node = found.tree["input_1"]
        node.attrs["name"] = f"{said}: {name}" if len(xs) > 1 else name
        diagnoses.append(found)
        rows += [
            {**_row(name, said, data), "node": f"/input_{number + 1}/axis_{k}"}
            for k, data in enumerate(found.axes.values(), 1)
        ]
    table = labeled(_sorted(rows), ROOT)
    joined = Diagnosis.joined(diagnoses)
    joined.tree.dataset = table.assign_attrs(joined.tree.attrs)
    return Comparison(table, joined)


def _named(given: Any, what: str, kind: type) -> dict[str, Any]:
    """Items by name: the given names, their own, or a number."""
    if isinstance(given, kind):
        given = [given]
    if isinstance(given, Mapping):
        found = {str(name): one for name, one in given.items()}
    else:
        found = {}
        for number, one in enumerate(given, 1):
            own = one.name if isinstance(one, xr.DataArray) else str(one)
            name = str(own) if own is not None else f"{what} {number}"
            found[name if name not in found else f"{name} ({number})"] = one
    if not found:
        raise ParameterError(f"There is no {what} to compare; give at least one.")
    return found


def _prepared(op: Operator, x: xr.DataArray, dim: str) -> PreparedAxis | None:
    """The axis, or None where a pipeline does not have it."""
    try:
        return PreparedAxis.of(op, x, dim)
    except DimError:
        return None


def shared_shifts(
    pairs: Sequence[tuple[Operator, xr.DataArray]],
    along: str | Sequence[str] | None = None,
    *,
    shifts: Shifts | None = None,
    most: int | None = MOST,
) -> list[dict[str, Sequence[float]]]:
    """For each pipeline, on its input, the dims and lengths to move by so that all are comparable.

    Parameters
    ----------
    pairs
        Pipelines, each with the input that it gets.
    along, shifts, most
        As for `compare`.

    Returns
    -------
    list of dict
        For each pipeline the lengths by dim: those that suit the pipeline with the largest total
        stride, along the dims that it has.

    Raises
    ------
    DimError
        If no pipeline has a dim to move along.
    """
    parts = []
    for op, x in pairs:
        taken, _ = fitted(op, x)
        parts.append((op, excerpt(op, taken, dims_of(op, taken), most).x))
    longest: dict[str, tuple[float, list[float]]] = {}
    for op, part in parts:
        own = dims_of(op, part)
        wanted = own if along is None else (along,) if isinstance(along, str) else tuple(along)
        for dim in wanted:
            prepared = _prepared(op, part, dim)
            if prepared is None:
                continue
            whole = prepared.stride * abs(prepared.axis.step)
            if dim not in longest or whole > longest[dim][0]:
                longest[dim] = (whole, [move.shifts[dim] for move in prepared.moves])
    if not longest and along is not None:
        there = tuple(dict.fromkeys(str(dim) for _, part in parts for dim in part.dims))
        raise DimError(
            f"Neither an input nor any stage of a pipeline has a dim {along!r}; the inputs have "
            f"{', '.join(map(repr, there))}.{did_you_mean(along, there)}"
        )
    if not longest:
        raise ParameterError(
            "No pipeline strides or reaches along any dim of the input; name one in along=."
        )
    suitable = {dim: lengths for dim, (_, lengths) in longest.items()}
    found: list[dict[str, Sequence[float]]] = []
    for (op, x), (_, part) in zip(pairs, parts, strict=True):
        moved = {**suitable, **shifts_along(shifts, tuple(suitable), axis_met(op, x))}
        found.append({dim: each for dim, each in moved.items() if _prepared(op, part, dim)})
    return found


def _row(name: str, said: str, data: xr.Dataset) -> dict[str, Any]:
    errors = data["measured"].to_numpy()
    place = int(np.nanargmax(errors)) if np.isfinite(errors).any() else 0
    stage, share = "", np.nan
    if "share" in data:
        energy = xr.DataArray(errors**2, dims="length")
        known = data["share"].notnull().all("stage") & energy.notnull()
        weights = energy.where(known, 0.0)
        if float(weights.sum()) > _LEAST**2:
            shares = (data["share"].fillna(0.0) * weights).sum("length") / weights.sum()
            top = int(shares.argmax("stage"))
            stage, share = str(data["operator"].to_numpy()[top]), float(shares[top])
    return {
        "pipeline": name,
        "input": said,
        "dim": data.attrs["dim"],
        "unit": data.attrs["unit"],
        "rms": _decibel(float(np.sqrt(np.mean(errors**2)))),
        "worst": _decibel(float(errors[place])),
        "worst_shift": float(data["length"][place]),
        "stage": stage,
        "share": share,
    }


def _sorted(rows: Sequence[Mapping[str, Any]]) -> xr.Dataset:
    """Rows by input and axis in their given order, best first, with their distance to the best."""
    order = list(dict.fromkeys((row["input"], row["dim"]) for row in rows))
    ranked = sorted(rows, key=lambda row: (order.index((row["input"], row["dim"])), _rank(row)))
    best: dict[tuple[str, str], float] = {}
    for row in ranked:
        best.setdefault((row["input"], row["dim"]), row["rms"])
    columns = {name: ("row", [row[name] for row in ranked]) for name in ranked[0]}
    behind = [row["rms"] - best[row["input"], row["dim"]] for row in ranked]
    return xr.Dataset({**columns, "behind": ("row", behind)})


def _rank(row: Mapping[str, Any]) -> float:
    return float(row["rms"]) if np.isfinite(row["rms"]) else np.inf


def _said(row: xr.Dataset) -> str:
    text = f"{row['pipeline'].item()}: {row['rms'].item():.1f} dB"
    shift, unit = spoken(row["worst_shift"].item(), row["unit"].item())
    text += f" (at worst {row['worst'].item():.1f} dB, at {shift:.4g}{unit})"
    if row["behind"].item() > 0.05:
        text += f", {row['behind'].item():.1f} dB behind"
    if row["stage"].item():
        text += f"; {row['share'].item():.0%} of it from {row['stage'].item()}"
    return text


def _decibel(error: float) -> float:
    return 20 * float(np.log10(max(error, _LEAST))) if np.isfinite(error) else float("nan")
