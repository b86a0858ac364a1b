"""Derivatives of Gaussians."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import AuxiliaryCoordinate, Axes, Axis
from invarsig.errors import DimError, ParameterError
from invarsig.operators.banks.bells import outer
from invarsig.operators.banks.scale_bank import DerivativeBank, Kind
from invarsig.operators.base import Operator
from invarsig.operators.fields import dims_field, lengths_field, mapping_field
from invarsig.operators.linear_filter import Channels
from invarsig.operators.noise import noise_picture, noise_sound

__all__ = ["GaussianDerivativeBank"]


@dataclass(frozen=True)
class GaussianDerivativeBank(DerivativeBank):
    """Derivatives of Gaussians of any order: ``∂^n G / ∂x^n (x; σ) = (-1/σ)^n He_n(x/σ) G(x; σ)``.

    He_n is the Hermite polynomial of probability, G sampled and normalized as in `GaussianBank`;
    over several dims the product. The frequency response is ``(2πi f)^n exp(-2 π² σ² f²)``,
    repeated at every whole frequency by sampling. Normalized by the scale, each is multiplied by
    ``σ^(γ n)``.

    Sampled ones pass a small part of a constant where n is even. For widths of a sample or more the
    cause is truncation: up to 8e-4 of the constant at order 2 and 1e-2 at order 4 (normalized),
    with `truncate` 6 below 1e-6 and 1e-5. For narrower ones it is the sampling: 0.14 of the
    constant at order 2 and half a sample. The discrete ones pass nothing: Lindeberg's central
    differences of the discrete Gaussian, with the response
    ``(i sin ω)^(n mod 2) (2 cos ω - 2)^⌊n/2⌋ exp(σ² (cos ω - 1))``, ``ω = 2πf``, σ in samples.

    Parameters
    ----------
    sigma
        For each dim the standard deviation in the unit of its axis, or several of them; the same
        number for each dim.
    order
        For each dim the order n, or several of them; the same number for each dim. 0 for dims that
        are not named: ``sigma={"y": 2, "x": 2}, order={"y": (0, 1, 2), "x": (2, 1, 0)}`` is the
        Hessian.
    normalized
        Whether to normalize by the scale. The result then has the unit of the signal, if γ is 1.
    gamma
        The exponent γ of the normalization.
    per
        For each dim the unit length of the derivative, in the unit of the axis; 1 by default, so
        that derivatives are per second or per pixel, and not per sample as in scipy. Not allowed
        for derivatives normalized with γ = 1, which have no unit.
    stride, boundary
        As for `Convolve`.
    truncate
        Where the taps end, in standard deviations.
    channel
        Name of the new dim that counts the widths; there is none for single numbers.
    orders
        Name of the new dim that counts the orders; there is none for single numbers.
    kind
        "sampled", as in scipy, or "discrete".

    Returns
    -------
    xarray.DataArray
        With the dim `channel`, whose coordinate is the width along the first dim (a log2 axis where
        widths are geometric), and the dim `orders`: its coordinate is the order, or over several
        dims there is ``{dim}_order`` for each.

    Raises
    ------
    ParameterError
        If a width is not above 0, or an order is not whole or below 0.
    DimError
        If an order is given along a dim without a width.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> x = Axis("x", step=0.5, size=64, unit="px", period=32.0)
    >>> wave = label(np.sin(2 * np.pi * x.positions() / 32), x)
    >>> slope = GaussianDerivativeBank(sigma={"x": 1.0}, order={"x": (1, 2)})(wave)
    >>> slope.sel(order=1).isel(x=0).item() * 32 / (2 * np.pi)  # 1 except for the smoothing
    0.980...

    References
    ----------
    Lindeberg (1998), Feature detection with automatic scale selection,
    doi:10.1023/A:1008045108935; the discrete ones: Lindeberg (1993), Discrete derivative
    approximations with scale-space properties, doi:10.1007/BF01664794.
    """

    sigma: Mapping[str, Any] = lengths_field()
    order: Mapping[str, Any] = mapping_field()
    normalized: bool = False
    gamma: float = 1.0
    per: Mapping[str, float] = lengths_field(default_factory=dict)
    truncate: float = 4.0
    channel: str = dims_field(default="scale")
    orders: str = dims_field(default="order")
    kind: Kind = "sampled"

    def __post_init__(self) -> None:
        self._check_derivatives()
        given: Any = self.order
        if not isinstance(given, Mapping) or not given:
            raise ParameterError(
                f"order={given!r} names no dim; give a mapping such as {{'x': 1}}."
            )
        stray = [dim for dim in given if dim not in self.sigma]
        if stray:
            raise DimError(
                f"order names {stray[0]!r}, which has no sigma; the filters lie along "
                f"{', '.join(map(repr, self.sigma))}."
            )
        orders = {dim: _orders_along(dim, given.get(dim, 0)) for dim in self.sigma}
        counts = {len(one) for one in orders.values() if isinstance(one, tuple)}
        if len(counts) > 1:
            raise ParameterError(
                f"order has {sorted(counts)} orders for its dims; give the same number for each."
            )
        object.__setattr__(self, "order", orders)

    def _listed(self) -> list[tuple[int, ...]]:
        """For each dim the orders along it, one for each derivative."""
        count = max(len(np.atleast_1d(one)) for one in self.order.values())
        along = [np.broadcast_to(np.atleast_1d(one), (count,)) for one in self.order.values()]
        return [tuple(int(n) for n in orders) for orders in zip(*along, strict=True)]

    def _single(self) -> bool:
        """Whether orders are single numbers, so that no channel counts them."""
        return all(np.ndim(one) == 0 for one in self.order.values())

    def _channels(self, axes: Axes) -> Channels:
        made, coords = self._scales(axes)
        if self._single():
            return Channels(made, coords)
        listed = self._listed()
        along: dict[str, AuxiliaryCoordinate] = {}
        for place, dim in enumerate(self.dims):
            name = self.orders if len(self.dims) == 1 else f"{dim}_order"
            along[name] = ((self.orders,), np.array([one[place] for one in listed]), {})
        return Channels((*made, Axis(self.orders, size=len(listed))), {**coords, **along})

    def _taps(self, axes: Axes) -> np.ndarray:
        widths = self._widths(axes)
        most = [max(orders) for orders in zip(*self._listed(), strict=True)]
        return self._stacked(axes, lambda d, n: self._bells(widths[d], n, most[d]))

    def _stacked(self, axes: Axes, along: Callable[[int, int], np.ndarray]) -> np.ndarray:
        """Channels computed by a function of the dim's index and the order."""
        made = [
            outer(
                [
                    self._gain(axes, dim, orders[place])[:, None] * along(place, orders[place])
                    for place, dim in enumerate(self.dims)
                ]
            )
            for orders in self._listed()
        ]
        out = np.stack(made, axis=1)
        out = out[:, 0] if self._single() else out
        return np.asarray(out[0] if self._plain() else out)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """One order and several, at one width and several, per length and normalized."""
        picture, sound = noise_picture(rng), noise_sound(rng)
        yield cls(sigma={"x": 0.6}, order={"x": 1}), picture
        yield cls({"x": 0.4}, {"x": 2}, boundary="valid", stride={"x": 2}), picture
        widths = [2e-4, 4e-4, 8e-4]
        yield cls({"time": widths}, {"time": (0, 1, 2, 4)}, normalized=True), sound
        yield cls({"time": 4e-4}, {"time": (1, 3)}, normalized=True, gamma=0.75), sound
        hessian = {"y": (2, 1, 0), "x": (0, 1, 2)}
        yield cls({"y": 0.6, "x": 0.6}, hessian, normalized=True, stride={"x": 2}), picture
        slope = cls({"y": [0.4, 0.5], "x": [0.5, 0.6]}, {"x": 1}, boundary="reflect")
        yield slope, picture
        orders = {"y": (0, 1, 3), "x": (2, 1, 0)}
        yield cls({"y": 0.2, "x": 0.5}, orders, kind="discrete", stride={"y": 2}), picture


def _orders_along(dim: str, given: Any) -> int | tuple[int, ...]:
    """Check the order along one dim, or several orders."""
    several = [given] if np.ndim(given) == 0 else list(given)
    if not several:
        raise ParameterError(f"order along {dim!r} is empty; give at least one.")
    orders = tuple(parameters.count(one, f"order along {dim!r}", least=0) for one in several)
    return orders[0] if np.ndim(given) == 0 else orders
