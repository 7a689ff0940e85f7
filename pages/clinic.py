"""The clinic: a GAN that loses modes, remedies beside it, ten seeds of each, and an honest answer."""

from __future__ import annotations

import streamlit as st

from ganlab.ui.address import problems
from ganlab.ui.clinic.controls import address, diseases, sidebar, stage, treatments
from ganlab.ui.i18n import _
from ganlab.ui.prose import points, text

st.title(_("Clinic"))
st.markdown(
    _(
        "Mode collapse is a disease of GANs, and there are many remedies. Choose a disease, tick remedies, and every "
        "one of them is trained with the same ten seeds. Then each has to answer one question: does it help?"
    )
)

here = address().current()
sidebar(here)
problems(here)
diseases(here)
treatments(here)
stage(here)

with st.expander(_("What you see"), icon=":material/visibility:"):
    text(
        _(
            "**One row for each treatment**, the untreated GAN on top. The small picture shows samples of the first "
            "seed, orange, over the modes of the data, blue rings of 3σ."
        ),
        _(
            "**The bars** reach to the mean over the seeds. On them stand the mean ± its standard error, and one dot "
            "for each seed; dots of the same seed have the same height in every bar. A hollow dot is a seed that was "
            "lost. The dashed line is what a perfect sampler scores with as many samples: 98.9 % high quality in the "
            "plane, not 100, and a reverse KL a little above 0."
        ),
        _(
            "**What papers report** is shaded, for the same data and the same method only. Papers disagree: the plain "
            "GAN covers 1 of 8 modes in one and 6.3 in another. What was different there is said under the row, and "
            "it matters."
        ),
    )

with st.expander(_("Does it help? How the answer comes about"), icon=":material/balance:"):
    points(
        _(
            "**Seed by seed.** Each treatment has the same first weights, data and noise as the untreated GAN with "
            "that seed, wherever the networks are the same. The difference is taken for each seed, and then its mean."
        ),
        _(
            "**The interval** is made for few, tied, bounded counts. Ten seeds that all find eight modes do not prove "
            "that the eleventh does. So each end of the interval counts a third of a seed that nobody saw: at the "
            "lower end one as bad as the worst seed of both, at the upper end one as good as the best. In simulations "
            "with ten seeds it holds the true mean in 95 to 99 % of cases, where the usual t interval sinks to 72 %."
        ),
        _(
            "**The verdict.** It helps, or hurts, when the interval keeps away from 0; else there is no clear "
            "difference, which is not the same as none. Cured means that it helps and covers at least 15/16 of the "
            "modes on average: 7.5 of 8."
        ),
        _(
            "**A seed that diverged** counts as the worst there is: no modes, no high quality, and the reverse KL of "
            "a generator that knows only the rarest mode."
        ),
        _(
            "**Many answers at once.** Of twenty treatments that do nothing, one will look as if it did something. Try "
            "what looks good with other seeds."
        ),
        _(
            "**It is about this GAN.** A remedy that fails here may be the right one elsewhere, and the other way "
            "round: that is why there are several diseases."
        ),
    )

with st.expander(_("How the numbers are measured"), icon=":material/straighten:"):
    points(
        _(
            "**Modes**: of 2,500 fresh samples, one is of high quality within 3σ of its nearest mode; a mode is "
            "covered when at least one such sample is its own (the protocol of PacGAN)."
        ),
        _("**High quality**: the share of such samples."),
        _(
            "**Reverse KL**: the KL divergence of the generated shares per mode from the true weights, in nats. It is "
            "0.69 when half of eight modes are missing, and 2.08 when seven are."
        ),
    )

with st.expander(_("Sources"), icon=":material/menu_book:"):
    st.markdown(
        """
- Lin, Khetan, Fanti, Oh: *PacGAN: The power of two samples in generative adversarial networks*, 2018. \
[arXiv:1712.04086](https://arxiv.org/abs/1712.04086)
- Srivastava, Valkov, Russell, Gutmann, Sutton: *VEEGAN: Reducing mode collapse in GANs using implicit variational \
learning*, 2017. [arXiv:1705.07761](https://arxiv.org/abs/1705.07761)
- Metz, Poole, Pfau, Sohl-Dickstein: *Unrolled Generative Adversarial Networks*, 2016. \
[arXiv:1611.02163](https://arxiv.org/abs/1611.02163)
- Lucic, Kurach, Michalski, Gelly, Bousquet: *Are GANs Created Equal? A Large-Scale Study*, 2018. \
[arXiv:1711.10337](https://arxiv.org/abs/1711.10337)
- Learned-Miller, Thomas: *A New Confidence Interval for the Mean of a Bounded Random Variable*, 2019. \
[arXiv:1905.06208](https://arxiv.org/abs/1905.06208)
"""
    )
