"""The command line: `python -m ganlab train --data "ring(8)" --steps 5000 --seeds 10 --json`.

Results go to stdout, progress and errors to stderr. Exit code 0, 2 for input that cannot be used (with one line that
says why), 130 after Ctrl-C. The flags of a spec are made from `GanSpec`, so a new field or registry row appears here by
itself. Nothing here imports torch before it trains.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlencode

from ganlab import __version__
from ganlab.cli import divergences, rows, sweep, table
from ganlab.cli.progress import progress_bar
from ganlab.cli.specs import UsageError, add_spec_arguments, spec_of, whole
from ganlab.distributions import FAMILIES, DistributionError, TableError
from ganlab.divergences.results import DivergenceError
from ganlab.gan.spec import GanSpec
from ganlab.presets import PRESETS
from ganlab.specs import SpecError

if TYPE_CHECKING:
    from ganlab.distributions import Family
    from ganlab.gan.structure import Structure

DEFAULT_STEPS = 5000


class _Parser(argparse.ArgumentParser):
    """argparse that says what is wrong in one line, without the usage text."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        arguments = parser().parse_args(argv)
        code = int(arguments.run(arguments))
        sys.stdout.flush()
        return code
    except (SpecError, DistributionError, TableError, DivergenceError, UsageError) as error:
        print("ganlab: error:", " ".join(str(error).split()), file=sys.stderr)
        return 2
    except KeyboardInterrupt as error:  # what can go on says where
        print(f"\nganlab: {error}" if error.args else "\nganlab: interrupted", file=sys.stderr)
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
    add_spec_arguments(train)
    spec = add("spec", _spec, "Print a spec as JSON; without arguments, the default.")
    spec.add_argument("--schema", action="store_true", help="print the JSON schema of a spec instead")
    add_spec_arguments(spec)
    about = "KL, JS, Wasserstein, MMD and their kin, exact from densities, estimated from samples."
    compared = add("divergences", divergences.run, about)
    divergences.add_arguments(compared)
    about = "Train a map of many GANs at once: two dials, every combination, several seeds of each."
    swept = add("sweep", sweep.run, about)
    sweep.add_arguments(swept)
    add_spec_arguments(swept)
    about = "A published protocol, trained here with its networks, beside the published numbers."
    table.add_arguments(add("table", table.run, about))
    add(
        "warm", _warm, "Compile the steps of all presets and of the first map for live use, once per machine."
    )
    add("distributions", _distributions, "List the families of distributions that --data understands.")
    about = "List objectives, penalties, constraints and remedies, and what does not combine."
    rows.add_arguments(add("objectives", rows.run, about))
    return top


# -- commands ----------------------------------------------------------------------------------------------------


def _train(arguments: argparse.Namespace) -> int:
    spec = spec_of(arguments)
    if arguments.link:
        print(f"/gan_{spec.dim}d?{urlencode(spec.to_query())}")
        return 0
    from ganlab.experiments import train

    steps, seeds = whole("steps", arguments.steps), whole("seeds", arguments.seeds)
    if arguments.fresh and arguments.out is None:
        raise UsageError("argument --fresh: has no use without --out")
    progress = None if arguments.quiet else progress_bar(sys.stderr.isatty())
    result = train(
        spec, steps=steps, seeds=seeds, progress=progress, out=arguments.out, fresh=arguments.fresh
    )
    print(result.to_json() if arguments.json else result, flush=True)
    return 0


def _spec(arguments: argparse.Namespace) -> int:
    if arguments.schema:
        print(json.dumps(GanSpec.model_json_schema(), indent=2, ensure_ascii=False))
    else:
        print(spec_of(arguments).model_dump_json(indent=2))
    return 0


def _warm(arguments: argparse.Namespace) -> int:
    from ganlab.gan import compiled

    if compiled.compiler() is None:
        print("No C++ compiler here (install g++ for the compiled step): runs will use the eager step.")
        return 0
    names = _live_steps()
    for i, ((structure, members), users) in enumerate(names.items(), 1):
        start = time.monotonic()
        try:
            compiled.compile_now(structure, members, "cpu", 1)
        except RuntimeError as error:
            raise UsageError(f"with the C++ compiler {compiled.compiler()}: {error}") from error
        print(f"{i}/{len(names)}  {time.monotonic() - start:5.1f} s  {', '.join(users)}", flush=True)
    print(f"In {compiled.cache_folder()}")
    return 0


def _live_steps() -> dict[tuple[Structure, int], list[str]]:
    """Steps that pages run at first, by structure and number of GANs, with what they are for."""
    from ganlab.gan.structure import Structure
    from ganlab.trials.plan import plan
    from ganlab.trials.spec import SweepSpec

    names = {(Structure.of(GanSpec()), 1): ["default"]}
    for preset in PRESETS.values():
        names.setdefault((Structure.of(preset.spec), 1), []).append(preset.name)
    spec = SweepSpec()
    for part in plan([cell.spec for cell in spec.cells if cell.spec], spec.seeds):
        names[Structure.of(part.spec), part.size] = ["the phase diagram"]
    return names


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
