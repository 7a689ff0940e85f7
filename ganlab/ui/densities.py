"""What the page "Two densities" is made of: its address, its component, and how the numbers are computed."""

from __future__ import annotations

import re
from typing import Any

from ganlab.divergences.bounds import BOUNDS
from ganlab.divergences.kernels import KERNELS
from ganlab.divergences.registry import DIVERGENCES
from ganlab.exhibits import of_page
from ganlab.live.frames import jsonable
from ganlab.live.questions import LineQuestion
from ganlab.ui.address import Address, Place
from ganlab.ui.i18n import N_, _
from ganlab.ui.lab.component import mount, register
from ganlab.ui.lab.handles import described
from ganlab.ui.lab.texts import texts

FIELDS: dict[str, tuple[str, str]] = {
    "p": (N_("P, the data"), N_("The density p of the data, as text.")),
    "q": (N_("Q, the generated samples"), N_("The density q of the generated samples, as text.")),
    "show": (N_("Divergences"), N_("The rows of the table.")),
    "integrand": (N_("Where does it come from?"), N_("The divergence whose integrand is drawn.")),
    "alpha": (N_("Order α"), N_("Of the Rényi divergence and of the α-divergence.")),
    "kernel": (N_("Kernel of MMD"), N_("What MMD compares samples with.")),
    "bandwidth": (N_("Bandwidth"), N_("Of the kernel, in units of x.")),
    "units": (N_("Unit of information"), N_("Nats or bits; 1 bit is ln 2 = 0.693 nats.")),
    "scale": (N_("Scale of the densities"), N_("Linear, or logarithmic to see tails.")),
    "dstar": (N_("Best discriminator"), N_("Whether D*(x) = p/(p+q) is drawn.")),
    "steps": (N_("Steps of JS"), N_("How far JS is built up, 1 to 4; 0 is not at all.")),
    "skip": (N_("Left out"), N_("Rows that are not computed this time.")),
    "low": (N_("Left end"), N_("Of the axis.")),
    "high": (N_("Right end"), N_("Of the axis.")),
    "type": (N_("Kind"), N_("The kind of question.")),
}

_component = register("densities", "densities.js")


def address() -> Address[LineQuestion]:
    """The address of the page; it opens with its first exhibit."""
    opens = LineQuestion.make(of_page("densities")[0].values)
    return Address("densities", opens, complete=("p", "q"), words=FIELDS)


def stage(here: Place[LineQuestion]) -> None:
    """Charts, boxes and table."""
    mount(
        _component,
        here,
        texts=texts(),
        families=described(),
        rows=rows(1),
        bounds=bounds(),
        kernels=[[row.name, _(row.label)] for row in KERNELS.values()],
    )


_PLAIN = (
    (r"\\math\w+\s*\{?(\w+)\}?", r"\1"),
    (r"\\\|", "‖"),
    (r"\\chi", "χ"),
    (r"\\alpha", "α"),
    (r"_k\^2|\^2", "²"),
    (r"\^\{\(α\)\}", "^(α)"),
    (r"_(\d)", r"\1"),
)


def plain(symbol: str) -> str:
    """A symbol of the registry without LaTeX: KL(P‖Q), H²(P,Q)."""
    for pattern, text in _PLAIN:
        symbol = re.sub(pattern, text, symbol)
    return symbol


def rows(dim: int) -> list[dict[str, Any]]:
    """The divergences of a dimension as the browser needs them, in the viewer's language."""
    return [
        {
            "name": row.name,
            "label": _(row.label),
            "symbol": row.symbol,
            "plain": plain(row.symbol),
            "formula": row.formula,
            "units": row.units,
            "symmetric": row.symmetric,
            "low": row.low,
            "high": jsonable(row.high),
            "blind": _(row.blind),
            "source": row.source,
            "integrand": row.integrand is not None,
        }
        for row in DIVERGENCES.values()
        if dim in row.dims
    ]


def bounds() -> list[dict[str, str]]:
    """The inequalities between divergences, in the viewer's language."""
    return [
        {"name": row.name, "label": _(row.label), "formula": row.formula, "source": row.source}
        for row in BOUNDS.values()
    ]
