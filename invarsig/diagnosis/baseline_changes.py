"""What a new baseline changes, in words: old and new errors along each axis."""

from __future__ import annotations

from invarsig.diagnosis.baseline_file import Baseline
from invarsig.measures.norms import norm_in_words

__all__ = ["baseline_changes"]

# Errors that are written alike, to a tenth of a decibel, have not changed.
_DIGITS = 1


def baseline_changes(old: Baseline | None, new: Baseline) -> tuple[str, ...]:
    """What is other in a new baseline, a line for each axis; () where nothing is.

    Parameters
    ----------
    old
        What stood there; None for nothing.
    new
        What is to stand there.

    Returns
    -------
    tuple of str
        First the pipeline and the input, if they are others, then each axis whose worst error
        changed, is new or is gone.

    Examples
    --------
    >>> from dataclasses import replace
    >>> import invarsig as iv
    >>> axis = iv.diagnosis.BaselineAxis(("x",), ("px",), ((1.0,),), (0.01,))
    >>> old = Baseline("Relu()", "0" * 64, (axis,))
    >>> baseline_changes(old, replace(old, axes=(replace(axis, errors=(0.1,)),)))
    ('along x: -40.0 dB -> -20.0 dB, worse by 20.0 dB',)
    >>> baseline_changes(None, old), baseline_changes(old, old)
    (('along x: new, -40.0 dB',), ())
    """
    before = {} if old is None else {axis.dim: axis.worst for axis in old.axes}
    now = {axis.dim: axis.worst for axis in new.axes}
    said: list[str] = []
    if old is not None and old.pipeline != new.pipeline:
        said.append(f"the pipeline was {old.pipeline}, and is {new.pipeline}")
    if old is not None and old.sha256 != new.sha256:
        said.append("the input is another one")
    if old is not None and (old.model or {}) != (new.model or {}):
        said.append("the model, or how its input is made, is another one")
    if old is not None and old.norm != new.norm:
        said.append(
            f"errors were relative to {norm_in_words(old.norm)}, and are to "
            f"{norm_in_words(new.norm)}"
        )
    for dim, worst in now.items():
        if dim not in before:
            said.append(f"along {dim}: new, {worst:.{_DIGITS}f} dB")
        elif (change := round(worst, _DIGITS) - round(before[dim], _DIGITS)) != 0:
            words = "worse" if change > 0 else "better"
            said.append(
                f"along {dim}: {before[dim]:.{_DIGITS}f} dB -> {worst:.{_DIGITS}f} dB, {words} by "
                f"{abs(change):.{_DIGITS}f} dB"
            )
    said += [f"along {dim}: gone, was {before[dim]:.1f} dB" for dim in before if dim not in now]
    return tuple(said)
