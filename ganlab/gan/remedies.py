"""Remedies: named changes of a spec, said to help against collapse, cycling or vanishing gradients.

A remedy is one row here: which fields it changes, what it does, and where it comes from. What the fields do is in the
step (`ganlab.gan.losses`, `ganlab.gan.step`); which of them combine is in `ganlab.gan.combinations`. Picker, command
line, documentation and tests read this table. Penalties are remedies without being told twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ganlab.gan.penalties import PENALTIES
from ganlab.registry import Registry
from ganlab.specs import SpecError

if TYPE_CHECKING:
    from ganlab.gan.spec import GanSpec

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Remedy:
    """One row. `about` says in a sentence what it does; `values(spec)` are the fields that it changes."""

    name: str
    label: str
    about: str
    formula: str
    source: str
    values: Callable[[GanSpec], Values]

    def applied(self, spec: GanSpec) -> GanSpec:
        """The spec with the remedy; raises SpecError where the combination makes no sense."""
        return spec.changed(**self.values(spec))

    def is_in(self, spec: GanSpec) -> bool:
        """Whether a spec has it, with these very numbers."""
        return all(getattr(spec, name) == value for name, value in self.values(spec).items())

    def refusal(self, spec: GanSpec) -> str | None:
        """Why it cannot be applied to a spec; None where it can."""
        try:
            self.applied(spec)
        except SpecError as error:
            return error.problems[0][2]
        return None


REMEDIES: Registry[Remedy] = Registry("remedy")


def _add(name: str, label: str, about: str, formula: str, source: str, **values: Any) -> None:
    REMEDIES.add(Remedy(name, label, about, formula, source, lambda spec: values))


# -- what D sees -----------------------------------------------------------------------------------------------------

_add(
    "pack2",
    "PacGAN, packs of 2",
    "D judges two samples at once, so it sees when they are too alike.",
    r"D(x_1, x_2)",
    "Lin et al. 2018, section 2",
    pack=2,
)
_add(
    "pack4",
    "PacGAN, packs of 4",
    "D judges four samples at once, so it sees when they are too alike.",
    r"D(x_1, x_2, x_3, x_4)",
    "Lin et al. 2018, section 2",
    pack=4,
)
_add(
    "minibatch",
    "Minibatch discrimination",
    "D is told how close each sample lies to the rest of its batch.",
    r"o(x_i)_k = \textstyle\sum_{j \ne i} e^{-\|M_{ik} - M_{jk}\|_1},\ M = f(x)\,T",
    "Salimans et al. 2016, section 3.2",
    minibatch_kernels=8,
)
_add(
    "replay",
    "Experience replay",
    "Half of the generated samples that D learns from are old ones, so it does not forget where G has been.",
    r"\tfrac12\,G_{\text{now}} + \tfrac12\,G_{\text{past}}",
    "Shrivastava et al. 2017, section 2.3",
    replay=0.5,
)
_add(
    "instance_noise",
    "Instance noise",
    "Noise on everything D sees, fading over 5,000 updates: real and generated samples overlap from the start.",
    r"D(x + \sigma_t\,\epsilon),\ \sigma_t = \sigma_0 \max(0, 1 - t/T)",
    "Sønderby et al. 2017; Arjovsky and Bottou 2017",
    instance_noise=0.5,
    instance_noise_until=5000.0,
)
_add(
    "label_smoothing",
    "One-sided label smoothing",
    "D's target on real samples is 0.9 instead of 1, so it is never quite sure.",
    r"-0.9\log D(x) - 0.1\log(1 - D(x))",
    "Salimans et al. 2016, section 3.4",
    label_smoothing=0.1,
)
_add(
    "veegan",
    "VEEGAN",
    "A second network maps samples back to noise and D sees both, so that noise which is lost is noticed.",
    r"L_G + \lambda\,\mathbb{E}\|z - F(G(z))\|^2",
    "Srivastava et al. 2017, equation 4",
    inference="veegan",
)

# -- what holds D ----------------------------------------------------------------------------------------------------

_add(
    "spectral_norm",
    "Spectral normalisation",
    "Each layer of D stretches no direction by more than 1, so D's slope stays bounded.",
    r"W \leftarrow W / \sigma_{\max}(W)",
    "Miyato et al. 2018, algorithm 1",
    constraint="spectral_norm",
)
_add(
    "weight_clipping",
    "Weight clipping",
    "Every weight of D is cut to ±0.1 after each update: a crude bound on its slope.",
    r"\psi \leftarrow \max(-c, \min(c, \psi))",
    "Arjovsky et al. 2017, algorithm 1",
    constraint="clip",
    clip=0.1,
)
_add(
    "weight_decay",
    "Weight decay",
    "D's weights shrink a little in every update.",
    r"\psi \leftarrow (1 - \eta w)\,\psi",
    "Loshchilov and Hutter 2019, algorithm 2",
    weight_decay=0.1,
)
for _penalty in PENALTIES.values():
    if _penalty.term is not None:
        _add(
            _penalty.name,
            _penalty.label,
            "A term in D's loss that keeps its slope in check.",
            _penalty.formula,
            _penalty.source,
            penalty=_penalty.name,
            penalty_weight=_penalty.weight,
        )

# -- what G learns from ----------------------------------------------------------------------------------------------

_add(
    "unrolled",
    "Unrolled GAN, 5 steps",
    "G looks ahead: it minimises its loss at the D of five updates later, and learns through those updates.",
    r"L_G(\theta, \psi_5(\theta))",
    "Metz et al. 2017, section 2.3",
    unroll=5,
)
_add(
    "feature_matching",
    "Feature matching",
    "G matches the mean of D's last hidden layer instead of fooling D.",
    r"\|\mathbb{E} f(x) - \mathbb{E} f(G(z))\|^2",
    "Salimans et al. 2016, section 3.1",
    feature_matching=1.0,
)
_add(
    "kl_regularised",
    "KL term in G's loss",
    "G also minimises KL(Q‖P) between kernel densities of its batch and the real one.",
    r"L_G + \lambda\,\mathbb{E}_z\log\frac{\hat q(G(z))}{\hat p(G(z))}",
    "kernel densities: Parzen 1962",
    objective="kl_regularised",
)
_add(
    "mixture_noise",
    "Mixture noise",
    "The noise falls into eight pieces, so G need not tear one cloud apart.",
    r"z = c_k + 0.1\,\epsilon",
    "Xiao et al. 2018 (BourGAN), their idea",
    noise="mixture",
)

# -- how they move ---------------------------------------------------------------------------------------------------

REMEDIES.add(
    Remedy(
        "two_rates",
        "Two learning rates",
        "G learns a quarter as fast as D, so D keeps up with it.",
        r"\eta_G = \tfrac14\eta_D",
        "Heusel et al. 2017, section 2",
        lambda spec: {"lr_g": spec.lr_d / 4},
    )
)
_add(
    "ema",
    "Running average of G",
    "Samples come from an average of G's weights over about 1,000 updates, which D never sees.",
    r"\bar\theta \leftarrow 0.999\,\bar\theta + 0.001\,\theta",
    "Yazıcı et al. 2019, section 3",
    ema=0.999,
)
_add(
    "optimistic",
    "Optimistic Adam",
    "Each step reckons with the next gradient being like the last, which damps circling.",
    r"\theta \leftarrow \theta - 2\eta\,u_t + \eta\,u_{t-1}",
    "Daskalakis et al. 2018, algorithm 1",
    optimiser_d="optimistic_adam",
    optimiser_g="optimistic_adam",
)
_add(
    "extragradient",
    "Extra-gradient",
    "Both players look one step ahead and move by the gradients there.",
    r"\omega' = \omega_t - \eta\,v(\omega_t),\ \omega_{t+1} = \omega_t - \eta\,v(\omega')",
    "Korpelevich 1976; Gidel et al. 2019, algorithm 3",
    updates="extragradient",
)
_add(
    "consensus",
    "Consensus optimisation",
    "Both players also minimise the size of everybody's gradient, which pulls them to where nobody moves.",
    r"+\,\tfrac{\gamma}{2}\|v\|^2",
    "Mescheder et al. 2017, section 4",
    consensus=1.0,
)
