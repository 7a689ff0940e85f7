"""One update, and several in a row, against an independent PyTorch loop, to float32 accuracy."""

from __future__ import annotations

from functools import partial
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
import torch

from ganlab.gan.iteration import Iteration
from ganlab.gan.networks import ACTIVATIONS, Net, forward, initial, pack, unpack
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.spec import GanSpec
from ganlab.gan.step import UPDATES, Network
from ganlab.gan.structure import HYPER, SWITCHES, Structure
from ganlab.gan.training import State, Training
from ganlab.specs import SpecError
from tests.gan.referee import LOSSES, OPTIMS, SCORES, TERMS, PlainGan, network, packed, referee_of, small

# float32 rounding over four iterations; Adam and RMSProp blow it up where a gradient is near zero.
CLOSE = {"rtol": 1e-4, "atol": 5e-5}
EXACT = {"rtol": 1e-8, "atol": 1e-10}
ADVERSARIAL = [name for name, row in OBJECTIVES.items() if row.adversarial]


def assert_same(training: Training, plain: PlainGan) -> None:
    for name, ours in (("d", training.state.d), ("g", training.state.g)):
        np.testing.assert_allclose(ours.theta[0].numpy(), packed(getattr(plain, name)), **CLOSE, err_msg=name)


def compare(spec: GanSpec, iterations: int) -> None:
    """As a run does it, in float32."""
    training = Training(spec)
    plain = PlainGan(training)
    for _ in range(iterations):
        plain.iterate()
        info = next(training)
        assert_same(training, plain)
        for name in ("loss_d", "loss_g", "grad_d", "grad_g"):
            np.testing.assert_allclose(getattr(info, name)[0], getattr(plain, name), **CLOSE, err_msg=name)


def choice(objective: str, optimiser: str, penalty: str) -> GanSpec:
    """A spec in which all of these matter; fails for a row without a referee."""
    referee_of(OPTIMS, "optimiser", optimiser), referee_of(TERMS, "penalty", penalty)
    lr = 0.05 if "adam" not in optimiser and optimiser != "rmsprop" else 0.002
    rates = {"lr_d": lr, "lr_g": lr / 2, "beta1_d": 0.6, "beta2_d": 0.95}
    rows = {"objective": objective, "penalty": penalty, "optimiser_d": optimiser, "optimiser_g": optimiser}
    return small(**rows, **rates, penalty_weight=0.7, g_activation="tanh", d_activation="tanh")


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("objective", ["non_saturating", "wgan", "relativistic", "explicit_js"])
def test_four_iterations_equal_a_plain_loop(objective: str, optimiser: str) -> None:
    compare(choice(objective, optimiser, "none"), 4)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("noise", ["normal", "uniform", "mixture"])
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
    assert training.structure.constraint == "none"


@pytest.mark.parametrize("objective", [name for name, row in OBJECTIVES.items() if not row.clips])
def test_other_objectives_do_not_clip(objective: str) -> None:
    training = Training(small(objective=objective, clip=0.03))
    next(training)
    assert training.state.d.theta.abs().max().item() > 0.3


# ---------------------------------------------------------------- readings


@pytest.mark.parametrize("objective", ADVERSARIAL)
def test_value_and_accuracies_by_hand(objective: str) -> None:
    training = Training(small(objective=objective, batch=64))
    plain = PlainGan(training)
    batch = plain.batches.d(0)
    with torch.no_grad():
        a, b = plain.d(batch.real), plain.d(plain.g(batch.noise))
    info = next(training)
    row = OBJECTIVES[objective]
    if objective in SCORES:
        expected = -referee_of(LOSSES, "objective", objective)[0](a, b)
        a, b = SCORES[objective](a, a, b), SCORES[objective](b, a, b)
    elif row.best == "gan":
        expected = torch.log(torch.sigmoid(a)).mean() + torch.log(1 - torch.sigmoid(b)).mean()
    elif row.best is not None:  # D's loss is minus the bound
        expected = -referee_of(LOSSES, "objective", objective)[0](a, b)
    else:
        expected = a.mean() - b.mean()
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


class Doubled:
    """The batches of a run in float64."""

    def __init__(self, batches: Any) -> None:
        self.batches = batches

    def d(self, update: int, *, jitter: bool) -> Any:
        batch = self.batches.d(update, jitter=jitter)
        return type(batch)(*[part.double() for part in batch])

    def g(self, update: int, *, jitter: bool) -> Any:
        batch = self.batches.g(update, jitter=jitter)
        return type(batch)(*[part.double() for part in batch])


def exactly(spec: GanSpec, iterations: int = 3) -> tuple[State, PlainGan]:
    """Some iterations in float64, in which nothing is left to rounding, beside the plain loop."""
    training = Training(spec)
    plain, s = PlainGan(training), training.structure
    hyper = torch.tensor([[[getattr(spec, name)] for name in HYPER]], dtype=torch.float64)
    updates = {name: partial(update, s) for name, update in UPDATES.items()}
    iteration = Iteration(spec, Doubled(training._iteration.batches), hyper, updates)  # type: ignore[arg-type]
    start = training.state
    nets = {k: Network(*[part.double() for part in getattr(start, k)]) for k in "dg"}
    state = start._replace(**nets)
    for i in range(iterations):
        with torch.no_grad():
            state = iteration.whole(state)
        plain.iterate()
        for k in "dg":
            theirs = packed(getattr(plain, k))
            np.testing.assert_allclose(getattr(state, k).theta[0], theirs, **EXACT, err_msg=f"{k} {i}")
    return state, plain


PAIRS = [(o, p) for o in OBJECTIVES for p in PENALTIES if OBJECTIVES[o].adversarial or p == "none"]


@pytest.mark.parametrize(("objective", "penalty"), PAIRS)
def test_objectives_and_penalties_to_ten_digits(objective: str, penalty: str) -> None:
    noise = {"instance_noise": 0.1} if OBJECTIVES[objective].adversarial else {}
    exactly(choice(objective, "sgd", penalty).changed(**noise, seed=1, bandwidth=0.5, kl_weight=0.3))


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("penalty", ["none", "r1"])
def test_optimisers_to_ten_digits(optimiser: str, penalty: str) -> None:
    exactly(choice("non_saturating", optimiser, penalty), 5)


REMEDIES: dict[str, dict[str, Any]] = {
    "pack": {"pack": 3},
    "minibatch": {"minibatch_kernels": 4},
    "pack and minibatch": {"pack": 3, "minibatch_kernels": 2},
    "unroll": {"unroll": 4},
    "unroll, Adam": {"unroll": 3, "optimiser_d": "adam", "lr_d": 0.01},
    "unroll with a penalty": {"unroll": 2, "penalty": "r1"},
    "unroll with everything D sees": {"unroll": 2, "pack": 3, "replay": 0.5, "instance_noise": 0.3},
    "unroll, spectral": {"unroll": 2, "constraint": "spectral_norm"},
    "unroll, clipped": {"unroll": 2, "constraint": "clip", "clip": 0.3, "weight_decay": 0.5},
    "unroll, minimax": {"unroll": 3, "objective": "minimax"},
    "unroll, a bound": {"unroll": 3, "objective": "f_js", "pack": 3},
    "unroll, a clipped critic": {"unroll": 3, "objective": "wgan", "minibatch_kernels": 2},
    "unroll, optimistic": {"unroll": 2, "optimiser_d": "optimistic_adam"},
    "feature matching": {"feature_matching": 1.0},
    "some feature matching": {"feature_matching": 0.3, "objective": "kl_regularised"},
    "replay": {"replay": 0.5},
    "ema": {"ema": 0.9},
    "consensus": {"consensus": 0.7},
    "consensus, spectral": {"consensus": 0.7, "constraint": "spectral_norm", "pack": 3},
    "veegan": {"inference": "veegan", "inference_weight": 0.6},
    "veegan with consensus": {"inference": "veegan", "consensus": 0.4},
    "veegan with packs, replay, DRAGAN": {
        "inference": "veegan",
        "pack": 3,
        "replay": 0.4,
        "penalty": "dragan",
    },
    "spectral": {"constraint": "spectral_norm"},
    "spectral, minibatch": {"constraint": "spectral_norm", "minibatch_kernels": 3},
    "clipping": {"constraint": "clip", "clip": 0.2},
    "weight decay": {"weight_decay": 0.7},
    "weight decay, Adam": {"weight_decay": 0.7, "optimiser_d": "adam"},
    "smoothing": {"label_smoothing": 0.2},
    "smoothing, squares": {"label_smoothing": 0.2, "objective": "least_squares"},
    "instance noise that fades": {"instance_noise": 0.5, "instance_noise_until": 2.0},
    "instance noise, slower": {"instance_noise": 0.5, "instance_noise_until": 50.0, "d_steps": 2},
    "extra-gradient": {"updates": "extragradient"},
    "extra-gradient, Adam": {"updates": "extragradient", "optimiser_d": "adam", "optimiser_g": "adam"},
    "extra-gradient, spectral, replay": {
        "updates": "extragradient",
        "constraint": "spectral_norm",
        "replay": 0.5,
    },
    "extra-gradient, noise that fades": {
        "updates": "extragradient",
        "instance_noise": 0.5,
        "instance_noise_until": 5.0,
    },
    "batch norm": {"g_norm": "batch"},
    "maxout": {"d_activation": "maxout", "g_activation": "maxout"},
    "batch norm and maxout": {"g_norm": "batch", "g_activation": "maxout"},
    "mixture noise": {"noise": "mixture", "noise_modes": 3},
    "features in packs": {"objective": "energy", "pack": 3, "penalty": "wgan_gp", "minibatch_kernels": 2},
    "a learned kernel, one-centred": {"objective": "mmd_gan", "penalty": "lipschitz", "replay": 0.5},
    "relativistic, all of it": {
        "objective": "relativistic",
        "penalty": "r1_r2",
        "inference": "veegan",
        "feature_matching": 0.3,
        "pack": 3,
        "constraint": "spectral_norm",
        "ema": 0.9,
        "updates": "simultaneous",
    },
}


@pytest.mark.parametrize("name", REMEDIES)
def test_remedies_to_eight_digits(name: str) -> None:
    spec = choice("non_saturating", "sgd", "none").changed(**REMEDIES[name])
    state, plain = exactly(spec)
    if spec.ema:
        np.testing.assert_allclose(state.g.extra[0], packed(plain.sampler()), **EXACT)
        assert not torch.equal(state.g.extra, state.g.theta)


@pytest.mark.parametrize("name", [name for name in REMEDIES if name not in ("ema", "mixture noise")])
def test_each_remedy_changes_the_course(name: str) -> None:
    """A field that did nothing would pass every comparison with a referee that ignores it as well."""
    base = choice("non_saturating", "sgd", "none")
    changed = Training(base.changed(**REMEDIES[name]))
    plain = Training(base)
    changed.advance(2), plain.advance(2)
    assert changed.state.g.theta.shape != plain.state.g.theta.shape or not torch.allclose(
        changed.state.g.theta, plain.state.g.theta, atol=1e-7
    )


# ---------------------------------------------------------------- penalties, per sample


def logits(critic: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    return critic(x.reshape(-1, x.shape[-1])).reshape(*x.shape[:-1], 1)


@pytest.mark.parametrize(
    "penalty", [name for name, row in PENALTIES.items() if row.term is not None and not row.shaken]
)
def test_penalty_is_per_sample(penalty: str) -> None:
    rng = np.random.default_rng(3)
    theta = torch.from_numpy(initial(Net((2, 16, 1), "tanh"), rng)).double()
    critic = network(theta, (2, 16, 1), "tanh")
    real, fake = (torch.from_numpy(rng.normal(0, 2, (1, 12, 2))) for _ in range(2))
    row = PENALTIES[penalty]
    mix = torch.from_numpy(rng.random((1, 12, row.uniforms(2))))
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


@pytest.mark.parametrize("objective", [name for name in ADVERSARIAL if not OBJECTIVES[name].g_sees_real])
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
    net = Net((3, 5, 4, 2))
    theta = torch.randn(2, sum((a + 1) * b for a, b in pairwise(net.sizes)))
    parts = unpack(theta, net)
    assert [tuple(p.shape) for p in parts[:2]] == [(2, 3, 5), (2, 1, 5)]
    assert torch.equal(pack(parts), theta)
    parts[0].zero_()
    assert (theta[:, :15] == 0).all()


def test_a_network_equals_sequential() -> None:
    net = Net((4, 6, 2), "elu")
    theta = torch.randn(3, net.parameters)
    x = torch.randn(3, 11, 4)
    y = forward(net, unpack(theta, net), x)
    for i in range(3):
        plain = network(theta[i].double(), (4, 6, 2), "elu")
        np.testing.assert_allclose(y[i], plain(x[i].double()).detach(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_initial_weights_keep_the_scale(activation: str) -> None:
    net, row = Net((200, 400, 100), activation), ACTIVATIONS[activation]
    theta = torch.from_numpy(initial(net, np.random.default_rng(0)))[None]
    w1, b1, w2, _ = unpack(theta, net)
    assert w1.std().item() == pytest.approx(row.gain / 200**0.5, rel=0.02)
    assert w2.std().item() == pytest.approx(1 / 400**0.5, rel=0.02)
    assert b1.abs().max().item() <= 1 / 200**0.5


def test_maxout_keeps_the_scale() -> None:
    """Its gain was worked out from five independent normals: the mean square of what comes out is 1."""
    net = Net((300, 300, 1), "maxout")
    parts = unpack(torch.from_numpy(initial(net, np.random.default_rng(0)))[None], net)
    y = ACTIVATIONS["maxout"].function(torch.randn(1, 500, 300) @ parts[0])
    assert y.square().mean().item() == pytest.approx(1.0, rel=0.05)


def test_batch_norm_begins_as_the_identity_on_standard_values() -> None:
    net = Net((2, 6, 3), "tanh", norm=True)
    parts = unpack(torch.from_numpy(initial(net, np.random.default_rng(0)))[None], net)
    assert [tuple(part.shape[1:]) for part in parts] == net.shapes()
    assert (parts[2] == 1).all()
    assert (parts[3] == 0).all()


def test_structure_knows_what_a_compiled_step_depends_on() -> None:
    base = small(**dict.fromkeys(SWITCHES, 0.1))
    hot = {name: 1 if "steps" in name else 0.5 for name in GanSpec.HOT}
    assert Structure.of(base.changed(**hot, seed=7, updates="simultaneous")) == Structure.of(base)
    for name, value in {
        "batch": 10,
        "objective": "hinge",
        "pack": 3,
        "minibatch_kernels": 2,
        "unroll": 1,
        "constraint": "clip",
        "inference": "veegan",
        "g_norm": "batch",
        "g_hidden": (8,),
        "noise_dim": 3,
        **dict.fromkeys(SWITCHES, 0),
    }.items():
        of = small() if name == "unroll" else base
        assert Structure.of(of.changed(**{name: value})) != Structure.of(of), name


@pytest.mark.parametrize("field", sorted(SWITCHES))
def test_a_switch_changes_while_a_run_goes_on_but_not_from_or_to_zero(field: str) -> None:
    off, on = small(), small(**{field: 0.2})
    assert on.goes_on_as(on.changed(**{field: 0.4}))
    assert not on.goes_on_as(off)
    assert not off.goes_on_as(on)
    training = Training(on)
    training.set(**{field: 0.4})
    with pytest.raises(SpecError, match="only with a restart"):
        training.set(**{field: 0.0})


def test_a_member_without_a_switch_runs_beside_one_that_has_it() -> None:
    together = Training(small(), (3, 3), each={"feature_matching": (0.0, 0.5)})
    alone = [Training(small(feature_matching=share, seed=3)) for share in (0.0, 0.5)]
    for training in (together, *alone):
        training.advance(4)
    for i, one in enumerate(alone):
        np.testing.assert_allclose(together.state.g.theta[i], one.state.g.theta[0], **CLOSE)
