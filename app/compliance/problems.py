"""Refusals of compliance."""

from app.problems import INVALID, FieldError, Problem


def too_many_rows(most: int) -> Problem:
    return _invalid("from", "too-many", f"asks for more than {most} rows in one file: ask for less")


def twice_the_same() -> Problem:
    return _invalid("then_by", "twice", "must be another than group_by")


def _invalid(parameter: str, code: str, detail: str) -> Problem:
    return Problem(INVALID, "Some values are not valid.", [FieldError(f"#query/{parameter}", code, detail)])
