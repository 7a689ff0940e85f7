"""Networks a second time: nn.Linear, nn.BatchNorm1d, and what torch does not have written in loops."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn

Weights = dict[str, Tensor]
"""A network's parameters by name, as `torch.func.functional_call` takes them."""

PIECES = 5  # of a maxout unit
KERNEL_DIM = 3  # of a kernel of minibatch discrimination


class Sine(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(x)


class Maxout(nn.Module):
    """Goodfellow et al. 2013: the largest of five consecutive numbers."""

    def forward(self, x: Tensor) -> Tensor:
        pieces = x.reshape(*x.shape[:-1], -1, PIECES)
        return pieces.max(-1).values


LAYERS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.2),
    "tanh": nn.Tanh,
    "elu": nn.ELU,
    "softplus": nn.Softplus,
    "sine": Sine,
    "maxout": Maxout,
}


class Minibatch(nn.Module):
    """Salimans et al. 2016, section 3.2, without the bias of its program: one pair of samples at a time."""

    def __init__(self, features: int, kernels: int) -> None:
        super().__init__()
        self.kernels = kernels
        self.T = nn.Parameter(torch.zeros(features, kernels * KERNEL_DIM))

    def forward(self, f: Tensor) -> Tensor:
        matrices = [(x @ self.T).reshape(self.kernels, KERNEL_DIM) for x in f]
        return torch.stack([self.closeness(i, matrices) for i in range(len(f))])

    def closeness(self, i: int, matrices: list[Tensor]) -> Tensor:
        own, total = matrices[i], torch.zeros(self.kernels, dtype=self.T.dtype)
        for j, other in enumerate(matrices):
            if j != i:
                total = total + torch.exp(-(own - other).abs().sum(1))
        return total


class Hidden(nn.Sequential):
    """Linear, batch normalisation where asked for, activation."""

    def __init__(self, a: int, b: int, activation: str, norm: str) -> None:
        width = b * PIECES if activation == "maxout" else b
        norms = {"none": [], "batch": [nn.BatchNorm1d(width, eps=1e-5, track_running_stats=False)]}
        super().__init__(nn.Linear(a, width), *norms[norm], LAYERS[activation]())


class Mlp(nn.Module):
    """D, G or F; `inference` is the F that belongs to a G."""

    def __init__(
        self, sizes: tuple[int, ...], activation: str, *, norm: str = "none", kernels: int = 0
    ) -> None:
        super().__init__()
        self.hidden = nn.Sequential(*[Hidden(a, b, activation, norm) for a, b in pairwise(sizes[:-1])])
        self.minibatch = Minibatch(sizes[-2], kernels) if kernels else None
        self.output = nn.Linear(sizes[-2] + kernels, sizes[-1])
        self.inference: Mlp | None = None
        # What goes with D when it is copied: u of spectral normalisation, optimiser, updates done.
        self.us: list[Tensor] = []
        self.optimiser: torch.optim.Optimizer | None = None
        self.updates = 0

    def forward(self, x: Tensor, part: str = "outputs") -> Tensor:
        """Outputs, or the last hidden activations ("features"), or F's outputs ("inference")."""
        if part == "inference":
            assert self.inference is not None
            return self.inference(x)
        f = self.hidden(x)
        if part == "features":
            return f
        return self.output(f if self.minibatch is None else torch.cat([f, self.minibatch(f)], 1))


def blocks(net: nn.Module) -> Iterator[Tensor]:
    """Parameters in the order of a packed row, W as [in, out]: views of the network's own."""
    for module in net.modules():
        if isinstance(module, nn.Linear):
            yield from (module.weight.T, module.bias)
        elif isinstance(module, nn.BatchNorm1d):
            yield from (module.weight, module.bias)
        elif isinstance(module, Minibatch):
            yield module.T


def fill(net: nn.Module, theta: Tensor) -> None:
    """Set a network's parameters from one packed row [P]."""
    i = 0
    with torch.no_grad():
        for block in blocks(net):
            block.copy_(theta[i : i + block.numel()].reshape(block.shape))
            i += block.numel()
    assert i == len(theta), f"{i} parameters, {len(theta)} numbers"


def packed(net: nn.Module) -> Tensor:
    """The inverse of `fill`: one row [P]."""
    return torch.cat([block.detach().reshape(-1) for block in blocks(net)])


def network(
    theta: Tensor, sizes: tuple[int, ...], activation: str, *, norm: str = "none", kernels: int = 0
) -> Mlp:
    """A network in float64 with the weights of one packed row [P]: W is [in, out] there, [out, in] here."""
    assert activation in LAYERS, (
        f"activation {activation!r} has no referee: add a plain implementation to tests/gan/plain_networks.py"
    )
    net = Mlp(sizes, activation, norm=norm, kernels=kernels).double()
    fill(net, theta)
    return net


def looking(net: Mlp, reference: Tensor) -> Mlp:
    """A copy whose batch normalisation has the statistics of `reference` [n, z] instead of its batch's."""
    seen: dict[nn.Module, Tensor] = {}
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm1d)]
    hooks = [
        norm.register_forward_pre_hook(lambda module, x: seen.__setitem__(module, x[0])) for norm in norms
    ]
    with torch.no_grad():
        net(reference)
    for hook in hooks:
        hook.remove()
    fixed = copy.deepcopy(net)
    copies = [module for module in fixed.modules() if isinstance(module, nn.BatchNorm1d)]
    for norm, twin in zip(norms, copies, strict=True):
        if norm in seen:
            twin.running_mean = seen[norm].mean(0)
            twin.running_var = seen[norm].var(0, correction=0)
    return fixed.eval()


# ---------------------------------------------------------------- spectral normalisation: Miyato et al. 2018


def matrices(weights: Weights) -> list[str]:
    """Names of the weight matrices."""
    return [name for name in weights if name.endswith("weight")]


def unit(x: Tensor) -> Tensor:
    return x / x.norm()


Pair = tuple[Tensor, Tensor]
"""(u, v) of one weight matrix: σ = uᵀWv."""


def iterated(weights: Weights, us: list[Tensor]) -> list[Pair]:
    """After one power iteration from each u (algorithm 1); W is [in, out], nn.Linear keeps its transpose."""
    names = matrices(weights)
    vs = [v for _, v in current(weights, us)]
    return [(unit(weights[name].detach().T @ v), v) for name, v in zip(names, vs, strict=True)]


def current(weights: Weights, us: list[Tensor]) -> list[Pair]:
    """Each u and the v that belongs to it."""
    names = matrices(weights)
    return [(u, unit(weights[name].detach() @ u)) for name, u in zip(names, us, strict=True)]


def normalised(weights: Weights, pairs: list[Pair]) -> Weights:
    """The parameters with W/σ for W; u and v are constants."""
    replaced = dict(weights)
    for name, (u, v) in zip(matrices(weights), pairs, strict=True):
        replaced[name] = weights[name] / (u @ weights[name].T @ v)
    return replaced
