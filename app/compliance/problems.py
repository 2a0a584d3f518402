"""Refusals of compliance."""

from app.areas.periods import MOST_PERIODS
from app.problems import INVALID, FieldError, Problem


def too_many_rows(most: int) -> Problem:
    return _invalid("from", "too-many", f"asks for more than {most} rows in one file: ask for less")


def twice_the_same() -> Problem:
    return _invalid("then_by", "twice", "must be another than group_by")


def too_many_periods() -> Problem:
    return _invalid("from", "too-many", f"asks for more than {MOST_PERIODS} weeks, months or quarters")


def _invalid(parameter: str, code: str, detail: str) -> Problem:
    return Problem(INVALID, "Some values are not valid.", [FieldError(f"#query/{parameter}", code, detail)])
