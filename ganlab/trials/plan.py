"""Which GANs of a trial train together: those that differ in nothing but seeds and hyperparameters, some at a time.

Small batched steps of one fixed size, rather than one large step: their tensors stay in the processor's cache, and one
compiled library serves every trial of that structure. Measured for 32x2 networks and batches of 128, ms per GAN and
step on one thread of two cores (rough):

| GANs in a step | 1 | 4 | 8 | 16 | 32 | 64 |
|---|---|---|---|---|---|---|
| eager | 0.66 | 0.25 | 0.19 | 0.19 | 0.15 | 0.16 |
| compiled | 0.13 | 0.11 | 0.093 | 0.086 | 0.11 | 0.09 |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ganlab.gan.cost import operations
from ganlab.gan.spec import GanSpec
from ganlab.gan.structure import HYPER, Structure

CHUNK = 16  # GANs in one step
OPERATIONS = 1.5e9  # of one step of a chunk, at most: some 40 ms on one core, the least that a slice can be
SLOWER = {1: 1.0, 2: 1.08, 4: 1.3}  # what a GAN costs in a chunk of half or a quarter the size, relatively

Member = tuple[int, int]
"""A GAN of a trial: which cell, which seed (both counted from 0)."""


@dataclass(frozen=True)
class Part:
    """GANs that train in one step: the spec they share, and what each has of its own.

    `size` is how many the step is made for; where it has more places than members, the first member fills the rest.
    """

    spec: GanSpec
    members: tuple[Member, ...]
    size: int


def plan(cells: Sequence[GanSpec], seeds: int, chunk: int = CHUNK, most: float = OPERATIONS) -> list[Part]:
    """The parts of a trial, in the order of the cells that they begin with; seeds of a cell stay together.

    `most`: operations of one step of a part; on a GPU nothing is too large.
    """
    groups: dict[object, list[int]] = {}
    for index, spec in enumerate(cells):
        groups.setdefault(_shared(spec), []).append(index)
    parts = [
        part
        for group in groups.values()
        for part in _parts(
            cells[group[0]], [(cell, seed) for cell in group for seed in range(seeds)], chunk, most
        )
    ]
    return sorted(parts, key=lambda part: part.members[0])


def _shared(spec: GanSpec) -> object:
    """Equal for GANs that can train in one step."""
    own = {"seed", *HYPER}
    return Structure.of(spec), tuple((k, v) for k, v in spec.model_dump().items() if k not in own)


def _parts(spec: GanSpec, members: list[Member], chunk: int, most: float) -> list[Part]:
    size = chunk_size(spec, len(members), chunk, most)
    return [Part(spec, tuple(members[i : i + size]), size) for i in range(0, len(members), size)]


def chunk_size(spec: GanSpec, members: int, chunk: int = CHUNK, limit: float = OPERATIONS) -> int:
    """How many of so many GANs go into one step: at most `chunk`, and fewer where networks or batches are large.

    All of them where they fit; else one size for every part, the one whose empty places in the last cost least.
    """
    most = int(max(1, min(chunk, limit / max(1.0, operations(spec)))))
    if members <= most:
        return members
    sizes = {most // part: slower for part, slower in SLOWER.items() if most // part}
    return min(sizes, key=lambda size: -(-members // size) * size * sizes[size])


def own(cells: Sequence[GanSpec], part: Part) -> dict[str, list[Any]]:
    """The hyperparameters in which the members of a part differ, by name, one value for each place."""
    specs = [cells[cell] for cell, _ in places(part)]
    columns = {name: [getattr(spec, name) for spec in specs] for name in HYPER}
    shared = part.spec.model_dump()
    return {name: values for name, values in columns.items() if any(v != shared[name] for v in values)}


def places(part: Part) -> tuple[Member, ...]:
    """The members of a part, filled up to its size."""
    return part.members + part.members[:1] * (part.size - len(part.members))
