"""Segments of a long input, pooled into one number by the rule that each variable declares.

Energies of errors and of outputs add up: ``e² = sum ||error||² / sum ||output||²``. So a relative
error pools as a root mean square, weighted by each segment's output energy, and a share of the
error as a mean, weighted by the energy of each segment's error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from invarsig.diagnosis.finding import Finding, always
from invarsig.report.schema import Pool

__all__ = ["Segment", "pooled", "pooled_segment", "unknown"]


@dataclass(frozen=True)
class Segment:
    """The results for one segment.

    Parameters
    ----------
    output
        Energy of its output without the mean.
    errors
        Its error at each shift.
    found
        The findings, by name.
    known
        By finding the energy of the error at each shift of which the shares are known, where that
        is not that of the errors: several segments were pooled.
    """

    output: float
    errors: np.ndarray
    found: Mapping[str, xr.Dataset]
    known: Mapping[str, np.ndarray] = field(default_factory=dict)


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
        present = _present(finding, segments)
        if not present:
            continue
        if finding.pooled is not None:
            data = data.assign(finding.pooled(loudest, present).data_vars)
        else:
            data = _by_rules(data, finding, present, _Weights.of(finding, segments, present))
    return data


def pooled_segment(segments: Sequence[Segment], findings: Sequence[Finding]) -> Segment:
    """Several segments as one, which counts as all of them: only as much is held as of one.

    Silent ones add nothing.
    """
    sounding = [each for each in segments if each.output != 0] or segments[:1]
    if len(sounding) == 1:
        return sounding[0]
    found, known = {}, {}
    for finding in findings:
        name, present = finding.schema.name, _present(finding, sounding)
        if not present:
            continue
        if finding.pooled is not None:
            found[name] = present[0].assign(finding.pooled(present[0], present).data_vars)
            continue
        weights = _Weights.of(finding, sounding, present)
        found[name] = _by_rules(present[0], finding, present, weights)
        known[name] = weights.error.sum(axis=0)
    weights = _Weights.of(None, sounding, [])
    errors = _by_energy(np.stack([each.errors for each in sounding]), weights)
    return Segment(float(weights.output.sum()), errors, found, known)


def _present(finding: Finding, segments: Sequence[Segment]) -> list[xr.Dataset]:
    """A finding of every segment; none where one lacks it."""
    parts = [segment.found.get(finding.schema.name) for segment in segments]
    present = [part for part in parts if part is not None and part.data_vars]
    return present if len(present) == len(parts) else []


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
    error: np.ndarray  # (segment, shift)

    @classmethod
    def of(
        cls, finding: Finding | None, segments: Sequence[Segment], parts: Sequence[xr.Dataset]
    ) -> _Weights:
        """Where any share of a segment's error is unknown, the segment contributes to none."""
        output = np.array([segment.output for segment in segments])
        name = "" if finding is None else finding.schema.name
        error = np.stack([each.known.get(name, each.errors**2 * each.output) for each in segments])
        for each in () if finding is None else finding.schema.variables:
            if each.pool == "error" and all(each.name in part for part in parts):
                known = [
                    part[each.name].notnull().all(set(each.dims) - {"length"}) for part in parts
                ]
                error = np.where(np.stack([one.to_numpy() for one in known]), error, 0.0)
        return cls(output, error)


def _by_energy(values: np.ndarray, weights: _Weights) -> np.ndarray:
    mean = np.tensordot(weights.output, values**2, 1) / weights.output.sum()
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
