"""Two to six GANs side by side, with the same data and the same seed, on one clock."""

from __future__ import annotations

import streamlit as st

from ganlab.ui.address import problems
from ganlab.ui.compare.cases import cases
from ganlab.ui.compare.place import address
from ganlab.ui.compare.sidebar import sidebar
from ganlab.ui.compare.stage import stage
from ganlab.ui.i18n import _
from ganlab.ui.prose import measured_by_modes, measured_on_the_line, points, sources, text, verdicts

st.title(_("Compare"))
st.markdown(
    _(
        "Two to six GANs side by side: the same data, the same seed, one clock. What differs is written above each. "
        "Pause, step or drag the slider back, and all of them follow; add a run in the sidebar, and it catches up with "
        "the others."
    )
)

here = address().current()
sidebar(here)
problems(here, in_place=frozenset({"data"}))
cases(here)
stage(here)

with st.expander(_("What you see"), icon=":material/visibility:"):
    text(
        _(
            "**One clock.** Every run has done the same number of steps in every picture. A run that diverges stops "
            "alone and says so; one that joins late begins at step 0 and catches up while the others wait."
        ),
        _(
            "**The same data, the same seed.** All runs see the same batches and the same noise, step by step, and "
            "begin with the same weights where their networks have the same shape. So what differs between two "
            "pictures comes from what is written above them. One seed is still one seed: press the dice and look "
            "again before you believe it."
        ),
        _(
            "**Going back.** The slider shows earlier moments exactly as they were, since they were kept, not computed "
            "again. Press play there, and the same course follows once more, bit for bit. Change a learning rate "
            "there, and it becomes another course from that step on. In links every run starts at step 0."
        ),
        _(
            "**Losses of different objectives** are on different scales: a smaller loss is not a better GAN. Modes, "
            "quality and distance are measured on samples, in the same way for all, and can be compared."
        ),
    )

with st.expander(_("How the numbers are measured"), icon=":material/straighten:"):
    measured_by_modes() if here.spec.base_spec.dim == 2 else measured_on_the_line()
    points(
        _(
            "**Steps/s alone** is how fast a run would go by itself: one over the processor time of its steps. It says "
            "what a remedy costs. All together are as fast as their sum allows."
        ),
    )

with st.expander(_("What the verdicts mean"), icon=":material/stethoscope:"):
    verdicts()

with st.expander(_("Sources"), icon=":material/menu_book:"):
    sources()
