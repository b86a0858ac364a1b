"""How much work a pipeline is: multiplications, counted from its plan."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from invarsig.axes import Axes
from invarsig.operators.base import Operator
from invarsig.operators.pipeline import Dense

__all__ = ["work"]


def work(op: Operator, x: xr.DataArray, grids: Mapping[str, int] | None = None) -> float:
    """Count the real multiplications of an operator, by the algorithms that it runs.

    Each operator's plan states its own (`invarsig.operators.base.Plan.work`), and an operator made
    of operators adds up theirs.

    - Windows: a multiplication or comparison for each sample that goes into an output, axis by axis
      where the window is separable. Long convolutions go by spectra, and are counted so.
    - Fourier transforms: ``2 N log2 N``, the textbook's ``(N / 2) log2 N`` complex butterflies;
      half as many where one side is real. A product with a response: 4 for each bin, 2 if real.
    - Functions of a single sample, including a user's own: 1 for each output.

    It is not a time. Over 14 operators, processor time per multiplication was from a third of the
    median (batched transforms) to six times it (small windows, which are memory-bound). Not counted
    are moves (of a mean over an orbit, say), the design of filters, and copies. Samples are taken
    to be real; complex ones take two to four times as many.

    Parameters
    ----------
    op
        Operator or pipeline.
    x
        Labeled array.
    grids
        For each dim the grid of a lift: then those of `Dense`, where each stage runs on every
        polyphase component of its input.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([1.0, 2.0, 3.0, 4.0], iv.Axis("x", period=4.0))
    >>> work(iv.MeanPool(window={"x": 2}), x), work(iv.MeanPool(window={"x": 2}), x, {"x": 1})
    (4.0, 8.0)
    >>> work(iv.MaxBlurPool(window={"x": 2}, taps=3), x)  # 4 maxima of 2, then 2 means of 3
    14.0
    >>> work(iv.SpectralPool(stride={"x": 2}), x)  # 4 log2 4 there, 2 * 2 log2 2 back
    12.0

    References
    ----------
    Cooley & Tukey (1965), An algorithm for the machine calculation of complex Fourier series,
    doi:10.1090/S0025-5718-1965-0178586-1. Oppenheim & Schafer, Discrete-time signal processing,
    chapter 9.
    """
    axes = Axes.of(x)
    whole = Dense(op, dict(grids)) if grids else op
    return whole.plan(axes).work(axes)
