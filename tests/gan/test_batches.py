"""Batches come from counters: block k of a member's stream is a function of (seed, stream, k) alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from ganlab.gan.batches import Batches, draw_noise, noise_centres, rng
from ganlab.gan.spec import GanSpec
from tests.gan.referee import small

CPU = torch.device("cpu")


def batches(spec: GanSpec, *seeds: int, all_of_it: bool = True) -> Batches:
    """With uniforms and, in G's batches, real samples, unless told otherwise."""
    more = {"penalty": "wgan_gp", "objective": "relativistic"} if all_of_it else {}
    return Batches(spec.changed(**more), seeds, CPU)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=12), st.integers(1, 40), st.integers(1, 3))
def test_the_order_of_asking_changes_nothing(order: list[int], batch: int, noise_dim: int) -> None:
    """Forwards, backwards or anywhere: update i of member s is always the same."""
    spec = small(batch=batch, noise_dim=noise_dim)
    one = batches(spec, 3)
    for i in order:
        fresh = batches(spec, 3)
        for a, b in zip(one.d(i, jitter=True), fresh.d(i, jitter=True), strict=True):
            assert torch.equal(a, b)
        for a, b in zip(one.g(i, jitter=True), fresh.g(i, jitter=True), strict=True):
            assert torch.equal(a, b)


@pytest.mark.parametrize("update", [0, 1, 62, 63, 64, 65, 127, 128, 1000])
def test_a_member_sees_the_batches_that_it_would_see_alone(update: int) -> None:
    spec = small()
    together, alone = batches(spec, 8, 1, 4), batches(spec, 1)
    ours, single = together.d(update, jitter=True), alone.d(update, jitter=True)
    for name in ("real", "noise", "mix"):
        assert torch.equal(getattr(ours, name)[1], getattr(single, name)[0]), name
    assert torch.equal(ours.jitter[:, 1], single.jitter[:, 0])
    ours, single = together.g(update, jitter=True), alone.g(update, jitter=True)
    for name in ("real", "noise"):
        assert torch.equal(getattr(ours, name)[1], getattr(single, name)[0]), name
    assert torch.equal(ours.jitter[:, 1], single.jitter[:, 0])


def test_no_batch_repeats_across_block_boundaries() -> None:
    some = batches(small(), 0)
    assert some.size == 64
    seen = torch.stack([some.d(i, jitter=False).noise.flatten() for i in range(3 * some.size)])
    assert len(torch.unique(seen, dim=0)) == len(seen)
    streams = [some.d(0, jitter=True).noise, some.g(0, jitter=True).noise]
    assert not torch.equal(*streams)


def test_large_batches_make_small_blocks() -> None:
    some = batches(small(batch=4096, noise_dim=256), 0, all_of_it=False)
    assert some.size == 1
    assert some.d(5, jitter=False).noise.shape == (1, 4096, 256)


def test_shapes_and_what_is_not_asked_for_is_zero() -> None:
    some = batches(small(), 0, 1, all_of_it=False)
    d = some.d(0, jitter=False)
    assert (d.real.shape, d.noise.shape) == ((2, 9, 2), (2, 9, 2))
    assert (d.jitter.shape, d.mix.shape) == ((2, 2, 9, 2), (2, 9, 1))
    assert not d.jitter.any()
    assert not d.mix.any()
    assert not some.g(0, jitter=False).real.any()


def test_switching_instance_noise_on_leaves_data_and_noise_as_they_were() -> None:
    some = batches(small(), 0)
    quiet, loud = some.d(70, jitter=False), some.d(70, jitter=True)
    assert torch.equal(quiet.real, loud.real)
    assert torch.equal(quiet.noise, loud.noise)
    assert loud.jitter.any()


def test_the_distributions_are_the_ones_asked_for() -> None:
    """Kolmogorov-Smirnov at 1e-4, seed fixed: one draw in ten thousand would fail."""
    spec = small(data="normal(3,2)", batch=500)
    some = batches(spec, 0)
    d = [some.d(i, jitter=True) for i in range(20)]

    def column(name: str) -> np.ndarray:
        return torch.cat([getattr(b, name).flatten() for b in d]).numpy()

    assert kstest(column("real"), "norm", args=(3, 2)).pvalue > 1e-4
    assert kstest(column("noise"), "norm").pvalue > 1e-4
    assert kstest(column("jitter"), "norm").pvalue > 1e-4
    assert kstest(column("mix"), "uniform").pvalue > 1e-4
    uniform = draw_noise(spec.changed(noise="uniform"), rng(0, 0), 5000).ravel()
    assert kstest(uniform, "uniform", args=(-1, 2)).pvalue > 1e-4


def test_members_of_one_seed_share_their_batches() -> None:
    """Also where others stand between them: what is drawn once is handed to each."""
    together = batches(small(), 7, 2, 7)
    for ours in (together.d(70, jitter=True), together.g(70, jitter=True)):
        assert all(torch.equal(part[0], part[2]) for part in (ours.real, ours.noise, ours.mix))
        assert torch.equal(ours.jitter[:, 0], ours.jitter[:, 2])
        assert not torch.equal(ours.noise[0], ours.noise[1])
    assert torch.equal(together.d(70, jitter=True).noise[1], batches(small(), 2).d(70, jitter=True).noise[0])


def test_instance_noise_of_d_and_g_differ() -> None:
    some = batches(small(), 0)
    assert not torch.equal(some.d(0, jitter=True).jitter, some.g(0, jitter=True).jitter)


@pytest.mark.parametrize(("noise_dim", "modes"), [(1, 5), (2, 8), (3, 4)])
def test_mixture_noise_has_its_modes_and_the_width_of_normal_noise(noise_dim: int, modes: int) -> None:
    spec = small(noise="mixture", noise_dim=noise_dim, noise_modes=modes)
    z = draw_noise(spec, rng(0, 0), 20_000)
    centres = noise_centres(spec)
    distance = np.linalg.norm(z[:, None] - centres[None], axis=2)
    share = np.bincount(distance.argmin(1), minlength=modes) / len(z)
    np.testing.assert_allclose(share, 1 / modes, atol=0.02)
    assert np.sqrt((distance.min(1) ** 2).mean() / noise_dim) == pytest.approx(0.1, rel=0.03)
    used = min(noise_dim, 2)
    np.testing.assert_allclose(z[:, :used].std(0), 1.0, atol=0.05)


def test_uniforms_are_drawn_for_those_who_need_them() -> None:
    count = {"none": 0, "r1": 1, "dragan": 3}
    for penalty, columns in count.items():
        some = Batches(small(penalty=penalty, replay=0.5), (0,), CPU)
        assert some.d(0, jitter=False).mix.shape == (1, 9, columns + 3)
        assert some.g(0, jitter=False).mix.shape == (1, 9, 1), "only unrolling needs them for G"
    assert Batches(small(replay=0.5, unroll=2), (0,), CPU).g(0, jitter=False).mix.shape == (1, 9, 3)
