"""Laws that no single module can keep: what imports what, how long things are, what is pinned."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from streamlit.config import get_config_options

ROOT = Path(__file__).parent.parent
FILE_LINES, FUNCTION_LINES = 400, 60
WEB_MODULES = [
    "ganlab.ui",
    "ganlab.live.pool",
    "ganlab.live.gateway",
    "ganlab.gan.spec",
    "ganlab.gan.objectives",
]
SKIPPED_FOLDERS = {"__pycache__", "node_modules", "out", "test-results"}


def python_files() -> list[Path]:
    """The sources that users run: the app, its pages, the package."""
    return [*ROOT.glob("app.py"), *sorted(ROOT.glob("pages/**/*.py")), *sorted(ROOT.glob("ganlab/**/*.py"))]


def text_files() -> Iterator[Path]:
    """Everything that people wrote here."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = parts[0].startswith(".") and parts[0] not in {
            ".ci",
            ".streamlit",
            ".dockerignore",
            ".gitignore",
        }
        if hidden or SKIPPED_FOLDERS & set(parts) or not path.is_file():
            continue
        if path.suffix not in {".png", ".gif", ".webp", ".woff2", ".ico", ".mo", ".pyc"}:
            yield path


def where(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules a file imports, at the top or later, by full name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


# ---------------------------------------------------------------- what imports what


def imported_by_pages() -> set[str]:
    pages = [*ROOT.glob("app.py"), *ROOT.glob("pages/**/*.py")]
    return {name for page in pages for name in imports(parse(page)) if name.split(".")[0] == "ganlab"}


def test_the_web_process_never_imports_torch() -> None:
    modules = sorted({*WEB_MODULES, *imported_by_pages()})
    script = (
        "import importlib, sys\n"
        f"for name in {modules!r}:\n"
        "    importlib.import_module(name)\n"
        "    assert 'torch' not in sys.modules, f'{name} imports torch'\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_pages_and_app_do_not_mention_torch() -> None:
    pages = [*ROOT.glob("app.py"), *ROOT.glob("pages/**/*.py")]
    assert pages
    assert not [
        where(page) for page in pages if any(name.split(".")[0] == "torch" for name in imports(parse(page)))
    ]


def test_the_package_does_not_know_the_pages() -> None:
    above = {"app", "pages", "tests", "scripts", "benchmarks"}
    found = {
        (where(path), name)
        for path in ROOT.glob("ganlab/**/*.py")
        for name in imports(parse(path))
        if name.split(".")[0] in above
    }
    assert not found


def test_what_is_imported_is_required() -> None:
    required = {normal(line.partition("==")[0]) for line in requirements("requirements.txt")}
    distributions = packages_distributions()
    missing = {
        (where(path), name)
        for path in python_files()
        for name in imports(parse(path))
        if (top := name.split(".")[0]) not in sys.stdlib_module_names | {"ganlab"}
        and not required & {normal(distribution) for distribution in distributions.get(top, [top])}
    }
    assert not missing


# ---------------------------------------------------------------- how long, how finished


def test_no_file_is_long() -> None:
    scripts = [*python_files(), *ROOT.glob("ganlab/**/*.js"), *ROOT.glob("ganlab/**/*.mjs")]
    lengths = {where(path): len(path.read_text(encoding="utf-8").splitlines()) for path in scripts}
    assert {path: lines for path, lines in lengths.items() if lines > FILE_LINES} == {}


def test_no_function_is_long() -> None:
    lengths = {
        f"{where(path)}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in python_files()
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES} == {}


def test_nothing_is_left_unfinished() -> None:
    words = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b|raise NotImplemented")
    found = [
        f"{where(path)}:{number}"
        for path in python_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if words.search(line)
    ]
    assert not found


# ---------------------------------------------------------------- what is installed, and from where


def requirements(name: str) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r "))]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned(name: str) -> None:
    assert requirements(name)
    assert not [line for line in requirements(name) if not re.fullmatch(r"[\w.-]+==[\w.]+", line)]


def test_torch_is_pinned_without_a_build() -> None:
    assert "torch==2.13.0" in requirements("requirements.txt"), "an open range pulls gigabytes"


def test_no_file_names_a_package_registry() -> None:
    hosts = re.compile(
        r"py"
        r"pi\.org|python"
        r"hosted\.org|pytorch"
        r"\.org/whl|deb\."
        r"debian\.org|--(?:extra-)?index-url"
    )
    found = [
        where(path)
        for path in text_files()
        if hosts.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found


# ---------------------------------------------------------------- settings


def test_every_setting_is_one_that_streamlit_knows() -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    known = set(get_config_options())
    assert {name for name in flat(settings) if name not in known} == set()
    assert settings["browser"]["gatherUsageStats"] is False


def test_both_themes_are_defined() -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    assert set(theme["light"]) == set(theme["dark"])
    assert theme["light"]["primaryColor"] == theme["dark"]["primaryColor"] == "#0072B2"
    for name in ("light", "dark"):
        colours = theme[name]
        for text in ("textColor", "linkColor"):
            assert contrast(colours[text], colours["backgroundColor"]) >= 4.5, "WCAG 2.2, 1.4.3"


def flat(settings: dict[str, object], prefix: str = "") -> Iterator[str]:
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours `#rrggbb` by WCAG 2.2, from 1 to 21."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# ---------------------------------------------------------------- the container


def dockerfile() -> list[tuple[str, str]]:
    """(instruction, arguments) of the Dockerfile, in order, continuation lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", text)).splitlines()
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines if line.strip())]


def test_the_container_does_not_run_as_root() -> None:
    instructions = dockerfile()
    users = [arguments for instruction, arguments in instructions if instruction == "USER"]
    assert users
    assert users[-1] not in {"root", "0"}
    names = [instruction for instruction, _ in instructions]
    assert names.index("USER") < names.index("CMD")


def test_the_container_is_watched_and_warm() -> None:
    instructions = dict(dockerfile())
    assert instructions["FROM"].endswith("-slim")
    assert "/_stcore/health" in instructions["HEALTHCHECK"]
    assert instructions["EXPOSE"] == "8501"
    assert "app.py" in instructions["CMD"]
    runs = " ".join(arguments for instruction, arguments in dockerfile() if instruction == "RUN")
    assert "g++" in runs
    assert "python -m ganlab warm" in runs


# ---------------------------------------------------------------- the rule about browser tests

SKIPS_ITSELF = """
import pytest

@pytest.mark.browser
@pytest.mark.skipif(True, reason="no browser today")
def test_page(): ...

@pytest.mark.browser
def test_other_page(): pytest.skip("not today")

@pytest.mark.skip(reason="needs no browser")
def test_number(): ...
"""


def test_a_skipped_browser_test_is_a_failed_one(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text("utf-8"), "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = browser\n", "utf-8")
    (tmp_path / "test_page.py").write_text(SKIPS_ITSELF, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "1 failed, 1 skipped, 1 error" in done.stdout
    assert "no browser today" in done.stdout
