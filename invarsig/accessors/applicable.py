"""What may be applied to a signal."""

from __future__ import annotations

from typing import Any

__all__ = ["require_applicable"]


def require_applicable(op: Any) -> None:
    """Refuse what is not an operator, such as a function: it would be called on the array."""
    from invarsig.operators.base import require_operator

    if not getattr(type(op), "many_rates", False):
        require_operator(op)
