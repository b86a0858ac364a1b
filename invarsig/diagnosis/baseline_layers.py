"""The layers of a baseline, as its file has them: a line each."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from invarsig.diagnosis.checked_json import (
    as_count,
    as_list,
    as_number,
    as_text,
    number_or_nan,
)
from invarsig.diagnosis.layer_response import Grid, Response
from invarsig.diagnosis.layers import Layer
from invarsig.errors import ReadError

__all__ = ["read_layers", "written_layers"]


def written_layers(layers: Sequence[Layer]) -> str:
    """The end of a document of JSON: ``,`` and the key "layers", a line for each layer."""
    lines = ",".join(
        f"\n    {json.dumps(_written(each), ensure_ascii=False, allow_nan=False)}"
        for each in layers
    )
    end = "\n  ]" if lines else "]"
    return f',\n  "layers": [{lines}{end}'


def _written(layer: Layer) -> dict[str, Any]:
    grids = [
        [[dim, size, *map(_number_or_null, ends)] for dim, size, *ends in grid]
        for grid in layer.grids
    ]
    one = layer.response
    numbers = None
    if one is not None:
        numbers = [one.size, one.unknown, one.level, *one.projections]
    return {
        "path": layer.path,
        "text": layer.text,
        "reads": layer.reads,
        "grids": grids,
        "response": numbers,
    }


def _number_or_null(value: float) -> float | None:
    return None if math.isnan(value) else value


def read_layers(content: Any) -> tuple[Layer, ...]:
    """Layers from their lines.

    Raises
    ------
    ReadError
        If they are not what `written_layers` wrote.
    """
    layers = tuple(map(_read, as_list(content)))
    for number, each in enumerate(layers, 1):
        if any(k >= number for k in each.reads):
            raise ReadError(f"the layer {each.path!r} reads a layer that is not before it")
    return layers


def _read(content: Mapping[str, Any]) -> Layer:
    return Layer(
        as_text(content["path"]),
        as_text(content["text"]),
        tuple(map(as_count, as_list(content["reads"]))),
        tuple(map(_read_grid, as_list(content["grids"]))),
        _read_response(content["response"]),
    )


def _read_grid(content: Any) -> Grid:
    return tuple(
        (as_text(dim), as_count(size), number_or_nan(first), number_or_nan(last))
        for dim, size, first, last in map(as_list, as_list(content))
    )


def _read_response(content: Any) -> Response | None:
    if content is None:
        return None
    size, unknown, *numbers = as_list(content)
    level, *projections = map(as_number, numbers)
    return Response(as_count(size), as_count(unknown), level, tuple(projections))
