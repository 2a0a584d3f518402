"""Refusals of patrols."""

from app.problems import FORBIDDEN, INVALID, FieldError, Problem


def unknown_reference(pointer: str, what: str) -> Problem:
    """A field names something that is not in this force."""
    return Problem(
        INVALID, "Some values are not valid.", [FieldError(pointer, "unknown", f"names no {what} of yours")]
    )


def released_by_another() -> Problem:
    return Problem(
        FORBIDDEN, "Nobody releases what they captured or uploaded themselves.", denial="quarantine:own"
    )
