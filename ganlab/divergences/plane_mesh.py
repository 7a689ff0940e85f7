"""Cells that cover two densities of the plane, with both log-densities at their nodes, refined where it is asked for.

Symbols: cells have a centre [C, 2] and half widths [C, 2]; N = NODES² Gauss-Legendre nodes each, x index first; p, q as
logarithms [C, N]. `Tree` keeps what was evaluated: all divergences of a pair share it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganlab.divergences.plane_cover import REACH, Cover

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
LogDensity = Callable[[Array], Array]

NODES = 10
X, W = np.polynomial.legendre.leggauss(NODES)
OFFSETS = np.stack(np.meshgrid(X, X, indexing="ij"), axis=-1).reshape(-1, 2)
WEIGHTS = np.outer(W, W).ravel()
QUARTERS = np.array([[-0.5, -0.5], [-0.5, 0.5], [0.5, -0.5], [0.5, 0.5]])

COARSE = 2.0  # half width of a cell in standard deviations of what it has to resolve
MOST_CELLS = 30_000  # of a first mesh (24 MB a density)
BLOCK = 1 << 21  # cells times ellipses at once


@dataclass(frozen=True, eq=False)
class Cells:
    """Rectangles."""

    centre: Array
    half: Array

    def __len__(self) -> int:
        return len(self.centre)

    @property
    def nodes(self) -> Array:
        """[C·N, 2]."""
        return (self.centre[:, None] + self.half[:, None] * OFFSETS).reshape(-1, 2)

    @property
    def area(self) -> Array:
        """A quarter of it, as the weights sum to 4."""
        return np.prod(self.half, axis=1)

    def take(self, index: Indices | Flags) -> Cells:
        return Cells(self.centre[index], self.half[index])

    def quartered(self) -> Cells:
        """Four children each, in a row."""
        half = np.repeat(self.half / 2, 4, axis=0)
        centre = self.centre[:, None] + self.half[:, None] * QUARTERS
        return Cells(centre.reshape(-1, 2), half)

    def halved(self, axis: int) -> Cells:
        """Two children each along an axis."""
        half = self.half.copy()
        half[:, axis] /= 2
        step = np.zeros_like(half)
        step[:, axis] = half[:, axis]
        return Cells(np.concatenate([self.centre - step, self.centre + step]), np.concatenate([half, half]))


def joined(cells: list[Cells]) -> Cells:
    return Cells(np.concatenate([c.centre for c in cells]), np.concatenate([c.half for c in cells]))


# --- the first mesh -------------------------------------------------------------------------------------------------


def first_cells(cover: Cover, reach: float = REACH) -> Cells:
    """Cells over everything within `reach` of the cover, each fine enough for every ellipse that touches it.

    Halving starts from the rectangle around all of it, cut at the lines of the cover.
    """
    ellipses = _Ellipses(cover, reach)
    todo, done, count = _cut(ellipses.low, ellipses.high, cover), [], 0
    while len(todo):
        keep, need = ellipses.look(todo)
        todo, need = todo.take(keep), need[keep]
        if count + len(todo) > MOST_CELLS:
            need[:] = False  # what is left unresolved shows in the error: masses would not sum to 1
        ready: Flags = ~np.asarray(need.any(axis=1))
        done.append(todo.take(ready))
        count += int(ready.sum())
        todo, need = todo.take(~ready), need[~ready]
        for axis in (0, 1):
            split, rest = todo.take(need[:, axis]), todo.take(~need[:, axis])
            rest_need, split_need = need[~need[:, axis]], need[need[:, axis]]
            todo = joined([rest, split.halved(axis)])
            need = np.concatenate([rest_need, split_need, split_need])
    return joined(done)


def _cut(low: Array, high: Array, cover: Cover) -> Cells:
    """The rectangle from low to high, cut at all lines."""
    edges = []
    for axis, lines in enumerate((cover.x_lines, cover.y_lines)):
        inside = lines[(lines > low[axis]) & (lines < high[axis])]
        edges.append(np.unique(np.concatenate([[low[axis]], inside, [high[axis]]])))
    middle = [(e[:-1] + e[1:]) / 2 for e in edges]
    width = [np.diff(e) / 2 for e in edges]
    centre, half = (
        np.stack(np.meshgrid(*pair, indexing="ij"), axis=-1).reshape(-1, 2) for pair in (middle, width)
    )
    return Cells(centre, half)


class _Ellipses:
    """Which cells a cover touches, and along which axes they are too wide for it."""

    def __init__(self, cover: Cover, reach: float) -> None:
        self.reach, self.means = reach, cover.means
        factors = np.linalg.cholesky(cover.covariances)
        self.whiten = np.linalg.inv(factors)
        precision = self.whiten.transpose(0, 2, 1) @ self.whiten
        self.widths = COARSE / np.sqrt(np.diagonal(precision, axis1=1, axis2=2))  # of a slice along each axis
        deviation = reach * np.sqrt(np.diagonal(cover.covariances, axis1=1, axis2=2))
        self.boxes, self.box_widths = cover.boxes, cover.widths
        lows = [self.means - deviation, self.boxes[:, :, 0]]
        highs = [self.means + deviation, self.boxes[:, :, 1]]
        self.low, self.high = np.concatenate(lows).min(axis=0), np.concatenate(highs).max(axis=0)

    def look(self, cells: Cells) -> tuple[Flags, Flags]:
        """Whether a cell is touched [C], and whether it is too wide along x and y [C, 2]."""
        step = max(1, BLOCK // (len(self.means) + 1))
        parts = [
            self._look(cells.centre[i : i + step], cells.half[i : i + step])
            for i in range(0, len(cells), step)
        ]
        return np.concatenate([keep for keep, _ in parts]), np.concatenate([need for _, need in parts])

    def _look(self, centre: Array, half: Array) -> tuple[Flags, Flags]:
        touched = self._touched(centre, half)
        keep = np.asarray(touched.any(axis=1))
        need = np.stack(
            [(touched & (half[:, k, None] > self.widths[:, k])).any(axis=1) for k in (0, 1)], axis=1
        )
        for box, width in zip(self.boxes, self.box_widths, strict=True):
            inside = np.all((centre + half > box[:, 0]) & (centre - half < box[:, 1]), axis=1)
            keep |= inside
            need |= inside[:, None] & (half > width)
        return keep, need

    def _touched(self, centre: Array, half: Array) -> Flags:
        """Whether the whitened cell may come within reach of the origin: it lies within its half diagonal. [C, K]."""
        w = self.whiten
        dx, dy = (centre[:, k, None] - self.means[:, k] for k in (0, 1))
        first, second = w[:, 0, 0] * dx, w[:, 1, 0] * dx + w[:, 1, 1] * dy
        distance = np.sqrt(np.square(first) + np.square(second))
        a, b = half[:, 0, None] * w[:, 1, 0], half[:, 1, None] * w[:, 1, 1]
        diagonal = np.sqrt(np.square(half[:, 0, None] * w[:, 0, 0]) + np.square(np.abs(a) + np.abs(b)))
        return np.asarray(distance <= self.reach + diagonal)


# --- what was evaluated ---------------------------------------------------------------------------------------------


@dataclass
class Level:
    """Cells of one depth, log p and log q at their nodes [C, N], and where their first child is (−1: nowhere yet)."""

    cells: Cells
    log_p: Array
    log_q: Array
    child: Indices


class Tree:
    """Cells and their children, evaluated when first asked for."""

    def __init__(self, cells: Cells, log_p: LogDensity, log_q: LogDensity) -> None:
        self._functions = log_p, log_q
        self.levels = [self._evaluated(cells)]

    def _evaluated(self, cells: Cells) -> Level:
        nodes = cells.nodes
        logs = [f(nodes).reshape(len(cells), -1) for f in self._functions]
        return Level(cells, logs[0], logs[1], np.full(len(cells), -1, dtype=np.intp))

    def children(self, depth: int, index: Indices) -> Indices:
        """Indices [n, 4] into the next level of the children of cells [n] of this one."""
        level = self.levels[depth]
        missing = index[level.child[index] < 0]
        if len(missing):
            fresh = self._evaluated(level.cells.take(missing).quartered())
            if depth + 1 == len(self.levels):
                self.levels.append(_empty(level))
            below = self.levels[depth + 1]
            level.child[missing] = len(below.cells) + 4 * np.arange(len(missing))
            self.levels[depth + 1] = _appended(below, fresh)
        return np.asarray(level.child[index][:, None] + np.arange(4))


def _empty(like: Level) -> Level:
    none = np.empty(0, dtype=np.intp)
    return Level(like.cells.take(none), like.log_p[none], like.log_q[none], none)


def _appended(level: Level, fresh: Level) -> Level:
    cells = joined([level.cells, fresh.cells])
    log_p, log_q = (np.concatenate(pair) for pair in ((level.log_p, fresh.log_p), (level.log_q, fresh.log_q)))
    return Level(cells, log_p, log_q, np.concatenate([level.child, fresh.child]))
