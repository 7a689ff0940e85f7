"""Laws of a run: members never interact, seeds reproduce, states are checkpoints, hyperparameters change on the go."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from ganlab.gan.spec import GanSpec
from ganlab.gan.structure import SWITCHES
from ganlab.gan.training import State, Training
from ganlab.specs import SpecError
from tests.gan.referee import PlainGan, packed, small

EVERYTHING = {"penalty": "wgan_gp", "instance_noise": 0.3, "d_steps": 2, "optimiser_g": "rmsprop"}


def member(training: Training, i: int) -> list[torch.Tensor]:
    """All that belongs to one member: parameters, moments and counters of both networks."""
    return [part[i] for network in (training.state.d, training.state.g) for part in network]


def same(a: Training, b: Training) -> bool:
    pairs = zip([*a.state.d, *a.state.g], [*b.state.d, *b.state.g], strict=True)
    return all(torch.equal(x, y) for x, y in pairs) and a.state[:3] == b.state[:3]


# ---------------------------------------------------------------- members and seeds


@pytest.mark.parametrize("extra", [{}, EVERYTHING], ids=["default", "everything"])
def test_an_ensemble_equals_its_members_alone(extra: dict[str, object]) -> None:
    spec, seeds = small(**extra), (5, 0, 12)
    together = Training(spec, seeds)
    together.advance(20)
    for i, seed in enumerate(seeds):
        alone = Training(spec.changed(seed=seed))
        info = alone.advance(20)
        for ours, single in zip(member(together, i), member(alone, 0), strict=True):
            torch.testing.assert_close(ours, single, rtol=1e-4, atol=5e-5)
        for name, column in vars(together.info()).items():
            np.testing.assert_allclose(column[i], getattr(info, name)[0], rtol=1e-4, atol=1e-5, err_msg=name)
        np.testing.assert_allclose(together.generate(10)[i], alone.generate(10)[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("network", ["d", "g"])
def test_a_member_with_nan_leaves_the_others_alone(network: str) -> None:
    spec = small(penalty="wgan_gp")
    healthy, sick = Training(spec, (0, 1, 2)), Training(spec, (0, 1, 2))
    part = getattr(sick.state, network)
    theta = part.theta.clone()
    theta[1, 3] = torch.nan
    sick.load(sick.state._replace(**{network: part._replace(theta=theta)}))
    healthy.advance(10)
    info = sick.advance(10)
    assert info.finite.tolist() == [True, False, True]
    assert np.isnan(info.loss_d[1])
    for i in (0, 2):
        for a, b in zip(member(healthy, i), member(sick, i), strict=True):
            assert torch.equal(a, b)
    assert np.isfinite(sick.generate(5)[[0, 2]]).all()


def test_a_seed_reproduces_bit_for_bit_and_another_differs() -> None:
    a, b, c = (Training(small(seed=seed, **EVERYTHING)) for seed in (3, 3, 4))
    for training in (a, b, c):
        training.advance(15)
    assert same(a, b)
    assert np.array_equal(a.generate(7), b.generate(7))
    assert not torch.equal(a.state.g.theta, c.state.g.theta)


def test_looking_disturbs_nothing() -> None:
    watched, alone = Training(small()), Training(small())
    for _ in range(5):
        next(watched)
        watched.generate(50), watched.discriminate([[0, 0]]), watched.pull([[0, 0]]), watched.info()
    alone.advance(5)
    assert same(watched, alone)


def test_it_is_an_iterator() -> None:
    training = Training(small())
    infos = list(islice(training, 4))
    assert training.step == len(infos) == 4
    assert not np.array_equal(infos[0].loss_d, infos[-1].loss_d)


# ---------------------------------------------------------------- looking


def test_shapes_of_what_a_viewer_asks_for() -> None:
    training = Training(small(), (0, 1, 2))
    assert training.generate(11).shape == (3, 11, 2)
    assert training.discriminate(np.zeros((6, 2))).shape == (3, 6)
    assert training.pull(np.zeros((6, 2))).shape == (3, 6, 2)
    assert training.pull(np.zeros((3, 6, 2))).shape == (3, 6, 2)
    noise = training.noise(4)
    assert noise.shape == (3, 4, 2)
    assert np.array_equal(noise, training.noise(4))
    assert not np.array_equal(noise, training.noise(4, 1))


def test_generate_and_discriminate_equal_plain_networks() -> None:
    training = Training(small(), (0, 1))
    training.advance(3)
    noise = training.noise(9)
    for i in range(2):
        plain = PlainGan(training, i)
        x = plain.g(torch.from_numpy(noise[i]).double()).detach()
        np.testing.assert_allclose(training.generate(noise)[i], x, rtol=1e-4, atol=1e-5)
        d = plain.d(x)[:, 0].detach()
        np.testing.assert_allclose(training.discriminate(x.numpy())[i], d, rtol=1e-4, atol=1e-5)


# ---------------------------------------------------------------- hyperparameters on the go


def test_learning_rates_change_as_in_a_plain_loop() -> None:
    training = Training(small(optimiser_d="momentum", lr_d=0.02, optimiser_g="sgd", lr_g=0.02))
    plain = PlainGan(training)
    for rates in ((0.02, 0.02), (0.08, 0.005), (0.0, 0.1)):
        training.set(lr_d=rates[0], lr_g=rates[1])
        plain.optim_d.param_groups[0]["lr"], plain.optim_g.param_groups[0]["lr"] = rates
        for _ in range(3):
            plain.step_d(), plain.step_g()
        training.advance(3)
    np.testing.assert_allclose(training.state.d.theta[0], packed(plain.d), rtol=1e-4, atol=5e-5)
    np.testing.assert_allclose(training.state.g.theta[0], packed(plain.g), rtol=1e-4, atol=5e-5)
    assert training.spec.lr_g == 0.1
    assert training.step == 9


SETTINGS: dict[str, dict[str, object]] = {
    "clip": {"objective": "wgan"},
    "penalty_weight": {"penalty": "wgan_gp"},
    "instance_noise_until": {"instance_noise": 0.5, "instance_noise_until": 9.0},
    "bandwidth": {"objective": "explicit_js"},
    "kl_weight": {"objective": "kl_regularised"},
    "inference_weight": {"inference": "veegan"},
    **{name: {name: 0.5} for name in SWITCHES},
}
"""Where a hyperparameter counts for something; the others do so everywhere."""


@pytest.mark.parametrize("field", sorted(GanSpec.HOT))
def test_a_hot_field_takes_effect(field: str) -> None:
    a, b = (Training(small(lr_d=0.01, **SETTINGS.get(field, {}))) for _ in range(2))
    a.advance(3), b.advance(3)
    assert same(a, b)
    b.set(**{field: 2 if field.endswith("steps") else 0.02})
    a.advance(3), b.advance(3)
    assert not same(a, b)


def test_set_refuses_what_needs_a_restart_and_what_is_out_of_bounds() -> None:
    training = Training(small())
    with pytest.raises(SpecError, match=r"batch = 7: changes only with a restart") as caught:
        training.set(batch=7)
    assert caught.value.problems[0][:2] == ("batch", 7)
    with pytest.raises(SpecError, match=r"lr_d = -1"):
        training.set(lr_d=-1)
    with pytest.raises(SpecError, match="nonsense"):
        training.set(nonsense=1)
    assert training.spec == small()


# ---------------------------------------------------------------- states


def test_a_state_is_a_checkpoint_that_nothing_writes_to() -> None:
    training = Training(small(**EVERYTHING))
    training.advance(4)
    held = training.state
    copy = [part.clone() for part in (*held.d, *held.g)]
    training.advance(6)
    end = training.state
    assert all(torch.equal(a, b) for a, b in zip(copy, (*held.d, *held.g), strict=True))
    training.load(held)
    assert training.step == 4
    training.advance(6)
    assert all(
        torch.equal(a, b)
        for a, b in zip((*end.d, *end.g), (*training.state.d, *training.state.g), strict=True)
    )


def test_save_and_restore_continue_bit_for_bit(tmp_path: Path) -> None:
    first = Training(small(**EVERYTHING), (2, 9))
    first.advance(7)
    first.half("d")
    path = tmp_path / "run.safetensors"
    path.write_bytes(first.save())
    second = Training.restore(str(path))
    assert second.spec == first.spec
    assert second.seeds == first.seeds
    assert same(first, second)
    first.advance(9), second.advance(9)
    assert same(first, second)
    assert np.array_equal(first.generate(3), second.generate(3))


def test_restore_refuses_other_files(tmp_path: Path) -> None:
    from safetensors.numpy import save

    path = tmp_path / "other.safetensors"
    path.write_bytes(save({"x": np.zeros(2)}))
    with pytest.raises(ValueError, match="not a saved run"):
        Training.restore(str(path))
    run = Training(small())
    run.spec = small(d_hidden=(3,))  # a file whose tensors are of another network
    path.write_bytes(run.save())
    with pytest.raises(ValueError, match="do not fit its spec"):
        Training.restore(str(path))


def explosive() -> Training:
    """Least squares with a learning rate a hundred times too high: NaN within a few iterations."""
    return Training(
        small(objective="least_squares", optimiser_d="sgd", optimiser_g="sgd", lr_d=0.6, lr_g=0.6)
    )


def test_back_to_finite_returns_the_last_finite_state() -> None:
    training, loop = explosive(), explosive()
    states: list[State] = [loop.state]
    while next(loop).finite.all():
        states.append(loop.state)
        assert len(states) < 60, "this should have diverged"
    assert len(states) > 2
    start = training.state
    training.advance(60)
    assert not training.finite().all()
    training.back_to_finite(start)
    assert training.finite().all()
    assert training.step == states[-1].step
    assert torch.equal(training.state.d.theta, states[-1].d.theta)
    assert torch.equal(training.state.g.theta, states[-1].g.theta)
    assert not next(training).finite.all()


def test_back_to_finite_of_a_healthy_run_changes_nothing() -> None:
    training = Training(small())
    start = training.state
    training.advance(5)
    end = training.state
    training.back_to_finite(start)
    assert training.step == 5
    assert torch.equal(training.state.g.theta, end.g.theta)


# ---------------------------------------------------------------- devices


def test_cuda_where_there_is_none() -> None:
    if torch.cuda.is_available():
        assert Training(small(device="cuda")).device.type == "cuda"
    else:
        with pytest.raises(SpecError, match=r"device = 'cuda': .*cpu"):
            Training(small(device="cuda"))


@pytest.mark.parametrize("updates", ["alternating", "simultaneous"])
def test_half_steps_add_up_to_iterations(updates: str) -> None:
    spec = small(updates=updates, d_steps=2, g_steps=2)
    whole, halves = Training(spec), Training(spec)
    whole.advance(3)
    for _ in range(3):
        for which, last in (("d", False), ("d", False), ("g", False), ("g", True)):
            halves.half(which, last=last)
    assert halves.state[:3] == whole.state[:3]
    for a, b in zip((*whole.state.d, *whole.state.g), (*halves.state.d, *halves.state.g), strict=True):
        assert torch.equal(a, b)


def test_members_with_hyperparameters_of_their_own_are_the_runs_of_those_specs() -> None:
    rates = (0.0, 1e-3, 1e-2)
    together = Training(small(), (4, 4, 5), each={"lr_d": rates})
    together.advance(5)
    for i, (seed, rate) in enumerate(zip((4, 4, 5), rates, strict=True)):
        alone = Training(small(lr_d=rate, seed=seed))
        alone.advance(5)
        for ours, theirs in ((together.state.d, alone.state.d), (together.state.g, alone.state.g)):
            np.testing.assert_allclose(ours.theta[i], theirs.theta[0], rtol=1e-4, atol=1e-6)
    assert not torch.equal(together.state.d.theta[0], together.state.d.theta[1])
    together.set(lr_d=1e-4)
    assert (together.hyper[:, 0, 0] == torch.tensor(1e-4)).all()


@pytest.mark.parametrize(
    ("each", "words"),
    [
        ({"lr_d": (0.1,)}, "2 values"),
        ({"lr_d": (0.1, -1.0)}, "greater than or equal to 0"),
        ({"d_steps": (1, 2)}, "the same for all members"),
    ],
)
def test_values_by_member_are_checked(each: dict[str, tuple[float, ...]], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        Training(small(), (0, 1), each=each)


def test_values_by_member_are_saved(tmp_path: Path) -> None:
    training = Training(small(), (0, 1), each={"lr_g": (0.0, 0.1)})
    training.advance(2)
    path = tmp_path / "run.safetensors"
    path.write_bytes(training.save())
    again = Training.restore(str(path))
    training.advance(2), again.advance(2)
    assert again.each == training.each
    assert torch.equal(again.state.g.theta, training.state.g.theta)
