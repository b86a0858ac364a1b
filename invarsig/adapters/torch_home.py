"""Where the tensors of a torch module live."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from invarsig.adapters.home import Home

__all__ = ["TorchHome"]


@dataclass(frozen=True)
class TorchHome(Home):
    """The type of a module's tensors and their device."""

    takes: ClassVar[str] = "A torch module"

    dtype: Any
    device: Any

    def tensor(self, values: np.ndarray) -> Any:
        """A tensor of these values, which are not copied where that can be helped."""
        return _plain(values).to(self.device, self.dtype)

    def array(self, tensor: Any) -> np.ndarray:
        """The values of a tensor; numpy has no bfloat16."""
        import torch

        half = tensor.dtype in (torch.float16, torch.bfloat16)
        return np.asarray((tensor.float() if half else tensor).detach().cpu().numpy())

    def like(self, values: np.ndarray, tensor: Any) -> Any:
        """A tensor of these values, of the type that another one has."""
        return _plain(values).to(tensor.device, tensor.dtype)

    def zeros(self, shape: Sequence[int]) -> Any:
        """A tensor of zeros."""
        import torch

        return torch.zeros(tuple(shape), dtype=self.dtype, device=self.device)

    def is_tensor(self, made: Any) -> bool:
        """Whether it is one tensor."""
        import torch

        return isinstance(made, torch.Tensor)

    def floating(self, tensor: Any) -> Any:
        """The tensor, with floating-point values."""
        return tensor if tensor.is_floating_point() else tensor.to(self.dtype)

    def running(self) -> AbstractContextManager[Any]:
        """Nothing is noted for gradients."""
        import torch

        quiet: AbstractContextManager[Any] = torch.inference_mode()
        return quiet


def _plain(values: np.ndarray) -> Any:
    import torch

    if any(stride < 0 for stride in values.strides) or not values.flags.writeable:
        values = values.copy()
    return torch.from_numpy(values)
