"""Why a number of the plane is infinite, or cannot be had: answers with a reason in words and numbers.

Codes: `plane_no_mass`, `plane_light_tail`, `plane_disjoint`, `plane_too_fine`, `plane_w_unknown`, `no_projection`;
and from the line `no_density`, `too_large`.
"""

from __future__ import annotations

import math

from ganlab.divergences.plane_tails import Trouble
from ganlab.divergences.results import Answer, Reason

INF = math.inf
UNSEEN = 1e-13  # less than this a mesh does not tell from nothing


def no_mass(names: str, amount: float) -> Answer:
    """inf because Q (`names[1]`) has no mass where P (`names[0]`) has `amount`."""
    shown = f"{amount:.4g}" if amount > UNSEEN else "a little, less than 1e-13"
    text = f"{names[1]} has no mass on a part of the plane where {names[0]} has {shown}"
    return Answer(
        INF, 0.0, Reason("plane_no_mass", text, {"of": names[1], "other": names[0], "mass": amount})
    )


def light_tail(names: str, trouble: Trouble, k: float) -> Answer:
    """inf because log p/q grows like r² so fast, in one direction, that p (p/q)^k does not fall."""
    p, q = names[0].lower(), names[1].lower()
    degrees = math.degrees(trouble.angle) % 360.0
    ratio = f"{p}²/{q}" if k == 1.0 else f"{p}·({p}/{q})^{k:g}"
    where = "in every direction" if trouble.everywhere else f"at {degrees:.4g}°"
    growth = -trouble.curvature / 2
    law = f"exp({growth:+.4g} r²)" if growth else f"exp({trouble.slope:+.4g} r)"
    text = (
        f"{names[1]}'s tail is lighter {where}: log {p}/{q} grows like r² there, and {ratio} behaves like "
        f"{law if growth or trouble.slope else 'a constant'}"
    )
    numbers: dict[str, float | str] = {
        "of": names[1],
        "other": names[0],
        "where": where,
        "degrees": degrees,
        "k": k,
        "square": growth,
        "linear": trouble.slope,
    }
    return Answer(INF, 0.0, Reason("plane_light_tail", text, numbers))


def too_fine() -> Answer:
    """nan: a mesh of so many rectangles would take too long."""
    text = "the densities are too thin for how far they reach: more than 30,000 rectangles would be needed"
    return Answer(math.nan, math.nan, Reason("plane_too_fine", text))


def disjoint() -> Answer:
    """log of 0."""
    return Answer(-INF, 0.0, Reason("plane_disjoint", "P and Q share no region: p·q is zero everywhere"))


def transport_unknown(order: int) -> Answer:
    """nan: optimal transport in the plane has a closed form for few pairs."""
    text = (
        f"W{order} in the plane is known in closed form for two Gaussians (W2) and for a mere shift only: "
        "samples can tell, and slices"
    )
    return Answer(math.nan, math.nan, Reason("plane_w_unknown", text, {"order": float(order)}))


def no_projection(name: str) -> Answer:
    """nan where a distribution is neither a mixture of Gaussians nor has a density."""
    text = f"{name} is neither a mixture of Gaussians nor a density: samples can tell"
    return Answer(math.nan, math.nan, Reason("no_projection", text, {"of": name}))
