"""Remedies: changes to a pipeline that lessen what folds, each predicted and verified."""

from invarsig.remedies.remedy import Remedy, remedies, work

__all__ = ["Remedy", "remedies", "work"]
