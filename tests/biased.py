"""A constant for each channel after a pipeline, as the biases of a network's last layer are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import invarsig as iv
from invarsig.operators.strides import every_sample


@dataclass(frozen=True)
class Biased(iv.ArrayOperator):
    """Adds a constant to each entry of the dim "channel", and multiplies all by one."""

    offsets: tuple[complex, ...] = (0.0,)
    gain: float = 1.0

    linear = False

    @property
    def dims(self):
        return ("channel",)

    def plan(self, axes):
        axis = axes.counted("channel")

        def kernel(values):
            kind = np.result_type(values.dtype, np.complex64 if np.iscomplexobj(values) else 0)
            return (self.gain * (values + np.asarray(self.offsets, kind))).astype(values.dtype)

        return iv.Plan((axis,), (axis,), {}, {"channel": (0.0, 0.0)}, kernel=kernel)

    def restrided(self, strides):
        return self if every_sample(strides) else None
