"""Refusals of oversight."""

from app.problems import INVALID, FieldError, Problem


def kind_without_record() -> Problem:
    return _invalid("#query/record_kind", "alone", "needs record_id beside it")


def nothing_chosen() -> Problem:
    return _invalid("#", "missing", "needs officer_id, record_id, or from and to")


def too_many_events(most: int) -> Problem:
    detail = (
        f"asks for more than {most} events in one file: ask for a shorter period, or export on the server"
    )
    return _invalid("#/from", "too-many", detail)


def to_nobody(field: str, code: str, detail: str) -> Problem:
    """A recipient or a reason that is missing or too long."""
    return _invalid(f"#/{field}", code, f"{field}: {detail}")


def _invalid(pointer: str, code: str, detail: str) -> Problem:
    return Problem(INVALID, "Some values are not valid.", [FieldError(pointer, code, detail)])
