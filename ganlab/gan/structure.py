"""`Structure`: what a compiled step depends on, everything of a spec that is not a number in a tensor.

Readable without torch: whether a change of a spec needs a restart is asked by the web process, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ganlab.gan.networks import Net, Sizes
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.penalties import PENALTIES

if TYPE_CHECKING:
    from ganlab.gan.spec import GanSpec

HYPER = (
    "lr_d",
    "beta1_d",
    "beta2_d",
    "lr_g",
    "beta1_g",
    "beta2_g",
    "penalty_weight",
    "clip",
    "instance_noise",
    "instance_noise_until",
    "weight_decay",
    "label_smoothing",
    "bandwidth",
    "kl_weight",
    "feature_matching",
    "replay",
    "ema",
    "consensus",
    "inference_weight",
)
"""Rows of the hyperparameter tensor `[E, len(HYPER), 1]`: changing one never recompiles."""

SWITCHES = frozenset({"feature_matching", "replay", "ema", "consensus"})
"""Hyperparameters that are left out of the step where they are 0: from or to 0 is a restart."""

REPLAY_UNIFORMS = 3  # per sample: whether to replace it, by which, and (the first's) which block to overwrite
MEMORY_BLOCKS = 128  # a memory is 16 batches in blocks of an eighth of a batch


class Structure(NamedTuple):
    """Shapes, rows of registries and what is switched on. All parts are JSON values or tuples of them."""

    dim: int
    g_sizes: Sizes
    g_activation: str
    g_norm: bool
    d_sizes: Sizes
    d_activation: str
    kernels: int
    objective: str
    penalty: str
    constraint: str
    optimiser_d: str
    optimiser_g: str
    batch: int
    pack: int
    unrolled: bool
    feature_matching: bool
    replay: bool
    ema: bool
    consensus: bool
    inference: bool

    @classmethod
    def of(cls, spec: GanSpec) -> Structure:
        """The structure of a spec."""
        dim, inference = spec.dim, spec.inference != "none"
        seen = spec.pack * (dim + (spec.noise_dim if inference else 0))
        return cls(
            dim=dim,
            g_sizes=(spec.noise_dim, *spec.g_hidden, dim),
            g_activation=spec.g_activation,
            g_norm=spec.g_norm == "batch",
            d_sizes=(seen, *spec.d_hidden, OBJECTIVES[spec.objective].outputs),
            d_activation=spec.d_activation,
            kernels=spec.minibatch_kernels,
            objective=spec.objective,
            penalty=spec.penalty,
            constraint=constraint(spec),
            optimiser_d=spec.optimiser_d,
            optimiser_g=spec.optimiser_g,
            batch=spec.batch,
            pack=spec.pack,
            unrolled=spec.unroll > 0,
            feature_matching=spec.feature_matching > 0,
            replay=spec.replay > 0,
            ema=spec.ema > 0,
            consensus=spec.consensus > 0,
            inference=inference,
        )

    @property
    def d_net(self) -> Net:
        """The discriminator's network."""
        return Net(self.d_sizes, self.d_activation, kernels=self.kernels)

    @property
    def g_net(self) -> Net:
        """The generator's network."""
        return Net(self.g_sizes, self.g_activation, self.g_norm)

    @property
    def f_net(self) -> Net | None:
        """The inference network from data to noise, if there is one; its parameters follow G's."""
        return Net(self.g_sizes[::-1], self.g_activation) if self.inference else None

    @property
    def g_count(self) -> int:
        """Parameters of G's row, the inference network's included."""
        return self.g_net.parameters + (self.f_net.parameters if self.f_net else 0)

    @property
    def width(self) -> int:
        """Numbers of one row of D's input before packing: a sample, and its noise with an inference network."""
        return self.d_sizes[0] // self.pack

    @property
    def packs(self) -> int:
        """Judgements in one batch."""
        return self.batch // self.pack

    @property
    def block(self) -> int:
        """Rows of a block of the replay memory."""
        return -(-self.batch // 8)

    @property
    def g_sees_real(self) -> bool:
        """Whether G's update needs real samples."""
        row = OBJECTIVES[self.objective]
        return row.g_sees_real or self.unrolled or self.feature_matching or self.consensus

    @property
    def uniforms(self) -> int:
        """Uniform numbers per sample that an update of D needs: the penalty's, then the memory's."""
        penalty = PENALTIES[self.penalty].uniforms(self.width)
        return penalty + REPLAY_UNIFORMS * self.replay


def constraint(spec: GanSpec) -> str:
    """What holds D's weights: `auto` is what the objective asks for, unless a penalty takes its place."""
    if spec.constraint != "auto":
        return spec.constraint
    clips = OBJECTIVES[spec.objective].clips and not PENALTIES[spec.penalty].replaces_clipping
    return "clip" if clips else "none"
