"""`SweepSpec`: a base and two dials, every combination of their values trained with several seeds. Without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from ganlab.gan.spec import GanSpec
from ganlab.gan.variants import read_base, write_base
from ganlab.specs import FieldError, FlatSpec, SpecError
from ganlab.trials.axes import Axis, axis
from ganlab.trials.schedule import MOMENTS

MOST_GANS = 1024  # 16 x 16 cells, four seeds of each: about 11 minutes for 2,000 steps on two cores
LONGEST_BASE = 6000  # characters; a drawing in the data takes up to 4,000

Problem = tuple[str, Any, str]


@dataclass(frozen=True)
class Cell:
    """A combination: its place (column, row), and its spec, or why there is none (`SpecError.problems`)."""

    x: int
    y: int
    spec: GanSpec | None
    problems: tuple[Problem, ...] = ()


@lru_cache(maxsize=64)
def cells_of(base: str, x: str, y: str) -> tuple[Cell, ...]:
    """Every combination, row by row; raises SpecError for texts that cannot be read."""
    start, across = read_base(base), axis("x", x)
    up = axis("y", y) if y else None
    rows = range(len(up.values) if up else 1)
    return tuple(_cell(start, across, up, i, j) for j in rows for i in range(len(across.values)))


def _cell(base: GanSpec, x: Axis, y: Axis | None, i: int, j: int) -> Cell:
    axes = [(x, i), *([(y, j)] if y else [])]
    changed = base
    for each, index in sorted(
        axes, key=lambda pair: pair[0].dial == "width"
    ):  # of as many layers as depth says
        changed = changed.model_copy(update=each.changes(changed, index))
    try:
        return Cell(i, j, changed.changed())
    except SpecError as error:
        return Cell(i, j, None, tuple(error.problems))


class SweepSpec(FlatSpec):
    """A map of many GANs: cells of one or two dials, each trained with some seeds."""

    KIND: ClassVar[str] = "sweep"
    ALWAYS: ClassVar[frozenset[str]] = frozenset({"base", "x", "y", "seeds", "steps"})

    base: str = Field(
        "data=ring(8,radius=2,std=0.05)&seed=0",
        max_length=LONGEST_BASE,
        description="The GAN that all cells begin with, as fields in a link: data=ring(8)&lr_d=0.001.",
    )
    x: str = Field(
        "lr_g=0.0001:0.1:8:log", description="The dial across: field=low:high:count[:log], or field=value,…"
    )
    y: str = Field("lr_d=0.0001:0.1:8:log", description="The dial upward, written like x; empty for one row.")
    seeds: int = Field(2, ge=1, le=8, description="Seeds of every cell, from the base's on.")
    steps: int = Field(2000, ge=1, le=100_000, description="Iterations of every GAN.")
    moments: int = Field(MOMENTS, ge=1, le=100, description="Readings of every GAN on the way.")

    @model_validator(mode="before")
    @classmethod
    def _one_form(cls, values: Any) -> Any:
        """Texts in their one form, so that what is the same looks the same."""
        if not isinstance(values, Mapping):
            return values
        found = dict(values)
        for name, read in (("base", _base_form), ("x", _axis_form), ("y", _axis_form)):
            given = found.get(name)
            if isinstance(given, str) and len(given) <= LONGEST_BASE:
                found[name] = read(name, given)
        return found

    @model_validator(mode="after")
    def _possible(self) -> Self:
        both = self.axes[0].clashes(self.axes[1]) if self.y else ()
        if both:
            raise FieldError("y", self.y, f"another dial than x: both would set {', '.join(both)}")
        last = read_base(self.base).seed + self.seeds - 1
        if last > 2**31 - 1:
            raise FieldError(
                "seeds", self.seeds, "fewer, or a smaller seed of the base: the last is above 2³¹ − 1"
            )
        count = self.columns * self.rows * self.seeds
        if count > MOST_GANS:
            text = f"{self.columns} x {self.rows} cells x {self.seeds} seeds are {count:,} GANs; at most {MOST_GANS:,}"
            raise FieldError("seeds", self.seeds, text)
        if all(cell.spec is None for cell in self.cells):
            field, value, text = self.cells[0].problems[0]
            raise FieldError("x", self.x, f"no cell can be trained; the first: {field} = {value!r}: {text}")
        return self

    @property
    def gan(self) -> GanSpec:
        """The base, parsed."""
        return read_base(self.base)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """x, and y if there is one."""
        return (axis("x", self.x), *([axis("y", self.y)] if self.y else []))

    @property
    def columns(self) -> int:
        """Values of x."""
        return len(self.axes[0].values)

    @property
    def rows(self) -> int:
        """Values of y, 1 without one."""
        return len(self.axes[1].values) if self.y else 1

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every combination, row by row: cell (x, y) is number y · columns + x."""
        return cells_of(self.base, self.x, self.y)

    @property
    def chosen_seeds(self) -> tuple[int, ...]:
        """The seeds that every cell is trained with."""
        first = self.gan.seed
        return tuple(range(first, first + self.seeds))

    @property
    def dim(self) -> int:
        """Dimension of the data, 1 or 2."""
        return self.gan.dim


def _base_form(name: str, text: str) -> str:
    try:
        return write_base(read_base(text))
    except SpecError as error:
        raise FieldError.of(error) from None


def _axis_form(name: str, text: str) -> str:
    try:
        return axis(name, text).text if text.strip() or name == "x" else ""
    except SpecError as error:
        raise FieldError.of(error) from None
