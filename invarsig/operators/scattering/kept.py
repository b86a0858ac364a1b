"""Cascades with their responses sampled, kept from one call of an operator to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from invarsig.kernels.cascade import Cascade
from invarsig.kernels.kept import Kept
from invarsig.kernels.ready_cascade import ReadyCascade
from invarsig.operators.base import ArrayOperator

__all__ = ["CascadeOperator"]


class CascadeOperator(ArrayOperator):
    """An operator that runs cascades, and keeps them; no part of its parameters."""

    def _ready(self, cascade: Cascade, space: Sequence[int], dtype: np.dtype) -> ReadyCascade:
        """The cascade of a grid of results, for arrays of a size and a precision."""
        made: Kept[ReadyCascade] = Kept(lambda ready: ready.nbytes)
        kept: Kept[ReadyCascade] = self.__dict__.setdefault("_cascades", made)
        key = (cascade.grid, *space, dtype)
        return kept.get(key, lambda: cascade.ready(space, dtype))

    def __getstate__(self) -> dict[str, Any]:
        """Parameters alone: copies, here and in another process, sample their own responses."""
        return {key: value for key, value in self.__dict__.items() if key != "_cascades"}
