"""Divergences between two densities given as probability masses per cell.

Symbols: p, q masses of P and Q on the same cells [n], m = (p + q)/2, r = (p − q)/(p + q). Units: nats.
"""

from __future__ import annotations

import math

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from ganlab.divergences.results import LN2, DivergenceError

SUM_TOLERANCE = 1e-6  # room for masses that went through float32, not for a lost tail
ROUNDING = 1e-12  # how far rounding alone may carry a sum of non-negative terms past its bounds


def checked_masses(name: str, masses: ArrayLike) -> NDArray[np.float64]:
    """Masses as float64 [n], normalised to Σ = 1; DivergenceError unless finite, non-negative and Σ = 1 ± 1e-6."""
    try:
        array = np.asarray(masses, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DivergenceError(f"{name}: should be masses [n]. Received {masses!r:.60}.") from error
    if array.ndim != 1 or array.size == 0:
        raise DivergenceError(f"{name}: shape should be [n] with n >= 1. Received shape {array.shape}.")
    total = float(array.sum())
    if not math.isfinite(total) or float(array.min()) < 0.0:
        worst = f"minimum {array.min()}, sum {total}"
        raise DivergenceError(f"{name}: masses should be finite and >= 0. Received {worst}.")
    if abs(total - 1.0) > SUM_TOLERANCE:
        raise DivergenceError(
            f"{name}: masses should sum to 1 (within {SUM_TOLERANCE}). Received sum {total}."
        )
    return array / total


def js_from_masses(p: ArrayLike, q: ArrayLike) -> float:
    """Jensen-Shannon divergence of two mass vectors [n] over the same cells, in nats, within [0, ln 2].

    JS = ½ KL(p‖m) + ½ KL(q‖m) (Lin 1991, eq. 3.8), summed as ½ Σ m [(1+r) ln(1+r) + (1−r) ln(1−r)], whose
    terms are non-negative one by one: identical inputs give exactly 0, disjoint ones ln 2, subnormal masses
    do no harm, and nothing cancels when p ≈ q. This is the divergence; scipy's `jensenshannon` is its root.

    Merging cells only lowers JS, so on cells it is a lower bound of the JS of the densities.
    """
    p, q = checked_masses("p", p), checked_masses("q", q)
    if p.shape != q.shape:
        raise DivergenceError(f"q: should have as many cells as p. Received {q.size} for {p.size}.")
    mass = p + q
    r = np.divide(p - q, mass, out=np.zeros_like(mass), where=mass > 0.0)
    terms = scipy.special.xlog1py(1.0 + r, r) + scipy.special.xlog1py(1.0 - r, -r)
    js = 0.25 * float(np.dot(mass, terms))
    assert -ROUNDING <= js <= LN2 + ROUNDING, f"JS = {js} is outside [0, ln 2]"
    return min(max(js, 0.0), LN2)
