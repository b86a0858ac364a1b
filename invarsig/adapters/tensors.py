"""What tensors of torch and arrays of numpy call differently."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["expanded", "is_constant", "permuted", "size_of_all"]


def permuted(tensor: Any, order: Sequence[int]) -> Any:
    """A tensor with its axes in another order."""
    return tensor.transpose(order) if isinstance(tensor, np.ndarray) else tensor.permute(order)


def expanded(tensor: Any, shape: Sequence[int]) -> Any:
    """A tensor with axes of size 1 repeated."""
    if isinstance(tensor, np.ndarray):
        return np.broadcast_to(tensor, tuple(shape))
    return tensor.expand(tuple(shape))


def is_constant(given: Any) -> bool:
    """Whether an argument of an operation is a tensor of known values."""
    return hasattr(given, "ndim") and hasattr(given, "shape")


def size_of_all(tensor: Any) -> int:
    """How many values a tensor has."""
    return math.prod(tensor.shape)
