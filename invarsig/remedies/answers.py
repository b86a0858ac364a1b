"""What a change does to the answer of a network: its logits, its first class, how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.axes import require_labels
from invarsig.errors import AxisError, DtypeError, InvarsigError
from invarsig.operators import Operator

__all__ = ["Answers", "answers", "compared", "pictures_of"]

# Below this an error is rounding, in single precision: such a repair is called exact.
_EXACT = 1e-5


@dataclass(frozen=True, eq=False)
class Answers:
    """What a changed network answers, next to the original one, on some pictures.

    Parameters
    ----------
    change
        For each picture the relative change of the logits,
        ``||after - before|| / ||before - mean before||``.
    agree
        For each picture the share of places at which the first class is the original one: 0 or 1
        where there is one answer for all of the picture.
    before, after
        For each picture how sure either one is of the original's first class: its softmax, on
        average over the places.
    """

    change: np.ndarray
    agree: np.ndarray
    before: np.ndarray
    after: np.ndarray

    @property
    def changed(self) -> int:
        """On how many pictures the answer changes, anywhere."""
        return int((self.agree < 1).sum())

    def said(self, error: float) -> str:
        """What the change costs, in words.

        Parameters
        ----------
        error
            The error that the change leaves.

        Examples
        --------
        >>> import numpy as np
        >>> found = Answers(np.array([0.1, 0.9]), np.array([1, 0]), np.ones(2), np.full(2, 0.25))
        >>> found.said(1e-9)[:53]
        'Exact, but the answer on 1 of 2 pictures changes; it '
        """
        count = len(self.agree)
        sure = (
            f"it is {_percent(self.after)} sure of the original answer "
            f"({_percent(self.before)} before)"
        )
        if not self.changed:
            kept = "the picture" if count == 1 else f"all {count} pictures"
            return f"The answer on {kept} stays the same; {sure}."
        exact = error <= _EXACT
        opening = "Exact, but the answer" if exact else "The answer"
        where = "the picture" if count == 1 else f"{self.changed} of {count} pictures"
        return f"{opening} on {where} changes; {sure}."


def _percent(shares: np.ndarray) -> str:
    return f"{100 * float(shares.mean()):.2g} %"


def pictures_of(
    pictures: xr.DataArray | Sequence[xr.DataArray], like: xr.DataArray
) -> list[xr.DataArray]:
    """Single pictures, of a sequence or of an array with one dim more than the input.

    Raises
    ------
    AxisError
        If they have other dims than the input.
    """
    if isinstance(pictures, xr.DataArray):
        more = [str(dim) for dim in pictures.dims if dim not in like.dims]
        if len(more) > 1:
            raise AxisError(
                f"The pictures have the dims {', '.join(map(repr, more))} besides those of the "
                "input; give one more dim, which counts them."
            )
        several = (
            [pictures.isel({more[0]: k}) for k in range(pictures.sizes[more[0]])]
            if more
            else [pictures]
        )
    else:
        several = list(pictures)
    for each in several:
        require_labels(each, "pictures")
        if set(each.dims) != set(like.dims):
            raise AxisError(
                f"A picture has the dims {', '.join(map(repr, each.dims))}, and the input "
                f"{', '.join(map(repr, like.dims))}."
            )
        if each.dtype.kind != "f":
            raise DtypeError(f"A picture is {each.dtype}; convert it by astype('float32').")
    return several


def answers(
    before: Sequence[xr.DataArray], op: Operator, pictures: Sequence[xr.DataArray]
) -> Answers | None:
    """Compare what a changed network answers with what the original one did.

    Parameters
    ----------
    before
        The original's result for each picture: logits along "channel", or along the last dim.
    op
        The changed network.
    pictures
        The pictures.

    Returns
    -------
    Answers or None
        None where the results cannot be compared, since the changed ones have another size.
    """
    try:
        return compared(before, [op(picture) for picture in pictures])
    except InvarsigError:
        return None


def compared(before: Sequence[xr.DataArray], after: Sequence[xr.DataArray]) -> Answers | None:
    """Compare logits of two networks, picture by picture; None where there is nothing to compare.

    Examples
    --------
    >>> import invarsig as iv
    >>> found = compared([iv.label([1.0, 0.0], "channel")], [iv.label([0.0, 1.0], "channel")])
    >>> found.changed, found.after.round(2)
    (1, array([0.27]))
    """
    rows = list(_rows(before, after))
    if not rows or len(rows) < len(before):
        return None
    return Answers(*(np.array(column) for column in zip(*rows, strict=True)))


def _rows(
    before: Sequence[xr.DataArray], after: Sequence[xr.DataArray]
) -> Iterator[tuple[float, float, float, float]]:
    for old, new in zip(before, after, strict=True):
        if dict(new.sizes) != dict(old.sizes):
            return
        dim = "channel" if "channel" in old.dims else str(old.dims[-1])
        own, other = (z.transpose(..., dim).to_numpy() for z in (old, new))
        first = own.argmax(axis=-1)[..., np.newaxis]
        whole = float(np.linalg.norm(own - own.mean())) or 1.0
        sure = [np.take_along_axis(_softmax(z), first, -1).mean() for z in (own, other)]
        same = other.argmax(axis=-1)[..., np.newaxis] == first
        change = float(np.linalg.norm(other - own)) / whole
        yield change, float(same.mean()), float(sure[0]), float(sure[1])


def _softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
