"""The grade of a claim: what follows from its primary effect alone, and Holm's rule over many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal

import numpy as np

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
    """Adjust probabilities for many looks, step by step from the smallest.

    ``p'_(k) = max_(j <= k) min(1, (m - j + 1) p_(j))``: the chance that any of m effects is put on
    a side of its limit by luck stays below 5 % where those with p' below 0.05 are.

    Examples
    --------
    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'c': 0.06, 'b': 0.06}

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of
    Statistics 6.
    """
    names = sorted(chances, key=lambda name: chances[name])
    adjusted = [(len(names) - k) * chances[name] for k, name in enumerate(names)]
    rising = np.minimum(1.0, np.maximum.accumulate(adjusted)) if names else []
    return dict(zip(names, (float(each) for each in rising), strict=True))


def holm_of(
    primaries: Mapping[str, tuple[Effect, Effect | None]],
) -> dict[str, tuple[Effect, Effect | None]]:
    """Correct the primary effects of many claims for one another.

    What no longer stands out becomes "unclear"; values and intervals stay. The effects within the
    limits count as further looks.

    Parameters
    ----------
    primaries
        For each claim its primary effect, and the same within the limits.
    """
    looks = {
        f"{name}/{place}": effect.p
        for name, pair in primaries.items()
        for place, effect in enumerate(pair)
        if effect is not None
    }
    chances = holm(looks)

    def corrected(name: str, place: int, effect: Effect | None) -> Effect | None:
        if effect is None:
            return None
        p = chances[f"{name}/{place}"]
        return replace(effect, p=p, met=effect.met if p <= 0.05 else "unclear")

    return {
        name: tuple(corrected(name, place, each) for place, each in enumerate(pair))
        for name, pair in primaries.items()
    }  # type: ignore[return-value]
