"""The divergences: one row each. Picker, page, command line, documentation and tests read this table.

P is the data (real), Q the model (generated); m = (p + q)/2; F and G are the distribution functions. Nats.

A new f-divergence is a row of `GENERATORS` and one `f_row` here; anything else is a `Divergence` with a function of a
`Pair` (see `pair.py` for what a pair answers).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ganlab.divergences import closed
from ganlab.divergences.checks import checked_whole, is_number
from ganlab.divergences.generators import GENERATORS, Generator, alpha_generator
from ganlab.divergences.kernels import checked_bandwidth, kernel_row
from ganlab.divergences.pair import Pair
from ganlab.divergences.results import LN2, Answer, DivergenceError, Units
from ganlab.registry import Registry

__all__ = ["DIVERGENCES", "Answer", "Divergence", "Options", "f_row"]

Array = NDArray[np.float64]
INF = math.inf
MAX_ALPHA = 20.0


@dataclass(frozen=True)
class Options:
    """What some divergences need besides a pair: an order, a kernel and its bandwidth (units of the data), slices.

    Raises DivergenceError for numbers out of range and for an unknown kernel.
    """

    alpha: float = 0.5
    kernel: str = "gaussian"
    bandwidth: float = 1.0
    directions: int = 64

    def __post_init__(self) -> None:
        if not (is_number(self.alpha) and 0.0 <= self.alpha <= MAX_ALPHA):
            raise DivergenceError(f"alpha: should be from 0 to {MAX_ALPHA:g}. Received {self.alpha}.")
        kernel_row(self.kernel)
        checked_bandwidth(self.bandwidth)
        checked_whole("directions", self.directions, 1)


Of = Callable[[Pair, Options], Answer]
Closed = Callable[[Pair, Options], float | None]
Integrand = Callable[[Pair, Array, Options], Array | None]


@dataclass(frozen=True)
class Divergence:
    """One row. `blind` says in one sentence what it cannot see; the integrand integrates to the value."""

    name: str
    label: str
    symbol: str
    formula: str
    of: Of
    blind: str
    source: str
    units: Units = "nats"
    symmetric: bool = False
    low: float = 0.0
    high: float = INF
    needs: Literal["densities", "samples", "both"] = "densities"
    dims: tuple[int, ...] = (1, 2)
    closed: Closed | None = None
    integrand: Integrand | None = None
    units_of: Callable[[Options], Units] | None = None

    def unit(self, options: Options) -> Units:
        """Units of the value; those of MMD² are its kernel's."""
        return self.units if self.units_of is None else self.units_of(options)


DIVERGENCES: Registry[Divergence] = Registry("divergence")


def f_row(
    generator: Generator | Callable[[Options], Generator],
    *,
    flipped: bool = False,
    factor: float = 1.0,
    **fields: Any,
) -> Divergence:
    """The row of factor·D_f(P‖Q), or of factor·D_f(Q‖P) when flipped; `fields` are the other fields of the row."""

    def generator_of(options: Options) -> Generator:
        return generator if isinstance(generator, Generator) else generator(options)

    def of(pair: Pair, options: Options) -> Answer:
        return pair.f_divergence(generator_of(options), flipped).scaled(factor)

    def integrand(pair: Pair, x: Array, options: Options) -> Array | None:
        if not (pair.p.has_density and pair.q.has_density):
            return None
        log_p, log_q = pair.log_densities(x)
        densities = (log_q, log_p) if flipped else (log_p, log_q)
        return factor * generator_of(options).contribution(*densities)

    return Divergence(of=of, integrand=integrand, **fields)


def _jeffreys(pair: Pair, options: Options) -> Answer:
    pq, qp = (pair.f_divergence(GENERATORS["kl"], flipped) for flipped in (False, True))
    return Answer(pq.value + qp.value, pq.error + qp.error, pq.reason or qp.reason)


def _jeffreys_integrand(pair: Pair, x: Array, options: Options) -> Array | None:
    forward, backward = (DIVERGENCES[name].integrand for name in ("kl_pq", "kl_qp"))
    assert forward is not None
    assert backward is not None
    pq, qp = forward(pair, x, options), backward(pair, x, options)
    return None if pq is None or qp is None else pq + qp


def _renyi(pair: Pair, options: Options) -> Answer:
    if options.alpha == 1.0:  # the limit
        return pair.f_divergence(GENERATORS["kl"])
    log_power = pair.log_power(options.alpha)
    distance = abs(options.alpha - 1.0)
    sign = math.copysign(1.0, options.alpha - 1.0)
    return Answer(max(sign * log_power.value / distance, 0.0), log_power.error / distance, log_power.reason)


def _w1_integrand(pair: Pair, x: Array, options: Options) -> Array | None:
    gap = pair.cdf_gap(x)
    return None if gap is None else np.abs(gap)


def _energy_integrand(pair: Pair, x: Array, options: Options) -> Array | None:
    gap = pair.cdf_gap(x)
    return None if gap is None else 2.0 * np.square(gap)


def _mmd_integrand(pair: Pair, x: Array, options: Options) -> Array | None:
    if not (pair.p.has_density and pair.q.has_density):
        return None
    log_p, log_q = pair.log_densities(x)
    return pair.witness(x, options.kernel, options.bandwidth) * (np.exp(log_p) - np.exp(log_q))


DIVERGENCES.add(
    f_row(
        GENERATORS["kl"],
        name="kl_pq",
        label="Kullback-Leibler, forward",
        symbol=r"\mathrm{KL}(P\|Q)",
        formula=r"\int p\log\frac{p}{q}",
        closed=closed.kl_pq,
        blind="Where P has no mass: Q may put as much as it likes there.",
        source="Kullback and Leibler 1951",
    )
)

DIVERGENCES.add(
    f_row(
        GENERATORS["kl"],
        flipped=True,
        name="kl_qp",
        label="Kullback-Leibler, reverse",
        symbol=r"\mathrm{KL}(Q\|P)",
        formula=r"\int q\log\frac{q}{p}",
        closed=closed.kl_qp,
        blind="Where Q has no mass: whole modes of P can be missing at a bounded price.",
        source="Kullback and Leibler 1951",
    )
)

DIVERGENCES.add(
    Divergence(
        name="jeffreys",
        label="Jeffreys",
        symbol=r"J(P,Q)",
        formula=r"\mathrm{KL}(P\|Q)+\mathrm{KL}(Q\|P)=\int (p-q)\log\frac{p}{q}",
        symmetric=True,
        of=_jeffreys,
        closed=closed.jeffreys,
        integrand=_jeffreys_integrand,
        blind="Nothing, but it is infinite as soon as one density has mass where the other has none.",
        source="Jeffreys 1946",
    )
)

DIVERGENCES.add(
    f_row(
        GENERATORS["jensen_shannon"],
        factor=0.5,
        name="js",
        label="Jensen-Shannon",
        symbol=r"\mathrm{JS}(P,Q)",
        formula=r"\tfrac12\mathrm{KL}(P\|M)+\tfrac12\mathrm{KL}(Q\|M),\quad M=\tfrac12(P+Q)",
        symmetric=True,
        high=LN2,
        closed=closed.js,
        blind="How far apart disjoint distributions are: it is ln 2 at any distance.",
        source="Lin 1991, equation 3.8",
    )
)

DIVERGENCES.add(
    f_row(
        GENERATORS["total_variation"],
        name="tv",
        label="Total variation",
        symbol=r"\mathrm{TV}(P,Q)",
        formula=r"\tfrac12\int|p-q|",
        units="none",
        symmetric=True,
        high=1.0,
        closed=closed.tv,
        blind="How far apart disjoint distributions are: it is 1 at any distance.",
        source="Levin and Peres 2017, section 4.1",
    )
)

DIVERGENCES.add(
    f_row(
        GENERATORS["hellinger"],
        factor=0.5,
        name="hellinger2",
        label="Hellinger, squared",
        symbol=r"H^2(P,Q)",
        formula=r"1-\int\sqrt{pq}=\tfrac12\int(\sqrt p-\sqrt q)^2",
        units="none",
        symmetric=True,
        high=1.0,
        closed=closed.hellinger2,
        blind="How far apart disjoint distributions are: it is 1 at any distance.",
        source="Hellinger 1909; Tsybakov 2009, section 2.4",
    )
)

DIVERGENCES.add(
    f_row(
        GENERATORS["pearson"],
        name="chi2_pq",
        label="χ², forward (Pearson)",
        symbol=r"\chi^2(P\|Q)",
        formula=r"\int\frac{(p-q)^2}{q}",
        units="none",
        closed=closed.chi2_pq,
        blind="Where P has no mass it sees Q's mass only linearly; a slightly heavier tail of P makes it infinite.",
        source="Pearson 1900; Tsybakov 2009, section 2.4",
    )
)

DIVERGENCES.add(
    f_row(
        GENERATORS["pearson"],
        flipped=True,
        name="chi2_qp",
        label="χ², reverse (Neyman)",
        symbol=r"\chi^2(Q\|P)",
        formula=r"\int\frac{(q-p)^2}{p}",
        units="none",
        closed=closed.chi2_qp,
        blind="Where Q has no mass it sees P's mass only linearly: missed modes cost little.",
        source="Neyman 1949; Tsybakov 2009, section 2.4",
    )
)

DIVERGENCES.add(
    Divergence(
        name="renyi",
        label="Rényi of order α",
        symbol=r"D_\alpha(P\|Q)",
        formula=r"\frac{1}{\alpha-1}\log\int p^\alpha q^{1-\alpha}",
        of=_renyi,
        closed=closed.renyi,
        blind="For α near 0 everything but the supports; for large α everything but the largest p/q.",
        source="Rényi 1961; van Erven and Harremoës 2014, equation 9",
    )
)

DIVERGENCES.add(
    f_row(
        lambda options: alpha_generator(options.alpha),
        name="alpha",
        label="α-divergence",
        symbol=r"D^{(\alpha)}(P\|Q)",
        formula=r"\frac{1-\int p^\alpha q^{1-\alpha}}{\alpha(1-\alpha)}",
        units="none",
        closed=closed.alpha,
        blind="For small α the modes that Q misses, for large α the mass that Q wastes.",
        source="Cressie and Read 1984 with λ = α − 1, up to their factor 2; Amari's parameter is 1 − 2α",
    )
)

DIVERGENCES.add(
    Divergence(
        name="w1",
        label="Wasserstein-1",
        symbol=r"W_1(P,Q)",
        formula=r"\int|F-G|=\int_0^1|F^{-1}-G^{-1}|",
        units="x",
        symmetric=True,
        needs="both",
        dims=(1,),
        of=lambda pair, options: pair.wasserstein(1),
        closed=closed.w1,
        integrand=_w1_integrand,
        blind="The height of the densities: only how far mass has to move counts.",
        source="Vallender 1974; Villani 2003, section 2.2",
    )
)

DIVERGENCES.add(
    Divergence(
        name="w2",
        label="Wasserstein-2",
        symbol=r"W_2(P,Q)",
        formula=r"\Big(\int_0^1(F^{-1}-G^{-1})^2\Big)^{1/2}",
        units="x",
        symmetric=True,
        needs="both",
        of=lambda pair, options: pair.wasserstein(2),
        closed=closed.w2,
        blind="The height of the densities; a little mass far away counts by the square of its way.",
        source="Villani 2003, section 2.2; between Gaussians Dowson and Landau 1982",
    )
)

DIVERGENCES.add(
    Divergence(
        name="sliced_w2",
        label="Sliced Wasserstein-2",
        symbol=r"SW_2(P,Q)",
        formula=r"\Big(\int_{S^{d-1}}W_2^2(\theta_\#P,\theta_\#Q)\,d\theta\Big)^{1/2}",
        units="x",
        symmetric=True,
        needs="both",
        dims=(2,),
        of=lambda pair, options: pair.sliced(2, options.directions),
        blind="What no projection onto a line shows well; it shrinks like 1/√d with the dimension d.",
        source="Rabin et al. 2011; Bonneel et al. 2015",
    )
)

DIVERGENCES.add(
    Divergence(
        name="energy2",
        label="Energy distance, squared",
        symbol=r"\mathcal E^2(P,Q)",
        formula=r"2\,\mathbb E|X-Y|-\mathbb E|X-X'|-\mathbb E|Y-Y'|",
        units="x",
        symmetric=True,
        needs="both",
        of=lambda pair, options: pair.energy2(),
        closed=closed.energy2,
        integrand=_energy_integrand,
        blind="Fine detail: differences over short distances weigh little.",
        source="Székely and Rizzo 2013; in 1-D 2∫(F−G)², which may be finite where there is no mean",
    )
)

DIVERGENCES.add(
    Divergence(
        name="mmd2",
        label="Maximum mean discrepancy, squared",
        symbol=r"\mathrm{MMD}_k^2(P,Q)",
        formula=r"\mathbb E\,k(X,X')+\mathbb E\,k(Y,Y')-2\,\mathbb E\,k(X,Y)",
        units="none",
        symmetric=True,
        needs="both",
        of=lambda pair, options: pair.mmd2(options.kernel, options.bandwidth),
        closed=closed.mmd2,
        integrand=_mmd_integrand,
        units_of=lambda options: kernel_row(options.kernel).units,
        blind="Detail much finer than the bandwidth, and differences much wider than it.",
        source="Gretton et al. 2012, lemma 6",
    )
)
