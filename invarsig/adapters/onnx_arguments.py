"""What an operator of ONNX is given, by the names that the standard has for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["named_arguments"]


def named_arguments(node: Any, inputs: Sequence[Any], version: int) -> dict[str, Any]:
    """Inputs and attributes by name, defaults included; an input that is left out is None."""
    import onnx

    found: dict[str, Any] = {"version": version}
    try:
        schema = onnx.defs.get_schema(node.op_type, version, node.domain)
    except onnx.defs.SchemaError:
        schema = None  # onnxruntime has operators of its own
    if schema is not None:
        for name, attribute in schema.attributes.items():
            if attribute.default_value.name:
                found[name] = _plain(onnx.helper.get_attribute_value(attribute.default_value))
        found |= dict(zip([each.name for each in schema.inputs], inputs, strict=False))
    for attribute in node.attribute:
        found[attribute.name] = _plain(onnx.helper.get_attribute_value(attribute))
    return found


def _plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
