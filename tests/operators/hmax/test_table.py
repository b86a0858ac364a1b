"""The parameter table of HMAX against what Serre et al. (2007) printed, table 1."""

from __future__ import annotations

import pytest

import invarsig as iv
from invarsig.operators.hmax.table import BANDS, band_of, designed

# For each band: filter sizes, widths, wavelengths; window and overlap of the pool.
PRINTED = [
    ((7, 9), (2.8, 3.6), (3.5, 4.6), 8, 4),
    ((11, 13), (4.5, 5.4), (5.6, 6.8), 10, 5),
    ((15, 17), (6.3, 7.3), (7.9, 9.1), 12, 6),
    ((19, 21), (8.2, 9.2), (10.3, 11.5), 14, 7),
    ((23, 25), (10.2, 11.3), (12.7, 14.1), 16, 8),
    ((27, 29), (12.3, 13.4), (15.4, 16.8), 18, 9),
    ((31, 33), (14.6, 15.8), (18.2, 19.7), 20, 10),
    ((35, 37), (17.0, 18.2), (21.2, 22.8), 22, 11),
]


def test_all_thirty_two_widths_and_wavelengths_of_the_simple_cells_are_those_of_the_table(rng):
    cells = iv.SimpleCells(("y", "x"), boundary="zero")
    answer = cells(iv.label(rng.standard_normal((4, 4)), "y", "x"))
    assert answer.scale.values.tolist() == [size for sizes, *_ in PRINTED for size in sizes]
    assert answer.sigma.values.tolist() == [sigma for _, pair, *_ in PRINTED for sigma in pair]
    assert answer.wavelength.values.tolist() == [
        long for _, _, pair, *_ in PRINTED for long in pair
    ]


def test_the_formula_gives_what_is_printed_to_one_decimal_but_for_one_entry():
    off = []
    for sizes, widths, wavelengths, *_ in PRINTED:
        for size, *printed in zip(sizes, widths, wavelengths, strict=True):
            off += [
                (size, round(value, 2), wanted)
                for value, wanted in zip(designed(size), printed, strict=True)
                if round(value, 1) != wanted
            ]
    assert off == [(23, 12.78, 12.7)]


def test_the_pools_are_those_of_the_table():
    assert len(PRINTED) == BANDS
    for number, (sizes, _, _, grid, overlap) in enumerate(PRINTED, start=1):
        band = band_of(number)
        assert (band.sizes, band.grid, band.grid - band.stride) == (sizes, grid, overlap)


@pytest.mark.parametrize("number", [0, 9, 1.5])
def test_there_are_eight_bands(number):
    with pytest.raises(iv.errors.ParameterError, match=r"(?i)band"):
        band_of(number)
