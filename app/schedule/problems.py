"""Refusals of the schedule."""

from collections.abc import Sequence

from app.problems import INVALID, FieldError, Problem, ProblemKind
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
