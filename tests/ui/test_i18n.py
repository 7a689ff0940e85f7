"""Texts: every one is translated, and the language is the viewer's."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import streamlit as st
from babel.messages.catalog import Catalog

from ganlab.ui import i18n
from ganlab.ui.i18n import LANGUAGES, N_, _, match, ngettext, use
from scripts import translations
from tests.ui.apps import opened

WORDS = """
msgid ""
msgstr ""
"Language: zh_CN\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"Content-Type: text/plain; charset=utf-8\\n"

msgid "generator"
msgstr "生成器"

msgid "{n} mode"
msgid_plural "{n} modes"
msgstr[0] "{n} 个模式"
"""


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A small catalogue in place of the real one."""
    path = tmp_path / "zh_CN" / "LC_MESSAGES" / "ganlab.po"
    path.parent.mkdir(parents=True)
    path.write_text(WORDS, encoding="utf-8")
    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    i18n.catalogue.cache_clear()
    i18n._report.cache_clear()
    yield
    i18n.catalogue.cache_clear()


def page() -> None:
    import streamlit as st

    from ganlab.ui.i18n import _, language

    st.text(language())
    st.text(_("generator"))


def test_every_text_of_the_project_is_translated() -> None:
    assert list(translations.check()) == []


def test_english_is_the_source_and_the_default() -> None:
    assert _("generator") == "generator"
    assert ngettext("{n} mode", "{n} modes", 1) == "{n} mode"
    assert ngettext("{n} mode", "{n} modes", 8) == "{n} modes"
    assert N_("generator") == "generator"


@pytest.mark.usefixtures("words")
def test_a_language_holds_within_its_block_only() -> None:
    with use("zh_CN"):
        assert _("generator") == "生成器"
        assert ngettext("{n} mode", "{n} modes", 8) == "{n} 个模式"
        with use("en"):
            assert _("generator") == "generator"
        assert _("generator") == "生成器"
    assert _("generator") == "generator"


@pytest.mark.usefixtures("words")
def test_what_the_catalogue_lacks_stays_english_and_is_told_to_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with use("zh_CN"):
        assert _("discriminator") == "discriminator"
        assert ngettext("{n} step", "{n} steps", 2) == "{n} steps"
    assert "no translation for 'discriminator'" in caplog.text
    assert "no translation for '{n} step'" in caplog.text


@pytest.mark.usefixtures("words")
def test_the_empty_text_stays_empty() -> None:
    with use("zh_CN"):
        assert _("") == "", "the empty text is where a catalogue keeps its header"


@pytest.mark.usefixtures("words")
def test_one_thread_does_not_change_the_language_of_another() -> None:
    seen = []
    with use("zh_CN"):
        thread = threading.Thread(target=lambda: seen.append(_("generator")))
        thread.start()
        thread.join()
    assert seen == ["generator"]


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match=r"should be one of en, zh_CN. Received 'fr'"), use("fr"):  # type: ignore[arg-type]
        pass


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("zh", "zh_CN"),
        ("zh_CN", "zh_CN"),
        ("ZH-hans-cn", "zh_CN"),
        ("fr-FR", None),
        ("english", None),
        ("", None),
        (None, None),
    ],
)
def test_tags_of_browsers_and_links(tag: str | None, code: str | None) -> None:
    assert match(tag) == code


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("asked", "shown"),
    [("zh", ["zh_CN", "生成器"]), ("en", ["en", "generator"]), ("xx", ["en", "generator"])],
)
def test_the_address_bar_decides(asked: str, shown: list[str]) -> None:
    app = opened(page, lang=asked)
    assert [text.value for text in app.text] == shown


@pytest.mark.usefixtures("words")
def test_without_a_parameter_the_browser_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(st.context), "locale", property(lambda context: "zh-CN"))
    app = opened(page)
    assert [text.value for text in app.text] == ["zh_CN", "生成器"]


@pytest.mark.usefixtures("words")
def test_the_session_remembers_what_the_address_bar_said() -> None:
    app = opened(page, lang="zh_CN")
    del app.query_params["lang"]  # as Streamlit does when the viewer turns to another page
    app.run()
    assert [text.value for text in app.text] == ["zh_CN", "生成器"]


def test_every_language_but_english_has_a_catalogue() -> None:
    for code in LANGUAGES:
        assert code == "en" or i18n.po_file(code).exists()


LOST = "Markdown does not see this bold text, for the punctuation or space at its edge"


@pytest.mark.parametrize(
    ("string", "flags", "fault"),
    [
        ("", [], "not translated"),
        ("{n} 个", ["fuzzy"], "fuzzy"),
        ("几个", [], "placeholders differ"),
        ("{m} 个", [], "placeholders differ"),
        ("**{n} 个。**模式", [], LOST),
        ("**{n}** 个**。模式**", [], LOST),
    ],
)
def test_the_check_finds_faults(string: str, flags: list[str], fault: str) -> None:
    template, catalogue = Catalog(), Catalog(locale="zh_CN")
    template.add("{n} modes")
    catalogue.add("{n} modes", string, flags=flags)
    assert [found.partition(":")[0] for found in translations.faults_of(catalogue, template)] == [fault]


def test_the_check_finds_missing_and_leftover_texts() -> None:
    template, catalogue = Catalog(), Catalog(locale="zh_CN")
    template.add("new")
    catalogue.add("old", "旧")
    missing, leftover = translations.faults_of(catalogue, template)
    assert missing.startswith("missing")
    assert leftover == "no longer in the sources: 'old'"
