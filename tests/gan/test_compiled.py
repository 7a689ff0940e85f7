"""The compiled step is the eager step: same numbers, from a cache that needs no compiler."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from ganlab.gan import compiled
from ganlab.gan.arguments import flat, like
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.remedies import REMEDIES
from ganlab.gan.spec import GanSpec
from ganlab.gan.step import UPDATES, examples, updates_of
from ganlab.gan.structure import Structure
from ganlab.gan.training import Training
from ganlab.specs import SpecError
from tests.gan.referee import small

pytestmark = pytest.mark.timeout(500)  # the first test waits for the compiles
SEEDS = (3, 8)
# Between them: both directions of each choice that changes the code which is generated.
CASES = {
    "default": small(backend="auto"),
    "wgan_gp": small(
        data="normal(0,1)",
        backend="auto",
        objective="wgan",
        penalty="wgan_gp",
        g_activation="softplus",
        d_activation="tanh",
        optimiser_d="rmsprop",
        optimiser_g="momentum",
        instance_noise=0.2,
        d_steps=2,
        lr_g=0.01,
    ),
    # What the remedies add to the code, in few compiles.
    "remedies": small(
        backend="auto",
        batch=12,
        pack=3,
        replay=0.5,
        inference="veegan",
        penalty="dragan",
        objective="kl_regularised",
        optimiser_g="momentum",  # Adam makes steps of the rounding noise in biases before batch norm
        lr_g=0.001,
        constraint="spectral_norm",
        d_activation="maxout",
        feature_matching=0.2,
        ema=0.9,
        g_norm="batch",
        optimiser_d="optimistic_sgd",
        lr_d=0.002,
        updates="extragradient",
        instance_noise=0.1,
        instance_noise_until=5.0,
        weight_decay=0.1,
    ),
    "unrolled": small(
        backend="auto", unroll=3, minibatch_kernels=2, optimiser_d="sgd", lr_d=0.05, label_smoothing=0.1
    ),
}


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of this module's own, filled by the process that a running app would start."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANLAB_CACHE", str(folder))
        jobs = [compiled.start_compiling(Structure.of(spec), len(SEEDS), "cpu", 1) for spec in CASES.values()]
        for job in jobs:
            _, errors = job.communicate(timeout=450)
            assert job.returncode == 0, errors.decode()
        yield folder


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    assert compiled.compiler() is None


@pytest.mark.parametrize("name", CASES)
def test_compiled_equals_eager(name: str) -> None:
    fast, plain = Training(CASES[name], SEEDS), Training(CASES[name], SEEDS, backend="eager")
    assert (fast.backend, plain.backend) == ("compiled", "eager")
    for _ in range(10):
        a, b = next(fast), next(plain)
        for reading, column in vars(b).items():
            np.testing.assert_allclose(getattr(a, reading), column, rtol=5e-4, atol=2e-4, err_msg=reading)
    for x, y in zip((*fast.state.d, *fast.state.g), (*plain.state.d, *plain.state.g), strict=True):
        torch.testing.assert_close(x, y, rtol=5e-4, atol=2e-4)
    assert fast.state.d.theta.shape[0] == len(SEEDS)


ZOO = {
    **{f"objective {name}": {"objective": name} for name in OBJECTIVES},
    **{f"penalty {name}": {"penalty": name} for name in PENALTIES},
    **{
        f"remedy {name}": dict(row.values(GanSpec()))
        for name, row in REMEDIES.items()
        if name not in PENALTIES
    },
}


@pytest.mark.parametrize("name", ZOO)
def test_every_row_can_be_traced_with_its_gradients(name: str) -> None:
    """What is traced is what inductor compiles: one graph per update without Python in it, equal to the eager one."""
    from torch.fx.experimental.proxy_tensor import make_fx

    training = Training(small(batch=8, **ZOO[name]), SEEDS)
    s = training.structure
    random = torch.Generator().manual_seed(0)
    for update in updates_of(s):
        given = examples(s, len(SEEDS), "cpu")[update]

        def on_tensors(
            *tensors: torch.Tensor, update: str = update, given: tuple[object, ...] = given
        ) -> object:
            return UPDATES[update](s, *like(given, iter(tensors)))

        tensors = [torch.rand(part.shape, generator=random) for part in flat(given)]
        graph = make_fx(on_tensors)(*[part.clone() for part in tensors])
        other = [torch.rand(part.shape, generator=random) * 0.9 for part in flat(given)]
        for ours, theirs in zip(graph(*other), on_tensors(*other), strict=True):  # type: ignore[call-overload]
            torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_compiled_reproduces_bit_for_bit() -> None:
    a, b = (Training(CASES["default"], SEEDS, backend="compiled") for _ in range(2))
    a.advance(30), b.advance(30)
    assert torch.equal(a.state.d.theta, b.state.d.theta)
    assert torch.equal(a.state.g.theta, b.state.g.theta)


def test_compiled_states_are_checkpoints_too() -> None:
    training = Training(CASES["default"], SEEDS, backend="compiled")
    training.advance(3)
    held = training.state
    copy = [part.clone() for part in (*held.d, *held.g)]
    training.advance(5)
    assert all(torch.equal(x, y) for x, y in zip(copy, (*held.d, *held.g), strict=True))


def test_a_hot_change_needs_no_new_step() -> None:
    fast, plain = Training(CASES["wgan_gp"], SEEDS), Training(CASES["wgan_gp"], SEEDS, backend="eager")
    for training in (fast, plain):
        training.advance(3)
        training.set(lr_d=0.02, penalty_weight=5, d_steps=1, instance_noise=0)
        training.advance(3)
    assert fast.backend == "compiled"
    torch.testing.assert_close(fast.state.d.theta, plain.state.d.theta, rtol=5e-4, atol=2e-4)


def test_a_run_is_handed_over_in_the_middle() -> None:
    whole, handed = (Training(CASES["default"], SEEDS, backend="eager") for _ in range(2))
    whole.advance(8)
    handed.advance(4)
    assert handed.take_compiled()
    assert handed.backend == "compiled"
    handed.advance(4)
    torch.testing.assert_close(handed.state.g.theta, whole.state.g.theta, rtol=5e-4, atol=2e-4)


@pytest.mark.usefixtures("no_compiler")
@pytest.mark.parametrize("backend", ["auto", "compiled"])
def test_the_cache_serves_without_a_compiler(backend: str) -> None:
    training = Training(CASES["default"], SEEDS, backend=backend)
    assert training.backend == "compiled"
    assert next(training).finite.all()


@pytest.mark.usefixtures("no_compiler")
def test_without_compiler_and_cache_compiled_is_refused_and_auto_is_eager() -> None:
    spec = small(batch=10)
    with pytest.raises(SpecError, match=r"backend = 'compiled': .*g\+\+.*eager") as caught:
        Training(spec, backend="compiled")
    assert caught.value.problems[0][:2] == ("backend", "compiled")
    training = Training(spec.changed(backend="auto"))
    assert training.backend == "eager"
    assert not training.take_compiled()


def test_eager_is_pinned_though_the_cache_has_it() -> None:
    assert Training(CASES["default"], SEEDS, backend="eager").backend == "eager"


def test_the_cache_holds_what_was_asked_for_and_no_rests(cache: Path) -> None:
    keys = {compiled.key(Structure.of(spec), len(SEEDS), "cpu", 1) for spec in CASES.values()}
    assert {path.name for path in (cache / "steps").iterdir()} == keys
    assert compiled.cache_folder() == cache / "steps"


def test_the_key_depends_on_all_that_the_code_depends_on() -> None:
    base = Structure.of(GanSpec())
    others = [Structure.of(GanSpec(batch=127)), Structure.of(GanSpec(objective="hinge"))]
    keys = [compiled.key(s, 1, "cpu", 1) for s in (base, *others)]
    keys += [compiled.key(base, 2, "cpu", 1), compiled.key(base, 1, "cpu", 2)]
    assert len(set(keys)) == len(keys)
    assert compiled.key(Structure.of(GanSpec(lr_d=0.5, seed=9)), 1, "cpu", 1) == keys[0]


def test_a_structure_survives_the_way_to_the_compiling_process() -> None:
    base = Structure.of(GanSpec(d_hidden=(), g_hidden=(4, 5, 6)))
    raw = json.loads(json.dumps(base))
    assert Structure(*[tuple(part) if isinstance(part, list) else part for part in raw]) == base


def test_a_damaged_entry_is_removed_and_eager_serves(
    cache: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    structure = Structure.of(CASES["default"])
    name = compiled.key(structure, len(SEEDS), "cpu", 1)
    damaged = tmp_path / "steps" / name
    damaged.mkdir(parents=True)
    for file in ("d.pt2", "g.pt2"):
        (damaged / file).write_bytes((cache / "steps" / name / file).read_bytes()[:5000])
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path))
    assert Training(CASES["default"], SEEDS).backend == "eager"
    assert not damaged.exists()
    assert "cannot be loaded" in capsys.readouterr().err


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("GANLAB_CACHE", str(file / "below"))
    with pytest.raises(SpecError, match="GANLAB_CACHE"):
        Training(small(backend="compiled"))


def test_the_cache_keeps_the_latest(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(compiled, "MOST_KEPT", 3)
    for i in range(5):
        (tmp_path / f"step{i}").mkdir()
        os.utime(tmp_path / f"step{i}", (1000 + i, 1000 + i))
    (tmp_path / ".compiling-old").mkdir()
    os.utime(tmp_path / ".compiling-old", (0, 0))
    (tmp_path / ".compiling-new").mkdir()
    compiled._tidy(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".compiling-new", "step2", "step3", "step4"]


def test_a_compile_ends_with_whoever_asked_for_it(tmp_path: Path) -> None:
    """Its parent is killed; the process and the C++ compiler that it started are gone soon after."""
    request = {"structure": Structure.of(small(batch=17)), "members": 1, "device": "cpu", "threads": 1}
    script = (
        "import json, subprocess, sys, time\n"
        "from ganlab.gan import compiled\n"
        "from ganlab.gan.structure import Structure\n"
        "r = json.loads(sys.argv[1])\n"
        "s = Structure(*[tuple(p) if isinstance(p, list) else p for p in r['structure']])\n"
        "print(compiled.start_compiling(s, 1, 'cpu', 1).pid, flush=True)\n"
        "time.sleep(100)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, json.dumps(request)],
        stdout=subprocess.PIPE,
        env={**os.environ, "GANLAB_CACHE": str(tmp_path)},
    )
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    deadline = time.monotonic() + 120
    while not child.children():
        assert time.monotonic() < deadline, "no C++ compiler was started"
        time.sleep(0.02)
    family = [child, *child.children(recursive=True)]
    parent.kill()
    parent.communicate()
    _gone, alive = psutil.wait_procs(family, timeout=15)
    assert not alive
