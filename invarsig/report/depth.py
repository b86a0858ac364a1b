"""The error after each layer of a network, against depth."""

from __future__ import annotations

import numpy as np

from invarsig.report.colours import ROLES
from invarsig.report.drawing import (
    BESIDE,
    LEFT,
    WIDE,
    Drawing,
    axes_at,
    canvas,
    draw_line,
    drawn,
    legend,
    locator,
    settle,
)
from invarsig.report.limits import ROUND_OFF
from invarsig.report.network import Network
from invarsig.report.verdict import Verdict
from invarsig.report.wording import off

__all__ = ["depth"]

_HEIGHT = 250.0

# Roles and dashes of the moves: along each dim, and along all.
_STYLES = (("accent", None), ("image-1", (6.0, 3.0)), ("image-3", (2.0, 2.0)))


def depth(network: Network, prefix: str) -> Drawing | None:
    """Draw the error after each layer in decibels, a curve for each move; None for one layer."""
    errors = network.errors
    if errors.shape[1] < 2 or not np.isfinite(errors).any():
        return None
    levels = 20 * np.log10(np.fmax(errors, ROUND_OFF, where=np.isfinite(errors), out=errors.copy()))
    verdict = Verdict(network.reading)
    figure = canvas(WIDE, _HEIGHT)
    axes = axes_at(
        figure, LEFT, 48, WIDE - LEFT - BESIDE, _HEIGHT - 48 - 24 * (1 + len(levels) // 2)
    )
    numbers = np.arange(1, errors.shape[1] + 1)
    for place in _fewer(network):
        axes.axvline(place + 1, color=ROLES["grid"], linewidth=1, linestyle=(0, (3, 2)), zorder=1)
    told = []
    for row, move in enumerate(network.moves):
        role, dashes = _STYLES[row % len(_STYLES)]
        name = verdict.length(move) if move < len(verdict.lengths) else f"move {move + 1}"
        draw_line(axes, numbers, levels[row], role, width=1.8, dashes=dashes, label=name)
        worst = int(np.nanargmax(errors[row])) if np.isfinite(errors[row]).any() else 0
        told.append(
            f"moved by {name}, {off(errors[row, 0])} after the first layer, at most "
            f"{off(errors[row, worst])} after layer {worst + 1}, {off(errors[row, -1])} at the end"
        )
    axes.set_xlim(1, max(numbers[-1], 2))
    axes.set_xlabel("layer")
    axes.set_ylabel("error after it, dB")
    axes.xaxis.set_major_locator(locator(6))
    axes.yaxis.set_major_locator(locator(5))
    settle(axes)
    legend(axes)
    text = f"Error after each of {numbers[-1]} layers: {'; '.join(told)}."
    return drawn(figure, prefix, text, [])


def _fewer(network: Network) -> list[int]:
    """Places of the layers that keep fewer samples than what they read."""
    rates = network.reading.over("node_rate", "node")
    if rates.ndim != 2:
        return []
    found = []
    for a, b in network.edges:
        before = np.ones(rates.shape[1]) if a < 0 else rates[a]
        if (rates[b] < before - 1e-6).any():
            found.append(b)
    return sorted(set(found))
