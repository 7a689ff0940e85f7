"""The clinic: a GAN that loses modes, and remedies that are each trained with the same seeds beside it. Without torch.

`ClinicSpec` names a disease and arms; `arms` are the GANs; `findings` says what readings of a trial of them mean.

An arm is written as names of remedies and changes of fields, joined with "+": `r1`, `r1+ema`,
`r1+penalty_weight=10&d_steps=2`. Several stand in one text, joined with "|".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from ganlab.gan import variants
from ganlab.gan.remedies import REMEDIES
from ganlab.gan.spec import GanSpec
from ganlab.specs import FieldError, FlatSpec, Seed, SpecError
from ganlab.trials.diseases import DISEASES
from ganlab.trials.spec import LONGEST_BASE

ALREADY = "something that changes this GAN; it has all of this already"
OWN = "own"
"""The disease of a spec whose GAN is its `base`."""

MOST_ARMS = 8  # the untreated one not counted
MOST_SEEDS = 32
LONGEST_ARMS = 4000  # characters
TOGETHER = "+"
OPENS = "fast_g"
STEPS = 5000  # of a GAN of one's own


@dataclass(frozen=True)
class Arm:
    """One treatment: its text, the remedies that it names, and the GAN that comes of it. The untreated has none."""

    text: str
    remedies: tuple[str, ...]
    spec: GanSpec


@lru_cache(maxsize=512)
def treated(base: GanSpec, text: str, name: str = "arm") -> Arm:
    """The arm of a text; raises SpecError where it cannot be read, makes no sense here, or changes nothing.

    `name` is what the error calls it. The text of the arm is in its one form.
    """
    spec, named, parts = base, [], []
    for part in (part.strip() for part in text.split(TOGETHER)):
        if part in REMEDIES:
            spec = _applied(spec, part, name)
            named.append(part)
            parts.append(part)
        elif "=" in part:
            parts.append(variants.canonical(spec, part, name))
            spec = variants.arm(spec, part, name)
        else:
            allowed = f"a change as field=value, or one of the remedies {', '.join(REMEDIES)}"
            raise SpecError([(name, part, allowed)])
    if spec == base:
        raise SpecError([(name, text, ALREADY)])
    return Arm(TOGETHER.join(parts), tuple(named), spec)


def _applied(spec: GanSpec, remedy: str, name: str) -> GanSpec:
    try:
        return REMEDIES[remedy].applied(spec)
    except SpecError as error:
        raise SpecError([(name, remedy, error.problems[0][2])]) from None


def refusal(base: GanSpec, text: str) -> str | None:
    """Why an arm cannot be tried on a GAN; None where it can."""
    try:
        treated(base, text)
    except SpecError as error:
        return error.problems[0][2]
    return None


class ClinicSpec(FlatSpec):
    """A disease and its treatments, each with the same seeds."""

    KIND: ClassVar[str] = "clinic"
    ALWAYS: ClassVar[frozenset[str]] = frozenset({"disease", "arms"})

    disease: str = Field(OPENS, description="A row of the diseases, or own: the GAN of `base`.")
    base: str = Field(
        "", max_length=LONGEST_BASE, description="The GAN of an own disease, as fields in a link."
    )
    arms: str = Field(
        "|".join(DISEASES[OPENS].arms) if OPENS in DISEASES else "",
        max_length=LONGEST_ARMS,
        description="What is tried: remedies and changes joined with +, several arms joined with |.",
    )
    seeds: int = Field(10, ge=2, le=MOST_SEEDS, description="Seeds of every arm.")
    steps: int = Field(0, ge=0, le=100_000, description="Iterations of every GAN; 0: those of the disease.")
    seed: Seed = Field(0, description="The first of the seeds.")

    @model_validator(mode="before")
    @classmethod
    def _one_form(cls, values: Any) -> Any:
        """A named disease has no base, and texts are in their one form."""
        if not isinstance(values, Mapping):
            return values
        found = dict(values)
        disease = found.get("disease", OPENS)
        if disease not in DISEASES and disease != OWN:
            raise FieldError("disease", disease, f"choose one of {', '.join([*DISEASES, OWN])}")
        base = _base(str(found.get("base") or "")[: LONGEST_BASE + 1]) if disease == OWN else ""
        found["base"] = base
        if isinstance(found.get("arms"), str) and len(found["arms"]) <= LONGEST_ARMS:
            found["arms"] = _arms(_untreated(disease, base), found["arms"])
        return found

    @model_validator(mode="after")
    def _possible(self) -> Self:
        _arms(self.gan, self.arms)  # the default was not looked at before
        if self.gan.distribution.modes() is None:
            raise FieldError(
                "base", self.base, "data with modes that can be lost, such as ring(8) or grid(5)"
            )
        if self.seed + self.seeds > 2**31:
            raise FieldError("seed", self.seed, "a smaller one: the last seed is above 2³¹ − 1")
        return self

    @property
    def gan(self) -> GanSpec:
        """The untreated GAN."""
        return _untreated(self.disease, self.base)

    @property
    def treatments(self) -> tuple[Arm, ...]:
        """All arms; the first is the untreated one."""
        base = self.gan
        texts = variants.split(self.arms)
        return (Arm("", (), base), *(treated(base, text, f"arms.{k}") for k, text in enumerate(texts, 1)))

    @property
    def iterations(self) -> int:
        """Of every GAN."""
        return self.steps or (STEPS if self.disease == OWN else DISEASES[self.disease].steps)

    @property
    def chosen_seeds(self) -> tuple[int, ...]:
        """The seeds of every arm."""
        return tuple(range(self.seed, self.seed + self.seeds))

    @property
    def dim(self) -> int:
        """Dimension of the data, 1 or 2."""
        return self.gan.dim


def _untreated(disease: str, base: str) -> GanSpec:
    return variants.read_base(base) if disease == OWN else DISEASES[disease].spec


def _base(text: str) -> str:
    """The text of a base in its one form, without a seed: those are the clinic's."""
    try:
        return variants.write_base(variants.read_base(text).changed(seed=0, device="auto", backend="auto"))
    except SpecError as error:
        raise FieldError.of(error) from None


def _arms(base: GanSpec, text: str) -> str:
    """The texts of all arms in their one form, each once."""
    texts = variants.split(text)
    try:
        arms = [treated(base, one, f"arms.{k}") for k, one in enumerate(texts, 1)]
    except SpecError as error:
        raise FieldError.of(error) from None
    found = list(dict.fromkeys(arm.text for arm in arms))
    if len(found) > MOST_ARMS:
        raise FieldError("arms", text, f"at most {MOST_ARMS} arms; there are {len(found)}")
    return variants.join(found)
