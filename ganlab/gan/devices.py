"""Devices: which one to use, by measurement, and CUDA graphs, which take away the cost of launching kernels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from time import perf_counter
from typing import TYPE_CHECKING, Any

import torch

from ganlab.gan.arguments import flat, like
from ganlab.gan.spec import GanSpec
from ganlab.specs import SpecError

if TYPE_CHECKING:
    from torch import Tensor

    from ganlab.gan.step import Update
    from ganlab.gan.structure import Structure

TRIAL = 20  # iterations: tens of milliseconds on either device


def choose(spec: GanSpec, members: int) -> str:
    """`cpu` or `cuda` for this spec; raises SpecError when it asks for CUDA and there is none.

    `auto` times both: one tiny GAN is often faster on the CPU, thousands of them never are.
    """
    if spec.device == "cpu" or (spec.device == "auto" and not torch.cuda.is_available()):
        return "cpu"
    if not torch.cuda.is_available():
        raise SpecError([("device", spec.device, "this machine has no CUDA device; choose cpu or auto")])
    if spec.device == "cuda":
        return "cuda"
    from ganlab.gan.structure import Structure

    return _faster(Structure.of(spec), spec.changed(seed=0, device="cpu", backend="auto"), members)


@lru_cache(maxsize=256)
def _faster(structure: Structure, spec: GanSpec, members: int) -> str:
    return min(("cpu", "cuda"), key=lambda device: _seconds(spec, members, device))


def _seconds(spec: GanSpec, members: int, device: str) -> float:
    from ganlab.gan.training import Training

    training = Training(spec, range(members), device=device)
    training.advance(5)  # kernels load, graphs are captured
    start = perf_counter()
    training.advance(TRIAL)  # its info is read back, so the device has finished
    return perf_counter() - start


class Graphed:
    """An update captured as a CUDA graph on its first call and replayed from then on.

    Inputs are copied into the graph's own buffers and outputs out of them, so that states stay immutable.
    """

    def __init__(self, update: Update) -> None:
        self._update = update
        self._graph: Any = None
        self._inputs: list[Tensor] = []
        self._outputs: Sequence[Tensor] = ()

    def __call__(self, *arguments: Any) -> list[Tensor]:
        tensors = flat(arguments)
        if self._graph is None:
            self._capture(arguments, tensors)
        for buffer, tensor in zip(self._inputs, tensors, strict=True):
            buffer.copy_(tensor)
        self._graph.replay()
        return [output.clone() for output in self._outputs]

    def _capture(self, arguments: tuple[Any, ...], tensors: list[Tensor]) -> None:
        self._inputs = [tensor.clone() for tensor in tensors]
        static = like(arguments, iter(self._inputs))
        side: Any = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):  # libraries choose their kernels before the capture
                self._update(*static)
        torch.cuda.current_stream().wait_stream(side)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._outputs = self._update(*static)
