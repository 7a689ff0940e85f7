"""What is not a GAN, on real workers beside GANs: fair turns, recovery, the end, hot fields, refusals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from ganlab.gan.spec import GanSpec
from ganlab.live import commands, wire
from ganlab.live.cost import CHECKS
from ganlab.live.errors import Refused, UnknownRun
from ganlab.live.host import Host
from ganlab.live.kinds import KINDS, hot_fields, kind_of
from ganlab.live.pool import Pool
from ganlab.live.settings import Settings
from ganlab.specs import FlatSpec, SpecError
from tests.live.support import FIT, PATIENCE, SMALL, STUDY, do, frame, info, rate_of, run_until, wait_for

LONG = FIT.changed(steps=0, objective="js", optimiser="sgd", lr=1e-4)
"""A fit that has far to go, so that nothing settles while it is looked at."""


class Nothing(FlatSpec):
    """A spec of no kind of run."""

    KIND: ClassVar[str] = "nothing"


# -- the table


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_row_names_what_there_is(kind: object) -> None:
    assert kind.spec.KIND == kind.run.KIND == kind.name
    assert kind_of(kind.spec()) is kind
    assert set(kind.layers) <= set(commands.LAYERS)
    assert set(hot_fields()) >= kind.spec.HOT
    assert kind.name in CHECKS
    assert kind.blank(kind.spec())["seed"] == 0


def test_specs_of_no_kind_are_refused(pool: Pool) -> None:
    with pytest.raises(SpecError, match="kind = 'nothing': choose one of gan, fit, study"):
        pool.start(Nothing(), "tests")


def test_the_web_side_knows_all_kinds_without_torch() -> None:
    lines = [
        "from ganlab.live import commands, cost, kinds, pool, records",
        "specs = [kind.spec() for kind in kinds.KINDS.values()]",
        'commands.parse(\'{"type": "set", "values": {"lr": 0.1}}\')',
        "for spec in specs:",
        "    cost.check_affordable(spec)",
        "    records.Record.new('s', spec, 0).last_frame()",
        "import sys",
        "print('torch' in sys.modules)",
    ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["False"]


# -- on a worker


def test_a_fit_finishes_and_still_answers(pool: Pool) -> None:
    name = pool.start(FIT.changed(steps=40), "tests").run
    do(pool, name, commands.Speed(per_second=None))
    said = run_until(pool, name, lambda said: said["state"] == "finished" and said["metrics_step"] == 40)
    assert (said["kind"], said["step"], said["rate"]) == ("fit", 40, 0.0)
    wait_for(
        lambda: frame(pool, name, "landscape"), lambda found: found[0].keys() and not found[1]["pending"]
    )
    tensors, said = frame(pool, name, *KINDS["fit"].layers)
    assert tensors.keys() >= {"grid", "p", "q", "paths", "landscape", "history"}
    np.testing.assert_allclose(said["metrics"]["kl_pq"], said["values"], rtol=1e-5)
    with pytest.raises(Refused, match="'field' is not for this run"):
        frame(pool, name, "field")
    do(pool, name, commands.Restart(seed=5))
    assert run_until(pool, name, lambda said: said["state"] == "finished")["seed"] == 5
    do(pool, name, commands.Stop())
    wait_for(lambda: pool.describe(name).ended, bool)
    tensors, said = frame(pool, name, "curves")
    assert (tensors, said["state"], said["kind"], said["reason"]) == ({}, "stopped", "fit", "stopped")


def test_a_study_finishes_and_still_answers(pool: Pool) -> None:
    name = pool.start(STUDY, "tests").run
    do(pool, name, commands.Pause())
    do(pool, name, commands.Step(what="both"))
    assert run_until(pool, name, lambda said: said["step"] == 1)["state"] == "paused"
    do(pool, name, commands.Play())
    said = run_until(pool, name, lambda said: said["state"] == "finished")
    assert (said["kind"], said["step"], said["done"], said["phase"]) == ("study", 30, 1.0, "finished")
    tensors, said = frame(pool, name, *KINDS["study"].layers)
    assert tensors["redraws_value"].shape == (2, 30)
    assert np.isfinite(tensors["ladder_value"]).all()
    with pytest.raises(Refused, match="without one: nothing"):
        do(pool, name, commands.Set(values={"lr": 0.1}))
    assert not pool.update(name, STUDY.changed(n=200))
    assert pool.update(name, STUDY)
    do(pool, name, commands.Restart(seed=5))
    assert run_until(pool, name, lambda said: said["state"] == "finished")["seed"] == 5
    assert pool.describe(name).spec == STUDY.changed(seed=5)
    do(pool, name, commands.Stop())
    wait_for(lambda: pool.describe(name).ended, bool)
    tensors, said = frame(pool, name, "ladder")
    assert (tensors, said["state"], said["kind"]) == ({}, "stopped", "study")


def test_hot_fields_follow_the_page_and_others_take_a_new_run(pool: Pool) -> None:
    name = pool.start(LONG, "tests").run
    assert pool.update(name, LONG.changed(lr=0.5))
    wait_for(lambda: pool.describe(name).spec.lr, lambda lr: lr == 0.5)
    assert not pool.update(name, LONG.changed(lr=0.5, starts=5))
    assert not pool.update(name, SMALL)
    with pytest.raises(Refused, match="lr_d: changes only with a restart; without one: adversarial_lr, lr"):
        do(pool, name, commands.Set(values={"lr_d": 0.1}))
    with pytest.raises(Refused, match="lr"):
        do(pool, name, commands.Set(values={"lr": 99.0}))
    for command in (commands.Step(what="d"), commands.Speed(per_second=1.0, halves=True)):
        with pytest.raises(Refused) as caught:
            do(pool, name, command)
        assert caught.value.code == "invalid"
    assert info(pool, name)["state"] == "running"
    pool.stop(name).result(PATIENCE)
    with pytest.raises(UnknownRun):
        pool.update(name, LONG)


def test_single_steps_and_pace(pool: Pool) -> None:
    name = pool.start(LONG, "tests").run
    assert info(pool, name)["per_second"] == 50
    do(pool, name, commands.Pause())
    before = info(pool, name)["step"]
    assert do(pool, name, commands.Step(what="both"))["step"] == before + 1
    do(pool, name, commands.Speed(per_second=20.0))
    do(pool, name, commands.Play())
    wait_for(lambda: rate_of(pool, name, most=1.3 * 20), lambda rate: rate >= 0.7 * 20)
    do(pool, name, commands.Stop())


def test_a_killed_worker_begins_a_fit_again_on_the_same_course(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool()
    gan, fit = pool.start(SMALL, "a").run, pool.start(LONG.changed(seed=4), "a").run
    study = pool.start(STUDY.changed(redraws=1000), "a").run
    do(pool, fit, commands.Set(values={"lr": 0.02}))
    do(pool, fit, commands.Speed(per_second=200.0))
    do(pool, fit, commands.Restart())
    for name in (fit, gan):
        run_until(pool, name, lambda said: said["step"] > 60)
    course = objectives(pool, fit)
    do(pool, fit, commands.Speed(per_second=20.0))  # so that it is still early on when it is back
    before = saved(pool, gan)[0]
    wait_for(lambda: info(pool, fit) and saved(pool, gan)[0], lambda at: at > before)
    wait_for(lambda: info(pool, gan) and saved(pool, fit)[1].get("per_second"), lambda speed: speed == 20.0)
    pid = pool.pids[0]
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: pool.pids, lambda pids: pids not in ([], [pid]))
    said = info(pool, fit)
    assert (said["notice"], said["state"], said["seed"]) == ("worker_restarted", "running", 4)
    assert (said["per_second"], pool.describe(fit).spec.lr) == (20.0, 0.02)
    assert said["step"] < 60
    assert info(pool, gan)["step"] > 60
    assert info(pool, study)["notice"] == "worker_restarted"
    since = frame(pool, fit, "history", since=10_000)  # rows of the time before: the viewer starts over
    assert (len(since[0]["history"]), since[1]["history_from"]) == (0, 0)
    do(pool, fit, commands.Speed(per_second=200.0))
    run_until(pool, fit, lambda said: said["step"] > 60)
    again = objectives(pool, fit)
    same = sorted(course.keys() & again.keys())
    assert len(same) > 50
    assert {step: course[step] for step in same} == {step: again[step] for step in same}
    run_until(pool, study, lambda said: said["step"] > 5)


def saved(pool: Pool, run: str) -> tuple[int, dict[str, Any]]:
    """When the checkpoint of a run was written, and what it says of the run; (0, {}) before there is one."""
    info(pool, run)  # so that it stays awake
    file = Path(pool._folder) / f"{run}.checkpoint"
    if not file.exists():
        return 0, {}
    with file.open("rb") as parts:
        return os.fstat(parts.fileno()).st_mtime_ns, (wire.read(parts) or ({}, b""))[0]


def objectives(pool: Pool, run: str) -> dict[float, list[float]]:
    """The objective of each start by step, as the history has it."""
    rows = frame(pool, run, "history")[0]["history"][:, :5].astype(float)
    return {step: values for step, *values in rows.tolist() if not np.isnan(values).any()}


def test_kinds_share_a_worker_fairly(tmp_path: Path) -> None:
    host = host_in(tmp_path)
    runs: dict[str, FlatSpec] = {"gan": SMALL, "fit": LONG, "heavy": LONG.changed(objective="tv", starts=32)}
    runs["study"] = STUDY.changed(redraws=1000, n=2000)
    for name, spec in runs.items():
        host.start(name, spec)
        host.command(name, commands.Speed(per_second=None))
    work(host, 2.5)
    used = [seat.used for seat in host._seats.values()]
    assert min(used) / max(used) >= 0.6
    assert all(seat.run.step > 5 for seat in host._seats.values())


def test_a_slow_fit_costs_a_gan_nothing(tmp_path: Path) -> None:
    host = host_in(tmp_path)
    host.start("gan", SMALL)
    work(host, 0.3)
    alone = share_of_the_gan(host, 1.0)
    host.start("fit", LONG.changed(starts=2))
    host.command("fit", commands.Speed(per_second=10.0))
    work(host, 0.3)
    before, fitted = host._seats["gan"].run.step, host._seats["fit"].run.step
    assert share_of_the_gan(host, 1.0) > 0.6 * alone
    assert host._seats["fit"].run.step - fitted == pytest.approx(10, abs=2)
    assert host._seats["gan"].run.step > before


def host_in(folder: Path) -> Host:
    """A host whose time is processor time: what other processes take from us is nobody's fault."""
    return Host(Settings(folder=str(folder)), lambda _: None, time.thread_time)


def work(host: Host, seconds: float) -> None:
    until = host.clock() + seconds
    while host.clock() < until:
        host.turn()


def share_of_the_gan(host: Host, seconds: float) -> float:
    """Of the host's time: what the run called gan had of it."""
    seat, began = host._seats["gan"], host.clock()
    before = seat.used
    work(host, seconds)
    return (seat.used - before) / (host.clock() - began)


def test_what_is_too_large_is_refused_before_it_reaches_a_worker(pool: Pool) -> None:
    heavy = KINDS["fit"].spec.make({"model": "generator", "objective": "mmd2", "starts": 8, "batch": 1024})
    with pytest.raises(SpecError, match="live runs allow"):
        pool.start(heavy, "tests")
    with pytest.raises(SpecError, match="live runs allow"):
        pool.start(GanSpec(g_hidden=(512,) * 6, d_hidden=(512,) * 6, batch=4096), "tests")
