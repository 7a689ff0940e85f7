"""The spec of a GAN on the command line: --spec, --preset, --set, and one flag for each field."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ganlab.gan.spec import GanSpec
from ganlab.presets import PRESETS
from ganlab.specs import SpecError

MAX_SPEC_BYTES = 1_000_000


class UsageError(ValueError):
    """Arguments that cannot be read."""


def add_spec_arguments(command: argparse.ArgumentParser) -> None:
    """--spec, --preset, --set, and one flag for each field of `GanSpec`."""
    base = command.add_argument_group("where to start").add_mutually_exclusive_group()
    base.add_argument("--spec", metavar="FILE", help="a JSON file with fields of a spec ('-' reads stdin)")
    base.add_argument("--preset", metavar="NAME", help=f"one of {', '.join(PRESETS)}")
    fields = command.add_argument_group("fields of the spec, changed in this order: --set, then the others")
    fields.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="any field, repeatable"
    )
    for name, about in GanSpec.model_json_schema()["properties"].items():
        text = f"{about['description']} Default: {_shown(about['default'])}".replace("%", "%%")
        fields.add_argument(
            f"--{name.replace('_', '-')}", dest=f"field_{name}", metavar=_metavar(about), help=text
        )


def _metavar(about: dict[str, Any]) -> str:
    """What a value looks like: the choices, or the type with its bounds."""
    if "enum" in about:
        return "{" + ",".join(about["enum"]) + "}"
    names = {"integer": "INT", "number": "NUMBER", "array": "N,N,…", "string": "TEXT"}
    return names[about["type"]]


def _shown(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def spec_of(arguments: argparse.Namespace) -> GanSpec:
    """The spec that the arguments describe; raises SpecError."""
    values: dict[str, Any] = {}
    if arguments.spec is not None:
        values.update(_read_spec(arguments.spec))
    if arguments.preset is not None:
        if arguments.preset not in PRESETS:
            raise SpecError([("preset", arguments.preset, f"choose one of {', '.join(PRESETS)}")])
        values.update(PRESETS[arguments.preset].values)
    for assignment in arguments.set:
        key, equals, value = assignment.partition("=")
        if not equals:
            raise SpecError([("set", assignment, "key=value, for instance lr_d=0.001")])
        values[key.strip().replace("-", "_")] = value
    given = {name: getattr(arguments, f"field_{name}") for name in GanSpec.model_fields}
    return GanSpec.make(values | {name: value for name, value in given.items() if value is not None})


def _read_spec(name: str) -> dict[str, Any]:
    """The fields in a JSON file; raises SpecError when it cannot be read."""

    def refuse(allowed: str) -> SpecError:
        return SpecError([("spec", name, allowed)])

    try:
        with open(0 if name == "-" else name, "rb", closefd=name != "-") as file:
            raw = file.read(MAX_SPEC_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with a null character
        raise refuse(f"a JSON file that can be read ({getattr(error, 'strerror', None) or error})") from error
    if len(raw) > MAX_SPEC_BYTES:
        raise refuse(f"a JSON file of at most {MAX_SPEC_BYTES:,} bytes")
    try:
        values = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise refuse(f"a JSON file ({error})") from error
    if not isinstance(values, dict):
        raise refuse(f"a JSON object of fields, not {type(values).__name__}")
    return values


def whole(name: str, text: str | int) -> int:
    """A whole number; raises SpecError."""
    try:
        return int(text)
    except ValueError:
        raise SpecError([(name, text, "a whole number")]) from None
