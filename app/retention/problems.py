"""Refusals of holds."""

from app.problems import FORBIDDEN, INVALID, FieldError, Problem


def subject_unknown() -> Problem:
    """A hold on what the force does not have would keep nothing, and nobody would notice."""
    return Problem(
        INVALID,
        "Some values are not valid.",
        [FieldError("/subject_id", "unknown", "names nothing of this kind in your force")],
    )


def period_wanted() -> Problem:
    """A hotspot for good would keep every patrol there for ever."""
    return Problem(
        INVALID,
        "Some values are not valid.",
        [FieldError("/from_at", "missing", "a hold on a hotspot needs from_at and to_at")],
    )


def period_backwards() -> Problem:
    return Problem(
        INVALID, "Some values are not valid.", [FieldError("/to_at", "order", "must be later than from_at")]
    )


def released_by_placer() -> Problem:
    return Problem(FORBIDDEN, "A hold is released by somebody else than placed it.", denial="hold:own")
