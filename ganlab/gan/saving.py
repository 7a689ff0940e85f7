"""Runs as safetensors files: spec and counters in the metadata, tensors of the state by name; no pickle."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ganlab.gan.iteration import State
from ganlab.gan.spec import GanSpec
from ganlab.gan.step import Network

if TYPE_CHECKING:
    from ganlab.gan.training import Training


@dataclass(frozen=True)
class Saved:
    """What a file holds."""

    path: str
    spec: GanSpec
    seeds: list[int]
    each: dict[str, list[float]]
    counters: dict[str, int]
    tensors: dict[str, torch.Tensor]

    def state(self, like: State) -> State:
        """The state, on the device of one that this run begins with; raises ValueError where shapes do not fit."""
        nets = {}
        for k in "dg":
            begin = getattr(like, k)
            found = [self.tensors.get(f"{k}.{name}") for name in Network._fields]
            if [None if t is None else t.shape for t in found] != [t.shape for t in begin]:
                raise ValueError(f"{self.path}: the tensors of network {k.upper()} do not fit its spec")
            nets[k] = Network(*[t.to(begin.theta.device) for t in found if t is not None])
        return State(d=nets["d"], g=nets["g"], **self.counters)


def dump(training: Training) -> bytes:
    """A run as bytes."""
    s = training.state
    tensors = {f"{k}.{name}": t.cpu().numpy() for k in "dg" for name, t in getattr(s, k)._asdict().items()}
    about: dict[str, Any] = {"step": s.step, "d_updates": s.d_updates, "g_updates": s.g_updates}
    about |= {"seeds": training.seeds, "each": training.each}
    return save(tensors, {"spec": training.spec.model_dump_json(), "state": json.dumps(about)})


def read(path: str) -> Saved:
    """A file that holds what `dump` gave; raises ValueError when it does not."""
    try:
        with safe_open(path, "np") as file:
            metadata = file.metadata() or {}
            tensors = {name: torch.from_numpy(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118 (not a mapping)
    except SafetensorError as error:
        raise ValueError(f"{path} is not a saved run: {error}") from error
    if not {"spec", "state"} <= metadata.keys():
        raise ValueError(f"{path} is not a saved run: it has no spec")
    about = json.loads(metadata["state"])
    seeds, each = about.pop("seeds"), about.pop("each", {})
    return Saved(path, GanSpec.model_validate_json(metadata["spec"]), seeds, each, about, tensors)
