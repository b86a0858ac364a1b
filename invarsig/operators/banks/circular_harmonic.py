"""Circular harmonic filters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import AuxiliaryCoordinate, Axes, Axis
from invarsig.errors import ParameterError
from invarsig.kernels.rounding import rounded_up
from invarsig.operators.banks.bank import TapBank, filter_dims
from invarsig.operators.banks.channels import channel_axis, complex_coords
from invarsig.operators.base import Operator
from invarsig.operators.fields import dims_field
from invarsig.operators.linear_filter import Channels
from invarsig.operators.noise import noise_picture

__all__ = ["CircularHarmonicBank"]


@dataclass(frozen=True)
class CircularHarmonicBank(TapBank):
    """Circular harmonics: ``h_k(r, φ) = R(r) exp(i k φ)``, sampled, in samples.

    The angle φ runs from the last dim toward the first. The radial profile R is a Gaussian times a
    power, ``r^|k| exp(-r² / 2 σ²)`` (derivatives of a Gaussian, up to a factor), or with `radius` a
    Gaussian ring, ``exp(-(r - ρ)² / 2 σ²)``. Each filter is scaled to ``sum |h| = 1``; at r = 0,
    where there is no angle, all but order 0 are zero.

    Turning the picture by an angle α, from the last dim toward the first, turns the response at
    corresponding places: it is multiplied by ``exp(i k α)``. For quarter turns about a sample that
    is exact on the grid; the modulus is invariant then. (`numpy.rot90` turns by α = -π/2.)

    Parameters
    ----------
    over
        Two dims, ``("y", "x")``.
    order
        Angular order k, or several; negative ones are legal. For a real picture order -k is the
        conjugate of order k.
    sigma
        Standard deviation in samples, or several.
    radius
        Radius ρ of Gaussian rings in samples; as many as `sigma`, unless one of the two is a single
        value.
    stride, boundary
        As for `Convolve`.
    truncate
        Where the taps end, in standard deviations (beyond the ring).
    channels
        Names of the dims of widths and of orders.

    Returns
    -------
    xarray.DataArray
        Complex, with a new dim "order" and, for several widths or radii, "scale" (the radius, or σ,
        in samples). The spectrum has the same angular dependence as the filter, so it is not
        one-sided: the channels carry the center frequency 0 along both dims. With that center the
        unstrided bank commutes with every translation, in the Nyquist bins too.

    Raises
    ------
    ParameterError
        If an order is not a whole number, a width or a radius is not above 0, or there are not two
        dims.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> values = np.random.default_rng(1).standard_normal((9, 9))
    >>> ring = [Axis("y", period=9.0), Axis("x", period=9.0)]
    >>> bank = CircularHarmonicBank(("y", "x"), order=(0, 1, 2), sigma=0.7)
    >>> both = values, np.rot90(values, -1)
    >>> there, turned = (bank(label(one, *ring)).isel(y=4, x=4) for one in both)
    >>> np.abs(turned / there - 1j**there.order).max().item() < 1e-12
    True

    References
    ----------
    Hsu & Arsenault (1982), Optical pattern recognition using circular harmonic expansion,
    doi:10.1364/AO.21.004016; Jacovitti & Neri (2000), Multiresolution circular harmonic
    decomposition, IEEE Transactions on Signal Processing; Worrall et al. (2017), arXiv:1612.04642.
    """

    over: tuple[str, ...] = dims_field()
    order: int | tuple[int, ...] = (0, 1, 2, 3)
    sigma: Any = 2.0
    radius: Any = None
    truncate: float = 4.0
    channels: tuple[str, str] = dims_field(default=("scale", "order"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "over", filter_dims(self.over, "CircularHarmonicBank", 2))
        object.__setattr__(self, "order", _orders(self.order))
        for what in ("sigma", "radius"):
            given = getattr(self, what)
            if given is not None:
                numbers = parameters.positives(given, what, " samples")
                object.__setattr__(self, what, numbers[0] if np.ndim(given) == 0 else numbers)
        if self.radius is not None:
            counts = {np.size(self.sigma), np.size(self.radius)} - {1}
            if len(counts) > 1:
                raise ParameterError(
                    f"There are {np.size(self.radius)} radii and {np.size(self.sigma)} widths; "
                    "give the same number of each, or one."
                )
        parameters.positives(self.truncate, "truncate")
        self._check_bank()

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that the filters lie in."""
        return self.over

    def _profiles(self) -> list[tuple[float, float]]:
        """Width and radius of each scale."""
        widths, radii = np.broadcast_arrays(
            np.atleast_1d(self.sigma), np.atleast_1d(0.0 if self.radius is None else self.radius)
        )
        return list(zip(widths.tolist(), radii.tolist(), strict=True))

    def _plain(self) -> bool:
        return np.ndim(self.sigma) == 0 and (self.radius is None or np.ndim(self.radius) == 0)

    def _channels(self, axes: Axes) -> Channels:
        order, coords = _order_axis(self.channels[1], np.atleast_1d(self.order))
        channels = [order]
        if not self._plain():
            values = [width if self.radius is None else ring for width, ring in self._profiles()]
            scale, more = channel_axis(self.channels[0], values, "sample", geometric=True)
            channels.insert(0, scale)
            coords.update(more)
        still = np.zeros([axis.size for axis in channels])
        centers = dict.fromkeys(self.over, still)
        return Channels(
            tuple(channels), {**coords, **complex_coords(axes, channels, centers)}, centers
        )

    def _taps(self, axes: Axes) -> np.ndarray:
        half = max(
            int(rounded_up(ring + self.truncate * width)) for width, ring in self._profiles()
        )
        k = np.arange(-half, half + 1)
        plane = k + 1j * k[:, None]
        radius = np.abs(plane)
        turn = np.where(radius > 0, plane, 0.0) / np.where(radius > 0, radius, 1.0)
        taps = []
        for width, ring in self._profiles():
            inside = radius <= ring + self.truncate * width + 1e-9
            bell = np.where(inside, np.exp(-0.5 * ((radius - ring) / width) ** 2), 0.0)
            for order in np.atleast_1d(self.order).tolist():
                # A quarter turn of whole numbers is exact, and so are its powers.
                wave = (turn if order > 0 else turn.conj()) ** abs(order) if order else 1.0 + 0j
                power = (radius / width) ** abs(order) if self.radius is None else 1.0
                taps.append(bell * power * wave)
                taps[-1] = taps[-1] / np.abs(taps[-1]).sum()
        shape = () if self._plain() else (len(self._profiles()),)
        return np.reshape(taps, (*shape, np.size(self.order), *radius.shape))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Positive and negative orders, Gaussian profiles and rings, several scales."""
        picture = noise_picture(rng, {"y": 14, "x": 18})
        yield cls(("y", "x"), (-1, 0, 1, 2), 0.8), picture
        yield cls(("y", "x"), 1, 0.5, (1.0, 2.0), stride={"x": 2}), picture
        yield cls(("x", "y"), (0, 2, 3), (0.6, 1.2), boundary="symmetric"), picture


def _orders(given: Any) -> tuple[int, ...]:
    values = np.atleast_1d(np.asarray(given))
    if values.dtype.kind not in "iu" or values.ndim > 1 or values.size == 0:
        raise ParameterError(f"order={given!r} holds no whole numbers; give some, such as (0, 1).")
    return tuple(values.tolist())


def _order_axis(dim: str, orders: np.ndarray) -> tuple[Axis, dict[str, AuxiliaryCoordinate]]:
    """Axis of angular orders; counted, with the orders beside it, where unevenly spaced."""
    steps = np.diff(orders)
    step = float(steps[0]) if steps.size else 1.0
    if step != 0 and (steps == step).all():
        return Axis(dim, float(orders[0]), step, orders.size, ""), {}
    return Axis(dim, size=orders.size), {f"{dim}_value": ((dim,), orders, {})}
