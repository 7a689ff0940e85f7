"""The exhibits of the page "In the plane"."""

from __future__ import annotations

import math

from ganlab.exhibits.base import EXHIBITS, LN2, Exhibit, Number
from ganlab.presets import N_

FOUR_ON_A_RING = "+".join(f"0.25*normal([{x},{y}],0.1)" for x, y in ((2, 0), (0, 2), (-2, 0), (0, -2)))
TWO_HILLS = "0.5*normal([-1.5,0],0.4)+0.5*normal([1.5,0],0.4)"
ONE_RIDGE = "normal([0,0],[1.5524,0.4])"  # of the same mean and the same covariance

EXHIBITS.add(
    Exhibit(
        "every_formula",
        "plane",
        N_("Two Gaussians, every formula"),
        N_(
            "P is round, Q lies 2 to the right and is twice as wide. Which of the two χ² is infinite, and "
            "why? Make Q narrower by its square handle until the other one is."
        ),
        N_(
            "Between Gaussians KL, Rényi, Hellinger², χ², W2 and MMD² have formulas, and the table shows "
            "them beside the quadrature; JS and TV have none. χ²(Q‖P) = ∞: along x the variance of Q is 4, "
            "more than twice that of P, so q²/p grows without end, although KL(Q‖P) = 2.807 is finite. W2² "
            "= 2² + (2 − 1)² = 5."
        ),
        {
            "p": "normal([0,0],1)",
            "q": "normal([2,0],[2,1])",
            "show": (
                "kl_pq",
                "kl_qp",
                "jeffreys",
                "js",
                "tv",
                "hellinger2",
                "chi2_pq",
                "chi2_qp",
                "renyi",
                "alpha",
                "w2",
                "sliced_w2",
                "energy2",
                "mmd2",
            ),
        },
        (
            Number("KL(P‖Q)", "kl_pq", 0.125 + LN2),
            Number("KL(Q‖P)", "kl_qp", 3.5 - LN2),
            Number("χ²(Q‖P)", "chi2_qp", math.inf, units="none"),
            Number("W2", "w2", math.sqrt(5.0), units="x"),
        ),
    )
)
EXHIBITS.add(
    Exhibit(
        "parallel_lines",
        "plane",
        N_("Two parallel lines"),
        N_(
            "Two upright streaks, half a unit apart and 0.02 thick: nearly the two parallel lines of the "
            "Wasserstein GAN paper. Drag Q towards P. Which numbers tell you that you are getting closer?"
        ),
        N_(
            "For true lines JS = ln 2, TV = 1 and KL = ∞ at every distance but 0, where all are 0; W2 is "
            "the distance. These streaks have a thickness σ = 0.02, so KL is finite, Δ²/2σ² = 312.5, and it "
            "grows without bound as σ → 0; JS and TV fall short of ln 2 and 1 by less than 10⁻³³. A "
            "generator that follows JS gets no slope here; W2 = 0.5 has slope 1 everywhere."
        ),
        {
            "p": "normal([0,0],[0.02,1])",
            "q": "normal([0.5,0],[0.02,1])",
            "show": ("js", "tv", "kl_pq", "kl_qp", "w2", "sliced_w2"),
        },
        (
            Number("JS", "js", LN2),
            Number("TV", "tv", 1.0, units="none"),
            Number("KL(P‖Q)", "kl_pq", 312.5, 5e-3),
            Number("W2", "w2", 0.5, units="x"),
        ),
    )
)
EXHIBITS.add(
    Exhibit(
        "dropped_on_a_ring",
        "plane",
        N_("Four modes of eight"),
        N_(
            "P is a ring of eight clusters, Q has only four of them: a collapsed generator. Which of "
            "KL(P‖Q) and KL(Q‖P) is huge? Drag one of Q's clusters onto a forgotten one and see what "
            "changes."
        ),
        N_(
            "KL(Q‖P) = ln 2 = 0.693: wherever Q is, P is half as dense, and that is all it sees. KL(P‖Q) is "
            "infinite for clusters with edges; these Gaussians reach everywhere, so it is 52.23: half of P "
            "pays the squared way to the next cluster of Q over 2σ², which goes to ∞ as σ → 0. JS = 0.2158 "
            "and TV = ½ see that half is missing, and no more."
        ),
        {
            "p": "ring(8,radius=2,std=0.1)",
            "q": FOUR_ON_A_RING,
            "show": ("kl_pq", "kl_qp", "js", "tv", "hellinger2", "sliced_w2"),
        },
        (
            Number("KL(Q‖P)", "kl_qp", LN2),
            Number("KL(P‖Q)", "kl_pq", 52.232, 5e-4),
            Number("JS", "js", 0.2158),
            Number("TV", "tv", 0.5, units="none"),
        ),
    )
)
EXHIBITS.add(
    Exhibit(
        "slices",
        "plane",
        N_("A shift, seen from every side"),
        N_(
            "Q is P, shifted by 2. Turn the direction: from where do the two look alike? Is the mean over "
            "all directions of W2, squared, equal to 4, to 2 or to 1?"
        ),
        N_(
            "Along θ the shift is 2|cos θ|: all of it from the front, nothing at 90°. The mean of its "
            "square over all directions is half of 4, so SW2 = √2 = 1.414 while W2 = 2. In d dimensions "
            "SW2² = t²/d: the more dimensions, the fewer directions see a shift."
        ),
        {
            "p": "normal([-1,0],1)",
            "q": "normal([1,0],1)",
            "theta": 30.0,
            "show": ("w2", "sliced_w2", "energy2", "kl_pq", "js"),
        },
        (Number("W2", "w2", 2.0, units="x"), Number("SW2", "sliced_w2", math.sqrt(2.0), units="x")),
    )
)
EXHIBITS.add(
    Exhibit(
        "two_samples",
        "plane",
        N_("Two samples of one distribution"),
        N_(
            "P and Q are the same, and their W2 is 0. The lines join 120 samples of each as cheaply as "
            "possible. What is the W2 of these samples? Draw again a few times."
        ),
        N_(
            "About 0.45, and never 0: what two samples differ by is noise, not distance. A W2 measured on "
            "samples is too large near 0, so a generator should be compared with what fresh data would "
            "score, not with 0."
        ),
        {
            "p": "normal([0,0],1)",
            "q": "normal([0,0],1)",
            "lines": True,
            "field": "p",
            "show": ("w2", "sliced_w2", "kl_pq", "mmd2"),
        },
        (Number("W2", "w2", 0.0, units="x"), Number("KL(P‖Q)", "kl_pq", 0.0)),
    )
)
EXHIBITS.add(
    Exhibit(
        "witness_narrow",
        "plane",
        N_("A kernel too narrow"),
        N_(
            "P has two hills, Q is one ridge with the same mean and the same covariance. The ground is the "
            "witness of a Gaussian kernel of bandwidth 0.05. MMD² is small: because P and Q are alike? "
            "Widen the bandwidth."
        ),
        N_(
            "No: with σ = 0.05 a point hardly knows its neighbours, the witness is σ² times 2π(p − q), and "
            "MMD² shrinks with σ² whatever P and Q are. From samples its noise would be larger than itself. "
            "The median heuristic finds the scale at which the two differ."
        ),
        {
            "p": TWO_HILLS,
            "q": ONE_RIDGE,
            "field": "witness",
            "bandwidth": 0.05,
            "show": ("mmd2", "energy2", "js", "tv"),
        },
        (Number("MMD²", "mmd2", 0.0023358, 5e-8, units="none"),),
    )
)
EXHIBITS.add(
    Exhibit(
        "witness_wide",
        "plane",
        N_("A kernel too wide"),
        N_(
            "The same two, and a bandwidth of 10. Is the kernel able to tell them apart now? Try the linear kernel too."
        ),
        N_(
            "Hardly: over such a distance the kernel is nearly a parabola, which sees means and covariances "
            "only, and these are equal. MMD² is 1.7·10⁻⁷, and the linear kernel, which sees means only, "
            "says 0. JS and TV, which need no scale, are what they were."
        ),
        {
            "p": TWO_HILLS,
            "q": ONE_RIDGE,
            "field": "witness",
            "bandwidth": 10.0,
            "show": ("mmd2", "energy2", "js", "tv"),
        },
        (Number("MMD²", "mmd2", 1.679e-7, 5e-11, units="none"),),
    )
)
