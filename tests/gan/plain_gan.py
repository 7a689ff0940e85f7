"""A GAN in an ordinary loop, with everything that a spec can ask for: modules, torch.optim and autograd in float64."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.autograd import grad
from torch.func import functional_call

from ganlab.gan.spec import GanSpec
from tests.gan.plain_losses import LOSSES, OUTPUTS, SAMPLE_LOSSES, SCORES
from tests.gan.plain_networks import Mlp, Pair, Weights, blocks, current, fill, iterated, normalised
from tests.gan.plain_optimisers import OPTIMS, STEPS
from tests.gan.plain_penalties import TERMS
from tests.gan.plain_remedies import Average, Replay, half_square, matched, noise_level, packs

CLIPPED = ("wgan", "energy", "mmd_gan")  # objectives whose critic has to be bounded somehow


class OneBatch(NamedTuple):
    """One member's batch: real [B, d], noise [B, z], jitter [2, B, d], mix [B, U]."""

    real: Tensor
    noise: Tensor
    jitter: Tensor
    mix: Tensor


class Source(Protocol):
    """Where batches come from: for D's update i, for G's update j."""

    def d(self, i: int) -> OneBatch: ...
    def g(self, j: int) -> OneBatch: ...


class Critic:
    """D with given weights. `joint`: its output at one sample depends on the others."""

    def __init__(self, net: Mlp, weights: Weights, pairs: list[Pair]) -> None:
        """`pairs` are (u, v) of spectral normalisation, none without."""
        self.net, self.leaves = net, weights
        self.weights = normalised(weights, pairs) if pairs else weights
        self.joint = net.minibatch is not None

    def __call__(self, x: Tensor) -> Tensor:
        return functional_call(self.net, self.weights, (x,))

    def features(self, x: Tensor) -> Tensor:
        return functional_call(self.net, self.weights, (x, "features"))


class Judgement:
    """One number per sample, whatever the number of outputs: what a penalty takes the slope of."""

    def __init__(self, objective: str, critic: Critic, a: Tensor, b: Tensor) -> None:
        self.objective, self.critic, self.a, self.b = objective, critic, a, b
        self.joint = critic.joint

    def __call__(self, x: Tensor) -> Tensor:
        outputs = self.critic(x)
        return SCORES[self.objective](outputs, self.a, self.b) if self.objective in SCORES else outputs


def weights_of(net: nn.Module) -> Weights:
    return dict(net.named_parameters())


def discriminator(spec: GanSpec) -> Mlp:
    """D, not yet filled: of packs of rows [x], or [x, z] with an inference network."""
    width = spec.dim + (spec.noise_dim if spec.inference == "veegan" else 0)
    sizes = (spec.pack * width, *spec.d_hidden, OUTPUTS.get(spec.objective, 1))
    return Mlp(sizes, spec.d_activation, kernels=spec.minibatch_kernels).double()


def generator(spec: GanSpec) -> Mlp:
    """G, not yet filled, and with an inference network F (its mirror image, never normalised) after it."""
    sizes = (spec.noise_dim, *spec.g_hidden, spec.dim)
    g = Mlp(sizes, spec.g_activation, norm=spec.g_norm)
    if spec.inference == "veegan":
        g.inference = Mlp(sizes[::-1], spec.g_activation)
    return g.double()


class Game:
    """D and G of one spec, moved one update at a time. `us` are D's (spectral), `memory` replay's [16B, width]."""

    def __init__(
        self,
        spec: GanSpec,
        d_row: Tensor,
        g_row: Tensor,
        batches: Source,
        us: Sequence[Tensor] = (),
        memory: Tensor | None = None,
    ) -> None:
        self.spec, self.batches = spec, batches
        self.d, self.g = discriminator(spec), generator(spec)
        fill(self.d, d_row)
        fill(self.g, g_row)
        self.d.us, self.d.updates = list(us), 0
        self.optim_d = OPTIMS[spec.optimiser_d](self.d.parameters(), spec.lr_d, spec.beta1_d, spec.beta2_d)
        self.optim_g = OPTIMS[spec.optimiser_g](self.g.parameters(), spec.lr_g, spec.beta1_g, spec.beta2_g)
        self.d.optimiser = self.optim_d  # so that a copy of D takes its moments along, for unrolling
        self.replay = None if memory is None else Replay(memory)
        self.average = Average(self.g)
        self.i = self.j = 0
        self.loss_d = self.loss_g = self.grad_d = self.grad_g = float("nan")

    # -- what D sees, and what the two minimise

    def rows(self, g: Weights, batch: OneBatch) -> tuple[Tensor, Tensor]:
        """(real, generated) rows: samples, with F(x) or z beside where there is an F."""
        real, fake = batch.real, functional_call(self.g, g, (batch.noise,))
        if self.spec.inference == "none":
            return real, fake
        codes = functional_call(self.g, g, (real, "inference")).detach()
        return torch.cat([real, codes], 1), torch.cat([fake, batch.noise], 1)

    def shown(
        self, g: Weights, batch: OneBatch, level: float, replay: Replay | None = None
    ) -> tuple[Tensor, Tensor]:
        """(real, generated) packs, as D sees them: replayed, noised, packed."""
        spec, (real, fake) = self.spec, self.rows(g, batch)
        if replay is not None:
            fake = replay.mixed(fake, batch.mix[:, -3:], spec.replay)
        silent = torch.zeros(len(real), real.shape[1] - spec.dim, dtype=real.dtype)
        jitter = [level * torch.cat([noise, silent], 1) for noise in batch.jitter]
        return packs(real + jitter[0], spec.pack), packs(fake + jitter[1], spec.pack)

    def d_loss(self, critic: Critic, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
        """What D minimises, without the consensus term."""
        spec, a, b = self.spec, critic(real), critic(fake)
        loss = LOSSES[spec.objective][0](a, b) + spec.label_smoothing * a.mean()
        term = TERMS[spec.penalty]
        if term is not None:
            judged = Judgement(spec.objective, critic, a, b)
            loss = loss + spec.penalty_weight * term(judged, real, fake, mix)
        return loss

    def g_loss(self, critic: Critic, g: Weights, batch: OneBatch, level: float) -> Tensor:
        """What G (and F) minimises, without the consensus term."""
        spec, samples = self.spec, functional_call(self.g, g, (batch.noise,))
        if spec.objective not in LOSSES:
            return SAMPLE_LOSSES[spec.objective](batch.real, samples, spec.bandwidth)
        real, fake = self.shown(g, batch, level)
        loss = LOSSES[spec.objective][1](critic(real), critic(fake))
        if spec.unroll and (spec.objective in ("minimax", "wgan") or spec.objective.startswith("f_")):
            # Metz et al. 2017, equation 8: f(θ_G, θ_D^K(θ_G)), the whole value of the game at the unrolled D.
            loss = -LOSSES[spec.objective][0](critic(real), critic(fake))
        if spec.objective == "kl_regularised":
            loss = loss + spec.kl_weight * SAMPLE_LOSSES[spec.objective](batch.real, samples, spec.bandwidth)
        if spec.feature_matching > 0:
            distance = matched(critic.features(real), critic.features(fake))
            loss = (1 - spec.feature_matching) * loss + spec.feature_matching * distance
        if spec.inference == "veegan":
            codes = functional_call(self.g, g, (samples, "inference"))
            loss = loss + spec.inference_weight * ((batch.noise - codes) ** 2).sum(1).mean()
        return loss

    def consensus(self, losses: tuple[Tensor, Tensor], d: Weights, g: Weights) -> Tensor:
        """γ·½‖(∇ of D's loss, ∇ of G's loss)‖², each by its own parameters."""
        slopes = grad(losses[0], list(d.values()), create_graph=True, allow_unused=True)
        slopes += grad(losses[1], list(g.values()), create_graph=True, allow_unused=True)
        return self.spec.consensus * half_square(slopes)

    # -- gradients and moves

    def gradient_d(self, batch: OneBatch) -> list[Tensor]:
        """The gradient of what D minimises; iterates spectral normalisation and writes to the memory first."""
        d, g, level = weights_of(self.d), weights_of(self.g), noise_level(self.spec, self.d.updates)
        pairs = iterated(d, self.d.us) if self.d.us else []
        self.d.us = [u for u, _ in pairs]
        critic = Critic(self.d, d, pairs)
        real, fake = (x.detach() for x in self.shown(g, batch, level, self.replay))
        loss = self.d_loss(critic, real, fake, batch.mix)
        self.loss_d = loss.item()
        if self.spec.consensus > 0:
            loss = loss + self.consensus((loss, self.g_loss(critic, g, batch, level)), d, g)
        if self.replay is not None:
            self.replay.remember(self.rows(g, batch)[1], batch.mix[:, -3:])
        gradients = filled(grad(loss, list(d.values()), allow_unused=True), d)
        self.grad_d = length(gradients)
        return gradients

    def gradient_g(self, batch: OneBatch, net: Mlp) -> list[Tensor]:
        """The gradient of what G minimises against the D that it sees."""
        g, level = weights_of(self.g), noise_level(self.spec, net.updates)
        critic = self.unrolled(net, g, batch)
        loss = self.g_loss(critic, g, batch, level)
        self.loss_g = loss.item()
        if self.spec.consensus > 0:
            of_d = self.d_loss(critic, *self.shown(g, batch, level), batch.mix)
            loss = loss + self.consensus((of_d, loss), critic.leaves, g)
        gradients = filled(grad(loss, list(g.values()), allow_unused=True), g)
        self.grad_g = length(gradients)
        return gradients

    def unrolled(self, net: Mlp, g: Weights, batch: OneBatch) -> Critic:
        """D after further updates on this batch, as a function of G (Metz et al. 2017, equation 8)."""
        spec, us = self.spec, net.us
        d = {name: p.detach().clone().requires_grad_() for name, p in net.named_parameters()}
        assert net.optimiser is not None
        memory = {name: dict(net.optimiser.state[p]) for name, p in net.named_parameters()}
        for done in range(spec.unroll):
            pairs = iterated(d, us) if us else []
            us = [u for u, _ in pairs]
            level = noise_level(spec, net.updates + done)
            real, fake = self.shown(g, batch, level, self.replay)
            loss = self.d_loss(Critic(net, d, pairs), real, fake, batch.mix)
            slopes = filled(grad(loss, list(d.values()), create_graph=True, allow_unused=True), d)
            for name, slope in zip(list(d), slopes, strict=True):
                theta = d[name] * (1 - spec.lr_d * spec.weight_decay)
                rates = (spec.lr_d, spec.beta1_d, spec.beta2_d)
                theta, memory[name] = STEPS[spec.optimiser_d](theta, slope, memory[name], *rates)
                d[name] = theta.clamp(-spec.clip, spec.clip) if self.clips else theta
        return Critic(net, d, current(d, us) if us else [])

    @property
    def clips(self) -> bool:
        spec = self.spec
        asked = spec.constraint == "auto" and spec.objective in CLIPPED and spec.penalty == "none"
        return asked or spec.constraint == "clip"

    def apply_d(self, gradients: list[Tensor]) -> None:
        with torch.no_grad():
            for p in self.d.parameters():
                p.mul_(1 - self.optim_d.param_groups[0]["lr"] * self.spec.weight_decay)
        move(self.d, self.optim_d, gradients)
        if self.clips:
            with torch.no_grad():
                for p in self.d.parameters():
                    p.clamp_(-self.spec.clip, self.spec.clip)
        self.d.updates += 1
        self.i += 1

    def apply_g(self, gradients: list[Tensor]) -> None:
        move(self.g, self.optim_g, gradients)
        if self.spec.ema > 0:
            self.average.follow(self.g, self.spec.ema)
        self.j += 1

    # -- updates and iterations

    def step_d(self) -> None:
        if self.spec.objective in LOSSES:
            self.apply_d(self.gradient_d(self.batches.d(self.i)))

    def step_g(self, d: Mlp | None = None) -> None:
        """`d` is the D that G sees when it is not the newest."""
        self.apply_g(self.gradient_g(self.batches.g(self.j), self.d if d is None else d))

    def iterate(self) -> None:
        """One iteration: some updates of D, then some of G."""
        if self.spec.updates == "extragradient":
            return self.extragradient()
        old = copy.deepcopy(self.d)
        for _ in range(self.spec.d_steps):
            self.step_d()
        for _ in range(self.spec.g_steps):
            self.step_g(old if self.spec.updates == "simultaneous" else None)
        return None

    def extragradient(self) -> None:
        """Korpelevich 1976; Gidel et al. 2019, algorithm 3: look ahead, and go with the gradients seen there."""
        begin = [p.detach().clone() for net in (self.d, self.g) for p in blocks(net)]
        self.both()
        ahead_d, ahead_g = self.both_gradients()
        with torch.no_grad():
            for p, old in zip([p for net in (self.d, self.g) for p in blocks(net)], begin, strict=True):
                p.copy_(old)
        self.apply_d(ahead_d)
        self.apply_g(ahead_g)

    def both_gradients(self) -> tuple[list[Tensor], list[Tensor]]:
        gradient_g = self.gradient_g(self.batches.g(self.j), self.d)
        return self.gradient_d(self.batches.d(self.i)), gradient_g

    def both(self) -> None:
        gradient_d, gradient_g = self.both_gradients()
        self.apply_d(gradient_d)
        self.apply_g(gradient_g)

    def sampler(self) -> Mlp:
        """The G that samples are taken from."""
        copied = copy.deepcopy(self.g)
        return copied if self.spec.ema == 0 else self.average.put(copied)  # type: ignore[return-value]


def filled(gradients: Sequence[Tensor | None], weights: Weights) -> list[Tensor]:
    """Zeros where a parameter has no part in the loss."""
    return [torch.zeros_like(p) if g is None else g for g, p in zip(gradients, weights.values(), strict=True)]


def length(gradients: Sequence[Tensor]) -> float:
    return torch.cat([g.detach().reshape(-1) for g in gradients]).norm().item()


def move(net: nn.Module, optim: torch.optim.Optimizer, gradients: Sequence[Tensor]) -> None:
    for p, g in zip(net.parameters(), gradients, strict=True):
        p.grad = g.detach()
    optim.step()
