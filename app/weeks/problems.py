"""Refusals of weeks."""

from app.problems import INVALID, FieldError, Problem


def no_week(place: str) -> Problem:
    """The address, or the parameter `week`, names no week there is."""
    return Problem(
        INVALID,
        "Some values are not valid.",
        [FieldError(f"#{place}/week", "week", "must be an ISO week such as 2026-W47")],
    )
