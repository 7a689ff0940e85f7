"""Frames: one safetensors buffer with the layers that were asked for, and scalars as JSON in its metadata.

Everything a browser reads is plain JSON: numbers that are not finite travel as the texts "nan", "inf" and "-inf".
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

Floats = NDArray[np.float32]
Tensors = dict[str, NDArray[Any]]
"""By name; float32 and uint8."""

Info = dict[str, Any]


def jsonable(value: Any) -> Any:
    """The same value made of what JSON has; non-finite numbers as "nan", "inf", "-inf"."""
    if isinstance(value, np.generic | np.ndarray):
        return jsonable(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, Mapping):
        return {str(key): jsonable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(entry) for entry in value]
    return value


def dumps(value: Any) -> str:
    """JSON that every reader understands; TypeError for what JSON does not have."""
    return json.dumps(jsonable(value), allow_nan=False, separators=(",", ":"), ensure_ascii=False)


def encode(tensors: Mapping[str, NDArray[Any]], info: Mapping[str, Any]) -> bytes:
    """A frame: float32 and uint8 tensors by name, and `info` under the metadata key of that name."""
    contiguous = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    return bytes(save(contiguous, {"info": dumps(info)}))


def decode(frame: bytes) -> tuple[Tensors, Info]:
    """The tensors and the info of a frame."""
    length = int.from_bytes(frame[:8], "little")
    header = json.loads(frame[8 : 8 + length])
    return load(frame), json.loads(header["__metadata__"]["info"])
