"""A pytest plug-in: a test that fails when a pipeline becomes more shift-sensitive than it was.

pytest finds it automatically where invarsig is installed. The fixture `equivariance_regression`
compares a pipeline with a baseline that is stored beside the test file;
``pytest --update-baselines`` rewrites it.
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
    """Add the option that rewrites baselines."""
    group = parser.getgroup("invarsig")
    group.addoption(
        "--update-baselines",
        action="store_true",
        default=False,
        help="rewrite the baselines of equivariance_regression",
    )


@dataclass(frozen=True)
class EquivarianceRegression:
    """Compares pipelines with baselines; the value of the fixture.

    Parameters
    ----------
    folder
        Where the baselines of the test file are stored.
    test
        Name of the test.
    update
        Whether to rewrite baselines.
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
            Distinguishes several baselines of one test.
        """
        __tracebackhide__ = True
        from invarsig.diagnosis import Baseline, baseline, check_against

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
        found = check_against(op, x, Baseline.from_json(path), tolerance=tolerance)
        worse = [each.sentence for each in found if each.worse]
        if worse:
            pytest.fail("\n".join(worse), pytrace=False)


@pytest.fixture
def equivariance_regression(request: pytest.FixtureRequest) -> EquivarianceRegression:
    """Compare a pipeline with the baseline that is stored beside the test file."""
    path = request.path
    update = bool(request.config.getoption("--update-baselines"))
    return EquivarianceRegression(path.parent / "baselines" / path.stem, request.node.name, update)
