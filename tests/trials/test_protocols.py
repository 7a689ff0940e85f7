"""Published protocols: networks, data and numbers are those of the papers; a table says what it is, and goes on."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import nn

from ganlab.experiments import Asked, perfect_quality, train
from ganlab.gan.spec import GanSpec
from ganlab.gan.structure import Structure
from ganlab.gan.training import Training
from ganlab.specs import SpecError
from ganlab.trials import tables
from ganlab.trials.protocols import PROTOCOLS, SEEDS, Cell, Protocol
from ganlab.trials.tables import Measured, Table, measured

CELLS = {cell.name: cell for protocol in PROTOCOLS.values() for cell in protocol.cells}

TINY = {"g_hidden": (8,), "d_hidden": (8,), "batch": 16, "backend": "eager"}
PROTOCOL = Protocol(
    name="tiny",
    title="Tiny",
    source="nobody",
    claim="Nothing.",
    cells=(
        Cell("ring_gan", "ring, GAN", {**TINY, "data": "ring(8,radius=1,std=0.01)"}),
        Cell("ring_pack", "ring, packs", {**TINY, "data": "ring(8,radius=1,std=0.01)", "pack": 2}),
    ),
    steps=60,
    fast_steps=20,
    differs=("All of it.",),
)


# ---------------------------------------------------------------- as published


def mlp(*sizes: int, norm: bool = False, pieces: int = 1) -> nn.Sequential:
    layers: list[nn.Module] = []
    for a, b in pairwise(sizes[:-1]):
        layers += [nn.Linear(a, pieces * b), *([nn.BatchNorm1d(pieces * b)] if norm else [])]
    return nn.Sequential(*layers, nn.Linear(*sizes[-2:]))


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


NETWORKS = {
    **{f"{data}_gan": (mlp(2, 400, 400, 400, 400, 2, norm=True), mlp(2, 200, 200, 200, 1, pieces=5))
       for data in ("ring", "grid")},
    **{f"{data}_pacgan{m}": (mlp(2, 400, 400, 400, 400, 2, norm=True), mlp(2 * m, 200, 200, 200, 1, pieces=5))
       for data in ("ring", "grid") for m in (2, 3, 4)},
    **{f"unroll{k}": (mlp(256, 128, 128, 2), mlp(2, 128, 128, 1)) for k in (0, 1, 5, 10)},
    **{name: (mlp(2, 512, 512, 512, 2), mlp(2, 512, 512, 512, 1)) for name in ("8gaussians", "25gaussians")},
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_networks_have_as_many_parameters_as_published(name: str) -> None:
    g, d = NETWORKS[name]
    state = Training(CELLS[name].spec, [0], device="cpu", backend="eager").state
    assert (state.g.theta.shape[1], state.d.theta.shape[1]) == (count(g), count(d))


def test_the_same_by_hand() -> None:
    # PacGAN's own code prints 484,802 for G (without the four biases before batch norm) and 405,201 for D.
    gan = Structure.of(CELLS["ring_gan"].spec)
    assert gan.g_count == 2 * 400 + 3 * 400 * 400 + 8 * 400 + 400 * 2 + 2 + 4 * 400 == 484_802 + 1600
    assert gan.d_net.parameters == 3 * 1000 + 2 * 201 * 1000 + 201 == 405_201
    assert Structure.of(CELLS["grid_pacgan4"].spec).d_net.parameters == 9 * 1000 + 402_000 + 201
    unrolled = Structure.of(CELLS["unroll5"].spec)
    assert (unrolled.g_count, unrolled.d_net.parameters) == (
        257 * 128 + 129 * 128 + 258,
        3 * 128 + 129 * 128 + 129,
    )
    toy = Structure.of(CELLS["8gaussians"].spec)
    assert (toy.g_count, toy.d_net.parameters) == (1536 + 2 * 513 * 512 + 1026, 1536 + 2 * 513 * 512 + 513)


ADAM = {"optimiser_d": "adam", "optimiser_g": "adam"}
PACGAN = {
    **ADAM, "noise": "normal", "noise_dim": 2, "g_activation": "relu", "g_norm": "batch", "d_activation": "maxout",
    "objective": "non_saturating", "penalty": "none", "lr_d": 1e-4, "lr_g": 1e-4, "beta1_d": 0.8, "beta1_g": 0.8,
    "beta2_d": 0.999, "beta2_g": 0.999, "updates": "simultaneous", "d_steps": 1, "g_steps": 1, "unroll": 0,
}  # fmt: skip
UNROLLED = {
    **ADAM, "noise": "normal", "noise_dim": 256, "g_activation": "tanh", "g_norm": "none", "d_activation": "tanh",
    "objective": "minimax", "penalty": "none", "lr_d": 1e-4, "lr_g": 1e-3, "beta1_d": 0.5, "beta1_g": 0.5,
    "beta2_d": 0.999, "beta2_g": 0.999, "updates": "simultaneous", "batch": 512, "pack": 1, "d_steps": 1, "g_steps": 1,
    "data": "ring(8,radius=1,std=0.01)",
}  # fmt: skip
WGAN_GP = {
    **ADAM, "noise": "normal", "noise_dim": 2, "g_activation": "relu", "g_norm": "none", "d_activation": "relu",
    "objective": "wgan", "penalty": "wgan_gp", "penalty_weight": 0.1, "lr_d": 1e-4, "lr_g": 1e-4, "beta1_d": 0.5,
    "beta1_g": 0.5, "beta2_d": 0.9, "beta2_g": 0.9, "updates": "alternating", "d_steps": 5, "g_steps": 1, "batch": 256,
    "pack": 1, "unroll": 0,
}  # fmt: skip
SETTINGS = {
    **{f"{data}_{'gan' if m == 1 else f'pacgan{m}'}": {**PACGAN, "pack": m, "batch": 100 * m, "data": text}
       for data, text in (("ring", "ring(8,radius=1,std=0.01)"), ("grid", "grid(5,spacing=2,std=0.05)"))
       for m in (1, 2, 3, 4)},
    **{f"unroll{k}": {**UNROLLED, "unroll": k} for k in (0, 1, 5, 10)},
    "8gaussians": WGAN_GP,
    "25gaussians": WGAN_GP,
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_settings_are_those_published(name: str) -> None:
    spec = CELLS[name].spec
    assert {field: getattr(spec, field) for field in SETTINGS[name]} == SETTINGS[name]
    remedies = {
        field: getattr(spec, field) for field in ("label_smoothing", "instance_noise", "ema", "replay")
    }
    assert set(remedies.values()) == {0}
    assert Structure.of(spec).constraint == "none"


def test_steps_and_cells() -> None:
    assert {name: row.steps for name, row in PROTOCOLS.items()} == {
        "pacgan": 400_000,
        "unrolled": 25_000,
        "wgan_gp": 100_000,
    }
    assert set(CELLS) == set(SETTINGS)
    assert all(1 < row.fast_steps < row.steps for row in PROTOCOLS.values())
    assert SEEDS == 10


@pytest.mark.parametrize(
    ("name", "modes", "scale", "std"),
    [("8gaussians", 8, 2 / 1.414, 0.02 / 1.414), ("25gaussians", 25, 2 / 2.828, 0.05 / 2.828)],
)
def test_the_toy_of_wgan_gp_is_divided_as_its_authors_did(
    name: str, modes: int, scale: float, std: float
) -> None:
    found = CELLS[name].spec.distribution.modes()
    assert found is not None
    assert len(found.centres) == modes
    np.testing.assert_allclose(found.spreads, std, rtol=1e-5)
    np.testing.assert_allclose(found.weights, 1 / modes)
    if modes == 8:
        np.testing.assert_allclose(np.linalg.norm(found.centres, axis=1), scale, rtol=1e-5)
    else:
        np.testing.assert_allclose(np.unique(found.centres.round(4)), scale * np.arange(-2, 3), atol=1e-4)


PAPERS = {
    # PacGAN, table 1: modes, high quality %, reverse KL, each with its standard error
    "ring_gan": (6.3, 0.5, 98.2, 0.2, 0.45, 0.09), "grid_gan": (17.3, 0.8, 94.8, 0.7, 0.70, 0.07),
    "ring_pacgan2": (7.9, 0.1, 95.6, 2.0, 0.07, 0.03), "grid_pacgan2": (23.8, 0.7, 91.3, 0.8, 0.13, 0.04),
    "ring_pacgan3": (7.8, 0.1, 97.7, 0.3, 0.10, 0.02), "grid_pacgan3": (24.6, 0.4, 94.2, 0.4, 0.06, 0.02),
    "ring_pacgan4": (7.8, 0.1, 95.9, 1.4, 0.07, 0.02), "grid_pacgan4": (24.8, 0.2, 93.6, 0.6, 0.04, 0.01),
}  # fmt: skip
VEEGAN = {"ring_gan": (1, 99.3), "grid_gan": (3.3, 0.5), "unroll0": (1, 99.3), "unroll5": (7.6, 35.6)}


@pytest.mark.parametrize("name", PAPERS)
def test_the_numbers_are_pacgans(name: str) -> None:
    (row,) = [row for row in CELLS[name].published if row.table == "PacGAN, table 1"]
    assert row.reverse_kl is not None
    found = [
        row.modes.mean,
        row.modes.error,
        100 * row.high_quality.mean,
        100 * (row.high_quality.error or 0),
    ]
    assert [*found, row.reverse_kl.mean, row.reverse_kl.error] == pytest.approx(PAPERS[name])


@pytest.mark.parametrize("name", VEEGAN)
def test_other_papers_have_their_own(name: str) -> None:
    (row,) = [row for row in CELLS[name].published if row.table == "VEEGAN, table 1"]
    assert (row.modes.mean, 100 * row.high_quality.mean) == pytest.approx(VEEGAN[name])
    assert row.modes.error is row.reverse_kl is None


def test_what_nobody_published_has_no_numbers() -> None:
    assert CELLS["8gaussians"].published == CELLS["25gaussians"].published == ()
    assert "no coverage" in PROTOCOLS["wgan_gp"].claim


def test_protocols_are_readable_without_torch() -> None:
    code = (
        "import sys, ganlab.trials.tables as t, ganlab.trials.protocols as p; from pathlib import Path\n"
        "t.kept(p.PROTOCOLS['pacgan'], 9, 2, Path('nowhere')); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ---------------------------------------------------------------- means


def result(cell: Cell, members: list[dict[str, Any]]) -> dict[str, Any]:
    """As `ganlab.experiments.Result.to_dict` has it."""
    about = {"steps": 5, "device": "cpu", "backend": "eager", "steps_per_second": 3.5, "samples": 2500}
    perfect = perfect_quality(cell.spec.distribution).to_dict()
    return {"spec": cell.spec.model_dump(mode="json"), **about, "members": members, "baseline": perfect}


def member(modes: int, quality: float, kl: float | str, *, diverged: bool = False) -> dict[str, Any]:
    return {"modes_covered": modes, "high_quality": quality, "reverse_kl": kl, "diverged": diverged}


def test_means_and_their_standard_errors() -> None:
    cell = CELLS["ring_gan"]
    seeds = [member(8, 0.9, 0.01), member(4, 0.8, 0.7), member(6, 1.0, 0.3)]
    ours = Measured.of(cell, result(cell, seeds)).estimates
    for name, key in tables.METRICS.items():
        values = [seed[key] for seed in seeds]
        assert ours[name].mean == pytest.approx(np.mean(values))
        assert ours[name].error == pytest.approx(np.std(values, ddof=1) / math.sqrt(3))


def test_what_is_lost_counts_as_the_worst() -> None:
    cell = CELLS["ring_gan"]
    seeds = [member(8, 0.5, 0.0), member(0, 0.0, "inf"), member(7, 0.5, 0.1, diverged=True)]
    found = Measured.of(cell, result(cell, seeds))
    assert found.estimates["modes"].mean == pytest.approx(8 / 3)
    assert found.estimates["high_quality"].mean == pytest.approx(0.5 / 3)
    assert found.estimates["reverse_kl"].mean == pytest.approx(2 * math.log(8) / 3)
    assert found.to_dict()["diverged"] == 1


@pytest.mark.parametrize(
    ("modes", "meets"), [((1, 1), True), ((0, 0), False), ((7, 7), False), ((8, 6), True)]
)
def test_ours_meets_the_band_where_the_errors_touch_it(modes: tuple[int, int], meets: bool) -> None:
    cell = CELLS["ring_gan"]  # 1 in one paper, 6.3 ± 0.5 in the other
    full = Table(
        PROTOCOLS["pacgan"],
        400_000,
        10,
        (Measured.of(cell, result(cell, [member(m, 0.9, 0.1) for m in modes])),),
    )
    assert full.cells[0].bands["modes"] == pytest.approx((1, 6.8))
    assert full.inside(full.cells[0])["modes"] is meets
    short = Table(PROTOCOLS["pacgan"], 1500, 10, full.cells)
    assert set(short.inside(short.cells[0]).values()) == {None}, "what is not the same is not compared"
    assert "ours meets it" in tables.plain(full)
    assert "ours meets it" not in tables.plain(short)


def test_without_anything_published_there_is_no_band() -> None:
    cell = CELLS["8gaussians"]
    full = Table(PROTOCOLS["wgan_gp"], 100_000, 10, (Measured.of(cell, result(cell, [member(8, 0.9, 0.1)])),))
    assert set(full.inside(full.cells[0]).values()) == {None}
    assert "published band" not in tables.plain(full)
    assert (
        json.loads(json.dumps(full.to_dict(), allow_nan=False))["cells"][0]["ours"]["modes"]["error"] == "nan"
    )


# ---------------------------------------------------------------- what a table says of itself


@pytest.mark.parametrize(
    ("steps", "seeds", "says"),
    [
        (400_000, 10, "FULL: 400,000 steps and 10 seeds, as published."),
        (1500, 10, "FAST: 1,500 steps instead of 400,000; all else"),
        (300, 10, "300 steps instead of 400,000; all else"),
        (1500, 3, "FAST: 1,500 steps instead of 400,000, 3 seeds instead of 10; all else"),
        (400_000, 3, "3 seeds instead of 10; all else"),
    ],
)
def test_every_form_is_labelled(steps: int, seeds: int, says: str) -> None:
    cell = CELLS["ring_pacgan2"]
    found = Measured.of(cell, result(cell, [member(8, 0.9, 0.1)] * 2))
    table = Table(PROTOCOLS["pacgan"], steps, seeds, (found,))
    for text in (tables.plain(table), tables.markdown(table), table.to_dict()["label"]):
        assert says in text
        assert ("cannot be compared" in text) == (not table.full)


def test_the_text_has_ours_theirs_the_band_and_the_perfect_sampler() -> None:
    cell = CELLS["grid_pacgan2"]
    found = Measured.of(cell, result(cell, [member(25, 0.9, 0.01), member(23, 0.92, 0.2, diverged=True)]))
    table = Table(PROTOCOLS["pacgan"], 400_000, 10, (found,))
    lines = [line.split("  ") for line in tables.plain(table).splitlines()]
    shown = {
        parts[0]: parts[1:] for line in lines if len(parts := [p.strip() for p in line if p.strip()]) == 4
    }
    assert shown["ours"] == ["12.50 ± 12.50", "45.0 ± 45.0", "1.61 ± 1.60"]
    assert shown["PacGAN, table 1"] == ["23.8 ± 0.7", "91.3 ± 0.8", "0.13 ± 0.04"]
    assert shown["published band"] == ["23.1 to 24.5", "90.5 to 92.1", "0.09 to 0.17"]
    assert shown["perfect sampler"] == ["25.00", "98.9", "0.0048"]
    assert "25 modes, cpu, eager, 3.5 steps/s, 1 diverged" in tables.plain(table)
    assert "| grid, PacGAN2 | ours | 12.50 ± 12.50 | 45.0 ± 45.0 | 1.61 ± 1.60 |" in tables.markdown(table)
    assert all(note in tables.plain(table) and note in tables.markdown(table) for note in table.notes)


# ---------------------------------------------------------------- making one


def test_cells_are_what_training_them_gives(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []

    def progress(cell: Cell, done: int, total: int) -> None:
        seen.append((cell.name, done, total))

    found = list(
        measured(PROTOCOL.cells, steps=20, seeds=3, folder=tmp_path, progress=progress, device="cpu")
    )
    assert [cell.cell.name for cell in found] == ["ring_gan", "ring_pack"]
    for cell in found:
        alone = train(cell.cell.spec, steps=20, seeds=3, device="cpu")
        assert cell.result["members"] == alone.to_dict()["members"]
        assert cell.estimates["modes"].mean == np.mean([m.modes_covered for m in alone.members])
        assert cell.perfect["high_quality"] == pytest.approx(0.98889, abs=1e-5)
    assert [name for name, done, _ in seen if done == 20] == ["ring_gan", "ring_pack"]
    assert seen[0] == ("ring_gan", 0, 20)


def test_seeds_of_a_cell_train_in_one_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And with --fast and without, what is trained differs in nothing but steps."""
    asked: list[dict[str, Any]] = []

    class Stop(Exception):
        pass

    def stop(spec: GanSpec, **options: Any) -> None:
        asked.append({"spec": spec, **options})
        raise Stop

    monkeypatch.setattr(tables, "train", stop)
    for protocol in PROTOCOLS.values():
        for cell in protocol.cells:
            for steps in (protocol.fast_steps, protocol.steps):
                with pytest.raises(Stop):
                    next(measured([cell], steps=steps, seeds=SEEDS, folder=tmp_path))
            fast, full = asked[-2:]
            assert (fast.pop("steps"), full.pop("steps")) == (protocol.fast_steps, protocol.steps)
            assert fast == full
            assert (full["spec"], full["seeds"]) == (cell.spec, 10)


def test_a_table_goes_on_where_it_was_cut_off(tmp_path: Path) -> None:
    options: dict[str, Any] = {"steps": 60, "seeds": 2, "device": "cpu"}
    whole = list(measured(PROTOCOL.cells, folder=tmp_path / "whole", **options))

    def stop(cell: Cell, done: int, total: int) -> None:
        if cell.name == "ring_pack" and done >= 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"at step 3\d of 60; the same command goes on"):
        list(measured(PROTOCOL.cells, folder=tmp_path / "cut", progress=stop, **options))
    assert [cell.cell.name for cell in tables.kept(PROTOCOL, 60, 2, tmp_path / "cut").cells] == ["ring_gan"]
    seen: list[tuple[str, int]] = []

    def progress(cell: Cell, done: int, total: int) -> None:
        seen.append((cell.name, done))

    went_on = list(measured(PROTOCOL.cells, folder=tmp_path / "cut", progress=progress, **options))
    assert seen[0][0] == "ring_pack", "a finished cell is read"
    assert seen[0][1] >= 30
    assert [cell.result["members"] for cell in went_on] == [cell.result["members"] for cell in whole]
    assert [cell.estimates for cell in went_on] == [cell.estimates for cell in whole]
    kept = tables.kept(PROTOCOL, 60, 2, tmp_path / "cut")
    assert [cell.estimates for cell in kept.cells] == [cell.estimates for cell in whole]
    assert tables.kept(PROTOCOL, 61, 2, tmp_path / "cut").cells == ()


def test_a_cell_that_was_trained_elsewhere_is_read(tmp_path: Path) -> None:
    options: dict[str, Any] = {"steps": 5, "seeds": 2, "folder": tmp_path}
    (first,) = measured(PROTOCOL.cells[:1], device="cpu", **options)
    note = json.loads((tmp_path / "ring_gan" / "run.json").read_text())
    note["spec"]["device"], note["ran"]["device"] = "cuda", "cuda"
    (tmp_path / "ring_gan" / "run.json").write_text(json.dumps(note))
    (again,) = measured(PROTOCOL.cells[:1], **options)
    assert again.result == first.result
    assert Asked.of(note).anywhere().spec == PROTOCOL.cells[0].spec.changed(backend="auto", device="auto")


def test_fresh_begins_anew(tmp_path: Path) -> None:
    options: dict[str, Any] = {"steps": 5, "seeds": 2, "folder": tmp_path, "device": "cpu"}
    list(measured(PROTOCOL.cells[:1], **options))
    (tmp_path / "ring_gan" / "result.json").write_text("{}")
    seen: list[int] = []
    list(
        measured(
            PROTOCOL.cells[:1], fresh=True, progress=lambda cell, done, total: seen.append(done), **options
        )
    )
    assert seen[0] == 0
    assert json.loads((tmp_path / "ring_gan" / "result.json").read_text())["steps"] == 5


def test_what_is_written_is_the_table(tmp_path: Path) -> None:
    cells = tuple(measured(PROTOCOL.cells, steps=20, seeds=2, folder=tmp_path, device="cpu"))
    table = Table(PROTOCOL, 20, 2, cells)
    tables.write(table, tmp_path)
    assert json.loads((tmp_path / "table.json").read_text()) == json.loads(json.dumps(table.to_dict()))
    assert (tmp_path / "table.md").read_text() == tables.markdown(table) + "\n"
    with pytest.raises(SpecError, match="a folder whose files can be written"):
        tables.write(table, tmp_path / "nowhere")


def test_cells_are_chosen_by_name_in_their_order() -> None:
    pacgan = PROTOCOLS["pacgan"]
    assert tables.chosen(pacgan, None) == pacgan.cells
    assert [cell.name for cell in tables.chosen(pacgan, ["grid_gan", "ring_pacgan2"])] == [
        "ring_pacgan2",
        "grid_gan",
    ]
    with pytest.raises(SpecError, match=r"cell = 'ring': choose one of ring_gan, ring_pacgan2"):
        tables.chosen(pacgan, ["ring"])


@pytest.mark.parametrize(
    ("steps", "seeds", "says"),
    [
        (0, 10, "steps = 0: a whole number from 1 to 100,000,000"),
        (10**9, 10, "steps = 1000000000"),
        (True, 10, "steps = True"),
        (5, 0, "seeds = 0: a whole number from 1 to 100"),
        (5, 10**12, "seeds = 1000000000000"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, steps: int, seeds: int, says: str) -> None:
    with pytest.raises(SpecError, match=says):
        next(measured(PROTOCOL.cells, steps=steps, seeds=seeds, folder=tmp_path))
