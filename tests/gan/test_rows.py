"""Each row of a registry is tested by being there: add one, and these tests are about it too."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from ganlab.cli import parser
from ganlab.divergences.generators import GENERATORS
from ganlab.gan.combinations import RULES, why_not
from ganlab.gan.constraints import CONSTRAINTS
from ganlab.gan.networks import ACTIVATIONS
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.remedies import REMEDIES
from ganlab.gan.spec import GanSpec
from ganlab.gan.training import Training
from ganlab.registry import Registry
from ganlab.specs import SpecError
from tests.gan.referee import LAYERS, LOSSES, OPTIMS, SAMPLE_LOSSES, TERMS, network, referee_of, small

FIELDS = [("objective", OBJECTIVES), ("penalty", PENALTIES), ("constraint", CONSTRAINTS)]
FIELDS += [(f"optimiser_{k}", OPTIMISERS) for k in "dg"] + [(f"{k}_activation", ACTIVATIONS) for k in "dg"]
ROWS = [(field, name) for field, registry in FIELDS for name in registry]
REGISTRIES = [OBJECTIVES, PENALTIES, CONSTRAINTS, REMEDIES, OPTIMISERS, ACTIVATIONS]
ADVERSARIAL = [name for name, row in OBJECTIVES.items() if row.adversarial]
CRITICS = [name for name in ADVERSARIAL if OBJECTIVES[name].outputs == 1]
EXPLICIT = [name for name, row in OBJECTIVES.items() if row.explicit is not None]

A = torch.tensor([-3.0, -1.0, -0.2, 0.0, 0.3, 1.0, 2.5], dtype=torch.float64).reshape(1, -1, 1)
B = A.flip(1) - 0.1


@pytest.mark.parametrize(("field", "name"), ROWS)
def test_a_row_is_in_spec_link_and_command_line(field: str, name: str) -> None:
    spec = GanSpec.make({field: name})
    assert GanSpec.from_query(spec.to_query()) == spec
    assert GanSpec.model_validate_json(spec.model_dump_json()) == spec
    actions = parser()._subparsers._group_actions[0].choices["train"]._actions  # type: ignore[union-attr, index, call-overload]
    (flag,) = [action for action in actions if f"--{field.replace('_', '-')}" in action.option_strings]
    assert name in str(flag.metavar).strip("{}").split(",")


@pytest.mark.parametrize(("field", "name"), ROWS)
def test_a_row_trains(field: str, name: str) -> None:
    training = Training(small(**{field: name}))
    before = training.state
    info = training.advance(3)
    assert info.finite.all()
    moves = OBJECTIVES[training.spec.objective].adversarial
    for reading in ("loss_d", "loss_g", "value", "grad_d", "grad_g"):
        assert np.isfinite(getattr(info, reading)).all() == (moves or "_g" in reading), reading
    assert torch.equal(before.d.theta, training.state.d.theta) != moves
    assert not torch.equal(before.g.theta, training.state.g.theta)


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda r: r.kind)
def test_names_and_labels_are_unique_and_there(registry: Registry[object]) -> None:
    labels = [row.label for row in registry.values()]  # type: ignore[attr-defined]
    assert all(labels)
    assert len(set(labels)) == len(labels)
    assert all(name == name.lower() and name.isidentifier() for name in registry)


# ---------------------------------------------------------------- objectives


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_objective_says_what_it_is(name: str) -> None:
    row = OBJECTIVES[name]
    assert all((row.label, row.formula_g, row.source))
    assert (row.formula_d != "") == (row.optimal_d != "") == row.adversarial
    assert (row.loss_g is not None) == row.adversarial
    assert row.adversarial or row.explicit is not None
    for formula in (row.formula_d, row.formula_g, row.optimal_d):
        assert formula.count("{") == formula.count("}")


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_an_objective_equals_its_referee(name: str) -> None:
    row, (loss_d, loss_g) = OBJECTIVES[name], referee_of(LOSSES, "objective", name)
    a, b = A, B
    if row.outputs > 1:
        a, b = (torch.cat([x * k for k in torch.linspace(-1, 1, row.outputs).double()], -1) for x in (A, B))
    assert row.loss_d is not None
    assert row.loss_g is not None
    assert row.loss_d(a, b).shape == (A.shape if row.outputs == 1 else (1, 1, 1)), "per sample, or per batch"
    assert row.loss_d(a, b).mean().item() == pytest.approx(loss_d(a[0], b[0]).item(), abs=1e-12)
    assert row.loss_g(a, b).mean().item() == pytest.approx(loss_g(a[0], b[0]).item(), abs=1e-12)


@pytest.mark.parametrize("name", EXPLICIT)
def test_an_explicit_loss_equals_its_referee(name: str) -> None:
    row, plain = OBJECTIVES[name].explicit, referee_of(SAMPLE_LOSSES, "objective", name)
    assert row is not None
    rng = np.random.default_rng(1)
    for dim, h in ((1, 0.3), (2, 0.05), (2, 2.0)):
        x, y = (torch.from_numpy(rng.normal(m, 0.7, (1, 11, dim))) for m in (0, 1))
        ours = row.loss(x, y, torch.full((1, 1, 1), h, dtype=torch.float64))
        assert ours.shape == (1, 1, 1)
        assert ours.item() == pytest.approx(plain(x[0], y[0], h).item(), rel=1e-9)
        far = row.loss(x, y + 100, torch.full((1, 1, 1), h, dtype=torch.float64))
        assert torch.isfinite(far).all(), "kernel densities in the log domain are never 0"


@pytest.mark.parametrize("name", EXPLICIT)
def test_an_explicit_loss_pulls_far_samples_home(name: str) -> None:
    row = OBJECTIVES[name].explicit
    assert row is not None
    x = torch.randn(1, 40, 2, generator=torch.Generator().manual_seed(0))
    y = (x + torch.tensor([3.0, 0.0])).requires_grad_()
    (slope,) = torch.autograd.grad(row.loss(x, y, torch.full((1, 1, 1), 0.5)).sum(), y)
    assert slope[..., 0].mean() > 0, "downhill is to the left"
    at = torch.tensor([[[0.0, 0.0], [3.0, 0.0]]])
    score = row.score(at, x, y.detach(), torch.full((1, 1, 1), 0.5))
    assert score[0, 0, 0] > 0 > score[0, 1, 0], "large where real samples are missing"


@pytest.mark.parametrize("name", CRITICS)
def test_an_objective_is_differentiable_and_finite_far_out(name: str) -> None:
    row = OBJECTIVES[name]
    most = 60.0 if name.startswith("f_") else 200.0  # f-GANs have exponentials that are meant
    far = torch.tensor([-most, -30.0, 0.0, 30.0, most]).reshape(1, -1, 1)
    for loss in (row.loss_d, row.loss_g):
        assert loss is not None
        a, b = far.clone().requires_grad_(), far.flip(1).requires_grad_()
        value = loss(a, b)
        gradients = torch.autograd.grad(value.sum(), (a, b), allow_unused=True)
        assert torch.isfinite(value).all()
        assert all(torch.isfinite(g).all() for g in gradients if g is not None)
        assert gradients[1] is not None, "a loss has to depend on the generated samples"


@pytest.mark.parametrize("name", CRITICS)
def test_d_and_g_pull_in_opposite_directions_at_first(name: str) -> None:
    """At undecided outputs D wants a up and b down, and G wants b up."""
    row = OBJECTIVES[name]
    assert row.loss_d is not None
    assert row.loss_g is not None
    a, b = (torch.full((1, 4, 1), row.threshold or 0.0, requires_grad=True) for _ in "ab")
    up, down = torch.autograd.grad(row.loss_d(a, b).sum(), (a, b))
    (g,) = torch.autograd.grad(row.loss_g(a, b).sum(), b)
    assert (up < 0).all()
    assert (down > 0).all()
    assert (g < 0).all()


@pytest.mark.parametrize("name", [name for name in ADVERSARIAL if not OBJECTIVES[name].paired])
def test_gs_loss_of_an_unpaired_objective_ignores_real_samples(name: str) -> None:
    row = OBJECTIVES[name]
    assert row.loss_g is not None
    assert torch.equal(row.loss_g(A, B), row.loss_g(B, B))


@pytest.mark.parametrize("name", [name for name in CRITICS if OBJECTIVES[name].best is not None])
def test_the_best_value_is_the_divergence_that_the_row_names(name: str) -> None:
    """D* found by brute force, point by point: V there is D_f of the generator, and p/(p+q) what an output says."""
    row = OBJECTIVES[name]
    assert row.best is not None
    x = np.linspace(-6, 6, 401)
    p, q = (np.exp(-((x - m) ** 2) / (2 * s * s)) / s for m, s in ((0.0, 1.0), (0.6, 1.2)))
    p, q = p / p.sum(), q / q.sum()
    v = torch.linspace(-40, 40, 80_001, dtype=torch.float64)
    gains = [row.value(v, torch.full_like(v, v0)) for v0 in (0.0, 1.0)]  # V = r(a) + f(b): separable
    assert torch.allclose(gains[0] - gains[0][0], gains[1] - gains[1][0]), "value is a sum of two parts"
    of_real, of_fake = row.value(v, torch.zeros_like(v)), row.value(torch.zeros_like(v), v)
    middle = row.value(torch.zeros(1).double(), torch.zeros(1).double()).item()
    total = p[:, None] * of_real.numpy() + q[:, None] * (of_fake.numpy() - middle)
    best = total.max(1)
    expected = GENERATORS[row.best].contribution(np.log(p), np.log(q)).sum()
    assert best.sum() == pytest.approx(expected, abs=2e-5)
    inside = (p > 1e-6) & (q > 1e-6)
    if row.best != "total_variation":  # there D* is at the ends
        at = v.numpy()[total.argmax(1)]
        np.testing.assert_allclose(row.probability(at)[inside], (p / (p + q))[inside], atol=2e-3)


@pytest.mark.parametrize("name", CRITICS)
def test_a_zero_sum_objective_says_so(name: str) -> None:
    """G's loss and D's add up to something without G, or they do not."""
    row = OBJECTIVES[name]
    assert row.loss_d is not None
    assert row.loss_g is not None
    b = B.clone().requires_grad_()
    (slope,) = torch.autograd.grad((row.loss_d(A, b) + row.loss_g(A, b)).sum(), b)
    assert (slope.abs().max() < 1e-12) == row.zero_sum


# ---------------------------------------------------------------- penalties, optimisers, activations


@pytest.mark.parametrize("name", PENALTIES)
def test_a_penalty_says_what_it_is_and_is_finite(name: str) -> None:
    row, plain = PENALTIES[name], referee_of(TERMS, "penalty", name)
    assert row.formula
    assert (row.term is None) == (plain is None) == (name == "none")
    if row.term is None:
        return
    assert row.source
    assert row.weight > 0
    theta = torch.linspace(-1, 1, 3 * 6 + 7).double()[None]
    critic = network(theta[0], (2, 6, 1), "tanh")
    x = torch.linspace(-2, 2, 16).reshape(1, 8, 2).double()
    mix = torch.linspace(0, 1, 8).reshape(1, 8, 1).double().expand(1, 8, row.uniforms(2))
    value = row.term(critic, x, x.flip(1), mix)
    assert value.shape == (1, 8)
    assert (value >= 0).all()
    gradients = torch.autograd.grad(value.sum(), list(critic.parameters()), allow_unused=True)
    assert all(torch.isfinite(g).all() for g in gradients if g is not None)
    assert any(g is not None and g.abs().max() > 0 for g in gradients)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_an_optimiser_equals_its_referee_over_many_steps(name: str) -> None:
    row, make = OPTIMISERS[name], referee_of(OPTIMS, "optimiser", name)
    assert row.formula
    assert row.source
    assert set(row.betas) <= {"beta1", "beta2"}
    lr, beta1, beta2 = 0.03, 0.7, 0.9
    plain = torch.tensor([[1.0, -2.0, 0.5]], dtype=torch.float64, requires_grad=True)
    optim = make([plain], lr, beta1, beta2)
    theta, m, v = plain.detach().clone(), torch.zeros(1, 3).double(), torch.zeros(1, 3).double()
    hyper = [torch.tensor([[x]], dtype=torch.float64) for x in (lr, beta1, beta2)]
    for t in range(1, 30):
        gradient = torch.sin(theta * t) + 0.1
        plain.grad = gradient.clone()
        optim.step()
        theta, m, v = row.update(theta, m, v, gradient, torch.tensor([[float(t)]]).double(), *hyper)
        np.testing.assert_allclose(theta, plain.detach(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_an_optimiser_uses_the_betas_that_it_names(name: str) -> None:
    row = OPTIMISERS[name]
    x = torch.full((1, 2), 0.5)

    def moved(beta1: float, beta2: float) -> torch.Tensor:
        hyper = [torch.tensor([[h]]) for h in (0.1, beta1, beta2)]
        return torch.cat(row.update(x, x, x, x, torch.tensor([[2.0]]), *hyper))

    assert (not torch.equal(moved(0.5, 0.5), moved(0.9, 0.5))) == ("beta1" in row.betas)
    assert (not torch.equal(moved(0.5, 0.5), moved(0.5, 0.9))) == ("beta2" in row.betas)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_equals_its_referee(name: str) -> None:
    module = referee_of(LAYERS, "activation", name)()
    x = torch.linspace(-5, 5, 105).double().reshape(1, 7, 15)
    np.testing.assert_allclose(ACTIVATIONS[name].function(x), module(x), rtol=1e-12, atol=1e-12)


# ---------------------------------------------------------------- remedies, and what does not combine


@pytest.mark.parametrize("name", REMEDIES)
def test_a_remedy_says_what_it_is_and_can_be_applied(name: str) -> None:
    row = REMEDIES[name]
    assert all((row.about, row.formula, row.source))
    assert row.about.endswith(".")
    spec = small(batch=8)
    assert row.refusal(spec) is None
    applied = row.applied(spec)
    assert applied.differences(spec) == set(row.values(spec)) - {
        field for field, value in row.values(spec).items() if getattr(spec, field) == value
    }
    info = Training(applied).advance(3)
    assert info.finite.all()


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("name", REMEDIES)
def test_a_remedy_with_an_objective_runs_or_says_why_not(name: str, objective: str) -> None:
    spec, row = small(batch=8, objective=objective, d_activation="tanh"), REMEDIES[name]
    reason = row.refusal(spec)
    if reason is None:
        assert Training(row.applied(spec)).advance(1).finite.all()
    else:
        assert reason in {rule.reason for rule in RULES}
        with pytest.raises(SpecError, match=re.escape(reason)):
            row.applied(spec)


def test_every_rule_is_broken_by_some_spec_and_named_with_its_field() -> None:
    breaking: list[dict[str, object]] = [
        *[{"objective": "moment_matching", field: value} for field, value in ON.items()],
        {"d_hidden": (), "minibatch_kernels": 2},
        {"d_hidden": (), "feature_matching": 0.5},
        {"objective": "hinge", "label_smoothing": 0.1},
        {"pack": 2, "batch": 9},
        {"pack": 3, "batch": 3},
        {"unroll": 1, "updates": "extragradient"},
        {"updates": "extragradient", "d_steps": 2},
        {"consensus": 1.0, "penalty": "r1"},
        {"consensus": 1.0, "unroll": 1},
        {"objective": "explicit_kl", "batch": 1},
        {"minibatch_kernels": 1, "batch": 1},
    ]
    found = set()
    for values in breaking:
        with pytest.raises(SpecError) as caught:
            GanSpec.make(values)
        ((field, value, reason),) = caught.value.problems
        assert values[field] == value
        found.add((field, reason))
    assert found == {(rule.field, rule.reason) for rule in RULES}


ON = {
    "penalty": "r1",
    "label_smoothing": 0.1,
    "instance_noise": 0.1,
    "weight_decay": 0.1,
    "pack": 2,
    "minibatch_kernels": 2,
    "unroll": 1,
    "feature_matching": 0.5,
    "replay": 0.5,
    "consensus": 1.0,
    "inference": "veegan",
    "constraint": "clip",
    "updates": "extragradient",
}
"""A value that switches each field on."""


def test_why_not_speaks_of_fields_that_are_not_in_use_yet() -> None:
    spec = GanSpec(objective="moment_matching")
    assert why_not(spec, "pack") == "this objective has no discriminator"
    assert why_not(spec, "ema") is None
    assert why_not(GanSpec(), "pack") is None
    assert "multiple" in str(why_not(GanSpec(pack=1, batch=9).model_copy(update={"pack": 2}), "pack"))


# ---------------------------------------------------------------- the registry itself


def test_a_registry_refuses_a_second_row_of_one_name_and_names_the_choices() -> None:
    with pytest.raises(ValueError, match="already registered"):
        OBJECTIVES.add(OBJECTIVES["wgan"])
    with pytest.raises(KeyError, match=r"choose one of .*hinge"):
        OBJECTIVES["nonsense"]
    assert "nonsense" not in OBJECTIVES


def test_a_row_without_a_referee_fails_with_a_message_that_helps() -> None:
    with pytest.raises(AssertionError, match=r"add a plain implementation to tests/gan/referee\.py"):
        referee_of(LOSSES, "objective", "brand_new")
