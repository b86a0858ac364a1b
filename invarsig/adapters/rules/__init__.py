"""What is known of single tensor operations: which axes come out, and what is done along each.

A rule takes the tracer and a `Call`, and gives the result as a `Value` (several for an operation
with several results). `RULES` has one for each operation of ATen that is known; what is not known,
and a known one in a form that its rule does not cover (`Unknown`), is measured instead.
"""

from invarsig.adapters.rules import along_axes, contractions, parts, pointwise, views, windows
from invarsig.adapters.rules.axes import Rule

__all__ = ["RULES", "Rule"]

RULES: dict[str, Rule] = {
    **pointwise.RULES,
    **along_axes.RULES,
    **contractions.RULES,
    **parts.RULES,
    **views.RULES,
    **windows.RULES,
}
"""The rule of each operation, by its name in ATen."""
