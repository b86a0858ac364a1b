"""Remedies: changes to a pipeline that lessen its error, verified on the signal as given."""

from invarsig.operators.work import work
from invarsig.remedies.offered import remedies
from invarsig.remedies.recommendation import Recommendation, recommend
from invarsig.remedies.remedy import Remedy

__all__ = ["Recommendation", "Remedy", "recommend", "remedies", "work"]
