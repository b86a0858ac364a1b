"""Which layers are others than those of a baseline: matched by path, compared by what they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from invarsig.diagnosis.layers import Layer, LayerNow

__all__ = ["LayerChange", "layer_changes", "matched"]

Kind = Literal["text", "values", "reads", "new", "gone", "unknown"]


@dataclass(frozen=True)
class LayerChange:
    """A layer that is another than it was.

    Parameters
    ----------
    kind
        "text", it is described otherwise; "values", it gives other values for the same input;
        "reads", it reads other layers; "new"; "gone"; or "unknown", where its text is the same and
        what it gives cannot be compared.
    before, now
        The layer in the baseline and today, counted from 1; 0 where there is none.
    """

    kind: Kind
    before: int
    now: int


def matched(
    before: Sequence[str | tuple[str, str]], now: Sequence[tuple[str, str]]
) -> list[tuple[int, int]]:
    """Pair layers of before with those of today, each given by its path and its text.

    Equally many layers, or layers of the same paths, are paired in their order. Of others those
    are paired that have one text in one order, and between them those that have one path, or else
    one place.

    Returns
    -------
    list of tuple
        Numbers from 1, in the order of today; 0 for none.

    Examples
    --------
    >>> chain = [("1", "Blur"), ("2", "Relu"), ("3", "Max")]
    >>> matched(chain, [("1", "Blur"), ("2", "Max")])
    [(1, 1), (2, 0), (3, 2)]
    """
    if len(before) == len(now):
        paths, there = [each[0] for each in now], [each[0] for each in before]
        if paths != there and set(paths) == set(there):
            return [(there.index(path) + 1, k) for k, path in enumerate(paths, 1)]
        return [(k, k) for k in range(1, len(now) + 1)]
    pairs = []
    texts = [each[1] for each in before], [each[1] for each in now]
    steps = SequenceMatcher(None, *texts, autojunk=False).get_opcodes()
    for kind, low, high, first, last in steps:
        old, new = list(range(low, high)), list(range(first, last))
        if kind == "equal":
            pairs += [(a + 1, b + 1) for a, b in zip(old, new, strict=True)]
            continue
        by_path = {before[a][0]: a for a in old}
        own = {b: by_path[now[b][0]] for b in new if now[b][0] in by_path}
        left = [a for a in old if a not in own.values()]
        for b in new:
            a = own.get(b, left.pop(0) if b not in own and left else -1)
            pairs.append((a + 1, b + 1))
        pairs += [(a + 1, 0) for a in left]
    return pairs


def layer_changes(
    before: Sequence[Layer], now: Sequence[LayerNow], tolerance: float
) -> tuple[LayerChange, ...]:
    """The layers that are others than they were, in their order.

    Parameters
    ----------
    before
        Those of the baseline.
    now
        Those of today. Each is run on the grids that it had, as its input may be another today
        only because a layer before it has changed.
    tolerance
        Relative round-off, up to which two responses are the same.
    """
    pairs = matched(
        [(each.path, each.text) for each in before], [(each.path, each.text) for each in now]
    )
    places = {a: b for a, b in pairs if a} | {0: 0}
    found = []
    for a, b in pairs:
        if not a or not b:
            found.append(LayerChange("new" if b else "gone", a, b))
            continue
        kind = _kind(before[a - 1], now[b - 1], places, tolerance)
        if kind:
            found.append(LayerChange(kind, a, b))
    return tuple(found)


def _kind(
    old: Layer, new: LayerNow, places: dict[int, int], tolerance: float
) -> Kind | Literal[""]:
    """How a layer has changed; "" where it has not."""
    if old.text != new.text:
        return "text"
    response = None if old.response is None else new.response_on(old.grids)
    compared = old.response is not None and response is not None
    if old.response and response and not response.same(old.response, tolerance):
        return "values"
    # What reads a layer that is gone, or one that is new, has changed by that alone.
    was = [places[k] for k in old.reads]
    gone = any(a and not b for a, b in zip(old.reads, was, strict=True))
    inserted = set(new.reads) - set(places.values())
    if was != list(new.reads) and not gone and not inserted:
        return "reads"
    return "" if compared else "unknown"
