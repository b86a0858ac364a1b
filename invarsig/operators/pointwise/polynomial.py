"""Polynomials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.operators.base import Operator, Plan
from invarsig.operators.fields import numbers_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.pointwise.pointwise import Pointwise

__all__ = ["Polynomial"]


@dataclass(frozen=True)
class Polynomial(Pointwise):
    """Polynomial: ``y = c_0 + c_1 x + c_2 x² + … + c_n x^n``.

    A polynomial of degree n widens the band of its input at most n times. So it can be filtered
    without error: `Filtered` at an upsampling of ``up`` is exact up to degree ``2 up - 1``.

    Parameters
    ----------
    coefficients
        ``c_0, c_1, …``, from the constant upwards; the highest that is not 0 gives the degree,
        which is at least 1.

    Raises
    ------
    ParameterError
        If a coefficient is not a finite number, or all but the constant are 0.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> square_and_one = Polynomial((1, 0, 1))
    >>> square_and_one(label([0.0, 1.0, -2.0], "x")).values.tolist()
    [1.0, 2.0, 5.0]
    >>> str(square_and_one), square_and_one.degree
    ('Polynomial(coefficients 1, 0, 1)', 2)

    References
    ----------
    Karras et al. (2021), arXiv:2106.12423, on what a nonlinearity does to a band; Schetzen (1980),
    The Volterra and Wiener theories of nonlinear systems.
    """

    coefficients: Sequence[float] = numbers_field()

    def __post_init__(self) -> None:
        try:
            numbers = parameters.numbers_of(self.coefficients)
        except (TypeError, ValueError):
            numbers = np.full(1, np.nan)
        if numbers.ndim != 1 or not np.isfinite(numbers).all():
            raise ParameterError(
                f"coefficients are {self.coefficients!r}; give finite numbers, the constant first."
            )
        if not numbers[1:].any():
            raise ParameterError(
                f"coefficients are {self.coefficients!r}: that is a constant, which ignores the "
                "samples; give at least one above the constant that is not 0."
            )
        degree = int(np.flatnonzero(numbers)[-1])
        object.__setattr__(self, "coefficients", tuple(numbers[: degree + 1].tolist()))

    @property
    def degree(self) -> int:
        """The highest power."""
        return len(self.coefficients) - 1

    @property
    def homogeneity(self) -> float | None:
        """The degree of a single power; None of a sum of several."""
        return None if any(self.coefficients[:-1]) else self.degree

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether it is a multiple of its input."""
        return self.degree == 1 and self.coefficients[0] == 0

    def plan(self, axes: Axes) -> Plan:
        """The plan, which is the same on any axes."""

        def horner(values: np.ndarray) -> np.ndarray:
            numbers = np.asarray(self.coefficients, dtype=values.real.dtype)
            out = numbers[-1] * values
            for number in numbers[-2:0:-1]:
                out = (out + number) * values
            return np.asarray(out + numbers[0])

        return Plan((), (), kernel=horner, taps=self.degree)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Odd and even degrees, and a multiple of the input, which is linear."""
        yield cls((0.5, -1, 0.25, 2)), noise_picture(rng)
        yield cls((0, 0, 1)), noise_picture(rng)
        yield cls((0, -3)), noise_picture(rng)
