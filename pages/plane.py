"""Two distributions in the plane: drag ellipses, and see divergences, transport, witness and slices follow."""

from __future__ import annotations

import streamlit as st

from ganlab.ui.address import problems
from ganlab.ui.exhibits import exhibits
from ganlab.ui.i18n import _
from ganlab.ui.plane import address, stage
from ganlab.ui.prose import points, text

st.title(_("In the plane"))
st.markdown(
    _(
        "P is the data, Q what a model makes of it. Drag an ellipse by its centre; the square handles of "
        "the chosen one stretch and turn it. The ground, the lines, the slice and the table follow. Switch "
        "the ground to see who is larger where, or what a kernel sees; turn the direction to see P and Q "
        "from every side."
    )
)

here = address().current()
problems(here)
exhibits(here)
stage(here)

with st.expander(_("What you see"), icon=":material/visibility:"):
    text(
        _(
            r"**The ground** is $\log\frac{p}{q}$: blue where the data is denser, orange where Q is, pale "
            r"where they are equal. The best discriminator $D^* = \frac{p}{p+q}$ is the same picture, for it "
            r"is the logistic function of $\log\frac{p}{q}$: its ½ is the pale line. The ground can also be "
            "$p$, $q$, or the witness of a kernel."
        ),
        _(
            "**The lines** hold 50 % and 90 % of the mass of P (blue) and of Q (orange); the dashed "
            "ellipses are two standard deviations around each Gaussian. A click on a centre chooses its "
            "component: it gets two square handles, one at the end of each axis, and in a mixture an "
            "upright track on which its weight is dragged. With the keyboard: Tab to a handle, arrow keys "
            "move it, with Shift ten times as far."
        ),
        _(
            "**Transport** draws 120 samples of each and joins them one to one so that the sum of the "
            "squared ways is least. The W2 of these samples is not that of P and Q: even two samples of one "
            "distribution are not 0 apart."
        ),
        _(
            r"**The witness** $w(x) = \mathbb E\,k(X,x) - \mathbb E\,k(Y,x)$ is how the kernel tells P from "
            "Q. A bandwidth far too small sees islands, one far too large a slope; the mark on the slider "
            "is the median distance between samples, a usual first choice."
        ),
        _(
            "**The slice** shows P and Q as they look from one direction: two densities on the line, with "
            "their W1 and W2. Over all directions these make the curve below it. Sliced W2 is the root of "
            r"the mean of $W_2^2(\theta)$."
        ),
        _(
            "**A point**: rest the pointer on the picture, or put it into focus and use the arrow keys, to "
            "read p, q and D* there."
        ),
    )

with st.expander(_("How the numbers are computed"), icon=":material/straighten:"):
    points(
        _(
            "**The table** comes from the densities by quadrature over the plane, not from samples; its "
            "error is estimated by refinement. Between two Gaussians the closed form stands beside the "
            "value."
        ),
        _(
            "**Infinite** is decided from supports and tails, never by the size of a number: between "
            "Gaussians a χ² or Rényi divergence is infinite when one of them is too wide in some direction."
        ),
        _(
            "**W2** has a formula between two Gaussians (Bures); for mixtures none is known, and the table "
            "says so. Sliced W2 and the transport between samples are there for every pair."
        ),
        _(
            "**Projections** of Gaussians are normals. Their W1 and W2 at the chosen direction come from the "
            "quantiles; the curve has one point every 3° and is good to a few thousandths, which is what ≈ "
            "means beside SW2 (the table has it exactly). Those of other families are taken from 10,000 "
            "samples, and ≈ stands beside all of them."
        ),
        _(
            "**The picture** has 160 cells along its longer side, 96 while you drag. Gaussians are blurred "
            "by half a cell, so that one that is thinner than a cell is still seen; values and slices do "
            "not depend on the picture."
        ),
        _(
            "**The witness** of Gaussian mixtures under the Gaussian kernel is in closed form, and so is "
            "their MMD²."
        ),
        _(
            "**Conventions.** KL and JS in nats, or in bits after the switch. JS is the divergence, not its "
            "root. W2 is the distance, not its square. Hellinger², the energy distance² and MMD² are "
            r"squares. The Gaussian kernel is $e^{-\|x-y\|^2/2\sigma^2}$ with the bandwidth as σ."
        ),
        _(
            "**While you drag**, the picture is computed with every move and the table a few times a "
            "second; at rest both show the same state, and so do the address and the downloads."
        ),
    )
