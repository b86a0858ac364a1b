"""Remedies: changes to a pipeline that lessen what folds, each predicted and verified."""

from invarsig.operators.work import work
from invarsig.remedies.remedy import Remedy, remedies

__all__ = ["Remedy", "remedies", "work"]
