"""Pools of PyTorch 2.13.0 on small arrays: ``python tests/references/torch_bins.py``.

Made in an environment of its own (`pip install torch==2.13.0 numpy`); the tests read what it wrote.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

SIZES = [(7, 4), (10, 4), (12, 5), (12, 4), (5, 5), (3, 7)]


def main() -> None:
    """Write inputs and results to an archive beside this script."""
    rng = np.random.default_rng(13)
    out = {}
    for size, bins in SIZES:
        values = rng.standard_normal((2, size))
        given = torch.from_numpy(values)[None]
        name = f"{size}_to_{bins}"
        out[f"{name}_input"] = values
        out[f"{name}_mean"] = functional.adaptive_avg_pool1d(given, bins)[0].numpy()
        out[f"{name}_max"] = functional.adaptive_max_pool1d(given, bins)[0].numpy()
    values = rng.standard_normal((2, 11, 14))
    given = torch.from_numpy(values)[None]
    out["plane_input"] = values
    out["plane_mean"] = functional.adaptive_avg_pool2d(given, (4, 7))[0].numpy()
    out["plane_max"] = functional.adaptive_max_pool2d(given, (4, 7))[0].numpy()
    # torch's own L^p pool has no magnitude inside and no mean: the same for positive samples.
    out["lp_sum"] = functional.lp_pool2d(given.abs(), 3.0, (3, 2), (2, 2))[0].numpy()
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **out)


if __name__ == "__main__":
    main()
