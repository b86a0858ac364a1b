"""What every experiment is: a frozen question, measured on real data and judged by a fixed rule.

Conventions
-----------
``measure`` makes the numbers, one for each recording or picture; ``judge`` estimates effects from
them, each with what the claim expects of it, and words them; ``draw`` draws them. The answer
follows by one rule for all (`invarsig.experiments.effects.answer`): a claim *holds* if everything
that it expects is met by the whole confidence interval, *does not hold* if nothing is, and *holds
partly* otherwise. What is expected follows from the claim's words and stands in the design; it is
not moved to get an answer.
"""

from __future__ import annotations

import abc
import datetime
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

import numpy as np
import xarray as xr

from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect, answer
from invarsig.experiments.result import Result

if TYPE_CHECKING:
    import os

    from invarsig.report.drawing import Drawing

__all__ = ["Experiment", "Figure", "Progress"]

Progress = Callable[[str, float], None]
"""Called with what is being done, and the completed fraction, from 0 to 1."""


@dataclass(frozen=True)
class Figure:
    """A figure of an experiment.

    Parameters
    ----------
    title
        What it shows, in a few words.
    caption
        How to read it, in one or two sentences.
    drawing
        Made by `invarsig.experiments.charts`.
    """

    title: str
    caption: str
    drawing: Drawing


@dataclass(frozen=True)
class Experiment(abc.ABC):
    """A frozen question about a claim, with its design and its seed.

    Parameters
    ----------
    reduced
        The same design on fewer recordings and shifts, for tests.
    seed
        Seed of all that is drawn at random.
    """

    reduced: bool = False
    seed: int = 0

    name: ClassVar[str]
    """Words joined by hyphens, as the command line accepts them."""
    number: ClassVar[int]
    """Place in the list of claims."""
    claim: ClassVar[str]
    """The claim as people state it."""
    question: ClassVar[str]
    """What is asked of it."""
    design: ClassVar[str]
    """What is done, on what, and what the claim expects: in a few sentences."""
    sources: ClassVar[tuple[str, ...]]
    """Who states it, or has measured it."""
    parts: ClassVar[tuple[str, ...]]
    """Parts of the collection that it needs: "speech", "images", ..."""

    @abc.abstractmethod
    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure: numbers over recordings or pictures, with labeled dims and units."""

    @abc.abstractmethod
    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Estimate the effects, and say in a sentence or two what they show."""

    @abc.abstractmethod
    def draw(self, found: xr.Dataset) -> Sequence[Figure]:
        """Draw what was measured."""

    @final
    def run(
        self,
        data: str | os.PathLike[str] | None = None,
        *,
        progress: Progress | None = None,
    ) -> Result:
        """Run on real data.

        Parameters
        ----------
        data
            Folder laid out as `Collection` says; by default the repository's ``data/``.
        progress
            Called with the progress.

        Returns
        -------
        Result

        Raises
        ------
        ReadError
            If data are missing.
        """
        tell = progress or _silent
        collection = Collection.found(data)
        tell("reading", 0.0)
        found = self.measure(collection, np.random.default_rng(self.seed), tell)
        tell("judging", 1.0)
        effects, sentence = self.judge(found, np.random.default_rng(self.seed + 1))
        attrs = {
            **found.attrs,
            "experiment": self.name,
            "claim": self.claim,
            "question": self.question,
            "design": self.design,
            "fingerprint": self.fingerprint(),
            "answer": answer(effects),
            "sentence": sentence,
            "seed": self.seed,
            "reduced": int(self.reduced),
            "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "version": _version(),
            "inputs": "\n".join(collection.fingerprints(self.parts)),
        }
        return Result(found.assign(_variables(effects)).assign_attrs(attrs), type(self))

    @final
    def fingerprint(self) -> str:
        """Digest of the question and its design: it changes when they do."""
        words = f"{self.name}\n{self.claim}\n{self.question}\n{self.design}"
        return hashlib.sha256(words.encode("utf-8")).hexdigest()[:16]


def _variables(effects: Sequence[Effect]) -> dict[str, tuple[str, list[object]]]:
    """Effects as variables over "effect"."""
    fields = ("name", "unit", "value", "low", "high", "count", "of", "expected", "met")
    return {
        f"effect_{field}": ("effect", [getattr(effect, field) for effect in effects])
        for field in fields
    }


def _version() -> str:
    from importlib.metadata import version

    return version("invarsig")


def _silent(_text: str, _part: float) -> None:
    """Say nothing."""
