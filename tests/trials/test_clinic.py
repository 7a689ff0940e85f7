"""The clinic: arms and their texts, what is refused, findings against plain arithmetic, papers, and the live run."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import sem

from ganlab.distributions import parse
from ganlab.gan.remedies import REMEDIES
from ganlab.gan.spec import GanSpec
from ganlab.live.clinic_run import ClinicRun
from ganlab.live.compiling import Compiling
from ganlab.live.cost import check_affordable
from ganlab.live.frames import decode
from ganlab.specs import SpecError
from ganlab.trials import METRICS
from ganlab.trials.clinic import ALREADY, MOST_ARMS, OWN, ClinicSpec, refusal, treated
from ganlab.trials.clinic_findings import findings, markdown
from ganlab.trials.diseases import DISEASES, SEEDS
from ganlab.trials.published import GRID, PACGAN_SETTING, PUBLISHED, RING, band, method, published

DOCS = Path(__file__).parents[2] / "docs" / "clinic.md"
SMALL = "data=ring(8)&g_hidden=8&d_hidden=8&batch=16&backend=eager"

# ---------------------------------------------------------------- diseases


@pytest.mark.parametrize("name", DISEASES)
def test_a_disease_is_a_gan_that_loses_modes(name: str) -> None:
    row = DISEASES[name]
    modes = row.spec.distribution.modes()
    assert modes is not None
    assert len(modes.weights) == row.of
    assert 8 <= row.losing <= SEEDS
    assert 0 <= row.modes < row.of
    assert row.comment.endswith(".")
    assert set(row.values) <= set(GanSpec.model_fields)


@pytest.mark.parametrize("name", DISEASES)
def test_a_disease_opens_with_arms_that_can_be_tried(name: str) -> None:
    spec = ClinicSpec.make({"disease": name, "arms": "|".join(DISEASES[name].arms)})
    assert len(spec.treatments) == 1 + len(DISEASES[name].arms)
    assert ClinicSpec.from_query(spec.to_query()) == spec
    assert sum(map(len, spec.to_query().values())) < 500


def test_names_and_titles_differ() -> None:
    assert len({row.title for row in DISEASES.values()}) == len(DISEASES)
    assert OWN not in DISEASES


@pytest.mark.parametrize("name", DISEASES)
def test_what_a_disease_says_is_what_was_measured(name: str) -> None:
    """docs/clinic.md holds the output of `python -m benchmarks.clinic`."""
    row = DISEASES[name]
    section = re.search(rf"^### {name}\n(.*?)(?=^### |\Z)", DOCS.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert section is not None
    about, rows = section[1].split("\n| untreated |")
    assert f"{SEEDS} seeds, {row.steps:,} steps" in about
    cells = [cell.strip() for cell in rows.splitlines()[0].split("|")]
    assert float(cells[0].split(" ± ")[0]) == pytest.approx(row.modes, abs=0.05 + 1e-9)
    complete, seeds = map(int, re.fullmatch(r"(\d+) of (\d+)", cells[2]).groups())  # type: ignore[union-attr]
    assert (seeds - complete, seeds) == (row.losing, SEEDS)
    measured = re.findall(r"^\| ([\w+=&.,]+) \|", section[1], re.MULTILINE)
    assert set(row.arms) <= set(measured)


def test_one_disease_has_three_cures_and_something_that_does_not_help() -> None:
    text = DOCS.read_text("utf-8")
    for section in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        row = DISEASES.get(section.split("\n")[0])
        if row is None or row.losing < 8:
            continue
        lines = [
            [c.strip() for c in line.split("|")[1:-1]] for line in section.splitlines() if " of 10 |" in line
        ]
        opened = [cells for cells in lines if cells[0] in row.arms]
        means = [float(cells[1].split(" ± ")[0]) for cells in opened]
        verdicts = [cells[-1] for cells in opened]
        cured = [m for m, v in zip(means, verdicts, strict=True) if m >= 7.5 * row.of / 8 and v == "helps"]
        if len(cured) >= 3 and any(v != "helps" for v in verdicts):
            return
    pytest.fail("no disease opens with three cures and one remedy that does not help")


# ---------------------------------------------------------------- arms

BASE = GanSpec.make({"optimiser_d": "sgd", "optimiser_g": "sgd"})


def test_an_arm_is_a_remedy_a_change_or_several() -> None:
    assert treated(BASE, "r1").spec == REMEDIES["r1"].applied(BASE)
    changed = treated(BASE, "d_steps=2&lr_d=0.010")
    assert (changed.text, changed.remedies) == ("lr_d=0.01&d_steps=2", ())
    both = treated(BASE, " r1 + penalty_weight=10 ")
    assert (both.text, both.remedies) == ("r1+penalty_weight=10", ("r1",))
    assert (both.spec.penalty, both.spec.penalty_weight) == ("r1", 10.0)


@pytest.mark.parametrize("name", REMEDIES)
def test_every_remedy_can_be_tried_or_says_why_not(name: str) -> None:
    why = refusal(BASE, name)
    if why is None:
        assert treated(BASE, name).spec != BASE
    else:
        with pytest.raises(SpecError):
            treated(BASE, name)
    assert refusal(BASE.changed(objective="moment_matching"), "r1") is not None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("aspirin", "one of the remedies"),
        ("lr_d=0.001", ALREADY),
        ("data=moons()", "the same for all runs"),
        ("lr_d=much", "valid number"),
        ("pack=3", "multiple of the pack"),
        ("r1+", "one of the remedies"),
    ],
)
def test_what_cannot_be_tried_says_why(text: str, says: str) -> None:
    with pytest.raises(SpecError, match=re.escape(says)):
        treated(BASE.changed(lr_d=0.001), text)
    with pytest.raises(SpecError, match="arms") as raised:
        ClinicSpec.make({"disease": OWN, "base": "optimiser_d=sgd&optimiser_g=sgd&lr_d=0.001", "arms": text})
    assert raised.value.problems[0][0].startswith("arms.1")


def test_arms_are_in_one_form_and_each_once() -> None:
    spec = ClinicSpec.make({"arms": "r1 | r1|pack2|d_steps=3& lr_g=0.5".replace("& ", "&")})
    assert spec.arms == "r1|pack2|lr_g=0.5&d_steps=3"
    assert [arm.text for arm in spec.treatments] == ["", "r1", "pack2", "lr_g=0.5&d_steps=3"]
    assert ClinicSpec.make({"arms": ""}).treatments[1:] == ()


@given(st.lists(st.sampled_from([*REMEDIES, "r1+ema", "d_steps=2"]), max_size=6))
def test_a_spec_is_a_link(names: list[str]) -> None:
    spec = ClinicSpec.make(
        {"arms": "|".join(name for name in names if refusal(ClinicSpec().gan, name) is None)}
    )
    assert ClinicSpec.from_query(spec.to_query()) == spec
    assert [arm.spec for arm in ClinicSpec.make(spec.model_dump()).treatments] == [
        a.spec for a in spec.treatments
    ]


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"disease": "flu"}, "disease", "choose one of"),
        ({"seeds": 1}, "seeds", "greater than or equal to 2"),
        ({"steps": -1}, "steps", "greater than or equal to 0"),
        ({"disease": OWN, "base": "data=moons()", "arms": ""}, "base", "modes that can be lost"),
        ({"disease": OWN, "base": "lr=1"}, "base.lr", "no such field"),
        ({"seed": 2**31 - 5}, "seed", "a smaller one"),
        ({"arms": "|".join(f"lr_d=0.{k + 1}" for k in range(MOST_ARMS + 1))}, "arms", "at most 8 arms"),
    ],
)
def test_a_spec_names_what_is_wrong(values: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(SpecError, match=re.escape(says)) as raised:
        ClinicSpec.make(values)
    assert raised.value.problems[0][0] == field


def test_an_own_gan_has_no_seed_and_a_disease_no_base() -> None:
    own = ClinicSpec.make({"disease": OWN, "base": f"{SMALL}&seed=7", "arms": "r1"})
    assert own.gan.seed == 0
    assert own.iterations == 5000
    named = ClinicSpec.make({"base": SMALL})
    assert named.base == ""
    assert named.gan == DISEASES[named.disease].spec
    assert named.iterations == DISEASES[named.disease].steps


def test_what_would_take_too_long_live_is_refused() -> None:
    big = "data=ring(8)&g_hidden=512,512,512&d_hidden=512,512,512&batch=4096&d_steps=20"
    with pytest.raises(SpecError, match="billion operations"):
        check_affordable(ClinicSpec.make({"disease": OWN, "base": big, "arms": ""}))
    long = {
        "disease": OWN,
        "base": "g_hidden=256,256&d_hidden=256,256",
        "arms": "r1",
        "seeds": 32,
        "steps": 100_000,
    }
    with pytest.raises(SpecError, match="hours") as raised:
        check_affordable(ClinicSpec.make(long))
    assert raised.value.problems[0][0] == "steps"
    for name in DISEASES:
        check_affordable(ClinicSpec.make({"disease": name, "arms": "|".join(DISEASES[name].arms)}))


# ---------------------------------------------------------------- findings


def readings(modes: list[list[float]], quality: float = 0.9, kl: float = 0.1) -> np.ndarray:
    """[C, S, metrics] with these modes, and the same quality and reverse KL everywhere."""
    found = np.full((len(modes), len(modes[0]), len(METRICS)), np.nan)
    found[..., METRICS.index("modes")] = modes
    found[..., METRICS.index("high_quality")] = quality
    found[..., METRICS.index("reverse_kl")] = kl
    return found


RING_MODES = parse("ring(8)").modes()
assert RING_MODES is not None


def test_findings_are_means_and_paired_differences() -> None:
    ill, cured = [1, 2, 1, 3, 1, 1, 2, 1], [8, 8, 7, 8, 8, 8, 8, 8]
    first, second = findings(RING_MODES, readings([ill, cured]), np.zeros((2, 8), bool))
    assert first.effects is None
    assert first.estimates["modes"].mean == pytest.approx(np.mean(ill))
    assert first.estimates["modes"].error == pytest.approx(sem(ill))
    assert (first.losing, second.losing) == (8, 1)
    assert second.effects is not None
    assert second.effects["modes"].verdict == "helps"
    assert second.effects["modes"].difference == pytest.approx(np.mean(np.subtract(cured, ill)))
    assert second.effects["high_quality"].verdict == "unclear"
    assert second.effects["high_quality"].difference == 0


def test_a_diverged_seed_counts_as_the_worst_there_is() -> None:
    found = readings([[8, 8, 8], [8, 8, 8]])
    found[1, 1] = np.nan
    lost = np.zeros((2, 3), bool)
    lost[1, 1] = True
    _, second = findings(RING_MODES, found, lost)
    assert list(second.values["modes"]) == [8, 0, 8]
    assert list(second.values["high_quality"]) == [0.9, 0, 0.9]
    assert second.values["reverse_kl"][1] == pytest.approx(math.log(8))
    assert second.estimates["modes"].diverged == 1


def test_the_markdown_table_has_a_row_for_each_arm_and_for_perfection() -> None:
    found = findings(RING_MODES, readings([[1, 2, 1, 1], [8, 8, 8, 8]]), np.zeros((2, 4), bool))
    perfect = {"modes": 8.0, "high_quality": 0.98889, "reverse_kl": 0.0014}
    lines = markdown(["untreated", "r1"], found, perfect).splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert lines[2].startswith("| untreated | 1.25 ± 0.25 |")
    assert lines[3].startswith("| r1 | 8.00 ± 0.00 |")
    assert lines[3].endswith("| 4 of 4 | helps |")
    assert lines[4].startswith("| perfect sampler | 8.00 |")
    assert "98.9 %" in lines[4]


# ---------------------------------------------------------------- what papers report


def test_published_rows_are_those_of_the_tables() -> None:
    rows = {(row.table[:6], row.data, row.method): row for row in PUBLISHED}
    assert len(rows) == 18
    plain = rows["PacGAN", RING, "GAN"]
    assert (plain.modes.mean, plain.modes.error, plain.high_quality.mean) == (6.3, 0.5, pytest.approx(0.982))
    assert rows["VEEGAN", GRID, "Unrolled GAN"].modes.mean == 23.6
    for row in PUBLISHED:
        assert row.modes.mean <= (8 if row.data == RING else 25)
        assert 0 <= row.high_quality.mean <= 1


def test_a_band_is_for_the_same_data_and_the_same_method_only() -> None:
    base = GanSpec.make({"data": "ring(8,radius=1,std=0.01)"})
    assert [row.method for row in published(base)] == ["GAN", "GAN"]
    assert band(published(base), "modes") == (1.0, pytest.approx(6.8))
    assert band(published(base), "reverse_kl") == pytest.approx((0.36, 0.54))
    assert published(GanSpec()) == ()
    assert [row.method for row in published(base.changed(pack=2))] == ["PacGAN2"]
    assert [row.method for row in published(base.changed(unroll=5))] == ["Unrolled GAN"]
    assert published(base.changed(penalty="r1")) == ()
    assert published(base.changed(pack=2, ema=0.9)) == ()
    assert method(base.changed(objective="wgan")) is None
    assert band((), "modes") is None


def test_a_row_says_what_its_paper_had_that_we_have_not() -> None:
    row = next(row for row in PUBLISHED if row.method == "GAN" and row.setting)
    same = GanSpec.make({"data": row.data, **PACGAN_SETTING})
    assert row.differs(same, 400_000) == {}
    assert row.differs(same.changed(batch=128), 5000) == {"batch": 100, "steps": 400_000}
    assert published(same)[0] == row


# ---------------------------------------------------------------- the live run


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ClinicRun]:
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "data"))
    spec = ClinicSpec.make(
        {"disease": OWN, "base": SMALL, "arms": "r1|optimiser_g=sgd&lr_g=10", "seeds": 3, "steps": 20}
    )
    return lambda **fields: ClinicRun("r", spec.changed(**fields), Compiling())


def look(run: ClinicRun) -> tuple[dict[str, Any], dict[str, Any]]:
    tensors, info = decode(run.frame(("seeds", "points", "course")))
    return tensors, info


def finished(run: ClinicRun) -> ClinicRun:
    while run.wait(run.clock()) is not None:
        run.work(0.05)
    return run


def test_a_clinic_is_a_trial_of_all_arms(make: Callable[..., ClinicRun]) -> None:
    run = make()
    tensors, info = look(run)
    assert (tensors, info["findings"], info["kind"], info["at"]) == ({}, [], "clinic", 0)
    tensors, info = look(finished(run))
    assert (info["state"], info["at"], info["steps"]) == ("finished", 20, 20)
    assert tensors["values"].shape == (3, 3, 3)
    assert tensors["points"].shape == (3, 128, 2)
    assert tensors["course"].shape == (20, 3)
    assert tensors["values"][:, :, 0].mean(axis=1) == pytest.approx(tensors["course"][-1])
    assert [len(found["estimates"]) for found in info["findings"]] == [3, 3, 3]
    assert info["findings"][0]["effects"] is None
    effect = info["findings"][1]["effects"]["modes"]
    assert effect["difference"] == pytest.approx(effect["after"] - effect["before"])
    assert info["scales"]["modes"] == {"worst": 0.0, "best": 8.0, "step": 1.0}


def test_the_findings_are_those_of_a_plain_trial(make: Callable[..., ClinicRun]) -> None:
    from ganlab.trials import Trial

    run = finished(make())
    spec = run.spec
    trial = Trial([arm.spec for arm in spec.treatments], spec.chosen_seeds, 20, 20)
    for _ in trial:
        pass
    expected = findings(RING_MODES, trial.readings[-1], trial.record.diverged >= 0)
    for ours, theirs in zip(run.findings, expected, strict=True):
        assert ours.estimates["modes"] == theirs.estimates["modes"]


def test_a_lost_seed_is_marked(make: Callable[..., ClinicRun]) -> None:
    tensors, info = look(finished(make(arms="optimiser_g=sgd&lr_g=10&optimiser_d=sgd&lr_d=10", steps=200)))
    lost = tensors["lost"]
    assert lost.shape == (2, 3)
    assert set(np.unique(lost)) <= {0, 1, 2}
    assert lost[1].any()
    assert (tensors["values"][1, lost[1] == 1, 0] == 0).all()
    worst = info["scales"]["reverse_kl"]["worst"]
    assert tensors["values"][1, lost[1] > 0, 2] == pytest.approx(worst)


def test_another_seed_begins_later(make: Callable[..., ClinicRun]) -> None:
    run = make(seed=5)
    assert run.scalars()["seeds"] == (5, 6, 7)
    assert run.seed == 5
