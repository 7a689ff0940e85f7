"""From text to distribution: a whitelist over the syntax tree; nothing is ever evaluated.

text      = term ("+" term)*            at most 64 terms
term      = [weight "*"] family "(" arguments ")"
arguments = number | [x,y] | [[a,b],[b,c]] | "letters", by place or by name=...
"""

from __future__ import annotations

import ast
import math
import re
from difflib import get_close_matches
from typing import Any, NoReturn

from ganlab.distributions.base import Distribution
from ganlab.distributions.errors import DistributionError
from ganlab.distributions.mixture import MAX_COMPONENTS, mixture
from ganlab.distributions.registry import FAMILIES, Family, Parameter

MAX_LENGTH = 2_000
MAX_LENGTH_DRAWN = 4_000
MAX_DEPTH = 6
_TOKEN = re.compile(
    r"""(?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<string>"[^"\\\n]*"|'[^'\\\n]*')
      | (?P<mark>[-+*(),\[\]=])
      | (?P<space>[ \t\r\n]+)""",
    re.VERBOSE | re.ASCII,
)


def parse(text: str) -> Distribution:
    """The distribution that a text describes, for instance "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)".

    Raises DistributionError with `.position` (0-based) and what is allowed there.
    """
    if not isinstance(text, str):
        raise DistributionError(f"a distribution is a text, not {type(text).__name__}", 0)
    limit = MAX_LENGTH_DRAWN if "drawn" in text else MAX_LENGTH
    if len(text) > limit:
        raise DistributionError(f"{len(text)} characters; allowed: at most {limit}", limit)
    _scan(text)
    start = len(text) - len(text.lstrip())
    return _Reader(text, start).mixture(_tree(text, start))


def _scan(text: str) -> None:
    """Refuse foreign characters and deep nesting before Python's own parser sees the text."""
    position, depth, previous = 0, 0, ""
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise DistributionError(
                f"found {text[position]!r}; allowed: names, numbers, quoted text and + - * ( ) [ ] , =",
                position,
            )
        kind, found = str(match.lastgroup), match.group()
        if previous == "number" and kind in ("name", "number"):
            raise DistributionError(
                f"found {found[:20]!r} right after a number; allowed: one of + - * ) ] ,", position
            )
        depth += (found in "([") - (found in ")]") if kind == "mark" else 0
        if depth > MAX_DEPTH:
            raise DistributionError(f"brackets nested more than {MAX_DEPTH} deep", position)
        position, previous = match.end(), kind


def _tree(text: str, start: int) -> ast.expr:
    flat = re.sub(r"\s", " ", text.strip())  # same length: positions stay true
    if not flat:
        raise DistributionError(f"the text is empty; allowed: {_families()}", 0)
    try:
        return ast.parse(flat, mode="eval").body
    except SyntaxError as error:
        position = start + max(0, min(len(flat), (error.offset or 1) - 1))
        raise DistributionError(
            f"not a distribution: {error.msg}; expected something like normal(0,1) or ring(8)", position
        ) from error
    except (RecursionError, MemoryError, ValueError) as error:
        raise DistributionError("too deeply nested; expected something like normal(0,1)", start) from error


class _Reader:
    """Walks one syntax tree; `text` and `start` turn its columns into positions and quotations."""

    def __init__(self, text: str, start: int) -> None:
        self.text, self.start = text, start

    def fail(self, node: ast.AST, message: str) -> NoReturn:
        raise DistributionError(message, self.position(node))

    def position(self, node: ast.AST) -> int:
        return self.start + int(getattr(node, "col_offset", 0))

    def quote(self, node: ast.AST) -> str:
        end = getattr(node, "end_col_offset", None)
        found = self.text[self.position(node) : None if end is None else self.start + end]
        return found if len(found) <= 40 else found[:37] + "..."

    def mixture(self, node: ast.expr) -> Distribution:
        terms = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            terms.append(node.right)
            node = node.left
        terms.append(node)
        if len(terms) > MAX_COMPONENTS:
            self.fail(
                terms[-MAX_COMPONENTS - 1], f"{len(terms)} components; allowed: at most {MAX_COMPONENTS}"
            )
        parts = [self.term(term) for term in reversed(terms)]
        for term, (_, part) in zip(reversed(terms), parts, strict=True):
            if part.dim != parts[0][1].dim:
                self.fail(term, f"found a {part.dim}-D component; allowed: components of one dimension")
        try:
            return mixture([w for w, _ in parts], [d for _, d in parts])
        except DistributionError as error:
            raise error.at(self.start) from error

    def term(self, node: ast.expr) -> tuple[float, Distribution]:
        if not isinstance(node, ast.BinOp):
            return 1.0, self.call(node)
        if not isinstance(node.op, ast.Mult):
            self.fail(node, f"found {self.quote(node)!r}; allowed: weight*family(...) joined by +")
        weight = self.number(node.left, "a positive weight")
        if not weight > 0:
            self.fail(
                node.left,
                f"weight is {self.quote(node.left)}; allowed: above 0 (weights are normalised to sum 1)",
            )
        return weight, self.call(node.right)

    def call(self, node: ast.expr) -> Distribution:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            self.fail(node, f"found {self.quote(node)!r}; allowed: {_families()}")
        rows = [row for row in FAMILIES.values() if row.name == node.func.id]
        if not rows:
            self.fail(
                node, f"unknown family {node.func.id[:40]!r}{_hint(node.func.id)}; allowed: {_families()}"
            )
        values = [self.value(a) for a in node.args]
        row = _overload(rows, values, node.keywords)
        nodes = self.bind(row, node)
        return self.build(row, node, nodes)

    def bind(self, row: Family, node: ast.Call) -> dict[str, ast.expr]:
        allowed = f"{row.name} takes {_signature(row)}"
        if len(node.args) > len(row.parameters):
            self.fail(node.args[len(row.parameters)], f"{len(node.args)} arguments; {allowed}")
        bound = {p.name: a for p, a in zip(row.parameters, node.args, strict=False)}
        names = [p.name for p in row.parameters]
        for keyword in node.keywords:
            if keyword.arg not in names:
                self.fail(keyword, f"unknown parameter {keyword.arg!r}; {allowed}")
            if keyword.arg in bound:
                self.fail(keyword, f"{keyword.arg} is given twice; {allowed}")
            bound[str(keyword.arg)] = keyword.value
        return bound

    def build(self, row: Family, node: ast.Call, nodes: dict[str, ast.expr]) -> Distribution:
        missing = [p.name for p in row.parameters if p.kind == "text" and p.name not in nodes]
        if missing:
            self.fail(node, f"{missing[0]} is missing; {row.name} takes {_signature(row)}")
        values = {name: self.value(argument) for name, argument in nodes.items()}
        try:
            return row.build(**values)
        except DistributionError as error:
            raise error.at(self.position(nodes.get(error.parameter or "", node))) from error

    def value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.List):
            return tuple(self.value(item) for item in node.elts)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        return self.number(node, "a number, a list such as [0,0], or quoted text")

    def number(self, node: ast.expr, allowed: str) -> float:
        sign, inner = 1, node
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.UAdd, ast.USub)):
            sign, inner = (-1 if isinstance(node.op, ast.USub) else 1), node.operand
        if (
            not isinstance(inner, ast.Constant)
            or isinstance(inner.value, bool)
            or not isinstance(inner.value, (int, float))
        ):
            self.fail(node, f"found {self.quote(node)!r}; allowed: {allowed}")
        try:
            value = sign * float(inner.value)
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            self.fail(node, f"found {self.quote(node)!r}; allowed: a finite number")
        return value


def _overload(rows: list[Family], values: list[Any], keywords: list[ast.keyword]) -> Family:
    """Of families of one name, the planar one if an argument is a list."""
    planar = any(isinstance(v, tuple) for v in values) or any(isinstance(k.value, ast.List) for k in keywords)
    by_dim = sorted(rows, key=lambda row: row.dim or 0)
    return by_dim[-1] if planar else by_dim[0]


def _signature(row: Family) -> str:
    def one(p: Parameter) -> str:
        return f'{p.name}="..."' if p.kind == "text" else p.name

    return ", ".join(one(p) for p in row.parameters)


def _families() -> str:
    return "one of " + ", ".join(sorted({row.name for row in FAMILIES.values()}))


def _hint(name: str) -> str:
    near = get_close_matches(name.lower(), [row.name for row in FAMILIES.values()], n=1)
    return f", did you mean {near[0]}?" if near else ""
