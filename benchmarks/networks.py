"""What it costs to take a trained network apart: in forward passes of the network, and in memory.

A network with the layers and sizes of ResNet-50 (He et al. 2016, doi:10.1109/CVPR.2016.90; random
weights) on a picture of 224 x 224, one thread of torch: the causes of one shift along x by layers,
by blocks and by rates, and a diagnosis along x with the default shifts. Of each: seconds of the
processor relative to those of a forward pass of the module, of one picture and of a batch of the
picture and its default shifts; how often a node was evaluated on average; and the most memory that
the process had.
"""

from __future__ import annotations

import itertools
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import invarsig as iv

SIDE = 224


def resnet(blocks: tuple[int, ...] = (3, 4, 6, 3), width: int = 64, classes: int = 1000) -> Any:
    """ResNet-50: a stem, four groups of bottlenecks, a mean over space, and a linear layer."""
    import torch
    from torch import nn

    torch.manual_seed(0)

    def conv(before: int, after: int, size: int, stride: int = 1) -> list[nn.Module]:
        layer = nn.Conv2d(before, after, size, stride, size // 2, bias=False)
        nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
        return [layer, nn.BatchNorm2d(after)]

    class Bottleneck(nn.Module):
        def __init__(self, before: int, inner: int, stride: int) -> None:
            super().__init__()
            after = 4 * inner
            self.way = nn.Sequential(
                *conv(before, inner, 1), nn.ReLU(),
                *conv(inner, inner, 3, stride), nn.ReLU(),
                *conv(inner, after, 1),
            )  # fmt: skip
            changed = stride > 1 or before != after
            self.skip = nn.Sequential(*conv(before, after, 1, stride)) if changed else nn.Identity()
            self.relu = nn.ReLU()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.relu(self.way(x) + self.skip(x))

    layers: list[nn.Module] = [*conv(3, width, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    size = width
    for group, count in enumerate(blocks):
        for number in range(count):
            stride = 2 if group and not number else 1
            layers.append(Bottleneck(size, width << group, stride))
            size = 4 * (width << group)
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(size, classes)]
    return nn.Sequential(*layers).eval()


def picture(side: int = SIDE) -> Any:
    """A picture of three channels with the spectrum of natural ones, in single precision."""
    axes = [iv.Axis("y", size=side, unit="px"), iv.Axis("x", size=side, unit="px")]
    channels = [iv.power_law_noise(*axes, exponent=1.0, rng=seed) for seed in range(3)]
    values = np.stack([each.to_numpy() for each in channels]).astype(np.float32)
    return iv.label(values, "channel", *axes)


def _diagnosed(graph: iv.Operator, x: Any) -> object:
    return iv.diagnose(graph, x, along="x")


def _causes(units: Any) -> Callable[[iv.Operator, Any], object]:
    return lambda graph, x: iv.causes(graph, x, iv.Translate(x=1), units=units)


WHAT: dict[str, Callable[[iv.Operator, Any], object]] = {
    **{f"causes by {units}": _causes(units) for units in ("layers", "blocks", "rates")},
    "diagnose": _diagnosed,
}

# The picture, and the shifts that a diagnosis along an axis of stride 32 takes by default.
BATCH = 8


def measured(name: str) -> dict[str, float]:
    """Costs of one of them, in this process."""
    import torch

    from invarsig.adapters.step import Step

    torch.set_num_threads(1)
    module, x = resnet(), picture()
    one = torch.from_numpy(x.to_numpy()[None])
    batch = one.repeat(BATCH, 1, 1, 1)
    with torch.inference_mode():
        module(batch)
        once = min(_seconds(lambda: module(one)) for _ in range(7))
        whole = min(_seconds(lambda: module(batch)) for _ in range(3))
    graph = iv.from_torch(module, x, dims=("channel", "y", "x"))
    graph(x)
    calls, made = itertools.count(), Step._made

    def counted(step: Step, *given: Any) -> Any:
        next(calls)
        return made(step, *given)

    Step._made = counted  # type: ignore[method-assign]
    seconds = _seconds(lambda: WHAT[name](graph, x))
    return {
        "passes": seconds / once,
        "batches": seconds / whole,
        "evaluations": next(calls) / len(graph),
        "seconds": seconds,
        "GiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def _seconds(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def main() -> None:
    for name in WHAT:
        command = [sys.executable, __file__, name]
        found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        print(
            f"{name}: {found['passes']:.0f} times one forward pass of the picture, "
            f"{found['batches']:.0f} of a batch of {BATCH}, "
            f"{found['evaluations']:.0f} evaluations of each node, {found['GiB']:.2f} GiB"
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measured(sys.argv[1])))
    else:
        main()
