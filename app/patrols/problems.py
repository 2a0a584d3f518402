"""Refusals of patrols."""

from datetime import datetime

from app.clock import rfc3339
from app.problems import FORBIDDEN, INVALID, FieldError, Problem, ProblemKind

OFFICER_FIRST = ProblemKind(
    "officer-first",
    "The officer sees this result first",
    409,
    "Until the time in the detail it is told to those on the patrol only. Ask again after it.",
    retryable=True,
)
KINDS = (OFFICER_FIRST,)


def unknown_reference(pointer: str, what: str) -> Problem:
    """A field names something that is not in this force."""
    return Problem(
        INVALID, "Some values are not valid.", [FieldError(pointer, "unknown", f"names no {what} of yours")]
    )


def own_words_only() -> Problem:
    """A fact that nobody may bring for somebody else, not even kept aside."""
    return Problem(
        FORBIDDEN, "Only whoever was on the patrol says this, signed in as themselves.", denial="patrol:words"
    )


def officer_first(operation: str, until_at: datetime) -> Problem:
    return Problem(OFFICER_FIRST, f"This result is told from {rfc3339(until_at)} on.", denial=operation)


def released_by_another() -> Problem:
    return Problem(
        FORBIDDEN, "Nobody releases what they captured or uploaded themselves.", denial="quarantine:own"
    )
