"""What an iteration of a GAN costs, known before it is run. Without torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.structure import Structure

if TYPE_CHECKING:
    from ganlab.gan.spec import GanSpec

TRAIN = 6  # operations per parameter and sample: two forwards, four backwards
FORWARD = 2
PENALTY = 3  # a gradient penalty differentiates twice
KERNELS_A_PAIR = 4  # of minibatch discrimination, that cost as much as a pair in MMD²
PAIR = 3000  # a pair of samples in MMD², forwards and backwards: 80 ns, measured on one core


def operations(spec: GanSpec) -> float:
    """Floating-point operations of one iteration of one GAN, to within a factor of about two."""
    s, row = Structure.of(spec), OBJECTIVES[spec.objective]
    d, g = s.d_net.parameters, s.g_count
    twice = PENALTIES[spec.penalty].term is not None or spec.consensus > 0
    beside = _pairs(s, spec.minibatch_kernels / KERNELS_A_PAIR)
    d_update = (2 * TRAIN * d * s.packs + FORWARD * g * spec.batch + beside) * (PENALTY if twice else 1)
    g_update = TRAIN * (g * spec.batch + d * s.packs) * (PENALTY if spec.consensus > 0 else 1) + beside
    if row.outputs > 1:
        d_update += _pairs(s, 3)
    if row.outputs > 1 or row.explicit is not None:
        g_update += _pairs(s, 3)
    g_update += spec.unroll * (1 + PENALTY) * d_update
    d_steps = spec.d_steps if row.adversarial else 0
    both = d_steps * d_update + spec.g_steps * g_update
    return float(both * (2 if spec.updates == "extragradient" else 1))


def _pairs(s: Structure, sets: float) -> float:
    """Of comparing the members of so many pairs of batches, each with each."""
    return sets * PAIR * s.packs**2
