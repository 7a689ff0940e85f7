"""The arms of a clinic in words: what each is called, what it changes, and what papers report for it."""

from __future__ import annotations

from typing import Any

from ganlab.gan import variants
from ganlab.gan.remedies import REMEDIES
from ganlab.gan.spec import GanSpec
from ganlab.specs import text
from ganlab.trials.clinic import TOGETHER, Arm, ClinicSpec
from ganlab.trials.clinic_findings import JUDGED
from ganlab.trials.published import Published, Reading, band, published
from ganlab.ui import fields
from ganlab.ui.i18n import _, listed

Part = dict[str, str]


def described(spec: ClinicSpec) -> list[dict[str, Any]]:
    """Every arm as the browser needs it, in the viewer's language."""
    return [_arm(spec.gan, arm, spec.iterations) for arm in spec.treatments]


def _arm(base: GanSpec, arm: Arm, steps: int) -> dict[str, Any]:
    told = parts(base, arm.text) if arm.text else []
    rows = published(arm.spec)
    return {
        "text": arm.text,
        "name": " + ".join(part["label"] for part in told) or _("Untreated"),
        "parts": told,
        "bands": {metric: band(rows, metric) for metric in JUDGED},
        "reported": reported(rows),
        "papers": [paper(row, arm.spec, steps) for row in rows],
    }


def parts(base: GanSpec, arm: str) -> list[Part]:
    """What an arm is put together from: label, what it does, what it changes, source."""
    return [_remedy(base, part) if part in REMEDIES else _change(part) for part in arm.split(TOGETHER)]


def _remedy(base: GanSpec, name: str) -> Part:
    row = REMEDIES[name]
    changes = variants.write(row.values(base)).replace("&", ", ")
    return {"label": _(row.label), "about": _(row.about), "changes": changes, "source": row.source}


def _change(part: str) -> Part:
    values = variants.read(part)
    label = listed(f"{fields.label(name)} = {value}" for name, value in values.items())
    return {"label": label, "about": "", "changes": part.replace("&", ", "), "source": ""}


# ---------------------------------------------------------------- what papers report


def reported(rows: tuple[Published, ...]) -> str:
    """What all rows say about modes, in short; empty without any."""
    told = [f"{_reading(row.modes)} ({row.table.partition(',')[0]})" for row in rows]
    return _("Papers report {modes} modes").format(modes=listed(told)) if told else ""


def paper(row: Published, spec: GanSpec, steps: int) -> str:
    """One row of a published table as a sentence, with what was different there."""
    found = _("{table}, {method}: {modes} modes, {quality} % of high quality").format(
        table=row.table,
        method=row.method,
        modes=_reading(row.modes),
        quality=_reading(row.high_quality, 100),
    )
    if row.reverse_kl is not None:
        found += _(", reverse KL {kl}").format(kl=_reading(row.reverse_kl))
    return f"{found}. {_there(row, spec, steps)}"


def _reading(reading: Reading, factor: float = 1.0) -> str:
    mean = f"{factor * reading.mean:.4g}"
    return mean if reading.error is None else f"{mean} ± {factor * reading.error:.2g}"


def _there(row: Published, spec: GanSpec, steps: int) -> str:
    if row.setting is None:
        return _("Networks and training were the paper's own.")
    different = row.differs(spec, steps)
    if not different:
        return _("The setting is the same.")
    told = [_field(name, value) for name, value in different.items()]
    return _("There: {differences}.").format(differences="; ".join(told))


def _field(name: str, value: Any) -> str:
    if name == "steps":
        return _("{n} steps").format(n=f"{value:,}")
    return f"{fields.label(name)} {text(value).replace(',', ', ')}"
