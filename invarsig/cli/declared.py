"""Keys of JSON documents: fields of dataclasses that say what they mean."""

from __future__ import annotations

import json
import math
from dataclasses import field, fields, is_dataclass
from typing import Any

__all__ = ["as_json", "key"]


def key(meaning: str, unit: str = "") -> Any:
    """Declare a key of a document: what it means, and its unit."""
    return field(metadata={"meaning": meaning, "unit": unit})


def as_json(document: Any) -> str:
    """Write a document; what is undefined or infinite, for which JSON has no number, is null."""
    return json.dumps(_plain(document), indent=2, ensure_ascii=True, allow_nan=False)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
