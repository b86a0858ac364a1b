"""A network as a list: a row for each block with its error and its causes, opened to its layers."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from invarsig.report.markup import attributes, element, prose
from invarsig.report.network import Block, Network
from invarsig.report.reading import InputReading
from invarsig.report.split import NAMES
from invarsig.report.wires import Wires
from invarsig.report.wording import listed, off, percent, shortened

__all__ = ["Line"]

# A share of the error below this is not written beside its block.
_WRITTEN = 0.01


@dataclass(frozen=True)
class Line:
    """The rows of a network.

    Parameters
    ----------
    network
        The network.
    full
        Share of the error as long as a whole bar.
    """

    network: Network
    full: float

    @classmethod
    def of(cls, network: Network) -> Line:
        """Make the largest outermost block as long as a whole bar."""
        positive = [
            sum(each for each in network.shares(block).values() if each >= _WRITTEN)
            for block in network.blocks
        ]
        return cls(network, max([*positive, _WRITTEN]))

    def whole(self) -> str:
        """All rows, the input first."""
        size = element("small", prose(_sizes(self.network.reading, "graph_input", 0)))
        who = element("span", element("b", "input") + size, class_="who")
        return self.rows(self.network.blocks, element("div", who, class_="layer"))

    def rows(self, blocks: Sequence[Block], lead: str = "") -> str:
        """A list of blocks, one below the other, under a row that stands for the input."""
        first = 1 if lead else 0
        edges = {(a + first, b + first) for a, b in self.network.edges_among(blocks)}
        wires = Wires.of(len(blocks) + first, edges)
        rows = [element("li", wires.piece(0) + lead)] if lead else []
        for place, block in enumerate(blocks):
            rows.append(element("li", wires.piece(place + first) + self._row(block)))
        return element("ol", "".join(rows), class_="line")

    def _row(self, block: Block) -> str:
        cells = self._who(block) + self._after(block) + self._part(block)
        if not block.inside:
            return element("div", cells, class_="layer")
        return element("details", element("summary", cells) + self.rows(block.inside))

    def _who(self, block: Block) -> str:
        reading = self.network.reading
        what = f"{len(block.nodes)} layers"
        if not block.inside:
            what = shortened(reading.words("node_operator")[block.last], 60)
        elif any(b > a + 1 for a, b in self.network.edges_among(block.inside)):
            what += " with skips"
        words = [what, self.network.rate_words(block), _sizes(reading, "node_sizes", block.last)]
        said = element("small", prose("; ".join(each for each in words if each)))
        return element("span", element("b", prose(shortened(block.name, 48))) + said, class_="who")

    def _after(self, block: Block) -> str:
        error = self.network.error(block)
        return element(
            "span", prose(f"{off(error)} off") if math.isfinite(error) else "", class_="after"
        )

    def _part(self, block: Block) -> str:
        shares = self.network.shares(block)
        large = {cause: each for cause, each in shares.items() if abs(each) >= _WRITTEN}
        if not large:
            return element("span", "", class_="share")
        told = listed([f"{cause} {percent(each)}" for cause, each in large.items()])
        whole = sum(shares.values())
        text = told if len(large) == 1 else f"{percent(whole)}: {told}"
        return element("span", self._bar(large) + element("small", prose(text)), class_="share")

    def _bar(self, shares: dict[str, float]) -> str:
        drawn, at = [], 0.0
        for cause, share in shares.items():
            width = max(share, 0.0) / self.full
            place = attributes(x=f"{100 * at:.2f}%", width=f"{100 * width:.2f}%")
            kind = f"cause-{cause}" if cause in NAMES else "cause-other"
            drawn.append(f'<rect class="{kind}"{place} height="100%"/>' if width else "")
            at += width
        return element("svg", "".join(drawn), class_="mini", aria_hidden="true")


def _sizes(reading: InputReading, name: str, place: int) -> str:
    """Dims and sizes, each size beside its dim."""
    return re.sub(r" (?=\d)", "\N{NO-BREAK SPACE}", reading.words(name)[place])
