"""Blame: the layer that made an error worse, or the layers among which a baseline cannot tell.

With one input and one way of measuring, a worse error comes of what has changed. Where one layer
alone has, it is the one, whatever the parts of the error say: a blur that is left out lets a stride
behind it fold, and the part of the error then stands at the stride. Where several have, a baseline
holds errors and no weights, so they cannot be tried one by one: all are named, by what was added to
their parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from invarsig.aliasing.as_given import AsGiven
from invarsig.diagnosis.layer_changes import LayerChange, layer_changes, matched
from invarsig.diagnosis.layers import Layer, LayerNow, layers_of, named_by_path
from invarsig.diagnosis.parts_of_errors import Growth, LayerParts, growth_of
from invarsig.operators import Graph

__all__ = ["Blame", "blame"]

# How many layers a sentence names; and how many times the round-off of a whole pipeline two
# responses of a layer may be apart: the noise has larger values than most signals.
_MOST, _ROUNDING = 5, 10.0


@dataclass(frozen=True)
class Blame:
    """What made an error worse.

    Parameters
    ----------
    stage
        The layer that is named first, from 1; 0 where none is, or where it is gone.
    path
        Its path; of a stage of a pipeline its number; "" where none is named.
    candidates
        Paths of all layers that may have done it, that one first.
    words
        The same in sentences.
    """

    stage: int = 0
    path: str = ""
    candidates: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, eq=False)
class _Compared:
    """The layers of before and of today."""

    given: AsGiven
    before: Sequence[Layer]
    now: Sequence[LayerNow]
    growth: Growth | None
    changes: Sequence[LayerChange] = field(default=())

    def path(self, change: LayerChange) -> str:
        return self.now[change.now - 1].path if change.now else self.before[change.before - 1].path

    def name(self, change: LayerChange) -> str:
        """What a layer is called, today or before."""
        if change.now:
            return named_by_path(self.given.op, change.now)
        return self._once(change.before)

    def told(self, change: LayerChange) -> str:
        """What a layer is called, and how it has changed."""
        name, old = self.name(change), self.before[change.before - 1] if change.before else None
        if change.kind == "text" and old is not None:
            return f"{name}, which was {old.text}"
        if change.kind == "values":
            return f"{name}, which gives other values for the same input than it did"
        if change.kind == "reads" and old is not None:
            reads = self.now[change.now - 1].reads
            now = _listed([self._today(k) for k in reads])
            return f"{name}, which reads {now}, and read {_listed(map(self._once, old.reads))}"
        return f"{name}, which is {'gone' if change.kind == 'gone' else 'new'}"

    def added(self, change: LayerChange) -> float:
        """What was added to the part of a layer."""
        return 0.0 if self.growth is None else self.growth.of_layers.get(change.now, 0.0)

    def _today(self, number: int) -> str:
        return named_by_path(self.given.op, number) if number else "the input"

    def _once(self, number: int) -> str:
        if not number:
            return "the input"
        old = self.before[number - 1]
        graph = isinstance(self.given.op, Graph)
        return f"{old.path}: {old.text}" if graph else f"stage {number}, {old.text}"


def blame(
    given: AsGiven, before: Sequence[Layer], parts: Sequence[float], error: float, now: LayerParts
) -> Blame:
    """Name the layer that made an error worse, or those that may have.

    Parameters
    ----------
    given
        The pipeline of today.
    before, parts, error
        The layers of the baseline, the parts of its squared error, and that error.
    now
        The parts of the squared error of today.
    """
    layers = layers_of(given)
    pairs = matched(
        [(each.path, each.text) for each in before], [(each.path, each.text) for each in layers]
    )
    growth = growth_of(parts, error, now, pairs) if len(parts) == len(before) else None
    found = _Compared(given, before, layers, growth)
    changes = layer_changes(before, layers, _ROUNDING * given.limit)
    changed = [each for each in changes if each.kind != "unknown"]
    if not changed:
        return _unexplained(found, [each for each in changes if each.kind == "unknown"])
    changed.sort(key=found.added, reverse=True)
    first = changed[0]
    if len(changed) == 1:
        words = f" It comes from {found.told(first)}."
        if first.kind == "gone":
            words = f" It comes from leaving out {found.name(first)}."
    else:
        told = [found.told(each) for each in changed[:_MOST]]
        more = f"; and {len(changed) - _MOST} more" if len(changed) > _MOST else ""
        words = (
            f" {len(changed)} layers have changed, and a baseline cannot tell which of them did "
            f"it: {'; '.join(told)}{more}."
        )
    words += _elsewhere(found, [each.now for each in changed])
    return Blame(first.now, found.path(first), tuple(map(found.path, changed)), words)


def _unexplained(found: _Compared, unknown: Sequence[LayerChange]) -> Blame:
    """No layer is known to have changed."""
    growth = found.growth
    top = growth.top if growth is not None else 0
    order = sorted(unknown, key=found.added, reverse=True)
    if order:
        told = [found.name(each) for each in order[:_MOST]]
        more = f"; and {len(order) - _MOST} more" if len(order) > _MOST else ""
        words = (
            " No layer is known to have changed; what these did cannot be compared: "
            f"{'; '.join(told)}{more}."
        )
    else:
        words = " Each layer gives what it did for the same input, so none is named."
    words += _elsewhere(found, ())
    path = found.now[top - 1].path if order and top else ""
    candidates = tuple(dict.fromkeys([*filter(None, [path]), *map(found.path, order)]))
    return Blame(top if path else 0, path, candidates, words)


def _elsewhere(found: _Compared, named: Sequence[int]) -> str:
    """Where the error stands that was added, if that is at a layer that has not been named."""
    growth = found.growth
    if growth is None or growth.top in named or not growth.top:
        return ""
    if not all(map(growth.leads, named)):
        return ""
    share = growth.share(growth.top)
    part = "Most" if share > 0.5 else "The largest part"
    where = named_by_path(found.given.op, growth.top)
    own = " has not changed and" if named else ""
    reads = f", which{own} reads other values" if named else ""
    return f" {part} of what was added stands at {where}{reads}."


def _listed(names: Sequence[str] | map[str]) -> str:
    return " and ".join(names)
