"""The grade of a claim: what follows from its primary effect alone, and Holm's rule over many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal

from invarsig.errors import ParameterError
from invarsig.experiments.effects import Effect

__all__ = ["GRADES", "Grade", "grade", "holm", "holm_of"]

Grade = Literal[
    "true", "true within limits", "undecided by these data", "false within limits", "false"
]
"""What an experiment says of its claim."""

GRADES: Final[tuple[Grade, ...]] = (
    "true", "true within limits", "undecided by these data", "false within limits", "false",
)  # fmt: skip

# By whether the primary effect keeps its limits over all that the claim's words cover, and within
# the limits that were declared.
_TABLE: Final[dict[tuple[str, str], Grade]] = {
    ("yes", "yes"): "true",
    ("yes", "unclear"): "true",
    ("yes", "no"): "undecided by these data",  # the two contradict each other
    ("unclear", "yes"): "true within limits",
    ("unclear", "unclear"): "undecided by these data",
    ("unclear", "no"): "false within limits",
    ("no", "yes"): "true within limits",
    ("no", "unclear"): "false within limits",
    ("no", "no"): "false",
}
_LEVEL: Final = 0.05
_ALONE: Final[dict[str, Grade]] = {
    "yes": "true", "unclear": "undecided by these data", "no": "false",
}  # fmt: skip


def grade(primary: Effect, limited: Effect | None = None) -> Grade:
    """Grade a claim by its primary effect, and by the same within the limits that were declared.

    Parameters
    ----------
    primary
        The effect over all that the claim's words cover, with what is expected of it.
    limited
        The same effect within the limits; None where none were declared.

    Raises
    ------
    ParameterError
        If nothing is expected of an effect.

    Examples
    --------
    >>> primary = Effect("change", "1", 0.6, 0.55, 0.65, 11, "pictures", "below 0.5", "no")
    >>> inside = Effect("change, small", "1", 0.3, 0.2, 0.4, 11, "pictures", "below 0.5", "yes")
    >>> grade(primary), grade(primary, inside)
    ('false', 'true within limits')
    """
    for effect in (primary, limited):
        if effect is not None and not effect.met:
            raise ParameterError(f"Nothing is expected of {effect.name!r}; declare it in expects.")
    if limited is None:
        return _ALONE[primary.met]
    return _TABLE[primary.met, limited.met]


def holm(chances: Mapping[str, float]) -> dict[str, float]:
    """Correct probabilities for the number of looks, step by step from the smallest.

    ``p'_(k) = max_(j <= k) min(1, (m - j + 1) p_(j))``: where those below 0.05 are decided, the
    chance that any of m is decided by luck stays below 5 %, the side that it is put on included.

    Examples
    --------
    >>> {name: round(p, 3) for name, p in holm({"a": 0.01, "b": 0.04, "c": 0.03}).items()}
    {'a': 0.03, 'c': 0.06, 'b': 0.06}

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of
    Statistics 6.
    Shaffer (1980), Control of directional errors with stagewise multiple test procedures,
    doi:10.1214/aos/1176345202.
    """
    highest, found = 0.0, {}
    for k, name in enumerate(sorted(chances, key=lambda name: chances[name])):
        highest = max(highest, min(1.0, (len(chances) - k) * chances[name]))
        found[name] = highest
    return found


def holm_of(
    primaries: Mapping[str, tuple[Effect, Effect | None]],
) -> dict[str, tuple[Effect, Effect | None]]:
    """Correct the primary effects of many claims for one another.

    What no longer stands out becomes "unclear"; values and intervals stay. The effects within the
    limits are looks as well.

    Parameters
    ----------
    primaries
        For each claim its primary effect, and the same within the limits.

    Returns
    -------
    dict
        The same with corrected ``p`` and ``met``.
    """
    looks = {
        f"{name}/{place}": effect
        for name, pair in primaries.items()
        for place, effect in enumerate(pair)
        if effect is not None
    }
    chances = holm({name: effect.p for name, effect in looks.items()})
    corrected = {
        name: replace(
            effect,
            p=chances[name],
            met=effect.met if chances[name] <= _LEVEL else "unclear",
        )
        for name, effect in looks.items()
    }
    return {name: (corrected[f"{name}/0"], corrected.get(f"{name}/1")) for name in primaries}
