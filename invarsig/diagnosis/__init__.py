"""Diagnosis: measures and causes of one pipeline on one input, put together."""

from invarsig.diagnosis.axis import Progress
from invarsig.diagnosis.check import Check, check
from invarsig.diagnosis.diagnose import Diagnosis, diagnose

__all__ = ["Check", "Diagnosis", "Progress", "check", "diagnose"]
