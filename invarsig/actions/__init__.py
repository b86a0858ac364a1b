"""Actions: what is done to a signal before, and to the result after, an operator."""

from invarsig.actions.base import Action
from invarsig.actions.translation import Translate

__all__ = ["Action", "Translate"]
