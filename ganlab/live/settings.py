"""What a worker is told when it starts: times in seconds."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`folder` is where checkpoints go; it belongs to the pool and outlives a worker."""

    folder: str = ""
    unwatched_after: float = 5.0  # without a frame asked for: the run sleeps
    lease: float = 600.0  # without a frame asked for: the run ends
    grace: float = 20.0  # the lease of a run whose session has ended
    checkpoint_every: float = 1.5  # so that the latest is at most 2 s old
    slice: float = 0.004  # of training, before the others have their turn

    def dumps(self) -> str:
        """As JSON."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def loads(cls, text: str) -> Settings:
        """The inverse of `dumps`."""
        return cls(**json.loads(text))
