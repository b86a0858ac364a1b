"""Diagnosis: measures and causes of one pipeline on one input, put together."""

from invarsig.diagnosis.axis import Progress
from invarsig.diagnosis.check import Check, check
from invarsig.diagnosis.diagnose import MOST, Diagnosis, diagnose

__all__ = ["MOST", "Check", "Diagnosis", "Progress", "check", "diagnose"]
