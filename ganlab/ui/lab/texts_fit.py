"""Every text of the component of "Fit Q to P", by key; `{name}` is filled in by the browser."""

from __future__ import annotations

from ganlab.ui.i18n import _
from ganlab.ui.lab.texts import shared_texts


def texts() -> dict[str, str]:
    """The texts of the component in the viewer's language."""
    return shared_texts() | {
        "fit_waiting": _("Waiting for the first frame …"),
        # charts
        "fit_densities": _("Densities"),
        "fit_density": _("density"),
        "fit_p": _("p, the data"),
        "fit_key": _("q by {objective}"),
        "fit_twin": _("q, adversarial"),
        "fit_landscape": _("{objective} over μ and σ"),
        "fit_landscape_working": _("The landscape is being computed …"),
        "fit_mu": _("μ"),
        "fit_sigma": _("σ (log)"),
        "fit_darker": _(
            "The farther from the page's own colour, the lower; shades are logarithmic above the lowest value."
        ),
        "fit_click": _("Click into a landscape to begin there too."),
        "fit_course": _("The objective over steps (log)"),
        "fit_js_course": _("JS from P over steps (log)"),
        "fit_step": _("step"),
        # read-outs
        "fit_where": _("Where the best start is"),
        "fit_what": _("Reading"),
        "fit_mean": _("μ"),
        "fit_std": _("σ"),
        "fit_weight": _("weight"),
        "fit_mean_k": _("μ{k}"),
        "fit_std_k": _("σ{k}"),
        "fit_weight_k": _("weight {k}"),
        "fit_objective": _("Its objective"),
        "fit_objective_batch": _("Its objective, of the batch"),
        "fit_grad": _("Gradient (norm)"),
        "fit_stopped": _("Starts that had to stop"),
        "fit_of": _("{n} of {total}"),
        "fit_stopped_tip": _("The objective is infinite there, or the next step leads to where it is"),
        "fit_adversarial": _("adversarial"),
        "fit_exact": _("All divergences from P"),
        "fit_exact_step": _("of step {n}"),
        "fit_cells": _(
            "Of a generator: both sides are put into 1,000 cells first, so f-divergences are lower bounds. ∞: there "
            "are cells with mass of one side only."
        ),
        "fit_table": _("Divergences of the best starts"),
    }
