"""What P and Q can be: densities, samples, bounds, modes; each with a text that round-trips.

    >>> import numpy as np
    >>> from ganlab.distributions import parse
    >>> ring = parse("ring(8)")
    >>> str(ring), len(ring.modes()), ring.sample(5, np.random.default_rng(0)).shape
    ('ring(8,radius=1,std=0.01)', 8, (5, 2))
"""

from __future__ import annotations

from ganlab.distributions.base import Distribution, Modes
from ganlab.distributions.errors import DistributionError
from ganlab.distributions.gaussian import GaussianMixture
from ganlab.distributions.mixture import Mixture, mixture
from ganlab.distributions.parsing import parse
from ganlab.distributions.planar import Blobs, Grid, Normal2D, Ring
from ganlab.distributions.registry import FAMILIES, Family, Parameter, examples
from ganlab.distributions.univariate import (
    Cauchy,
    Exponential,
    Laplace,
    LogNormal,
    Normal,
    StudentT,
    Triangular,
    Uniform,
)

__all__ = [
    "FAMILIES",
    "Blobs",
    "Cauchy",
    "Distribution",
    "DistributionError",
    "Exponential",
    "Family",
    "GaussianMixture",
    "Grid",
    "Laplace",
    "LogNormal",
    "Mixture",
    "Modes",
    "Normal",
    "Normal2D",
    "Parameter",
    "Ring",
    "StudentT",
    "Triangular",
    "Uniform",
    "examples",
    "mixture",
    "parse",
]
