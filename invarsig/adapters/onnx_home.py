"""Where the tensors of an ONNX model live: in plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from invarsig.adapters.home import Home

__all__ = ["ArrayHome"]


@dataclass(frozen=True)
class ArrayHome(Home):
    """The type of a model's input.

    Files often fix the batch, or reshape it away: so items run one by one.
    """

    takes: ClassVar[str] = "An ONNX model"
    one_by_one: ClassVar[bool] = True

    dtype: np.dtype[Any]

    def tensor(self, values: np.ndarray) -> np.ndarray:
        """The values, of the type that the model computes in."""
        return np.ascontiguousarray(values, self.dtype)

    def array(self, tensor: np.ndarray) -> np.ndarray:
        """The values; half precision comes as single."""
        return tensor.astype(np.float32) if tensor.dtype == np.float16 else tensor

    def like(self, values: np.ndarray, tensor: np.ndarray) -> np.ndarray:
        """The values, of the type that another array has."""
        return np.ascontiguousarray(values, tensor.dtype)

    def zeros(self, shape: Sequence[int]) -> np.ndarray:
        """An array of zeros."""
        return np.zeros(tuple(shape), self.dtype)

    def is_tensor(self, made: Any) -> bool:
        """Whether it is one array."""
        return isinstance(made, np.ndarray)

    def floating(self, tensor: np.ndarray) -> np.ndarray:
        """The array, with floating-point values."""
        return tensor if tensor.dtype.kind in "fc" else tensor.astype(self.dtype)

    def running(self) -> AbstractContextManager[Any]:
        """Nothing has to be set."""
        return nullcontext()
