"""Where a density of the plane has its mass, and how finely it must be looked at there.

A `Cover` is a list of ellipses N(m, S), with all of the mass within `REACH` standard deviations of one of them and
nothing finer than them inside; boxes that are to be covered whole; and lines x = a or y = b on which a density jumps.
Meshes are built from it (`plane_mesh.py`), so that no mode is missed, however narrow and far.

Symbols: means [K, 2], covariances [K, 2, 2], σ a thickness, R a radius, t an angle.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ganlab.distributions import (
    Checkerboard,
    Circles,
    Distribution,
    GaussianMixture,
    Line,
    Mixture,
    Moons,
    Pinwheel,
    Spiral,
)

Array = NDArray[np.float64]

REACH = 7.0  # standard deviations: e^(−24.5) = 2e-11 of a Gaussian lies beyond
MOST_PIECES = 4000
WIDENING = 5.0  # of the bounds of a family that is not known here
CELLS = 40  # along each side of that
STEEPEST = 2.5
_STRAIGHT = 1e-9  # how near an angle must be to an axis to lie on it


def _none() -> Array:
    return np.empty(0)


@dataclass(frozen=True, eq=False)
class Cover:
    """Ellipses, boxes [B, 2, 2] (low and high per axis) with the largest cell half widths [B] in them, and lines."""

    means: Array
    covariances: Array
    boxes: Array = field(default_factory=lambda: np.empty((0, 2, 2)))
    widths: Array = field(default_factory=_none)
    x_lines: Array = field(default_factory=_none)
    y_lines: Array = field(default_factory=_none)


def join(covers: Sequence[Cover]) -> Cover:
    """All of them at once."""
    fields = ("means", "covariances", "boxes", "widths", "x_lines", "y_lines")
    return Cover(*(np.concatenate([getattr(c, name) for c in covers]) for name in fields))


def of_mixture(mixture: GaussianMixture) -> Cover:
    """A mixture of Gaussians is its own cover."""
    return Cover(mixture.means, mixture.covariances)


def of_distribution(distribution: Distribution) -> Cover:
    """The cover of any density in the plane, component by component."""
    mixture = distribution.gaussian_mixture()
    if mixture is not None:
        return of_mixture(mixture)
    if isinstance(distribution, Mixture):
        return join([of_distribution(part) for part in distribution.components])
    known = _SHAPES.get(type(distribution))
    return _from_bounds(distribution) if known is None else known(distribution)


# --- curves ---------------------------------------------------------------------------------------------------------


def _along(points: Array, tangents: Array, along: Array, across: float) -> Cover:
    """Ellipses at points [K, 2] of a curve, `along` [K] its unit tangents [K, 2] and `across` it."""
    normals = np.stack([-tangents[:, 1], tangents[:, 0]], axis=1)
    lengthwise = np.square(along)[:, None, None] * tangents[:, :, None] * tangents[:, None, :]
    return Cover(points, lengthwise + across**2 * normals[:, :, None] * normals[:, None, :])


def _arc(radius: float, std: float, first: float, last: float, centre: Array, grow: float = 0.0) -> Cover:
    """Ellipses along r = radius + grow·(t − first) for t from first to last, of thickness std.

    They are so long that the curve leaves them by half a standard deviation at their ends.
    """
    outer = max(abs(radius), abs(radius + grow * (last - first)))
    length = min(math.sqrt(outer * std), (last - first) * outer)
    count = int(np.clip(math.ceil((last - first) * outer / length), 2, MOST_PIECES))
    t = np.linspace(first, last, count)
    r = radius + grow * (t - first)
    out = np.stack([np.cos(t), np.sin(t)], axis=1)
    tangent = grow * out + r[:, None] * np.stack([-out[:, 1], out[:, 0]], axis=1)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    return _along(centre + r[:, None] * out, tangent, np.full(count, max(length, std)), std)


def _circles(d: Circles) -> Cover:
    radii = d.radius * np.arange(1, d.n + 1) / d.n
    return join([_arc(r, d.std, 0.0, 2 * math.pi, np.zeros(2)) for r in radii])


def _moons(d: Moons) -> Cover:
    """Two half circles; each jumps on the line through its ends, and is infinite (but integrable) at its centre."""
    shift = d.radius * np.array([0.5, 0.25])
    upper = _arc(d.radius, d.std, 0.0, math.pi, -shift)
    lower = _arc(d.radius, d.std, math.pi, 2 * math.pi, shift)
    joined = join([upper, lower])
    ends = shift[:, None] * [-1.0, 1.0]
    return Cover(joined.means, joined.covariances, x_lines=ends[0], y_lines=ends[1])


def _spiral(d: Spiral) -> Cover:
    """Every arm; it jumps where it begins and ends, on rays that are lines of the mesh where they lie on an axis."""
    first, last = math.pi / 2, 2 * math.pi * d.turns
    pitch = d.radius / last
    arms, rays = [], []
    for arm in range(d.arms):
        turn = 2 * math.pi * arm / d.arms
        arms.append(_arc(pitch * first, d.std, first + turn, last + turn, np.zeros(2), grow=pitch))
        rays += [first + turn, last + turn]
    joined = join(arms)
    on_x = np.array([abs(math.sin(t)) < _STRAIGHT for t in rays])
    on_y = np.array([abs(math.cos(t)) < _STRAIGHT for t in rays])
    x_lines, y_lines = np.zeros(int(on_y.any())), np.zeros(int(on_x.any()))
    return Cover(joined.means, joined.covariances, x_lines=x_lines, y_lines=y_lines)


def _line(d: Line) -> Cover:
    """The segment, and its two soft ends."""
    axis = np.array([math.cos(math.radians(d.angle)), math.sin(math.radians(d.angle))])
    lengths = np.array([math.hypot(d.length / math.sqrt(12), d.std), d.std, d.std])
    points = np.array([0.0, -0.5, 0.5])[:, None] * d.length * axis
    return _along(points, np.tile(axis, (3, 1)), lengths, d.std)


def _pinwheel(d: Pinwheel) -> Cover:
    """Blades in short pieces, sheared by r·τe^r as the twist does; far out, where little is, by less."""
    radii = 1.0 + d.radial * np.arange(-REACH / 2, REACH / 2 + 0.1, 0.5)  # their own reach is half of it
    pieces = np.diag([(d.radial / 2) ** 2, d.tangential**2])
    means, covariances = [], []
    for radius in radii:
        slope = d.twist * math.exp(min(abs(radius), 10.0))
        shear = np.array([[1.0, 0.0], [np.clip(radius * slope, -STEEPEST, STEEPEST), 1.0]])
        for blade in range(d.n):
            angle = slope + 2 * math.pi * blade / d.n
            turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
            means.append(turn @ [radius, 0.0])
            covariances.append(turn @ shear @ pieces @ shear.T @ turn.T)
    return Cover(np.array(means), np.array(covariances))


def _checkerboard(d: Checkerboard) -> Cover:
    """The whole board, with a line at every edge of a square."""
    edges = np.linspace(-d.width / 2, d.width / 2, d.n + 1)
    box = np.array([[[-d.width / 2, d.width / 2]] * 2])
    return Cover(np.empty((0, 2)), np.empty((0, 2, 2)), box, np.array([d.width]), edges, edges)


def _from_bounds(distribution: Distribution) -> Cover:
    """What is worth looking at, and a margin, in even cells: all that is known of a family that is not in the table."""
    low, high = distribution.bounds().T
    middle, half = (low + high) / 2, WIDENING * (high - low) / 2
    box = np.stack([middle - half, middle + half], axis=1)[None]
    return Cover(np.empty((0, 2)), np.empty((0, 2, 2)), box, np.array([half.max() / CELLS]))


_SHAPES: dict[type[Distribution], Callable[..., Cover]] = {
    Circles: _circles,
    Moons: _moons,
    Spiral: _spiral,
    Line: _line,
    Pinwheel: _pinwheel,
    Checkerboard: _checkerboard,
}
