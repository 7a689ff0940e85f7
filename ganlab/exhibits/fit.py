"""The exhibits of the page "Fit Q to P"."""

from __future__ import annotations

from ganlab.exhibits.base import EXHIBITS, LN2, Exhibit, Number
from ganlab.presets import N_

TWO_MODES = "0.5*normal(-3,0.5)+0.5*normal(3,0.5)"

EXHIBITS.add(
    Exhibit(
        "fit_modes",
        "fit",
        N_("Cover both modes, or seek one"),
        N_(
            "One Gaussian is fitted to two narrow modes at ±3, by forward KL (solid) and by reverse KL (dashed), from "
            "eight starts each. Where will the two end, and will all starts agree?"
        ),
        N_(
            "Forward KL takes the mean and the variance of P from every start: μ = 0, σ = √9.25 = 3.041, with most of "
            "its mass where P has none; KL(P‖Q) = 1.112. Reverse KL ends in one of the modes, μ = ±3, σ = 0.5, with "
            "KL(Q‖P) = ln 2 = 0.693: which one, its start decides. A wide start exactly between them would stay there."
        ),
        {"p": TWO_MODES, "objective": "kl_pq", "beside": "kl_qp"},
        (Number("KL(P‖Q)", "kl_pq", 1.1123), Number("KL(Q‖P)", "kl_qp", 0.6931)),
    )
)
EXHIBITS.add(
    Exhibit(
        "fit_rich",
        "fit",
        N_("A model that is rich enough"),
        N_(
            "The same two modes, but Q may now be a mixture of two Gaussians. Do forward and reverse KL still disagree?"
        ),
        N_(
            "No: both reach 0 from every start, with a Gaussian of weight ½ on each mode. Every divergence is 0 where "
            "Q = P and nowhere else. Which one is taken decides what a model gives up when it cannot have everything."
        ),
        {"p": TWO_MODES, "components": 2, "objective": "kl_pq", "beside": "kl_qp"},
        (Number("KL(P‖Q)", "kl_pq", 0.0), Number("KL(Q‖P)", "kl_qp", 0.0)),
    )
)
EXHIBITS.add(
    Exhibit(
        "fit_vanishing",
        "fit",
        N_("A gradient that vanishes"),
        N_(
            "Q starts 12 standard deviations away from P. It follows the gradient of JS (solid), and beside it that of "
            "W2 (dashed), by plain gradient descent. Which of them moves?"
        ),
        N_(
            "JS is ln 2 = 0.693 there and flat: its gradient is 6·10⁻⁸, and Q stays where it is. W2 says how far there "
            "is to go, its gradient is 24, and Q arrives. That is what Wasserstein GANs are about."
        ),
        {
            "p": "normal(0,0.5)",
            "objective": "js",
            "beside": "w2",
            "optimiser": "sgd",
            "lr": 0.05,
            "begin": (6.0, 0.5),
            "starts": 0,
        },
        (Number("JS", "js", LN2), Number("W2", "w2", 0.0, units="x")),
    )
)
EXHIBITS.add(
    Exhibit(
        "fit_js_loss",
        "fit",
        N_("JS as a loss"),
        N_(
            "A small generator is trained directly on JS, computed from a kernel density of its samples, without a "
            "discriminator. Beside it the same network, with the same first weights and noise, is trained against "
            "one. Which is nearer to P after 1,000 steps?"
        ),
        N_(
            "Trained directly, JS from P is 0.02 to 0.03 then; the four adversarial twins are at 0.08 to 0.27 and "
            "still on their way. What a GAN does with its discriminator can be done without one where a density can "
            "be estimated: in one dimension, not for images."
        ),
        {
            "p": TWO_MODES,
            "model": "generator",
            "objective": "js",
            "adversarial": True,
            "lr": 0.01,
            "starts": 4,
            "steps": 1000,
        },
        (Number("JS", "js", 0.025, 0.01),),
    )
)
