"""Other people's models as graphs of labeled operators."""

from invarsig.adapters.from_onnx import from_onnx
from invarsig.adapters.from_torch import from_torch

__all__ = ["from_onnx", "from_torch"]
