"""kymatio, run in an interpreter of its own: its release 0.3.0 needs an older SciPy.

`peers` starts one process for each backend, which times itself on request, in turn with ours.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

PYTHON = "INVARSIG_KYMATIO"
"""Environment variable with the path of a Python that has kymatio, and PyTorch for its backend."""


class Peer:
    """One backend on one input, in its own process; called, it gives its result."""

    def __init__(self, backend: str, values: np.ndarray, options: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            [os.environ[PYTHON], __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._asked((backend, values, options))

    def _asked(self, request: Any) -> Any:
        pipe_in, pipe_out = self._process.stdin, self._process.stdout
        assert pipe_in is not None
        assert pipe_out is not None
        pickle.dump(request, pipe_in)
        pipe_in.flush()
        return pickle.load(pipe_out)

    def __call__(self) -> np.ndarray:
        """Give the result."""
        return np.asarray(self._asked("result"))

    def seconds(self) -> float:
        """Run it once more and give the time that it took, without the pipe."""
        return float(self._asked("seconds"))

    def __del__(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


def peers(values: np.ndarray, **options: Any) -> dict[str, Callable[[], np.ndarray]]:
    """The backends; none where the environment variable does not name a Python."""
    if not os.environ.get(PYTHON):
        return {}
    return {f"kymatio, {name}": Peer(name, values, options) for name in ("numpy", "torch")}


def _prepared(backend: str, values: np.ndarray, options: dict[str, Any]) -> Callable[[], Any]:
    import kymatio
    from kymatio.scattering1d import filter_bank

    # The release takes the mean where its documentation says the sum (kymatio/kymatio#984), which
    # costs the same and halves results.
    filter_bank.periodize_filter_fourier = lambda h, nperiods=1: h.reshape(nperiods, -1).sum(axis=0)
    rank = len(options["shape"])
    transform = getattr(kymatio, f"Scattering{rank}D")(frontend=backend, **options)
    if backend == "numpy":
        return lambda: transform(values)
    import torch

    tensor = torch.from_numpy(values)

    def inferred() -> Any:
        with torch.inference_mode():
            return transform(tensor)

    return inferred


def main() -> None:
    """Answer requests of the process that started this one."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what kymatio prints does not belong in the pipe
    call = _prepared(*pickle.load(requests))
    answer: Any = None
    while True:
        pickle.dump(answer, answers)
        answers.flush()
        try:
            wanted = pickle.load(requests)
        except EOFError:
            return
        start = time.perf_counter()
        result = call()
        took = time.perf_counter() - start
        answer = took if wanted == "seconds" else np.asarray(result)


if __name__ == "__main__":
    main()
