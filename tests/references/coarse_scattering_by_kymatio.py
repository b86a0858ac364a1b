"""Scores of kymatio 0.3.0 on coarse grids, frozen: ``python coarse_scattering_by_kymatio.py``.

Run it where kymatio 0.3.0 is installed, which is no dependency of this package (these were made
with numpy 2.4 and scipy 1.17). In one dim that release gives half the right value for each octave
that a filter's own grid is coarser than the input's: it periodizes spectra by their mean where its
own docstring says the sum (https://github.com/kymatio/kymatio/issues/984). The fix is in no release
that could be had; here the sum is put in its place. What the release gives is kept beside it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import scipy.special
from numpy.typing import NDArray

scipy.special.sph_harm = None  # kymatio imports it for three dims, and scipy has dropped it
from kymatio.numpy import Scattering1D  # noqa: E402
from kymatio.scattering1d import filter_bank  # noqa: E402

SIGNALS = [(1024, 5, (1, 1)), (512, 4, (8, 1)), (512, 5, (4, 2))]


def summed(h_f: NDArray[np.complex128], nperiods: int = 1) -> NDArray[np.complex128]:
    """What the docstring of `periodize_filter_fourier` says."""
    return np.asarray(h_f.reshape(nperiods, -1).sum(axis=0))


def main() -> None:
    """Write the scores beside this script."""
    rng, kept = np.random.default_rng(984), {}
    for N, J, Q in SIGNALS:
        name = f"N{N}_J{J}_Q{Q[0]}{Q[1]}"
        values = rng.standard_normal(N, dtype=np.float32)
        kept[f"signal_{name}"] = values
        for oversampling in (0, 1):
            released = Scattering1D(J=J, shape=N, Q=Q, oversampling=oversampling)
            kept[f"released_{oversampling}_{name}"] = released(values.astype(np.float64))
            mean = filter_bank.periodize_filter_fourier
            filter_bank.periodize_filter_fourier = summed
            fixed = Scattering1D(J=J, shape=N, Q=Q, oversampling=oversampling)
            filter_bank.periodize_filter_fourier = mean
            kept[f"fixed_{oversampling}_{name}"] = fixed(values.astype(np.float64))
    kept = {key: values.astype(np.float32) for key, values in kept.items()}
    path = Path(__file__).with_name("coarse_scattering_by_kymatio.npz")
    np.savez_compressed(path, **kept)


if __name__ == "__main__":
    main()
