"""Refusals of returns."""

from collections.abc import Sequence

from app.problems import INVALID, FieldError, Problem, ProblemKind
from app.returns.periods import Span

PERIOD_CLOSED = ProblemKind(
    "period-closed",
    "This period is closed already",
    409,
    "What was signed off stays. What changes later is shown as an adjustment in the next period.",
)
PERIOD_OPEN = ProblemKind(
    "period-open",
    "This period cannot be closed yet",
    409,
    "A period is closed once its last day is over, and after those before it; send earlier_open to close it all the "
    "same.",
)
KINDS = (PERIOD_CLOSED, PERIOD_OPEN)


def closed_already(span: Span) -> Problem:
    return Problem(PERIOD_CLOSED, f"{span.key} was closed before.")


def not_over(span: Span) -> Problem:
    return Problem(PERIOD_OPEN, f"{span.key} lasts until {span.last}.")


def earlier_open(keys: Sequence[str]) -> Problem:
    return Problem(PERIOD_OPEN, f"Still open before it: {', '.join(keys)}.")


def period_unknown(pointer: str, keys: Sequence[str]) -> Problem:
    return _invalid(pointer, "unknown", f"must be one of {', '.join(keys)}")


def wrong_days() -> Problem:
    return _invalid("#query/from", "not-before-to", "must not be later than to")


def too_many_rows(most: int) -> Problem:
    return _invalid("#query/from", "too-many", f"asks for more than {most} rows in one file: ask for less")


def cursor_unknown() -> Problem:
    return _invalid("#query/cursor", "cursor", "is not one we gave")


def _invalid(pointer: str, code: str, detail: str) -> Problem:
    return Problem(INVALID, "Some values are not valid.", [FieldError(pointer, code, detail)])
