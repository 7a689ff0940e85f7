"""Arguments of updates: tensors and named tuples of tensors, flattened for compiled libraries and CUDA graphs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def flat(arguments: Sequence[Any]) -> list[Tensor]:
    """All tensors, in order."""
    found: list[Tensor] = []
    for argument in arguments:
        found += argument if isinstance(argument, tuple) else (argument,)
    return found


def like(arguments: Sequence[Any], tensors: Iterator[Tensor]) -> list[Any]:
    """The arguments with their tensors replaced, in order."""
    return [
        type(argument)(*[next(tensors) for _ in argument]) if isinstance(argument, tuple) else next(tensors)
        for argument in arguments
    ]
