"""Laws of the whole zoo: members, seeds and files; and what a viewer sees of discriminators that judge in company."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.neighbors import KernelDensity

from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.remedies import REMEDIES
from ganlab.gan.spec import GanSpec
from ganlab.gan.training import Training
from tests.gan.plain_gan import OneBatch
from tests.gan.referee import SCORES, PlainGan, small
from tests.gan.test_step import REMEDIES as COMBINATIONS

SPECS = {
    **{f"objective {name}": {"objective": name} for name in OBJECTIVES},
    **{f"penalty {name}": {"penalty": name} for name in PENALTIES},
    **{
        f"remedy {name}": dict(row.values(GanSpec()))
        for name, row in REMEDIES.items()
        if name not in PENALTIES
    },
    **COMBINATIONS,
}
SGD = {"optimiser_d": "sgd", "optimiser_g": "sgd", "lr_d": 0.02, "lr_g": 0.01}


def make(values: dict[str, Any], **more: Any) -> GanSpec:
    smooth = {"d_activation": "tanh", "g_activation": "tanh"}
    return small(**{"batch": 12, **smooth, **values, **more})


def parts(training: Training, i: int = 0) -> list[torch.Tensor]:
    return [part[i] for network in (training.state.d, training.state.g) for part in network]


@pytest.mark.parametrize("name", SPECS)
def test_an_ensemble_equals_its_members_alone(name: str) -> None:
    spec, seeds = make(SPECS[name], **(SGD if "optimis" not in str(SPECS[name]) else {})), (5, 0)
    together = Training(spec, seeds)
    together.advance(3)
    for i, seed in enumerate(seeds):
        alone = Training(spec.changed(seed=seed))
        alone.advance(3)
        for ours, theirs in zip(parts(together, i), parts(alone), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=2e-3, atol=2e-5)


@pytest.mark.parametrize("name", SPECS)
def test_a_seed_reproduces_and_a_file_holds_all_of_it(name: str, tmp_path: Path) -> None:
    spec = make(SPECS[name])
    once, again = Training(spec), Training(spec)
    once.advance(4), again.advance(2)
    (tmp_path / "run").write_bytes(again.save())
    restored = Training.restore(str(tmp_path / "run"))
    restored.generate(30), restored.discriminate(np.zeros((5, 2))), restored.pull(np.zeros((5, 2)))
    restored.advance(2)
    assert all(torch.equal(a, b) for a, b in zip(parts(once), parts(restored), strict=True))
    other = Training(spec.changed(seed=1))
    other.advance(4)
    assert not torch.equal(once.state.g.theta, other.state.g.theta)


# ---------------------------------------------------------------- what a viewer sees


def identity(**values: Any) -> Training:
    """A run whose G hands its noise on, so that samples can be chosen."""
    training = Training(make(values, g_hidden=(), noise_dim=2))
    state = training.state
    theta = state.g.theta.clone()
    theta[:, :6] = torch.tensor([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    training.load(state._replace(g=state.g._replace(theta=theta)))
    return training


BESIDE: dict[str, dict[str, Any]] = {
    "alone": {},
    "pairs": {"objective": "relativistic"},
    "features": {"objective": "energy"},
    "kernel": {"objective": "mmd_gan"},
    "moments": {"objective": "moment_matching", "bandwidth": 0.4},
    "densities": {"objective": "explicit_js", "bandwidth": 0.4},
    "regularised": {"objective": "kl_regularised", "bandwidth": 0.4, "kl_weight": 0.3},
    "packs": {"pack": 3},
    "kernels": {"minibatch_kernels": 3},
    "matching": {"feature_matching": 0.6},
    "spectral": {"constraint": "spectral_norm"},
}


@pytest.mark.parametrize("name", BESIDE)
def test_pull_is_the_slope_of_the_plain_loss_by_each_sample(name: str) -> None:
    training = identity(**BESIDE[name])
    plain, reference = PlainGan(training), training.reference
    x = np.random.default_rng(2).normal(0, 1, (4, 2)).astype(np.float32)
    noise = torch.cat([torch.from_numpy(x), reference.noise[0, 4:]]).double().requires_grad_()
    real = reference.real[0].double()
    batch = OneBatch(real, noise, torch.zeros(2, 12, 2).double(), torch.zeros(12, 4).double())
    weights = dict(plain.g.named_parameters())
    critic = plain.unrolled(plain.d, weights, batch)
    (slope,) = torch.autograd.grad(plain.g_loss(critic, weights, batch, 0.0), noise)
    np.testing.assert_allclose(training.pull(x)[0], -12 * slope[:4], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("objective", ["energy", "mmd_gan"])
def test_d_of_features_is_the_score_against_the_reference(objective: str) -> None:
    training = identity(objective=objective)
    plain, reference = PlainGan(training), training.reference
    x = np.random.default_rng(3).normal(0, 1, (7, 2))
    with torch.no_grad():
        a, b = plain.d(reference.real[0].double()), plain.d(reference.noise[0].double())
        expected = SCORES[objective](plain.d(torch.from_numpy(x)), a, b)
    np.testing.assert_allclose(training.discriminate(x)[0], expected.flatten(), rtol=1e-4, atol=1e-6)


def test_without_d_what_is_drawn_is_the_log_ratio_of_kernel_densities() -> None:
    training = identity(objective="explicit_kl", bandwidth=0.7)
    x = np.random.default_rng(3).normal(0, 1, (7, 2))
    log_p, log_q = (
        KernelDensity(bandwidth=0.7).fit(points[0].double().numpy()).score_samples(x)
        for points in (training.reference.real, training.reference.noise)
    )
    np.testing.assert_allclose(training.discriminate(x)[0], log_p - log_q, rtol=1e-4, atol=1e-5)


def test_a_pack_of_copies_differs_from_a_pack_of_others() -> None:
    """D(x) on the stage is D of x beside other generated samples, on average over some sets of them."""
    training = identity(pack=3)
    plain = PlainGan(training)
    x = np.array([[0.3, -0.2]])
    mates = training.reference.noise[0, :12].double().reshape(6, 4)
    with torch.no_grad():
        rows = torch.cat([torch.from_numpy(x).expand(6, 2), mates], 1)
        expected = plain.d(rows).mean()
    assert training.discriminate(x)[0, 0] == pytest.approx(float(expected), abs=1e-5)


def test_samples_come_from_the_average_where_there_is_one() -> None:
    spec = small(ema=0.9)
    training, plain = Training(spec), Training(spec.changed(ema=0))
    training.advance(5), plain.advance(5)
    assert torch.equal(training.state.g.theta, plain.state.g.theta), "D and G never see the average"
    noise = np.random.default_rng(0).normal(0, 1, (4, 2))
    assert not np.allclose(training.generate(noise), plain.generate(noise))
    held = training.state.g._replace(theta=training.state.g.extra)
    plain.load(plain.state._replace(g=held._replace(extra=plain.state.g.extra)))
    np.testing.assert_array_equal(training.generate(noise), plain.generate(noise))


def test_batch_norm_is_looked_at_with_fixed_statistics() -> None:
    """A sample does not depend on which others are asked for with it."""
    training = Training(small(g_norm="batch"))
    noise = np.random.default_rng(0).normal(0, 1, (40, 2))
    np.testing.assert_allclose(training.generate(noise)[0, :3], training.generate(noise[:3])[0], atol=1e-6)


def test_spectral_normalisation_bounds_every_layer_and_so_the_slope_of_d() -> None:
    """After some hundred updates: the largest singular value of each divided matrix by numpy, within 5 % of 1."""
    training = Training(small(constraint="spectral_norm", lr_d=0.01, lr_g=0.01, batch=64))
    training.advance(300)
    look = training._look()
    for i in look.judge.net.weights():
        largest = np.linalg.svd(look.judge.parameters[i][0].numpy(), compute_uv=False)[0]
        assert largest == pytest.approx(1.0, abs=0.05)
    x = np.random.default_rng(0).normal(0, 3, (400, 2))
    rise = np.abs(np.diff(training.discriminate(x)[0]))
    assert (rise <= 1.15 * np.linalg.norm(np.diff(x, axis=0), axis=1)).all()


def test_replay_shows_old_samples_and_its_memory_turns_over() -> None:
    training = Training(small(replay=0.5, batch=16, lr_g=0.05))
    first = training.state.d.extra.clone()
    training.advance(40)
    changed = (training.state.d.extra != first).reshape(-1, 2, 2).any(-1).all(-1).float().mean()
    assert 0.2 < changed < 0.3, "40 of 128 blocks, drawn with replacement: 1 − e^(−40/128) = 0.27"
