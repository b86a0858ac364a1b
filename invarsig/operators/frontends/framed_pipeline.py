"""Front ends whose stages run on blocks of frames, so that no spectrogram is ever whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes import Axes, Kernel, is_chunked, on_axes
from invarsig.operators.base import stages_of
from invarsig.operators.composed import Composed
from invarsig.operators.frontends.units import Framed
from invarsig.operators.pipeline import told
from invarsig.operators.units import with_unit

__all__ = ["FramedPipeline"]


class FramedPipeline(Framed, Composed):
    """A spectrogram and stages that treat each of its frames by itself.

    It gives what its `body` gives, stage by stage, to the bit.
    """

    def _stages(self) -> list[Any]:
        """All stages, those of a front end within it among them."""
        nested = [
            stage._stages() if isinstance(stage, FramedPipeline) else [stage]
            for stage in stages_of(self.body)
        ]
        return [stage for stages in nested for stage in stages]

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        if is_chunked(x):
            return self.body(x)  # which overlaps along chunked dims; no chunk is the whole
        first, *others = self._stages()
        axes = Axes.of(x, type(first).__name__)
        with told(first, 1, x):
            now = first.plan(axes).after(axes)
        coords: dict[str, Any] = {}
        kernels: list[Kernel] = []
        for number, stage in enumerate(others, start=2):
            with told(stage, number):
                plan = stage.plan(now)
            kernels.append(plan.kernel)
            now, coords = plan.after(now), {**coords, **plan.coords}
        made = [now[dim] for dim in now if dim not in axes]
        coords = {name: parts for name, parts in coords.items() if set(parts[0]) <= {*now}}
        kernel = first.in_frames(axes, _one_after_another(kernels))
        with told(first, 1, x):
            y = on_axes(kernel, x, [axes[first.over]], [*made, now[first.over]], coords)
        for stage in (first, *others):
            if "units" in y.attrs:
                y.attrs = with_unit(y.attrs, stage.result_unit(str(y.attrs["units"])))
        return y


def _one_after_another(kernels: list[Kernel]) -> Callable[[np.ndarray], np.ndarray]:
    return lambda values: reduce(lambda made, kernel: np.asarray(kernel(made)), kernels, values)
