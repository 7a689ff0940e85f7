"""`python -m ganlab sweep`: a map of many GANs over one or two dials."""

from __future__ import annotations

import argparse
import sys
from urllib.parse import urlencode

from ganlab.cli.progress import progress_bar
from ganlab.cli.specs import UsageError, spec_of, whole
from ganlab.gan.variants import write_base
from ganlab.specs import SpecError
from ganlab.trials.metrics import METRICS
from ganlab.trials.spec import SweepSpec

DEFAULTS = SweepSpec.model_fields


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The flags of the command, but those of the GAN to begin with."""
    form = "DIAL=LOW:HIGH:COUNT[:log], or DIAL=VALUE,VALUE,…"
    command.add_argument("--x", metavar="DIAL", default=DEFAULTS["x"].default, help=f"across: {form}")
    command.add_argument(
        "--y", metavar="DIAL", default="", help="upward, written like --x (default: one row)"
    )
    steps, seeds, moments = (DEFAULTS[name].default for name in ("steps", "seeds", "moments"))
    command.add_argument(
        "--steps", metavar="N", default=steps, help=f"iterations of every GAN (default {steps})"
    )
    command.add_argument(
        "--seeds", metavar="N", default=seeds, help=f"of every cell, from --seed on (default {seeds})"
    )
    command.add_argument(
        "--moments",
        metavar="N",
        default=moments,
        help=f"readings of every GAN on the way (default {moments})",
    )
    command.add_argument(
        "--metric", metavar="NAME", help=f"what the table shows, one of {', '.join(METRICS)}"
    )
    output = command.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    output.add_argument("--csv", action="store_true", help="print every reading of every GAN as CSV")
    output.add_argument("--link", action="store_true", help="print the link to this map, train nothing")
    kept = "keep the sweep, readings.csv and result.json there; after a kill the same command goes on"
    command.add_argument("--out", metavar="DIR", help=kept)
    command.add_argument("--fresh", action="store_true", help="begin anew, whatever --out holds")
    command.add_argument("--quiet", action="store_true", help="no progress on stderr")


def run(arguments: argparse.Namespace) -> int:
    """Trains all cells and prints what they came to; raises SpecError."""
    if arguments.fresh and arguments.out is None:
        raise UsageError("argument --fresh: has no use without --out")
    spec = SweepSpec.make(
        {
            "base": write_base(spec_of(arguments)),
            "x": arguments.x,
            "y": arguments.y,
            **{name: whole(name, getattr(arguments, name)) for name in ("steps", "seeds", "moments")},
        }
    )
    if arguments.metric is not None and arguments.metric not in METRICS:
        raise SpecError([("metric", arguments.metric, f"choose one of {', '.join(METRICS)}")])
    if arguments.link:
        print(f"/phase?{urlencode(spec.to_query())}")
        return 0
    from ganlab.trials.sweeping import sweep

    progress = None if arguments.quiet else progress_bar(sys.stderr.isatty(), "GAN steps")
    found = sweep(spec, progress=progress, out=arguments.out, fresh=arguments.fresh)
    if arguments.json:
        print(found.to_json(), flush=True)
    elif arguments.csv:
        print(found.to_csv(), end="", flush=True)
    else:
        print(found.table(arguments.metric) if arguments.metric else found, flush=True)
    return 0
