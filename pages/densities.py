"""Two densities on the line: drag them, and see every divergence between them."""

from __future__ import annotations

import streamlit as st

from ganlab.ui.address import problems
from ganlab.ui.densities import address, stage
from ganlab.ui.exhibits import exhibits
from ganlab.ui.i18n import _
from ganlab.ui.prose import points, text

st.title(_("Two densities"))
st.markdown(
    _(
        "P is the data, Q what a model makes of it. Drag a handle: the large ones move a density (and, in a mixture, "
        "its weight up and down), the small ones change its width. Every divergence follows, with where it comes "
        "from, how exact it is, and why it is infinite where it is."
    )
)

here = address().current()
problems(here)
exhibits(here)
stage(here)

with st.expander(_("What you see"), icon=":material/visibility:"):
    text(
        _(
            "**Densities.** Blue is $p(x)$, the data; orange is $q(x)$, the generated samples; the dashed line is "
            "their mixture $m = (p+q)/2$. Each component of a mixture has a handle at its centre, on a stem, and "
            "one at its width. With the keyboard: Tab to a handle, arrow keys move it, with Shift ten times as far."
        ),
        _(
            "**Where does it come from?** The curve below is what is added up along $x$: the area is the value. Green "
            r"adds, purple takes away. $p\log\frac{p}{q}$ is negative where $q > p$; the sum never is."
        ),
        _(
            r"**The best discriminator** $D^*(x) = \frac{p(x)}{p(x)+q(x)}$ is what a GAN's discriminator would say "
            r"after endless training with P and Q held still. The value of the game is then $2\,\mathrm{JS} - \ln "
            r"4$."
        ),
        _(
            "**The table** has, for each divergence, its value, an estimate of the numerical error, and a closed "
            "form where one exists for these families. An infinite value has its reason below it. Each name opens "
            "its formula and what it cannot see."
        ),
        _(
            "**Bounds** hold between the values whatever P and Q are: the bar shows how much of the right side the "
            "left side uses up. A full bar is a tight bound."
        ),
    )

with st.expander(_("How the numbers are computed"), icon=":material/straighten:"):
    points(
        _(
            "**By quadrature from the densities**, not from samples and not on a fixed grid: panels are laid out "
            "from the parameters of the components, so a narrow mode far away is not missed, and everything is "
            "done with logarithms of densities. Each panel is integrated by a 7-point and a 15-point rule; where "
            "they differ, it is halved."
        ),
        _(
            "**The error** is what remains of that difference, summed over the panels. It bounds rounding and "
            "quadrature, nothing else; there is no sampling here."
        ),
        _(
            "**Infinite** is decided from supports and tails before anything is added up, never by the size of a "
            "number: Q has no mass where P has some, or Q's tail is so much lighter that the integral diverges. "
            "Otherwise a large finite value is what it is."
        ),
        _(
            "**W1, W2 and the energy distance** come from the distribution functions and the quantiles, **MMD²** "
            "from double integrals of the kernel, in closed form for Gaussian mixtures with the Gaussian kernel."
        ),
        _(
            "**Conventions.** KL and JS in nats, or in bits after the switch. JS is the divergence, not its root. W2 "
            "is the distance, not its square. Hellinger², the energy distance² and MMD² are squares. The Gaussian "
            r"kernel is $e^{-(x-y)^2/2\sigma^2}$ with the bandwidth as σ."
        ),
        _(
            "**While you drag**, the browser asks the server for every picture and computes nothing itself. Rows that "
            "take longer than a frame (W2 and MMD² of complicated mixtures) are greyed meanwhile and follow when you "
            "let go. The table you download is the table you see."
        ),
    )
