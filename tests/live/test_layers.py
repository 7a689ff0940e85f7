"""Layers show the training as it is: checked against densities, networks and gradients worked out here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from ganlab.distributions import store
from ganlab.gan.spec import GanSpec
from ganlab.gan.training import Training
from ganlab.live.kinds import KINDS
from ganlab.live.layers import FIELD, View

MIXTURE = "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)"


def made(**fields: Any) -> tuple[View, Training]:
    """A view and a training that has gone a little way."""
    spec = GanSpec.make({"g_hidden": (8,), "d_hidden": (8,), "batch": 32, "backend": "eager", **fields})
    training = Training(spec)
    training.advance(30)
    return View(spec), training


def all_layers(view: View, training: Training) -> dict[str, Any]:
    """The tensors of every layer of a view."""
    names = [name for name in KINDS["gan"].layers if name not in ("coverage", "history")]
    return {key: tensor for name in names for key, tensor in view.layer(name, training).items()}


@pytest.mark.parametrize("noise_dim", [1, 2, 5])
def test_shapes_in_the_plane(noise_dim: int) -> None:
    tensors = all_layers(*made(data="ring(8)", noise_dim=noise_dim))
    assert tensors["field"].shape == (FIELD, FIELD)
    assert tensors["field"].dtype == np.uint8
    assert tensors["fake"].shape[1] == tensors["real"].shape[1] == 2
    assert tensors["arrows"].shape[1] == 4
    assert {"grid", "map_z"}.isdisjoint(tensors)
    if noise_dim <= 2:
        rows, _, dim = tensors["manifold"].shape
        assert (rows == 1, dim) == (noise_dim == 1, 2)
    else:
        assert "manifold" not in tensors
    assert all(t.dtype == np.float32 for name, t in tensors.items() if name != "field")


@pytest.mark.parametrize("noise_dim", [1, 3])
def test_shapes_on_the_line(noise_dim: int) -> None:
    tensors = all_layers(*made(data=MIXTURE, noise_dim=noise_dim))
    assert {"field", "manifold", "arrows"}.isdisjoint(tensors)
    assert {tensors[name].shape for name in ("grid", "p", "q", "d", "dstar")} == {(400,)}
    assert ("map_z" in tensors) == (noise_dim == 1)


def test_looking_never_disturbs_the_run() -> None:
    view, training = made(data="ring(8)")
    spec = view.spec
    alone = Training(spec)
    alone.advance(60)
    for _ in range(30):
        all_layers(view, training)
        training.advance(1)
    np.testing.assert_array_equal(training.state.g.theta.numpy(), alone.state.g.theta.numpy())


def test_samples_do_not_flicker() -> None:
    view, training = made(data="ring(8)")
    np.testing.assert_array_equal(view.fake(training), view.fake(training))
    again = View(view.spec)
    np.testing.assert_array_equal(again.fake(training), view.fake(training))


def test_field_is_the_discriminator_from_the_lowest_y_up() -> None:
    view, training = made(data="ring(8)")
    field = view.layer("field", training)["field"]
    (x_low, x_high), (y_low, y_high) = view.bounds
    row, column = 5, 40
    x = x_low + (x_high - x_low) * (column + 0.5) / FIELD
    y = y_low + (y_high - y_low) * (row + 0.5) / FIELD
    logit = training.discriminate([[x, y]])[0, 0]
    assert field[row, column] == pytest.approx(255 / (1 + np.exp(-logit)), abs=0.51)


@pytest.mark.parametrize("objective", ["non_saturating", "minimax", "hinge", "least_squares", "wgan"])
def test_probability_is_half_where_d_is_undecided(objective: str) -> None:
    view, training = made(data="ring(8)", objective=objective)
    points = np.random.default_rng(0).normal(size=(500, 2))
    logits = training.discriminate(points)[0]
    p = view.probability(training, points)
    assert (p >= 0).all()
    assert (p <= 1).all()
    assert (np.diff(p[np.argsort(logits)]) >= -1e-6).all()  # the order of the logits is kept
    if objective == "least_squares":
        np.testing.assert_allclose(p, np.clip(logits, 0, 1), atol=1e-6)
    elif objective != "wgan":
        np.testing.assert_allclose(p, 1 / (1 + np.exp(-logits.astype(float))), atol=1e-6)


def test_a_critic_has_its_middle_between_real_and_generated() -> None:
    view, training = made(data="ring(8)", objective="wgan", penalty="wgan_gp")
    real, fake = view.layer("real", training)["real"], view.fake(training)
    middle = (training.discriminate(real)[0].mean() + training.discriminate(fake)[0].mean()) / 2
    points = np.random.default_rng(0).uniform(-1, 1, size=(500, 2))
    above = training.discriminate(points)[0] > middle
    p = view.probability(training, points)
    np.testing.assert_array_equal(p > 0.5, above)
    assert p.max() - p.min() > 0.2  # and it uses its scale


def test_arrows_are_what_the_generator_receives() -> None:
    view, training = made(data="ring(8)")
    arrows = view.layer("arrows", training)["arrows"]
    x, step = arrows[:, :2].astype(np.float64), 1e-3

    def loss(points: Any) -> Any:
        return np.logaddexp(0, -training.discriminate(points)[0].astype(np.float64))  # −log D, non-saturating

    for axis in (0, 1):
        shift = step * np.eye(2)[axis]
        numeric = -(loss(x + shift) - loss(x - shift)) / (2 * step)
        close = np.isclose(numeric, arrows[:, 2 + axis], rtol=0.02, atol=2e-3)
        assert close.mean() > 0.95  # at a kink of leaky ReLU the two differ


def test_densities_on_the_line() -> None:
    view, training = made(data=MIXTURE, noise_dim=1)
    curves = view.layer("curves", training)
    x = curves["grid"].astype(np.float64)
    exact = 0.3 * norm.pdf(x, -2, 0.5) + 0.7 * norm.pdf(x, 1.5, 0.8)
    np.testing.assert_allclose(curves["p"], exact, atol=2e-4)
    np.testing.assert_allclose(curves["dstar"], curves["p"] / (curves["p"] + curves["q"]), atol=1e-5)
    logits = training.discriminate(curves["grid"][:, None])[0]
    np.testing.assert_allclose(curves["d"], 1 / (1 + np.exp(-logits)), atol=1e-5)


def test_data_without_a_density_are_shown_by_an_estimate_that_is_named(
    monkeypatch: Any, tmp_path: Any
) -> None:
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    points = np.random.default_rng(0).normal(0.5, 0.3, size=(3000, 1)).astype(np.float32)
    view, training = made(data=f'samples("{store.put(points, "own", (0.0,), 1.0)}")', noise_dim=1)
    assert (view.p_method, view.q_method) == ("kde", "pushforward")
    curves = view.layer("curves", training)
    np.testing.assert_allclose(curves["p"], norm.pdf(curves["grid"], 0.5, 0.3), atol=0.2)  # of a peak of 1.33
    assert made(data=MIXTURE)[0].p_method == "exact"


@pytest.mark.parametrize(("noise_dim", "method", "within"), [(1, "pushforward", 0.02), (3, "kde", 0.03)])
def test_q_is_the_density_of_what_is_generated(noise_dim: int, method: str, within: float) -> None:
    view, training = made(data=MIXTURE, noise_dim=noise_dim)
    assert view.q_method == method
    masses = view.q_masses(training)
    assert masses.sum() == pytest.approx(1, abs=1e-9)
    samples = training.generate(40_000)[0, :, 0]
    for edge in (100, 200, 300):
        below = masses[: edge + 1].sum()
        assert below == pytest.approx((samples < view.edges[edge]).mean(), abs=within)


def test_the_manifold_has_cells_of_equal_probability() -> None:
    view, _ = made(data="ring(8)")
    levels = view._manifold_noise[0, :, 0].astype(np.float64)
    np.testing.assert_allclose(np.diff(norm.cdf(levels)), 1 / len(levels), atol=1e-6)


def test_bounds_hold_the_data_and_stay() -> None:
    view, training = made(data=MIXTURE, noise_dim=1)
    low, high = view.bounds[0]
    inner_low, inner_high = view.spec.distribution.bounds()[0]
    assert (low, high) == pytest.approx(
        (inner_low - 0.25 * (inner_high - inner_low), inner_high + 0.25 * (inner_high - inner_low))
    )
    training.advance(20)
    np.testing.assert_array_equal(View(view.spec).bounds, view.bounds)


@pytest.mark.parametrize("data", ["normal([3,3],0.2)", "normal([-4,0.5],0.2)", "normal(8,0.3)"])
@pytest.mark.parametrize("seed", [0, 1])
def test_bounds_hold_where_the_generator_begins(data: str, seed: int) -> None:
    spec = GanSpec.make({"data": data, "seed": seed, "backend": "eager"})
    view, training = View(spec), Training(spec)
    low, high = view.bounds.T
    fresh = training.generate(2000)[0]
    for points in (fresh, view.layer("real", training)["real"]):
        inside = (points >= low) & (points <= high)
        assert inside.mean(axis=0).min() > 0.85
    assert np.ptp(high - low) == pytest.approx(0, abs=1e-9)
    np.testing.assert_array_equal(View(spec).bounds, view.bounds)


def test_bounds_are_those_of_data_around_the_generator() -> None:
    for data in ("ring(8)", "grid(5)"):
        spec = GanSpec.make({"data": data, "backend": "eager"})
        np.testing.assert_array_equal(View(spec).bounds, spec.distribution.bounds())
