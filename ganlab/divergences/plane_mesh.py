"""Cells that cover two densities of the plane, with both log-densities at their nodes, refined where it is asked for.

Symbols: cells have a centre [C, 2] and half widths [C, 2]; N = NODES² Gauss-Legendre nodes each, x index first; p, q as
logarithms [C, N]. `Tree` keeps what was evaluated: all divergences of a pair share it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ganlab.divergences.plane_cover import REACH, Cover

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
LogDensity = Callable[["Cells"], Array]
"""A logarithm at the nodes of cells [C, N]."""

NODES = 10
X, W = np.polynomial.legendre.leggauss(NODES)
OFFSETS = np.stack(np.meshgrid(X, X, indexing="ij"), axis=-1).reshape(-1, 2)
WEIGHTS = np.outer(W, W).ravel()
QUARTERS = np.array([[-0.5, -0.5], [-0.5, 0.5], [0.5, -0.5], [0.5, 0.5]])

COARSE = 2.0  # half width of a cell in standard deviations of what it has to resolve
MOST_CELLS = 30_000  # of a first mesh (24 MB a density)


@dataclass(frozen=True, eq=False)
class Cells:
    """Rectangles."""

    centre: Array
    half: Array

    def __len__(self) -> int:
        return len(self.centre)

    @cached_property
    def points(self) -> Array:
        """Rows x, y and 1 of all nodes [3, C·N]: what a linear map with a shift is applied to."""
        found = np.ones((3, len(self), len(OFFSETS)))
        for k in (0, 1):
            np.multiply(self.half[:, k, None], OFFSETS[:, k], out=found[k])
            found[k] += self.centre[:, k, None]
        return found.reshape(3, -1)

    @property
    def nodes(self) -> Array:
        """[C·N, 2]."""
        return self.points[:2].T

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


class TooFineError(Exception):
    """More than MOST_CELLS rectangles would be needed."""


def first_cells(cover: Cover, reach: float = REACH) -> Cells:
    """Cells over everything within `reach` of the cover, each fine enough for every ellipse that touches it.

    Halving starts from the rectangle around all of it, cut at the lines of the cover. Of a cell that is halved only
    those ellipses are looked at again that touched it. Raises TooFineError.
    """
    ellipses = _Ellipses(cover, reach)
    cells = _cut(*ellipses.box(), cover)
    touching = _Touching.all(len(cells), len(cover.means))
    done, count = [], 0
    while len(cells):
        touching, keep, need = ellipses.look(cells, touching)
        ready, coarse = keep & ~np.asarray(need.any(axis=1)), keep & need.any(axis=1)
        done.append(cells.take(ready))
        count += int(ready.sum())
        if count + int(coarse.sum()) > MOST_CELLS:
            raise TooFineError
        cells, touching, need = cells.take(coarse), touching.taken(coarse), need[coarse]
        for axis in (0, 1):
            cells, touching, need = _halved(cells, touching, need, axis)
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


@dataclass(frozen=True, eq=False)
class _Touching:
    """Pairs of a cell and an ellipse that may touch it, each [n]."""

    cell: Indices
    ellipse: Indices

    @classmethod
    def all(cls, cells: int, ellipses: int) -> _Touching:
        return cls(np.repeat(np.arange(cells), ellipses), np.tile(np.arange(ellipses), cells))

    def only(self, pairs: Flags) -> _Touching:
        return _Touching(self.cell[pairs], self.ellipse[pairs])

    def taken(self, cells: Flags) -> _Touching:
        """The pairs of these cells, which are numbered anew."""
        number = np.cumsum(cells) - 1
        kept = self.only(cells[self.cell])
        return _Touching(number[kept.cell], kept.ellipse)


def _halved(cells: Cells, touching: _Touching, need: Flags, axis: int) -> tuple[Cells, _Touching, Flags]:
    """Those that need it halved along an axis; both halves have the pairs of the whole."""
    split = need[:, axis]
    whole, halves = touching.taken(~split), touching.taken(split)
    first, count = int((~split).sum()), int(split.sum())
    pairs = _Touching(
        np.concatenate([whole.cell, first + halves.cell, first + count + halves.cell]),
        np.concatenate([whole.ellipse, halves.ellipse, halves.ellipse]),
    )
    parts = joined([cells.take(~split), cells.take(split).halved(axis)])
    return parts, pairs, np.concatenate([need[~split], need[split], need[split]])


class _Ellipses:
    """Which cells a cover touches, and along which axes they are too wide for it."""

    def __init__(self, cover: Cover, reach: float) -> None:
        self.reach, self.means = reach, cover.means
        self.whiten = np.linalg.inv(np.linalg.cholesky(cover.covariances))
        precision = self.whiten.transpose(0, 2, 1) @ self.whiten
        self.widths = COARSE / np.sqrt(np.diagonal(precision, axis1=1, axis2=2))  # of a slice along each axis
        self.deviations = np.sqrt(np.diagonal(cover.covariances, axis1=1, axis2=2))
        self.boxes, self.box_widths = cover.boxes, cover.widths

    def box(self) -> tuple[Array, Array]:
        """Low and high [2] of everything."""
        lows = [self.means - self.reach * self.deviations, self.boxes[:, :, 0]]
        highs = [self.means + self.reach * self.deviations, self.boxes[:, :, 1]]
        return np.concatenate(lows).min(axis=0), np.concatenate(highs).max(axis=0)

    def look(self, cells: Cells, touching: _Touching) -> tuple[_Touching, Flags, Flags]:
        """The pairs that do touch, whether a cell is touched [C], and whether it is too wide along x and y [C, 2]."""
        touching = touching.only(self._touch(cells, touching))
        cell, ellipse = touching.cell, touching.ellipse
        keep = np.bincount(cell, minlength=len(cells)) > 0
        wide = [cells.half[cell, k] > self.widths[ellipse, k] for k in (0, 1)]
        need = np.stack([np.bincount(cell[w], minlength=len(cells)) > 0 for w in wide], axis=1)
        for box, width in zip(self.boxes, self.box_widths, strict=True):
            above, below = cells.centre + cells.half > box[:, 0], cells.centre - cells.half < box[:, 1]
            inside = np.all(above & below, axis=1)
            keep |= inside
            need |= inside[:, None] & (cells.half > width)
        return touching, keep, need

    def _touch(self, cells: Cells, touching: _Touching) -> Flags:
        """Whether the whitened cell may come within reach of the origin: it lies within its half diagonal. [n]."""
        cell, w = touching.cell, self.whiten[touching.ellipse]
        dx, dy = (cells.centre[cell] - self.means[touching.ellipse]).T
        half_x, half_y = cells.half[cell].T
        distance = np.hypot(w[:, 0, 0] * dx, w[:, 1, 0] * dx + w[:, 1, 1] * dy)
        diagonal = np.hypot(half_x * w[:, 0, 0], np.abs(half_x * w[:, 1, 0]) + half_y * w[:, 1, 1])
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
        log_p, log_q = (function(cells) for function in self._functions)
        forgetful = Cells(cells.centre, cells.half)  # without the nodes, which take more than both logarithms
        return Level(forgetful, log_p, log_q, np.full(len(cells), -1, dtype=np.intp))

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
