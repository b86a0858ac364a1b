"""The largest value, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.errors import DtypeError, ParameterError
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.strides import every_sample

__all__ = ["Peak"]


@dataclass(frozen=True)
class Peak(ArrayOperator):
    """Global maximum with its position: ``y = max x[n]``, and the n where it occurs.

    The value is that of a global max pool; the position is given as one coordinate for each dim
    that is lost, of the same name. Of equal values the first one counts. Where there is NaN, the
    value is NaN and so is the position.

    Parameters
    ----------
    over
        Dims to search, which are lost.

    Returns
    -------
    xarray.DataArray
        Without these dims, with a coordinate for each of them over the dims that are left.

    Raises
    ------
    ParameterError
        If no dim is given.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> best = Peak("x")(label([1.0, 3.0, 2.0], Axis("x", start=10.0, step=0.5, unit="px")))
    >>> float(best), float(best.x), best.x.attrs["units"]
    (3.0, 10.5, 'px')

    References
    ----------
    Lewis (1995), Fast normalized cross-correlation: the match is the peak of the heat map.
    """

    over: str | tuple[str, ...] = dims_field()

    linear = False

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "over", (self.over,) if isinstance(self.over, str) else tuple(self.over)
        )
        if not self.over:
            raise ParameterError("Peak needs at least one dim to search.")

    @property
    def homogeneity(self) -> float:
        """1: a maximum scales with the samples."""
        return 1

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that are searched."""
        return tuple(self.over)

    def plan(self, axes: Axes) -> Plan:
        """Drop the axes."""
        searched = tuple(axes[dim] for dim in self.over)
        sizes = tuple(axis.size for axis in searched)

        def kernel(values: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
            if np.iscomplexobj(values):
                raise DtypeError(
                    "A maximum needs real values, and these are complex; put a Modulus before it."
                )
            flat = values.reshape(*values.shape[: values.ndim - len(sizes)], -1)
            first = flat.argmax(axis=-1)
            found = np.take_along_axis(flat, first[..., None], axis=-1)[..., 0]
            places = np.unravel_index(first, sizes)
            nowhere = np.isnan(found)
            positions = {}
            for axis, place in zip(searched, places, strict=True):
                where = axis.coordinate()[place]
                missing = np.nan if where.dtype.kind == "f" else np.array("NaT", where.dtype)
                positions[axis.dim] = np.where(nowhere, missing, where)
            return found, positions

        return Plan(searched, (), kernel=kernel, taps=int(np.prod(sizes)))

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Over one dim, and over two."""
        picture = noise_picture(rng)
        yield cls("x"), picture
        yield cls(("y", "x")), picture
