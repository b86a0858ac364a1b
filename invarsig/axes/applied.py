"""A kernel applied to a plain array, in the precision of what it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from invarsig.errors import DtypeError

__all__ = ["Kernel", "applied", "kind_of_result", "promoted", "promoted_dtype"]

Kernel = Callable[[np.ndarray], "np.ndarray | tuple[np.ndarray, dict[str, np.ndarray]]"]


def promoted(values: np.ndarray) -> np.ndarray:
    """Promote integers and booleans to float64, half precision to float32; keep the rest."""
    return values.astype(promoted_dtype(values.dtype), copy=False)


def promoted_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type that values of some type are promoted to."""
    if dtype.kind in "iub":
        return np.dtype(np.float64)
    if dtype.kind not in "fc":
        raise DtypeError(f"Values of type {dtype} are not a signal; convert them to numbers.")
    if dtype.itemsize == 2:  # half precision, whatever the order of its bytes
        return np.dtype(np.float32)
    return dtype.newbyteorder("=")


def applied(kernel: Kernel, given: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """What a kernel makes and finds, in the precision of what it is given."""
    values = promoted(given)
    # Infinity and NaN are propagated, and need no warning for that.
    with np.errstate(over="ignore", invalid="ignore"):
        made = kernel(values)
    result, found = made if isinstance(made, tuple) else (made, {})
    # A result that is a view of the input would change with it.
    shared = np.may_share_memory(result, given)
    return result.astype(kind_of_result(result.dtype, values.dtype), copy=shared), found


def kind_of_result(dtype: np.dtype[Any], given: np.dtype[Any]) -> np.dtype[Any]:
    """Type of the result, in the precision of the input."""
    if dtype.kind not in "fc":
        return dtype
    single = given in (np.dtype(np.float32), np.dtype(np.complex64))
    if dtype.kind == "c":
        return np.dtype(np.complex64 if single else np.complex128)
    return np.dtype(np.float32 if single else np.float64)
