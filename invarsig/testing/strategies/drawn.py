"""A strategy made of a function that draws; hypothesis is imported when one is made."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from invarsig.errors import ParameterError

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Chance", "drawn"]

_Made = TypeVar("_Made")
_Options = ParamSpec("_Options")


class Chance:
    """Choices that hypothesis makes, and shrinks where a law fails.

    Parameters
    ----------
    draw
        As `hypothesis.strategies.composite` hands it over.
    """

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        self.draw = draw

    def one_of(self, choices: Any) -> Any:
        """Choose one of several; a failing law is shrunk toward the first."""
        from hypothesis import strategies as st

        return self.draw(st.sampled_from(list(choices)))

    def count(self, least: int, most: int) -> int:
        """Choose a whole number, both ends included."""
        from hypothesis import strategies as st

        return int(self.draw(st.integers(least, most)))

    def yes(self) -> bool:
        """Choose between yes and no; a failing law is shrunk toward no."""
        return bool(self.one_of([False, True]))

    def seed(self) -> int:
        """Choose a seed."""
        return self.count(0, 2**32 - 1)


def drawn(
    make: Callable[Concatenate[Chance, _Options], _Made],
) -> Callable[_Options, SearchStrategy[_Made]]:
    """Give the strategy whose values a function makes of chance.

    Raises
    ------
    ParameterError
        When the strategy is made, if hypothesis is not installed.
    """

    @wraps(make)
    def strategy(*args: _Options.args, **options: _Options.kwargs) -> SearchStrategy[_Made]:
        try:
            from hypothesis import strategies as st
        except ModuleNotFoundError as error:
            raise ParameterError(
                "Strategies need the package hypothesis, which is not installed; run "
                "pip install hypothesis, or pip install 'invarsig[test]'."
            ) from error

        def composed(draw: Callable[[Any], Any]) -> _Made:
            return make(Chance(draw), *args, **options)

        return st.composite(composed)()

    # Callers give the options, and hypothesis the chance.
    strategy.__annotations__ = {
        name: kind for name, kind in make.__annotations__.items() if name != "chance"
    }
    return strategy
