"""All divergences between P and a fitted Q, not only the one that was descended on.

A mixture of Gaussians is a distribution like any other, and `ganlab.divergences` compares it exactly. A generator's
density has poles wherever G turns back, so both sides are put into cells first: f-divergences of the two vectors of
masses are those of the binned distributions, which are lower bounds, and the others are exact to the width of a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ganlab.distributions import Distribution, parse
from ganlab.divergences import compare
from ganlab.divergences.from_densities import js_from_masses
from ganlab.divergences.generators import GENERATORS
from ganlab.divergences.results import Reason, Units, Value
from ganlab.evaluation import noise_knots, true_masses
from ganlab.fitting.generator import Generate, masses
from ganlab.fitting.target import Array, Target

NAMES = ("kl_pq", "kl_qp", "js", "tv", "hellinger2", "chi2_pq", "w1", "w2", "energy2", "mmd2")
"""The divergences of a reading, unless others are asked for."""

CELLS = 1000
TAIL = 1e-6  # of P, beyond the cells on each side
THIN = 1e-10  # masses below this are not taken from differences
NARROW, WIDE = 1e-4, 1e3  # what a distribution's numbers can be
LEAST = 1e-9  # the smallest share of a component


def mixture(mean: Array, std: Array, weight: Array) -> Distribution | None:
    """The distribution with these components `[k]`; None where one is beyond what a distribution can be."""
    used = weight > LEAST
    mean, std, weight = mean[used], std[used], weight[used]
    if not ((np.abs(mean) <= WIDE) & (std >= NARROW) & (std <= WIDE)).all():
        return None
    parts = zip(weight.tolist(), mean.tolist(), std.tolist(), strict=True)
    return parse("+".join(f"{w!r}*normal({m!r},{s!r})" for w, m, s in parts))


def of_mixture(p: Distribution, q: Distribution, names: Sequence[str], bandwidth: float) -> dict[str, Value]:
    """Values by name, exact."""
    found = compare(p, q, list(names), bandwidth=bandwidth)
    return {name: found[name] for name in names}


def of_generators(
    target: Target, generate: Generate, names: Sequence[str], bandwidth: float
) -> list[dict[str, Value]]:
    """Values by name for each generator, in cells; `generate` as in `ganlab.fitting.generator.masses`."""
    low, high = target.p.quantile([TAIL, 1 - TAIL])
    x = generate(noise_knots("normal")[0][:, None])
    low, high = min(low, float(x.min())), max(high, float(x.max()))
    edges = np.linspace(low, high, CELLS + 1)
    cells = Cells(edges, p_masses(target.p, edges), bandwidth)
    return [{name: cells.value(name, q) for name in names} for q in masses(generate, edges)]


def p_masses(p: Distribution, edges: Array) -> Array:
    """Masses `[n + 2]` of P; in far tails, where a difference of F is rounding, by its density."""
    found = true_masses(p, edges)
    inner = found[1:-1]
    by_density = np.exp(p.logpdf((edges[1:] + edges[:-1]) / 2)) * np.diff(edges)
    found[1:-1] = np.where(inner < THIN, by_density, inner)
    return found


class Cells:
    """P in cells: what a Q in the same cells is compared with."""

    def __init__(self, edges: Array, p: Array, bandwidth: float) -> None:
        """`p` are masses `[n + 2]` below, between and above the edges `[n + 1]`; the outer two go to the end cells."""
        self.edges, self.p, self.bandwidth = edges, _folded(p), bandwidth

    def value(self, name: str, masses: Array) -> Value:
        """One divergence between P and masses `[n + 2]` of Q; raises KeyError for a name that is not in `KNOWN`."""
        of, units = KNOWN[name]
        q = _folded(masses)
        value = of(self, q)
        reason = None
        if np.isinf(value):
            a, b = (self.p, q) if name.endswith("pq") else (q, self.p)
            lost = float(a[(a > 0) & (b == 0)].sum())
            text = f"one side has {lost:.3g} of its mass in cells where the other has none"
            reason = Reason("empty_cells", text, {"mass": lost})
        return Value(name, value, units, reason=reason)

    def gap(self, q: Array) -> Array:
        """F − G at the edges `[n + 1]`."""
        return np.concatenate([[0.0], np.cumsum(self.p - q)])

    def integral(self, values: Array) -> float:
        """∫ of what is given at the edges."""
        return float(np.trapezoid(values, self.edges))

    def f(self, generator: str, q: Array, *, flipped: bool = False) -> float:
        """Σ q f(p/q), flipped Σ p f(q/p)."""
        with np.errstate(divide="ignore"):
            log_p, log_q = np.log(self.p), np.log(q)
        pair = (log_q, log_p) if flipped else (log_p, log_q)
        return float(GENERATORS[generator].excess(*pair).sum())

    def w2(self, q: Array) -> float:
        """√∫(F⁻¹ − G⁻¹)², with mass spread evenly over each cell."""
        u = (np.arange(4 * CELLS) + 0.5) / (4 * CELLS)
        quantiles = [_quantiles(self.edges, side, u) for side in (self.p, q)]
        return float(np.sqrt(np.square(quantiles[0] - quantiles[1]).mean()))

    def mmd2(self, q: Array) -> float:
        """Σ (p − q) k (p − q), each cell at its middle."""
        at = (self.edges[1:] + self.edges[:-1]) / 2
        kernel = np.exp(-np.square(at[:, None] - at) / (2 * self.bandwidth**2))
        return float((self.p - q) @ kernel @ (self.p - q))


KNOWN: dict[str, tuple[Callable[[Cells, Array], float], Units]] = {
    "kl_pq": (lambda cells, q: cells.f("kl", q), "nats"),
    "kl_qp": (lambda cells, q: cells.f("kl", q, flipped=True), "nats"),
    "js": (lambda cells, q: js_from_masses(cells.p, q), "nats"),
    "tv": (lambda cells, q: cells.f("total_variation", q), "none"),
    "hellinger2": (lambda cells, q: cells.f("hellinger", q) / 2, "none"),
    "chi2_pq": (lambda cells, q: cells.f("pearson", q), "none"),
    "w1": (lambda cells, q: cells.integral(np.abs(cells.gap(q))), "x"),
    "w2": (lambda cells, q: cells.w2(q), "x"),
    "energy2": (lambda cells, q: cells.integral(2 * np.square(cells.gap(q))), "x"),
    "mmd2": (lambda cells, q: cells.mmd2(q), "none"),
}


def _folded(masses: Array) -> Array:
    """Masses `[n]` from `[n + 2]`: what lies beyond the end cells counts there."""
    inner = masses[1:-1].copy()
    inner[0] += masses[0]
    inner[-1] += masses[-1]
    return inner


def _quantiles(edges: Array, masses: Array, u: Array) -> Array:
    """G⁻¹ at levels u `[m]`, for masses `[n]` between edges `[n + 1]`."""
    below = np.concatenate([[0.0], np.cumsum(masses)])
    rising = np.concatenate([[True], np.diff(below) > 0])
    return np.interp(u, below[rising], edges[rising])
