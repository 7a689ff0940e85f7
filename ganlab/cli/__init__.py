"""The command line: `python -m ganlab train --data "ring(8)" --steps 5000 --seeds 10 --json`.

Results go to stdout, progress and errors to stderr. Exit code 0, 2 for input that cannot be used (with one line that
says why), 130 after Ctrl-C. The flags of a spec are made from `GanSpec`, so a new field or registry row appears here by
itself. Nothing here imports torch before it trains.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlencode

from ganlab import __version__
from ganlab.cli import divergences, rows, table
from ganlab.distributions import FAMILIES, DistributionError, TableError
from ganlab.divergences.results import DivergenceError
from ganlab.gan.spec import GanSpec
from ganlab.presets import PRESETS
from ganlab.specs import SpecError

if TYPE_CHECKING:
    from ganlab.distributions import Family
    from ganlab.experiments import Progress

DEFAULT_STEPS = 5000
MAX_SPEC_BYTES = 1_000_000


class _Parser(argparse.ArgumentParser):
    """argparse that says what is wrong in one line, without the usage text."""

    def error(self, message: str) -> NoReturn:
        raise _UsageError(message)


class _UsageError(ValueError):
    """Arguments that cannot be read."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        arguments = parser().parse_args(argv)
        code = int(arguments.run(arguments))
        sys.stdout.flush()
        return code
    except (SpecError, DistributionError, TableError, DivergenceError, _UsageError) as error:
        print("ganlab: error:", " ".join(str(error).split()), file=sys.stderr)
        return 2
    except KeyboardInterrupt as error:  # what can go on says where
        print("\nganlab: interrupted", *error.args, file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader (`| head`) has seen enough; keep the interpreter from flushing again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


# -- arguments ---------------------------------------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = _Parser(prog="ganlab", description="Train and measure GANs on toy data.", allow_abbrev=False)
    top.add_argument("--version", action="version", version=f"ganlab {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, run: Any, about: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=about, description=about, allow_abbrev=False)
        command.set_defaults(run=run)
        return command

    train = add("train", _train, "Train some seeds as one ensemble and measure what they learnt.")
    train.add_argument(
        "--steps", default=DEFAULT_STEPS, metavar="N", help=f"iterations (default {DEFAULT_STEPS})"
    )
    train.add_argument("--seeds", default=1, metavar="N", help="how many seeds, from --seed on (default 1)")
    train.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    kept = "keep metrics.csv, weights.safetensors and specs there; after a kill the same command goes on"
    train.add_argument("--out", metavar="DIR", help=kept)
    train.add_argument("--fresh", action="store_true", help="begin anew, whatever --out holds")
    train.add_argument("--link", action="store_true", help="print the link to this exercise, train nothing")
    train.add_argument("--quiet", action="store_true", help="no progress on stderr")
    _add_spec_arguments(train)
    spec = add("spec", _spec, "Print a spec as JSON; without arguments, the default.")
    spec.add_argument("--schema", action="store_true", help="print the JSON schema of a spec instead")
    _add_spec_arguments(spec)
    about = "KL, JS, Wasserstein, MMD and their kin, exact from densities, estimated from samples."
    compared = add("divergences", divergences.run, about)
    divergences.add_arguments(compared)
    about = "A published protocol, trained here with its networks, beside the published numbers."
    table.add_arguments(add("table", table.run, about))
    add("warm", _warm, "Compile the steps of all presets for live use, once per machine.")
    add("distributions", _distributions, "List the families of distributions that --data understands.")
    about = "List objectives, penalties, constraints and remedies, and what does not combine."
    rows.add_arguments(add("objectives", rows.run, about))
    return top


def _add_spec_arguments(command: argparse.ArgumentParser) -> None:
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


def _spec_of(arguments: argparse.Namespace) -> GanSpec:
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


def _whole(name: str, text: str | int) -> int:
    try:
        return int(text)
    except ValueError:
        raise SpecError([(name, text, "a whole number")]) from None


# -- commands ----------------------------------------------------------------------------------------------------


def _train(arguments: argparse.Namespace) -> int:
    spec = _spec_of(arguments)
    if arguments.link:
        print(f"/gan_{spec.dim}d?{urlencode(spec.to_query())}")
        return 0
    from ganlab.experiments import train

    steps, seeds = _whole("steps", arguments.steps), _whole("seeds", arguments.seeds)
    if arguments.fresh and arguments.out is None:
        raise _UsageError("argument --fresh: has no use without --out")
    progress = None if arguments.quiet else progress_bar(sys.stderr.isatty())
    result = train(
        spec, steps=steps, seeds=seeds, progress=progress, out=arguments.out, fresh=arguments.fresh
    )
    print(result.to_json() if arguments.json else result, flush=True)
    return 0


def progress_bar(tty: bool) -> Progress:
    """A bar on stderr that repaints itself; where nobody watches, a line for each tenth."""
    start, last, first = time.monotonic(), -1, -1

    def show(done: int, total: int) -> None:
        nonlocal last, first
        if first < 0:
            first = done
            if done:
                print(f"ganlab: goes on at step {done:,} of {total:,}", file=sys.stderr, flush=True)
        seconds = time.monotonic() - start
        left = f", {seconds * (total - done) / (done - first):.0f} s left" if first < done < total else ""
        text = f"{done:,}/{total:,} steps, {seconds:.0f} s{left}"
        if tty:
            width = max(10, min(40, shutil.get_terminal_size().columns - len(text) - 4))
            bar = "█" * (width * done // total)
            end = "\n" if done == total else ""
            print(f"\r{bar:░<{width}} {text}\x1b[K", end=end, file=sys.stderr, flush=True)
        elif done * 10 // total > last:
            last = done * 10 // total
            print(text, file=sys.stderr, flush=True)

    return show


def _spec(arguments: argparse.Namespace) -> int:
    if arguments.schema:
        print(json.dumps(GanSpec.model_json_schema(), indent=2, ensure_ascii=False))
    else:
        print(_spec_of(arguments).model_dump_json(indent=2))
    return 0


def _warm(arguments: argparse.Namespace) -> int:
    from ganlab.gan import compiled
    from ganlab.gan.structure import Structure

    names: dict[Structure, list[str]] = {Structure.of(GanSpec()): ["default"]}
    for preset in PRESETS.values():
        names.setdefault(Structure.of(preset.spec), []).append(preset.name)
    if compiled.compiler() is None:
        print("No C++ compiler here (install g++ for the compiled step): runs will use the eager step.")
        return 0
    for i, (structure, users) in enumerate(names.items(), 1):
        start = time.monotonic()
        try:
            compiled.compile_now(structure, 1, "cpu", 1)
        except RuntimeError as error:
            raise _UsageError(f"with the C++ compiler {compiled.compiler()}: {error}") from error
        print(f"{i}/{len(names)}  {time.monotonic() - start:5.1f} s  {', '.join(users)}", flush=True)
    print(f"In {compiled.cache_folder()}")
    return 0


def _distributions(arguments: argparse.Namespace) -> int:
    for family in FAMILIES.values():
        print(f"{family.key}: {family.about}")
        print(f"    {family.name}({', '.join(_parameters(family))})")
    print("Mixtures: 0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)")
    return 0


def _parameters(family: Family) -> Iterator[str]:
    from ganlab.distributions.registry import literal

    for p in family.parameters:
        yield f'{p.name}="…"' if p.default is None else f"{p.name}={literal(p.default)}"
