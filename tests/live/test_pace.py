"""Pace: as many updates as were asked for, whatever the turns look like."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.live.limits import Bucket
from ganlab.live.pace import Meter, Pace


@given(st.floats(0.5, 500), st.lists(st.floats(1e-4, 0.02), min_size=50, max_size=200))
def test_the_rate_is_kept_over_time(per_second: float, gaps: list[float]) -> None:
    pace, now, done = Pace(0.0), 0.0, 0
    pace.set(per_second, False, now)
    for gap in gaps:
        now += gap
        due = int(pace.due(now))
        pace.spend(due)
        done += due
    assert now * per_second - 1 <= done <= now * per_second + 1


def test_a_long_absence_is_not_made_up_for() -> None:
    pace = Pace(0.0)
    pace.set(100, False, 0.0)
    assert pace.due(60.0) == 11  # one, and 0.1 s of it
    pace.set(1, False, 60.0)
    assert pace.due(120.0) == 1


def test_full_speed_never_waits() -> None:
    pace = Pace(0.0)
    assert pace.due(0.0) == math.inf
    pace.spend(1000)
    assert pace.wait(0.0) == 0.0


def test_slow_motion_takes_two_updates_an_iteration() -> None:
    pace = Pace(0.0)
    pace.set(3, True, 0.0)
    assert pace.rate == 6
    pace.set(None, True, 0.0)
    assert pace.rate == 2


def test_wait_says_when() -> None:
    pace = Pace(0.0)
    pace.set(2, False, 0.0)
    assert pace.wait(0.0) == 0.0  # the first is due at once
    pace.spend(1)
    assert pace.wait(0.0) == pytest.approx(0.5)
    assert pace.wait(0.4) == pytest.approx(0.1)
    assert pace.due(0.5) == 1


def test_meter_reads_the_last_second() -> None:
    meter = Meter()
    for k in range(400):
        meter.mark(k * 0.01, k)  # 100 a second
    for k in range(200):
        meter.mark(4 + k * 0.01, 400 + 5 * k)  # then 500
    assert meter.rate(6.0, 1400) == pytest.approx(500, rel=0.05)
    meter.reset()
    assert meter.rate(7.0, 1400) == 0.0


@pytest.mark.parametrize("per_second", [0.5, 1, 3])
def test_meter_reads_slow_rates(per_second: float) -> None:
    meter = Meter()
    for k in range(10):
        meter.mark(k / per_second, k)
    assert meter.rate(9 / per_second, 9) == pytest.approx(per_second, rel=0.01)


def test_bucket() -> None:
    now = [0.0]
    bucket = Bucket(10, 20, clock=lambda: now[0])
    assert sum(bucket.take() for _ in range(50)) == 20
    now[0] += 1.0
    assert sum(bucket.take() for _ in range(50)) == 10
    now[0] += 100.0
    assert sum(bucket.take() for _ in range(50)) == 20
