"""A registry: the one table that picker, command line, documentation and tests read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol, TypeVar


class Named(Protocol):
    """Anything with a name; the name is the key in the table, in a link and on the command line."""

    @property
    def name(self) -> str: ...


Row = TypeVar("Row", bound=Named)


class Registry(Mapping[str, Row]):
    """Rows by name, in the order in which they were added."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._rows: dict[str, Row] = {}

    def add(self, row: Row) -> Row:
        """Add a row; raises ValueError when the name is taken."""
        if row.name in self._rows:
            raise ValueError(f"{self.kind} {row.name!r} is already registered")
        self._rows[row.name] = row
        return row

    def __getitem__(self, name: str) -> Row:
        try:
            return self._rows[name]
        except KeyError:
            raise KeyError(f"unknown {self.kind} {name!r}; choose one of {', '.join(self._rows)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)
