"""Explanations that several pages share. Texts that need no page of their own, and nothing that computes."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ganlab.evaluation.diagnosis import CODES
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.remedies import REMEDIES
from ganlab.gan.spec import GanSpec
from ganlab.ui.i18n import _
from ganlab.ui.live.component import texts


def text(*paragraphs: str) -> None:
    """Paragraphs of running text."""
    st.markdown("\n\n".join(paragraphs))


def points(*items: str) -> None:
    """A list."""
    st.markdown("\n".join(f"- {item}" for item in items))


def losses(spec: GanSpec) -> None:
    """The formulas of the objective, the penalty and the remedies in use, and where they come from."""
    row, penalty = OBJECTIVES[spec.objective], PENALTIES[spec.penalty]
    st.markdown(f"**{_(row.label)}**")
    if row.formula_d:
        st.latex(rf"L_D = {row.formula_d}")
    st.latex(rf"L_G = {row.formula_g}")
    if row.optimal_d:
        st.markdown(_("The best D for a fixed G:"))
        st.latex(row.optimal_d)
    else:
        st.markdown(
            _(
                "There is no discriminator: G lowers this number itself. What is drawn in place of D is large where "
                "real samples are missing."
            )
        )
    if penalty.term is not None:
        st.markdown(_("Added to D's loss: **{penalty}**").format(penalty=_(penalty.label)))
        st.latex(penalty.formula)
    used = [remedy for remedy in REMEDIES.values() if remedy.name not in PENALTIES and remedy.is_in(spec)]
    for remedy in used:
        st.markdown(f"**{_(remedy.label)}.** {_(remedy.about)}")
        st.latex(remedy.formula)
    if row.best == "gan":
        st.markdown(
            _(
                r"Two numbers to check a loss by: a D that says ½ everywhere pays $L_D = 2\ln 2 = 1.386$ nats, and "
                r"a D that gives a real sample only 0.1 pays $-\ln 0.1 = 2.303$ for it. A loss that falls when D errs "
                "has a sign wrong."
            )
        )
    optimisers = (OPTIMISERS[name].source for name in (spec.optimiser_d, spec.optimiser_g))
    named = [row.source, penalty.source, *(remedy.source for remedy in used), *optimisers]
    st.caption(_("From: {sources}").format(sources="; ".join(dict.fromkeys(name for name in named if name))))


def measured_by_modes() -> None:
    """How coverage and distance are measured in the plane."""
    text(
        _("**2,500 fresh samples** are drawn for every reading, and none of them is used for training."),
    )
    points(
        _(
            "**Modes found**: a sample is of high quality when it lies within 3σ of its nearest mode; a mode "
            "is found when at least one such sample is its own (the protocol of PacGAN)."
        ),
        _(
            r"**High quality**: the share of such samples. A perfect sampler scores $1 - e^{-4.5} = 98.9\,\%$ "
            "in the plane, not 100: a reading above it means samples too close to the centres."
        ),
        _(
            "**Reverse KL**: the KL divergence of the generated shares per mode from the true weights, in "
            "nats. A perfect sampler averages $(K-1)/2N$, 0.0014 for eight modes: 0 is not to be expected "
            'from a finite sample. It compares probabilities; a "relative entropy" of two lists of samples '
            "would mean nothing."
        ),
        _(
            "**Precision and recall** stand in for these where data has no modes: the share of generated "
            "samples among the real ones, and of real samples among the generated ones, by nearest "
            "neighbours."
        ),
        _(
            "**Sliced W2**: how far, in units of the data, samples must move to become the data, seen along "
            "32 directions. Beside it stands its **noise floor**: what two samples of the truth itself are "
            "apart."
        ),
    )
    text(
        _("One seed proves little: take another with the dice, and count."),
    )


def measured_on_the_line() -> None:
    """How coverage and distance are measured in one dimension."""
    text(
        _("**2,500 fresh samples** are drawn for every reading, and none of them is used for training."),
    )
    points(
        _(
            "**JS**, the Jensen-Shannon divergence of p and q, from the two densities, not from a histogram. "
            r'It is 0 when they are equal and $\ln 2 = 0.693$ nats when they never meet. "JS is at most 1" is '
            r"true in bits: 1 bit is $\ln 2$ nats."
        ),
        _(
            "**W1**, the Wasserstein distance: how far a sample has to be carried on average, in units of the "
            "data. It keeps growing with distance where JS has long been flat. Its **noise floor** is what "
            "2,500 samples of the truth itself would read."
        ),
        _(
            "**Modes found**: a mode is found when at least one sample lies within 3σ of it. A perfect "
            "sampler has 99.7 % of its samples that near, not 100."
        ),
        _(
            "**Reverse KL**: the KL divergence of the generated shares per mode from the true weights, in "
            "nats."
        ),
    )
    text(
        _("One seed proves little: take another with the dice, and count."),
    )


def verdicts() -> None:
    """Every state that the diagnosis knows, with its sentence and its suggestion."""
    words = texts()
    st.markdown(
        _(
            "The verdict looks at the last third of the run, never at a single frame. "
            "It is a rule of thumb, not a proof."
        )
    )
    points(
        *(
            _("**{state}**: {why} *{advice}*").format(
                state=words[f"diagnosis_{code}"],
                why=words[f"diagnosis_{code}_why"],
                advice=words[f"diagnosis_{code}_try"],
            )
            for code in CODES
        )
    )


def sources() -> None:
    """The papers behind what is shown."""
    st.markdown(
        """
- Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville, Bengio: *Generative Adversarial Nets*, 2014. \
[arXiv:1406.2661](https://arxiv.org/abs/1406.2661)
- Lin, Khetan, Fanti, Oh: *PacGAN: The power of two samples in generative adversarial networks*, 2018. \
[arXiv:1712.04086](https://arxiv.org/abs/1712.04086)
- Kynkäänniemi, Karras, Laine, Lehtinen, Aila: *Improved Precision and Recall Metric for Assessing Generative Models*, \
2019. [arXiv:1904.06991](https://arxiv.org/abs/1904.06991)
- Arjovsky, Chintala, Bottou: *Wasserstein GAN*, 2017. [arXiv:1701.07875](https://arxiv.org/abs/1701.07875)
- Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville: *Improved Training of Wasserstein GANs*, 2017. \
[arXiv:1704.00028](https://arxiv.org/abs/1704.00028)
- Mescheder, Geiger, Nowozin: *Which Training Methods for GANs do actually Converge?*, 2018. \
[arXiv:1801.04406](https://arxiv.org/abs/1801.04406)
"""
    )


def reading(spec: GanSpec, measured: Callable[[], None]) -> None:
    """What stands under every GAN, folded: its losses, how its numbers are measured, the verdicts, the sources."""
    with st.expander(_("The losses of this run"), icon=":material/functions:"):
        losses(spec)
    with st.expander(_("How the numbers are measured"), icon=":material/straighten:"):
        measured()
    with st.expander(_("What the verdicts mean"), icon=":material/stethoscope:"):
        verdicts()
    with st.expander(_("Sources"), icon=":material/menu_book:"):
        sources()
