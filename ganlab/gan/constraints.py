"""Constraints: what holds the weights of D, in the step itself and not as a term of its loss."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import prod, sqrt
from typing import TYPE_CHECKING

from ganlab.gan.structure import Structure
from ganlab.registry import Registry

if TYPE_CHECKING:
    from ganlab.gan.spec import GanSpec


@dataclass(frozen=True)
class Constraint:
    """One row; the step (`ganlab.gan.step`) knows each by its name."""

    name: str
    label: str
    formula: str
    source: str


CONSTRAINTS: Registry[Constraint] = Registry("constraint")

CONSTRAINTS.add(
    Constraint("auto", "What the objective asks for", "", "clipping where its paper clips, unless penalised")
)
CONSTRAINTS.add(Constraint("none", "None", "", ""))
CONSTRAINTS.add(
    Constraint(
        "clip",
        "Weight clipping",
        r"\psi \leftarrow \max(-c, \min(c, \psi))",
        "Arjovsky et al. 2017, algorithm 1",
    )
)
CONSTRAINTS.add(
    Constraint(
        "spectral_norm",
        "Spectral normalisation",
        r"W \leftarrow W / \sigma_{\max}(W)",
        "Miyato et al. 2018, algorithm 1",
    )
)


def clipped_slope(spec: GanSpec) -> float:
    """What weight clipping leaves of D's slope: at most Π c·√(in·out), as no activation here is steeper than 1.

    A matrix `[in, out]` with entries in [−c, c] stretches by at most its Frobenius norm. Of packs, the slope is that by
    the whole pack; minibatch discrimination is not counted.
    """
    return prod(spec.clip * sqrt(a * b) for a, b in pairwise(Structure.of(spec).d_sizes))
