"""Input node: findings about the pipeline as given on the signal as given."""

from __future__ import annotations

import xarray as xr

from invarsig.report.schema.declared import Attribute, Schema, over

__all__ = [
    "INPUT",
    "INPUT_ATTRS",
    "causes",
    "findings_of_input",
    "graph",
    "remedies",
    "stored",
    "verdict",
]

# Dims of an input's findings that its axes have too, at other sizes. A tree refuses those, so they
# are stored under names of their own.
_STORED = {"stage": "input_stage", "remedy": "input_remedy"}


def stored(data: xr.Dataset) -> xr.Dataset:
    """Findings of an input as the tree stores them: no dim is one of its axes' dims."""
    return data.rename({name: new for name, new in _STORED.items() if name in _names(data)})


def findings_of_input(node: xr.DataTree) -> xr.Dataset:
    """Findings of an input node, with the dims and coordinates that `INPUT` declares."""
    data = node.to_dataset(inherit=False)
    return data.rename({new: name for name, new in _STORED.items() if new in _names(data)})


def _names(data: xr.Dataset) -> set[str]:
    return set(map(str, (*data.variables, *data.dims)))


INPUT_ATTRS = (
    Attribute("name", "name of the input"),
    Attribute("source", "where it is from"),
    Attribute("sha256", "hash of its values"),
    Attribute("sizes", "dims and sizes, 'time: 44571'"),
    Attribute("pipeline", "the pipeline"),
    Attribute(
        "pipeline_code",
        "the pipeline as Python, to be run after 'import invarsig as iv'; empty for a network",
    ),
    Attribute(
        "part",
        "the part that was judged as given, 'lat 20 to 60° (17 of 73)'; empty where that is all",
    ),
    Attribute("norm", "what errors are relative to: centered, channelwise or total"),
    Attribute("notes", "what else has to be said, by lines"),
)

verdict: Schema = Schema(
    "verdict",
    "the verdict",
    (
        *over("moved", ("moved_unit", "", "unit of the dim"), kind="text"),
        *over(
            "moved",
            ("moved_step", "1", "sample step where the dim first exists, in its unit"),
            ("moved_stride", "samples", "total stride from there"),
            ("moved_lost", "1", "whether the output has lost the dim"),
            ("moved_size", "1", "samples of the output along the dim"),
            ("moved_begins", "1", "how many stages stand before the dim first exists"),
        ),
        *over("move moved", ("move_length", "1", "length of the move, in the dim's unit")),
        *over(
            "move",
            ("roll_error", "1", "error over the whole output, input rolled"),
            ("inside_error", "1", "error away from the seam and the ends, input rolled"),
            ("inside_compared", "1", "part of the output compared inside"),
            ("inside_limit", "1", "measuring limit inside"),
            ("cut_error", "1", "error between two real cuts"),
            ("cut_compared", "1", "part of the output compared between cuts"),
            ("cut_limit", "1", "measuring limit between cuts"),
            ("blind", "1", "whether a roll by it is exact for any pipeline"),
        ),
        *over(
            "move",
            ("inside_reason", "", "code of why there is no figure inside"),
            ("cut_reason", "", "code of why there is no figure between cuts"),
            kind="text",
        ),
    ),
    over("moved", ("moved", "", "dim that moves"), kind="text"),
    (
        Attribute("verdict_state", "known, blind, nan, untried, empty, constant or refused"),
        Attribute("verdict_move", "place of the move that decides", "int"),
        Attribute("verdict_protocol", "roll or cut"),
        Attribute("verdict_region", "inside or whole"),
        Attribute("verdict_error", "the error that decides", "float"),
        Attribute("verdict_compared", "part of the output that was compared", "float"),
        Attribute("verdict_seam", "1 if real cuts agree: the border's part is the seam's", "int"),
        Attribute("verdict_border", "largest error between real cuts", "float"),
    ),
)

causes: Schema = Schema(
    "causes",
    "the causes",
    (
        *over(
            "cause_bar cause stage",
            ("cause_share", "1", "share of the squared error"),
            ("cause_uncertainty", "1", "half the difference of the two orders"),
        ),
        *over(
            "cause_bar order cause stage",
            ("cause_share_by_order", "1", "share of the squared error in each order"),
        ),
        *over(
            "cause_bar cause",
            ("cause_total", "1", "share of a cause over all stages"),
            ("cause_total_uncertainty", "1", "half the difference of the two orders"),
            ("cause_size", "1", "norm of what a cause contributes"),
        ),
        *over("cause_bar", ("cause_error", "1", "the error that is split")),
        *over("cause_bar", ("cause_main", "", "the main cause, or empty"), kind="text"),
        *over(
            "cause_bar",
            ("cause_unknown", "", "why the error is not split, or empty"),
            kind="text",
            optional=True,
        ),
        *over("stage", ("stage_operator", "", "stage"), kind="text"),
        *over(
            "stage",
            ("stage_hidden", "1", "1 where the verdict's move hides what the stage itself does"),
            kind="int",
        ),
    ),
    (
        *over("cause_bar", ("cause_bar", "", "which error is split"), kind="text"),
        *over("cause", ("cause", "", "cause"), kind="text"),
        *over("order", ("order", "", "from x to x', or swapped"), kind="text"),
        *over("stage", ("stage", "1", "number of the stage"), kind="int"),
    ),
    (
        Attribute("cause_move", "place of the move whose error the first bar splits", "int"),
        Attribute("cause_edge_move", "place of the move of the bar up to the edge", "int"),
        Attribute("cause_units", "what has a share: layers, or blocks", optional=True),
    ),
)

graph: Schema = Schema(
    "graph",
    "the layers",
    (
        *over(
            "node",
            ("node_path", "", "name of the node, from the outside in: blocks.3.conv"),
            ("node_operator", "", "what it does"),
            ("node_kind", "", "operator, or join of several results"),
            ("node_sizes", "", "dims and sizes of its result"),
            kind="text",
        ),
        *over(
            "node moved", ("node_rate", "1", "samples of its result for each sample of the input")
        ),
        *over("node_move node", ("node_error", "1", "error after the node, input rolled")),
        *over(
            "edge",
            ("edge_from", "1", "number of the node that is read, 0 for the input"),
            ("edge_to", "1", "number of the node that reads it"),
            kind="int",
        ),
        *over("", ("graph_input", "", "dims and sizes of the input"), kind="text"),
    ),
    (
        *over("node", ("node", "1", "number of the node"), kind="int"),
        *over("node_move", ("node_move", "1", "place of the move of that error"), kind="int"),
    ),
    (
        Attribute("graph_wrapped", "change of the result where every padding wraps", "float"),
        Attribute("graph_answer", "place of the largest output of a classifier, or -1", "int"),
        Attribute("graph_answer_wrapped", "the same where every padding wraps", "int"),
    ),
)

remedies: Schema = Schema(
    "remedies",
    "the remedies",
    (
        *over(
            "remedy",
            ("remedy_name", "", "remedy"),
            ("remedy_change", "", "what to do"),
            ("remedy_reason", "", "why it helps"),
            ("remedy_code", "", "Python of the changed pipeline; of a network, of the change"),
            ("remedy_pipeline", "", "changed pipeline"),
            ("remedy_stages", "", "numbers of the stages that change"),
            ("remedy_output", "", "output size in words"),
            kind="text",
        ),
        *over(
            "remedy",
            ("remedy_before", "1", "worst error before, as given"),
            ("remedy_after", "1", "worst error after, as given"),
            ("remedy_doubt", "1", "measuring limit of the two: a smaller fall says nothing"),
            ("remedy_rms", "1", "error after, root mean square over the moves"),
            ("remedy_gain", "dB", "gain"),
            ("remedy_gain_low", "dB", "gain that nineteen in twenty other parts exceed"),
            ("remedy_gain_high", "dB", "gain that nineteen in twenty other parts fall short of"),
            ("remedy_worst_part", "1", "largest error after, over moves and parts of the signal"),
            ("remedy_held_out", "dB", "gain on a held-out part of the signal"),
            ("remedy_cost", "1", "work relative to before"),
            ("remedy_size", "1", "output size relative to before"),
            ("remedy_lost", "1", "share of the detail below the new limit that is damped"),
            ("remedy_reaches", "1", "whether it reaches the target"),
            ("remedy_aligned", "1", "whether it is judged after alignment"),
        ),
        *over(
            "untried",
            ("remedy_untried", "", "which change cannot be made, and why, as a sentence"),
            kind="text",
            optional=True,
        ),
    ),
    (),
    (
        Attribute("remedy_target", "wanted relative error", "float"),
        Attribute("remedy_recommended", "place of the recommended remedy, or -1", "int"),
        Attribute("remedy_detail", "place of the one that keeps fine detail, or -1", "int"),
        Attribute(
            "remedy_withheld",
            "why none is recommended: few samples, none helps, doubt in what it gains; or empty",
            optional=True,
        ),
    ),
)

INPUT = (verdict, causes, graph, remedies)
