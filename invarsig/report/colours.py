"""What each colour of a figure is for, and its value on a light page."""

from __future__ import annotations

__all__ = ["CAUSES", "ROLES", "ZONES"]

# The page's style sheet gives the values on a dark page.
ROLES = {
    "ink": "#1b1d22",
    "muted": "#595e69",
    "grid": "#dedbd3",
    "accent": "#0068a8",
    "line": "#828c96",
    "image-1": "#c34a00",
    "image-2": "#0a6fb0",
    "image-3": "#00805c",
    "image-4": "#a8508a",
    "image-5": "#8f6a00",
    "image-6": "#6b6f75",
}

# Those of the causes, and of the four zones of the scale of errors.
CAUSES = {
    "folding": "#0068a8",
    "imaging": "#00805c",
    "nonlinearity": "#b87800",
    "border": "#8a8f99",
    "position": "#b0568a",
}
ZONES = ("#eef1ee", "#f7ead1", "#f0c795", "#dd8f52")
