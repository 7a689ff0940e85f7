"""What the core says about bad input reaches the viewer in the viewer's language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ganlab.distributions import DistributionError, TableError, parse, read_table, store
from ganlab.fitting import FitSpec
from ganlab.gan.spec import GanSpec
from ganlab.live import calculator
from ganlab.live.compare_spec import CompareSpec
from ganlab.live.cost import check_affordable
from ganlab.live.questions import LineQuestion, PlaneView
from ganlab.specs import FlatSpec, SpecError
from ganlab.studies import StudySpec
from ganlab.trials.clinic import ClinicSpec
from ganlab.trials.spec import SweepSpec
from ganlab.ui.address import line
from ganlab.ui.i18n import use
from ganlab.ui.messages import _PATTERNS, Problem, plain, translate

TEXTS = [
    "",
    "   ",
    "nonsense(3)",
    "rnig(8)",
    "ring(8",
    "ring(8,radius=-1)",
    "ring(2.5)",
    "ring(8,8,8,8,8)",
    "ring(8,foo=1)",
    "ring(8,n=9)",
    "ring(8)+normal(0,1)",
    "-1*normal(0,1)",
    "0*normal(0,1)",
    "ring(8)*2",
    "normal(0,1)-normal(1,1)",
    "normal(0,1);",
    "2 3",
    "2normal(0,1)",
    "normal(0,1)+1e-9*normal(1,1)",
    "normal(0,1)+2e6*normal(1,1)",
    "+".join(["grid(15)"] * 20),
    "spiral(2,std=100)",
    "moons(std=100)",
    "3",
    "normal(x,1)",
    "normal(0,1e999)",
    "(((((((((1)))))))))",
    'samples("0123456789abcdef")',
    'samples("xyz")',
    'samples("x y")',
    "samples()",
    'drawn("a")',
    'drawn("!")',
    "normal([0],1)",
    "normal([0,0],[1,2,3])",
    "normal([0,0],[[1,2],[3,4]])",
    "normal([0,0],[[1,2],[2,1]])",
    "uniform(1,0)",
    "triangular(0,5,1)",
    "+".join(["normal(0,1)"] * 65),
    "ring(8)" + " " * 3000,
]

FIELDS = {
    "lr_d": ["abc", "nan", "inf", "-1", "11"],
    "beta1_d": ["1"],
    "clip": ["0"],
    "batch": ["1.5", "0", "5000"],
    "g_hidden": ["1,x", "0,4", "600", "1,2,3,4,5,6,7"],
    "objective": ["x"],
    "noise": ["x"],
    "seed": ["-1"],
    "data": ["a" * 5000],
}

FITS: list[dict[str, object]] = [
    {"model": "generator", "objective": "chi2_pq"},
    {"p": "cauchy(0,1)", "objective": "kl_pq"},
    {"p": "cauchy(0,1)", "objective": "chi2_pq"},
    {"p": "uniform(0,1)", "objective": "kl_qp"},
    {"begin": "0,1,2"},
    {"begin": "0,1", "components": 2},
    {"objective": "mmd2", "bandwidth": "1e-6"},
    {"starts": "32", "begin": "0,1"},
    {"p": "+".join(f"normal({i},0.1)" for i in range(40)), "starts": "32"},
    {"model": "generator", "hidden": "512,512,512,512,512,512", "starts": "32"},
    {"model": "generator", "batch": "1024", "starts": "32", "bandwidth": "0.03"},
]

STUDIES: list[dict[str, object]] = [{"p": "ring(8)"}, {"bins": "1"}, {"estimators": "kl"}]

OWN = {"disease": "own", "base": "data=ring(8)"}
HOURS = {
    "base": "data=ring(8)&g_hidden=512,512&d_hidden=512,512&batch=1024",
    "arms": "r1|pack2",
    "steps": 100_000,
}
CLINICS: list[dict[str, object]] = [
    {**OWN, "arms": "moonshine"},
    {**OWN, "arms": "batch=128"},
    {**OWN, "arms": "|".join(f"lr_d=0.0{i}" for i in range(11, 60))},
    {"disease": "own", "base": "data=moons(radius=1,std=0.08)", "arms": "r1"},
    {**OWN, **HOURS},
    {**OWN, "arms": "r1", "seed": 2**31 - 1},
]

SWEEPS: list[dict[str, object]] = [
    {"x": "lr_d"},
    {"x": "lr_d=0:1"},
    {"x": "foo=1,2"},
    {"x": "data=ring(8)"},
    {"x": "lr_d=a:1:2"},
    {"x": "lr_d=0:inf:2"},
    {"x": "lr_d=1:0:2"},
    {"x": "lr_d=0:1:2:log"},
    {"x": "lr_d=0:1:99"},
    {"x": "d_steps=1:2:9"},
    {"x": "objective=1:2:3"},
    {"x": "lr_d=1,1"},
    {"x": "lr_d=" + ",".join(map(str, range(1, 20)))},
    {"x": "x" * 500},
    {"y": "lr=0.1,0.2"},
    {"base": "nonsense"},
    {"base": "lr_d=1&lr_d=2"},
    {"base": "foo=1"},
    {"base": "seed=2147483647"},
    {"x": "lr_d=0:1:16", "y": "lr_g=0:1:16", "seeds": 8},
    {"x": "pack=3,5", "y": ""},
    {"base": "g_hidden=512,512&d_hidden=512,512&batch=1024", "steps": 100_000},
    {"base": "g_hidden=512,512,512,512,512&batch=4096&g_steps=20"},
]

COMPARISONS: list[dict[str, object]] = [
    {"base": "nonsense"},
    {"base": "lr_d=1&lr_d=2"},
    {"base": "lr_d=x"},
    {"arms": ""},
    *({"arms": arm} for arm in ("x", "seed=1", "what=1", "lr_d=1&lr_d=2", "lr_d=x", "y" * 3000)),
]

CASES: list[tuple[type[FlatSpec], list[dict[str, object]]]] = [
    (FitSpec, FITS),
    (StudySpec, STUDIES),
    (ClinicSpec, CLINICS),
    (SweepSpec, SWEEPS),
    (CompareSpec, COMPARISONS),
]

FILES = [
    b"",
    b"x,y\n",
    b"1,2\n",
    b"a,b\nhello,world\n",
    b"x,y\n1,2\n3,four\n",
    b"1,2\n3\n",
    b"1,2\n3,\n",
    b"1,2\nnan,4\n",
    b"1,2\n1e999,4\n",
    b"1,2,3\n4,5,6\n",
    b"1,1\n1,2\n",
    b"1e-320\n2e-320\n",
    b'"a\n1,2\n' + b"x" * 200_000,
    bytes(range(256)),
    b"1\n" * 100_002,
    b"0" * 10_000_001,
]


def messages() -> list[str]:
    """Everything the core says about the inputs above."""
    found = []
    for text in TEXTS:
        with pytest.raises(DistributionError) as error:
            parse(text)
        found.append(str(error.value))
    for field, values in FIELDS.items():
        for value in values:
            with pytest.raises(SpecError) as wrong:
                GanSpec().changed(**{field: value})
            found.append(wrong.value.problems[0][2])
    for content in FILES:
        with pytest.raises(TableError) as bad:
            read_table(content, "file.csv")
        found.append(str(bad.value))
    with pytest.raises(SpecError) as large:
        check_affordable(GanSpec.make({"batch": 4096, "g_hidden": [512] * 6, "g_steps": 20}))
    found.append(large.value.problems[0][2])
    with pytest.raises(SpecError) as long:
        check_affordable(StudySpec(n=10_000, permutations=5000))
    found.append(long.value.problems[0][2])
    return [*found, *of_questions(), *of_specs()]


def of_specs() -> list[str]:
    """What specs of several runs, fits and studies say."""
    found = []
    for spec, cases in CASES:
        for values in cases:
            with pytest.raises(SpecError) as wrong:
                check_affordable(spec.make(values))
            found.append(wrong.value.problems[0][2])
    return found


def of_questions() -> list[str]:
    """What the calculator says; samples without a density need a store and are quoted."""
    with pytest.raises(SpecError) as planar:
        LineQuestion().changed(p="ring(8)")
    with pytest.raises(SpecError) as linear:
        PlaneView().changed(p="normal(0,1)")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ganlab.live.answers.answer", lambda question: 1 / 0)
        failure = calculator.answer('{"type": "line"}')
    assert isinstance(failure, calculator.Failure)
    samples = "these are samples and have no density; allowed: families with a density"
    return [planar.value.problems[0][2], linear.value.problems[0][2], failure.text, samples]


@pytest.mark.parametrize("message", messages())
def test_no_message_is_left_in_english(message: str) -> None:
    with use("zh_CN"):
        text = translate(message)
    assert re.search("[\u4e00-\u9fff]", text), f"no row for {message!r}"
    assert "{" not in text


def test_a_message_nobody_knows_is_shown_as_it_is() -> None:
    with use("zh_CN"):
        assert translate("the moon is full (at position 3)") == "the moon is full"


def test_positions_and_long_values() -> None:
    problem = Problem("data", "x" * 100, "unknown (at position 17)")
    assert problem.position == 17
    assert len(problem.short_value) == 60
    assert Problem("data", "x", "unknown").position is None


def test_names_and_numbers_survive_translation() -> None:
    with pytest.raises(DistributionError) as error:
        parse("ring(8,radius=-1)")
    for language in ("en", "zh_CN"):
        with use(language):
            text = translate(str(error.value))
        for part in ("radius", "-1", "0.0001", "100"):
            assert part in text


def test_every_row_of_the_table_is_reached() -> None:
    reached = set()
    for message in messages():
        bare = re.sub(r" \(at position \d+\)$", "", message)
        reached |= {next((text for pattern, text in _PATTERNS if pattern.fullmatch(bare)), None)}
    rows = {text for _pattern, text in _PATTERNS}
    assert rows - reached <= {
        "a network would have {n} parameters, and at most {most} are possible",
        "the uploaded file {name} cannot be read any more; upload it again",
        "this server cannot keep files: its data folder {path} is not usable. Whoever runs it can set GANLAB_DATA "
        "to a folder that it can write to",
    }, "rows for messages that nothing causes"


def test_an_unusable_data_folder_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "file"
    place.write_text("")
    monkeypatch.setenv("GANLAB_DATA", str(place))
    with pytest.raises(DistributionError) as error:
        store.folder()
    with use("zh_CN"):
        text = translate(str(error.value))
    assert str(place) in text
    assert re.search("[\u4e00-\u9fff]", text)


def test_what_a_viewer_typed_is_not_markdown() -> None:
    assert plain("a*b_c [d](e) $f$ `g` <b>") == r"a\*b\_c \[d\](e) \$f\$ \`g\` \<b\>"
    with pytest.raises(DistributionError) as error:
        parse("__import__(1)")
    shown = line(Problem("data", "`x`", str(error.value)), "Data")
    assert r"\_\_import\_\_" in shown
    assert "__import__" not in shown
    assert shown.count("`") == 2


def test_what_a_message_quotes_is_translated_too() -> None:
    with pytest.raises(SpecError) as wrong:
        SweepSpec.make({"x": "pack=3,5", "y": ""})
    message = wrong.value.problems[0][2]
    reason = message.partition("the first: ")[2].partition(": ")[2]
    with use("zh_CN"):
        assert translate(reason) != reason
        assert translate(reason) in translate(message)
