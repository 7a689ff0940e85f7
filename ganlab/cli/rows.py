"""`python -m ganlab objectives`: what a GAN can be made of, and what of it does not combine."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from ganlab.divergences.generators import GENERATORS
from ganlab.gan.combinations import RULES
from ganlab.gan.constraints import CONSTRAINTS
from ganlab.gan.objectives import OBJECTIVES, Objective
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.remedies import REMEDIES
from ganlab.gan.spec import GanSpec
from ganlab.specs import SpecError, text


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The flags of the command."""
    command.add_argument("--json", action="store_true", help="print one JSON object instead of a list")


def run(arguments: argparse.Namespace) -> int:
    """Prints all rows."""
    if arguments.json:
        print(json.dumps(everything(), ensure_ascii=False))
    else:
        for line in _lines(everything()):
            print(line)
    return 0


# -- as values ---------------------------------------------------------------------------------------------------


def everything() -> dict[str, Any]:
    """All tables by name; JSON values."""
    return {
        "objectives": [_objective(row) for row in OBJECTIVES.values()],
        "penalties": [
            {
                "name": row.name,
                "label": row.label,
                "formula": row.formula,
                "source": row.source,
                "weight": row.weight,
            }
            for row in PENALTIES.values()
        ],
        "constraints": [
            {"name": row.name, "label": row.label, "formula": row.formula, "source": row.source}
            for row in CONSTRAINTS.values()
        ],
        "remedies": [
            {
                "name": row.name,
                "label": row.label,
                "about": row.about,
                "formula": row.formula,
                "source": row.source,
                "sets": dict(row.values(GanSpec())),
                "not_with": _not_with(row.name),
            }
            for row in REMEDIES.values()
        ],
        "rules": [
            {"field": field, "reason": reason}
            for field, reason in dict.fromkeys((rule.field, rule.reason) for rule in RULES)
        ],
    }


def _objective(row: Objective) -> dict[str, Any]:
    about: dict[str, Any] = {
        name: getattr(row, name)
        for name in ("name", "label", "formula_d", "formula_g", "optimal_d", "source")
    }
    best = GENERATORS[row.best] if row.best is not None else None
    return about | {
        "adversarial": row.adversarial,
        "bound": None if best is None else {"name": best.name, "label": best.label, "formula": best.formula},
    }


def _not_with(remedy: str) -> dict[str, list[str]]:
    """Objectives and other remedies that a remedy is refused beside, by reason (with a spec of defaults)."""
    found: dict[str, list[str]] = {}
    for name, spec in _company().items():
        reason = REMEDIES[remedy].refusal(spec)
        if reason is not None and name != remedy:
            found.setdefault(reason, []).append(name)
    return found


@cache
def _company() -> dict[str, GanSpec]:
    """The default spec with each objective and with each remedy."""
    specs = {name: GanSpec(objective=name) for name in OBJECTIVES}
    for name, row in REMEDIES.items():
        try:
            specs.setdefault(name, row.applied(GanSpec()))
        except SpecError:  # one that is refused everywhere has no company
            continue
    return specs


# -- as lines ----------------------------------------------------------------------------------------------------


def _lines(tables: dict[str, Any]) -> Iterator[str]:
    yield "Objectives, with --objective:"
    for row in tables["objectives"]:
        yield _title(row)
        yield f"    D minimises {row['formula_d']}" if row["adversarial"] else "    There is no D."
        yield f"    G minimises {row['formula_g']}"
        if row["bound"] is not None:
            yield f"    The value is at most {row['bound']['label']}, and is that for the best D."
    yield "\nPenalties on D, with --penalty (and --penalty-weight):"
    for row in tables["penalties"]:
        weight = f", weight {row['weight']:g}" if row["weight"] else ""
        yield f"{_title(row)}\n    {row['formula']}{weight}"
    yield "\nConstraints on D's weights, with --constraint:"
    for row in tables["constraints"]:
        yield _title(row) + (f"\n    {row['formula']}" if row["formula"] else "")
    yield "\nRemedies, and the fields that each sets:"
    for row in tables["remedies"]:
        yield from _remedy(row)
    yield "\nWhat does not combine: fields, and when they cannot be in use"
    for reason in dict.fromkeys(row["reason"] for row in tables["rules"]):
        fields = [row["field"] for row in tables["rules"] if row["reason"] == reason]
        yield f"{', '.join(fields)}: {reason}"


def _title(row: dict[str, Any]) -> str:
    return f"{row['name']}: {row['label']}" + (f" ({row['source']})" if row["source"] else "")


def _remedy(row: dict[str, Any]) -> Iterator[str]:
    yield _title(row)
    yield f"    {row['about']}"
    yield f"    {row['formula']}"
    yield "    " + " ".join(
        f"--{name.replace('_', '-')} {text(value)}" for name, value in row["sets"].items()
    )
    for reason, names in row["not_with"].items():
        yield f"    Not with {', '.join(names)}: {reason}."
