"""What somebody else's code says of its failure, as a sentence that others may follow."""

from __future__ import annotations

__all__ = ["as_sentence"]


def as_sentence(error: BaseException) -> str:
    r"""The text of an error on one line, with a full stop at its end.

    Examples
    --------
    >>> as_sentence(ValueError("got 157 channels\n instead"))
    'got 157 channels instead.'
    """
    text = " ".join(str(error).split()) or type(error).__name__
    return text if text.endswith((".", "!", "?")) else f"{text.rstrip(':;,')}."
