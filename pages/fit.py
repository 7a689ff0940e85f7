"""Fit Q to P by gradient descent directly on a divergence: no discriminator, no samples of P, every start at once."""

from __future__ import annotations

import streamlit as st

from ganlab.ui.address import problems
from ganlab.ui.exhibits import exhibits
from ganlab.ui.fit import IN_PLACE, address, sidebar, stage
from ganlab.ui.i18n import _
from ganlab.ui.prose import points, text

st.title(_("Fit Q to P"))
st.markdown(
    _(
        "Choose a divergence and let Q walk downhill on it, from many starts at once, with a second divergence beside "
        "it. Which modes Q covers, which it gives up, and where it gets stuck is decided by the divergence alone: "
        "there is no discriminator here that could be blamed."
    )
)

here = address().current()
sidebar(here)
problems(here, in_place=IN_PLACE)
exhibits(here)
stage(here)

with st.expander(_("What you see"), icon=":material/visibility:"):
    text(
        _(
            "**Densities.** Blue is $p$, the data. Orange is $q$ of the best start, the thin lines are the other "
            "starts; the dashed purple lines are the fits by the second objective, the dotted green one is the "
            "adversarial twin."
        ),
        _(
            "**The landscape** is the objective over the two numbers that a Gaussian has, μ across and σ upward on "
            "a logarithmic axis; the lines are the paths from each start (small dots) to where it is now (large "
            "dots). Click into it to begin there too. Where it is infinite it is drawn in a pale yellow."
        ),
        _(
            "**The objective over steps** has one line for each start. Lines that end at different heights are "
            "different local minima: where one begins decides where one ends."
        ),
        _(
            "**The table** has all divergences between P and the best Q of each objective; the one that was "
            "minimised is set in bold."
        ),
    )

with st.expander(_("Mode-seeking and mass-covering"), icon=":material/fork_right:"):
    text(
        _(
            r"**Forward KL**, $\mathrm{KL}(P\|Q) = \int p \log\frac pq$, averages over the data: wherever $p$ has "
            "mass, $q$ must not be small, or the logarithm explodes. So Q covers everything, and puts mass where "
            "there is none. For one Gaussian the minimum is known: Q takes the mean and the variance of P. Fitting "
            "by forward KL is maximum likelihood."
        ),
        _(
            r"**Reverse KL**, $\mathrm{KL}(Q\|P) = \int q \log\frac qp$, averages over Q's own samples: it pays for "
            "every one that falls where $p$ is small, and nothing at all for modes that it never visits. So Q seeks "
            r"one mode and stays. For $P = \tfrac12\mathcal N(\pm3, 0.5^2)$ it ends at μ = ±3, σ = 0.5 with "
            r"$\mathrm{KL} = \ln 2$."
        ),
        _(
            "**JS, Hellinger² and total variation** lie between, and are bounded: far from P they hardly change, so "
            "their gradient vanishes there. **W2** knows how far there is to go and has a gradient everywhere, but "
            "settles for the barycentric spread. **MMD²** sees what its kernel sees. With a Q that is rich enough "
            "for P, all of them have the same minimum: the difference is what a model gives up when it has to."
        ),
    )

with st.expander(_("JS as a loss, without a discriminator"), icon=":material/science:"):
    text(
        _(
            "Texts write “the generator minimises JS”. It can be done literally: take a batch of samples of G, put a "
            "small Gaussian of width $h$ on each, and you have a density $q_h$ that can be compared with P and "
            "differentiated with respect to G's weights. Choose *Generator* under *Model Q*, and an adversarial twin "
            "beside it: the same network, first weights and noise, trained against a discriminator instead."
        ),
        _(
            r"**P is smoothed by the same kernel**, $D(P * \mathcal N(0, h^2), q_h)$. Compared with P itself, the "
            "best G would be too narrow in every mode, by $h^2$ in the variance; compared with the smoothed P, the "
            "minimum is at Q = P, because a convolution with a Gaussian can be undone. Details finer than $h$ weigh "
            "little either way. W2 and MMD² need no density and take P as it is."
        ),
        _(
            "In one dimension this works well. It does not carry over to images: a kernel density needs a number of "
            "samples that grows exponentially with the dimension, and P's density is not known. That is what the "
            "discriminator is for: it estimates the ratio p/q from samples."
        ),
    )

with st.expander(_("How the numbers are computed"), icon=":material/straighten:"):
    points(
        _(
            "**Gaussians** live in float64. Integrals are Gauss-Legendre sums over panels that are cut where P asks "
            "for it and around Q as it is now, so a narrow Q, or one far away, is seen; densities are logarithms "
            "throughout. Tests hold them to 1e-9 against an independent quadrature."
        ),
        _(
            "**Parameters** of a Gaussian are its mean (in spreads of P), log σ, and logits of the weights; all "
            "starts move in one batch and never influence each other. A start where the objective is infinite stops "
            "and says so."
        ),
        _(
            "**W2** descends on W2², whose gradient exists at the minimum too; shown is the distance. **Total "
            "variation** has kinks where p = q, which are found and cut at in every step."
        ),
        _(
            "**Divergences of a generator** are computed between cells: its noise is pushed forward through the "
            "network exactly, without a kernel."
        ),
    )

with st.expander(_("Sources"), icon=":material/menu_book:"):
    st.markdown(
        """
- Bishop: *Pattern Recognition and Machine Learning*, 2006, section 10.1.2 (forward and reverse KL).
- Minka: *Divergence measures and message passing*, 2005.
- Nowozin, Cseke, Tomioka: *f-GAN*, 2016. [arXiv:1606.00709](https://arxiv.org/abs/1606.00709)
- Li, Swersky, Zemel: *Generative Moment Matching Networks*, 2015. [arXiv:1502.02761](https://arxiv.org/abs/1502.02761)
- Peyré, Cuturi: *Computational Optimal Transport*, 2019. [arXiv:1803.00567](https://arxiv.org/abs/1803.00567)
"""
    )
