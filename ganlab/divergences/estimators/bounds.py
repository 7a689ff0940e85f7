"""Lower bounds of f-divergences from a trained test function.

Symbols: V(x) = w · φ(x) the raw output, T = g(V) the test function, f* the convex conjugate of the generator f. For
every T into the domain of f*: E_P T − E_Q f*(T) ≤ D_f(P‖Q) (Nguyen, Wainwright and Jordan 2010, lemma 1; Nowozin et
al. 2016, equation 4). V is trained on one half of each sample and the bound is measured on the other, so that its
interval is that of two plain means, and what it covers is the bound that this V reaches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy

from ganlab.divergences.estimators.base import (
    ESTIMATORS,
    Array,
    Estimate,
    Estimator,
    Options,
    around,
    variance_of_mean,
)
from ganlab.divergences.estimators.expectations import expectation
from ganlab.divergences.estimators.features import Features, Kind, features
from ganlab.divergences.generators import GENERATORS, Generator
from ganlab.divergences.pair import Pair
from ganlab.divergences.results import LN2, Units

LARGEST = 30.0  # exponents are clipped here, far beyond any ratio that a sample can show
STEPS = 200
RIDGE = 1.0 / 3.0  # weight of the penalty |w|²/2 on D weights: RIDGE·D/n
NEWTON_STEPS = 25
HINGE = 0.1  # over how much of V the corners of the hinge are rounded

Curve = Callable[[Array], Array]


@dataclass(frozen=True)
class Curves:
    """Gain and cost of V, each with its slope: what a trainer maximises is E_P gain(V) − E_Q cost(V)."""

    gain: Curve
    gain_slope: Curve
    cost: Curve
    cost_slope: Curve


@dataclass(frozen=True)
class Contrast:
    """A bound as a function of V: E_P gain(V) − E_Q cost(V), gain = g and cost = f*∘g.

    `training` is concave in V and nowhere above the bound, so whatever it reaches the bound reaches too.
    """

    gain: Curve
    cost: Curve
    training: Curves


def _exp(v: Array) -> Array:
    return np.exp(np.clip(v, -LARGEST, LARGEST))


def _sigmoid(v: Array) -> Array:
    return np.asarray(scipy.special.expit(v))


SLOPES: dict[str, tuple[Curve, Curve]] = {
    "kl": (np.ones_like, lambda v: _exp(v - 1.0)),
    "reverse_kl": (lambda v: _exp(-v), np.ones_like),
    "pearson": (np.ones_like, lambda v: v / 2 + 1.0),
    "hellinger": (lambda v: _exp(-v), _exp),
    "jensen_shannon": (lambda v: _sigmoid(-v), _sigmoid),
    "gan": (lambda v: _sigmoid(-v), _sigmoid),
}
"""Derivatives of activation and f*∘activation, for the generators whose bound is concave in V as it stands."""


def _neyman() -> Contrast:
    """T = 1 − (1 − V)²: then f*(T) = 2 − 2|1 − V| ≤ 2V, and E_P T − 2 E_Q V is concave in V, best at V = 1 − q/p.

    With Nowozin's activation 1 − e^(−v) it would not be.
    """
    concave = Curves(
        gain=lambda v: 1.0 - np.square(1.0 - v),
        gain_slope=lambda v: 2.0 * (1.0 - v),
        cost=lambda v: 2.0 * v,
        cost_slope=lambda v: np.full_like(v, 2.0),
    )
    return Contrast(concave.gain, lambda v: 2.0 - 2.0 * np.abs(1.0 - v), concave)


def _total_variation() -> Contrast:
    """T = V clipped to ±½. Trained on the hinge min(V, ½) and max(V, −½) with rounded corners, which is concave
    (Nguyen, Wainwright and Jordan 2009, section 3); ½ tanh V would not be."""

    def shortfall(v: Array) -> Array:  # a rounded max(0, v)
        return np.logaddexp(0.0, v / HINGE) * HINGE

    hinge = Curves(
        gain=lambda v: v - shortfall(v - 0.5),
        gain_slope=lambda v: 1.0 - _sigmoid((v - 0.5) / HINGE),
        cost=lambda v: v + shortfall(-v - 0.5),
        cost_slope=lambda v: 1.0 - _sigmoid((-v - 0.5) / HINGE),
    )
    return Contrast(lambda v: np.clip(v, -0.5, 0.5), lambda v: np.clip(v, -0.5, 0.5), hinge)


def _difference(curve: Curve, step: float = 1e-6) -> Curve:
    """Slope of a curve by central differences."""
    return lambda v: (curve(v + step) - curve(v - step)) / (2.0 * step)


def contrast(generator: Generator) -> Contrast:
    """The bound of a row of GENERATORS; for a row without slopes here they are taken numerically."""
    if generator.name == "neyman":
        return _neyman()
    if generator.name == "total_variation":
        return _total_variation()
    numeric = (_difference(generator.activation), _difference(generator.composed))
    slopes = SLOPES.get(generator.name, numeric)
    gain, cost = (
        lambda v, c=c: c(np.clip(v, -LARGEST, LARGEST)) for c in (generator.activation, generator.composed)
    )
    return Contrast(gain, cost, Curves(gain, slopes[0], cost, slopes[1]))


# --- training -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trained:
    """V(x) = weights · φ(x), clipped to what training could pay for: from the least value at P's points, where a low V
    costs, to the largest at Q's, where a high one does. Beyond, in thin tails, nothing has taught it anything.
    """

    features: Features
    weights: Array
    low: float
    high: float

    def __call__(self, x: Array) -> Array:
        return np.clip(self.features(x) @ self.weights, self.low, self.high)


Trainer = Callable[[Array, Array], Array]
"""Weights [D] from the features of P's points [n, D] and of Q's [m, D]."""


def _penalty(p: Array, q: Array) -> Array:
    """Weight of w² for each feature [D]: the more features, the more; next to none for the constant."""
    weight = np.full(p.shape[1], RIDGE * p.shape[1] / min(len(p), len(q)))
    weight[0] = 1e-9
    return weight


def ascend(curves: Curves) -> Trainer:
    """Maximise E_P gain(w·φ) − E_Q cost(w·φ) − a penalty by L-BFGS."""

    def train(p: Array, q: Array) -> Array:
        weight = _penalty(p, q)

        def loss(w: Array) -> tuple[float, Array]:
            u, v = p @ w, q @ w
            value = curves.cost(v).mean() - curves.gain(u).mean() + 0.5 * float(np.dot(weight * w, w))
            slope = q.T @ curves.cost_slope(v) / len(v) - p.T @ curves.gain_slope(u) / len(u) + weight * w
            return float(value), slope

        found = scipy.optimize.minimize(
            loss, np.zeros(p.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "gtol": 1e-6}
        )
        return np.asarray(found.x)

    return train


def logistic(p: Array, q: Array) -> Array:
    """Logistic regression between the samples, each class weighing one half: V approaches log p/q. Newton's method."""
    weight = _penalty(p, q)
    w = np.zeros(p.shape[1])
    for _ in range(NEWTON_STEPS):
        a, b = _sigmoid(p @ w), _sigmoid(q @ w)
        slope = p.T @ (1.0 - a) / len(a) - q.T @ b / len(b) - weight * w
        bend = (p.T * (a * (1.0 - a))) @ p / len(a) + (q.T * (b * (1.0 - b))) @ q / len(b) + np.diag(weight)
        step = np.linalg.solve(bend, slope)
        w = w + step * min(1.0, 10.0 / (1e-300 + float(np.abs(step).max())))
        if float(np.abs(step).max()) < 1e-8:
            break
    return w


def trained(x: Array, y: Array, options: Options, trainer: Trainer) -> Trained:
    """V from every second point of each sample, the first included; the last few are kept, for an aim needs them
    again.
    """
    return _trained(x[::2].tobytes(), y[::2].tobytes(), x.shape[1], options.features, trainer)


@lru_cache(maxsize=8)
def _trained(x: bytes, y: bytes, dim: int, kind: Kind, trainer: Trainer) -> Trained:
    p, q = (np.frombuffer(points).reshape(-1, dim) for points in (x, y))
    phi = features(p, q, kind)
    at_p, at_q = phi(p), phi(q)
    weights = trainer(at_p, at_q)
    ends = float((at_p @ weights).min()), float((at_q @ weights).max())
    return Trained(phi, weights, min(ends), max(ends))


@dataclass(frozen=True)
class Bound:
    """factor·(E_P gain(V + shift) − E_Q cost(V + shift)) + offset with V from a trainer."""

    contrast: Contrast
    trainer: Trainer
    factor: float = 1.0
    shift: float = 0.0
    offset: float = 0.0

    def estimate(self, x: Array, y: Array, options: Options) -> Estimate:
        """The bound on the points that V was not trained on."""
        v = trained(x, y, options, self.trainer)
        gain = self.contrast.gain(v(x[1::2]) + self.shift)
        cost = self.contrast.cost(v(y[1::2]) + self.shift)
        value = self.factor * float(gain.mean() - cost.mean()) + self.offset
        variance = self.factor**2 * (variance_of_mean(gain) + variance_of_mean(cost))
        return around(value, value, variance, df=min(len(gain), len(cost)) - 1.0)

    def aim(self, pair: Pair, options: Options, x: Array, y: Array) -> float | None:
        """The bound that the same V reaches on the densities."""
        v = trained(x, y, options, self.trainer)
        gain = expectation(pair.p, lambda at: self.contrast.gain(v(at) + self.shift))
        cost = expectation(pair.q, lambda at: self.contrast.cost(v(at) + self.shift))
        return None if gain is None or cost is None else self.factor * (gain - cost) + self.offset


# --- the rows -----------------------------------------------------------------------------------------------------

HELD_OUT = (
    "Means of the points that V was not trained on (half of them), Student's t; it covers the bound that this V "
    "reaches, so its lower end is a lower bound of the divergence itself."
)
NGUYEN = "Nguyen, Wainwright and Jordan 2010; Nowozin et al. 2016"


def _bound_row(
    name: str, label: str, target: str, about: str, bound: Bound, units: Units = "nats", source: str = NGUYEN
) -> Estimator:
    return ESTIMATORS.add(
        Estimator(
            name=name,
            label=label,
            target=target,
            about=about,
            method=HELD_OUT,
            source=source,
            compute=bound.estimate,
            approaches=bound.aim,
            covers="the bound that the trained function reaches on the densities",
            units=units,
            least=8,
            most=5_000,
        )
    )


def _logistic_bound(generator: str, factor: float, shift: float) -> Bound:
    return Bound(contrast(GENERATORS[generator]), logistic, factor, shift)


CLASSIFIER = "Sugiyama, Suzuki and Kanamori 2012; Nguyen, Wainwright and Jordan 2010"

_bound_row(
    "js_classifier",
    "JS, classifier",
    "js",
    "Trains a logistic regression to tell P from Q: how well it does on new points bounds JS from below, as in a "
    "GAN.",
    _logistic_bound("jensen_shannon", 0.5, 0.0),
    source="Goodfellow et al. 2014; " + CLASSIFIER,
)

_bound_row(
    "kl_pq_classifier",
    "KL(P‖Q), classifier",
    "kl_pq",
    "Takes the log-ratio that a logistic regression learns as test function of KL: a lower bound.",
    _logistic_bound("kl", 1.0, 1.0),
    source=CLASSIFIER,
)


@dataclass(frozen=True)
class BoundTarget:
    """How the bound of a generator becomes one of a row of DIVERGENCES: factor·bound + offset."""

    name: str
    target: str
    label: str
    factor: float = 1.0
    offset: float = 0.0
    units: Units = "none"


TARGETS: dict[str, BoundTarget] = {
    "kl": BoundTarget("kl_pq_bound", "kl_pq", "KL(P‖Q)", units="nats"),
    "reverse_kl": BoundTarget("kl_qp_bound", "kl_qp", "KL(Q‖P)", units="nats"),
    "pearson": BoundTarget("chi2_pq_bound", "chi2_pq", "χ²(P‖Q)"),
    "neyman": BoundTarget("chi2_qp_bound", "chi2_qp", "χ²(Q‖P)"),
    "hellinger": BoundTarget("hellinger2_bound", "hellinger2", "Hellinger²", factor=0.5),
    "jensen_shannon": BoundTarget("js_bound", "js", "JS", factor=0.5, units="nats"),
    "gan": BoundTarget("js_gan_bound", "js", "JS from the GAN value", factor=0.5, offset=LN2, units="nats"),
    "total_variation": BoundTarget("tv_bound", "tv", "TV"),
}
"""What the bound of each row of GENERATORS is about: 2·JS − ln 4 = V(D*) for a GAN, twice ours for JS and Hellinger².
"""


def _variational_row(generator: Generator, to: BoundTarget) -> Estimator:
    shape = contrast(generator)
    return _bound_row(
        to.name,
        f"{to.label}, variational bound",
        to.target,
        "Trains the test function of an f-GAN, a weighted sum of features, and measures on new points how far it "
        "gets.",
        Bound(shape, ascend(shape.training), to.factor, offset=to.offset),
        to.units,
    )


for _name, _target in TARGETS.items():
    _variational_row(GENERATORS[_name], _target)
