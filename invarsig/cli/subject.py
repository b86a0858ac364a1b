"""What a command measures: a pipeline or a model, and how it reads its inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from invarsig import parameters
from invarsig.cli.grids import GridOptions
from invarsig.cli.inputs import Input
from invarsig.cli.model_input import Preparation
from invarsig.cli.models import Model
from invarsig.cli.named_objects import file_of
from invarsig.cli.options import ModelOptions, SubjectOptions
from invarsig.cli.pipelines import hint, pipeline_of
from invarsig.diagnosis import Baseline
from invarsig.errors import ParameterError
from invarsig.measures.norms import Norm
from invarsig.operators import Operator

__all__ = ["Subject", "norm_asked"]


@dataclass(frozen=True)
class Subject:
    """A pipeline or a model.

    Parameters
    ----------
    pipeline, channel, grid
        The options.
    model
        The model, in place of a pipeline.
    of
        The pipeline of an input.
    norm
        What errors are relative to; None for what the pipeline's kind has.
    """

    pipeline: str | None
    channel: str | None
    grid: GridOptions
    model: Model | None
    of: Callable[[xr.DataArray], Operator]
    norm: Norm | None = None

    @classmethod
    def loaded(cls, options: ModelOptions) -> Subject:
        """Load what the options name, once.

        Raises
        ------
        ParameterError
            If they name both a pipeline and a model, an option is given without a model, or the
            model cannot be used.
        """
        if options.pipeline is not None and options.model is not None:
            raise ParameterError("Give --pipeline or --model, one of them.")
        grid = GridOptions()
        norm: Norm | None = None
        if isinstance(options, SubjectOptions):
            grid = GridOptions.of(options.variable, options.axis)
            norm = norm_asked(options.norm)
        pipeline, channel = options.pipeline, options.channel
        return cls(pipeline, channel, grid, _model(options), pipeline_of(pipeline), norm)

    @staticmethod
    def files(options: ModelOptions) -> list[Path]:
        """Files that are read besides the inputs, which no output may replace."""
        model = Path(options.model or "")
        objects = [*file_of(options.pipeline), *file_of(options.model)]
        return [*objects, *([model] if model.is_file() else [])]

    def read(self, path: Path, known: Operator | None = None) -> Input:
        """Read an input; a model that was taken apart before is `known`."""
        if self.model is None:
            return Input.read(path, self.channel, self.grid)
        self.grid.refuse(path)
        return self.model.read(path, known)

    def operator(self, read: Input) -> Operator:
        """What measures an input."""
        return self.of(read.x) if read.op is None else read.op

    def along(self, read: Input, wanted: Sequence[str] | None) -> list[str] | None:
        """The dims to look along: of a model's input all but its channels."""
        if wanted:
            return list(wanted)
        return None if self.model is None else self.model.dims_along(read.x)

    @property
    def usual(self) -> Norm | None:
        """The norm that is asked for; by default that of networks for a model, an operator too."""
        return "channelwise" if self.norm is None and self.model is not None else self.norm

    def hint(
        self, error: Exception, x: xr.DataArray | None, *, whole: bool, built: bool = True
    ) -> str:
        """What on the command line helps."""
        if self.model is not None:
            return ""
        return hint(error, self.pipeline, x, whole=whole, built=built)

    def compared(self, before: Baseline) -> str:
        """Whether a baseline is of weights that changed, as a sentence.

        Raises
        ------
        ParameterError
            If it was measured in another way: what differs is named.
        """
        now = None if self.model is None else self.model.identity()
        return before.compared(now)


def norm_asked(name: str | None) -> Norm | None:
    """A norm as it is named by --norm.

    Raises
    ------
    ParameterError
        If there is none of that name.
    """
    if name is not None:
        parameters.one_of("--norm", name, Norm)
    return name  # type: ignore[return-value]


def _model(options: ModelOptions) -> Model | None:
    """The model; None where there is none."""
    if options.model is None:
        for name in ("layer", "normalize", "dims", "size", "trust"):
            if getattr(options, name):
                raise ParameterError(f"--{name} is for a model; name it by --model.")
        return None
    prepared = Preparation.of(options.dims, options.normalize, options.size)
    return Model.load(
        options.model,
        prepared,
        channel=options.channel,
        layer=options.layer,
        trust=options.trust,
    )
