"""Explicit divergences: closed forms, quadrature by scipy, finite differences and other libraries are the referees."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import ot
import pytest
import scipy
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import KernelDensity
from torch import Tensor

from ganlab.divergences import mmd2
from ganlab.gan import explicit
from ganlab.gan.explicit import F_DIVERGENCES, Gaussians

LN2 = math.log(2)
EXACT = 1e-9

GAUSSIAN = {
    "kl": lambda d, s, t: math.log(t / s) + (s * s + d * d) / (2 * t * t) - 0.5,
    "reverse_kl": lambda d, s, t: math.log(s / t) + (t * t + d * d) / (2 * s * s) - 0.5,
    "hellinger2": lambda d, s, t: (
        1 - math.sqrt(2 * s * t / (s * s + t * t)) * math.exp(-d * d / (4 * (s * s + t * t)))
    ),
    "pearson": lambda d, s, t: (
        t * t / (s * math.sqrt(2 * t * t - s * s)) * math.exp(d * d / (2 * t * t - s * s)) - 1
    ),
    "neyman": lambda d, s, t: (
        s * s / (t * math.sqrt(2 * s * s - t * t)) * math.exp(d * d / (2 * s * s - t * t)) - 1
    ),
}
PLAIN: dict[str, Callable[[float, float], float]] = {
    "kl": lambda p, q: p * math.log(p / q),
    "reverse_kl": lambda p, q: q * math.log(q / p),
    "js": lambda p, q: p * math.log(2 * p / (p + q)) / 2 + q * math.log(2 * q / (p + q)) / 2,
    "pearson": lambda p, q: (p - q) ** 2 / q,
    "neyman": lambda p, q: (p - q) ** 2 / p,
    "tv": lambda p, q: abs(p - q) / 2,
    "hellinger2": lambda p, q: (math.sqrt(p) - math.sqrt(q)) ** 2 / 2,
}


def grid(*cuts: float) -> tuple[Tensor, Tensor]:
    """Gauss-Legendre nodes and weights between the cuts, 40 each."""
    z, w = np.polynomial.legendre.leggauss(40)
    ends = np.array(cuts)
    half = np.diff(ends)[:, None] / 2
    x = (ends[1:] + ends[:-1])[:, None] / 2 + half * z
    return torch.from_numpy(x.ravel()), torch.from_numpy((half * w).ravel())


def normal(x: Tensor, mean: Tensor | float, std: Tensor | float) -> Tensor:
    mean, std = (torch.as_tensor(v, dtype=torch.float64).reshape(-1, 1) for v in (mean, std))
    return -(((x - mean) / std) ** 2) / 2 - std.log() - math.log(2 * math.pi) / 2


def test_every_row_has_a_plain_formula() -> None:
    assert set(PLAIN) == set(F_DIVERGENCES)


@given(
    d=st.floats(-2, 2),
    s=st.floats(0.8, 1.1),
    t=st.floats(0.8, 1.1),
    name=st.sampled_from(sorted(GAUSSIAN)),
)
def test_closed_forms_between_gaussians(d: float, s: float, t: float, name: str) -> None:
    x, w = grid(*np.linspace(-45, 45, 61))
    value = explicit.f_divergence(name, normal(x, 0.0, s)[0], normal(x, d, t), w)
    expected = GAUSSIAN[name](d, s, t)
    assert float(value) == pytest.approx(expected, abs=EXACT, rel=EXACT)


@pytest.mark.parametrize(("shift", "js"), [(0.0, 0.0), (1.0, 0.11142148), (2.0, 0.33683082)])
def test_js_of_shifted_gaussians(shift: float, js: float) -> None:
    x, w = grid(*np.linspace(-12, 14, 27))
    value = explicit.f_divergence("js", normal(x, 0.0, 1.0)[0], normal(x, shift, 1.0), w)
    assert float(value) == pytest.approx(js, abs=5e-9)


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_mixtures_agree_with_quad(name: str) -> None:
    def p(x: float) -> float:
        return 0.3 * math.exp(-((x + 2) ** 2) / 0.5) / math.sqrt(0.5 * math.pi) + 0.7 * math.exp(
            -((x - 1) ** 2) / 2
        ) / math.sqrt(2 * math.pi)

    def q(x: float) -> float:
        return math.exp(-((x - 0.5) ** 2) / (2 * 1.44)) / (1.2 * math.sqrt(2 * math.pi))

    kinks = [scipy.optimize.brentq(lambda x: p(x) - q(x), a, b) for a, b in crossings(p, q)]
    cuts = [-8.0, -3.0, -1.0, 0.0, 2.0, 4.0, 8.5, *kinks]
    expected = sum(
        scipy.integrate.quad(lambda x: PLAIN[name](p(x), q(x)), a, b, epsabs=1e-13, epsrel=1e-13)[0]
        for a, b in zip(sorted(cuts), sorted(cuts)[1:], strict=False)
    )
    x, w = grid(*sorted(cuts))
    log_p = torch.tensor([math.log(p(v)) for v in x.tolist()], dtype=torch.float64)
    log_q = torch.tensor([math.log(q(v)) for v in x.tolist()], dtype=torch.float64)
    value = explicit.f_divergence(name, log_p, log_q[None], w)
    assert float(value) == pytest.approx(expected, abs=EXACT, rel=EXACT)


def crossings(p: Callable[[float], float], q: Callable[[float], float]) -> list[tuple[float, float]]:
    x = np.linspace(-8, 8, 400)
    sign = np.array([p(v) > q(v) for v in x])
    return [(x[i], x[i + 1]) for i in np.flatnonzero(sign[1:] != sign[:-1])]


def test_disjoint_supports() -> None:
    """U[0, 1] and U[1, 2]: saturated where the divergence is bounded, infinite where it is not; no NaN on the way."""
    x, w = grid(0, 1, 2)
    inside = torch.tensor(0.0, dtype=torch.float64)
    log_p = torch.where(x < 1, inside, -math.inf)
    log_q = torch.where(x < 1, -math.inf, inside)[None]
    values = {name: float(explicit.f_divergence(name, log_p, log_q, w)) for name in F_DIVERGENCES}
    assert values["js"] == pytest.approx(LN2, abs=1e-12)
    assert values["tv"] == values["hellinger2"] == pytest.approx(1, abs=1e-12)
    assert all(values[name] == math.inf for name in ("kl", "reverse_kl", "pearson", "neyman"))


@pytest.mark.parametrize("name", sorted(F_DIVERGENCES))
def test_gradients(name: str) -> None:
    """The gradient in the parameters of q, p with a hole in its support, is that of finite differences."""
    x, w = grid(-9, -3, 0, 3, 9)
    log_p = normal(x, 0.3, 1.1)[0] + (math.log(2.0) if name in ("kl", "pearson", "js") else 0.0)
    if name in ("kl", "pearson", "js", "hellinger2", "tv"):
        log_p = torch.where(x < -3, -math.inf, log_p)

    def value(mean: Tensor, log_std: Tensor) -> Tensor:
        return explicit.f_divergence(name, log_p, normal(x, mean, log_std.exp()), w)

    mean = torch.tensor([0.5, -0.7], dtype=torch.float64, requires_grad=True)
    log_std = torch.tensor([0.2, 0.1], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(value, (mean, log_std), eps=1e-6, atol=1e-7)


def test_kernel_density_far_from_every_sample() -> None:
    rng = np.random.default_rng(0)
    samples, x, h = rng.normal(size=(3, 50, 1)), np.linspace(-60, 60, 201), 0.3
    log_q = explicit.kernel_density(torch.from_numpy(samples), torch.from_numpy(x), h)
    expected = [KernelDensity(bandwidth=h).fit(part).score_samples(x[:, None]) for part in samples]
    np.testing.assert_allclose(log_q.numpy(), expected, rtol=1e-12, atol=1e-9)
    tensor = explicit.kernel_density(torch.from_numpy(samples), torch.from_numpy(x), torch.tensor(h).double())
    np.testing.assert_allclose(tensor.numpy(), expected, rtol=1e-7)


def test_a_sample_far_away_is_pulled_back() -> None:
    """Forward KL's gradient at a sample 40 bandwidths from all of P is finite and points home."""
    x, w = grid(*np.linspace(-50, 50, 101))
    samples = torch.tensor([[[0.0], [40.0]]], dtype=torch.float64, requires_grad=True)
    log_q = explicit.kernel_density(samples, x, 1.0)
    (g,) = torch.autograd.grad(
        explicit.f_divergence("reverse_kl", normal(x, 0.0, 1.4)[0], log_q, w).sum(), samples
    )
    assert torch.isfinite(g).all()
    assert float(g[0, 1]) > 1


@given(m=st.floats(-3, 3), s=st.floats(0.2, 3), t=st.floats(0.2, 3))
def test_w2_between_gaussians(m: float, s: float, t: float) -> None:
    z, w = grid(*np.linspace(-9, 9, 19))
    weight = w * (-z.square() / 2).exp() / math.sqrt(2 * math.pi)
    value = explicit.w2_squared(s * z, (m + t * z)[None], weight)
    assert float(value) == pytest.approx(m * m + (s - t) ** 2, abs=1e-9, rel=1e-9)


def test_w2_to_samples_is_optimal_transport() -> None:
    rng = np.random.default_rng(1)
    quantiles, samples = np.sort(rng.normal(size=40)), rng.normal(2, 3, size=(2, 40, 1))
    value = explicit.w2_squared_to_samples(torch.from_numpy(quantiles), torch.from_numpy(samples))
    expected = [ot.wasserstein_1d(quantiles, part[:, 0], p=2) for part in samples]
    np.testing.assert_allclose(value.numpy(), expected, rtol=1e-12)


def gaussians(*parts: tuple[float, float, float]) -> Gaussians:
    w, m, s = np.array(parts, dtype=np.float64).T
    return Gaussians(*(torch.from_numpy(v) for v in (w, m, s**2)))


@pytest.mark.parametrize(("bandwidth", "expected"), [(1.0, 0.1773), (0.05, 0.0156), (20.0, 0.0025)])
def test_mmd_of_shifted_gaussians(bandwidth: float, expected: float) -> None:
    """Exhibit 8 of the conventions: unit Gaussians 1 apart."""
    value = float(explicit.mmd2_gaussians(gaussians((1, 0, 1)), gaussians((1, 1, 1)), bandwidth))
    closed = 2 * bandwidth / math.sqrt(bandwidth**2 + 2) * (1 - math.exp(-1 / (2 * (bandwidth**2 + 2))))
    assert value == pytest.approx(closed, abs=1e-12)
    assert value == pytest.approx(expected, abs=5e-5)


def test_mmd_closed_form_against_quadrature() -> None:
    """∫∫ (p − q)(x) k(x, y) (p − q)(y) for two mixtures on a grid."""
    p, q = gaussians((0.3, -1, 0.4), (0.7, 2, 1)), gaussians((0.5, 0, 0.7), (0.5, 1, 0.2))
    x, w = grid(*np.linspace(-8, 10, 37))
    difference = sum(a * normal(x, m, v.sqrt()).exp()[0] for a, m, v in zip(*p, strict=True)) - sum(
        a * normal(x, m, v.sqrt()).exp()[0] for a, m, v in zip(*q, strict=True)
    )
    kernel = (-((x[:, None] - x) ** 2) / (2 * 0.5**2)).exp()
    expected = float((w * difference) @ kernel @ (w * difference))
    assert float(explicit.mmd2_gaussians(p, q, 0.5)) == pytest.approx(expected, abs=1e-12, rel=1e-9)
    assert float(explicit.mmd2_gaussians(p, p, 0.5)) == pytest.approx(0, abs=1e-15)


def test_mmd_from_samples_is_the_unbiased_one() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(2, 30, 2)), rng.normal(1, 2, size=(2, 20, 2))
    value = explicit.mmd2_samples(torch.from_numpy(x), torch.from_numpy(y), 0.8)
    expected = [mmd2(a, b, 0.8) for a, b in zip(x, y, strict=True)]
    np.testing.assert_allclose(value.numpy(), expected, rtol=1e-10)


def test_mmd_to_a_known_mixture_averages_the_closed_form() -> None:
    p, q = gaussians((0.5, -2, 0.5), (0.5, 2, 1)), gaussians((1, 0.5, 1.5))
    y = 0.5 + 1.5 * np.random.default_rng(3).normal(size=(400, 100, 1))
    values = explicit.mmd2_to_gaussians(p, torch.from_numpy(y), 1.0).numpy()
    error = values.std() / math.sqrt(len(values))
    assert values.mean() == pytest.approx(float(explicit.mmd2_gaussians(p, q, 1.0)), abs=4 * error)
    assert error < 2e-3


def test_gradients_of_mmd_w2_and_kernel_density() -> None:
    y = torch.randn(2, 7, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(4)).requires_grad_()
    p = gaussians((0.5, -2, 0.5), (0.5, 2, 1))
    x, w = grid(-8, 0, 8)
    assert torch.autograd.gradcheck(lambda y: explicit.mmd2_to_gaussians(p, y, 1.0), y)
    assert torch.autograd.gradcheck(lambda y: explicit.mmd2_samples(y, y.flip(0), 1.0), y)
    assert torch.autograd.gradcheck(
        lambda y: explicit.w2_squared_to_samples(torch.linspace(-1, 1, 7, dtype=torch.float64), y), y
    )
    for name in F_DIVERGENCES:
        assert torch.autograd.gradcheck(
            lambda y, name=name: explicit.f_divergence(
                name, normal(x, 0.0, 0.9)[0], explicit.kernel_density(y, x, 0.9), w
            ),
            y,
        )


def test_the_table_can_be_read_without_torch() -> None:
    code = "import sys; from ganlab.gan.explicit import F_DIVERGENCES; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
