"""Where in the network: its blocks as a line with skips, the error after each, and its causes."""

from __future__ import annotations

import math

from invarsig.report.depth import depth
from invarsig.report.drawing import Drawing
from invarsig.report.limits import MINOR, ROUND_OFF
from invarsig.report.line import Line
from invarsig.report.markup import element, prose
from invarsig.report.network import GRAPH_READS, Block, Network
from invarsig.report.reading import InputReading
from invarsig.report.section import Look, Section
from invarsig.report.verdict import VERDICT_READS, Verdict, thing
from invarsig.report.wording import capital, listed, off, percent, share_in_words, shortened

__all__ = ["SECTION"]

_CALLED = {
    "folding": "the folding",
    "imaging": "the imaging",
    "nonlinearity": "the nonlinearities' part",
    "border": "the border's part",
    "position": "the part that follows position",
}

# A block is named alone where it makes this part of a cause, a layer where of its block's.
_MUCH, _MOST = 0.4, 0.9

# So few blocks are named together as make half of the error.
_HALF = 0.45

_TOGETHER = (
    "Layers of a block between two changes of the rate have one part of the error together, which "
    "stands at the last of them."
)

# Causes that layers which are taken together have; others belong to one layer.
_SHARED = ("nonlinearity", "border")

# The error heals where it ends at less than this part of its largest value.
_HEALED = 0.7


def _sentences(reading: InputReading) -> list[str]:
    network = Network(reading)
    if not network.known:
        return []
    wrapped = [
        f"{each} So the figures as given come first, and axes made periodic only explain them."
        for each in _wrapped(reading)
    ]
    return [*_where(network), *_growth(network), *wrapped]


def _where(network: Network) -> list[str]:
    """Which blocks make half of the error, and which one most of a main cause."""
    split, blocks = network.split, network.blocks
    if not split.known or len(blocks) < 2:
        return []
    if max(abs(network.share(each)) for each in blocks) > 1 + MINOR:
        return ["Parts of blocks cancel each other: they rank the blocks, and say no more."]
    causes = [
        cause
        for cause, share in sorted(split.by_cause.items(), key=lambda each: -each[1])
        if share >= MINOR and cause in _CALLED and split.doubt[cause] < share / 2
    ]
    told = [_alone(network, cause) for cause in causes[:2]]
    return [text for text in (_half(network), *told) if text]


def _half(network: Network) -> str:
    """The one, two or three blocks that make about half of the error; "" where it takes more."""
    order = sorted(network.blocks, key=network.share, reverse=True)
    for count in (1, 2, 3):
        most = order[:count]
        whole = sum(map(network.share, most))
        if whole >= _HALF:
            if not network.doubt(most) <= whole / 4:
                return ""
            told = [f"{_name(each)} ({percent(network.share(each))})" for each in most]
            return f"{capital(share_in_words(whole))} of the error comes from {listed(told)}."
    return ""


def _alone(network: Network, cause: str) -> str:
    """The block that makes much of a cause, with the layer that makes most of that; "" for none."""
    whole = network.split.by_cause[cause]
    own = [(network.shares(each)[cause], place) for place, each in enumerate(network.blocks)]
    (share, top), (second, _) = sorted(own, reverse=True)[:2]
    block = network.blocks[top]
    part, layer = share / whole, _layer(network, block, cause)
    if not _MUCH <= part <= 1 + MINOR or not share - second > network.doubt([block], cause):
        return ""
    if whole >= _MOST and not layer:
        return ""  # It is the whole error, of which the block is told already.
    return f"{capital(share_in_words(part))} of {_CALLED[cause]} comes from {_name(block)}{layer}."


def _layer(network: Network, block: Block, cause: str) -> str:
    """The layer of a block that makes almost all of its part, if there is one."""
    if network.by_blocks and cause in _SHARED:
        return ""
    layers = [Block("", network.paths[k], (k,)) for k in block.nodes]
    whole = network.shares(block)[cause]
    best = max(layers, key=lambda each: network.shares(each)[cause])
    if len(layers) < 2 or network.shares(best)[cause] < _MOST * whole:
        return ""
    own = best.path.removeprefix(block.path).lstrip("./")
    what = network.reading.words("node_operator")[best.last]
    return f", almost all of it from its {shortened(own, 32)} ({shortened(what, 48)})"


def _growth(network: Network) -> list[str]:
    """How the error grows and heals along the line."""
    known = [each for each in network.blocks if math.isfinite(network.error(each))]
    if len(known) < 2 or network.error(known[-1]) <= ROUND_OFF:
        return []
    peak, end = max(known, key=network.error), network.error(known[-1])
    if end < _HEALED * network.error(peak):
        largest = off(network.error(peak))
        return [f"The error is largest after {_name(peak)}, {largest}, and ends at {off(end)}."]
    first = off(network.error(known[0]))
    return [f"The error is {first} after {_name(known[0])}, and {off(end)} at the end."]


def _wrapped(reading: InputReading) -> list[str]:
    """What wrapping the padding does to the answer."""
    change = reading.number("graph_wrapped")
    if not change > ROUND_OFF:
        return []
    answer, other = reading.number("graph_answer"), reading.number("graph_answer_wrapped")
    label = ""
    if answer >= 0:
        stays = "stays number" if other == answer else f"is number {other:.0f} instead of"
        label = f", and its largest value {stays} {answer:.0f}"
    lead = f"With every padding wrapped, as on a periodic {thing(reading)}, the result is"
    return [f"{lead} {off(change)} off{label}."]


def _name(block: Block) -> str:
    return shortened(block.name, 40)


def _body(reading: InputReading, _look: Look) -> str:
    network = Network(reading)
    if not network.known:
        return ""
    text = "".join(element("p", prose(each)) for each in _sentences(reading))
    rows = Line.of(network).whole()
    return (
        element("div", text, class_="text")
        + element("p", prose(_legend(network)), class_="small")
        + element("div", rows, class_="net")
    )


def _legend(network: Network) -> str:
    """What stands beside each block."""
    verdict = Verdict(network.reading)
    place = network.moves[network.followed] if network.moves else -1
    moved = f", input moved by {verdict.length(place)}" if 0 <= place < len(verdict.lengths) else ""
    opens = any(block.inside for block in network.blocks)
    return (
        f"Beside each block: how far its own result is off{moved}, up to the very edge; and its "
        "part of the error of the last result, by cause."
        + (" Open a block to see its layers." if opens else "")
        + (f" {_TOGETHER}" if opens and network.by_blocks else "")
    )


def _figures(reading: InputReading, look: Look) -> list[Drawing]:
    network = Network(reading)
    made = depth(network, look.prefix) if network.known else None
    return [made] if made else []


def _note(_reading: InputReading) -> str:
    return "The error after each layer, from the input on. Dashed: layers that keep fewer samples."


def _brief(reading: InputReading) -> list[str]:
    network = Network(reading)
    return [*_where(network)[:1], *_wrapped(reading)] if network.known else []


SECTION: Section[InputReading] = Section(
    key="graph",
    title="Where in the network",
    about="input",
    place="why",
    reads=(*GRAPH_READS, *VERDICT_READS),
    brief=_brief,
    figures=_figures,
    note=_note,
    body=_body,
)
