"""The diseases as links: each is one click, with the treatments that are tried first."""

from __future__ import annotations

from ganlab.gan import variants
from ganlab.trials.diseases import DISEASES
from ganlab.ui.address import language_part
from ganlab.ui.links import Ready


def asked(disease: str, **values: str) -> dict[str, str]:
    """The query of a link to a disease."""
    return {"disease": disease, **values} | language_part()


def ready() -> list[Ready]:
    """All diseases as links, each with what is tried first."""
    return [
        Ready(row.name, row.title, row.comment, asked(row.name, arms=variants.join(row.arms)))
        for row in DISEASES.values()
    ]
