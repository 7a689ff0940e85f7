"""Divergences estimated from samples: who comes near the exact value, how far off the others are, and how sure."""

from __future__ import annotations

import streamlit as st

from ganlab.ui.address import problems
from ganlab.ui.exhibits import exhibits
from ganlab.ui.i18n import _
from ganlab.ui.prose import points, text
from ganlab.ui.samples_controls import IN_PLACE, address, blind, sidebar, size, stage

st.title(_("From samples"))
st.markdown(
    _(
        "Mostly nobody has the densities, only samples. Here each estimator gets n points of P and n of Q and "
        "says how far apart they are, with a 95 % interval. Where P and Q are known, so is the right answer: "
        "watch who comes near, who stays beside it, and whose intervals keep their promise. Or bring a file of "
        "your own for either side."
    )
)

here = address().current()
sidebar(here)
problems(here, in_place=IN_PLACE)
exhibits(here)
size(here)
stage(here)

with st.expander(_("What you see"), icon=":material/visibility:"):
    text(
        _(
            "**The samples.** Blue is P, orange is Q. On the line: histograms of the points over the densities "
            "they were drawn from, and a stroke for each point while there are few. In the plane: the points."
        ),
        _(
            "**Closing in.** One draw, of which every estimator gets the first 10 points of each side, the first "
            "20, and so on up to n. The bar is its 95 % interval, the black line the exact value from the "
            "densities. Some estimators aim at something else, and say so: the dashed line in their colour, such "
            "as the divergence of the binned densities. ∞ at the upper edge is an estimate that is infinite; the "
            "reason stands below."
        ),
        _(
            "**Bias and variance.** The same with fresh samples of n points each, again and again. The dot is the "
            "mean of the estimates and the bar one standard deviation to both sides. The distance from the dot to "
            "the black line is the **bias**: more redraws will not make it go away, only more points will, and "
            "not always. **Coverage** is the share of the 95 % intervals that hold what they are for: the dashed "
            "line where there is one, else the exact value."
        ),
        _(
            "**Are they the same at all?** If P = Q, it does not matter which points carry which label. So the "
            "labels are shuffled, many times, and the statistic is computed again: that is what it looks like "
            "when there is nothing to find. p is the share of shuffles, the observed one included, with a value "
            "at least as large."
        ),
        _(
            "**Which bandwidth?** MMD² of this draw for forty bandwidths of the kernel. Far too narrow or far too "
            "wide, it sees nothing. The median heuristic, the median distance between points, is a start and no "
            "more."
        ),
    )

with st.expander(_("What each estimator is blind to"), icon=":material/visibility_off:"):
    blind(here.spec)

with st.expander(_("How the numbers are computed"), icon=":material/straighten:"):
    points(
        _(
            "**The exact value** is computed from the densities by quadrature, as on the pages with densities, "
            "not from a huge sample. A file has no density: for it there is no exact value, no bias and no "
            "coverage."
        ),
        _(
            "**A file** is drawn from without replacement and in its own units. With n as large as the file every "
            "redraw takes the same points: take n well below its size to see how much an estimate varies."
        ),
        _(
            "**Options are settled once**, on the first draw: the window of the bins, the median distance, the "
            "blur of Sinkhorn. So all redraws aim at the same number."
        ),
        _(
            "**Slow estimators get fewer points**: where an estimator would take too long to watch, it uses the "
            "first so many points of each side and says so under the table."
        ),
        _(
            "**A negative estimate is shown as it is.** Unbiased estimates of something that is nearly 0 are "
            "below 0 half of the time; clipped at 0 they would be biased."
        ),
        _(
            "**Conventions.** KL and JS in nats, or in bits after the switch. JS is the divergence, not its "
            "root. W1, W2 and sliced W2 are distances; Hellinger², the energy distance² and MMD² are squares. "
            r"The Gaussian kernel is $e^{-\|x-y\|^2/2\sigma^2}$."
        ),
        _(
            "**The seed decides everything**: the same link shows the same samples, redraws and shuffles. Redraw "
            "takes another seed."
        ),
    )
