"""`python -m ganlab divergences`: numbers between two distributions, from densities or from samples."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ganlab.distributions import TableError, read_table
from ganlab.distributions.base import FloatArray
from ganlab.distributions.table import MAX_BYTES
from ganlab.divergences import DIVERGENCES, KERNELS, Comparison, Value, compare
from ganlab.divergences.compare import number
from ganlab.divergences.estimators import ESTIMATORS, compare_samples
from ganlab.divergences.results import LN2, DivergenceError

UNITS = {"nats": "nats", "none": "", "x": "units of the data", "x2": "squared units of the data"}


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The flags of the command."""
    p = command.add_argument_group("the two distributions, as texts or as samples in files")
    p.add_argument("--p", metavar="TEXT", help='the data, such as "normal(0,1)"')
    p.add_argument("--q", metavar="TEXT", help='the model, such as "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)"')
    p.add_argument("--p-samples", metavar="FILE", help="a CSV file of one or two columns, instead of --p")
    p.add_argument("--q-samples", metavar="FILE", help="a CSV file of one or two columns, instead of --q")
    how = command.add_argument_group("how")
    how.add_argument("--names", metavar="NAME,…", help="only these (see --list)")
    how.add_argument("--units", choices=("nats", "bits"), default="nats", help="default nats")
    how.add_argument(
        "--alpha", type=_number, help="order of Rényi and α-divergence, from densities (default 0.5)"
    )
    how.add_argument("--kernel", choices=tuple(KERNELS), help="of MMD² (default gaussian)")
    how.add_argument(
        "--bandwidth", type=_number, help="of the kernel (default 1; from samples the median distance)"
    )
    how.add_argument("--k", type=_whole, help="nearest neighbours, from samples (default 3)")
    how.add_argument("--bins", type=_whole, help="of a histogram, from samples (default: chosen)")
    command.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    command.add_argument("--list", action="store_true", help="list divergences, estimators and kernels")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}; allowed: a number") from None


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}; allowed: a whole number") from None


def run(arguments: argparse.Namespace) -> int:
    """Prints what was asked for; raises DistributionError, TableError or DivergenceError."""
    if arguments.list:
        _list()
        return 0
    given = [flag for flag in ("p", "q", "p_samples", "q_samples") if getattr(arguments, flag) is not None]
    if given == ["p", "q"]:
        return _from_densities(arguments)
    if given == ["p_samples", "q_samples"]:
        return _from_samples(arguments)
    received = ", ".join(map(_flag, given)) or "neither"
    raise DivergenceError(f"give --p and --q, or --p-samples and --q-samples. Received {received}.")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _options(arguments: argparse.Namespace, used: Sequence[str], unused: Sequence[str]) -> dict[str, Any]:
    """Those `used` that were given: the others have the defaults of the library. DivergenceError for an `unused`."""
    for name in unused:
        value = getattr(arguments, name)
        if value is not None:
            allowed = ", ".join(map(_flag, used))
            raise DivergenceError(f"argument {_flag(name)}: {value} has no use here; allowed: {allowed}")
    return {name: value for name in used if (value := getattr(arguments, name)) is not None}


def _from_densities(arguments: argparse.Namespace) -> int:
    options = _options(arguments, ("alpha", "kernel", "bandwidth"), ("k", "bins"))
    found = compare(arguments.p, arguments.q, _names(arguments), **options)
    if arguments.json:
        print(json.dumps(found.to_json(arguments.units), ensure_ascii=False))
    else:
        _print(found, arguments.units)
    return 0


def _from_samples(arguments: argparse.Namespace) -> int:
    options = _options(arguments, ("kernel", "bandwidth", "k", "bins"), ("alpha",))
    x, y = _read(arguments.p_samples), _read(arguments.q_samples)
    if x.shape[1] != y.shape[1]:
        raise DivergenceError(
            "--p-samples and --q-samples: should have equally many columns. Received "
            f"{x.shape[1]} in {arguments.p_samples} and {y.shape[1]} in {arguments.q_samples}."
        )
    found = compare_samples(x, y, _names(arguments), **options)
    values = {name: _in(value, arguments.units) for name, value in found.items()}
    if arguments.json:
        print(json.dumps(_samples_json(values, arguments.units, x, y), ensure_ascii=False))
    else:
        for line in _table(values.values(), arguments.units):
            print(line)
    return 0


def _names(arguments: argparse.Namespace) -> list[str] | None:
    return None if arguments.names is None else [name.strip() for name in arguments.names.split(",")]


def _read(name: str) -> FloatArray:
    """The numbers in a CSV file [n, d], in its own units; raises TableError."""
    try:
        with Path(name).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with a null character
        raise TableError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    try:
        return read_table(content, Path(name).name).values
    except TableError as error:
        raise TableError(f"{name}: {error}") from error


def _in(value: Value, units: str) -> Value:
    return value.in_bits() if units == "bits" else value


def _samples_json(values: Mapping[str, Value], units: str, x: FloatArray, y: FloatArray) -> dict[str, Any]:
    """Values by estimator, with intervals `[low, high]`, how these were made, and why a value is infinite."""
    intervals = {name: v.interval for name, v in values.items() if v.interval is not None}
    return {
        "units": units,
        "n": [len(x), len(y)],
        **{name: number(value.value) for name, value in values.items()},
        "intervals": {name: [number(i.low), number(i.high)] for name, i in intervals.items()},
        "methods": {name: i.method for name, i in intervals.items()},
        "targets": {name: i.target for name, i in intervals.items() if i.target},
        "reasons": {name: v.reason.text for name, v in values.items() if v.reason is not None},
    }


def _print(found: Comparison, units: str) -> None:
    for line in _table((_in(value, units) for value in found.values()), units):
        print(line)
    optimal = found.optimal_value
    if optimal is not None:
        shown = optimal / LN2 if units == "bits" else optimal
        print(f"\nbest value of a GAN, 2·JS − ln 4: {shown:.6g} {units}")


def _table(values: Iterable[Value], units: str) -> Iterable[str]:
    """One line per value: name, number, how well it is known, unit, reason."""
    for value in values:
        unit = units if value.units == "nats" else UNITS[value.units]
        line = f"{value.name:<26} {value.value:>12.6g}  {_doubt(value):<26} {unit}".rstrip()
        yield f"{line}\n{'':<26} {value.reason.text}" if value.reason is not None else line


def _doubt(value: Value) -> str:
    if value.interval is not None:
        return f"[{value.interval.low:.5g}, {value.interval.high:.5g}] 95 %"
    return "" if value.error is None else f"± {value.error:.1e}"


def _list() -> None:
    for row in DIVERGENCES.values():
        print(f"{row.name}: {row.label} ({row.source})\n    {row.formula}\n    Blind: {row.blind}")
    print("\nFrom samples, each with a 95 % interval:")
    for estimator in ESTIMATORS.values():
        print(f"{estimator.name}: {estimator.label} ({estimator.source})\n    {estimator.about}")
    print("\nKernels of MMD²:")
    for kernel in KERNELS.values():
        print(f"{kernel.name}: {kernel.label} ({kernel.source})\n    {kernel.formula}")
