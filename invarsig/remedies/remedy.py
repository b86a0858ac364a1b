"""A remedy: a changed pipeline, with what it gains and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from invarsig.errors import ParameterError
from invarsig.operators import Graph, Operator
from invarsig.operators.base import stages_of
from invarsig.remedies.answers import Answers
from invarsig.remedies.change_code import change_code

__all__ = ["ROUND_OFF", "Remedy", "decibels_gained", "with_front"]

ROUND_OFF = 1e-10
"""Below this error there is nothing to gain but other round-off."""


@dataclass(frozen=True)
class Remedy:
    """A rewritten pipeline, with what it gains and what it costs.

    Parameters
    ----------
    name
        What is changed, in a few words; of several changes, joined by "and".
    change
        What to do, in about ten words: "put a 5-tap blur before the stride of stage 3, along x".
    pipeline
        The pipeline with the change, with the boundaries of the one that was given, ready to use.
    changes
        The names of the single changes.
    stages
        The stages that change, counted from 1 in the pipeline that was given.
    before, after
        The worst relative equivariance error over the moves, without and with the change, as
        `invarsig.check` measures it.
    doubt
        The measuring limit of the two: a fall by no more than this says nothing of the change. NaN
        for results that are compared after alignment.
    rms, predicted
        With the change, root mean square over the moves: by rolling, and from a spectrum. The
        prediction is NaN where an axis ends.
    gain, gain_predicted
        Decibels that the root mean square falls by, measured and predicted.
    gain_low, gain_high
        Decibels between which the gain is expected on nine in ten other parts of the signal, as
        `invarsig.remedies.gain_range` has it; NaN where fewer than three parts tell. A remedy whose
        `gain_low` is not above 0 may not help on another part.
    worst_part
        The largest relative error over moves and parts of the signal, with the change; NaN where
        the output is too short for parts, or has lost the axis.
    held_out
        Decibels that it falls by on a part of the signal that had no say in which remedies were
        chosen; NaN where the signal is too short for that, or has no axis that ends.
    cost
        Multiplications, relative to the pipeline without the change, as `work` counts them. It is
        not time: between two pipelines processor time may differ from it by a factor of 2, where
        small windows of large pictures wait for memory.
    size
        Output size, relative to that without the change.
    output
        Sizes of the output, such as "51 x 51".
    reason
        Why it helps, and where it is exact.
    reaches
        Whether `after` is within the target.
    from_lift
        Whether the prediction needs only the lift of the unchanged pipeline and the response of
        what is added; otherwise it is from the lift of the pipeline with the change.
    lost
        Share of the band below the new Nyquist frequency that an added low-pass takes away; NaN
        where it is not known, as of wider windows.
    aligned
        Whether results are compared after whole-sample alignment.
    answers
        What the change does to a network's answers on the given pictures; None without any.
    best
        Whether no other remedy is as good in error, cost, output size and band, and better in one:
        the Pareto front.
    given
        The pipeline without the change; of a network `code` says what is replaced in it.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=96, period=96.0), exponent=1.0, rng=1)
    >>> best = iv.remedies(iv.MaxPool(window={"x": 4}), x, [iv.Translate(x=1)])[0]
    >>> isinstance(best, iv.Remedy), best.reaches
    (True, True)
    """

    name: str
    change: str
    pipeline: Operator
    changes: tuple[str, ...]
    stages: tuple[int, ...]
    before: float
    after: float
    rms: float
    gain: float
    cost: float
    size: float
    output: str
    reason: str
    reaches: bool
    doubt: float = np.nan
    gain_low: float = np.nan
    gain_high: float = np.nan
    worst_part: float = np.nan
    held_out: float = np.nan
    predicted: float = np.nan
    gain_predicted: float = np.nan
    from_lift: bool = False
    lost: float = 0.0
    aligned: bool = False
    answers: Answers | None = None
    best: bool = True
    given: Operator | None = field(default=None, compare=False, repr=False)

    @property
    def code(self) -> str:
        """The changed pipeline as Python, to be run after ``import invarsig as iv``.

        A network is not written out: statements make it of ``graph``, the one that was given
        (`invarsig.remedies.change_code`).
        """
        if isinstance(self.given, Graph) and isinstance(self.pipeline, Graph):
            return change_code(self.given, self.pipeline)
        stages = stages_of(self.pipeline)
        return repr(stages[0] if len(stages) == 1 else self.pipeline)

    def module(self) -> Any:
        """The changed network as a ``torch.nn.Module``: the given one with the change in place.

        It shares its parameters with the original one, and has the keys of its ``state_dict``.

        Raises
        ------
        ParameterError
            If the pipeline does not come from `invarsig.from_torch`, or the change cannot be made
            in the module; the message says why.
        """
        make = getattr(self.pipeline, "module", None)
        if make is None:
            raise ParameterError(
                "Only what comes from iv.from_torch can be given back as a torch.nn.Module; use "
                "remedy.pipeline."
            )
        return make()


def decibels_gained(before: float, after: float) -> float:
    """Decibels from one error down to another, counted to the round-off."""
    return 20 * float(np.log10(max(before, 1e-300) / max(after, 1e-16)))


def with_front(found: Sequence[Remedy]) -> list[Remedy]:
    """Say of each remedy whether it is on the Pareto front."""

    def price(remedy: Remedy) -> np.ndarray:
        error = max(remedy.rms, ROUND_OFF)
        lost = 1.0 if np.isnan(remedy.lost) else remedy.lost
        return np.array([error, remedy.cost, remedy.size, lost])

    prices = [price(remedy) for remedy in found]
    beaten = [
        any((other <= own).all() and (other < own).any() for other in prices) for own in prices
    ]
    return [replace(each, best=not worse) for each, worse in zip(found, beaten, strict=True)]
