"""Two dials, hundreds of GANs at once: a map of where they learn, collapse and diverge, while they train."""

from __future__ import annotations

import streamlit as st

from ganlab.ui.address import problems
from ganlab.ui.i18n import _
from ganlab.ui.phase.cases import cases
from ganlab.ui.phase.controls import sidebar
from ganlab.ui.phase.place import address
from ganlab.ui.phase.stage import stage
from ganlab.ui.prose import measured_by_modes, measured_on_the_line, points, text

st.title(_("Phase diagram"))
st.markdown(
    _(
        "Two dials, and every cell of the map is a GAN with its own pair of values, trained with several seeds. All "
        "of them train at once, here and now. Choose a map, or turn the dials in the sidebar."
    )
)

here = address().current()
sidebar(here)
problems(here)
cases(here)
stage(here)

with st.expander(_("What you see"), icon=":material/visibility:"):
    text(
        _(
            "**A cell** is one pair of values, and its colour the mean over its seeds. Hatched: every seed has "
            "diverged, its numbers left every scale. Dashed: the values do not go together, and the cell says why. "
            "Point at a cell, or walk with the arrow keys, and its numbers, the samples of each seed and its course "
            "stand beside the map."
        ),
        _(
            "**Time.** All cells are read at the same steps, closer together at the beginning, where most happens. "
            "The map follows the training until you drag the slider; tick *Follow* to come back."
        ),
        _(
            "**Opening a GAN.** A click trains that GAN again on the stage below, from its seed to the step that you "
            "see, and holds still there: it is the same GAN, bit for bit, where it ran on one backend from beginning "
            "to end. If the map changed to the compiled step on the way, rounding differs, and in a chaotic cell a "
            "difference of one in ten million grows until the courses part. Such cells have a large ± between seeds, "
            "too."
        ),
        _(
            "**Seeds.** One seed is an anecdote. ± is the standard error of the mean over the seeds of a cell; with "
            "two seeds it is rough. Before you believe an edge on the map, train it with more, or with others."
        ),
    )

with st.expander(_("How the numbers are measured"), icon=":material/straighten:"):
    measured_by_modes() if here.spec.dim == 2 else measured_on_the_line()
    points(
        _(
            "**2,500 fresh samples** of every GAN at every reading, as in published tables. SW2 is over 16 directions "
            "to a fixed sample of the data of the same size."
        ),
        _(
            "**Many GANs in one step.** GANs that differ in nothing but seeds and numbers (learning rates, weights, "
            "noise) train 16 at a time in one step of tensor arithmetic; those with another structure or another "
            "number of updates train beside them. They never influence each other."
        ),
        _(
            "**Kept and shared.** A finished map is kept on this server and opens at once from its link; anywhere "
            "else the same link trains it again, from the same seeds. It trains on while this tab is hidden, for up "
            "to ten minutes."
        ),
    )
