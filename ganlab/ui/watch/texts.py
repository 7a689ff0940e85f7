"""Every text of the watch component, by key; `{name}` is filled in by the browser."""

from __future__ import annotations

from ganlab.ui.i18n import _
from ganlab.ui.live import texts as live

SHARED = (
    *("toolbar", "play", "pause", "play_tip", "speed", "speed_tip", "speed_full", "speed_value"),
    *("restart", "restart_tip", "new_seed", "new_seed_tip", "view_only", "status", "step", "rate", "seed"),
    *("state_running", "state_paused", "state_diverged", "state_stopped", "state_connecting"),
    *("reconnecting", "closed", "ended", "ended_unwatched", "ended_stopped", "ended_invalid", "ended_failed"),
    *("renew", "bad_frame", "dismiss", "notice_full", "notice_internal_error", "notice_ended"),
    *(
        "notice_invalid",
        "notice_timeout",
        "notice_rate",
        "notice_right",
        "notice_unwatched",
        "notice_diverged",
    ),
)
"""Keys whose texts are those of the live component."""


def texts() -> dict[str, str]:
    """The texts of the watch component in the viewer's language."""
    shared = live.texts()
    return {key: shared[key] for key in SHARED} | {
        **live.link_texts(_("Copy the address of exactly this state")),
        "step_one": _("Single step"),
        "step_one_tip": _("One step (right arrow)"),
        "again": _("Run again"),
        "state_finished": _("finished"),
        "step_of": _("{n} of {total}"),
        "progress": _("Progress"),
        "charts_failed": _("The charts could not be drawn; the run goes on without them."),
        "notice_worker_restarted": _(
            "The worker stopped and was started again: the run begins again, on the same course."
        ),
    }
