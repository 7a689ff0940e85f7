"""`python -m ganlab table`: a protocol from the shell, labelled, kept while it trains, and one-line errors."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ganlab
from ganlab import cli
from ganlab.cli import table as command
from ganlab.gan import saving
from ganlab.trials import tables
from ganlab.trials.protocols import PROTOCOLS, Cell, Protocol

ROOT = Path(__file__).parent.parent
Capture = pytest.CaptureFixture[str]

TINY = {"g_hidden": (8,), "d_hidden": (8,), "batch": 16, "data": "ring(8,radius=1,std=0.01)"}
PROTOCOL = Protocol(
    name="tiny",
    title="Tiny table",
    source="nobody",
    claim="Nothing.",
    cells=(Cell("ring_gan", "ring, GAN", TINY), Cell("ring_pack", "ring, packs", {**TINY, "pack": 2})),
    steps=1500,
    fast_steps=20,
    differs=("All of it.",),
)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A small protocol; the folder in which tables of this version are kept."""
    monkeypatch.setattr(command, "PROTOCOLS", {"tiny": PROTOCOL})
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path))
    return tmp_path / "tables"


def strict(text: str) -> Any:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


# ---------------------------------------------------------------- what comes out


def test_the_fast_table_says_so_in_every_form(tiny: Path, capsys: Capture) -> None:
    assert cli.main(["table", "tiny", "--fast", "--seeds", "2"]) == 0
    shown = capsys.readouterr()
    label = "FAST: 20 steps instead of 1,500, 2 seeds instead of 10; all else is as in the full table"
    lines = shown.out.splitlines()
    assert lines[0] == "Tiny table (nobody)"
    assert lines[1].startswith(label)
    assert label in shown.err
    assert label in (tiny / f"tiny_20_2_{ganlab.__version__}" / "table.md").read_text()
    assert label in strict((tiny / f"tiny_20_2_{ganlab.__version__}" / "table.json").read_text())["label"]
    for text in (
        "ring_gan: ring, GAN, 8 modes, cpu, eager",
        "ours",
        "PacGAN, table 1   6.3 ± 0.5",
        "1 to 6.8",
    ):
        assert text in shown.out
    assert [line.split()[0] for line in lines if line.startswith("ring_")] == ["ring_gan:", "ring_pack:"]


def test_json_is_one_strict_object(tiny: Path, capsys: Capture) -> None:
    assert cli.main(["table", "tiny", "--fast", "--seeds", "1", "--json", "--quiet"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.count("\n") == 1
    found = strict(shown.out)
    assert (found["table"], found["fast"], found["full"], found["steps"]) == ("tiny", True, False, 20)
    assert (found["published_steps"], found["seeds"], found["samples"]) == (1500, 1, 2500)
    gan, pack = found["cells"]
    assert [member["seed"] for member in gan["members"]] == [0]
    assert (
        set(gan["ours"]) == set(gan["band"]) == set(gan["perfect"]) == {"modes", "high_quality", "reverse_kl"}
    )
    assert gan["ours"]["modes"] == {
        "mean": gan["members"][0]["modes_covered"],
        "error": "nan",
        "low": gan["ours"]["modes"]["low"],
        "high": gan["ours"]["modes"]["high"],
    }
    assert [row["table"] for row in gan["published"]] == ["PacGAN, table 1", "VEEGAN, table 1"]
    assert gan["band"]["modes"] == pytest.approx([1, 6.8])
    assert gan["inside"] == dict.fromkeys(gan["band"]), "a short table is not compared"
    assert gan["perfect"]["reverse_kl"] == pytest.approx(0.0014, abs=1e-4)
    assert pack["spec"]["pack"] == 2
    assert strict((tiny / f"tiny_20_1_{ganlab.__version__}" / "table.json").read_text()) == found


def test_the_full_table_meets_the_band_or_not(
    tiny: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "SEEDS", 2)
    monkeypatch.setattr(command, "SEEDS", 2)
    assert cli.main(["table", "tiny", "--seeds", "2", "--cell", "ring_gan", "--json", "--quiet"]) == 0
    found = strict(capsys.readouterr().out)
    assert found["full"] is True
    assert found["label"] == "FULL: 1,500 steps and 2 seeds, as published."
    assert set(found["cells"][0]["inside"].values()) <= {True, False}


def test_one_cell_alone_and_all_that_are_finished_in_the_files(tiny: Path, capsys: Capture) -> None:
    asked = ["table", "tiny", "--steps", "5", "--seeds", "2", "--out", str(tiny), "--json", "--quiet"]
    for cell in ("ring_pack", "ring_gan"):
        assert cli.main([*asked, "--cell", cell]) == 0
        assert [row["name"] for row in strict(capsys.readouterr().out)["cells"]] == [cell]
    kept = strict((tiny / "table.json").read_text())
    assert [row["name"] for row in kept["cells"]] == ["ring_gan", "ring_pack"]
    assert "FAST" not in kept["label"]


@pytest.mark.parametrize(
    ("protocol", "cell"), [("pacgan", "grid_pacgan4"), ("unrolled", "unroll1"), ("wgan_gp", "8gaussians")]
)
def test_a_published_protocol_trains(protocol: str, cell: str, tmp_path: Path, capsys: Capture) -> None:
    asked = ["table", protocol, "--cell", cell, "--steps", "1", "--seeds", "1", "--out", str(tmp_path)]
    assert cli.main([*asked, "--backend", "eager", "--device", "cpu", "--json", "--quiet"]) == 0
    (row,) = strict(capsys.readouterr().out)["cells"]
    assert (row["name"], row["backend"], row["device"]) == (cell, "eager", "cpu")
    assert 0 <= row["ours"]["modes"]["mean"] <= 25


# ---------------------------------------------------------------- going on

KILLED = """
import sys
sys.path.insert(0, {tests!r})
import ganlab.cli.table, ganlab.experiments.folder as folder
from test_cli_table import PROTOCOL
ganlab.cli.table.PROTOCOLS = {{"tiny": PROTOCOL}}
folder.CHECKPOINT_SECONDS, folder.CHECKPOINT_SHARE = 0.01, 1.0
sys.exit(ganlab.cli.main({arguments!r}))
"""


def start(arguments: list[str]) -> subprocess.Popen[str]:
    script = KILLED.format(tests=str(Path(__file__).parent), arguments=arguments)
    return subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.PIPE, text=True)


def step_of(folder: Path) -> int:
    try:
        return saving.read(str(folder / "weights.safetensors")).counters["step"]
    except (OSError, ValueError):
        return 0


def wait_until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 100
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_a_kill_in_the_middle_loses_nothing_but_the_last_moments(tiny: Path, capsys: Capture) -> None:
    def asked(folder: str) -> list[str]:
        return [
            "table",
            "tiny",
            "--steps",
            "1500",
            "--seeds",
            "2",
            "--backend",
            "eager",
            "--out",
            str(tiny / folder),
        ]

    with start(asked("killed")) as process:
        wait_until(lambda: step_of(tiny / "killed" / "ring_pack") > 100)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    step = step_of(tiny / "killed" / "ring_pack")
    assert 100 < step < 1500
    assert cli.main([*asked("killed"), "--json"]) == 0
    went_on = capsys.readouterr()
    assert f"ring_pack goes on at step {step:,} of 1,500" in went_on.err
    assert "ring_gan" not in went_on.err, "it was finished"
    assert cli.main([*asked("whole"), "--json", "--quiet"]) == 0
    whole = strict(capsys.readouterr().out)
    for one, other in zip(strict(went_on.out)["cells"], whole["cells"], strict=True):
        assert one["members"] == other["members"]
        assert one["ours"] == other["ours"]


def test_ctrl_c_says_how_to_go_on(tiny: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(self: object, cell: Cell, done: int, total: int) -> None:
        if done > 50:
            raise KeyboardInterrupt

    monkeypatch.setattr(command.Progress, "__call__", stop)
    asked = ["table", "tiny", "--steps", "100", "--seeds", "2", "--json"]
    assert cli.main(asked) == 130
    shown = capsys.readouterr()
    assert shown.out == ""
    assert (
        shown.err.splitlines()[-1]
        == "ganlab: interrupted at step 51 of 100; the same command goes on from there"
    )
    monkeypatch.setattr(tables, "write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    assert cli.main([*asked, "--quiet"]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "ganlab: interrupted; the same command goes on"


def test_fresh_begins_anew(tiny: Path, capsys: Capture) -> None:
    asked = ["table", "tiny", "--fast", "--seeds", "1", "--cell", "ring_gan", "--out", str(tiny)]
    assert cli.main(asked) == 0
    assert "20/20" in capsys.readouterr().err
    assert cli.main(asked) == 0
    assert "20/20" not in capsys.readouterr().err
    assert cli.main([*asked, "--fresh"]) == 0
    assert "20/20" in capsys.readouterr().err


# ---------------------------------------------------------------- progress


def test_progress_has_the_time_left_for_the_cell_and_for_all(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(command.time, "monotonic", lambda: now[0])
    twice = Cell("twice", "twice", {**TINY, "batch": 32})
    first = PROTOCOL.cells[0]
    show = command.Progress((first, twice), 1000)
    show(first, 0, 1000)
    now[0] = 30.0  # it was compiled
    show(first, 1, 1000)
    now[0] = 40.0
    show(first, 101, 1000)
    show(first, 111, 1000)  # less than a tenth on: nothing is said
    now[0] = 130.0
    show(first, 1000, 1000)
    show(twice, 500, 1000)
    show(twice, 501, 1000)
    now[0] = 330.0
    show(twice, 601, 1000)
    assert capsys.readouterr().err.splitlines() == [
        "1/2 ring_gan: 0/1,000 steps, 0 s",
        "1/2 ring_gan: 101/1,000 steps, 40 s, 90 s left, about 5 min for all cells",
        "1/2 ring_gan: 1,000/1,000 steps, 2 min",
        "twice goes on at step 500 of 1,000",
        "2/2 twice: 500/1,000 steps, 0 s",
        "2/2 twice: 601/1,000 steps, 3 min, 13 min left",
    ]


@pytest.mark.parametrize(
    ("seconds", "says"), [(3.4, "3 s"), (300, "5 min"), (7200, "2.0 h"), (1e6, "277.8 h")]
)
def test_durations(seconds: float, says: str) -> None:
    assert command.duration(seconds) == says


# ---------------------------------------------------------------- bad input

BAD = [
    (["nonsense"], "protocol = 'nonsense': choose one of pacgan, unrolled, wgan_gp"),
    ([], "required: PROTOCOL"),
    (["pacgan", "--cell", "ring"], "cell = 'ring': choose one of ring_gan, ring_pacgan2"),
    (["unrolled", "--cell", "ring_gan"], "cell = 'ring_gan': choose one of unroll0"),
    (["pacgan", "--fast", "--steps", "5"], "not allowed with argument"),
    (["pacgan", "--steps", "0"], "steps = 0: a whole number from 1 to 100,000,000"),
    (["pacgan", "--steps", "many"], "steps = 'many': a whole number"),
    (["pacgan", "--seeds", "0"], "seeds = 0: a whole number from 1 to 100"),
    (["pacgan", "--seeds", "1e3"], "seeds = '1e3': a whole number"),
    (["pacgan", "--out", "/dev/null/x"], "out = '/dev/null/x': a folder that can be written"),
    (["pacgan", "--device", "tpu"], "invalid choice: 'tpu'"),
    (["pacgan", "--nonsense"], "unrecognized arguments"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=[" ".join(a) for a, _ in BAD])
def test_bad_input_is_one_line_and_code_2(arguments: list[str], message: str, capsys: Capture) -> None:
    assert cli.main(["table", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("ganlab: error: ")
    assert shown.err.count("\n") == 1
    assert message in shown.err


def test_a_folder_with_another_run_is_refused(tiny: Path, capsys: Capture) -> None:
    asked = ["table", "tiny", "--seeds", "1", "--cell", "ring_gan", "--out", str(tiny), "--quiet"]
    assert cli.main([*asked, "--steps", "5"]) == 0
    capsys.readouterr()
    assert cli.main([*asked, "--steps", "6"]) == 2
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1
    assert (
        "this one has steps = 5; choose another folder, or begin anew in this one with --fresh" in shown.err
    )


def test_help_names_protocols_cells_and_steps(capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        cli.main(["table", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for protocol in PROTOCOLS.values():
        assert f"{protocol.name} {protocol.fast_steps:,} of {protocol.steps:,}" in text
        assert all(cell.name in text for cell in protocol.cells)
