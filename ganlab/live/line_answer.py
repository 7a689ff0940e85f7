"""The answer to a `LineQuestion`: curves on a grid, values, bounds.

| tensor, float32 | |
|---|---|
| `x`, `p`, `q`, `m` `[n]` | the grid and the densities; at a jump x stands twice, once with either value |
| `integrand` `[n]` | of the divergence asked for, in its unit; ±inf where it is infinite; left out where skipped |
| `dstar` `[n]` | p/(p+q), where it is asked for; nan where neither has mass |
| `kl_pm`, `kl_qm`, `js` `[n]` | integrands of KL(P‖M), KL(Q‖M) and JS, while JS is built up |
| `parts_p`, `parts_q` `[k, n]` | weighted components, of a mixture only |

`info`: `view` (drawn) and `auto` (what fits), `components` of each side with their `height`, `values`, `bounds`,
`js_steps`, `optimal_value` (nats), `seconds`. Values are in the unit of the question.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

import numpy as np

from ganlab.distributions import Distribution, mixture
from ganlab.distributions.base import FloatArray
from ganlab.divergences.compare import Comparison
from ganlab.divergences.line import LinePair
from ganlab.divergences.pair import pair_of
from ganlab.divergences.registry import DIVERGENCES, Options
from ganlab.divergences.results import LN2
from ganlab.live.frames import Floats, Info
from ganlab.live.questions import LineQuestion, components, described
from ganlab.live.values import bounds, described_value, evaluated, options_of
from ganlab.specs import parsed

POINTS = 320  # evenly over the view
LEVELS = np.concatenate([[1e-4, 1e-3], np.linspace(0.01, 0.99, 27), [0.999, 0.9999]])
"""Quantiles of every component at which its curve has a point, however narrow it is."""
MARGIN = 0.03  # of the length of the view, on either side of what has to be seen


def line(question: LineQuestion) -> tuple[dict[str, Floats], Info]:
    """The frame of a question; raises DivergenceError for what cannot be compared."""
    start = perf_counter()
    p, q = parsed(question.p), parsed(question.q)
    options = options_of(question)
    pair = LinePair(p, q)
    found = compared(pair, question, options)
    auto = fitting(p, q)
    view = question.view or auto
    x = grid([p, q], view)
    tensors = {**curves(pair, x, question, options), **parts("p", p, x), **parts("q", q, x)}
    info = {
        "kind": "line",
        "view": view,
        "auto": auto,
        "components": {"p": sized(p), "q": sized(q)},
        **numbers(found, question),
        "seconds": perf_counter() - start,
    }
    return {name: narrowed(tensor) for name, tensor in tensors.items()}, info


def narrowed(values: FloatArray) -> Floats:
    """As float32; what is too large for it stays finite, because infinite means something else."""
    most = float(np.finfo(np.float32).max)
    return np.where(np.isinf(values), values, np.clip(values, -most, most)).astype(np.float32)


# ---------------------------------------------------------------- where


def fitting(p: Distribution, q: Distribution) -> tuple[float, float]:
    """What of the line is worth looking at, to a thousandth of its length."""
    bounds = np.concatenate([p.bounds(), q.bounds()])
    low, high = float(bounds[:, 0].min()), float(bounds[:, 1].max())
    margin = MARGIN * (high - low)
    digits = 3 - int(np.floor(np.log10(high - low)))
    return round(low - margin, digits), round(high + margin, digits)


def grid(sides: Sequence[Distribution], view: tuple[float, float]) -> FloatArray:
    """Points of the view: even ones, and for each component its quantiles, its mode and both sides of its ends."""
    low, high = view
    own = np.concatenate([_points(part, high - low) for side in sides for _, part in components(side)])
    inside = own[(own > low) & (own < high)]
    return np.unique(np.concatenate([np.linspace(low, high, POINTS), inside]))


def _points(part: Distribution, span: float) -> FloatArray:
    ends = part.quantile(np.array([0.0, 1.0]))
    ends = ends[np.isfinite(ends)]
    step = 1e-7 * np.maximum(np.abs(ends), span)
    return np.concatenate([part.quantile(LEVELS), [mode(part)], ends, ends - step, ends + step])


def mode(part: Distribution) -> float:
    """Where a component is densest; its median where it has no single such place."""
    modes = part.modes()
    return float(part.quantile(np.array([0.5]))[0] if modes is None else modes.centres[0, 0])


def density(part: Distribution, x: FloatArray) -> FloatArray:
    """p(x) [n]."""
    return np.exp(part.logpdf(x[:, None]))


def parts(side: str, whole: Distribution, x: FloatArray) -> dict[str, FloatArray]:
    """The weighted components [k, n] of a mixture."""
    found = components(whole)
    return {f"parts_{side}": np.stack([w * density(part, x) for w, part in found])} if len(found) > 1 else {}


def sized(whole: Distribution) -> list[dict[str, Any]]:
    """The components as the browser knows them, with the height of each peak."""
    heights = [w * float(density(part, np.array([mode(part)]))[0]) for w, part in components(whole)]
    return [part | {"height": height} for part, height in zip(described(whole), heights, strict=True)]


# ---------------------------------------------------------------- curves


def curves(pair: LinePair, x: FloatArray, question: LineQuestion, options: Options) -> dict[str, FloatArray]:
    """Everything that is drawn over x."""
    log_p, log_q, log_m = pair.curves(x)
    p, q = np.exp(log_p), np.exp(log_q)
    found = {"x": x, "p": p, "q": q, "m": np.exp(log_m)}
    if question.steps:
        unit = LN2 if question.units == "bits" else 1.0
        kl_pm, kl_qm = (_relative(log_one, log_m) / unit for log_one in (log_p, log_q))
        found |= {"kl_pm": kl_pm, "kl_qm": kl_qm, "js": (kl_pm + kl_qm) / 2}
    if question.integrand not in question.skip:
        found["integrand"] = integrand(pair, x, question, options)
    if question.dstar:
        found["dstar"] = pair.discriminator(x)
    return found


def _relative(log_a: FloatArray, log_b: FloatArray) -> FloatArray:
    """a log(a/b), 0 where a is 0."""
    with np.errstate(invalid="ignore"):
        return np.where(log_a == -np.inf, 0.0, np.exp(log_a) * (log_a - log_b))


def integrand(pair: LinePair, x: FloatArray, question: LineQuestion, options: Options) -> FloatArray:
    """What integrates to the divergence that is asked for, in the unit of the question."""
    row = DIVERGENCES[question.integrand]
    found = None if row.integrand is None else row.integrand(pair, x, options)
    if found is None:
        return np.full_like(x, np.nan)
    return found / LN2 if question.units == "bits" and row.units == "nats" else found


# ---------------------------------------------------------------- numbers


def compared(pair: LinePair, question: LineQuestion, options: Options) -> Comparison:
    """All values that are asked for: the rows of the table, the one whose integrand is drawn, and JS.

    The mesh that all share is made first, so that no row's time has it.
    """
    _ = pair.densities
    names = [name for name in (*question.show, question.integrand) if name not in question.skip]
    return evaluated(pair, [*names, "js"], options)


def numbers(found: Comparison, question: LineQuestion) -> dict[str, Any]:
    """Values, bounds, the steps of JS and the value of the GAN."""
    return {
        "values": [described_value(found[name], question.units) for name in question.show if name in found],
        "integrand": described_value(found[question.integrand], question.units)
        if question.integrand in found
        else None,
        "bounds": bounds(found, question),
        "js_steps": js_steps(found, question) if question.steps else None,
        "optimal_value": found.optimal_value,
    }


def js_steps(found: Comparison, question: LineQuestion) -> dict[str, float]:
    """KL(P‖M) and KL(Q‖M) with the mixture M = ½(P + Q), and JS, their mean, in the unit of the question."""
    p, q = found.pair.p, found.pair.q
    mean = mixture([0.5, 0.5], [p, q])
    kl_pm, kl_qm = (DIVERGENCES["kl_pq"].of(pair_of(one, mean), found.options).value for one in (p, q))
    unit = LN2 if question.units == "bits" else 1.0
    return {"kl_pm": kl_pm / unit, "kl_qm": kl_qm / unit, "js": found["js"].value / unit}
