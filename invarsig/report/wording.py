"""How numbers and untrusted text are written: what sentences, figures and page import."""

from invarsig.report.numbers_in_words import (
    band,
    decibels,
    error,
    level_in_words,
    off,
    percent,
    power_of_ten,
    quantity,
    share_in_words,
    span,
    two_digits,
)
from invarsig.report.plain_text import capital, listed, printable, sentence, shortened, typeset

__all__ = [
    "band",
    "capital",
    "decibels",
    "error",
    "level_in_words",
    "listed",
    "off",
    "percent",
    "power_of_ten",
    "printable",
    "quantity",
    "sentence",
    "share_in_words",
    "shortened",
    "span",
    "two_digits",
    "typeset",
]
