"""The images of an operator: what its output consists of, by how it turns as the input moves."""

from __future__ import annotations

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Translate
from invarsig.aliasing.lift import folding_explains, whole_shift
from invarsig.aliasing.orbit import is_too_faint, shifted_back
from invarsig.axes import Axes, axis_of
from invarsig.measures.norms import Norm, relative, usual_norm
from invarsig.operators import Operator
from invarsig.operators.base import require_operator
from invarsig.operators.units import raised_attrs

__all__ = ["images"]


def images(
    op: Operator, x: xr.DataArray, dim: str, *, parts: int | None = None, norm: Norm | None = None
) -> xr.Dataset:
    """Split the output into its images, for rates that go down, up, or both.

    ``I_m = (1/N) sum_k exp(2 pi i m k / N) T_(-k/Q) f(T_(k/Q) x)`` with ``N = S Q``: the Fourier
    transform of the orbit. S is the smallest whole shift that moves all results inside by whole
    samples, 1/Q the part of a sample that the input moves by. Then, for all these shifts,

        f(T_d x) = T_d sum_m exp(-2 pi i m d / S) I_m,
        f(T_d x) - T_d f(x) = T_d sum_m (exp(-2 pi i m d / S) - 1) I_m.

    Image 0 moves with the input, and is the mean of the orbit. All others stay behind: each
    turns once more than image 0 as the input moves by S, so the orbit's variance is the sum of
    their energies. Where rates only go down, image m is what folds from m output rates away, as
    `fold` has it of the `lift`; where a rate goes up there is no lift, and an image is also what
    upsampling leaves of the repeated spectrum.

    A graph whose rates only go up commutes with all whole shifts (S is 1): its images are seen at
    shifts by 1/Q.

    Parameters
    ----------
    op
        Operator, pipeline or graph.
    x
        Labeled array, periodic along `dim`.
    dim
        The axis to move along.
    parts
        Q. By default 1, and, where S is 1, the number of samples that the finest result has for one
        of the input. Fractions of a sample are exact for what lies below the Nyquist frequency.
    norm
        As for `equivariance_error`.

    Returns
    -------
    xarray.Dataset
        ``images`` over "image" and the dims of ``op(x)``, complex; they add up to ``op(x)``.
        ``energy`` over "image", their sums of squares. ``error`` over "length", in the unit of the
        axis: the relative error at each of the N shifts, with the output moved by the one-sided
        rule (`invarsig.spectra`). ``orbit_variance``, the mean squared distance of the orbit from
        its mean. ``explained_error``, see `folding_explains`. Image numbers count modulo N, from
        above -N/2 to N/2. ``attrs``: ``whole_shift`` S, ``parts`` Q, ``explained``.

    Raises
    ------
    AxisError
        If the axis is not periodic before and after.
    UnexplainedError
        If the output has lost it.
    ParameterError
        If `parts` is not a whole number of at least 1.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.random.default_rng(1).standard_normal(24), iv.Axis("x", period=24.0))
    >>> op = iv.MaxPool(window={"x": 2}) >> iv.NearestUpsample({"x": 2})
    >>> found = iv.aliasing.images(op, x, "x")
    >>> found.image.values.tolist(), found.error.values.round(2).tolist()
    ([0, 1], [0.0, 0.95])
    >>> bool(np.isclose(found.orbit_variance, found.energy.sel(image=1), rtol=1e-12))
    True

    References
    ----------
    Vaidyanathan (1993), Multirate systems and filter banks, sections 4.1 and 10.1: a system that
    is periodically time-varying is a sum of modulated ones.
    """
    require_operator(op)
    op = op.on(x)
    norm = usual_norm(op, norm)
    whole = whole_shift(op, x, dim)
    if parts is None:
        parts = op.plan(Axes.of(x)).finest_along(dim) if whole == 1 else 1
    parts = parameters.count(parts, f"The parts of a sample along {dim!r}")
    count, y = whole * parts, op(x)
    orbit = _orbit(op, x, dim, y, count, parts)
    numbers = np.arange(count) - (count - 1) // 2
    split = np.fft.ifft(orbit, axis=0)[numbers % count]
    energies, variance = _energies(split), float(_energies(orbit - orbit.mean(axis=0)).mean())
    if is_too_faint(y):
        energies, variance = np.full(count, np.nan), np.nan
    axis, squares = axis_of(x, dim), raised_attrs(y.attrs, 2)
    lengths = np.arange(count) * abs(axis.step) / parts
    check = folding_explains(op, x, dim)
    gaps = (y.copy(data=each - orbit[0]) for each in orbit)
    errors = [float(relative(gap, y, norm, (), [dim])) for gap in gaps]
    return xr.Dataset(
        {
            "images": (("image", *y.dims), split, dict(y.attrs)),
            "energy": ("image", energies, squares),
            "error": ("length", errors, {"units": "1"}),
            "orbit_variance": ((), variance, squares),
            "explained_error": check.variable,
        },
        coords={
            **y.coords,
            "image": numbers,
            "length": ("length", lengths, {"units": axis.length_unit, "along": dim}),
        },
        attrs={
            "dim": dim,
            "whole_shift": whole,
            "parts": parts,
            "norm": norm,
            "explained": check.attrs["explained"],
        },
    )


def _orbit(
    op: Operator, x: xr.DataArray, dim: str, y: xr.DataArray, count: int, parts: int
) -> np.ndarray:
    """Outputs for shifts by 0, 1, ... parts of a sample, moved back; the shift comes first."""
    stride = op.plan(Axes.of(x)).stride_along(dim)
    found = [shifted_back(y, dim, 0.0)]
    for k in range(1, count):
        moved = op(Translate.in_samples(x, {dim: k / parts})(x))
        found.append(shifted_back(moved, dim, float(k / (parts * stride))))
    return np.stack(found)


def _energies(several: np.ndarray) -> np.ndarray:
    """Sum of squares of each of several results."""
    return np.asarray((np.abs(several) ** 2).reshape(len(several), -1).sum(axis=1))
