"""Refusals of the schedule."""

from collections.abc import Sequence

from app.problems import FORBIDDEN, INVALID, FieldError, Problem, ProblemKind
from app.schedule.windows import Fault

WINDOW_FIXED = ProblemKind(
    "window-fixed",
    "This window can no longer be changed",
    409,
    "Cancelled and moved windows stay as they are, and so does a window that has begun: give a reason for it instead.",
)
KINDS = (WINDOW_FIXED,)


def window_fixed(why: str) -> Problem:
    return Problem(WINDOW_FIXED, why)


def impossible(faults: Sequence[Fault]) -> Problem:
    """422 with a pointer for each fault of a plan."""
    return Problem(
        INVALID,
        "Some values are not valid.",
        [FieldError(f"/{fault.field}", fault.code, fault.detail) for fault in faults],
    )


def another_team() -> Problem:
    """403: a supervisor gives windows to people of the window's team only."""
    return Problem(
        FORBIDDEN,
        "Another team is for its commander or a planner to decide.",
        denial="windows.assign:another-team",
    )


def own_answer_only() -> Problem:
    """An answer that nobody may bring for somebody else, not even kept aside."""
    return Problem(
        FORBIDDEN, "Only whoever is tasked says this, signed in as themselves.", denial="windows.answered"
    )


def too_many(parameter: str, detail: str) -> Problem:
    """422 when more is asked for than one answer holds."""
    return Problem(
        INVALID, "Some values are not valid.", [FieldError(f"#query/{parameter}", "too-many", detail)]
    )


def wrong_period(detail: str) -> Problem:
    """422 for a period that is none, or holds more than one answer may."""
    return Problem(INVALID, "Some values are not valid.", [FieldError("#query/from", "period", detail)])
