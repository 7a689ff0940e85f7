"""Multilayer perceptrons whose parameters are one packed row `[E, P]` per member.

A packed row keeps an optimiser's update one fused operation and a checkpoint one tensor; `unpack` gives the views
`W [E, in, out]` and `b [E, 1, out]` that the layers use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ganlab.gan.functional import elu, leaky_relu, softplus
from ganlab.registry import Registry

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

Sizes = tuple[int, ...]
KERNEL_DIMS = 3  # of each kernel of minibatch discrimination (C in Salimans et al. 2016, section 3.2)
NORM_EPSILON = 1e-5  # torch.nn.BatchNorm1d's


@dataclass(frozen=True)
class Activation:
    """One row; `gain` is the √ of the variance that the initial weights make up for (He et al. 2015).

    `function` maps `[E, n, pieces·w]` to `[E, n, w]`: each unit has so many linear pieces, one unless said.
    """

    name: str
    label: str
    function: Callable[[Tensor], Tensor]
    gain: float = 1.0
    pieces: int = 1


def _maxout(x: Tensor) -> Tensor:
    return x.view(*x.shape[:2], -1, 5).amax(-1)


ACTIVATIONS: Registry[Activation] = Registry("activation")
ACTIVATIONS.add(Activation("relu", "ReLU", lambda x: x.relu(), sqrt(2)))
ACTIVATIONS.add(Activation("leaky_relu", "Leaky ReLU (0.2)", leaky_relu, sqrt(2 / 1.04)))
ACTIVATIONS.add(Activation("tanh", "tanh", lambda x: x.tanh(), 5 / 3))
ACTIVATIONS.add(Activation("elu", "ELU", elu, sqrt(2)))
ACTIVATIONS.add(Activation("softplus", "Softplus", softplus, sqrt(2)))
ACTIVATIONS.add(Activation("sine", "Sine", lambda x: x.sin(), sqrt(2)))
# The mean square of the largest of five standard normals is 1.8 (Goodfellow et al. 2013 introduce maxout).
ACTIVATIONS.add(Activation("maxout", "Maxout (5 pieces)", _maxout, 1 / sqrt(1.8), pieces=5))


class Net(NamedTuple):
    """An MLP: sizes from input to output, activation, batch norm in hidden layers, kernels of minibatch discrimination.

    Packed order: for each hidden layer W `[in, pieces·out]`, b `[1, pieces·out]` and with batch norm gain and shift
    `[1, pieces·out]`; then the kernels' T `[in, 3·kernels]`; then W and b of the output layer.
    """

    sizes: Sizes
    activation: str = "relu"
    norm: bool = False
    kernels: int = 0

    def shapes(self) -> list[tuple[int, int]]:
        """Shapes of the parameters, in packed order."""
        pieces = ACTIVATIONS[self.activation].pieces
        found: list[tuple[int, int]] = []
        for a, b in pairwise(self.sizes[:-1]):
            found += [(a, pieces * b), (1, pieces * b)] + [(1, pieces * b)] * (2 * self.norm)
        width, out = self.sizes[-2:]
        if self.kernels:
            found.append((width, self.kernels * KERNEL_DIMS))
        return [*found, (width + self.kernels, out), (1, out)]

    @property
    def parameters(self) -> int:
        """How many there are."""
        return sum(a * b for a, b in self.shapes())

    def weights(self) -> list[int]:
        """Which parameters are weight matrices of layers: those that spectral normalisation divides."""
        step = 4 if self.norm else 2
        hidden = len(self.sizes) - 2
        return [*range(0, step * hidden, step), step * hidden + (self.kernels > 0)]


def parameter_count(sizes: Sizes) -> int:
    """Parameters of a plain MLP with these layer sizes."""
    return Net(sizes).parameters


def initial(net: Net, rng: np.random.Generator) -> NDArray[np.float32]:
    """One packed row `[P]`: weights N(0, gain²/in) (He et al. 2015), output layer gain 1, biases U(±1/√in).

    Batch norm starts at gain 1 and shift 0, the kernels' T at N(0, 1/in).
    """
    gain = ACTIVATIONS[net.activation].gain
    shapes, step = net.shapes(), 4 if net.norm else 2
    hidden = step * (len(net.sizes) - 2)
    parts: list[NDArray[np.float64]] = []
    for i, (a, b) in enumerate(shapes):
        role = (
            i % step if i < hidden else i - len(shapes)
        )  # hidden: W, b, gain, shift; then T (-3), W (-2), b (-1)
        if role in (0, -2, -3):
            parts.append(rng.normal(0, (gain if role == 0 else 1.0) / sqrt(a), a * b))
        elif role in (1, -1):
            parts.append(rng.uniform(-1, 1, b) / sqrt(shapes[i - 1][0]))
        else:
            parts.append(np.full(b, float(role == 2)))
    return np.concatenate(parts).astype(np.float32)


def unpack(theta: Tensor, net: Net) -> list[Tensor]:
    """`[E, P]` to the parameters `[E, a, b]` of `Net.shapes`, views of the same memory."""
    members, views, i = theta.shape[0], [], 0
    for a, b in net.shapes():
        views.append(theta[:, i : i + a * b].view(members, a, b))
        i += a * b
    return views


def pack(parts: Sequence[Tensor]) -> Tensor:
    """The inverse of `unpack`."""
    import torch

    return torch.cat([part.reshape(part.shape[0], -1) for part in parts], 1)


def features(net: Net, parameters: Sequence[Tensor], x: Tensor, population: Tensor | None = None) -> Tensor:
    """The last hidden activations `[E, n, width]` at x `[E, n, in]`; x itself without hidden layers.

    Batch norm takes mean and variance from the batch, or from another one, `population [E, m, in]`.
    """
    import torch

    function, step = ACTIVATIONS[net.activation].function, 4 if net.norm else 2
    for i in range(0, step * (len(net.sizes) - 2), step):
        w, b = parameters[i], parameters[i + 1]
        x = torch.baddbmm(b, x, w)
        if net.norm:
            from_ = x if population is None else torch.baddbmm(b, population, w)
            mean, scale = _moments(from_)
            gain, shift = parameters[i + 2], parameters[i + 3]
            x = (x - mean) * scale * gain + shift
            population = None if population is None else function((from_ - mean) * scale * gain + shift)
        x = function(x)
    return x


def _moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean over the batch and 1/√(variance + ε), each `[E, 1, w]`."""
    mean = x.mean(1, keepdim=True)
    variance = (x - mean).square().mean(1, keepdim=True)
    return mean, (variance + NORM_EPSILON).rsqrt()


def closeness(t: Tensor, f: Tensor, company: Tensor | None = None) -> Tensor:
    """Minibatch discrimination `[E, n, K]`: o(xᵢ)ₖ = Σⱼ exp(−‖Mᵢₖ − Mⱼₖ‖₁), M = f·T (Salimans et al. 2016, eq. 2-3).

    The sum runs over the other samples of the batch f `[E, n, A]`, or over a company `[E, m, A]`.
    """
    other = f if company is None else company
    own, theirs = ((x @ t).view(*x.shape[:2], -1, KERNEL_DIMS) for x in (f, other))
    near = (-(own.unsqueeze(2) - theirs.unsqueeze(1)).abs().sum(-1)).exp()
    return near.sum(2) - (1 if company is None else 0)


def forward(
    net: Net,
    parameters: Sequence[Tensor],
    x: Tensor,
    *,
    company: Tensor | None = None,
    population: Tensor | None = None,
) -> Tensor:
    """`[E, n, in]` to `[E, n, out]`; the last layer is linear.

    With minibatch discrimination a sample is judged beside the rest of its batch, or beside a `company [E, m, in]`.
    """
    import torch

    f = features(net, parameters, x, population)
    if net.kernels:
        near = None if company is None else features(net, parameters, company)
        f = torch.cat([f, closeness(parameters[-3], f, near)], -1)
    return torch.baddbmm(parameters[-1], f, parameters[-2])
