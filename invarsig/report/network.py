"""The blocks of a network: its nodes grouped by their paths, with rates, errors and shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from invarsig.aliasing.blocks import block_of
from invarsig.report.reading import InputReading
from invarsig.report.split import Split, verdict_split
from invarsig.report.verdict import Verdict
from invarsig.report.wording import listed

__all__ = ["GRAPH_READS", "Block", "Network"]

# What every word about a network may rest on.
GRAPH_READS = (
    "node_path", "node_operator", "node_kind", "node_sizes", "node_rate", "node_error",
    "node_move", "edge_from", "edge_to", "graph_input", "cause", "cause_bar", "cause_share",
    "cause_share_by_order", "cause_uncertainty",
)  # fmt: skip


@dataclass(frozen=True)
class Block:
    """Nodes whose paths begin alike; one node, where nothing is inside.

    Parameters
    ----------
    name
        What it is called within the block around it.
    path
        Its path.
    nodes
        Places of its nodes, in order.
    inside
        The blocks in it.
    """

    name: str
    path: str
    nodes: tuple[int, ...]
    inside: tuple[Block, ...] = ()

    @property
    def last(self) -> int:
        """The node whose result is its own."""
        return self.nodes[-1]


@dataclass(frozen=True)
class Network:
    """What was found of a network, by node.

    Parameters
    ----------
    reading
        The input node.
    """

    reading: InputReading

    @property
    def known(self) -> bool:
        """Whether there is a graph."""
        return bool(self.paths)

    @property
    def by_blocks(self) -> bool:
        """Whether layers of a block have shares of the error together."""
        return self.reading.text("cause_units") == "blocks"

    @cached_property
    def paths(self) -> list[str]:
        """Paths of the nodes."""
        return self.reading.words("node_path")

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The outermost blocks; what all paths begin with is left out."""
        return self._grouped(tuple(range(len(self.paths))), 1, "")

    def _grouped(self, nodes: Sequence[int], depth: int, around: str) -> tuple[Block, ...]:
        """Group nodes by their blocks at a depth, each with what is in it."""
        groups: dict[str, list[int]] = {}
        for place in nodes:
            groups.setdefault(block_of(self.paths[place], depth), []).append(place)
        if len(groups) == 1 and len(nodes) > 1:
            return self._grouped(nodes, depth + 1, next(iter(groups)))
        return tuple(self._block(path, group, depth, around) for path, group in groups.items())

    def _block(self, path: str, nodes: list[int], depth: int, around: str) -> Block:
        whole = self.paths[nodes[0]] if len(nodes) == 1 else path
        name = whole[len(around) :].lstrip("./") if whole != around else whole
        inside = self._grouped(nodes, depth + 1, path) if len(nodes) > 1 else ()
        return Block(name, whole, tuple(nodes), inside)

    @cached_property
    def edges(self) -> list[tuple[int, int]]:
        """Places of the nodes that are read and that read, -1 for the input."""
        read, reads = (self.reading.over(f"edge_{end}", "edge") for end in ("from", "to"))
        return [(int(a) - 1, int(b) - 1) for a, b in zip(read, reads, strict=True)]

    def edges_among(self, blocks: Sequence[Block]) -> set[tuple[int, int]]:
        """Which blocks read which; -1 is what comes from outside of them."""
        of = {node: k for k, block in enumerate(blocks) for node in block.nodes}
        found = {(of.get(a, -1), of[b]) for a, b in self.edges if b in of}
        return {(a, b) for a, b in found if a < b}

    @cached_property
    def split(self) -> Split:
        """The split of the error up to the very edge: of a roll, as the errors after nodes are."""
        whole = Split(self.reading, "whole")
        return whole if whole.known else verdict_split(self.reading)

    def shares(self, block: Block) -> dict[str, float]:
        """Share of each cause in the whole error that comes from a block."""
        if not self.split.known:
            return {}
        own = np.nan_to_num(self.split.shares[:, list(block.nodes)]).sum(axis=1)
        return dict(zip(self.split.causes, own.tolist(), strict=True))

    def share(self, block: Block) -> float:
        """Share of the whole error that comes from a block."""
        return sum(self.shares(block).values())

    def doubt(self, blocks: Sequence[Block], cause: str = "") -> float:
        """Half the difference of the two orders in what blocks make of a cause, or of all."""
        rows = [self.split.causes.index(cause)] if cause else list(range(len(self.split.causes)))
        nodes = [place for block in blocks for place in block.nodes]
        if not self.split.by_order.size:
            return float(self.split.uncertainty[np.ix_(rows, nodes)].sum())
        both = self.split.by_order[:, rows][:, :, nodes].sum(axis=(1, 2))
        return float(abs(both[0] - both[1]) / 2) if np.isfinite(both).all() else math.nan

    @cached_property
    def errors(self) -> np.ndarray:
        """Error after each node, for each move that it was followed for."""
        if "node_error" not in self.reading.data.variables:
            return np.empty((0, len(self.paths)))
        return self.reading.values("node_error", "node_move", "node")

    @cached_property
    def moves(self) -> list[int]:
        """Places of those moves."""
        return [int(each) for each in self.reading.over("node_move", "node_move")]

    @cached_property
    def followed(self) -> int:
        """Which of them is the one whose error is split, or else the worst."""
        place = self.reading.number("cause_edge_move")
        if place in self.moves:
            return self.moves.index(int(place))
        last = np.nan_to_num(self.errors[:, -1]) if self.errors.size else np.zeros(1)
        return int(last.argmax())

    def error(self, block: Block) -> float:
        """Error after a block, at that move."""
        return float(self.errors[self.followed, block.last]) if self.errors.size else float("nan")

    def rate_words(self, block: Block) -> str:
        """What a block does to the rates: "halves y and x"; "" where it keeps them."""
        rates = self.reading.over("node_rate", "node")
        if rates.ndim != 2:
            return ""
        inner = set(block.nodes)
        before = [a for a, b in self.edges if b in inner and a not in inner]
        told: dict[str, list[str]] = {}
        for k, dim in enumerate(Verdict(self.reading).dims[: rates.shape[1]]):
            read = [1.0 if a < 0 else rates[a, k] for a in before]
            read = [each for each in read if np.isfinite(each)]
            after = rates[block.last, k]
            if read and np.isnan(after):
                told.setdefault("drops", []).append(dim)
            elif read and abs(after / max(read) - 1) > 1e-6:
                told.setdefault(_ratio(after / max(read)), []).append(dim)
        return ", ".join(f"{what} {listed(dims)}" for what, dims in told.items())


def _ratio(ratio: float) -> str:
    """What a stage with a ratio of rates does."""
    known = {0.5: "halves", 2.0: "doubles"}
    for value, word in known.items():
        if abs(ratio / value - 1) < 1e-6:
            return word
    if ratio < 1:
        return f"keeps 1 sample in {1 / ratio:.3g} along"
    return f"makes {ratio:.3g} samples of 1 along"
