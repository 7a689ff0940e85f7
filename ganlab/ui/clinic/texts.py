"""Every text of the clinic's charts, by key; `{name}` is filled in by the browser."""

from __future__ import annotations

from ganlab.ui.i18n import _


def texts() -> dict[str, str]:
    """The texts in the viewer's language."""
    return _frame() | _readings() | _verdicts() | _sentences() | _exports()


def _frame() -> dict[str, str]:
    return {
        "clinic_waiting": _("The first readings come as soon as every GAN has trained a little …"),
        "clinic_so_far": _("So far, at step {step} of {total}, {seeds} seeds of each"),
        "clinic_over": _("After {total} steps, {seeds} seeds of each"),
        "clinic_cancel": _("Cancel"),
        "clinic_cancel_tip": _("End this trial; what has been read so far stays"),
        "clinic_treatment": _("Treatment, and does it help?"),
        "clinic_samples": _("{name}: samples of the first seed over the modes of the data"),
        "clinic_source": _("From: {source}"),
        "clinic_course": _("Modes over the steps: means of all seeds"),
        "clinic_step_axis": _("step"),
        "clinic_modes_axis": _("modes"),
        "clinic_at_step": _("step {n}"),
        "clinic_key_mean": _("mean ± standard error"),
        "clinic_key_seed": _("one seed"),
        "clinic_key_perfect": _("a perfect sampler"),
        "clinic_key_band": _("what papers report"),
    }


def _readings() -> dict[str, str]:
    return {
        "clinic_modes": _("Modes"),
        "clinic_high_quality": _("High quality"),
        "clinic_reverse_kl": _("Reverse KL"),
        "clinic_modes_head": _("Modes"),
        "clinic_high_quality_head": _("High quality"),
        "clinic_reverse_kl_head": _("Reverse KL, nats (less is better)"),
    }


def _verdicts() -> dict[str, str]:
    return {
        "clinic_code_untreated": _("untreated"),
        "clinic_code_cured": _("cured"),
        "clinic_code_helps": _("helps"),
        "clinic_code_unclear": _("no clear difference"),
        "clinic_code_hurts": _("hurts"),
        "clinic_code_both_perfect": _("nothing left to help"),
    }


def _sentences() -> dict[str, str]:
    return {
        "clinic_said_untreated": _(
            "{losing} of {n} seeds lose modes: {mean} of {total} are covered on average."
        ),
        "clinic_said_helps": _(
            "It covers {after} modes where the untreated GAN covers {before}: {gap}, 95 % interval {low} to {high}, "
            "better in {better} of {n} seeds."
        ),
        "clinic_said_hurts": _(
            "It covers {after} modes where the untreated GAN covers {before}: {gap}, 95 % interval {low} to {high}, "
            "worse in {worse} of {n} seeds."
        ),
        "clinic_said_unclear": _(
            "It covers {after} modes where the untreated GAN covers {before}: {gap}, but the 95 % interval, {low} to "
            "{high}, holds 0. Better in {better} of {n} seeds, worse in {worse}."
        ),
        "clinic_said_both_perfect": _(
            "All {total} modes in all {n} seeds, as without it: there is nothing left to help."
        ),
        "clinic_said_diverged": _(
            "In {k} of {n} seeds its numbers left every scale; those count as no modes at all."
        ),
        "clinic_aside": _(
            "High quality {quality} points ({quality_low} to {quality_high}), reverse KL {kl} ({kl_low} to {kl_high})."
        ),
        "clinic_more": _("{n} more"),
        "clinic_fewer": _("{n} fewer"),
    }


def _exports() -> dict[str, str]:
    return {
        "clinic_csv": _("CSV"),
        "clinic_csv_tip": _("Every seed of every treatment as a table of numbers"),
        "clinic_markdown": _("Markdown"),
        "clinic_markdown_tip": _("Means, errors and verdicts as a Markdown table"),
        "clinic_copy": _("Copy table"),
        "clinic_copy_tip": _("Copy the Markdown table"),
        "clinic_copied": _("Copied."),
        "clinic_copy_failed": _("Copy this table:"),
        "clinic_table_about": _(
            "Modes of {total}; mean ± standard error of {seeds} seeds ({first} to {last}) at step {step}; "
            "95 % intervals of paired differences."
        ),
        "clinic_arm": _("Treatment"),
        "clinic_diverged": _("Diverged"),
        "clinic_change": _("Modes against untreated"),
        "clinic_better": _("Better in"),
        "clinic_verdict": _("Verdict"),
        "clinic_perfect": _("Perfect sampler"),
        "clinic_of": _("{k} of {n}"),
    }
