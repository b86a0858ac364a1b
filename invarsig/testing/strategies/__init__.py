"""Strategies: random axes, labeled arrays and pipelines, for laws that hold over all of them.

They are those of `hypothesis <https://hypothesis.readthedocs.io>`_, which is imported when the
first one is made. `cases` gives a pipeline with an array that it accepts.
"""

from invarsig.testing.strategies.arrays import arrays
from invarsig.testing.strategies.axes import axes
from invarsig.testing.strategies.pipelines import cases, pipelines

__all__ = ["arrays", "axes", "cases", "pipelines"]
