"""Fits of Gaussians: where theory says they end, and that a run is what its spec says."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
import scipy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.distributions import parse
from ganlab.fitting import FIT_OBJECTIVES, FitSpec, Fitting
from ganlab.specs import SpecError

BIMODAL = "0.5*normal(-3,0.5)+0.5*normal(3,0.5)"
SKEWED = "0.7*normal(-1,0.4)+0.3*normal(1.5,0.8)"
LN2 = math.log(2)


@cache
def fitted(objective: str, p: str = BIMODAL, steps: int = 1500, **fields: object) -> Fitting:
    fitting = Fitting(FitSpec(objective=objective, p=p, steps=steps, **fields))
    fitting.advance(steps)
    return fitting


def ends(fitting: Fitting) -> np.ndarray:
    """Mean and standard deviation of every start `[E, 2]`."""
    found = fitting.parameters()
    return np.stack([found["mean"][:, 0], found["std"][:, 0]], axis=1)


# --- exhibit 5: one Gaussian against two modes ------------------------------------------------------------------------


def test_forward_kl_covers_both_modes() -> None:
    fitting = fitted("kl_pq")
    assert fitting.settled
    np.testing.assert_allclose(ends(fitting), [[0, math.sqrt(9.25)]] * 8, atol=1e-6)
    np.testing.assert_allclose(fitting.info.objective, 1.1123123, atol=1e-6)


def test_reverse_kl_seeks_one_mode() -> None:
    """Where it ends depends on where it began; the lowest it gets is ln 2, in either mode."""
    fitting = fitted("kl_qp")
    mean, std = ends(fitting).T
    deep = fitting.info.objective < 0.7
    assert {round(m) for m in mean[deep]} == {-3, 3}
    np.testing.assert_allclose(np.abs(mean[deep]), 3, atol=1e-5)
    np.testing.assert_allclose(std[deep], 0.5, atol=1e-5)
    np.testing.assert_allclose(fitting.info.objective[deep], LN2, atol=1e-6)
    assert deep[fitting.best]


def test_reverse_kl_from_between_the_modes_stays_by_symmetry() -> None:
    fitting = fitted("kl_qp", starts=0, begin=(0.0, 2.0))
    ((mean, std),) = ends(fitting)
    assert mean == pytest.approx(0, abs=1e-5)
    assert std > 1
    assert fitting.info.objective[0] > LN2 + 0.2


# --- what theory says elsewhere ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "mean", "variance"),
    [
        (SKEWED, -0.25, 0.7 * (0.16 + 1) + 0.3 * (0.64 + 2.25) - 0.0625),
        ("laplace(2,1)", 2, 2),
        ("uniform(-1,3)", 1, 16 / 12),
        ("exponential(2)", 0.5, 0.25),
        ("normal(100,5)", 100, 25),
    ],
)
def test_forward_kl_is_matching_moments(p: str, mean: float, variance: float) -> None:
    fitting = fitted("kl_pq", p, starts=3)
    assert fitting.settled
    np.testing.assert_allclose(ends(fitting), [[mean, math.sqrt(variance)]] * 3, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("p", [BIMODAL, SKEWED, "exponential(1)"])
def test_w2_matches_quantiles(p: str) -> None:
    """μ is P's mean and σ = ∫ F⁻¹(u) Φ⁻¹(u) du."""
    z = np.linspace(-7, 7, 300_001)
    map_ = parse(p).quantile(scipy.special.ndtr(z))
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    mean, std = np.trapezoid(map_ * density, z), np.trapezoid(map_ * z * density, z)
    np.testing.assert_allclose(ends(fitted("w2", p, starts=3)), [[mean, std]] * 3, atol=3e-5)
    spread = np.trapezoid((map_ - mean) ** 2 * density, z)
    expected = math.sqrt(spread - std**2)
    assert fitted("w2", p, starts=3).info.objective[0] == pytest.approx(expected, rel=1e-4)


def test_w2_is_in_units_of_the_data() -> None:
    near, far = fitted("w2", starts=2), fitted("w2", "0.5*normal(-30,5)+0.5*normal(30,5)", starts=2)
    np.testing.assert_allclose(far.info.objective, 10 * near.info.objective, rtol=1e-6)


def test_a_wide_kernel_matches_moments_too() -> None:
    """As its bandwidth grows, MMD² compares means first, and then variances."""
    fitting = fitted("mmd2", SKEWED, bandwidth=50.0, starts=2, lr=0.02)
    fitting.advance(4000)
    ((mean, _), _) = ends(fitting)
    assert mean == pytest.approx(-0.25, abs=2e-2)


@pytest.mark.parametrize("objective", list(FIT_OBJECTIVES))
def test_p_itself_is_the_bottom(objective: str) -> None:
    fitting = fitted(objective, "normal(2,0.7)", 300, starts=2)
    best = fitting.best
    rate = 0.05 * 0.7 if objective == "tv" else 1e-3  # TV has a ridge there, which steps jump over
    assert ends(fitting)[best] == pytest.approx([2, 0.7], abs=rate)
    assert abs(fitting.info.objective[best]) < rate


def test_two_gaussians_find_both_modes() -> None:
    fitting = fitted("js", components=2)
    found, best = fitting.parameters(), fitting.best
    order = np.argsort(found["mean"][best])
    np.testing.assert_allclose(found["mean"][best][order], [-3, 3], atol=1e-3)
    np.testing.assert_allclose(found["std"][best], 0.5, atol=1e-3)
    np.testing.assert_allclose(found["weight"][best], 0.5, atol=1e-3)
    assert fitting.info.objective[best] == pytest.approx(0, abs=1e-6)


def test_every_objective_is_lowest_for_its_own_fit() -> None:
    """Measured by one objective, no fit by another is better than its own."""
    ends_of = {name: fitted(name, SKEWED, 300, starts=3) for name in FIT_OBJECTIVES}
    for name, row in FIT_OBJECTIVES.items():
        model = ends_of[name].model
        values = {}
        for other, fitting in ends_of.items():
            with torch.no_grad():
                value = row.of(model.problem, model.forward(fitting.state.theta, 0))
            values[other] = float(value[torch.isfinite(value)].min())
        assert values[name] <= min(values.values()) + 1e-3, (name, values)
        assert max(values.values()) > values[name] + 5e-3


# --- a run is what its spec says --------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimiser", ["adam", "sgd", "momentum", "rmsprop"])
def test_the_same_spec_gives_the_same_run(optimiser: str) -> None:
    spec = FitSpec(objective="js", optimiser=optimiser, beside="kl_qp", starts=4, lr=0.03, seed=5)
    first, second = Fitting(spec), Fitting(spec)
    first.advance(50)
    for _ in range(50):
        next(second)
    assert all(torch.equal(a, b) for a, b in zip(first.state, second.state, strict=True))
    assert first.beside is not None
    assert second.beside is not None
    assert torch.equal(first.beside.state.theta, second.beside.state.theta)
    assert first.step == first.beside.step == 50


@pytest.mark.parametrize("objective", list(FIT_OBJECTIVES))
def test_a_start_alone_takes_the_course_it_takes_in_company(objective: str) -> None:
    pairs = (-2.0, 1.0, 0.5, 2.0, 3.0, 1.5)
    company = Fitting(FitSpec(objective=objective, begin=pairs, starts=3))
    company.advance(25)
    for i in range(3):
        alone = Fitting(FitSpec(objective=objective, begin=pairs[2 * i : 2 * i + 2], starts=0))
        alone.advance(25)
        np.testing.assert_allclose(ends(alone)[0], ends(company)[i], rtol=1e-8, atol=1e-8)


@settings(deadline=None, max_examples=6)
@given(
    scale=st.floats(0.01, 100), shift=st.floats(-100, 100), objective=st.sampled_from(["kl_pq", "js", "w2"])
)
def test_p_moved_and_stretched_gives_the_same_course(scale: float, shift: float, objective: str) -> None:
    def at(m: float) -> float:
        return shift + scale * m

    near = Fitting(FitSpec(p=SKEWED, objective=objective, starts=3))
    text = f"0.7*normal({at(-1)!r},{0.4 * scale!r})+0.3*normal({at(1.5)!r},{0.8 * scale!r})"
    far = Fitting(FitSpec(p=text, objective=objective, starts=3))
    near.advance(30)
    far.advance(30)
    np.testing.assert_allclose(
        ends(far)[:, 0], at(ends(near)[:, 0]), rtol=1e-6, atol=1e-6 * (scale + abs(shift))
    )
    np.testing.assert_allclose(ends(far)[:, 1], scale * ends(near)[:, 1], rtol=1e-6)


def test_starts_are_spread_and_turned_by_the_seed() -> None:
    begun = [ends(Fitting(FitSpec(starts=16, seed=seed))) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(begun[0], begun[1])
    assert not np.allclose(begun[0], begun[2])
    for mean, std in (part.T for part in begun):
        assert mean.min() < -2
        assert mean.max() > 2
        assert std.max() / std.min() > 4


def test_starts_of_ones_own_come_first() -> None:
    fitting = Fitting(FitSpec(begin=(1.0, 0.25, -2.0, 4.0), starts=2))
    np.testing.assert_allclose(ends(fitting)[:2], [[1, 0.25], [-2, 4]])
    assert fitting.members == 4


def test_a_start_where_the_objective_is_infinite_stops_and_the_others_go_on() -> None:
    fitting = Fitting(FitSpec(objective="chi2_pq", begin=(0.0, 0.3, 0.5, 2.5), starts=0, steps=0, lr=0.1))
    fitting.advance(500)
    info = fitting.info
    np.testing.assert_array_equal(info.finite, [False, True])
    assert info.objective[0] == math.inf
    np.testing.assert_allclose(ends(fitting)[0], [0, 0.3], rtol=1e-12)
    assert ends(fitting)[1] == pytest.approx([0, 3.0613], abs=1e-3)
    assert fitting.best == 1
    assert fitting.settled


@pytest.mark.parametrize("objective", list(FIT_OBJECTIVES))
def test_absurd_rates_end_in_flags_not_in_errors(objective: str) -> None:
    fitting = Fitting(FitSpec(objective=objective, optimiser="sgd", lr=10.0, starts=8, components=2))
    fitting.advance(60)
    info = fitting.info
    assert np.isfinite(info.objective[info.finite]).all()
    assert all(np.isfinite(part).all() for part in fitting.parameters().values())
    assert fitting.density(np.linspace(-5, 5, 11)).shape == (8, 11)


def test_it_ends_by_itself_or_after_its_steps() -> None:
    assert sum(1 for _ in Fitting(FitSpec(steps=7))) == 7
    done = Fitting(FitSpec(steps=0, starts=2))
    done.advance(100_000)
    assert done.finished
    assert done.settled
    assert done.step < 1500
    assert done.info.grad.max() < 1e-7
    theta = done.state.theta
    done.advance(10)
    assert done.state.theta is theta


def test_readings_belong_to_the_parameters_beside_them() -> None:
    fitting = Fitting(FitSpec(starts=2))
    info = fitting.advance(5)
    mean, std = ends(fitting)[0]
    again = Fitting(FitSpec(begin=(float(mean), float(std)), starts=0))
    assert info.objective[0] == pytest.approx(again.info.objective[0], rel=1e-12)
    assert info.grad[0] == pytest.approx(again.info.grad[0], rel=1e-9)


def test_hot_fields_change_on_the_way() -> None:
    fitting = Fitting(FitSpec(beside="kl_qp", starts=2))
    fitting.set(lr=0.0)
    theta = fitting.state.theta
    fitting.advance(3)
    assert torch.equal(fitting.state.theta, theta)
    assert fitting.beside is not None
    assert fitting.beside.spec.lr == 0
    with pytest.raises(SpecError, match="restart"):
        fitting.set(starts=3)
    with pytest.raises(SpecError, match="lr"):
        fitting.set(lr=-1.0)


def test_densities_are_densities() -> None:
    fitting = Fitting(FitSpec(components=3, starts=4, p="0.5*normal(-30,5)+0.5*normal(30,5)"))
    x = np.linspace(-300, 300, 20_001)
    for density in (fitting.p_density(x), *fitting.density(x)):
        assert np.trapezoid(density, x) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("objective", list(FIT_OBJECTIVES))
def test_the_landscape_is_the_objective(objective: str) -> None:
    fitting = Fitting(FitSpec(objective=objective, starts=4))
    land = fitting.landscape()
    assert land is not None
    assert land.values.shape == (len(land.sigma), len(land.mu))
    np.testing.assert_allclose(np.diff(np.log(land.sigma)), np.log(land.sigma[1] / land.sigma[0]))
    for j, i in ((5, 10), (30, 60)):
        at = Fitting(FitSpec(objective=objective, begin=(float(land.mu[i]), float(land.sigma[j])), starts=0))
        assert land.values[j, i] == pytest.approx(at.info.objective[0], rel=1e-9)
    mean, std = ends(fitting).T
    assert land.mu[0] <= mean.min() <= mean.max() <= land.mu[-1]
    assert land.sigma[0] <= std.min() <= std.max() <= land.sigma[-1] * (1 + 1e-12)
    assert land.mu[0] < -3.4
    assert land.mu[-1] > 3.4
    assert Fitting(FitSpec(components=2)).landscape() is None


@pytest.mark.parametrize("objective", list(FIT_OBJECTIVES))
def test_the_objective_is_the_divergence_of_its_name(objective: str) -> None:
    """What was descended on, by its own quadrature, is what `ganlab.divergences` computes; in the data's units."""
    fitting = Fitting(
        FitSpec(objective=objective, p="0.7*normal(-10,4)+0.3*normal(15,8)", starts=3, bandwidth=4)
    )
    fitting.advance(3)
    for i, found in enumerate(fitting.exact([objective])):
        assert found[objective].value == pytest.approx(fitting.info.objective[i], rel=1e-6, abs=1e-9)


def test_the_exact_reading_of_a_mixture_of_three() -> None:
    fitting = Fitting(FitSpec(objective="kl_qp", components=3, starts=2))
    fitting.advance(20)
    assert fitting.exact_of(1)["kl_qp"].value == pytest.approx(fitting.info.objective[1], rel=1e-6)
    assert set(fitting.exact_of(1)) >= {"kl_pq", "js", "tv", "w1", "w2", "mmd2"}
