"""One update, and several in a row, against an independent PyTorch loop, to float32 accuracy."""

from __future__ import annotations

import copy
from itertools import pairwise, product

import numpy as np
import pytest
import torch

from ganlab.gan.networks import ACTIVATIONS, initial, mlp, pack, unpack
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.spec import GanSpec
from ganlab.gan.step import HYPER, DBatch, Network, Structure, d_update, g_update
from ganlab.gan.training import Training
from tests.gan.referee import LOSSES, OPTIMS, TERMS, PlainGan, network, packed, referee_of, small

# float32 rounding over four iterations; Adam and RMSProp blow it up where a gradient is near zero.
CLOSE = {"rtol": 1e-4, "atol": 5e-5}


def assert_same(training: Training, plain: PlainGan) -> None:
    for name, ours in (("d", training.state.d), ("g", training.state.g)):
        np.testing.assert_allclose(ours.theta[0].numpy(), packed(getattr(plain, name)), **CLOSE, err_msg=name)


def compare(spec: GanSpec, iterations: int) -> None:
    training = Training(spec)
    plain = PlainGan(training)
    for _ in range(iterations):
        old = copy.deepcopy(plain.d)
        for _ in range(spec.d_steps):
            plain.step_d()
        for _ in range(spec.g_steps):
            plain.step_g(old if spec.updates == "simultaneous" else None)
        info = next(training)
        assert_same(training, plain)
        for name in ("loss_d", "loss_g", "grad_d", "grad_g"):
            np.testing.assert_allclose(getattr(info, name)[0], getattr(plain, name), **CLOSE, err_msg=name)


def choice(objective: str, optimiser: str, penalty: str) -> GanSpec:
    """A spec in which all of these matter; fails for a row without a referee."""
    referee_of(LOSSES, "objective", objective), referee_of(OPTIMS, "optimiser", optimiser)
    referee_of(TERMS, "penalty", penalty)
    lr = 0.05 if optimiser in ("sgd", "momentum") else 0.002
    rates = {"lr_d": lr, "lr_g": lr / 2, "beta1_d": 0.6, "beta2_d": 0.95}
    rows = {"objective": objective, "penalty": penalty, "optimiser_d": optimiser, "optimiser_g": optimiser}
    return small(**rows, **rates, penalty_weight=0.7, g_activation="tanh", d_activation="tanh")


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_four_iterations_equal_a_plain_loop(objective: str, optimiser: str, penalty: str) -> None:
    compare(choice(objective, optimiser, penalty), 4)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("noise", ["normal", "uniform"])
def test_activations_equal_torch_modules(activation: str, noise: str) -> None:
    spec = small(g_activation=activation, d_activation=activation, noise=noise, noise_dim=3)
    compare(spec.changed(optimiser_d="sgd", optimiser_g="sgd", lr_d=0.1, lr_g=0.1), 3)


@pytest.mark.parametrize(
    ("d_hidden", "g_hidden"), [("none", "none"), ("5", "none"), ("4,4,4,4,4,4", "3,3,3")]
)
@pytest.mark.parametrize("data", ["ring(8)", "normal(0,1)"])
def test_any_depth_and_both_dimensions(data: str, d_hidden: str, g_hidden: str) -> None:
    compare(
        small(data=data, d_hidden=d_hidden, g_hidden=g_hidden, d_activation="tanh", g_activation="tanh"), 3
    )


@pytest.mark.parametrize("updates", ["alternating", "simultaneous"])
@pytest.mark.parametrize(("d_steps", "g_steps"), list(product(range(4), range(4))))
def test_steps_of_d_and_g(d_steps: int, g_steps: int, updates: str) -> None:
    spec = small(d_steps=d_steps, g_steps=g_steps, updates=updates, g_activation="tanh", d_activation="tanh")
    compare(spec.changed(optimiser_d="momentum", optimiser_g="momentum", lr_d=0.05, lr_g=0.05), 3)


def test_alternating_and_simultaneous_differ_in_g_only() -> None:
    a, b = (Training(small(optimiser_g="sgd", updates=u)) for u in ("alternating", "simultaneous"))
    next(a), next(b)
    assert torch.equal(a.state.d.theta, b.state.d.theta)
    assert not torch.equal(a.state.g.theta, b.state.g.theta)


def test_instance_noise_equals_a_plain_loop_and_zero_is_none() -> None:
    spec = small(instance_noise=0.5, optimiser_d="sgd", optimiser_g="sgd", lr_d=0.1, lr_g=0.1)
    compare(spec, 4)
    compare(spec.changed(penalty="wgan_gp"), 4)
    quiet, loud = Training(spec.changed(instance_noise=0)), Training(spec)
    next(quiet), next(loud)
    assert not torch.equal(quiet.state.d.theta, loud.state.d.theta)


# ---------------------------------------------------------------- clipping


def test_wgan_clips_the_weights_of_d_only() -> None:
    training = Training(small(objective="wgan", clip=0.03, lr_d=0.01))
    training.advance(3)
    assert training.state.d.theta.abs().max().item() == pytest.approx(0.03, abs=1e-9)
    assert training.state.g.theta.abs().max().item() > 0.1


@pytest.mark.parametrize("penalty", [name for name, row in PENALTIES.items() if row.replaces_clipping])
def test_a_penalty_takes_the_place_of_clipping(penalty: str) -> None:
    training = Training(small(objective="wgan", clip=0.03, penalty=penalty))
    training.advance(3)
    assert training.state.d.theta.abs().max().item() > 0.3
    assert not training.structure.clips


@pytest.mark.parametrize("objective", [name for name, row in OBJECTIVES.items() if not row.clips])
def test_other_objectives_do_not_clip(objective: str) -> None:
    training = Training(small(objective=objective, clip=0.03))
    next(training)
    assert training.state.d.theta.abs().max().item() > 0.3


# ---------------------------------------------------------------- readings


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_value_and_accuracies_by_hand(objective: str) -> None:
    training = Training(small(objective=objective, batch=64))
    plain = PlainGan(training)
    batch = plain.batches.d(0, jitter=False)
    with torch.no_grad():
        a, b = plain.d(batch.real[0].double()), plain.d(plain.g(batch.noise[0].double()))
    info = next(training)
    row = OBJECTIVES[objective]
    value = torch.log(torch.sigmoid(a)).mean() + torch.log(1 - torch.sigmoid(b)).mean()
    expected = value if row.log_odds else a.mean() - b.mean()
    line = (a.mean() + b.mean()) / 2 if row.threshold is None else row.threshold
    assert info.value[0] == pytest.approx(float(expected), abs=1e-5)
    assert info.accuracy_real[0] == pytest.approx(float((a > line).double().mean()), abs=1e-6)
    assert info.accuracy_fake[0] == pytest.approx(float((b < line).double().mean()), abs=1e-6)


def test_readings_are_nan_before_a_network_moved() -> None:
    training = Training(small())
    assert np.isnan(training.info().loss_d).all()
    info = training.half("d")
    assert np.isfinite(info.loss_d).all()
    assert np.isnan(info.loss_g).all()


def test_half_steps_make_an_iteration() -> None:
    whole, halves = Training(small()), Training(small())
    next(whole)
    halves.half("d")
    assert halves.step == 0
    halves.half("g")
    assert halves.step == whole.step == 1
    assert torch.equal(whole.state.g.theta, halves.state.g.theta)
    assert torch.equal(whole.state.d.theta, halves.state.d.theta)


# ---------------------------------------------------------------- in float64, nothing is left to rounding


def double(network: Network) -> Network:
    return Network(*[part.double() for part in network])


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_pure_updates_in_float64(objective: str, optimiser: str, penalty: str) -> None:
    """Five updates of each network; here the referee has to agree to twelve digits."""
    spec = choice(objective, optimiser, penalty).changed(instance_noise=0.1, seed=1)
    training = Training(spec)
    plain, s = PlainGan(training), training.structure
    d, g = double(training.state.d), double(training.state.g)
    hyper = torch.tensor([[[getattr(spec, name)] for name in HYPER]], dtype=torch.float64)
    for i in range(5):
        batch = plain.batches.d(i, jitter=True)
        d = Network(*d_update(s, d, g.theta, hyper, DBatch(*[part.double() for part in batch]))[:4])
        plain.step_d()
        np.testing.assert_allclose(d.theta[0], packed(plain.d), rtol=1e-9, atol=1e-10)
        real, noise = plain.batches.g(i)
        g = Network(*g_update(s, g, d.theta, hyper, real.double(), noise.double())[:4])
        plain.step_g()
        np.testing.assert_allclose(g.theta[0], packed(plain.g), rtol=1e-9, atol=1e-10)


# ---------------------------------------------------------------- penalties, per sample


def logits(critic: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    return critic(x.reshape(-1, x.shape[-1])).reshape(*x.shape[:-1], 1)


@pytest.mark.parametrize("penalty", [name for name, row in PENALTIES.items() if row.term is not None])
def test_penalty_is_per_sample(penalty: str) -> None:
    rng = np.random.default_rng(3)
    theta = torch.from_numpy(initial((2, 16, 1), "tanh", rng)).double()
    critic = network(theta, (2, 16, 1), "tanh")
    real, fake = (torch.from_numpy(rng.normal(0, 2, (1, 12, 2))) for _ in range(2))
    mix = torch.from_numpy(rng.random((1, 12, 1)))
    row = PENALTIES[penalty]
    assert row.term is not None
    each = row.term(lambda x: logits(critic, x), real, fake, mix)
    assert each.shape == (1, 12)
    plain = referee_of(TERMS, "penalty", penalty)
    assert plain is not None
    alone = [
        plain(critic, real[0, i : i + 1], fake[0, i : i + 1], mix[0, i : i + 1]).item() for i in range(12)
    ]
    np.testing.assert_allclose(each[0].detach(), alone, rtol=1e-7)
    assert np.std(alone) > 1e-3 * np.mean(alone)  # samples differ, so that one norm for all would show


def test_one_norm_over_the_batch_would_be_found_out() -> None:
    # D(x) = 3 x: every sample's penalty is (3 - 1)² = 4, whatever the batch; one norm over 16 gives (12 - 1)².
    term = PENALTIES["wgan_gp"].term
    assert term is not None
    x = torch.randn(1, 16, 1)
    each = term(lambda points: 3 * points, x, x + 1, torch.rand(1, 16, 1))
    np.testing.assert_allclose(each.detach(), np.full((1, 16), 4.0), rtol=1e-5)


def test_r1_of_a_linear_critic() -> None:
    term = PENALTIES["r1"].term
    assert term is not None
    x = torch.randn(1, 5, 2)
    each = term(lambda points: points @ torch.tensor([[3.0], [4.0]]), x, x, x[..., :1])
    np.testing.assert_allclose(each.detach(), np.full((1, 5), 12.5), rtol=1e-6)  # ½·(3² + 4²)


def test_wgan_gp_is_finite_where_the_slope_is_zero() -> None:
    term = PENALTIES["wgan_gp"].term
    assert term is not None
    weight = torch.zeros(2, 1, requires_grad=True)
    x = torch.randn(1, 5, 2)
    each = term(lambda points: points @ weight, x, x, torch.rand(1, 5, 1))
    (gradient,) = torch.autograd.grad(each.sum(), weight)
    assert torch.isfinite(gradient).all()


# ---------------------------------------------------------------- what G receives


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_pull_is_minus_the_slope_of_gs_loss(objective: str) -> None:
    training = Training(small(objective=objective, d_activation="tanh"))
    training.advance(5)
    x, h = np.random.default_rng(0).normal(0, 1.5, (20, 2)), 1e-5
    critic = network(training.state.d.theta[0].double(), training.structure.d_sizes, "tanh")
    loss = referee_of(LOSSES, "objective", objective)[1]

    def at(points: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            b = critic(torch.from_numpy(points))
        return np.array([loss(one, one).item() for one in b])

    slopes = np.stack([(at(x + h * axis) - at(x - h * axis)) / (2 * h) for axis in np.eye(2)], 1)
    np.testing.assert_allclose(training.pull(x)[0], -slopes, rtol=2e-3, atol=2e-5)


def test_pull_is_not_the_slope_of_d_where_gradients_vanish() -> None:
    """Minimax: where D is sure that a point is generated, the slope of D's logit stays and the pull goes."""
    training = Training(small(objective="minimax", d_hidden="none"))
    theta = torch.tensor([[1.0, 0.0, -20.0]])
    training.load(training.state._replace(d=training.state.d._replace(theta=theta)))
    assert abs(training.pull([[0.0, 0.0]])[0, 0, 0]) < 1e-8
    flipped = Training(small(objective="non_saturating", d_hidden="none"))
    flipped.load(flipped.state._replace(d=flipped.state.d._replace(theta=theta)))
    assert flipped.pull([[0.0, 0.0]])[0, 0, 0] == pytest.approx(1.0, abs=1e-6)


# ---------------------------------------------------------------- networks


def test_pack_and_unpack_are_inverse_and_share_memory() -> None:
    sizes = (3, 5, 4, 2)
    theta = torch.randn(2, sum((a + 1) * b for a, b in pairwise(sizes)))
    parts = unpack(theta, sizes)
    assert [tuple(p.shape) for p in parts[:2]] == [(2, 3, 5), (2, 1, 5)]
    assert torch.equal(pack(parts), theta)
    parts[0].zero_()
    assert (theta[:, :15] == 0).all()


def test_mlp_equals_sequential() -> None:
    theta = torch.randn(3, (4 + 1) * 6 + (6 + 1) * 2)
    x = torch.randn(3, 11, 4)
    y = mlp(unpack(theta, (4, 6, 2)), x, "elu")
    for i in range(3):
        plain = network(theta[i].double(), (4, 6, 2), "elu")
        np.testing.assert_allclose(y[i], plain(x[i].double()).detach(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_initial_weights_keep_the_scale(activation: str) -> None:
    theta = torch.from_numpy(initial((200, 400, 100), activation, np.random.default_rng(0)))[None]
    w1, b1, w2, _ = unpack(theta, (200, 400, 100))
    assert w1.std().item() == pytest.approx(ACTIVATIONS[activation].gain / 200**0.5, rel=0.02)
    assert w2.std().item() == pytest.approx(1 / 400**0.5, rel=0.02)
    assert b1.abs().max().item() <= 1 / 200**0.5


def test_structure_knows_what_a_compiled_step_depends_on() -> None:
    base = small()
    hot = {name: 1 if "steps" in name else 0.5 for name in GanSpec.HOT}
    assert Structure.of(base.changed(**hot, seed=7, updates="simultaneous")) == Structure.of(base)
    for name, value in {
        "batch": 10,
        "objective": "hinge",
        "penalty": "r1",
        "g_hidden": (8,),
        "noise_dim": 3,
    }.items():
        assert Structure.of(base.changed(**{name: value})) != Structure.of(base), name
