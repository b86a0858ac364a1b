"""The contract between diagnosis and report: what stands in the tree, as data.

Each finding fills exactly the variables of its `Schema`, and the report reads only those. A
`Variable` says over which dims it stands, in which unit, what it means, and how the segments of a
long input are pooled into one number. The page ``docs/schema.md`` is made from these.

The tree is an `xarray.DataTree`: the root, a node for each input (``/input_1``) and in it a node
for each axis (``/input_1/axis_1``). Only ``shift`` has to be there in an axis node; whatever else
is absent is left out of the report. All text is untrusted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr

from invarsig.errors import ParameterError

__all__ = [
    "AXIS",
    "AXIS_ATTRS",
    "INPUT",
    "INPUT_ATTRS",
    "ROOT",
    "ROOT_ATTRS",
    "Attribute",
    "Kind",
    "Pool",
    "Schema",
    "Variable",
    "findings_of_input",
    "labeled",
    "stored",
]

Kind = Literal["float", "float32", "int", "text", "any"]
"""What a variable holds; "any" for a coordinate that is taken from the signal."""

Pool = Literal["energy", "error", "sum", "largest"]
"""How segments are pooled.

"energy": root of the mean square, weighted by the energy of each segment's output.
"error": mean, weighted by the energy of each segment's error.
"sum": sum over the segments; "largest": the largest of them.
"""


@dataclass(frozen=True)
class Variable:
    """One variable or coordinate.

    Parameters
    ----------
    name
        Its name in the Dataset.
    dims
        The dims it stands over; "?" marks one that may be missing.
    unit
        Unit: "1" for a plain number, "" for text. ``{unit}`` and ``{frequency_unit}`` stand for
        those of the axis.
    meaning
        What it is, in a few words: its ``long_name``. ``{dim}`` stands for the axis.
    pool
        How the segments of a long input are pooled. None where it is that of the part with the most
        energy alone.
    kind
        What it holds.
    optional
        Whether it may be missing where the finding stands.
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    meaning: str
    pool: Pool | None = None
    kind: Kind = "float"
    optional: bool = False

    def fits(self, dims: tuple[str, ...]) -> bool:
        """Whether these are its dims."""
        wanted = [dim for dim in self.dims if not dim.endswith("?") or dim[:-1] in dims]
        return tuple(dim.rstrip("?") for dim in wanted) == dims


@dataclass(frozen=True)
class Attribute:
    """One attribute of a node."""

    name: str
    meaning: str
    kind: Literal["float", "int", "text"] = "text"
    optional: bool = False


@dataclass(frozen=True)
class Schema:
    """What one finding writes.

    Parameters
    ----------
    name
        Name of the finding, which its file has too.
    what
        What it is called in a sentence: "the errors".
    variables, coords, attrs
        What it fills.

    Examples
    --------
    >>> floor.dataset(floor=[1e-16, 1e-15]).floor.dims
    ('shift',)
    """

    name: str
    what: str
    variables: tuple[Variable, ...]
    coords: tuple[Variable, ...] = ()
    attrs: tuple[Attribute, ...] = ()

    @property
    def pools(self) -> bool:
        """Whether segments are pooled for any of its variables."""
        return any(each.pool for each in self.variables)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its variables."""
        return tuple(each.name for each in self.variables)

    def dataset(self, attrs: Mapping[str, Any] | None = None, /, **found: Any) -> xr.Dataset:
        """Make the Dataset of the finding: values over the declared dims, or an `xarray.Variable`.

        Raises
        ------
        ParameterError
            If a name is unknown or missing, or dims are not those declared.
        """
        declared = {each.name: each for each in (*self.variables, *self.coords)}
        told = {each.name: each for each in self.attrs}
        given = {**found, **(attrs or {})}
        unknown = sorted(set(found) - set(declared)) + sorted(set(attrs or {}) - set(told))
        needed = [each.name for each in declared.values() if not each.optional]
        needed += [each.name for each in told.values() if not each.optional]
        missing = [name for name in needed if name not in given]
        if unknown or missing:
            raise ParameterError(
                f"The finding {self.name!r} "
                + (f"does not declare {', '.join(unknown)}" if unknown else "")
                + (" and " if unknown and missing else "")
                + (f"lacks {', '.join(missing)}" if missing else "")
                + "; declare it in invarsig.report.schema, or fill it."
            )
        filled = {name: _filled(declared[name], value) for name, value in found.items()}
        own = {each.name for each in self.coords}
        return xr.Dataset(
            {name: value for name, value in filled.items() if name not in own},
            {name: value for name, value in filled.items() if name in own},
            dict(attrs or {}),
        )


def _filled(declared: Variable, value: Any) -> xr.Variable:
    """Values over the dims that were declared for them."""
    if isinstance(value, xr.Variable):
        filled = value
    else:
        values = np.asarray(value)
        if values.ndim != len(declared.dims):
            raise ParameterError(
                f"{declared.name!r} stands over {declared.dims} and is given in {values.ndim} dims."
            )
        filled = xr.Variable(tuple(dim.rstrip("?") for dim in declared.dims), values)
    if not declared.fits(tuple(map(str, filled.dims))):
        raise ParameterError(
            f"{declared.name!r} stands over {declared.dims} and is given over {filled.dims}."
        )
    return filled


def labeled(
    data: xr.Dataset, schemas: Iterable[Schema], told: Mapping[str, str] | None = None
) -> xr.Dataset:
    """Give every declared variable its ``units`` and ``long_name``, so that plots label themselves.

    Parameters
    ----------
    data
        A node's Dataset.
    schemas
        What was declared for it.
    told
        ``dim``, ``unit`` and ``frequency_unit`` of the axis.
    """
    known = dict.fromkeys(("dim", "unit", "frequency_unit"), "") | dict(told or {})
    declared = {each.name: each for one in schemas for each in (*one.variables, *one.coords)}
    data = data.copy()
    for name, variable in data.variables.items():
        if name not in declared or declared[str(name)].kind == "any":
            continue
        own = declared[str(name)]
        words = {"units": own.unit.format_map(known), "long_name": own.meaning.format_map(known)}
        variable.attrs = {**variable.attrs, **words}
    return data


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


def _over(dims: str, *rows: tuple[str, str, str], **more: Any) -> tuple[Variable, ...]:
    """Variables over the same dims: name, unit, meaning."""
    own = tuple(dims.split())
    return tuple(Variable(name, own, unit, meaning, **more) for name, unit, meaning in rows)


# Root: attributes, and for a comparison of pipelines a table.

ROOT_ATTRS = (
    Attribute("title", "title of the page"),
    Attribute("version", "version of the package"),
    Attribute("versions", "versions of the packages that it computes with"),
    Attribute("created", "when it was made (ISO 8601)"),
    Attribute("seed", "the random seed, if there is one"),
)

comparison = Schema(
    "comparison",
    "the comparison",
    (
        *_over(
            "row",
            ("pipeline", "", "pipeline"),
            ("input", "", "input"),
            ("dim", "", "dim moved along"),
            ("unit", "", "unit of shifts"),
            kind="text",
        ),
        *_over(
            "row",
            ("rms", "dB", "error, root mean square over the shifts"),
            ("worst", "dB", "largest error"),
            ("worst_shift", "", "shift of the largest error, in the row's unit"),
            ("behind", "dB", "behind the best pipeline on the same input and axis"),
        ),
        *_over("row", ("stage", "", "stage that makes most of the error"), kind="text"),
        *_over("row", ("share", "1", "share of the error's energy from that stage")),
        *_over("row", ("node", "", "path of the axis in the tree"), kind="text"),
    ),
)

ROOT = (comparison,)

# Input node: findings about the pipeline as given on the signal as given.

INPUT_ATTRS = (
    Attribute("name", "name of the input"),
    Attribute("source", "where it is from"),
    Attribute("sha256", "hash of its values"),
    Attribute("sizes", "dims and sizes, 'time: 44571'"),
    Attribute("pipeline", "the pipeline"),
    Attribute("notes", "what else has to be said, by lines"),
)

verdict = Schema(
    "verdict",
    "the verdict",
    (
        *_over("moved", ("moved_unit", "", "unit of the dim"), kind="text"),
        *_over(
            "moved",
            ("moved_step", "1", "sample step where the dim first exists, in its unit"),
            ("moved_stride", "samples", "total stride from there"),
            ("moved_lost", "1", "whether the output has lost the dim"),
            ("moved_begins", "1", "how many stages stand before the dim first exists"),
        ),
        *_over("move moved", ("move_length", "1", "length of the move, in the dim's unit")),
        *_over(
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
        *_over(
            "move",
            ("inside_reason", "", "code of why there is no figure inside"),
            ("cut_reason", "", "code of why there is no figure between cuts"),
            kind="text",
        ),
    ),
    _over("moved", ("moved", "", "dim that moves"), kind="text"),
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

causes = Schema(
    "causes",
    "the causes",
    (
        *_over(
            "cause_bar cause stage",
            ("cause_share", "1", "share of the squared error"),
            ("cause_uncertainty", "1", "half the difference of the two orders"),
        ),
        *_over(
            "cause_bar cause",
            ("cause_total", "1", "share of a cause over all stages"),
            ("cause_total_uncertainty", "1", "half the difference of the two orders"),
            ("cause_size", "1", "norm of what a cause contributes"),
        ),
        *_over("cause_bar", ("cause_error", "1", "the error that is split")),
        *_over("cause_bar", ("cause_main", "", "the main cause, or empty"), kind="text"),
        *_over("stage", ("stage_operator", "", "stage"), kind="text"),
    ),
    (
        *_over("cause_bar", ("cause_bar", "", "which error is split"), kind="text"),
        *_over("cause", ("cause", "", "cause"), kind="text"),
        *_over("stage", ("stage", "1", "number of the stage"), kind="int"),
    ),
    (
        Attribute("cause_move", "place of the move whose error the first bar splits", "int"),
        Attribute("cause_edge_move", "place of the move of the bar up to the edge", "int"),
    ),
)

remedies = Schema(
    "remedies",
    "the remedies",
    (
        *_over(
            "remedy",
            ("remedy_name", "", "remedy"),
            ("remedy_change", "", "what to do"),
            ("remedy_reason", "", "why it helps"),
            ("remedy_code", "", "Python expression of the changed pipeline"),
            ("remedy_pipeline", "", "changed pipeline"),
            ("remedy_stages", "", "numbers of the stages that change"),
            ("remedy_output", "", "output size in words"),
            kind="text",
        ),
        *_over(
            "remedy",
            ("remedy_before", "1", "worst error before, as given"),
            ("remedy_after", "1", "worst error after, as given"),
            ("remedy_rms", "1", "error after, root mean square over the moves"),
            ("remedy_gain", "dB", "gain"),
            ("remedy_held_out", "dB", "gain on a held-out part of the signal"),
            ("remedy_cost", "1", "work relative to before"),
            ("remedy_size", "1", "output size relative to before"),
            ("remedy_lost", "1", "share of the detail below the new limit that is damped"),
            ("remedy_reaches", "1", "whether it reaches the target"),
            ("remedy_aligned", "1", "whether it is judged after alignment"),
        ),
    ),
    (),
    (
        Attribute("remedy_target", "wanted relative error", "float"),
        Attribute("remedy_recommended", "place of the recommended remedy, or -1", "int"),
        Attribute("remedy_detail", "place of the one that keeps fine detail, or -1", "int"),
    ),
)

INPUT = (verdict, causes, remedies)

# Axis node: the analysis of the periodic stand-in, which explains.

AXIS_ATTRS = (
    Attribute("dim", "the axis"),
    Attribute("unit", "unit of shifts"),
    Attribute("frequency_unit", "unit of frequencies"),
    Attribute("step", "input step", "float"),
    Attribute("stride", "total stride in samples", "int"),
    Attribute("out_step", "output step", "float"),
    Attribute("lost", "1 if the output has lost the axis: errors are of invariance then", "int"),
    Attribute("treatment", "how the axis was made periodic; empty if it was"),
    Attribute("nan", "1 if the output holds NaN, and nothing is known", "int"),
    Attribute("explained", "1 if folding explains the operator", "int"),
    Attribute("explained_error", "how far it is from that", "float"),
    Attribute("unexplained", "why that could not be tested", optional=True),
    Attribute("worst_shift", "shift of the largest error", "float"),
    Attribute("segments", "how many segments are pooled, of a long input", "int", True),
    Attribute("segments_left_out", "how many the pipeline does not take", "int", True),
)

errors = Schema(
    "errors",
    "the errors",
    _over("shift", ("measured", "1", "equivariance error"), pool="energy"),
    _over("shift", ("shift", "{unit}", "shift along {dim}")),
)

floor = Schema(
    "floor",
    "the floor",
    _over("shift", ("floor", "1", "error of a perfect operator")),
)

invariance = Schema(
    "invariance",
    "invariance",
    _over("shift", ("invariance", "1", "error against not moving the output"), pool="energy"),
)

alignment = Schema(
    "alignment",
    "alignment",
    (
        *_over("shift", ("aligned", "1", "error between the samples chosen"), pool="energy"),
        *_over(
            "shift", ("apart", "samples", "how far items of a batch move apart"), pool="largest"
        ),
    ),
)

folding = Schema(
    "folding",
    "what is predicted",
    (
        *_over(
            "shift",
            ("predicted", "1", "error predicted from the lift"),
            ("predicted_nyquist", "1", "the predicted error's part at the Nyquist frequency"),
            ("measured_nyquist", "1", "the measured error's part at the Nyquist frequency"),
            ("predicted_rest", "1", "the predicted error below the Nyquist frequency"),
            ("measured_rest", "1", "the measured error below the Nyquist frequency"),
            pool="energy",
        ),
        *_over("shift", ("exact", "1", "whether the prediction is exact")),
        *_over("curve_shift", ("predicted_curve", "1", "predicted error"), pool="energy"),
        *_over("", ("curve_exact", "1", "whether the line is exact between samples"), kind="int"),
    ),
    _over("curve_shift", ("curve_shift", "{unit}", "shift along {dim}")),
)

spectrum = Schema(
    "spectrum",
    "the folded spectrum",
    (
        *_over("image output_frequency", ("power", "1", "energy of each image"), pool="sum"),
        *_over("output_frequency", ("folded_share", "1", "share that has folded"), pool="sum"),
    ),
    (
        *_over("image", ("image", "1", "image"), kind="int"),
        *_over(
            "output_frequency", ("output_frequency", "{frequency_unit}", "frequency along {dim}")
        ),
    ),
)

orbit = Schema(
    "orbit",
    "the orbit",
    _over(
        "",
        ("orbit_variance", "1", "variance over all shifts, measured"),
        ("folded_energy", "1", "energy that has folded, from the spectrum"),
        ("output_energy", "1", "energy of the output without its mean"),
    ),
)

borders = Schema(
    "borders",
    "borders",
    (
        *_over(
            "shift",
            ("interior", "1", "error inside the borders"),
            ("interior_floor", "1", "error of a perfect operator inside the borders"),
            ("crop", "1", "error between two cuts"),
            ("crop_floor", "1", "error of a perfect operator between two cuts"),
        ),
        *_over(
            "shift",
            ("interior_reason", "", "code of why there is no figure inside the borders"),
            ("crop_reason", "", "code of why there is no figure between two cuts"),
            kind="text",
        ),
    ),
    (),
    (Attribute("protocol_notes", "why figures at the borders are missing, by lines"),),
)

stages = Schema(
    "stages",
    "the stages' shares",
    (
        *_over("stage", ("operator", "", "stage"), kind="text"),
        *_over("shift stage", ("share", "1", "share of the squared error"), pool="error"),
        *_over("shift stage", ("stage_error", "1", "the stage's term of the error"), pool="energy"),
        *_over("shift", ("border_share", "1", "share outside the interior"), pool="error"),
    ),
    _over("stage", ("stage", "1", "number of the stage"), kind="int"),
)

stage_folding = Schema(
    "stage_folding",
    "what folds at each stage",
    (
        *_over(
            "stage",
            ("fold_stride", "samples", "the stage's own stride"),
            ("fold_rate", "{frequency_unit}", "sampling rate of its output"),
            ("fold_explained", "1", "whether folding explains the stage"),
            ("fold_about_center", "1", "whether frequencies count from channels' centers"),
            ("fold_share", "1", "folded energy relative to the stage's output"),
            ("fold_strongest", "1", "image with most of it"),
            ("fold_strongest_share", "1", "share of the folded energy that it has"),
        ),
        *_over("stage fold_image", ("fold_energy", "1", "energy of each image")),
        *_over(
            "stage fold_edge",
            ("fold_from", "{frequency_unit}", "central 80 % of the strongest image"),
            ("fold_onto", "{frequency_unit}", "where it appears"),
        ),
        *_over(
            "stage fold_class",
            ("fold_class_power", "1", "share of the power"),
            ("fold_class_frequencies", "1", "share of the frequencies"),
        ),
        *_over("stage fold_part fold_place", ("fold_spectrum", "1", "mean power")),
        *_over("", ("fold_threshold", "dB", "bins pass above this, relative to the strongest")),
    ),
    (
        *_over("fold_image", ("fold_image", "1", "image"), kind="int"),
        *_over("fold_class", ("fold_class", "", "class of frequencies"), kind="text"),
        *_over("fold_part", ("fold_part", "", "kept or folded"), kind="text"),
        *_over("fold_place", ("fold_place", "1", "frequency as a part of the output rate")),
    ),
)

square = Schema(
    "square",
    "the square",
    _over(
        "shown square_other? square_position",
        ("moved_first", "1", "moved, then run"),
        ("moved_last", "1", "run, then moved"),
        ("square_difference", "1", "difference"),
        kind="float32",
    ),
    (
        *_over("shown", ("shown", "{unit}", "shift along {dim}")),
        Variable("square_position", ("square_position",), "", "place along the axis", None, "any"),
        Variable(
            "square_other", ("square_other",), "", "place along another dim", None, "any", True
        ),
    ),
)

swaps = Schema(
    "swaps",
    "swaps",
    (
        *_over(
            "stage",
            ("swap_error", "1", "error with the stage replaced by its alias-free counterpart"),
            ("swap_gain", "dB", "gain of that"),
        ),
        *_over(
            "stage",
            ("swap_gain_between", "dB", "gain of that at shifts between whole samples"),
            ("created_explains", "1", "share of the error between samples that goes with it"),
            optional=True,
        ),
    ),
)

created = Schema(
    "created",
    "what nonlinearities create",
    _over(
        "stage",
        ("created", "1", "share of the energy created above the next Nyquist frequency"),
        ("created_above", "{frequency_unit}", "that frequency"),
    ),
)

axis_remedies = Schema(
    "axis_remedies",
    "remedies",
    (
        *_over(
            "remedy",
            ("remedy_name", "", "remedy"),
            ("remedy_pipeline", "", "changed pipeline"),
            ("remedy_reason", "", "why it helps"),
            kind="text",
        ),
        *_over(
            "remedy",
            ("remedy_predicted", "1", "predicted error, root mean square over a few shifts"),
            ("remedy_measured", "1", "measured error, root mean square over a few shifts"),
            ("remedy_gain", "dB", "measured gain"),
            ("remedy_gain_predicted", "dB", "predicted gain"),
            ("remedy_cost", "1", "multiplications relative to the pipeline's own"),
            ("remedy_size", "1", "output size relative to the pipeline's own"),
            (
                "remedy_from_lift",
                "1",
                "whether the unmodified pipeline's lift is enough to predict",
            ),
            ("remedy_lost", "1", "share of the band below the new Nyquist frequency that is lost"),
            ("remedy_aligned", "1", "whether results are compared after alignment"),
            ("remedy_best", "1", "whether it is on the Pareto front"),
        ),
    ),
)

AXIS = (
    errors,
    floor,
    invariance,
    alignment,
    folding,
    spectrum,
    orbit,
    borders,
    stages,
    stage_folding,
    square,
    swaps,
    created,
    axis_remedies,
)
