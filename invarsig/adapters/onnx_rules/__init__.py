"""What is known of ONNX's operators: most are known as operations of ATen, and read as such.

A rule takes the tracer and a `Call`, whose ``given`` holds the operator's inputs and attributes by
their names in the standard, defaults included. What has no rule is measured.
"""

from invarsig.adapters.onnx_rules import as_aten, others, padding, windows
from invarsig.adapters.rules import Rule

__all__ = ["RULES"]

RULES: dict[str, Rule] = {**as_aten.RULES, **padding.RULES, **windows.RULES, **others.RULES}
"""The rule of each operator, by its name in ONNX."""
