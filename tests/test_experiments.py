"""The Python API: three lines train an ensemble, and its numbers are those of the evaluation."""

from __future__ import annotations

import json
import math
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import ganlab
from ganlab.distributions import parse
from ganlab.evaluation import coverage
from ganlab.experiments import (
    MAX_STEPS,
    Asked,
    Quality,
    Result,
    eager_seconds,
    finished,
    measure,
    perfect_quality,
    train,
    writable_folder,
)
from ganlab.experiments.folder import RunFolder
from ganlab.gan import compiled, saving
from ganlab.gan.spec import GanSpec
from ganlab.gan.training import Training
from ganlab.specs import SpecError

ROOT = Path(__file__).parent.parent
SMALL = GanSpec(data="ring(8)", g_hidden=(8,), d_hidden=(8,), batch=16, backend="eager")


@pytest.fixture(scope="module")
def result() -> Result:
    return train(SMALL, steps=450, seeds=3)


def test_three_lines() -> None:
    result = ganlab.train(ganlab.GanSpec(data="ring(8)"), steps=20, seeds=2)
    lines = str(result).splitlines()
    assert "ring(8" in lines[0]
    assert len(lines) == 5


def test_the_lines_in_the_readme() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (block,) = [block for block in blocks if "ganlab.train" in block]
    assert "steps=5000" in block
    command = [sys.executable, "-c", block.replace("steps=5000", "steps=30")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1 + 1 + 10 + 1


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = ganlab.nonsense


def test_members_are_measured_as_the_evaluation_does(result: Result) -> None:
    modes = SMALL.distribution.modes()
    assert modes is not None
    assert result.samples.shape == (3, 2500, 2)
    for member, samples in zip(result.members, result.samples, strict=True):
        found = coverage(samples, modes)
        assert (member.modes_covered, member.modes_total) == (found.covered, 8)
        assert (member.high_quality, member.reverse_kl) == (found.high_quality, found.reverse_kl)
        assert not member.diverged


def test_an_ensemble_member_is_the_run_of_its_seed(result: Result) -> None:
    alone = train(SMALL.changed(seed=2), steps=450)
    np.testing.assert_allclose(alone.samples[0], result.samples[2], rtol=1e-2, atol=1e-3)
    assert [m.seed for m in alone.members] == [2]


def test_seeds_can_be_chosen() -> None:
    chosen = train(SMALL, steps=2, seeds=[9, 4])
    assert [m.seed for m in chosen.members] == [9, 4]
    assert chosen.training.seeds == (9, 4)


def test_metrics_have_about_200_rows_per_member_and_the_last_step(result: Result) -> None:
    steps = sorted({int(row["step"]) for row in result.metrics})
    assert len(result.metrics) == 3 * len(steps)
    assert len(steps) == 150
    assert steps[-1] == 450
    assert set(result.metrics[0]) >= {
        "step",
        "seed",
        "loss_d",
        "loss_g",
        "value",
        "grad_d",
        "grad_g",
        "finite",
    }
    long = train(SMALL, steps=399)
    assert len({row["step"] for row in long.metrics}) == 200


def test_metrics_are_the_readings_of_the_run() -> None:
    short, plain = train(SMALL, steps=5), Training(SMALL)
    for row in short.metrics:
        info = next(plain)
        assert row["loss_d"] == pytest.approx(float(info.loss_d[0]), abs=1e-6)
        assert row["grad_g"] == pytest.approx(float(info.grad_g[0]), abs=1e-6)


def test_the_result_can_go_on(result: Result) -> None:
    copy = train(SMALL, steps=10)
    copy.training.advance(5)
    assert copy.training.step == 15


def test_progress_counts_to_the_end() -> None:
    seen: list[tuple[int, int]] = []
    train(SMALL, steps=1000, progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, 1000)
    assert seen[-1] == (1000, 1000)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert 150 <= len(seen) <= 210


def test_threads_are_given_back() -> None:
    before = torch.get_num_threads()
    train(SMALL, steps=2, seeds=5)
    assert torch.get_num_threads() == before


# ---------------------------------------------------------------- backends


def test_backend_and_device_are_said_and_override() -> None:
    eager = train(SMALL.changed(backend="auto"), steps=2, backend="eager", device="cpu")
    assert (eager.backend, eager.device) == ("eager", "cpu")
    assert (eager.spec.backend, eager.spec.device) == ("eager", "cpu")


def test_auto_compiles_only_where_it_pays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path))
    asked: list[object] = []
    monkeypatch.setattr(compiled, "compile_now", lambda *request: asked.append(request))
    auto = SMALL.changed(backend="auto")
    assert train(auto, steps=2).backend == "eager"
    assert asked == []
    monkeypatch.setattr("ganlab.experiments.running.WORTH_COMPILING", 0.0001)
    train(auto, steps=2)
    assert len(asked) == 1
    monkeypatch.setattr(compiled, "compiler", lambda: None)
    assert train(auto, steps=2).backend == "eager"
    assert len(asked) == 1


def test_a_broken_compiler_leaves_auto_eager_and_refuses_compiled(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*request: object) -> None:
        raise RuntimeError("C++ compile error")

    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path))
    monkeypatch.setattr(compiled, "compile_now", fail)
    monkeypatch.setattr(compiled, "compiler", lambda: "g++")
    monkeypatch.setattr("ganlab.experiments.running.WORTH_COMPILING", 0.0001)
    assert train(SMALL.changed(backend="auto"), steps=2).backend == "eager"
    with pytest.raises(SpecError, match=r"backend = 'compiled': C\+\+ compile error"):
        train(SMALL, steps=2, backend="compiled")


def test_the_estimate_grows_with_the_work() -> None:
    assert eager_seconds(GanSpec(), 1, 1000) == pytest.approx(0.6)
    assert eager_seconds(GanSpec(d_steps=4, g_steps=2), 10, 1000) == pytest.approx(18)


# ---------------------------------------------------------------- measuring


@pytest.mark.parametrize("text", ["ring(8)", "grid(5)", "0.5*normal(-3,0.3)+0.5*normal(3,0.3)"])
def test_the_truth_scores_its_baseline(text: str) -> None:
    truth = parse(text)
    scored, perfect = measure(truth, truth.sample(2500, np.random.default_rng(5))), perfect_quality(truth)
    assert scored.modes_covered == scored.modes_total == round(perfect.modes_covered)
    assert scored.high_quality is not None
    assert perfect.high_quality is not None
    error = math.sqrt(perfect.high_quality * (1 - perfect.high_quality) / 2500)
    assert abs(scored.high_quality - perfect.high_quality) < 4 * error
    assert scored.reverse_kl is not None
    assert perfect.reverse_kl is not None
    assert 0 <= scored.reverse_kl < 4 * perfect.reverse_kl


def test_the_truth_without_modes_scores_its_baseline() -> None:
    truth = parse("moons()")
    scored, perfect = measure(truth, truth.sample(1000, np.random.default_rng(5))), perfect_quality(truth)
    assert scored.modes_total == 0
    assert scored.precision == pytest.approx(perfect.precision, abs=0.03)
    assert scored.recall == pytest.approx(perfect.recall, abs=0.03)


def test_samples_that_are_not_finite() -> None:
    bad = np.full((2500, 2), np.nan, np.float32)
    assert measure(parse("ring(8)"), bad) == Quality(0, 8, 0.0, math.inf)
    nothing = measure(parse("moons()"), bad)
    assert math.isnan(nothing.precision or 0)


# ---------------------------------------------------------------- keeping


def test_json_is_strict_and_says_what_diverged() -> None:
    wild = SMALL.changed(objective="least_squares", optimiser_d="sgd", optimiser_g="sgd", lr_d=10, lr_g=10)
    text = train(wild, steps=100, seeds=2).to_json()
    assert "NaN" not in text
    assert "Infinity" not in text
    members = json.loads(text)["members"]
    assert [m["diverged"] for m in members] == [True, True]
    assert members[0]["reverse_kl"] == "inf"


def test_saved_weights_go_on_where_the_run_stopped(result: Result, tmp_path: Path) -> None:
    result.save(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {
        "metrics.csv",
        "weights.safetensors",
        "spec.json",
        "run.json",
        "result.json",
    }
    again = Training.restore(str(tmp_path / "weights.safetensors"))
    assert (again.step, again.seeds, again.spec) == (450, (0, 1, 2), SMALL)
    noise = again.noise(50)
    assert np.array_equal(again.generate(noise), result.training.generate(noise))


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(SpecError, match=r"out = 'file': a folder that can be written \(File exists"):
        writable_folder("file")
    assert writable_folder(tmp_path / "new" / "folder").is_dir()
    assert not list((tmp_path / "new" / "folder").iterdir())


# ---------------------------------------------------------------- going on


def cut_off(folder: Path, at: int, steps: int = 120, seeds: int = 2) -> None:
    """A run in a folder as an interrupt (or a kill just after a checkpoint) leaves it."""

    def stop(done: int, total: int) -> None:
        if done >= at:
            raise KeyboardInterrupt

    with pytest.raises(
        KeyboardInterrupt, match=r"at step [\d,]+ of 120; the same command goes on from there"
    ):
        train(SMALL, steps=steps, seeds=seeds, out=folder, progress=stop)
    assert not (folder / "result.json").exists()


def same(one: Result, other: Result) -> None:
    """Bit for bit, but for the time it took."""
    assert (one.members, one.metrics) == (other.members, other.metrics)
    np.testing.assert_array_equal(one.samples, other.samples)
    for a, b in zip(one.training.state, other.training.state, strict=True):
        for x, y in zip(a, b, strict=True) if isinstance(a, tuple) else [(a, b)]:
            assert torch.equal(x, y) if isinstance(x, torch.Tensor) else x == y


@pytest.fixture(scope="module")
def whole() -> Result:
    return train(SMALL, steps=120, seeds=2)


@pytest.mark.parametrize("at", [1, 57, 119, 120])
def test_a_run_that_was_cut_off_ends_as_if_it_had_not_been(whole: Result, tmp_path: Path, at: int) -> None:
    cut_off(tmp_path, at)
    seen: list[int] = []
    same(
        train(SMALL, steps=120, seeds=2, out=tmp_path, progress=lambda done, total: seen.append(done)), whole
    )
    assert seen[0] >= at - 1, "it began again"
    rows = (tmp_path / "metrics.csv").read_text().splitlines()
    assert len(rows) == 1 + len(whole.metrics)


KILLED = """
import ganlab.experiments.folder as folder
from ganlab.cli import main
folder.CHECKPOINT_SECONDS, folder.CHECKPOINT_SHARE = 0.01, 1.0
main({arguments!r})
"""


def test_a_kill_loses_nothing_but_the_last_moments(tmp_path: Path) -> None:
    kept = tmp_path / "run"
    fields = [
        "--data",
        "ring(8)",
        "--g-hidden",
        "8",
        "--d-hidden",
        "8",
        "--batch",
        "16",
        "--backend",
        "eager",
    ]
    arguments = ["train", *fields, "--steps", "20000", "--seeds", "2", "--quiet", "--out", str(kept)]
    with subprocess.Popen([sys.executable, "-c", KILLED.format(arguments=arguments)], cwd=ROOT) as process:
        deadline = time.monotonic() + 60
        while not steps_kept(kept) > 50 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
    step = steps_kept(kept)
    assert 50 < step < 20000
    assert process.returncode == -signal.SIGKILL
    asked = json.loads((kept / "run.json").read_text())
    asked["steps"] = step + 200  # a shorter way to the end; readings are as far apart as they were
    (kept / "run.json").write_text(json.dumps(asked))
    seen: list[int] = []
    went_on = train(SMALL, steps=step + 200, seeds=2, out=kept, progress=lambda done, _: seen.append(done))
    assert seen[0] == step
    alone = train(SMALL, steps=step + 200, seeds=2)
    assert went_on.members == alone.members
    np.testing.assert_array_equal(went_on.samples, alone.samples)
    assert torch.equal(went_on.training.state.g.theta, alone.training.state.g.theta)
    assert torch.equal(went_on.training.state.d.m, alone.training.state.d.m)


def steps_kept(folder: Path) -> int:
    try:
        return saving.read(str(folder / "weights.safetensors")).counters["step"]
    except (OSError, ValueError):
        return 0


def test_readings_later_than_the_state_are_dropped(whole: Result, tmp_path: Path) -> None:
    cut_off(tmp_path, 60)
    with (tmp_path / "metrics.csv").open("a") as file:
        file.write("61,0,nonsense,1,1,1,1,1,1,True\r\n62,1,0.5")
    same(train(SMALL, steps=120, seeds=2, out=tmp_path), whole)


def test_a_finished_run_is_told_again(whole: Result, tmp_path: Path) -> None:
    first = train(SMALL, steps=120, seeds=2, out=tmp_path)
    seen: list[tuple[int, int]] = []
    again = train(SMALL, steps=120, seeds=2, out=tmp_path, progress=lambda *at: seen.append(at))
    assert seen == [(120, 120)]
    same(again, first)
    same(again, whole)
    assert again.steps_per_second == pytest.approx(first.steps_per_second)
    assert finished(tmp_path, Asked(SMALL, 120, (0, 1))) == again.to_dict()
    elsewhere = Asked(SMALL.changed(backend="auto", device="cpu"), 120, (0, 1))
    assert finished(tmp_path, elsewhere) == again.to_dict(), "a result is read wherever it was trained"
    assert finished(tmp_path, Asked(SMALL, 121, (0, 1))) is None
    assert finished(tmp_path / "nothing", Asked(SMALL, 120, (0, 1))) is None
    for damage in ("", "[]", "{}", "{"):
        (tmp_path / "result.json").write_text(damage)
        assert finished(tmp_path, Asked(SMALL, 120, (0, 1))) is None


def test_what_save_writes_is_a_run_to_go_on_with(whole: Result, tmp_path: Path) -> None:
    whole.save(tmp_path)
    same(train(SMALL, steps=120, seeds=2, out=tmp_path), whole)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"spec": SMALL.changed(lr_d=0.5)}, r"this one has lr_d = 0\.001;"),
        ({"steps": 7}, r"this one has steps = 6;"),
        ({"seeds": 3}, r"this one has seeds 0 to 1;"),
        ({"seeds": [5]}, r"this one has seeds 0 to 1;"),
        ({"device": "cpu"}, r"this one has device = auto;"),
    ],
)
def test_a_folder_with_another_run_is_refused(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    train(SMALL, steps=6, seeds=2, out=tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(SpecError, match=says + r".* --fresh \(in Python fresh=True\)$"):
        train(**{"spec": SMALL, "steps": 6, "seeds": 2, "out": tmp_path} | change)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    anew = train(**{"spec": SMALL, "steps": 6, "seeds": 2, "out": tmp_path, "fresh": True} | change)
    assert json.loads((tmp_path / "result.json").read_text()) == anew.to_dict()


@pytest.mark.parametrize("name", ["run.json", "weights.safetensors", "metrics.csv"])
def test_a_damaged_folder_is_refused(tmp_path: Path, name: str) -> None:
    train(SMALL, steps=6, out=tmp_path)
    (tmp_path / name).write_bytes(b"{nonsense\n\x00")
    with pytest.raises(SpecError, match=r"out = .*can be read .*--fresh"):
        train(SMALL, steps=6, out=tmp_path)
    (tmp_path / "run.json").unlink(missing_ok=True)
    with pytest.raises(SpecError, match=r"this one has \w+\.\w+, but no run\.json"):
        train(SMALL, steps=6, out=tmp_path)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with (
        RunFolder(tmp_path, Asked(SMALL, 6, (0,))),
        pytest.raises(SpecError, match="another process trains in this one"),
    ):
        train(SMALL, steps=6, out=tmp_path)
    train(SMALL, steps=6, out=tmp_path)


@pytest.mark.parametrize("steps", [0, -1, MAX_STEPS + 1, 1.5, True, "5"])
def test_steps_out_of_bounds(steps: object) -> None:
    with pytest.raises(SpecError, match=r"steps = .*a whole number from 1 to 100,000,000"):
        train(SMALL, steps=steps)  # type: ignore[arg-type]


@pytest.mark.parametrize("seeds", [0, -3, 5000, [], [1, 1], [-1], [2**31], [0.5], "12", True, None, 10**12])
def test_seeds_out_of_bounds(seeds: object) -> None:
    with pytest.raises(SpecError, match=r"seeds = "):
        train(SMALL, steps=1, seeds=seeds)  # type: ignore[arg-type]


def test_an_ensemble_that_would_not_fit_the_memory() -> None:
    wide = GanSpec(g_hidden=(512,) * 6, d_hidden=(512,) * 6)
    with pytest.raises(SpecError, match=r"at most 76 members of 2,\d+,\d+ parameters each"):
        train(wide, steps=1, seeds=200)


@pytest.mark.parametrize(
    ("change", "each"),
    [
        # G 2-400-2: 1,200 + 802; D 2-400-1: 1,200 + 401
        ({}, 2002 + 1601),
        ({"d_activation": "maxout"}, 2002 + 5 * 1200 + 401),
        ({"g_norm": "batch"}, 2002 + 800 + 1601),
        ({"pack": 4}, 2002 + 9 * 400 + 401),
        ({"minibatch_kernels": 10}, 2002 + 1601 + 400 * 30 + 10),
        # F has G's layers the other way round, and D sees the noise, too
        ({"inference": "veegan"}, 2 * 2002 + 5 * 400 + 401),
    ],
)
def test_parameters_are_counted_as_they_are(change: dict[str, Any], each: int) -> None:
    spec = GanSpec(g_hidden=(400,), d_hidden=(400,), batch=16).changed(**change)
    with pytest.raises(SpecError, match=f"at most {10**6 // each:,} members of {each:,} parameters each"):
        _with_most(10**6, spec)


def _with_most(numbers: int, spec: GanSpec) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ganlab.experiments.running.MAX_NUMBERS", numbers)
        train(spec, steps=1, seeds=4096)
