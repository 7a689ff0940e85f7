"""What the theory of Goodfellow et al. 2014 says about D, against quadrature on the line.

G is linear and stands still, so that q is an exactly known normal density; only D learns.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import expit, log_expit
from scipy.stats import norm

from ganlab.gan.spec import GanSpec
from ganlab.gan.training import Training

GRID = np.linspace(-9, 9, 6001)


def integral(values: np.ndarray) -> float:
    return float(np.trapezoid(values, GRID))


def learnt_d(objective: str, mean: float, std: float, **values: object) -> np.ndarray:
    """D's outputs on the grid, p = N(0, 1) and q = N(mean, std²), after training D alone."""
    spec = GanSpec.make(
        {
            "data": "normal(0,1)",
            "noise_dim": 1,
            "g_hidden": "none",
            "d_hidden": "24,24",
            "d_activation": "tanh",
        }
        | {"g_steps": 0, "batch": 1024, "lr_d": 0.01, "backend": "eager", "objective": objective, **values}
    )
    training = Training(spec)
    g = training.state.g._replace(theta=torch.tensor([[std, mean]]))
    training.load(training.state._replace(g=g))
    for lr in (0.01, 0.003, 0.001):
        training.set(lr_d=lr)
        training.advance(250)
    assert torch.equal(training.state.g.theta, g.theta), "G has moved"
    return training.discriminate(GRID[:, None])[0].astype(float)


CASES = [(1.0, 1.0, 0.11142148), (2.0, 1.0, 0.33683082), (0.0, 2.0, None)]


@pytest.mark.parametrize(("mean", "std", "js_known"), CASES)
def test_d_approaches_p_over_p_plus_q_and_the_value_2js_minus_ln4(
    mean: float, std: float, js_known: float | None
) -> None:
    p, q = norm.pdf(GRID), norm.pdf(GRID, mean, std)
    m = (p + q) / 2
    js = integral(p * np.log(p / m) + q * np.log(q / m)) / 2
    if js_known is not None:
        assert js == pytest.approx(js_known, abs=1e-7)
    a = learnt_d("non_saturating", mean, std)
    optimum = 2 * js - np.log(4)
    value = integral(p * log_expit(a) + q * log_expit(-a))
    assert value <= optimum + 1e-9, "no D is better than the optimal one"
    assert value > optimum - 0.004
    assert integral(m * np.abs(expit(a) - p / (p + q))) < 0.02


def test_equal_densities_leave_d_undecided() -> None:
    a = learnt_d("minimax", 0.0, 1.0)
    assert integral(norm.pdf(GRID) * np.abs(expit(a) - 0.5)) < 0.02


def test_least_squares_d_is_the_same_ratio_without_a_sigmoid() -> None:
    """Mao et al. 2017, equation 5, with a = 0, b = 1."""
    p, q = norm.pdf(GRID), norm.pdf(GRID, 1.5, 1.0)
    d = learnt_d("least_squares", 1.5, 1.0)
    assert integral((p + q) / 2 * np.abs(d - p / (p + q))) < 0.02


def test_hinge_d_is_the_sign_of_the_difference() -> None:
    """Lim and Ye 2017: D* is +1 where p > q and -1 where p < q; checked away from the crossing at 1."""
    d = learnt_d("hinge", 2.0, 1.0)
    assert np.abs(d[(GRID > -2) & (GRID < 0)] - 1).mean() < 0.25
    assert np.abs(d[(GRID > 2) & (GRID < 4)] + 1).mean() < 0.25


def test_the_critic_with_a_gradient_penalty_reads_w1() -> None:
    """Gulrajani et al. 2017: with λ large, E D(x) - E D(G(z)) is close to W1 = 2 of two shifted normals.

    The penalty allows slopes a little above 1: maximising s·W1 - λ(s - 1)² gives s = 1 + W1 / 2λ = 1.1 here.
    """
    p, q = norm.pdf(GRID), norm.pdf(GRID, -2.0, 1.0)
    d = learnt_d("wgan", -2.0, 1.0, penalty="wgan_gp", penalty_weight=10)
    assert integral((p - q) * d) == pytest.approx(2.0 * 1.1, rel=0.03)
