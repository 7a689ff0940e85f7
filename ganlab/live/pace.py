"""How fast a run may go: full speed, some iterations a second, or slow motion in half-steps."""

from __future__ import annotations

import math
from collections import deque

AHEAD = 0.1  # seconds of work that may have piled up while others had their turn
SLOW_MOTION = 1.0  # iterations a second in slow motion when none were named


class Pace:
    """Credit for updates, earned with time. Times are seconds of any monotonic clock."""

    def __init__(self, now: float) -> None:
        self.per_second: float | None = None
        self.halves = False
        self._credit, self._at = 1.0, now

    def set(self, per_second: float | None, halves: bool, now: float) -> None:
        """A new pace; the first update is due at once."""
        self.per_second, self.halves = per_second, halves
        self.reset(now)

    def reset(self, now: float) -> None:
        """Forget time that has passed: it was a pause."""
        self._credit, self._at = 1.0, now

    @property
    def rate(self) -> float | None:
        """Updates a second, None for as many as there is time for; an iteration in slow motion is two."""
        if self.halves:
            return 2 * (SLOW_MOTION if self.per_second is None else self.per_second)
        return self.per_second

    def due(self, now: float) -> float:
        """How many updates may be done now, inf at full speed."""
        rate = self.rate
        if rate is None:
            return math.inf
        self._credit = min(self._credit + (now - self._at) * rate, 1.0 + AHEAD * rate)
        self._at = now
        return float(math.floor(self._credit + 1e-9))

    def spend(self, updates: int) -> None:
        """These updates were done."""
        if self.rate is not None:
            self._credit -= updates

    def wait(self, now: float) -> float:
        """Seconds until an update is due."""
        rate = self.rate
        if rate is None or self.due(now) >= 1:
            return 0.0
        return (1.0 - self._credit) / rate


class Meter:
    """Steps a second over the last second."""

    def __init__(self, span: float = 1.0) -> None:
        self.span = span
        self._marks: deque[tuple[float, int]] = deque()

    def reset(self) -> None:
        """Begin again: what comes was not counted from what was."""
        self._marks.clear()

    def mark(self, now: float, step: int) -> None:
        """So many steps were done by now."""
        marks = self._marks
        if marks and now - marks[-1][0] < self.span / 50:
            return
        marks.append((now, step))
        while len(marks) > 2 and marks[1][0] < now - self.span:
            marks.popleft()

    def rate(self, now: float, step: int) -> float:
        """Steps a second, from about a second ago until now; 0 before there is anything to say."""
        marks = self._marks
        while len(marks) > 1 and marks[1][0] < now - self.span:
            marks.popleft()
        if not marks or now - marks[0][0] < self.span / 20:
            return 0.0
        return (step - marks[0][1]) / (now - marks[0][0])
