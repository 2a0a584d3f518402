"""Refusals of the tracker's records."""

from app.problems import INVALID, TOO_LARGE, FieldError, Problem, ProblemKind

MAPPING_UNKNOWN = ProblemKind(
    "mapping-unknown",
    "There is no such mapping",
    422,
    "GET /v1/wmnow/mappings lists those there are; PUT /v1/wmnow/mappings/{name} makes one.",
)
KINDS = (MAPPING_UNKNOWN,)


def mapping_unknown() -> Problem:
    """A file is to be read by a mapping that the force has not made."""
    return Problem(MAPPING_UNKNOWN, "The force has made no mapping of that name.")


def mapping_faults(faults: list[tuple[str, str]]) -> Problem:
    """What is wrong with a mapping, by JSON pointer."""
    return Problem(
        INVALID,
        "Some values are not valid.",
        [FieldError(pointer, "mapping", told) for pointer, told in faults],
    )


def too_many_rows(most: int) -> Problem:
    """More is asked for than one file holds."""
    return Problem(TOO_LARGE, f"A file may have {most} rows: ask for a shorter time.")
