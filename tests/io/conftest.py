"""What the tests of files share: where the recorded data is, and how to cut a file off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def data() -> Path:
    """Folder of the recordings and pictures that come with the repository."""
    return Path(__file__).parents[2] / "data"


@pytest.fixture
def cut_off(tmp_path: Path) -> Callable[[Path, float], Path]:
    """Copy the first part of a file, under the same suffix."""

    def cut(file: Path, share: float) -> Path:
        content = file.read_bytes()
        part = tmp_path / f"part of {file.name}"
        part.write_bytes(content[: int(share * len(content))])
        return part

    return cut
