"""The moves that a pipeline as given is judged at, where none are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from invarsig.actions import Translate
from invarsig.aliasing.prepared_axis import PreparedAxis

__all__ = ["default_moves_as_given"]

# In total strides: not near any fraction with a small denominator.
_FRACTIONS = (0.37, 0.61)

# Number of whole shifts, spread over one total stride, at which the pipeline as given is tried.
_WHOLE = 4


def default_moves_as_given(
    along: Mapping[str, PreparedAxis], shifts: Mapping[str, Sequence[float]] | None = None
) -> list[Translate]:
    """Moves along each dim, and along all of them at once.

    Along each: whole shifts spread over one total stride, half of it, two incommensurate ones, and
    the stride itself. Jointly: half a stride, an incommensurate part, and the stride, along all.

    Parameters
    ----------
    along
        The dims.
    shifts
        Lengths by dim, in its unit, instead. Jointly the k-th of each are taken together.
    """
    lengths: dict[str, list[float]] = {}
    joint: dict[str, list[float]] = {}
    for dim, each in along.items():
        step, stride = abs(each.axis.step), each.stride
        if shifts is not None and dim in shifts:
            lengths[dim] = joint[dim] = [float(length) for length in shifts[dim]]
            continue
        whole = np.unique(np.linspace(1, stride, min(stride, _WHOLE)).round())
        parts = {*whole.tolist(), 0.5 * stride, *(part * stride for part in _FRACTIONS)}
        lengths[dim] = [samples * step for samples in sorted(parts)]
        joint[dim] = [part * stride * step for part in (0.5, _FRACTIONS[1], 1.0)]
    moves = [Translate({dim: by}) for dim, several in lengths.items() for by in several if by]
    if len(along) > 1:
        together = zip(*joint.values(), strict=False)
        moves += [Translate(dict(zip(joint, each, strict=True))) for each in together if all(each)]
    return moves
