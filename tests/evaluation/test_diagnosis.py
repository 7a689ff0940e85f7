"""The diagnosis on synthetic histories of each state, at the edges of its rules, and in its priorities."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ganlab.evaluation import CODES, RULES, Metrics, diagnose
from ganlab.evaluation import diagnosis as rules
from ganlab.evaluation.reading import Reading

ROWS = 60
WAVE = np.sin(np.arange(ROWS) / 2.0)
CIRCLE = np.sin(np.arange(240) / 8)
SINGLE_BATCHES = np.random.default_rng(1).normal(size=240)
NOISE = np.random.default_rng(0).normal(size=ROWS)


def history(rows: int = ROWS, every: int = 100, **columns) -> dict[str, np.ndarray]:
    """A healthy ring(8) run in its middle: 8 modes, half of the quality, distance at 4 floors, D undecided."""
    healthy = {
        "loss_d": 1.3,
        "loss_g": 0.8,
        "grad_g": 1.0,
        "accuracy_real": 0.6,
        "accuracy_fake": 0.6,
        "modes": 8.0,
        "high_quality": 0.45,
        "distance": 0.4,
        "distance_floor": 0.1,
        "js": math.nan,
    }
    step = every * np.arange(1, rows + 1, dtype=np.float64)
    return {"step": step} | {
        name: np.broadcast_to(np.asarray(value, dtype=np.float64), rows).copy()
        for name, value in (healthy | columns).items()
    }


def metrics(**values) -> Metrics:
    ring = {"modes_total": 8, "modes_perfect": 8.0, "high_quality_perfect": 0.98889, "spread": 1.0}
    return Metrics(n=2500, distance=0.4, distance_name="sw2", distance_floor=0.1, **(ring | values))


def without_modes(**values) -> Metrics:
    none = {"modes_total": None, "modes_perfect": None, "high_quality_perfect": None}
    perfect = {"precision_perfect": 0.98, "recall_perfect": 0.98}
    return metrics(**(none | perfect | {"precision": 0.97, "recall": 0.97} | values))


NO_MODES = {"modes": math.nan, "high_quality": math.nan}

CASES = {
    "healthy": ("learning", history(), metrics()),
    "no metrics": ("learning", history(), None),
    "empty": ("starting", history(rows=0), None),
    "early": ("starting", history(rows=9, every=10), metrics()),
    "few readings": ("starting", history(distance=[math.nan] * 55 + [0.4] * 5), metrics()),
    "infinite loss": ("diverged", history(loss_d=[1.3] * 59 + [math.inf]), metrics()),
    "huge losses": ("diverged", history(loss_g=-5e3), metrics()),
    "flung away": ("diverged", history(distance=30.0), metrics(spread=50.0)),
    "two modes": ("collapsed", history(modes=2, high_quality=0.9, distance=1.0), metrics()),
    "one of two": (
        "collapsed",
        history(modes=1, high_quality=0.9, distance=1.0),
        metrics(modes_total=2, modes_perfect=2.0),
    ),
    "a point off the modes": ("collapsed", history(modes=0, high_quality=0.0), metrics(spread=0.01)),
    "a point that hops": (
        "collapsed",
        history(modes=np.arange(ROWS) % 2, high_quality=np.arange(ROWS) % 2, distance=1.2 + 0.3 * WAVE),
        metrics(spread=0.005),
    ),
    "a point on the line": ("collapsed", history(**NO_MODES), without_modes(spread=0.02, recall=0.01)),
    "a corner of the moons": ("collapsed", history(**NO_MODES), without_modes(recall=0.1)),
    "a blob that grows": (
        "learning",
        history(modes=0, high_quality=0.0, distance=np.linspace(2.0, 0.5, ROWS), spread=0.08),
        metrics(),
    ),
    "two modes, more to come": (
        "learning",
        history(modes=2, high_quality=0.6, distance=np.linspace(2.0, 0.5, ROWS)),
        metrics(),
    ),
    "D sure, G stuck": (
        "d_too_strong",
        history(accuracy_real=0.97, accuracy_fake=0.92, distance=1.3, modes=3, high_quality=0.1),
        metrics(spread=0.6),
    ),
    "D sure, no gradient": (
        "d_too_strong",
        history(
            accuracy_real=0.99,
            accuracy_fake=0.7,
            grad_g=np.r_[[1.0] * 10, [1e-5] * 50],
            modes=0,
            high_quality=0,
        ),
        metrics(spread=0.6),
    ),
    "D sure, G catching up": (
        "learning",
        history(accuracy_real=0.99, accuracy_fake=0.99, distance=np.linspace(2.0, 0.5, ROWS)),
        metrics(),
    ),
    "D says real to all": ("learning", history(accuracy_real=1.0, accuracy_fake=0.0), metrics()),
    "at the floor": ("converged", history(distance=0.12 + 0.02 * NOISE, high_quality=0.9), metrics()),
    "at the floor, no modes": ("converged", history(distance=0.12, **NO_MODES), without_modes()),
    "small JS on the line": (
        "converged",
        history(distance=0.5, js=0.01, modes=2, high_quality=0.97),
        metrics(modes_total=2, modes_perfect=2.0),
    ),
    "at the floor, blurred": ("learning", history(distance=0.12, high_quality=0.4), metrics()),
    "distance swings": ("oscillating", history(distance=1.0 + 0.9 * WAVE), metrics()),
    "two players circle, V swings": ("oscillating", history(rows=240, value=CIRCLE), metrics()),
    "a damped circle": (
        "learning",
        history(rows=240, value=CIRCLE * np.exp(-np.arange(240) / 30)),
        metrics(),
    ),
    "V is only noisy": ("learning", history(rows=240, value=SINGLE_BATCHES), metrics()),
    "swings on the way down": (
        "learning",
        history(rows=240, value=CIRCLE, distance=2.0 - np.arange(240) / 150),
        metrics(),
    ),
    "modes swing": ("oscillating", history(modes=np.round(5 + 3 * WAVE)), metrics()),
    "swings that die out": (
        "learning",
        history(distance=0.3 + np.linspace(3, 0, ROWS) ** 2 * (1 + WAVE)),
        metrics(),
    ),
    "small swings": ("learning", history(distance=0.4 + 0.04 * WAVE), metrics()),
    "one swing": ("learning", history(distance=0.6 + 0.5 * np.sin(np.arange(ROWS) / 20)), metrics()),
    "seven of eight": ("modes_missing", history(modes=7, high_quality=0.9, distance=0.6), metrics()),
    "six of eight at the floor": (
        "modes_missing",
        history(modes=6, high_quality=0.9, distance=0.1),
        metrics(),
    ),
    "a flickering mode": (
        "modes_missing",
        history(modes=6 + np.arange(ROWS) % 2, high_quality=0.9, distance=0.6),
        metrics(),
    ),
    "seven, blurred": ("learning", history(modes=7, high_quality=0.2), metrics()),
    "rare mode not expected": (
        "converged",
        history(modes=7, high_quality=0.9, distance=0.12),
        metrics(modes_perfect=7.3),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_state_is_named(case: str) -> None:
    code, columns, now = CASES[case]
    result = diagnose(columns, now)
    assert result.code == code, result.reading


def test_every_code_has_a_case() -> None:
    assert {code for code, _, _ in CASES.values()} == set(CODES)


@pytest.mark.parametrize("case", CASES)
def test_not_finite_beats_everything(case: str) -> None:
    _, columns, now = CASES[case]
    assert diagnose(columns, now, finite=False).code == "diverged"


def test_old_behaviour_is_forgotten_and_one_frame_changes_nothing() -> None:
    modes = np.r_[[1.0] * 40, [8.0] * 20]
    assert diagnose(history(modes=modes, high_quality=0.9, distance=0.12), metrics()).code == "converged"
    spike = np.r_[[0.12] * 59, [3.0]]
    assert diagnose(history(distance=spike, high_quality=0.9), metrics()).code == "converged"


def test_missing_readings_between_others_do_no_harm() -> None:
    distance = np.where(np.arange(ROWS) % 4 == 0, 0.12, math.nan)
    modes = np.where(np.arange(ROWS) % 4 == 0, 8.0, math.nan)
    assert diagnose(history(distance=distance, modes=modes, high_quality=0.9), metrics()).code == "converged"
    assert diagnose({"step": np.arange(1.0, 2000.0, 100.0)}, metrics()).code == "starting"


def test_the_state_does_not_depend_on_the_scale_of_the_data() -> None:
    for code, columns, now in CASES.values():
        scaled = columns | {name: 1000.0 * columns[name] for name in ("distance", "distance_floor")}
        assert diagnose(scaled, now).code == code


def test_nor_on_thinning_of_old_rows() -> None:
    for name in ("two modes", "D sure, G stuck", "at the floor", "distance swings", "seven of eight"):
        code, columns, now = CASES[name]
        keep = np.r_[0:30:3, 30:ROWS]
        assert diagnose({key: column[keep] for key, column in columns.items()}, now).code == code


def test_columns_must_agree() -> None:
    with pytest.raises(ValueError, match=r"history\['modes'\]: shape should be \(60,\)"):
        diagnose(history() | {"modes": np.zeros(59)}, metrics())


# --- edges and priority, on readings


PLAIN = Reading(
    finite=True, step=6000.0, rows=60, loss=1.3, accuracy=0.6, gradient=1.0, distance=4.0, distance_before=4.0,
    distance_after=4.0, js=math.nan, swings=0, modes=8.0, modes_range=0.0, modes_total=8.0, modes_perfect=8.0,
    quality=0.45, precision=math.nan, recall=math.nan, spread=1.0,
)  # fmt: skip


def code_of(**values) -> str:
    reading = replace(PLAIN, **values)
    return next(rule.code for rule in RULES if rule.holds(reading))


@pytest.mark.parametrize(
    ("code", "inside", "outside"),
    [
        ("diverged", {"loss": 1e3 + 1}, {"loss": 1e3}),
        ("diverged", {"spread": 20.1}, {"spread": 20.0}),
        ("starting", {"step": 99.0}, {"step": 100.0}),
        ("starting", {"rows": 5}, {"rows": 6}),
        ("collapsed", {"modes": 2.0, "quality": 0.5}, {"modes": 2.5, "quality": 0.49}),
        ("collapsed", {"modes": 2.0, "quality": 0.5}, {"modes": 2.0, "quality": 0.49}),
        ("collapsed", {"spread": 0.1}, {"spread": 0.11}),
        ("collapsed", {"spread": 0.1}, {"spread": 0.1, "distance_after": 3.0}),
        ("collapsed", {"recall": 0.25, "precision": 0.5}, {"recall": 0.26, "precision": 0.5}),
        ("d_too_strong", {"accuracy": 0.9}, {"accuracy": 0.89}),
        ("d_too_strong", {"accuracy": 0.9}, {"accuracy": 0.9, "distance_after": 3.6}),
        ("d_too_strong", {"accuracy": 0.9}, {"accuracy": 0.9, "distance": 2.4}),
        ("d_too_strong", {"accuracy": 0.8, "gradient": 1e-3}, {"accuracy": 0.8, "gradient": 2e-3}),
        ("converged", {"distance": 2.0, "quality": 0.7}, {"distance": 2.1, "quality": 0.7}),
        ("converged", {"distance": 2.0, "quality": 0.7}, {"distance": 2.0, "quality": 0.69}),
        ("converged", {"js": 0.03, "quality": 0.7}, {"js": 0.031, "quality": 0.7}),
        ("oscillating", {"swings": 4}, {"swings": 3}),
        ("modes_missing", {"modes": 7.0, "quality": 0.5}, {"modes": 7.2, "quality": 0.5}),
        ("modes_missing", {"modes": 7.0, "quality": 0.5}, {"modes": 7.0, "quality": 0.49}),
        ("modes_missing", {"modes": 7.0, "quality": 0.5}, {"modes": 7.0, "quality": 0.5, "modes_range": 1.1}),
    ],
)
def test_edges(code: str, inside: dict, outside: dict) -> None:
    assert code_of(**inside) == code
    assert code_of(**outside) == "learning"


def test_priority() -> None:
    everything = {
        "modes": 1.0, "quality": 0.9, "accuracy": 0.99, "distance": 4.0, "swings": 9, "spread": 0.01
    }  # fmt: skip
    assert code_of(**everything, finite=False, step=1.0) == "diverged"
    assert code_of(**everything, step=1.0) == "starting"
    assert code_of(**everything) == "collapsed"
    assert code_of(**everything | {"modes": 7.0, "spread": 1.0}) == "d_too_strong"
    assert (
        code_of(**everything | {"modes": 8.0, "spread": 1.0, "accuracy": 0.6, "distance": 1.0}) == "converged"
    )
    assert code_of(**everything | {"modes": 7.0, "spread": 1.0, "accuracy": 0.6}) == "oscillating"
    assert (
        code_of(**everything | {"modes": 7.0, "spread": 1.0, "accuracy": 0.6, "swings": 0}) == "modes_missing"
    )


def test_rules_are_told_apart_and_explained() -> None:
    assert len(set(CODES)) == len(RULES) == 8
    assert (CODES[0], CODES[-1]) == ("diverged", "learning")
    assert all(rule.meaning.endswith(".") and "\n" not in rule.meaning for rule in RULES)
    assert rules.NEAR < rules.FAR  # a run cannot be both converged and beaten by D
