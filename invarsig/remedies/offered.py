"""Remedies of a pipeline as given: searched for, measured and ranked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Self

import xarray as xr

from invarsig import parameters
from invarsig.actions import Translate
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.leading import Beginnings
from invarsig.aliasing.moves_as_given import default_moves_as_given
from invarsig.aliasing.prepared_axis import PreparedAxis, dims_along
from invarsig.errors import ParameterError
from invarsig.measures.norms import Norm, usual_norm
from invarsig.operators import Operator
from invarsig.operators.base import require_operator
from invarsig.remedies.answers import answers, pictures_of
from invarsig.remedies.figures import (
    Measured,
    changed,
    helps,
    judge_alike,
    judge_anew,
    with_figures,
)
from invarsig.remedies.recommendation import ranked
from invarsig.remedies.remedy import Remedy, with_front
from invarsig.remedies.sought import seek

__all__ = ["Remedies", "remedies"]


def remedies(
    op: Operator,
    x: xr.DataArray,
    actions: Translate | Sequence[Translate] | None = None,
    *,
    target: float = -40.0,
    most: int | None = 6,
    first_stage: int = 1,
    pictures: xr.DataArray | Sequence[xr.DataArray] = (),
    splits: Mapping[Translate, xr.Dataset] = MappingProxyType({}),
    norm: Norm | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Remedies:
    """Try changes to each stage, on the signal as given, and rank those that help.

    Every remedy is a pipeline with the boundaries of the one that was given; it has been run on
    `x`, and its error is measured there as `check` and a report measure it: the worst of all the
    moves, rolled where that tells something and by two cuts where there are any. A roll by a whole
    multiple of the total stride along every dim is blind and tells nothing.

    Tried are, between a strided stage's dense form and its stride, a blur of 2 to 7 taps, a Kaiser
    low-pass, and, where the axes wrap, an ideal one and polyphase selection; half the stride, and
    for front ends half and a quarter of the hop; windows twice as wide; the stride of a complex
    bank behind the modulus that follows; and, where the axes wrap, nonlinearities between filters.
    If no single change reaches the target, the best ones are followed by one or two more, at other
    stages.

    A gain is of the signal that it was measured on. So it is told as a range as well, from parts of
    the results, which nine in ten other parts are expected in (`invarsig.remedies.gain_range`).
    Where the signal is long enough, the remedies are chosen on one half of it, and the gain on the
    other half is told as well. Along axes that wrap the gain is also predicted: from the lift of
    the pipeline without the change and the response of what is added, or, behind what is not
    linear, from a lift of its own. Where folding does not explain the pipeline (see
    `folding_explains`), predictions are of the folding part alone.

    Parameters
    ----------
    op
        Operator or pipeline.
    x
        Labelled array; its axes may wrap or end.
    actions
        The translations whose error should fall, along one dim or several at once. None for the
        usual ones, those of a report: a change that has other strides is judged at its own.
    target
        The wanted error in dB, of the worst move.
    most
        How many to give back; None for all.
    first_stage
        Number of the first stage, where `op` is the rest of a longer pipeline.
    pictures
        Inputs of a network, as a sequence or along one more dim: what each remedy does to the
        answer on these is `Remedy.answers`.
    splits
        Results of `causes` that are known, by move: changes to a network are tried at the nodes
        that make most of the worst move's error.
    norm
        What errors, and so gains, are relative to, as for `equivariance_error`.
    progress
        Called while the search goes on, with what it is at and the part of it that is done, 0 to 1.

    Returns
    -------
    tuple of Remedy
        Those whose worst error falls by at least 0.5 dB, and by more than the measuring limit,
        best first by the rule of `invarsig.remedies.recommend`;
        `Remedy.reaches` says which of them reach the target. Empty where nothing is wrong, and
        where all moves are blind.

    Raises
    ------
    ParameterError
        If no move is given, one is not a translation, or the target is not a finite number of
        decibels below 0.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=96, period=96.0), exponent=1.0, rng=1)
    >>> op, shifts = iv.MaxPool(window={"x": 4}), [iv.Translate(x=1), iv.Translate(x=3)]
    >>> best = iv.remedies(op, x, shifts)[0]
    >>> best.change, best.reaches
    ('put an ideal low-pass before the stride of stage 1, along x', True)
    >>> print(best.code.replace(" >> ", chr(10) + " >> "))
    (iv.MaxPool(window={'x': 4}, stride={'x': 1}, padding={'x': 0})
     >> iv.SpectralPool(stride={'x': 4}))

    On an axis that ends nothing that reaches over all of it is offered:

    >>> x = iv.power_law_noise(iv.Axis("x", size=512), exponent=1.0, rng=1)
    >>> best = iv.remedies(op, x, shifts)[0]
    >>> best.change, best.reaches
    ('put a Kaiser low-pass before the stride of stage 1, along x', True)
    """
    require_operator(op)
    norm = usual_norm(op, norm)
    parameters.decibels(target, "target", zero=False)
    moves = _usual(op, x) if actions is None else [move.on(x) for move in _checked(actions)]
    shown = pictures_of(pictures, x)
    sought = seek(
        op,
        x,
        [move for move in moves if set(move.shifts) <= set(x.dims)],
        target=target,
        most=most,
        first_stage=first_stage,
        splits=splits,
        norm=norm,
        progress=progress,
    )
    if not sought.remedies:
        return Remedies((), sought.refused)
    limit = 10 ** (target / 20)
    measured = _measured(op, x, moves, sought.remedies, limit, norm, usual=actions is None)
    made = ranked(with_front(measured), target, None)
    before = [op(each) for each in shown]
    answered = [replace(each, answers=answers(before, each.pipeline, shown)) for each in made]
    return Remedies(answered, sought.refused)


class Remedies(tuple[Remedy, ...]):  # noqa: SLOT001 -- a tuple has room for a name
    """Remedies, best first, and what was refused.

    Parameters
    ----------
    found
        The remedies.
    refused
        Sentences: which change cannot be made, and why.
    """

    refused: tuple[str, ...]

    def __new__(cls, found: Iterable[Remedy] = (), refused: Iterable[str] = ()) -> Self:
        """Make it."""
        made = super().__new__(cls, found)
        made.refused = tuple(refused)
        return made


def _measured(
    op: Operator,
    x: xr.DataArray,
    moves: Sequence[Translate],
    sought: Sequence[Remedy],
    limit: float,
    norm: Norm,
    *,
    usual: bool,
) -> list[Remedy]:
    """Those that help, with the figures that a report would give.

    One whose results agree only once the chosen samples are aligned keeps those of the search.
    """
    dims = list(dict.fromkeys(dim for move in moves for dim in move.shifts))
    given = AsGiven.of(op, x, dims, norm)
    before = Measured(given, tuple(given.judge(move) for move in moves))
    trials = [(each, None if each.aligned else changed(given, each.pipeline)) for each in sought]
    runs = [run for _, run in trials if run is not None]
    own = {run: default_moves_as_given(run.along) if usual else moves for run in runs}
    alike = [run for run in runs if own[run] == moves]
    beginnings = Beginnings.among([run.run for run in alike])
    rows = [judge_alike(alike, beginnings, each) for each in before.judged] if alike else []
    found = []
    for remedy, run in trials:
        if remedy.aligned:
            found.append(remedy)
        if run is None:
            continue
        if run in alike:
            told = [row[alike.index(run)] for row in rows]
        else:
            told = [judge_anew(run, move, before.judged) for move in own[run]]
        judged = tuple(each for each in told if each is not None)
        if len(judged) == len(told):
            found.append(with_figures(remedy, before, Measured(run, judged), limit))
    return [each for each in found if each.aligned or helps(each)]


def _checked(actions: Translate | Sequence[Translate]) -> list[Translate]:
    """The moves, if they are moves."""
    moves = list(actions) if isinstance(actions, Iterable) else [actions]
    if not moves:
        raise ParameterError("No shift is given to judge the remedies by.")
    for move in moves:
        if not isinstance(move, Translate):
            raise ParameterError(
                f"Remedies are for translations, not {move!r}; give one such as iv.Translate(x=1)."
            )
    return moves


def _usual(op: Operator, x: xr.DataArray) -> list[Translate]:
    """The moves of a report."""
    along = {dim: PreparedAxis.of(op, x, dim) for dim in dims_along(op, x, None)}
    return default_moves_as_given(along)
