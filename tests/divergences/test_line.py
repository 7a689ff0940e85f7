"""Divergences between densities on the line against closed forms, scipy, torch, POT, laws, exhibits and traps."""

from __future__ import annotations

import math

import numpy as np
import ot
import pytest
import scipy.special
import scipy.stats
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from ganlab.distributions import (
    Laplace,
    LogNormal,
    Mixture,
    Normal,
    StudentT,
    Triangular,
    Uniform,
    mixture,
    parse,
    store,
)
from ganlab.divergences import (
    DIVERGENCES,
    GENERATORS,
    KERNELS,
    DivergenceError,
    Options,
    line_kernels,
    profile,
)
from ganlab.divergences import closed as forms
from ganlab.divergences.kernel_means import mmd2_mixtures
from ganlab.divergences.line import LinePair
from ganlab.divergences.moments import normals
from tests.divergences.problems import (
    ANY,
    FAMILY,
    LOG_SCALE,
    NORMAL,
    PLACE,
    agrees,
    answer,
    closed,
    mixtures,
    quad,
    triangle,
    value,
)

ON_THE_LINE = [name for name, row in DIVERGENCES.items() if 1 in row.dims]
F_ROWS = ["kl_pq", "kl_qp", "jeffreys", "js", "tv", "hellinger2", "chi2_pq", "chi2_qp", "renyi", "alpha"]
FIVE = "0.2*normal(-4,0.5)+0.2*normal(-1,0.3)+0.2*normal(0,1)+0.3*normal(2,0.7)+0.1*normal(5,0.2)"
OTHER = "0.1*normal(-3,0.8)+0.3*normal(-1.5,0.4)+0.2*normal(0.5,1)+0.1*normal(2.5,0.5)+0.3*normal(4,1.2)"


def some(examples):
    return settings(deadline=None, max_examples=examples)


def moved(d, factor, shift):
    """The distribution of factor·X + shift."""
    if isinstance(d, Mixture):
        return Mixture(d.weights, tuple(moved(part, factor, shift) for part in d.components))
    fields = {
        "mean": ("place",), "loc": ("place",), "low": ("place",), "high": ("place",), "mode": ("place",),
        "start": ("place",), "std": ("scale",), "scale": ("scale",), "rate": ("rate",), "df": ("same",),
    }  # fmt: skip
    change = {
        "place": lambda x: factor * x + shift, "scale": lambda x: factor * x,
        "rate": lambda x: x / factor, "same": lambda x: x,
    }  # fmt: skip
    names = [parameter.name for parameter in d.FAMILY.parameters]
    return type(d)(**{name: change[fields[name][0]](getattr(d, name)) for name in names})


# --- closed forms: 1e-9, and the error covers what is left


KL = ["kl_pq", "kl_qp", "jeffreys"]
POWERS = ["hellinger2", "chi2_pq", "chi2_qp", "renyi", "alpha"]
CLAIMED = {
    "normal": [*KL, *POWERS, "tv"],
    "uniform": [*KL, *POWERS, "tv", "js"],
    "laplace": KL,
    "cauchy": [*KL, "chi2_pq", "chi2_qp", "tv", "js"],
    "exponential": [*KL, *POWERS],
    "lognormal": [*KL, *POWERS, "tv"],
}


@pytest.mark.parametrize(
    ("family", "name"), [(family, name) for family, names in CLAIMED.items() for name in names]
)
@given(data=st.data(), alpha=st.sampled_from([0.0, 0.3, 0.5, 1.0, 1.7, 2.0]))
@some(12)
def test_f_divergences_within_a_family(family, name, data, alpha):
    p, q = data.draw(FAMILY[family]), data.draw(FAMILY[family])
    expected = closed(name, p, q, alpha=alpha)
    assert expected is not None
    found = answer(name, p, q, alpha=alpha)
    if 1e250 < expected < math.inf:  # nearly or quite too large for a float
        assert found.value > 1e249
        return
    agrees(found, expected, rounding=1e-10 if expected > 100 else 1e-12)


@given(p=ANY, q=st.one_of(NORMAL, FAMILY["laplace"], FAMILY["exponential"], FAMILY["uniform"]))
@some(150)
def test_kl_between_families(p, q):
    expected = closed("kl_pq", p, q)
    assert expected is not None
    agrees(answer("kl_pq", p, q), expected, rounding=1e-11 if expected > 1e3 else 1e-12)


@pytest.mark.parametrize("family", list(FAMILY))
@given(data=st.data())
@some(20)
def test_transport_within_a_family(family, data):
    p, q = data.draw(FAMILY[family]), data.draw(FAMILY[family])
    if family == "student_t":  # the same shape
        q = type(p)(p.df, q.loc, q.scale)
    if family == "triangular":  # with the peak in the same place to the last bit
        p, q = moved(Triangular(0, 0.375, 1), p.high - p.low, 2.0), moved(Triangular(0, 0.375, 1), 2.0, q.low)
    for name in ("w1", "w2", "energy2"):
        expected = closed(name, p, q)
        if expected is not None:
            agrees(answer(name, p, q), expected, 1e-8 if family == "student_t" else 1e-9, rounding=1e-10)
    assert closed("w2", p, q) is not None


@given(mixtures(NORMAL, 5), mixtures(NORMAL, 5), st.floats(0.05, 5))
@some(60)
def test_mixtures_of_normals_have_closed_energy_and_mmd(p, q, bandwidth):
    agrees(answer("energy2", p, q), closed("energy2", p, q))
    found = answer("mmd2", p, q, bandwidth=bandwidth)
    agrees(found, closed("mmd2", p, q, bandwidth=bandwidth))
    pair = LinePair(p, q)
    one, two = normals(p), normals(q)
    assert one is not None
    assert two is not None
    row = KERNELS["gaussian"]  # by the routes that other kernels and other families take
    agrees(line_kernels._by_distance(forms.difference(one, two), row, bandwidth), found.value)
    agrees(line_kernels._by_panels(pair, row, bandwidth), found.value)


@given(mixtures(NORMAL, 4), mixtures(NORMAL, 4), st.sampled_from(list(KERNELS)), st.floats(0.05, 5))
@some(40)
def test_mmd_of_any_kernel_between_mixtures_of_normals(p, q, kernel, bandwidth):
    expected = mmd2_mixtures(p.gaussian_mixture(), q.gaussian_mixture(), kernel, bandwidth)
    agrees(answer("mmd2", p, q, kernel=kernel, bandwidth=bandwidth), expected, rounding=1e-10)
    if KERNELS[kernel].radial and kernel != "distance":
        agrees(line_kernels._by_panels(LinePair(p, q), KERNELS[kernel], bandwidth), expected, rounding=1e-10)


@given(st.floats(-3, 3), st.floats(0.1, 5), st.floats(0.001, 10))
@some(40)
def test_mmd_of_uniforms_has_a_closed_form(low, width, bandwidth):
    """E k(X, Y) is a second difference of a second antiderivative of k."""

    def gaussian(h):
        z = h / bandwidth
        return bandwidth**2 * (
            z * math.sqrt(math.pi / 2) * scipy.special.erf(z / math.sqrt(2)) + np.exp(-z * z / 2)
        )

    def laplace(h):
        return bandwidth * np.abs(h) + bandwidth**2 * np.exp(-np.abs(h) / bandwidth)

    p, q = Uniform(0, 1), Uniform(low, low + width)
    for kernel, second in (("gaussian", gaussian), ("laplace", laplace)):

        def mean(a, b, second=second):
            ends = (
                second(a.high - b.low)
                + second(a.low - b.high)
                - second(a.high - b.high)
                - second(a.low - b.low)
            )
            return ends / (a.high - a.low) / (b.high - b.low)

        expected = mean(p, p) + mean(q, q) - 2 * mean(p, q)
        agrees(answer("mmd2", p, q, kernel=kernel, bandwidth=bandwidth), expected, rounding=1e-11)


@pytest.mark.parametrize("kernel", ["gaussian", "laplace", "inverse_multiquadric", "rational_quadratic"])
@pytest.mark.parametrize(
    ("p", "q"),
    [
        ("0.5*laplace(0,1)+0.5*triangular(1,2,4)", "exponential(1,-1)"),
        ("lognormal(0,0.5)", "0.5*uniform(0,1)+0.5*normal(1,1)"),
    ],
)
def test_mmd_is_a_double_sum(kernel, p, q):
    p, q = parse(p), parse(q)
    edges = np.linspace(-12, 30, 4201)
    x = (edges[1:] + edges[:-1]) / 2
    mass = np.diff(p.cdf(edges)) - np.diff(q.cdf(edges))
    expected = mass @ KERNELS[kernel].of(x, x, 0.4) @ mass
    assert value("mmd2", p, q, kernel=kernel, bandwidth=0.4) == pytest.approx(expected, rel=1e-3)


# --- independent libraries


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (FIVE, OTHER),
        ("normal(0,1)", "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)"),
        ("0.5*laplace(-1,0.5)+0.5*uniform(0,2)", "normal(0,1.5)"),
        ("triangular(-2,0,3)", "0.6*normal(0,1)+0.4*laplace(1,1)"),
        ("0.5*lognormal(0,0.5)+0.5*exponential(2,0)", "lognormal(0.2,0.8)"),
        ("student_t(4,0,1)", "0.5*student_t(6,1,1)+0.5*normal(-1,2)"),
    ],
)
def test_quadrature_by_scipy(p, q):
    p, q = parse(p), parse(q)
    marks = sorted({x for d in (p, q) for x in LinePair(d, d).features.breaks})
    marks += [float(x) for d in (p, q) for x in d.quantile(np.linspace(0.02, 0.98, 25))]
    marks += [-40.0, 40.0, *LinePair(p, q).crossings.x]

    def term(row):
        return lambda x: row.contribution(p.logpdf(x), q.logpdf(x))

    for name in ("kl", "reverse_kl", "jensen_shannon", "hellinger", "total_variation"):
        found = LinePair(p, q).f_divergence(GENERATORS[name])
        if math.isfinite(found.value):
            assert found.value == pytest.approx(quad(term(GENERATORS[name]), marks, 400.0), abs=2e-7), name

    def gap(x):
        return np.abs(p.cdf(x) - q.cdf(x))

    zeros = [float(x) for x in np.linspace(-6, 8, 60)]
    assert value("w1", p, q) == pytest.approx(quad(gap, [*marks, *zeros], 400.0), abs=3e-5)
    energy = quad(lambda x: 2 * gap(x) ** 2, [*marks, *zeros], 400.0)
    assert value("energy2", p, q) == pytest.approx(energy, abs=1e-7)


def test_torch_agrees_on_kl():
    p, q = torch.distributions.Normal(0.3, 1.1), torch.distributions.Laplace(-0.2, 0.9)
    expected = float(torch.distributions.kl_divergence(q, p))
    assert value("kl_qp", parse("normal(0.3,1.1)"), parse("laplace(-0.2,0.9)")) == pytest.approx(
        expected, rel=1e-6
    )


@given(mixtures(NORMAL, 3), mixtures(NORMAL, 3))
@some(10)
def test_pot_agrees_on_transport_between_many_quantiles(p, q):
    u = (np.arange(20_000) + 0.5) / 20_000
    x, y = p.quantile(u), q.quantile(u)
    assert value("w1", p, q) == pytest.approx(ot.wasserstein_1d(x, y, p=1), abs=2e-3)
    assert value("w2", p, q) ** 2 == pytest.approx(ot.wasserstein_1d(x, y, p=2), abs=0.03)  # POT's is W2²


def inverted(p, u):
    """Quantiles by halving alone."""
    each = [part.quantile(u) for part in getattr(p, "components", (p,))]
    low, high = np.min(each, axis=0), np.max(each, axis=0)
    for _ in range(60):
        middle = (low + high) / 2
        below = p.cdf(middle) < u
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def levels_of_ends(d):
    """Levels at which the quantile function may jump: those of the ends of all components."""
    ends = [
        getattr(part, end)
        for part in getattr(d, "components", (d,))
        for end in ("low", "high", "start")
        if hasattr(part, end)
    ]
    return d.cdf(ends) if ends else []


def over_levels(p, q):
    """∫ |F⁻¹ − G⁻¹| du and the root of ∫ (F⁻¹ − G⁻¹)² du by Gauss's rule on many pieces of (0, 1)."""
    tail = 10.0 ** -np.arange(15, 1, -0.5)
    jumps = [level for d in (p, q) for level in levels_of_ends(d) if 1e-15 < level < 1 - 1e-15]
    edges = np.unique(np.concatenate([tail, np.linspace(0.01, 0.99, 1500), 1 - tail, jumps]))
    nodes, weights = np.polynomial.legendre.leggauss(12)
    half = np.diff(edges)[:, None] / 2
    u = (edges[:-1, None] + half * (1 + nodes)).ravel()
    gap = np.abs(inverted(p, u) - inverted(q, u))
    return [(gap**k * (half * weights).ravel()).sum() ** (1 / k) for k in (1, 2)]


BOUNDED = st.one_of([FAMILY[name] for name in ("normal", "uniform", "laplace", "exponential", "triangular")])


@given(mixtures(BOUNDED, 3), mixtures(BOUNDED, 3))
@some(25)
def test_transport_is_the_integral_over_levels(p, q):
    w1, w2 = over_levels(p, q)
    assert value("w1", p, q) == pytest.approx(w1, rel=1e-4, abs=1e-4)
    assert value("w2", p, q) == pytest.approx(w2, rel=3e-4, abs=3e-4)


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (FIVE, OTHER),
        ("laplace(0,1)", "normal(0,2)"),
        ("uniform(0,1)", "normal(0.3,0.5)"),
        ("triangular(0,0.5,1)", OTHER),
    ],
)
def test_transport_is_the_integral_over_levels_to_many_digits(p, q):
    p, q = parse(p), parse(q)
    w1, w2 = over_levels(p, q)
    assert value("w1", p, q) == pytest.approx(w1, rel=1e-6)
    assert value("w2", p, q) == pytest.approx(w2, rel=1e-6)


def test_w2_of_a_uniform_and_a_triangle_by_hand():
    assert value("w2", Uniform(0, 1), parse("triangular(0,0.5,1)")) == pytest.approx(
        math.sqrt(1 / 120), rel=1e-10
    )


# --- laws


@pytest.mark.parametrize("name", ON_THE_LINE)
@given(p=mixtures(most=3), q=mixtures(most=3), alpha=st.sampled_from([0.2, 0.5, 1.4]))
@some(25)
def test_values_are_in_range_and_know_their_error(name, p, q, alpha):
    row, found = DIVERGENCES[name], answer(name, p, q, alpha=alpha)
    assert row.low <= found.value <= row.high
    if math.isfinite(found.value):
        assert found.reason is None
        assert found.error <= 1e-8 * max(1.0, found.value)
    else:
        assert found.reason is not None


@pytest.mark.parametrize("name", ON_THE_LINE)
@given(p=mixtures(most=4))
@some(10)
def test_equal_distributions_are_at_distance_zero(name, p):
    assert value(name, p, p) <= 1e-12
    twin = Mixture((0.25, 0.75), (p, p)) if not isinstance(p, Mixture) else p
    found = answer(name, p, twin)  # the same distribution, written otherwise
    assert found.value <= (1e-6 if name == "w2" else 1e-11)


@pytest.mark.parametrize("name", [name for name in ON_THE_LINE if DIVERGENCES[name].symmetric])
@given(p=mixtures(most=3), q=mixtures(most=3))
@some(12)
def test_symmetric_rows_are_symmetric(name, p, q):
    one, two = answer(name, p, q), answer(name, q, p)
    assert one.value == two.value or abs(one.value - two.value) <= one.error + two.error + 1e-12 * one.value


@pytest.mark.parametrize(("name", "dual"), [("kl_pq", "kl_qp"), ("chi2_pq", "chi2_qp"), ("alpha", "alpha")])
@given(p=mixtures(most=3), q=mixtures(most=3))
@some(25)
def test_exchanging_p_and_q_exchanges_the_rows(name, dual, p, q):
    one, two = answer(name, p, q, alpha=0.3), answer(dual, q, p, alpha=0.7)
    assert one.value == two.value or abs(one.value - two.value) <= one.error + two.error + 1e-11 * one.value


MOVABLE = st.one_of([strategy for family, strategy in FAMILY.items() if family != "lognormal"])


@pytest.mark.parametrize("name", ON_THE_LINE)
@given(p=mixtures(MOVABLE, 3), q=mixtures(MOVABLE, 3))
@some(10)
def test_smooth_maps_leave_f_divergences_and_stretch_distances(name, p, q):
    there = [moved(d, 10.0, 3.0) for d in (p, q)]
    power = {"w1": 10.0, "w2": 10.0, "energy2": 10.0}.get(name, 1.0)
    bandwidths = ({"bandwidth": 0.7}, {"bandwidth": 7.0}) if name == "mmd2" else ({}, {})
    here, found = answer(name, p, q, **bandwidths[0]), answer(name, *there, **bandwidths[1])
    assert (here.value == math.inf) == (found.value == math.inf)
    if here.value < 1e300:
        assert found.value == pytest.approx(power * here.value, rel=1e-8, abs=1e-8)


@given(st.floats(-2, 2), st.floats(0.2, 1.5), st.floats(-2, 2), st.floats(0.2, 1.5))
@some(20)
def test_the_exponential_map_leaves_f_divergences(m1, s1, m2, s2):
    straight = parse(f"normal({m1},{s1})"), parse(f"normal({m2},{s2})")
    curved = parse(f"lognormal({m1},{s1})"), parse(f"lognormal({m2},{s2})")
    for name in F_ROWS:
        one, two = value(name, *straight), value(name, *curved)
        assert one == two or two == pytest.approx(one, rel=1e-8, abs=1e-9), name


@given(mixtures(most=2), mixtures(most=2), mixtures(most=2))
@some(30)
def test_triangle_inequalities(p, q, r):
    metrics = {
        "js": math.sqrt,
        "tv": float,
        "hellinger2": math.sqrt,
        "w1": float,
        "w2": float,
        "energy2": math.sqrt,
    }
    for name, metric in metrics.items():
        pq, qr, pr = (metric(max(value(name, *pair), 0.0)) for pair in ((p, q), (q, r), (p, r)))
        assert pr <= pq + qr + 1e-6 * (1 + pr if math.isfinite(pr) else 1), name


@given(mixtures(most=3), mixtures(most=3), st.lists(st.floats(-8, 8), min_size=1, max_size=12, unique=True))
@some(30)
def test_binning_lowers_every_f_divergence(p, q, edges):
    a, b = (np.diff(d.cdf(np.sort(edges)), prepend=0, append=1) for d in (p, q))
    assume(min(a.min(), b.min()) > 1e-9)  # a cell of no mass may be rounding, and would cost infinitely much
    logs = np.log(a), np.log(b)
    for row in GENERATORS.values():
        fine = LinePair(p, q).f_divergence(row).value
        assert row.contribution(*logs).sum() <= fine + 1e-9 * max(1, abs(fine)), row.name


WIDE = st.one_of(  # scales from 0.003 to 30
    st.builds(Normal, PLACE, LOG_SCALE),
    st.builds(lambda low, width: Uniform(low, low + width), PLACE, LOG_SCALE),
    st.builds(Laplace, PLACE, LOG_SCALE),
    st.builds(StudentT, st.sampled_from([0.6, 1.0, 1.5, 2.5, 5.0, 40.0]), PLACE, LOG_SCALE),
    st.builds(triangle, PLACE, st.sampled_from([0.0, 0.3, 1.0]), LOG_SCALE),
    st.builds(LogNormal, st.floats(-2, 2).map(lambda x: round(x, 3)), st.sampled_from([0.05, 0.5, 2.0])),
)


@given(p=mixtures(WIDE, 3), q=mixtures(WIDE, 3), bandwidth=st.sampled_from([0.05, 1.0, 8.0]))
@some(25)
def test_a_finer_mesh_changes_nothing_beyond_the_errors(p, q, bandwidth):
    options = {"alpha": 1.3, "bandwidth": bandwidth, "kernel": "laplace"}
    coarse = {name: answer(name, p, q, **options) for name in ON_THE_LINE}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profile, "WIDTH", 0.6)
        patch.setattr(profile, "_BELL", np.linspace(-profile.REACH, profile.REACH, 27))
        fine = {name: answer(name, p, q, **options) for name in ON_THE_LINE}
    for name, one in coarse.items():
        two = fine[name]
        size = max(1.0, abs(two.value))
        assert one.value == two.value or abs(one.value - two.value) <= one.error + two.error + 1e-12 * size, (
            name
        )
        assert one.value == math.inf or one.error <= 1e-8 * size, name


# --- exhibits of the facts


def test_exhibit_1_asymmetry():
    p, q = Normal(0, 1), Normal(0, 2)
    assert value("kl_pq", p, q) == pytest.approx(math.log(2) - 3 / 8, abs=1e-12)
    assert value("kl_pq", p, q) == pytest.approx(0.3181, abs=5e-5)
    assert value("kl_qp", p, q) == pytest.approx(0.8069, abs=5e-5)


def test_exhibit_2_one_shift():
    p, q = Normal(0, 1), Normal(2, 1)
    expected = {"kl_pq": 2, "tv": 0.6827, "hellinger2": 0.3935, "js": 0.3368, "w1": 2, "w2": 2}
    for name, number in expected.items():
        assert value(name, p, q) == pytest.approx(number, abs=5e-5)
    assert value("js", p, q) == pytest.approx(0.33683082, abs=5e-9)
    assert value("js", p, Normal(1, 1)) == pytest.approx(0.11142148, abs=5e-9)


@pytest.mark.parametrize("theta", [0.25, 0.5, 1.0, 1.7])
def test_exhibit_3_js_saturates(theta):
    p, q = Uniform(0, 1), Uniform(theta, theta + 1)
    assert value("js", p, q) == pytest.approx(min(theta, 1) * math.log(2), abs=1e-12)
    assert value("tv", p, q) == pytest.approx(min(theta, 1), abs=1e-12)
    assert value("w1", p, q) == pytest.approx(theta, abs=1e-12)
    found = answer("kl_pq", p, q)
    assert found.value == math.inf
    assert found.reason.code == "no_mass"


def test_exhibit_4_parallel_lines_in_the_limit():
    for theta in (0.1, 1.0, 7.0):
        p, q = Normal(0, 1e-4), Normal(theta, 1e-4)
        assert value("js", p, q) == pytest.approx(math.log(2), abs=1e-12)
        assert value("tv", p, q) == pytest.approx(1, abs=1e-12)
        assert value("w1", p, q) == pytest.approx(theta, abs=1e-10)
        assert value("w2", p, q) == pytest.approx(theta, abs=1e-10)


def test_exhibit_5_mass_covering_and_mode_seeking():
    p = parse("0.5*normal(-3,0.5)+0.5*normal(3,0.5)")
    assert value("kl_pq", p, Normal(0, math.sqrt(9.25))) == pytest.approx(1.1123, abs=5e-5)
    assert value("kl_qp", p, Normal(3, 0.5)) == pytest.approx(math.log(2), abs=1e-4)


def test_exhibit_6_the_value_of_a_gan():
    for p, q, expected in (
        ("normal(0,1)", "normal(0,1)", -math.log(4)),
        ("uniform(0,1)", "uniform(2,3)", 0.0),
    ):
        pair = LinePair(parse(p), parse(q))
        assert pair.f_divergence(GENERATORS["gan"]).value == pytest.approx(expected, abs=1e-12)
    pair = LinePair(parse(FIVE), parse(OTHER))
    js = pair.f_divergence(GENERATORS["jensen_shannon"]).value / 2
    assert pair.f_divergence(GENERATORS["gan"]).value == pytest.approx(2 * js - math.log(4), abs=1e-11)


def test_exhibit_7_mode_dropping():
    p = parse("+".join(f"0.125*uniform({k},{k}.5)" for k in range(8)))
    q = parse("+".join(f"0.25*uniform({k},{k}.5)" for k in range(4)))
    assert value("kl_qp", p, q) == pytest.approx(math.log(2), abs=1e-12)
    assert value("kl_pq", p, q) == math.inf
    assert value("js", p, q) == pytest.approx(0.2158, abs=5e-5)
    assert value("tv", p, q) == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize(("bandwidth", "expected"), [(1, 0.1773), (0.05, 0.0156), (20, 0.0025)])
def test_exhibit_8_bandwidth(bandwidth, expected):
    assert value("mmd2", Normal(0, 1), Normal(1, 1), bandwidth=bandwidth) == pytest.approx(expected, abs=5e-5)


def test_exhibit_12_bounds():
    tv, kl = value("tv", Normal(0, 1), Normal(2, 1)), value("kl_pq", Normal(0, 1), Normal(2, 1))
    assert tv == pytest.approx(0.683, abs=5e-4)
    assert math.sqrt(-math.expm1(-kl)) == pytest.approx(0.930, abs=5e-4)
    assert math.sqrt(kl / 2) == pytest.approx(1, abs=1e-9)


# --- traps


@pytest.mark.parametrize("place", [60.0, 700.0])
@pytest.mark.parametrize("width", [1e-4, 1e-2])
def test_narrow_far_modes_are_seen(place, width):
    p, q = Normal(0, 1), Normal(place, width)
    assert (
        scipy.integrate.quad(lambda x: math.exp(q.logpdf([x])[0]), -1e3, 1e3)[0] < 1e-6
    )  # what others see of it
    for name in ("kl_pq", "kl_qp", "hellinger2", "tv", "w1", "w2", "energy2"):
        expected = closed(name, p, q)
        assert value(name, p, q) == pytest.approx(expected, rel=1e-9)
    mixed = parse(f"0.999*normal(0,1)+0.001*normal({place},{width})")
    assert value("kl_qp", p, mixed) == math.inf or value("kl_qp", p, mixed) > 0.001 * place**2 / 2 * 0.9
    assert value("tv", p, mixed) == pytest.approx(0.001, rel=1e-6)
    assert value("w1", p, mixed) == pytest.approx(0.001 * place, rel=1e-3)


def test_log_domain_where_densities_underflow():
    p, q = parse("0.5*normal(0,1)+0.5*normal(3,0.5)"), parse("normal(60,1)")
    assert np.log(np.exp(p.logpdf([60.0])) + 1e-320)[0] < -700  # log of a density that is no float any more
    log_p = p.logpdf([60.0])[0]
    assert log_p < -1500
    expected = 0.5 * closed("kl_qp", Normal(0, 1), q)
    assert value("kl_qp", p, q) == pytest.approx(quad(
        lambda x: np.exp(q.logpdf(x)) * (q.logpdf(x) - p.logpdf(x)), [50, 55, 58, 60, 62, 65, 70], 80.0
    ), rel=1e-9)  # fmt: skip
    assert value("kl_qp", p, q) > expected / 2


def test_nan_of_scipys_jensenshannon_for_equal_inputs_is_zero_here():
    weights = np.array([0.1, 0.2, 0.7]) + 1e-17
    scipy_says = jensenshannon(weights, weights * (1 + 2e-16))
    assert not scipy_says > 1e-6  # nan or rounding
    for text in (FIVE, "cauchy(0,1)", "uniform(0,1)", "0.5*lognormal(0,1)+0.5*triangular(0,1,2)"):
        assert value("js", parse(text), parse(text)) == 0.0


def test_transitions_between_components_are_resolved():
    # log q has a kink of width 0.002 at 4.5, 45 standard deviations from the narrow component
    q, p = parse("0.5*normal(0,0.1)+0.5*normal(50,1)"), Normal(5, 1)
    points = [float(x) for x in np.concatenate([np.linspace(-5, 15, 81), np.linspace(4.4, 4.7, 61)])]
    expected = quad(lambda x: np.exp(p.logpdf(x)) * (p.logpdf(x) - q.logpdf(x)), points, 60.0)
    found = answer("kl_pq", p, q)
    assert found.value == pytest.approx(expected, rel=1e-10)
    assert found.error < 1e-9 * expected


def test_two_crossings_between_neighbouring_nodes_are_found():
    for gap in (1e-2, 1e-3, 1e-4):  # p − q dips below zero on an interval about as long as √gap
        p = Normal(0, 1)
        q = parse(f"{1 - gap}*normal(0,1)+{gap}*normal(0.37,0.02)")
        x = np.linspace(-0.2, 0.9, 400_001)
        expected = np.trapezoid(np.abs(np.exp(p.logpdf(x)) - np.exp(q.logpdf(x))), x) / 2
        outside = gap * (1 - (scipy.stats.norm.cdf(0.9) - scipy.stats.norm.cdf(-0.2))) / 2
        assert value("tv", p, q) == pytest.approx(expected + outside, abs=1e-9)


def test_a_large_chi2_overflows_with_its_logarithm():
    found = answer("chi2_pq", Normal(40, 1), Normal(0, 1))
    assert found.value == math.inf
    assert found.reason.code == "too_large"
    assert found.reason.numbers["log"] == pytest.approx(1600, rel=1e-9)
    assert value("renyi", Normal(40, 1), Normal(0, 1), alpha=2.0) == pytest.approx(1600, rel=1e-9)
    assert value("chi2_pq", Normal(20, 1), Normal(0, 1)) == pytest.approx(math.expm1(400), rel=1e-9)


@pytest.mark.parametrize("alpha", [1.5, 3.0, 8.0])
def test_a_narrow_peak_far_from_all_mass_is_found(alpha):
    # for α = 8 it is 4 wide and stands at −53,700, where panels are 26,000 wide
    far, q = Normal(-900, 1.554), Normal(-0.3389, 1.466)
    agrees(answer("renyi", far, q, alpha=alpha), closed("renyi", far, q, alpha=alpha))
    p = mixture([0.45, 0.55], [far, Normal(3.5, 1.073)])
    expected = closed("renyi", far, q, alpha=alpha) + alpha / (alpha - 1) * math.log(0.45)
    agrees(answer("renyi", p, q, alpha=alpha), expected)


def test_chi2_looks_where_p_and_q_have_no_mass():
    # p²/q peaks at −13.3, where p is e^−89 and q e^−256
    p, q = Normal(0, 1), Normal(5, 0.83)
    agrees(answer("chi2_pq", p, q), closed("chi2_pq", p, q))


@pytest.mark.parametrize("df", [2.01, 2.2, 3.0])
def test_slow_tails_are_completed(df):
    p, q = parse(f"student_t({df},0,1)"), Normal(0, 1)
    agrees(answer("kl_pq", p, q), closed("kl_pq", p, q))
    wide = parse(f"student_t({df},1,3)")
    agrees(answer("w2", p, wide), closed("w2", p, wide), tolerance=1e-8)


def test_a_tail_that_falls_hardly_faster_than_it_must_has_an_error_of_its_own_size():
    p, q = parse("student_t(1.00001,0,1)"), parse("laplace(0,1)")
    agrees(answer("kl_pq", p, q), closed("kl_pq", p, q), rounding=1e-11)


@pytest.mark.parametrize("df", [1.2, 1.5, 2.0])
def test_slow_tails_of_the_distribution_functions_are_completed(df):
    # stretched by 2 the quantiles move by |Z|: W1 = E|Z| = 2 √ν / ((ν − 1) B(ν/2, ½))
    p, q = parse(f"student_t({df},0,1)"), parse(f"student_t({df},0,2)")
    agrees(answer("w1", p, q), 2 * math.sqrt(df) / ((df - 1) * scipy.special.beta(df / 2, 0.5)))
    # what 30 digits of adaptive quadrature give (mpmath)
    p = parse("0.971971*uniform(-14.862,-13.79)+0.0280295*laplace(25.3099,422.2)")
    q = parse("0.394195*student_t(1.5,0.0779,17.58)+0.605805*lognormal(-0.002,0.048)")
    agrees(answer("w1", p, q), 24.69013347623441864493773)


# --- what a page draws


def test_steps_of_js():
    pair = LinePair(parse(FIVE), parse(OTHER))
    steps = pair.js_steps()
    assert steps.js.value == pytest.approx(value("js", pair.p, pair.q), abs=1e-12)
    both = Mixture(
        tuple(w / 2 for d in (pair.p, pair.q) for w in d.weights), (*pair.p.components, *pair.q.components)
    )
    assert steps.kl_pm.value == pytest.approx(value("kl_pq", pair.p, both), abs=1e-11)
    assert steps.kl_qm.value == pytest.approx(value("kl_pq", pair.q, both), abs=1e-11)


@pytest.mark.parametrize("name", [name for name in ON_THE_LINE if DIVERGENCES[name].integrand])
@pytest.mark.parametrize(
    ("p", "q"), [(FIVE, OTHER), ("0.5*uniform(0,1)+0.5*normal(0,1)", "laplace(0.3,1.5)")]
)
def test_integrands_integrate_to_the_value(name, p, q):
    pair = LinePair(parse(p), parse(q))
    options = Options(alpha=0.4, kernel="laplace", bandwidth=0.5)
    row = DIVERGENCES[name]
    found = row.of(pair, options)
    x = pair.plot_grid(-40, 40, 20_001)
    y = row.integrand(pair, x, options)
    assert y.shape == x.shape
    if math.isfinite(found.value) and found.value < 1e3:
        assert np.trapezoid(y, x) == pytest.approx(found.value, abs=2e-4)


def test_curves_and_the_best_discriminator():
    pair = LinePair(parse(FIVE), parse(OTHER))
    x = np.linspace(-8, 8, 101)
    log_p, log_q, log_m = pair.curves(x)
    p, q = np.exp(pair.p.logpdf(x)), np.exp(pair.q.logpdf(x))
    assert np.exp(log_p) == pytest.approx(p, rel=1e-12)
    assert np.exp(log_q) == pytest.approx(q, rel=1e-12)
    assert np.exp(log_m) == pytest.approx((p + q) / 2, rel=1e-12)
    assert pair.discriminator(x) == pytest.approx(p / (p + q), rel=1e-12)
    far = LinePair(Uniform(0, 1), Uniform(2, 3)).discriminator([0.5, 1.5, 2.5])
    assert far[[0, 2]].tolist() == [1, 0]
    assert np.isnan(far[1])


def test_plot_grid_shows_narrow_modes_and_both_sides_of_jumps():
    pair = LinePair(parse("0.99*normal(0,1)+0.01*normal(2,0.0002)"), Uniform(-1, 1))
    x = pair.plot_grid(-3, 3, 50)
    assert np.all(np.diff(x) > 0)
    assert np.sum(np.abs(x - 2) < 0.0006) > 5
    q = np.exp(pair.q.logpdf(x))
    jumps = np.flatnonzero(np.abs(np.diff(q)) > 0.4)
    assert len(jumps) == 2
    assert np.all(np.diff(x)[jumps] < 1e-11)
    with pytest.raises(DivergenceError, match="low < high"):
        pair.plot_grid(1, 1)


def test_transport_pairs_equal_shares():
    pair = LinePair(parse(FIVE), parse("normal(1,2)"))
    x, y = pair.transport(64)
    assert pair.p.cdf(x) == pytest.approx((np.arange(64) + 0.5) / 64, abs=1e-12)
    assert pair.q.cdf(y) == pytest.approx(pair.p.cdf(x), abs=1e-12)
    with pytest.raises(DivergenceError, match="n: should be a whole number >= 1"):
        pair.transport(0)


@pytest.mark.parametrize("kernel", list(KERNELS))
@pytest.mark.parametrize(("p", "q"), [("normal(0,1)", OTHER), ("uniform(-1,1)", "laplace(0,1)")])
def test_witness_is_the_difference_of_mean_kernels(kernel, p, q):
    pair = LinePair(parse(p), parse(q))
    at = np.array([-2.0, 0.1, 1.5])
    levels = (np.arange(40_000) + 0.5) / 40_000
    row = KERNELS[kernel]
    expected = [row.of(d.quantile(levels), at[:, None], 0.8).mean(axis=0) for d in (pair.p, pair.q)]
    assert pair.witness(at, kernel, 0.8) == pytest.approx(expected[0] - expected[1], abs=3e-3, rel=3e-3)


# --- samples


def put(values):
    return parse(f'samples("{store.put(np.float32(values)[:, None], "x", (0.0,), 1.0)}")')


def test_two_sets_of_samples(tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    rng = np.random.default_rng(0)
    a, b = np.float32(rng.normal(size=60)), np.float32(rng.normal(1, 2, size=45))
    p, q = put(a), put(b)
    a, b = a.astype(float), b.astype(float)
    for name in F_ROWS:
        found = answer(name, p, q)
        assert math.isnan(found.value)
        assert found.reason.code == "no_density"
    assert value("w1", p, q) == pytest.approx(ot.wasserstein_1d(a, b, p=1), rel=1e-12)
    assert value("w2", p, q) == pytest.approx(math.sqrt(ot.wasserstein_1d(a, b, p=2)), rel=1e-12)
    distance = [np.abs(x[:, None] - y).mean() for x, y in ((a, b), (a, a), (b, b))]
    assert value("energy2", p, q) == pytest.approx(2 * distance[0] - distance[1] - distance[2], rel=1e-11)
    for kernel, row in KERNELS.items():
        means = [row.of(x, y, 0.6).mean() for x, y in ((a, b), (a, a), (b, b))]
        expected = means[1] + means[2] - 2 * means[0]
        assert value("mmd2", p, q, kernel=kernel, bandwidth=0.6) == pytest.approx(
            expected, rel=1e-9, abs=1e-12
        )


@pytest.mark.parametrize("text", ["normal(1,2)", "0.5*laplace(0,1)+0.5*uniform(2,3)", "student_t(3,0,1)"])
def test_samples_against_a_density(text, tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    a = np.sort(np.float32(np.random.default_rng(1).normal(size=40)).astype(float))
    p, q = put(a), parse(text)
    u = (np.arange(100_000) + 0.5) / 100_000
    gap = a[np.minimum((u * 40).astype(int), 39)] - inverted(q, u)
    assert value("w1", p, q) == pytest.approx(np.abs(gap).mean(), rel=1e-3 if "student" in text else 1e-5)
    if "student" not in text:
        assert value("w2", p, q) == pytest.approx(math.sqrt(np.square(gap).mean()), rel=1e-4)
    assert value("w2", p, q) == pytest.approx(value("w2", q, p), rel=1e-12)
    nodes = q.quantile((np.arange(4000) + 0.5) / 4000)
    row = KERNELS["gaussian"]
    expected = row.of(a, a, 1.0).mean() + row.of(nodes, nodes, 1.0).mean() - 2 * row.of(a, nodes, 1.0).mean()
    assert value("mmd2", p, q) == pytest.approx(expected, abs=2e-4)
    mixed = mixture([1, 1], [p, q])
    assert value("w1", mixed, q) == pytest.approx(value("w1", p, q) / 2, rel=1e-9)
    assert value("energy2", mixed, q) == pytest.approx(value("energy2", p, q) / 4, rel=1e-9)
    assert value("mmd2", mixed, q) == pytest.approx(value("mmd2", p, q) / 4, abs=1e-9)


def test_planar_distributions_are_refused():
    with pytest.raises(DivergenceError, match="should be 1-D"):
        LinePair(parse("ring(8)"), parse("normal(0,1)"))
    with pytest.raises(DivergenceError, match=r"order: should be 1 or 2\. Received 3"):
        LinePair(Normal(0, 1), Normal(0, 1)).wasserstein(3)
