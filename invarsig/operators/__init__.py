"""Operators: what a pipeline is made of."""

from invarsig.operators.banks.convolve import Convolve
from invarsig.operators.banks.gabor import GaborBank
from invarsig.operators.banks.gaussian import GaussianBank
from invarsig.operators.banks.locally_connected import LocallyConnected
from invarsig.operators.base import Operator, Pipeline, Plan
from invarsig.operators.combinators import Levels, Parallel, Residual, Sum
from invarsig.operators.frontends.spectrogram import Spectrogram
from invarsig.operators.pointwise.apply import Apply
from invarsig.operators.pointwise.logarithms import Log
from invarsig.operators.pointwise.powers import Modulus, Square
from invarsig.operators.pointwise.rectifiers import Relu
from invarsig.operators.pointwise.sigmoids import Sigmoid, Tanh
from invarsig.operators.polyphase import Dense
from invarsig.operators.pooling.blur_pool import BlurPool
from invarsig.operators.pooling.global_pool import GlobalPool
from invarsig.operators.pooling.max_pool import MaxPool
from invarsig.operators.pooling.mean_pool import MeanPool
from invarsig.operators.pooling.spectral import SpectralPool
from invarsig.operators.pooling.subsample import Subsample

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
