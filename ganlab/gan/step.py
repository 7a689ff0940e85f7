"""The training step: pure functions of tensors with a leading member axis.

`d_update` and `g_update` are one update of D and of G; an iteration is some of the first and then some of the second
(`ganlab.gan.training`). Eager, compiled and CUDA-graph execution all run these functions. Unrolling (Metz et al. 2017)
takes `g_update` apart: `g_gradient` at an unrolled D, `unroll_back` once for every update of D that was unrolled, and
`g_apply`; so its graphs do not grow with the number of unrolled updates.

Members never interact, so the gradient of the sum of the members' losses is each member's own gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from ganlab.gan import replay
from ganlab.gan.losses import (
    Batch,
    Hyper,
    Judge,
    d_loss,
    g_loss,
    generators,
    instance_noise,
    reconstruction,
    rows,
    shaken,
)
from ganlab.gan.networks import pack, unpack
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.spectral import Vectors, current, iterated, lengths
from ganlab.gan.structure import HYPER, Structure

if TYPE_CHECKING:
    from torch import Tensor

D_INFO = ("loss_d", "value", "accuracy_real", "accuracy_fake", "grad_d")
G_INFO = ("loss_g", "grad_g")


class Network(NamedTuple):
    """What the next update of one network needs: parameters and moments `[E, P]`, updates done `[E, 1]`, extra.

    D's extra `[E, X]` holds the vectors of spectral normalisation and the replay memory, G's the running average of
    its parameters; X is 0 without them.
    """

    theta: Tensor
    m: Tensor
    v: Tensor
    t: Tensor
    extra: Tensor


Update = Callable[..., Sequence["Tensor"]]


def _norm(gradient: Tensor) -> Tensor:
    return gradient.square().sum(1, keepdim=True).sqrt()


def _squares(gradients: Sequence[Tensor]) -> Tensor:
    """Sum of squares over all parameters of a member `[E, 1]`."""
    return torch.stack([part.square().sum((1, 2)) for part in gradients]).sum(0).unsqueeze(1)


def _scores(s: Structure, a: Tensor, b: Tensor) -> list[Tensor]:
    """Value V(D, G) and D's accuracy on real and on generated, each `[E, 1]`, from outputs `[E, B/m, k]`."""
    objective = OBJECTIVES[s.objective]
    value = objective.value(a, b).mean(1)
    if objective.score is not None:
        a, b = objective.score(a, a, b), objective.score(b, a, b)
    threshold = (a.mean(1, keepdim=True) + b.mean(1, keepdim=True)) / 2
    if objective.threshold is not None:
        threshold = torch.full_like(threshold, objective.threshold)
    return [value, (a > threshold).float().mean(1), (b < threshold).float().mean(1)]


# -- D ---------------------------------------------------------------------------------------------------------------


def vectors(s: Structure, theta: Tensor, extra: Tensor) -> Vectors | None:
    """The vectors of spectral normalisation as they are in D's extra, if it has any."""
    if s.constraint != "spectral_norm":
        return None
    return current(s.d_net, unpack(theta, s.d_net), extra[:, : sum(lengths(s.d_net))])


def d_update(
    s: Structure, d: Network, at: Tensor, g_theta: Tensor, hyper: Tensor, batch: Batch
) -> tuple[Tensor, ...]:
    """One update of D by its gradient at `at [E, P]` (its own parameters, but for extra-gradient steps).

    Returns theta, m, v, t, extra and info `[E, 5]` in the order of `D_INFO`.
    """
    return _d_move(s, d, at, g_theta, Hyper(hyper), batch)


def _d_move(
    s: Structure, d: Network, at: Tensor, g_theta: Tensor, hyper: Hyper, batch: Batch, *, keep: bool = False
) -> tuple[Tensor, ...]:
    """`d_update`; with `keep` its outputs can be differentiated again, by all that goes in."""
    sigma = instance_noise(hyper, d.t)
    g, f = generators(s, g_theta)
    fresh = rows(s, g, f, batch)
    shown, found, extra = fresh, None, d.extra[:, :0]
    if s.constraint == "spectral_norm":
        found = iterated(s.d_net, unpack(at, s.d_net), d.extra[:, : sum(lengths(s.d_net))])
        extra = found.packed()
    if s.replay:
        old, memory = replay.mixed(s, hyper, fresh.fake, d.extra[:, -replay.size(s) :], batch.mix)
        shown, extra = fresh._replace(fake=old), torch.cat([extra, memory], 1)
    shown = shaken(s, shown, sigma, batch.jitter)

    def loss(parameters: list[Tensor]) -> tuple[Tensor, Tensor]:
        each, a, b = d_loss(s, Judge(s, parameters, found), hyper, shown, batch.mix)
        info = torch.cat([each, *_scores(s, a, b)], 1)
        if s.consensus:
            each = each + hyper.consensus * _consensus(s, each, parameters, g, f, hyper, batch, found, sigma)
        return each.sum(), info

    gradient, info = _gradient(loss, unpack(at, s.d_net), keep=keep)
    t = d.t + 1
    decayed = d.theta * (1 - hyper.lr_d * hyper.weight_decay)
    update = OPTIMISERS[s.optimiser_d].update
    theta, m, v = update(decayed, d.m, d.v, gradient, t, hyper.lr_d, hyper.beta1_d, hyper.beta2_d)
    if s.constraint == "clip":
        theta = torch.minimum(torch.maximum(theta, -hyper.clip), hyper.clip)
    return theta, m, v, t, extra, torch.cat([info, _norm(gradient)], 1)


def _gradient(
    loss: Callable[[list[Tensor]], tuple[Tensor, Tensor]], parameters: Sequence[Tensor], *, keep: bool = False
) -> tuple[Tensor, Tensor]:
    """Gradient `[E, P]` of `Σ_members loss` at the parameters, and what else the loss returns.

    `torch.autograd.grad` on detached leaves: as pure as `torch.func.grad` and twice as fast in eager.
    """
    with torch.enable_grad():
        leaves = list(parameters) if keep else [part.detach().requires_grad_() for part in parameters]
        value, info = loss(leaves)
        gradients = torch.autograd.grad(value, leaves, create_graph=keep)
    return pack(gradients), info.detach()


def _consensus(
    s: Structure,
    each: Tensor,
    parameters: Sequence[Tensor],
    g: Sequence[Tensor],
    f: Sequence[Tensor],
    hyper: Hyper,
    batch: Batch,
    u: Vectors | None,
    sigma: Tensor,
) -> Tensor:
    """½‖v‖² `[E, 1]`, v the gradients of both players' losses on this batch (Mescheder et al. 2017, equation 13)."""
    g_leaves = [part if part.requires_grad else part.detach().requires_grad_() for part in [*g, *f]]
    theirs = _g_loss(s, g_leaves[: len(g)], g_leaves[len(g) :], Judge(s, parameters, u), hyper, batch, sigma)
    of_d = torch.autograd.grad(each.sum(), list(parameters), create_graph=True)
    of_g = torch.autograd.grad(theirs.sum(), g_leaves, create_graph=True)
    return (_squares(of_d) + _squares(of_g)) / 2


# -- G ---------------------------------------------------------------------------------------------------------------


def _g_loss(
    s: Structure,
    g: Sequence[Tensor],
    f: Sequence[Tensor],
    judge: Judge,
    hyper: Hyper,
    batch: Batch,
    sigma: Tensor,
) -> Tensor:
    """G's loss `[E, 1]` on a batch, the inference network's part included."""
    made = rows(s, g, f, batch)
    each = g_loss(s, judge, hyper, shaken(s, made, sigma, batch.jitter), batch.real)
    if s.inference:
        each = each + reconstruction(s, f, hyper, made.samples, batch.noise)
    return each


def g_update(
    s: Structure,
    g: Network,
    at: Tensor,
    d_theta: Tensor,
    d_t: Tensor,
    d_extra: Tensor,
    hyper: Tensor,
    batch: Batch,
) -> tuple[Tensor, ...]:
    """One update of G by its gradient at `at [E, P]`, against a D with its count of updates and its extra.

    Returns theta, m, v, t, extra and info `[E, 2]` in the order of `G_INFO`.
    """
    h, u, sigma = Hyper(hyper), vectors(s, d_theta, d_extra), instance_noise(Hyper(hyper), d_t)
    judge = Judge(s, unpack(d_theta, s.d_net), u)

    def loss(parameters: list[Tensor]) -> tuple[Tensor, Tensor]:
        own, f = parameters[: len(s.g_net.shapes())], parameters[len(s.g_net.shapes()) :]
        each = _g_loss(s, own, f, judge, h, batch, sigma)
        total = each
        if s.consensus:
            total = each + h.consensus * _both(s, each, parameters, d_theta, own, f, h, batch, u, sigma)
        return total.sum(), each

    gradient, info = _gradient(loss, [*generators(s, at)[0], *generators(s, at)[1]])
    return (*_moved(s, g, gradient, h), torch.cat([info, _norm(gradient)], 1))


def _both(
    s: Structure,
    each: Tensor,
    parameters: Sequence[Tensor],
    d_theta: Tensor,
    g: Sequence[Tensor],
    f: Sequence[Tensor],
    hyper: Hyper,
    batch: Batch,
    u: Vectors | None,
    sigma: Tensor,
) -> Tensor:
    """½‖v‖² as `_consensus` has it, seen from G."""
    leaves = [part.detach().requires_grad_() for part in unpack(d_theta, s.d_net)]
    judge = Judge(s, leaves, u)
    shown = shaken(s, rows(s, g, f, batch), sigma, batch.jitter)
    of_d = torch.autograd.grad(d_loss(s, judge, hyper, shown, batch.mix)[0].sum(), leaves, create_graph=True)
    of_g = torch.autograd.grad(each.sum(), list(parameters), create_graph=True)
    return (_squares(of_d) + _squares(of_g)) / 2


def _moved(s: Structure, g: Network, gradient: Tensor, h: Hyper) -> tuple[Tensor, ...]:
    t = g.t + 1
    update = OPTIMISERS[s.optimiser_g].update
    theta, m, v = update(g.theta, g.m, g.v, gradient, t, h.lr_g, h.beta1_g, h.beta2_g)
    extra = g.extra
    if s.ema:
        extra = extra + (1 - h.ema) * (theta - extra)
    return theta, m, v, t, extra


# -- unrolling -------------------------------------------------------------------------------------------------------


def g_gradient(
    s: Structure, g_theta: Tensor, d: Network, d_t: Tensor, hyper: Tensor, batch: Batch
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of G's loss by G's parameters and by D's, `[E, P]` each, and the loss `[E, 1]`, at an unrolled D.

    `d_t` is the count of D's real updates, which the schedule of the instance noise goes by.
    """
    h = Hyper(hyper)
    with torch.enable_grad():
        leaves = [part.detach().requires_grad_() for part in (g_theta, d.theta)]
        judge = Judge(s, unpack(leaves[1], s.d_net), vectors(s, d.theta, d.extra))
        each = _g_loss(s, *generators(s, leaves[0]), judge, h, batch, instance_noise(h, d_t))
        by_g, by_d = torch.autograd.grad(each.sum(), leaves)
    return by_g, by_d, each.detach()


def unroll_back(
    s: Structure,
    d: Network,
    g_theta: Tensor,
    hyper: Tensor,
    batch: Batch,
    by_theta: Tensor,
    by_m: Tensor,
    by_v: Tensor,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """From a gradient by D's theta, m, v after `d_update` to those before it, and to one by G's parameters."""
    with torch.enable_grad():
        leaves = [part.detach().requires_grad_() for part in (d.theta, d.m, d.v, g_theta)]
        before = d._replace(theta=leaves[0], m=leaves[1], v=leaves[2])
        after = _d_move(s, before, leaves[0], leaves[3], Hyper(hyper), batch, keep=True)[:3]
        back = torch.autograd.grad(after, leaves, (by_theta, by_m, by_v), allow_unused=True)
    found = [torch.zeros_like(x) if y is None else y for x, y in zip(leaves, back, strict=True)]
    return found[0], found[1], found[2], found[3]


def g_apply(s: Structure, g: Network, gradient: Tensor, loss: Tensor, hyper: Tensor) -> tuple[Tensor, ...]:
    """One update of G by a gradient that is there; returns what `g_update` does."""
    return (*_moved(s, g, gradient, Hyper(hyper)), torch.cat([loss, _norm(gradient)], 1))


UPDATES: dict[str, Update] = {
    "d": d_update,
    "g": g_update,
    "g_gradient": g_gradient,
    "unroll_back": unroll_back,
    "g_apply": g_apply,
}
"""The updates by name; each takes the structure first."""


def updates_of(s: Structure) -> tuple[str, ...]:
    """The updates that runs of this structure call."""
    if not OBJECTIVES[s.objective].adversarial:
        return ("g",)
    return ("d", "g_gradient", "unroll_back", "g_apply") if s.unrolled else ("d", "g")


def examples(s: Structure, members: int, device: str) -> dict[str, tuple[Any, ...]]:
    """Arguments of the updates with the shapes that they have in a run, all zero."""

    def zeros(*shape: int) -> Tensor:
        return torch.zeros(*shape, device=device)

    def network(count: int, extra: int) -> Network:
        theta, m, v = (zeros(members, count) for _ in range(3))
        return Network(theta, m, v, zeros(members, 1), zeros(members, extra))

    d, g = network(s.d_net.parameters, d_extra(s)), network(s.g_count, s.g_count * s.ema)
    hyper = zeros(members, len(HYPER), 1)
    batch = Batch(
        zeros(members, s.batch, s.dim),
        zeros(members, s.batch, s.g_sizes[0]),
        zeros(2, members, s.batch, s.dim),
        zeros(members, s.batch, max(1, s.uniforms)),
    )
    moments = d.theta, d.m, d.v
    return {
        "d": (d, d.theta, g.theta, hyper, batch),
        "g": (g, g.theta, d.theta, d.t, d.extra, hyper, batch),
        "g_gradient": (g.theta, d, d.t, hyper, batch),
        "unroll_back": (d, g.theta, hyper, batch, *moments),
        "g_apply": (g, g.theta, d.t, hyper),
    }


def d_extra(s: Structure) -> int:
    """Numbers in D's extra."""
    spectral = sum(lengths(s.d_net)) if s.constraint == "spectral_norm" else 0
    return spectral + (replay.size(s) if s.replay else 0)
