"""What the web process knows of each run."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ganlab.live.frames import encode
from ganlab.live.kinds import kind_of
from ganlab.live.process import Answer
from ganlab.specs import FlatSpec

RECENT = 60.0  # seconds
RESTORES = 2  # workers that may end while they restore a run
ENDS = 3  # workers that may end while they are busy with a run

Right = Literal["view", "control"]


@dataclass(frozen=True)
class Handle:
    """The way to a run: who has `control_token` may steer it, who has `view_token` may watch."""

    run: str
    view_token: str = field(repr=False)
    control_token: str = field(repr=False)

    @property
    def token(self) -> str:
        """The token of its owner."""
        return self.control_token

    @property
    def control(self) -> bool:
        """Whether `token` may steer the run."""
        return True

    def viewer(self) -> Viewer:
        """The way to the run for somebody who only watches."""
        return Viewer(self.run, self.view_token)


@dataclass(frozen=True)
class Viewer:
    """The way to a run for somebody who only watches."""

    run: str
    token: str = field(repr=False)
    control: bool = False


@dataclass(frozen=True)
class Description:
    """A run as the web process knows it. `reason` says why it ended: stopped, unwatched, failed, invalid."""

    run: str
    spec: FlatSpec
    worker: int
    ended: bool
    reason: str | None


@dataclass
class Record:
    """One run; `worker` is the index of the worker that hosts it."""

    handle: Handle
    session: str
    spec: FlatSpec
    worker: int
    ends: list[tuple[float, str]] = field(default_factory=list)  # of workers that were busy with it, and how
    reason: str | None = None
    ended_at: float = 0.0
    last: dict[str, Any] = field(default_factory=dict)
    asked: dict[Answer, Mapping[str, Any]] = field(
        default_factory=dict
    )  # changes without an answer, in order

    @classmethod
    def new(cls, session: str, spec: FlatSpec, worker: int) -> Record:
        """A run with an unguessable name and tokens."""
        run, view, control = (secrets.token_urlsafe(n) for n in (12, 24, 24))
        return cls(Handle(run, view, control), session, spec, worker)

    @property
    def ended(self) -> bool:
        """Whether the run is over."""
        return self.reason is not None

    def right(self, token: str) -> Right | None:
        """What this token allows, compared in constant time."""
        given = token.encode()
        control = hmac.compare_digest(given, self.handle.control_token.encode())
        view = hmac.compare_digest(given, self.handle.view_token.encode())
        return "control" if control else "view" if view else None

    def origin(self) -> dict[str, Any]:
        """What a worker must know to begin it."""
        return {"kind": self.spec.KIND, "spec": self.spec.model_dump(mode="json")}

    def describe(self) -> Description:
        """For pages."""
        return Description(self.handle.run, self.spec, self.worker, self.ended, self.reason)

    def failed(self, phase: str, now: float) -> bool:
        """A worker ended while busy with this run; True once that is no coincidence."""
        self.ends = [*(end for end in self.ends if now - end[0] < RECENT), (now, phase)]
        restoring = sum(phase == "restore" for _, phase in self.ends)
        return restoring >= RESTORES or len(self.ends) >= ENDS

    def update(self, changes: Mapping[str, Any]) -> None:
        """The worker changed hot fields, texts of FOLLOWED, or the seed."""
        if changes:
            self.spec = self.spec.changed(**changes)

    def wanted(self) -> dict[str, Any]:
        """What changes without a new run, as it will be once the worker has obeyed all that it was asked."""
        values = {name: getattr(self.spec, name) for name in self.spec.HOT | self.spec.FOLLOWED}
        for changes in self.asked.values():
            values |= changes
        return values

    def last_frame(self) -> bytes:
        """What viewers of an ended run get: no layers, and that it has stopped."""
        info: dict[str, Any] = {
            "run": self.handle.run,
            "kind": self.spec.KIND,
            "step": 0,
            "per_second": None,
            "halves": False,
            "history_columns": (),
            **kind_of(self.spec).blank(self.spec),
            **self.last,
        }
        now = {"state": "stopped", "rate": 0.0, "compiling": False, "notice": None, "reason": self.reason}
        return encode({}, {**info, **now, "history_from": 0})
