"""The exhibits of the page "Two densities"."""

from __future__ import annotations

import math

from ganlab.exhibits.base import EXHIBITS, LN2, Exhibit, Number
from ganlab.presets import N_

EIGHT = "+".join(f"0.125*uniform({k},{k}.5)" for k in range(8))
FOUR = "+".join(f"0.25*uniform({k},{k}.5)" for k in range(0, 8, 2))

EXHIBITS.add(
    Exhibit(
        "one_shift",
        "densities",
        N_("One shift, all divergences"),
        N_(
            "Two unit normals, two standard deviations apart. KL, total variation, JS and the Wasserstein distance "
            "all measure the same shift: which will be largest, and which can never pass 1? Drag Q away and watch "
            "which ones keep growing."
        ),
        N_(
            "KL is Δ²/2 = 2 and keeps growing with the square of the shift; W1 and W2 are the shift itself, 2. "
            "Total variation (0.683) and Hellinger² (0.393) can never pass 1 and JS (0.337) never ln 2: far apart "
            "they hardly change any more, and neither does their slope."
        ),
        {
            "p": "normal(0,1)",
            "q": "normal(2,1)",
            "show": ("kl_pq", "kl_qp", "js", "tv", "hellinger2", "w1", "w2"),
            "integrand": "kl_pq",
        },
        (
            Number("KL(P‖Q)", "kl_pq", 2.0),
            Number("TV", "tv", 0.6827, units="none"),
            Number("H²", "hellinger2", 0.3935, units="none"),
            Number("JS", "js", 0.3368),
            Number("W1", "w1", 2.0, units="x"),
            Number("W2", "w2", 2.0, units="x"),
        ),
    )
)
EXHIBITS.add(
    Exhibit(
        "asymmetry",
        "densities",
        N_("KL is not symmetric"),
        N_(
            "P is N(0, 1), and Q is twice as wide, N(0, 2²). Which is larger, KL(P‖Q) or KL(Q‖P)? Swap them and "
            "look at where the area comes from."
        ),
        N_(
            "KL(P‖Q) = ln 2 − 3/8 = 0.318 but KL(Q‖P) = 3/2 − ln 2 = 0.807. KL(Q‖P) averages over samples of the "
            "wide Q, and many of them fall where the narrow P has next to nothing: log(q/p) is large there. The "
            "average over P never goes there."
        ),
        {
            "p": "normal(0,1)",
            "q": "normal(0,2)",
            "show": ("kl_pq", "kl_qp", "jeffreys", "js", "tv"),
            "integrand": "kl_qp",
        },
        (Number("KL(P‖Q)", "kl_pq", 0.3181), Number("KL(Q‖P)", "kl_qp", 0.8069)),
    )
)
EXHIBITS.add(
    Exhibit(
        "saturates",
        "densities",
        N_("JS saturates, W does not"),
        N_(
            "P is uniform on [0, 1], Q the same shifted by θ = ½. Drag Q to the right. What happens to JS once the "
            "two no longer overlap, and what to W1?"
        ),
        N_(
            "JS is min(θ, 1)·ln 2 and stops at ln 2 = 0.693 nats when the overlap is gone; from there on its slope "
            "is 0, and a generator that follows it does not know which way to go. W1 is θ, however far. KL is "
            "infinite as soon as θ > 0, because Q has no mass where P has some."
        ),
        {
            "p": "uniform(0,1)",
            "q": "uniform(0.5,1.5)",
            "show": ("js", "tv", "w1", "w2", "kl_pq", "kl_qp"),
            "integrand": "js",
        },
        (
            Number("JS", "js", 0.5 * LN2),
            Number("TV", "tv", 0.5, units="none"),
            Number("W1", "w1", 0.5, units="x"),
            Number("KL(P‖Q)", "kl_pq", math.inf),
        ),
    )
)
EXHIBITS.add(
    Exhibit(
        "mode_dropping",
        "densities",
        N_("Dropped modes"),
        N_(
            "P has eight modes, Q only four of them, as a collapsed generator would. One of KL(P‖Q) and KL(Q‖P) is "
            "infinite, the other is not. Which one does not mind the missing modes?"
        ),
        N_(
            "KL(Q‖P) = ln 2 = 0.693: every sample of Q is where P has half as much density, and that is all it sees. "
            "KL(P‖Q) = ∞, because half of P's mass is where Q has none. JS = 0.216 and TV = ½ see the loss and stay "
            "finite. A loss like KL(Q‖P) therefore permits mode collapse; one like KL(P‖Q) forbids it."
        ),
        {"p": EIGHT, "q": FOUR, "show": ("kl_pq", "kl_qp", "js", "tv", "w1"), "integrand": "js"},
        (
            Number("KL(P‖Q)", "kl_pq", math.inf),
            Number("KL(Q‖P)", "kl_qp", LN2),
            Number("JS", "js", 0.2158),
            Number("TV", "tv", 0.5, units="none"),
        ),
    )
)
EXHIBITS.add(
    Exhibit(
        "gan_value",
        "densities",
        N_("What a GAN can reach"),
        N_(
            "For fixed P and Q the best discriminator says D*(x) = p/(p+q). What is the value of the game with it "
            "when P = Q, and when the two never meet? Drag Q onto P, then far away."
        ),
        N_(
            "V(D*) = 2·JS − ln 4. Here JS = 0.3368, so V = −0.713. With P = Q it is −ln 4 = −1.386 (D says ½ "
            "everywhere), and when they never meet 0 (D is always right). So a GAN with a perfect discriminator "
            "minimises JS, and inherits that JS goes flat."
        ),
        {
            "p": "normal(-1,1)",
            "q": "normal(1,1)",
            "show": ("js", "tv", "kl_pq", "w1"),
            "integrand": "js",
            "dstar": True,
        },
        (Number("JS", "js", 0.33683082, 5e-9), Number("V(D*) = 2·JS − ln 4", "optimal_value", -0.7126)),
    )
)
EXHIBITS.add(
    Exhibit(
        "bounds",
        "densities",
        N_("Bounds: Pinsker and others"),
        N_(
            "If KL(P‖Q) = 2, how large can the total variation be? There are two classical bounds; guess which is "
            "tighter here, and drag until the other one is."
        ),
        N_(
            "TV = 0.683. Pinsker says TV ≤ √(KL/2) = 1, which is no news; Bretagnolle and Huber say TV ≤ √(1 − "
            "e^−KL) = 0.930. For small KL it is the other way round: Pinsker is tight there, and beyond KL = 2 it "
            "says nothing at all."
        ),
        {
            "p": "normal(0,1)",
            "q": "normal(2,1)",
            "show": ("tv", "kl_pq", "js", "hellinger2", "chi2_pq"),
            "integrand": "tv",
        },
        (Number("TV", "tv", 0.6827, units="none"), Number("KL(P‖Q)", "kl_pq", 2.0)),
    )
)
EXHIBITS.add(
    Exhibit(
        "js_is_one",
        "densities",
        N_("“JS is at most 1”"),
        N_(
            "A text says: “JS lies between 0 and 1, and is 1 when the distributions do not overlap.” These two do "
            "not overlap. What does the table say, and what after switching to nats?"
        ),
        N_(
            "1 bit, which is ln 2 = 0.693 nats. Without its unit “at most 1” is half a statement: with natural "
            "logarithms, which all GAN papers and most libraries use, JS never exceeds 0.693. Some libraries also "
            "return the root of JS and call it a distance."
        ),
        {
            "p": "uniform(0,1)",
            "q": "uniform(2,3)",
            "show": ("js", "tv", "hellinger2", "w1"),
            "integrand": "js",
            "units": "bits",
        },
        (Number("JS", "js", 1.0, units="bits"), Number("JS", "js", 0.6931)),
    )
)
EXHIBITS.add(
    Exhibit(
        "relative_entropy",
        "densities",
        N_("KL or relative entropy?"),
        N_(
            "Some texts list “KL divergence” and “relative entropy” as two measures. Here are two unit normals 1 "
            "apart. Which of the numbers in the table is which?"
        ),
        N_(
            "They are the same number: relative entropy of P with respect to Q is another name for KL(P‖Q), here "
            "0.5 nats or 0.721 bits. What does make a difference is the direction and the unit. And it compares "
            "probabilities: the formula fed with raw samples, as if they were probabilities, returns a number that "
            "means nothing."
        ),
        {
            "p": "normal(0,1)",
            "q": "normal(1,1)",
            "show": ("kl_pq", "kl_qp", "jeffreys"),
            "integrand": "kl_pq",
        },
        (
            Number("KL(P‖Q)", "kl_pq", 0.5),
            Number("KL(P‖Q)", "kl_pq", 0.7213, units="bits"),
        ),
    )
)
EXHIBITS.add(
    Exhibit(
        "light_tail",
        "densities",
        N_("Infinite because of a tail"),
        N_(
            "P is a Cauchy distribution, Q a normal one; both are positive everywhere. Which of the two KL is "
            "infinite? Look at the tails on the log scale before you answer."
        ),
        N_(
            "KL(P‖Q) = ∞ although Q is nowhere 0: log(p/q) grows like x², and P's tail, 1/x², is too heavy for "
            "that. KL(Q‖P) = 0.259, because Q hardly ever visits the tail. Zeros are not needed for an infinite "
            "KL; a lighter tail is enough."
        ),
        {
            "p": "cauchy(0,1)",
            "q": "normal(0,1)",
            "show": ("kl_pq", "kl_qp", "js", "tv", "chi2_pq", "chi2_qp", "w1"),
            "integrand": "kl_qp",
            "scale": "log",
        },
        (Number("KL(P‖Q)", "kl_pq", math.inf), Number("KL(Q‖P)", "kl_qp", 0.2592)),
    )
)
