"""From an uploaded CSV file to points on the stage."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ganlab.distributions import store
from ganlab.distributions.base import FloatArray, floats
from ganlab.distributions.errors import TableError
from ganlab.distributions.own import Samples

MAX_BYTES = 10_000_000
MAX_ROWS = 100_000
STAGE = 1.5  # the scaled data fill [-1.5, 1.5] along their longer side
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(nan|inf(inity)?|n/?a|null|none|#n/a)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Table:
    """One or two numeric columns: values [n, d] as they were in the file, and where they go on the stage.

    stage = (raw - offset) / scale, with one scale for both axes, so that shapes and angles are kept.
    """

    name: str
    columns: tuple[str, ...]
    values: FloatArray

    @cached_property
    def offset(self) -> FloatArray:
        """Middle of the range [d], in the units of the file."""
        return floats(self.values.min(axis=0) / 2 + self.values.max(axis=0) / 2)

    @cached_property
    def scale(self) -> float:
        """Units of the file in one unit of the stage."""
        return float(np.max(self.values.max(axis=0) / 2 - self.values.min(axis=0) / 2)) / STAGE

    @cached_property
    def stage(self) -> npt.NDArray[np.float32]:
        """The points on the stage, float32 [n, d]."""
        return ((self.values - self.offset) / self.scale).astype(np.float32)

    def distribution(self) -> Samples:
        """Keep the points in the store and return the distribution that draws from them."""
        identity = store.put(self.stage, self.name, tuple(map(float, self.offset)), self.scale)
        return Samples(identity)


def read_table(data: bytes, name: str = "data", columns: Sequence[str | int] | None = None) -> Table:
    """The numeric columns of a CSV file, separated by commas, semicolons or tabs, with or without a header.

    `columns` picks one or two by name or 0-based index from a wider file. In files separated by semicolons a
    decimal comma is understood. Raises TableError, which names the row and the column, for everything else.
    """
    rows = _rows(_decode(data))
    header = _header(rows[0][1])
    names = header or tuple(f"column {i + 1}" for i in range(len(rows[0][1])))
    body = rows[1:] if header else rows
    if len(body) > MAX_ROWS:
        raise TableError(f"{len(body):,} rows of data; allowed: 2 to {MAX_ROWS:,}")
    chosen = _choose(names, columns)
    values = np.array([_numbers(line, row, names, chosen) for line, row in body])
    if len(body) < 2:
        raise TableError(f"{'1 row' if body else '0 rows'} of data; allowed: 2 to {MAX_ROWS:,}")
    for i, column in enumerate(chosen):
        _check_spread(names[column], values[:, i])
    return Table(name, tuple(names[c] for c in chosen), values)


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise TableError(f"{len(data):,} bytes; allowed: at most {MAX_BYTES:,}")
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1f]", text):
            return text
    raise TableError("this is not a text file; allowed: CSV with one or two columns of numbers")


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """(line number, cells) of every line that is not blank."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = next((d for d in "\t;," if d in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    rows = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, [_plain(cell, delimiter) for cell in cells]))
            if len(rows) > MAX_ROWS + 1:
                raise TableError(f"more than {MAX_ROWS:,} rows; allowed: 2 to {MAX_ROWS:,}")
    except csv.Error as error:
        raise TableError(f"line {reader.line_num} is not CSV: {error}") from error
    if not rows:
        raise TableError("the file is empty; allowed: CSV with one or two columns of numbers")
    return rows


def _plain(cell: str, delimiter: str) -> str:
    cell = cell.strip()
    return cell.replace(",", ".") if delimiter == ";" and re.fullmatch(r"[-+\d,eE]+", cell) else cell


def _header(cells: list[str]) -> tuple[str, ...] | None:
    """Column names, if no cell of the first row is a number."""
    if any(_NUMBER.fullmatch(cell) or _NOT_FINITE.fullmatch(cell) for cell in cells):
        return None
    if len(cells) == 1 and all(_NUMBER.fullmatch(part) for part in cells[0].split()):
        raise TableError(f"row 1 is {cells[0][:40]!r}; allowed: columns separated by comma, semicolon or tab")
    return tuple(cell[:40] or f"column {i + 1}" for i, cell in enumerate(cells))


def _choose(names: tuple[str, ...], columns: Sequence[str | int] | None) -> list[int]:
    """Indices of the columns to read."""
    known = ", ".join(repr(n) for n in names[:20]) + (", ..." if len(names) > 20 else "")
    if columns is None:
        if len(names) > 2:
            raise TableError(f"{len(names)} columns ({known}); allowed: one or two")
        return list(range(len(names)))
    chosen = []
    for column in columns:
        index = names.index(column) if isinstance(column, str) and column in names else column
        if not isinstance(index, int) or not 0 <= index < len(names):
            raise TableError(f"no column {column!r}; the file has {known}")
        chosen.append(index)
    if len(chosen) not in (1, 2) or len(set(chosen)) < len(chosen):
        raise TableError(f"{len(chosen)} columns chosen; allowed: one, or two different ones, of {known}")
    return chosen


def _numbers(line: int, row: list[str], names: tuple[str, ...], chosen: list[int]) -> list[float]:
    if len(row) != len(names):
        raise TableError(f"row {line} has {len(row)} cells; allowed: {len(names)}, as in the first row")
    return [_number(line, row[c], names[c]) for c in chosen]


def _number(line: int, cell: str, column: str) -> float:
    where = f"row {line}, column {column!r}"
    if not cell:
        raise TableError(f"{where} is empty; allowed: a number in every row")
    if _NOT_FINITE.fullmatch(cell):
        raise TableError(f"{where} is {cell}; allowed: finite numbers only")
    if not _NUMBER.fullmatch(cell):
        raise TableError(f"{where} is the text {cell[:40]!r}; allowed: numbers such as 1.5 or -2e-3")
    value = float(cell)
    if math.isinf(value):
        raise TableError(f"{where} is {cell[:40]}; allowed: finite numbers only")
    return value


def _check_spread(column: str, values: FloatArray) -> None:
    spread, size = float(values.max() / 2 - values.min() / 2), float(np.abs(values).max())
    if spread <= 1e-12 * size:
        raise TableError(f"column {column!r} is {values[0]:g} in every row; allowed: values that differ")
    if spread < 1e-300:
        raise TableError(f"column {column!r} spans less than 1e-300; allowed: values that differ")
