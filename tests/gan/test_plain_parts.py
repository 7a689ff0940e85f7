"""The referees of penalties, networks and optimisers against third parties and numbers worked by hand."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from tests.gan.plain_networks import (
    LAYERS,
    Minibatch,
    Mlp,
    current,
    fill,
    iterated,
    looking,
    matrices,
    network,
    normalised,
    packed,
    unit,
)
from tests.gan.plain_optimisers import OPTIMS, STEPS
from tests.gan.plain_penalties import EACH, TERMS, slopes

RNG = np.random.default_rng(0)


def t(x: object) -> Tensor:
    return torch.as_tensor(x, dtype=torch.float64)


def drawn(*shape: int) -> Tensor:
    return t(RNG.normal(0, 1, shape))


# ---------------------------------------------------------------- penalties


def linear(x: Tensor) -> Tensor:
    """Slope (3, 4) everywhere: length 5."""
    return x @ t([[3.0], [4.0]])


def bowl(x: Tensor) -> Tensor:
    """Slope x at x."""
    return x.square().sum(1) / 2


def test_penalties_of_a_linear_critic_by_hand() -> None:
    real, fake, mix = drawn(5, 2), drawn(5, 2), t(RNG.random((5, 6)))
    expected = {
        "wgan_gp": 16,
        "r1": 12.5,
        "r2": 12.5,
        "r1_r2": 25,
        "zero_gp": 25,
        "dragan": 16,
        "lipschitz": 16,
    }
    assert set(TERMS) == {"none", *expected}
    for name, value in expected.items():
        term = TERMS[name]
        assert term is not None
        assert term(linear, real, fake, mix[:, :3]).item() == pytest.approx(value, rel=1e-9), name
    flat = [
        TERMS[name](lambda x: 0.1 * linear(x), real, fake, mix[:, :3]).item()
        for name in ("wgan_gp", "lipschitz")
    ]  # type: ignore[misc]
    assert flat == pytest.approx([0.25, 0])


def test_penalties_look_where_they_say() -> None:
    real, fake, mix = drawn(4, 2), drawn(4, 2), t(RNG.random((8, 3)))
    x, y, u = real.numpy(), fake.numpy(), mix[:4, :1].numpy()
    middle = np.linalg.norm(u * x + (1 - u) * y, axis=1)
    noisy = x + u * 0.5 * np.std(x) * mix[:4, 1:].numpy()
    expected = {
        "r1": (x**2).sum(1) / 2,
        "r2": (y**2).sum(1) / 2,
        "zero_gp": middle**2,
        "wgan_gp": (middle - 1) ** 2,
        "lipschitz": np.maximum(0, middle - 1) ** 2,
        "dragan": (np.linalg.norm(noisy, axis=1) - 1) ** 2,
    }
    for name, values in expected.items():
        uniforms = mix[:4] if name == "dragan" else mix  # with packs there are more rows than samples
        np.testing.assert_allclose(
            torch.stack(EACH[name](bowl, real, fake, uniforms)).detach(), values, rtol=1e-9, err_msg=name
        )


def test_uniforms_of_packs_are_reshaped() -> None:
    """Two samples to a pack: u from the first rows, v row by row."""
    real, mix = drawn(3, 4), t(RNG.random((6, 3)))
    points = real + mix[:3, :1] * real.std(correction=0) / 2 * mix[:, 1:].reshape(3, 4)
    values = torch.stack(EACH["dragan"](bowl, real, real, mix)).detach()
    np.testing.assert_allclose(values, (points.norm(dim=1) - 1) ** 2, rtol=1e-9)


def test_a_joint_critic_is_asked_for_all_samples_at_once() -> None:
    def joint(x: Tensor) -> Tensor:
        return x[:, 0] * x[:, 0].sum()

    joint.joint = True  # type: ignore[attr-defined]
    points = [t([1.0, 0.0]), t([2.0, 0.0])]  # the sum of the outputs is (x₁ + x₂)²
    np.testing.assert_allclose(torch.stack(slopes(joint, points)).detach(), [[6, 0], [6, 0]])


# ---------------------------------------------------------------- networks


def test_a_packed_row_is_read_in_order() -> None:
    net = Mlp((2, 3, 1), "tanh", norm="batch", kernels=2).double()
    theta = t(np.arange(2 * 3 + 3 + 3 + 3 + 3 * 6 + 5 + 1))
    fill(net, theta)
    assert torch.equal(packed(net), theta)
    linear, batch_norm = net.hidden[0][0], net.hidden[0][1]
    assert linear.weight.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert linear.bias.tolist() == [6, 7, 8]
    assert (batch_norm.weight.tolist(), batch_norm.bias.tolist()) == ([9, 10, 11], [12, 13, 14])
    assert net.minibatch is not None
    assert net.minibatch.T[0].tolist() == [15, 16, 17, 18, 19, 20]
    assert net.output.weight[0].tolist() == [33, 34, 35, 36, 37]


def test_maxout_takes_the_largest_of_five_in_a_row() -> None:
    x = t([[0, 5, 1, 2, 3, -1, -2, -3, -9, -4]])
    assert LAYERS["maxout"]()(x).tolist() == [[5, -1]]
    net = network(t(np.arange(15 + 4)), (2, 1, 2), "maxout")  # W is 0…9, b 10…14
    largest = max(2 * w + 3 * v + b for w, v, b in zip(range(5), range(5, 10), range(10, 15), strict=True))
    assert net.hidden(t([[2.0, 3.0]])).tolist() == [[largest]]


def test_batch_normalisation_by_hand_and_its_fixed_statistics() -> None:
    net = Mlp((2, 3, 1), "relu", norm="batch").double()
    fill(net, drawn(2 * 3 + 3 + 3 + 3 + 3 + 1))
    weight, bias = net.hidden[0][0].weight.detach(), net.hidden[0][0].bias.detach()
    gain, shift = net.hidden[0][1].weight.detach(), net.hidden[0][1].bias.detach()

    def by_hand(z: Tensor, reference: Tensor) -> Tensor:
        raw, seen = z @ weight.T + bias, reference @ weight.T + bias
        variance = ((seen - seen.mean(0)) ** 2).mean(0)
        hidden = ((raw - seen.mean(0)) / (variance + 1e-5).sqrt() * gain + shift).clamp(min=0)
        return hidden @ net.output.weight.detach().T + net.output.bias.detach()

    z, reference = drawn(6, 2), drawn(50, 2)
    np.testing.assert_allclose(net(z).detach(), by_hand(z, z), rtol=1e-9)
    np.testing.assert_allclose(looking(net, reference)(z).detach(), by_hand(z, reference), rtol=1e-9)
    assert net.training


def test_minibatch_discrimination_is_scipys_city_block() -> None:
    layer, f = Minibatch(4, 2).double(), drawn(5, 4)
    with torch.no_grad():
        layer.T.copy_(drawn(4, 6) / 2)
    m = (f @ layer.T.detach()).numpy()
    for k in range(2):
        part = m[:, 3 * k : 3 * k + 3]
        expected = np.exp(-cdist(part, part, "cityblock")).sum(1) - 1
        np.testing.assert_allclose(layer(f)[:, k].detach(), expected, rtol=1e-9)


def test_spectral_normalisation_is_torchs() -> None:
    """torch's u belongs to the rows of its weight, ours to those of W [in, out]: so its weight is W here.

    It holds v where we hold u, and so is half an iteration ahead: it begins with the v of our u, and its σ is that of
    the v which we only make when G looks.
    """
    w, c, u = drawn(4, 3), drawn(4, 3), unit(drawn(4))
    theirs = spectral_norm(nn.Linear(3, 4, bias=False).double(), eps=1e-30)
    kept = theirs.parametrizations.weight
    with torch.no_grad():
        kept.original.copy_(w)
        kept[0]._v.copy_(unit(w.T @ u))
    weights, us = {"layer.weight": w.T.clone().requires_grad_()}, [u]
    for _ in range(3):
        pairs = iterated(weights, us)
        us = [u for u, _ in pairs]
        expected = theirs.weight  # in training, one iteration each time that it is looked at
        result = normalised(weights, current(weights, us))["layer.weight"].T
        np.testing.assert_allclose(us[0], kept[0]._u, rtol=1e-9)
        np.testing.assert_allclose(result.detach(), expected.detach(), rtol=1e-9)
    (ours,) = torch.autograd.grad((result * c).sum(), weights["layer.weight"])
    (other,) = torch.autograd.grad((expected * c).sum(), kept.original)
    np.testing.assert_allclose(ours.T, other, rtol=1e-9, atol=1e-12)


def test_spectral_normalisation_tends_to_the_largest_singular_value() -> None:
    weights, us = {"layer.weight": drawn(3, 4)}, [unit(drawn(4))]
    (u, v), *_ = iterated(weights, us)
    # By hand, W = weightᵀ: v from the old u, u from that v, σ of both.
    w = weights["layer.weight"].T
    np.testing.assert_allclose(v, w.T @ us[0] / (w.T @ us[0]).norm(), rtol=1e-12)
    np.testing.assert_allclose(u, w @ v / (w @ v).norm(), rtol=1e-12)
    for _ in range(200):
        pairs = iterated(weights, us)
        us = [u for u, _ in pairs]
    result = normalised(weights, pairs)["layer.weight"]
    np.testing.assert_allclose(np.linalg.svd(result, compute_uv=False)[0], 1, rtol=1e-9)


def test_only_weights_are_normalised_spectrally() -> None:
    net = network(drawn(2 * 3 + 3 + 3 * 6 + 5 + 1), (2, 3, 1), "tanh", kernels=2)
    weights = dict(net.named_parameters())
    assert matrices(weights) == ["hidden.0.0.weight", "output.weight"]
    changed = normalised(weights, current(weights, [t([1.0, 0.0]), t([1.0, 0, 0, 0, 0])]))
    assert changed["output.bias"] is weights["output.bias"]
    assert changed["minibatch.T"] is weights["minibatch.T"]
    # σ = ‖Wᵀu‖: with u the first axis, the length of W's first row.
    first = weights["hidden.0.0.weight"][:, 0].norm()
    np.testing.assert_allclose(
        changed["hidden.0.0.weight"].detach(), (weights["hidden.0.0.weight"] / first).detach()
    )


# ---------------------------------------------------------------- optimisers


def test_optimistic_steps_by_hand() -> None:
    p = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optim = OPTIMS["optimistic_sgd"]([p], 0.1, 0.5, 0.9)
    for slope, place in ((1.0, -0.2), (2.0, -0.5), (0.0, -0.3)):  # −2·0.1·g_t + 0.1·g_{t−1}
        p.grad = t([slope])
        optim.step()
        assert p.item() == pytest.approx(place)
    p = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optim = OPTIMS["optimistic_adam"]([p], 0.1, 0.5, 0.9)
    p.grad = t([3.0])
    optim.step()
    assert p.item() == pytest.approx(-0.2, abs=1e-8)  # the first direction is the sign
    p.grad = t([-3.0])
    optim.step()  # m̂ = (0.75 − 1.5)/(1 − 0.25) = −1, v̂ = 9: direction −1/3
    assert p.item() == pytest.approx(-0.2 + 0.2 / 3 + 0.1, abs=1e-8)


def test_optimism_converges_where_descent_spirals_out() -> None:
    """min_x max_y xy (Daskalakis et al. 2018, section 2): plain descent multiplies the radius by √(1+η²)."""

    def radius(name: str) -> float:
        x, y = (torch.tensor([1.0], dtype=torch.float64, requires_grad=True) for _ in "xy")
        optims = [OPTIMS[name]([p], 0.1, 0.0, 0.0) for p in (x, y)]
        for _ in range(400):
            x.grad, y.grad = y.detach().clone(), -x.detach().clone()
            for optim in optims:
                optim.step()
        return float((x**2 + y**2).sqrt().detach())

    assert radius("sgd") == pytest.approx(sqrt(2) * (1 + 0.1**2) ** 200, rel=1e-9)
    assert radius("optimistic_sgd") < 0.2


@pytest.mark.parametrize("name", STEPS)
def test_differentiable_steps_are_the_optimisers(name: str) -> None:
    assert set(STEPS) == set(OPTIMS)
    p = drawn(4).requires_grad_()
    optim = OPTIMS[name]([p], 0.05, 0.6, 0.9)
    for warm in range(3):
        p.grad = torch.sin(p.detach() + warm)
        optim.step()
    theta, memory = p.detach().clone(), dict(optim.state[p])
    for _ in range(5):
        theta, memory = STEPS[name](theta, torch.cos(theta), memory, 0.05, 0.6, 0.9)
        p.grad = torch.cos(p.detach())
        optim.step()
        np.testing.assert_allclose(theta, p.detach(), rtol=1e-12)


@pytest.mark.parametrize("name", STEPS)
def test_differentiable_steps_have_the_slopes_of_finite_differences(name: str) -> None:
    def after(theta: Tensor) -> Tensor:
        memory: dict[str, object] = {}
        for _ in range(3):
            theta, memory = STEPS[name](theta, torch.cos(theta) * theta, memory, 0.05, 0.6, 0.9)
        return theta

    assert torch.autograd.gradcheck(after, (t([0.3, -0.8, 1.2]).requires_grad_(),), eps=1e-6, atol=1e-6)


def test_a_parameter_without_a_gradient_does_not_break_an_unrolled_step() -> None:
    g = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    theta, _ = STEPS["adam"](t([1.0, 2.0]), g, {}, 0.1, 0.5, 0.9)
    (slope,) = torch.autograd.grad(theta.sum(), g)
    assert torch.isfinite(slope).all()
