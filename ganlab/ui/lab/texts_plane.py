"""Every text of the component of "In the plane", by key; `{name}` is filled in by the browser."""

from __future__ import annotations

from ganlab.ui.i18n import _, language
from ganlab.ui.lab.texts import editor_texts, shared_texts, table_texts
from ganlab.ui.live.texts import link_texts


def texts() -> dict[str, str]:
    """The texts of the component in the viewer's language."""
    shared = {**shared_texts(), **editor_texts(), **table_texts()}
    return {**shared, **plane_reasons(), **_bar(), **_stage(), **_slices(), **_editor()}


def plane_reasons() -> dict[str, str]:
    """Why a value of the plane is infinite or cannot be had. In English the core's own words are shown."""
    if language() == "en":
        return {}
    return {
        "reason_plane_no_mass": _("{of} has no mass on a part of the plane where {other} has {mass}"),
        "reason_plane_light_tail": _(
            "{of}'s tail is lighter in the direction of {degrees}°: the logarithm of the ratio of the "
            "densities grows like r² there, too fast for the integral"
        ),
        "reason_plane_disjoint": _("P and Q share no region: p·q is zero everywhere"),
        "reason_plane_too_fine": _(
            "the densities are too fine for their extent to be integrated exactly here"
        ),
        "reason_plane_w_unknown": _(
            "W{order} in the plane is known in closed form for two Gaussians and for a mere shift only: "
            "samples can tell, and slices"
        ),
        "reason_no_projection": _("{of} is neither a mixture of Gaussians nor a density: samples can tell"),
    }


def _bar() -> dict[str, str]:
    return {
        "toolbar": _("Controls of the figure"),
        **link_texts(_("Copy the address of exactly this state")),
        "ground": _("What the ground shows"),
        "ground_ratio": "log p/q",
        "ground_p": "p",
        "ground_q": "q",
        "ground_witness": _("witness"),
        "contours": _("lines of p and q"),
        "contours_tip": _("Lines that hold 50 % and 90 % of the mass of P and of Q"),
        "lines": _("transport"),
        "lines_tip": _("120 samples of each, joined one to one so that the sum of the squared ways is least"),
        "redraw": _("Draw again"),
        "redraw_tip": _("Other samples of the same distributions"),
        "alpha_label": _("Order α of the Rényi divergence and of the α-divergence"),
        "alpha_for": _("Rényi and α-divergence"),
        "kernel": _("Kernel of the witness and of MMD"),
        "bandwidth": _("bandwidth"),
        "bandwidth_label": _("Bandwidth of the kernel, in units of x"),
        "median": _("median: {value}"),
        "median_tip": _(
            "Take the median heuristic: the median distance between samples of P and Q, the mark on the "
            "slider"
        ),
        "no_bandwidth": _("This kernel has no bandwidth."),
    }


def _stage() -> dict[str, str]:
    return {
        "chart_plane": _("P and Q in the plane; drag the handles"),
        "scale_ratio": _("log p/q ({units})"),
        "scale_p": _("density p"),
        "scale_q": _("density q"),
        "scale_witness": _("witness E k(X,x) − E k(Y,x)"),
        "ground_said_ratio": _(
            "Blue where p is larger, orange where q is, pale where they are equal. The best discriminator "
            "D* = p/(p+q) is the same picture: the scale from 0 to 1 instead of from −∞ to ∞."
        ),
        "ground_said_p": _(
            "The density of P, seen in cells of the picture; the scale is that of its square root."
        ),
        "ground_said_q": _(
            "The density of Q, seen in cells of the picture; the scale is that of its square root."
        ),
        "ground_said_witness": _(
            "The function by which this kernel tells P from Q: blue where it finds too little of Q, orange "
            "where too much. MMD² is its mean over P less its mean over Q."
        ),
        "lines_said": _("{n} samples of each: W2 = {w2} between the samples."),
        "lines_said_exact": _(
            "{n} samples of each: W2 = {w2} between the samples, {exact} between P and Q themselves."
        ),
        "dstar_said": _(
            "With D* the value of the GAN is V(D*) = 2·JS − ln 4 = {value} nats, with JS = {js} nats."
        ),
        "late": _("While you drag, the table follows a few times a second, the picture at once."),
        "fixed": _(
            "Gaussians are dragged on the picture. The other families stand where they are: their numbers "
            "can be typed."
        ),
        "handle_centre": _("{side}, component {n}: centre"),
        "handle_s1": _("{side}, component {n}: first axis, length and direction"),
        "handle_s2": _("{side}, component {n}: second axis, length and direction"),
        "handle_weight": _("{side}, component {n}: weight"),
        "at_centre": _("at ({x}, {y}), weight {weight}"),
        "at_axis": _("standard deviation {length}, first axis at {angle}°"),
        "at_weight": _("weight {weight}"),
    }


def _slices() -> dict[str, str]:
    return {
        "slices": _("Seen along one direction"),
        "dial": _("Direction of the slice; drag the knob or use the arrow keys"),
        "handle_theta": _("Direction of the slice"),
        "chart_slice": _("P and Q projected onto the direction"),
        "chart_directions": _("W1 and W2 of the projections over all directions"),
        "axis_density": _("density"),
        "key_slice_p": _("P along θ"),
        "key_slice_q": _("Q along θ"),
        "slice_said": _("At θ = {theta}°: W1 {sign} {w1}, W2 {sign} {w2}."),
        "sliced_said": _(
            "SW2 {sign} {sliced}, the dashed line, is the root of the mean of W2² over all directions: the "
            "sliced distance."
        ),
    }


def _editor() -> dict[str, str]:
    return {
        "as_text": _("{side} as text, such as 0.4*normal([0,0],1)+0.6*normal([2,1],[[1,0.5],[0.5,1]])"),
    }
