"""A GAN on the line, live: everything can be drawn, and nearly everything is known exactly."""

from __future__ import annotations

import streamlit as st

from ganlab.ui.controls import sidebar
from ganlab.ui.exercise import current
from ganlab.ui.i18n import _
from ganlab.ui.presets import presets, problems
from ganlab.ui.prose import measured_on_the_line, reading, text
from ganlab.ui.stage import stage

st.title(_("GAN in one dimension"))
st.markdown(
    _(
        "On the line everything can be drawn: the density p of the data, the density q of the generated samples, "
        "what D says at every x, and what the best possible D would say, p/(p+q). Choose a case, or change anything "
        "in the sidebar."
    )
)

here = current("gan_1d")
sidebar(here)
problems(here)
presets(here)
stage(here)

with st.expander(_("What you see"), icon=":material/visibility:"):
    text(
        _(
            "**Densities.** Blue is $p(x)$, the data; orange is $q(x)$, the generated samples. With noise of "
            "one dimension $q$ is computed exactly, by following small intervals of noise through G; "
            "otherwise it is estimated from 4,000 samples."
        ),
        _(
            r"**D and the best D.** For fixed G the best discriminator is $D^*(x) = \frac{p(x)}{p(x) + q(x)}$: "
            "½ where both are equally dense, 1 where only data can be. D approaches it where samples are; "
            "elsewhere nothing tells it what to say."
        ),
        _(
            "**The map from noise to sample** shows $x = G(z)$. Where it is flat, much noise lands in one "
            "place and $q$ is high; where it is steep, $q$ is thin. Between two modes it has to jump, and a "
            "network can only jump steeply: hence the thin bridge of samples that belongs to no mode."
        ),
        _(
            r"**The value** $V(D, G) = \mathbb{E}\log D(x) + \mathbb{E}\log(1 - D(G(z)))$ cannot lie above "
            r"$2\,\mathrm{JS}(P, Q) - \ln 4$ for long: that is what the best D reaches. The line in the chart "
            r"is drawn there. At P = Q it is $-\ln 4 = -1.386$."
        ),
    )

reading(here.spec, measured_on_the_line)
