"""Root: attributes, and for a comparison of pipelines a table."""

from __future__ import annotations

from invarsig.report.schema.declared import Attribute, Schema, over

__all__ = ["ROOT", "ROOT_ATTRS", "comparison"]

ROOT_ATTRS = (
    Attribute("title", "title of the page"),
    Attribute("version", "version of the package"),
    Attribute("versions", "versions of the packages that it computes with"),
    Attribute("created", "when it was made (ISO 8601)"),
    Attribute("seed", "the random seed, if there is one"),
)

comparison: Schema = Schema(
    "comparison",
    "the comparison",
    (
        *over(
            "row",
            ("pipeline", "", "pipeline"),
            ("input", "", "input"),
            ("dim", "", "dim moved along"),
            ("unit", "", "unit of shifts"),
            kind="text",
        ),
        *over(
            "row",
            ("rms", "dB", "error, root mean square over the shifts"),
            ("worst", "dB", "largest error"),
            ("worst_shift", "", "shift of the largest error, in the row's unit"),
            ("behind", "dB", "behind the best pipeline on the same input and axis"),
        ),
        *over("row", ("stage", "", "stage that makes most of the error"), kind="text"),
        *over("row", ("share", "1", "share of the error's energy from that stage")),
        *over("row", ("node", "", "path of the axis in the tree"), kind="text"),
    ),
)

ROOT = (comparison,)
