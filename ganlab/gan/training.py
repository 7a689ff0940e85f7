"""Training: an iterator over the two updates. The caller owns pace, stopping and plots.

for info in islice(Training(GanSpec()), 1000): ...
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ganlab.gan import compiled
from ganlab.gan.batches import INITIAL_STREAM, VIEW_STREAM, Batches, draw_noise, rng
from ganlab.gan.counters import DeviceBatches
from ganlab.gan.devices import Graphed, choose
from ganlab.gan.networks import initial, mlp, unpack
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.spec import GanSpec
from ganlab.gan.step import D_INFO, G_INFO, HYPER, Network, Structure, Update, d_update, g_update, pull
from ganlab.specs import SpecError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float32]

Which = Literal["d", "g"]


class State(NamedTuple):
    """All that the next iteration needs. Never written to: holding a reference is a checkpoint."""

    step: int
    d_updates: int
    g_updates: int
    d: Network
    g: Network


@dataclass(frozen=True)
class Info:
    """Readings of the latest updates, each `[E]`; NaN before the first update of that network.

    Losses and `value` are in nats (V(D, G) for log-odds objectives, else E D(x) − E D(G(z))); gradient norms are L2
    over all parameters of one network.
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
        self.spec = spec
        self.seeds = tuple(seeds) if seeds is not None else (spec.seed,)
        if not self.seeds:
            raise SpecError([("seeds", self.seeds, "at least one is needed")])
        self.each = _checked(spec, each or {}, len(self.seeds))
        self.structure = Structure.of(spec)
        self.threads = threads
        self.device = torch.device(choose(spec.changed(device=device) if device else spec, self.members))
        self.backend: Literal["eager", "compiled"] = "eager"
        self._d_update: Update = partial(d_update, self.structure)
        self._g_update: Update = partial(g_update, self.structure)
        self._compiling: subprocess.Popen[bytes] | None = None
        batches = DeviceBatches if self.device.type == "cuda" else Batches
        mix, paired = PENALTIES[spec.penalty].term is not None, OBJECTIVES[spec.objective].paired
        self._batches = batches(spec, self.seeds, self.device, mix=mix, paired=paired)
        self.hyper = self._hyper()
        self.state = self._start()
        self._d_before: Network | None = None  # in half-steps: the D with which the iteration began
        self._readings: dict[
            tuple[str, ...], torch.Tensor
        ] = {}  # by names, [E, names], of the latest updates
        if self.device.type == "cuda":
            self._d_update, self._g_update = Graphed(self._d_update), Graphed(self._g_update)
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

        With simultaneous updates, those of G see the D with which the iteration began.
        """
        s = self.state
        if which == "d":
            self._d_before = self._d_before or s.d
            s = s._replace(d=self._d_step(s.d, s.g, s.d_updates), d_updates=s.d_updates + 1)
        else:
            seen = self._d_before if self.spec.updates == "simultaneous" and self._d_before else s.d
            s = s._replace(g=self._g_step(s.g, seen, s.g_updates), g_updates=s.g_updates + 1)
        if which == "g" if last is None else last:
            s, self._d_before = s._replace(step=s.step + 1), None
        self.state = s
        return self.info()

    def _iterate(self) -> None:
        step, i, j, d, g = self.state
        old = d
        for _ in range(self.spec.d_steps):
            d, i = self._d_step(d, g, i), i + 1
        seen = old if self.spec.updates == "simultaneous" else d
        for _ in range(self.spec.g_steps):
            g, j = self._g_step(g, seen, j), j + 1
        self.state = State(step + 1, i, j, d, g)

    def _d_step(self, d: Network, g: Network, update: int) -> Network:
        batch = self._batches.d(update, jitter=self.spec.instance_noise > 0)
        *new, self._readings[D_INFO] = self._d_update(d, g.theta, self.hyper, batch)
        return Network(*new)

    def _g_step(self, g: Network, d: Network, update: int) -> Network:
        *new, self._readings[G_INFO] = self._g_update(g, d.theta, self.hyper, *self._batches.g(update))
        return Network(*new)

    def info(self) -> Info:
        """Readings of the latest updates."""
        values = dict.fromkeys((*D_INFO, *G_INFO), np.full(self.members, np.nan, np.float32))
        finite = self.finite()
        for names, readings in self._readings.items():
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
            before, readings = self.state, dict(self._readings)
            with torch.no_grad():
                self._iterate()
            if not self.info().finite.all():
                self.load(before)
                self._readings = readings
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
        self.spec = self.spec.changed(**hot)
        self.each = {name: values for name, values in self.each.items() if name not in hot}
        self.hyper = self._hyper()

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

    def _use(self, step: compiled.Compiled) -> None:
        cuda = self.device.type == "cuda"
        self._d_update, self._g_update = (Graphed(step.d), Graphed(step.g)) if cuda else (step.d, step.g)
        self.backend = "compiled"

    # -- looking at it -------------------------------------------------------------------------------------------

    def noise(self, n: int, index: int = 0) -> Array:
        """Noise for looking, `[E, n, z]`, from a stream of its own; the same index gives the same noise."""
        return np.stack([draw_noise(self.spec, rng(seed, VIEW_STREAM, index), n) for seed in self.seeds])

    @torch.no_grad()
    def generate(self, noise: int | ArrayLike) -> Array:
        """Samples `[E, n, d]` from n fresh noise vectors (new ones at every step), or from noise `[E, n, z]`."""
        z = self.noise(noise, 1 + self.step) if isinstance(noise, int) else np.asarray(noise, np.float32)
        z = np.broadcast_to(z, (self.members, *z.shape[-2:]))
        parameters = unpack(self.state.g.theta, self.structure.g_sizes)
        return mlp(parameters, torch.tensor(z, device=self.device), self.structure.g_activation).cpu().numpy()

    @torch.no_grad()
    def discriminate(self, x: ArrayLike) -> Array:
        """D's logits `[E, n]` at points `[n, d]` or `[E, n, d]`."""
        parameters = unpack(self.state.d.theta, self.structure.d_sizes)
        return mlp(parameters, self._points(x), self.structure.d_activation)[..., 0].cpu().numpy()

    def pull(self, x: ArrayLike) -> Array:
        """What G receives at points `[n, d]` or `[E, n, d]`: −∇ₓ of its loss per sample, `[E, n, d]`."""
        return pull(self.structure, self.state.d.theta, self._points(x)).cpu().numpy()

    def _points(self, x: ArrayLike) -> torch.Tensor:
        points = np.asarray(x, np.float32)
        points = np.broadcast_to(points, (self.members, *points.shape[-2:]))
        return torch.tensor(points, device=self.device)

    # -- state ---------------------------------------------------------------------------------------------------

    def _start(self) -> State:
        s = self.structure

        def network(sizes: tuple[int, ...], activation: str, which: int) -> Network:
            rows = [initial(sizes, activation, rng(seed, INITIAL_STREAM, which)) for seed in self.seeds]
            theta = torch.from_numpy(np.stack(rows)).to(self.device)
            zeros = torch.zeros_like(theta)
            return Network(theta, zeros, zeros, torch.zeros(self.members, 1, device=self.device))

        return State(0, 0, 0, network(s.d_sizes, s.d_activation, 0), network(s.g_sizes, s.g_activation, 1))

    def load(self, state: State) -> None:
        """Go on from a state of this run; there are no readings until its next update."""
        self.state = state
        self._d_before = None
        self._readings = {}

    def save(self) -> bytes:
        """The run as safetensors: spec, seeds and state; no pickle."""
        s = self.state
        tensors = {
            f"{k}.{name}": t.cpu().numpy() for k in "dg" for name, t in getattr(s, k)._asdict().items()
        }
        about: dict[str, Any] = {"step": s.step, "d_updates": s.d_updates, "g_updates": s.g_updates}
        about |= {"seeds": self.seeds, "each": self.each}
        return save(tensors, {"spec": self.spec.model_dump_json(), "state": json.dumps(about)})

    @classmethod
    def restore(cls, path: str, **options: Any) -> Training:
        """A run from a file that `save` wrote; raises ValueError when the file is not one."""
        try:
            with safe_open(path, "np") as file:
                metadata = file.metadata() or {}
                tensors = {name: torch.from_numpy(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118 (not a mapping)
        except SafetensorError as error:
            raise ValueError(f"{path} is not a saved run: {error}") from error
        if not {"spec", "state"} <= metadata.keys():
            raise ValueError(f"{path} is not a saved run: it has no spec")
        about = json.loads(metadata["state"])
        spec, each = GanSpec.model_validate_json(metadata["spec"]), about.pop("each", None)
        training = cls(spec, about.pop("seeds"), each=each, **options)
        nets = {
            k: Network(*[tensors[f"{k}.{name}"].to(training.device) for name in Network._fields])
            for k in "dg"
        }
        for k, net in nets.items():
            shapes = [t.shape for t in net]
            if shapes != [t.shape for t in getattr(training.state, k)]:
                raise ValueError(f"{path}: the tensors of network {k.upper()} do not fit its spec")
        training.load(State(d=nets["d"], g=nets["g"], **about))
        return training
