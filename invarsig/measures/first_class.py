"""The class that comes first, and whether it stays so: counts on plain arrays of scores.

The measures of predictions along a sweep and the answers on a grid of shifts are made of these.
"""

from __future__ import annotations

import numpy as np

__all__ = ["agreement", "among_first", "change_of_first", "changed", "first_class"]


def first_class(scores: np.ndarray, axis: int = -1) -> np.ndarray:
    """Index of the highest score along an axis; NaN where one of the scores is NaN.

    Of equal scores the one with the lowest index comes first.

    Examples
    --------
    >>> first_class(np.array([[1.0, 3.0, 3.0], [np.nan, 1.0, 0.0]])).tolist()
    [1.0, nan]
    """
    gone = np.isnan(scores).any(axis=axis)
    return np.where(gone, np.nan, np.argmax(np.nan_to_num(scores), axis=axis))


def agreement(first: np.ndarray) -> np.ndarray:
    """Share of pairs of places, along the first axis, whose class is the same; NaN where one is.

    Examples
    --------
    >>> float(agreement(np.array([1.0, 1.0, 2.0])).round(3))
    0.333
    """
    count = len(first)
    same = sum(
        (first[place] == first[place + 1 :]).sum(axis=0, dtype=float) for place in range(count)
    )
    return np.where(np.isnan(first).any(axis=0), np.nan, same / (count * (count - 1) / 2))


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where one class differs from another, 0 or 1; NaN where one of both is.

    Examples
    --------
    >>> changed(np.array([1.0, 1.0, np.nan]), np.array([1.0, 2.0, 2.0])).tolist()
    [0.0, 1.0, nan]
    """
    return np.where(np.isnan(before) | np.isnan(after), np.nan, before != after)


def change_of_first(before: np.ndarray, after: np.ndarray, axis: int = -1) -> np.ndarray:
    """By how much the score of the class that came first before changes, without its sign.

    Examples
    --------
    >>> change_of_first(np.array([0.75, 0.25]), np.array([0.5, 0.5])).tolist()
    0.25
    """
    gone = np.isnan(before).any(axis=axis) | np.isnan(after).any(axis=axis)
    here = np.expand_dims(np.argmax(np.nan_to_num(before), axis=axis), axis)
    with np.errstate(invalid="ignore"):
        change = np.take_along_axis(after, here, axis) - np.take_along_axis(before, here, axis)
    return np.where(gone, np.nan, np.abs(np.squeeze(change, axis)))


def among_first(which: np.ndarray, scores: np.ndarray, count: int) -> np.ndarray:
    """Whether a class is among the first few along the last axis, 0 or 1; NaN where a score is.

    It is if fewer than `count` scores are higher: of equal ones all are among them.

    Examples
    --------
    >>> scores = np.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]])
    >>> among_first(np.array([1.0, 2.0]), scores, 2).tolist()
    [1.0, 0.0]
    """
    gone = np.isnan(which) | np.isnan(scores).any(axis=-1)
    own = np.take_along_axis(scores, np.nan_to_num(which).astype(int)[..., np.newaxis], -1)
    return np.where(gone, np.nan, (scores > own).sum(axis=-1) < count)
