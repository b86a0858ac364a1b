"""Make dual_tree.npz: what the Python package dtcwt 0.14 gives for signals that a formula makes.

Run once, in an environment of its own: ``pip install dtcwt==0.14.0``, then this script.
"""

from __future__ import annotations

from pathlib import Path

import dtcwt
import numpy as np

ALONG = [
    ("near_sym_a", "qshift_06"),
    ("near_sym_a", "qshift_a"),
    ("near_sym_b", "qshift_b"),
    ("near_sym_b", "qshift_c"),
    ("near_sym_b", "qshift_d"),
]


def signal(*sizes: int) -> np.ndarray:
    """Values without any pattern, the same everywhere: sines of squares."""
    count = int(np.prod(sizes))
    return np.sin(0.37 * np.arange(count) ** 2 + 1.0).reshape(sizes)


def main() -> None:
    out = {}
    for first, later in ALONG:
        found = dtcwt.Transform1d(first, later).forward(signal(64), nlevels=3)
        for level, values in enumerate(found.highpasses, start=1):
            out[f"line_{first}_{later}_{level}"] = values[:, 0]
        out[f"line_{first}_{later}_low"] = found.lowpass[:, 0]
    found = dtcwt.Transform2d("near_sym_b", "qshift_b").forward(signal(16, 24), nlevels=2)
    for level, values in enumerate(found.highpasses, start=1):
        out[f"plane_{level}"] = values
    out["plane_low"] = found.lowpass
    np.savez_compressed(Path(__file__).with_name("dual_tree.npz"), **out)


if __name__ == "__main__":
    main()
