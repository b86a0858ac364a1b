"""How many real multiplications the algorithms of the kernels take, from sizes alone.

A complex product is four of them. Comparisons of a maximum and terms of a plain sum count as if
they were multiplications; other additions accompany a multiplication, and factors that only scale a
transform can be merged into another one: neither is counted.

References
----------
Cooley & Tukey (1965), An algorithm for the machine calculation of complex Fourier series,
doi:10.1090/S0025-5718-1965-0178586-1. Oppenheim & Schafer, Discrete-time signal processing,
chapter 9.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["COMPLEX", "MIXED", "of_passes", "of_transform"]

COMPLEX = 4
"""Multiplications of a complex number by a complex one."""

MIXED = 2
"""Multiplications of a complex number by a real one."""


def of_transform(*sizes: int, real: bool = False) -> float:
    """Count those of a fast Fourier transform over axes of these sizes.

    The textbook's radix-2 count: ``(N / 2) log2 N`` butterflies with one complex multiplication
    each, so ``2 N log2 N`` real ones; half as many where the values before or after it are real. It
    is used for any N, a power of two or not.

    Examples
    --------
    >>> of_transform(8), of_transform(8, real=True), of_transform(4, 2)
    (48.0, 24.0, 48.0)
    """
    count = math.prod(sizes)
    return (1 if real else 2) * count * math.log2(max(count, 1))


def of_passes(before: Sequence[int], after: Sequence[int], windows: Sequence[int]) -> float:
    """Count those of windows that are weighted or reduced axis by axis.

    Parameters
    ----------
    before, after
        Sizes of the axes before and after, in the order in which the passes go.
    windows
        For each axis the number of samples in one window.

    Examples
    --------
    >>> of_passes([8, 8], [4, 4], [3, 3])  # 4 x 8 results of 3 samples, then 4 x 4
    144.0
    """
    return float(
        sum(
            window * math.prod(after[: place + 1]) * math.prod(before[place + 1 :])
            for place, window in enumerate(windows)
        )
    )
