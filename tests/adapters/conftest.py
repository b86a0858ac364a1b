"""Networks need torch, and ONNX files onnx: without these they are not even read."""

from __future__ import annotations

import pytest

collect_ignore = ["networks.py", "onnx_files.py"]


@pytest.fixture(autouse=True)
def _one_thread():
    """Threads that wait for each other make small networks slow."""
    try:
        import torch
    except ImportError:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
