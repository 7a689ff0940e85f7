"""What several viewers of one run share, and what each of them holds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from ganlab.live.frames import Floats, Tensors
from ganlab.live.history import History

MOST_VIEWERS = 256
FRESH = 0.02  # seconds in which viewers of a training run share one layer


class Viewers:
    """Which beginning of the run each viewer's history rows belong to."""

    def __init__(self) -> None:
        self._epochs: OrderedDict[str, int] = OrderedDict()

    def rows(self, viewer: str, epoch: int, since: int, history: History) -> tuple[int, Floats]:
        """(history_from, rows) for a viewer that holds rows up to `since`.

        A viewer whose rows are of another run (it was restarted, or came back from a checkpoint) gets no rows and
        `from` 0: it starts over, and asks again from there.
        """
        known = self._epochs.get(viewer)
        self._epochs[viewer] = epoch
        self._epochs.move_to_end(viewer)
        if len(self._epochs) > MOST_VIEWERS:
            self._epochs.popitem(last=False)
        if since > 0 and (known != epoch or since > history.total):
            return 0, history.rows[:0].copy()
        return history.since(since)


class LayerCache:
    """The latest tensors of each layer: many viewers cost little more than one."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[object, float, Tensors]] = {}

    def clear(self) -> None:
        """Forget: the run is another."""
        self._kept.clear()

    def get(
        self, name: str, moment: object, now: float, lively: bool, make: Callable[[], Tensors]
    ) -> Tensors:
        """The tensors of a layer: of this very moment, or at most `FRESH` old while the run goes on."""
        kept = self._kept.get(name)
        if kept is not None and (kept[0] is moment or (lively and now - kept[1] < FRESH)):
            return kept[2]
        tensors = make()
        self._kept[name] = (moment, now, tensors)
        return tensors
