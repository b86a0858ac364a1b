"""Scores of kymatio 0.3.0, frozen: ``python scattering_by_kymatio.py`` where kymatio is installed.

It is no dependency of this package; these were made with numpy 1.26. Pictures and signals are white
noise in single precision, transformed in double precision; results are kept in single precision.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from kymatio.numpy import Scattering1D, Scattering2D

PICTURES = [(2, 4), (2, 8), (3, 4), (3, 8), (4, 4), (4, 8)]
SIGNALS = [(1024, 5, (1, 1)), (512, 4, (8, 1)), (300, 4, (4, 2)), (1024, 6, (8, 1))]


def main() -> None:
    """Write the scores beside this script."""
    rng = np.random.default_rng(20260)
    noise = rng.standard_normal((64, 80), dtype=np.float32).astype(np.float64)
    kept: dict[str, np.ndarray] = {"picture": noise}
    size = kept["picture"].shape
    for J, L in PICTURES:
        name = f"J{J}_L{L}"
        inside = tuple(n - 2 * 2**J for n in size)
        around = Scattering2D(J=J, L=L, shape=inside, pre_pad=True)
        assert (around._M_padded, around._N_padded) == size
        kept[f"ring_{name}"] = around(kept["picture"])
        kept[f"mirrored_{name}"] = Scattering2D(J=J, L=L, shape=size)(kept["picture"])
    for N, J, Q in SIGNALS:
        name = f"N{N}_J{J}_Q{Q[0]}{Q[1]}"
        kept[f"signal_{name}"] = rng.standard_normal(N, dtype=np.float32).astype(np.float64)
        transform = Scattering1D(J=J, shape=N, Q=Q, oversampling=J)
        kept[f"dense_{name}"] = transform(kept[f"signal_{name}"])[:, ::16]
        meta = transform.meta()
        for key in ("order", "xi", "sigma", "j"):
            kept[f"{key}_{name}"] = np.asarray(meta[key], dtype=np.float64)
    kept = {
        key: values if key.startswith(("order", "xi", "sigma", "j")) else values.astype(np.float32)
        for key, values in kept.items()
    }
    # A ninth of the places of the finest pictures says as much as all of them.
    for key in ("ring_J2_L8", "mirrored_J2_L8", "ring_J2_L4", "mirrored_J2_L4"):
        kept[key] = kept[key][..., ::3, ::3]
    np.savez_compressed(Path(__file__).with_name("scattering_by_kymatio.npz"), **kept)


if __name__ == "__main__":
    main()
