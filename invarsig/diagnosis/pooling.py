"""Segments of a long input, pooled into one number by the rule that each variable declares.

Energies of errors and of outputs add up: ``e² = sum ||error||² / ||output||²``. So a relative error
pools as a root mean square, weighted by each segment's output energy, and a share of the error as a
mean, weighted by the energy of each segment's error. The energy of all outputs as one is that
around their common mean: how far the segments' means lie apart is a part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

import numpy as np
import xarray as xr

from invarsig.diagnosis.energies import NOTHING, Moments, joined
from invarsig.diagnosis.finding import Finding, Outputs, always
from invarsig.report.schema import Pool

__all__ = ["Segment", "pooled", "pooled_segment", "unknown"]


@dataclass(frozen=True)
class Segment:
    """The results for one segment.

    Parameters
    ----------
    output
        Energy of its output around the mean.
    errors
        Its error at each shift.
    found
        The findings, by name.
    known
        By finding the energy of the error at each shift of which the shares are known, where that
        is not that of the errors: several segments were pooled.
    of
        By finding the energy of the outputs that it was measured on, where that is not all of them:
        several segments were pooled, and it was measured on some.
    moments
        The means of its output, and of how many samples.
    """

    output: float
    errors: np.ndarray
    found: Mapping[str, xr.Dataset]
    known: Mapping[str, np.ndarray] = field(default_factory=dict)
    of: Mapping[str, Segment] = field(default_factory=dict)
    moments: Moments = NOTHING

    def under(self, finding: Finding) -> Segment:
        """The segments that a finding was measured on, as one."""
        return self.of.get(finding.schema.name, self)


def pooled(
    loudest: xr.Dataset, segments: Sequence[Segment], findings: Sequence[Finding]
) -> xr.Dataset:
    """Replace each variable that pools by its value over all segments.

    Parameters
    ----------
    loudest
        Dataset of the axis on the part with the most energy.
    segments
        The results for each segment; none is silent.
    findings
        The findings to pool.
    """
    data = loudest
    for finding in findings:
        own, present = _present(finding, segments)
        if not present:
            continue
        if finding.pooled is not None:
            outputs = _outputs([each.under(finding) for each in own])
            data = _put(data, finding, finding.pooled(loudest, present, outputs))
        else:
            data = _by_rules(data, finding, present, _Weights.of(finding, own, present))
    return data


def _outputs(segments: Sequence[Segment]) -> Outputs:
    """Energies of the outputs of segments."""
    each = np.array([segment.output for segment in segments])
    return Outputs(each, _as_one(segments).around)


def _as_one(segments: Sequence[Segment]) -> Moments:
    """The outputs of segments as one."""
    return reduce(joined, (replace(each.moments, around=each.output) for each in segments))


def _put(data: xr.Dataset, finding: Finding, found: xr.Dataset) -> xr.Dataset:
    """A Dataset with another result of a finding, on other coordinates maybe."""
    schema = finding.schema
    before = [each.name for each in (*schema.variables, *schema.coords) if each.name in data]
    return data.drop_vars(before).merge(found.drop_attrs(deep=False))


def pooled_segment(segments: Sequence[Segment], findings: Sequence[Finding]) -> Segment:
    """Several segments as one, which counts as all of them: only as much is held as of one.

    Silent ones add nothing.
    """
    sounding = [each for each in segments if each.output != 0] or segments[:1]
    if len(sounding) == 1:
        return sounding[0]
    found, known, of = {}, {}, {}
    for finding in findings:
        name, (own, present) = finding.schema.name, _present(finding, sounding)
        if not present:
            continue
        under = [each.under(finding) for each in own]
        if len(own) < len(sounding) or any(each.of.get(name) for each in own):
            one = _as_one(under)
            of[name] = Segment(one.around, np.empty(0), {}, moments=one)
        if finding.pooled is not None:
            pooled_here = finding.pooled(present[0], present, _outputs(under))
            found[name] = _put(present[0], finding, pooled_here).assign_attrs(present[0].attrs)
            continue
        weights = _Weights.of(finding, own, present)
        found[name] = _by_rules(present[0], finding, present, weights)
        known[name] = weights.error.sum(axis=0)
    weights = _Weights.of(None, sounding, [])
    errors = _by_energy(np.stack([each.errors for each in sounding]), weights)
    return Segment(weights.whole, errors, found, known, of, _as_one(sounding))


def _present(
    finding: Finding, segments: Sequence[Segment]
) -> tuple[list[Segment], list[xr.Dataset]]:
    """A finding of every segment; none where one lacks it that should have it."""
    own = [each for each in segments if each.found.get(finding.schema.name)]
    if not finding.sampled and len(own) < len(segments):
        own = []
    return own, [each.found[finding.schema.name] for each in own]


def _by_rules(
    data: xr.Dataset, finding: Finding, present: Sequence[xr.Dataset], weights: _Weights
) -> xr.Dataset:
    for each in finding.schema.variables:
        if each.pool and each.name in data:
            values = np.stack([part[each.name].to_numpy() for part in present])
            data = data.assign({each.name: (each.dims, _RULES[each.pool](values, weights))})
    return data


def unknown(loudest: xr.Dataset, findings: Sequence[Finding]) -> xr.Dataset:
    """The result where some segment's output holds NaN: as if the loudest part's did."""
    kept = [finding.schema for finding in findings if finding.when is always]
    names = {each.name for schema in kept for each in (*schema.variables, *schema.coords)}
    data = loudest[[name for name in loudest.variables if name in names]]
    pools = [each.name for schema in kept for each in schema.variables if each.pool]
    nothing = {name: xr.full_like(data[name], np.nan) for name in pools if name in data}
    return data.assign(nothing).assign_attrs(nan=1, explained=0)


@dataclass(frozen=True)
class _Weights:
    """The weight of each segment: by its output, and at each shift by its error."""

    output: np.ndarray  # (segment)
    whole: float  # all outputs as one
    error: np.ndarray  # (segment, shift)

    @classmethod
    def of(
        cls, finding: Finding | None, segments: Sequence[Segment], parts: Sequence[xr.Dataset]
    ) -> _Weights:
        """Where any share of a segment's error is unknown, the segment contributes to none."""
        under = [each if finding is None else each.under(finding) for each in segments]
        output = np.array([each.output for each in under])
        name = "" if finding is None else finding.schema.name
        error = np.stack(
            [
                each.known[name] if name in each.known else own.errors**2 * own.output
                for each, own in zip(segments, under, strict=True)
            ]
        )
        for each in () if finding is None else finding.schema.variables:
            if each.pool == "error" and all(each.name in part for part in parts):
                known = [
                    part[each.name].notnull().all(set(each.dims) - {"length"}) for part in parts
                ]
                error = np.where(np.stack([one.to_numpy() for one in known]), error, 0.0)
        return cls(output, _outputs(under).whole, error)


def _by_energy(values: np.ndarray, weights: _Weights) -> np.ndarray:
    mean = np.tensordot(weights.output, values**2, 1) / weights.whole
    return np.asarray(np.sqrt(mean))


def _by_error(values: np.ndarray, weights: _Weights) -> np.ndarray:
    """Weighted at each shift, which is the first dim."""
    share = weights.error.reshape(*weights.error.shape, *(1,) * (values.ndim - 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(share > 0, values * share, 0.0).sum(axis=0) / share.sum(axis=0))


def _sum(values: np.ndarray, _weights: _Weights) -> np.ndarray:
    return np.asarray(values.sum(axis=0))


def _largest(values: np.ndarray, _weights: _Weights) -> np.ndarray:
    return np.asarray(values.max(axis=0))


_RULES: Mapping[Pool | None, Callable[[np.ndarray, _Weights], np.ndarray]] = {
    "energy": _by_energy,
    "error": _by_error,
    "sum": _sum,
    "largest": _largest,
}
