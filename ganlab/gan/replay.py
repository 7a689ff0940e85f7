"""Experience replay: D also sees samples that G made long ago (Shrivastava et al. 2017, section 2.3).

The memory is part of D's state, a packed row `[E, rows·w]`: 128 blocks of an eighth of a batch. Every update of D
overwrites one block, drawn at random, so that ages are spread out instead of ending at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ganlab.gan.losses import Hyper
from ganlab.gan.structure import MEMORY_BLOCKS, REPLAY_UNIFORMS, Structure

if TYPE_CHECKING:
    from torch import Tensor


def memory_rows(s: Structure) -> int:
    """Rows of a memory."""
    return MEMORY_BLOCKS * s.block


def size(s: Structure) -> int:
    """Numbers in a memory."""
    return memory_rows(s) * s.width


def mixed(
    s: Structure, hyper: Hyper, fresh: Tensor, packed: Tensor, uniforms: Tensor
) -> tuple[Tensor, Tensor]:
    """Generated rows `[E, B, w]` of which a share comes from the memory, and the next memory, packed.

    `uniforms [E, B, ≥ 3]`, the last three: whether a row is replaced, by which of the memory, and (the first row's)
    which block the fresh rows overwrite.
    """
    memory = packed.view(packed.shape[0], memory_rows(s), s.width)
    chance, which, where = uniforms[..., -REPLAY_UNIFORMS:].unbind(-1)
    index = (which * memory_rows(s)).long().clamp(max=memory_rows(s) - 1)
    old = memory.gather(1, index.unsqueeze(-1).expand(-1, -1, s.width))
    shown = torch.where((chance < hyper.replay).unsqueeze(-1), old, fresh)
    block = (where[:, :1] * MEMORY_BLOCKS).floor()
    chosen = torch.arange(MEMORY_BLOCKS, device=memory.device) == block  # [E, blocks]
    blocks = memory.view(-1, MEMORY_BLOCKS, s.block, s.width)
    after = torch.where(chosen[..., None, None], fresh[:, None, : s.block], blocks)
    return shown, after.reshape(packed.shape)
