"""Refusals of the one flow of facts."""

from app.problems import CONFLICT, ID_TAKEN, INVALID, PARENT_UNKNOWN, FieldError, Problem, ProblemKind

TAKEN_BACK = ProblemKind(
    "taken-back",
    "It was taken back",
    409,
    "It stays as it was, and counts nowhere. Record it anew under a new id.",
)
KINDS = (TAKEN_BACK,)


def conflict() -> Problem:
    return Problem(CONFLICT, "Something else was recorded under this id before. The first version stands.")


def id_taken() -> Problem:
    return Problem(ID_TAKEN, "Make a new id and send it again.", denial="id-taken")


def parent_unknown() -> Problem:
    return Problem(
        PARENT_UNKNOWN, "We have not seen this patrol's check-in yet. Keep this and send it again after it."
    )


def voided_before() -> Problem:
    return Problem(TAKEN_BACK, "What was taken back cannot be corrected any more.")


def amendment_reason_missing() -> Problem:
    return Problem(
        INVALID,
        "Some values are not valid.",
        [FieldError("/amendment_reason", "missing", "must say why it is corrected")],
    )


def reference_of_source() -> Problem:
    return Problem(
        INVALID,
        "Some values are not valid.",
        [
            FieldError(
                "/reference",
                "of-source",
                "must stay: the record came by file, and is known there by its reference",
            )
        ],
    )


def not_come_yet(denial: str | None = None) -> Problem:
    """What is corrected, taken back or answered has not come yet, or is somebody else's, which only the log is told:
    the phone keeps its words."""
    detail = "We have not seen what this belongs to yet. Keep it and send it again after that."
    return Problem(PARENT_UNKNOWN, detail, denial=denial)
