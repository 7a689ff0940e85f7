"""Batches come from counters: block k of a member's stream is a function of (seed, stream, k) alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from ganlab.gan.batches import Batches, draw_noise, rng
from ganlab.gan.spec import GanSpec
from tests.gan.referee import small

CPU = torch.device("cpu")


def batches(spec: GanSpec, *seeds: int, mix: bool = True, paired: bool = True) -> Batches:
    return Batches(spec, seeds, CPU, mix=mix, paired=paired)


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
        for a, b in zip(one.g(i), fresh.g(i), strict=True):
            assert torch.equal(a, b)


@pytest.mark.parametrize("update", [0, 1, 62, 63, 64, 65, 127, 128, 1000])
def test_a_member_sees_the_batches_that_it_would_see_alone(update: int) -> None:
    spec = small()
    together, alone = batches(spec, 8, 1, 4), batches(spec, 1)
    ours, single = together.d(update, jitter=True), alone.d(update, jitter=True)
    for name in ("real", "noise", "mix"):
        assert torch.equal(getattr(ours, name)[1], getattr(single, name)[0]), name
    assert torch.equal(ours.jitter[:, 1], single.jitter[:, 0])
    for a, b in zip(together.g(update), alone.g(update), strict=True):
        assert torch.equal(a[1], b[0])


def test_no_batch_repeats_across_block_boundaries() -> None:
    some = batches(small(), 0)
    assert some.size == 64
    seen = torch.stack([some.d(i, jitter=False).noise.flatten() for i in range(3 * some.size)])
    assert len(torch.unique(seen, dim=0)) == len(seen)
    streams = [some.d(0, jitter=True).noise, some.g(0)[1]]
    assert not torch.equal(*streams)


def test_large_batches_make_small_blocks() -> None:
    some = batches(small(batch=4096, noise_dim=256), 0, mix=False, paired=False)
    assert some.size == 1
    assert some.d(5, jitter=False).noise.shape == (1, 4096, 256)


def test_shapes_and_what_is_not_asked_for_is_zero() -> None:
    some = batches(small(), 0, 1, mix=False, paired=False)
    d = some.d(0, jitter=False)
    assert (d.real.shape, d.noise.shape) == ((2, 9, 2), (2, 9, 2))
    assert (d.jitter.shape, d.mix.shape) == ((2, 2, 9, 2), (2, 9, 1))
    assert not d.jitter.any()
    assert not d.mix.any()
    assert not some.g(0)[0].any()


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
