"""`StudySpec`: two distributions, how many points are drawn from each, and what is estimated from them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from ganlab.distributions import Distribution
from ganlab.divergences.estimators import ESTIMATORS
from ganlab.divergences.kernels import KERNELS
from ganlab.divergences.two_sample import TESTS
from ganlab.specs import DistributionText, FieldError, FlatSpec, Seed, entries, parsed, row

DEFAULTS = {
    1: ("kl_pq_neighbours", "kl_pq_bound", "mmd2_unbiased", "w1_sorted"),
    2: ("kl_pq_neighbours", "js_bound", "mmd2_unbiased", "sliced_w2_sorted"),
}
"""What is watched unless something else is asked for, by dimension."""


Names = Annotated[
    tuple[str, ...],
    Field(max_length=12),
    BeforeValidator(entries),
    PlainSerializer(list, when_used="json"),
]


class StudySpec(FlatSpec):
    """One study."""

    KIND: ClassVar[str] = "study"
    ALWAYS: ClassVar[frozenset[str]] = frozenset({"p", "q", "n", "seed"})

    p: DistributionText = Field("normal(0,1)", validate_default=True, description="P, the data.")
    q: DistributionText = Field(
        "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)", validate_default=True, description="Q, the model."
    )
    n: int = Field(1000, ge=10, le=100_000, description="Points drawn from each.")
    estimators: Names = Field((), description="Estimators, up to 12; none: a handful for the dimension.")
    kernel: row(KERNELS) = Field("gaussian", description="Kernel of MMD².")  # type: ignore[valid-type]
    bandwidth: float = Field(
        0.0,
        ge=0,
        le=1e4,
        allow_inf_nan=False,
        description="Bandwidth of the kernel, units of the data; 0: the median distance.",
    )
    k: int = Field(3, ge=1, le=50, description="Nearest neighbours.")
    bins: int = Field(0, ge=0, le=200, description="Bins of a histogram, per axis; 0: chosen.")
    redraws: int = Field(200, ge=0, le=1000, description="Fresh draws for bias and variance.")
    permutations: int = Field(500, ge=10, le=5000, description="Permutations of a two-sample test.")
    test: row(TESTS) = Field("mmd", description="The two-sample test.")  # type: ignore[valid-type]
    seed: Seed = Field(0, description="Seed of all draws.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if parsed(self.p).dim != parsed(self.q).dim:
            raise ValueError(
                f"p has dimension {parsed(self.p).dim} and q {parsed(self.q).dim}; allowed: equal dimensions"
            )
        if self.bins == 1:
            raise FieldError("bins", 1, "bins is 1; allowed: 0 (chosen) or 2 to 200")
        fitting = [name for name, row in ESTIMATORS.items() if self.dim in row.dims]
        wrong = [name for name in self.estimators if name not in fitting]
        if wrong:
            allowed = ", ".join(fitting)
            text = f"there is no estimator {wrong[0]!r} for {self.dim}-D samples; allowed: {allowed}"
            raise FieldError("estimators", self.estimators, text)
        return self

    @property
    def distributions(self) -> tuple[Distribution, Distribution]:
        """P and Q, parsed."""
        return parsed(self.p), parsed(self.q)

    @property
    def dim(self) -> int:
        """Dimension of both, 1 or 2."""
        return parsed(self.p).dim

    @property
    def chosen(self) -> tuple[str, ...]:
        """The estimators that are watched."""
        return tuple(dict.fromkeys(self.estimators)) or DEFAULTS[self.dim]
