"""What the calculator answers: one function per kind of question, from the question alone.

An answer is (tensors, info) of one frame. A new kind is a function here, or in a module of its own, and a line in
`ANSWERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ganlab.live.frames import Info, Tensors
from ganlab.live.line_answer import line
from ganlab.live.plane_answer import plane
from ganlab.live.questions import LineQuestion, PlaneQuestion
from ganlab.specs import FlatSpec

Answered = tuple[Tensors, Info]

ANSWERS: dict[type[FlatSpec], Callable[[Any], Answered]] = {
    LineQuestion: line,
    PlaneQuestion: plane,
}


def answer(question: FlatSpec) -> Answered:
    """The frame that answers a question of any kind."""
    return ANSWERS[type(question)](question)
