"""A run that trains nothing: synthetic frames and a log of every message, to test the component alone."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import numpy as np
from safetensors.numpy import save

COLUMNS = [
    "step", "loss_d", "loss_g", "value", "grad_d", "grad_g", "accuracy_real", "accuracy_fake",
    "modes", "high_quality", "distance", "distance_floor", "js", "w1", "value_optimal",
]  # fmt: skip
RATE = 1000.0
ROWS_AT_START = 60


class FakeRun:
    """Steps with the clock while it plays; a history row every ten steps."""

    def __init__(self, dim: int = 2, rows: int = ROWS_AT_START) -> None:
        self.dim = dim
        self.seed = 0
        self.per_second: float | None = None
        self.halves = False
        self.log: list[dict[str, Any]] = []
        self.playing = False
        self.extra: dict[str, Any] = {}
        self.base = 10 * rows
        self.since = time.monotonic()

    @property
    def step(self) -> int:
        rate = RATE if self.per_second is None else self.per_second
        return self.base + (int(rate * (time.monotonic() - self.since)) if self.playing else 0)

    def freeze(self) -> None:
        self.base, self.since = self.step, time.monotonic()

    def command(self, message: dict[str, Any]) -> None:
        """Does what a real run would do, as far as the component can see it."""
        self.freeze()
        match message["type"]:
            case "play":
                self.playing = True
            case "pause":
                self.playing = False
            case "step":
                self.playing = False
                self.base += 1
            case "speed":
                self.per_second, self.halves = message["per_second"], message["halves"]
            case "restart":
                self.base = 0

    def frame(self, layers: list[str], since: int) -> bytes:
        tensors = {name: array for layer in layers for name, array in self.layer(layer, since).items()}
        contiguous = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
        return save(contiguous, metadata={"info": json.dumps(self.info(since))})

    def info(self, since: int) -> dict[str, Any]:
        step = self.step
        share = 1 - math.exp(-step / 4000)
        phase = "dg"[int(3 * time.monotonic()) % 2] if self.halves and self.playing else None
        return {
            "run": "fake", "step": step, "rate": RATE * self.playing, "backend": "compiled", "device": "cpu",
            "seed": self.seed, "state": "running" if self.playing else "paused", "phase": phase, "compiling": False,
            "dim": self.dim, "best": "gan", "bounds": [[-1.6, 1.6]] * 2 if self.dim == 2 else [[-5.0, 5.0]],
            "metrics": {
                "modes": round(8 * share), "modes_total": 8,
                "high_quality": 0.97 * share, "high_quality_perfect": 0.98889,
                "reverse_kl": 0.002 + 0.9 * (1 - share), "reverse_kl_perfect": 0.0014,
                "distance": 0.4 * (1 - share) + 0.003,
                "distance_name": "mmd2" if self.dim == 2 else "js", "distance_floor": 0.0021,
            },
            "diagnosis": "learning", "notice": None, "history_columns": COLUMNS, "history_from": min(since, step // 10),
            **self.extra,
        }  # fmt: skip

    def layer(self, name: str, since: int) -> dict[str, np.ndarray]:
        match name:
            case "history":
                return {"history": self.history(since)}
            case "coverage":
                share = np.abs(np.full(8, 0.125) + 0.05 * np.sin(np.arange(8) + self.step / 500))
                return {"share": (share / share.sum()).astype("f4"), "weights": np.full(8, 0.125, "f4")}
        return self.plane(name) if self.dim == 2 else self.line(name)

    def history(self, since: int) -> np.ndarray:
        rows = np.arange(since, self.step // 10)
        step = 10.0 * rows
        share = np.exp(-step / 4000)
        noise = np.sin(rows * 12.9898) * 0.08
        columns = np.full((len(rows), len(COLUMNS)), np.nan)
        columns[:, :7] = np.stack([
            step, 1.38 - 0.5 * share + noise, 0.69 + 1.2 * share - noise, -1.38 + 0.5 * share + noise,
            np.exp(-1 + noise), np.exp(-2 - noise), 0.5 + share / 2,
        ], axis=1)  # fmt: skip
        tenth = rows % 10 == 0
        columns[tenth, 10:12] = np.stack([0.4 * share + 0.003, np.full(len(rows), 0.0021)], axis=1)[tenth]
        if self.dim == 1:
            optimal = 2 * 0.6 * share - math.log(4)
            columns[tenth, 12:15] = np.stack([0.6 * share, 2 * share, optimal], axis=1)[tenth]
        return columns.astype("f4")

    def plane(self, name: str) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(0)
        angle = 2 * np.pi * rng.integers(0, 8, 400) / 8
        ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        turn = 0.15 * math.sin(self.step / 800)
        x, y = np.meshgrid(np.linspace(-1.6, 1.6, 48), np.linspace(-1.6, 1.6, 48))
        match name:
            case "real":
                return {"real": (ring + 0.03 * rng.standard_normal((400, 2))).astype("f4")}
            case "fake":
                return {"fake": (0.9 * ring + 0.12 * rng.standard_normal((400, 2)) + turn).astype("f4")}
            case "field":
                logit = 4 * (0.5 - np.abs(np.hypot(x - turn, y) - 1)) - 1 + y
                return {"field": np.round(255 / (1 + np.exp(-2 * logit))).astype("u1")}
            case "manifold":
                u, v = np.meshgrid(np.linspace(-1, 1, 20), np.linspace(-1, 1, 20))
                return {
                    "manifold": np.stack([u + 0.4 * np.sin(3 * v + turn), v * np.cos(u)], axis=-1).astype(
                        "f4"
                    )
                }
            case "arrows":
                points = ring[:60] + 0.2 * rng.standard_normal((60, 2))
                return {"arrows": np.concatenate([points, ring[:60] - points], axis=1).astype("f4")}
        raise ValueError(f"no layer {name!r} in two dimensions")

    def line(self, name: str) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(0)
        grid = np.linspace(-5, 5, 300)
        centre = 2 * (1 - math.exp(-self.step / 3000))
        p = 0.4 * normal(grid, -2, 0.6) + 0.6 * normal(grid, 1.5, 0.8)
        q = 0.5 * normal(grid, -centre, 0.7) + 0.5 * normal(grid, centre, 0.7)
        match name:
            case "curves":
                best = p / (p + q)
                arrays = {"grid": grid, "p": p, "q": q, "d": 0.5 + 0.8 * (best - 0.5), "dstar": best}
                return {key: array.astype("f4") for key, array in arrays.items()}
            case "map":
                z = np.linspace(-2.5, 2.5, 200)
                return {"map_z": z.astype("f4"), "map_x": (0.4 * z + centre * np.tanh(2 * z)).astype("f4")}
            case "real":
                side = rng.random(300) < 0.4
                sample = np.where(side, rng.normal(-2, 0.6, 300), rng.normal(1.5, 0.8, 300))
                return {"real": sample[:, None].astype("f4")}
            case "fake":
                return {
                    "fake": (rng.choice([-1, 1], (300, 1)) * centre + rng.normal(0, 0.7, (300, 1))).astype(
                        "f4"
                    )
                }
        raise ValueError(f"no layer {name!r} in one dimension")


def normal(x: np.ndarray, mean: float, deviation: float) -> np.ndarray:
    return np.exp(-0.5 * ((x - mean) / deviation) ** 2) / (deviation * math.sqrt(2 * math.pi))
