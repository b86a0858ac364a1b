"""Long inputs, segment by segment.

A recording of a minute is cut into segments. The part with the most energy is diagnosed in full;
the findings that pool are measured on every segment too, each made periodic separately, and pooled
by the rules of `invarsig.report.schema`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import xarray as xr

from invarsig.aliasing.lift import stride_and_reach
from invarsig.aliasing.prepared_axis import PreparedAxis
from invarsig.axes import axis_of
from invarsig.diagnosis.axis import FINDINGS
from invarsig.diagnosis.energies import Moments
from invarsig.diagnosis.excerpt import repeated
from invarsig.diagnosis.given import Given
from invarsig.diagnosis.pooling import Segment, pooled, pooled_segment, unknown
from invarsig.diagnosis.runs import Runs
from invarsig.diagnosis.sections import LOTS, Sections, spread
from invarsig.diagnosis.side_by_side import Part
from invarsig.errors import AxisError, InvarsigError, ReadError
from invarsig.operators import Operator

__all__ = [
    "Pooled",
    "as_given_note",
    "cut_into",
    "over_segments",
    "parts_of_segments",
    "segments_note",
]


@dataclass(frozen=True)
class Pooled:
    """Neighboring segments, pooled as they are measured.

    Parameters
    ----------
    segment
        All of them as one; None where the pipeline accepts none.
    count, left_out
        How many they are, and how many of them the pipeline does not accept.
    """

    segment: Segment | None
    count: int
    left_out: int


def cut_into(
    op: Operator,
    x: xr.DataArray,
    dims: Sequence[str],
    most: int | None,
    moved: Sequence[str] | None = None,
) -> tuple[str, int] | None:
    """Dim and length of the segments of an input that is too long to be diagnosed at once.

    Where whole maps, or items, fit in, segments are of several of those each, along the longest dim
    that the pipeline only repeats along. Else they lie along the only dim that ends, and all have
    one length, a whole number of total strides, except the last, which is shorter by fewer strides
    than there are segments. None where the input is not too long, is finite along several dims, as
    a picture is, or where less than one total stride would fit into a segment.
    """
    if most is None or x.size <= most:
        return None
    again = repeated(op, x, dims if moved is None else moved)
    for dim in sorted(set(again) - set(dims), key=lambda dim: -x.sizes[dim]):
        if size := most * x.sizes[dim] // x.size:
            return dim, -(-x.sizes[dim] // -(-x.sizes[dim] // size))
    ending = [dim for dim in dims if dim in x.dims and not axis_of(x, dim).periodic]
    if len(ending) != 1:
        return None
    whole = x.sizes[ending[0]]
    stride, _ = stride_and_reach(op, x, ending[0])
    size = most * whole // x.size // stride * stride
    if size == 0:
        return None
    count = -(-whole // size)
    return ending[0], -(-whole // (count * stride)) * stride


def parts_of_segments(op: Operator, sections: Sections, loudest: Runs, at_hand: int) -> list[Part]:
    """The work for each segment; `over_segments` pools the results.

    Parameters
    ----------
    op
        The whole pipeline.
    sections
        The whole input in segments, as `cut_into` gives them.
    loudest
        The runs along that axis on the part with the most energy.
    at_hand
        Samples of that part along the dim that is cut: what takes long is measured on no more of
        a segment, in its middle.
    """
    numbers, sampled = range(len(sections)), set(spread(len(sections)))

    def several(own: range) -> Pooled:
        found: Segment | None = None
        left_out = 0
        for number in own:
            try:
                one = _measured(op, sections.read(number), loudest, sections.dim)
                if number in sampled:
                    part = sections.read(number, at_hand)
                    one = _with_sampled(one, op, part, loudest, sections.dim)
            except ReadError:
                raise
            except InvarsigError:
                left_out += 1  # too short for the pipeline, say
                continue
            found = one if found is None else pooled_segment([found, one], FINDINGS)
        return Pooled(found, len(own), left_out)

    each = -(-len(numbers) // LOTS)
    lots = [numbers[first : first + each] for first in range(0, len(numbers), each)]
    what = "segment" if len(lots) == len(numbers) else "lot of segments"
    name = f"{what} {{}} of {len(lots)}"
    return [Part(name, partial(several, lot), 2 * len(lot)) for lot in lots]


def _measured(op: Operator, x: xr.DataArray, loudest: Runs, cut: str) -> Segment:
    """The findings that pool, on one segment; those that take long are left to a sample."""
    runs = _runs(op, x, loudest)
    moments = Moments.of(runs.y, runs.norm, [runs.dim], cut)
    found = _found(runs, loudest, sampled=False)
    return Segment(moments.around, runs.errors, found, moments=moments)


def _with_sampled(
    segment: Segment, op: Operator, x: xr.DataArray, loudest: Runs, cut: str
) -> Segment:
    """The same with the findings that take long, on a part of it; without where it is too short."""
    try:
        runs = _runs(op, x, loudest)
        found = _found(runs, loudest, sampled=True)
    except ReadError:
        raise
    except InvarsigError:
        return segment
    moments = Moments.of(runs.y, runs.norm, [runs.dim], cut)
    if moments.around == 0:
        return segment  # silence, which adds nothing
    of = Segment(moments.around, runs.errors, {}, moments=moments)
    return replace(segment, found={**segment.found, **found}, of=dict.fromkeys(found, of))


def _runs(op: Operator, x: xr.DataArray, loudest: Runs) -> Runs:
    """The pipeline on a part of the input, made periodic along the axis, by the same moves."""
    lengths = [move.shifts[loudest.dim] for move in loudest.moves]
    along = PreparedAxis.of(op, x, loudest.dim, lengths, loudest.norm).periodic()
    return Runs.of_segment(along, loudest)


def _found(runs: Runs, loudest: Runs, *, sampled: bool) -> dict[str, xr.Dataset]:
    return {
        finding.schema.name: finding.measure(runs)
        for finding in FINDINGS
        if finding.schema.pools
        and finding.sampled == sampled
        and finding.when(loudest)
        and finding.when(runs)
    }


def over_segments(loudest: xr.Dataset, found: Sequence[Pooled]) -> xr.Dataset:
    """Replace the results of the loudest part by those over all segments.

    Parameters
    ----------
    loudest
        Dataset of the axis on the part with the most energy.
    found
        What `parts_of_segments` gave.

    Returns
    -------
    xarray.Dataset
        With every variable that pools over all segments, and the attributes ``segments``, how many
        that is, and ``segments_left_out``, how many the pipeline does not accept. The stages'
        shares are taken at the two shifts of the largest errors. Where some output is NaN, so are
        the errors; silent segments add nothing.
    """
    parts = [each.segment for each in found if each.segment is not None]
    left_out = sum(each.left_out for each in found)
    count = sum(each.count for each in found)
    told = {
        "segments": count - left_out,
        "segments_left_out": left_out,
        "segments_sampled": len(spread(count)),
    }
    sounding = [part for part in parts if part.output != 0]
    if not sounding:
        return loudest.assign_attrs(told)
    if not np.isfinite(sum(part.output for part in sounding)):
        return unknown(loudest, FINDINGS).assign_attrs(told)
    data = pooled(loudest, sounding, FINDINGS)
    worst = int(np.argmax(np.nan_to_num(data["measured"].to_numpy(), nan=-1.0)))
    return data.assign_attrs(told, worst_shift=float(data["length"][worst]))


def segments_note(data: xr.Dataset, *, middle: bool) -> str:
    """Say, after "Along x", which findings are of all segments, and which of the loudest part.

    Of those that are of a sample it is said if they are of the middle of a segment alone.
    """
    count, left_out = data.attrs["segments"], data.attrs["segments_left_out"]
    if data.attrs["nan"]:
        return f"all {count + left_out} segments of the input were run."
    if count == 0:
        return (
            f"the pipeline accepts none of the {left_out} segments of the input: "
            "everything is measured on that part."
        )
    which = f"all {count}" if left_out == 0 else f"{count} of {count + left_out}"
    why = "" if left_out == 0 else " (the pipeline does not accept the others)"
    here = [each for each in FINDINGS if set(each.schema.names) & set(data.variables)]
    sampled, total = data.attrs["segments_sampled"], count + left_out
    few = f"{sampled} of them, evenly spread" if sampled < total else "all of them"
    own = middle or sampled < total
    groups = [
        (
            [each for each in here if each.schema.pools and not (own and each.sampled)],
            f"those of {which} segments of the input{why}",
        ),
        (
            [each for each in here if each.schema.pools and own and each.sampled],
            f"those of {'the middle of ' if middle else ''}{few}",
        ),
        ([each for each in here if not each.schema.pools], "those of that part"),
    ]
    said = [
        f"{_listed([each.schema.what for each in findings])} are {whose}"
        for findings, whose in groups
        if findings
    ]
    return "; ".join(said) + "."


def as_given_note(given: Given) -> list[str]:
    """Say which segments the figures of the pipeline as given are of; nothing without segments."""
    sections, count = given.sections, given.judged_sections
    if sections is None:
        return []
    total = len(sections)
    if not count:
        text = (
            f"The pipeline as given accepts none of the {total} segments of the input: its figures "
            "are those of that part."
        )
        return [text]
    which = f"all {count}" if count == total else f"{count} of {total}"
    why = "" if count == total else " (the pipeline does not accept the others)"
    long = _length(sections)
    text = (
        f"The errors of the pipeline as given are those of {which} segments of the input, {long} "
        f"each{why}, put together by energy"
    )
    sampled, part = len(given.sampled), given.x.sizes[sections.dim]
    which = f"{sampled} of them, evenly spread" if sampled < total else "all of them"
    if part < sections.size:
        middle = f"the middle of {which}, {_length(sections, part)} each"
        text += f"; its causes and remedies are those of {middle}"
    elif sampled < total:
        text += f"; its causes and remedies are those of {which}"
    return [f"{text}. Changes are looked for on that part."]


def _length(sections: Sections, size: int | None = None) -> str:
    """How long a segment or a part of it is, in the unit of its axis where it has one."""
    size = sections.size if size is None else size
    try:
        axis = axis_of(sections.x, sections.dim)
        return axis.in_words(size * abs(axis.step))
    except AxisError:
        return f"{size} along {sections.dim}"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
