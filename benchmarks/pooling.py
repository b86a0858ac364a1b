"""Are the pools slower than their peers? Ratios below 1 are faster than the peer."""

from __future__ import annotations

import numpy as np
from benchmarks.convolution import paired, show
from scipy import ndimage
from skimage.measure import block_reduce

import invarsig as iv


def main() -> None:
    """Compare pools with scipy and scikit-image."""
    values = np.random.default_rng(0).standard_normal((16, 512, 512))
    x = iv.label(values, "channel", iv.Axis("y", period=512.0), iv.Axis("x", period=512.0))
    both = {"y": 2, "x": 2}
    blocks = iv.MaxPool(window=both)
    np.testing.assert_array_equal(blocks(x), block_reduce(values, (1, 2, 2), np.max))
    show(
        "max pool 2/2 against skimage.measure.block_reduce",
        paired(lambda: blocks(x), lambda: block_reduce(values, (1, 2, 2), np.max)),
    )
    means = iv.MeanPool(window=both)
    show(
        "mean pool 2/2 against skimage.measure.block_reduce",
        paired(lambda: means(x), lambda: block_reduce(values, (1, 2, 2), np.mean)),
    )
    dense = iv.MaxPool(window={"y": 9, "x": 9}, stride={"y": 1, "x": 1})
    peer = lambda: ndimage.maximum_filter(values, (1, 9, 9), mode="wrap")  # noqa: E731
    np.testing.assert_array_equal(dense(x), peer())
    show("max pool 9/1 against ndimage.maximum_filter", paired(lambda: dense(x), peer))
    few = x.isel(channel=slice(0, 4))
    box = {"window": {"y": 5, "x": 5}, "stride": {"y": 1, "x": 1}}
    medians, norms = iv.MedianPool(**box), iv.LpPool(**box, power=3)
    order = lambda: ndimage.median_filter(values[:4], (1, 5, 5), mode="wrap")  # noqa: E731
    np.testing.assert_array_equal(medians(few), order())
    show("median pool 5/1 against ndimage.median_filter", paired(lambda: medians(few), order))
    size = (1, 5, 5)
    power = lambda: ndimage.uniform_filter(abs(values[:4]) ** 3, size, mode="wrap")  # noqa: E731
    np.testing.assert_allclose(norms(few), np.cbrt(power()), rtol=1e-6)
    show(
        "L^3 pool 5/1 against ndimage.uniform_filter",
        paired(lambda: norms(few), lambda: np.cbrt(power())),
    )


if __name__ == "__main__":
    main()
