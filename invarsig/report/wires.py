"""The vertical line of a network with its skips: what stands beside each row of a list.

Each row draws its own piece, at any height of the row: the line that passes or ends, and the skips
that leave, pass or arrive. Lengths are attributes, for the page allows no styles.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from invarsig.report.markup import element

__all__ = ["LANES", "Wires"]

LANES = 4
"""The most skips that are drawn side by side; further ones share the last lane."""

# Where the line stands, how far the lanes are apart, and where a row's dot is.
_LINE, _APART, _DOT, _CURVE = 9, 10, 22, 12


@dataclass(frozen=True)
class Wires:
    """The line and the skips of blocks one below the other.

    Parameters
    ----------
    count
        How many blocks there are.
    edges
        Which reads which; -1 is what comes from outside.
    skips
        For each source that a block further down reads, the last reader, all of them, and its lane.
    """

    count: int
    edges: frozenset[tuple[int, int]]
    skips: tuple[tuple[int, int, frozenset[int], int], ...]

    @classmethod
    def of(cls, count: int, edges: Iterable[tuple[int, int]]) -> Wires:
        """Give each skip the first lane that is free."""
        every = frozenset(edges)
        busy, skips = [-2] * LANES, []
        for source in range(-1, count):
            readers = frozenset(b for a, b in every if a == source and b > source + 1)
            if readers:
                free = [lane for lane, until in enumerate(busy) if until <= source]
                lane = free[0] if free else LANES - 1
                busy[lane] = max(readers)
                skips.append((source, max(readers), readers, lane))
        return cls(count, every, tuple(skips))

    @property
    def lanes(self) -> int:
        """How many lanes are used."""
        return max((lane + 1 for *_, lane in self.skips), default=0)

    def piece(self, row: int) -> str:
        """The drawing beside a row."""
        parts = []
        above, below = (row - 1, row) in self.edges, (row, row + 1) in self.edges
        if above:
            parts.append(_vertical(_LINE, "0", str(_DOT)))
        if below:
            parts.append(_vertical(_LINE, str(_DOT), "100%"))
        for source, last, readers, lane in self.skips:
            x = _LINE + _APART * (lane + 1)
            if source == row:
                parts += [_curve(_LINE, _DOT, x, _DOT + _CURVE)]
                parts += [_vertical(x, str(_DOT + _CURVE), "100%", skip=True)]
            elif source < row <= last:
                # What comes from outside leaves the line above the first row's dot.
                top = _CURVE if source < 0 and row == 0 else 0
                if top:
                    parts.append(_curve(_LINE, 0, x, top))
                end = str(_DOT - _CURVE) if row == last else "100%"
                parts.append(_vertical(x, str(top), end, skip=True))
                if row in readers:
                    parts.append(_curve(x, _DOT - _CURVE, _LINE, _DOT))
        parts.append(f'<circle cx="{_LINE}" cy="{_DOT}" r="4.5"/>')
        svg = element("svg", "".join(parts), class_="wires", aria_hidden="true")
        return element("span", svg, class_=f"gutter lanes-{self.lanes}")


def _vertical(x: int, top: str, bottom: str, *, skip: bool = False) -> str:
    kind = ' class="skipping"' if skip else ""
    return f'<line{kind} x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>'


def _curve(x: int, y: int, to_x: int, to_y: int) -> str:
    middle = (y + to_y) / 2
    return f'<path class="skipping" d="M{x} {y}C{x} {middle:g} {to_x} {middle:g} {to_x} {to_y}"/>'
