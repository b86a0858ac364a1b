"""Operators made of operators and actions: means over an orbit, and canonical frames."""

from invarsig.compose.canonicalized import Canonicalized, canonicalize
from invarsig.compose.frames import CenterOfMass, Frame, PhaseCorrelation
from invarsig.compose.orbit_mean import OrbitMean, orbit_mean

__all__ = [
    "Canonicalized",
    "CenterOfMass",
    "Frame",
    "OrbitMean",
    "PhaseCorrelation",
    "canonicalize",
    "orbit_mean",
]
