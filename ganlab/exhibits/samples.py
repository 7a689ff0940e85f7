"""The exhibits of the page "From samples".

What texts say of means over redraws was measured over 200 redraws of the state that the exhibit opens.
"""

from __future__ import annotations

from ganlab.exhibits.base import EXHIBITS, Exhibit, Number
from ganlab.presets import N_

EXHIBITS.add(
    Exhibit(
        "closing_in",
        "samples",
        N_("Six estimators, one KL"),
        N_(
            "P and Q are two unit normals, one standard deviation apart. Six estimators of KL(P‖Q) get n points "
            "of each and nothing else. Which come near with 50 points, which with 1,000? And which two will "
            "hardly ever say too much?"
        ),
        N_(
            "The exact value is ½. With few points the histograms are infinite most of the time: a cell without "
            "any of Q's points is enough. The neighbours come from below, 0.36 on average with 50 points of each "
            "and 0.47 with 1,000. Classifier and variational bound are lower bounds: their intervals are for what "
            "their trained function reaches (dashed), never more than ½, and it takes samples to train it."
        ),
        {
            "p": "normal(0,1)",
            "q": "normal(1,1)",
            "n": 1000,
            "estimators": (
                "kl_pq_histogram",
                "kl_pq_histogram_corrected",
                "kl_pq_density",
                "kl_pq_neighbours",
                "kl_pq_classifier",
                "kl_pq_bound",
            ),
        },
        (Number("KL(P‖Q)", "kl_pq", 0.5),),
    )
)
EXHIBITS.add(
    Exhibit(
        "biased_mmd",
        "samples",
        N_("Biased and unbiased"),
        N_(
            "P and Q are the same: MMD² is 0. The biased estimate averages the kernel over all pairs, each point "
            "with itself included; the unbiased one leaves those out. Which of them is ever below 0, how often, "
            "and where is the mean of the other?"
        ),
        N_(
            "The biased one is never negative, and on average (2/n)(1 − 1/√3) = 0.00845 although there is nothing "
            "to find. The unbiased one is right on average, and so it is negative in more than half of the "
            "redraws. Neither is wrong: show the negative value, do not clip it, and ask the test below whether "
            "the difference is real."
        ),
        {
            "p": "normal(0,1)",
            "q": "normal(0,1)",
            "n": 100,
            "estimators": ("mmd2_biased", "mmd2_unbiased", "mmd2_blocks"),
            "bandwidth": 1.0,
        },
        (
            Number("MMD²", "mmd2", 0.0, units="none"),
            Number("E MMD²", "mmd2_biased", 0.00845, 5e-6, units="none"),
        ),
    )
)
EXHIBITS.add(
    Exhibit(
        "histogram_bias",
        "samples",
        N_("A histogram sees a difference in noise"),
        N_(
            "P and Q are the same uniform distribution, so KL is 0. Histograms with 50 bins are made of 1,000 "
            "points of each. What does KL between the two histograms say on average? Halve the bins, double n: "
            "what changes?"
        ),
        N_(
            "About (K − 1)/2n = 0.0245 for the noise of P's sample and as much again for Q's: 0.049. Half the "
            "bins or twice the points halve it. Subtract it, and what is left is right on average and below 0 "
            "about half of the time. Against a Q that is known exactly only the first 0.0245 would be there."
        ),
        {
            "p": "uniform(0,1)",
            "q": "uniform(0,1)",
            "n": 1000,
            "bins": 50,
            "estimators": ("kl_pq_histogram", "kl_pq_histogram_corrected", "kl_pq_neighbours"),
        },
        (Number("KL(P‖Q)", "kl_pq", 0.0), Number("E KL", "kl_pq_histogram", 0.049, 5e-6)),
    )
)
EXHIBITS.add(
    Exhibit(
        "bandwidth",
        "samples",
        N_("Too narrow, too wide"),
        N_(
            "MMD² of two unit normals 1 apart, with a Gaussian kernel of bandwidth σ. Here σ = 0.05. Where "
            "between 0.01 and 100 is MMD² largest, and is the median heuristic (dashed) near it? Click into the "
            "scan to try."
        ),
        N_(
            "MMD² = 2σ/√(σ²+2)·(1 − e^{−1/(2(σ²+2))}): 0.0156 at σ = 0.05, 0.1773 at σ = 1 and 0.0025 at σ = 20. "
            "A narrow kernel sees only points that coincide, a wide one takes everything for alike. The median "
            "heuristic lands near the top here; with fine detail far inside the data it would not."
        ),
        {
            "p": "normal(0,1)",
            "q": "normal(1,1)",
            "n": 500,
            "estimators": ("mmd2_unbiased", "mmd2_biased"),
            "bandwidth": 0.05,
        },
        (Number("MMD²", "mmd2", 0.0156, units="none"),),
    )
)
EXHIBITS.add(
    Exhibit(
        "not_significant",
        "samples",
        N_("Not significant is not the same"),
        N_(
            "Q is P moved by a quarter of a standard deviation. 100 points of each: does the test see it? Redraw "
            "a few times before you answer, then take n = 1,000."
        ),
        N_(
            "With 100 points p is below 0.05 in some draws and far above in others: MMD² is 0.012 here, no larger "
            "than its own noise. With 1,000 points p is at its floor of 1/501 in nearly every draw. A large p "
            "says that this sample does not show a difference, never that there is none."
        ),
        {
            "p": "normal(0,1)",
            "q": "normal(0.25,1)",
            "n": 100,
            "estimators": ("mmd2_unbiased", "energy2_sorted", "kl_pq_neighbours"),
            "seed": 0,
        },
        (Number("KL(P‖Q)", "kl_pq", 0.03125),),
    )
)
EXHIBITS.add(
    Exhibit(
        "slices_of_samples",
        "samples",
        N_("Slices see less"),
        N_(
            "In the plane Q is P moved by 2. W2 is estimated by the best assignment, by Sinkhorn with its own "
            "blur taken off, and by slices: the mean of W2² over all directions. What do the slices say of a move "
            "by 2?"
        ),
        N_(
            "W2 = 2, but SW2² = t²/d, so the slices say 2/√2 = 1.414: most directions see only a part of the "
            "move. It is another distance, not a bad estimate, and it needs fewer points and no n³ algorithm. "
            "Sinkhorn without taking off the blur would be above 0 even between a sample and itself."
        ),
        {
            "p": "normal([0,0],1)",
            "q": "normal([2,0],1)",
            "n": 300,
            "estimators": ("w2_assignment", "w2_sinkhorn", "sliced_w2_sorted"),
            "redraws": 100,
        },
        (Number("W2", "w2", 2.0, units="x"), Number("SW2", "sliced_w2", 1.4142, units="x")),
    )
)
