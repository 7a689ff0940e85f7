"""The plain GAN's remedies against numbers worked by hand, torch's own optimisers and finite differences."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tests.gan.plain_gan import Critic, Game, OneBatch, discriminator, generator, weights_of
from tests.gan.plain_losses import SAMPLE_LOSSES
from tests.gan.plain_networks import Mlp, blocks, fill, matrices, packed, unit
from tests.gan.plain_optimisers import OPTIMS
from tests.gan.plain_remedies import Average, Replay, mixture_centres, noise_level, packs
from tests.gan.referee import small


def t(x: object) -> Tensor:
    return torch.as_tensor(x, dtype=torch.float64)


class Fixed:
    """Batches of 8 from one generator, always the same for one update."""

    def __init__(self, spec: object, seed: int = 0) -> None:
        self.spec, self.seed = spec, seed

    def d(self, i: int) -> OneBatch:
        rng, spec = np.random.default_rng((self.seed, i)), self.spec
        real, noise = rng.normal(1, 1, (8, spec.dim)), rng.normal(0, 1, (8, spec.noise_dim))  # type: ignore[attr-defined]
        return OneBatch(t(real), t(noise), t(rng.normal(0, 1, (2, 8, spec.dim))), t(rng.random((8, 8))))  # type: ignore[attr-defined]

    def g(self, j: int) -> OneBatch:
        return self.d(1000 + j)


def row(net: Mlp, seed: int) -> Tensor:
    rng = np.random.default_rng(seed)
    return t(rng.normal(0, 0.6, sum(block.numel() for block in blocks(net))))


def game(**values: object) -> Game:
    tanh = {"g_activation": "tanh", "d_activation": "tanh", "g_hidden": (4,), "d_hidden": (5, 3)}
    spec = small(batch=8, **{**tanh, **values})
    d = discriminator(spec)
    us = [
        unit(t(np.arange(1.0, 1 + dict(d.named_parameters())[n].shape[1]))) for n in matrices(weights_of(d))
    ]
    memory = row(generator(spec), 3)[0] * torch.ones(128, spec.dim, dtype=torch.float64)
    return Game(
        spec,
        row(d, 1),
        row(generator(spec), 2),
        Fixed(spec),
        us if spec.constraint == "spectral_norm" else (),
        memory if spec.replay > 0 else None,
    )


def flat(gradients: list[Tensor]) -> Tensor:
    return torch.cat([g.reshape(-1) for g in gradients])


def by_differences(loss: object, net: Mlp, step: float = 1e-5) -> Tensor:
    """The slope of a function of nothing that looks at the network's parameters, one at a time."""
    slopes = []
    for p in net.parameters():
        for i in range(p.numel()):
            with torch.no_grad():
                place = p.view(-1)
                middle = place[i].item()
                ends = []
                for end in (middle + step, middle - step):
                    place[i] = end
                    with torch.enable_grad():
                        ends.append(loss())  # type: ignore[operator]
                place[i] = middle
            slopes.append((ends[0] - ends[1]) / (2 * step))
    return t(slopes)


# ---------------------------------------------------------------- a bilinear game, by hand

LINEAR = {"data": "normal(0,1)", "noise_dim": 1, "d_hidden": "none", "g_hidden": "none", "objective": "wgan"}
LINEAR |= {"constraint": "none", "optimiser_d": "sgd", "optimiser_g": "sgd", "lr_d": 0.1, "lr_g": 0.2}


class ByHand:
    """D(x) = wx + b, G(z) = Wz + c with the WGAN losses: w(Wz̄ + c − x̄) and −w(Wz̄ + c) − b."""

    def __init__(self, of: Game) -> None:
        (self.w, self.b), (self.W, self.c) = packed(of.d).tolist(), packed(of.g).tolist()

    @staticmethod
    def means(batch: OneBatch) -> tuple[float, float]:
        return batch.real.mean().item(), batch.noise.mean().item()

    def d(self, batch: OneBatch) -> float:
        """∂L_D/∂w; that of b is 0."""
        x, z = self.means(batch)
        return self.W * z + self.c - x

    def g(self, batch: OneBatch) -> np.ndarray:
        """∂L_G/∂(W, c)."""
        return -self.w * np.array([self.means(batch)[1], 1])


def linear_game(**values: object) -> tuple[Game, ByHand]:
    of = game(**{**LINEAR, **values})
    return of, ByHand(of)


def test_plain_steps_of_the_bilinear_game() -> None:
    of, hand = linear_game()
    expected = hand.w - 0.1 * hand.d(of.batches.d(0))
    of.step_d()
    assert packed(of.d).tolist() == pytest.approx([expected, hand.b])
    hand.w = expected
    of.step_g()
    np.testing.assert_allclose(packed(of.g), [hand.W, hand.c] - 0.2 * hand.g(of.batches.g(0)), rtol=1e-12)


def test_consensus_of_the_bilinear_game() -> None:
    """½‖v‖² = ½(Wz̄ + c − x̄)² + ½w²(z̄² + 1), whose slopes are added to both gradients."""
    of, hand = linear_game(consensus=0.7)
    batch = of.batches.d(0)
    x, z = hand.means(batch)
    gap = hand.W * z + hand.c - x
    assert of.gradient_d(batch)[0].item() == pytest.approx(gap + 0.7 * hand.w * (z**2 + 1))
    expected = hand.g(batch) + 0.7 * gap * np.array([z, 1])
    np.testing.assert_allclose(flat(of.gradient_g(batch, of.d)), expected, rtol=1e-12)


def test_unrolling_the_bilinear_game() -> None:
    """After k steps D has w′ = w − kη(Wz̄ + c − x̄); G lowers w′(x̄ − Wz̄ − c) and gains kη(Wz̄ + c − x̄)(z̄, 1)."""
    of, hand = linear_game(unroll=3)
    batch = of.batches.g(0)
    x, z = hand.means(batch)
    later = hand.w - 0.3 * (hand.W * z + hand.c - x)
    expected = (-later + 0.3 * (hand.W * z + hand.c - x)) * np.array([z, 1])
    np.testing.assert_allclose(flat(of.gradient_g(batch, of.d)), expected, rtol=1e-12)
    assert packed(of.d).tolist() == [hand.w, hand.b]  # D itself has not moved


def test_extragradient_steps_of_the_bilinear_game() -> None:
    of, hand = linear_game(updates="extragradient")
    ahead = ByHand(of)
    ahead.w = hand.w - 0.1 * hand.d(of.batches.d(0))
    ahead.W, ahead.c = [hand.W, hand.c] - 0.2 * hand.g(of.batches.g(0))
    w = hand.w - 0.1 * ahead.d(of.batches.d(1))
    g = [hand.W, hand.c] - 0.2 * ahead.g(of.batches.g(1))
    of.iterate()
    assert packed(of.d)[0].item() == pytest.approx(w)
    np.testing.assert_allclose(packed(of.g), g, rtol=1e-12)
    assert (of.i, of.j) == (2, 2)


# ---------------------------------------------------------------- unrolling and consensus, by finite differences


@pytest.mark.parametrize(
    "more", [{}, {"weight_decay": 0.4, "constraint": "clip", "clip": 0.7}, {"penalty": "wgan_gp"}]
)
@pytest.mark.parametrize("optimiser", OPTIMS)
def test_an_unrolled_gradient_is_that_of_really_training_d(optimiser: str, more: dict[str, object]) -> None:
    of = game(unroll=2, optimiser_d=optimiser, lr_d=0.02, beta1_d=0.6, beta2_d=0.9, **more)
    of.step_d(), of.step_d()  # so that there are moments
    batch = of.batches.g(0)

    def after() -> float:
        d = copy.deepcopy(of.d)
        optim = d.optimiser
        assert optim is not None
        for _ in range(2):
            real, fake = of.shown(weights_of(of.g), batch, 0)
            optim.zero_grad()
            of.d_loss(Critic(d, weights_of(d), []), real.detach(), fake.detach(), batch.mix).backward()
            with torch.no_grad():
                for p in d.parameters():
                    p.mul_(1 - 0.02 * of.spec.weight_decay)
            optim.step()
            with torch.no_grad():
                for p in d.parameters():
                    p.clamp_(*((-0.7, 0.7) if of.clips else (-100, 100)))
        return of.g_loss(Critic(d, weights_of(d), []), weights_of(of.g), batch, 0).item()

    np.testing.assert_allclose(
        flat(of.gradient_g(batch, of.d)), by_differences(after, of.g), rtol=1e-5, atol=1e-8
    )


@pytest.mark.parametrize("more", [{}, {"inference": "veegan"}, {"label_smoothing": 0.2}, {"g_norm": "batch"}])
def test_consensus_adds_the_slope_of_half_the_squared_field(more: dict[str, object]) -> None:
    quiet, of = game(**more), game(consensus=0.3, **more)
    batch = of.batches.d(0)

    def half() -> float:
        slopes = flat(quiet.gradient_d(batch)), flat(quiet.gradient_g(batch, quiet.d))
        return sum((s**2).sum().item() for s in slopes) / 2

    for net, plain, regularised in (
        (quiet.d, quiet.gradient_d(batch), of.gradient_d(batch)),
        (quiet.g, quiet.gradient_g(batch, quiet.d), of.gradient_g(batch, of.d)),
    ):
        added, expected = flat(regularised) - flat(plain), 0.3 * by_differences(half, net)
        if net is quiet.g and quiet.g.inference is not None:
            # In D's pairs F is constant, so by F these differences say more than the gradient.
            count = len(added) - sum(p.numel() for p in quiet.g.inference.parameters())
            added, expected = added[:count], expected[:count]
        np.testing.assert_allclose(added, expected, rtol=1e-4, atol=1e-7)


# ---------------------------------------------------------------- what D sees


def test_packs_are_rows_laid_end_to_end() -> None:
    x = t(np.arange(12.0)).reshape(6, 2)
    assert torch.equal(packs(x, 3), x.reshape(2, 6))
    assert torch.equal(packs(x, 1), x)
    of = game(pack=4)
    real, fake = of.shown(weights_of(of.g), of.batches.d(0), 0)
    assert real.shape == fake.shape == (2, 8)
    assert torch.equal(real, of.batches.d(0).real.reshape(2, 8))


def test_instance_noise_falls_to_nothing() -> None:
    constant, falling = small(instance_noise=0.4), small(instance_noise=0.4, instance_noise_until=10)
    assert [noise_level(constant, i) for i in (0, 9, 99)] == [0.4, 0.4, 0.4]
    assert [noise_level(falling, i) for i in (0, 5, 10, 11)] == pytest.approx([0.4, 0.2, 0, 0])
    of = game(instance_noise=0.4)
    batch = of.batches.d(0)
    clean, noisy = of.shown(weights_of(of.g), batch, 0), of.shown(weights_of(of.g), batch, 0.4)
    for i in range(2):
        np.testing.assert_allclose((noisy[i] - clean[i]).detach(), 0.4 * batch.jitter[i], atol=1e-12)


def test_a_memory_replaces_a_share_and_forgets_a_block() -> None:
    fresh, uniforms = t(np.arange(17.0))[:, None], t(np.random.default_rng(0).random((17, 3)))
    replay = Replay(-1 - t(np.arange(128.0 * 3))[:, None])
    assert torch.equal(replay.mixed(fresh, uniforms, 0), fresh)
    assert (replay.mixed(fresh, uniforms, 1) < 0).all()
    mixed, replaced = replay.mixed(fresh, uniforms, 0.5)[:, 0], uniforms[:, 0] < 0.5
    assert torch.equal(mixed[~replaced], fresh[:, 0][~replaced])
    assert torch.equal(mixed[replaced], -1 - (uniforms[replaced, 1] * 384).floor())
    replay.remember(fresh, uniforms)
    written = torch.nonzero(replay.memory[:, 0] >= 0)[:, 0].tolist()
    start = 3 * int(uniforms[0, 2].item() * 128)
    assert written == [start, start + 1, start + 2]
    assert replay.memory[written, 0].tolist() == [0, 1, 2]


def test_d_learns_from_the_memory_and_g_does_not() -> None:
    a, b = game(replay=0.9), game()
    a.step_d(), b.step_d()
    assert not torch.equal(packed(a.d), packed(b.d))
    fill(a.d, packed(b.d))
    np.testing.assert_array_equal(
        flat(a.gradient_g(a.batches.g(0), a.d)), flat(b.gradient_g(b.batches.g(0), b.d))
    )


# ---------------------------------------------------------------- what D and G minimise


def test_label_smoothing_is_cross_entropy_with_a_softer_target() -> None:
    of = game(label_smoothing=0.2)
    batch = of.batches.d(0)
    a, b = of.d(batch.real), of.d(of.g(batch.noise).detach())
    soft = F.binary_cross_entropy_with_logits(a, torch.full_like(a, 0.8))
    loss = soft + F.binary_cross_entropy_with_logits(b, torch.zeros_like(b))
    expected = torch.autograd.grad(loss, list(of.d.parameters()))
    np.testing.assert_allclose(flat(of.gradient_d(batch)), flat(list(expected)), rtol=1e-10, atol=1e-14)
    assert of.loss_d == pytest.approx(loss.item())


def test_label_smoothing_of_least_squares_is_a_lower_target() -> None:
    of, batch = game(label_smoothing=0.2, objective="least_squares"), game().batches.d(0)
    a, b = of.d(batch.real), of.d(of.g(batch.noise).detach())
    loss = ((a - 0.8) ** 2).mean() / 2 + (b**2).mean() / 2
    expected = torch.autograd.grad(loss, list(of.d.parameters()))
    np.testing.assert_allclose(flat(of.gradient_d(batch)), flat(list(expected)), rtol=1e-10, atol=1e-14)


def test_weight_decay_with_adam_is_adamw() -> None:
    of = game(weight_decay=0.3, lr_d=0.02, beta1_d=0.6, beta2_d=0.9)
    twin = copy.deepcopy(of.d)
    adamw = torch.optim.AdamW(twin.parameters(), lr=0.02, betas=(0.6, 0.9), weight_decay=0.3)
    for i in range(4):
        gradients = of.gradient_d(of.batches.d(i))
        of.apply_d(gradients)
        for p, g in zip(twin.parameters(), gradients, strict=True):
            p.grad = g
        adamw.step()
        np.testing.assert_allclose(packed(of.d), packed(twin), rtol=1e-12)


def test_feature_matching_alone_wants_the_mean_features_of_the_data() -> None:
    of = game(feature_matching=1.0)
    batch = of.batches.g(0)
    means = [of.d.hidden(x).mean(0) for x in (batch.real, of.g(batch.noise))]
    loss = (means[0] - means[1]).norm() ** 2
    expected = torch.autograd.grad(loss, list(of.g.parameters()))
    np.testing.assert_allclose(flat(of.gradient_g(batch, of.d)), flat(list(expected)), rtol=1e-10)
    assert of.loss_g == pytest.approx(loss.item())
    half, none = game(feature_matching=0.5), game()
    mixed = (flat(list(expected)) + flat(none.gradient_g(batch, none.d))) / 2
    np.testing.assert_allclose(flat(half.gradient_g(batch, half.d)), mixed, rtol=1e-10)


def test_kl_regularised_adds_its_term_to_the_adversarial_loss() -> None:
    plain, of = game(), game(objective="kl_regularised", kl_weight=0.7, bandwidth=0.9)
    batch = of.batches.g(0)
    loss = SAMPLE_LOSSES["explicit_reverse_kl"](batch.real, of.g(batch.noise), 0.9)
    kl = flat(list(torch.autograd.grad(loss, list(of.g.parameters()))))
    expected = flat(plain.gradient_g(batch, plain.d)) + 0.7 * kl
    np.testing.assert_allclose(flat(of.gradient_g(batch, of.d)), expected, rtol=1e-10)


def test_the_inference_network_learns_reconstruction_only() -> None:
    of, deaf = game(inference="veegan", inference_weight=0.6), game(inference="veegan", inference_weight=0)
    batch = of.batches.g(0)
    f = of.g.inference
    assert f is not None
    count = sum(p.numel() for p in f.parameters())
    codes = f(of.g(batch.noise))
    loss = 0.6 * ((batch.noise - codes) ** 2).sum() / len(codes)
    expected = torch.autograd.grad(loss, list(of.g.parameters()))
    with_it, without = (flat(x.gradient_g(batch, x.d)) for x in (of, deaf))
    np.testing.assert_allclose(with_it - without, flat(list(expected)), rtol=1e-8, atol=1e-12)
    assert not without[-count:].any()
    real, fake = of.shown(weights_of(of.g), batch, 0)
    assert torch.equal(real, torch.cat([batch.real, f(batch.real)], 1))
    assert torch.equal(fake, torch.cat([of.g(batch.noise), batch.noise], 1))


# ---------------------------------------------------------------- what is carried along


def test_u_moves_with_d_only() -> None:
    of = game(constraint="spectral_norm")
    before = [u.clone() for u in of.d.us]
    of.step_g()
    assert all(torch.equal(u, v) for u, v in zip(before, of.d.us, strict=True))
    of.step_d()
    assert not any(torch.equal(u, v) for u, v in zip(before, of.d.us, strict=True))


def test_an_average_follows() -> None:
    net = game().g
    average = Average(net)
    start, place = packed(net), torch.ones(len(packed(net)), dtype=torch.float64)
    fill(net, place)
    for _ in range(5):
        average.follow(net, 0.9)
    np.testing.assert_allclose(packed(average.put(copy.deepcopy(net))), 1 + 0.9**5 * (start - 1), rtol=1e-12)
    of = game(ema=0.5, optimiser_g="sgd", lr_g=0.1)
    start = packed(of.g)
    of.step_g()
    np.testing.assert_allclose(packed(of.sampler()), (start + packed(of.g)) / 2, rtol=1e-12)


def test_clipping_is_of_every_parameter_of_d() -> None:
    of = game(constraint="clip", clip=0.05)
    of.step_d()
    assert packed(of.d).abs().max().item() == 0.05
    asked = [("wgan", "none", "auto"), ("energy", "none", "auto"), ("mmd_gan", "none", "auto")]
    assert all(game(objective=o, penalty=p, constraint=c).clips for o, p, c in asked)
    free = [
        ("wgan", "r1", "auto"),
        ("wgan", "none", "spectral_norm"),
        ("wgan", "none", "none"),
        ("hinge", "none", "auto"),
    ]
    assert not any(game(objective=o, penalty=p, constraint=c).clips for o, p, c in free)


def test_simultaneous_updates_unroll_the_d_that_they_see() -> None:
    """A copy of D takes its moments along."""
    of = game(unroll=1, updates="simultaneous", optimiser_d="adam")
    of.iterate()
    before = copy.deepcopy(of.d)
    expected = flat(of.gradient_g(of.batches.g(1), before))
    of.step_d()
    np.testing.assert_array_equal(flat(of.gradient_g(of.batches.g(1), before)), expected)
    assert not torch.equal(flat(of.gradient_g(of.batches.g(1), of.d)), expected)


def test_centres_of_mixture_noise() -> None:
    for modes in (3, 8, 64):
        circle, line = np.array(mixture_centres(modes, 4)), np.array(mixture_centres(modes, 1))[:, 0]
        np.testing.assert_allclose(circle.mean(0), 0, atol=1e-12)
        np.testing.assert_allclose(circle.var(0), [1, 1, 0, 0], atol=1e-12)
        assert line.mean() == pytest.approx(0, abs=1e-12)
        assert line.var() == pytest.approx(1 - 1 / modes**2)
