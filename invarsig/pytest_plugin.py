"""A pytest plug-in: a test that fails when a pipeline becomes more shift-sensitive than it was.

pytest finds it automatically where invarsig is installed. The fixture `equivariance_regression`
compares a pipeline with a baseline that is stored beside the test file;
``pytest --invarsig-update`` shows what changes, and rewrites it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import xarray as xr

    from invarsig.diagnosis import Baseline
    from invarsig.measures.norms import Norm
    from invarsig.operators import Operator

__all__ = [
    "EquivarianceRegression",
    "equivariance_regression",
    "pytest_addoption",
    "pytest_terminal_summary",
]

_OPTION = "--invarsig-update"

# Under which name a test's report carries what was written, from pytest-xdist's workers too.
_CHANGED = "invarsig_baseline"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that rewrites baselines."""
    group = parser.getgroup("invarsig")
    group.addoption(
        _OPTION,
        action="store_true",
        default=False,
        help="rewrite the baselines of equivariance_regression, and show what changes",
    )


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Show which baselines were written, with the old and new error along each axis."""
    written = [
        (report.nodeid, text)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, text in report.user_properties
        if name == _CHANGED
    ]
    if written:
        terminalreporter.section("invarsig baselines")
    for test, text in written:
        terminalreporter.line(test)
        for line in text.splitlines():
            terminalreporter.line(f"  {line}")


@dataclass(frozen=True, repr=False)
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
    tell
        Called with what is written, in words.
    """

    folder: Path
    test: str
    update: bool
    tell: Callable[[str], None] = lambda _text: None

    def __repr__(self) -> str:
        """Show where the baselines are, from the test's folder."""
        return f"{type(self).__name__}({self.folder.parent.name}/{self.folder.name})"

    def __call__(
        self,
        op: Operator | Callable[[xr.DataArray], Operator],
        x: xr.DataArray,
        along: str | Sequence[str] | None = None,
        *,
        tolerance: float = 0.5,
        norm: Norm | None = None,
        name: str = "",
    ) -> None:
        """Fail if the pipeline is worse than its baseline by more than a tolerance.

        Parameters
        ----------
        op, x, along
            As for `invarsig.baseline`; or, as `--pipeline` takes it, a function that makes the
            operator from `x`.
        tolerance
            In dB.
        norm
            What errors are relative to, as for `invarsig.baseline`; that of the baseline where
            there is one, and another is refused.
        name
            Distinguishes several baselines of one test.
        """
        __tracebackhide__ = True
        from invarsig.testing.tracebacks import without_own_frames

        said = "-".join(part for part in (self.test, name) if part)
        path = self.folder / f"{re.sub(r'[^A-Za-z0-9_.-]+', '_', said)}.json"
        try:
            op = _built(op, x)
            if self.update:
                failing = self._write(path, op, x, along, norm)
            else:
                failing = self._compare(path, op, x, tolerance, norm)
        except Exception as error:  # noqa: BLE001 - it is raised again
            raise without_own_frames(error)  # noqa: B904 - it is the same error
        if failing:
            pytest.fail(failing)

    def _write(
        self,
        path: Path,
        op: Operator,
        x: xr.DataArray,
        along: str | Sequence[str] | None,
        norm: Norm | None,
    ) -> str:
        """Write the baseline, and tell what it changes; it never fails."""
        from invarsig.diagnosis import baseline
        from invarsig.diagnosis.baseline_changes import baseline_changes

        new = baseline(op, x, along, norm=norm)
        changes = baseline_changes(_kept(path), new)
        self.folder.mkdir(parents=True, exist_ok=True)
        new.to_json(path)
        self.tell("\n".join([path.name, *(changes or ["nothing changes"])]))
        return ""

    def _compare(
        self, path: Path, op: Operator, x: xr.DataArray, tolerance: float, norm: Norm | None
    ) -> str:
        """Say along which axes it is worse."""
        from invarsig.diagnosis import Baseline, check_against

        if not path.is_file():
            return f"There is no baseline {path}; write it with: pytest {_OPTION}"
        before = Baseline.from_json(path)
        found = check_against(op, x, before, tolerance=tolerance, norm=norm)
        worse = [each.sentence for each in found if each.worse]
        remedy = f"If that is meant, show and keep what changes: pytest {_OPTION}"
        return "\n".join([*worse, remedy]) if worse else ""


def _built(op: Any, x: xr.DataArray) -> Operator:
    """The operator; what a function makes of the input, where that is one."""
    from invarsig.operators import Operator

    made = op(x) if inspect.isfunction(op) else op
    return made if isinstance(made, Operator) else op


def _kept(path: Path) -> Baseline | None:
    """The baseline that stands there; None where there is none that can be read."""
    from invarsig.diagnosis import Baseline
    from invarsig.errors import ReadError

    try:
        return Baseline.from_json(path)
    except ReadError:
        return None


@pytest.fixture
def equivariance_regression(request: pytest.FixtureRequest) -> EquivarianceRegression:
    """Compare a pipeline with the baseline that is stored beside the test file.

    ``equivariance_regression(op, x, along, tolerance=0.5, name="")`` fails where the error along
    some axis is larger than it was, by more than `tolerance` dB. See docs/how_to/fail_in_ci.md.
    """
    path, node = request.path, request.node
    return EquivarianceRegression(
        path.parent / "baselines" / path.stem,
        node.name,
        bool(request.config.getoption(_OPTION)),
        lambda text: node.user_properties.append((_CHANGED, text)),
    )
