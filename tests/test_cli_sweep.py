"""`python -m ganlab sweep`: maps from a shell; killed ones go on, and nonsense is refused in one line."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest

from ganlab import cli
from ganlab.experiments import train
from ganlab.gan.spec import GanSpec
from ganlab.gan.variants import write_base
from ganlab.specs import SpecError
from ganlab.trials import METRICS, folder, store
from ganlab.trials.metrics import summary
from ganlab.trials.spec import SweepSpec
from ganlab.trials.sweeping import Sweep, sweep

ROOT = Path(__file__).parent.parent
BASE = ["--backend", "eager", "--g-hidden", "6", "--d-hidden", "6", "--batch", "16"]
QUICK = [
    "sweep",
    *BASE,
    "--x",
    "lr_d=1e-3:0.1:3:log",
    "--y",
    "pack=1,3",
    "--steps",
    "30",
    "--moments",
    "3",
    "--quiet",
]
SPEC = SweepSpec(
    base=write_base(GanSpec(backend="eager", g_hidden=(6,), d_hidden=(6,), batch=16)),
    x="lr_d=1e-3:0.1:3:log",
    y="pack=1,3",
    steps=30,
    moments=3,
)
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "data"))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANLAB_DATA", str(tmp_path_factory.mktemp("data")))
        return sweep(SPEC)


def strict(text: str) -> Any:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


# ---------------------------------------------------------------- what comes out


def test_json_has_every_cell(capsys: Capture, found: Sweep) -> None:
    assert cli.main([*QUICK, "--json"]) == 0
    said = strict(capsys.readouterr().out)
    assert [axis["dial"] for axis in said["axes"]] == ["lr_d", "pack"]
    assert said["axes"][0]["values"] == ["0.001", "0.01", "0.1"]
    assert (said["steps"], said["seeds"], said["samples"]) == (30, [0, 1], 2500)
    assert len(said["cells"]) == 6
    for number, cell in enumerate(said["cells"]):
        assert cell["lr_d"] == ["0.001", "0.01", "0.1"][number % 3]
        assert ("refused" in cell) == (cell["pack"] == "3")
    first = said["cells"][0]
    alone = train(SPEC.cells[0].spec, steps=30, seeds=2)  # type: ignore[arg-type]
    losses = [row["loss_g"] for row in alone.metrics if row["step"] == 30]
    assert [member["loss_g"] for member in first["members"]] == pytest.approx(losses, rel=1e-3)
    expected = [float(value) for value in summary(np.array(losses))]
    assert list(first["metrics"]["loss_g"].values()) == pytest.approx(expected, rel=1e-2)
    assert found.to_dict()["cells"] == said["cells"], "the same again"


def test_the_table_is_the_map(capsys: Capture, found: Sweep) -> None:
    assert cli.main([*QUICK, "--metric", "distance"]) == 0
    head, *rows, foot = capsys.readouterr().out.splitlines()
    assert head == "distance, 2 seeds, step 30; pack upward, lr_d across"
    assert foot.split() == ["0.001", "0.01", "0.1"]
    assert [row.split()[0] for row in rows] == ["3", "1"], "upward"
    assert rows[0].split()[1:] == ["·"] * 3
    mean, error, _ = summary(found.record.readings[-1, 0, :, METRICS.index("distance")])
    assert rows[1].split()[1] == f"{mean:.3g}±{error:.2g}"
    assert str(found).splitlines()[1].startswith("modes, 2 seeds")


def test_csv_has_every_reading(capsys: Capture, found: Sweep) -> None:
    assert cli.main([*QUICK, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 3 * 2 * 3
    assert list(rows[0]) == ["lr_d", "pack", "seed", "step", *METRICS, "diverged"]
    assert {row["step"] for row in rows} == {"3", "13", "30"}
    last = [row for row in rows if row["step"] == "30"][3]
    assert (last["lr_d"], last["seed"]) == ("0.01", "1")
    for name in METRICS:
        assert float(last[name]) == pytest.approx(
            found.record.readings[-1, 1, 1, METRICS.index(name)], rel=1e-5
        )


def test_the_link_opens_the_map(capsys: Capture) -> None:
    assert cli.main([*QUICK, "--seed", "5", "--link"]) == 0
    link = urlsplit(capsys.readouterr().out.strip())
    assert link.path == "/phase"
    opened = SweepSpec.from_query(dict(parse_qsl(link.query)))
    assert (opened.gan.seed, opened.x, opened.steps) == (5, SPEC.x, 30)
    assert opened.gan.g_hidden == (6,)


def test_the_page_shows_it_at_once(found: Sweep) -> None:
    sweep(SPEC.changed(y="", steps=5, moments=1))
    spec = SPEC.changed(y="", steps=5, moments=1)
    cells = [cell.spec for cell in spec.cells if cell.spec]
    kept = store.get(store.identify(cells, spec.chosen_seeds, 5, 1))
    assert kept is not None
    assert kept[0].finished


def test_members_that_diverge_are_told(capsys: Capture) -> None:
    wild = ["--optimiser-d", "sgd", "--optimiser-g", "sgd", "--objective", "least_squares"]
    arguments = ["sweep", *BASE, *wild, "--x", "lr=0.001,10", "--steps", "200", "--moments", "4", "--quiet"]
    assert cli.main([*arguments, "--json"]) == 0
    tame, lost = strict(capsys.readouterr().out)["cells"]
    assert [member["diverged"] for member in lost["members"]] == [True, True]
    assert lost["metrics"]["distance"] == {"mean": "nan", "error": "nan", "n": 0}
    assert not any(member["diverged"] for member in tame["members"])
    assert cli.main(arguments) == 0
    assert "–" in capsys.readouterr().out


def test_data_without_modes_have_none_in_the_table(capsys: Capture) -> None:
    arguments = ["sweep", *BASE, "--data", "moons()", "--x", "lr=0.001,0.01", "--steps", "5", "--quiet"]
    assert cli.main([*arguments, "--json"]) == 0
    assert "modes" not in strict(capsys.readouterr().out)["cells"][0]["metrics"]
    assert cli.main(arguments) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("distance, ")


# ---------------------------------------------------------------- kept in a folder


def test_a_folder_has_it_all(tmp_path: Path, capsys: Capture, found: Sweep) -> None:
    out = tmp_path / "out"
    assert cli.main([*QUICK, "--out", str(out), "--json"]) == 0
    said = capsys.readouterr().out
    assert {path.name for path in out.iterdir()} == set(folder.ALL)
    assert strict((out / "result.json").read_text())["cells"] == strict(said)["cells"]
    assert (out / "readings.csv").read_text() == found.to_csv()
    assert cli.main([*QUICK, "--out", str(out), "--json"]) == 0
    assert strict(capsys.readouterr().out)["cells"] == strict(said)["cells"], "nothing is trained twice"


def test_a_killed_sweep_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = [
        "sweep",
        *BASE,
        "--x",
        "lr_d=1e-3:0.1:4:log",
        "--steps",
        "800",
        "--moments",
        "30",
        "--seeds",
        "2",
    ]
    often = "import ganlab.trials.folder as f; f.CHECKPOINT_SECONDS = 0.1; f.CHECKPOINT_SHARE = 1"
    code = f"{often}; from ganlab.cli import main; main()"
    command = [sys.executable, "-c", code, *arguments, "--out", str(out)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    until = time.monotonic() + 60
    while not (out / "trial.safetensors").exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.05)
    assert process.poll() is None, "it was killed too late"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (out / "result.json").exists()
    done = subprocess.run(
        [sys.executable, "-m", "ganlab", *arguments, "--out", str(out), "--csv"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "goes on at" in done.stderr
    spec = SPEC.changed(x="lr_d=1e-3:0.1:4:log", y="", steps=800, moments=30, seeds=2)
    assert done.stdout == sweep(spec).to_csv(), "bit for bit as if it had not been killed"


def test_a_folder_of_another_sweep_is_refused(tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out"
    quick = [*QUICK, "--out", str(out)]
    assert cli.main(quick) == 0
    assert cli.main([*quick, "--steps", "31"]) == 2
    assert "steps = 30" in capsys.readouterr().err
    assert cli.main([*quick, "--steps", "31", "--fresh"]) == 0
    (out / "trial.safetensors").write_bytes(b"nonsense")
    assert cli.main([*quick, "--steps", "31"]) == 2
    assert "trial.safetensors" in capsys.readouterr().err
    (out / "sweep.json").write_text("{}")
    assert cli.main([*quick, "--steps", "31"]) == 2
    (out / "sweep.json").unlink()
    assert cli.main([*quick, "--steps", "31"]) == 2
    assert "--fresh" in capsys.readouterr().err


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with folder.SweepFolder(tmp_path, SPEC), pytest.raises(SpecError, match="another process"):
        folder.SweepFolder(tmp_path, SPEC)


def test_progress_is_on_stderr(capsys: Capture) -> None:
    assert cli.main([argument for argument in QUICK if argument != "--quiet"]) == 0
    assert "180/180 GAN steps" in capsys.readouterr().err


# ---------------------------------------------------------------- nonsense


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--x", "nothing=1,2"], "there is no such dial"),
        (["--x", "lr_d=1:0:4"], "low < high"),
        (["--y", "lr_d=0.1,0.2"], "another dial than x"),
        (["--y", "data=ring(8)"], "the same for all cells"),
        (["--seeds", "many"], "seeds = 'many'"),
        (["--seeds", "9"], "less than or equal to 8"),
        (["--steps", "0"], "steps = 0"),
        (["--lr-g", "-1"], "lr_g = '-1'"),
        (["--metric", "beauty"], "metric = 'beauty'"),
        (["--fresh"], "no use without --out"),
        (["--json", "--csv"], "not allowed with"),
        (["--out", "/proc/nowhere"], "out = '/proc/nowhere'"),
        (["--x", "pack=3,5", "--y", ""], "no cell can be trained"),
    ],
)
def test_nonsense_is_refused_in_one_line(capsys: Capture, arguments: list[str], says: str) -> None:
    assert cli.main([*QUICK, *arguments]) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert len(said.err.splitlines()) == 1
    assert not said.out


def test_help_names_the_flags() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ganlab", "sweep", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    for flag in ("--x", "--y", "--seeds", "--metric", "--csv", "--out", "--lr-d"):
        assert flag in done.stdout
