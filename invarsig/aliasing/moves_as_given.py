"""The moves that a pipeline as given is judged at, where none are asked for."""

from __future__ import annotations

import math
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

    Along each: whole shifts spread over one total stride, half of it, two parts that no inner
    stride divides, and the stride itself. Jointly: half a stride, one such part, and the stride,
    along all.

    A signal that ends is known at its samples alone: in between it is interpolated, and an error
    there is partly the interpolation's. So along an axis that ends all moves are whole samples, if
    the stride is more than one. Where it is one, only parts of a sample can tell anything; along
    a periodic axis they are exact.

    Parameters
    ----------
    along
        The dims.
    shifts
        Lengths by dim, in its unit, instead. Jointly the k-th of each are taken together.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x, op = iv.label(np.zeros(90), "x"), iv.Subsample(stride={"x": 9})
    >>> moves = default_moves_as_given({"x": PreparedAxis.of(op, x, "x")})
    >>> [float(move.shifts["x"]) for move in moves]
    [1.0, 4.0, 5.0, 6.0, 9.0]
    """
    lengths: dict[str, list[float]] = {}
    joint: dict[str, list[float]] = {}
    for dim, each in along.items():
        step, stride = abs(each.axis.step), each.stride
        if shifts is not None and dim in shifts:
            lengths[dim] = joint[dim] = [float(length) for length in shifts[dim]]
            continue
        half, *parts = _parts(each)
        whole = np.unique(np.linspace(1, stride, min(stride, _WHOLE)).round())
        every = sorted({*whole.tolist(), half, *parts})
        lengths[dim] = [samples * step for samples in every]
        joint[dim] = [samples * step for samples in (half, parts[-1], float(stride))]
    moves = [Translate({dim: by}) for dim, several in lengths.items() for by in several if by]
    if len(along) > 1:
        together = zip(*joint.values(), strict=False)
        moves += [Translate(dict(zip(joint, each, strict=True))) for each in together if all(each)]
    return moves


def _parts(each: PreparedAxis) -> list[float]:
    """Half a stride, and parts of one that are not near a fraction with a small denominator."""
    stride = each.stride
    parts = [0.5 * stride, *(part * stride for part in _FRACTIONS)]
    if each.axis.periodic or stride == 1:
        return parts
    half, *others = parts
    return [float(math.floor(half + 0.5)), *(_nearest_coprime(part, stride) for part in others)]


def _nearest_coprime(samples: float, stride: int) -> float:
    """The nearest whole number of samples that is no multiple of a stride within the total one."""
    able = [k for k in range(1, stride) if math.gcd(k, stride) == 1]
    return float(min(able, key=lambda k: abs(k - samples)))
