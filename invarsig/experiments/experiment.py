"""What every experiment is: a frozen question, measured on real data and judged by a fixed rule.

Conventions
-----------
``measure`` makes the numbers, one for each item that was drawn; ``judge`` estimates effects from
them; ``draw`` draws them. What the claim expects is declared before, as data: ``expects`` maps
names of effects to `invarsig.experiments.expectations.Expectation`, and its **first** entry is the
primary effect, from which alone the grade follows (`invarsig.experiments.grades.grade`). What is
expected follows from the claim's words and is hashed with them; it is not moved to get an answer.
``null`` takes away what the claim is about, so that it must not come out as true. Identities are
not estimated: ``laws`` lists them, and tests assert them of every item.
"""

from __future__ import annotations

import abc
import datetime
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

import numpy as np
import xarray as xr

from invarsig.errors import ParameterError
from invarsig.experiments.collection import Collection
from invarsig.experiments.effects import Effect
from invarsig.experiments.expectations import Expectation, Limited
from invarsig.experiments.grades import grade
from invarsig.experiments.laws import Law
from invarsig.experiments.packaged_weights import Weights
from invarsig.experiments.result import FIELDS, Result

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
    """What is done, and on what, in a few sentences; what is expected is said by `expects`."""
    expects: ClassVar[Mapping[str, Expectation]]
    """What the claim expects, by names of effects; the first is the primary effect."""
    limited: ClassVar[Limited | None] = None
    """The limits within which the claim may still be true, and the effect that is the primary one
    within them."""
    headline: ClassVar[str]
    """What was found, as a sentence with ``{value}`` in place of the primary effect, and with
    ``{limited}`` where there are limits; true whatever comes out."""
    sources: ClassVar[tuple[str, ...]]
    """Who states it, or has measured it."""
    parts: ClassVar[tuple[str, ...]]
    """Parts of the collection that it needs: "speech", "images", ..."""
    weights: ClassVar[tuple[Weights, ...]] = ()
    """Networks that others trained, from optional packages of their own."""

    @abc.abstractmethod
    def measure(self, data: Collection, rng: np.random.Generator, progress: Progress) -> xr.Dataset:
        """Measure: numbers over recordings or pictures, with labeled dims and units."""

    @abc.abstractmethod
    def judge(self, found: xr.Dataset, rng: np.random.Generator) -> tuple[Sequence[Effect], str]:
        """Estimate the effects, and say in a sentence or two what they show."""

    @abc.abstractmethod
    def null(self, found: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
        """Take away from the measured numbers what the claim is about.

        Labels shuffled within each item, or the numbers of an identity pipeline or of a shift by
        nothing (`invarsig.experiments.nulls`): the claim must then come out undecided or false,
        but for one time in twenty.
        """

    def laws(self, found: xr.Dataset) -> Sequence[Law]:
        """List the identities that every item keeps to round-off; none by default."""
        return ()

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
        MissingError
            If a network that others trained is not installed.
        """
        tell = progress or _silent
        for each in self.weights:
            each.path()
        collection = Collection.found(data)
        tell("reading", 0.0)
        found = self.measure(collection, np.random.default_rng(self.seed), tell)
        tell("judging", 1.0)
        return self.conclude(found, self.inputs(collection))

    @final
    @classmethod
    def inputs(cls, collection: Collection) -> list[str]:
        """Lines "path sha256" of all that it reads: of the collection and of others' networks."""
        weights = [each.fingerprint() for each in cls.weights]
        return [*collection.fingerprints(cls.parts), *weights]

    @final
    @classmethod
    def missing(cls) -> tuple[str, ...]:
        """Names of optional packages that it needs and that are not installed."""
        return tuple(dict.fromkeys(name for each in cls.weights for name in each.missing))

    @final
    def conclude(self, found: xr.Dataset, inputs: Sequence[str] = ()) -> Result:
        """Estimate, grade and word what was measured, without measuring it again.

        Parameters
        ----------
        found
            What `measure` returned, or the Dataset of a result.
        inputs
            Where it comes from: a line for each file; those that it names itself by default.

        Returns
        -------
        Result
        """
        measured = found.drop_vars([name for name in found if str(name).startswith("effect_")])
        effects, sentence = self.estimate(measured, np.random.default_rng(self.seed + 1))
        primary, limited = self.deciding(effects)
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        attrs = {
            "created": now,
            "version": _version(),
            **found.attrs,
            "experiment": self.name,
            "claim": self.claim,
            "question": self.question,
            "design": self.whole_design(),
            "fingerprint": self.fingerprint(),
            "answer": grade(primary, limited),
            "headline": self.said(primary, limited),
            "sentence": sentence,
            "seed": self.seed,
            "reduced": int(self.reduced),
            "inputs": "\n".join(inputs) or str(found.attrs.get("inputs", "")),
        }
        return Result(measured.assign(_variables(effects)).assign_attrs(attrs), type(self))

    @final
    def estimate(
        self, found: xr.Dataset, rng: np.random.Generator
    ) -> tuple[tuple[Effect, ...], str]:
        """Estimate the effects and compare them with what is expected: the primary one first.

        Raises
        ------
        ParameterError
            If something is expected of an effect that was not estimated.
        """
        effects, sentence = self.judge(found, rng)
        by = {effect.name: effect for effect in effects}
        expects = dict(self.expects)
        if self.limited is not None:
            expects.setdefault(self.limited.effect, next(iter(expects.values())))
        missing = [name for name in expects if name not in by]
        if missing:
            raise ParameterError(
                f"{self.name}: {', '.join(map(repr, missing))} is expected and was not estimated; "
                f"there are {', '.join(by)}."
            )
        first = [expectation.of(by[name]) for name, expectation in expects.items()]
        return (*first, *(effect for name, effect in by.items() if name not in expects)), sentence

    @final
    @classmethod
    def deciding(cls, effects: Sequence[Effect]) -> tuple[Effect, Effect | None]:
        """Pick the primary effect, and the same within the limits if there are any."""
        by = {effect.name: effect for effect in effects}
        limited = None if cls.limited is None else by[cls.limited.effect]
        return by[next(iter(cls.expects))], limited

    @final
    @classmethod
    def said(cls, primary: Effect, limited: Effect | None) -> str:
        """Fill the headline with the numbers of the primary effect; say where it is a pilot's."""
        text = cls.headline.format(value=primary, limited=limited)
        few = min(
            (each for each in (primary, limited) if each is not None), key=lambda each: each.count
        )
        return f"{text} A pilot: {few.count} {few.of}." if few.pilot else text

    @final
    @classmethod
    def expected(cls) -> str:
        """Say what the claim expects, from its data: the sentence that ends the design."""
        (first, bound), *others = cls.expects.items()
        text = f"Expected of the claim, and what alone decides: {first}, {bound}"
        if cls.limited is not None:
            text += f"; the limits within which it may be true: {cls.limited.words} "
            text += f"({cls.limited.effect})"
        rest = "; ".join(f"{name}, {each}" for name, each in others)
        return f"{text}. Expected besides: {rest}." if rest else f"{text}."

    @final
    @classmethod
    def whole_design(cls) -> str:
        """Say what is done and what is expected."""
        return f"{cls.design} {cls.expected()}"

    @final
    def fingerprint(self) -> str:
        """Digest of the question and its design: it changes when they do."""
        words = (
            f"{self.name}\n{self.claim}\n{self.question}\n{self.whole_design()}\n{self.headline}"
        )
        return hashlib.sha256(words.encode("utf-8")).hexdigest()[:16]


def _variables(effects: Sequence[Effect]) -> dict[str, tuple[str, list[object]]]:
    """Effects as variables over "effect"."""
    return {
        f"effect_{field}": ("effect", [getattr(effect, field) for effect in effects])
        for field in FIELDS
    }


def _version() -> str:
    from importlib.metadata import version

    return version("invarsig")


def _silent(_text: str, _part: float) -> None:
    """Say nothing."""
