"""What a draggable page may ask the calculator: one flat spec per kind of question.

The same spec is the page's link, the component's state and the message on the socket: `{"type": "line", "p": "…", …}`.
The kinds are told apart by `type`. A new one is one class here, a line in `KINDS`, and one function in
`ganlab.live.answers`.

Nothing of `ganlab.divergences` is imported before a question is checked: the server starts without it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, ValidationError

from ganlab.distributions import Distribution, DistributionError, Family, Mixture
from ganlab.specs import DistributionText, FlatSpec, Seed, entries, one_of, parsed

MAX_COMPONENTS = 8
"""Of P and of Q; the pages offer six, a link may have two more."""

BANDWIDTHS = (1e-3, 1e3)
MAX_ALPHA = 20.0


class QuestionError(ValueError):
    """A message that is no question: `code`, the field it is about, and the position in its text if that is known."""

    def __init__(self, code: str, text: str, field: str = "", position: int | None = None) -> None:
        self.code, self.field, self.position = code, field, position
        super().__init__(text)


def components(distribution: Distribution) -> list[tuple[float, Distribution]]:
    """(weight, component) of a mixture; anything else is its own only component."""
    if isinstance(distribution, Mixture):
        return list(zip(distribution.weights, distribution.components, strict=True))
    return [(1.0, distribution)]


def described(distribution: Distribution) -> list[dict[str, Any]]:
    """The components as the browser moves them: family, weight and values of the parameters by name."""
    found = []
    for weight, part in components(distribution):
        family = getattr(part, "FAMILY", None)
        assert isinstance(family, Family), "components come from the registry"
        values = {parameter.name: getattr(part, parameter.name) for parameter in family.parameters}
        found.append({"family": family.key, "weight": weight, "values": values})
    return found


SPACES = {
    1: "distributions on the line, such as normal(0,1)",
    2: "distributions in the plane, such as normal([0,0],1)",
}
"""What is allowed, by dimension."""


def _density(text: str, dim: int, most: int) -> Distribution:
    """A density of this dimension, of few components."""
    found = parsed(text)
    if found.dim != dim:
        raise ValueError(f"this has dimension {found.dim}; allowed: {SPACES[dim]}")
    if not found.has_density:
        raise ValueError("these are samples and have no density; allowed: families with a density")
    _few(len(components(found)), most)
    return found


def _few(count: int, most: int) -> None:
    if count > most:
        raise ValueError(f"{count} components; allowed: at most {most}")


def _line(text: str) -> str:
    """A density on the line."""
    _density(text, 1, MAX_COMPONENTS)
    return text


def _rows(dim: int) -> Callable[[], Mapping[str, Any]]:
    def table() -> Mapping[str, Any]:
        from ganlab.divergences.registry import DIVERGENCES

        return {name: row for name, row in DIVERGENCES.items() if dim in row.dims}

    return table


def _drawn() -> Mapping[str, Any]:
    return {name: row for name, row in _rows(1)().items() if row.integrand is not None}


def _kernels() -> Mapping[str, Any]:
    from ganlab.divergences.kernels import KERNELS

    return KERNELS


def _once(value: Any) -> Any:
    """Each name once."""
    found = entries(value)
    return tuple(dict.fromkeys(found)) if isinstance(found, list | tuple) else found


def _shown(dim: int) -> Any:
    name = Annotated[str, one_of(_rows(dim))]
    return Annotated[
        tuple[name, ...],
        Field(max_length=40),
        BeforeValidator(_once),
        PlainSerializer(list, when_used="json"),
    ]


LineText = Annotated[DistributionText, AfterValidator(_line)]
Drawn = Annotated[str, one_of(_drawn)]
Kernel = Annotated[str, one_of(_kernels)]
Alpha = Annotated[float, Field(ge=0, le=MAX_ALPHA, allow_inf_nan=False)]
Bandwidth = Annotated[float, Field(ge=BANDWIDTHS[0], le=BANDWIDTHS[1], allow_inf_nan=False)]
Edge = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]


class LineQuestion(FlatSpec):
    """Two densities on the line, the divergences between them, and how they are looked at."""

    type: Literal["line"] = "line"
    p: LineText = Field("normal(0,1)", description="P, the data.")
    q: LineText = Field("normal(1.5,0.8)", description="Q, the generated samples.")
    show: _shown(1) = Field(  # type: ignore[valid-type]
        ("kl_pq", "kl_qp", "js", "tv", "hellinger2", "w1", "mmd2"), description="Divergences in the table."
    )
    integrand: Drawn = Field("kl_pq", description="The divergence whose integrand is drawn.")
    alpha: Alpha = Field(0.5, description="Order of the Rényi divergence and of the α-divergence.")
    kernel: Kernel = Field("gaussian", description="Kernel of MMD.")
    bandwidth: Bandwidth = Field(1.0, description="Bandwidth of the kernel, in units of x.")
    units: Literal["nats", "bits"] = Field(
        "nats", description="Unit of the values that have one of information."
    )
    scale: Literal["linear", "log"] = Field("linear", description="Axis of the densities.")
    dstar: bool = Field(False, description="Whether the optimal discriminator p/(p+q) is drawn.")
    steps: int = Field(
        0, ge=0, le=4, description="How much of the construction of JS is shown; 0: none of it."
    )
    skip: _shown(1) = Field(  # type: ignore[valid-type]
        (), description="Rows that are not computed this time: slow ones, while something is dragged."
    )
    low: Edge | None = Field(None, description="Left end of the axis; chosen to fit when left out.")
    high: Edge | None = Field(None, description="Right end of the axis.")

    ALWAYS: ClassVar[frozenset[str]] = frozenset({"p", "q"})

    @property
    def view(self) -> tuple[float, float] | None:
        """The part of the line that was asked for, if it has a length."""
        if (
            self.low is None
            or self.high is None
            or not self.high - self.low > 1e-9 * max(1.0, math.fabs(self.low))
        ):
            return None
        return self.low, self.high


Part = Literal["fields", "slices", "transport", "values", "point"]
PARTS: tuple[Part, ...] = ("fields", "slices", "transport", "values")
MOST_PARTS = 16
MOST_GAUSSIANS = 100
"""In the plane, of P and of Q: the page offers six components, a link may have more; a ring or a grid is one."""


def _planar(text: str) -> str:
    """A density in the plane that is small enough to follow the pointer."""
    found = _density(text, 2, MOST_PARTS)
    gaussians = found.gaussian_mixture()
    if gaussians is not None:
        _few(len(gaussians.weights), MOST_GAUSSIANS)
    return text


PlaneText = Annotated[DistributionText, AfterValidator(_planar)]
Parts = Annotated[tuple[Part, ...], Field(max_length=8), PlainSerializer(list, when_used="json")]


class PlaneView(FlatSpec):
    """Two distributions in the plane, and how they are looked at: what stands in a link."""

    p: PlaneText = Field("normal([-1,0.4],[[1.2,0.6],[0.6,0.7]])", description="P, the data.")
    q: PlaneText = Field("normal([1,-0.4],[[0.6,-0.2],[-0.2,1]])", description="Q, the generated samples.")
    field: Literal["ratio", "p", "q", "witness"] = Field(
        "ratio", description="What the ground shows: log p/q, p, q, or the witness function of the kernel."
    )
    contours: bool = Field(True, description="Whether lines are drawn that hold 50 % and 90 % of P and of Q.")
    lines: bool = Field(
        False, description="Whether samples are drawn, with the optimal transport between them."
    )
    seed: Seed = Field(0, description="Which samples are drawn.")
    theta: float = Field(
        0.0, ge=0, le=180, allow_inf_nan=False, description="Direction of the slice, degrees."
    )
    show: _shown(2) = Field(  # type: ignore[valid-type]
        (
            "kl_pq",
            "kl_qp",
            "js",
            "tv",
            "hellinger2",
            "chi2_pq",
            "chi2_qp",
            "w2",
            "sliced_w2",
            "energy2",
            "mmd2",
        ),
        description="Divergences in the table.",
    )
    kernel: Kernel = Field("gaussian", description="Kernel of MMD and of the witness function.")
    bandwidth: Bandwidth = Field(1.0, description="Bandwidth of the kernel, in units of x.")
    alpha: Alpha = Field(0.5, description="Order of the Rényi divergence and of the α-divergence.")
    units: Literal["nats", "bits"] = Field(
        "nats", description="Unit of the values that have one of information."
    )

    ALWAYS: ClassVar[frozenset[str]] = frozenset({"p", "q"})


class PlaneQuestion(PlaneView):
    """What the page asks: its state, the parts that are wanted now, the window on screen, and the point looked at."""

    type: Literal["plane"] = "plane"
    parts: Parts = PARTS
    cells: int = Field(96, ge=16, le=200, description="Of the picture, along its longer side.")
    skip: _shown(2) = Field(  # type: ignore[valid-type]
        (), description="Rows that are not computed this time: slow ones, while something is dragged."
    )
    left: Edge | None = Field(None, description="The window on screen; chosen to fit when left out.")
    right: Edge | None = None
    bottom: Edge | None = None
    top: Edge | None = None
    x: Edge = Field(0.0, description="The point under the pointer.")
    y: Edge = 0.0

    @property
    def window(self) -> tuple[float, float, float, float] | None:
        """left, right, bottom, top as asked for, if that is a window."""
        if self.left is None or self.right is None or self.bottom is None or self.top is None:
            return None
        least = 1e-9 * max(1.0, abs(self.left), abs(self.bottom))
        if not (self.right - self.left > least and self.top - self.bottom > least):
            return None
        return self.left, self.right, self.bottom, self.top


KINDS: dict[str, type[FlatSpec]] = {"line": LineQuestion, "plane": PlaneQuestion}
"""Every kind of question by its `type`."""


def parse_question(text: str | bytes) -> FlatSpec:
    """The question in a JSON text; raises QuestionError."""
    try:
        values = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise QuestionError("json", f"messages are JSON objects: {str(error)[:200]}") from None
    name = values.get("type") if isinstance(values, dict) else None
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise QuestionError("invalid", f"choose one of {', '.join(KINDS)}", "type")
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise _first(kind, error) from None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _first(kind: type[FlatSpec], error: ValidationError) -> QuestionError:
    """The first thing wrong, with the field and, in the text of a distribution, the position."""
    entry = error.errors(include_url=False)[0]
    field = next((str(part) for part in entry["loc"] if part in kind.model_fields), "")
    cause = entry.get("ctx", {}).get("error")
    code = "distribution" if isinstance(cause, DistributionError) else "invalid"
    message = entry["msg"].removeprefix("Value error, ")
    return QuestionError(code, message[:600], field, getattr(cause, "position", None))
