"""Remedies: changes to a pipeline that lessen what folds, each predicted and verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing import predict_error
from invarsig.axes import Axes
from invarsig.errors import InvarsigError, ParameterError
from invarsig.measures import equivariance_error
from invarsig.operators import BlurPool, Operator, Pipeline, SpectralPool
from invarsig.operators.base import require_operator, stages_of

__all__ = ["Remedy", "remedies", "work"]


@dataclass(frozen=True)
class Remedy:
    """A rewritten pipeline, with what it gains and what it costs.

    Parameters
    ----------
    name
        What is changed, in a few words.
    pipeline
        The pipeline with the change, ready to use.
    predicted, measured
        Relative equivariance error, root mean square over the given shifts: from the spectrum of
        the rewritten pipeline's lift, and by shifting.
    gain, gain_predicted
        Decibels below the pipeline as it is, measured and predicted.
    cost
        Multiplications, relative to the pipeline as it is.
    size
        Output size, relative to the pipeline as it is.
    reason
        Why it helps, and where it is exact.
    """

    name: str
    pipeline: Operator
    predicted: float
    measured: float
    gain: float
    gain_predicted: float
    cost: float
    size: float
    reason: str


# Below this error there is nothing to gain but other round-off.
_ROUND_OFF = 1e-10


def work(op: Operator, x: xr.DataArray) -> float:
    """Count the multiplications of an operator: outputs times the inputs that go into each.

    Examples
    --------
    >>> import invarsig as iv
    >>> work(iv.MeanPool(window={"x": 2}), iv.label([1.0, 2.0, 3.0, 4.0], "x"))
    4.0
    """
    axes, total = Axes.of(x), 0.0
    for stage in stages_of(op):
        plan = stage.plan(axes)
        axes = plan.after(axes)
        total += plan.taps * float(
            np.prod([axes[dim].size if _sized(axes, dim) else 1 for dim in axes])
        )
    return total


def _sized(axes: Axes, dim: str) -> bool:
    try:
        return axes[dim].size > 0
    except InvarsigError:
        return False


def remedies(
    op: Operator,
    x: xr.DataArray,
    actions: Translate | Sequence[Translate],
    *,
    most: int = 6,
) -> tuple[Remedy, ...]:
    """Try changes to each strided stage, and rank those that help.

    Each is judged by the root mean square of its error over all the shifts given. One shift alone
    may be blind: half a stride of 4 is exact at 2 samples, and nowhere in between.

    Tried are a blur of 3, 5 and 7 taps and an ideal low-pass between a stage's dense form and its
    stride, half the stride, and for front ends half and a quarter of the hop.

    Parameters
    ----------
    op
        Operator or pipeline.
    x
        Labelled array, periodic along the dims that are moved along.
    actions
        The translations whose error should fall, along the same dims.
    most
        How many to give back.

    Returns
    -------
    tuple of Remedy
        Those that gain at least 0.5 dB, best gain first.

    Raises
    ------
    AxisError
        If an axis is not periodic.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, period=64.0), exponent=1.0, rng=1)
    >>> shifts = [iv.Translate(x=1), iv.Translate(x=3)]
    >>> best = iv.remedies(iv.MaxPool(window={"x": 4}), x, shifts)[0]
    >>> best.name, best.measured < 1e-12
    ('ideal low-pass before the stride of MaxPool(x: 4)', True)
    """
    moves = [actions] if isinstance(actions, Translate) else list(actions)
    if not moves:
        raise ParameterError("No shift is given to judge the remedies by.")
    dims = tuple(dict.fromkeys(dim for move in moves for dim in move.required))
    require_operator(op)
    before, guess = _rms(equivariance_error(op, x, moves)), _rms(predict_error(op, x, moves))
    if not before > _ROUND_OFF:
        return ()
    own_work, own_size = work(op, x), op(x).size
    found = []
    for name, changed, reason in _candidates(op, x, dims):
        try:
            measured = _rms(equivariance_error(changed, x, moves))
            predicted = _rms(predict_error(changed, x, moves))
            size = changed(x).size / own_size
        except InvarsigError:
            continue  # The change does not fit this signal: a shorter axis, say.
        gain, gain_predicted = _gain(before, measured), _gain(guess, predicted)
        if gain >= 0.5:
            cost = work(changed, x) / own_work
            found.append(
                Remedy(name, changed, predicted, measured, gain, gain_predicted, cost, size, reason)
            )
    return tuple(sorted(found, key=lambda remedy: -remedy.gain)[:most])


def _rms(errors: xr.DataArray) -> float:
    return float(np.sqrt((errors**2).mean(skipna=False)))


def _gain(before: float, after: float) -> float:
    """Decibels, counted down to the round-off."""
    return 20 * float(np.log10(max(before, 1e-300) / max(after, 1e-16)))


def _candidates(
    op: Operator, x: xr.DataArray, dims: Sequence[str]
) -> Iterator[tuple[str, Operator, str]]:
    stages = stages_of(op)
    axes = Axes.of(x)
    for place, stage in enumerate(stages):
        plan = stage.plan(axes)
        strides = {dim: by for dim, by in plan.stride.items() if by > 1 and dim in dims}
        axes = plan.after(axes)
        if not strides:
            continue
        # Blur and ideal low-pass are made for signals around 0, not around a centre frequency.
        complex_valued = bool(plan.coords) and any(
            str(c).endswith("_center_frequency") for c in plan.coords
        )
        for name, parts, reason in _instead(stage, strides, low_pass=not complex_valued):
            yield name, Pipeline((*stages[:place], *parts, *stages[place + 1 :])), reason


def _instead(
    stage: Operator, strides: dict[str, int], *, low_pass: bool
) -> Iterator[tuple[str, tuple[Operator, ...], str]]:
    """What could stand in the place of one strided stage."""
    for divisor in (2, 4) if stage.front_end else (2,):
        if all(by % divisor == 0 for by in strides.values()):
            finer = stage.restrided({dim: by // divisor for dim, by in strides.items()})
            part = {2: "half", 4: "a quarter of"}[divisor]
            what = "hop" if stage.front_end else "stride"
            if finer is not None:
                yield (
                    f"{part} the {what} of {stage}",
                    (finer,),
                    "fewer frequencies fold, and the output is larger",
                )
    dense = None if stage.front_end or not low_pass else stage.restrided(dict.fromkeys(strides, 1))
    if dense is None:
        return
    for taps in (3, 5, 7):
        blur = BlurPool(taps=taps, stride=strides)
        yield (
            f"{taps}-tap blur before the stride of {stage}",
            (dense, blur),
            "the blur damps what would fold, and some of what would not",
        )
    yield (
        f"ideal low-pass before the stride of {stage}",
        (dense, SpectralPool(stride=strides)),
        "nothing folds at this stage; it reaches over the whole axis: exact on periodic axes only",
    )
