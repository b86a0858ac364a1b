"""Measures: how large is the square that does not close.

Conventions
-----------
Every measure is *relative*: an error's norm over the output's norm. The output's norm is
taken without its mean by default (``norm="centered"``), since a large constant hides an
error: a photograph reads 0.070 with its mean where it is 0.153 without. ``norm="total"``
gives the other. Where the output has no energy the measure is undefined (NaN).

Every figure comes with its *floor*, what a perfect operator scores under the same protocol,
as the coordinate ``floor``.

Protocols
---------
periodic
    The axis goes round: exact theory, and the default where the axis is periodic.
interior
    The signal as it is, compared where no border is in reach: the default elsewhere.
crop
    A window is cut out of a longer signal at two places, so that new content enters.

Metrics
-------
equivariance error
    ``||f(g x) - g f(x)|| / ||f(x)||``. Blind to: errors that the shifts which are asked for do
    not meet (a shift by the total stride is exact for any strided pipeline).
invariance error
    ``||f(g x) - f(x)|| / ||f(x)||``. Blind to: outputs that carry nothing (a constant scores 0).
"""

from invarsig.measures.equivariance import decibels, equivariance_error, invariance_error

__all__ = ["decibels", "equivariance_error", "invariance_error"]
