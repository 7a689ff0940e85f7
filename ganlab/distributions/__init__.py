"""What P and Q can be: densities, samples, bounds, modes; each with a text that round-trips.

>>> import numpy as np
>>> from ganlab.distributions import parse
>>> ring = parse("ring(8)")
>>> str(ring), len(ring.modes()), ring.sample(5, np.random.default_rng(0)).shape
('ring(8,radius=1,std=0.01)', 8, (5, 2))
"""

from __future__ import annotations

# The order of the first four is the order of the families in every picker.
# isort: off
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
from ganlab.distributions.planar import Blobs, Grid, Normal2D, Ring
from ganlab.distributions.shapes import Checkerboard, Circles, Line, Moons, Pinwheel, Spiral
from ganlab.distributions.own import Drawn, Samples

# isort: on
from ganlab.distributions.base import Distribution, Modes
from ganlab.distributions.errors import DistributionError, TableError
from ganlab.distributions.gaussian import GaussianMixture
from ganlab.distributions.mixture import Mixture, mixture
from ganlab.distributions.parsing import parse
from ganlab.distributions.registry import FAMILIES, Family, Parameter, examples
from ganlab.distributions.table import Table, read_table

__all__ = [
    "FAMILIES",
    "Blobs",
    "Cauchy",
    "Checkerboard",
    "Circles",
    "Distribution",
    "DistributionError",
    "Drawn",
    "Exponential",
    "Family",
    "GaussianMixture",
    "Grid",
    "Laplace",
    "Line",
    "LogNormal",
    "Mixture",
    "Modes",
    "Moons",
    "Normal",
    "Normal2D",
    "Parameter",
    "Pinwheel",
    "Ring",
    "Samples",
    "Spiral",
    "StudentT",
    "Table",
    "TableError",
    "Triangular",
    "Uniform",
    "examples",
    "mixture",
    "parse",
    "read_table",
]
