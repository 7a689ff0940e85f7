"""What the page "In the plane" is made of: its address, its component, its fields in words."""

from __future__ import annotations

from typing import Any

from ganlab.divergences.kernels import KERNELS
from ganlab.exhibits import of_page
from ganlab.live.questions import PlaneView
from ganlab.ui.address import Address, Place
from ganlab.ui.densities import bounds, rows
from ganlab.ui.i18n import N_, _
from ganlab.ui.lab.component import mount, register
from ganlab.ui.lab.plane_families import described
from ganlab.ui.lab.texts_plane import texts

FIELDS: dict[str, tuple[str, str]] = {
    "p": (N_("P, the data"), N_("The density p of the data, as text.")),
    "q": (N_("Q, the generated samples"), N_("The density q of the generated samples, as text.")),
    "field": (N_("Ground"), N_("What is in colour: log p/q, p, q or the witness function.")),
    "contours": (N_("Lines of p and q"), N_("Whether lines are drawn that hold 50 % and 90 % of the mass.")),
    "lines": (N_("Transport"), N_("Whether samples are drawn, with the optimal transport between them.")),
    "seed": (N_("Seed"), N_("Which samples are drawn.")),
    "theta": (N_("Direction θ"), N_("Of the slice, in degrees from the x axis.")),
    "show": (N_("Divergences"), N_("The rows of the table.")),
    "kernel": (N_("Kernel"), N_("Of the witness function and of MMD.")),
    "bandwidth": (N_("Bandwidth"), N_("Of the kernel, in units of x.")),
    "alpha": (N_("Order α"), N_("Of the Rényi divergence and of the α-divergence.")),
    "units": (N_("Unit of information"), N_("Nats or bits; 1 bit is ln 2 = 0.693 nats.")),
}

_component = register("plane", "plane.js")


def address() -> Address[PlaneView]:
    """The address of the page; it opens with its first exhibit."""
    return Address("plane", PlaneView.make(of_page("plane")[0].values), complete=("p", "q"), words=FIELDS)


def stage(here: Place[PlaneView]) -> None:
    """The picture, the boxes, the slices and the table."""
    mount(
        _component,
        here,
        texts=texts(),
        families=described(),
        rows=_rows(),
        bounds=bounds(),
        kernels=_kernels(),
    )


def _rows() -> list[dict[str, Any]]:
    """The divergences of the plane; no integrand of theirs is drawn here."""
    return [row | {"integrand": False} for row in rows(2)]


def _kernels() -> list[dict[str, Any]]:
    return [
        {"name": row.name, "label": _(row.label), "bandwidth": row.has_bandwidth} for row in KERNELS.values()
    ]
