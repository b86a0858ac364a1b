"""Operators made of operators and actions: means over an orbit, and canonical frames."""

from invarsig.compose.canonicalized import Canonicalized, canonicalize
from invarsig.compose.frames import CenterOfMass, Frame
from invarsig.compose.orbit_mean import OrbitMean, orbit_mean
from invarsig.compose.phase_correlation import PhaseCorrelation

__all__ = [
    "Canonicalized",
    "CenterOfMass",
    "Frame",
    "OrbitMean",
    "PhaseCorrelation",
    "canonicalize",
    "orbit_mean",
]
