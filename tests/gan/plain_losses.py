"""Losses of the objectives a second time, plainly: torch's own losses, published tables, loops over single samples.

`LOSSES` are of D's outputs a = D(real), b = D(fake) `[..., n, k]`; `SAMPLE_LOSSES` of the samples themselves (no
discriminator); `EXACT` are the divergences that the f-GAN bounds approach, of densities on a grid.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log, pi

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

Loss = Callable[[Tensor, Tensor], Tensor]
SampleLoss = Callable[[Tensor, Tensor, float], Tensor]
ones, zeros = torch.ones_like, torch.zeros_like


# ---------------------------------------------------------------- f-GAN: Nowozin et al. 2016, tables 1, 2 and 6

# name: (output activation g_f of v, conjugate f* of t). Kullback-Leibler's and Pearson's are defined everywhere.
F_GAN: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    "f_kl": (lambda v: v, lambda t: torch.exp(t - 1)),
    "f_reverse_kl": (lambda v: -torch.exp(-v), lambda t: -1 - torch.log(-t)),
    "f_pearson": (lambda v: v, lambda t: t**2 / 4 + t),
    "f_neyman": (lambda v: 1 - torch.exp(-v), lambda t: 2 - 2 * torch.sqrt(1 - t)),
    "f_hellinger2": (lambda v: 1 - torch.exp(-v), lambda t: t / (1 - t)),
    "f_js": (lambda v: log(2) - torch.log(1 + torch.exp(-v)), lambda t: -torch.log(2 - torch.exp(t))),
    "f_tv": (lambda v: torch.tanh(v) / 2, lambda t: t),
}


def f_bound(name: str, a: Tensor, b: Tensor) -> Tensor:
    """E T(x) − E f*(T(G(z))), at most the divergence (ibid., equation 4)."""
    activation, conjugate = F_GAN[name]
    return activation(a).mean() - conjugate(activation(b)).mean()


def f_gan(name: str) -> tuple[Loss, Loss]:
    """(D's loss, G's loss): D raises the bound, G lowers it (ibid., equation 6)."""
    activation, conjugate = F_GAN[name]
    return lambda a, b: -f_bound(name, a, b), lambda a, b: -conjugate(activation(b)).mean()


Density = NDArray[np.float64]
Exact = Callable[[Density, Density, Density], float]

# The divergences by their first definitions, of densities p and q > 0 at points with weights w.
EXACT: dict[str, Exact] = {
    "f_kl": lambda p, q, w: float(np.sum(w * p * np.log(p / q))),
    "f_reverse_kl": lambda p, q, w: float(np.sum(w * q * np.log(q / p))),
    "f_pearson": lambda p, q, w: float(np.sum(w * (p - q) ** 2 / q)),
    "f_neyman": lambda p, q, w: float(np.sum(w * (p - q) ** 2 / p)),
    "f_hellinger2": lambda p, q, w: float(np.sum(w * (np.sqrt(p) - np.sqrt(q)) ** 2)),
    "f_js": lambda p, q, w: float(
        np.sum(w * p * np.log(2 * p / (p + q))) + np.sum(w * q * np.log(2 * q / (p + q)))
    ),
    "f_tv": lambda p, q, w: float(np.sum(w * np.abs(p - q)) / 2),
}


# ---------------------------------------------------------------- critics with several outputs


def root(x: Tensor) -> Tensor:
    """√(Σ² + 1e-12) of a vector: a length whose slope is finite everywhere."""
    return (x.square().sum() + 1e-12).sqrt()


def rational_quadratic(u: Tensor, v: Tensor) -> Tensor:
    """Bińkowski et al. 2018, section 4: the mean of five kernels, of two vectors."""
    squared = ((u - v) ** 2).sum()
    return torch.stack([(1 + squared / (2 * alpha)) ** -alpha for alpha in (0.2, 0.5, 1, 2, 5)]).mean()


def distance(u: Tensor, v: Tensor) -> Tensor:
    return root(u - v)


def mean_over_pairs(of: Loss, x: Tensor, y: Tensor) -> Tensor:
    """The mean of a function of two vectors over all pairs (a row of x, a row of y), one pair at a time."""
    return torch.stack([of(u, v) for u in x for v in y]).mean()


def rows(outputs: Tensor) -> Tensor:
    """[n, k] of [n, k] or [1, n, k]."""
    return outputs.reshape(-1, outputs.shape[-1])


def energy_squared(a: Tensor, b: Tensor) -> Tensor:
    """Bellemare et al. 2017, equation 5: 2E‖X−Y‖ − E‖X−X′‖ − E‖Y−Y′‖ over all pairs."""
    a, b = rows(a), rows(b)
    within = mean_over_pairs(distance, a, a) + mean_over_pairs(distance, b, b)
    return 2 * mean_over_pairs(distance, a, b) - within


def mmd_squared(a: Tensor, b: Tensor, kernel: Loss = rational_quadratic) -> Tensor:
    """Gretton et al. 2012, equation 5: E k(X,X′) + E k(Y,Y′) − 2E k(X,Y) over all pairs."""
    a, b = rows(a), rows(b)
    within = mean_over_pairs(kernel, a, a) + mean_over_pairs(kernel, b, b)
    return within - 2 * mean_over_pairs(kernel, a, b)


# What such a critic says of a point: the witness, [m, k] outputs to [m], the batches a and b held; large where real.
SCORES: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "energy": lambda h, a, b: torch.stack(
        [mean_over_pairs(distance, b, u[None]) - mean_over_pairs(distance, a, u[None]) for u in h]
    ),
    "mmd_gan": lambda h, a, b: torch.stack(
        [
            mean_over_pairs(rational_quadratic, a, u[None]) - mean_over_pairs(rational_quadratic, b, u[None])
            for u in h
        ]
    ),
}

# Outputs of D where there is not one.
OUTPUTS = {"energy": 8, "mmd_gan": 8}


# ---------------------------------------------------------------- D's and G's losses of outputs

BASE: dict[str, tuple[Loss, Loss]] = {
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
    # Jolicoeur-Martineau 2019, RSGAN (pairs): "the real one is more real", a classifier of the difference.
    "relativistic": (
        lambda a, b: F.binary_cross_entropy_with_logits(a - b, ones(a)),
        lambda a, b: F.binary_cross_entropy_with_logits(b - a, ones(a)),
    ),
    "energy": (lambda a, b: -energy_squared(a, b), energy_squared),
    # Li et al. 2017.
    "mmd_gan": (lambda a, b: -mmd_squared(a, b), mmd_squared),
}

LOSSES: dict[str, tuple[Loss, Loss]] = {
    **BASE,
    **{name: f_gan(name) for name in F_GAN},
    # The adversarial part; G's divergence term is in SAMPLE_LOSSES.
    "kl_regularised": BASE["non_saturating"],
}


# ---------------------------------------------------------------- losses of the samples themselves


def moment_matching(real: Tensor, fake: Tensor, bandwidth: float) -> Tensor:
    """Li, Swersky and Zemel 2015, equation 3: MMD² of the samples, a mean of five Gaussian kernels."""

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        widths = [scale * bandwidth for scale in (1, 2, 4, 8, 16)]
        return torch.stack([torch.exp(-((x - y) ** 2).sum() / (2 * width**2)) for width in widths]).mean()

    return mmd_squared(real, fake, kernel)


def log_density(x: Tensor, sample: Tensor, h: float) -> Tensor:
    """The log of a Gaussian kernel density of `sample` [n, d] at one point [d] (Parzen 1962)."""
    d = len(x)
    logs = [-((x - y) ** 2).sum() / (2 * h**2) - d / 2 * log(2 * pi * h**2) for y in sample]
    return torch.logsumexp(torch.stack(logs), 0) - log(len(sample))


def without(sample: Tensor, i: int) -> Tensor:
    return torch.cat([sample[:i], sample[i + 1 :]])


def explicit_kl(real: Tensor, fake: Tensor, bandwidth: float) -> Tensor:
    """Mean over real samples of log p/q; a sample is left out of its own density."""
    h = bandwidth
    logs = [log_density(x, without(real, i), h) - log_density(x, fake, h) for i, x in enumerate(rows(real))]
    return torch.stack(logs).mean()


def explicit_reverse_kl(real: Tensor, fake: Tensor, bandwidth: float) -> Tensor:
    return explicit_kl(fake, real, bandwidth)


def explicit_js(real: Tensor, fake: Tensor, bandwidth: float) -> Tensor:
    """Half of the mean over each batch of the log of its density over the mean of the two densities there."""

    def half(own: Tensor, other: Tensor) -> Tensor:
        logs = []
        for i, x in enumerate(own):
            p, q = log_density(x, without(own, i), bandwidth), log_density(x, other, bandwidth)
            logs.append(p - (torch.logsumexp(torch.stack([p, q]), 0) - log(2)))
        return torch.stack(logs).mean() / 2

    return half(real, fake) + half(fake, real)


SAMPLE_LOSSES: dict[str, SampleLoss] = {
    "moment_matching": moment_matching,
    "explicit_kl": explicit_kl,
    "explicit_reverse_kl": explicit_reverse_kl,
    "explicit_js": explicit_js,
    "kl_regularised": explicit_reverse_kl,  # times kl_weight, added to G's adversarial loss
}


def log_density_ratio(x: Tensor, real: Tensor, fake: Tensor, bandwidth: float) -> Tensor:
    """log p/q of the kernel densities at points [m, d], nothing left out: what the explicit ones say of a point."""
    return torch.stack(
        [log_density(point, real, bandwidth) - log_density(point, fake, bandwidth) for point in x]
    )
