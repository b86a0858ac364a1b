"""Other people's models and functions as labeled operators, and operators to take elsewhere."""

from invarsig.adapters.as_transformer import as_transformer
from invarsig.adapters.from_function import from_function
from invarsig.adapters.from_onnx import from_onnx
from invarsig.adapters.from_sklearn import from_sklearn
from invarsig.adapters.from_torch import from_torch
from invarsig.adapters.to_torch import to_torch

__all__ = ["as_transformer", "from_function", "from_onnx", "from_sklearn", "from_torch", "to_torch"]
