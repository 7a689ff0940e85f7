"""Texts in the viewer's language.

English is the source and needs no catalogue. The other catalogues are read from their `.po` files when first
used, so a fresh checkout needs no build step. The language of a page is, in this order: `?lang=`, what the
viewer chose earlier in the same session, the browser's locale, English. Without a page (tests, command line,
socket handlers) it is English.
"""

from __future__ import annotations

import gettext
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Literal, cast

import streamlit as st
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from streamlit.runtime.scriptrunner import get_script_run_ctx

Language = Literal["en", "zh_CN"]

LANGUAGES: dict[Language, str] = {"en": "English", "zh_CN": "简体中文"}
"""Code and own name of every language, in the order of the picker."""

LOCALE = Path(__file__).parent / "locale"
PARAMETER = "lang"
_log = logging.getLogger(__name__)
_CHOSEN = "ganlab_language"
_forced: ContextVar[Language | None] = ContextVar("ganlab_language", default=None)


def _(message: str) -> str:
    """The message in the viewer's language."""
    return catalogue(language()).gettext(message) if message else ""


def ngettext(singular: str, plural: str, n: int) -> str:
    """The form of a message that fits the number `n`; `n` itself is put in by the caller."""
    return catalogue(language()).ngettext(singular, plural, n)


def N_(message: str) -> str:
    """Marks a message of a table or registry for translation; whoever shows it calls `_` on it."""
    return message


def language() -> Language:
    """The language to use here and now."""
    forced = _forced.get()
    if forced is not None:
        return forced
    if get_script_run_ctx(suppress_warning=True) is None:
        return "en"
    asked = match(st.query_params.get(PARAMETER))
    if asked is not None:
        # Streamlit drops the parameter when the viewer turns to another page: the session remembers it.
        st.session_state[_CHOSEN] = asked
        return asked
    return st.session_state.get(_CHOSEN) or match(st.context.locale) or "en"


def choose(code: Language) -> None:
    """Sets the language of this session and puts it into the address bar."""
    if code not in LANGUAGES:
        raise ValueError(f"language should be one of {', '.join(LANGUAGES)}. Received {code!r}")
    st.session_state[_CHOSEN] = code
    st.query_params[PARAMETER] = code


@contextmanager
def use(code: Language) -> Iterator[None]:
    """Within this block, in this thread or task, the language is `code`, whatever the page says."""
    if code not in LANGUAGES:
        raise ValueError(f"language should be one of {', '.join(LANGUAGES)}. Received {code!r}")
    token = _forced.set(code)
    try:
        yield
    finally:
        _forced.reset(token)


def match(tag: str | None) -> Language | None:
    """The language a tag such as `zh-Hans-CN` or `en-GB` asks for; None if we do not speak it."""
    primary = (tag or "").replace("_", "-").partition("-")[0].lower()
    for code in LANGUAGES:
        if primary == code.partition("_")[0]:
            return code
    return None


@lru_cache
def catalogue(code: Language) -> gettext.NullTranslations:
    """The translations into a language, compiled in memory from its `.po` file."""
    if code == "en":
        return gettext.NullTranslations()
    compiled = BytesIO()
    with po_file(code).open("rb") as source:
        write_mo(compiled, read_po(source, locale=code))
    compiled.seek(0)
    translations = gettext.GNUTranslations(cast("gettext._TranslationsReader", compiled))
    translations.add_fallback(_Untranslated())
    return translations


class _Untranslated(gettext.NullTranslations):
    """Answers in English, and tells the log once: texts that reach `_` in a variable escape the extractor."""

    def gettext(self, message: str) -> str:
        _report(message)
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        _report(msgid1)
        return super().ngettext(msgid1, msgid2, n)


@lru_cache
def _report(message: str) -> None:
    _log.warning("no translation for %r", message)


def po_file(code: Language) -> Path:
    """Where the translations into a language are kept."""
    return LOCALE / code / "LC_MESSAGES" / "ganlab.po"


def listed(items: Iterable[str]) -> str:
    """Several things in a row, as the viewer's language writes them."""
    return _(", ").join(items)
