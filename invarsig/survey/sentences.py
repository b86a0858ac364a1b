"""What a survey says in sentences."""

from __future__ import annotations

import numpy as np

from invarsig.report.split import NAMES
from invarsig.report.wording import listed, off, percent, printable, shortened
from invarsig.survey.survey import Survey

__all__ = ["about_files", "about_quantiles", "opening", "sentences"]


def sentences(found: Survey) -> list[str]:
    """All of them, in the order of the page."""
    return [opening(found), *about_quantiles(found), *about_files(found)]


def opening(found: Survey) -> str:
    """The share of files whose result changes clearly, of the worst pipeline or the only one."""
    table = found.table
    known = np.isfinite(table.worst.to_numpy())
    if not known.any():
        return "Nothing can be said of the results."
    clear = np.isin(table.severity.to_numpy(), ("clear", "severe"))
    said = []
    for pipeline in found.pipelines:
        own = (table.pipeline == pipeline).to_numpy()
        files = set(table.input.to_numpy()[own & known].tolist())
        bad = set(table.input.to_numpy()[own & clear].tolist())
        lead = f"{shortened(printable(pipeline), 60)}: " if len(found.pipelines) > 1 else ""
        part = f"{len(bad)} of {len(files)}" if bad else f"none of {len(files)}"
        said.append(f"{lead}{part} {'result' if len(files) == 1 else 'results'} clearly off")
    return f"When the input moves: {'; '.join(said)}."


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
            said.append(
                f"{shortened(printable(pipeline), 60)}, along {printable(dim)}: half of "
                f"{int(one.files)} files are off by {off(errors[0])}{interval} or less, nine in ten "
                f"by {off(errors[1])} or less."
            )
    return said


def about_files(found: Survey) -> list[str]:
    """The main cause, files without a result, and files that are not done."""
    table, said = found.table, []
    causes = [each for each in table.main_cause.to_numpy().tolist() if each]
    if causes:
        names, counts = np.unique(causes, return_counts=True)
        top = int(np.argmax(counts))
        said.append(
            f"The main cause is most often {NAMES.get(str(names[top]), str(names[top]))}: in "
            f"{percent(counts[top] / table.sizes['row'])} of the rows."
        )
    failed = sorted(set(found.failed.input.to_numpy().tolist()))
    if failed:
        shown = [shortened(printable(each), 60) for each in failed[:3]]
        more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
        said.append(
            f"{len(failed)} of {len(found.names)} files have no result: "
            f"{', '.join(shown) + more if more else listed(shown)}."
        )
    left = len(found.names) - len(set(table.input.to_numpy().tolist()))
    if left:
        said.append(f"{left} of {len(found.names)} files are not done; run the survey again.")
    return said
