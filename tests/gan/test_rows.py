"""Each row of a registry is tested by being there: add one, and these tests are about it too."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganlab.cli import parser
from ganlab.gan.networks import ACTIVATIONS
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.spec import GanSpec
from ganlab.gan.training import Training
from ganlab.registry import Registry
from tests.gan.referee import LAYERS, LOSSES, OPTIMS, TERMS, network, referee_of, small

FIELDS = [("objective", OBJECTIVES), ("penalty", PENALTIES)]
FIELDS += [(f"optimiser_{k}", OPTIMISERS) for k in "dg"] + [(f"{k}_activation", ACTIVATIONS) for k in "dg"]
ROWS = [(field, name) for field, registry in FIELDS for name in registry]

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
    assert all(
        np.isfinite(getattr(info, reading)).all() for reading in ("loss_d", "loss_g", "grad_d", "grad_g")
    )
    assert not torch.equal(before.d.theta, training.state.d.theta)
    assert not torch.equal(before.g.theta, training.state.g.theta)


@pytest.mark.parametrize("registry", [OBJECTIVES, PENALTIES, OPTIMISERS, ACTIVATIONS], ids=lambda r: r.kind)
def test_names_and_labels_are_unique_and_there(registry: Registry[object]) -> None:
    labels = [row.label for row in registry.values()]  # type: ignore[attr-defined]
    assert all(labels)
    assert len(set(labels)) == len(labels)
    assert all(name == name.lower() and name.isidentifier() for name in registry)


# ---------------------------------------------------------------- objectives


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_objective_says_what_it_is(name: str) -> None:
    row = OBJECTIVES[name]
    assert all((row.label, row.formula_d, row.formula_g, row.optimal_d, row.source))
    for formula in (row.formula_d, row.formula_g, row.optimal_d):
        assert formula.count("{") == formula.count("}")


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_objective_equals_its_referee(name: str) -> None:
    row, (loss_d, loss_g) = OBJECTIVES[name], referee_of(LOSSES, "objective", name)
    assert row.loss_d(A, B).shape == A.shape, "a loss is per sample"
    assert row.loss_d(A, B).mean().item() == pytest.approx(loss_d(A, B).item(), abs=1e-12)
    assert row.loss_g(A, B).mean().item() == pytest.approx(loss_g(A, B).item(), abs=1e-12)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_objective_is_differentiable_and_finite_far_out(name: str) -> None:
    row = OBJECTIVES[name]
    far = torch.tensor([-200.0, -30.0, 0.0, 30.0, 200.0]).reshape(1, -1, 1)
    for loss in (row.loss_d, row.loss_g):
        a, b = far.clone().requires_grad_(), far.flip(1).requires_grad_()
        value = loss(a, b)
        gradients = torch.autograd.grad(value.sum(), (a, b), allow_unused=True)
        assert torch.isfinite(value).all()
        assert all(torch.isfinite(g).all() for g in gradients if g is not None)
        assert gradients[1] is not None, "a loss has to depend on the generated samples"


@pytest.mark.parametrize("name", OBJECTIVES)
def test_d_and_g_pull_in_opposite_directions_at_first(name: str) -> None:
    """At undecided outputs D wants a up and b down, and G wants b up."""
    row = OBJECTIVES[name]
    a, b = (torch.full((1, 4, 1), row.threshold or 0.0, requires_grad=True) for _ in "ab")
    up, down = torch.autograd.grad(row.loss_d(a, b).sum(), (a, b))
    (g,) = torch.autograd.grad(row.loss_g(a, b).sum(), b)
    assert (up < 0).all()
    assert (down > 0).all()
    assert (g < 0).all()


@pytest.mark.parametrize("name", [name for name, row in OBJECTIVES.items() if not row.paired])
def test_gs_loss_of_an_unpaired_objective_ignores_real_samples(name: str) -> None:
    row = OBJECTIVES[name]
    assert torch.equal(row.loss_g(A, B), row.loss_g(B, B))


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
    value = row.term(critic, x, x.flip(1), torch.linspace(0, 1, 8).reshape(1, 8, 1).double())
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
    x = torch.linspace(-5, 5, 101).double()
    np.testing.assert_allclose(ACTIVATIONS[name].function(x), module(x), rtol=1e-12, atol=1e-12)


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
