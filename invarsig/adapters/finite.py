"""What somebody's model or function is measured on, and compared with, has to be numbers."""

from __future__ import annotations

import numpy as np

from invarsig.errors import ParameterError

__all__ = ["require_finite", "require_telling"]


def require_finite(values: np.ndarray) -> None:
    """Refuse an input that holds NaN or infinity: NaN equals NaN, so that any two results agree.

    Raises
    ------
    ParameterError
        If it does.

    Examples
    --------
    >>> require_finite(np.ones(3))
    """
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise ParameterError(
            f"{bad} of {values.size} values of the input are not finite, and nothing can be "
            "measured with them; give a part without them, or fill them by x.fillna(0). The "
            "operator itself may be given NaN."
        )


def require_telling(result: np.ndarray, name: str) -> None:
    """Refuse a result without any finite value: a comparison with it says nothing.

    Raises
    ------
    ParameterError
        If there is none.

    Examples
    --------
    >>> require_telling(np.array([np.nan, 1.0]), "The model")
    """
    if result.size and not np.isfinite(result).any():
        raise ParameterError(
            f"{name} gives no finite value on this input, which is finite, so nothing can be "
            "compared with it; give an input in the range that it was trained on, or see whether "
            "its weights are finite."
        )
