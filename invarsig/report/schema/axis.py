"""Axis node: the analysis of the axis made periodic, which explains."""

from __future__ import annotations

from invarsig.report.schema.declared import Attribute, Schema, Variable, over

__all__ = [
    "AXIS",
    "AXIS_ATTRS",
    "alignment",
    "borders",
    "created",
    "errors",
    "floor",
    "folding",
    "invariance",
    "orbit",
    "spectrum",
    "square",
    "stage_folding",
    "stages",
    "swaps",
]

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
    Attribute("segments_sampled", "on how many what takes long was measured", "int", True),
)

errors: Schema = Schema(
    "errors",
    "the errors",
    over("length", ("measured", "1", "equivariance error"), pool="energy"),
    over("length", ("length", "{unit}", "shift along {dim}")),
)

floor: Schema = Schema(
    "floor",
    "the floor",
    (
        *over("length", ("floor", "1", "error of a perfect operator")),
        *over("length", ("floor_reason", "", "code of why it is not known"), kind="text"),
    ),
)

invariance: Schema = Schema(
    "invariance",
    "invariance",
    over("length", ("invariance", "1", "error against not moving the output"), pool="energy"),
)

alignment: Schema = Schema(
    "alignment",
    "alignment",
    (
        *over("length", ("aligned", "1", "error between the samples chosen"), pool="energy"),
        *over(
            "length", ("apart", "samples", "how far items of a batch move apart"), pool="largest"
        ),
    ),
)

folding: Schema = Schema(
    "folding",
    "what is predicted",
    (
        *over(
            "length",
            ("predicted", "1", "error predicted from the lift"),
            ("predicted_nyquist", "1", "the predicted error's part at the Nyquist frequency"),
            ("measured_nyquist", "1", "the measured error's part at the Nyquist frequency"),
            ("predicted_rest", "1", "the predicted error below the Nyquist frequency"),
            ("measured_rest", "1", "the measured error below the Nyquist frequency"),
            pool="energy",
        ),
        *over("length", ("exact", "1", "whether the prediction is exact")),
        *over("curve_length", ("predicted_curve", "1", "predicted error"), pool="energy"),
        *over("", ("curve_exact", "1", "whether the line is exact between samples"), kind="int"),
    ),
    over("curve_length", ("curve_length", "{unit}", "shift along {dim}")),
)

spectrum: Schema = Schema(
    "spectrum",
    "the folded spectrum",
    (
        *over("image output_frequency", ("power", "1", "energy of each image"), pool="sum"),
        *over("output_frequency", ("folded_share", "1", "share that has folded"), pool="sum"),
    ),
    (
        *over("image", ("image", "1", "image"), kind="int"),
        *over(
            "output_frequency", ("output_frequency", "{frequency_unit}", "frequency along {dim}")
        ),
    ),
)

orbit: Schema = Schema(
    "orbit",
    "the orbit",
    over(
        "",
        ("orbit_variance", "1", "variance over all shifts, measured"),
        ("folded_energy", "1", "energy that has folded, from the spectrum"),
        ("output_energy", "1", "energy of the output without its mean"),
        pool="sum",
    ),
)

borders: Schema = Schema(
    "borders",
    "borders",
    (
        *over(
            "length",
            ("interior", "1", "error inside the borders"),
            ("interior_floor", "1", "error of a perfect operator inside the borders"),
            ("cut", "1", "error between two cuts"),
            ("cut_floor", "1", "error of a perfect operator between two cuts"),
            pool="own",
        ),
        *over(
            "length",
            ("interior_reason", "", "code of why there is no figure inside the borders"),
            ("cut_reason", "", "code of why there is no figure between two cuts"),
            kind="text",
        ),
    ),
    (),
    (Attribute("protocol_notes", "why figures at the borders are missing, by lines"),),
)

stages: Schema = Schema(
    "stages",
    "the stages' shares",
    (
        *over("stage", ("operator", "", "stage"), kind="text"),
        *over("length stage", ("share", "1", "share of the squared error"), pool="error"),
        *over("length stage", ("stage_error", "1", "the stage's term of the error"), pool="energy"),
        *over("length", ("border_share", "1", "share outside the interior"), pool="error"),
        *over("length", ("stages_reason", "", "code of why no share is known"), kind="text"),
    ),
    over("stage", ("stage", "1", "number of the stage"), kind="int"),
)

stage_folding: Schema = Schema(
    "stage_folding",
    "what folds at each stage",
    (
        *over(
            "stage",
            ("fold_stride", "samples", "the stage's own stride"),
            ("fold_rate", "{frequency_unit}", "sampling rate of its output"),
            ("fold_explained", "1", "whether folding explains the stage"),
            ("fold_about_center", "1", "whether frequencies count from channels' centers"),
            ("fold_share", "1", "folded energy relative to the stage's output"),
            ("fold_strongest", "1", "image with most of it"),
            ("fold_strongest_share", "1", "share of the folded energy that it has"),
        ),
        *over("stage fold_image", ("fold_energy", "1", "energy of each image")),
        *over(
            "stage fold_edge",
            ("fold_from", "{frequency_unit}", "central 80 % of the strongest image"),
            ("fold_onto", "{frequency_unit}", "where it appears"),
        ),
        *over(
            "stage fold_class",
            ("fold_class_power", "1", "share of the power"),
            ("fold_class_frequencies", "1", "share of the frequencies"),
        ),
        *over("stage fold_part fold_place", ("fold_spectrum", "1", "mean power")),
        *over("", ("fold_threshold", "dB", "bins pass above this, relative to the strongest")),
    ),
    (
        *over("fold_image", ("fold_image", "1", "image"), kind="int"),
        *over("fold_class", ("fold_class", "", "class of frequencies"), kind="text"),
        *over("fold_part", ("fold_part", "", "kept or folded"), kind="text"),
        *over("fold_place", ("fold_place", "1", "frequency as a part of the output rate")),
    ),
)

square: Schema = Schema(
    "square",
    "the square",
    over(
        "shown square_other? square_position",
        ("moved_first", "1", "moved, then run"),
        ("moved_last", "1", "run, then moved"),
        ("square_difference", "1", "difference"),
        kind="float32",
        pool="own",
    ),
    (
        *over("shown", ("shown", "{unit}", "shift along {dim}")),
        Variable("square_position", ("square_position",), "", "place along the axis", None, "any"),
        Variable(
            "square_other", ("square_other",), "", "place along another dim", None, "any", True
        ),
    ),
)

swaps: Schema = Schema(
    "swaps",
    "swaps",
    (
        *over(
            "stage",
            ("swap_error", "1", "error with the stage replaced by its alias-free counterpart"),
            ("swap_gain", "dB", "gain of that"),
            pool="own",
        ),
        *over(
            "stage",
            ("swap_error_between", "1", "that error at shifts between whole samples"),
            ("swap_gain_between", "dB", "gain of that at shifts between whole samples"),
            ("created_explains", "1", "share of the error between samples that goes with it"),
            optional=True,
            pool="own",
        ),
    ),
)

created: Schema = Schema(
    "created",
    "what nonlinearities create",
    (
        *over(
            "stage",
            ("created", "1", "share of the energy created above the next Nyquist frequency"),
            ("created_of", "1", "energy of the stage's output that this is a share of"),
            pool="own",
        ),
        *over("stage", ("created_above", "{frequency_unit}", "that frequency")),
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
)
