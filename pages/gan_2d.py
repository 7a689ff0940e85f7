"""A GAN in the plane, live."""

from __future__ import annotations

import streamlit as st

from ganlab.ui.controls import sidebar
from ganlab.ui.exercise import current
from ganlab.ui.i18n import _
from ganlab.ui.presets import presets, problems
from ganlab.ui.prose import measured_by_modes, reading, text
from ganlab.ui.stage import stage

st.title(_("GAN in two dimensions"))
st.markdown(
    _(
        "The generator G turns noise into points of the plane, and the discriminator D judges each point: real or "
        "generated? They take turns, thousands of times a second. Choose a case, or change anything in the sidebar; "
        "learning rates change while the run goes on."
    )
)

here = current("gan_2d")
sidebar(here)
problems(here)
presets(here)
stage(here)

with st.expander(_("What you see"), icon=":material/visibility:"):
    text(
        _(
            r"**On the stage.** Blue points are real samples $x \sim P$; orange points are generated samples "
            "$G(z)$. Their noise $z$ stays the same from picture to picture, so a point that moves is the "
            "generator moving it. The ground is $D(x)$: blue where the discriminator says real, orange where "
            r"it says generated, pale where it cannot tell; the line is $D(x) = \tfrac12$."
        ),
        _(
            "**The generator's grid** is an even grid of noise after it has passed through G; every cell "
            "holds the same share of samples, so small cells are dense places. G is continuous: it can "
            "stretch the grid between two modes, but never tear it."
        ),
        _(
            r"**The arrows** show what the generator receives: $-\nabla_x L_G$ at each generated sample, the "
            "direction in which its loss falls. They are not the slope of D itself, and the difference is the "
            "whole point of the non-saturating loss: where D is sure that a sample is generated, the minimax "
            "arrows vanish and the non-saturating ones do not."
        ),
        _(
            "**One step.** First D sees a batch of real and a batch of generated samples, and only D's "
            "weights move. Then G makes a batch, D judges it, and only G's weights move. Training D on the "
            "generator's turn as well is a common slip in tutorials: then D is rewarded for being fooled."
        ),
    )

reading(here.spec, measured_by_modes)
