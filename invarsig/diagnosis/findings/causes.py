"""The causes of the verdict's own error, and of the error including the edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.causes import CAUSES, ORDERS, CauseProtocol, main_cause
from invarsig.aliasing.hidden_stages import most_telling
from invarsig.aliasing.judged import Judged
from invarsig.aliasing.units import parts_of, units_of
from invarsig.diagnosis.causes_of_sections import causes_of_sections
from invarsig.diagnosis.given import Given, InputFinding
from invarsig.report import schema

__all__ = ["CAUSES_OF_VERDICT", "SplitAt"]


@dataclass(frozen=True)
class SplitAt:
    """The moves whose errors are split into causes.

    Parameters
    ----------
    leads
        The move of the verdict.
    verdict, edge
        The move whose error is split as the verdict's is measured, and the one whose error
        including the edges is: those of the verdict, unless they hide what some stage does.
    protocol
        How the verdict's error is measured.
    """

    leads: Judged
    verdict: Judged
    edge: Judged
    protocol: CauseProtocol

    @classmethod
    def of(cls, given: Given) -> SplitAt | None:
        """Those of a diagnosis; None where there is no error to split."""
        found = given.verdict
        if found.state != "known":
            return None
        leads = given.judged[found.place]
        if found.protocol == "cut":
            return cls(leads, leads, _worst_roll(given, leads), "cut")
        protocol: CauseProtocol = "interior" if found.region == "inside" else "roll"
        own = _told_at(given, leads, protocol)
        return cls(leads, own, _worst_roll(given, own), protocol)


def _causes(given: Given) -> xr.Dataset:
    at = None if given.refused else SplitAt.of(given)
    if at is None:
        return xr.Dataset()
    each, edge, protocol = at.verdict, at.edge, at.protocol
    alike = protocol == "roll" and edge is each
    bars = [_split(given, each.move, protocol, (0.0, 1.0 if alike else 0.5))]
    bars.append(bars[0] if alike else _split(given, edge.move, "roll", (0.5, 0.5)))
    stages = parts_of(given.op)
    hidden = () if protocol == "cut" else given.rate_changes.hidden(at.leads.move)
    return schema.causes.dataset(
        {
            "cause_move": given.judged.index(each),
            "cause_edge_move": given.judged.index(edge),
            "cause_units": str(bars[-1].attrs.get("units", "layers")),
        },
        cause_bar=["verdict", "whole"],
        cause=list(CAUSES),
        stage=np.arange(1, len(stages) + 1),
        stage_operator=_texts(stages, bars),
        stage_hidden=[int(place in hidden) for place in range(len(stages))],
        order=list(ORDERS),
        cause_share=[bar["share"] for bar in bars],
        cause_share_by_order=[bar["share_by_order"] for bar in bars],
        cause_uncertainty=[bar["uncertainty"] for bar in bars],
        cause_total=[bar["share_of_cause"] for bar in bars],
        cause_total_uncertainty=[bar["uncertainty_of_cause"] for bar in bars],
        cause_size=[bar["size"] for bar in bars],
        cause_error=[float(bar["total"]) for bar in bars],
        cause_unknown=[str(bar.attrs["unknown"]) for bar in bars],
        cause_main=[
            main_cause(bar["share_of_cause"].to_numpy(), bar["uncertainty_of_cause"].to_numpy())
            for bar in bars
        ],
    )


def _texts(stages: Sequence[str], bars: Sequence[xr.Dataset]) -> list[str]:
    """What stages are called: several layers that have one share by what they are together."""
    found = list(stages)
    for bar in bars:
        texts = bar["operator"].values.tolist() if "operator" in bar.coords else found
        found = [
            new if new != old else kept for new, old, kept in zip(texts, stages, found, strict=True)
        ]
    return found


def _told_at(given: Given, each: Judged, protocol: CauseProtocol) -> Judged:
    """The move whose error is split: as the verdict's, but one at which no stage is hidden."""

    def error(one: Judged) -> float:
        if protocol == "interior":
            return one.inside
        return math.nan if math.isfinite(one.inside) else one.roll

    return most_telling(given.rate_changes, given.judged, each, error, given.run.limit)


def _worst_roll(given: Given, each: Judged) -> Judged:
    """The move whose error including the edges is split: that of `each`, where it is a roll."""
    if np.isfinite(each.told):
        return each
    worst = max(given.judged, key=lambda one: np.nan_to_num(one.roll))
    return most_telling(
        given.rate_changes, given.judged, worst, lambda one: one.roll, given.run.limit
    )


def _split(
    given: Given,
    move: Translate,
    protocol: CauseProtocol,
    time: tuple[float, float],
) -> xr.Dataset:
    """Causes over all stages of the pipeline, or why there are none.

    Progress runs from the first number of `time` over the second.
    """

    def tell(text: str, done: float) -> None:
        given.tell_part(text, time[0] + time[1] * done)

    found = causes_of_sections(given, move, protocol, tell)
    if protocol == "roll" and math.isfinite(found["total"]):
        given.splits[move] = found
    return found


def _runs(given: Given) -> float:
    """Half the pipeline for each unit, there and back, on each section that is measured."""
    return float(len(units_of(given.op)) * max(1, given.times_sampled))


CAUSES_OF_VERDICT = InputFinding(schema.causes, _causes, "the causes", _runs)
