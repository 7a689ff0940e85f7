"""Random distributions on the line, and referees that integrate by other means."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import scipy.integrate
from hypothesis import strategies as st

from ganlab.distributions import (
    Cauchy,
    Distribution,
    Exponential,
    Laplace,
    LogNormal,
    Normal,
    StudentT,
    Triangular,
    Uniform,
    mixture,
)
from ganlab.divergences.line import LinePair
from ganlab.divergences.registry import DIVERGENCES, Options
from ganlab.divergences.results import Answer

PLACE = st.floats(-5, 5).map(lambda x: round(x, 4))
LOG_SCALE = st.floats(-2.5, 1.5).map(lambda x: round(10**x, 4))
SCALE = st.floats(0.2, 4).map(lambda x: round(x, 4))


def triangle(low: float, share: float, width: float) -> Triangular:
    return Triangular(low, low + share * width, low + width)


NORMAL = st.builds(Normal, PLACE, SCALE)
FAMILY = {
    "normal": NORMAL,
    "uniform": st.builds(lambda low, width: Uniform(low, low + width), PLACE, SCALE),
    "laplace": st.builds(Laplace, PLACE, SCALE),
    "student_t": st.builds(StudentT, st.floats(0.5, 30), PLACE, SCALE),
    "cauchy": st.builds(Cauchy, PLACE, SCALE),
    "exponential": st.builds(Exponential, SCALE, PLACE),
    "lognormal": st.builds(LogNormal, st.floats(-1, 1), st.floats(0.1, 1.5)),
    "triangular": st.builds(triangle, PLACE, st.floats(0, 1).map(lambda x: round(x, 3)), SCALE),
}
ANY = st.one_of(list(FAMILY.values()))


def mixtures(parts: st.SearchStrategy[Distribution] = ANY, most: int = 4) -> st.SearchStrategy[Distribution]:
    """Mixtures of 1 to `most` components."""
    component = st.tuples(st.floats(0.05, 1), parts)
    return st.lists(component, min_size=1, max_size=most).map(
        lambda found: mixture(*zip(*found, strict=True))
    )


def answer(name: str, p: Distribution, q: Distribution, **options: object) -> Answer:
    """One divergence, from densities."""
    return DIVERGENCES[name].of(LinePair(p, q), Options(**options))


def value(name: str, p: Distribution, q: Distribution, **options: object) -> float:
    return answer(name, p, q, **options).value


def closed(name: str, p: Distribution, q: Distribution, **options: object) -> float | None:
    """Its closed form."""
    form = DIVERGENCES[name].closed
    assert form is not None
    return form(LinePair(p, q), Options(**options))


def agrees(found: Answer, expected: float, tolerance: float = 1e-9, rounding: float = 1e-12) -> None:
    """Within 1e-9 (absolute or relative), and within its own error but for rounding of the referee."""
    if math.isinf(expected):
        assert found.value == expected
        return
    size = max(1.0, abs(expected))
    assert abs(found.value - expected) <= tolerance * size, (found, expected)
    assert abs(found.value - expected) <= found.error + rounding * size, (found, expected)
    assert 0.0 <= found.error <= tolerance * size, (found, expected)


def quad(function: Callable[[np.ndarray], np.ndarray], points: list[float], end: float = 80.0) -> float:
    """∫ function over the line, piece by piece between points, by scipy's adaptive rule."""
    edges = [-end, *sorted(points), end]
    pieces = (
        scipy.integrate.quad(
            lambda x: float(function(np.array([x]))[0]), a, b, limit=400, epsabs=1e-13, epsrel=1e-12
        )
        for a, b in pairwise(edges)
        if a < b
    )
    return math.fsum(found for found, _ in pieces)
