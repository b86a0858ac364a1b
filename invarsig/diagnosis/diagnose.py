"""Diagnose: measures and causes of one pipeline on one input, in one tree of Datasets."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import xarray as xr

from invarsig import parameters
from invarsig.aliasing.periodic import periodized
from invarsig.aliasing.prepared_axis import PreparedAxis, axis_met, dims_along, dims_of
from invarsig.aliasing.shifts import Shifts, shifts_along
from invarsig.axes import Axes, Axis, axis_of, in_memory, is_chunked, require_labels
from invarsig.diagnosis.axis import joined, labeled_axis, parts_of
from invarsig.diagnosis.diagnosis import Diagnosis
from invarsig.diagnosis.excerpt import Excerpt, excerpt, fitted
from invarsig.diagnosis.freed_memory import give_back
from invarsig.diagnosis.given import Given
from invarsig.diagnosis.in_blocks import digest, not_finite
from invarsig.diagnosis.input import INPUT_FINDINGS, measured_of_input
from invarsig.diagnosis.moves import named
from invarsig.diagnosis.runs import Runs
from invarsig.diagnosis.sections import Sections
from invarsig.diagnosis.segments import (
    as_given_note,
    cut_into,
    over_segments,
    parts_of_segments,
    segments_note,
)
from invarsig.diagnosis.side_by_side import Progress, at_once, side_by_side
from invarsig.errors import AxisError, InvarsigError
from invarsig.measures.norms import Norm, usual_norm
from invarsig.operators import Graph, Operator
from invarsig.operators.base import require_operator
from invarsig.operators.source import code_of
from invarsig.report.schema import stored

__all__ = ["MOST", "diagnose"]

# Samples that take about a minute through the built-in pipeline on two cores.
MOST = 120_000
_SMALLER = 3

# Bytes up to which a chunked input is computed once, and not as often as it is read.
_COMPUTED = 2**28

# Fraction of an axis' time before its parts begin.
_BEGUN = 0.1


def diagnose(
    op: Operator,
    x: xr.DataArray,
    along: str | Sequence[str] | None = None,
    *,
    shifts: Shifts | None = None,
    most: int | None = MOST,
    norm: Norm | None = None,
    progress: Progress | None = None,
) -> Diagnosis:
    """Diagnose a pipeline on an input: how equivariant along each axis, why not, what would help.

    Along each axis the pipeline is measured at shifts within one total stride and the errors are
    predicted from the spectrum of its lift. An axis that is not periodic is cropped to a multiple
    of the total stride, tapered (Tukey), padded by the reach and treated as periodic; in addition,
    the protocols "interior" and "cut" are measured on the original signal, each with its floor.

    Parameters
    ----------
    op
        Operator or pipeline.
    x
        Labeled array. One that is not in memory (`iv.open_audio`, `xarray.open_dataset`, dask) is
        read part by part: of a long one no more is held than of one segment for each thread.
    along
        Dims to diagnose, by default all that the pipeline reaches or strides along. A dim that a
        stage creates (the frequency of a spectrogram) means the pipeline after that stage.
    shifts
        Shifts in the unit of the axis, for all axes or as a mapping from dims; by default whole and
        incommensurate ones within a stride.
    most
        Largest number of samples of the input that are diagnosed at once: of a longer one the part
        that varies most along the dims that move. Maps, or items, stay whole if one fits in: fewer
        of them are taken, along a dim that the pipeline only repeats along. Else the finite dims
        are cut. In both cases, unless several dims had to be cut, figures are those of equal
        segments of at most that length, put together by energy: errors of all of them, and causes,
        remedies and what else takes many runs of 4 that are evenly spread, of each its middle, no
        longer than that part. What folds at each stage is that of that part, which of a recording
        is a third of a segment, and changes are looked for there; the notes say which figure is of
        what. Parts and segments run in parallel
        threads, but one by one where the pipeline holds an operator from outside this package, or
        an `Apply`. None for all of it at once.
    norm
        What errors are relative to, as for `equivariance_error`: the output without the mean of
        each channel for a network, and without one mean for all else.
    progress
        Called with a text and the completed fraction, 0 to 1.

    Returns
    -------
    Diagnosis

    Raises
    ------
    DimError
        If neither the input nor any stage has one of the dims, or the shifts name another.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> found = iv.diagnose(iv.Relu() >> iv.MaxPool(window={"x": 2}), x, along="x")
    >>> bool(abs(found["x"].measured - found["x"].predicted).sel(length=1.0) < 1e-12)
    True
    """
    require_operator(op)
    require_labels(x, "diagnose")
    norm = usual_norm(op, norm)
    if most is not None:
        parameters.count(most, "The most samples that are diagnosed at once, most=,")
    tell = progress or _say_nothing
    given, (x, cropped) = x, fitted(op, x)
    op = op.on(x)
    dims = dims_along(op, x, along)
    small = most is None or x.nbytes <= _COMPUTED
    if is_chunked(x) and small and not cut_into(op, x, dims_of(op, x), most, dims):
        given = given.compute()  # once: a diagnosis reads the values many times
        x, _ = fitted(op, given)
    own = shifts_along(shifts, dims, axis_met(op, x))
    whole, cut = x, cut_into(op, x, dims_of(op, x), most, dims)
    judged = _at_once(op, x, most, cut, dims)
    x = in_memory(judged.x)
    notes = [note for note in (cropped, judged.said) if note]
    measured = whole if cut else x
    if bad := not_finite(measured):
        notes.append(
            f"{bad} of {measured.size} values of the input are NaN or infinite; they are "
            "propagated."
        )
    notes += [_round_note(axis_of(given, dim)) for dim in dims if _round_and_open(given, dim)]
    sections = Sections(whole, *cut) if cut else None
    own_shifts = None if shifts is None else own
    as_given = Given(op, x, dims, own_shifts, _say_nothing, norm, sections=sections)
    first = as_given.share_of_time(INPUT_FINDINGS)
    as_given = replace(as_given, tell=_part_of(tell, "as given", 0, first))
    of_input = measured_of_input(as_given)
    part = "" if as_given.judged_sections else judged.part
    notes += as_given_note(as_given)
    nodes: dict[str, xr.Dataset] = {}
    told_of: dict[str, list[str]] = {}
    for number, dim in enumerate(dims):
        begin = first + (1 - first) * number / len(dims)
        tell(f"along {dim}", begin)
        prepared = PreparedAxis.of(op, x, dim, own.get(dim), norm)
        if prepared.skipped:
            notes.append(
                f"Along {dim} the pipeline is taken after stage {prepared.skipped}, which creates "
                "that axis."
            )
        share = (1 - first) / len(dims)
        tell_part = _part_of(tell, f"along {dim}", begin, _BEGUN * share)
        try:
            runs = Runs.of(prepared.periodic(), tell_part)
        except AxisError as error:
            if of_input.attrs.get("verdict_state", "refused") == "refused":
                raise
            notes.append(f"Along {dim} no periodic stand-in could be made to explain it: {error}")
            continue
        parts = parts_of(runs)
        segments = parts_of_segments(op, sections, runs, x.sizes[sections.dim]) if sections else []
        tell_part = _part_of(tell, f"along {dim}", begin + _BEGUN * share, (1 - _BEGUN) * share)
        found = side_by_side([*parts, *segments], at_once(op), tell_part)
        data = joined(runs, found[: len(parts)])
        if sections:
            data = over_segments(data, found[len(parts) :])
            middle = x.sizes[sections.dim] < sections.size
            told_of.setdefault(segments_note(data, middle=middle), []).append(dim)
        nodes[f"axis_{number + 1}"] = labeled_axis(data)
        give_back()
    notes += [f"Along {named(each)} {note}" for note, each in told_of.items()]
    tell("done", 1.0)
    told = {**_input_attrs(op, given, notes, part), "norm": norm, **of_input.attrs}
    entry = {"/": stored(of_input).assign_attrs(told)}
    entry |= {f"/{name}": data for name, data in nodes.items()}
    root = xr.DataTree(xr.Dataset(attrs=_root_attrs()))
    root["input_1"] = xr.DataTree.from_dict(entry)
    return Diagnosis(root)


def _round_and_open(x: xr.DataArray, dim: str) -> bool:
    """Whether an axis of the input wraps by its period or its unit, and is not periodic."""
    return dim in x.dims and Axes.of(x).placed(dim) and bool(axis_of(x, dim).not_closed)


def _round_note(axis: Axis) -> str:
    if not axis.closes_a_circle:
        return (
            f"Along {axis.dim} the input is taken to end where its samples end: {axis.not_closed}."
        )
    return (
        f"Along {axis.dim} the samples go once round, and it is taken to end where they end, as no "
        f"period is marked: set {axis.how_to_close} if it wraps (in a shell, --axis "
        f"{axis.dim},periodic)."
    )


def _at_once(
    op: Operator,
    x: xr.DataArray,
    most: int | None,
    cut: tuple[str, int] | None,
    moved: Sequence[str],
) -> Excerpt:
    """The part that is diagnosed at once, and a sentence about it.

    For an input in segments along a dim that it acts on, what is not measured over all of them is
    measured on a part a third as long, where the pipeline accepts one so short.
    """
    dims = dims_of(op, x)
    if cut and most and cut[0] in dims:
        smaller = excerpt(op, x, dims, most // _SMALLER, moved)
        try:
            periodized(op, smaller.x, cut[0])
        except InvarsigError:
            pass
        else:
            if smaller.x.size <= most:
                return smaller
    return excerpt(op, x, dims, most, moved)


def _part_of(tell: Progress, where: str, begin: float, share: float) -> Progress:
    """Progress of one part of the work, as a fraction of the whole."""

    def told(text: str, done: float) -> None:
        tell(f"{where}: {text}", begin + done * share)

    return told


def _say_nothing(_text: str, _part: float) -> None:
    """Report progress to nobody."""


def _root_attrs() -> dict[str, Any]:
    packages = ("numpy", "scipy", "xarray", "librosa", "scikit-image", "matplotlib")
    return {
        "title": "Translation equivariance, measured and explained",
        "version": importlib.metadata.version("invarsig"),
        "versions": ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": "none: nothing is random",
    }


def _input_attrs(op: Operator, x: xr.DataArray, notes: Sequence[str], part: str) -> dict[str, Any]:
    return {
        "name": "input" if x.name is None else str(x.name),
        "source": str(x.attrs.get("source", "")),
        "sha256": digest(x),
        "sizes": ", ".join(f"{dim}: {size}" for dim, size in x.sizes.items()),
        "pipeline": str(op),
        # A network is not written out: the code of a change says what stood there before.
        "pipeline_code": "" if isinstance(op, Graph) else code_of(op),
        "part": part,
        "notes": "\n".join(notes),
    }
