"""A plain PyTorch GAN that shares no formula with ours: nn.Linear, torch.optim, losses written from the papers.

It runs in float64, so that what differs from it by more than float32 rounding is wrong. A new objective, penalty,
optimiser or activation needs its row in one of the tables below.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganlab.gan.batches import Batches
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.spec import GanSpec
from ganlab.gan.training import Training

T = TypeVar("T")
Loss = Callable[[Tensor, Tensor], Tensor]
ones, zeros = torch.ones_like, torch.zeros_like


# (D's loss, G's loss) of logits a = D(real), b = D(fake); means over the batch.
LOSSES: dict[str, tuple[Loss, Loss]] = {
    # Goodfellow et al. 2014: cross-entropy of a classifier, G with flipped labels.
    "non_saturating": (
        lambda a, b: (
            F.binary_cross_entropy_with_logits(a, ones(a)) + F.binary_cross_entropy_with_logits(b, zeros(b))
        ),
        lambda a, b: F.binary_cross_entropy_with_logits(b, ones(b)),
    ),
    # Ibid., equation 1: G minimises E log(1 - D(G(z))).
    "minimax": (
        lambda a, b: -(torch.log(torch.sigmoid(a)).mean() + torch.log(1 - torch.sigmoid(b)).mean()),
        lambda a, b: torch.log(1 - torch.sigmoid(b)).mean(),
    ),
    # Mao et al. 2017, equation 9: targets 1 and 0, G wants 1.
    "least_squares": (
        lambda a, b: (F.mse_loss(a, ones(a)) + F.mse_loss(b, zeros(b))) / 2,
        lambda a, b: F.mse_loss(b, ones(b)) / 2,
    ),
    # Miyato et al. 2018, equations 16 and 17.
    "hinge": (
        lambda a, b: -torch.minimum(zeros(a), a - 1).mean() - torch.minimum(zeros(b), -b - 1).mean(),
        lambda a, b: -b.mean(),
    ),
    # Arjovsky et al. 2017, algorithm 1.
    "wgan": (lambda a, b: -(a.mean() - b.mean()), lambda a, b: -b.mean()),
}


def slope(critic: nn.Module, x: Tensor) -> Tensor:
    """dD/dx at one sample [d]."""
    x = x.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x[None]).squeeze(), x, create_graph=True)
    return gradient


def one_centred(critic: nn.Module, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    """Gulrajani et al. 2017, algorithm 1, one sample at a time."""
    points = [u * x + (1 - u) * y for x, y, u in zip(real, fake, mix, strict=True)]
    return torch.stack([(slope(critic, point).norm() - 1) ** 2 for point in points]).mean()


def zero_centred_on_real(critic: nn.Module, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    """Mescheder et al. 2018, equation 9, one sample at a time."""
    return torch.stack([slope(critic, x).norm() ** 2 / 2 for x in real]).mean()


TERMS: dict[str, Callable[[nn.Module, Tensor, Tensor, Tensor], Tensor] | None] = {
    "none": None,
    "wgan_gp": one_centred,
    "r1": zero_centred_on_real,
}

Optimiser = Callable[..., torch.optim.Optimizer]
OPTIMS: dict[str, Optimiser] = {
    "sgd": lambda p, lr, b1, b2: torch.optim.SGD(p, lr),
    "momentum": lambda p, lr, b1, b2: torch.optim.SGD(p, lr, momentum=b1),
    "rmsprop": lambda p, lr, b1, b2: torch.optim.RMSprop(p, lr, alpha=b2),
    "adam": lambda p, lr, b1, b2: torch.optim.Adam(p, lr, betas=(b1, b2)),
}


class Sine(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(x)


LAYERS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.2),
    "tanh": nn.Tanh,
    "elu": nn.ELU,
    "softplus": nn.Softplus,
    "sine": Sine,
}


def referee_of(table: dict[str, T], kind: str, name: str) -> T:
    """The independent implementation of a row."""
    assert name in table, (
        f"{kind} {name!r} has no referee: add a plain implementation to tests/gan/referee.py"
    )
    return table[name]


def network(theta: Tensor, sizes: tuple[int, ...], activation: str) -> nn.Sequential:
    """An nn.Sequential with the weights of one packed row [P]: W is [in, out] there, [out, in] here."""
    layers: list[nn.Module] = []
    i = 0
    for a, b in pairwise(sizes):
        linear = nn.Linear(a, b).double()
        with torch.no_grad():
            linear.weight.copy_(theta[i : i + a * b].reshape(a, b).T)
            linear.bias.copy_(theta[i + a * b : i + (a + 1) * b])
        layers += [linear, referee_of(LAYERS, "activation", activation)()]
        i += (a + 1) * b
    assert i == len(theta)
    return nn.Sequential(*layers[:-1])


def packed(net: nn.Sequential) -> Tensor:
    """The inverse of `network`: one row [P]."""
    linears = [layer for layer in net if isinstance(layer, nn.Linear)]
    return torch.cat([part.detach().reshape(-1) for x in linears for part in (x.weight.T, x.bias)])


class PlainGan:
    """One GAN trained by an ordinary loop, on the batches that a `Training` of the same spec draws."""

    def __init__(self, training: Training, member: int = 0) -> None:
        spec, s, state = training.spec, training.structure, training.state
        self.spec = spec
        self.d = network(state.d.theta[member].double(), s.d_sizes, s.d_activation)
        self.g = network(state.g.theta[member].double(), s.g_sizes, s.g_activation)
        self.optim_d = OPTIMS[spec.optimiser_d](self.d.parameters(), spec.lr_d, spec.beta1_d, spec.beta2_d)
        self.optim_g = OPTIMS[spec.optimiser_g](self.g.parameters(), spec.lr_g, spec.beta1_g, spec.beta2_g)
        self.losses = referee_of(LOSSES, "objective", spec.objective)
        self.term = referee_of(TERMS, "penalty", spec.penalty)
        mix, paired = PENALTIES[spec.penalty].term is not None, OBJECTIVES[spec.objective].paired
        seeds = (training.seeds[member],)
        self.batches = Batches(spec, seeds, torch.device("cpu"), mix=mix, paired=paired)
        self.i = self.j = 0
        self.loss_d = self.loss_g = self.grad_d = self.grad_g = float("nan")

    def step_d(self) -> None:
        spec = self.spec
        batch = self.batches.d(self.i, jitter=spec.instance_noise > 0)
        jitter = spec.instance_noise * batch.jitter[:, 0].double()
        real = batch.real[0].double() + jitter[0]
        fake = self.g(batch.noise[0].double()).detach() + jitter[1]
        loss = self.losses[0](self.d(real), self.d(fake))
        if self.term is not None:
            loss = loss + spec.penalty_weight * self.term(self.d, real, fake, batch.mix[0].double())
        self.optim_d.zero_grad()
        loss.backward()
        self.loss_d, self.grad_d = loss.item(), gradient_norm(self.d)
        self.optim_d.step()
        if spec.objective == "wgan" and spec.penalty == "none":
            with torch.no_grad():
                for p in self.d.parameters():
                    p.clamp_(-spec.clip, spec.clip)
        self.i += 1

    def step_g(self, d: nn.Module | None = None) -> None:
        real, noise = self.batches.g(self.j)
        d = self.d if d is None else d
        loss = self.losses[1](d(real[0].double()), d(self.g(noise[0].double())))
        self.optim_g.zero_grad()
        loss.backward()
        self.loss_g, self.grad_g = loss.item(), gradient_norm(self.g)
        self.optim_g.step()
        self.j += 1


def gradient_norm(net: nn.Module) -> float:
    return torch.cat([p.grad.reshape(-1) for p in net.parameters() if p.grad is not None]).norm().item()


def small(**values: object) -> GanSpec:
    """A spec that is quick to check: two small layers, a small batch, eager."""
    defaults = {"g_hidden": (7, 6), "d_hidden": (6, 5), "batch": 9, "backend": "eager", "device": "cpu"}
    return GanSpec.make({**defaults, **values})
