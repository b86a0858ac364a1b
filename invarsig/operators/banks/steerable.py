"""Steerable derivative filters, and the steering of responses."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import (
    Axes,
    Axis,
    axis_of,
    center_frequency_name,
    label,
    require_dims,
)
from invarsig.errors import AxisError, DtypeError
from invarsig.kernels.rounding import rounded_up
from invarsig.operators.banks.bank import TapBank, filter_dims
from invarsig.operators.banks.channels import channel_axis, orientation_axis
from invarsig.operators.base import Operator
from invarsig.operators.fields import dims_field
from invarsig.operators.linear_filter import Channels
from invarsig.operators.noise import noise_picture

__all__ = ["SteerableBank", "steer"]


@dataclass(frozen=True)
class SteerableBank(TapBank):
    """Derivatives of a Gaussian along any direction: the steerable filters of Freeman & Adelson.

    ``h_θ(x, y) = σ^n (cos θ ∂_x + sin θ ∂_y)^n g(x, y)`` with
    ``g = exp(-(x² + y²) / 2 σ²) / (2 π σ²)``, sampled, in samples. The n + 1 *basis* filters at
    ``θ_j = π j / (n + 1)`` interpolate all others exactly:

        ``h_θ = sum_j k_j(θ) h_θj``,  ``k_j(θ) = sin((n + 1)(θ - θ_j)) / ((n + 1) sin(θ - θ_j))``.

    `steer` does so with their responses. The frequency response is, apart from its periodic
    repetition by sampling, ``(2 π i σ f·u)^n exp(-2 π² σ² |f|²)`` with ``u = (cos θ, sin θ)``.

    Parameters
    ----------
    over
        Two dims, ``("y", "x")``. At orientation 0 the derivative is along the last one.
    order
        Order n of the derivative, 1 or more.
    sigma
        Standard deviation in samples, or several.
    orientation
        Angles in radians; the n + 1 basis angles by default.
    stride, boundary
        As for `Convolve`.
    truncate
        Where the taps end, in standard deviations. Beyond 4 what is cut off is below 1e-3 of the
        peak for orders up to 4; higher orders reach farther.
    channels
        Names of the dims of widths and of orientations.

    Returns
    -------
    xarray.DataArray
        With a new dim "orientation" (radians) and, for several widths, "scale" (samples). The
        orientations are periodic where they cover half a turn, or a whole one. After half a turn
        filters of even order are unchanged, and those of odd order have the opposite sign.

    Raises
    ------
    ParameterError
        If a width is not above 0, the order is not a whole number of at least 1, or there are not
        two dims.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> n = np.arange(32)
    >>> ring = [Axis("y", period=32.0), Axis("x", period=32.0)]
    >>> x = label(np.sin(2 * np.pi * n / 16) + 0 * n[:, None], *ring)
    >>> y = SteerableBank(("y", "x"), order=1, sigma=2.0)(x)
    >>> y.orientation.values.round(4).tolist(), y.max(("y", "x")).values.round(3).tolist()
    ([0.0, 1.5708], [0.577, 0.0])
    >>> steer(y, [np.pi / 3]).max(("y", "x")).values.round(3).tolist()
    [0.288]

    References
    ----------
    Freeman & Adelson (1991), doi:10.1109/34.93808.
    """

    over: tuple[str, ...] = dims_field()
    order: int = 2
    sigma: Any = 1.5
    orientation: tuple[float, ...] | None = None
    truncate: float = 5.0
    channels: tuple[str, str] = dims_field(default=("scale", "orientation"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "over", filter_dims(self.over, "SteerableBank", 2))
        object.__setattr__(self, "order", parameters.count(self.order, "order"))
        widths = parameters.positives(self.sigma, "sigma", " samples")
        object.__setattr__(self, "sigma", widths[0] if np.ndim(self.sigma) == 0 else widths)
        parameters.positives(self.truncate, "truncate")
        if self.orientation is not None:
            object.__setattr__(self, "orientation", parameters.angles(self.orientation))
        self._check_bank()

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that the filters lie in."""
        return self.over

    def _widths(self) -> np.ndarray:
        return np.atleast_1d(np.asarray(self.sigma, dtype=np.float64))

    def _angles(self) -> np.ndarray:
        if self.orientation is None:
            return np.arange(self.order + 1) * np.pi / (self.order + 1)
        return np.asarray(self.orientation)

    def _channels(self, axes: Axes) -> Channels:
        angle, coords = orientation_axis(self.channels[1], self._angles().tolist())
        if np.ndim(self.sigma) == 0:
            return Channels((angle,), coords)
        scale, more = channel_axis(self.channels[0], self.sigma, "sample", geometric=True)
        return Channels((scale, angle), {**coords, **more})

    def _combined(self, lines: Sequence[np.ndarray]) -> np.ndarray:
        """Sum up ``(cos θ ∂_x + sin θ ∂_y)^n`` from the derivatives along each dim.

        `lines` holds for each dim the derivatives of order 0 to n: ``(n + 1, widths, samples)``.
        """
        rows, columns = lines
        cos, sin = np.cos(self._angles()), np.sin(self._angles())
        out: np.ndarray = np.zeros(())
        for m in range(self.order + 1):
            weight = math.comb(self.order, m) * cos ** (self.order - m) * sin**m
            plane = rows[m][:, :, None] * columns[self.order - m][:, None, :]
            out = out + weight[:, None, None] * plane[:, None]
        return out[0] if np.ndim(self.sigma) == 0 else out

    def _taps(self, axes: Axes) -> np.ndarray:
        widths = self._widths()[:, None]
        half = int(rounded_up(self.truncate * float(widths.max())))
        k = np.arange(-half, half + 1)
        bell = np.exp(-0.5 * (k / widths) ** 2) / (math.sqrt(2 * np.pi) * widths)
        bell = np.where(np.abs(k) > rounded_up(self.truncate * widths), 0.0, bell)
        # σ^m d^m g / dx^m = (-1)^m He_m(x / σ) g
        line = np.stack(
            [
                (-1) ** m * np.polynomial.hermite_e.hermeval(k / widths, np.eye(m + 1)[m]) * bell
                for m in range(self.order + 1)
            ]
        )
        return self._combined((line, line))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Even and odd orders, one width and several, basis and other angles."""
        picture = noise_picture(rng, {"y": 18, "x": 20})
        yield cls(("y", "x"), 1, 0.8), picture
        yield cls(("y", "x"), 2, (0.6, 1.2), stride={"x": 2}), picture
        yield cls(("x", "y"), 3, 1.0, (0.0, 0.3), boundary="symmetric"), picture


def steer(y: xr.DataArray, orientation: Any, *, dim: str = "orientation") -> xr.DataArray:
    """Responses at any angles, interpolated from those of n + 1 steerable filters of order n.

    ``y_θ = sum_j k_j(θ) y_θj``, ``k_j(θ) = sin((n + 1)(θ - θ_j)) / ((n + 1) sin(θ - θ_j))``: exact
    for the basis of `SteerableBank` and for the real bands of `steerable_pyramid`.

    Parameters
    ----------
    y
        Responses at n + 1 angles, evenly spread over half a turn, along `dim`.
    orientation
        Angles in radians, one or more.
    dim
        Dim of the orientations.

    Returns
    -------
    xarray.DataArray
        With `orientation` along `dim`, periodic where the angles cover half a turn or a whole one.

    Raises
    ------
    AxisError
        If the orientations of `y` are not a basis.
    DtypeError
        If `y` holds the one-sided bands of complex filters, which do not interpolate.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> y = label([1.0, 0.0], Axis("orientation", step=np.pi / 2, unit="rad", period=np.pi))
    >>> steer(y, [np.pi / 3, np.pi]).values.round(4).tolist()
    [0.5, -1.0]

    References
    ----------
    Freeman & Adelson (1991), doi:10.1109/34.93808.
    """
    require_dims(y, [dim], "steer")
    basis = axis_of(y, dim)
    if basis.size < 2 or abs(basis.size * abs(basis.step) - math.pi) > 1e-6 * abs(basis.step):
        raise AxisError(
            f"steer needs a basis of n + 1 orientations that are π/(n + 1) apart; along {dim!r} "
            f"there are {basis.size}, {basis.step:.6g} {basis.unit} apart. Leave orientation= out "
            "of the bank to get one."
        )
    ending = center_frequency_name("")
    if any(str(name).endswith(ending) and dim in c.dims for name, c in y.coords.items()):
        raise DtypeError(
            "steer interpolates real filters, and these are complex bands, each with its own "
            "half-plane; use part='real'."
        )
    angles = parameters.angles(orientation)
    weights = label(_interpolation(np.asarray(angles), basis), "_steered", dim)
    values = y.drop_vars([name for name, c in y.coords.items() if dim in c.dims])
    single = y.dtype in (np.dtype(np.float32), np.dtype(np.complex64))
    out: xr.DataArray = xr.dot(weights.astype(np.float32) if single else weights, values, dim=dim)
    axis, coords = orientation_axis(dim, angles)
    out = out.rename(_steered=dim).transpose(*y.dims).assign_attrs(y.attrs).rename(y.name)
    made = {name: xr.Variable(*parts) for name, parts in coords.items()}
    if axis != Axis(dim, size=axis.size):
        made[dim] = label(axis.positions(), axis)[dim].variable
    return out.assign_coords(made)


def _interpolation(angles: np.ndarray, basis: Axis) -> np.ndarray:
    """Weights ``(angles, n + 1)``: ``sum_m exp(i m (θ - θ_j)) / (n + 1)``, m = -n, 2 - n, …, n."""
    order = basis.size - 1
    apart = angles[:, None] - basis.positions()
    turns = np.arange(-order, order + 1, 2)
    return np.asarray(np.cos(apart[..., None] * turns).mean(axis=-1))
