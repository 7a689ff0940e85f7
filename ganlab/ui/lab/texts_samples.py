"""Every text of the component of "From samples", by key; `{name}` is filled in by the browser."""

from __future__ import annotations

from ganlab.ui.i18n import _, language
from ganlab.ui.lab.texts import shared_texts
from ganlab.ui.lab.texts_plane import plane_reasons


def texts() -> dict[str, str]:
    """The texts of the component in the viewer's language."""
    return {
        **shared_texts(),
        **_bar(),
        **_drawn(),
        **_estimators(),
        **_table(),
        **_test(),
        **_scan(),
        **_why(),
    }


def _bar() -> dict[str, str]:
    """The toolbar and the status line of a watched run, in this page's words."""
    return {
        "new_seed": _("Redraw"),
        "new_seed_tip": _("Draw other samples: the next seed"),
        "restart_tip": _("Compute everything again, from the same samples"),
        "step": _("redraw"),
        "rate": _("redraws/s"),
        "step_one_tip": _("One more redraw (right arrow)"),
        "samples_waiting": _("Waiting for the first estimates …"),
    }


def _drawn() -> dict[str, str]:
    return {
        "samples_drawn": _("The samples"),
        "samples_drawn_n": _("{n} points of each"),
        "samples_drawn_part": _("{n} points of each, {shown} of them shown"),
        "samples_of_p": _("P, the data"),
        "samples_of_q": _("Q, the generated samples"),
        "samples_density": _("density"),
    }


def _estimators() -> dict[str, str]:
    return {
        "samples_closing": _("Closing in"),
        "samples_closing_note": _("One draw: the first n of its points, with 95 % intervals."),
        "samples_spread": _("Bias and variance"),
        "samples_spread_note": _("Fresh samples of n points each time: {n} of {most} redraws."),
        "samples_frozen": _(
            "Every redraw takes all the points of both files, so nothing varies. Choose n well below {n} to see "
            "how much an estimate depends on which points it gets."
        ),
        "samples_exact": _("exact {value} {unit}"),
        "samples_exact_is": _("exact value {value} {unit}"),
        "samples_exact_none": _("no exact value: a file is known by its points only"),
        "samples_all": _("All results of this page as one table:"),
        "samples_all_tip": _("Estimates, redraws, test and scan as one table"),
        "samples_exact_unknown": _("no exact value"),
        "samples_exact_pending": _("exact value: being computed …"),
        "samples_exact_infinite": _("exact value ∞"),
        "samples_this_n": _("n"),
        "samples_mean": _("mean"),
        "samples_sd": _("standard deviation"),
        "samples_aim": _("aims at"),
        "samples_redraws": _("redraws"),
        "samples_infinite_times": _("{n} times ∞"),
        "samples_missing_times": _("{n} times no value"),
        "samples_outside": _("{n} beyond the axis"),
        "samples_at_n": _("n = {n}: {why}"),
        "samples_dashed": _(
            "Dashed, in the colour of an estimator: what it aims at instead of the exact value."
        ),
    }


def _table() -> dict[str, str]:
    return {
        "samples_head_estimator": _("estimator"),
        "samples_head_value": _("estimate"),
        "samples_head_value_tip": _("From one draw, with the largest n of the chart above"),
        "samples_head_interval": _("95 % interval"),
        "samples_head_interval_tip": _("Of that estimate; how it is made stands behind the estimator's name"),
        "samples_head_bias": _("bias"),
        "samples_head_bias_tip": _(
            "Mean over the redraws less the exact value; R redraws know it to about sd/√R"
        ),
        "samples_head_sd": _("sd"),
        "samples_head_sd_tip": _("Standard deviation over the redraws"),
        "samples_head_rmse": _("rmse"),
        "samples_head_rmse_tip": _("Root of the mean squared distance from the exact value: √(bias² + sd²)"),
        "samples_head_coverage": _("coverage"),
        "samples_head_coverage_tip": _(
            "Share of the intervals that hold what they are for: the exact value, or what the estimator aims at; "
            "95 % is promised"
        ),
        "samples_about": _("About the estimator {name}"),
        "samples_about_aims": _("Aims at"),
        "samples_about_blind": _("Blind to"),
        "samples_about_interval": _("Interval"),
        "samples_about_source": _("Source"),
        "samples_table": _("{name}: estimates, bias, spread and coverage"),
    }


def _test() -> dict[str, str]:
    return {
        "samples_tests": _("Are they the same at all?"),
        "samples_test": _("Test statistic"),
        "samples_test_mmd": _("MMD²"),
        "samples_test_energy": _("Energy distance²"),
        "samples_test_classifier": _("Classifier"),
        "samples_statistic_mmd": _("MMD², unbiased"),
        "samples_statistic_energy": _("energy distance²"),
        "samples_statistic_classifier": _("accuracy of a classifier on points it has not seen"),
        "samples_null": _("What the statistic is when the labels are shuffled"),
        "samples_null_key": _("labels shuffled"),
        "samples_null_key_coins": _("guesses instead of answers"),
        "samples_beyond_key": _("at least as large as observed"),
        "samples_observed": _("observed {value}"),
        "samples_permutations": _("permutations"),
        "samples_share_beyond": _("share of shuffles beyond"),
        "samples_p_small": _(
            "p = {p}: a difference this large would come about by chance in {k} of {n} shuffles. P and Q differ, "
            "says this test at the 5 % level."
        ),
        "samples_p_large": _(
            "p = {p}: {k} of {n} shuffles give a difference as large. This test does not tell P from Q at the 5 % "
            "level, which is no proof that they are the same."
        ),
        "samples_p_small_coins": _(
            "p = {p}: so many right answers would hardly come about by guessing. P and Q differ, says this test "
            "at the 5 % level."
        ),
        "samples_p_large_coins": _(
            "p = {p}: guessing would do as well in that share of cases. This test does not tell P from Q at the 5 "
            "% level, which is no proof that they are the same."
        ),
        "samples_test_waiting": _("The samples are being shuffled …"),
        "samples_test_how": _("{method} It used {n} points of each side. From: {source}."),
    }


def _scan() -> dict[str, str]:
    return {
        "samples_scan": _("Which bandwidth?"),
        "samples_bandwidth": _("Bandwidth of the kernel"),
        "samples_bandwidth_axis": _("bandwidth σ"),
        "samples_bandwidth_is": _("σ = {value}"),
        "samples_scan_exact": _("exact"),
        "samples_scan_points": _("MMD², unbiased"),
        "samples_median": _("median heuristic {value}"),
        "samples_chosen": _("chosen {value}"),
        "samples_scan_said": _(
            "σ = {bandwidth}: MMD² = {value}. Click into the chart or drag the mark to choose another."
        ),
    }


def _why() -> dict[str, str]:
    """Why a value is infinite or missing. In English the core's own words are shown."""
    if language() == "en":
        return {}
    return plane_reasons() | {
        "reason_empty_cells": _("{cells} cells hold {mass} of P's points and none of Q's"),
        "reason_too_few": _("needs at least {least} points on each side; there are {n} and {m}"),
        "reason_thinned": _("computed from the first {used} points of a side"),
        "reason_ties": _("more than {k} points coincide: raise k, or remove repeats"),
        "reason_no_spread": _(
            "the points of one sample have no spread along an axis, so they have no density"
        ),
    }
