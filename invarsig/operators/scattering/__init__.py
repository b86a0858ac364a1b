"""Scattering transforms: wavelets and moduli in a cascade, averaged."""
