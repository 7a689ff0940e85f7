"""Comparisons: every run is the run that it would be alone, all are on one clock, and the past is exact."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.gan import State, Training
from ganlab.gan.cost import operations
from ganlab.gan.spec import GanSpec
from ganlab.gan.variants import read_base, write_base
from ganlab.live import commands
from ganlab.live.commands import CommandError
from ganlab.live.compare_past import Moments, size_of
from ganlab.live.compare_run import CompareRun
from ganlab.live.compare_spec import MOST, CompareSpec
from ganlab.live.compiling import Compiling
from ganlab.live.cost import MAX_OPERATIONS, check_affordable
from ganlab.live.fit_run import FitRun
from ganlab.live.frames import decode
from ganlab.live.history import COLUMNS, History
from ganlab.live.kinds import KINDS
from ganlab.live.pool import Pool
from ganlab.presets import PRESETS
from ganlab.specs import SpecError
from tests.live.support import FIT, SMALL, Clock, do, info, run_until, wait_for

BASE = SMALL.changed(lr_d=0.02, lr_g=0.1, optimiser_d="sgd", optimiser_g="sgd")
ARMS = "penalty=r1&penalty_weight=1|objective=hinge&d_steps=2"
BLOWS_UP = "optimiser_d=momentum&optimiser_g=momentum&beta1_d=0.9&beta1_g=0.9&lr_d=10&lr_g=10"
SPEC = CompareSpec(base=write_base(BASE), arms=ARMS)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(clock: Clock) -> Callable[..., CompareRun]:
    """`make(arms, **fields of the base) -> CompareRun` on that clock."""

    def made(arms: str = ARMS, **fields: Any) -> CompareRun:
        spec = CompareSpec(base=write_base(BASE.changed(**fields)), arms=arms)
        return CompareRun("r", spec, Compiling(), clock=clock)

    return made


def frame(run: CompareRun, *layers: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return decode(run.frame(layers))


def states(run: CompareRun) -> list[State]:
    return [lane.training.state for lane in run.lanes]


def same(one: State, other: State) -> bool:
    """Bit for bit."""
    if one.step != other.step:
        return False
    pairs = [pair for net in ("d", "g") for pair in zip(getattr(one, net), getattr(other, net), strict=True)]
    return all(torch.equal(a, b) for a, b in pairs)


def catch_up(run: CompareRun) -> None:
    for _ in range(10_000):
        if not run.behind:
            return
        run.work(0.01)
    raise AssertionError("it never caught up")


# -- the spec


def test_it_opens_with_the_preset_that_collapses() -> None:
    spec = CompareSpec()
    assert spec.base_spec == PRESETS["collapses"].spec
    assert spec.specs[1] == PRESETS["cured"].spec
    assert KINDS["compare"].blank(spec)["seed"] == 0


def test_a_link_holds_everything() -> None:
    query = SPEC.to_query()
    assert query.keys() == {"base", "arms"}
    assert CompareSpec.from_query(query) == SPEC
    assert read_base(query["base"]) == BASE
    assert dict(parse_qsl(query["base"]))["lr_g"] == "0.1"


@pytest.mark.parametrize(
    ("query", "field", "allowed"),
    [
        ({"arms": ""}, "arms", "0 arms; allowed: 1 to 5"),
        ({"arms": "|".join(["objective=hinge"] * 6)}, "arms", "6 arms; allowed: 1 to 5"),
        ({"arms": "objective=hinge|penalty=r9"}, "arms.2.penalty", "choose one of none, "),
        ({"arms": "objective=hinge|"}, "arms.2", "field=value"),
        ({"arms": "seed=3"}, "arms.1.seed", "the same for all runs"),
        ({"base": "data=circus(8)"}, "base.data", "unknown family"),
        ({"base": "lr_d=fast"}, "base.lr_d", "valid number"),
        ({"base": "what=ever"}, "base.what", "no such field"),
        ({"base": "??"}, "base", "field=value"),
        ({"base": "x" * 20_000}, "base", "at most 12000 characters"),
        ({"arms": "y" * 20_000}, "arms", "arms"),
    ],
)
def test_nonsense_is_named(query: dict[str, str], field: str, allowed: str) -> None:
    with pytest.raises(SpecError) as caught:
        CompareSpec.from_query(query)
    assert caught.value.problems[0][0].startswith(field)
    assert allowed in str(caught.value)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_link_is_understood_or_refused(base: str, arms: str) -> None:
    try:
        spec = CompareSpec.from_query({"base": base, "arms": arms})
    except SpecError:
        return
    assert CompareSpec.from_query(spec.to_query()) == spec
    assert 2 <= len(spec.specs) <= MOST


def test_what_is_too_large_to_watch_is_refused() -> None:
    large = GanSpec(batch=4096, g_hidden=(256, 256), d_hidden=(256, 256))
    arms = ["objective=hinge"]
    while operations(large) * (len(arms) + 1) <= MAX_OPERATIONS:
        arms.append("objective=hinge")
    assert 1 < len(arms) < MOST, "one alone is affordable"
    check_affordable(large)
    with pytest.raises(SpecError, match="compare fewer runs"):
        check_affordable(CompareSpec(base=write_base(large), arms="|".join(arms)))


# -- one clock


def test_each_run_is_the_run_that_it_would_be_alone(make: Callable[..., CompareRun], clock: Clock) -> None:
    run = make()
    while run.step < 60:
        run.work(0.002)
        clock.now += 0.01
        frame(run, *KINDS["compare"].layers)
    for lane, spec in zip(run.lanes, run.spec.specs, strict=True):
        alone = Training(spec)
        alone.advance(run.step)
        assert same(lane.training.state, alone.state)


COMMANDS = st.lists(
    st.one_of(
        st.builds(commands.Play),
        st.builds(commands.Pause),
        st.builds(commands.Step, what=st.sampled_from(["d", "g", "both"])),
        st.builds(commands.Speed, per_second=st.sampled_from([None, 5.0, 100.0]), halves=st.booleans()),
        st.builds(commands.Seek, step=st.integers(0, 80)),
        st.builds(commands.Restart, seed=st.sampled_from([None, 3])),
        st.builds(
            commands.Follow,
            values=st.sampled_from(
                [
                    {"arms": ARMS},
                    {"arms": "objective=hinge&d_steps=2"},
                    {"arms": "penalty=r1&penalty_weight=2|objective=hinge&d_steps=2|g_steps=0"},
                ]
            ),
        ),
    ),
    max_size=12,
)


@given(COMMANDS)
@settings(max_examples=12)
def test_all_runs_are_at_the_same_step_in_every_frame(asked: list[commands.Command]) -> None:
    clock = Clock()
    run = CompareRun("r", SPEC, Compiling(), clock=clock)
    for command in asked:
        run.command(command)
        for _ in range(3):
            if run.wait(clock.now) == 0.0:
                run.work(0.002)
            clock.now += 0.05
            said = frame(run, "fake")[1]
            shown = {each["step"] for each in said["runs"] if each["state"] != "catching_up"}
            assert shown <= {said["step"]}
            assert said["moments"][0] == 0
            assert said["step"] <= said["furthest"]
    catch_up(run)
    assert {each["step"] for each in frame(run)[1]["runs"]} == {run.step}


@pytest.mark.parametrize(
    "arms",
    [
        "d_steps=5|g_steps=0",
        "g_steps=3&updates=simultaneous|d_steps=0",
        "updates=extragradient|objective=moment_matching|unroll=2|ema=0.9&pack=2|replay=0.5",
    ],
)
def test_slow_motion_takes_turns_on_one_clock(
    make: Callable[..., CompareRun], clock: Clock, arms: str
) -> None:
    run = make(arms)
    run.command(commands.Speed(per_second=1.0, halves=True))
    seen = []
    for _ in range(6):
        clock.now += 10
        run.work(0.004)
        seen.append((run.phase, frame(run)[1]["step"]))
    assert seen == [("d", 0), ("g", 1), ("d", 1), ("g", 2), ("d", 2), ("g", 3)]
    for lane, spec in zip(run.lanes, run.spec.specs, strict=True):
        alone = Training(spec)
        alone.advance(3)
        assert same(lane.training.state, alone.state)


def test_single_steps_act_on_all(make: Callable[..., CompareRun]) -> None:
    run = make()
    run.command(commands.Step(what="d"))
    assert {(s.d_updates, s.g_updates) for s in states(run)} == {(1, 0)}
    run.command(commands.Step(what="g"))
    assert {(s.d_updates, s.g_updates, s.step) for s in states(run)} == {(1, 1, 1)}
    run.command(commands.Step(what="both"))
    said = frame(run)[1]
    assert (said["step"], said["state"], said["phase"]) == (2, "paused", None)


def test_a_limited_speed_is_that_of_all(make: Callable[..., CompareRun], clock: Clock) -> None:
    run = make()
    run.command(commands.Speed(per_second=20.0))
    for _ in range(400):
        if run.wait(clock.now) == 0.0:
            run.work(0.004)
        clock.now += 0.005
    assert run.step == pytest.approx(40, abs=2)
    assert {s.step for s in states(run)} == {run.step}


# -- divergence


def test_one_that_diverges_stops_alone(make: Callable[..., CompareRun], clock: Clock) -> None:
    run = make(f"{BLOWS_UP}|objective=hinge")
    for _ in range(200):
        run.work(0.01)
        clock.now += 0.05
        if not run.lanes[1].alive and run.step > run.lanes[1].step + 50:
            break
    said = frame(run, "fake", "coverage")[1]
    assert [each["state"] for each in said["runs"]] == ["running", "diverged", "running"]
    assert (said["state"], said["runs"][1]["diagnosis"], said["runs"][1]["notice"]) == (
        "running",
        "diverged",
        "diverged",
    )
    assert said["runs"][1]["step"] < said["step"]
    for k in (0, 2):
        alone = Training(run.spec.specs[k])
        alone.advance(run.step)
        assert same(run.lanes[k].training.state, alone.state)
    ended = run.lanes[1].step
    run.command(commands.Seek(step=run.step))
    assert run.lanes[1].step == ended
    assert not run.lanes[1].alive
    run.command(commands.Seek(step=0))
    assert [lane.alive for lane in run.lanes] == [True] * 3
    run.advance(ended + 5)
    assert (run.lanes[1].alive, run.lanes[1].step, run.lanes[0].step) == (False, ended, ended + 5)


def test_when_all_have_diverged_there_is_nothing_left_to_do(make: Callable[..., CompareRun]) -> None:
    run = make("objective=hinge", **dict(parse_qsl(BLOWS_UP)))
    for _ in range(50):
        run.work(0.01)
        if run.state == "diverged":
            break
    assert run.state == "diverged"
    run.command(commands.Seek(step=0))
    assert frame(run)[1]["state"] == "paused"


# -- the past


def test_going_back_is_exact_and_the_course_is_the_same_again(make: Callable[..., CompareRun]) -> None:
    run = make()
    known: dict[int, list[State]] = {0: states(run)}
    for _ in range(60):
        run.advance(5)
        known[run.step] = states(run)
    for step in (300, 17, 160, 0, 299, 250):
        run.command(commands.Seek(step=step))
        assert step - run.moments.stride < run.step <= step
        begun = run.step
        run.advance(-begun % 5)
        assert all(same(a, b) for a, b in zip(states(run), known[run.step], strict=True)), begun
    run.advance(300 - run.step)
    assert all(same(a, b) for a, b in zip(states(run), known[300], strict=True))


def test_there_is_a_way_forward_to_where_one_was(make: Callable[..., CompareRun]) -> None:
    run = make()
    run.advance(257)
    before = states(run)
    run.command(commands.Seek(step=40))
    assert frame(run)[1]["furthest"] == 257
    run.command(commands.Seek(step=10_000))
    assert run.step == 257
    assert all(a is b for a, b in zip(states(run), before, strict=True))


def test_readings_are_those_of_the_step_shown(make: Callable[..., CompareRun], clock: Clock) -> None:
    run = make()
    run.advance(64)
    run.record(force=True)
    at64 = frame(run)[1]["runs"]
    run.advance(64)
    run.record(force=True)
    run.command(commands.Seek(step=64))
    clock.now += 1
    back = frame(run)[1]["runs"]
    for one, other in zip(at64, back, strict=True):
        for name in ("loss_d", "loss_g", "grad_d", "grad_g", "metrics"):
            assert one[name] == other[name], name


def test_the_course_that_is_known_gets_no_second_rows(make: Callable[..., CompareRun], clock: Clock) -> None:
    run = make()
    for _ in range(10):
        run.advance(10)
        clock.now += 1
        run.record()
    rows = run.history.rows.copy()
    run.command(commands.Seek(step=30))
    for _ in range(7):
        run.advance(10)
        clock.now += 1
        run.record()
    np.testing.assert_array_equal(run.history.rows, rows)
    run.advance(10)
    clock.now += 1
    run.record()
    assert len(run.history) == len(rows) + 1


def test_another_course_replaces_the_one_that_was_known(
    make: Callable[..., CompareRun], clock: Clock
) -> None:
    run = make()
    for _ in range(10):
        run.advance(10)
        clock.now += 1
        run.record()
    run.command(commands.Seek(step=40))
    epoch = run.epoch
    do_follow(run, base=write_base(BASE.changed(lr_d=0.01)))
    said = frame(run)[1]
    assert (said["step"], said["furthest"], max(said["moments"])) == (40, 40, 40)
    assert run.history.rows[-1, 0] <= 40
    assert run.epoch > epoch, "viewers ask for the rows anew"
    assert [lane.spec.lr_d for lane in run.lanes] == [0.01] * 3


def test_going_back_past_a_change_makes_the_later_course_another(make: Callable[..., CompareRun]) -> None:
    run = make()
    run.advance(64)
    do_follow(run, base=write_base(BASE.changed(lr_d=0.01)))
    run.advance(64)
    run.command(commands.Seek(step=32))
    assert frame(run)[1]["furthest"] == 128, "looking changes nothing"
    run.advance(1)
    assert (run.step, frame(run)[1]["furthest"]) == (33, 33)


def test_another_backend_makes_the_later_course_another(make: Callable[..., CompareRun]) -> None:
    run = make()
    run.advance(20)
    run.lanes[1].poll = lambda: setattr(run.lanes[1].training, "backend", "compiled")  # type: ignore[method-assign]
    run.poll()
    run.advance(20)
    run.command(commands.Seek(step=30))
    run.advance(1)
    assert frame(run)[1]["furthest"] == 40, "after the hand-over it is the same course again"
    run.command(commands.Seek(step=10))
    run.advance(1)
    assert frame(run)[1]["furthest"] == 11, "before it, rounding makes it another"


def test_memory_is_bounded(make: Callable[..., CompareRun], monkeypatch: pytest.MonkeyPatch) -> None:
    run = make()
    run.advance(500)
    kept = [len(lane.kept) for lane in run.lanes]
    assert max(kept) <= 121
    assert min(kept) >= 50
    one = sum(lane.size for lane in run.lanes)
    monkeypatch.setattr("ganlab.live.compare_run.MEMORY", 7 * one)
    small = make()
    small.advance(100)
    assert max(len(lane.kept) for lane in small.lanes) <= 8
    small.command(commands.Seek(step=99))
    assert small.step > 50


def test_the_size_of_a_moment_is_that_of_its_tensors() -> None:
    state = Training(SMALL).state
    parts = [tensor for net in (state.d, state.g) for tensor in net]
    assert size_of(state) == sum(part.numel() * part.element_size() for part in parts) > 500


@given(st.lists(st.integers(1, 400), min_size=1, max_size=40), st.integers(1, 30), st.integers(0, 3000))
def test_moments_are_even_bounded_and_begin_at_nought(strides: list[int], limit: int, asked: int) -> None:
    moments, step = Moments(limit), 0
    for stride in strides:
        for _ in range(stride):
            step += 1
            if moments.due(step):
                moments.add(step)
    assert len(moments.steps) <= limit
    assert moments.steps == list(range(0, step + 1, moments.stride))[: len(moments.steps)]
    assert step - moments.steps[-1] < moments.stride
    at = moments.at(asked)
    assert at in moments
    assert at <= asked
    assert not [other for other in moments.steps if at < other <= asked]


def test_history_forgets_what_comes_after() -> None:
    history = History(limit=50, columns=("step", "x"), reading=None)
    for step in range(0, 200, 2):
        history.add({"step": step, "x": step})
    history.cut(101)
    last = history.rows[-1, 0]
    assert 94 <= last <= 100
    assert history.total == int(history.numbers[-1]) + 1 == last / 2 + 1
    history.add({"step": 101, "x": 1})
    assert history.since(history.total - 1)[1].tolist() == [[101, 1]]
    history.cut(-1)
    assert (len(history), history.total) == (0, 0)


# -- other runs


def do_follow(run: CompareRun, **values: str) -> dict[str, Any]:
    return run.command(commands.Follow(values=values))


def test_an_arm_that_joins_late_catches_up_and_is_no_other(
    make: Callable[..., CompareRun], clock: Clock
) -> None:
    run = make("objective=hinge")
    for _ in range(12):
        run.advance(20)
        clock.now += 1
        run.record(force=True)
    run.command(commands.Pause())
    kept, base = run.lanes[1], states(run)[0]
    assert do_follow(run, arms=ARMS + "|objective=hinge")["arms"] == ARMS + "|objective=hinge"
    assert run.lanes[3] is kept, "the run that it is already goes on in its new place"
    said = frame(run)[1]["runs"]
    assert [each["state"] for each in said] == ["paused", "catching_up", "catching_up", "paused"]
    assert run.wait(clock.now) == 0.0, "in a pause as well"
    catch_up(run)
    assert states(run)[0] is base
    for lane, spec in zip(run.lanes, run.spec.specs, strict=True):
        alone = Training(spec)
        alone.advance(240)
        assert same(lane.training.state, alone.state)
    columns = run.history.columns
    for name in ("loss_d", "distance"):
        course = run.history.rows[:, [columns.index(f"{name}.{k}") for k in range(4)]]
        np.testing.assert_array_equal(np.isfinite(course), np.isfinite(course[:, :1]) & np.ones(4, bool))
    fresh = make(ARMS + "|objective=hinge")
    for _ in range(12):
        fresh.advance(20)
        clock.now += 1
        fresh.record(force=True)
    np.testing.assert_array_equal(run.history.rows, fresh.history.rows)
    run.command(commands.Seek(step=100))
    fresh.command(commands.Seek(step=100))
    assert all(same(a, b) for a, b in zip(states(run), states(fresh), strict=True))


def test_a_hot_change_of_one_arm_is_its_alone(make: Callable[..., CompareRun]) -> None:
    run = make()
    run.advance(10)
    lanes, before = list(run.lanes), states(run)
    do_follow(run, arms="penalty=r1&penalty_weight=5|objective=hinge&d_steps=2")
    assert run.lanes == lanes
    assert all(a is b for a, b in zip(states(run), before, strict=True)), "nothing is restarted"
    assert [lane.spec.penalty_weight for lane in run.lanes] == [0.1, 5.0, 0.1]
    run.advance(10)
    referee = Training(run.spec.specs[1].changed(penalty_weight=1))
    referee.advance(10)
    referee.set(penalty_weight=5)
    referee.advance(10)
    assert same(states(run)[1], referee.state)


def test_an_arm_that_goes_takes_nothing_with_it(make: Callable[..., CompareRun], clock: Clock) -> None:
    run = make()
    for _ in range(5):
        run.advance(10)
        clock.now += 1
        run.record(force=True)
    last, course = run.lanes[2], run.history.rows.copy()
    do_follow(run, arms="objective=hinge&d_steps=2")
    assert run.lanes[1] is last
    width = len(COLUMNS) - 1
    np.testing.assert_array_equal(
        run.history.rows[:, 1 + width : 1 + 2 * width], course[:, 1 + 2 * width : 1 + 3 * width]
    )
    assert np.isnan(run.history.rows[:, 1 + 2 * width :]).all()
    assert len(frame(run)[1]["runs"]) == 2


def test_another_base_begins_again(make: Callable[..., CompareRun]) -> None:
    run = make()
    run.command(commands.Pause())
    run.advance(20)
    epoch = run.epoch
    do_follow(run, base=write_base(BASE.changed(data="normal(0,1)", seed=4)))
    said = frame(run, "curves")[1]
    assert (said["step"], said["seed"], said["state"], said["dim"]) == (0, 4, "paused", 1)
    assert run.epoch > epoch


def test_restart_with_another_seed_is_another_base(make: Callable[..., CompareRun]) -> None:
    run = make()
    run.advance(20)
    changed = run.command(commands.Restart(seed=9))
    assert read_base(changed["base"]) == BASE.changed(seed=9)
    assert (run.step, run.seed, {lane.seed for lane in run.lanes}) == (0, 9, {9})


def test_what_cannot_be_followed_changes_nothing(make: Callable[..., CompareRun]) -> None:
    run = make()
    run.advance(10)
    lanes, spec = list(run.lanes), run.spec
    for values in ({"arms": "penalty=r9"}, {"base": "data=circus()"}):
        with pytest.raises(SpecError):
            do_follow(run, **values)
    with pytest.raises(CommandError, match="there is no 'seed' here; there are arms, base"):
        do_follow(run, seed="4")
    with pytest.raises(CommandError, match="changes only with a restart"):
        run.command(commands.Set(values={"lr_d": 0.1}))
    assert (run.lanes, run.spec, run.step) == (lanes, spec, 10)


# -- what there is to see


def test_frames_have_what_was_asked_for_and_each_run_its_own(make: Callable[..., CompareRun]) -> None:
    run = make(ARMS + "|noise_dim=3")
    run.advance(5)
    run.record(force=True)
    assert frame(run)[0] == {}
    tensors, said = frame(run, "real", "fake", "field", "manifold")
    assert tensors.keys() == {
        "real",
        *(f"fake.{k}" for k in range(4)),
        *(f"field.{k}" for k in range(4)),
        *(f"manifold.{k}" for k in range(3)),
    }, "noise of three dimensions has no grid"
    for k, spec in enumerate(run.spec.specs):
        alone = Training(spec)
        alone.advance(5)
        np.testing.assert_array_equal(tensors[f"fake.{k}"], alone.generate(run.lanes[k].view._noise)[0])
    assert len({str(lane.view.bounds) for lane in run.lanes}) == 1, "one window"
    assert [each["arm"] for each in said["runs"]] == ["", *run.spec.arm_texts]
    tensors, said = frame(run, "history", "coverage")
    assert tensors["history"].shape == (1, 1 + MOST * (len(COLUMNS) - 1))
    assert said["history_columns"][0] == "step"
    assert tensors["share.3"].shape == tensors["weights"].shape == (8,)
    json.dumps(said)


def test_on_the_line_there_is_one_p_and_a_q_for_each(make: Callable[..., CompareRun]) -> None:
    run = make("objective=hinge", data="0.5*normal(-2,0.5)+0.5*normal(2,0.5)", noise_dim=1)
    run.advance(5)
    tensors, said = frame(run, *KINDS["compare"].layers)
    assert said["dim"] == 1
    assert {"grid", "p", "q.0", "q.1", "d.0", "d.1", "dstar.0", "map_x.1", "fake.1", "real"} <= tensors.keys()
    assert "field.0" not in tensors
    width = float(np.diff(tensors["grid"])[0])
    for k in (0, 1):
        assert 0.5 < float(tensors[f"q.{k}"].sum()) * width < 1.01
    assert np.abs(tensors["q.0"] - tensors["q.1"]).max() > 0


def test_the_windows_are_one_also_where_a_generator_begins_elsewhere(make: Callable[..., CompareRun]) -> None:
    run = make("g_activation=tanh&noise=uniform|g_hidden=none", data="normal([3,3],0.2)")
    bounds = run.lanes[0].view.bounds
    for lane in run.lanes:
        np.testing.assert_array_equal(lane.view.bounds, bounds)
        assert (bounds[:, 0] <= lane.own_bounds[:, 0]).all()
        assert (bounds[:, 1] >= lane.own_bounds[:, 1]).all()


# -- on a worker


def test_a_comparison_on_a_worker_follows_its_page(pool: Pool) -> None:
    name = pool.start(SPEC, "tests").run
    run_until(pool, name, lambda said: said["step"] > 30)
    assert pool.update(name, SPEC)
    wanted = SPEC.changed(arms=ARMS + "|penalty=wgan_gp")
    assert pool.update(name, wanted)
    said = run_until(pool, name, lambda said: len(said["runs"]) == 4)
    wait_for(lambda: pool.describe(name).spec, lambda spec: spec == wanted)
    said = run_until(pool, name, lambda said: {each["state"] for each in said["runs"]} == {"running"})
    assert said["step"] > 30, "the others went on where they were"
    do(pool, name, commands.Seek(step=16))
    said = info(pool, name)
    assert (said["step"], said["state"]) == (16, "paused")
    do(pool, name, commands.Restart(seed=5))
    wait_for(lambda: pool.describe(name).spec.seed, lambda seed: seed == 5)
    assert info(pool, name)["step"] == 0
    pool.stop(name)
    said = run_until(pool, name, lambda said: said["state"] == "stopped")
    assert (said["kind"], said["reason"]) == ("compare", "stopped")


def test_other_kinds_have_no_past(pool: Pool) -> None:
    run = FitRun("f", FIT, Compiling())
    with pytest.raises(CommandError, match="keeps nothing of its past"):
        run.command(commands.Seek(step=0))
    with pytest.raises(CommandError, match="becomes another only with a restart"):
        run.command(commands.Follow(values={"p": "normal(0,1)"}))


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "seek"}',
        '{"type": "seek", "step": -1}',
        '{"type": "seek", "step": 1.5}',
        '{"type": "seek", "step": NaN}',
        '{"type": "follow", "values": {}}',
        '{"type": "follow", "values": {"base": 3}}',
        '{"type": "follow"}',
    ],
)
def test_bad_messages_are_refused(text: str) -> None:
    with pytest.raises(CommandError):
        commands.parse(text)


def test_good_messages_keep_their_meaning() -> None:
    for command in (commands.Seek(step=7), commands.Follow(values={"arms": "penalty=r1"})):
        assert commands.parse(command.model_dump_json()) == command
        assert command.CONTROL
