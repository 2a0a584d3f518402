"""Refusals of patrols."""

from datetime import datetime

from app.clock import london_day
from app.problems import FORBIDDEN, INVALID, FieldError, Problem, ProblemKind

ERASED = ProblemKind(
    "erased",
    "Erased under the force's retention rule",
    410,
    "Positions are kept for as long as the force's rule says. The result, with its intervals and words, stands.",
)
KINDS = (ERASED,)


def track_erased(erased_at: datetime, rule_days: int) -> Problem:
    """The positions were here and are not any more."""
    return Problem(
        ERASED,
        f"The positions of this patrol were erased on {london_day(erased_at)}, under the force's rule to keep them for "
        f"{rule_days} days. Its result stands.",
    )


def kept_aside_erased() -> Problem:
    """What was kept aside waited longer than the force keeps such facts."""
    return Problem(
        ERASED, "What this fact said was erased under the force's rule before anybody released it."
    )


def unknown_reference(pointer: str, what: str) -> Problem:
    """A field names something that is not in this force."""
    return Problem(
        INVALID, "Some values are not valid.", [FieldError(pointer, "unknown", f"names no {what} of yours")]
    )


def released_by_another() -> Problem:
    return Problem(
        FORBIDDEN, "Nobody releases what they captured or uploaded themselves.", denial="quarantine:own"
    )
