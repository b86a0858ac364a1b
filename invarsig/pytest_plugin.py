"""A pytest plug-in: a test that fails when a pipeline becomes more shift-sensitive than it was.

It is found by itself where invarsig is installed. The fixture `equivariance_regression` holds a
pipeline against a baseline that is kept beside the test file; ``pytest --update-baselines`` writes
it anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import xarray as xr

    from invarsig.operators import Operator

__all__ = ["EquivarianceRegression", "equivariance_regression", "pytest_addoption"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes baselines anew."""
    group = parser.getgroup("invarsig")
    group.addoption(
        "--update-baselines",
        action="store_true",
        default=False,
        help="write the baselines of equivariance_regression anew",
    )


@dataclass(frozen=True)
class EquivarianceRegression:
    """Holds pipelines against baselines; what the fixture gives.

    Parameters
    ----------
    folder
        Where the baselines of the test file are kept.
    test
        Name of the test.
    update
        Whether to write baselines anew.
    """

    folder: Path
    test: str
    update: bool

    def __call__(
        self,
        op: Operator,
        x: xr.DataArray,
        along: str | Sequence[str] | None = None,
        *,
        tolerance: float = 0.5,
        name: str = "",
    ) -> None:
        """Fail if the pipeline is worse than its baseline by more than a tolerance.

        Parameters
        ----------
        op, x, along
            As for `invarsig.baseline`.
        tolerance
            In dB.
        name
            Tells several baselines of one test apart.
        """
        __tracebackhide__ = True
        from invarsig.diagnosis import Baseline, baseline, held_against

        said = "-".join(part for part in (self.test, name) if part)
        path = self.folder / f"{re.sub(r'[^A-Za-z0-9_.-]+', '_', said)}.json"
        if self.update:
            self.folder.mkdir(parents=True, exist_ok=True)
            baseline(op, x, along).to_json(path)
            return
        if not path.is_file():
            pytest.fail(
                f"There is no baseline {path}; write it with: pytest --update-baselines",
                pytrace=False,
            )
        found = held_against(op, x, Baseline.from_json(path), tolerance=tolerance)
        worse = [each.sentence for each in found if each.worse]
        if worse:
            pytest.fail("\n".join(worse), pytrace=False)


@pytest.fixture
def equivariance_regression(request: pytest.FixtureRequest) -> EquivarianceRegression:
    """Hold a pipeline against the baseline that is kept beside the test file."""
    path = request.path
    update = bool(request.config.getoption("--update-baselines"))
    return EquivarianceRegression(path.parent / "baselines" / path.stem, request.node.name, update)
