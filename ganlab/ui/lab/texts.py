"""Every text of the component of "Two densities", by key; `{name}` is filled in by the browser."""

from __future__ import annotations

from ganlab.ui.i18n import _, language
from ganlab.ui.live.texts import link_texts


def shared_texts() -> dict[str, str]:
    """What the toolkit itself says: for every component that uses it."""
    return {
        "number_needed": _("a number from {low} to {high} is needed"),
        "whole_needed": _("a whole number from {low} to {high} is needed"),
        "computing": _("Computing …"),
        "reconnecting": _("The connection to the server is lost. Trying again …"),
        "closed": _("The server closed the connection: {reason}. Reload the page to go on."),
        "refused": _("This cannot be computed: {reason}. What you see is the last state that could."),
        "position": _("Position {n}."),
        "download": _("Downloads"),
        "download_csv": _("CSV"),
        "download_csv_tip": _("The values as a table"),
        "download_png": _("PNG"),
        "download_png_tip": _("The figure as a picture"),
        "download_svg": _("SVG"),
        "download_svg_tip": _("The figure as a drawing that can be enlarged"),
        "download_white": _("white"),
        "download_white_tip": _("Download figures on white instead of on the dark of this page"),
        "undo": _("Undo"),
        "undo_tip": _("Take back the last change (Ctrl+Z)"),
        "redo": _("Redo"),
        "redo_tip": _("Make it again (Ctrl+Y)"),
        "reset": _("Reset"),
        "reset_tip": _("Go back to what this page opens with"),
        "swap": _("Swap P and Q"),
        "swap_tip": _("Exchange P and Q"),
        "units": _("Unit of information"),
        "nats": _("nats"),
        "bits": _("bits"),
        **_reasons(),
    }


def _reasons() -> dict[str, str]:
    """Why a value is infinite or cannot be had. In English the core's own words, which say more, are shown."""
    if language() == "en":
        return {}
    return {
        "reason_no_density": _("{of} is known by samples only: there is no density to compare"),
        "reason_no_mass": _("{of} has no mass on [{low}, {high}], where {other} has {mass}"),
        "reason_light_tail": _(
            "{of}'s tail is lighter {where}: the logarithm of the ratio of the densities grows like {growth}, "
            "too fast for the integral"
        ),
        "reason_heavy_difference": _(
            "the tails on the {side} are too heavy: |F − G| falls like |x|^−{exponent} there, and more than {needed} "
            "is needed"
        ),
        "reason_heavy_moment": _("{of} has no moment of order {needed}: its tail falls like |x|^−{exponent}"),
        "reason_disjoint": _("P and Q share no interval: p·q is zero everywhere"),
        "reason_too_large": _("finite, but larger than any number here: its natural logarithm is {log}"),
        "reason_out_of_range": _(
            "this cannot be computed here: on the way a number leaves the range of floating point"
        ),
        "where_right": _("on the right"),
        "where_left": _("on the left"),
        "where_right_of": _("just right of {x}"),
        "where_left_of": _("just left of {x}"),
        "side_name_right": _("right"),
        "side_name_left": _("left"),
    }


def editor_texts() -> dict[str, str]:
    """Of the boxes beside a chart (`editor.js`)."""
    return {
        "side_p": _("P, the data"),
        "side_q": _("Q, the generated samples"),
        "family": _("Family"),
        "weight": _("weight"),
        "component": _("{side}, component {n}"),
        "add_component": _("+ component"),
        "add_component_tip": _("Add a component; the others shrink to make room"),
        "remove_component": _("Remove {name}"),
        "text_form": _("as text"),
        "as_text": _("{side} as text, such as 0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)"),
    }


def texts() -> dict[str, str]:
    """The texts of the component in the viewer's language."""
    return {**shared_texts(), **editor_texts(), **_bar(), **_charts(), **_steps(), **table_texts()}


def _bar() -> dict[str, str]:
    return {
        "toolbar": _("Controls of the figure"),
        "scale": _("Scale of the densities"),
        "linear": _("linear"),
        "log": _("log"),
        "show_dstar": _("Best discriminator"),
        "show_dstar_tip": _("Show D*(x) = p/(p+q), what the best discriminator of a GAN would say"),
        **link_texts(_("Copy the address of exactly this state")),
        "build_js": _("Build JS step by step"),
        "build_js_tip": _("P and Q, their mixture M, KL(P‖M) and KL(Q‖M), their mean"),
        "alpha_label": _("Order α of the Rényi divergence and of the α-divergence"),
        "alpha_for": _("Rényi and α-divergence"),
        "kernel": _("Kernel of MMD"),
        "bandwidth": _("bandwidth"),
        "bandwidth_label": _("Bandwidth of the kernel, in units of x"),
    }


def _charts() -> dict[str, str]:
    return {
        "chart_densities": _("Densities of P and Q; drag the handles"),
        "chart_integrand": _("Where the value comes from"),
        "chart_dstar": _("The best discriminator, D*(x) = p/(p+q)"),
        "axis_density": _("density"),
        "key_p": "p(x)",
        "key_q": "q(x)",
        "key_m": "m = (p+q)/2",
        "key_integrand": _("integrand"),
        "key_positive": _("adds"),
        "key_negative": _("takes away"),
        "key_kl_pm": "p log(p/m)",
        "key_kl_qm": "q log(q/m)",
        "handle_centre": _("{side}, component {n}: place and weight"),
        "handle_edge": _("{side}, component {n}: width"),
        "handle_centre_only": _("{side}: place"),
        "handle_edge_only": _("{side}: width"),
        "at_place": _("at {x}, weight {weight}"),
        "at_width": _("reaches to {x}"),
        "where_from": _("Where does it come from?"),
        "where_from_js": _("Where does JS come from?"),
        "integrand_said": _("The area adds up to {name} = {value}."),
        "integrand_infinite": _(
            "{name} = ∞: where the ground is amber, or in a tail beyond, no area is enough."
        ),
        "integrand_step_3": _("The blue area adds up to KL(P‖M), the orange one to KL(Q‖M)."),
        "integrand_step_4": _("The area adds up to JS: at every x the mean of the two curves before."),
        "dstar_said": _(
            "With this D the value of the GAN is V(D*) = 2·JS − ln 4 = {value} nats, with JS = {js} nats."
        ),
    }


def _steps() -> dict[str, str]:
    return {
        "step_back": _("Previous step"),
        "step_next": _("Next step"),
        "step_n": _("Step {n} of 4"),
        "step_close": _("Close"),
        "step_1_title": _("1. Two densities"),
        "step_1_text": _(
            "P in blue and Q in orange. A fair coin decides which of the two gives us a sample x; we see x and not "
            "the coin. JS is how much x tells about the coin."
        ),
        "step_2_title": _("2. The mixture M = ½(P + Q)"),
        "step_2_text": _(
            "The dashed line is m(x) = (p(x) + q(x))/2, the density of x when the coin is unknown. Wherever P or Q "
            "has mass, M has at least half as much: no ratio p/m or q/m is ever larger than 2, so nothing becomes "
            "infinite."
        ),
        "step_3_title": _("3. KL(P‖M) and KL(Q‖M)"),
        "step_3_text": _(
            "How far each is from the mixture: KL(P‖M) = {a} and KL(Q‖M) = {b}. Neither can exceed {most}, because "
            "log(p/m) ≤ log 2."
        ),
        "step_4_title": _("4. Their mean is JS"),
        "step_4_text": _(
            "JS = ½·({a}) + ½·({b}) = {js}. It is symmetric, 0 only when P = Q, and {most} when they never meet: "
            "“at most 1” is right in bits only."
        ),
    }


def table_texts() -> dict[str, str]:
    """Of the table of divergences."""
    return {
        "values": _("Divergences"),
        "head_divergence": _("divergence"),
        "head_divergence_tip": _("Each name opens its formula, its range and what it cannot see"),
        "head_value": _("value"),
        "head_value_tip": _("By quadrature from the densities"),
        "head_error": _("error"),
        "head_error_tip": _("Estimated numerical error of the value"),
        "head_closed": _("closed form"),
        "head_closed_tip": _("The same from a formula, where there is one for these families"),
        "head_range": _("range"),
        "head_range_tip": _("Smallest and largest possible value"),
        "head_integrand": _("integrand"),
        "choose": _("Choose divergences"),
        "about": _("About {name}"),
        "about_range": _("Range:"),
        "about_blind": _("Blind to:"),
        "about_source": _("Source:"),
        "symmetric": _("symmetric"),
        "draw_integrand": _("Draw where {name} comes from"),
        "bounds": _("Bounds between them"),
        "no_bounds": _("Choose two divergences that bound each other, such as KL and TV."),
    }
