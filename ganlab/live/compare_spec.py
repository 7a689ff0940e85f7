"""`CompareSpec`: two to six GANs with the same data and the same seed, on one clock. Never imports torch."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from ganlab.gan import variants
from ganlab.gan.spec import GanSpec
from ganlab.gan.variants import read_base, write_base
from ganlab.specs import FieldError, FlatSpec, SpecError

MOST = 6  # runs, the base included
LONGEST = 12_000  # characters of a base, or of all arms


def _base(text: str) -> str:
    try:
        return write_base(read_base(text))
    except SpecError as error:
        raise FieldError.of(error) from None


class CompareSpec(FlatSpec):
    """A base and one to five arms that each change something of it; run 0 is the base.

    `base` is a query string (`data=ring(8)&lr_d=0.02`), `arms` the arms' changes joined with "|"
    (`ganlab.gan.variants`). Both have one canonical form.
    """

    base: Annotated[str, Field(max_length=LONGEST), AfterValidator(_base)] = Field(
        "data=ring(8,radius=2,std=0.05)&optimiser_d=sgd&lr_d=0.02&optimiser_g=sgd&lr_g=0.1&seed=0",
        validate_default=True,
        description="The GAN that the others are compared with, as a query string.",
    )
    arms: str = Field(
        "penalty=r1&penalty_weight=1|objective=hinge",
        max_length=LONGEST,
        description='What each of the others changes: field=value&field=value, joined with "|", 1 to 5 of them.',
    )

    KIND: ClassVar[str] = "compare"
    FOLLOWED: ClassVar[frozenset[str]] = frozenset({"base", "arms"})
    ALWAYS: ClassVar[frozenset[str]] = frozenset({"base", "arms"})

    @model_validator(mode="before")
    @classmethod
    def _one_form(cls, values: Any) -> Any:
        """The arms in their canonical form: what that is depends on the base."""
        if not isinstance(values, dict) or not isinstance(values.get("arms", ""), str):
            return values
        text = values.get("arms", cls.model_fields["arms"].default)
        try:
            base = read_base(values.get("base", cls.model_fields["base"].default))
        except (SpecError, TypeError, AttributeError):
            return values  # the base's own check says what is wrong with it
        return values | {"arms": _arms(base, text)}

    @property
    def base_spec(self) -> GanSpec:
        """Run 0."""
        return read_base(self.base)

    @property
    def arm_texts(self) -> tuple[str, ...]:
        """What the other runs change, run 1 first."""
        return variants.split(self.arms)

    @property
    def specs(self) -> list[GanSpec]:
        """The specs of all runs."""
        return variants.specs(self.base_spec, self.arm_texts)

    @property
    def seed(self) -> int:
        """The seed of all runs."""
        return self.base_spec.seed

    def rebased(self, **changes: Any) -> Self:
        """This comparison with another base: some of its fields changed; raises SpecError."""
        return self.changed(base=write_base(self.base_spec.changed(**changes)))


def _arms(base: GanSpec, text: str) -> str:
    arms = variants.split(text)
    if not 1 <= len(arms) < MOST:
        raise FieldError("arms", text, f"{len(arms)} arms; allowed: 1 to {MOST - 1}")
    try:
        return variants.join(variants.canonical(base, arm, f"arms.{k}") for k, arm in enumerate(arms, 1))
    except SpecError as error:
        raise FieldError.of(error) from None
