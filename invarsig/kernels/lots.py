"""Arrays taken lot by lot: what is made on the way to a result is small, however large it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

__all__ = ["in_lots"]

_LOT = 1 << 17
"""Values in a lot: 2 MiB of complex ones, and what is made of them."""


def in_lots(work: Callable[..., np.ndarray], given: Sequence[np.ndarray], out: np.ndarray) -> None:
    """Write what some work makes of lines along the last axis, of as many at once as fit a lot.

    Parameters
    ----------
    work
        Takes lines of each of the arrays, and makes the lines of the result.
    given
        Arrays of the same shape but for the last axis.
    out
        Where the results are written.

    Examples
    --------
    >>> out = np.empty((3, 2))
    >>> in_lots(lambda x: x[..., :2] + 1, [np.arange(9.0).reshape(3, 3)], out)
    >>> out.tolist()
    [[1.0, 2.0], [4.0, 5.0], [7.0, 8.0]]
    """
    size = max(out.size, *(each.size for each in given))
    if out.ndim < 2 or size <= _LOT:
        out[...] = work(*given)
        return
    some = max(len(out) * _LOT // size, 1)
    for first in range(0, len(out), some):
        lot = slice(first, first + some)
        if some == 1 and out.ndim > 2:
            in_lots(work, [each[first] for each in given], out[first])
        else:
            out[lot] = work(*(each[lot] for each in given))
