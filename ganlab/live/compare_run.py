"""A comparison, live: two to six GANs on one clock, with a past to which all of them go back together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ganlab.gan import State
from ganlab.gan.cost import operations
from ganlab.gan.training import Which
from ganlab.live import commands
from ganlab.live.base import LiveRun, What
from ganlab.live.compare_lane import Lane
from ganlab.live.compare_past import MEMORY, MOMENTS, Moments
from ganlab.live.compare_spec import MOST, CompareSpec
from ganlab.live.compare_told import catch_up, columns_of, lane_info, moved_columns
from ganlab.live.cost import check_affordable
from ganlab.live.frames import Tensors
from ganlab.live.history import COLUMNS, History
from ganlab.live.run import OPERATIONS

ROWS = 1000
SHARED = frozenset({"real", "grid", "p", "weights"})
"""Tensors that are the same for all runs; the others have `.0`, `.1` … behind their names."""


class CompareRun(LiveRun[CompareSpec]):
    """Two to six trainings that take every step together.

    One that diverges stops alone. One that joins late, because an arm was added or changed, begins at step 0 with the
    same data and noise and catches up while the others wait. Going back loads the moment that was kept: the same
    state, bit for bit, and from there the same course again, until something is changed: then what was known of the
    course after that moment is forgotten.
    """

    KIND = "compare"
    STEPS: ClassVar[tuple[What, ...]] = ("d", "g", "both")

    lanes: list[Lane]

    def _set_up(self, spec: CompareSpec) -> None:
        self.let_go()
        self._spec = spec
        self._made = 0  # lanes so far, for their names
        self.lanes = [self._lane(each) for each in spec.specs]
        self._share_window()
        columns = [f"{name}.{k}" for k in range(MOST) for name in COLUMNS if name != "step"]
        self.history = History(ROWS, ("step", *columns), reading="distance.0")
        self.moments = Moments()
        self._bound_memory()
        self._clock = self._furthest = 0
        self._forks: list[int] = []  # steps at which a hyperparameter or a backend changed
        self._partial = False  # between the updates of D and those of G
        self.phase: Which | None = None
        self._states: tuple[State, ...] = ()
        self._step_time = sum(1e-3 + operations(lane.spec) / OPERATIONS for lane in self.lanes)

    def _lane(self, spec: Any) -> Lane:
        self._made += 1
        return Lane(f"{self.name}.{self.epoch}.{self._made}", spec, self._compiling, self.clock)

    def _share_window(self) -> None:
        """One window for all pictures, as wide as the widest."""
        low = np.min([lane.own_bounds[:, 0] for lane in self.lanes], axis=0)
        high = np.max([lane.own_bounds[:, 1] for lane in self.lanes], axis=0)
        for lane in self.lanes:
            lane.show_in(np.stack([low, high], axis=1))

    def _bound_memory(self) -> None:
        self.moments.thin(min(MOMENTS, MEMORY // sum(lane.size for lane in self.lanes)))
        self._drop()

    @property
    def spec(self) -> CompareSpec:
        """The spec as it is now."""
        return self._spec

    @property
    def seed(self) -> int:
        """The seed of all runs."""
        return self._spec.seed

    @property
    def step(self) -> int:
        """Iterations that all runs have done, but for those that diverged or still catch up."""
        return self._clock

    @property
    def moment(self) -> object:
        """The states of all trainings."""
        states = tuple(lane.training.state for lane in self.lanes)
        if len(states) != len(self._states) or any(
            a is not b for a, b in zip(states, self._states, strict=True)
        ):
            self._states = states
        return self._states

    @property
    def behind(self) -> list[Lane]:
        """Runs that joined late and are catching up."""
        return [lane for lane in self.lanes if lane.alive and lane.step < self._clock]

    @property
    def going(self) -> list[Lane]:
        """Runs that are where the clock is."""
        return [lane for lane in self.lanes if lane.alive and lane.step == self._clock]

    # -- backends ------------------------------------------------------------------------------------------------

    def poll(self) -> None:
        """Hand over to compiled steps that have become ready: from there on it is another course, by rounding."""
        before = [lane.training.backend for lane in self.lanes]
        for lane in self.lanes:
            lane.poll()
        if before != [lane.training.backend for lane in self.lanes]:
            self._fork()

    def let_go(self) -> None:
        """Wait for no compile any more."""
        for lane in getattr(self, "lanes", []):
            lane.let_go()

    @property
    def held(self) -> bool:
        """Whether a run waits for the compiled step that the spec insists on."""
        return any(lane.held for lane in self.lanes)

    # -- going on ------------------------------------------------------------------------------------------------

    def wait(self, now: float) -> float | None:
        """Seconds until there is something to do; who catches up does so in a pause, too."""
        if self.behind and not self.asleep and not self.held:
            return 0.0
        return super().wait(now)

    def _go(self, budget: float) -> None:
        if self.behind:
            catch_up(self, budget)
            if not self.behind:
                self.epoch += 1  # rows that viewers hold have been completed
        elif self.pace.halves:
            self._turn("g" if self._partial else "d")
            self.pace.spend(1)
        else:
            super()._go(budget)

    def advance(self, steps: int) -> None:
        """Some iterations of every run, a few at a time: none is ever ahead of another in a frame."""
        self._leave_known_course()
        target = self._clock + steps
        while self._clock < target and self.going:
            stop = min(target, self.moments.after(self._clock))
            for lane in self.going:
                lane.go(stop - self._clock)
            self._arrive(stop)
        self._stop_with_the_last()

    def _turn(self, which: Which) -> None:
        """All updates of D, or all of G, of one iteration of every run."""
        self._leave_known_course()
        for lane in self.going:
            lane.turn(which)
        self._after_half(which)

    def _single(self, what: What) -> None:
        if what == "both":
            self.advance(1)
            return
        self._leave_known_course()
        for lane in self.going:
            lane.half(what)
        self._after_half(what)

    def _after_half(self, which: Which) -> None:
        if which == "g":
            self._arrive(self._clock + 1)
        self._partial, self.phase = which == "d", which
        self._stop_with_the_last()

    def _arrive(self, step: int) -> None:
        """All runs have done so many iterations."""
        self._clock = step
        self._furthest = max(self._furthest, step)
        self._partial, self.phase = False, None
        if self.moments.due(step) and step not in self.moments:
            self._keep()
            self.moments.add(step)
            self._drop()

    def _stop_with_the_last(self) -> None:
        if not any(lane.alive for lane in self.lanes):
            self._diverge()

    # -- the past ------------------------------------------------------------------------------------------------

    def _keep(self) -> None:
        for lane in self.going:
            lane.keep()

    def _drop(self) -> None:
        steps = frozenset(self.moments.steps)
        for lane in self.lanes:
            lane.keep_only(steps)

    def seek(self, step: int) -> None:
        """Hold still, and go to the latest moment kept at this step or before; the same state, bit for bit."""
        if self.held:
            raise commands.CommandError("seek: the compiled step is not ready yet")
        self._remember_tip()
        self._clock = self.moments.at(step)
        for lane in self.lanes:
            lane.go_to(self._clock)
        self._partial, self.phase = False, None
        self.state, self.asleep = "paused", False
        self.meter.reset()
        self.pace.reset(self.clock())

    def _remember_tip(self) -> None:
        """From where somebody goes back there must be a way forward again."""
        if self._clock == self._furthest and not self._partial and self._clock not in self.moments:
            self._keep()
            self.moments.tip = self._clock
            self._drop()

    def _leave_known_course(self) -> None:
        """What was recorded after this step was made with other hyperparameters, or by another backend: forget it."""
        if self._clock < self._furthest and any(step > self._clock for step in self._forks):
            self._branch()

    def _fork(self) -> None:
        """From here on it is another course than the one that was known."""
        self._branch()
        self._forks.append(self._clock)

    def _branch(self) -> None:
        for lane in self.lanes:
            lane.forget_after(self._clock)
        self.moments.cut(self._clock)
        self._forks = [step for step in self._forks if step <= self._clock]
        if self._furthest > self._clock:
            self.history.cut(self._clock)
            self._furthest = self._clock
            self.epoch += 1

    # -- other runs ----------------------------------------------------------------------------------------------

    def follow(self, values: Mapping[str, str]) -> dict[str, Any]:
        """Another base or other arms: hyperparameters change at once, an arm that is another joins late, and with
        another base all begin again. Raises SpecError.
        """
        foreign = values.keys() - CompareSpec.FOLLOWED
        if foreign:
            allowed = ", ".join(sorted(CompareSpec.FOLLOWED))
            raise commands.CommandError(f"follow: there is no {min(foreign)!r} here; there are {allowed}")
        spec = self._spec.changed(**values)
        check_affordable(spec)
        if self.lanes[0].spec.goes_on_as(spec.base_spec):
            self._become(spec)
        else:
            self._start_over(spec)
        return {name: getattr(spec, name) for name in CompareSpec.FOLLOWED}

    def restart(self, seed: int | None) -> dict[str, Any]:
        """Begin again; it plays or holds still as before."""
        self._start_over(self._spec if seed is None else self._spec.rebased(seed=seed))
        return {"base": self._spec.base}

    def _start_over(self, spec: CompareSpec) -> None:
        self.epoch += 1
        self._notice = None
        self._begin(spec)
        self.play() if self.state != "paused" else self.pace.reset(self.clock())

    def _become(self, spec: CompareSpec) -> None:
        before, wanted = self.lanes, spec.specs
        chosen = _matched(before, wanted)
        self.lanes = [lane or self._lane(each) for lane, each in zip(chosen, wanted, strict=True)]
        retuned = [lane.retune(each) for lane, each in zip(self.lanes, wanted, strict=True)]
        for lane in before:
            if lane not in self.lanes:
                lane.let_go()
        self._spec = spec
        self._share_window()
        self._bound_memory()
        if before != self.lanes:
            moved_columns(self.history, [before.index(lane) if lane else None for lane in chosen])
            self.epoch += 1
        if any(retuned):
            self._fork()
        if self.state == "diverged" and any(lane.alive for lane in self.lanes):
            self.state = "paused"

    # -- being watched -------------------------------------------------------------------------------------------

    def _has_news(self) -> bool:
        return any(lane.info is not None for lane in self.going) and super()._has_news()

    def _add_row(self, runs: int, force: bool) -> None:
        now, going = self.clock(), self.going
        together = runs * len(self.lanes)
        due = all(lane.measuring.due(now, lane.training, together) for lane in going)
        measured = (force or due) and self.measure()
        rows = self.history.rows
        if self.behind or (len(rows) and self._clock <= rows[-1, 0]):
            return  # it is a known course, and has its rows
        values: dict[str, float] = {"step": self._clock}
        for k, lane in enumerate(self.lanes):
            if lane in going:
                values |= {f"{name}.{k}": value for name, value in lane.row(measured).items()}
        self.history.add(values)

    def measure(self) -> bool:
        """Takes readings of all runs at this step; False where there were none to take."""
        stale = [
            lane for lane in self.lanes if lane not in self.behind and lane.measuring.stale(lane.training)
        ]
        taken = [lane.measure() for lane in stale]
        for k, lane in enumerate(self.lanes):
            lane.judge(columns_of(self.history, k, self._clock))
        return any(taken)

    def refresh(self) -> None:
        """Readings of the very step at which the runs hold still."""
        if self.state != "running" and any(
            lane.measuring.stale(lane.training) for lane in self.lanes if lane not in self.behind
        ):
            self.measure()

    def _tensors(self, layer: str, lively: bool) -> Tensors:
        found: Tensors = {}
        for k, lane in enumerate(self.lanes):
            if layer == "real" and k > 0:
                break
            for name, tensor in lane.tensors(layer, lively).items():
                if name not in SHARED:
                    found[f"{name}.{k}"] = tensor
                elif k == 0:
                    found[name] = tensor
        return found

    def _details(self) -> dict[str, Any]:
        view = self.lanes[0].view
        return {
            "epoch": self.epoch,
            "phase": self.phase,
            "compiling": any(lane.compiling for lane in self.lanes),
            "dim": view.dim,
            "bounds": view.bounds,
            "p_method": view.p_method,
            "moments": self.moments.steps,
            "furthest": self._furthest,
            "runs": [lane_info(self, k) for k in range(len(self.lanes))],
            **({"done": behind[0].step / self._clock} if (behind := self.behind) else {}),
        }


def _matched(lanes: list[Lane], wanted: list[Any]) -> list[Lane | None]:
    """For each spec the lane that goes on as it: the one that is it already, else the one in its place if alike."""
    found: list[Lane | None] = [None] * len(wanted)
    free = list(lanes)
    for exact in (True, False):
        for k, spec in enumerate(wanted):
            places = free if exact else [lane for lane in free if lanes.index(lane) == k]
            fits = [one for one in places if (one.spec == spec if exact else one.spec.goes_on_as(spec))]
            if found[k] is None and fits:
                found[k] = fits[0]
                free.remove(fits[0])
    return found
