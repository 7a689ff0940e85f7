"""What the fields of a run are called on a page, and what they mean, in plain language and with units.

Texts are marked here and translated where they are shown, with `label` and `explain`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ganlab.gan.constraints import CONSTRAINTS
from ganlab.gan.networks import ACTIVATIONS
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.spec import GanSpec
from ganlab.registry import Registry
from ganlab.specs import FlatSpec, text
from ganlab.ui.i18n import N_, _

FIELDS: dict[str, tuple[str, str]] = {
    "data": (N_("Data"), N_("The distribution P that the generator has to imitate.")),
    "noise": (
        N_("Noise"),
        N_(
            "What the generator turns into samples: numbers from N(0, 1), uniform between −1 and 1, or a mixture "
            "of small clouds."
        ),
    ),
    "noise_dim": (
        N_("Noise dimensions"),
        N_(
            "How many random numbers the generator gets for each sample. With 1 in the plane it draws a curve."
        ),
    ),
    "noise_modes": (N_("Noise modes"), N_("How many small clouds the mixture noise has, 1 to 64.")),
    "g_norm": (
        N_("Batch norm in G"),
        N_("Brings the activations of each batch to mean 0 and variance 1 in every hidden layer of G."),
    ),
    "g_hidden": (N_("Generator G"), N_("Hidden layers of the network that makes samples.")),
    "d_hidden": (N_("Discriminator D"), N_("Hidden layers of the network that judges samples.")),
    "g_activation": (N_("Activation of G"), N_("The bend after each hidden layer of the generator.")),
    "d_activation": (N_("Activation of D"), N_("The bend after each hidden layer of the discriminator.")),
    "objective": (N_("Objective"), N_("What D and G each make as small as possible.")),
    "penalty": (
        N_("Penalty on D"),
        N_("A term that keeps D's slope in check, so that the generator always gets a useful direction."),
    ),
    "penalty_weight": (
        N_("Weight λ"),
        N_("How much the penalty counts beside D's loss. Changes while the run goes on."),
    ),
    "clip": (
        N_("Weight clipping"),
        N_("After each update every weight of D is cut back to ± this bound. Changes while the run goes on."),
    ),
    "constraint": (
        N_("Constraint on D"),
        N_(
            "What holds D's weights within each update: nothing, clipping, or division by their largest stretch."
        ),
    ),
    "weight_decay": (
        N_("Weight decay of D"),
        N_(
            "D's weights shrink by this share of its learning rate in each update. Changes while the run goes on."
        ),
    ),
    "label_smoothing": (
        N_("Label smoothing"),
        N_("D's target on real samples is 1 less this. Changes while the run goes on."),
    ),
    "instance_noise_until": (
        N_("Noise fades over"),
        N_("Updates of D over which the instance noise falls to 0 in a straight line; 0 keeps it as it is."),
    ),
    "bandwidth": (
        N_("Kernel width h"),
        N_(
            "Standard deviation of the kernels through which two batches are compared, in units of the data. "
            "Changes while the run goes on."
        ),
    ),
    "kl_weight": (
        N_("Weight of KL"),
        N_("How much KL(Q‖P) counts beside G's adversarial loss. Changes while the run goes on."),
    ),
    "pack": (N_("Samples in a pack"), N_("How many samples D judges at once (PacGAN), 1 to 8.")),
    "minibatch_kernels": (
        N_("Minibatch kernels"),
        N_("In how many ways D is told how close a sample lies to its batch; 0 for not at all."),
    ),
    "unroll": (
        N_("Unrolled steps"),
        N_("How many further updates of D the generator looks ahead through, 0 to 20. Each costs time."),
    ),
    "feature_matching": (
        N_("Feature matching"),
        N_("Share of G's loss that matches the mean of D's last hidden layer instead of fooling D, 0 to 1."),
    ),
    "replay": (
        N_("Experience replay"),
        N_("Share of old samples among the generated ones that D learns from, 0 to 0.9."),
    ),
    "ema": (
        N_("Average of G"),
        N_(
            "Samples are taken from a running average of G's weights that keeps this share in each update; "
            "0 for none. D never sees it."
        ),
    ),
    "consensus": (
        N_("Consensus γ"),
        N_("How much both players also make everybody's gradient small; 0 for not at all."),
    ),
    "inference": (
        N_("Inference network"),
        N_("A second network maps samples back to noise (VEEGAN), so that lost noise is noticed."),
    ),
    "inference_weight": (
        N_("Weight of reconstruction"),
        N_("How much the error of the noise that comes back counts. Changes while the run goes on."),
    ),
    "instance_noise": (
        N_("Instance noise"),
        N_(
            "Standard deviation of noise added to everything D sees, in units of the data. "
            "It makes real and generated overlap. Changes while the run goes on."
        ),
    ),
    "optimiser_d": (N_("Optimiser of D"), N_("How D's gradient becomes a step of its weights.")),
    "optimiser_g": (N_("Optimiser of G"), N_("How G's gradient becomes a step of its weights.")),
    "lr_d": (
        N_("Learning rate of D"),
        N_(
            "Size of D's steps: too small and it lags, too large and it thrashes. Changes while the run goes on."
        ),
    ),
    "lr_g": (
        N_("Learning rate of G"),
        N_(
            "Size of G's steps: too small and it lags, too large and it thrashes. Changes while the run goes on."
        ),
    ),
    "beta1_d": (N_("β₁ of D"), N_("Share of the previous step that D keeps (momentum), below 1.")),
    "beta2_d": (N_("β₂ of D"), N_("Memory of the size of D's past gradients, below 1.")),
    "beta1_g": (N_("β₁ of G"), N_("Share of the previous step that G keeps (momentum), below 1.")),
    "beta2_g": (N_("β₂ of G"), N_("Memory of the size of G's past gradients, below 1.")),
    "updates": (
        N_("Order of updates"),
        N_(
            "Alternating: G answers to the D that has just moved. Simultaneous: both move at once. "
            "Extra-gradient: both look one step ahead first."
        ),
    ),
    "d_steps": (
        N_("D updates"),
        N_("Updates of D in one iteration, 0 to 20. Changes while the run goes on."),
    ),
    "g_steps": (
        N_("G updates"),
        N_("Updates of G in one iteration, 0 to 20. Changes while the run goes on."),
    ),
    "batch": (N_("Batch"), N_("Samples that one update looks at.")),
    "seed": (
        N_("Seed"),
        N_("Fixes the first weights, the data and the noise: the same seed gives the same run."),
    ),
    "backend": (
        N_("Backend"),
        N_(
            "Eager starts at once. Compiled is faster and takes some seconds to prepare. "
            "Auto starts with the first and changes over; the others repeat a run exactly."
        ),
    ),
    "device": (N_("Device"), N_("Where the run is computed. Auto takes what it measures to be faster.")),
}
"""Label and explanation of every field of `GanSpec`."""

OPTIONS: dict[str, str] = {
    "normal": N_("normal"),
    "uniform": N_("uniform"),
    "alternating": N_("alternating"),
    "simultaneous": N_("simultaneous"),
    "extragradient": N_("extra-gradient"),
    "mixture": N_("mixture"),
    "none": N_("none"),
    "batch": N_("batch norm"),
    "veegan": N_("VEEGAN"),
    "auto": N_("auto"),
    "eager": N_("eager"),
    "compiled": N_("compiled"),
}
"""Names of the choices that are no rows of a registry; devices go by their own, in capitals."""

FAMILY_NAMES: dict[str, str] = {
    "normal": N_("Normal"),
    "uniform": N_("Uniform"),
    "laplace": N_("Laplace"),
    "student_t": N_("Student's t"),
    "cauchy": N_("Cauchy"),
    "exponential": N_("Exponential"),
    "lognormal": N_("Log-normal"),
    "triangular": N_("Triangular"),
    "normal_2d": N_("Normal"),
    "ring": N_("Ring of modes"),
    "grid": N_("Grid of modes"),
    "blobs": N_("Blobs"),
    "moons": N_("Two moons"),
    "circles": N_("Concentric rings"),
    "line": N_("Line"),
    "spiral": N_("Spiral"),
    "pinwheel": N_("Pinwheel"),
    "checkerboard": N_("Checkerboard"),
    "samples": N_("Uploaded file"),
    "drawn": N_("Drawn by hand"),
}
"""Names of the families; one that is missing here goes by its own name."""


def label(field: str) -> str:
    """What the field is called, in the viewer's language; an unknown name stays as it is."""
    return _(FIELDS[field][0]) if field in FIELDS else field


def explain(field: str) -> str:
    """What the field means, in the viewer's language."""
    return _(FIELDS[field][1])


def option(value: str) -> str:
    """The name of a choice, in the viewer's language."""
    return _(OPTIONS[value]) if value in OPTIONS else value.upper()


def family_name(key: str) -> str:
    """The name of a family of distributions, in the viewer's language."""
    return _(FAMILY_NAMES[key]) if key in FAMILY_NAMES else key


# ---------------------------------------------------------------- the values of a GAN's fields

REGISTRIES: tuple[Registry[Any], ...] = (OBJECTIVES, PENALTIES, CONSTRAINTS, OPTIMISERS, ACTIVATIONS)


@cache  # a schema takes two milliseconds, and a sidebar asks a hundred times
def choices(field: str) -> tuple[str, ...]:
    """The names that a field of `GanSpec` may have; none where it is a number, a text or a list."""
    about = GanSpec.model_json_schema()["properties"][field]
    return tuple(about.get("enum", ()))


@cache
def registry_of(field: str) -> Registry[Any] | None:
    """The registry whose rows are the choices of a field."""
    names = choices(field)
    return next((table for table in REGISTRIES if names and tuple(table) == names), None)


def bounds(field: str, spec: type[FlatSpec] = GanSpec) -> tuple[float, float]:
    """The least and the greatest value of a number."""
    values = {
        name: getattr(mark, name)
        for mark in spec.model_fields[field].metadata
        for name in ("ge", "gt", "le")
        if hasattr(mark, name)
    }
    return values.get("ge", values.get("gt", 0)), values["le"]


def choice(field: str, value: str) -> str:
    """The name of a choice, in the viewer's language."""
    table = registry_of(field)
    return option(value) if table is None else _(table[value].label)


def value_text(field: str, value: Any) -> str:
    """A value for people."""
    if choices(field):
        return choice(field, value)
    return text(value).replace(",", ", ") or "–"
