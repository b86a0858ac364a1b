"""Diagnosis: measures and causes of one pipeline on one input, combined."""

from invarsig.diagnosis.baseline_file import Baseline, BaselineAxis
from invarsig.diagnosis.check import Check, check
from invarsig.diagnosis.compare import Comparison, compare
from invarsig.diagnosis.diagnose import MOST, diagnose
from invarsig.diagnosis.diagnosis import Diagnosis
from invarsig.diagnosis.measured_baseline import baseline
from invarsig.diagnosis.regression import Regression, check_against
from invarsig.diagnosis.side_by_side import Progress

__all__ = [
    "MOST",
    "Baseline",
    "BaselineAxis",
    "Check",
    "Comparison",
    "Diagnosis",
    "Progress",
    "Regression",
    "baseline",
    "check",
    "check_against",
    "compare",
    "diagnose",
]
