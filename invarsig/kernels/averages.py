"""Averages of periodic arrays, on a coarser grid: by matrices, or by a low band of frequencies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from invarsig.kernels.bands import Band
from invarsig.kernels.transforms import Transform

__all__ = ["Average", "LowPass", "Matrices", "matrix_of"]


@dataclass(frozen=True)
class Matrices:
    """The average of a path by one matrix for each axis, which is fast where those are small."""

    matrices: list[np.ndarray]

    def __call__(self, values: np.ndarray, _spectrum: np.ndarray | None = None) -> np.ndarray:
        """Average the last axes on the grid of results."""
        values = values @ self.matrices[-1].T
        return values if len(self.matrices) == 1 else np.asarray(self.matrices[0] @ values)

    @property
    def nbytes(self) -> int:
        """Bytes that it takes to keep it."""
        return sum(matrix.nbytes for matrix in self.matrices)


@dataclass(frozen=True)
class LowPass:
    """The average of a path by its band of frequencies."""

    transform: Transform
    band: Band

    def __call__(self, values: np.ndarray, spectrum: np.ndarray | None = None) -> np.ndarray:
        """Average the last axes, of which the spectrum may be known, on the grid of results."""
        from scipy import fft

        if spectrum is None:
            spectrum = self.transform.forward(values)
        rank = len(self.band.shape)
        lead = spectrum.shape[: spectrum.ndim - rank]
        folded = self.band.folded(spectrum.reshape(-1, *spectrum.shape[-rank:]))
        axes = tuple(range(-rank, 0))
        made = fft.ifftn(folded, axes=axes, norm="forward", overwrite_x=True).real
        return np.asarray(made.reshape(*lead, *self.band.shape))

    @property
    def nbytes(self) -> int:
        """Bytes that it takes to keep it."""
        return self.band.nbytes + self.transform.nbytes


Average = Matrices | LowPass


def matrix_of(response: np.ndarray, step: int) -> np.ndarray:
    """Matrix ``(n / step, n)`` that filters n periodic samples and keeps every step-th one."""
    taps = np.fft.ifft(response).real
    at = np.arange(response.size)
    return np.asarray(taps[(at[::step, None] - at) % response.size])
