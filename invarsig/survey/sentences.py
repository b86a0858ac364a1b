"""What a survey says in sentences."""

from __future__ import annotations

from collections import Counter

import numpy as np

from invarsig.report.split import NAMES
from invarsig.report.wording import listed, off, printable, shortened
from invarsig.survey.columns import NOT_KNOWN
from invarsig.survey.paired import pairs_of_survey
from invarsig.survey.results import Survey

__all__ = ["about_files", "about_pairs", "about_quantiles", "main_causes", "opening", "sentences"]


def sentences(found: Survey) -> list[str]:
    """All of them, in the order of the page."""
    return [opening(found), *about_quantiles(found), *about_pairs(found), *about_files(found)]


def opening(found: Survey) -> str:
    """On how many files the result is clearly off, for each pipeline."""
    table = found.table
    known = np.isfinite(table.worst.to_numpy())
    if not known.any():
        return "Nothing can be said of the results."
    clear = np.isin(table.severity.to_numpy(), ("clear", "severe"))
    counts = []
    for pipeline in found.pipelines:
        own = (table.pipeline == pipeline).to_numpy()
        files = set(table.input.to_numpy()[own & known].tolist())
        bad = set(table.input.to_numpy()[own & clear].tolist())
        counts.append((shortened(printable(pipeline), 60), len(bad), len(files)))
    if len(counts) == 1:
        _, bad_files, files_known = counts[0]
        verb = "is" if bad_files == 1 else "are"
        return f"When the input moves, {bad_files} of {files_known} results {verb} clearly off."
    said = listed(
        [f"on {bad_files} of {files} files with {name}" for name, bad_files, files in counts]
    )
    return f"When the input moves, results are clearly off {said}."


def about_quantiles(found: Survey) -> list[str]:
    """Median and tail of each pipeline and dim, with the interval of the median."""
    data = found.quantiles()
    said = []
    for pipeline in found.pipelines:
        for dim in found.dims:
            one = data.sel(pipeline=pipeline, dim=dim)
            if not one.files:
                continue
            errors, low, high = (one[name].to_numpy() for name in ("error", "low", "high"))
            interval = f" (95 % interval {off(low[0])} to {off(high[0])})" if one.files > 1 else ""
            half, nine = off(errors[0]), off(errors[1])
            said.append(
                f"{shortened(printable(pipeline), 60)}, along {printable(dim)}: half of "
                f"{int(one.files)} files are off by {half}{interval} or less, nine in ten by "
                f"{nine} or less."
            )
    return said


def about_pairs(found: Survey) -> list[str]:
    """Each other pipeline against the first, file by file."""
    return [each.sentence for each in pairs_of_survey(found)]


def about_files(found: Survey) -> list[str]:
    """The main cause, files without a result, and files that are not done."""
    table, said = found.table, []
    for pipeline in found.pipelines:
        causes = main_causes(found, pipeline)
        known = [each for each in causes if each not in ("", NOT_KNOWN)]
        if known:
            top, count = Counter(known).most_common(1)[0]
            lead = (
                f"With {shortened(printable(pipeline), 60)} the"
                if len(found.pipelines) > 1
                else "The"
            )
            files = "file" if len(causes) == 1 else "files"
            name = NAMES.get(top, top)
            said.append(
                f"{lead} main cause is most often {name}: on {count} of {len(causes)} {files}."
            )
    failed = sorted(set(found.failed.input.to_numpy().tolist()))
    if failed:
        shown = [shortened(printable(each), 60) for each in failed[:3]]
        more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
        said.append(
            f"{len(failed)} of {len(found.names)} files {'has' if len(failed) == 1 else 'have'} no "
            "result: "
            f"{', '.join(shown) + more if more else listed(shown)}."
        )
    left = len(found.names) - len(set(table.input.to_numpy().tolist()))
    if left:
        verb = "is" if left == 1 else "are"
        said.append(f"{left} of {len(found.names)} files {verb} not done; run the survey again.")
    return said


def main_causes(found: Survey, pipeline: str) -> list[str]:
    """Main cause of each file's verdict; "" where there is none, or `NOT_KNOWN`."""
    table = found.table
    own = (table.pipeline == pipeline).to_numpy() & np.isfinite(table.verdict.to_numpy())
    names, causes = (table[name].to_numpy()[own].tolist() for name in ("input", "main_cause"))
    return list(dict(zip(names, causes, strict=True)).values())
