"""How far a move may go: where a change that grows with it first reaches a level."""

from __future__ import annotations

import numpy as np

__all__ = ["invariance_range"]


def invariance_range(moves: np.ndarray, change: np.ndarray, level: float) -> float:
    """Find where a change first reaches a level, on the line between its points from (0, 0) on.

    Parameters
    ----------
    moves
        How far each move goes, rising, above 0.
    change
        The change after each.
    level
        The level; a change that never reaches it has the largest move as its range.

    Returns
    -------
    float
        In the unit of the moves.

    Examples
    --------
    >>> import numpy as np
    >>> invariance_range(np.array([1.0, 2.0, 4.0]), np.array([0.2, 0.4, 0.6]), 0.5)
    3.0
    >>> invariance_range(np.array([1.0, 2.0, 4.0]), np.array([0.2, 0.4, 0.6]), 0.8)
    4.0
    """
    places = np.concatenate([[0.0], moves])
    values = np.concatenate([[0.0], change])
    reached = np.flatnonzero(values >= level)
    if reached.size == 0:
        return float(places[-1])
    k = max(int(reached[0]), 1)
    part = (level - values[k - 1]) / (values[k] - values[k - 1])
    return float(places[k - 1] + part * (places[k] - places[k - 1]))
