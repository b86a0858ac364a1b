"""What ``--json`` writes: every key, declared once with its meaning, and the document of them.

A document is built from these classes and from nothing else, and the page "Command line" of the
reference lists their fields. Keys are added without notice; where one is removed or changes its
meaning, `SCHEMA` counts up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from invarsig.cli.declared import key

__all__ = [
    "RESULTS",
    "SCHEMA",
    "AnsweredPictures",
    "Axis",
    "BaselineAxis",
    "BaselineInput",
    "CheckedAxis",
    "CheckedInput",
    "ComparedAxis",
    "ComparedInput",
    "ComparedQuantile",
    "ComparedSurvey",
    "Document",
    "Experiment",
    "Failure",
    "Measure",
    "Move",
    "PairedFiles",
    "Picture",
    "RenderedPage",
    "ReportedInput",
    "RunExperiment",
    "SurveyedFiles",
    "Written",
]

SCHEMA = 1


@dataclass(frozen=True)
class Move:
    """One move along one axis."""

    dim: str = key("the axis")
    length: float = key("how far, in the unit of the axis")
    unit: str = key("unit of the axis")


@dataclass(frozen=True)
class Axis:
    """The worst error of moves along one axis, the pipeline as given."""

    dim: str = key("the axis")
    error: float | None = key("relative error: 1 is as large as the output", "1")
    error_db: float | None = key("the same in decibels", "dB")
    moves: list[Move] = key("the move that gives it")
    protocol: str = key("roll (the input rolled round) or cut (two cuts of the signal)")
    compared: float | None = key("part of the output that was compared", "1")


@dataclass(frozen=True)
class ReportedInput:
    """`report`: an input of the page."""

    input: str = key("the input as it was named")
    pipeline: str = key("what measures it, as text")
    state: str = key("known, or why there is no verdict: blind, nan, untried, empty, constant")
    axes: list[Axis] = key("the worst error along each axis alone; empty where none is known")
    worst: Axis | None = key("the worst of all moves, joint ones included")
    summary: list[str] = key("the summary, line by line; the first is the verdict")
    norm: str = key("what errors are relative to: centered, channelwise or total")


@dataclass(frozen=True)
class RenderedPage:
    """`render`: a diagnosis whose page was written."""

    input: str = key("the saved diagnosis")
    names: list[str] = key("names of the inputs in it")


@dataclass(frozen=True)
class CheckedAxis:
    """A limit along one axis, or jointly along several."""

    dim: str = key('the axis; of a joint move all of them, such as "y and x"')
    outcome: str = key("holds, falls short or undecidable")
    error_db: float | None = key("the error at the move that decides", "dB")
    measuring_limit_db: float | None = key("what a perfect pipeline might show there", "dB")
    moves: list[Move] = key("the move that decides, along each axis")
    sentence: str = key("the same in words")


@dataclass(frozen=True)
class CheckedInput:
    """`check --max-error`: an input against a limit."""

    input: str = key("the input as it was named")
    limit_db: float = key("the limit", "dB")
    outcome: str = key("the worst of its axes: holds, falls short or undecidable")
    axes: list[CheckedAxis] = key("each axis, and joint moves")
    norm: str = key("what errors are relative to: centered, channelwise or total")


@dataclass(frozen=True)
class ComparedAxis:
    """One axis against its baseline."""

    dim: str = key('the axis; of joint moves all of them, such as "y and x"')
    worse: bool = key("whether the worst error is worse by more than the tolerance")
    before_db: float | None = key("the worst error of the baseline", "dB")
    now_db: float | None = key("the worst error of today", "dB")
    moves: list[Move] = key("the move of the worst error of today, along each axis")
    stage: int = key("the layer that made it worse, from 1; 0 where none did, or it is gone")
    path: str = key('its path, such as "layer2.conv1"; of a stage of a pipeline its number')
    candidates: list[str] = key("paths of all layers that have changed, that one first")
    sentence: str = key("the same in words")


@dataclass(frozen=True)
class ComparedInput:
    """`check --against`: an input against its baseline."""

    input: str = key("the input as it was named")
    baseline: str = key("the file of the baseline")
    tolerance_db: float = key("by how much it may be worse", "dB")
    outcome: str = key("holds or falls short")
    axes: list[ComparedAxis] = key("each axis, and joint moves")
    norm: str = key("what the errors of both are relative to: centered, channelwise or total")


@dataclass(frozen=True)
class BaselineAxis:
    """What was measured along one axis."""

    dim: str = key('the axis; of joint moves all of them, such as "y and x"')
    worst_db: float | None = key("the largest error", "dB")
    moves: int = key("how many moves were made", "1")


@dataclass(frozen=True)
class BaselineInput:
    """`baseline`: an input whose errors were kept."""

    input: str = key("the input as it was named")
    pipeline: str = key("what was measured, as text")
    axes: list[BaselineAxis] = key("each axis, and joint moves")
    norm: str = key("what errors are relative to: centered, channelwise or total")


@dataclass(frozen=True)
class Measure:
    """A number over all pictures, with its 95 % interval."""

    name: str = key("name of the measure, as `iv.measures.answers` gives it")
    value: float | None = key("mean over the pictures", "1")
    low: float | None = key("lower end of the interval; null below 5 pictures", "1")
    high: float | None = key("upper end of the interval; null below 5 pictures", "1")


@dataclass(frozen=True)
class Picture:
    """One picture of `answers`."""

    input: str = key("name of the picture")
    consistency: float | None = key("share of pairs of shifts with the same answer", "1")
    flipped: float | None = key("share of shifts with another answer", "1")


@dataclass(frozen=True)
class AnsweredPictures:
    """`answers`: how often a classifier changes its answer."""

    outcome: str = key("holds, falls short, undecidable; measured without --min-consistency")
    shifts: int = key("largest shift to either side", "px")
    crop: str = key("circular or crop")
    measures: list[Measure] = key("over all pictures")
    chance: float | None = key("share of pairs of different pictures with the same answer", "1")
    pictures: list[Picture] = key("each picture, in the order of their names")


@dataclass(frozen=True)
class PairedFiles:
    """Two pipelines on the same files, or one of before and of now, compared file by file."""

    first: str = key("name of the pipeline that is compared with")
    second: str = key("name of the other one, or of the same one now")
    dim: str = key("the axis")
    files: int = key("on how many files both errors are known", "1")
    median_db: float = key("median over files of the change of the error", "dB")
    low_db: float | None = key("lower end of its 95 % interval; null for one file", "dB")
    high_db: float | None = key("upper end of its 95 % interval; null for one file", "dB")
    better: int = key("on how many files the second one is better", "1")
    worse: int = key("on how many files it is worse", "1")
    alike: int = key("on how many files they differ by less than 0.05 dB", "1")
    chance: float = key("two-sided sign test", "1")
    work: float | None = key("multiplications of the second one, over the first", "1")
    output: float | None = key("output values of the second one, over the first", "1")
    sentence: str = key("the same in words")


@dataclass(frozen=True)
class SurveyedFiles:
    """`survey`: what was found over all files."""

    store: str = key("where the rows are")
    files: int = key("how many files there are", "1")
    pairs: list[PairedFiles] = key("each other pipeline against the first, along each axis")
    failed: list[str] = key("files that have no result")
    summary: list[str] = key("the summary, line by line")


@dataclass(frozen=True)
class ComparedQuantile:
    """One quantile of the errors over the files that both surveys have."""

    pipeline: str = key("name of the pipeline")
    dim: str = key("the axis")
    probability: float | None = key("of the quantile; null for files without an error", "1")
    worse: bool = key("whether it is worse by more than the tolerance")
    before: float | None = key("relative error, or how many files have none", "1")
    now: float | None = key("the same of today", "1")
    sentence: str = key("the same in words")


@dataclass(frozen=True)
class ComparedSurvey:
    """`check --survey`: files against a survey of them."""

    input: str = key("the survey or the files, as they were named")
    survey: str = key("the survey that is compared with")
    tolerance_db: float = key("by how much it may be worse", "dB")
    outcome: str = key("holds or falls short")
    quantiles: list[ComparedQuantile] = key("each pipeline, axis and quantile")
    pairs: list[PairedFiles] = key("each pipeline of now against that of before, file by file")


@dataclass(frozen=True)
class Experiment:
    """`experiments`: one claim."""

    name: str = key("name of the experiment")
    claim: str = key("the claim that it puts to the test")


@dataclass(frozen=True)
class RunExperiment:
    """`experiments run`: what was found."""

    name: str = key("name of the experiment")
    answer: str = key(
        "true, true within limits, undecided by these data, false within limits or false"
    )
    sentence: str = key("what was found, in words and numbers")


RESULTS: dict[str, tuple[type, ...]] = {
    "report": (ReportedInput,),
    "render": (RenderedPage,),
    "check": (CheckedInput, ComparedInput, ComparedSurvey),
    "baseline": (BaselineInput,),
    "answers": (AnsweredPictures,),
    "survey": (SurveyedFiles,),
    "experiments": (Experiment,),
    "experiments run": (RunExperiment,),
}
"""What stands in `results`, for each command."""


@dataclass(frozen=True)
class Written:
    """A file that was written."""

    what: str = key("page, diagnosis, baseline, figure, dataset or survey")
    path: str = key("where it is")


@dataclass(frozen=True)
class Failure:
    """What went wrong."""

    input: str | None = key("the input that it is about; null where it is about none")
    kind: str = key("the exception: ReadError, ParameterError, UsageError, ...")
    message: str = key("what is wrong, and the remedy")
    exit_code: int = key("the code that it alone would give", "1")


@dataclass(frozen=True)
class Document:
    """What stands on stdout."""

    schema: int = key("version of this schema", "1")
    invarsig: str = key("version of invarsig")
    command: str = key('the command; "" where the arguments name none')
    exit_code: int = key("the exit code, the worst of all inputs", "1")
    results: list[Any] = key("one entry for each input, experiment or set of pictures")
    written: list[Written] = key("files that were written")
    errors: list[Failure] = key("what went wrong; empty where nothing did")
    notes: list[str] = key("what else has to be said, such as how channels were mixed")
