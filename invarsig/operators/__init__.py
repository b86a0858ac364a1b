"""Operators: what a pipeline is made of."""

from invarsig.operators.base import Operator, Pipeline, Plan
from invarsig.operators.combinators import Levels, Parallel, Residual, Sum
from invarsig.operators.filters import Convolve, GaborBank, GaussianBank, LocallyConnected
from invarsig.operators.frontends import Spectrogram
from invarsig.operators.pointwise import Apply, Log, Modulus, Relu, Sigmoid, Square, Tanh
from invarsig.operators.polyphase import Dense
from invarsig.operators.pooling import BlurPool, GlobalPool, MaxPool, MeanPool, Subsample
from invarsig.operators.spectral import SpectralPool

__all__ = [
    "Apply",
    "BlurPool",
    "Convolve",
    "Dense",
    "GaborBank",
    "GaussianBank",
    "GlobalPool",
    "Levels",
    "LocallyConnected",
    "Log",
    "MaxPool",
    "MeanPool",
    "Modulus",
    "Operator",
    "Parallel",
    "Pipeline",
    "Plan",
    "Relu",
    "Residual",
    "Sigmoid",
    "SpectralPool",
    "Spectrogram",
    "Square",
    "Subsample",
    "Sum",
    "Tanh",
]
