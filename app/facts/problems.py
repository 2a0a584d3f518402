"""Refusals of the one flow of facts."""

from app.problems import CONFLICT, ID_TAKEN, PARENT_UNKNOWN, Problem


def conflict() -> Problem:
    return Problem(CONFLICT, "Something else was recorded under this id before. The first version stands.")


def id_taken() -> Problem:
    return Problem(ID_TAKEN, "Make a new id and send it again.", denial="id-taken")


def parent_unknown() -> Problem:
    return Problem(
        PARENT_UNKNOWN, "We have not seen this patrol's check-in yet. Keep this and send it again after it."
    )
