"""Generators trained on an explicit divergence, and the adversarial twin beside them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from ganlab.divergences import js_from_masses
from ganlab.evaluation import true_masses
from ganlab.fitting import FIT_OBJECTIVES, FitSpec, Fitting
from ganlab.fitting.exact import KNOWN, NAMES, Cells, mixture, of_generators
from ganlab.fitting.generator import Generators, cell_edges
from ganlab.fitting.spec import target_of
from ganlab.gan import Training

BIMODAL = "0.5*normal(-3,0.5)+0.5*normal(3,0.5)"
TRAINABLE = [name for name, row in FIT_OBJECTIVES.items() if "generator" in row.models]


def generator(**fields: object) -> FitSpec:
    return FitSpec(**{"model": "generator", "starts": 2, "lr": 0.01, **fields})


def js_of(fitting: Fitting) -> np.ndarray:
    """JS of the two binned distributions, in fine cells `[E]`."""
    x = np.linspace(-8, 8, 321)
    edges = cell_edges(x)
    p = true_masses(fitting.target.p, edges)
    assert isinstance(fitting.model, Generators)
    q = fitting.density(x) * np.diff(edges)
    outside = np.maximum(1 - q.sum(1), 0)
    return np.array(
        [js_from_masses(p, np.concatenate([[0], row, [rest]])) for row, rest in zip(q, outside, strict=True)]
    )


def test_trained_on_js_it_comes_near_p() -> None:
    """The smoothed divergence ends near what 128 perfect samples have, about (R/(2√π h) − 1)/8B with R = P's range."""
    fitting = Fitting(generator(objective="js", steps=0))
    before = js_of(fitting)
    fitting.advance(400)
    assert before.min() > 0.1
    assert (js_of(fitting) < 0.05).all()
    assert (js_of(fitting) > 1e-4).all()
    floor = (8 / (2 * math.sqrt(math.pi) * 0.3) - 1) / (8 * 128)
    assert (fitting.info.objective < 4 * floor).all()
    assert (fitting.info.objective > floor / 10).all()


@pytest.mark.parametrize("objective", TRAINABLE)
def test_every_objective_trains_it(objective: str) -> None:
    fitting = Fitting(generator(objective=objective))
    before = fitting.score
    fitting.advance(250)
    assert (fitting.score < before / 2).all()
    assert (js_of(fitting) < 0.2).all()
    assert fitting.info.finite.all()


def test_smoothing_both_sides_keeps_the_spread() -> None:
    """A linear generator on one Gaussian: compared with smoothed p its σ is P's; with p itself √(σ² − h²) would win."""
    fitting = Fitting(
        generator(objective="kl_pq", p="normal(0,1)", hidden="none", bandwidth=0.6, batch=512, lr=0.02)
    )
    fitting.advance(400)
    stds = []
    for _ in range(60):  # the weight wanders with the noise of the batches
        fitting.advance(5)
        stds.append(fitting.state.theta[:, 0].abs().numpy())
    assert np.mean(stds) == pytest.approx(1, abs=0.04)  # not 0.8


def test_the_twin_is_the_gan_it_would_be_alone() -> None:
    """Same generator, first weights and noise; the fit beside it changes nothing."""
    fitting = Fitting(generator(objective="js", adversarial=True, seed=3))
    assert fitting.twin is not None
    assert isinstance(fitting.model, Generators)
    assert torch.equal(fitting.model.theta, fitting.twin.state.g.theta)
    for step in (0, 1, 70):
        assert torch.equal(
            fitting.model.noise(step), fitting.twin._iteration.batches.g(step, jitter=False).noise
        )
    alone = Training(fitting.spec.gan, (3, 4))
    fitting.advance(40)
    alone.advance(40)
    assert torch.equal(fitting.twin.state.g.theta, alone.state.g.theta)
    assert fitting.twin.step == 40


def test_the_same_spec_gives_the_same_run() -> None:
    first, second = (Fitting(generator(objective="mmd2", beside="js", adversarial=True)) for _ in range(2))
    first.advance(30)
    for _ in range(30):
        next(second)
    assert torch.equal(first.state.theta, second.state.theta)
    assert first.beside is not None
    assert second.beside is not None
    assert torch.equal(first.beside.state.theta, second.beside.state.theta)


def test_a_member_alone_takes_the_course_it_takes_in_company() -> None:
    company, alone = Fitting(generator(starts=3, seed=7)), Fitting(generator(starts=1, seed=8))
    company.advance(20)
    alone.advance(20)
    np.testing.assert_allclose(alone.state.theta[0], company.state.theta[1], rtol=1e-3, atol=1e-4)


def test_densities_hold_all_the_mass() -> None:
    fitting = Fitting(generator(adversarial=True))
    x = np.linspace(-30, 30, 2001)
    for density in (fitting.density(x), fitting.twin_density(x)):
        np.testing.assert_allclose(density.sum(1) * (x[1] - x[0]), 1, atol=1e-9)
    with pytest.raises(ValueError, match="adversarial"):
        Fitting(generator()).twin_density(x)


def test_hot_fields_reach_the_twin() -> None:
    fitting = Fitting(generator(adversarial=True))
    fitting.set(adversarial_lr=0.0, lr=0.0)
    assert fitting.twin is not None
    before = fitting.state.theta, fitting.twin.state.g.theta
    fitting.advance(2)
    assert torch.equal(before[0], fitting.state.theta)
    assert torch.equal(before[1], fitting.twin.state.g.theta)


def test_noise_never_settles() -> None:
    fitting = Fitting(generator(steps=5))
    assert not fitting.settled
    fitting.advance(100)
    assert fitting.step == 5
    assert fitting.finished
    assert fitting.landscape() is None
    assert fitting.parameters() == {}


# --- all divergences of a generator, in cells -------------------------------------------------------------------------


def test_readings_of_a_generator_that_is_a_gaussian() -> None:
    """G(z) = 1 + 2z against N(0, 1): closed forms of two Gaussians, to the width of a cell."""
    (found,) = of_generators(target_of("normal(0,1)"), lambda z: 1 + 2 * z[None], NAMES, 1.0)
    kl = math.log(2) + 2 / 8 - 0.5
    expected = {
        "kl_pq": kl,
        "kl_qp": -math.log(2) + 5 / 2 - 0.5,
        "hellinger2": 1 - math.sqrt(4 / 5) * math.exp(-1 / 20),
        "w2": math.sqrt(2),
        "chi2_pq": 4 / math.sqrt(7) * math.exp(1 / 7) - 1,
        "mmd2": 1 / math.sqrt(3) + 1 / 3 - 2 / math.sqrt(6) * math.exp(-1 / 12),
    }
    for name, value in expected.items():
        assert found[name].value == pytest.approx(value, rel=2e-3), name
    assert found.keys() == set(NAMES) == set(KNOWN)
    assert found["w1"].units == "x"
    assert 0 < found["tv"].value < 1
    assert 0 < found["js"].value < math.log(2)
    assert found["energy2"].value > 0


def test_a_generator_that_leaves_out_a_mode_has_infinite_divergences_with_a_reason() -> None:
    (found,) = of_generators(
        target_of("0.5*uniform(-3,-2)+0.5*uniform(2,3)"), lambda z: 2.5 + 0 * z[None], ("kl_pq", "js"), 1.0
    )
    assert found["kl_pq"].value == math.inf
    assert found["kl_pq"].reason is not None
    assert "mass" in found["kl_pq"].reason.text
    assert found["js"].reason is None


def test_identical_masses_are_at_distance_zero() -> None:
    target = target_of(BIMODAL)
    edges = np.linspace(-6, 6, 1001)
    p = true_masses(target.p, edges)
    cells = Cells(edges, p, 0.5)
    for name in KNOWN:
        assert cells.value(name, p).value == pytest.approx(0, abs=1e-12), name


def test_a_mixture_becomes_a_distribution_where_it_can() -> None:
    q = mixture(np.array([1.0, -2.0]), np.array([0.5, 1.5]), np.array([0.25, 0.75]))
    assert q is not None
    assert q.logpdf([[0.0]])[0] == pytest.approx(
        math.log(
            0.25 * math.exp(-2) / (0.5 * math.sqrt(2 * math.pi))
            + 0.75 * math.exp(-8 / 9) / (1.5 * math.sqrt(2 * math.pi))
        )
    )
    assert mixture(np.array([1e5]), np.array([1.0]), np.array([1.0])) is None
    assert mixture(np.array([0.0]), np.array([1e-7]), np.array([1.0])) is None
    one = mixture(np.array([0.0, 1e9]), np.array([1.0, 1.0]), np.array([1.0, 0.0]))
    assert one is not None
    assert one.gaussian_mixture() is not None
