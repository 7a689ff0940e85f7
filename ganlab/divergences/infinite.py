"""Why a number is infinite, or cannot be had: answers with a reason in words and numbers.

Each function returns None where the number is finite. Codes: `no_density`, `no_mass`, `light_tail`, `heavy_tail`,
`disjoint`, `too_large`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ganlab.distributions import Distribution
from ganlab.divergences import tails
from ganlab.divergences.generators import Generator, Growth
from ganlab.divergences.moments import components, support
from ganlab.divergences.profile import line
from ganlab.divergences.results import Answer, Reason

if TYPE_CHECKING:
    from ganlab.divergences.line import LinePair

INF = math.inf
Interval = tuple[float, float]


# --- no density, no mass --------------------------------------------------------------------------------------------


def without_density(p: Distribution, q: Distribution) -> Answer | None:
    """nan where one side is known by its samples only."""
    missing = [name for name, d in (("P", p), ("Q", q)) if not d.has_density]
    if not missing:
        return None
    who = " and ".join(missing)
    verb = "are" if len(missing) > 1 else "is"
    text = f"{who} {verb} known by samples only: there is no density to compare, but there are estimators"
    return Answer(math.nan, math.nan, Reason("no_density", text, {"of": who}))


def supports(p: Distribution) -> list[Interval]:
    """The support as disjoint closed intervals, ascending."""
    merged: list[Interval] = []
    for low, high in sorted(support(part) for _, part in components(p)):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def outside(p: Distribution, q: Distribution) -> list[Interval]:
    """Where P has density and Q has none, as intervals."""
    left = supports(p)
    for low, high in supports(q):
        left = [
            piece for a, b in left for piece in ((a, min(b, low)), (max(a, high), b)) if piece[0] < piece[1]
        ]
    return left


def mass(p: Distribution, interval: Interval) -> float:
    """P(interval), with all its digits in either tail."""
    low, high = np.array([interval[0]]), np.array([interval[1]])
    functions = line(p)
    if functions.below(low)[0] < 0.5:
        return float(functions.below(high)[0] - functions.below(low)[0])
    return float(functions.above(low)[0] - functions.above(high)[0])


def _no_mass(p: Distribution, q: Distribution, names: str) -> Answer | None:
    """inf because Q has no mass where P has; `names` are what P and Q are called."""
    gaps = outside(p, q)
    if not gaps:
        return None
    masses = [mass(p, gap) for gap in gaps]
    worst = int(np.argmax(masses))
    (low, high), amount = gaps[worst], masses[worst]
    shown = f"{amount:.4g}" if amount else "a little, too little for a float"
    text = f"{names[1]} has no mass on {_interval(low, high)} where {names[0]} has {shown}"
    numbers: dict[str, float | str] = {
        "of": names[1],
        "other": names[0],
        "low": low,
        "high": high,
        "mass": amount,
    }
    return Answer(INF, 0.0, Reason("no_mass", text, numbers))


def _interval(low: float, high: float) -> str:
    left = "(−∞" if low == -INF else f"[{low:.6g}"
    return f"{left}, {'∞)' if high == INF else f'{high:.6g}]'}"


# --- f-divergences --------------------------------------------------------------------------------------------------


def f_divergence(pair: LinePair, generator: Generator, flipped: bool) -> Answer | None:
    """Infinite or undefined ∫ q f(p/q) (flipped: with P and Q exchanged)."""
    p, q, names = (pair.q, pair.p, "QP") if flipped else (pair.p, pair.q, "PQ")
    if pair.gaussian and (_mild(generator.growth_infinity) and _mild(generator.growth_zero)):
        return None
    missing = without_density(pair.p, pair.q)
    if missing is not None:
        return missing
    if generator.at_infinity == INF and generator.growth_infinity is not None:
        trouble = _unbounded(p, q, names, generator.growth_infinity)
        if trouble is not None:
            return trouble
    if generator.at_zero == INF and generator.growth_zero is not None:
        return _unbounded(q, p, names[::-1], generator.growth_zero)
    return None


def _mild(growth: Growth | None) -> bool:
    """Whether f grows like a logarithm at most: such a mean always exists between mixtures of normals."""
    return growth is None or growth[0] == 0.0


def _unbounded(p: Distribution, q: Distribution, names: str, growth: Growth) -> Answer | None:
    """∫ p (p/q)^k (ln p/q)^j: Q without mass, or with a lighter tail."""
    found = _no_mass(p, q, names)
    if found is not None:
        return found
    trouble = tails.diverging(p, q, *growth)
    return None if trouble is None else _light_tail(trouble, names, *growth)


def _light_tail(trouble: tails.Trouble, names: str, k: float, j: int) -> Answer:
    p, q = names[0].lower(), names[1].lower()
    end, where = trouble.end, str(trouble.end)
    kind = f"density falls faster {where}" if end.finite else f"tail is lighter {where}"
    if j:
        power = trouble.p[3]
        consequence = f"log {p}/{q} grows like {trouble.growth}, while {p} falls only like |x|^−{power:g}"
    else:
        ratio = f"{p}²/{q}" if k == 1.0 else f"{p}·({p}/{q})^{k:g}"
        consequence = f"log {p}/{q} grows like {trouble.growth}, and {ratio} behaves like {_law(trouble)}"
    text = f"{names[1]}'s {kind}: {consequence}"
    numbers: dict[str, float | str] = {
        "of": names[1],
        "other": names[0],
        "where": where,
        "growth": trouble.growth,
    }
    numbers |= dict(zip("abcd", trouble.decay, strict=True))
    return Answer(INF, 0.0, Reason("light_tail", text, numbers))


def _law(trouble: tails.Trouble) -> str:
    """exp(−a x² − b x − c (ln x)² − d ln x) by its leading term."""
    x = f"|x − {trouble.end.point:g}|" if trouble.end.finite and trouble.end.point else "|x|"
    a, b, c, d = trouble.decay
    for value, name in ((a, "x²"), (b, x), (c, f"(ln {x})²")):
        if value:
            return f"exp({_signed(-value, '+')} {name})"
    return f"{x}^{_signed(d if trouble.end.finite else -d)}" if d else "a constant"


def _signed(x: float, plus: str = "") -> str:
    """A number with a minus that is as wide as a plus."""
    return f"{x:{plus}.4g}".replace("-", "−")


# --- powers, transport and energy -----------------------------------------------------------------------------------


def log_power(pair: LinePair, alpha: float) -> Answer | None:
    """∫ p^α q^(1−α) is infinite for α outside [0, 1] like an f-divergence, and 0 where the supports do not meet."""
    missing = without_density(pair.p, pair.q)
    if missing is not None:
        return missing
    if alpha > 1.0:
        return _unbounded(pair.p, pair.q, "PQ", (alpha - 1.0, 0))
    if alpha < 0.0:
        return _unbounded(pair.q, pair.p, "QP", (-alpha, 0))
    gaps = [min(b, d) - max(a, c) for a, b in supports(pair.p) for c, d in supports(pair.q)]
    if max(gaps) > 0.0:
        return None
    return Answer(-INF, 0.0, Reason("disjoint", "P and Q share no interval: p·q is zero everywhere"))


def too_large(logarithm: float) -> Answer:
    """Finite, but beyond the largest float."""
    text = f"finite, but larger than 1.8e308: its natural logarithm is {logarithm:.6g}"
    return Answer(INF, 0.0, Reason("too_large", text, {"log": logarithm}))


def wasserstein(pair: LinePair, order: int) -> Answer | None:
    """W1 needs ∫|F − G|, W2 ∫(F⁻¹ − G⁻¹)²: with |F − G| ~ x^−e and the heavier tail x^−ν, e > 1 and 2e > ν + 2."""
    for right in (True, False):
        e = tails.gap_exponent(pair.p, pair.q, right)
        needed = 1.0 if order == 1 else (min(tails.heaviest(pair.p), tails.heaviest(pair.q)) + 2.0) / 2
        if e <= needed and e < INF:
            return _heavy(pair, e, needed, right, f"W{order}")
    return None


def energy2(pair: LinePair) -> Answer | None:
    """2∫(F − G)² needs e > ½."""
    for right in (True, False):
        e = tails.gap_exponent(pair.p, pair.q, right)
        if e <= 0.5:
            return _heavy(pair, e, 0.5, right, "The energy distance")
    return None


def _heavy(pair: LinePair, e: float, needed: float, right: bool, what: str) -> Answer:
    side = "right" if right else "left"
    text = (
        f"the tails on the {side} are too heavy: |F − G| falls like |x|^−{e:g} there, and {what} needs an "
        f"exponent above {needed:g}"
    )
    return Answer(INF, 0.0, Reason("heavy_tail", text, {"side": side, "exponent": e, "needed": needed}))


def moment(pair: LinePair, order: int, what: str) -> Answer | None:
    """nan where E|X|^order diverges for P or Q."""
    for name, p in (("P", pair.p), ("Q", pair.q)):
        df = tails.heaviest(p)
        if df <= order:
            text = f"{what} needs E|X|^{order}, which {name} does not have: its tail falls like |x|^−{df:g}"
            return Answer(
                math.nan, math.nan, Reason("heavy_tail", text, {"of": name, "exponent": df, "needed": order})
            )
    return None
