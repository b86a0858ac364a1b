"""Checks for operators, actions and pipelines: for this package's tests, and for yours.

`assert_equivariant` is for a test that fails when a pipeline becomes shift-sensitive.
`check_operator` and `check_action` check the laws that every operator and action keeps;
`public_operators` and `public_actions` find the classes automatically. `strategies` draws random
arrays and pipelines for laws of your own.
"""

from invarsig.testing import strategies
from invarsig.testing.action_laws import check_action
from invarsig.testing.assertion import assert_equivariant
from invarsig.testing.discovery import examples_of, public_actions, public_operators
from invarsig.testing.operator_laws import check_operator

__all__ = [
    "assert_equivariant",
    "check_action",
    "check_operator",
    "examples_of",
    "public_actions",
    "public_operators",
    "strategies",
]
