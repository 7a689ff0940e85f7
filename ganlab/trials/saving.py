"""Trials as safetensors: what was asked for in the metadata, states and readings as tensors; no pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import safetensors
import safetensors.numpy

from ganlab.gan.spec import GanSpec
from ganlab.trials.record import Record

if TYPE_CHECKING:
    from ganlab.trials.trial import Trial

    T = TypeVar("T", bound=Trial)


def dump(trial: Trial) -> bytes:
    """All that the trial needs to go on, and all that it has read."""
    tensors = {f"record.{name}": tensor for name, tensor in trial.record.tensors().items()}
    for i, chunk in enumerate(trial.chunks):
        tensors |= {f"{i}.{name}": tensor for name, tensor in chunk.tensors().items()}
    about = {
        "cells": [spec.model_dump(mode="json") for spec in trial.cells],
        "seeds": trial.seeds,
        "steps": trial.steps,
        "moments": len(trial.schedule),
        "chunk": trial.chunk,
        "turn": trial.turn,
        "record": trial.record.about(),
        "chunks": [chunk.about() for chunk in trial.chunks],
    }
    return packed(about, tensors)


def load(kind: type[T], data: bytes, options: Mapping[str, Any]) -> T:
    """The inverse of `dump`; raises ValueError where the data are not a trial."""
    about, tensors = unpacked(data)
    try:
        cells = [GanSpec.make(values) for values in about["cells"]]
        asked = {name: about[name] for name in ("steps", "moments", "chunk")}
        trial = kind(cells, about["seeds"], **asked, **options)
        if len(trial.chunks) != len(about["chunks"]):
            raise ValueError("its GANs were trained in other groups")
        for i, (chunk, kept) in enumerate(zip(trial.chunks, about["chunks"], strict=True)):
            chunk.resume(kept, _part(tensors, f"{i}."))
            if kept.get("backend") == "compiled":
                trial.compiled.add(chunk.library)
        trial.record = Record.of(about["record"], _part(tensors, "record."))
        trial.turn = about["turn"]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"this trial cannot go on: {error}") from error
    return trial


def _part(tensors: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}


def packed(about: Mapping[str, Any], tensors: Mapping[str, Any]) -> bytes:
    """One safetensors buffer, `about` as JSON in its metadata."""
    return bytes(safetensors.numpy.save(dict(tensors), {"trial": json.dumps(about)}))


def unpacked(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """The inverse of `packed`; raises ValueError for anything else."""
    try:
        tensors = safetensors.numpy.load(data)
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + length])
        return json.loads(header["__metadata__"]["trial"]), tensors
    except (safetensors.SafetensorError, KeyError, ValueError) as error:
        raise ValueError(f"this is not a saved trial: {error}") from error
