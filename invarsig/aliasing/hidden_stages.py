"""Hidden stages: those that change the rate, and can make no error at a move, however much folds.

A stage with a stride commutes with a move by a whole number of its own steps: what it folds there
does not show. Of such a move's error it has no share, though at another move it may have the
largest. So an error is split at a move at which no stage is hidden, where one has been judged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.judged import Judged
from invarsig.aliasing.units import units_of
from invarsig.axes import Axes
from invarsig.kernels.interpolation import is_whole
from invarsig.operators import Join, Operator

__all__ = ["RateChanges", "most_telling"]


@dataclass(frozen=True)
class RateChanges:
    """For each stage that changes a rate the moves that it commutes with.

    Parameters
    ----------
    steps
        Stage, counted from 0; dim; and the length, in the unit of the axis, of which the stage
        commutes with every whole multiple.
    """

    steps: tuple[tuple[int, str, float], ...]

    @classmethod
    def of(cls, op: Operator, x: xr.DataArray, dims: Sequence[str]) -> RateChanges:
        """Those of a pipeline or graph along some dims; nothing is run.

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([1.0, 4.0, 2.0, 0.0, 1.0, 3.0, 2.0, 5.0], "x")
        >>> op = iv.Subsample(stride={"x": 2}) >> iv.Relu() >> iv.MaxPool(window={"x": 2})
        >>> changes = RateChanges.of(op, x, ["x"])
        >>> changes.steps
        ((0, 'x', 2.0), (2, 'x', 4.0))
        >>> [changes.hidden(iv.Translate(x=shift)) for shift in (1.0, 2.0, 4.0)]
        [(), (0,), (0, 2)]
        """
        axes, found = [Axes.of(x)], []
        for unit in units_of(op):
            inputs = [axes[k] for k in unit.inputs]
            if isinstance(unit.op, Join):
                axes.append(unit.op.after(inputs))
                continue
            plan = unit.op.plan(inputs[0])
            axes.append(plan.after(inputs[0]))
            for dim in dims:
                whole = plan.whole_shift_along(dim)
                changes = whole > 1 or plan.stride_along(dim) != 1
                if changes and dim in inputs[0] and inputs[0].placed(dim):
                    found.append((unit.stage, dim, whole * abs(inputs[0][dim].step)))
        return cls(tuple(found))

    def hidden(self, move: Translate) -> tuple[int, ...]:
        """Stages that a move hides, counted from 0: along any dim it is a whole number of steps."""
        return tuple(
            sorted(
                {
                    stage
                    for stage, dim, length in self.steps
                    if move.shifts.get(dim) and is_whole(move.shifts[dim] / length)
                }
            )
        )


def most_telling(
    changes: RateChanges,
    judged: Sequence[Judged],
    each: Judged,
    error: Callable[[Judged], float],
    limit: float,
) -> Judged:
    """The move to split an error at: one that hides fewest stages, and of those the worst.

    Parameters
    ----------
    changes
        What changes the rate along the dims that are moved along.
    judged
        All moves that were judged; those along other dims than `each`, and blind ones, are left
        out.
    each
        The move whose error is to be explained; it stays where no other one hides less.
    error
        The error of a move, NaN where there is none to be compared.
    limit
        An error up to this one is rounding, which cannot be split.
    """
    dims = set(each.move.shifts)
    others = [
        one
        for one in judged
        if set(one.move.shifts) == dims and not one.blind and error(one) > limit
    ]
    fewest = min([each, *others], key=lambda one: (len(changes.hidden(one.move)), -error(one)))
    same = len(changes.hidden(fewest.move)) == len(changes.hidden(each.move))
    return each if same else fewest
