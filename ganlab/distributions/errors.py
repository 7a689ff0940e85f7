"""Errors at the public edge of ganlab.distributions."""

from __future__ import annotations


class DistributionError(ValueError):
    """A distribution that cannot be built, or a question it cannot answer.

    `position` is a 0-based index into the text that was parsed (None outside of parsing), `parameter` names
    the offending parameter where there is one.
    """

    def __init__(self, message: str, position: int | None = None, parameter: str | None = None) -> None:
        super().__init__(message if position is None else f"{message} (at position {position})")
        self.message = message
        self.position = position
        self.parameter = parameter

    def at(self, position: int) -> DistributionError:
        """The same error with a place in the text."""
        return DistributionError(self.message, position, self.parameter)


class TableError(ValueError):
    """An uploaded table that cannot become a data set; the message says where and why."""
