"""HMAX: simple and complex cells in two rounds, a model of the visual cortex.

S1 are Gabor filters (`SimpleCells`), C1 their maximum over neighboring places and scales, S2 the
similarity of C1 to patches (`RadialBasis`), C2 the largest similarity over all places and scales.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import require_dims
from invarsig.errors import AxisError, ParameterError
from invarsig.operators import GlobalPool, MaxPool, Operator, Parallel, RadialBasis, SimpleCells
from invarsig.operators.hmax.table import BANDS, band_of

__all__ = ["complex_cells", "hmax", "sample_patches"]


def complex_cells(
    band: int,
    over: tuple[str, str] = ("y", "x"),
    *,
    stride: int | None = None,
    boundary: str | None = None,
) -> Operator:
    """Complex cells of one band of HMAX (C1): the maximum over places and over its two scales.

    ``c[θ, j] = max y[s, θ, j s + k]`` over both filter sizes s of the band and the N x N places k:
    `SimpleCells`, and then one `MaxPool` over the dims scale, rows and columns. Bands have
    different strides, so several of them form `Levels`.

    Parameters
    ----------
    band
        Row of Serre's table, 1 to 8: filters of ``4 b + 3`` and ``4 b + 5`` samples, a window of
        ``N = 6 + 2 b``.
    over
        The two dims, rows first.
    stride
        Samples from one window to the next; by default N / 2, so that windows overlap by half.
    boundary
        As for `Convolve`, along both dims.

    Returns
    -------
    Operator
        Over rows and columns, to a picture for each orientation, in the stride's steps.

    Raises
    ------
    ParameterError
        If there is no such band, or the stride is not a whole number of at least 1.

    Examples
    --------
    >>> print(complex_cells(1)[1])
    MaxPool(scale: 2, y: 8, x: 8, stride scale: 2, y: 4, x: 4)
    >>> import invarsig as iv
    >>> c1 = iv.Levels({f"band {b}": complex_cells(b) for b in (1, 2)})

    References
    ----------
    Serre et al. (2007), doi:10.1109/TPAMI.2007.56, table 1.
    """
    row = band_of(band)
    by = (
        row.stride
        if stride is None
        else parameters.count(stride, "The stride of the complex cells", " samples")
    )
    cells = SimpleCells(over, sizes=row.sizes, boundary=boundary)
    pool = MaxPool(
        window={"scale": 2, **dict.fromkeys(over, row.grid)},
        stride={"scale": 2, **dict.fromkeys(over, by)},
        boundary=None if boundary is None else {"scale": "valid", **dict.fromkeys(over, boundary)},
    )
    return cells >> pool


def sample_patches(
    responses: xr.DataArray,
    size: int,
    count: int,
    *,
    rng: np.random.Generator | int,
    over: tuple[str, str] = ("y", "x"),
) -> xr.DataArray:
    """Cut patches out of C1 responses at random places: the templates of S2.

    Parameters
    ----------
    responses
        Result of `complex_cells`; a scale dim of one entry is dropped.
    size
        Rows and columns of a patch; Serre's are 4, 8, 12 and 16.
    count
        Number of patches.
    rng
        Generator of random numbers, or a seed.
    over
        The two dims, rows first.

    Returns
    -------
    xarray.DataArray
        Over "patch", the other dims, rows and columns, without coordinates.

    Raises
    ------
    AxisError
        If the responses are smaller than a patch.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.random.default_rng(1).standard_normal((48, 48)), "y", "x")
    >>> sample_patches(complex_cells(1)(x), 4, 10, rng=2).sizes["patch"]
    10

    References
    ----------
    Serre et al. (2007), doi:10.1109/TPAMI.2007.56, section 2.2.
    """
    require_dims(responses, over, "sample_patches")
    size = parameters.count(size, "The size of a patch", " samples")
    count = parameters.count(count, "The number of patches")
    x = responses.squeeze("scale", drop=True) if responses.sizes.get("scale") == 1 else responses
    x = x.reset_coords(drop=True).drop_vars([dim for dim in x.dims if dim in x.coords])
    for dim in over:
        if x.sizes[dim] < size:
            raise AxisError(
                f"A patch of {size} samples is longer than {dim!r} ({x.sizes[dim]} samples); take "
                "smaller patches, a lower band or a larger picture."
            )
    random = np.random.default_rng(rng)
    cuts = []
    for _ in range(count):
        starts = {dim: int(random.integers(x.sizes[dim] - size + 1)) for dim in over}
        cuts.append(x.isel({dim: slice(a, a + size) for dim, a in starts.items()}))
    return xr.concat(cuts, dim="patch").transpose("patch", ..., *over)


def hmax(
    patches: xr.DataArray,
    *,
    over: tuple[str, str] = ("y", "x"),
    bands: Iterable[int] = range(1, BANDS + 1),
    beta: float = 1.0,
    boundary: str | None = None,
) -> Operator:
    """HMAX from picture to C2: for each patch the largest similarity over all places and scales.

    In each band `complex_cells`, then `RadialBasis` of its responses to the patches, joint over
    orientations, then a global maximum; and the maximum over the bands. The result has lost place
    and scale: it is as invariant to translations as its strides allow.

    Parameters
    ----------
    patches
        Templates of S2 over "patch", "orientation" and the two dims (`sample_patches`).
    over
        The two dims, rows first.
    bands
        Rows of the table to use; a small picture has no room for the high ones.
    beta
        Sharpness of the S2 units.
    boundary
        As for `complex_cells`.

    Returns
    -------
    Operator
        To one number for each patch.

    Raises
    ------
    ParameterError
        If no band is named, or one that does not exist.
    DimError
        If the patches lack "patch", "orientation", rows or columns.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.random.default_rng(1).standard_normal((64, 64)), "y", "x")
    >>> patches = sample_patches(complex_cells(1)(x), 4, 3, rng=2)
    >>> hmax(patches, bands=(1, 2))(x).values.round(6).tolist()
    [1.0, 1.0, 1.0]

    References
    ----------
    Riesenhuber & Poggio (1999), doi:10.1038/14819; Serre et al. (2007),
    doi:10.1109/TPAMI.2007.56.
    """
    rows = tuple(bands)
    if not rows:
        raise ParameterError(f"bands={bands!r} names no band; give some of 1 to {BANDS}.")
    require_dims(patches, ("patch", "orientation", *over), "hmax")
    likeness = RadialBasis(patches, over=("orientation",), channels=("patch",), beta=beta)
    everywhere = GlobalPool(("scale", *over), kind="max")
    branches = {
        f"band {row}": complex_cells(row, over, boundary=boundary) >> likeness >> everywhere
        for row in rows
    }
    return Parallel(branches, dim="band") >> GlobalPool("band", kind="max")
