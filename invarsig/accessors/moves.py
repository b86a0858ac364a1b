"""Moves by their names, which arrays and Datasets share: each makes an action and applies it."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import xarray as xr

if TYPE_CHECKING:
    from invarsig.actions import Action
    from invarsig.axes import LengthLike

__all__ = ["Moves"]

Moved = TypeVar("Moved", xr.DataArray, xr.Dataset)

_PLANE = ("y", "x")


class Moves(abc.ABC, Generic[Moved]):
    """Moves of whatever `move` moves, by the name of each.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([1.0, 2.0, 3.0], "x")
    >>> x.iv.flip("x").values.tolist(), x.to_dataset(name="a").iv.flip("x").a.values.tolist()
    ([3.0, 2.0, 1.0], [3.0, 2.0, 1.0])
    """

    @abc.abstractmethod
    def move(self, action: Action) -> Moved:
        """Move by any action."""

    @abc.abstractmethod
    def _over(self, dims: Sequence[str]) -> xr.DataArray:
        """An array on the grid of those dims."""

    def translate(
        self,
        lengths: Mapping[str, LengthLike] | None = None,
        /,
        *,
        boundary: Any = None,
        **more: LengthLike,
    ) -> Moved:
        """Translate (`Translate`) by lengths: numbers in the axis' unit, "10 ms", durations.

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([1.0, 2.0, 3.0], iv.Axis("time", step=0.5, unit="s"))
        >>> x.iv.translate(time="500 ms").values.tolist()
        [0.0, 1.0, 2.0]
        """
        from invarsig.actions import Translate

        return self.move(Translate(lengths, boundary=boundary, **more))

    def rotate(
        self,
        angle: float | str,
        dims: Sequence[str] = _PLANE,
        *,
        center: Mapping[str, LengthLike] | None = None,
        **options: Any,
    ) -> Moved:
        """Rotate (`Rotate`) by radians, or text such as "30 deg"; about the middle by default.

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([[1.0, 2.0], [3.0, 4.0]], iv.Axis("y", unit="px"), iv.Axis("x", unit="px"))
        >>> x.iv.rotate("90 deg").values.tolist()
        [[2.0, 4.0], [1.0, 3.0]]
        """
        from invarsig.actions import Rotate

        return self.move(Rotate(angle, self._center(center, dims), tuple(dims), **options))

    def dilate(
        self,
        factor: float,
        dims: Sequence[str] = _PLANE,
        *,
        center: Mapping[str, LengthLike] | None = None,
        **options: Any,
    ) -> Moved:
        """Dilate (`Dilate`) by a factor; about the middle by default.

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([0.0, 0.0, 1.0, 0.0, 0.0], "x")
        >>> x.iv.dilate(1.0, ["x"]).values.tolist()
        [0.0, 0.0, 1.0, 0.0, 0.0]
        """
        from invarsig.actions import Dilate

        return self.move(Dilate(factor, self._center(center, dims), tuple(dims), **options))

    def flip(
        self,
        dims: str | Sequence[str],
        *,
        center: Mapping[str, LengthLike] | None = None,
        **options: Any,
    ) -> Moved:
        """Reflect (`Flip`) along dims; about the middle by default.

        Examples
        --------
        >>> import invarsig as iv
        >>> iv.label([1.0, 2.0, 3.0], "x").iv.flip("x").values.tolist()
        [3.0, 2.0, 1.0]
        """
        from invarsig.actions import Flip

        names = (dims,) if isinstance(dims, str) else tuple(dims)
        return self.move(Flip(names, self._center(center, names), **options))

    def warp(self, wavelength: Mapping[str, LengthLike], **options: Any) -> Moved:
        """Deform smoothly (`Warp`), with wavelengths of at least those given.

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([1.0] * 64, iv.Axis("time", step=0.01, unit="s"))
        >>> x.iv.warp({"time": "200 ms"}, gradient=0.0).equals(x)
        True
        """
        from invarsig.actions import Warp

        return self.move(Warp(wavelength, **options))

    def transpose(self, octaves: float | str, **options: Any) -> Moved:
        """Transpose the pitch (`Transpose`) by octaves, or text such as "3 semitones".

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([1.0, 2.0], iv.Axis("time", unit="s"))
        >>> x.iv.transpose("0 semitones").values.tolist()
        [1.0, 2.0]
        """
        from invarsig.actions import Transpose

        return self.move(Transpose(octaves, **options))

    def shift_frequencies(self, hertz: LengthLike, **options: Any) -> Moved:
        """Shift all frequencies (`FrequencyShift`) by hertz, or text such as "1 kHz".

        Examples
        --------
        >>> import invarsig as iv
        >>> x = iv.label([1.0, 2.0], iv.Axis("time", unit="s"))
        >>> x.iv.shift_frequencies("0 Hz").values.tolist()
        [1.0, 2.0]
        """
        from invarsig.actions import FrequencyShift

        return self.move(FrequencyShift(hertz, **options))

    def _center(
        self, center: Mapping[str, LengthLike] | None, dims: Sequence[str]
    ) -> Mapping[str, LengthLike]:
        """The center that is given; the middle of the samples by default."""
        from invarsig.actions.point_map import middle_of

        return middle_of(self._over(dims), dims) if center is None else center
