"""Coefficients of the dual tree's filters, as published; in the order of convolution.

`FIRST` holds for each name the low-pass and the high-pass of the first level, both odd and
symmetric. `LATER` holds the q-shift low-pass of tree b, an even filter whose middle lies a quarter
of a sample early; tree a has its reverse, and the high-passes follow from them.

Sources: Kingsbury (2001), doi:10.1006/acha.2000.0343, for the filters; values checked against those
that the Python package dtcwt 0.14 distributes.
"""

from __future__ import annotations

import numpy as np

__all__ = ["FIRST", "LATER", "first_filters", "later_filters"]

FIRST: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "near_sym_a": (
        tuple(n / 20 for n in (-1, 5, 12, 5, -1)),
        tuple(n / 280 for n in (3, -15, -73, 170, -73, -15, 3)),
    ),
    "near_sym_b": (
        tuple(n / 5120 for n in (-9, 0, 114, -240, -247, 1520, 2844, 1520, -247, -240, 114, 0, -9)),
        (
            -7.062639508928571e-05,
            0.0,
            0.0013419015066964285,
            -0.0018833705357142855,
            -0.007156808035714285,
            0.023856026785714284,
            0.05564313616071428,
            -0.05168805803571428,
            -0.29975760323660716,
            0.5594308035714286,
            -0.29975760323660716,
            -0.05168805803571428,
            0.05564313616071428,
            0.023856026785714284,
            -0.007156808035714285,
            -0.0018833705357142855,
            0.0013419015066964285,
            0.0,
            -7.062639508928571e-05,
        ),
    ),
}

LATER: dict[str, tuple[float, ...]] = {
    "qshift_06": (
        0.03516383657149474,
        0.0,
        -0.08832942445107285,
        0.23389032060723564,
        0.7602723690661257,
        0.5875182977235605,
        0.0,
        -0.11430183714424873,
        0.0,
        0.0,
    ),
    "qshift_a": (
        0.051130405283831656,
        -0.013975370246888838,
        -0.10983605166597087,
        0.26383956105893763,
        0.7666284677930372,
        0.5636557101270515,
        0.0008736226952170968,
        -0.1002312195074762,
        -0.0016896812725281543,
        -0.006181881892116438,
    ),
    "qshift_b": (
        0.003253142763653182,
        -0.00388321199915849,
        0.03466034684485349,
        -0.03887280126882779,
        -0.11720388769911527,
        0.27529538466888204,
        0.7561456438925225,
        0.5688104207121227,
        0.011866092033797,
        -0.1067118046866654,
        0.023825384794920298,
        0.01702522388155399,
        -0.005439475937274115,
        -0.004556895628475491,
    ),
    "qshift_c": (
        -0.0047616119384559135,
        -0.00044602278926228516,
        -7.144197327965012e-05,
        0.034914612306842195,
        -0.03727389579989796,
        -0.11591145742744076,
        0.2763686431330317,
        0.7563937651990367,
        0.567134484100133,
        0.01463740596447335,
        -0.11255888425752203,
        0.02228926326692271,
        0.018498682724156248,
        -0.0072026778782583465,
        -0.0002276522058977718,
        0.002430349945148675,
    ),
    "qshift_d": (
        -0.002284127440270531,
        0.0012098941630734423,
        -0.011834794515430786,
        0.0012834569993443994,
        0.044365221606616996,
        -0.05327610880304726,
        -0.1133058863621428,
        0.2809028632221865,
        0.7528160380878561,
        0.5658080673964587,
        0.024550152433666563,
        -0.12018854471079482,
        0.018156493945546453,
        0.03152637712208465,
        -0.006628794612430063,
        -0.0025761743066007948,
        0.0012775586538069982,
        0.002411869456666278,
    ),
}


def first_filters(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Low-pass and high-pass of the first level; both trees have the same."""
    low, high = FIRST[name]
    return np.array(low), np.array(high)


def later_filters(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Low-passes of trees a and b, then their high-passes, of all levels but the first."""
    low = np.array(LATER[name])
    signs = (-1.0) ** np.arange(low.size)
    high = signs * low[::-1]
    return low[::-1], low, high[::-1], high
