"""What was wrong and what is allowed, in the viewer's language.

The core speaks plain English and knows nothing of pages, so its messages are recognised by their form. A message
without a row here is shown as it is; a test keeps that from happening for those a viewer can cause.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ganlab.ui import i18n
from ganlab.ui.i18n import _
from ganlab.ui.messages import data, runs

SHOWN = 60
_POSITION = re.compile(r" \(at position (?P<position>\d+)\)$")


@dataclass(frozen=True)
class Problem:
    """A field, the value that was asked for, and why it cannot be had (as the core says it)."""

    field: str
    value: Any
    allowed: str

    @property
    def position(self) -> int | None:
        """Where in the value, counted from 0, if the core said so."""
        found = _POSITION.search(self.allowed)
        return int(found["position"]) if found else None

    @property
    def short_value(self) -> str:
        """The value, at most 60 characters of it."""
        text = str(self.value)
        return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


_PATTERNS = tuple((re.compile(form, re.DOTALL), text) for form, text in (*runs.FORMS, *data.FORMS))


_MARKDOWN = re.compile(r"([\\`*_\[\]<>$~#|])")


def plain(text: str) -> str:
    """The text such that Markdown shows it as it is: messages quote what viewers typed."""
    return _MARKDOWN.sub(r"\\\1", text)


def said(message: str, code: str) -> str:
    """A message of the core in a language; in English if the code is none of ours. For sockets, which have no page."""
    with i18n.use(i18n.match(code) or "en"):
        return translate(message)


def translate(message: str) -> str:
    """A message of the core in the viewer's language, without the position at its end."""
    bare = _POSITION.sub("", message)
    for pattern, text in _PATTERNS:
        found = pattern.fullmatch(bare)
        if found:
            parts = found.groupdict()
            if "reason" in parts:  # field = value: what is wrong with it
                about, _colon, reason = parts["reason"].partition(": ")
                parts["reason"] = f"{about}: {translate(reason)}"
            return _(text).format(**parts)
    return _(bare)  # the reasons in `ganlab.gan.combinations` stand as they are
