"""A table of figures: what was measured, the figure, the target."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure; `ok` says whether the target is reached (None: no target, or it could not be measured)."""

    what: str
    figure: str
    target: str = ""
    ok: bool | None = None


def show(rows: Iterable[Row]) -> None:
    """Print rows as they come, as a Markdown table."""
    print("| what | measured | target | reached |\n|---|---|---|---|", flush=True)
    for row in rows:
        reached = {True: "yes", False: "**no**", None: ""}[row.ok]
        print(f"| {row.what} | {row.figure} | {row.target} | {reached} |", flush=True)
