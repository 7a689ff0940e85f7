"""The command line: JSON on stdout, progress and one-line errors on stderr, exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from safetensors.numpy import load

import ganlab
from ganlab import cli
from ganlab.cli import progress
from ganlab.distributions import FAMILIES
from ganlab.gan import compiled
from ganlab.gan.combinations import RULES
from ganlab.gan.constraints import CONSTRAINTS
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.remedies import REMEDIES
from ganlab.gan.spec import GanSpec
from ganlab.presets import PRESETS
from ganlab.specs import SpecError

ROOT = Path(__file__).parent.parent
QUICK = [
    "train",
    "--steps",
    "12",
    "--backend",
    "eager",
    "--g-hidden",
    "5",
    "--d-hidden",
    "5",
    "--batch",
    "16",
]
Capture = pytest.CaptureFixture[str]


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ganlab", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False, **options
    )


def strict(text: str) -> Any:
    """JSON as the standard has it: Python's NaN and Infinity are refused."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


# ---------------------------------------------------------------- train


def test_train_prints_one_json_object() -> None:
    done = run(
        "train",
        "--data",
        "ring(8)",
        "--objective",
        "non_saturating",
        "--steps",
        "40",
        "--seeds",
        "3",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    result = strict(done.stdout)
    assert done.stdout.count("\n") == 1
    assert result["spec"]["data"] == "ring(8,radius=1,std=0.01)"
    assert GanSpec.make(result["spec"]) == GanSpec(data="ring(8)")
    assert (result["steps"], result["device"]) == (40, "cpu")
    assert result["backend"] in ("eager", "compiled")
    assert result["steps_per_second"] > 0
    assert [member["seed"] for member in result["members"]] == [0, 1, 2]
    for member in result["members"]:
        assert set(member) == {
            "seed",
            "modes_covered",
            "modes_total",
            "high_quality",
            "reverse_kl",
            "diverged",
        }
        assert member["modes_total"] == 8
        assert 0 <= member["modes_covered"] <= 8
        assert 0 <= member["high_quality"] <= 1
        assert member["diverged"] is False
    assert result["baseline"]["high_quality"] == pytest.approx(0.98889, abs=1e-4)
    assert "40/40 steps" in done.stderr
    assert "\r" not in done.stderr, "a bar is for terminals"


def test_non_finite_numbers_are_strings_and_divergence_is_told(capsys: Capture) -> None:
    wild = ["--optimiser-d", "sgd", "--optimiser-g", "sgd", "--lr-d", "10", "--lr-g", "10", "--objective"]
    assert cli.main([*QUICK, *wild, "least_squares", "--steps", "200", "--json", "--quiet"]) == 0
    (member,) = strict(capsys.readouterr().out)["members"]
    assert member["diverged"] is True
    assert member["reverse_kl"] == "inf"
    assert member["high_quality"] == 0


def test_data_without_modes_give_precision_and_recall(capsys: Capture) -> None:
    assert cli.main([*QUICK, "--data", "moons()", "--json", "--quiet"]) == 0
    result = strict(capsys.readouterr().out)
    (member,) = result["members"]
    assert (member["modes_covered"], member["modes_total"]) == (0, 0)
    assert member["high_quality"] is member["reverse_kl"] is None
    assert 0 <= member["precision"] <= 1
    assert 0 <= member["recall"] <= 1
    assert 0.9 < result["baseline"]["precision"] <= 1


def test_the_table_is_for_people(capsys: Capture) -> None:
    assert cli.main([*QUICK, "--seeds", "2", "--quiet"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    lines = shown.out.splitlines()
    assert lines[1].split() == ["seed", "modes", "high", "quality", "reverse", "KL"]
    assert [line.split()[0] for line in lines[2:]] == ["0", "1", "perfect"]


def test_a_seed_reproduces_from_the_shell(capsys: Capture) -> None:
    results = []
    for seed in ("5", "5", "6"):
        assert cli.main([*QUICK, "--seed", seed, "--seeds", "2", "--json", "--quiet"]) == 0
        results.append(strict(capsys.readouterr().out)["members"])
    assert results[0] == results[1]
    assert [m["seed"] for m in results[2]] == [6, 7]
    assert results[0][1]["high_quality"] == results[2][0]["high_quality"]


def test_out_keeps_metrics_weights_and_spec(tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "a" / "b"
    assert cli.main([*QUICK, "--seeds", "2", "--out", str(folder), "--json"]) == 0
    printed = strict(capsys.readouterr().out)
    rows = list(csv.DictReader(io.StringIO((folder / "metrics.csv").read_text())))
    assert len(rows) == 24
    assert {(row["step"], row["seed"]) for row in rows} == {(str(i), s) for i in range(1, 13) for s in "01"}
    assert float(rows[-1]["loss_d"]) > 0
    assert load((folder / "weights.safetensors").read_bytes())["d.theta"].shape[0] == 2
    spec = GanSpec.model_validate_json((folder / "spec.json").read_text())
    assert spec.to_query() == GanSpec.make(printed["spec"]).to_query()
    assert strict((folder / "result.json").read_text()) == printed
    assert cli.main(["train", "--spec", str(folder / "spec.json"), "--steps", "3", "--quiet"]) == 0


def test_the_same_command_goes_on_and_says_so(tmp_path: Path, capsys: Capture) -> None:
    again = [*QUICK, "--out", str(tmp_path / "run"), "--json"]
    assert cli.main(again) == 0
    first = capsys.readouterr()
    assert "goes on" not in first.err
    (tmp_path / "run" / "result.json").unlink()
    assert cli.main(again) == 0
    second = capsys.readouterr()
    assert second.err.startswith("ganlab: goes on at step 12 of 12\n")
    assert second.out == first.out
    assert strict((tmp_path / "run" / "result.json").read_text()) == strict(first.out)


def test_another_run_in_the_folder_is_one_line_that_says_what_to_do(tmp_path: Path, capsys: Capture) -> None:
    folder = str(tmp_path / "run")
    assert cli.main([*QUICK, "--out", folder, "--quiet"]) == 0
    capsys.readouterr()
    assert cli.main([*QUICK, "--lr-d", "0.5", "--out", folder]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert (
        "this one has lr_d = 0.001; choose another folder, or begin anew in this one with --fresh"
        in shown.err
    )
    assert cli.main([*QUICK, "--lr-d", "0.5", "--out", folder, "--fresh", "--quiet"]) == 0


def test_time_left_counts_from_where_a_run_goes_on(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    show = cli.progress_bar(False)
    show(500, 1000)
    now[0] = 100.0  # it was compiled
    show(501, 1000)
    now[0] = 110.0
    show(601, 1000)
    assert capsys.readouterr().err.splitlines() == [
        "ganlab: goes on at step 500 of 1,000",
        "500/1,000 steps, 0 s",
        "601/1,000 steps, 110 s, 40 s left",
    ]


def test_the_progress_bar_repaints_one_line(capsys: Capture) -> None:
    show = cli.progress_bar(True)
    show(0, 1000), show(500, 1000), show(1000, 1000)
    painted = capsys.readouterr().err
    assert painted.count("\n") == 1
    assert painted.count("\r") == 3
    assert "500/1,000 steps" in painted


def test_where_nobody_watches_progress_is_a_few_lines(capsys: Capture) -> None:
    show = cli.progress_bar(False)
    for i in range(0, 1001, 5):
        show(i, 1000)
    assert len(capsys.readouterr().err.splitlines()) == 11


# ---------------------------------------------------------------- which spec


def spec_of(capsys: Capture, *arguments: str) -> GanSpec:
    assert cli.main(["spec", *arguments]) == 0
    return GanSpec.make(strict(capsys.readouterr().out))


def test_spec_prints_the_default_and_the_schema(capsys: Capture) -> None:
    assert spec_of(capsys) == GanSpec()
    assert cli.main(["spec", "--schema"]) == 0
    assert strict(capsys.readouterr().out) == GanSpec.model_json_schema()


def test_later_words_win(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "spec.json"
    path.write_text('{"batch": 7, "lr_d": 0.5, "g_hidden": [3, 3]}')
    spec = spec_of(capsys, "--spec", str(path), "--set", "lr_d=0.25", "--set", "clip=0.5", "--clip", "0.75")
    assert (spec.batch, spec.lr_d, spec.g_hidden, spec.clip) == (7, 0.25, (3, 3), 0.75)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_by_name(name: str, capsys: Capture) -> None:
    assert spec_of(capsys, "--preset", name) == PRESETS[name].spec


def test_every_field_has_a_flag(capsys: Capture) -> None:
    example = {
        "data": "grid(5,spacing=2,std=0.05)", "noise": "uniform", "noise_dim": 3, "g_hidden": [4], "d_hidden": [],
        "g_activation": "sine", "d_activation": "elu", "objective": "wgan", "penalty": "r1", "penalty_weight": 2.0,
        "clip": 0.5, "instance_noise": 0.1, "optimiser_d": "sgd", "lr_d": 0.5, "beta1_d": 0.1, "beta2_d": 0.2,
        "optimiser_g": "rmsprop", "lr_g": 0.25, "beta1_g": 0.3, "beta2_g": 0.4, "updates": "simultaneous",
        "d_steps": 5, "g_steps": 2, "batch": 64, "seed": 11, "backend": "eager", "device": "cpu",
        "noise_modes": 5, "g_norm": "batch", "constraint": "spectral_norm", "weight_decay": 0.25, "bandwidth": 0.5,
        "label_smoothing": 0.0, "instance_noise_until": 50.0, "kl_weight": 0.5, "pack": 2, "minibatch_kernels": 0,
        "unroll": 3, "feature_matching": 0.0, "replay": 0.5, "ema": 0.9, "consensus": 0.0, "inference": "veegan",
        "inference_weight": 0.25,
    }  # fmt: skip
    assert set(example) == set(GanSpec.model_fields), "a new field needs a value here"
    texts = {
        k: ",".join(map(str, v)) or "none" if isinstance(v, list) else str(v) for k, v in example.items()
    }
    flags = [part for name, text in texts.items() for part in (f"--{name.replace('_', '-')}", text)]
    assert spec_of(capsys, *flags).model_dump(mode="json") == example
    sets = [part for name, text in texts.items() for part in ("--set", f"{name}={text}")]
    assert spec_of(capsys, *sets).model_dump(mode="json") == example


def test_help_shows_every_field_with_its_description(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["train", "--help"])
    assert left.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for name, field in GanSpec.model_fields.items():
        assert f"--{name.replace('_', '-')}" in text
        assert str(field.description) in text
    for row in (*OBJECTIVES, *PENALTIES, *PRESETS):
        assert row in text


def test_link_opens_the_same_exercise(capsys: Capture) -> None:
    assert cli.main(["train", "--data", "0.5*normal(-1,0.3)+0.5*normal(1,0.3)", "--seed", "4", "--link"]) == 0
    link = urlsplit(capsys.readouterr().out.strip())
    assert link.path == "/gan_1d"
    spec = GanSpec.from_query(dict(parse_qsl(link.query, strict_parsing=True)))
    assert spec == GanSpec(data="0.5*normal(-1,0.3)+0.5*normal(1,0.3)", seed=4)


# ---------------------------------------------------------------- bad input


def write_bad_files(folder: Path) -> None:
    """Files that are no spec."""
    contents = {
        "broken": b'{"batch": ', "binary": b"\xff\xfe\x00", "list": b"[1, 2]", "unknown": b'{"learning_rate": 1}',
        "digits": b'{"seed": ' + b"9" * 5000 + b"}", "deep": b"[" * 100_000, "bounds": b'{"batch": -4}',
    }  # fmt: skip
    for name, content in contents.items():
        (folder / name).write_bytes(content)


BAD = [
    (["train", "--steps", "-1"], "steps = -1: a whole number from 1"),
    (["train", "--steps", "many"], "steps = 'many': a whole number"),
    (["train", "--seeds", "0"], "seeds = 0: "),
    (["train", "--seeds", "5000"], "seeds = 5000: how many (1 to 4,096)"),
    (["train", "--data", "ring("], "data = 'ring('"),
    (["train", "--data", "ring(8)\nring"], "data = "),
    (["train", "--lr-d", "-1"], "lr_d = '-1': Input should be greater than or equal to 0"),
    (["train", "--objective", "gan"], "objective = 'gan': choose one of non_saturating"),
    (["train", "--set", "lr_d"], "set = 'lr_d': key=value"),
    (["train", "--set", "nonsense=1"], "nonsense = '1': there is no such field"),
    (["train", "--preset", "nonsense"], "preset = 'nonsense': choose one of learns"),
    (["train", "--preset", "learns", "--spec", "x"], "not allowed with"),
    (["train", "--spec", "/no/such/file"], "'/no/such/file': a JSON file that can be read (No such file"),
    (["train", "--spec", "/"], "spec = '/': a JSON file that can be read (Is a directory"),
    (["train", "--out", "/dev/null/x"], "out = '/dev/null/x': a folder that can be written"),
    (["train", "--fresh"], "argument --fresh: has no use without --out"),
    (["train", "--nonsense"], "unrecognized arguments: --nonsense"),
    (["train", "--seed", "2147483647", "--seeds", "2"], "seeds = 2: "),
    (["train", "--device", "mps"], "device = 'mps': Input should be 'auto', 'cpu' or 'cuda'"),
    (["nonsense"], "'nonsense'"),
    ([], "COMMAND"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=[" ".join(a).replace("\n", " ") for a, _ in BAD])
def test_bad_input_is_one_line_and_code_2(arguments: list[str], message: str, capsys: Capture) -> None:
    assert cli.main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("ganlab: error: ")
    assert shown.err.count("\n") == 1
    assert message in shown.err


@pytest.mark.parametrize("name", ["broken", "binary", "list", "unknown", "digits", "deep", "bounds"])
def test_a_file_that_is_no_spec(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)  # long names are cut short in messages
    write_bad_files(tmp_path)
    assert cli.main(["train", "--spec", name]) == 2
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1
    assert {"unknown": "learning_rate = 1", "bounds": "batch = -4"}.get(name, f"{name}': a JSON") in shown.err


def test_a_device_that_is_missing_is_one_line_too(capsys: Capture) -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    assert cli.main([*QUICK, "--device", "cuda"]) == 2
    assert capsys.readouterr().err.startswith("ganlab: error: device = 'cuda': ")


@pytest.fixture
def heeded() -> Iterator[None]:
    """A shell lets what it starts in the background ignore interrupts, and so all that this starts in turn."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeded")
def test_ctrl_c_keeps_what_was_trained_and_says_how_to_go_on(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ganlab", *QUICK, "--steps", "50000", "--out", str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        process.stderr.readline()
        assert "5,000/50,000 steps" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    said = re.search(r"ganlab: interrupted at step ([\d,]+) of 50,000; the same command goes on", errors)
    assert said is not None
    assert "Traceback" not in errors
    assert load((tmp_path / "weights.safetensors").read_bytes())["g.t"][0, 0] == int(said[1].replace(",", ""))


@pytest.mark.usefixtures("heeded")
def test_ctrl_c_ends_with_130_and_a_line() -> None:
    command = [sys.executable, "-m", "ganlab", *QUICK, "--steps", "50000"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert "0/50,000 steps" in process.stderr.readline()
        assert "5,000/50,000 steps" in process.stderr.readline()  # so it trains, and is far from its end
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "ganlab: interrupted" in errors
    assert "Traceback" not in errors


def test_a_reader_that_leaves_early_is_no_error() -> None:
    done = subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -m ganlab distributions | true; echo ${{PIPESTATUS[0]}}"],
        capture_output=True, text=True, cwd=ROOT, timeout=60, check=False,
    )  # fmt: skip
    assert (done.stdout.strip(), done.stderr) == ("0", "")


# ---------------------------------------------------------------- the other commands


def test_spec_starts_fast_because_it_never_imports_torch() -> None:
    script = "import sys; from ganlab.cli import main; main(['spec']); sys.exit('torch' in sys.modules)"
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - start < 20, "half a second on an idle machine"


def test_version(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out.strip() == f"ganlab {ganlab.__version__}"


def test_distributions_lists_every_family_with_its_parameters(capsys: Capture) -> None:
    assert cli.main(["distributions"]) == 0
    text = capsys.readouterr().out
    for family in FAMILIES.values():
        assert f"{family.key}: {family.about}" in text
        assert all(f"{p.name}=" in text for p in family.parameters)


def test_objectives_lists_every_row_with_its_formula(capsys: Capture) -> None:
    assert cli.main(["objectives"]) == 0
    text = capsys.readouterr().out
    for row in OBJECTIVES.values():
        assert all(part in text for part in (row.name, row.label, row.source, row.formula_d, row.formula_g))
    for penalty in PENALTIES.values():
        assert all(part in text for part in (penalty.name, penalty.label, penalty.formula))
    for constraint in CONSTRAINTS.values():
        assert f"{constraint.name}: {constraint.label}" in text
    for remedy in REMEDIES.values():
        assert all(part in text for part in (remedy.name, remedy.label, remedy.about, remedy.formula))
    assert all(rule.reason in text for rule in RULES)


def test_objectives_as_json(capsys: Capture) -> None:
    assert cli.main(["objectives", "--json"]) == 0
    tables = strict(capsys.readouterr().out)
    names = {table: [row["name"] for row in tables[table]] for table in list(tables)[:4]}
    assert names == {
        "objectives": list(OBJECTIVES),
        "penalties": list(PENALTIES),
        "constraints": list(CONSTRAINTS),
        "remedies": list(REMEDIES),
    }
    bounds = {row["name"]: row["bound"] for row in tables["objectives"]}
    assert {name for name, bound in bounds.items() if bound} == {
        name for name, row in OBJECTIVES.items() if row.best is not None
    }
    remedies = {row["name"]: row for row in tables["remedies"]}
    assert (bounds["f_pearson"]["name"], bounds["f_pearson"]["label"]) == ("pearson", "Pearson χ²")
    assert remedies["unrolled"]["sets"] == {"unroll": 5}
    assert remedies["two_rates"]["sets"] == {"lr_g": 0.00025}
    assert {(row["field"], row["reason"]) for row in tables["rules"]} == {(r.field, r.reason) for r in RULES}


def refusal(spec: GanSpec, changes: dict[str, Any]) -> str | None:
    try:
        spec.changed(**changes)
    except SpecError as error:
        return error.problems[0][2]
    return None


def test_what_is_listed_as_refused_is_refused_and_nothing_else(capsys: Capture) -> None:
    assert cli.main(["objectives", "--json"]) == 0
    for row in strict(capsys.readouterr().out)["remedies"]:
        listed = {other: reason for reason, names in row["not_with"].items() for other in names}
        for other in OBJECTIVES if "objective" not in row["sets"] else ():
            assert refusal(GanSpec(objective=other), row["sets"]) == listed.get(other)


def test_warm_without_a_compiler_says_that_eager_serves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path))
    assert cli.main(["warm"]) == 0
    assert "eager" in capsys.readouterr().out


def test_warm_compiles_each_structure_once(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(compiled, "compile_now", lambda *request: asked.append(request))
    monkeypatch.setattr(compiled, "compiler", lambda: "/usr/bin/g++")
    assert cli.main(["warm"]) == 0
    assert len(set(asked)) == len(asked)
    assert {request[1:] for request in asked} == {(1, "cpu", 1), (16, "cpu", 1)}, "runs, and the first map"
    from ganlab.gan.step import Structure

    wanted = {Structure.of(spec) for spec in (GanSpec(), *(p.spec for p in PRESETS.values()))}
    assert {request[0] for request in asked} == wanted
    shown = capsys.readouterr().out
    assert all(name in shown for name in PRESETS)


def test_warm_with_a_broken_compiler_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def fail(*request: object) -> None:
        raise RuntimeError("C++ compile error\nmany lines")

    monkeypatch.setattr(compiled, "compile_now", fail)
    monkeypatch.setattr(compiled, "compiler", lambda: "/usr/bin/g++")
    assert cli.main(["warm"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_environment_is_not_needed() -> None:
    done = run("spec", env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8"})
    assert done.returncode == 0, done.stderr
