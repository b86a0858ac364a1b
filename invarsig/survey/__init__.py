"""Surveys: the same question about thousands of files, one row for each file, pipeline and axis."""

from invarsig.survey.change import Change, compare_surveys, pair_surveys
from invarsig.survey.pairs import Pair
from invarsig.survey.results import Survey
from invarsig.survey.run import survey
from invarsig.survey.subject import Prepared, Subject

__all__ = [
    "Change",
    "Pair",
    "Prepared",
    "Subject",
    "Survey",
    "compare_surveys",
    "pair_surveys",
    "survey",
]
