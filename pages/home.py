"""Home: what this is, one small run, and the ways in."""

from __future__ import annotations

import streamlit as st

from ganlab.presets import PRESETS
from ganlab.ui import exhibits, presets
from ganlab.ui.clinic import cases as clinic
from ganlab.ui.compare import cases as compare
from ganlab.ui.i18n import _
from ganlab.ui.links import card
from ganlab.ui.phase import cases as phase
from ganlab.ui.prose import points, text
from ganlab.ui.stage import small_stage

st.title(_("Two networks, teaching each other"))
st.markdown(
    _(
        "A **generator** G turns random noise into samples; a **discriminator** D learns to tell them from real data, "
        "and each learns from the other's mistakes. One such pair is training here, now: watch the orange points find "
        "the blue ones, then open an exhibit and slow it down, break it, or give it your own data."
    )
)

left, right = st.columns([5, 6], gap="large")
with left:
    small_stage("home", PRESETS["learns"].spec)
    text(
        _("**What the picture shows**"),
    )
    points(
        _(
            "**Blue points** are real samples, x ~ P. **Orange points** are made by the generator, G(z); the "
            "noise z stays the same, so each point can be followed."
        ),
        _(
            "**Blue ground**: there D takes a point for real. **Orange ground**: for generated. **The line** "
            "is where D cannot tell, D(x) = ½."
        ),
        _(
            "A **step** is one update of D and one of G. When no difference is left to find, D says ½ "
            "everywhere."
        ),
    )
with right:
    card(
        "gan_2d",
        _("GAN in two dimensions"),
        _("Eight clusters to find. Watch G find them all, then watch another G collapse onto a few."),
        presets.ready("gan_2d"),
        ("learns", "collapses"),
    )
    card(
        "gan_1d",
        _("GAN in one dimension"),
        _("The densities p and q, what D says and what the best D would say, and how G bends the noise."),
        presets.ready("gan_1d"),
        ("two_modes_1d",),
    )
    card(
        "compare",
        _("Compare"),
        _(
            "Two to six GANs side by side: same data, same seed, one clock. What differs is written above each."
        ),
        compare.ready(),
        ("cures", "circles"),
    )
    card(
        "phase",
        _("Phase diagram"),
        _("Two dials and hundreds of GANs: the map of modes fills in while all of them train."),
        phase.ready(),
        ("rates", "penalty"),
    )
    card(
        "clinic",
        _("Clinic"),
        _(
            "Which remedy cures a collapse, and does it really? Ten seeds of each, and an answer with an interval."
        ),
        clinic.ready(),
        ("fast_g", "slow_d"),
    )
    card(
        "densities",
        _("Two densities"),
        _(
            "KL, JS, Wasserstein, MMD and their kin between two densities that you drag: exact, and with the reason."
        ),
        exhibits.ready("densities"),
        ("one_shift", "saturates", "mode_dropping"),
    )
    card(
        "plane",
        _("In the plane"),
        _(
            "KL, JS, W2, MMD and their kin between two distributions in the plane: drag ellipses, turn the slice, "
            "see the transport."
        ),
        exhibits.ready("plane"),
        ("parallel_lines", "dropped_on_a_ring", "slices"),
    )
    card(
        "samples",
        _("From samples"),
        _(
            "The same numbers from n points of each side: who comes near, how far off, how sure. Or from your own "
            "files."
        ),
        exhibits.ready("samples"),
        ("closing_in", "biased_mmd", "bandwidth"),
    )
    card(
        "fit",
        _("Fit Q to P"),
        _(
            "Q walks downhill on a divergence, from many starts at once: which modes it covers, which it gives up, and "
            "where the gradient vanishes."
        ),
        exhibits.ready("fit"),
        ("fit_modes", "fit_vanishing", "fit_js_loss"),
    )
