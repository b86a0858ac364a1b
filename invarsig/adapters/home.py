"""Where the tensors of a framework live: all that the adapters ask of torch or of onnxruntime."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

import numpy as np

__all__ = ["Home"]


class Home(abc.ABC):
    """Turns plain arrays into a framework's tensors and back."""

    takes: ClassVar[str]
    """What takes the tensors, in words: "A torch module"."""

    one_by_one: ClassVar[bool] = False
    """Whether the items of a batch are run one after the other, without an axis for them."""

    @abc.abstractmethod
    def tensor(self, values: np.ndarray) -> Any:
        """A tensor of these values, of the type that the model computes in."""

    @abc.abstractmethod
    def array(self, tensor: Any) -> np.ndarray:
        """The values of a tensor."""

    @abc.abstractmethod
    def like(self, values: np.ndarray, tensor: Any) -> Any:
        """A tensor of these values, of the type that another one has."""

    @abc.abstractmethod
    def zeros(self, shape: Sequence[int]) -> Any:
        """A tensor of zeros."""

    @abc.abstractmethod
    def is_tensor(self, made: Any) -> bool:
        """Whether an operation has given one tensor, and not several or something else."""

    @abc.abstractmethod
    def floating(self, tensor: Any) -> Any:
        """The tensor, with floating-point values."""

    @abc.abstractmethod
    def running(self) -> AbstractContextManager[Any]:
        """The context in which operations run."""
