"""Keeps the `.po` files and the sources together.

    python -m scripts.translations extract   take new texts into every .po file, drop those that are gone
    python -m scripts.translations check     fail unless every text has a translation that fits

Texts are what `_`, `N_` and `ngettext` are called with (babel.cfg says in which files), and the English texts
in the registries of ganlab, which cannot mark them because they know nothing of pages.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from ganlab.distributions import FAMILIES
from ganlab.divergences import BOUNDS, DIVERGENCES, KERNELS
from ganlab.divergences.estimators import ESTIMATORS
from ganlab.divergences.two_sample import TESTS
from ganlab.fitting.objectives import FIT_OBJECTIVES
from ganlab.gan.combinations import RULES
from ganlab.gan.constraints import CONSTRAINTS
from ganlab.gan.networks import ACTIVATIONS
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.remedies import REMEDIES
from ganlab.ui.i18n import LANGUAGES, Language, po_file

ROOT = Path(__file__).resolve().parent.parent
TRANSLATED = [language for language in LANGUAGES if language != "en"]
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
EDGES = frozenset("。，：；！？）” ")
PLACEHOLDER = re.compile(
    r"\{[A-Za-z_]\w*(?:[!:][^{}]*)?\}"  # {name}, {share:.0%}
    r"|%\(\w+\)[-+ #0-9.]*[a-zA-Z]"  # %(name)s
    r"|%[-+#0-9.]*[dsfgeixr](?!\w)"  # %d
)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("command", choices=["extract", "check"])
    command = parser.parse_args(arguments).command
    if command == "extract":
        for language in TRANSLATED:
            update(language)
        return 0
    faults = list(check())
    print("\n".join(faults) or "Translations: complete.")
    return 1 if faults else 0


# ---------------------------------------------------------------- what there is to translate


def sources() -> Catalog:
    """All texts of the project, with the files they are in."""
    template = Catalog(project="ganlab", fuzzy=False)
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options, keywords=KEYWORDS, comment_tags=("Translators:",))
    for filename, _line, message, comments, context in found:
        template.add(message, locations=[(filename, 0)], auto_comments=comments, context=context)
    for filename, message in registry_texts():
        template.add(message, locations=[(filename, 0)])
    return template


REGISTRIES = (
    ("gan/objectives/__init__", OBJECTIVES, ("label",)),
    ("gan/penalties", PENALTIES, ("label",)),
    ("gan/constraints", CONSTRAINTS, ("label",)),
    ("gan/remedies", REMEDIES, ("label", "about")),
    ("gan/optimisers", OPTIMISERS, ("label",)),
    ("gan/networks", ACTIVATIONS, ("label",)),
    ("divergences/registry", DIVERGENCES, ("label", "blind")),
    ("divergences/kernels", KERNELS, ("label",)),
    ("divergences/bounds", BOUNDS, ("label",)),
    ("divergences/estimators", ESTIMATORS, ("label", "about", "covers", "method")),
    ("divergences/two_sample", TESTS, ("label", "method")),
    ("fitting/objectives", FIT_OBJECTIVES, ("label", "limit")),
)
"""Where, rows, and which of their fields people read."""


def registry_texts() -> Iterator[tuple[str, str]]:
    """(file, text) of what the registries show to people."""
    for module, rows, fields in REGISTRIES:
        for row in rows.values():
            texts = (getattr(row, field) for field in fields)
            yield from ((f"ganlab/{module}.py", text) for text in texts if text)
    yield from (("ganlab/gan/combinations.py", rule.reason) for rule in RULES)
    for family in FAMILIES.values():
        yield "ganlab/distributions/registry.py", family.about
        shown = (text for parameter in family.parameters for text in (parameter.name, parameter.about))
        yield from (("ganlab/distributions/registry.py", text) for text in shown)


def built_texts() -> Iterator[str]:
    """Calls such as `_(f"…{n}")`: gettext would look up a text that no catalogue can hold."""
    for path in [
        *ROOT.glob("app.py"),
        *sorted(ROOT.glob("pages/**/*.py")),
        *sorted(ROOT.glob("ganlab/**/*.py")),
    ]:
        calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
        for call in calls:
            named = isinstance(call.func, ast.Name) and call.func.id in KEYWORDS
            if named and any(
                isinstance(text, ast.JoinedStr | ast.BinOp) or is_format(text) for text in call.args[:2]
            ):
                yield f"{path.relative_to(ROOT)}:{call.lineno}: the text is built before it is translated"


def is_format(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"


# ---------------------------------------------------------------- extract


def update(language: Language) -> None:
    """Brings one `.po` file up to date; what is translated stays, nothing is guessed."""
    path = po_file(language)
    template = sources()
    catalogue = read(language) if path.exists() else new_catalogue(language)
    # Neither date tells a reader anything, and both would make every update a conflict.
    dates = catalogue.creation_date, catalogue.revision_date
    catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
    catalogue.creation_date, catalogue.revision_date = dates
    catalogue.obsolete.clear()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=110, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    empty = sum(not all(strings(message)) for message in catalogue if message.id)
    print(f"{path.name} ({language}): {len(catalogue)} texts, {empty} to translate")


def new_catalogue(language: Language) -> Catalog:
    epoch = datetime(2026, 1, 1, tzinfo=UTC)
    return Catalog(
        locale=language,
        project="ganlab",
        header_comment="# Translations of ganlab.",
        creation_date=epoch,
        revision_date=epoch,
        last_translator="the ganlab developers",
        language_team=language,
        fuzzy=False,
    )


# ---------------------------------------------------------------- check


def check() -> Iterator[str]:
    """Every fault, one line each."""
    yield from built_texts()
    template = sources()
    for language in TRANSLATED:
        yield from (f"{language}: {fault}" for fault in faults_of(read(language), template))


def faults_of(catalogue: Catalog, template: Catalog) -> Iterator[str]:
    for message in template:
        if message.id and catalogue.get(message.id, message.context) is None:
            yield f"missing (run `make translations`): {message.id!r}"
    for message in catalogue.obsolete.values():
        yield f"obsolete: {message.id!r}"
    for message in catalogue:
        if message.id:
            yield from faults_of_message(message, template)


def faults_of_message(message: Message, template: Catalog) -> Iterator[str]:
    if template.get(message.id, message.context) is None:
        yield f"no longer in the sources: {message.id!r}"
    if message.fuzzy:
        yield f"fuzzy: {message.id!r}"
    if not all(strings(message)):
        yield f"not translated: {message.id!r}"
        return
    source = message.id if isinstance(message.id, str) else message.id[-1]
    for text in strings(message):
        if placeholders(text) != placeholders(source):
            yield f"placeholders differ: {source!r} and {text!r}"
        if bold_is_lost(text):
            yield f"Markdown does not see this bold text, for the punctuation or space at its edge: {text!r}"


def bold_is_lost(text: str) -> bool:
    """Whether a ** stands where CommonMark sees none.

    An opening one before punctuation or a space, or a closing one between punctuation and a letter.
    """
    parts = text.split("**")
    return any(
        bold[:1] in EDGES or (bold[-1:] in EDGES and after[:1].isalnum())
        for bold, after in zip(parts[1::2], parts[2::2], strict=False)
    )


def strings(message: Message) -> tuple[str, ...]:
    """The translation, one string per plural form."""
    text = message.string or ""
    return (text,) if isinstance(text, str) else tuple(text)


def placeholders(text: str) -> list[str]:
    """What is filled in when the text is shown, in a fixed order: translations may reorder."""
    return sorted(PLACEHOLDER.findall(text))


def read(language: Language) -> Catalog:
    with po_file(language).open("rb") as file:
        return read_po(file, locale=language)


if __name__ == "__main__":
    sys.exit(main())
