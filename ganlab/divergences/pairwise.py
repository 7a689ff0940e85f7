"""Sums of a kernel over all pairs of two samples, block by block: memory stays flat, whatever n and m are.

Symbols: x [n, d], y [m, d], k the kernel, σ its bandwidth, u = −‖x−y‖²/2σ².

A block of 64 by 1000 pairs (256 KB in float32) stays in cache from the product that makes it to the sums that leave it,
and is small enough for BLAS to keep to one thread; two threads of our own take the blocks in turn. Blocks are summed in
float32 (pairwise, over 1000 values at most), everything beyond in float64. Of a symmetric matrix the upper half is
computed only.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ganlab.divergences.kernels import DIFFERENCE_DIMENSIONS, Kernel, negative_squares

Array = NDArray[np.float64]
Floats = NDArray[Any]
Part = tuple[slice, slice]

ROWS, COLUMNS = 64, 1000
THREADS = min(2, os.cpu_count() or 1)
SMALL = 1 << 20  # fewer pairs than this are done in float64 by one thread: a hundredth of a second at most
EXPANDED = 64.0  # largest ‖x/σ√2‖² for which float32 may expand ‖x−y‖²: u is off by 1e-5, up and down alike


@dataclass(frozen=True, eq=False)
class Gram:
    """The kernel matrix of two samples, computed where it is asked for.

    `left` [n, c] and `right` [c, m] give u (`expansion`) or x·y (`product`) as their product; for `difference` they are
    the scaled points [n, d] and [m, d].
    """

    kernel: Kernel
    bandwidth: float
    dim: int
    left: Floats
    right: Floats
    method: Literal["expansion", "product", "difference"]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.left), self.right.shape[0 if self.method == "difference" else 1]

    def block(self, rows: slice, columns: slice, buffer: Floats) -> Floats:
        """k [rows, columns], in `buffer` [ROWS·COLUMNS]; it lasts until the buffer is used again."""
        return self.kernel.profile(self.arguments(rows, columns, buffer), self.bandwidth, self.dim)

    def arguments(self, rows: slice, columns: slice, buffer: Floats) -> Floats:
        """What the kernel is a function of, u or x·y [rows, columns]."""
        shape = rows.stop - rows.start, columns.stop - columns.start
        out = buffer[: shape[0] * shape[1]].reshape(shape)
        if self.method == "difference":
            return negative_squares(self.left[rows], self.right[columns], out)
        np.matmul(self.left[rows], self.right[:, columns], out=out)
        return np.minimum(out, 0.0, out=out) if self.method == "expansion" else out


def gram(x: Array, y: Array, kernel: Kernel, bandwidth: float, dtype: Any = None) -> Gram:
    """The matrix of x [n, d] and y [m, d]; `dtype` float32 or float64, by default what the number of pairs asks for."""
    dim = x.shape[1]
    if not kernel.radial:
        return Gram(kernel, bandwidth, dim, x, np.ascontiguousarray(y.T), "product")
    small = len(x) * len(y) <= SMALL
    single = np.dtype(dtype or (np.float64 if small else np.float32)) == np.float32
    centre = (x.mean(axis=0) + y.mean(axis=0)) / 2
    a, b = ((points - centre) / (math.sqrt(2.0) * bandwidth) for points in (x, y))
    extent = max(float(np.square(points).sum(axis=1).max()) for points in (a, b))
    expand = kernel.smooth and (extent <= EXPANDED if single else True)
    if not expand and dim <= DIFFERENCE_DIMENSIONS:
        kind = np.float32 if single else np.float64
        return Gram(kernel, bandwidth, dim, a.astype(kind), b.astype(kind), "difference")
    left, right = _expanded(a, b)
    kind = np.float32 if single and expand else np.float64
    return Gram(kernel, bandwidth, dim, left.astype(kind), right.astype(kind), "expansion")


def _expanded(a: Array, b: Array) -> tuple[Array, Array]:
    """[n, d + 2] and [d + 2, m] whose product is 2 aᵢ·bⱼ − ‖aᵢ‖² − ‖bⱼ‖²."""
    left = np.column_stack([2.0 * a, -np.square(a).sum(axis=1), -np.ones(len(a))])
    right = np.column_stack([b, np.ones(len(b)), np.square(b).sum(axis=1)])
    return left, np.ascontiguousarray(right.T)


# --- going through the blocks -------------------------------------------------------------------------------------


def parts(n: int, m: int, symmetric: bool) -> list[Part]:
    """Blocks that cover [n, m]; of a symmetric matrix those on or above the diagonal.

    There a block that touches the diagonal is square, [i, i + ROWS) in both, so that it holds both of its halves.
    """
    found = []
    for i in range(0, n, ROWS):
        rows = slice(i, min(i + ROWS, n))
        start = rows.stop if symmetric else 0
        if symmetric:
            found.append((rows, rows))
        found += [(rows, slice(j, min(j + COLUMNS, m))) for j in range(start, m, COLUMNS)]
    return found


def visit(blocks: list[Part], work: Callable[[list[Part]], Any], pairs: int) -> list[Any]:
    """`work` on all blocks, or on every second of them in each of two threads; its results."""
    threads = THREADS if pairs > SMALL else 1
    shares = [blocks[i::threads] for i in range(threads)]
    if threads == 1:
        return [work(shares[0])]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, shares))


def buffer_for(matrix: Gram) -> Floats:
    return np.empty(ROWS * COLUMNS, dtype=matrix.left.dtype)


def crossed_sums(matrix: Gram) -> tuple[Array, Array]:
    """Σⱼ k(xᵢ, yⱼ) [n] and Σᵢ k(xᵢ, yⱼ) [m]."""
    n, m = matrix.shape

    def work(blocks: list[Part]) -> tuple[Array, Array]:
        buffer, rows, columns = buffer_for(matrix), np.zeros(n), np.zeros(m)
        for i, j in blocks:
            block = matrix.block(i, j, buffer)
            rows[i] += block.sum(axis=1)
            columns[j] += block.sum(axis=0)
        return rows, columns

    found = visit(parts(n, m, symmetric=False), work, n * m)
    return sum(rows for rows, _ in found), sum(columns for _, columns in found)


def own_sums(matrix: Gram) -> Array:
    """Σ_{j≠i} k(xᵢ, xⱼ) [n] for the matrix of a sample with itself."""
    n = matrix.shape[0]

    def work(blocks: list[Part]) -> Array:
        buffer, sums = buffer_for(matrix), np.zeros(n)
        for i, j in blocks:
            block = matrix.block(i, j, buffer)
            if i == j:
                np.fill_diagonal(block, 0.0)
            else:
                sums[j] += block.sum(axis=0)
            sums[i] += block.sum(axis=1)
        return sums

    return np.asarray(sum(visit(parts(n, n, symmetric=True), work, n * n // 2)))


def quadratic_form(matrix: Gram, weights: Array) -> float:
    """Σ wᵢ wⱼ k(xᵢ, xⱼ), pairs i = j included, for the matrix of points with themselves and weights [n]."""
    n = matrix.shape[0]

    def work(blocks: list[Part]) -> float:
        buffer, total = buffer_for(matrix), 0.0
        for i, j in blocks:
            block = matrix.block(i, j, buffer)
            value = float(np.einsum("i,ij,j->", weights[i], block, weights[j], optimize=False))
            total += value if i == j else 2.0 * value
        return total

    return float(sum(visit(parts(n, n, symmetric=True), work, n * n // 2)))


def weighted_sums(matrix: Gram, weights: Array) -> Array:
    """Σⱼ wⱼ k(xᵢ, yⱼ) [n] for weights [m]."""
    n, m = matrix.shape

    def work(blocks: list[Part]) -> Array:
        buffer, rows = buffer_for(matrix), np.zeros(n)
        for i, j in blocks:
            rows[i] += np.einsum("ij,j->i", matrix.block(i, j, buffer), weights[j])
        return rows

    return np.asarray(sum(visit(parts(n, m, symmetric=False), work, n * m)))
