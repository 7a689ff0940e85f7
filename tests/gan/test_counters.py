"""Random numbers hashed on the device keep the contract of the host's batches; here on the CPU, where they run too."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import chisquare, kstest

from ganlab.distributions import parse
from ganlab.gan.counters import Counters, DeviceBatches
from tests.gan.referee import small

CPU = torch.device("cpu")
LEAST = 1e-4  # p-value; seeds are fixed, so that a law that holds today holds tomorrow


def batches(*seeds: int, **values: object) -> DeviceBatches:
    return DeviceBatches(small(penalty="wgan_gp", objective="relativistic", **values), seeds, CPU)


def splitmix64(x: int) -> int:
    """Steele, Lea and Flood 2014, in Python's integers."""
    mask = (1 << 64) - 1
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
    return x ^ (x >> 31)


@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1])
def test_the_hash_is_splitmix64(seed: int) -> None:
    golden, mask = 0x9E3779B97F4A7C15, (1 << 64) - 1
    key = splitmix64((seed * golden + 1) & mask)
    ours = Counters([seed], CPU).uniform(3, 5, 4)[0]
    for i, u in enumerate(ours.tolist()):
        counter = (3 << 56) + (5 << 24) + i
        bits = splitmix64(key ^ splitmix64((counter * golden) & mask)) >> 41
        assert u == pytest.approx((bits + 0.5) * 2.0**-23, abs=1e-7)


def test_numbers_are_uniform_and_normal() -> None:
    counters = Counters([7], CPU)
    u = torch.cat([counters.uniform(0, i, 1000).flatten() for i in range(50)]).numpy()
    z = torch.cat([counters.normal(1, i, 1000).flatten() for i in range(50)]).numpy()
    assert u.min() > 0
    assert u.max() < 1
    assert kstest(u, "uniform").pvalue > LEAST
    assert kstest(z, "norm").pvalue > LEAST
    bound = 4 / np.sqrt(len(z))
    assert abs(np.corrcoef(z[1:], z[:-1])[0, 1]) < bound
    assert abs(np.corrcoef(z[1000:], z[:-1000])[0, 1]) < bound  # one update and the next


def test_members_and_streams_are_independent() -> None:
    counters = Counters(range(6), CPU)
    rows = torch.cat([counters.normal(0, 0, 20_000), counters.normal(1, 0, 20_000)]).numpy()
    off = np.corrcoef(rows) - np.eye(len(rows))
    assert np.abs(off).max() < 4.5 / np.sqrt(20_000)


@pytest.mark.parametrize("update", [0, 1, 1000, 10_000_000])
def test_a_member_sees_the_batches_that_it_would_see_alone(update: int) -> None:
    together, alone = batches(8, 1, 4), batches(1)
    together.d(3, jitter=True)  # what was drawn before changes nothing
    ours, single = together.d(update, jitter=True), alone.d(update, jitter=True)
    assert ours.jitter.shape == (2, 3, 9, 2)
    for name in ("real", "noise", "mix"):
        assert torch.equal(getattr(ours, name)[1], getattr(single, name)[0]), name
    assert torch.equal(ours.jitter[:, 1], single.jitter[:, 0])
    ours, single = together.g(update, jitter=True), alone.g(update, jitter=True)
    for name in ("real", "noise"):
        assert torch.equal(getattr(ours, name)[1], getattr(single, name)[0]), name
    assert torch.equal(ours.jitter[:, 1], single.jitter[:, 0])


@pytest.mark.parametrize("text", ["normal(3,2)", "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)", "laplace(0,1)"])
def test_data_on_the_line_follow_their_cdf(text: str) -> None:
    x = torch.cat([batches(5, data=text, batch=2000).d(i, jitter=False).real[0, :, 0] for i in range(4)])
    assert kstest(x.numpy(), lambda points: parse(text).cdf(points)).pvalue > LEAST


def test_data_in_the_plane_have_their_mean_and_covariance() -> None:
    text, n = "normal([1,-2],[[1,0.5],[0.5,2]])", 4096
    x = batches(5, data=text, batch=n).d(0, jitter=False).real[0].numpy()
    np.testing.assert_allclose(x.mean(0), [1, -2], atol=4 * np.sqrt(2 / n))
    np.testing.assert_allclose(np.cov(x.T), [[1, 0.5], [0.5, 2]], atol=4 * 2 * np.sqrt(2 / n))


def test_every_mode_of_a_ring_gets_its_share() -> None:
    x = batches(5, data="ring(8)", batch=4096).d(0, jitter=False).real[0].numpy()
    modes = parse("ring(8)").modes()
    assert modes is not None
    nearest = np.linalg.norm(x[:, None] - modes.centres, axis=2).argmin(1)
    assert chisquare(np.bincount(nearest, minlength=8)).pvalue > LEAST


def test_noise_is_the_noise_of_the_spec() -> None:
    uniform = batches(5, noise="uniform", batch=2000).g(0, jitter=False).noise.flatten().numpy()
    assert kstest(uniform, "uniform", args=(-1, 2)).pvalue > LEAST
    normal = batches(5, batch=2000).g(0, jitter=False).noise.flatten().numpy()
    assert kstest(normal, "norm").pvalue > LEAST
