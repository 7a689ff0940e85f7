"""The landscape of a fit, worked out in small pieces: all at once it may take seconds, and others wait."""

from __future__ import annotations

import time

import numpy as np
import torch

from ganlab.fitting import landscape
from ganlab.fitting.fitting import Fitting
from ganlab.fitting.mixtures import Mixtures
from ganlab.live.frames import Tensors

FIRST = 8  # points in the first piece
MOST = 1024


class Surveying:
    """The objective over (μ, σ) of one Gaussian; `done` once every point of it is known."""

    def __init__(self, fitting: Fitting) -> None:
        model = fitting.model
        assert isinstance(model, Mixtures)
        self._problem, self._forward = model.problem, model.forward
        self._objective = fitting.objective
        mu, log_sigma = landscape.axes(model)
        points = np.stack(np.meshgrid(mu, log_sigma), axis=-1).reshape(-1, 2)
        self._theta = torch.from_numpy(np.concatenate([points, np.zeros((len(points), 1))], axis=1))
        self._values = np.full(len(points), np.nan)
        self._known, self._piece = 0, FIRST
        target = model.target
        self._scale = target.scale if fitting.objective.units == "x" else 1.0
        self._mu, self._sigma = target.outside(mu), target.scale * np.exp(log_sigma)

    @property
    def done(self) -> bool:
        """Whether every point is known."""
        return self._known == len(self._values)

    @torch.no_grad()
    def go_on(self, budget: float) -> None:
        """About `budget` seconds of processor time, one piece at least."""
        until = time.thread_time() + budget
        while not self.done:
            began = time.thread_time()
            some = slice(self._known, self._known + self._piece)
            value = self._objective.of(self._problem, self._forward(self._theta[some], 0))
            self._values[some] = self._objective.shown(value).numpy() * self._scale
            self._known = min(some.stop, len(self._values))
            taken = time.thread_time() - began
            self._piece = int(min(MOST, max(1, self._piece * min(2.0, budget / max(taken, 1e-6)))))
            if time.thread_time() >= until:
                return

    def tensors(self, name: str) -> Tensors:
        """`name [H, W]`, `name_mu [W]`, `name_sigma [H]`; log σ is evenly spaced. Nothing before it is done."""
        if not self.done:
            return {}
        values = self._values.reshape(len(self._sigma), len(self._mu))
        found = {name: values, f"{name}_mu": self._mu, f"{name}_sigma": self._sigma}
        return {key: value.astype(np.float32) for key, value in found.items()}
