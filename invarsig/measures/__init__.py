"""Measures: how far the square is from closing.

Conventions
-----------
Errors are *relative*: an error's norm over the output's norm. The output's norm is
taken without its mean by default (``norm="centered"``), since a large constant hides an
error: a photograph reads 0.070 with its mean where it is 0.153 without. For networks it is the
mean of each channel (``norm="channelwise"``): biases differ between channels. ``norm="total"``
gives the other. Where the output has no energy the measure is undefined (NaN).

An error comes with its *floor*, what a perfect operator scores under the same protocol, as the
coordinate ``floor``; where more is better, with its ``ceiling``. Counts of predictions and ratios
of variances have a perfect score that is known without measuring, 0 or 1.

Protocols
---------
periodic
    The axis wraps: exact theory, and the default where the axis is periodic.
interior
    The original signal, compared where no border is in reach: the default elsewhere.
roll
    The input is moved with wrapping along each axis, periodic or not, and the pipeline runs as
    given; the whole output is compared. Where the ends of the input meet there is a seam.
cut
    A window is cut out of a longer signal at two places, so that new content enters.

Metrics
-------
equivariance error
    ``||f(g x) - g f(x)|| / ||f(x)||``. Blind to: errors that do not occur at the requested shifts
    (a shift by the total stride is exact for any strided pipeline).
invariance error
    ``||f(g x) - f(x)|| / ||f(x)||``. Blind to: outputs that carry nothing (a constant scores 0).
Lie derivative
    ``||df(x)[D x] - D f(x)|| / ||f(x)||``. Blind to: what only larger shifts reveal.
EQ-T
    ``20 lg(range) - 10 lg(mean (f(g x) - g f(x))²)``, in dB. Blind to: how large the output is.
energy constancy
    ``| ||f(g x)|| - ||g f(x)|| | / ||f(x)||``. Blind to: everything but the norm.
best translation
    ``min_d ||f(g x) - T_d f(x)|| / ||f(g x)||``. Blind to: whether d is the length expected.
consistency, top-1 change, jaggedness, mean absolute change
    Whether a classifier changes its answer. Blind to: whether it is right.
answers
    The same for pictures on a grid of shifts, with a map of where the answer flips.
nonstationarity
    ``mean_(i != j) cov_p(d_i, d_j) / mean_i V_i``: of data, not of an operator. Blind to: what
    differs from place to place in one item alone.
normalized variance
    ``E_x var_g f(g x) / E_g var_x f(g x)``. Blind to: what all inputs share.
"""

from invarsig.measures.answers_on_grid import answers
from invarsig.measures.best_translation import best_translation
from invarsig.measures.energy_constancy import energy_constancy
from invarsig.measures.eqt import eqt, random_translations
from invarsig.measures.equivariance import decibels, equivariance_error, invariance_error
from invarsig.measures.lie import lie_derivative
from invarsig.measures.normalized_variance import normalized_variance
from invarsig.measures.predictions import (
    consistency,
    jaggedness,
    mean_absolute_change,
    top1_change,
)
from invarsig.measures.stationarity import local_statistics, nonstationarity

__all__ = [
    "answers",
    "best_translation",
    "consistency",
    "decibels",
    "energy_constancy",
    "eqt",
    "equivariance_error",
    "invariance_error",
    "jaggedness",
    "lie_derivative",
    "local_statistics",
    "mean_absolute_change",
    "nonstationarity",
    "normalized_variance",
    "random_translations",
    "top1_change",
]
