"""The compiled step: the same two functions, compiled ahead of time to a shared library by torch's inductor.

A step is traced once, with its gradients (`make_fx`), compiled in a process of its own (`-m ganlab.gan.compiled`)
and kept on disk under a key of all that it depends on. Loading one takes milliseconds and needs no compiler, so
no run ever waits for a compile, and calling one costs half of what a call through `torch.compile` costs
(`docs/architecture.md` has the figures). Compiling needs a C++ compiler; without one the eager step serves.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ganlab.gan import (
    functional,
    kernel_losses,
    losses,
    networks,
    objectives,
    optimisers,
    penalties,
    replay,
    spectral,
    step,
    structure,
)
from ganlab.gan.arguments import flat, like
from ganlab.gan.step import UPDATES, Update, examples, updates_of
from ganlab.gan.structure import Structure
from ganlab.gan.threads import torch_threads

if TYPE_CHECKING:
    from torch import Tensor

MOST_KEPT = 200  # compiled steps on disk, 3.5 MB each without unrolling
SOURCES = (
    functional,
    kernel_losses,
    losses,
    networks,
    optimisers,
    penalties,
    replay,
    spectral,
    step,
    structure,
)


def cache_folder() -> Path:
    """Where compiled steps are kept: GANLAB_CACHE, else the user's cache folder."""
    given = os.environ.get("GANLAB_CACHE")
    base = (
        Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ganlab"
    )
    return base / "steps"


def compiler() -> str | None:
    """Path of the C++ compiler that inductor would use, or None."""
    return shutil.which(os.environ.get("CXX", "") or "g++") or shutil.which("clang++")


@lru_cache(maxsize=1)
def _machine() -> str:
    """What a compiled library depends on beside its structure: torch, our sources and the processor's instructions."""
    sources = hashlib.sha256()
    for file in (__file__, *objectives.FILES, *(str(module.__file__) for module in SOURCES)):
        sources.update(Path(file).read_bytes())
    cpuinfo = Path("/proc/cpuinfo")
    flags = (
        [line for line in cpuinfo.read_text().splitlines() if line.startswith(("flags", "Features"))][:1]
        if cpuinfo.exists()
        else []
    )
    return "\n".join([torch.__version__, platform.platform(), sys.version, sources.hexdigest(), *flags])


def key(structure: Structure, members: int, device: str, threads: int) -> str:
    """Name of the compiled updates in the cache."""
    text = json.dumps([structure, members, device, threads]) + _machine()
    if device.startswith("cuda"):
        text += torch.cuda.get_device_name()
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _updates(structure: Structure, folder: Path) -> dict[str, Update]:
    """Compiled updates by name, with the signatures of those in `ganlab.gan.step` (less the structure)."""
    return {name: _update(_load(folder / f"{name}.pt2")) for name in updates_of(structure)}


def _update(run: Callable[[list[Any]], list[Tensor]]) -> Update:
    return lambda *arguments: run(flat(arguments))


def _load(path: Path) -> Callable[[list[Any]], list[Tensor]]:
    # What torch._inductor.aoti_load_package wraps; importing that takes 1.7 s of a worker's start, this 4 ms.
    loader: Any = torch._C._aoti.AOTIModelPackageLoader
    run: Callable[[list[Any]], list[Tensor]] = loader(str(path), "model", True, 1, -1).boxed_run
    return run


def load(structure: Structure, members: int, device: str, threads: int) -> dict[str, Update] | None:
    """The compiled updates from the cache, or None when it has not been compiled on this machine."""
    folder = cache_folder() / key(structure, members, device, threads)
    if not folder.is_dir():
        return None
    try:
        return _updates(structure, folder)
    except (RuntimeError, OSError) as error:  # cut off or damaged: compiled again when next asked for
        print(f"ganlab: {folder} cannot be loaded and is removed: {error}".splitlines()[0], file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        return None


def start_compiling(structure: Structure, members: int, device: str, threads: int) -> subprocess.Popen[bytes]:
    """Compile into the cache in a low-priority process; exit code 0 means that `load` will find it."""
    request = json.dumps({"structure": structure, "members": members, "device": device, "threads": threads})
    command = [sys.executable, "-m", "ganlab.gan.compiled", request]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,  # its group holds the C++ compiler, too, and is ended as one
    )


def compile_now(structure: Structure, members: int, device: str, threads: int) -> dict[str, Update]:
    """The compiled updates, compiled in this process if the cache has none.

    Raises RuntimeError without a compiler, when that fails, and when the cache cannot be written.
    """
    found = load(structure, members, device, threads)
    if found is not None:
        return found
    if compiler() is None:
        raise RuntimeError("backend 'compiled' needs a C++ compiler (install g++), or choose backend 'eager'")
    try:
        with torch_threads(threads):
            _compile(structure, members, device, threads)
    except OSError as error:
        raise RuntimeError(
            f"compiled steps cannot be kept in {cache_folder()} (GANLAB_CACHE): {error}"
        ) from error
    found = load(structure, members, device, threads)
    if found is None:
        raise RuntimeError("the step was compiled, but what the compiler made cannot be loaded")
    return found


def _compile(structure: Structure, members: int, device: str, threads: int) -> None:
    folder = cache_folder() / key(structure, members, device, threads)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _tidy(folder.parent)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".compiling-") as made:
        given = examples(structure, members, device)
        for name in updates_of(structure):
            _build(partial(UPDATES[name], structure), given[name], Path(made) / f"{name}.pt2")
        try:
            Path(made).rename(folder)
        except OSError:
            if not folder.is_dir():  # else: another process was faster, with the same result
                raise
        Path(made).mkdir(exist_ok=True)  # for TemporaryDirectory to remove


def _tidy(cache: Path) -> None:
    """Makes room: the least recently compiled steps beyond `MOST_KEPT`, and what an ended compile left behind."""
    left = [path for path in cache.glob(".compiling-*") if path.stat().st_mtime < time.time() - 3600]
    kept = sorted((p for p in cache.iterdir() if not p.name.startswith(".")), key=lambda p: p.stat().st_mtime)
    for path in [*left, *kept[: max(0, len(kept) - MOST_KEPT)]]:
        shutil.rmtree(path, ignore_errors=True)


def _build(update: Update, arguments: tuple[Any, ...], path: Path) -> None:
    from torch._inductor import aoti_compile_and_package
    from torch.fx.experimental.proxy_tensor import make_fx

    def on_tensors(*tensors: Tensor) -> Sequence[Tensor]:
        return update(*like(arguments, iter(tensors)))

    # Copies: a tensor that comes twice would be one input of the graph.
    tensors = tuple(tensor.clone() for tensor in flat(arguments))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own deprecations, on every compile
        graph = make_fx(on_tensors)(*tensors)
        program = torch.export.export(graph, tensors)
        aoti_compile_and_package(program, package_path=str(path))


def _end_with(parent: int) -> None:
    """Nobody waits for a compile whose worker is gone: ends this process and its compiler."""
    while os.getppid() == parent:
        time.sleep(1)
    os.killpg(os.getpgid(0), signal.SIGKILL)


def main(request: str) -> int:
    """`python -m ganlab.gan.compiled '{"structure": …}'`: compile into the cache."""
    if hasattr(os, "nice"):
        os.nice(5)  # training and the page come first
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    values = json.loads(request)
    raw = values["structure"]
    parts: list[Any] = [tuple(part) if isinstance(part, list) else part for part in raw]
    structure = Structure(*parts)
    compile_now(structure, values["members"], values["device"], values["threads"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
