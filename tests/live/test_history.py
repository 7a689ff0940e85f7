"""The history stays small, keeps its ends and its readings, and gives each viewer what it lacks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ganlab.live.history import COLUMNS, History
from ganlab.live.viewers import Viewers

DISTANCE = COLUMNS.index("distance")


def filled(n: int, limit: int = 50, every: int = 7) -> History:
    """n rows, one in `every` with readings."""
    history = History(limit)
    for step in range(n):
        history.add({"step": step, "loss_d": 0.5, **({"distance": 1.0} if step % every == 0 else {})})
    return history


@given(st.integers(0, 700), st.integers(8, 60))
def test_it_is_bounded_and_ordered(n: int, limit: int) -> None:
    history = filled(n, limit)
    assert len(history) <= limit
    assert len(history) >= min(n, limit // 2)
    assert history.total == n
    np.testing.assert_array_equal(history.rows[:, 0], history.numbers)
    assert (np.diff(history.numbers) > 0).all()


def test_the_newer_half_is_whole_and_the_older_is_thinned_evenly() -> None:
    history = filled(10_000, limit=100)
    numbers = history.numbers
    assert (np.diff(numbers[-50:]) == 1).all()
    assert numbers[0] < 500  # the beginning is still there
    assert numbers[-1] == 9_999


def test_readings_survive_thinning_before_rows_without() -> None:
    history = filled(5000, limit=200, every=8)
    share = np.isfinite(history.rows[:, DISTANCE]).mean()
    assert share > 1 / 8  # more than one in eight, as it was
    read = history.rows[np.isfinite(history.rows[:, DISTANCE]), 0]
    assert (read % 8 == 0).all()  # and each at the step at which it was taken


@given(st.integers(0, 300), st.integers(0, 400))
def test_from_and_rows_add_up(n: int, since: int) -> None:
    history = filled(n)
    start, rows = history.since(since)
    assert start + len(rows) == n
    assert (rows[:, 0] >= since).all()
    if n and since <= history.numbers[-1]:
        assert rows[-1, 0] == n - 1


@given(st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_a_viewer_who_keeps_asking_sees_every_row(bursts: list[int]) -> None:
    history, viewers, seen, since = History(40), Viewers(), [], 0
    step = 0
    for burst in bursts:
        for _ in range(min(burst, 20)):
            history.add({"step": step})
            step += 1
        start, rows = viewers.rows("v", 0, since, history)
        seen += rows[:, 0].tolist()
        since = start + len(rows)
    assert seen == list(range(step))


def test_a_viewer_with_rows_of_another_beginning_starts_over() -> None:
    viewers, first, second = Viewers(), filled(10), filled(30)
    start, rows = viewers.rows("v", 0, 0, first)
    since = start + len(rows)
    start, rows = viewers.rows("v", 1, since, second)  # the run was restarted in between
    assert (start, len(rows)) == (0, 0)
    start, rows = viewers.rows("v", 1, 0, second)
    assert (start, len(rows)) == (0, 30)


def test_a_viewer_from_before_a_worker_ended_starts_over() -> None:
    assert Viewers().rows("v", 0, 25, filled(30))[0] == 0
    assert len(Viewers().rows("v", 0, 25, filled(30))[1]) == 0


def test_viewers_do_not_pile_up() -> None:
    viewers = Viewers()
    for number in range(1000):
        viewers.rows(str(number), 0, 0, filled(1))
    assert len(viewers._epochs) <= 256


@given(st.integers(0, 300), st.integers(-1, 320))
def test_dump_and_restore(n: int, last: int) -> None:
    history = filled(n)
    again = History.restore(*history.dump(), last_step=last, limit=50)
    kept = history.numbers <= last
    np.testing.assert_array_equal(again.rows, history.rows[kept])
    np.testing.assert_array_equal(again.numbers, history.numbers[kept])
    again.add({"step": 1000})
    assert again.rows[-1, 0] == 1000


def test_unknown_columns_are_not_invented() -> None:
    history = History(10)
    history.add({"step": 3})
    assert history.rows[0, 0] == 3
    assert np.isnan(history.rows[0, 1:]).all()
