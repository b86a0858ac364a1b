"""The words of the page that not every reader knows, each explained once."""

from __future__ import annotations

__all__ = ["WORDS"]

# Key, word, meaning. The page shows those that are used on it.
WORDS = {
    "equivariant": (
        "shift-equivariant",
        (
            "If the input moves, the result moves along and stays otherwise the same. This "
            "report measures how far a pipeline is from that."
        ),
    ),
    "folding": (
        "folding",
        (
            "A stage that keeps only every n-th sample cannot hold detail finer than two of its "
            "own samples. Finer detail is not lost: it comes back as false, coarser detail. "
            "Also called aliasing."
        ),
    ),
    "imaging": (
        "imaging",
        (
            "A stage that makes more samples than it is given has to guess what lies between. A "
            "poor guess (repeating a sample, inserting zeros) adds detail that was not there."
        ),
    ),
    "nonlinearity": (
        "nonlinearity between samples",
        (
            "Rectifying, squaring or taking a maximum looks at samples only. After a move by a "
            "fraction of a sample it sees other values, so the result changes a little."
        ),
    ),
    "border": (
        "border",
        (
            "What lies outside the recording or picture is not known. Padding, or a seam where "
            "the test joins the ends, changes the result near the edges."
        ),
    ),
    "position": (
        "position",
        (
            "A stage that treats places differently on purpose, such as a position code or a "
            "fully connected layer. No filter changes that."
        ),
    ),
    "error": (
        "error",
        (
            "The size of the difference between the two results, relative to how much the "
            "result varies. 0 %: the result just moves along. 100 %: the difference is as large "
            "as the result itself."
        ),
    ),
    "limit": (
        "measuring limit",
        (
            "The score that a perfect pipeline would get in this test. Errors below it cannot "
            "be seen, so the scale is hatched there."
        ),
    ),
    "roll": (
        "rolled round",
        (
            "The input is moved, and what leaves at one end enters at the other. The result is "
            "moved back and compared. Where the ends meet there is a seam, which the pipeline "
            "did not make."
        ),
    ),
    "cut": (
        "two real cuts",
        (
            "Two pieces are cut out of the input, one a little further along, as a moved camera "
            "or a later start would. Where they show the same, the results should be the same."
        ),
    ),
    "step": (
        "output step",
        (
            "How far apart two samples of the output are. Moved by a whole output step, any "
            "pipeline that treats all places alike just moves its output by one sample."
        ),
    ),
    "detail": (
        "detail given up",
        (
            "How much of the power of the finest detail that the output can hold is damped by "
            "the added smoothing."
        ),
    ),
    "held-out": (
        "held-out part",
        (
            "A part of the input that was not used to choose the change: what is left of the "
            "error there shows whether the change helps beyond the part that it was chosen on."
        ),
    ),
    "dB": (
        "dB",
        (
            "Decibels, a scale for ratios: "
            "\N{MINUS SIGN}20 dB is a tenth (10 %), \N{MINUS SIGN}40 dB a hundredth (1 %), "
            "\N{MINUS SIGN}60 dB a thousandth."
        ),
    ),
}
