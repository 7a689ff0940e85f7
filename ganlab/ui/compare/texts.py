"""Every text of the component of "Compare", by key; `{name}` is filled in by the browser."""

from __future__ import annotations

from ganlab.ui.i18n import _
from ganlab.ui.lab.texts import shared_texts
from ganlab.ui.live import texts as live

FROM_LIVE = (
    "layer_",
    "layers",
    "diagnosis_",
    "backend_",
    "step_d",
    "step_g",
    "slow",
    "distance_",
    "notice_compile_",
    "stage",
    "pointer",
    "connecting",
    "perfect",
    "floor",
    "nats",
    "js_",
    "state_",
)
"""Beginnings of the keys whose texts are those of the live component."""


def texts() -> dict[str, str]:
    """The texts of the component in the viewer's language."""
    from_live = {key: text for key, text in live.texts().items() if key.startswith(FROM_LIVE)}
    return shared_texts() | from_live | _controls() | _panels() | _table() | _charts()


def _controls() -> dict[str, str]:
    return {
        "cmp_bar": _("Controls of all runs"),
        "cmp_past": _("Go back"),
        "cmp_past_tip": _("Drag to go back: all runs show the same earlier step, exactly as it was"),
        "cmp_at": _("step {n}"),
        "cmp_at_of": _("step {n} of {total}"),
        "cmp_start": _("To the start"),
        "cmp_earlier": _("Earlier (comma)"),
        "cmp_later": _("Later (full stop)"),
        "cmp_latest": _("To the latest step"),
        "step_one": _("Step both"),
        "step_one_tip": _("One step of D and G, in all runs (right arrow)"),
        "step_d_tip": _("One step of the discriminator, in all runs (left arrow)"),
        "step_g_tip": _("One step of the generator, in all runs (down arrow)"),
        "link_tip": _("Copy a link to exactly this comparison"),
    }


def _panels() -> dict[str, str]:
    return {
        "cmp_runs": _("Runs"),
        "cmp_run": _("Run {letter}: {title}"),
        "cmp_remove": _("Take this run away"),
        "cmp_alone": _("Open this run on a page of its own, in a new tab"),
        "cmp_shares_tip": _("Share of the samples that each mode gets; the blue marks are the true weights"),
        "cmp_catching_up": _("Catching up: step {n} of {total}"),
        "cmp_diverged": _("Its numbers grew without bound at step {n}; the others go on."),
        "cmp_modes": _("{n} of {total} modes"),
        "cmp_good": _("{value} high quality"),
        "cmp_precision": _("precision {value}"),
        "cmp_recall": _("recall {value}"),
        "cmp_stage": _("Run {letter}, {title}, at step {step}. {reading}"),
    }


def _table() -> dict[str, str]:
    return {
        "cmp_table": _("Readings of all runs at step {n}"),
        "cmp_reading": _("Reading"),
        "cmp_perfect": _("perfect"),
        "cmp_perfect_tip": _(
            "What a perfect sampler would read, or what two samples of the data are apart: nobody can do better"
        ),
        "cmp_row_verdict": _("Verdict"),
        "cmp_row_verdict_tip": _("From the last third of the run; a rule of thumb"),
        "cmp_row_modes": _("Modes found"),
        "cmp_row_modes_tip": _(
            "Modes with at least one sample within three standard deviations of their centre"
        ),
        "cmp_row_high_quality": _("High quality"),
        "cmp_row_high_quality_tip": _("Share of samples within three standard deviations of a mode"),
        "cmp_row_reverse_kl": _("Reverse KL, nats"),
        "cmp_row_reverse_kl_tip": _("KL of the generated mode shares from the true weights, in nats"),
        "cmp_row_precision": _("Precision"),
        "cmp_row_precision_tip": _(
            "Share of generated samples that lie among the real ones (nearest neighbours)"
        ),
        "cmp_row_recall": _("Recall"),
        "cmp_row_recall_tip": _(
            "Share of real samples that lie among the generated ones (nearest neighbours)"
        ),
        "cmp_row_distance": _("Distance"),
        "cmp_row_distance_tip": _("Distance of the generated samples from the data"),
        "cmp_row_js": _("JS, nats"),
        "cmp_row_js_tip": _("Jensen-Shannon divergence of the generated density from the data's"),
        "cmp_row_loss_d": _("D loss"),
        "cmp_row_loss_d_tip": _(
            "Of the latest batch. Losses of different objectives have different scales: do not compare them"
        ),
        "cmp_row_loss_g": _("G loss"),
        "cmp_row_loss_g_tip": _(
            "Of the latest batch. Losses of different objectives have different scales: do not compare them"
        ),
        "cmp_row_grad_d": _("Gradient norm, D"),
        "cmp_row_grad_d_tip": _("Length of the gradient of D's loss with respect to all of its weights"),
        "cmp_row_grad_g": _("Gradient norm, G"),
        "cmp_row_grad_g_tip": _("Length of the gradient of G's loss with respect to all of its weights"),
        "cmp_row_alone": _("Steps/s alone"),
        "cmp_row_alone_tip": _(
            "How fast this run would go by itself, from the processor time of its steps; together all keep one pace"
        ),
        "cmp_row_backend": _("Backend"),
        "cmp_row_backend_tip": _(
            "Eager starts at once; compiled is faster and takes some seconds to prepare"
        ),
        "cmp_csv_arm": _("what it changes"),
        "cmp_csv_step": _("step"),
        "cmp_csv_seed": _("seed"),
    }


def _charts() -> dict[str, str]:
    return {
        "cmp_charts": _("Readings over steps, one colour for each run"),
        "cmp_chart_modes": _("Modes found"),
        "cmp_chart_high_quality": _("High quality, share"),
        "cmp_chart_distance": _("Distance from the data"),
        "cmp_chart_js": _("JS, nats"),
        "cmp_chart_loss_d": _("D loss"),
        "cmp_chart_loss_g": _("G loss"),
        "cmp_chart_grad_d": _("Gradient norm of D (log)"),
        "cmp_chart_grad_g": _("Gradient norm of G (log)"),
        "cmp_chart_step": _("step"),
        "cmp_chart_tip": _("Click to go to that step"),
        "cmp_figure": _("Comparison, seed {seed}"),
    }
