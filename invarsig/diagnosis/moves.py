"""Moves of a gate: judged as given, and grouped by what moves together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from invarsig.actions import Translate
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.judged import Judged
from invarsig.axes import Axis, prefixed
from invarsig.diagnosis.side_by_side import Part, Progress, at_once, side_by_side
from invarsig.errors import UndecidableError
from invarsig.measures.norms import norm_in_words

__all__ = [
    "blind_words",
    "judged_together",
    "length_words",
    "named",
    "relative_words",
    "require_defined",
]


def judged_together(
    given: AsGiven, moves: Sequence[Translate], tell: Progress
) -> dict[tuple[str, ...], list[Judged]]:
    """Judge moves, by the dims that each moves along: one dim, or several at once."""
    _ = given.limit  # Once, and not once in each thread.
    tell("moves as given", 0.0)
    parts = [Part("moves as given", partial(given.judge, move)) for move in moves]
    found: dict[tuple[str, ...], list[Judged]] = {}
    for each in side_by_side(parts, at_once(given.op), tell):
        found.setdefault(tuple(each.move.shifts), []).append(each)
    return found


def named(dims: Sequence[str]) -> str:
    """Dims, as a sentence names them."""
    return " and ".join(dims)


def length_words(given: AsGiven, move: Translate) -> str:
    """How far a move goes.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.ones((4, 4)), iv.Axis("y", unit="px"), iv.Axis("x", unit="px"))
    >>> given = AsGiven.of(iv.Relu(), x, ["y", "x"])
    >>> length_words(given, iv.Translate(x=1)), length_words(given, iv.Translate(y=1, x=2))
    ('1 px', '1 px along y and 2 px along x')
    """
    several = len(move.shifts) > 1
    return " and ".join(
        _said(given.along[dim].axis, length) + (f" along {dim}" if several else "")
        for dim, length in move.shifts.items()
    )


def _said(axis: Axis, length: float) -> str:
    """A length in the unit that the page writes it in."""
    factor, unit = prefixed(length, axis.length_unit)
    return axis.in_words(length, 4) if factor == 1 else f"{length * factor:.4g} {unit}"


def relative_words(given: AsGiven, dims: Sequence[str]) -> str:
    """What errors of moves along some dims are relative to, as a sentence."""
    return f"Errors are relative to {norm_in_words(given.norm, given.y, dims)}."


def blind_words(given: AsGiven, dims: Sequence[str]) -> str:
    """Why moves by whole total strides tell nothing, and which ones would."""
    strides, halves = [], []
    for dim in dims:
        axis, stride = given.along[dim].axis, given.along[dim].stride
        if not given.along[dim].hides:
            continue
        along, length = f" along {dim}" if len(dims) > 1 else "", stride * abs(axis.step)
        samples = "1 sample" if stride == 1 else f"{stride} samples"
        strides.append(f"{samples} ({_said(axis, length)}){along}")
        halves.append(f"{_said(axis, length / 2)}{along}")
    return (
        f"tells nothing: every shift given is a whole multiple of the total stride of "
        f"{' and '.join(strides)}, where striding makes no error. Give one that is not, such as "
        f"half a stride, {' and '.join(halves)}"
    )


def require_defined(dims: Sequence[str], undefined: bool) -> None:
    """Raise where an error is undefined."""
    if undefined:
        raise UndecidableError(
            f"Along {' and '.join(map(repr, dims))} the error is undefined: the output holds NaN, "
            "or has no energy. Cut out a part without missing values, or fill them first "
            f"(x.interpolate_na({dims[0]!r}), x.fillna(...)); a silent or constant input says "
            "nothing."
        )
