"""Every text of the component of "Phase diagram", by key; `{name}` is filled in by the browser."""

from __future__ import annotations

from ganlab.ui.i18n import _
from ganlab.ui.live import texts as live


def texts() -> dict[str, str]:
    """The texts of the component in the viewer's language."""
    shared = live.texts()
    compiling = {name: shared[name] for name in ("notice_compile_unavailable", "notice_compile_failed")}
    return {**compiling, **_bar(), **_map(), **_card(), **_saving()}


def _bar() -> dict[str, str]:
    """The toolbar and the status line of a watched run, in this page's words."""
    return {
        "play": _("Go on"),
        "restart_tip": _("Train all of them again, from the same seeds"),
        "new_seed_tip": _("Train all of them with other seeds"),
        "rate": _("GAN steps/s"),
        "seed": _("first seed"),
        "step_one": _("Next moment"),
        "step_one_tip": _("Train until the next reading of all (right arrow)"),
        "notice_worker_restarted": _(
            "The worker stopped and was started again: the map goes on where it was."
        ),
        "phase_cancel": _("Cancel"),
        "phase_cancel_tip": _("Stop training; what was read so far stays"),
        "phase_left": _("{time} left"),
        "phase_seconds": _("{n} s"),
        "phase_minutes": _("{n} min"),
        "phase_hours": _("{n} h"),
        "phase_lost": _("{n} of {total} GANs diverged"),
        "phase_eager": _("eager"),
        "phase_compiling": _("eager, the faster step is being compiled"),
        "phase_compiled": _("compiled"),
        "phase_mixed": _("partly compiled"),
        "phase_waiting": _("Making {n} GANs …"),
    }


def _map() -> dict[str, str]:
    return {
        "phase_map": _("Map of {metric}. Arrow keys move, Enter opens the GAN on the stage."),
        "phase_metric": _("Shown"),
        "phase_modes": _("Modes covered"),
        "phase_modes_tip": _("Modes with at least one sample within 3σ, of 2,500; mean over seeds."),
        "phase_high_quality": _("High quality"),
        "phase_high_quality_tip": _("Share of samples within 3σ of a mode."),
        "phase_reverse_kl": _("Reverse KL"),
        "phase_reverse_kl_tip": _(
            "Of the histogram over modes, in nats: 0 when they are hit in their proportion."
        ),
        "phase_distance_sw2": _("Distance (SW2)"),
        "phase_distance_w1": _("Distance (W1)"),
        "phase_distance_tip": _("Between generated and real samples, in units of the data."),
        "phase_spread": _("Width"),
        "phase_spread_tip": _(
            "Width of the generated samples over that of the data: near 0 where all are one."
        ),
        "phase_loss_d": _("Loss of D"),
        "phase_loss_d_tip": _("Of the latest update; objectives have scales of their own."),
        "phase_loss_g": _("Loss of G"),
        "phase_loss_g_tip": _("Of the latest update; objectives have scales of their own."),
        "phase_grad_d": _("Gradient of D"),
        "phase_grad_d_tip": _("Its norm in the latest update."),
        "phase_grad_g": _("Gradient of G"),
        "phase_grad_g_tip": _("Its norm in the latest update: what G still receives."),
        "phase_nats": _("nats"),
        "phase_diverged": _("diverged"),
        "phase_refused": _("not possible"),
        "phase_unread": _("not read yet"),
        "phase_perfect": _("▶ a perfect sampler: {value}"),
        "phase_better_high": _("Yellow is better."),
        "phase_better_low": _("Yellow is better, which is small here."),
        "phase_better_none": _("Yellow is large."),
        "phase_time": _("Step"),
        "phase_time_tip": _("Drag back to see the map at earlier steps"),
        "phase_live": _("Follow"),
        "phase_live_tip": _("Show the latest reading of every cell"),
        "phase_at": _("step {step}"),
    }


def _card() -> dict[str, str]:
    return {
        "phase_hint": _("Point at a cell, or walk with the arrow keys. A click opens that GAN on the stage."),
        "phase_hint_touch": _("Tap a cell to see its GANs; tap a picture to open one on the stage."),
        "phase_best": _("{metric}: {value} at best"),
        "phase_summary": _("In {n} of {total} cells."),
        "phase_mean_n": _("mean ± standard error of {n} seeds"),
        "phase_one_seed": _("one seed"),
        "phase_all_lost": _("All seeds diverged: numbers left every scale by step {step}."),
        "phase_some_lost": _("{n} of {total} seeds diverged and do not count."),
        "phase_not_possible": _("Not possible: {reason}."),
        "phase_not_read": _("Not read yet."),
        "phase_open_seed": _("Open seed {seed} on the stage at step {step}"),
        "phase_seed": _("seed {seed}"),
        "phase_course": _("{metric} over steps, each seed and their mean"),
        "phase_samples": _("Samples of each seed at this step"),
    }


def _saving() -> dict[str, str]:
    return {
        "download": _("Downloads"),
        "download_csv": _("CSV"),
        "download_csv_tip": _("Every reading of every GAN as a table"),
        "download_png": _("PNG"),
        "download_png_tip": _("The map as a picture"),
    }
