"""The split of an error into causes and stages, as it was found, and what its parts are called."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from invarsig.aliasing.causes import ROUNDING
from invarsig.report.reading import InputReading
from invarsig.report.verdict import Verdict
from invarsig.report.wording import shortened

__all__ = ["NAMES", "Split", "name_of", "place_of", "stage_of", "verdict_split", "why_unknown"]

NAMES = {
    "folding": "folding",
    "imaging": "imaging",
    "nonlinearity": "nonlinearity between samples",
    "border": "the border",
    "position": "position",
}

# A part of the error below this is drawn with the others of its cause and not listed.
_LISTED = 0.005

# A stage that makes this part of a cause is named as the one where it acts.
_ALONE = 0.8


@dataclass(frozen=True)
class _Part:
    """One part of the error: of a stage, or where that is 0 of all of them."""

    cause: str
    stage: int
    share: float


@dataclass(frozen=True)
class Split:
    """One bar: an error, split by cause and stage.

    Parameters
    ----------
    reading
        Input node.
    bar
        "verdict", or "whole": up to the very edge.
    """

    reading: InputReading
    bar: str

    @cached_property
    def _place(self) -> int:
        names = self.reading.words("cause_bar")
        return names.index(self.bar) if self.bar in names else -1

    @property
    def causes(self) -> list[str]:
        """Names of the causes."""
        return self.reading.words("cause")

    @cached_property
    def shares(self) -> np.ndarray:
        """Share of each cause and stage; empty unless all of them are known."""
        found = self._over("cause_share")
        return found if np.isfinite(found).all() else np.empty((0, 0))

    @cached_property
    def uncertainty(self) -> np.ndarray:
        """Uncertainty of each; NaN where only one of the two orders is known."""
        found = self._of_bar("cause_uncertainty")
        return np.abs(found) if found.size else np.zeros_like(self.shares)

    @cached_property
    def by_order(self) -> np.ndarray:
        """Share of each cause and stage in each of the two orders; empty where it is not known."""
        name = "cause_share_by_order"
        if not self.known or name not in self.reading.data.variables:
            return np.empty((0, 0, 0))
        return np.asarray(self.reading.values(name)[self._place])

    def _of_bar(self, name: str) -> np.ndarray:
        """Values of the bar, known or not; empty where there are none."""
        if self._place < 0 or name not in self.reading.data.variables:
            return np.empty((0, 0))
        values = self.reading.values(name)[self._place]
        return values if values.shape[0] == len(self.causes) else np.empty((0, 0))

    def _over(self, name: str) -> np.ndarray:
        values = self._of_bar(name)
        return values if np.isfinite(values).any() else np.empty((0, 0))

    @property
    def one_order(self) -> bool:
        """Whether only one of the two orders is known: then no share's uncertainty is."""
        return self.known and not np.isfinite(self._total_doubt()).all()

    @property
    def unknown(self) -> str:
        """Why an error that is more than rounding is not split; "" where it is."""
        if self.known or self._place < 0:
            return ""
        told = self.reading.words("cause_unknown")
        if self._place < len(told):
            return "" if told[self._place] == ROUNDING else told[self._place].removesuffix(".")
        some_known = self._over("cause_share").size > 0
        return "some of its parts are no numbers" if some_known else ""

    @property
    def error(self) -> float:
        """The error that is split."""
        values = self.reading.over("cause_error", "cause_bar")
        return float(values[self._place]) if 0 <= self._place < values.size else math.nan

    @property
    def known(self) -> bool:
        """Whether there is anything to split."""
        return self.shares.size > 0

    @property
    def by_cause(self) -> dict[str, float]:
        """Share of each cause, over all stages."""
        totals = np.nan_to_num(self.shares).sum(axis=1)
        return dict(zip(self.causes, totals.tolist(), strict=True))

    def _total_doubt(self) -> np.ndarray:
        """Uncertainty of each cause's share over all stages, as measured or at most."""
        found = self._of_bar("cause_total_uncertainty")
        if found.size:
            return np.asarray(np.abs(found))
        # What has no part needs no uncertainty.
        return np.asarray(np.where(self.shares == 0, 0.0, self.uncertainty).sum(axis=1))

    @property
    def doubt(self) -> dict[str, float]:
        """Uncertainty of each cause's share."""
        return dict(zip(self.causes, self._total_doubt().tolist(), strict=True))

    @property
    def main(self) -> str:
        """The cause that exceeds the others by more than its uncertainty; "" where none does."""
        if not self.known:
            return ""
        order = sorted(self.by_cause.items(), key=lambda each: -each[1])
        first, second = order[0], order[1] if len(order) > 1 else ("", 0.0)
        return first[0] if first[1] - max(second[1], 0.0) > self.doubt[first[0]] else ""

    def moved(self, attribute: str) -> str:
        """The move whose error is split, where that is not the verdict's: " when moved by …"."""
        verdict, place = Verdict(self.reading), self.reading.number(attribute)
        leads = verdict.worst.move if verdict.worst is not None else -1
        if not (math.isfinite(place) and 0 <= place < verdict.lengths.shape[0]) or place == leads:
            return ""
        return f" when moved by {verdict.length(int(place))}"

    def main_stage(self, cause: str) -> int:
        """The stage at which a cause acts almost alone; 0 where it acts at several."""
        row = self.causes.index(cause)
        values = np.nan_to_num(self.shares[row])
        order = np.argsort(-values)
        top = int(order[0])
        rest = float(values[order[1]]) if values.size > 1 else 0.0
        apart = values[top] - max(rest, 0.0) > self.uncertainty[row, top]
        return self.numbers[top] if apart and values[top] >= _ALONE * values.sum() else 0

    @property
    def numbers(self) -> list[int]:
        """Numbers of the stages."""
        dim = self.reading.data["cause_share"].dims[-1]
        if dim in self.reading.data.coords:
            return [int(each) for each in self.reading.values(str(dim))]
        return list(range(1, self.shares.shape[1] + 1))

    @property
    def graph(self) -> bool:
        """Whether the stages are the nodes of a graph: too many to be listed one by one."""
        return "node_path" in self.reading.data.variables

    @property
    def parts(self) -> list[_Part]:
        """Parts large enough to be listed: by stage, or of a graph by cause alone (stage 0)."""
        if self.graph:
            whole = [_Part(cause, 0, share) for cause, share in self.by_cause.items()]
            large = [each for each in whole if abs(each.share) >= _LISTED]
            return sorted(large, key=lambda each: -each.share)
        found = [
            _Part(cause, number, float(self.shares[row, column]))
            for column, number in enumerate(self.numbers)
            for row, cause in enumerate(self.causes)
            if abs(self.shares[row, column]) >= _LISTED
        ]
        return sorted(found, key=lambda each: (each.share < 0, each.stage))


def name_of(reading: InputReading, number: int, split: Split, length: int = 40) -> str:
    """Name of a stage, cut to a length; "" where it is not known."""
    names = reading.words("stage_operator")
    place = split.numbers.index(number) if number in split.numbers else -1
    return shortened(names[place], length) if 0 <= place < len(names) else ""


def stage_of(reading: InputReading, number: int, split: Split) -> str:
    """What a stage is called: "stage 3, MaxPool(y: 4)", or of a graph "blocks.3.conv1"."""
    if split.graph:
        paths = reading.words("node_path")
        return shortened(paths[number - 1], 48) if 0 < number <= len(paths) else ""
    name = name_of(reading, number, split)
    return f"stage {number}{f', {name}' if name else ''}"


def place_of(reading: InputReading, number: int, split: Split) -> str:
    """Where a stage is: "at stage 3, MaxPool(y: 4)", or of a graph "at blocks.3.conv1"."""
    called = stage_of(reading, number, split)
    return f"at {called}" if called else ""


def why_unknown(reading: InputReading) -> str:
    """Why no error of an input is split, though it is more than rounding; "" where one is."""
    splits = [Split(reading, bar) for bar in ("verdict", "whole")]
    if any(split.known for split in splits):
        return ""
    return next((split.unknown for split in splits if split.unknown), "")


def verdict_split(reading: InputReading) -> Split:
    """The bar of the verdict, or up to the edge where that is all there is."""
    split = Split(reading, "verdict")
    return split if split.known else Split(reading, "whole")
