"""Training: an iterator over the two updates. The caller owns pace, stopping and plots.

for info in islice(Training(GanSpec()), 1000): ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import torch

from ganlab.gan import compiled, saving
from ganlab.gan.batches import VIEW_STREAM, Batches, draw_noise, rng
from ganlab.gan.counters import DeviceBatches
from ganlab.gan.devices import Graphed, choose
from ganlab.gan.iteration import Iteration, State
from ganlab.gan.looking import Look, Reference
from ganlab.gan.spec import GanSpec
from ganlab.gan.start import start
from ganlab.gan.step import D_INFO, G_INFO, UPDATES, Network, Update, updates_of
from ganlab.gan.structure import HYPER, SWITCHES, Structure
from ganlab.specs import SpecError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float32]

Which = Literal["d", "g"]


@dataclass(frozen=True)
class Info:
    """Readings of the latest updates, each `[E]`; NaN before the first update of that network.

    Losses are what each network minimises but for the consensus term; `value` is V as the objective's row has it, in
    nats for a GAN, E D(x) − E D(G(z)) for a critic. Gradient norms are L2 over all parameters of one network.
    """

    loss_d: Array
    loss_g: Array
    value: Array
    accuracy_real: Array
    accuracy_fake: Array
    grad_d: Array
    grad_g: Array
    finite: NDArray[np.bool_]


def _checked(
    spec: GanSpec, each: Mapping[str, Sequence[float]], members: int
) -> dict[str, tuple[float, ...]]:
    """Values of hyperparameters by member, within the bounds of their fields; raises SpecError."""
    checked: dict[str, tuple[float, ...]] = {}
    for name, values in each.items():
        if name not in HYPER:
            raise SpecError([(name, values, f"the same for all members; by member: {', '.join(HYPER)}")])
        if len(values) != members:
            raise SpecError([(name, values, f"{members} values, one for each member")])
        checked[name] = tuple(getattr(spec.changed(**{name: value}), name) for value in values)
    return checked


class Training:
    """A GAN, or an ensemble of them that differ in seeds and hyperparameters, being trained."""

    def __init__(
        self,
        spec: GanSpec,
        seeds: Sequence[int] | None = None,
        *,
        each: Mapping[str, Sequence[float]] | None = None,
        device: str | None = None,
        backend: str | None = None,
        threads: int = 1,
    ) -> None:
        """`seeds` (default: the spec's) gives one member each; `backend` and `device` override the spec's.

        `each` gives hyperparameters (names in `HYPER`) one value per member, in place of the spec's; several members
        may then have the same seed. Raises SpecError for a value out of bounds, and when the backend or the device is
        not to be had here.
        """
        self.seeds = tuple(seeds) if seeds is not None else (spec.seed,)
        if not self.seeds:
            raise SpecError([("seeds", self.seeds, "at least one is needed")])
        self.each = _checked(spec, each or {}, len(self.seeds))
        # What no member has is left out of the step, so the spec must say what some member has.
        spec = spec.changed(**{name: max(values) for name, values in self.each.items() if name in SWITCHES})
        self.spec = spec
        self.structure = Structure.of(spec)
        self.threads = threads
        self.device = torch.device(choose(spec.changed(device=device) if device else spec, self.members))
        self.backend: Literal["eager", "compiled"] = "eager"
        batches = DeviceBatches if self.device.type == "cuda" else Batches
        self.hyper = self._hyper()
        eager = {name: partial(UPDATES[name], self.structure) for name in updates_of(self.structure)}
        self._iteration = Iteration(
            spec, batches(spec, self.seeds, self.device), self.hyper, self._on_device(eager)
        )
        self._change()
        self.reference = Reference.of(spec, self.seeds, self.device)
        self.state = start(spec, self.seeds, self.device)
        self._begun: dict[str, Network] = {}  # in half-steps: what the rest of the iteration needs
        self._choose(backend or spec.backend)

    @property
    def members(self) -> int:
        """How many GANs train here."""
        return len(self.seeds)

    @property
    def step(self) -> int:
        """Iterations done."""
        return self.state.step

    # -- training ------------------------------------------------------------------------------------------------

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Info:
        return self.advance(1)

    @torch.no_grad()
    def advance(self, iterations: int) -> Info:
        """Some iterations, and the readings of the last."""
        for _ in range(iterations):
            self._iterate()
        return self.info()

    @torch.no_grad()
    def half(self, which: Which, *, last: bool | None = None) -> Info:
        """One update of one network. `last` says whether it ends an iteration; by default an update of G does.

        With simultaneous updates, those of G see the D with which the iteration began. Of an extra-gradient iteration,
        a half is the move of one network; the look ahead that both share comes with the first.
        """
        s = self.state
        if self.spec.updates == "extragradient":
            s = self._half_extra(which)
        elif which == "d":
            self._begun.setdefault("d", s.d)
            if self._iteration.adversarial:
                s = s._replace(d=self._iteration.d(s.d, s.g, s.d_updates), d_updates=s.d_updates + 1)
        else:
            seen = self._begun.get("d", s.d) if self.spec.updates == "simultaneous" else s.d
            s = s._replace(g=self._iteration.g(s.g, seen, s.g_updates), g_updates=s.g_updates + 1)
        if which == "g" if last is None else last:
            s, self._begun = s._replace(step=s.step + 1), {}
        self.state = s
        return self.info()

    def _half_extra(self, which: Which) -> State:
        if which not in self._begun:
            after = self._iteration.whole(self.state)
            self._begun = {"d": after.d, "g": after.g}
        updates = f"{which}_updates"
        return self.state._replace(
            **{which: self._begun.pop(which), updates: getattr(self.state, updates) + 2}
        )

    def _iterate(self) -> None:
        self.state = self._iteration.whole(self.state)

    def info(self) -> Info:
        """Readings of the latest updates."""
        values = dict.fromkeys((*D_INFO, *G_INFO), np.full(self.members, np.nan, np.float32))
        finite = self.finite()
        for names, readings in self._iteration.readings.items():
            columns = readings.cpu().numpy().T
            values.update(zip(names, columns, strict=True))
            finite = finite & np.isfinite(columns[0])  # the loss
        return Info(**values, finite=finite)

    def finite(self) -> NDArray[np.bool_]:
        """Whether all parameters of each member are finite, `[E]`."""
        s = self.state
        each = [torch.isfinite(network.theta).all(1) for network in (s.d, s.g)]
        return torch.logical_and(*each).cpu().numpy()

    def back_to_finite(self, start: State) -> None:
        """From a state with non-finite numbers to the last iteration since `start` that had none."""
        end = self.state.step
        self.load(start)
        while self.state.step < end:
            before, readings = self.state, dict(self._iteration.readings)
            with torch.no_grad():
                self._iterate()
            if not self.info().finite.all():
                self.load(before)
                self._iteration.readings = readings
                return

    # -- hyperparameters and backends ----------------------------------------------------------------------------

    def set(self, **hot: Any) -> None:
        """Change hyperparameters of all members without a restart.

        Raises SpecError for a value out of bounds or a field that is not hot.
        """
        cold = sorted(set(hot) - GanSpec.HOT)
        if cold:
            allowed = f"changes only with a restart; without one: {', '.join(sorted(GanSpec.HOT))}"
            raise SpecError([(name, hot[name], allowed) for name in cold])
        spec = self.spec.changed(**hot)
        if not self.spec.goes_on_as(spec):
            switched = [name for name in hot if name in SWITCHES]
            raise SpecError([(name, hot[name], "from or to 0 only with a restart") for name in switched])
        self.spec = spec
        self.each = {name: values for name, values in self.each.items() if name not in hot}
        self._change()

    def _change(self) -> None:
        self.hyper = self._hyper()
        noisy = max(self.each.get("instance_noise", (self.spec.instance_noise,))) > 0
        self._iteration.change(self.spec, self.hyper, noisy=noisy)

    def _hyper(self) -> torch.Tensor:
        columns = [self.each.get(name, (getattr(self.spec, name),) * self.members) for name in HYPER]
        return torch.tensor(columns, dtype=torch.float32, device=self.device).T[..., None].contiguous()

    def _choose(self, backend: str) -> None:
        if backend == "compiled":
            try:
                self._use(compiled.compile_now(self.structure, self.members, str(self.device), self.threads))
            except RuntimeError as error:
                raise SpecError([("backend", backend, str(error))]) from error
        elif backend == "auto":
            self.take_compiled()

    def take_compiled(self) -> bool:
        """Switch to the compiled step if the cache has it; True if this run is compiled now."""
        if self.backend == "eager":
            found = compiled.load(self.structure, self.members, str(self.device), self.threads)
            if found is not None:
                self._use(found)
        return self.backend == "compiled"

    def _use(self, updates: Mapping[str, Update]) -> None:
        self._iteration.updates = self._on_device(updates)
        self.backend = "compiled"

    def _on_device(self, updates: Mapping[str, Update]) -> Mapping[str, Update]:
        """The updates, on CUDA as graphs that are captured when first called."""
        if self.device.type != "cuda":
            return updates
        return {name: Graphed(update) for name, update in updates.items()}

    # -- looking at it -------------------------------------------------------------------------------------------

    def noise(self, n: int, index: int = 0) -> Array:
        """Noise for looking, `[E, n, z]`, from a stream of its own; the same index gives the same noise."""
        return np.stack([draw_noise(self.spec, rng(seed, VIEW_STREAM, index), n) for seed in self.seeds])

    def _look(self) -> Look:
        return Look(self.structure, self.state.d, self.state.g, self.hyper, self.reference)

    @torch.no_grad()
    def generate(self, noise: int | ArrayLike) -> Array:
        """Samples `[E, n, d]` from n fresh noise vectors (new ones at every step), or from noise `[E, n, z]`."""
        z = self.noise(noise, 1 + self.step) if isinstance(noise, int) else np.asarray(noise, np.float32)
        z = np.broadcast_to(z, (self.members, *z.shape[-2:]))
        return self._look().generate(torch.tensor(z, device=self.device)).cpu().numpy()

    @torch.no_grad()
    def discriminate(self, x: ArrayLike) -> Array:
        """D's logits `[E, n]` at points `[n, d]` or `[E, n, d]`; see `ganlab.gan.looking` for those beside others."""
        return self._look().score(self._points(x)).cpu().numpy()

    def pull(self, x: ArrayLike) -> Array:
        """What G receives at points `[n, d]` or `[E, n, d]`: −∇ₓ of its loss per sample, `[E, n, d]`."""
        with torch.no_grad():
            return self._look().pull(self._points(x)).cpu().numpy()

    def _points(self, x: ArrayLike) -> torch.Tensor:
        points = np.asarray(x, np.float32)
        points = np.broadcast_to(points, (self.members, *points.shape[-2:]))
        return torch.tensor(points, device=self.device)

    # -- state ---------------------------------------------------------------------------------------------------

    def load(self, state: State) -> None:
        """Go on from a state of this run; there are no readings until its next update."""
        self.state = state
        self._begun = {}
        self._iteration.readings = {}

    def save(self) -> bytes:
        """The run as safetensors: spec, seeds and state; no pickle."""
        return saving.dump(self)

    @classmethod
    def restore(cls, path: str, **options: Any) -> Training:
        """A run from a file that `save` wrote; raises ValueError when the file is not one."""
        saved = saving.read(path)
        training = cls(saved.spec, saved.seeds, each=saved.each, **options)
        training.load(saved.state(training.state))
        return training
