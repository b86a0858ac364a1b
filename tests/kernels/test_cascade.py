"""Cascades give the same whichever way they average and however they are blocked."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig.kernels import cascade, ready_cascade
from invarsig.kernels.cascade import Cascade


def bell(center: float, width: float):
    def response(frequencies: list[np.ndarray]) -> np.ndarray:
        out = np.ones(())
        for f in frequencies:
            out = np.multiply.outer(out, np.exp(-0.5 * ((f - center) / width) ** 2))
        return out

    return response


def built(rank: int, inner: int, outer: int) -> Cascade:
    first = [(bell(0.3, 0.1), (1,) * rank), (bell(0.2, 0.05), (inner,) * rank)]
    second = [(bell(f, 0.04), (inner,) * rank) for f in (0.1, 0.15, 0.05)]
    second.append((bell(0.05, 0.02), (outer,) * rank))
    return Cascade([bell(0, 0.03)] * rank, first, second, [(0, 1, 2, 3), (3,)], (outer,) * rank)


@pytest.mark.parametrize("shape", [(48,), (2, 48), (24, 36), (2, 3, 24, 36)])
@pytest.mark.parametrize(
    "change",
    [(cascade, "_MATRIX", 0), (ready_cascade, "_BLOCK", 1), (ready_cascade, "_BLOCK", 2000)],
    ids=["spectra", "one by one", "in blocks"],
)
def test_matrices_spectra_and_blocks_agree(rng, monkeypatch, shape, change):
    values = rng.standard_normal(shape)
    rank = 1 if shape[-1] == 48 else 2
    usual = built(rank, 2, 4)(values)
    monkeypatch.setattr(*change)
    np.testing.assert_allclose(built(rank, 2, 4)(values), usual, atol=1e-14)


@pytest.mark.parametrize("rank", [1, 2])
def test_paths_are_filters_moduli_and_an_average(rng, rank):
    values = rng.standard_normal((24, 36)[:rank])
    axes = tuple(range(rank))

    def filtered(x: np.ndarray, response) -> np.ndarray:
        lines = [np.fft.fftfreq(n) for n in x.shape]
        return np.fft.ifftn(np.fft.fftn(x, axes=axes) * response(lines), axes=axes)

    tree = built(rank, 1, 4)
    got = tree(values)
    firsts = [np.abs(filtered(values, psi)) for psi, _ in tree.first]
    inner = [values, *firsts]
    # The last of the second wavelets is kept on the grid of the results before it is averaged.
    inner += [np.abs(filtered(firsts[0], tree.second[k][0])) for k in (0, 1, 2)]
    for path, x in zip(got, inner, strict=False):
        dense = filtered(x, bell(0, 0.03)).real
        np.testing.assert_allclose(path, dense[(slice(None, None, 4),) * rank], atol=1e-14)
    assert got.shape[0] == 1 + 2 + 5
